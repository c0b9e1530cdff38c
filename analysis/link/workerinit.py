"""What the start of a worker seeds: a loader's `worker_init_fn`."""

from analysis.catalog.draws import EPOCH_WORKER_INITS, GOOD_WORKER_INITS, MONAI_WORKER_INITS, SEEDS_GLOBAL
from analysis.catalog.reproducibility import SEEDS_EVERYTHING
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.machine import NOT_PASSED, STEPS_FOR_A_WORKER_INIT
from analysis.link.idle import Idle
from analysis.link.loaders import Loader
from analysis.link.project import NEVER_OURS
from analysis.link.reach import SeedState, Walk
from analysis.link.seeding import WORKER_ID, call_with
from analysis.link.sources import Seeded, Seeding, Source
from analysis.link.values import Constant, External, Instance, Member, Partial, Result, Unknown, Value, name_of


class WorkerInits:
    """Reads what the loaders' `worker_init_fn`s seed."""

    def __init__(self, evaluator: Evaluator, idle: Idle) -> None:
        self.ev = evaluator
        self.idle = idle
        self._known: dict[tuple[int, Value | None], SeedState] = {}

    def state(self, loader: Loader, dataset: Value | None) -> SeedState:
        """What the loader's `worker_init_fn` seeds."""
        key = (id(loader), dataset if isinstance(dataset, Instance | Result) else None)
        state = self._known.get(key)
        if state is None:
            state = self._known[key] = self._read(loader, dataset)
        return state

    def _read(self, loader: Loader, dataset: Value | None) -> SeedState:
        self.ev.worker_dataset = dataset if isinstance(dataset, Instance | Result) else None
        try:
            states = [self._seeded_by(value, loader.place) for value in loader.worker_init]
        finally:
            self.ev.worker_dataset = None
        seeding = [state for state in states if state.numpy or state.generators or state.attributes or state.library]
        read = [state for state in states if state.unread is None]
        return (seeding or read or states or [SeedState()])[0]

    def _seeded_by(self, worker_init: Value, place: str) -> SeedState:
        """What one value that a `worker_init_fn` can have seeds."""
        outside = worker_init.target if isinstance(worker_init, Partial) else worker_init
        if isinstance(outside, External | Member):
            return _seeded_outside(name_of(outside), place)
        if isinstance(worker_init, Constant):
            return SeedState()
        walk = Walk(self.ev, self.idle, assume_defaults=True)
        with self.ev.reserve(STEPS_FOR_A_WORKER_INIT):
            walk.enter_value(worker_init, call_with([(WORKER_ID,)]))
        if isinstance(worker_init, Unknown):
            unread = worker_init.reason != NOT_PASSED
        else:
            unread = isinstance(worker_init, Result) and not _is_known(worker_init.name)
        if unread:
            walk.state.unread = Seeded(Seeding.UNREAD, place, frozenset())
        return walk.state


def _seeded_outside(name: str, place: str) -> SeedState:
    """What a `worker_init_fn` of that name, which is none of the repository's, seeds."""
    good = Seeded(Seeding.GOOD, place, frozenset())
    if name in GOOD_WORKER_INITS:
        return SeedState(numpy=good)
    if name in EPOCH_WORKER_INITS:
        return SeedState(numpy=Seeded(Seeding.EPOCH, place, frozenset()))
    if name in SEEDS_GLOBAL or name in SEEDS_EVERYTHING:
        return SeedState(numpy=Seeded(Seeding.EPOCH, place, frozenset({Source.WORKER_ID})))
    if name in MONAI_WORKER_INITS:
        return SeedState(library=good)
    return SeedState(unread=None if _is_known(name) else Seeded(Seeding.UNREAD, place, frozenset()))


def _is_known(name: str) -> bool:
    """Whether a function, or what it makes, is of a package whose seeding functions are all in the catalogue."""
    return name.partition(".")[0] in NEVER_OURS | {"builtins"}
