"""One job of the engine: some items of a batch, taken together so that the engine's own work is shared by them.

The item's row is the checkpoint. It names the job that carries it, and is finished in the commit that stores the
results; a portion that is run again, or by two processes, finds its items finished or carried by another job, and
leaves them alone.

Items are begun a few at a time, as many as are done in a moment by what the last ones took: a small repository costs a
part of two commits, a large one is begun when its turn comes.

A worker that dies leaves suspects: all that it had begun. Which of them killed it, if one did, shows when they are
begun anew, each by itself and one at a time in a worker, beside others that no worker has died of: only who does it
gathers more attempts. The processes of the analysis are ready before anything is begun, so that an item that a worker
is killed in the middle of, by whomever, is hardly the same one again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from structlog.contextvars import bound_contextvars

from miner.jobs.analysis import in_one_line
from miner.jobs.crew import Crew
from miner.jobs.kinds import Ending, Kind, Postponed
from miner.jobs.patience import patiently
from miner.jobs.pool import Stopped
from miner.jobs.results import Result, Results
from miner.store import Store, StoreUnavailable, feeding, items
from miner.store.items import Begun

MOST_ATTEMPTS = 3
# After this long a portion gives back what it has not begun: slow items are not kept from other workers, nor urgent
# ones kept waiting.
LONGEST_SECONDS = 1.5
# How long what is begun together should take, and how long it may.
TOGETHER_SECONDS = 0.25
TOGETHER_AT_MOST = 16
OVERDUE_SECONDS = 1.0
_TICK_SECONDS = 0.2

Value = TypeVar("Value")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Portion:
    """A portion under way: the items that are not begun, suspects apart, and the results that are being stored."""

    workflow_id: str
    kind: str
    fresh: deque[int]
    suspects: deque[int]
    has_suspect_under_way: bool = False
    deadline: float | None = None
    results: list[Future[None]] = field(default_factory=list)

    @property
    def left(self) -> int:
        return len(self.fresh) + len(self.suspects)

    @property
    def ran_out(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline


class Portions:
    """Carries out portions with a crew, for the kinds of this worker."""

    def __init__(
        self, store: Store, crew: Crew, kinds: Mapping[str, Kind], results: Results, stopping: threading.Event
    ) -> None:
        self._store = store
        self._crew = crew
        self._kinds = kinds
        self._results = results
        self._stopping = stopping
        self._seconds: dict[str, float] = {}  # what the last item of each kind took
        self._suspect_under_way = threading.Lock()

    def carry_out(self, workflow_id: str, kind: str, priority: int, item_ids: Sequence[int]) -> None:
        """Works until every item is finished or given back. Raises Stopped."""
        self._patiently(lambda: self._kinds[kind].prepare(min(self._crew.size, len(item_ids))))
        tried = self._patiently(lambda: self._tried(item_ids))
        fresh, suspects = deque(each for each in item_ids if each not in tried), deque(sorted(tried))
        portion = _Portion(workflow_id, kind, fresh, suspects)
        running: set[Future[None]] = set()
        errors: list[BaseException] = []
        while running or (portion.left and not portion.ran_out and not errors):
            while not portion.ran_out and not errors and len(running) < self._crew.size:
                if (task := self._next(portion)) is None:
                    break
                running.add(self._crew.submit(priority, task))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            errors += [error for future in done if (error := future.exception()) is not None]
        errors += [error for future in portion.results if (error := future.exception()) is not None]
        if errors:
            raise next((error for error in errors if isinstance(error, Stopped)), errors[0])
        if portion.left:
            self._patiently(lambda: self._give_back(workflow_id))

    def in_a_moment(self, kind: str) -> int:
        """How many items of a kind one of the crew does in a moment, by what the last one took."""
        seconds = self._seconds.get(kind)
        if seconds is None:
            return 1
        return max(1, int(TOGETHER_SECONDS / max(seconds, TOGETHER_SECONDS / TOGETHER_AT_MOST)))

    def _next(self, portion: _Portion) -> Callable[[], None] | None:
        """What is to be done next: a suspect by itself, or some others, so few that each of the crew gets some."""
        if portion.suspects and not portion.has_suspect_under_way:
            portion.has_suspect_under_way = True
            suspect = portion.suspects.popleft()
            return lambda: self._alone(portion, suspect)
        if not portion.fresh:
            return None
        number = max(1, min(self.in_a_moment(portion.kind), len(portion.fresh) // self._crew.size))
        some = [portion.fresh.popleft() for _ in range(number)]
        return lambda: self._one_by_one(portion, some)

    def _alone(self, portion: _Portion, suspect: int) -> None:
        """A suspect, when no other one is under way in this worker. Raises Stopped."""
        while not self._suspect_under_way.acquire(timeout=_TICK_SECONDS):
            if self._stopping.is_set():
                raise Stopped
        try:
            self._one_by_one(portion, [suspect])
            wait(list(portion.results))  # until then it is under way
        finally:
            self._suspect_under_way.release()
            portion.has_suspect_under_way = False

    def _one_by_one(self, portion: _Portion, item_ids: Sequence[int]) -> None:
        """Begins the items together and does one after the other. Raises Stopped."""
        if self._stopping.is_set():
            raise Stopped
        start = time.monotonic()
        if portion.deadline is None:
            portion.deadline = start + LONGEST_SECONDS
        begun = deque(self._patiently(lambda: self._begin(item_ids, portion.workflow_id)))
        self._results.expect(len(begun))
        try:
            while begun and time.monotonic() - start < OVERDUE_SECONDS:
                self._item(portion, begun[0])
                begun.popleft()
        finally:
            if begun:
                self._put_back(portion, begun)

    def _item(self, portion: _Portion, item: Begun) -> None:
        """One item to its end, but for storing what came of it. Raises Stopped."""
        start = time.monotonic()
        with _about(portion.kind, item)():
            try:
                ending = self._ending(self._kinds[portion.kind], item)
            except Postponed as postponed:
                until = datetime.now(UTC) + timedelta(seconds=postponed.seconds)
                self._patiently(lambda: self._put_off(item, portion.workflow_id, until))
                self._results.expect(-1)
                log.info("put off until %s: %s", until.isoformat(timespec="seconds"), postponed)
                return
        seconds = self._seconds[portion.kind] = time.monotonic() - start
        result = Result(item.id, portion.workflow_id, ending, seconds, _about(portion.kind, item))
        portion.results.append(self._results.hand_in(result))

    def _ending(self, kind: Kind, item: Begun) -> Ending:
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

    def _tried(self, item_ids: Sequence[int]) -> set[int]:
        with self._store.reading() as session:
            return feeding.tried(session, item_ids)

    def _begin(self, item_ids: Sequence[int], workflow_id: str) -> list[Begun]:
        with self._store.changing() as session:
            return items.begin(session, item_ids, workflow_id, datetime.now(UTC))

    def _put_back(self, portion: _Portion, begun: Sequence[Begun]) -> None:
        """What was begun and not done waits again, as if it had not been begun."""
        self._results.expect(-len(begun))
        try:
            with self._store.changing() as session:
                items.put_back(session, [item.id for item in begun], portion.workflow_id)
        except StoreUnavailable as error:
            log.warning("not put back, others will take it over: %s", error)

    def _put_off(self, item: Begun, workflow_id: str, until: datetime) -> None:
        with self._store.changing() as session:
            items.put_off(session, item.id, workflow_id, until)

    def _give_back(self, workflow_id: str) -> None:
        with self._store.changing() as session:
            items.release(session, [workflow_id])

    def _patiently(self, step: Callable[[], Value]) -> Value:
        return patiently(step, self._stopping)


def _about(kind: str, item: Begun) -> Callable[[], AbstractContextManager[object]]:
    """What the log names with all that it says of an item."""
    repository = item.identity or item.target
    return lambda: bound_contextvars(kind=kind, batch=item.batch_id, item=item.id, repository=repository)
