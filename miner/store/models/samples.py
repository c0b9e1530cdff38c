"""Random samples of GitHub's repository ids, each drawn with a known probability. Never mixed with what was found."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow


class SampleRow(Base):
    """One round: ids drawn from 1 to `max_id`, which stays what it was when the round began."""

    __tablename__ = "samples"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    max_id: Mapped[int] = mapped_column(BigInteger)
    seed: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class SampleStratumRow(Base):
    """A range of ids, both ends in it, and how many were drawn from it without replacement."""

    __tablename__ = "sample_strata"

    sample_id: Mapped[int] = mapped_column(Id, ForeignKey(SampleRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    draws: Mapped[int]


class SampleDrawRow(Base):
    """A drawn id and what it turned out to be, None while nobody has asked."""

    __tablename__ = "sample_draws"

    sample_id: Mapped[int] = mapped_column(Id, ForeignKey(SampleRow.id, ondelete="CASCADE"), primary_key=True)
    github_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    stratum: Mapped[int]
    outcome: Mapped[str | None]
    repository_id: Mapped[int | None] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="SET NULL"), index=True)

    __table_args__ = (Index(None, "sample_id", "outcome", "github_id"),)
