"""Your own loader on your own data: do its workers, or its epochs, draw the same numbers?

    python -m miner.verify.watch train:make_loader --epochs 2

In a test, with the fixture `fresh_numbers` (`pytest_plugins = ["miner.verify.pytest_plugin"]` in conftest.py):

    def test_the_workers_draw_their_own_numbers(fresh_numbers):
        fresh_numbers(make_loader())

The loader runs as it is, workers and all. After each batch the worker looks at the states of NumPy's global generator
and of the generators that the dataset keeps. This runs your code, here, and not in a sandbox.
"""

import argparse
import importlib
import itertools
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from miner.verify.inside.recorder import fingerprint

MOST_OBJECTS = 20_000
"""Objects of a dataset that are looked at for generators."""
_WORDS = 624
"""Words of MT19937's state, made anew when all are used."""
_PLAIN = (str, bytes, bytearray, int, float, complex, bool, type(None), np.ndarray, type, range)


class RepeatedNumbersError(AssertionError):
    """Workers or epochs drew the same numbers; the message says which generator, where and when."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A generator that a batch drew from. `before` and `after` are digests of its state.

    `went_on`: it went on from the state before, and was not seeded or made anew in between, as far as can be told.
    """

    generator: str
    before: str
    after: str
    went_on: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """What a worker did for a batch."""

    epoch: int
    worker: int
    moved: tuple[Moved, ...]


def assert_fresh(loader: Any, *, epochs: int = 2, batches: int | None = None) -> list[Watched]:
    """Iterates over a `DataLoader` and gives what was seen. `batches` bounds those of an epoch.

    Raises:
        RepeatedNumbersError: where two workers, or two epochs of a worker, drew from the same state.
        ValueError: where the loader has no workers, so that there is nothing to watch.
    """
    seen = watched(loader, epochs=epochs, batches=batches)
    repeats = list(dict.fromkeys(repeats_in(seen)))
    if repeats:
        raise RepeatedNumbersError("; ".join(repeats))
    return seen


def watched(loader: Any, *, epochs: int = 2, batches: int | None = None) -> list[Watched]:
    """What each worker drew from, batch by batch. The loader is as it was afterwards.

    Raises:
        ValueError: where the loader has no workers.
    """
    if loader.num_workers == 0:
        raise ValueError("the loader has no workers (num_workers is 0): nothing can repeat between them")
    collate, begin = loader.collate_fn, loader.worker_init_fn
    seen: list[Watched] = []
    loader.collate_fn, loader.worker_init_fn = _Noting(collate), _Beginning(begin)
    try:
        for epoch in range(epochs):
            for batch in itertools.islice(iter(loader), batches):
                _, worker, moved = batch
                seen.append(Watched(epoch, int(worker), tuple(Moved(*one) for one in moved)))
    finally:
        loader.collate_fn, loader.worker_init_fn = collate, begin
    return seen


def repeats_in(seen: Sequence[Watched]) -> Iterator[str]:
    """Sentences about what repeats, the workers of an epoch first."""
    first: dict[tuple[str, int], dict[int, Moved]] = defaultdict(dict)
    for one in seen:
        for moved in one.moved:
            first[moved.generator, one.epoch].setdefault(one.worker, moved)
    for (generator, epoch), by_worker in first.items():
        for (a, left), (b, right) in itertools.combinations(sorted(by_worker.items()), 2):
            if _same(left, right):
                yield f"in epoch {epoch} workers {a} and {b} drew the same numbers from {generator}"
    for (generator, epoch), by_worker in first.items():
        for worker, moved in by_worker.items():
            earlier = first.get((generator, epoch - 1), {}).get(worker)
            if earlier is not None and _same(earlier, moved):
                yield f"worker {worker} drew the same numbers from {generator} in epochs {epoch - 1} and {epoch}"


def _same(one: Moved, other: Moved) -> bool:
    return one.after == other.after or (one.before == other.before and one.went_on and other.went_on)


State = tuple[str, str]
"""Digests: of a generator's whole state, and of the part of it that stays while it draws."""

_begun: dict[str, State] = {}
"""In a worker: the states when its `worker_init_fn` had run, then those after each batch."""


