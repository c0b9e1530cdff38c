"""Dicts of classes that a loop or a comprehension puts together: each turn by itself, so that each key has its own."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from analysis.facts import ir
from analysis.link.scopes import Binding, Change, ClassInfo, FunctionInfo, Scope, descendants
from analysis.link.values import (
    Argument,
    ClassValue,
    Constant,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Partial,
    Sequence,
    Values,
    union,
)

if TYPE_CHECKING:
    from analysis.link.evaluate.containers import Containers

Entry = tuple[str | int | None, Argument]

MOST_TURNS = 40
"""Turns of one loop. What has more is data rather than a list of classes."""
_MEANT = (ClassValue, FunctionValue, Instance, Partial)
"""What such dicts are made of: for anything else nobody asks which."""


def comprehended(ev: "Containers", key: ir.Expr, comp: ir.Comp, element: ir.Expr, frame: Frame) -> tuple[Entry, ...]:
    """The entries of `{made.__name__: made for made in (A, B)}`; none where the turns cannot be told apart."""
    if len(comp.generators) != 1:
        return ()
    loop = comp.generators[0]
    names = dict(_places(loop.target, ()))
    return _entries(ev, key, element, _each(ev, loop.iter, names, frame), loop.ifs)


def of_pairs(ev: "Containers", expr: ir.Expr, frame: Frame) -> tuple[Entry, ...]:
    """The entries of `dict(zip(names, classes))` and of `dict((made.__name__, made) for made in (A, B))`."""
    match expr:
        case ir.Comp(key=None, element=ir.Seq(items=(key, element))):
            return comprehended(ev, key, expr, element, frame)
        case ir.Call(func=ir.Name(id="zip" | "enumerate")):
            names: dict[str, tuple[int, ...]] = {"key": (0,), "value": (1,)}
            return _entries(ev, ir.Name("key", 0), ir.Name("value", 0), _each(ev, expr, names, frame), ())
        case _:
            return ()


def first(ev: "Containers", comp: ir.Comp, frame: Frame) -> Values:
    """What `next(made for made in (A, B) if made.__name__ == name)` can be, of classes and the like."""
    if len(comp.generators) != 1:
        return ()
    loop = comp.generators[0]
    found: Values = ()
    for turn in _each(ev, loop.iter, dict(_places(loop.target, ())), frame):
        tests = [ev.truth(test, turn) for test in loop.ifs]
        if False not in tests:
            found = union(found, ev.eval(comp.element, turn))
            if None not in tests:
                break
    return found


def filled(ev: "Containers", change: Change, frame: Frame) -> tuple[Entry, ...]:
    """The entries that `for made in (A, B): table[made.__name__] = made` puts in."""
    asked = {part.id for part in descendants(change.key) if isinstance(part, ir.Name)} if change.key else set[str]()
    bindings = frame.scope.bindings
    around = [
        over
        for name in asked
        for one in bindings.get(name, ())
        if one.line <= change.line <= one.end and (over := _gone_over(one)) is not None
    ]
    if change.key is None or len({id(over) for over in around}) != 1:
        return ()
    over = around[0]
    names = {name: one.path for name, every in bindings.items() for one in every if _gone_over(one) is over}
    return _entries(ev, change.key, change.values[0], _each(ev, over, names, frame), ())


def _entries(
    ev: "Containers", key: ir.Expr, element: ir.Expr, turns: Collection[Frame], tests: tuple[ir.Expr, ...]
) -> tuple[Entry, ...]:
    entries = []
    for turn in turns:
        if any(ev.truth(test, turn) is False for test in tests):
            continue
        known = ev.key_of(key, turn)
        if known is None or ev.is_open(key, turn):
            return ()
        entries.append((known, Argument(None, None, ev.eval(element, turn))))
    return tuple(entries)


def _each(ev: "Containers", over: ir.Expr, names: dict[str, tuple[int, ...]], frame: Frame) -> list[Frame]:
    """An activation for each turn of a loop, in which its names have what they have in that turn."""
    turns = _turns(ev, over, frame)
    if not names or not 0 < len(turns) <= MOST_TURNS or not any(_is_meant(ev, turn) for turn in turns):
        return []
    params = tuple(ir.Param(name, None, "p") for name in names)
    body = FunctionInfo(frame.module, ir.Lambda(params, over, 0), "<turn>", None, None, None, lambda _: Scope())
    frames = []
    for turn in turns:
        args = {name: Argument(None, None, _at(ev, turn, place)) for name, place in names.items()}
        frames.append(Frame(frame.module, body, frame, args, bound=True, worker=frame.worker, depth=frame.depth))
    return frames


def _turns(ev: "Containers", over: ir.Expr, frame: Frame) -> list[Values]:
    """What a loop has in each of its turns; nothing where that cannot be read."""
    match over:
        case ir.Call(func=ir.Name(id="zip"), args=args, keywords=()):
            return [_row(*row) for row in zip(*(_turns(ev, each, frame) for each in args), strict=False)]
        case ir.Call(func=ir.Name(id="enumerate"), args=(inner,), keywords=()):
            return [_row((Constant(number),), values) for number, values in enumerate(_turns(ev, inner, frame))]
        case ir.Call(func=ir.Attr(name="items", value=table), args=(), keywords=()):
            match ev.eval(table, frame):
                case (Mapping(items=entries, open=False),) if all(key is not None for key, _ in entries):
                    return [_row((Constant(key),), ev.argument(argument)) for key, argument in entries]
        case _:
            match ev.eval(over, frame):
                case (Sequence(items=items, open=False),) if len(items) <= MOST_TURNS:
                    starred = any(isinstance(item.expr, ir.Star) for item in items)
                    return [] if starred else [ev.argument(item) for item in items]
    return []


def _row(*parts: Values) -> Values:
    return (Sequence(tuple(Argument(None, None, values) for values in parts)),)


def _is_meant(ev: "Containers", turn: Values) -> bool:
    parts = [ev.argument(item) for value in turn if isinstance(value, Sequence) for item in value.items]
    return any(isinstance(value, _MEANT) for values in (turn, *parts) for value in values)


def _at(ev: "Containers", turn: Values, place: tuple[int, ...]) -> Values:
    for number in place:
        turn = ev.part(turn, number)
    return turn


def _gone_over(binding: Binding) -> ir.Expr | None:
    """What a loop goes over whose turns bind a name."""
    node = binding.node if binding.iterated else None
    return None if isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo) else node


def _places(target: ir.Expr, place: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The names of a loop's target, with where in a turn they stand."""
    if isinstance(target, ir.Name):
        yield target.id, place
    for number, item in enumerate(target.items if isinstance(target, ir.Seq) else ()):
        yield from _places(item, (*place, number))
