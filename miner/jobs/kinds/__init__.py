"""The kinds of jobs, one module each.

A new kind is a row of `KINDS` and a module beside this one whose `open_kind` makes the `Kind` that does the work. The
engine brings the rest: batches, queues, attempts, hand-over, counters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from miner.errors import BadInput
from miner.settings import Settings
from miner.store import FoundScan, ItemState, Session, Store
from miner.store.items import Begun

CRAWL: Final = "crawl"
GPU: Final = "gpu"
QUEUES: Final = (CRAWL, GPU)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a job's results became in the store, for the item's row."""

    scan_id: int | None = None
    verdict_before: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of an item.

    `found` is a scan to be stored, with those of other items at once; `write` stores anything else. Both happen in the
    transaction that finishes the item. `identify` makes a repository known that was not (`repository_id` is None).
    """

    state: ItemState
    reason: str | None = None
    repository_id: int | None = None
    found: FoundScan | None = None
    write: Callable[[Session, datetime], Stored] = lambda session, now: Stored()
    identify: Callable[[Session, datetime], int] | None = None


class Postponed(Exception):  # noqa: N818 - no error
    """A job cannot be done now, through no fault of its own: it waits again, until then."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Kind(Protocol):
    """Does one kind of job, from several threads at once."""

    def prepare(self, number: int) -> None:
        """What can be had ready for so many jobs at a time before the first is begun: if the worker is killed
        meanwhile, it counts against no job. Raises Stopped."""
        ...

    def perform(self, item: Begun) -> Ending:
        """The work, but for storing what came of it. It may be done twice, so it leaves nothing behind.

        Raises Stopped (`miner.jobs.pool`) where the process is told to end, StoreUnavailable, Postponed, and nothing
        else on purpose: a failure is an Ending with its reason.
        """
        ...

    def stop(self) -> None:
        """Ends all work that is under way: it raises Stopped. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Resources:
    """What a kind may use: `work_dir` is a folder for this process alone, removed when the process is gone.

    `attended` is the batch that somebody waits for.
    """

    settings: Settings
    store: Store
    work_dir: Path
    attended: int | None = None


@dataclass(frozen=True, slots=True)
class KindInfo:
    """Where jobs of a kind run: on workers of `queue`, up to `together` items in one job of the engine."""

    queue: str
    together: int
    module: str

    def open(self, resources: Resources) -> Kind:
        """The kind, ready to work."""
        kind: Kind = import_module(self.module).open_kind(resources)
        return kind


KINDS: Final[Mapping[str, KindInfo]] = {
    "scan": KindInfo(CRAWL, 64, "miner.jobs.kinds.scan"),
    "rejudge": KindInfo(CRAWL, 64, "miner.jobs.kinds.rejudge"),
    "verify": KindInfo(GPU, 1, "miner.jobs.kinds.verify"),
}


def named(kind: str) -> KindInfo:
    """Raises BadInput."""
    if kind not in KINDS:
        raise BadInput(f"there is no kind of job {kind!r}; there are {', '.join(KINDS)}")
    return KINDS[kind]


def of_queues(queues: tuple[str, ...]) -> dict[str, KindInfo]:
    """The kinds that workers of these queues do. Raises BadInput for a queue that there is not."""
    for queue in queues:
        if queue not in QUEUES:
            raise BadInput(f"there is no queue {queue!r}; there are {', '.join(QUEUES)}")
    return {name: info for name, info in KINDS.items() if info.queue in queues}
