"""What an object from outside was made with."""

from collections.abc import Iterator

from analysis.catalog.hooks import CALLED_FROM_TABLES
from analysis.catalog.loaders import NOT_IN_WORKERS
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.library import is_data
from analysis.link.scopes import leaf_name
from analysis.link.values import (
    Argument,
    External,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    Partial,
    Result,
    Sequence,
    Value,
)

MOST_INSIDE = 300
"""Values looked at inside one object: transforms are a few dozen, tables of data are endless."""


def inside(ev: Evaluator, value: Value) -> list[Value]:
    """The repository's objects and functions among what an object from outside was made with, at any depth."""
    out: list[Value] = []
    seen: set[Value] = set()
    pending: list[Value] = [value]
    while pending and len(seen) < MOST_INSIDE:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        arguments: list[Argument] = []
        match current:
            case Result():
                if is_data(current.name):
                    continue
                if current.receiver is not None:
                    pending.append(current.receiver)
                pending.extend(_entered(ev, current.name))
                args = ev.collect(current.call, current.frame)
                left_out = NOT_IN_WORKERS if current.name.startswith("fastai.") else frozenset[str]()
                named = (argument for name, argument in args.named.items() if name not in left_out)
                arguments = [*args.positional, *named]
            case Sequence():
                arguments = list(current.items)
            case Mapping():
                arguments = [argument for _, argument in current.items]
                # A framework's own composition makes what it is given as `dict(type="Crop")`.
                pending.extend(ev.registries.built(None, (current,)))
            case Member():
                pending.append(current.owner)
            case FunctionValue() | Instance() | Partial():
                out.append(current)
            case _:
                pass
        values = [item for argument in arguments for item in ev.argument(argument)]
        pending.extend(reversed(values))
    return out


def _entered(ev: Evaluator, name: str) -> Iterator[Value]:
    """What the program enters in the table of its library from which an object of that name calls."""
    for table in (table for beginning, table in CALLED_FROM_TABLES.items() if name.startswith(beginning)):
        leaf = table.rpartition(".")[2]
        for module in ev.project.modules_mentioning(leaf):
            for scope, owner in module.bodies_mentioning(leaf):
                frame = ev.owner_frame(owner, module)
                for call in scope.calls:
                    match call:
                        case ir.Call(func=ir.Attr(name="update", value=holder), args=(entries,)) if leaf_name(
                            holder
                        ) == leaf and External(table) in ev.eval(holder, frame):
                            yield from ev.eval(entries, frame)
