"""Histories of repositories: stored whole, read whole, and summed up over all of them."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from analysis.history.change import Verdicts
from analysis.history.story import Episode, History, Step
from miner.store.convert import record, storable
from miner.store.models import HistoryEpisodeRow, HistoryRow, HistoryStepRow, RepositoryRow

Transaction = Callable[[], AbstractContextManager[Session]]

_STEP = ("commit", "parent", "event", "ended_by", "form", "draw_kind", "reseed")
_EPISODE = ("began", "ended", "ended_by", "attempts", "censored")
_HISTORY = ("head", "analyzer_version", "commits", "relevant", "suspects", "looked_at", "exact")


@dataclass(frozen=True, slots=True)
class StoredHistory:
    """A history with what its making took, in seconds, and when it was made."""

    history: History
    seconds: float
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class StateAt:
    """From `day` on, what a repository's verdict was, in a list sorted by repository and time."""

    repository_id: int
    day: date
    eligible: bool | None
    affected: bool


@dataclass(frozen=True, slots=True)
class Life:
    """A life of the bug with the repository that it was in, of whose lives it is the one at `position`."""

    host: str
    owner: str
    name: str
    position: int
    episode: Episode


@dataclass(frozen=True, slots=True)
class Followed:
    """A repository with a history, which tells of `commits` from one day to another."""

    repository_id: int
    host: str
    owner: str
    name: str
    commits: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Histories:
    """The store's door to histories. Each method is one transaction."""

    reading: Transaction
    changing: Transaction

    def save(self, repository_id: int, found: StoredHistory) -> None:
        """Stores a repository's history in place of the one before."""
        with self.changing() as session:
            save(session, repository_id, found)

    def find(self, repository_id: int) -> StoredHistory | None:
        """The verdict on a repository through time, None where nobody has asked for it."""
        with self.reading() as session:
            return find(session, repository_id)

    def local_repository(self, path: str) -> int | None:
        """The repository that was scanned at this absolute path and is known by nothing else."""
        with self.reading() as session:
            return session.scalar(select(RepositoryRow.id).where(RepositoryRow.local_path == path))

    def episodes(self) -> list[Episode]:
        """Every life of the bug in every repository with a history, by repository and time."""
        with self.reading() as session:
            query = select(HistoryEpisodeRow).order_by(HistoryEpisodeRow.repository_id, HistoryEpisodeRow.position)
            return [_episode(row) for row in session.scalars(query)]

    def lives(self) -> list[Life]:
        """The same with the repositories: the rows behind what is said of all lives together."""
        query = select(RepositoryRow.host, RepositoryRow.owner, RepositoryRow.name, HistoryEpisodeRow).join(
            RepositoryRow, RepositoryRow.id == HistoryEpisodeRow.repository_id
        )
        with self.reading() as session:
            return [
                Life(host, owner, name, row.position, _episode(row))
                for host, owner, name, row in session.execute(query)
            ]

    def followed(self) -> list[Followed]:
        """The repositories with a history."""
        places = (RepositoryRow.id, RepositoryRow.host, RepositoryRow.owner, RepositoryRow.name)
        told = (HistoryRow.commits, HistoryRow.first_on, HistoryRow.last_on)
        query = select(*places, *told).join(HistoryRow, HistoryRow.repository_id == RepositoryRow.id)
        with self.reading() as session:
            return [Followed(*row) for row in session.execute(query)]

    def mark(self) -> tuple[datetime | None, int]:
        """Another one whenever a history was stored or let go of."""
        with self.reading() as session:
            last, count = session.execute(select(func.max(HistoryRow.finished_at), func.count())).one()
            return last, count

    def states(self) -> list[StateAt]:
        """Each repository's verdicts through time, by repository and time."""
        columns = (HistoryStepRow.repository_id, HistoryStepRow.day, HistoryStepRow.eligible, HistoryStepRow.verdict)
        query = select(*columns).order_by(HistoryStepRow.repository_id, HistoryStepRow.position)
        with self.reading() as session:
            return [
                StateAt(repository_id, day, eligible, verdict.startswith("affected"))
                for repository_id, day, eligible, verdict in session.execute(query)
            ]


def save(session: Session, repository_id: int, found: StoredHistory) -> None:
    """Stores a repository's history in place of the one before."""
    purge(session, repository_id)
    history = found.history
    session.add(
        HistoryRow(
            repository_id=repository_id,
            first_on=date.fromisoformat(history.first_on),
            last_on=date.fromisoformat(history.last_on),
            seconds=found.seconds,
            finished_at=found.finished_at,
            **{name: getattr(history, name) for name in _HISTORY},
        )
    )
    session.flush()
    session.add_all(_step_row(repository_id, place, step) for place, step in enumerate(history.steps))
    session.add_all(_episode_row(repository_id, place, episode) for place, episode in enumerate(history.episodes))


def purge(session: Session, repository_id: int) -> None:
    """Lets go of a repository's history, lines of its code included."""
    for table in (HistoryStepRow, HistoryEpisodeRow, HistoryRow):
        session.execute(delete(table).where(table.repository_id == repository_id))


def find(session: Session, repository_id: int) -> StoredHistory | None:
    """The history of a repository, None where there is none."""
    row = session.get(HistoryRow, repository_id)
    if row is None:
        return None
    steps = select(HistoryStepRow).where(HistoryStepRow.repository_id == repository_id)
    lives = select(HistoryEpisodeRow).where(HistoryEpisodeRow.repository_id == repository_id)
    history = record(
        History,
        row,
        first_on=row.first_on.isoformat(),
        last_on=row.last_on.isoformat(),
        steps=tuple(_step(each) for each in session.scalars(steps.order_by(HistoryStepRow.position))),
        episodes=tuple(_episode(each) for each in session.scalars(lives.order_by(HistoryEpisodeRow.position))),
    )
    return StoredHistory(history, row.seconds, row.finished_at)


def _step_row(repository_id: int, position: int, step: Step) -> HistoryStepRow:
    return HistoryStepRow(
        repository_id=repository_id,
        position=position,
        day=date.fromisoformat(step.date),
        paths=_texts(step.paths),
        lines=_texts(step.lines),
        **step.verdicts._asdict(),
        **{name: getattr(step, name) for name in _STEP},
    )


def _step(row: HistoryStepRow) -> Step:
    return record(
        Step,
        row,
        date=row.day.isoformat(),
        verdicts=_verdicts(row),
        paths=tuple(json.loads(row.paths)),
        lines=tuple(json.loads(row.lines)),
    )


def _verdicts(row: HistoryStepRow) -> Verdicts:
    """The verdicts that a step's row holds."""
    return Verdicts(*(getattr(row, name) for name in Verdicts._fields))


def _episode_row(repository_id: int, position: int, episode: Episode) -> HistoryEpisodeRow:
    return HistoryEpisodeRow(
        repository_id=repository_id,
        position=position,
        began_on=date.fromisoformat(episode.began_on),
        ended_on=date.fromisoformat(episode.ended_on) if episode.ended_on else None,
        last_seen_on=date.fromisoformat(episode.last_seen_on),
        **{name: getattr(episode, name) for name in _EPISODE},
    )


def _episode(row: HistoryEpisodeRow) -> Episode:
    return record(
        Episode,
        row,
        began_on=row.began_on.isoformat(),
        ended_on=row.ended_on.isoformat() if row.ended_on else None,
        last_seen_on=row.last_seen_on.isoformat(),
    )


def _texts(texts: Sequence[str]) -> str:
    return json.dumps([storable(text) for text in texts])
