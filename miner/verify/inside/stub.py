"""Stand-ins for what is not there: modules that are not installed, files that do not exist, values that nobody gives.

A stub takes part in almost everything and means nothing. What is called with functions of the repository keeps
them, and calls them when it is called or asked for items itself, as `Compose([...])` or `pipeline.map(function)` would.
"""

import dis
import functools
import operator
import sys
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any, ClassVar

import numpy as np

from miner.verify.inside.notes import notes, place_in_repository

LENGTH = 8
NUMBER = 4


class Truth:
    """What a stub says when it is asked whether it is true: both are tried where it matters."""

    value = True


class Watch:
    """While `on`, the names of stubs that are called, or reckoned with, are kept: what a seed must not be made of."""

    on = False
    used: ClassVar[set[str]] = set()


def _seen(name: str) -> None:
    if Watch.on:
        Watch.used.add(name)


class Stub:
    """One stand-in. `_kept` are functions of the repository that it was given."""

    def __init__(self, name: str = "stub", *, called: bool = False, kept: tuple[Any, ...] = ()) -> None:
        state = self.__dict__
        state["_name"], state["_called"], state["_kept"] = name, called, kept

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        child = Stub(f"{self._name}.{name}", called=self._called, kept=self._kept)
        self.__dict__[name] = child
        return child

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        _seen(f"{self._name}()")
        given = [value for value in (*args, *kwargs.values()) if is_code(value)]
        direct = not self._called or self._name.endswith(")")
        if len(args) == 1 and not kwargs and given and direct:
            return args[0]  # a decorator, or something like one
        if self._kept and not given and not self._goes_on((*args, *kwargs.values())):
            return run_kept(self._kept, args)
        kept = (*self._kept, *_flat(args), *_flat(tuple(kwargs.values())))
        return Stub(f"{self._name}()", called=True, kept=kept)

    def _goes_on(self, given: tuple[Any, ...]) -> bool:
        """Whether a call is one more link of a chain: `pipeline.map(function).batched(64)`."""
        plain = all(value is None or isinstance(value, str | int | float) for value in given)
        return plain and not self._name.endswith(")")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return () if any(isinstance(base, type) for base in bases) else (_base_called(self._name),)

    def __iter__(self) -> Iterator[Any]:
        count = _unpacked(sys._getframe(1)) or LENGTH
        return iter([self[position] for position in range(count)])

    def __getitem__(self, key: Any) -> Any:
        if self._kept:
            run_kept(self._kept, (Stub(f"{self._name}[]"),))
        if isinstance(key, str):
            return getattr(self, key) if key.isidentifier() and not key.startswith("_") else Stub(f"{self._name}[]")
        return Stub(f"{self._name}[]", called=self._called)

    def __next__(self) -> Any:
        return self[0]

    def __bool__(self) -> bool:
        place = place_in_repository(sys._getframe(1))
        if place is not None:
            notes.decided[f"{place[0]}:{place[1]}"] = None
        return Truth.value

    def __len__(self) -> int:
        return LENGTH

    def __index__(self) -> int:
        _seen(self._name)
        return NUMBER

    __int__ = __index__

    def __float__(self) -> float:
        return float(NUMBER)

    def __complex__(self) -> complex:
        return complex(NUMBER)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.arange(LENGTH, dtype=dtype or np.float64)

    def __str__(self) -> str:
        return "stub"

    def __repr__(self) -> str:
        return f"<stub {self._name}>"

    def __format__(self, form: str) -> str:
        return "stub"

    def __fspath__(self) -> str:
        return "/data/stub"

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __contains__(self, item: object) -> bool:
        return bool(self)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __delitem__(self, key: Any) -> None:
        return None

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __copy__(self) -> Any:
        return self

    def keys(self) -> list[str]:
        return []


