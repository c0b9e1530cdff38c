"""How much faster two workers are than one, beside what the machine gives two processes at all.

`python -m benchmarks.jobs workers --clones CLONES` takes some minutes. In each of its rounds, over the same
repositories with the longest first, so that no straggler decides: one worker and two, each with one job at a time; one
process that does nothing but the same analyses, and two; one that counts, and two. A ratio of workers can hardly be
better than that of analyses, nor that of analyses better than that of counting. How busy others kept the processors
meanwhile is told too: beside other work none of these figures means much.

What a worker's own process takes, beside the process of its analyses, shows in processor time, which depends less on
who else is there. Reads /proc, and so runs on Linux.
"""

import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.pool import Pool as Processes
from pathlib import Path
from urllib.parse import unquote

from sqlalchemy import text

from miner.errors import MinerError
from miner.factscache import FactsPlace
from miner.jobs.analysis import LocalSource, Task, carry_out
from miner.jobs.requests import as_items
from miner.settings import Settings
from miner.store import NewBatch, Store

SMALLEST_PACK, LARGEST_PACK = 300_000, 10_000_000
# Processor seconds that a repository may take, once the facts of its files are known, and for how long one is waited.
SHORTEST, LONGEST = 0.2, 2.0
PATIENCE = 10.0
COUNTED = 8_000_000
MEMORY_BYTES = 2**31
# Of a worker that has analysed something: the process that did, and Python's tracker of resources.
_CHILDREN = 2
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Took:
    """One turn: how long it was, and the processor seconds of whoever took part, and of others."""

    seconds: float
    main: float = 0.0
    analysis: float = 0.0
    database: float = 0.0
    others: float = 0.0


def chosen(clones: Path, number: int, cache: Path) -> list[str]:
    """So many real repositories, `OWNER+NAME/repo`, by lot among those that are neither tiny nor large; each has been
    read before, so that its facts are in the cache. The one that takes longest is first."""
    found = [
        path
        for path in sorted(clones.glob("*/repo"))
        if SMALLEST_PACK < sum(pack.stat().st_size for pack in path.glob("objects/pack/*.pack")) < LARGEST_PACK
    ]
    random.Random(3).shuffle(found)  # noqa: S311 - the same lot each time
    settings = Settings(cache_dir=cache)
    took: dict[str, float] = {}
    context = multiprocessing.get_context("spawn")
    while found and len(took) < number:
        with context.Pool(1) as process:
            while found and len(took) < number:
                path = str(found.pop())
                try:
                    seconds = process.apply_async(_analyse, [(path, settings)]).get(PATIENCE)
                    if seconds > SHORTEST:
                        seconds = process.apply_async(_analyse, [(path, settings)]).get(PATIENCE)
                except multiprocessing.TimeoutError:
                    break  # it is still at it: another process goes on
                except MinerError:
                    continue
                if SHORTEST < seconds < LONGEST:
                    took[path] = seconds
    return sorted(took, key=lambda path: -took[path])


def measured(url: str, paths: Sequence[str], cache: Path, rounds: int) -> str:
    """The measure on one database."""
    settings = Settings(database_url=url, cache_dir=cache, scan_concurrency=1)
    turns: dict[str, list[Took]] = {}
    context = multiprocessing.get_context("spawn")
    with Store(url) as store, context.Pool(1) as one, context.Pool(2) as two:
        for processes, size in ((one, 1), (two, 2)):
            _analysed(processes, paths, settings, size)
        for _ in range(rounds):
            for size, processes in ((1, one), (2, two)):
                turns.setdefault(f"workers {size}", []).append(_by_workers(store, url, cache, paths, size))
                turns.setdefault(f"analysis {size}", []).append(_analysed(processes, paths, settings, size))
                turns.setdefault(f"counting {size}", []).append(_counted(processes, size))
    return "".join(_line(what, turns[f"{what} 1"], turns[f"{what} 2"], len(paths)) for what in _WHAT)


_WHAT = ("workers", "analysis", "counting")


def _line(what: str, one: Sequence[Took], two: Sequence[Took], number: int) -> str:
    ratios = [a.seconds / b.seconds for a, b in zip(one, two, strict=True)]
    ratio = statistics.median(a.seconds for a in one) / statistics.median(b.seconds for b in two)
    line = (
        f"\n  {what:8} one {_shown(one)}, two {_shown(two)}: {ratio:.2f} times as fast"
        f" (by round {', '.join(f'{each:.2f}' for each in ratios)});"
        f" others kept {max(_busy(each) for each in (one, two)):.0%} of the processors busy"
    )
    if what == "workers":
        for name, turns in (("one", one), ("two", two)):
            main, analysis, database = (
                statistics.median(getattr(turn, part) for turn in turns) for part in ("main", "analysis", "database")
            )
            line += (
                f"\n           processor time of {name}: analyses {analysis:.2f} s, beside them {main:.2f} s, that is"
                f" {main / number * 1000:.0f} ms a repository and {main / analysis:.1%}; the database {database:.2f} s"
            )
    return line


def _shown(turns: Sequence[Took]) -> str:
    return f"{statistics.median(turn.seconds for turn in turns):.2f} s"


