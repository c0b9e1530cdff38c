"""Notes the state of a NumPy generator before each draw, in a worker that is fetching a sample.

NumPy's module functions and its two generator classes are replaced by ones that note the state, draw, and note that
the draw went well. Beside that the global state and the states of kept generators are noted before and after each
sample, which also shows draws that no function here sees.
"""

import functools
import hashlib
import json
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from miner.verify.inside.notes import place_in_repository
from miner.verify.inside.stub import is_stub

NOT_DRAWS = frozenset({"seed", "get_state", "set_state", "bit_generator", "spawn"})
MOST_DRAWS = 48
"""Draws noted for one sample; the others are counted."""


@dataclass
class Here:
    """Where this process is: nothing is noted while `record` is negative."""

    record: int = -1
    epoch: int = 0
    worker: int = 0
    sample: int = 0
    draws: list[list[Any]] = field(default_factory=list)
    counted: int = 0
    doubtful: bool = False


here = Here()
_generators: "weakref.WeakSet[Any]" = weakref.WeakSet()
_plain: dict[str, Any] = {}


def fingerprint(state: Any) -> str:
    """A digest that is the same for equal states."""
    digest = hashlib.blake2b(digest_size=8)
    _feed(digest, state)
    return digest.hexdigest()


def _feed(digest: Any, part: Any) -> None:
    if isinstance(part, dict):
        for key in sorted(part):
            _feed(digest, key)
            _feed(digest, part[key])
    elif isinstance(part, tuple | list):
        for item in part:
            _feed(digest, item)
    elif hasattr(part, "tobytes"):
        digest.update(part.tobytes())
    else:
        digest.update(repr(part).encode() + b";")


def global_state() -> str:
    return fingerprint(_plain["get_state"]())


def note(name: str, state: str, stream: str, frame: Any) -> list[Any] | None:
    """Begins the note of a draw; it counts once its last element is true."""
    if here.record < 0:
        return None
    here.counted += 1
    if len(here.draws) >= MOST_DRAWS:
        return None
    place = place_in_repository(frame)
    path, first, last = place if place is not None else ("", 0, 0)
    event = [name, stream, path, first, last, state, False]
    here.draws.append(event)
    return event


