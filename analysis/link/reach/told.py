"""What a branch tells of an object: seeds and draws that run under the same test run together or not at all."""

from collections.abc import Mapping
from typing import TypeAlias

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.sources import Seeded
from analysis.link.values import Frame, Instance

Told: TypeAlias = frozenset[tuple[str, bool]]
"""Spelled tests, each with the answer that it has."""
Under: TypeAlias = Mapping[Told, Seeded]
"""Seeds of the global state, by what must hold for them to have run."""

_NOTHING: Told = frozenset()
_TURNED = {"is not": "is", "!=": "=="}


def told_by(ev: Evaluator, test: ir.Expr, way: bool, frame: Frame) -> tuple[Told, bool]:
    """What holds in the branch that a test's answer leads to, and whether that says all of the answer."""
    match test:
        case ir.UnaryOp(op="not"):
            return told_by(ev, test.value, not way, frame)
        case ir.BoolOp() if (test.op == "and") is way:
            parts = [told_by(ev, item, way, frame) for item in test.items]
            return frozenset().union(*(told for told, _ in parts)), all(whole for _, whole in parts)
        case ir.Compare(ops=(op,), rights=(ir.Const(value=bound, known=True),)):
            said = _spelled(ev, test.left, frame)
            asked, answer = f"{said} {_TURNED.get(op, op)} {bound!r}", way is (op not in _TURNED)
        case _:
            asked = said = _spelled(ev, test, frame)
            answer = way
    return (frozenset({(asked, answer)}), True) if said else (_NOTHING, False)


def seeded_where(under: Under, holds: Told) -> Seeded | None:
    """The seed that has run wherever all of this holds."""
    return next((seeded for asked, seeded in under.items() if asked <= holds), None)


def _spelled(ev: Evaluator, expr: ir.Expr, frame: Frame) -> str:
    """The one name of what does not change while a worker runs: an attribute of its object, what a call was handed.

    An empty text for anything else.
    """
    function, this = frame.function, frame.self_value
    if function is None or not function.params:
        return ""
    match expr:
        case ir.Attr(value=ir.Name(id=name)) if isinstance(this, Instance) and name == function.params[0].name:
            classes = ev.mro(this.cls)
            set_by = {method.name for cls in classes for method, _ in ev.assignments(cls, expr.name)}
            return f"{id(this.cls)}.{expr.name}" if set_by == {"__init__"} else ""
        case ir.Name(id=name) if name in function.param_names and name not in function.scope.bindings:
            return f"{id(function)}:{name}"
        case _:
            return ""
