"""Carrying a study out: each repository's commit of one day and its newest, analysed one after the other, and kept.

What is done is kept in a journal, one line a repository, so that a study that was stopped goes on where it was.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from analysis.engine import ANALYZER_VERSION
from analysis.report import Report
from analysis.study import DAYS, Day, Row, row_of
from analysis.tree import Entry
from miner.errors import BadInput, MinerError, RepositoryError
from miner.git import GitTree
from miner.history import line
from miner.history.source import opened
from miner.jobs.analysis import LocalSource, Task
from miner.jobs.pool import Pool, Refused, Stopped
from miner.jobs.requests import read_request
from miner.settings import Settings

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Studied:
    """One repository of a study: a row for each day, and the reports as JSON for those that have one."""

    target: str
    rows: tuple[Row, ...]
    reports: dict[Day, str]


def commit_of_day(tree: GitTree, day: date) -> tuple[str, str] | None:
    """The newest commit of the first-parent line that was made by the end of `day` (UTC), with its date; or None."""
    end = datetime.combine(day, time.min, UTC) + timedelta(days=1)
    with tree.plumbing("rev-list", "--first-parent", "--timestamp", tree.commit) as git:
        for text in git.output:
            stamp, _, oid = text.decode().strip().partition(" ")
            # A commit may claim any time; the branch's order counts, so the newest that claims to be old enough.
            if stamp.isdigit() and int(stamp) < end.timestamp():
                return oid, datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    return None


class Journal:
    """The lines of a study's repositories in a file, and what of them is there already."""

    def __init__(self, path: Path, as_of: date) -> None:
        """Raises BadInput for a journal of another day, or by another version of the analysis."""
        self._path = path
        self._lock = threading.Lock()
        self._head = {"as_of": as_of.isoformat(), "analyzer": ANALYZER_VERSION}
        self.done: dict[str, Studied] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            self._read()
        else:
            path.write_text(json.dumps(self._head) + "\n", "utf-8")

    def add(self, studied: Studied) -> None:
        """Keeps a repository for good."""
        text = json.dumps(asdict(studied)) + "\n"
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            self.done[studied.target] = studied

    def _read(self) -> None:
        whole = self._path.read_text("utf-8")
        lines = whole.split("\n")
        if not lines[0] or json.loads(lines[0]) != self._head:
            raise BadInput(
                f"{self._path} belongs to a study of another day or another version: name another folder with --out"
            )
        kept = len(lines[0]) + 1
        for text in lines[1:-1]:
            entry = json.loads(text)
            rows = tuple(Row(**row) for row in entry["rows"])
            self.done[entry["target"]] = Studied(entry["target"], rows, entry["reports"])
            kept += len(text) + 1
        if len(whole) > kept:
            # The line that a process was writing when it ended.
            self._path.write_text(whole[:kept], "utf-8")


def carry_out(
    targets: Sequence[str],
    journal: Journal,
    as_of: date,
    settings: Settings,
    progress: Callable[[Studied], None],
) -> list[Studied]:
    """Every target's rows, in the order given; those that the journal has are not done again.

    A target that cannot be read is a row with its reason and stops nothing. Ctrl-C leaves the journal as it is.
    """
    wanted = list(dict.fromkeys(targets))
    pool = Pool(settings.scan_concurrency)
    threads = ThreadPoolExecutor(settings.scan_concurrency, thread_name_prefix="study")
    try:
        running = [
            threads.submit(_studied, target, as_of, settings, pool) for target in wanted if target not in journal.done
        ]
        for finished in as_completed(running):
            journal.add(finished.result())
            progress(finished.result())
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        pool.stop()
        with suppress(Stopped):
            threads.shutdown()
    return [journal.done[target] for target in wanted]


def _studied(target: str, as_of: date, settings: Settings, pool: Pool) -> Studied:
    rows: list[Row] = []
    reports: dict[Day, str] = {}
    name = target
    try:
        requested = read_request(target)
        name = str(requested.alias or requested.target) if requested.identity else target
        with opened(requested, settings, lambda tree: list(_needed(tree, as_of))) as tree:
            for day, commit in _commits(tree, as_of):
                rows.append(_analysed(name, day, commit, tree, settings, pool, reports))
    except MinerError as error:
        state = getattr(error, "state", "failed")
        have = {row.day for row in rows}
        rows.extend(Row(name, day, state, str(error)) for day in DAYS if day not in have)
    return Studied(target, tuple(rows), reports)


def _commits(tree: GitTree, as_of: date) -> Iterator[tuple[Day, str | None]]:
    found = commit_of_day(tree, as_of)
    yield "then", found[0] if found else None
    yield "now", tree.commit


def _analysed(
    name: str, day: Day, commit: str | None, tree: GitTree, settings: Settings, pool: Pool, reports: dict[Day, str]
) -> Row:
    if commit is None:
        return Row(name, day, "not_there_yet")
    task = Task(
        LocalSource(tree.objects.parent, commit),
        name,
        settings.analysis_megabytes * MEGABYTE,
        settings.analysis_seconds,
    )
    try:
        answer = pool.run(task)
    except Refused as error:
        return Row(name, day, error.told_state, str(error), commit)
    except RepositoryError as error:
        return Row(name, day, error.state, str(error), commit)
    report = Report.model_validate_json(answer["report"])
    reports[day] = answer["report"]
    return row_of(name, day, report, answer["blobs"])


def _needed(tree: GitTree, as_of: date) -> Iterable[str]:
    """The blobs of the two commits that the analysis reads."""
    for _, commit in _commits(tree, as_of):
        if commit is not None:
            entries: Sequence[Entry] = GitTree(tree.objects, commit, None).entries()
            yield from (entry.blob for entry in entries if entry.blob and line.is_relevant(entry.path))
