"""What durable jobs cost: `python -m benchmarks.jobs [overhead|workers|recovery|million]`.

On SQLite and on a PostgreSQL that is started for it.

- `overhead`: seconds per repository that a worker takes beyond a plain loop over the same analysis in the same run,
  beside the cost of one committed transaction that stores a scan; median of five.
- `workers`: how much faster two workers are than one (`benchmarks.workers`); with `--clones FOLDER` over real
  repositories, `OWNER+NAME/repo`, since the made ones are so small that jobs cost more than analysis.
- `recovery`: how long after SIGKILL of a worker what it had begun is begun elsewhere, by a worker of the same machine
  and by one of another (which sees no more of it than the database); how long one that is told to end takes.
- `million`: a batch of 10^6 repositories made from a filter, its memory, its counters, and how soon a cancel holds.
"""

import argparse
import functools
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import bindparam, text

from analysis.report import Report
from benchmarks import workers
from miner.factscache import FactsPlace
from miner.jobs.analysis import LocalSource, Task, carry_out
from miner.jobs.engine import Engine
from miner.settings import Settings
from miner.store import FoundScan, NewBatch, Store, repositories, scans, upgrade
from tests.support import postgres
from tests.support.torture import build_repositories

RUNS = 5
REPOSITORIES = 100
CLONES = 12
ROUNDS = 3
MILLION = 1_000_000
MEMORY_BYTES = 2**31
SECONDS = 300.0


