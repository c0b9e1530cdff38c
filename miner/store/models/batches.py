"""Batches: requests over lists of repositories, what became of each item, and who is told at the end."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow
from miner.store.models.scans import ScanRow


class BatchRow(Base):
    """One request over many repositories. The counters move in the same commit as the item that they count."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    # A hash of the targets, by which the same request made again finds the batch that it goes on with.
    targets_key: Mapped[str | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(index=True)
    # Small numbers go first.
    priority: Mapped[int]
    total: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    # Repositories that were asked for and left out, since another batch has them queued.
    skipped: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BatchItemRow(Base):
    """One target of a batch. `workflow_id` is the engine's job that carries it now: who else comes is refused."""

    __tablename__ = "batch_items"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[int] = mapped_column(Id, ForeignKey(BatchRow.id, ondelete="CASCADE"))
    position: Mapped[int]
    target: Mapped[str]
    identity: Mapped[str | None]
    repository_id: Mapped[int | None] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="SET NULL"), index=True)
    scan_id: Mapped[int | None] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="SET NULL"), index=True)
    workflow_id: Mapped[str | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    verdict_before: Mapped[str | None]
    verdict: Mapped[str | None]
    attempts: Mapped[int]
    # A pause that its host asked for.
    not_before: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]

    repository: Mapped[RepositoryRow | None] = relationship(lazy="raise")
    batch: Mapped[BatchRow] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("batch_id", "position"),
        Index(None, "batch_id", "state"),
        # The next items to be handed to the engine, and those that it has: few rows out of very many.
        Index(
            "ix_batch_items_waiting",
            "batch_id",
            "position",
            sqlite_where=text("workflow_id IS NULL AND state = 'queued'"),
            postgresql_where=text("workflow_id IS NULL AND state = 'queued'"),
        ),
        Index(
            "ix_batch_items_carried",
            "workflow_id",
            "batch_id",
            sqlite_where=text("workflow_id IS NOT NULL"),
            postgresql_where=text("workflow_id IS NOT NULL"),
        ),
    )


class BatchCountRow(Base):
    """How many items of a batch ended in a state."""

    __tablename__ = "batch_counts"

    batch_id: Mapped[int] = mapped_column(Id, ForeignKey(BatchRow.id, ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class WebhookRow(Base):
    """Who is to be told that a batch ended. The secret signs what is sent, and is forgotten once it was."""

    __tablename__ = "webhooks"

    batch_id: Mapped[int] = mapped_column(Id, ForeignKey(BatchRow.id, ondelete="CASCADE"), primary_key=True)
    url: Mapped[str]
    secret: Mapped[str | None]
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    last_error: Mapped[str | None]
