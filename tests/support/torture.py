"""Workers that are killed, stopped, continued and told to end at random while they work on one batch."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from miner.jobs.requests import as_items
from miner.store import NewBatch, Store
from seedwatch.statuses import COULD_NOT
from tests.support.hostile import TRAIN, build_repository

_END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many repositories and workers, and how hard it gets.

    Some harm is done each time that so many repositories more are finished (`spared`), so that it is as hard on a busy
    machine as on a free one. `stops` are how long a worker is stopped.
    """

    repositories: int
    workers: int
    spared: tuple[int, int]
    stops: tuple[float, float]
    restarts: int
    seconds: float
    seed: int = 1


@dataclass(slots=True)
class Outcome:
    """What was done to the workers, and how it ended."""

    seconds: float = 0.0
    done: dict[str, int] = field(default_factory=dict)
    slowest_term: float = 0.0
    bad_terms: list[str] = field(default_factory=list)

    def count(self, what: str) -> None:
        """One more of these."""
        self.done[what] = self.done.get(what, 0) + 1


def build_repositories(folder: Path, number: int) -> list[str]:
    """Paths of small repositories, no two alike."""
    paths = [folder / f"r{place:05}" for place in range(number)]
    for place, path in enumerate(paths):
        build_repository(path, {b"train.py": TRAIN, b"number.py": b"NUMBER = %d\n" % place})
    return [str(path) for path in paths]


def torture(
    url: str, folder: Path, plan: Plan, restart: Callable[[], None] | None = None, *, kind: str = "scan"
) -> Outcome:
    """Lets workers carry out a batch, and does harm to them until it is finished. Raises AssertionError in the end."""
    targets = build_repositories(folder / "repositories", plan.repositories)
    with Store(url) as store:
        batch_id = store.batches.create(as_items(targets), NewBatch(kind, "torture", "test"))
        environment = {**os.environ, "SEEDWATCH_DATABASE_URL": url, "SEEDWATCH_CACHE_DIR": str(folder / "cache")}
        torturer = _Torturer(store, environment, folder, plan, restart)
        try:
            outcome = torturer.until_finished(batch_id)
        finally:
            torturer.end_all()
        assert outcome.bad_terms == [], outcome.bad_terms
        _check(store, batch_id, plan, folder, torturer)
    return outcome


