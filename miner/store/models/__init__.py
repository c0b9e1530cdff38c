"""The tables, one module per subject. Names are those of the report; all times are UTC. Only `miner.store` imports it.

States are text without a CHECK: they grow with releases, and the types in `records` are what guards them.

A change here needs a migration; a test compares the two.
"""

from miner.store.models.base import Base, Id, UtcDateTime
from miner.store.models.repositories import RepositoryRow, RepositorySourceRow
from miner.store.models.runs import RunItemRow, RunRow
from miner.store.models.scans import ExcerptRow, FindingRow, ScanRow
from miner.store.models.workers import WorkerRow

__all__ = [
    "Base",
    "ExcerptRow",
    "FindingRow",
    "Id",
    "RepositoryRow",
    "RepositorySourceRow",
    "RunItemRow",
    "RunRow",
    "ScanRow",
    "UtcDateTime",
    "WorkerRow",
]
