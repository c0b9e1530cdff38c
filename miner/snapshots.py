"""Results to carry from one database to another: a dated file of reports, each with the repository that it is of.

Facts only: names, commits, verdicts, places, reasons. No line of anybody's code is in it, since reports hold none.
The form is gzipped JSON lines, the first of which says what the rest is.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from analysis.report import Report
from miner.errors import BadInput
from miner.store import GITHUB, Filters, FoundScan, RepositoryInfo, Store
from miner.store.records import SNAPSHOT

SCHEMA: Final = "seedwatch.snapshot/1"
_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file holds. `note` says how its repositories were chosen."""

    made_at: datetime
    note: str
    entries: tuple[tuple[RepositoryInfo, Report], ...]


def write(store: Store, path: Path, *, note: str, now: datetime) -> int:
    """Writes the latest report of each scanned repository of GitHub, and gives how many. Same content, same bytes.

    Raises BadInput where the file cannot be written.
    """
    entries = [{"repository": _described(info), "report": json.loads(report)} for info, report in _latest(store)]
    head = {"schema": SCHEMA, "made_at": now.isoformat(timespec="seconds"), "note": note, "repositories": len(entries)}
    lines = "".join(json.dumps(line, separators=(",", ":"), sort_keys=True) + "\n" for line in (head, *entries))
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(lines.encode())
    try:
        path.write_bytes(packed.getvalue())
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error
    return len(entries)


def read(path: Path) -> Snapshot:
    """Raises BadInput where the file is none, or of a form that this release does not know."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            head, *lines = (json.loads(line) for line in file)
        if head["schema"] != SCHEMA:
            raise BadInput(f"{path} is of the form {head['schema']}, this release reads {SCHEMA}")
        entries = tuple((RepositoryInfo(**line["repository"]), Report.model_validate(line["report"])) for line in lines)
        return Snapshot(datetime.fromisoformat(head["made_at"]), head["note"], entries)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is no snapshot: {error}") from error


def load(store: Store, snapshot: Snapshot) -> int:
    """Stores what is not known: repositories that were never scanned here. Gives how many those were."""
    return sum(
        store.adopt(info, _found(report, snapshot.made_at), source=SNAPSHOT) for info, report in snapshot.entries
    )


def _found(report: Report, made_at: datetime) -> FoundScan:
    return FoundScan(report=report, finished_at=made_at.astimezone(UTC))


def _latest(store: Store) -> Iterator[tuple[RepositoryInfo, str]]:
    cursor = None
    while True:
        page = store.list_repositories(Filters(scanned=True, host=GITHUB), sort="name", cursor=cursor, limit=_PAGE)
        for line in page.items:
            report = None if line.scan is None else store.get_report(line.scan.id)
            if report is not None and line.scan is not None:
                known = line.repository
                info = RepositoryInfo(
                    known.owner, known.name, github_id=known.github_id, stars=known.stars, fork=known.fork
                )
                yield info, report
        cursor = page.next_cursor
        if cursor is None:
            return


def _described(info: RepositoryInfo) -> dict[str, Any]:
    known: Iterable[str] = ("owner", "name", "github_id", "stars", "fork")
    return {name: value for name in known if (value := getattr(info, name)) is not None}
