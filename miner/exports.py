"""Exports: all that is known as tables, dated and never changed, for whoever analyses it elsewhere.

A folder for each, with `repositories` and `findings` as Parquet and as CSV, and a manifest that says what they are.
"""

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from analysis.engine import ANALYZER_VERSION
from miner.errors import BadInput
from miner.store import Filters, Repository, Scan, Store

SCHEMA: Final = "seedwatch.export/1"
LICENCE: Final = "CC-BY-4.0"
MANIFEST: Final = "manifest.json"
_PAGE: Final = 1_000

_OF_REPOSITORY: Final = {
    "host": "string", "owner": "string", "name": "string", "github_id": "int64", "stars": "int64", "fork": "bool",
    "archived": "bool", "state": "string",
}  # fmt: skip
_OF_SCAN: Final = {
    "commit": "string", "commit_date": "date32", "analyzer_version": "string", "eligible": "bool",
    "why_not_eligible": "string", "verdict": "string", "legacy": "string", "modern": "string", "torch_range": "string",
    "draw_kind": "string", "reseed": "string", "workers": "string", "unread_files": "int64", "finished_at": "timestamp",
}  # fmt: skip
_OF_FINDING: Final = {
    "pair_id": "string", "code": "string", "counts": "bool", "legacy": "string", "modern": "string",
    "draw_kind": "string", "reseed": "string", "workers": "string", "workers_value": "int64", "dataset": "string",
    "api": "string", "path": "string", "line": "int64", "train": "bool", "distinct_share": "float64",
}  # fmt: skip
_KEY: Final = {"host": "string", "owner": "string", "name": "string", "commit": "string"}

Record = dict[str, Any]


def make(store: Store, root: Path, now: datetime) -> Path:
    """Writes an export of the database as it is now into a new folder under `root`, and gives the folder.

    Repositories of this machine are left out and counted, since exports are offered to everybody. Raises BadInput
    where there is an export of this second already.
    """
    folder = root / f"{now:%Y-%m-%dT%H%M%SZ}"
    unfinished = folder.with_name(f".{folder.name}")
    if folder.exists():
        raise BadInput(f"{folder} is there already")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    counts = {"repositories": 0, "findings": 0, "local_repositories_left_out": 0}
    with ExitStack() as open_files:
        repositories = open_files.enter_context(_Table(unfinished / "repositories", {**_OF_REPOSITORY, **_OF_SCAN}))
        findings = open_files.enter_context(_Table(unfinished / "findings", {**_KEY, **_OF_FINDING}))
        for rows, pairs, left_out in _portions(store):
            repositories.add(rows)
            findings.add(pairs)
            counts["repositories"] += len(rows)
            counts["findings"] += len(pairs)
            counts["local_repositories_left_out"] += left_out
    _write_manifest(unfinished, now, counts)
    return unfinished.rename(folder)


class _Table:
    """A table that is written as it comes, as Parquet and as CSV."""

    def __init__(self, stem: Path, columns: dict[str, str]) -> None:
        import pyarrow
        from pyarrow import parquet

        kinds = {"date32": pyarrow.date32(), "timestamp": pyarrow.timestamp("us", "UTC"), "bool": pyarrow.bool_()}
        fields = [(name, kinds.get(kind) or getattr(pyarrow, kind)()) for name, kind in columns.items()]
        self._schema = pyarrow.schema(fields)
        self._table = pyarrow.Table
        self._parquet = parquet.ParquetWriter(stem.with_suffix(".parquet"), self._schema)
        self._text = stem.with_suffix(".csv").open("w", encoding="utf-8", errors="backslashreplace", newline="")
        self._csv = csv.DictWriter(self._text, list(columns), lineterminator="\n")
        self._csv.writeheader()

    def __enter__(self) -> "_Table":
        return self

    def __exit__(self, *_: object) -> None:
        self._parquet.close()
        self._text.close()

    def add(self, rows: Sequence[Record]) -> None:
        """Rows with a value for each column."""
        self._parquet.write_table(self._table.from_pylist(list(rows), self._schema))
        self._csv.writerows(rows)


def _portions(store: Store) -> Iterator[tuple[list[Record], list[Record], int]]:
    """Rows of both tables, a page of repositories at a time, by name, and how many are left out of it."""
    cursor = None
    while True:
        page = store.list_repositories(Filters(), sort="name", cursor=cursor, limit=_PAGE)
        lines = [line for line in page.items if line.repository.local_path is None]
        yield (
            [_repository(line.repository, line.scan) for line in lines],
            [pair for line in lines if line.scan for pair in _pairs(store, line.repository, line.scan)],
            len(page.items) - len(lines),
        )
        cursor = page.next_cursor
        if cursor is None:
            return


def _repository(repository: Repository, scan: Scan | None) -> Record:
    row = {name: getattr(repository, name) for name in _OF_REPOSITORY}
    return {**row, **{name: None if scan is None else getattr(scan, name) for name in _OF_SCAN}}


def _pairs(store: Store, repository: Repository, scan: Scan) -> Iterator[Record]:
    key = {"host": repository.host, "owner": repository.owner, "name": repository.name, "commit": scan.commit}
    if not scan.draw_in_worker:
        return
    for finding in store.list_findings(scan.id):
        yield {**key, **{name: getattr(finding, name) for name in _OF_FINDING}}


def _write_manifest(folder: Path, now: datetime, counts: dict[str, int]) -> None:
    files = [
        {"name": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(folder.iterdir())
    ]
    about = {
        "schema": SCHEMA,
        "name": f"{now:%Y-%m-%dT%H%M%SZ}",
        "made_at": now.isoformat(timespec="seconds"),
        "analyzer_version": ANALYZER_VERSION,
        "licence": LICENCE,
        "population": "what was found and scanned here: no random sample",
        **counts,
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", "utf-8")


def manifest(folder: Path) -> dict[str, Any]:
    """What an export in a folder is, and which files it has."""
    about: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    return about


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
