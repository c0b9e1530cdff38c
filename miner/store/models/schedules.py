"""Batches that come again by the clock."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.batches import BatchRow


class ScheduleRow(Base):
    """A cron expression in a time zone, and which repositories it is about (`selection`, a filter expression)."""

    __tablename__ = "schedules"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    cron: Mapped[str]
    time_zone: Mapped[str]
    jitter_seconds: Mapped[int]
    kind: Mapped[str]
    selection: Mapped[str]
    paused: Mapped[bool]
    next_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime | None]
    last_batch_id: Mapped[int | None] = mapped_column(Id, ForeignKey(BatchRow.id, ondelete="SET NULL"))
    last_outcome: Mapped[str | None]
    created_at: Mapped[datetime]
