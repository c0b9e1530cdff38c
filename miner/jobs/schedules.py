"""When schedules are due, and starting their batches then.

Times are those of the schedule's time zone. One that was missed, however often, is caught up once; while the batch of
the last time is under way, no other is begun.
"""

import logging
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from miner.errors import BadInput
from miner.jobs import kinds
from miner.store import NewBatch, Store, access, batches, schedules, where
from miner.store.schedules import NewSchedule, Schedule

LARGEST_JITTER = timedelta(days=1)
_FIELDS = 5

log = logging.getLogger(__name__)


def next_time(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first time after `after` that the expression means, in UTC.

    Raises BadInput (not five fields of cron's, no such time zone, a day that never comes).
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"there is no time zone {time_zone!r}; write one such as Europe/Berlin, or UTC") from error
    if len(cron.split()) != _FIELDS:
        raise BadInput(f"{cron!r} is no cron expression: minute hour day month weekday, as in `0 3 * * 1`")
    try:
        following: datetime = croniter(cron, after.astimezone(zone)).get_next(datetime)
    except (CroniterBadCronError, CroniterBadDateError, ValueError) as error:
        raise BadInput(f"{cron!r} is no cron expression: {error}") from error
    return following.astimezone(UTC)


def due_at(schedule: NewSchedule | Schedule, after: datetime) -> datetime:
    """When the schedule is due next, its jitter thrown. Raises BadInput."""
    jitter = timedelta(seconds=random.uniform(0, schedule.jitter_seconds))  # noqa: S311 - spreads load, hides nothing
    return next_time(schedule.cron, schedule.time_zone, after) + jitter


def add(store: Store, new: NewSchedule, actor: str) -> Schedule:
    """Makes a schedule. Raises BadInput, BadFilter."""
    kinds.named(new.kind)
    if not 0 <= new.jitter_seconds <= LARGEST_JITTER.total_seconds():
        raise BadInput("jitter is between nothing and a day")
    return store.schedules.add(new, due_at(new, datetime.now(UTC)), actor)


def resume(store: Store, name: str, actor: str) -> None:
    """Starts a paused schedule's clock again, from now. Raises NotThere."""
    schedule = store.schedules.get(name)
    store.schedules.set_paused(name, paused=False, actor=actor, next_at=due_at(schedule, datetime.now(UTC)))


def trigger(store: Store, name: str, actor: str) -> int:
    """Starts a schedule's batch now, beside its times; gives the batch. Raises NotThere, BadFilter."""
    schedule = store.schedules.get(name)
    return store.batches.select(_batch(schedule, actor), schedule.selection)


def start_due(store: Store) -> None:
    """Starts the batches of the schedules whose time has come."""
    while _start_one(store, datetime.now(UTC)):
        pass


def _start_one(store: Store, now: datetime) -> bool:
    with store.changing() as session:
        schedule = schedules.take_due(session, now)
        if schedule is None:
            return False
        batch_id = None
        if schedules.is_under_way(session, schedule):
            outcome = f"left out: batch {schedule.last_batch_id} is under way"
        else:
            batch = _batch(schedule, f"schedule:{schedule.name}")
            batch_id = batches.create_selected(session, batch, where.parse(schedule.selection), now)
            access.note(session, batch.created_by, f"{batch.kind} batch", str(batch_id), now, detail=batch.title)
            outcome = f"batch {batch_id}"
        schedules.passed(session, schedule.id, due_at(schedule, now), now, outcome, batch_id)
    log.info("schedule %s: %s", schedule.name, outcome)
    return True


def _batch(schedule: Schedule, actor: str) -> NewBatch:
    return NewBatch(schedule.kind, f"schedule {schedule.name}: {schedule.selection or 'all'}", actor)
