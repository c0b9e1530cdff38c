"""Random samples group by group: the counts in each stratum that an interval of a drawn sample is made of."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from analysis.report import BUGS
from miner.store import samples
from miner.store.groups import listed_bucket
from miner.store.models import ListingRow, SampleDrawRow, SampleRow, ScanCodeRow
from miner.store.records import PrevalenceBy, RepositoryState
from miner.store.samples import Sample, StratumCounts

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Cell:
    """The eligible repositories of one group that were drawn from one stratum, and how many of them have the bug."""

    group: str | None
    stratum: int
    eligible: int
    affected: int
    legacy: int
    modern: int


@dataclass(frozen=True, slots=True)
class SampleCells:
    """A sample's design with its cells, and the states of the drawn repositories that may hold Python."""

    sample: Sample
    strata: tuple[StratumCounts, ...]
    cells: tuple[Cell, ...]
    states: Mapping[RepositoryState, int]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The store's door to samples by group. Each method is one transaction."""

    reading: Transaction

    def newest(self) -> str | None:
        """The name of the newest sample of which every number was looked up, None where there is none."""
        with self.reading() as session:
            newest = select(SampleRow.name).where(SampleRow.finished_at.is_not(None)).order_by(SampleRow.id.desc())
            return session.scalar(newest.limit(1))

    def cells(self, name: str, by: PrevalenceBy | None) -> SampleCells | None:
        """The counts of a sample, None where none has that name."""
        with self.reading() as session:
            sample = samples.by_name(session, name)
            if sample is None:
                return None
            cells = [Cell(group if by else None, *more) for group, *more in session.execute(_cells(sample.id, by))]
            return SampleCells(
                sample, tuple(samples.design(session, sample.id)), tuple(cells), _states(session, sample.id)
            )


def _cells(sample_id: int, by: PrevalenceBy | None) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            _group(by),
            SampleDrawRow.stratum,
            func.count(),
            _sum(ListingRow.verdict.startswith("affected")),
            _sum(ListingRow.legacy.in_(BUGS)),
            _sum(ListingRow.modern.in_(BUGS)),
        )
        .join(ListingRow, ListingRow.repository_id == SampleDrawRow.repository_id)
        .where(SampleDrawRow.sample_id == sample_id, ListingRow.eligible.is_(True), ListingRow.state != "opted_out")
    )
    if by == "check":
        query = query.join(ScanCodeRow, ScanCodeRow.scan_id == ListingRow.scan_id)
    return query.group_by("bucket", SampleDrawRow.stratum)


def _group(by: PrevalenceBy | None) -> ColumnElement[Any]:
    match by:
        case "check":
            return ScanCodeRow.code.label("bucket")
        case "verdict":
            return ListingRow.verdict.label("bucket")
        case _:
            return listed_bucket(by)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _states(session: Session, sample_id: int) -> dict[RepositoryState, int]:
    query = (
        select(ListingRow.state, func.count())
        .join(SampleDrawRow, SampleDrawRow.repository_id == ListingRow.repository_id)
        .where(SampleDrawRow.sample_id == sample_id)
        .group_by(ListingRow.state)
    )
    found: list[tuple[Any, int]] = [(state, number) for state, number in session.execute(query)]
    return dict(found)
