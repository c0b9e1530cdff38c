"""Random samples of repository ids: the design, the draws, and what each turned out to be.

A sample is all that a design-based estimate needs: per stratum how many ids there are, how many were drawn (without
replacement, so each with probability draws / ids), and what became of each. What searches found is never part of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from miner.store import opt_outs
from miner.store.convert import record
from miner.store.found import remember_found
from miner.store.models import RepositoryRow, SampleDrawRow, SampleRow, SampleStratumRow
from miner.store.records import RepositoryInfo

DrawOutcome = Literal["python", "other", "nothing", "opted_out"]
"""`python`: public, and may hold Python; `other`: public, and does not; `nothing`: no public repository has the id."""

SampleMethod = Literal["node-ids", "since"]
SOURCE = "sample"


@dataclass(frozen=True, slots=True)
class Sample:
    """A round. It is finished when every draw was looked up."""

    id: int
    name: str
    max_id: int
    seed: int
    method: SampleMethod
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stratum:
    """Ids from `first_id` to `last_id`, of which `draws` were drawn."""

    position: int
    first_id: int
    last_id: int
    draws: int

    @property
    def size(self) -> int:
        """How many ids there are."""
        return self.last_id - self.first_id + 1

    @property
    def inclusion_probability(self) -> float:
        """With which each id of the stratum is in the sample."""
        return self.draws / self.size


@dataclass(frozen=True, slots=True)
class StratumCounts:
    """A stratum with what was drawn from it; `outcomes` has those that occur, and None for draws not looked up."""

    stratum: Stratum
    outcomes: Mapping[DrawOutcome | None, int]


def by_name(session: Session, name: str) -> Sample | None:
    """The round of that name."""
    row = session.scalars(select(SampleRow).where(SampleRow.name == name)).one_or_none()
    return None if row is None else record(Sample, row)


def create(
    session: Session,
    name: str,
    method: SampleMethod,
    seed: int,
    drawn: Sequence[tuple[Stratum, Iterable[int]]],
    now: datetime,
) -> Sample:
    """A new round with all its draws, so that what was drawn never depends on what is found."""
    max_id = max(stratum.last_id for stratum, _ in drawn)
    row = SampleRow(name=name, max_id=max_id, seed=seed, method=method, created_at=now)
    session.add(row)
    session.flush()
    for stratum, ids in drawn:
        session.add(
            SampleStratumRow(
                sample_id=row.id,
                position=stratum.position,
                first_id=stratum.first_id,
                last_id=stratum.last_id,
                draws=stratum.draws,
            )
        )
        values = [{"sample_id": row.id, "github_id": github_id, "stratum": stratum.position} for github_id in ids]
        if values:
            session.execute(insert(SampleDrawRow), values)
    session.flush()
    return record(Sample, row)


def waiting(session: Session, sample_id: int, most: int) -> list[int]:
    """Drawn ids that nobody has looked up yet, lowest first."""
    query = select(SampleDrawRow.github_id).where(SampleDrawRow.sample_id == sample_id, SampleDrawRow.outcome.is_(None))
    return list(session.scalars(query.order_by(SampleDrawRow.github_id).limit(most)))


def note(
    session: Session, sample: Sample, found: Mapping[int, tuple[DrawOutcome, RepositoryInfo | None]], now: datetime
) -> None:
    """What drawn ids turned out to be. Repositories that may hold Python become known, with the sample as source."""
    left_alone = opt_outs.matcher(session)
    outcomes: dict[int, DrawOutcome] = {
        github_id: "opted_out" if info is not None and left_alone(info) else outcome
        for github_id, (outcome, info) in found.items()
    }
    noted = [info for number, (_, info) in found.items() if info is not None and outcomes[number] == "python"]
    remember_found(session, noted, SOURCE, sample.name, now)
    ids = [info.github_id for info in noted]
    known = session.execute(select(RepositoryRow.github_id, RepositoryRow.id).where(RepositoryRow.github_id.in_(ids)))
    row_ids = {number: row_id for number, row_id in known}  # noqa: C416
    values = [
        {"sample_id": sample.id, "github_id": number, "outcome": outcome, "repository_id": row_ids.get(number)}
        for number, outcome in outcomes.items()
    ]
    if values:
        session.execute(update(SampleDrawRow), values)
    session.flush()


def finish(session: Session, sample_id: int, now: datetime) -> None:
    """Every draw was looked up."""
    session.execute(
        update(SampleRow).where(SampleRow.id == sample_id, SampleRow.finished_at.is_(None)).values(finished_at=now)
    )


def design(session: Session, sample_id: int) -> list[StratumCounts]:
    """The strata of a round, each with what its draws turned out to be."""
    counted = (
        select(SampleDrawRow.stratum, SampleDrawRow.outcome, func.count())
        .where(SampleDrawRow.sample_id == sample_id)
        .group_by(SampleDrawRow.stratum, SampleDrawRow.outcome)
    )
    counts: dict[int, dict[DrawOutcome | None, int]] = {}
    for position, outcome, number in session.execute(counted):
        counts.setdefault(position, {})[cast("DrawOutcome | None", outcome)] = number
    rows = session.scalars(
        select(SampleStratumRow).where(SampleStratumRow.sample_id == sample_id).order_by(SampleStratumRow.position)
    )
    return [StratumCounts(record(Stratum, row), counts.get(row.position, {})) for row in rows]
