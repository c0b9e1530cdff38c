"""What a process of the pool does with a task: fetch, if it is remote; analyse; pick what to show.

Nothing here knows of the database or of the other jobs, so that a process that dies takes only its own task with it.
Answers go back as JSON: what comes out of a process that has read strangers' files is not unpickled.
"""

import json
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from analysis.engine import analyse
from miner.errors import MinerError, TooLarge
from miner.git import GitTree
from miner.gitfetch import FetchLimits, fetch
from miner.jobs.excerpts import blobs_of, excerpts_of


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """A repository to be fetched into the new folder `destination`, which is removed afterwards."""

    url: str
    oid: str
    destination: Path
    limits: FetchLimits
    ca_file: Path | None
    user_agent: str


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A repository that is here, read in place. `oid` is a commit, or `HEAD`."""

    path: Path
    oid: str


@dataclass(frozen=True, slots=True)
class Task:
    """One commit to be analysed, within `seconds` in all. `repo` is the name that the report carries.

    The commit `known` is not analysed again: the answer has its id as `unchanged`, and nothing else.
    """

    source: RemoteSource | LocalSource
    repo: str | None
    memory_bytes: int
    seconds: float
    known: str | None = None


def carry_out(task: Task) -> dict[str, Any]:
    """The answer to a task, fit for JSON. Raises MinerError."""
    with _tree(task.source) as (tree, fsck_failed), _memory(task.memory_bytes):
        if tree.commit == task.known:
            return {"unchanged": tree.commit}
        start = time.perf_counter()
        report = analyse(tree, repo=task.repo)
        seconds = round(time.perf_counter() - start, 3)
        report = report.model_copy(update={"cost": report.cost.model_copy(update={"seconds": seconds})})
        blobs = blobs_of(report, tree)
        return {
            "report": report.to_json(),
            "excerpts": excerpts_of(report, tree, blobs),
            "blobs": blobs,
            "fsck_failed": fsck_failed,
        }


def serve(connection: Connection) -> None:
    """The life of a process of the pool: a task, an answer, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    signal.signal(signal.SIGTERM, _leave)
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        answer = json.dumps(_answer(task)).encode()
        try:
            connection.send_bytes(answer)
        except OSError:  # nobody is there any more to take it
            return


def _answer(task: Task) -> dict[str, Any]:
    try:
        return carry_out(task)
    except MinerError as error:
        return {"error": getattr(error, "state", "failed"), "reason": str(error)}
    except MemoryError:
        megabytes = task.memory_bytes // 2**20
        return {"error": TooLarge.state, "reason": f"the analysis needs more than {megabytes:,} MB of memory"}
    except Exception as error:  # noqa: BLE001 - the boundary of a job: one repository fails, with its reason
        return {"error": "failed", "reason": f"fault in the analysis: {in_one_line(error)}"}


def in_one_line(error: Exception) -> str:
    """An error that nobody expected, with the place that raised it."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    at = "" if place is None else f" at {Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
    return f"{type(error).__name__}: {error}{at}"


@contextmanager
def _tree(source: RemoteSource | LocalSource) -> Iterator[tuple[GitTree, bool]]:
    if isinstance(source, LocalSource):
        yield GitTree.open(source.path, source.oid), False
        return
    try:
        fetched = fetch(
            source.url,
            source.destination,
            oid=source.oid,
            limits=source.limits,
            ca_file=source.ca_file,
            user_agent=source.user_agent,
        )
        yield GitTree.open(source.destination), fetched.fsck_failed
    finally:
        shutil.rmtree(source.destination, ignore_errors=True)


@contextmanager
def _memory(most: int) -> Iterator[None]:
    """No more memory than that, for as long as it lasts. macOS takes no notice of the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform != "darwin":
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # As an exception, so that a running git is ended and a half-fetched repository removed.
    raise SystemExit(0)