class _Torturer:
    def __init__(
        self,
        store: Store,
        environment: Mapping[str, str],
        folder: Path,
        plan: Plan,
        restart: Callable[[], None] | None,
    ) -> None:
        self._store = store
        self._environment = environment
        self._folder = folder
        self._plan = plan
        self._restart = restart
        self._random = random.Random(plan.seed)  # noqa: S311 - the same harm each time
        self._outcome = Outcome()
        self._stopped: dict[int, float] = {}
        self._unready: set[int] = set()
        self._harms: list[signal.Signals] = []
        self._log = (folder / "workers.log").open("wb")
        self._workers = [self._start() for _ in range(plan.workers)]
        self.all_pids: set[int] = {worker.pid for worker in self._workers}

    def until_finished(self, batch_id: int) -> Outcome:
        start = time.monotonic()
        next_harm, restarts = self._plan.spared[0], 0
        while True:
            time.sleep(0.2)
            now = time.monotonic()
            assert now - start < self._plan.seconds, f"not finished in time: {self._store.batches.get(batch_id)}"
            batch = self._store.batches.get(batch_id)
            if batch.state == "finished":
                break
            self._continue(now)
            parts = self._plan.restarts + 1
            if self._restart and restarts < self._plan.restarts and batch.done * parts > batch.total * (restarts + 1):
                restarts += 1
                self._unready |= {worker.pid for worker in self._workers} - self._awake()
                self._restart()
                self._outcome.count("database restarted")
            if batch.done >= next_harm:
                self._harm(now)
                next_harm = batch.done + self._random.randint(*self._plan.spared)
        self._outcome.seconds = time.monotonic() - start
        self._settle()
        return self._outcome

    def end_all(self) -> None:
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
                worker.send_signal(signal.SIGTERM)
        for worker in self._workers:
            try:
                status = worker.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                status = worker.wait()
            if not self._ended_well(worker.pid, status):
                self._outcome.bad_terms.append(f"status {status} at the end")
        self._log.close()

    def _ended_well(self, pid: int, status: int) -> bool:
        """By itself, or by the signal before it could be told; one that finds no database at its start says so."""
        return status in (0, -signal.SIGTERM) or (status == COULD_NOT and pid in self._unready)

    def _awake(self) -> set[int]:
        return {each.pid for each in self._store.workers.listed()} - self._stopped.keys()

    def _harm(self, now: float) -> None:
        awake = self._awake()
        places = [place for place, worker in enumerate(self._workers) if worker.pid in awake]
        if not places:
            return
        place = self._random.choice(places)
        worker = self._workers[place]
        if not self._harms:
            self._harms = [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP]
            self._random.shuffle(self._harms)
        what = self._harms.pop()
        self._outcome.count(what.name)
        worker.send_signal(what)
        if what == signal.SIGSTOP:
            self._stopped[worker.pid] = now + self._random.uniform(*self._plan.stops)
            return
        if what == signal.SIGTERM:
            started = time.monotonic()
            status = worker.wait(_END_SECONDS)
            took = time.monotonic() - started
            self._outcome.slowest_term = max(self._outcome.slowest_term, took)
            if not self._ended_well(worker.pid, status):
                self._outcome.bad_terms.append(f"status {status} after {took:.1f} s")
        else:
            worker.wait()
        self._workers[place] = self._start()
        self.all_pids.add(self._workers[place].pid)

    def _continue(self, now: float) -> None:
        for worker in self._workers:
            if self._stopped.get(worker.pid, now) < now:
                worker.send_signal(signal.SIGCONT)
                del self._stopped[worker.pid]

    def _settle(self) -> None:
        """Lets those who live find out who died."""
        for worker in self._workers:
            worker.send_signal(signal.SIGCONT)
        alive = {worker.pid for worker in self._workers}
        deadline = time.monotonic() + _END_SECONDS
        while {each.pid for each in self._store.workers.listed()} - alive and time.monotonic() < deadline:
            time.sleep(0.2)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "seedwatch", "worker", "--concurrency", "1"]
        return subprocess.Popen(command, env=self._environment, stdout=self._log, stderr=self._log)


def _check(store: Store, batch_id: int, plan: Plan, folder: Path, torturer: _Torturer) -> None:
    """Everything is there once, the counters are what the rows say, and nothing is left of the dead."""
    batch = store.batches.get(batch_id)
    assert (batch.state, batch.total, batch.done, batch.failed) == ("finished", plan.repositories, plan.repositories, 0)
    with store.reading() as session:

        def number(query: str) -> int:
            return int(session.scalar(text(query)) or 0)

        counted = session.execute(text("SELECT state, count(*) FROM batch_items GROUP BY state")).all()
        assert {state: count for state, count in counted} == dict(batch.by_state)  # noqa: C416
        assert number("SELECT count(*) FROM scans") == plan.repositories
        assert number("SELECT count(DISTINCT repository_id) FROM scans WHERE is_latest") == plan.repositories
        assert number("SELECT count(*) FROM batch_items WHERE workflow_id IS NOT NULL OR scan_id IS NULL") == 0
        assert number("SELECT count(*) FROM repositories WHERE state <> 'scanned'") == 0
        assert number("SELECT count(*) FROM workers") == 0
    assert list((folder / "cache" / "work").iterdir()) == []
    deadline = time.monotonic() + _END_SECONDS
    while (left := _processes_over(store.url)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def _processes_over(url: str) -> list[int]:
    """Processes that were started with this database: workers, those of their pools, and what those run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            with contextlib.suppress(OSError):
                if f"SEEDWATCH_DATABASE_URL={url}\0".encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
    return found