def _busy(turns: Sequence[Took]) -> float:
    """The largest share of all processors that others took."""
    return max(turn.others / turn.seconds for turn in turns) / (os.cpu_count() or 1)


def _by_workers(store: Store, url: str, cache: Path, paths: Sequence[str], size: int) -> Took:
    with _started(store, url, cache, size) as workers:
        while min(len(_children(worker)) for worker in workers) < _CHILDREN:
            _scanned(store, paths[-size:])  # until each has the process of its analyses
        children = [child for worker in workers for child in _children(worker)]
        server = _server(url)
        parts: list[Callable[[], float]] = [
            lambda: sum(map(_own, workers)),
            lambda: sum(map(_with_ended, children)),
            lambda: _family(server) if server is not None else 0.0,
        ]
        before, busy, start = [part() for part in parts], _all_busy(), time.perf_counter()
        seconds = _scanned(store, paths)
        elapsed = time.perf_counter() - start
        main, analysis, database = (part() - was for part, was in zip(parts, before, strict=True))
        others = max(0.0, _all_busy() - busy - main - analysis - database) * seconds / elapsed
    return Took(seconds, main, analysis, database, others)


def _scanned(store: Store, paths: Sequence[str]) -> float:
    """Seconds from the first item that was begun to the last that ended, of a batch of which nothing is known."""
    with store.changing() as session:
        session.execute(text("DELETE FROM scans"))
    batch_id = store.batches.create(as_items(paths), NewBatch("scan", "benchmark", "benchmark"))
    while store.batches.get(batch_id).state != "finished":
        time.sleep(0.1)
    return span(store, batch_id)


def span(store: Store, batch_id: int) -> float:
    """Seconds from the first item of a batch that was begun to the last that ended; none may have failed."""
    batch = store.batches.get(batch_id)
    assert batch.finished_at is not None and not batch.failed, batch  # noqa: PT018
    with store.reading() as session:
        found = session.execute(
            text("SELECT min(started_at) FROM batch_items WHERE batch_id = :id"), {"id": batch_id}
        ).scalar_one()
    begun = datetime.fromisoformat(found) if isinstance(found, str) else found
    begun = begun if begun.tzinfo else begun.replace(tzinfo=UTC)
    return (batch.finished_at - begun).total_seconds()


@contextmanager
def _started(store: Store, url: str, cache: Path, size: int) -> Iterator[list[int]]:
    """The ids of so many workers."""
    environment = {**os.environ, "SEEDWATCH_DATABASE_URL": url, "SEEDWATCH_CACHE_DIR": str(cache)}
    command = [sys.executable, "-m", "seedwatch", "worker", "--concurrency", "1"]
    started = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(size)]
    while len(store.workers.listed()) < size:
        time.sleep(0.1)
    yield [process.pid for process in started]
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        process.wait()


def _analysed(processes: Processes, paths: Sequence[str], settings: Settings, size: int) -> Took:
    def turn() -> float:
        return sum(processes.imap_unordered(_analyse, [(path, settings) for path in paths], chunksize=1))

    return _turn(turn, size)


def _counted(processes: Processes, size: int) -> Took:
    return _turn(lambda: sum(processes.imap_unordered(_count, [COUNTED // size] * size)), size)


def _turn(work: Callable[[], float], size: int) -> Took:
    """What it took; `work` gives its processor seconds."""
    busy, start = _all_busy(), time.perf_counter()
    own = work()
    seconds = time.perf_counter() - start
    return Took(seconds, analysis=own, others=max(0.0, _all_busy() - busy - own))


def _analyse(task: tuple[str, Settings]) -> float:
    path, settings = task
    start = sum(os.times()[:4])
    facts = FactsPlace(settings.cache_dir, settings.facts_megabytes)
    carry_out(Task(LocalSource(Path(path), "HEAD"), None, MEMORY_BYTES, settings.analysis_seconds, facts=facts))
    return sum(os.times()[:4]) - start


def _count(number: int) -> float:
    start = time.process_time()
    total = 0
    for each in range(number):
        total += each * each % 7
    return time.process_time() - start


def _all_busy() -> float:
    """Processor seconds of all processes since the machine was started, idle ones and waiting apart."""
    user, nice, system, _idle, _waiting, *interrupts = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts)) / _TICKS


def _times(pid: int) -> list[int]:
    """User and system time of a process, and of its children that ended."""
    return [int(each) for each in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]


def _own(pid: int) -> float:
    return sum(_times(pid)[:2]) / _TICKS


def _with_ended(pid: int) -> float:
    return sum(_times(pid)) / _TICKS


def _children(pid: int) -> list[int]:
    return [
        int(child) for each in Path(f"/proc/{pid}/task").iterdir() for child in (each / "children").read_text().split()
    ]


def _family(pid: int) -> float:
    return _with_ended(pid) + sum(map(_with_ended, _children(pid)))


def _server(url: str) -> int | None:
    """The process of a PostgreSQL server that was started for this."""
    folder = unquote(url.partition("?host=")[2])
    return int(Path(folder, "data", "postmaster.pid").read_text().splitlines()[0]) if folder else None
