"""The processes that run jobs: who lives, who has died."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from miner.store.models import WorkerRow


def register(session: Session, executor_id: str, now: datetime) -> None:
    """A worker that begins its life."""
    session.add(WorkerRow(executor_id=executor_id, started_at=now, heartbeat_at=now))
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
