"""Runs: requests to scan lists of targets."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow
from miner.store.models.scans import ScanRow


class BatchRow(Base):
    """One request to scan a list of targets. The counters move in the same commit as the item that they count."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # A hash of the targets, by which the same request made again finds the batch that it goes on with.
    targets_key: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    total: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BatchItemRow(Base):
    """One target of a batch."""

    __tablename__ = "run_items"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column("run_id", Id, ForeignKey(BatchRow.id, ondelete="CASCADE"))
    position: Mapped[int]
    target: Mapped[str]
    identity: Mapped[str | None]
    repository_id: Mapped[int | None] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="SET NULL"), index=True)
    scan_id: Mapped[int | None] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="SET NULL"), index=True)
    state: Mapped[str]
    reason: Mapped[str | None]
    attempts: Mapped[int]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]

    repository: Mapped[RepositoryRow | None] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        Index(None, "run_id", "state"),
    )
