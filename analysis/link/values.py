"""What an expression can stand for, as far as the code tells: the values of the abstract evaluation.

Values compare by what they are, frames by identity; a value set is a tuple without repeats. A value is looked up many
times and made of others, so each keeps its hash.
"""

from itertools import chain
from typing import TypeAlias

import msgspec

from analysis.facts import ir
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope


class Frame(msgspec.Struct, eq=False):
    """One activation of a function, or a module's top level (`function` None).

    `args` binds parameters to what the call passed, each an expression with the frame to evaluate it in, or
    values; a parameter that is not in `args` takes its default when `bound`, and is looked for at the function's
    callers when not; `open` when the call passed more than could be read. `worker` says that the activation belongs to
    a worker's walk.
    """

    module: Module
    function: FunctionInfo | None
    parent: "Frame | None" = None
    args: "dict[str, Argument]" = msgspec.field(default_factory=dict)
    bound: bool = False
    open: bool = False
    self_value: "Instance | ClassValue | None" = None
    worker: bool = False
    depth: int = 0
    cache: "dict[object, Values]" = msgspec.field(default_factory=dict)
    busy: set[object] = msgspec.field(default_factory=set)
    decided: "dict[tuple[int, bool], bool | None]" = msgspec.field(default_factory=dict)
    instances: "dict[object, Instance]" = msgspec.field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        """The names of the body that runs."""
        return self.module.scope if self.function is None else self.function.scope

    def __repr__(self) -> str:
        return f"<frame of {self.function or self.module}>"


STANDS_FOR = "seedwatch."
"""How the names of numbers begin that a worker is given, a sample's index or its own: each may be 0."""


class External(msgspec.Struct, frozen=True, cache_hash=True):
    """Something outside the repository, by its dotted name: `numpy.random.rand`."""

    name: str


class ModuleValue(msgspec.Struct, frozen=True, cache_hash=True):
    module: Module


class PackageValue(msgspec.Struct, frozen=True, cache_hash=True):
    """A folder of the repository that can be imported from, with or without `__init__.py`."""

    folder: str


class ClassValue(msgspec.Struct, frozen=True, cache_hash=True):
    cls: ClassInfo
    frame: Frame


class FunctionValue(msgspec.Struct, frozen=True, cache_hash=True):
    """A function with the frame it was defined in; `receiver` when it is a bound method."""

    function: FunctionInfo
    frame: Frame
    receiver: "Instance | ClassValue | None" = None


class CallArgs(msgspec.Struct, eq=False):
    """The arguments of one call, `*` and `**` resolved as far as they can be; `open` when something is left."""

    positional: "list[Argument]" = msgspec.field(default_factory=list)
    named: "dict[str, Argument]" = msgspec.field(default_factory=dict)
    open: bool = False


class Instance(msgspec.Struct, eq=False):
    """An object of a repository class, told apart by where it is made. `args` None: made somewhere unseen.

    `given` are attributes that were assigned to it from outside once it was made.
    """

    cls: ClassInfo
    class_frame: Frame
    args: CallArgs | None = None
    site: ir.Call | None = None
    worker: bool = False
    cache: "dict[str, Values]" = msgspec.field(default_factory=dict)
    busy: set[str] = msgspec.field(default_factory=set)
    frames: "dict[int, Frame | None]" = msgspec.field(default_factory=dict)
    given: "dict[str, Values]" = msgspec.field(default_factory=dict)
    made_in: Frame | None = None

    def __repr__(self) -> str:
        return f"<instance of {self.cls.qualname}>"


class Result(msgspec.Struct, frozen=True, cache_hash=True):
    """What a call of something external returned: `numpy.random.RandomState(0)`, a `Compose([...])`.

    `receiver` is the object whose method was called, when it was one. `given` is what the program assigned to its
    attributes since, and whether that is all that may be there.
    """

    name: str
    call: ir.Call
    frame: Frame
    receiver: "Value | None" = None
    given: "tuple[tuple[str, tuple[Argument, ...], bool], ...]" = ()


