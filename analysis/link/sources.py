"""The ingredients of a seed, and what a generator repeats that is seeded with them."""

from enum import StrEnum

import msgspec

from analysis.catalog.draws import GLOBAL_DRAWS


class Source(StrEnum):
    """One ingredient of a seed."""

    CONSTANT = "constant"
    WORKER_ID = "worker id"
    TORCH = "torch's seed of the worker"
    TORCH_STATE = "torch's generator in the worker"
    TORCH_DRAW = "a draw from torch's generator in the worker"
    TORCH_HIGH = "the upper half of torch's seed"
    PYTHON = "Python's random"
    STATE = "NumPy's own state"
    DRAW = "a NumPy draw"
    DRAWN = "a draw from a state that was seeded"
    TIME = "the clock in seconds"
    ENTROPY = "new entropy"
    COUNTER = "a counter that the training advances"
    SCALED = "steps apart"
    COPIED = "as it was when the worker started"
    PASSES = "a counter that the worker advances"
    INDEX = "the sample"
    NOTHING = "nothing"


class Seeding(StrEnum):
    """What seeding does to the streams of workers and epochs."""

    GOOD = "good"
    FRESH = "fresh"
    OVERLAP = "overlap"
    EPOCH = "epoch"
    STATE = "state"
    CONSTANT = "constant"
    EPOCHS_DIFFER = "epochs differ"
    DRAW = "draw"
    DRAW_AND_ID = "draw and id"
    UNREAD = "unread"
    INDEXED = "indexed"


class Seeded(msgspec.Struct, frozen=True):
    """A generator seeded somewhere: how, where (`path:line`) and from what.

    `once`: at the first sample of a worker's life, and not again.
    """

    how: Seeding
    place: str
    sources: frozenset[Source]
    once: bool = False


def classify(sources: frozenset[Source]) -> Seeding:
    """What repeats when a generator is seeded from the sources in each worker."""
    if Source.ENTROPY in sources:
        return Seeding.FRESH
    if sources & {Source.TORCH, Source.TORCH_STATE, Source.TORCH_DRAW, Source.PYTHON}:
        return Seeding.GOOD
    if Source.INDEX in sources:
        return Seeding.INDEXED
    by_id = Source.WORKER_ID in sources
    if Source.COUNTER in sources:
        if not by_id:
            return Seeding.EPOCHS_DIFFER
        return Seeding.FRESH if Source.SCALED in sources else Seeding.OVERLAP
    if Source.TIME in sources:
        return Seeding.FRESH if by_id else Seeding.EPOCHS_DIFFER
    if Source.DRAW in sources:
        return Seeding.DRAW_AND_ID if by_id else Seeding.DRAW
    if Source.STATE in sources:
        return Seeding.STATE if by_id else Seeding.CONSTANT
    if Source.TORCH_HIGH in sources:
        return Seeding.GOOD if by_id else Seeding.EPOCHS_DIFFER
    return Seeding.EPOCH if by_id else Seeding.CONSTANT


_CALLS = {
    "torch.initial_seed": Source.TORCH_STATE,
    "torch.random.initial_seed": Source.TORCH_STATE,
    "torch.seed": Source.ENTROPY,
    "numpy.random.get_state": Source.STATE,
    "time.time": Source.TIME,
    "datetime.datetime.now": Source.ENTROPY,
    "datetime.datetime.utcnow": Source.ENTROPY,
    "time.time_ns": Source.ENTROPY,
    "time.perf_counter": Source.ENTROPY,
    "time.perf_counter_ns": Source.ENTROPY,
    "time.monotonic": Source.ENTROPY,
    "os.getpid": Source.ENTROPY,
    "os.urandom": Source.ENTROPY,
    "random.SystemRandom": Source.ENTROPY,
    "builtins.id": Source.ENTROPY,
}

_PREFIXES = (
    ("torch.rand", Source.TORCH_DRAW),
    ("torch.empty", Source.TORCH_DRAW),
    ("torch.IntTensor", Source.TORCH_DRAW),
    ("torch.LongTensor", Source.TORCH_DRAW),
    ("secrets.", Source.ENTROPY),
    ("uuid.", Source.ENTROPY),
    ("random.", Source.PYTHON),
)

FROM_TORCH_STATE = frozenset({Source.TORCH_STATE, Source.TORCH_DRAW})
"""What a seed of torch set in the worker takes hold of."""
FROM_NUMPY_STATE = frozenset({Source.DRAW, Source.STATE})
"""What a seed of NumPy's global state takes hold of."""


def as_seeded(
    sources: frozenset[Source], *, torch: Seeded | None, python: Seeded | None, numpy: Seeded | None
) -> frozenset[Source]:
    """What a seed is made of where the states that it takes hold of have been seeded themselves; draws from them go on.

    `torch.initial_seed()` after `torch.manual_seed(...)` is what was just set.
    """
    if torch is not None and FROM_TORCH_STATE & sources:
        sources = (sources - FROM_TORCH_STATE) | torch.sources
    if python is not None and Source.PYTHON in sources:
        sources = (sources - {Source.PYTHON}) | python.sources | {Source.DRAWN}
    if numpy is not None and FROM_NUMPY_STATE & sources:
        goes_on = frozenset({Source.DRAWN}) if Source.DRAW in sources else frozenset[Source]()
        sources = (sources - FROM_NUMPY_STATE) | numpy.sources | goes_on
    return sources


def source_of_call(name: str) -> Source | None:
    """The source that a call of an external function is, by its dotted name."""
    if name in GLOBAL_DRAWS:
        return Source.DRAW
    known = _CALLS.get(name)
    if known is not None:
        return known
    for prefix, source in _PREFIXES:
        if name.startswith(prefix):
            return source
    return None
