"""Schedules: batches that come again by the clock. When that is, `miner.jobs.schedules` works out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from miner.errors import BadInput
from miner.store.convert import reason_line, record
from miner.store.errors import NotThere
from miner.store.models import BatchRow, ScheduleRow


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """`cron` has five fields; `jitter_seconds` is the most by which a time is put off; `selection` is a filter."""

    name: str
    cron: str
    time_zone: str
    jitter_seconds: int
    kind: str
    selection: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule, when it is due next, and what came of the last time."""

    id: int
    name: str
    cron: str
    time_zone: str
    jitter_seconds: int
    kind: str
    selection: str
    paused: bool
    next_at: datetime
    last_at: datetime | None
    last_batch_id: int | None
    last_outcome: str | None
    created_at: datetime


def add(session: Session, new: NewSchedule, next_at: datetime, now: datetime) -> Schedule:
    """Raises BadInput (the name is taken)."""
    row = ScheduleRow(
        name=new.name,
        cron=new.cron,
        time_zone=new.time_zone,
        jitter_seconds=new.jitter_seconds,
        kind=new.kind,
        selection=new.selection,
        paused=False,
        next_at=next_at,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise BadInput(f"there is a schedule {new.name!r} already; remove it first") from error
    return record(Schedule, row)


def listed(session: Session) -> list[Schedule]:
    """All schedules, by name."""
    return [record(Schedule, row) for row in session.scalars(select(ScheduleRow).order_by(ScheduleRow.name))]


def get(session: Session, name: str) -> Schedule:
    """Raises NotThere."""
    return record(Schedule, _row(session, name))


def set_paused(session: Session, name: str, paused: bool, next_at: datetime | None = None) -> None:
    """`next_at` is when it is due after a pause: what was missed on purpose is not caught up. Raises NotThere."""
    row = _row(session, name)
    row.paused = paused
    row.next_at = next_at or row.next_at
    session.flush()


def remove(session: Session, name: str) -> None:
    """Its batches stay. Raises NotThere."""
    session.delete(_row(session, name))
    session.flush()


def take_due(session: Session, now: datetime) -> Schedule | None:
    """A schedule whose time has come, held until the transaction ends; nobody else is given it meanwhile."""
    due = select(ScheduleRow).where(ScheduleRow.next_at <= now, ScheduleRow.paused.is_(False))
    row = session.scalars(due.order_by(ScheduleRow.next_at).limit(1).with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else record(Schedule, row)


def is_under_way(session: Session, schedule: Schedule) -> bool:
    """Whether the batch of the last time has not come to its end."""
    if schedule.last_batch_id is None:
        return False
    return session.scalar(select(BatchRow.finished_at).where(BatchRow.id == schedule.last_batch_id)) is None


def passed(
    session: Session, schedule_id: int, next_at: datetime, now: datetime, outcome: str, batch_id: int | None
) -> None:
    """Notes what came of a time, and when the next one is."""
    row = session.get_one(ScheduleRow, schedule_id)
    row.last_at, row.last_outcome, row.next_at = now, reason_line(outcome), next_at
    row.last_batch_id = batch_id or row.last_batch_id
    session.flush()


def _row(session: Session, name: str) -> ScheduleRow:
    row = session.scalars(select(ScheduleRow).where(ScheduleRow.name == name)).one_or_none()
    if row is None:
        raise NotThere(f"there is no schedule {name!r}")
    return row
