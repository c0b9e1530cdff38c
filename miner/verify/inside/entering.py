"""Whether the loader at hand comes to the function that a finding enters a worker by, where that is none of an object's
own: a collate function, or one that a dataset was given."""

import functools
from collections.abc import Iterator
from contextlib import suppress
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from miner.verify.inside.building import Functions, Loader
from miner.verify.inside.notes import REPOSITORY
from miner.verify.inside.sources import Sources, scopes_at
from miner.verify.inside.stub import Stub

_MOST = 2_000


def not_entered(loader: Loader, sources: Sources, path: str, line: int) -> str | None:
    """What it rests on that samples of this loader go through the function at a line: None where the loader or its
    dataset holds it, or where it is a method that Python calls (`__getitem__`), of whose object others ask."""
    tree = sources.tree(path)
    function = next(iter(scopes_at(tree, line)[-1:]), None) if tree is not None else None
    if not isinstance(function, Functions) or function.lineno != line or function.name.startswith("__"):
        return None
    held = (*_codes(loader.get("collate_fn")), *_codes(loader.get("dataset")))
    if any(code.co_filename == REPOSITORY + path and code.co_name == function.name for code in held):
        return None
    return f"this loader's samples going through {function.name}"


def _codes(root: Any) -> Iterator[CodeType]:
    """The functions that hang on something."""
    seen: set[int] = set()
    waiting = [root]
    while waiting and len(seen) < _MOST:
        value = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        match value:
            case FunctionType():
                yield value.__code__
                waiting += _closed_over(value)
            case MethodType():
                waiting += [value.__func__, value.__self__]
            case functools.partial():
                waiting += [value.func, *value.args, *value.keywords.values()]
            case Stub():
                waiting += value._kept
            case list() | tuple():
                waiting += value[:50]
            case dict():
                waiting += list(value.values())[:50]
            case _ if hasattr(value, "__dict__") and not isinstance(value, type | ModuleType):
                waiting += list(vars(value).values())[:100]


def _closed_over(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # not bound yet
            yield cell.cell_contents
