"""Companion checks and seeds: stored with their scan, and counted over the latest scans of all repositories."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from analysis.report import Report, SeedRuns
from miner.store import seeding
from miner.store.convert import storable
from miner.store.models import CheckFindingRow, ScanRow
from miner.store.seeding import CoverageCount, PlaceCount, PlacedSeed, SeedCount

Transaction = Callable[[], AbstractContextManager[Session]]

MOST_STORED = 2_000
"""Seeds of one scan; a repository with more is a collection, and its report has them all."""
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How many repositories a check fires in, and at how many places."""

    code: str
    repositories: int
    findings: int


@dataclass(frozen=True, slots=True)
class Checks:
    """The store's door to checks and seeds in the wild. Each method is one transaction, over the latest scans."""

    reading: Transaction

    def scanned(self) -> int:
        """The repositories that the counts are of: those with a scan that import torch."""
        with self.reading() as session:
            return scanned(session)

    def by_code(self) -> list[CheckCount]:
        """Each check that fires anywhere, by its code."""
        with self.reading() as session:
            return by_code(session)

    def seed_values(self, limit: int = 50) -> list[SeedCount]:
        """The values that most repositories seed with, the most frequent first."""
        with self.reading() as session:
            return seeding.values(session, limit)

    def seed_places(self, limit: int = 20) -> list[PlaceCount]:
        """The calls that most repositories hand a seed to, the most frequent first."""
        with self.reading() as session:
            return seeding.places(session, limit)

    def seed_coverage(self) -> list[CoverageCount]:
        """How many repositories seed which generators, for every set of them; they add up to all."""
        with self.reading() as session:
            return seeding.coverage(session)

    def seed_rows(self, value: int, limit: int = 1000) -> list[PlacedSeed]:
        """The places in which repositories seed with the value."""
        with self.reading() as session:
            return seeding.rows(session, value, limit)

    def seed_runs(self) -> dict[SeedRuns, int]:
        """How many repositories report over no seed, one seed, and many."""
        with self.reading() as session:
            return seeding.runs(session)


def findings(scan_id: int, report: Report) -> Iterator[dict[str, object]]:
    """The rows of a new scan's findings of checks."""
    for place, finding in enumerate(report.checks):
        yield {
            "scan_id": scan_id,
            "position": place,
            "finding_id": finding.id,
            "code": finding.code,
            "path": storable(finding.path),
            "line": finding.line,
            "program": None if finding.program is None else storable(finding.program),
        }


def seeds(scan_id: int, report: Report) -> Iterator[dict[str, object]]:
    """The rows of a new scan's seeds; one of more than 63 bits is in the report alone."""
    for place, seed in enumerate(report.seeds[:MOST_STORED]):
        if abs(seed.value) <= LARGEST_SEED:
            yield {
                "scan_id": scan_id,
                "position": place,
                "value": seed.value,
                "api": storable(seed.api),
                "path": storable(seed.path),
                "line": seed.line,
                "looped": seed.looped,
            }


def scanned(session: Session) -> int:
    query = select(func.count()).where(ScanRow.is_latest, ScanRow.imports_torch)
    return session.scalars(query).one()


def by_code(session: Session) -> list[CheckCount]:
    query = (
        select(CheckFindingRow.code, func.count(distinct(CheckFindingRow.scan_id)), func.count())
        .join(ScanRow, ScanRow.id == CheckFindingRow.scan_id)
        .where(ScanRow.is_latest, ScanRow.imports_torch)
        .group_by(CheckFindingRow.code)
        .order_by(CheckFindingRow.code)
    )
    return [CheckCount(*row) for row in session.execute(query)]
