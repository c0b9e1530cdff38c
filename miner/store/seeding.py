"""What repositories seed, and in which calls: counted over the latest scans of those that import torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast, get_args

from sqlalchemy import ColumnElement, Select, distinct, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.catalog.reproducibility import SEEDERS
from analysis.report import SeedRuns
from analysis.seeds import SCRIPT_OPTION
from miner.store.models import ListingRow, RepositoryRow, ScanRow, SeedRow
from miner.store.records import Filters, SeededGroup

Value = TypeVar("Value")

Seeded = Literal["python", "numpy", "torch"]
SEEDED: Final[tuple[Seeded, ...]] = ("python", "numpy", "torch")
"""The generators of a process from which training code draws."""
_SOMETHING: Final = {
    "something": tuple(group for group in get_args(SeededGroup) if group not in ("everything", "something", "nothing"))
}


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


Columns = Mapping[str, Any]
"""Where what is asked of a scan is found, by the names of `listings`, and its number where one that is null is none,
as `id_or_none`."""


def asked(filters: Filters, scan: Columns) -> list[ColumnElement[bool]]:
    """What filters ask of a scan's seeds."""
    found: list[ColumnElement[bool]] = []
    if filters.seed:
        found.append(scan["id_or_none"].in_(select(SeedRow.scan_id).where(SeedRow.value.in_(filters.seed))))
    if filters.seed_call:
        found.append(exists().where(SeedRow.scan_id == scan["id_or_none"], SeedRow.api.in_(filters.seed_call)))
    if filters.seed_runs:
        found.append(scan["seed_runs"].in_(filters.seed_runs))
    if filters.seeded:
        found.append(scan["seeded"].in_({just for group in filters.seeded for just in _SOMETHING.get(group, (group,))}))
    return found


def runs_of(seeds: Sequence[Mapping[str, object]]) -> SeedRuns:
    """Whether a scan's rows of seeds are of none, of one or of many, as `analysis.seeds` tells it of all of them."""
    passed = {seed["value"] for seed in seeds if seed["api"] == SCRIPT_OPTION}
    if not seeds:
        return "none"
    return "many" if len(passed) > 1 or any(seed["looped"] for seed in seeds) else "one"


def seeded_by(seeds: Sequence[Mapping[str, object]]) -> SeededGroup:
    """Which of the process's generators a scan's rows of seeds are handed to."""
    reached = {name for seed in seeds for name in SEEDERS.get(str(seed["api"]), ())}
    named = [name for name in SEEDED if name in reached]
    if len(named) in (0, len(SEEDED)):
        return "everything" if named else "nothing"
    return cast(SeededGroup, " and ".join(named))


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


def coverage(session: Session) -> list[CoverageCount]:
    """For every set of generators that occurs, and for none."""
    query = select(ListingRow.seeded, func.count()).where(ListingRow.depth > 0).group_by(ListingRow.seeded)
    counts = {"nothing": 0, **{str(group): number for group, number in session.execute(query)}}
    found = [CoverageCount(_generators(group), number) for group, number in counts.items()]
    return sorted(found, key=lambda one: (-len(one.seeded), one.seeded))


def _generators(group: str) -> tuple[Seeded, ...]:
    return SEEDED if group == "everything" else tuple(name for name in SEEDED if name in group.split(" and "))


def runs(session: Session) -> dict[SeedRuns, int]:
    """How many repositories seed with nothing, with one value, and with many."""
    query = select(ListingRow.seed_runs, func.count()).where(ListingRow.depth > 0).group_by(ListingRow.seed_runs)
    counts = {str(name): number for name, number in session.execute(query)}
    return {name: counts.get(name, 0) for name in get_args(SeedRuns)}