class _Beginning:
    """A `worker_init_fn` that looks at the generators after the loader's own has run."""

    def __init__(self, own: Callable[[int], None] | None) -> None:
        self.own = own

    def __call__(self, worker_id: int) -> None:
        if self.own is not None:
            self.own(worker_id)
        _begun.clear()
        _begun.update(states_of(_worker()[1]))


class _Noting:
    """A collate function that adds what the batch drew from."""

    def __init__(self, collate: Callable[[Any], Any]) -> None:
        self.collate = collate

    def __call__(self, samples: Any) -> tuple[Any, int, list[tuple[str, str, str, bool]]]:
        batch = self.collate(samples)
        worker, dataset = _worker()
        moved = []
        for name, (after, stays) in states_of(dataset).items():
            before, stayed = _begun.get(name, ("", ""))
            if before != after:
                moved.append((name, before, after, stays == stayed))
            _begun[name] = (after, stays)
        return batch, worker, moved


def _worker() -> tuple[int, Any]:
    """The number of the worker that this is, and its copy of the dataset."""
    # Not at the top: the command's help needs no torch.
    from torch.utils.data import get_worker_info

    info = get_worker_info()
    return (info.id, info.dataset) if info is not None else (-1, None)


def states_of(dataset: Any) -> dict[str, State]:
    """The states of NumPy's global generator and of the generators that a dataset keeps, by name."""
    found = {"numpy.random": _state(np.random.get_state())}
    for name, generator in _generators(dataset):
        found[name] = _state(_taken(generator))
    return found


def _generators(dataset: Any) -> Iterator[tuple[str, Any]]:
    pending: list[tuple[str, Any]] = [(type(dataset).__name__, dataset)]
    known: set[int] = set()
    while pending and len(known) < MOST_OBJECTS:
        name, value = pending.pop()
        if isinstance(value, _PLAIN) or id(value) in known:
            continue
        known.add(id(value))
        if isinstance(value, np.random.RandomState | np.random.Generator | random.Random):
            yield name, value
        elif isinstance(value, dict):
            pending += [(f"{name}[{key!r}]", item) for key, item in value.items()]
        elif isinstance(value, list | tuple | set | frozenset):
            pending += [(f"{name}[{number}]", item) for number, item in enumerate(value)]
        else:
            own = getattr(value, "__dict__", None)
            pending += [(f"{name}.{key}", item) for key, item in (own or {}).items()]


def _taken(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    return generator.get_state() if isinstance(generator, np.random.RandomState) else generator.getstate()


def _state(state: Any) -> State:
    return fingerprint(state), fingerprint(_staying(state))


def _staying(state: Any) -> object:
    """PCG64's increment, Philox's key, MT19937's words, which stay for 624 draws: what no draw changes soon."""
    if isinstance(state, dict):
        inner = state["state"]
        return [inner.get(key) for key in ("inc", "key")] if isinstance(inner, dict) else state
    if isinstance(state[1], tuple):
        return state[1][:-1] if state[1][-1] < _WORDS else _next_words(random.Random(), state)  # noqa: S311
    return state[1] if state[2] < _WORDS else _next_words(np.random.RandomState(), state)


def _next_words(twin: Any, state: Any) -> object:
    """A state that was just seeded makes its words at the first draw: those are what stays."""
    if isinstance(twin, random.Random):
        twin.setstate(state)
        twin.random()
        return twin.getstate()[1][:-1]
    twin.set_state(state)
    twin.bytes(4)
    return twin.get_state()[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exits with 0 where nothing repeats, 1 where something does, 2 where the loader cannot be run."""
    parser = argparse.ArgumentParser(
        prog="python -m miner.verify.watch",
        description="Runs your loader on your data, and fails where workers or epochs draw the same numbers.",
    )
    parser.add_argument("loader", help="MODULE:NAME of a DataLoader, or of a function that makes one")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batches", type=int, help="no more than so many in an epoch")
    given = parser.parse_args(arguments)
    module, _, name = given.loader.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    made = getattr(importlib.import_module(module), name or "loader")
    loader = made if hasattr(made, "collate_fn") else made()
    try:
        seen = assert_fresh(loader, epochs=given.epochs, batches=given.batches)
    except RepeatedNumbersError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    drawn = sorted({moved.generator for one in seen for moved in one.moved})
    sys.stdout.write(f"{len(seen)} batches, nothing repeats; drawn from: {', '.join(drawn) or 'no generator'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
