"""Scanning a list of targets in this process. What was stopped, a second call goes on with."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from miner import gitprocess
from miner.errors import BadTarget
from miner.jobs.engine import Engine
from miner.jobs.requests import as_items
from miner.settings import Settings
from miner.store import BatchItem, BatchProgress, ItemState, Store, StoreUnavailable, batches, upgrade
from miner.store.records import GOOD_ITEM_STATES, OPEN_ITEM_STATES

WINDOW = 200
_POLL_SECONDS = 0.2
_REVIVE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch under way: how far it is, and what has just been finished (nothing at the start)."""

    total: int
    done: int
    failed: int
    item: BatchItem | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A batch that came to its end, or was stopped. `failures` are the targets without a result, in their order."""

    batch_id: int
    total: int
    by_state: Mapping[ItemState, int]
    failures: tuple[BatchItem, ...]
    seconds: float
    stopped: bool
    resumed: bool


def run_scans(
    settings: Settings,
    targets: Iterable[str],
    on_progress: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
) -> Summary:
    """Scans each target (`miner.jobs.requests.read_request` says what one is) and stores what is found.

    A target that fails is a row with its reason and stops nothing. A batch over the same targets that did not come to
    its end is gone on with. Once `stop` says so, what is under way is ended, and the summary says `stopped`.

    Raises BadTarget (no target at all), GitMissing, StoreUnavailable, SchemaMismatch.
    """
    gitprocess.command((), gitprocess.ProcessLimits())  # for the sake of GitMissing, once and early
    upgrade(settings.database_url)
    start = time.monotonic()
    with Store(settings.database_url) as store:
        batch_id, resumed = _run_for(store, targets)
        stopped = _carry_out(settings, store, batch_id, on_progress, stop)
        return _summary(store, batch_id, time.monotonic() - start, stopped, resumed)


def _run_for(store: Store, targets: Iterable[str]) -> tuple[int, bool]:
    """The batch over these targets, and whether it had been begun before."""
    items = as_items(targets)
    if not items:
        raise BadTarget("there is nothing to scan: no target was given")
    with store.reading() as session:
        begun = batches.unfinished(session, batches.targets_key(items))
    return (begun, True) if begun is not None else (store.create_batch(items), False)


def _carry_out(
    settings: Settings,
    store: Store,
    batch_id: int,
    on_progress: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> bool:
    """Works on a batch's items until none is left; gives whether it was stopped before."""
    with store.changing() as session:
        batches.set_state(session, batch_id, running=True)
        waiting = batches.open_items(session, batch_id)
    with Engine(settings, store) as engine:
        followed = _Followed(store, _get_batch(store, batch_id), waiting, on_progress)
        if followed.until_finished(engine, stop):
            engine.settle()
            return False
        engine.stop()
        engine.withdraw(followed.window)
        with store.changing() as session:
            batches.set_state(session, batch_id, running=False)
        return True


class _Followed:
    """A batch that is fed to the engine, a window of items at a time, and watched in the database."""

    def __init__(
        self, store: Store, batch: BatchProgress, waiting: Sequence[int], tell: Callable[[Progress], None]
    ) -> None:
        self._store = store
        self._progress = Progress(batch.total, batch.done, batch.failed, item=None)
        self._waiting = deque(waiting)
        self._tell = tell
        self.window: list[int] = []

    def until_finished(self, engine: Engine, stop: Callable[[], bool]) -> bool:
        """Whether it came to that before `stop` said so."""
        self._tell(self._progress)
        revived = time.monotonic()
        while self._waiting or self.window:
            if stop():
                return False
            self._fill(engine)
            time.sleep(_POLL_SECONDS)
            for item in self._take_finished():
                self._count(item)
            if time.monotonic() - revived > _REVIVE_SECONDS:
                # Those whose workflow failed without a result, as when the database was away.
                engine.enqueue(self.window, batch_size=self._progress.total)
                revived = time.monotonic()
        return True

    def _fill(self, engine: Engine) -> None:
        if len(self.window) > WINDOW // 2 or not self._waiting:
            return
        new = [self._waiting.popleft() for _ in range(min(len(self._waiting), WINDOW - len(self.window)))]
        self.window += new
        engine.enqueue(new, batch_size=self._progress.total)

    def _take_finished(self) -> list[BatchItem]:
        with self._store.reading() as session:
            finished = batches.finished_among(session, self.window)
        gone = {item.id for item in finished}
        self.window = [item_id for item_id in self.window if item_id not in gone]
        return finished

    def _count(self, item: BatchItem) -> None:
        failed = self._progress.failed + (item.state not in GOOD_ITEM_STATES)
        self._progress = Progress(self._progress.total, self._progress.done + 1, failed, item)
        self._tell(self._progress)


def _get_batch(store: Store, batch_id: int) -> BatchProgress:
    batch = store.get_batch(batch_id)
    if batch is None:
        raise StoreUnavailable("the batch was deleted while it was under way")
    return batch


def _summary(store: Store, batch_id: int, seconds: float, stopped: bool, resumed: bool) -> Summary:
    batch = _get_batch(store, batch_id)
    bad = [state for state in batch.by_state if state not in GOOD_ITEM_STATES | OPEN_ITEM_STATES]
    failures = tuple(store.list_batch_items(batch_id, bad)) if bad else ()
    return Summary(batch_id, batch.total, batch.by_state, failures, round(seconds, 3), stopped, resumed)
