"""What a worker calls, and when objects of one class need not be followed again.

A large repository builds one loader in dozens of contexts that agree in all that decides. Each object is as dear to
follow as the first one was.
"""

from collections.abc import Callable, Hashable, Iterable
from itertools import islice

import msgspec

from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.library import is_data
from analysis.link.reach import DrawSite
from analysis.link.sources import Seeded
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    FunctionValue,
    Instance,
    Mapping,
    Partial,
    Result,
    Sequence,
    Value,
    Values,
    name_of,
)

ALIKE = 2
"""Objects of one class, made of the same, that draw alike: the others will as well."""
_DEEPEST_LOOK = 3
_MOST_PARTS = 12


class Entry(msgspec.Struct, eq=False):
    """What a worker calls: where it stands, whose it is, and the walk from there.

    `left` is what has seeded NumPy's global state for whatever the worker calls next.
    """

    place: str
    name: str
    draws: list[DrawSite]
    entered: set[tuple[int, int]]
    open: list[str]
    iterable: bool = False
    unread_dataset: bool = False
    left: Seeded | None = None

    @property
    def looks(self) -> Hashable:
        """Where it draws, and what is known of the generators there."""
        return tuple((site.place, site.attribute, site.seeded, site.generator is None) for site in self.draws)


class Walked:
    """The entries of one class or function, by what its objects were made of."""

    def __init__(self) -> None:
        self.last: Entry | None = None
        self._alike: dict[Hashable, list[Entry]] = {}

    def of(self, made: Hashable, walk: Callable[[], Entry | None]) -> Entry | None:
        """One more object's entry: the earlier ones' where enough of them, made alike, agree."""
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


def look(evaluator: Evaluator, value: Value, depth: int = 0) -> Hashable:
    """What a value is made of, as far as it shows: the same for two that a worker can be expected to use alike."""
    match value:
        case Constant(value=constant):
            return type(constant), constant
        case Instance():
            given = tuple((name, _looks(evaluator, values, depth)) for name, values in value.given.items())
            return id(value.cls), _made_of(evaluator, value.args, depth), given
        case ClassValue():
            return id(value.cls)
        case FunctionValue():
            receiver = None if value.receiver is None else look(evaluator, value.receiver, depth)
            return id(value.function), receiver
        case Partial():
            return "partial", look(evaluator, value.target, depth), _made_of(evaluator, value.args, depth)
        case Result() if depth < _DEEPEST_LOOK and not is_data(value.name):
            return value.name, _made_of(evaluator, evaluator.collect(value.call, value.frame), depth)
        case Sequence():
            return value.open, _parts(evaluator, value.items, depth)
        case Mapping():
            return (
                value.open,
                tuple(key for key, _ in value.items),
                _parts(evaluator, [a for _, a in value.items], depth),
            )
        case _:
            return type(value), name_of(value)


def _made_of(evaluator: Evaluator, args: CallArgs | None, depth: int) -> Hashable:
    if args is None:
        return None
    return (
        args.open,
        _parts(evaluator, args.positional, depth),
        tuple(args.named),
        _parts(evaluator, args.named.values(), depth),
    )


def _parts(evaluator: Evaluator, parts: Iterable[Argument], depth: int) -> Hashable:
    if depth >= _DEEPEST_LOOK:
        return None
    return tuple(_looks(evaluator, evaluator.argument(part), depth) for part in islice(parts, _MOST_PARTS))


def _looks(evaluator: Evaluator, values: Values, depth: int) -> Hashable:
    return tuple(look(evaluator, value, depth + 1) for value in values)