def _global_function(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        event = note(f"numpy.random.{name}", global_state(), "global", sys._getframe(1)) if here.record >= 0 else None
        value = plain(*args, **kwargs)
        if event is not None:
            event[-1] = True
        return value

    return recorded


def _class(base: type, name: str, state: Callable[[Any], Any], reduce: Callable[[Any], Any]) -> type:
    def recording(draw: str) -> Callable[..., Any]:
        inherited = getattr(base, draw)

        @functools.wraps(inherited)
        def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
            event = None
            if here.record >= 0:
                stream = "global" if self is np.random.mtrand._rand else "object"
                event = note(f"{name}.{draw}", fingerprint(state(self)), stream, sys._getframe(1))
            value = inherited(self, *args, **kwargs)
            if event is not None:
                event[-1] = True
            return value

        return recorded

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        base.__init__(self, *args, **kwargs)  # type: ignore[misc]
        _generators.add(self)

    names = [each for each in dir(base) if not each.startswith("_") and each not in NOT_DRAWS]
    members = {
        "__init__": init,
        "__reduce__": reduce,
        "__module__": "numpy.random",
        **{each: recording(each) for each in names},
    }
    return type(name, (base,), members)


def install() -> None:
    """Records from now on in this process and those that it forks."""
    if _plain:
        return
    random = np.random
    _plain.update(
        get_state=random.get_state,
        RandomState=random.RandomState,
        Generator=random.Generator,
        default_rng=random.default_rng,
    )
    plain_state, plain_generator, plain_default = random.RandomState, random.Generator, random.default_rng
    draws = [each for each in dir(plain_state) if not each.startswith("_") and each not in NOT_DRAWS]
    for name in (*draws, "ranf", "sample"):
        if hasattr(random, name):
            setattr(random, name, _global_function(name, getattr(random, name)))
    random.seed = _seeding(random.seed)
    state = _class(
        plain_state,
        "RandomState",
        lambda rng: rng.get_state(),
        lambda rng: (_again, ("RandomState", rng._bit_generator), rng.get_state(legacy=False)),
    )
    generator = _class(
        plain_generator,
        "Generator",
        lambda rng: rng.bit_generator.state,
        lambda rng: (_again, ("Generator", rng.bit_generator)),
    )

    @functools.wraps(plain_default)
    def default_rng(seed: Any = None) -> Any:
        return seed if isinstance(seed, generator) else generator(plain_default(seed).bit_generator)

    random.RandomState, random.Generator, random.default_rng = state, generator, default_rng  # type: ignore[assignment,misc]
    # The object behind the module's functions, which scipy and others draw from.
    random.mtrand._rand = state(random.mtrand._rand._bit_generator)
    _generators.discard(random.mtrand._rand)


def _seeding(plain: Callable[..., None]) -> Callable[..., None]:
    """`numpy.random.seed`; a seed that is a stub is noted, for it would be the same everywhere."""

    @functools.wraps(plain)
    def seed(seed: Any = None) -> None:
        if is_stub(seed) and here.record >= 0:
            here.doubtful = True
        plain(int(seed) if is_stub(seed) else seed)

    return seed


def _again(name: str, bit_generator: Any) -> Any:
    return getattr(np.random, name)(bit_generator)


def is_generator(value: Any) -> bool:
    return isinstance(value, np.random.RandomState | np.random.Generator)


def bare_draw(receiver: Any, name: str, site: tuple[str, int]) -> bool:
    """Draws one number from a generator in the name of a flagged call. False where `receiver` is none."""
    if receiver is np.random or receiver is np.random.mtrand._rand:
        state, stream, draw = global_state(), "global", np.random.mtrand._rand.random_sample
    elif isinstance(receiver, np.random.RandomState):
        state, stream, draw = fingerprint(receiver.get_state()), "object", receiver.random_sample
    elif isinstance(receiver, np.random.Generator):
        state, stream, draw = fingerprint(receiver.bit_generator.state), "object", receiver.random
    else:
        return False
    own, here.record = here.record, -1
    try:
        draw()
    finally:
        here.record = own
    if here.record >= 0 and len(here.draws) < MOST_DRAWS:
        here.draws.append([name, stream, site[0], site[1], site[1], state, True])
    return True


def _kept_states() -> str:
    """One digest over the generators that exist now, in the order of their making as far as it can be told."""
    states = []
    for rng in list(_generators):
        try:
            states.append(fingerprint(rng.get_state() if hasattr(rng, "get_state") else rng.bit_generator.state))
        except Exception:  # noqa: BLE001 - a half-made object of a stranger
            states.append("")
    return fingerprint(sorted(states))


@contextmanager
def sample(record: int, epoch: int, worker: int, number: int) -> Iterator[None]:
    """Notes what is drawn inside, and writes one line to `record` at the end of it. Short writes, so lines never
    mix."""
    before, kept_before = global_state(), _kept_states()
    here.record, here.epoch, here.worker, here.sample = record, epoch, worker, number
    here.draws, here.counted, here.doubtful = [], 0, False
    error: str | None = None
    try:
        yield
    except Exception as fault:  # noqa: BLE001 - what a dataset raises after its draws is its own affair
        error = f"{type(fault).__name__}: {str(fault)[:160]}"
        place = _place_of(fault)
        error = f"{place}: {error}" if place else error
    finally:
        here.record = -1
        line = {
            "e": epoch,
            "w": worker,
            "s": number,
            "d": [event for event in here.draws if event[-1]],
            "n": here.counted,
            "b": [before, kept_before],
            "a": [global_state(), _kept_states()],
            "x": error,
            "q": here.doubtful,
        }
        os.write(record, json.dumps(line).encode() + b"\n")


def _place_of(error: BaseException) -> str | None:
    trace, found = error.__traceback__, None
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename.startswith("/repo/"):
            found = f"{filename[6:]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
