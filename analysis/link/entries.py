"""What a worker calls, and when objects of one class need not be followed again.

A large repository builds one loader in dozens of contexts that agree in all that decides. Each object is as dear to
follow as the first one was.
"""

from collections.abc import Callable, Hashable

import msgspec

from analysis.link.evaluate import Evaluator
from analysis.link.reach import DrawSite
from analysis.link.values import ClassValue, Constant, External, FunctionValue, Instance, Result, Unknown, Value

ALIKE = 6
"""Objects of one class in one loader, made of the same, that draw alike: the others will as well."""


class Entry(msgspec.Struct, eq=False):
    """What a worker calls: where it stands, whose it is, and the walk from there."""

    place: str
    name: str
    draws: list[DrawSite]
    entered: set[tuple[int, int]]
    open: list[str]
    iterable: bool = False
    unread_dataset: bool = False

    @property
    def looks(self) -> Hashable:
        """Where it draws, and what is known of the generators there."""
        return tuple((site.place, site.attribute, site.seeded, site.generator is None) for site in self.draws)


class Walked:
    """The entries of one class, by the loader that its objects went into and what they were made with."""

    def __init__(self) -> None:
        self.last: Entry | None = None
        self._alike: dict[Hashable, list[Entry]] = {}

    def of(self, made: Hashable, walk: Callable[[], Entry | None]) -> Entry | None:
        """One more object's entry: the earlier ones' where enough of them, made and used alike, agree."""
        alike = self._alike.setdefault(made, [])
        if len(alike) == ALIKE:
            return alike[-1]
        entry = walk()
        if entry is not None:
            self.last = entry
            if alike and alike[-1].looks != entry.looks:
                alike.clear()
            alike.append(entry)
        return entry


def made_with(evaluator: Evaluator, instance: Instance) -> Hashable:
    """The arguments that an object was made with, as far as they look different from outside."""
    if instance.args is None:
        return None
    handed = [*enumerate(instance.args.positional), *instance.args.named.items()]
    return tuple((name, tuple(_look(value) for value in evaluator.argument(argument))) for name, argument in handed)


def _look(value: Value) -> Hashable:
    match value:
        case Constant(value=constant):
            return type(constant), constant
        case Instance(cls=cls) | ClassValue(cls=cls):
            return type(value), id(cls)
        case FunctionValue(function=function):
            return id(function)
        case External() | Result() | Unknown():
            return type(value), value.name
        case _:
            return type(value)
