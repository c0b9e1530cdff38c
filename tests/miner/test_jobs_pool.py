"""Processes that do the dangerous part: whatever one task does, the next has its turn."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from analysis.report import Report
from miner.errors import FetchFailed, TimedOut
from miner.jobs import analysis
from miner.jobs.analysis import LocalSource, Task
from miner.jobs.pool import Pool, Refused, Stopped
from tests.support.hostile import build_repository

GIGABYTE = 2**30


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(1)
    yield made
    made.stop()


@pytest.fixture
def task(tmp_path: Path) -> Task:
    path = tmp_path / "repository"
    commit = build_repository(path, {b"train.py": b"import torch\n"})
    return Task(LocalSource(path, commit), "owner/name", GIGABYTE, seconds=60)


def child() -> int:
    """The process id of the one process that a pool has."""
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    return process.pid


def test_a_task_is_answered(pool: Pool, task: Task) -> None:
    answer = pool.run(task)
    report = Report.model_validate_json(answer["report"])
    assert (report.repo, report.funnel.imports_torch) == ("owner/name", True)
    assert report.cost.seconds > 0
    assert (answer["excerpts"], answer["blobs"], answer["fsck_failed"]) == ([], {}, False)


def test_a_failure_keeps_its_state(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a git repository") as caught:
        pool.run(Task(LocalSource(tmp_path, "HEAD"), None, GIGABYTE, seconds=60))
    assert caught.value.told_state == "failed"


def test_too_much_memory_is_a_failure_of_one_task(pool: Pool, task: Task) -> None:
    with pytest.raises(Refused, match="memory") as caught:
        pool.run(replace(task, memory_bytes=2**20))
    assert caught.value.told_state == "too_large"
    assert pool.run(task)["report"]


def test_a_process_that_dies_takes_one_task_with_it(pool: Pool, task: Task) -> None:
    pool.run(task)
    first = child()
    os.kill(first, signal.SIGSTOP)  # so that it is in the middle of the task when it dies
    threading.Timer(0.2, os.kill, (first, signal.SIGKILL)).start()
    with pytest.raises(FetchFailed, match="signal 9"):
        pool.run(task)
    assert pool.run(task)["report"]
    assert child() != first


def test_a_process_that_is_told_to_end_answers_nothing(task: Task) -> None:
    """Not even where a library made another error of it: it would be stored as what became of the repository."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve_with_a_library, args=(theirs,))
    process.start()
    theirs.close()
    assert ours.recv_bytes() == b"ready"
    ours.send(task)
    assert ours.recv_bytes() == b"at it"
    process.terminate()
    with pytest.raises(EOFError):
        ours.recv_bytes()
    process.join()
    assert process.exitcode == 0


def _serve_with_a_library(connection: Connection) -> None:
    """A process of the pool whose analysis is in a library that is not ready for its end."""

    def analysis_of(task: Task) -> dict[str, Any]:
        try:
            connection.send_bytes(b"at it")
            time.sleep(60)
        finally:
            raise KeyError("a place that was not noted yet")

    analysis.carry_out = analysis_of
    analysis.serve(connection)


def test_a_process_that_died_between_tasks_is_not_missed(pool: Pool, task: Task) -> None:
    pool.run(task)
    (process,) = multiprocessing.active_children()
    process.kill()
    process.join()
    assert pool.run(task)["report"]


def test_a_task_without_an_end_is_ended(pool: Pool, task: Task) -> None:
    with pytest.raises(TimedOut):
        pool.run(replace(task, seconds=0.001))
    assert multiprocessing.active_children() == []
    assert pool.run(task)["report"]


def test_stopping_interrupts_who_waits(pool: Pool, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miner.jobs.pool.POLITE_SECONDS", 0.1)
    pool.run(task)
    os.kill(child(), signal.SIGSTOP)
    with ThreadPoolExecutor(2) as threads:
        working, waiting = threads.submit(pool.run, task), threads.submit(pool.run, task)
        time.sleep(0.1)
        pool.stop()
        for stopped in (working, waiting):
            with pytest.raises(Stopped):
                stopped.result()
    with pytest.raises(Stopped):
        pool.run(task)
    assert multiprocessing.active_children() == []