def _operation(name: str) -> Any:
    def operate(self: Stub, *others: Any) -> Any:
        if Watch.on and others and isinstance(others[0], int | np.integer):
            # What a seed is made of must go on depending on what it is reckoned with.
            _seen(self._name)
            return getattr(operator, _OPERATORS.get(name, name), lambda one, other: one)(NUMBER, int(others[0]))
        return _child(self)

    return operate


_OPERATORS = {
    "radd": "add",
    "rmul": "mul",
    "rsub": "sub",
    "rxor": "xor",
    "ror": "or_",
    "or": "or_",
    "and": "and_",
    "rand": "and_",
}


def _child(self: Stub) -> Stub:
    return Stub(self._name, called=self._called, kept=self._kept)


def _compared(self: Stub, other: Any) -> bool:
    return bool(self)


for _name in [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "divmod",
    "radd",
    "rsub",
    "rmul",
    "rtruediv",
    "rfloordiv",
    "rmod",
    "rpow",
    "rmatmul",
    "rand",
    "ror",
    "rxor",
    "neg",
    "pos",
    "abs",
    "invert",
    "round",
]:
    setattr(Stub, f"__{_name}__", _operation(_name))
for _name in ["lt", "le", "gt", "ge"]:
    setattr(Stub, f"__{_name}__", _compared)


class StubBase:
    """What a class inherits from whose base is not there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            if name.isidentifier():
                self.__dict__.setdefault(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Stub(f"{type(self).__name__}.{name}")


@functools.cache
def _base_called(name: str) -> type[StubBase]:
    """The base that stands in for the class `name`."""
    return type("StubBase", (StubBase,), {"_sw_stands_for": name, "__module__": __name__})


def stub_name(value: Any) -> str:
    """What a stub, or the base in place of a missing one, stands for; else nothing."""
    if isinstance(value, Stub):
        return str(value._name)
    return str(getattr(value, "_sw_stands_for", "")) if isinstance(value, type) else ""


class StubModule(ModuleType):
    """A module that is not installed: every name is in it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__all__: list[str] = []
        self.__version__ = "2.0.0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        child = Stub(f"{self.__name__}.{name}")
        self.__dict__[name] = child
        return child


def is_stub(value: object) -> bool:
    return isinstance(value, Stub | StubModule)


def is_code(value: object) -> bool:
    """Whether a value is a function or a class of the repository, or an object of one that can be called."""
    if isinstance(value, FunctionType | MethodType):
        return value.__module__ in _repository_modules()
    if isinstance(value, type):
        return value.__module__ in _repository_modules()
    return not is_stub(value) and callable(value) and type(value).__module__ in _repository_modules()


def _repository_modules() -> set[str]:
    return REPOSITORY_MODULES


REPOSITORY_MODULES: set[str] = set()
"""Names of the modules that came from the repository."""


def _flat(values: tuple[Any, ...], depth: int = 3) -> Iterator[Any]:
    for value in values:
        if is_code(value):
            yield value
        elif isinstance(value, Stub):
            yield from value._kept
        elif depth and isinstance(value, list | tuple):
            yield from _flat(tuple(value), depth - 1)
        elif depth and isinstance(value, dict):
            yield from _flat(tuple(value.values()), depth - 1)


def run_kept(kept: tuple[Callable[..., Any], ...], args: tuple[Any, ...]) -> Any:
    """One after the other on what is given, as a chain of transforms runs."""
    value: Any = args[0] if len(args) == 1 else (args or Stub("sample"))
    for function in kept:
        try:
            value = function(*value) if isinstance(value, tuple) and len(args) > 1 else function(value)
        except Exception as error:  # noqa: BLE001 - a step that fails does not hide the next
            notes.swallow(error, f"in {getattr(function, '__name__', type(function).__name__)}")
    return value


def _unpacked(frame: Any) -> int | None:
    """How many values `a, b = stub` wants."""
    code = frame.f_code.co_code
    for index in range(frame.f_lasti, min(frame.f_lasti + 2, len(code)), 2):
        if dis.opname[code[index]] == "UNPACK_SEQUENCE":
            return int(code[index + 1])
    return None
