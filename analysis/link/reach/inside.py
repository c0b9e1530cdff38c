"""What an object from outside was made with."""

from collections.abc import Iterator

from analysis.catalog.hooks import CALLED_FROM_TABLES, are_compositions
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
                left_out = NOT_IN_WORKERS.get(current.name.partition(".")[0], frozenset())
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
            case Instance() if parts := parts_of(ev, current):
                pending.extend(reversed(parts))
            case FunctionValue() | Instance() | Partial():
                out.append(current)
            case _:
                pass
        values = [item for argument in arguments for item in ev.argument(argument)]
        pending.extend(reversed(values))
    return out


def parts_of(ev: Evaluator, instance: Instance) -> list[Value]:
    """What a composition from outside calls for a class that leaves that to it: `class Mine(Compose)`."""
    called = any(ev.find_method(instance.cls, name) is not None for name in ("__call__", "forward"))
    return [] if called else composed(ev, instance)


def composed(ev: Evaluator, instance: Instance) -> list[Value]:
    """What an object hands to the composition from outside that its class is derived from."""
    return list(handed_outside(ev, instance)) if are_compositions(ev.external_bases(instance.cls)) else []


def handed_outside(ev: Evaluator, instance: Instance) -> Iterator[Value]:
    """What an object hands to the constructor of a base from outside, lists item by item."""
    init = ev.find_method(instance.cls, "__init__")
    frame = None if init is None else ev.method_frame(instance, init)
    given = [instance.args] if init is None and instance.args is not None else []
    if init is not None and frame is not None:
        given = [ev.collect(call, frame) for call in init.scope.calls if leaf_name(call.func) == "__init__"]
    for args in given:
        for argument in [*args.positional, *args.named.values()]:
            for value in ev.argument(argument):
                yield from ev.elements((value,)) if isinstance(value, Sequence) else (value,)


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
