"""Histories: the verdict on a repository through time."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow


class HistoryRow(Base):
    """The newest history of a repository."""

    __tablename__ = "histories"

    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"), primary_key=True)
    head: Mapped[str]
    analyzer_version: Mapped[str]
    commits: Mapped[int]
    relevant: Mapped[int]
    suspects: Mapped[int]
    looked_at: Mapped[int]
    exact: Mapped[bool]
    first_on: Mapped[date]
    last_on: Mapped[date]
    seconds: Mapped[float]
    finished_at: Mapped[datetime]


class HistoryStepRow(Base):
    """A commit at which the verdict changed, or which tried to change it, oldest first by `position`."""

    __tablename__ = "history_steps"

    repository_id: Mapped[int] = mapped_column(
        Id, ForeignKey(HistoryRow.repository_id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commit: Mapped[str]
    parent: Mapped[str | None]
    day: Mapped[date]
    event: Mapped[str]
    eligible: Mapped[bool | None]
    legacy: Mapped[str]
    modern: Mapped[str]
    verdict: Mapped[str]
    ended_by: Mapped[str | None]
    form: Mapped[str | None]
    draw_kind: Mapped[str | None]
    reseed: Mapped[str | None]
    # JSON lists of text, at most ten each.
    paths: Mapped[str]
    lines: Mapped[str]


class HistoryEpisodeRow(Base):
    """One life of the bug in a repository, oldest first by `position`."""

    __tablename__ = "history_episodes"

    repository_id: Mapped[int] = mapped_column(
        Id, ForeignKey(HistoryRow.repository_id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    began: Mapped[str]
    began_on: Mapped[date]
    ended: Mapped[str | None]
    ended_on: Mapped[date | None]
    ended_by: Mapped[str | None]
    last_seen_on: Mapped[date]
    attempts: Mapped[int]
    censored: Mapped[bool]

    __table_args__ = (Index(None, "ended_by"),)
