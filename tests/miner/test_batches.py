"""Batches in the store: made from filters and lists, counted, paused, cancelled, tried again; on both databases."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from miner.jobs.requests import as_items
from miner.store import (
    BatchProgress,
    FoundScan,
    NewBatch,
    NewItem,
    NotNow,
    NotThere,
    RepositoryInfo,
    Store,
    feeding,
    items,
)
from miner.store.items import Finished
from miner.store.records import ItemState
from tests.support.reports import not_eligible, report

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def batch(title: str = "test", **more: str) -> NewBatch:
    return NewBatch("scan", title, "test", **more)  # type: ignore[arg-type]


def known(store: Store, *names: str) -> None:
    store.upsert_found([RepositoryInfo("owner", name) for name in names], source="test")


def carry_all(store: Store, batch_id: int, workflow_id: str) -> list[int]:
    """All items of a batch in the hands of one job."""
    with store.changing() as session:
        waiting = feeding.waiting(session, batch_id, 100)
        feeding.carry(session, waiting, workflow_id)
    return waiting


def finish(store: Store, item_id: int, workflow_id: str, state: ItemState, reason: str | None = None) -> bool:
    """Does an item as a job does; gives whether the job was admitted."""
    with store.changing() as session:
        if not items.begin(session, [item_id], workflow_id, NOW):
            return False
    with store.changing() as session:
        if not items.mine(session, {item_id: workflow_id}):
            return False
        items.finish(session, [Finished(item_id, state, reason)], NOW + timedelta(seconds=3))
    return True


def recounted(store: Store, batch_id: int) -> BatchProgress:
    """The batch, after its counters were compared with its rows."""
    found = store.batches.get(batch_id)
    rows = Counter(item.state for item in store.batches.items(batch_id))
    assert rows == Counter(found.by_state)
    assert found.total == rows.total()
    assert found.done == rows.total() - rows["queued"] - rows["scanning"]
    good = rows["scanned"] + rows["unchanged"] + rows["cancelled"]
    assert found.failed == found.done - good
    return found


class TestMaking:
    def test_a_repository_that_is_queued_is_not_queued_twice(self, store: Store) -> None:
        known(store, "a", "b", "c")
        first = store.batches.select(batch(), "name in (a, b)")
        second = store.batches.select(batch(), "")
        assert [item.target for item in store.batches.items(second)] == ["owner/c"]
        assert (recounted(store, first).total, recounted(store, second).skipped) == (2, 2)
        store.batches.cancel(first, "test")
        third = store.batches.select(batch(), "name = a")
        assert (recounted(store, third).total, recounted(store, third).skipped) == (1, 0)

    def test_nor_is_one_that_is_named(self, store: Store) -> None:
        first = store.batches.create(as_items(["o/a", "o/b"]), batch())
        second = store.batches.create(as_items(["O/A", "o/c", "https://github.com/o/b"]), batch())
        assert [item.target for item in store.batches.items(second)] == ["o/c"]
        assert (recounted(store, first).total, recounted(store, second).skipped) == (2, 2)
        store.batches.pause(first, "test")
        beside_running = store.batches.create(as_items(["o/a", "o/c"]), batch(), beside=("running",))
        assert [item.target for item in store.batches.items(beside_running)] == ["o/a"]
        assert {row.repository.name for row in store.list_repositories().items} == {"a", "b", "c"}

    def test_a_scanned_repository_whose_batch_is_cancelled_is_scanned_still(self, store: Store) -> None:
        known(store, "a", "b")
        scanned = store.get_repository("github.com", "owner", "a")
        assert scanned is not None
        store.save_scan(scanned.id, FoundScan(not_eligible(), NOW))
        batch_id = store.batches.create(as_items(["owner/a", "owner/b"]), batch())
        assert {item.repository.state for item in store.list_repositories().items} == {"queued"}
        store.batches.cancel(batch_id, "test")
        found = {item.repository.name: item.repository.state for item in store.list_repositories().items}
        assert found == {"a": "scanned", "b": "discovered"}

    def test_a_batch_of_nothing_is_finished(self, store: Store) -> None:
        batch_id = store.batches.select(batch(), "stars > 1000")
        found = recounted(store, batch_id)
        assert (found.state, found.total, found.finished_at is None) == ("finished", 0, False)

    def test_items_name_what_is_to_be_fetched(self, store: Store) -> None:
        known(store, "a")
        store.upsert_found([RepositoryInfo("o", "n", host="git.example", url="https://git.example/o/n")], source="test")
        batch_id = store.batches.select(batch(), "")
        targets = [(item.target, item.identity) for item in store.batches.items(batch_id)]
        assert targets == [("owner/a", "github.com/owner/a"), ("https://git.example/o/n", "git.example/o/n")]

    def test_lists_may_be_longer_than_one_insert(self, store: Store) -> None:
        wanted = (NewItem(f"/nowhere/{place}", None) for place in range(2_500))
        batch_id = store.batches.create(wanted, batch())
        found = recounted(store, batch_id)
        assert (found.total, found.priority) == (2_500, 2_500)

    def test_what_was_asked_for_is_noted_with_who_asked(self, store: Store) -> None:
        batch_id = store.batches.select(batch("stars > 3"), "stars > 3")
        entry = store.access.audit()[0]
        assert (entry.actor, entry.action, entry.subject, entry.detail) == (
            "test",
            "scan batch",
            str(batch_id),
            "stars > 3",
        )


class TestItems:
    def test_only_the_job_that_carries_an_item_may_finish_it(self, store: Store) -> None:
        known(store, "a", "b")
        batch_id = store.batches.select(batch(), "")
        first, second = carry_all(store, batch_id, "job-1")
        with store.changing() as session:
            assert items.begin(session, [first], "job-1", NOW)
            items.release(session, ["job-1"])
        carry_all(store, batch_id, "job-2")
        assert not finish(store, first, "job-1", "scanned")
        assert finish(store, first, "job-2", "scanned")
        assert not finish(store, first, "job-2", "failed")
        assert finish(store, second, "job-2", "gone", "it is gone")
        found = recounted(store, batch_id)
        assert (found.state, found.by_state) == ("finished", {"scanned": 1, "gone": 1})
        assert [item.attempts for item in store.batches.items(batch_id)] == [2, 1]

    def test_an_attempt_that_was_interrupted_by_us_does_not_count(self, store: Store) -> None:
        known(store, "a")
        batch_id = store.batches.select(batch(), "")
        (item_id,) = carry_all(store, batch_id, "job")
        with store.changing() as session:
            items.begin(session, [item_id], "job", NOW)
            items.put_back(session, [item_id], "job")
        (item,) = store.batches.items(batch_id)
        assert (item.state, item.attempts) == ("queued", 0)
        repository = store.get_repository("github.com", "owner", "a")
        assert repository is not None
        assert repository.state == "queued"

    def test_a_scanned_repository_that_waits_again_is_still_scanned(self, store: Store) -> None:
        known(store, "a")
        repository = store.get_repository("github.com", "owner", "a")
        assert repository is not None
        store.save_scan(repository.id, FoundScan(report(), NOW))
        batch_id = store.batches.select(batch(), "")
        (item_id,) = carry_all(store, batch_id, "job")
        with store.changing() as session:
            items.begin(session, [item_id], "job", NOW)
            items.release(session, ["job"])
        again = store.get_repository("github.com", "owner", "a")
        assert again is not None
        assert again.state == "scanned"


class TestControl:
    def test_nothing_of_a_paused_batch_is_begun(self, store: Store) -> None:
        known(store, "a")
        batch_id = store.batches.select(batch(), "")
        (item_id,) = carry_all(store, batch_id, "job")
        store.batches.pause(batch_id, "test")
        assert not finish(store, item_id, "job", "scanned")
        store.batches.resume(batch_id, "test")
        carry_all(store, batch_id, "other")
        assert finish(store, item_id, "other", "scanned")

    def test_cancelling_ends_what_waits_and_lets_what_is_under_way_end(self, store: Store) -> None:
        known(store, "a", "b", "c")
        batch_id = store.batches.select(batch(), "")
        under_way, *_ = carry_all(store, batch_id, "job")
        with store.changing() as session:
            items.begin(session, [under_way], "job", NOW)
        store.batches.cancel(batch_id, "test")
        assert recounted(store, batch_id).by_state == {"scanning": 1, "cancelled": 2}
        assert store.batches.get(batch_id).state == "cancelling"
        with store.changing() as session:
            items.finish(session, [Finished(under_way, "scanned")], NOW)
        assert recounted(store, batch_id).state == "cancelled"
        with pytest.raises(NotNow, match="cancelled"):
            store.batches.resume(batch_id, "test")
        with pytest.raises(NotNow, match="make a new one"):
            store.batches.retry(batch_id, "test")

    def test_failures_are_tried_again_by_state_and_reason(self, store: Store) -> None:
        known(store, "a", "b", "c", "d")
        batch_id = store.batches.select(batch(), "")
        ends: list[tuple[ItemState, str | None]] = [
            ("scanned", None),
            ("failed", "the server said 500"),
            ("failed", "another reason"),
            ("timed_out", "no end after 300 s"),
        ]
        for item_id, (state, reason) in zip(carry_all(store, batch_id, "job"), ends, strict=True):
            finish(store, item_id, "job", state, reason)
        assert recounted(store, batch_id).state == "finished"
        assert store.batches.retry(batch_id, "test", reason="SERVER SAID") == 1
        assert recounted(store, batch_id).by_state == {"scanned": 1, "failed": 1, "timed_out": 1, "queued": 1}
        assert store.batches.retry(batch_id, "test", states=["timed_out"]) == 1
        assert store.batches.retry(batch_id, "test", reason="no such") == 0
        assert store.batches.retry(batch_id, "test") == 1
        found = recounted(store, batch_id)
        assert (found.state, found.done, found.failed, found.finished_at) == ("running", 1, 0, None)
        assert [item.attempts for item in store.batches.items(batch_id)] == [1, 0, 0, 0]

    def test_what_is_not_there_is_said(self, store: Store) -> None:
        for change in (store.batches.pause, store.batches.resume, store.batches.cancel):
            with pytest.raises(NotThere, match="no batch 7"):
                change(7, "test")
        with pytest.raises(NotThere):
            store.batches.get(7)


def test_the_result_is_a_difference_to_the_verdicts_before(store: Store) -> None:
    known(store, "a", "b", "c")
    batch_id = store.batches.select(batch(), "")
    found = {"a": report(verdict="affected"), "b": not_eligible(), "c": report(verdict="affected")}
    for repository, before in (("a", None), ("b", "affected"), ("c", "affected")):
        row = store.get_repository("github.com", "owner", repository)
        assert row is not None
        (item,) = [item for item in store.batches.items(batch_id) if item.repository and item.repository.id == row.id]
        with store.changing() as session:
            verdict = found[repository].verdict
            items.finish(session, [Finished(item.id, "scanned", verdict_before=before, verdict=verdict)], NOW)
    changes = {(each.before, each.after): each.repositories for each in store.batches.changes(batch_id)}
    assert changes == {(None, "affected"): 1, ("affected", "not_eligible"): 1}
    assert [item.target for item in store.batches.changed_items(batch_id)] == ["owner/a", "owner/b"]


def test_the_log_is_only_added_to(store: Store) -> None:
    store.batches.select(batch(), "")
    for statement in ("UPDATE audit_entries SET actor = 'nobody'", "DELETE FROM audit_entries"):
        with pytest.raises(Exception, match="only added to"), store.changing() as session:
            session.execute(text(statement))
    assert len(store.access.audit()) == 1
