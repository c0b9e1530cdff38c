"""What repositories seed, and in which calls: counted over the latest scans of those that import torch."""

from dataclasses import dataclass
from itertools import compress
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    and_,
    case,
    distinct,
    exists,
    func,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.catalog.reproducibility import SEEDERS
from analysis.report import SeedRuns
from analysis.seeds import SCRIPT_OPTION
from miner.store.models import RepositoryRow, ScanRow, SeedRow
from miner.store.records import Filters, SeededGroup

Value = TypeVar("Value")

Seeded = Literal["python", "numpy", "torch"]
SEEDED: Final[tuple[Seeded, ...]] = ("python", "numpy", "torch")
"""The generators of a process from which training code draws."""


@dataclass(frozen=True, slots=True)
class SeedCount:
    """How many repositories seed with a value, and at how many places."""

    value: int
    repositories: int
    uses: int


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many repositories hand a constant seed to a call of that name, and at how many places."""

    api: str
    repositories: int
    uses: int


@dataclass(frozen=True, slots=True)
class CoverageCount:
    """How many repositories seed just these of the process's generators with a constant."""

    seeded: tuple[Seeded, ...]
    repositories: int


@dataclass(frozen=True, slots=True)
class PlacedSeed:
    """A place where a repository seeds."""

    host: str
    owner: str
    name: str
    api: str
    path: str
    line: int


def asked(filters: Filters, scan_id: SQLColumnExpression[Any]) -> list[ColumnElement[bool]]:
    """What filters ask of the seeds of the scan with this number, or with 0, which none has."""
    found: list[ColumnElement[bool]] = []
    if filters.seed:
        found.append(scan_id.in_(select(SeedRow.scan_id).where(SeedRow.value.in_(filters.seed))))
    if filters.seed_call:
        found.append(_has(scan_id, SeedRow.api.in_(filters.seed_call)))
    if filters.seed_runs:
        runs: dict[SeedRuns, ColumnElement[bool]] = {
            "none": not_(_has(scan_id)),
            "one": and_(_has(scan_id), scan_id.not_in(_over_many())),
            "many": scan_id.in_(_over_many()),
        }
        found.append(or_(*(runs[name] for name in filters.seed_runs)))
    if filters.seeded:
        found.append(or_(*(_seeds_just(scan_id, group) for group in filters.seeded)))
    return found


def _has(scan_id: SQLColumnExpression[Any], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(SeedRow.scan_id == scan_id, *conditions)


def _over_many() -> CompoundSelect[int]:
    """The scans that `miner.store.checks.seed_runs` counts so, which are few."""
    passed = select(SeedRow.scan_id).where(SeedRow.api == SCRIPT_OPTION).group_by(SeedRow.scan_id)
    return union(
        select(SeedRow.scan_id).where(SeedRow.looped.is_(True)),
        passed.having(func.count(distinct(SeedRow.value)) > 1),
    )


def _seeds_just(scan_id: SQLColumnExpression[Any], group: SeededGroup) -> ColumnElement[bool]:
    each = {name: _has(scan_id, SeedRow.api.in_(_seeders(name))) for name in SEEDED}
    match group:
        case "everything":
            return and_(*each.values())
        case "nothing":
            return not_(or_(*each.values()))
        case "something":
            return and_(or_(*each.values()), not_(and_(*each.values())))
        case _:
            seeded = group.split(" and ")
            return and_(*(one if name in seeded else not_(one) for name, one in each.items()))


def _seeders(generator: Seeded) -> list[str]:
    return [api for api, seeds in SEEDERS.items() if generator in seeds]


def rows(session: Session, value: int, limit: int) -> list[PlacedSeed]:
    """The places in which the value is seeded with, by repository."""
    query = (
        select(RepositoryRow.host, RepositoryRow.owner, RepositoryRow.name, SeedRow.api, SeedRow.path, SeedRow.line)
        .join(ScanRow, ScanRow.id == SeedRow.scan_id)
        .join(RepositoryRow, RepositoryRow.id == ScanRow.repository_id)
        .where(SeedRow.value == value, ScanRow.is_latest, ScanRow.imports_torch)
        .order_by(RepositoryRow.owner, RepositoryRow.name, SeedRow.scan_id, SeedRow.position)
        .limit(limit)
    )
    return [PlacedSeed(*row) for row in session.execute(query)]


def values(session: Session, limit: int) -> list[SeedCount]:
    """The values that most repositories seed with, the most frequent first."""
    return [SeedCount(*row) for row in session.execute(_most_frequent(SeedRow.value, limit))]


def places(session: Session, limit: int) -> list[PlaceCount]:
    """The calls that most repositories hand a seed to, the most frequent first."""
    return [PlaceCount(*row) for row in session.execute(_most_frequent(SeedRow.api, limit))]


def _most_frequent(column: InstrumentedAttribute[Value], limit: int) -> Select[Value, int, int]:
    # A repository has one latest scan.
    repositories = func.count(distinct(SeedRow.scan_id))
    return (
        select(column, repositories, func.count())
        .join(ScanRow, ScanRow.id == SeedRow.scan_id)
        .where(ScanRow.is_latest, ScanRow.imports_torch)
        .group_by(column)
        .order_by(repositories.desc(), column)
        .limit(limit)
    )


def coverage(session: Session, whole: int) -> list[CoverageCount]:
    """For every set of generators that occurs. A repository without a seed has no row: it is in what is left."""
    covers = [func.max(case((SeedRow.api.in_(_seeders(name)), 1), else_=0)) for name in SEEDED]
    each = (
        select(SeedRow.scan_id, *(cover.label(name) for name, cover in zip(SEEDED, covers, strict=True)))
        .join(ScanRow, ScanRow.id == SeedRow.scan_id)
        .where(ScanRow.is_latest, ScanRow.imports_torch)
        .group_by(SeedRow.scan_id)
        .subquery()
    )
    columns = [each.c[name] for name in SEEDED]
    rows = session.execute(select(*columns, func.count()).group_by(*columns)).all()
    counts = {tuple(compress(SEEDED, flags)): number for *flags, number in rows}
    counts[()] = whole - sum(number for seeded, number in counts.items() if seeded)
    ordered = sorted(counts.items(), key=lambda one: (-len(one[0]), one[0]))
    return [CoverageCount(seeded, number) for seeded, number in ordered]