def main() -> None:
    """Runs what is asked for on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=["overhead", "workers", "recovery", "million"])
    parser.add_argument("--repositories", type=int, default=REPOSITORIES)
    parser.add_argument("--rows", type=int, default=MILLION)
    parser.add_argument("--clones", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as shared:
        _measure(arguments, Path(shared))


def _measure(arguments: argparse.Namespace, shared: Path) -> None:
    @functools.cache
    def real() -> list[str]:
        return workers.chosen(arguments.clones, CLONES, shared / "cache")

    def two_workers(url: str, folder: Path) -> str:
        paths = build_repositories(folder / "repositories", arguments.repositories) if not arguments.clones else real()
        return workers.measured(url, paths, shared / "cache", ROUNDS)

    measures: dict[str, Callable[[str, Path], str]] = {
        "overhead": lambda url, folder: overhead(url, folder, arguments.repositories),
        "workers": two_workers,
        "recovery": lambda url, folder: recovery(url, folder, arguments.repositories),
        "million": lambda url, folder: million(url, arguments.rows),
    }
    for what in arguments.what or measures:
        for name, url, folder in _databases():
            sys.stdout.write(f"{what:9} {name:10} {measures[what](url, folder)}\n")
            sys.stdout.flush()


def overhead(url: str, folder: Path, number: int) -> str:
    """One worker with one job at a time beside a loop, over the same repositories."""
    paths = build_repositories(folder / "repositories", number)
    settings = Settings(database_url=url, cache_dir=folder / "cache", scan_concurrency=1)
    extra, loops = [], []
    with Store(url) as store:
        known = _remember(store, paths)
        _loop(paths, settings)
        for _ in range(RUNS):
            loops.append(_loop(paths, settings))
            jobs = _carried_out(settings, store)
            extra.append((jobs - loops[-1]) / number)
        commit = statistics.median(_commits(store, known[0], paths[0]) for _ in range(RUNS))
        bare = statistics.median(_bare_commits(store, known[0]) for _ in range(RUNS))
    cost = statistics.median(extra)
    return (
        f"loop {statistics.median(loops) / number * 1000:.2f} ms, overhead {cost * 1000:.2f} ms a repository;"
        f" a committed transaction that stores a scan {commit * 1000:.2f} ms, that changes a row {bare * 1000:.2f} ms:"
        f" {cost / commit:.2f} and {cost / bare:.2f} of them"
    )


def recovery(url: str, folder: Path, number: int) -> str:
    """Killing and ending a worker that has begun something, beside another one."""
    paths = build_repositories(folder / "repositories", number)
    with Store(url) as store:
        _remember(store, paths)
        same = max(_begun_again(store, url, [folder / "cache"] * 2) for _ in range(RUNS))
        other = max(_begun_again(store, url, [folder / "one", folder / "other"]) for _ in range(RUNS))
        ended = max(_ended(store, url, folder / "cache") for _ in range(RUNS))
    return (
        f"begun elsewhere {same:.1f} s after a SIGKILL on the same machine, {other:.1f} s on another;"
        f" ended {ended:.1f} s after SIGTERM; the longest of {RUNS} each"
    )


def million(url: str, rows: int) -> str:
    """Making a batch of so many repositories, looking at it, cancelling it."""
    with Store(url) as store:
        _fill(store, rows)
        before = _memory()
        made = time.perf_counter()
        batch_id = store.batches.select(NewBatch("scan", "a million", "benchmark"), "")
        made = time.perf_counter() - made
        looked = min(_took(lambda: store.batches.get(batch_id)) for _ in range(5))
        total = store.batches.get(batch_id).total
        with _worker_for(url):
            _wait(lambda: store.batches.get(batch_id).done > 0)
            asked = time.perf_counter()
            with store.changing() as session:
                session.execute(text("UPDATE batches SET state = 'cancelling' WHERE id = :id"), {"id": batch_id})
            held = _last_begun(store, batch_id) - asked
            _wait(lambda: store.batches.get(batch_id).state == "cancelled")
            swept = time.perf_counter() - asked
        grown = _memory() - before
    return (
        f"{total:,} items made in {made:.1f} s; progress read in {looked * 1000:.1f} ms; nothing begun"
        f" {max(0.0, held):.1f} s after the cancel, all marked after {swept:.1f} s; {grown / 2**20:.0f} MB more memory"
    )


def _loop(paths: list[str], settings: Settings) -> float:
    """Seconds for the same analysis as jobs make, the facts of files that were read before out of the same cache."""
    facts = FactsPlace(settings.cache_dir, settings.facts_megabytes)
    start = time.perf_counter()
    for path in paths:
        carry_out(Task(LocalSource(Path(path), "HEAD"), None, MEMORY_BYTES, SECONDS, facts=facts))
    return time.perf_counter() - start


def _carried_out(settings: Settings, store: Store) -> float:
    """Seconds from the first item that was begun to the last that ended, once the processes are warm."""
    with Engine(settings, store):
        _scanned_anew(store)
        return workers.span(store, _scanned_anew(store))


def _new_batch(store: Store) -> int:
    """A batch over all repositories, of none of which anything is known."""
    with store.changing() as session:
        session.execute(text("DELETE FROM scans"))
    return store.batches.select(NewBatch("scan", "benchmark", "benchmark"), "")


def _scanned_anew(store: Store) -> int:
    """The batch, when it has come to its end."""
    batch_id = _new_batch(store)
    _wait(lambda: store.batches.get(batch_id).state == "finished")
    return batch_id


def _started(url: str, cache: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SEEDWATCH_DATABASE_URL": url, "SEEDWATCH_CACHE_DIR": str(cache)}
    command = [sys.executable, "-m", "seedwatch", "worker", "--concurrency", "1"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def _begun(store: Store) -> list[int]:
    """The items that are under way."""
    with store.reading() as session:
        return list(session.scalars(text("SELECT id FROM batch_items WHERE state = 'scanning'")))


def _begun_again(store: Store, url: str, caches: list[Path]) -> float:
    """Seconds from the death of a worker to the moment when all that it had begun was begun by the other one."""
    other = _started(url, caches[0])
    _wait(lambda: len(store.workers.listed()) == 1)
    other.send_signal(signal.SIGSTOP)  # so that all that is under way is the dying one's
    dying = _started(url, caches[1])
    batch_id = _new_batch(store)
    try:
        _wait(lambda: bool(_begun(store)))
        dying.send_signal(signal.SIGKILL)
        dying.wait()
        start = time.perf_counter()
        lost = _begun(store)
        other.send_signal(signal.SIGCONT)
        _wait(lambda: _all_begun_again(store, lost))
        took = time.perf_counter() - start
    finally:
        store.batches.cancel(batch_id, "benchmark")
    other.send_signal(signal.SIGTERM)
    other.wait()
    return took


def _all_begun_again(store: Store, item_ids: list[int]) -> bool:
    with store.reading() as session:
        # What a dead worker's connection had still to commit is not begun again.
        query = text(
            "SELECT count(*) FROM batch_items WHERE id IN :ids AND attempts < 2 AND state IN ('queued', 'scanning')"
        ).bindparams(bindparam("ids", item_ids, expanding=True))
        return bool(session.execute(query).scalar_one() == 0)


def _ended(store: Store, url: str, cache: Path) -> float:
    """Seconds that a worker at work takes to end when it is told to."""
    worker = _started(url, cache)
    batch_id = _new_batch(store)
    _wait(lambda: store.batches.get(batch_id).done > 0)
    worker.send_signal(signal.SIGTERM)
    took = _took(worker.wait)
    store.batches.cancel(batch_id, "benchmark")
    return took


def _commits(store: Store, repository_id: int, path: str, number: int = 30) -> float:
    """Seconds for one committed transaction that stores a scan, as a loop with a database would."""
    answer = carry_out(Task(LocalSource(Path(path), "HEAD"), None, MEMORY_BYTES, SECONDS))
    found = FoundScan(Report.model_validate_json(answer["report"]), datetime.now(UTC))
    start = time.perf_counter()
    for _ in range(number):
        with store.changing() as session:
            scans.save(session, repository_id, found)
    return (time.perf_counter() - start) / number


def _bare_commits(store: Store, repository_id: int, number: int = 100) -> float:
    """Seconds for one committed transaction that changes one row."""
    start = time.perf_counter()
    for _ in range(number):
        with store.changing() as session:
            repositories.set_state(session, repository_id, "scanned")
    return (time.perf_counter() - start) / number


def _remember(store: Store, paths: list[str]) -> list[int]:
    with store.changing() as session:
        now = datetime.now(UTC)
        return [repositories.remember_local(session, path, Path(path).name, now).id for path in paths]


def _fill(store: Store, rows: int) -> None:
    """So many repositories, in one statement."""
    now = datetime.now(UTC)
    numbers = (
        "generate_series(1, :rows) AS numbers(n)"
        if store.engine.dialect.name == "postgresql"
        else "(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)"
        " SELECT n FROM numbers)"
    )
    with store.changing() as session:
        session.execute(
            text(
                "INSERT INTO repositories (host, owner, name, local_path, state, first_seen, last_seen)"  # noqa: S608
                f" SELECT 'local', '-', 'r' || n, '/nowhere/' || n, 'discovered', :now, :now FROM {numbers}"
            ),
            {"rows": rows, "now": now},
        )


def _last_begun(store: Store, batch_id: int) -> float:
    """The moment after which no item was begun, looked at for four seconds."""
    last, seen, end = time.perf_counter(), -1, time.perf_counter() + 4
    while time.perf_counter() < end:
        with store.reading() as session:
            query = "SELECT count(*) FROM batch_items WHERE batch_id = :id AND attempts > 0"
            begun = session.execute(text(query), {"id": batch_id}).scalar_one()
        if begun != seen:
            last, seen = time.perf_counter(), begun
        time.sleep(0.1)
    return last


@contextmanager
def _worker_for(url: str) -> Iterator[None]:
    environment = {**os.environ, "SEEDWATCH_DATABASE_URL": url}
    command = [sys.executable, "-m", "seedwatch", "worker"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _databases() -> Iterator[tuple[str, str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/seedwatch.db"
        upgrade(url)
        yield "SQLite", url, Path(folder)
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.own_server() as server,
        postgres.database(server.url) as url,
    ):
        upgrade(url)
        yield "PostgreSQL", url, Path(folder)


def _wait(until: Callable[[], bool]) -> None:
    while not until():
        time.sleep(0.05)


def _took(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
