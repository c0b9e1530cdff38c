"""The data package: the table as CSV and Parquet, the reports, the figures with their queries, and a manifest."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from analysis.study import COLUMNS, DAYS, Row, count_all
from miner.study import Studied

MANIFEST: Final = "manifest.json"
_TEXT: Final = frozenset(
    {
        "repository", "day", "state", "reason", "commit", "commit_date", "analyzer", "content", "why_not_eligible",
        "legacy", "modern", "verdict", "torch_range", "form", "draw_kind", "reseed",
    }
)  # fmt: skip


def write_package(folder: Path, rows: Sequence[Row], studied: Iterable[Studied]) -> None:
    """Writes `data/` under `folder`: repositories.csv and .parquet, figures.csv, reports.jsonl.gz."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    _write_csv(data / "repositories.csv", COLUMNS, [_values(row) for row in rows])
    _write_parquet(data / "repositories.parquet", rows)
    figures = [
        {"name": figure.name, "day": day, "count": counts[day], "label": figure.label, "query": figure.query(day)}
        for figure, counts in count_all(rows)
        for day in DAYS
    ]
    _write_csv(data / "figures.csv", list(figures[0]), [list(figure.values()) for figure in figures])
    _write_reports(data / "reports.jsonl.gz", studied)


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Writes manifest.json: what the package is, and the SHA-256 and size of every other file in it."""
    files = [
        {"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, JOURNAL)
    ]
    (folder / MANIFEST).write_text(json.dumps({**about, "files": files}, indent=2) + "\n", "utf-8")


JOURNAL: Final = "journal.jsonl"
"""What is done; not part of the package, since it holds nothing that is not in it."""


def _values(row: Row) -> list[Any]:
    return [int(value) if isinstance(value, bool) else value for value in asdict(row).values()]


def _write_csv(path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(rows)


def _write_parquet(path: Path, rows: Sequence[Row]) -> None:
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(name, pyarrow.string() if name in _TEXT else pyarrow.int32()) for name in COLUMNS])
    table = pyarrow.table({name: [_values(row)[place] for row in rows] for place, name in enumerate(COLUMNS)}, schema)
    parquet.write_table(table, path)


def _write_reports(path: Path, studied: Iterable[Studied]) -> None:
    # Without a name or a time in its head, so that the same reports give the same bytes.
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="\n") as text,
    ):
        for one in studied:
            for day, report in one.reports.items():
                text.write(f'{{"day":"{day}","report":{report}}}\n')


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