class Member(msgspec.Struct, frozen=True, cache_hash=True):
    """An attribute of something that is not the repository's: `rng.randint` of a generator, `d.items` of a dict."""

    owner: "Value"
    name: str


class Partial(msgspec.Struct, frozen=True, cache_hash=True):
    """`functools.partial(target, ...)`."""

    target: "Value"
    args: CallArgs


class Constant(msgspec.Struct, frozen=True, cache_hash=True):
    """A constant. `origin`: `literal`; `default` (an option, a configuration or a parameter's default).

    `settable` says that a user may change it without touching code. `place` is `path:line`.
    """

    value: bool | int | float | str | None
    origin: str = "literal"
    settable: bool = False
    place: str | None = None


class Argument(msgspec.Struct, frozen=True, cache_hash=True):
    """An expression with the frame to evaluate it in, or values already known: those of no expression, or of this."""

    expr: ir.Expr | None
    frame: Frame | None
    values: "Values" = ()


class Sequence(msgspec.Struct, frozen=True, cache_hash=True):
    """A list, tuple or set. `open` when more may be in it than is seen; `names` are the fields of a named tuple."""

    items: tuple[Argument, ...]
    open: bool = False
    names: tuple[str, ...] = ()


class Mapping(msgspec.Struct, frozen=True, cache_hash=True):
    """A dict: `(key, value)`; a key that is not a constant is None. `open` when more may be in it."""

    items: tuple[tuple[str | int | None, Argument], ...]
    open: bool = False


class Super(msgspec.Struct, frozen=True, cache_hash=True):
    """`super()` in a method of `cls`, on `receiver`."""

    cls: ClassInfo
    receiver: "Instance | ClassValue"


class Unknown(msgspec.Struct, frozen=True, cache_hash=True):
    """Not to be read off. `name` is the dotted name that was looked for, as far as there is one."""

    reason: str
    name: str = ""


Value: TypeAlias = (
    External
    | ModuleValue
    | PackageValue
    | ClassValue
    | FunctionValue
    | Instance
    | Result
    | Member
    | Partial
    | Constant
    | Sequence
    | Mapping
    | Super
    | Unknown
)

Values: TypeAlias = tuple[Value, ...]

MOST_VALUES = 48
"""More alternatives than this are cut: a name with so many is a registry, and the first entries stand for it."""


def union(*groups: Values) -> Values:
    """All values of the groups, each once, in order."""
    if len(groups) == 1:
        return groups[0]
    full = [group for group in groups if group]
    if not full:
        return ()
    if len(full) == 1 and len(full[0]) == 1:
        return full[0]
    return tuple(dict.fromkeys(chain.from_iterable(full)))[:MOST_VALUES]


MOST_ITEMS = 4_000
"""Of a list or dict that is put together of others: one that doubles with each line of a program has no end."""
LONGEST_TEXT = 1_000
"""Of what is put together; longer texts name nothing."""


def joined(items: tuple[Argument, ...], is_open: bool) -> Sequence:
    """A list that is put together of others, or the beginning of one that is too long."""
    return Sequence(items[:MOST_ITEMS], is_open or len(items) > MOST_ITEMS)


def overlaid(items: tuple[tuple[str | int | None, Argument], ...], is_open: bool) -> Mapping:
    """A dict that is put together of others, or what came last into one that is too large: it hides what was before."""
    return Mapping(items[-MOST_ITEMS:], is_open or len(items) > MOST_ITEMS)


def merge_args(first: CallArgs, then: CallArgs) -> CallArgs:
    """The arguments of a partial object's call."""
    return CallArgs([*first.positional, *then.positional], {**first.named, **then.named}, first.open or then.open)


def name_of(value: Value) -> str:
    """A dotted name for a value from outside, for look-ups in the catalogue."""
    match value:
        case External() | Result():
            return value.name
        case Member():
            return f"{name_of(value.owner)}.{value.name}"
        case Unknown():
            return value.name
        case _:
            return ""
