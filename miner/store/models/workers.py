"""The processes that run jobs."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base


class WorkerRow(Base):
    """A process that runs jobs, for as long as it lives. One that stops beating is dead, and its jobs go to others."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    queues: Mapped[str]
    concurrency: Mapped[int]
    version: Mapped[str]
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime] = mapped_column(index=True)
