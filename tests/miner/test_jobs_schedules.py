"""When schedules are due, and what is begun then; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from miner.errors import BadInput
from miner.jobs import schedules
from miner.store import BadFilter, NotThere, RepositoryInfo, Store
from miner.store.models import ScheduleRow
from miner.store.schedules import NewSchedule

WEEKLY = NewSchedule("weekly", "0 3 * * 1", "Europe/Berlin", 0, "scan", "stars > 5")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("0 3 * * 1", "UTC", "2026-01-01T00:00", "2026-01-05T03:00"),
        ("0 3 * * 1", "Europe/Berlin", "2026-01-01T00:00", "2026-01-05T02:00"),
        ("0 3 * * 1", "Europe/Berlin", "2026-07-01T00:00", "2026-07-06T01:00"),
        ("*/15 * * * *", "UTC", "2026-01-01T00:15", "2026-01-01T00:30"),
        # Clocks go forward on 2026-03-29: there is no 02:30 in Berlin that day, and 03:00 is the next there is.
        ("30 2 29 3 *", "Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00"),
    ],
)
def test_the_next_time_is_that_of_the_time_zone(cron: str, zone: str, after: str, expected: str) -> None:
    assert schedules.next_time(cron, zone, moment(after)) == moment(expected)


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("whenever", "UTC", "minute hour day month weekday"),
        ("61 * * * *", "UTC", "no cron expression"),
        ("0 0 31 2 *", "UTC", "no cron expression"),
        ("0 0 * * * *", "UTC", "minute hour day month weekday"),
        ("0 0 * * *", "Mars/Olympus", "no time zone 'Mars/Olympus'"),
        ("0 0 * * *", "../../etc/passwd", "no time zone"),
    ],
)
def test_what_is_no_schedule_is_said(cron: str, zone: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        schedules.next_time(cron, zone, moment("2026-01-01T00:00"))


def test_jitter_puts_off_and_never_forward() -> None:
    new = NewSchedule("n", "0 * * * *", "UTC", 600, "scan", "")
    hour = moment("2026-01-01T01:00")
    found = {schedules.due_at(new, moment("2026-01-01T00:30")) for _ in range(50)}
    assert len(found) > 1
    assert all(hour <= due <= hour + timedelta(minutes=10) for due in found)


def let_time_pass(store: Store, days: int) -> None:
    with store.changing() as session:
        due = datetime.now(UTC) - timedelta(days=days)
        session.execute(update(ScheduleRow).values(next_at=due))


def test_what_was_missed_is_caught_up_once(store: Store) -> None:
    store.upsert_found([RepositoryInfo("owner", "a", stars=7), RepositoryInfo("owner", "b", stars=1)], source="test")
    schedules.add(store, WEEKLY, "test")
    schedules.start_due(store)
    assert store.batches.listed() == []
    let_time_pass(store, 100)
    schedules.start_due(store)
    schedules.start_due(store)
    (batch,) = store.batches.listed()
    assert (batch.created_by, batch.total, batch.title) == ("schedule:weekly", 1, "schedule weekly: stars > 5")
    found = store.schedules.get("weekly")
    assert (found.last_batch_id, found.last_outcome) == (batch.id, f"batch {batch.id}")
    assert found.next_at > datetime.now(UTC)


def test_a_batch_under_way_is_not_overlapped(store: Store) -> None:
    store.upsert_found([RepositoryInfo("owner", "a", stars=7)], source="test")
    schedules.add(store, WEEKLY, "test")
    for _ in range(2):
        let_time_pass(store, 1)
        schedules.start_due(store)
    (batch,) = store.batches.listed()
    assert store.schedules.get("weekly").last_outcome == f"left out: batch {batch.id} is under way"
    store.batches.cancel(batch.id, "test")
    let_time_pass(store, 1)
    schedules.start_due(store)
    assert [each.total for each in store.batches.listed()] == [1, 1]


def test_a_paused_schedule_begins_nothing_and_catches_nothing_up(store: Store) -> None:
    schedules.add(store, WEEKLY, "test")
    store.schedules.set_paused("weekly", paused=True, actor="test")
    let_time_pass(store, 1)
    schedules.start_due(store)
    schedules.resume(store, "weekly", "test")
    schedules.start_due(store)
    assert store.batches.listed() == []
    assert schedules.trigger(store, "weekly", "test") == store.batches.listed()[0].id
    store.schedules.remove("weekly", "test")
    with pytest.raises(NotThere):
        schedules.trigger(store, "weekly", "test")


def test_what_cannot_be_carried_out_is_refused_when_it_is_made(sqlite_store: Store) -> None:
    for new, error in (
        (NewSchedule("n", "0 3 * * 1", "UTC", 0, "scan", "stars >"), BadFilter),
        (NewSchedule("n", "0 3 * * 1", "UTC", 0, "paint", ""), BadInput),
        (NewSchedule("n", "0 3 * * 1", "UTC", -1, "scan", ""), BadInput),
        (NewSchedule("n", "often", "UTC", 0, "scan", ""), BadInput),
    ):
        with pytest.raises(error):
            schedules.add(sqlite_store, new, "test")
    schedules.add(sqlite_store, WEEKLY, "test")
    with pytest.raises(BadInput, match="a schedule 'weekly' already"):
        schedules.add(sqlite_store, WEEKLY, "test")
