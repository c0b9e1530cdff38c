"""Carrying a batch out in this process. What was stopped, a second call goes on with."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from miner import gitprocess
from miner.errors import BadTarget
from miner.jobs import kinds
from miner.jobs.engine import Engine
from miner.jobs.requests import as_items
from miner.settings import Settings
from miner.store import BatchItem, BatchProgress, ItemState, NewBatch, NewItem, Store, batches, upgrade
from miner.store.records import GOOD_ITEM_STATES, OPEN_ITEM_STATES, BatchState

# Of larger batches only the counters are followed, not each item.
FOLLOWED_ITEMS = 5_000
# Who waits for few wants to know at once where there is no network; of many, none is to fail for it.
FEW_TARGETS = 10
_ASKED_AT_ONCE = 500
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch under way: how far it is, and what has just been finished (nothing at the start, or in a large one)."""

    total: int
    done: int
    failed: int
    item: BatchItem | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A batch that came to its end, or was stopped. `failures` are the targets without a result, in their order.

    `skipped` targets are not among `total`: another batch that is under way has them.
    """

    batch_id: int
    total: int
    skipped: int
    by_state: Mapping[ItemState, int]
    failures: tuple[BatchItem, ...]
    seconds: float
    stopped: bool
    resumed: bool


def _say_nothing(_progress: Progress) -> None:
    pass


def _never() -> bool:
    return False


def run_scans(
    settings: Settings,
    targets: Iterable[str],
    on_progress: Callable[[Progress], None] = _say_nothing,
    stop: Callable[[], bool] = _never,
) -> Summary:
    """Scans each target (`miner.jobs.requests.read_request` says what one is) and stores what is found.

    A target that fails is a row with its reason and stops nothing. A batch over the same targets that did not come to
    its end is gone on with. Once `stop` says so, what is under way is ended, and the summary says `stopped`.

    Raises BadTarget (no target at all), GitMissing, StoreUnavailable, SchemaMismatch.
    """
    gitprocess.command((), gitprocess.ProcessLimits())  # for the sake of GitMissing, once and early
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        batch_id, resumed = _batch_for(store, targets)
        return run_batch(settings, store, batch_id, on_progress, stop, resumed=resumed)


def run_batch(
    settings: Settings,
    store: Store,
    batch_id: int,
    on_progress: Callable[[Progress], None] = _say_nothing,
    stop: Callable[[], bool] = _never,
    *,
    resumed: bool = False,
) -> Summary:
    """Works on a batch that is in the store until it has come to its end, or until `stop` says so; then it is paused.

    Other workers, where there are any, work on it too, and this process on other batches meanwhile.

    Raises NotThere, StoreUnavailable.
    """
    start = time.monotonic()
    batch = store.batches.get(batch_id)
    followed = _Followed(store, batch, on_progress)
    queue, left = kinds.named(batch.kind).queue, batch.total - batch.done
    attended = batch_id if batch.total <= FEW_TARGETS else None
    with Engine(settings, store, queues=(queue,), expected=(batch.kind, left), attended=attended) as engine:
        stopped = not followed.until_ended(stop)
        if stopped:
            engine.stop()
            if store.batches.get(batch_id).state == "running":
                store.batches.pause(batch_id, "cli")
        else:
            engine.settle()
    return _summary(store, batch_id, time.monotonic() - start, stopped, resumed)


def _batch_for(store: Store, targets: Iterable[str]) -> tuple[int, bool]:
    """The batch over these targets, and whether it had been begun before."""
    items = as_items(targets)
    if not items:
        raise BadTarget("there is nothing to scan: no target was given")
    key = batches.targets_key(items)
    with store.reading() as session:
        begun = batches.unfinished(session, key)
    if begun is not None:
        store.batches.resume(begun, "cli")
        return begun, True
    # What is being done already is not done twice; where nobody is there to do it, it is done here.
    beside: Sequence[BatchState] = ("running",) if store.workers.listed() else ()
    return store.batches.create(items, NewBatch("scan", _title(items), "scan"), key=key, beside=beside), False


def _title(items: Sequence[NewItem]) -> str:
    """What the batch is about; the service shows it, so of a path only the name."""
    first = items[0]
    name = PurePath(first.target).name if first.identity is None else f"{first.identity.owner}/{first.identity.name}"
    return name if len(items) == 1 else f"{name} and {len(items) - 1:,} more"


class _Followed:
    """A batch that is watched in the database: its items where they are few, else its counters."""

    def __init__(self, store: Store, batch: BatchProgress, tell: Callable[[Progress], None]) -> None:
        self._store = store
        self._batch_id = batch.id
        self._progress = Progress(batch.total, batch.done, batch.failed, item=None)
        self._tell = tell
        self._open: list[int] = []
        if batch.total <= FOLLOWED_ITEMS:
            with store.reading() as session:
                self._open = batches.open_items(session, batch.id)

    def until_ended(self, stop: Callable[[], bool]) -> bool:
        """Whether it came to that before `stop` said so."""
        self._tell(self._progress)
        while True:
            ended = self._store.batches.get(self._batch_id)
            for item in self._take_finished():
                self._count(item)
            if not self._open:
                self._compare(ended)
            if ended.state in ("finished", "cancelled"):
                return True
            if stop():
                return False
            time.sleep(_POLL_SECONDS)

    def _take_finished(self) -> list[BatchItem]:
        """Those that were finished since; items are begun in the order of the request, so it is among the first."""
        finished: list[BatchItem] = []
        for start in range(0, len(self._open), _ASKED_AT_ONCE):
            with self._store.reading() as session:
                found = batches.finished_among(session, self._open[start : start + _ASKED_AT_ONCE])
            finished += found
            if not found and start:
                break
        gone = {item.id for item in finished}
        self._open = [item_id for item_id in self._open if item_id not in gone]
        return finished

    def _count(self, item: BatchItem) -> None:
        failed = self._progress.failed + (item.state not in GOOD_ITEM_STATES)
        self._progress = Progress(self._progress.total, self._progress.done + 1, failed, item)
        self._tell(self._progress)

    def _compare(self, batch: BatchProgress) -> None:
        """The counters, where they moved without an item that was told of."""
        if batch.done > self._progress.done:
            self._progress = Progress(batch.total, batch.done, batch.failed, item=None)
            self._tell(self._progress)


def _summary(store: Store, batch_id: int, seconds: float, stopped: bool, resumed: bool) -> Summary:
    batch = store.batches.get(batch_id)
    bad = [state for state in batch.by_state if state not in GOOD_ITEM_STATES | OPEN_ITEM_STATES]
    failures = tuple(store.batches.items(batch_id, bad, limit=FOLLOWED_ITEMS)) if bad else ()
    return Summary(batch_id, batch.total, batch.skipped, batch.by_state, failures, round(seconds, 3), stopped, resumed)
