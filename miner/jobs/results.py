"""Storing what jobs came to: many small results are one commit, a single one waits for no other.

Results are stored by a thread of their own, beside the work on what comes next. While it stores some, others gather;
and while others are under way it lets them gather for a moment, since what a small repository costs is its commit.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from miner.jobs.analysis import in_one_line
from miner.jobs.kinds import Ending, Stored
from miner.jobs.patience import patiently
from miner.store import Session, Store, items, scans
from miner.store.items import Finished

GATHERED_SECONDS = 0.1
AT_ONCE = 32

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an item that a job of the engine carries. `about` is the context of what the log says of it."""

    item_id: int
    workflow_id: str
    ending: Ending
    seconds: float
    about: Callable[[], AbstractContextManager[object]] = nullcontext
    stored: "Future[None]" = field(default_factory=Future)


class Results:
    """Takes results from any thread and stores them. Stop it after the last one was handed in."""

    def __init__(self, store: Store, stopping: threading.Event) -> None:
        self._store = store
        self._stopping = stopping
        self._waiting: list[Result] = []
        self._expected = 0
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="seedwatch-results", daemon=True)
        self._thread.start()

    def expect(self, number: int) -> None:
        """So many more results are under way, or with a negative number will not come."""
        with self._changed:
            self._expected += number
            self._changed.notify()

    def hand_in(self, result: Result) -> "Future[None]":
        """Done when the result is stored; raises Stopped where it could not be before the end."""
        with self._changed:
            self._waiting.append(result)
            self._expected -= 1
            self._changed.notify()
        return result.stored

    def stop(self) -> None:
        """Stores what it has, and ends."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while some := self._gathered():
            try:
                self._conclude(some)
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
                for result in some:
                    result.stored.set_exception(error)
            else:
                for result in some:
                    result.stored.set_result(None)

    def _gathered(self) -> list[Result]:
        """The next results to be stored together; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            self._changed.wait_for(
                lambda: len(self._waiting) >= AT_ONCE or self._expected <= 0 or self._ended, GATHERED_SECONDS
            )
            some, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            return some

    def _conclude(self, some: Sequence[Result]) -> None:
        """Finishes the items, as failed where their results cannot be stored. Raises Stopped."""
        try:
            patiently(lambda: self._store_all(some), self._stopping)
        except Exception as error:
            if len(some) > 1:  # the fault is one item's: the others are stored without it
                for result in some:
                    self._conclude([result])
                return
            (result,) = some
            with result.about():
                log.exception("the results could not be stored")
            reason = f"fault in storing: {in_one_line(error)}"
            failed = Ending("failed", reason, result.ending.repository_id)
            refused = Result(result.item_id, result.workflow_id, failed, result.seconds, result.about)
            patiently(lambda: self._store_all([refused]), self._stopping)

    def _store_all(self, some: Sequence[Result]) -> None:
        """The results, the items and their batches' counters in one commit; nothing of an item that is not ours."""
        with self._store.changing() as session:
            carried = items.mine(session, {result.item_id: result.workflow_id for result in some})
            ours = [result for result in some if result.item_id in carried]
            if not ours:
                return
            now = datetime.now(UTC)
            items.finish(session, _written(session, ours, now), now)
        for result in ours:
            with result.about():
                ending = result.ending
                log.info("ended as %s%s", ending.state, f": {ending.reason}" if ending.reason else "")


def _written(session: Session, ours: Sequence[Result], now: datetime) -> list[Finished]:
    known = {result.item_id: _repository(session, result.ending, now) for result in ours}
    stored = _scans(session, ours, known)
    for result in ours:
        if result.item_id not in stored:
            stored[result.item_id] = result.ending.write(session, now)
    return [
        Finished(
            item_id=result.item_id,
            state=result.ending.state,
            reason=result.ending.reason,
            repository_id=known[result.item_id],
            scan_id=stored[result.item_id].scan_id,
            verdict_before=stored[result.item_id].verdict_before,
            verdict=stored[result.item_id].verdict,
            seconds=round(result.seconds, 3),
        )
        for result in ours
    ]


def _repository(session: Session, ending: Ending, now: datetime) -> int | None:
    return ending.repository_id if ending.identify is None else ending.identify(session, now)


def _scans(session: Session, ours: Sequence[Result], known: Mapping[int, int | None]) -> dict[int, Stored]:
    """The scans among the results, stored, by item."""
    new = [
        (result.item_id, repository_id, found)
        for result in ours
        if (found := result.ending.found) is not None and (repository_id := known[result.item_id]) is not None
    ]
    if not new:
        return {}
    saved = scans.save_all(session, [(repository_id, found) for _, repository_id, found in new])
    return {
        item_id: Stored(each.scan_id, each.verdict_before, found.report.verdict)
        for (item_id, _, found), each in zip(new, saved, strict=True)
    }
