"""Forms of code: whether two expressions say the same, and which tests exclude each other."""

from collections.abc import Sequence

from analysis.facts import ir
from analysis.link.conditions import Test
from analysis.link.scopes import dotted_name

_DEEPEST = 40


def same(a: ir.Node | None, b: ir.Node | None) -> bool:
    """Whether two expressions are written alike, wherever they stand."""
    return form(a) == form(b)


def form(node: object, depth: int = 0) -> object:
    """An expression without its lines, as nested tuples that compare by what they say.

    What nests deeper than anybody writes is like nothing but itself.
    """
    if isinstance(node, list):
        return tuple(form(item, depth) for item in node)
    if not isinstance(node, ir.Node):
        return node
    if depth > _DEEPEST:
        return id(node)
    fields = [name for name in node.__struct_fields__ if name != "line"]
    return (type(node).__name__, *(form(getattr(node, name), depth + 1) for name in fields))


def exclude(these: Sequence[Test], those: Sequence[Test]) -> bool:
    """Whether two lines cannot both run, by the tests around them."""
    return any(
        (way != other_way and same(test, other)) or (way == other_way and _opposite(test, other))
        for test, way in these
        for other, other_way in those
    )


_OPPOSITES = {"==": "!=", "is": "is not", "in": "not in", "<": ">=", ">": "<="}


def _opposite(a: ir.Expr, b: ir.Expr) -> bool:
    if isinstance(a, ir.UnaryOp) and a.op == "not":
        return same(a.value, b)
    if isinstance(b, ir.UnaryOp) and b.op == "not":
        return same(b.value, a)
    if isinstance(a, ir.Compare) and isinstance(b, ir.Compare) and len(a.ops) == len(b.ops) == 1:
        one, two = a.ops[0], b.ops[0]
        if not (same(a.left, b.left)):
            return False
        if same(a.rights[0], b.rights[0]):
            return _OPPOSITES.get(one) == two or _OPPOSITES.get(two) == one
        # `mode == "train"` and `mode == "test"`.
        return one == two == "==" and isinstance(a.rights[0], ir.Const) and isinstance(b.rights[0], ir.Const)
    return False


def argument(call: ir.Call, names: Sequence[str], position: int | None) -> ir.Expr | None:
    """The argument that is passed by one of the names, or at a position."""
    for keyword in call.keywords:
        if keyword.name in names:
            return keyword.value
    if position is not None and position < len(call.args) and not any(isinstance(a, ir.Star) for a in call.args):
        return call.args[position]
    return None


def passes_on(call: ir.Call) -> bool:
    """Whether a call has `*` or `**`: what else it passes cannot be seen."""
    return any(k.name is None for k in call.keywords) or any(isinstance(a, ir.Star) for a in call.args)


def is_true(expr: ir.Node | None) -> bool:
    return isinstance(expr, ir.Const) and expr.value is True


def is_false(expr: ir.Node | None) -> bool:
    return isinstance(expr, ir.Const) and expr.value in (False, 0) and expr.value is not None


def is_none(expr: ir.Node | None) -> bool:
    return isinstance(expr, ir.Const) and expr.known and expr.value is None


def holder(call: ir.Call) -> str:
    """`a.b` of `a.b.method(...)`."""
    return dotted_name(call.func.value) if isinstance(call.func, ir.Attr) else ""
