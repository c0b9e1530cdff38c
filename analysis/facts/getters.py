"""What `operator` makes of names, as functions: `methodcaller("rand", 3)` is `lambda it: it.rand(3)`."""

import ast
from collections.abc import Callable, Sequence

_HOLDER = "<holder>"
"""No name that code could have."""


def as_lambda(call: ast.Call) -> ast.Lambda | None:
    """The function that such a call makes; None where the names are not told in the code."""
    function = call.func
    make = GETTERS[function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")]
    body = make(call) if call.args else None
    if body is None:
        return None
    arguments = ast.arguments([], [ast.arg(_HOLDER)], None, [], [], None, [])
    return ast.fix_missing_locations(ast.copy_location(ast.Lambda(arguments, body), call))


def _calls_method(call: ast.Call) -> ast.expr | None:
    method = _told(call.args[0])
    if not isinstance(method, str) or not method.isidentifier():
        return None
    return ast.Call(_attribute(method), call.args[1:], call.keywords)


def _gets_items(call: ast.Call) -> ast.expr | None:
    keys = [ast.Subscript(_holder(), key, ast.Load()) for key in call.args if _told(key) is not None]
    return _together(call, keys)


def _gets_attributes(call: ast.Call) -> ast.expr | None:
    names = [name for each in call.args if isinstance(name := _told(each), str)]
    return _together(call, [_attribute(name) for name in names if name.replace(".", "").isidentifier()])


def _together(call: ast.Call, got: Sequence[ast.expr]) -> ast.expr | None:
    """What is got for all of a call's arguments: one as it is, more as a tuple."""
    if len(got) < len(call.args):
        return None
    return got[0] if len(got) == 1 else ast.Tuple(list(got), ast.Load())


def _told(argument: ast.expr) -> object:
    return argument.value if isinstance(argument, ast.Constant) else None


def _holder() -> ast.expr:
    return ast.Name(_HOLDER, ast.Load())


def _attribute(dotted: str) -> ast.expr:
    found = _holder()
    for name in dotted.split("."):
        found = ast.Attribute(found, name, ast.Load())
    return found


GETTERS: dict[str, Callable[[ast.Call], ast.expr | None]] = {
    "methodcaller": _calls_method,
    "itemgetter": _gets_items,
    "attrgetter": _gets_attributes,
}
