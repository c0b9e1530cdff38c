"""What a walk finds and carries along: draws, the state of seeding, and what came of each function."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from analysis.link.reach.told import Told
from analysis.link.sources import Seeded, Seeding
from analysis.link.values import Instance, Result

_WORST_FIRST = (
    Seeding.CONSTANT,
    Seeding.EPOCHS_DIFFER,
    Seeding.DRAW,
    Seeding.DRAW_AND_ID,
    Seeding.STATE,
    Seeding.EPOCH,
    Seeding.UNREAD,
    Seeding.INDEXED,
    Seeding.OVERLAP,
    Seeding.FRESH,
    Seeding.GOOD,
)

Running: TypeAlias = tuple[int, int]
"""A function on an object."""
Situation: TypeAlias = tuple[object, ...]
"""What a function is entered with, and all else that decides what it finds."""


class DrawSite(msgspec.Struct, frozen=True):
    """One draw in a walk. `generator` is the call that made the generator, None for the global state.

    `evaluation`: it stands in a branch for evaluation, of a test that could not be decided.
    """

    place: tuple[str, int]
    api: str
    via: tuple[str, ...]
    generator: Result | None = None
    attribute: str | None = None
    seeded: Seeded | None = None
    library: bool = False
    other: bool = False
    evaluation: bool = False


class SeedState(msgspec.Struct):
    """What has been seeded so far: the global state, kept generators by their making call, attributes by name.

    `library` is the generator that a library keeps for all its objects. `unread`: whatever seeds is none of the
    repository's, and may have seeded all of them or none. `under`: what has seeded the global state where a test holds.
    """

    numpy: Seeded | None = None
    generators: dict[int, Seeded] = msgspec.field(default_factory=dict)
    attributes: dict[str, Seeded] = msgspec.field(default_factory=dict)
    torch: Seeded | None = None
    python: Seeded | None = None
    library: Seeded | None = None
    unread: Seeded | None = None
    under: dict[Told, Seeded] = msgspec.field(default_factory=dict)

    def mark(self) -> tuple[object, ...]:
        """Tells one state from another."""
        kept = (tuple(self.generators.items()), tuple(self.attributes.items()), tuple(self.under.items()))
        return (self.numpy, *kept, self.torch, self.python, self.library)

    def copy(self) -> "SeedState":
        kept = (dict(self.generators), dict(self.attributes))
        return SeedState(self.numpy, *kept, self.torch, self.python, self.library, self.unread, dict(self.under))


class Yield(msgspec.Struct):
    """What came of one function's walk: what it entered, what it drew, and the calls it could not follow.

    `depth` is how many of the draws' `via` lead to the function. What is reached on many ways stands here once: where
    each step of a chain asks the one before it on two ways, the ways double with each step.
    """

    entered: set[tuple[int, int]] = msgspec.field(default_factory=set)
    open: dict[str, int] = msgspec.field(default_factory=dict)
    unread_dataset: bool = False
    draws: dict[tuple[object, ...], DrawSite] = msgspec.field(default_factory=dict)
    depth: int = 0

    def add(self, inner: "Yield") -> None:
        self.entered |= inner.entered
        self.open.update(inner.open)
        self.unread_dataset = self.unread_dataset or inner.unread_dataset
        for key, site in inner.draws.items():
            self.draws.setdefault(key, site)


class Held(msgspec.Struct, frozen=True):
    """What came of a function of which not all was followed; `inner` None where it drew nothing.

    `back`: what it leads back to, which ran already. `cut_at`: how deep it was entered, where a bound cut it short: one
    that is entered deeper finds no more.
    """

    inner: Yield | None
    back: frozenset[Running]
    cut_at: int | None


def class_id(receiver: object) -> int:
    """Tells by whose object a method is called: two classes can inherit one."""
    return id(receiver.cls) if isinstance(receiver, Instance) else 0


def worst(seeds: Iterable[Seeded]) -> Seeded:
    """The seed of several that repeats most."""
    return min(seeds, key=lambda seeded: _WORST_FIRST.index(seeded.how))


def weaker(a: SeedState, b: SeedState, told: tuple[Told | None, Told | None] = (None, None)) -> SeedState:
    """What holds whichever of two branches ran: only what both seeded.

    What one of them seeded is kept beside what is `told` where it runs; None where that cannot be said.
    """
    merged = SeedState()
    if a.numpy is not None and b.numpy is not None:
        merged.numpy = worst((a.numpy, b.numpy))
    merged.library = a.library if a.library is not None and b.library is not None else None
    merged.torch = a.torch if a.torch is not None and b.torch is not None else None
    merged.python = a.python if a.python is not None and b.python is not None else None
    # A kept generator that one branch makes is the one the draw after it uses.
    merged.generators = {**b.generators, **a.generators}
    merged.attributes = {**b.attributes, **a.attributes}
    merged.under = {key: seeded for key, seeded in a.under.items() if key in b.under}
    for state, holds in zip((a, b), told, strict=True):
        if holds is not None:
            if state.numpy is not None and merged.numpy is None:
                merged.under.setdefault(holds, state.numpy)
            for key, seeded in state.under.items():
                merged.under.setdefault(key if key in merged.under else key | holds, seeded)
    return merged
