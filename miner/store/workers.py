"""The processes that run jobs: who lives, who has died."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from miner.store.models import WorkerRow


def register(session: Session, executor_id: str, now: datetime) -> None:
    """A worker that begins its life."""
    session.add(WorkerRow(executor_id=executor_id, started_at=now, heartbeat_at=now))
    session.flush()


def beat(session: Session, executor_id: str, now: datetime) -> bool:
    """A sign of life; False where the worker was given up for dead."""
    changed = session.execute(
        update(WorkerRow).where(WorkerRow.executor_id == executor_id).values(heartbeat_at=now).returning(WorkerRow)
    )
    return changed.first() is not None


def remove(session: Session, executor_id: str) -> None:
    """A worker whose jobs are handed back or are others' now."""
    session.execute(delete(WorkerRow).where(WorkerRow.executor_id == executor_id))


def silent(session: Session, now: datetime, longest: timedelta) -> list[str]:
    """Workers without a sign of life for longer than that."""
    return list(session.scalars(select(WorkerRow.executor_id).where(WorkerRow.heartbeat_at < now - longest)))


def known(session: Session) -> set[str]:
    """All workers that have not been removed."""
    return set(session.scalars(select(WorkerRow.executor_id)))
