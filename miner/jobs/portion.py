"""One job of the engine: a few items of a batch, taken together so that the engine's own work is shared by them.

The item's row is the checkpoint. It names the job that carries it, and is finished in the commit that stores the
results; a portion that is run again, or by two processes, finds its items finished or carried by another job, and
leaves them alone.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from structlog.contextvars import bound_contextvars

from miner.jobs.analysis import in_one_line
from miner.jobs.crew import Crew
from miner.jobs.kinds import Ending, Kind, Postponed
from miner.jobs.pool import Stopped
from miner.store import BatchItem, Store, StoreUnavailable, items

MOST_ATTEMPTS = 3
# After this long a portion gives back what it has not begun: slow items are not kept from other workers, nor urgent
# ones kept waiting.
LONGEST_SECONDS = 5.0
_WAIT_SECONDS = 1.0

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Portions:
    """Carries out portions with a crew, for the kinds of this worker."""

    def __init__(self, store: Store, crew: Crew, kinds: Mapping[str, Kind], stopping: threading.Event) -> None:
        self._store = store
        self._crew = crew
        self._kinds = kinds
        self._stopping = stopping

    def carry_out(self, workflow_id: str, kind: str, priority: int, item_ids: Sequence[int]) -> None:
        """Works until every item is finished or given back. Raises Stopped."""
        clock = _Clock()
        futures: list[Future[None]] = [
            self._crew.submit(priority, lambda item_id=item_id: self._item(clock, workflow_id, kind, item_id))  # type: ignore[misc]
            for item_id in item_ids
        ]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise next((error for error in errors if isinstance(error, Stopped)), errors[0])
        if clock.ran_out:
            self._patiently(lambda: self._give_back(workflow_id))

    def _item(self, clock: "_Clock", workflow_id: str, kind: str, item_id: int) -> None:
        if self._stopping.is_set():
            raise Stopped
        if not clock.may_begin():
            return
        item = self._patiently(lambda: self._begin(item_id, workflow_id))
        if item is None:
            return
        repository = item.identity or item.target
        with bound_contextvars(kind=kind, batch=item.batch_id, item=item.id, repository=repository):
            self._carry_out(item, workflow_id, self._kinds[kind])

    def _carry_out(self, item: BatchItem, workflow_id: str, kind: Kind) -> None:
        try:
            ending = self._ending(kind, item)
            self._conclude(item, workflow_id, ending)
        except Postponed as postponed:
            until = datetime.now(UTC) + timedelta(seconds=postponed.seconds)
            self._patiently(lambda: self._put_off(item, workflow_id, until))
            log.info("put off until %s: %s", until.isoformat(timespec="seconds"), postponed)
        except Stopped:
            self._put_back(item.id, workflow_id)
            raise
        else:
            log.info("ended as %s%s", ending.state, f": {ending.reason}" if ending.reason else "")

    def _begin(self, item_id: int, workflow_id: str) -> BatchItem | None:
        with self._store.changing() as session:
            return items.begin(session, item_id, workflow_id, datetime.now(UTC))

    def _ending(self, kind: Kind, item: BatchItem) -> Ending:
        known = None if item.repository is None else item.repository.id
        if item.attempts > MOST_ATTEMPTS:
            return Ending("failed", f"set aside: its worker died {MOST_ATTEMPTS} times", known)
        try:
            return self._patiently(lambda: kind.perform(item))
        except Postponed:
            raise
        except Exception as error:
            log.exception("a fault in the program")
            return Ending("failed", f"fault in the program: {in_one_line(error)}", known)

    def _conclude(self, item: BatchItem, workflow_id: str, ending: Ending) -> None:
        """Finishes the item, as failed where its results cannot be stored. Raises Stopped."""
        try:
            self._patiently(lambda: self._finish(item, workflow_id, ending))
        except Exception as error:
            log.exception("the results could not be stored")
            failed = Ending("failed", f"fault in storing: {in_one_line(error)}", ending.repository_id)
            self._patiently(lambda: self._finish(item, workflow_id, failed))

    def _finish(self, item: BatchItem, workflow_id: str, ending: Ending) -> None:
        """The results, the item and the batch's counters in one commit; nothing if the item is not ours any more."""
        with self._store.changing() as session:
            if not items.is_mine(session, item.id, workflow_id):
                return
            now = datetime.now(UTC)
            stored = ending.write(session, now)
            items.finish(
                session,
                item.id,
                ending.state,
                now,
                reason=ending.reason,
                repository_id=ending.repository_id,
                scan_id=stored.scan_id,
                verdict_before=stored.verdict_before,
                verdict=stored.verdict,
            )

    def _put_back(self, item_id: int, workflow_id: str) -> None:
        try:
            with self._store.changing() as session:
                items.put_back(session, item_id, workflow_id)
        except StoreUnavailable as error:
            log.warning("not put back, others will take it over: %s", error)

    def _put_off(self, item: BatchItem, workflow_id: str, until: datetime) -> None:
        with self._store.changing() as session:
            items.put_off(session, item.id, workflow_id, until)

    def _give_back(self, workflow_id: str) -> None:
        with self._store.changing() as session:
            items.release(session, [workflow_id])

    def _patiently(self, step: Callable[[], Result]) -> Result:
        """The step, tried again for as long as the database is away. Raises Stopped."""
        told = False
        while True:
            try:
                return step()
            except StoreUnavailable as error:
                if not told:
                    log.warning("waiting for the database: %s", error)
                    told = True
                if self._stopping.wait(_WAIT_SECONDS):
                    raise Stopped from error


class _Clock:
    """How long a portion has been worked on, from the first item that was begun."""

    def __init__(self) -> None:
        self.ran_out = False
        self._lock = threading.Lock()
        self._deadline: float | None = None

    def may_begin(self) -> bool:
        """Whether one more item may be begun."""
        with self._lock:
            if self._deadline is None:
                self._deadline = time.monotonic() + LONGEST_SECONDS
            self.ran_out = self.ran_out or time.monotonic() > self._deadline
            return not self.ran_out
