"""A repository beside the scan that stands for it: the columns, and their values as records."""

from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, and_

from miner.store.models import RepositoryRow, ScanRow
from miner.store.records import Repository, Scan

LATEST: Final = and_(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest)

_REPOSITORY: Final = tuple(getattr(RepositoryRow, field.name) for field in fields(Repository))
_SCAN: Final = tuple(getattr(ScanRow, field.name) for field in fields(Scan))
_SCANS_PLACE: Final = len(_REPOSITORY)

COLUMNS: Final[tuple[Any, ...]] = (*_REPOSITORY, *_SCAN)
"""To be selected in this order; loading whole rows as objects costs several times as much."""


def repository_and_scan(row: Row[*tuple[Any, ...]]) -> tuple[Repository, Scan | None]:
    """The records of a row that begins with `COLUMNS`; the scan is None where the join found none."""
    scan = None if row[_SCANS_PLACE] is None else Scan(*row[_SCANS_PLACE : len(COLUMNS)])
    return Repository(*row[:_SCANS_PLACE]), scan
