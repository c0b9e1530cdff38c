"""The processes that run jobs: who lives, who has died."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from miner.store.convert import record
from miner.store.models import WorkerRow


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that runs jobs: where it is, what it takes, and when it last gave a sign of life."""

    executor_id: str
    host: str
    pid: int
    queues: str
    concurrency: int
    version: str
    started_at: datetime
    heartbeat_at: datetime


def register(session: Session, worker: Worker) -> None:
    """A worker that begins its life, or that was given up for dead and lives."""
    session.add(WorkerRow(**{name: getattr(worker, name) for name in worker.__dataclass_fields__}))
    session.flush()


def beat(session: Session, executor_id: str, now: datetime) -> bool:
    """A sign of life; False where the worker was given up for dead and its row is gone."""
    beating = update(WorkerRow).where(WorkerRow.executor_id == executor_id).values(heartbeat_at=now)
    return session.scalar(beating.returning(WorkerRow.executor_id)) is not None


def take_silent(session: Session, now: datetime, longest: timedelta) -> list[str]:
    """Workers without a sign of life for longer than that, now in the caller's care: others wait for as long."""
    silent = update(WorkerRow).where(WorkerRow.heartbeat_at < now - longest).values(heartbeat_at=now)
    return list(session.scalars(silent.returning(WorkerRow.executor_id)))


def remove(session: Session, executor_id: str) -> None:
    """A worker whose jobs are handed back."""
    session.execute(delete(WorkerRow).where(WorkerRow.executor_id == executor_id))


def listed(session: Session) -> list[Worker]:
    """All that are not given up, the oldest first."""
    return [record(Worker, row) for row in session.scalars(select(WorkerRow).order_by(WorkerRow.started_at))]
