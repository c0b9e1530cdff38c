"""The conditions under which a line of a function is reached, and which of them the object at hand does not fulfil.

The third and fourth rung take every branch that leads to the flagged line. That is right where a test hangs on data
that is not there; where it hangs on how the object was made (`if self.split == "train":`), the object knows.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from miner.verify.inside.forced import bound_names, branches_of
from miner.verify.inside.notes import REPOSITORY, TimeIsUp, time_limit
from miner.verify.inside.sources import Function, last_name
from miner.verify.inside.stub import is_stub

_SECONDS = 0.5
_ASKS = frozenset(
    [
        "all",
        "any",
        "bool",
        "callable",
        "float",
        "getattr",
        "hasattr",
        "int",
        "isinstance",
        "issubclass",
        "len",
        "list",
        "range",
        "str",
        "tuple",
        "type",
    ]
)
_PLAIN_METHODS = frozenset(["endswith", "get", "lower", "startswith", "strip", "upper"])


@dataclass(frozen=True, slots=True)
class Condition:
    """A test and what it must say for the line to be reached; of a loop, what it goes over must not be empty."""

    test: ast.expr
    wanted: bool
    loop: bool = False


def refused(
    function: Function,
    targets: Collection[ast.Call],
    names: Mapping[str, Any],
    path: str,
    guessed: Collection[str] = (),
) -> tuple[str | None, list[ast.Call]]:
    """The test that keeps the first of `targets` from being reached, where each of them is kept from it, else None;
    and those that may be reached. A test of something that should be known, and is not there, keeps from it too.

    `names` are those that the function sees, and those of its parameters whose values are known. Tests of what it
    makes of more than those, or is given otherwise, are not asked; at the places that are `guessed`, only those of
    data.
    """
    fixed = _with_settings(function, names)
    of_data = _bound_in(function) - set(fixed)
    ways = [_to(function, target) or [] for target in targets]
    answers = {(id(one.test), one.wanted) for way in ways for one in way}

    def keeps(one: Condition) -> bool:
        if _refuses(one.test, one.wanted, {**fixed, **_not_yet_bound(function, one.test, names)}):
            return True
        either = (id(one.test), not one.wanted) in answers
        return not either and is_guessed(one.test, path, guessed) and not _reads(one.test) & of_data

    said = [next((_told(one, path) for one in way if keeps(one)), None) for way in ways]
    reached = [target for target, kept in zip(targets, said, strict=True) if kept is None]
    return next(filter(None, said), None) if not reached else None, reached


def guessed_way(scope: ast.AST, target: ast.AST, path: str, guessed: Collection[str]) -> str | None:
    """The first test on the way to a node of a scope whose answer was guessed."""
    conditions = _to(scope, target) or []
    return next((_told(one, path) for one in conditions if is_guessed(one.test, path, guessed)), None)


def told_if_guessed(value: ast.expr, path: str, guessed: Collection[str]) -> str | None:
    """The first `x if test else y` in an expression whose test's answer was guessed."""
    tests = (each.test for each in ast.walk(value) if isinstance(each, ast.IfExp))
    return next((_told(Condition(test, True), path) for test in tests if is_guessed(test, path, guessed)), None)


def is_guessed(test: ast.expr, path: str, guessed: Collection[str]) -> bool:
    """Whether a test's answer was one that stands in for what is not there."""
    lines = range(test.lineno, (test.end_lineno or test.lineno) + 1)
    return any(f"{path}:{line}" in guessed for line in lines)


def parameters(function: Function) -> list[str]:
    """The names of all parameters."""
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [one.arg for one in named if one is not None]


def handed(calls: Sequence[ast.Call], function: Function, names: Mapping[str, Any], *, method: bool) -> dict[str, Any]:
    """The parameters that all of these calls of a function leave at the same plain value, or give it; `names` are those
    that are known where it is called."""
    found = [_plain_values(call, function, names, method=method) for call in calls]
    first = found[0] if found else {}
    return {name: value for name, value in first.items() if all(name in one and one[name] is value for one in found)}


def _plain_values(call: ast.Call, function: Function, names: Mapping[str, Any], *, method: bool) -> dict[str, Any]:
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return {}
    given = function.args
    positional = [one.arg for one in [*given.posonlyargs, *given.args]]
    defaults: dict[str, ast.expr] = dict(zip(positional[::-1], given.defaults[::-1], strict=False))
    defaults |= {one.arg: value for one, value in zip(given.kwonlyargs, given.kw_defaults, strict=True) if value}
    said: dict[str, ast.expr] = dict(zip(positional[1:] if method else positional, call.args, strict=False))
    said |= {one.arg: one.value for one in call.keywords if one.arg is not None}
    plain = {name: node.value for name, node in defaults.items() if isinstance(node, ast.Constant) and name not in said}
    for name, node in said.items():
        if all(_may_be_asked(each, names) for each in _expressions(node)):
            with suppress(Exception, TimeIsUp), time_limit(_SECONDS):
                value = _asked(node, dict(names))
                if value is None or is_stub(value) or isinstance(value, bool | int | float | str):
                    plain[name] = value
    return plain


def asks_object(function: Function, targets: Collection[ast.Call]) -> bool:
    """Whether it hangs on the function's object that one of `targets` is reached."""
    tests = (one.test for target in targets for one in _to(function, target) or [])
    return any(isinstance(part, ast.Name) and part.id == "self" for test in tests for part in ast.walk(test))


def asked_of_object(function: Function, targets: Collection[ast.Call]) -> list[str]:
    """The attributes of a function's object that tests on the way to `targets`, or their calls themselves, read."""
    nodes = [one.test for target in targets for one in _to(function, target) or []]
    nodes += [target.func for target in targets]
    read = (each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Attribute))
    own = (each.attr for each in read if isinstance(each.value, ast.Name) and each.value.id == "self")
    return list(dict.fromkeys(own))


def calls_of(function: Function, name: str) -> list[ast.Call]:
    """The calls in a function whose last name is `name`."""
    return [node for node in ast.walk(function) if isinstance(node, ast.Call) and last_name(node.func) == name]


def calls_at(function: Function, line: int, name: str) -> list[ast.Call]:
    """The calls at a line whose last name is `name`."""
    return [call for call in calls_of(function, name) if call.lineno <= line <= (call.end_lineno or call.lineno)]


def _told(condition: Condition, path: str) -> str:
    says = "not being empty" if condition.loop else "holding" if condition.wanted else "not holding"
    return f"{ast.unparse(condition.test)[:80]} {says} at {path}:{condition.test.lineno}"


def _reads(test: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}


def _with_settings(function: Function, names: Mapping[str, Any]) -> dict[str, Any]:
    """What a function sees that it does not bind, and what it makes of nothing but that: `train = self.phase == 0`."""
    bound = [node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    fixed = {name: value for name, value in names.items() if name not in bound}
    bound += parameters(function)
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if bound.count(name) == 1:
                if name not in fixed and all(_may_be_asked(each, fixed) for each in _expressions(value)):
                    with suppress(Exception, TimeIsUp), time_limit(_SECONDS):
                        fixed[name] = _asked(value, dict(fixed))
            case ast.If():
                _choose(node, bound, fixed)
    return fixed


def _choose(chain: ast.If, bound: Sequence[str], fixed: dict[str, Any]) -> None:
    """Adds what an `if` with its `elif`s binds and nothing else does, where each test on the way says which it is."""
    branches = [one for one in branches_of(chain) if one]
    for name in {one for body in branches for each in body for one in bound_names(each)}:
        given = [(body, each) for body in branches for each in body if name in bound_names(each)]
        if len(given) == bound.count(name) == len(branches):
            chosen = _branch(chain, fixed)
            match [each for body, each in given if body is chosen]:
                case [ast.Assign(targets=[ast.Name()], value=value)]:
                    if all(_may_be_asked(each, fixed) for each in _expressions(value)):
                        with suppress(Exception, TimeIsUp), time_limit(_SECONDS):
                            fixed[name] = _asked(value, dict(fixed))


def _branch(chain: ast.If, names: Mapping[str, Any]) -> list[ast.stmt] | None:
    """The branch of an `if` that its tests say; None where one of them does not tell."""
    value = _value(chain.test, names)
    if value is None or is_stub(value):
        return None
    if value:
        return chain.body
    match chain.orelse:
        case [ast.If() as following]:
            return _branch(following, names)
        case _:
            return chain.orelse


def _not_yet_bound(function: Function, test: ast.expr, names: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that a function binds anew, but not before a test."""
    first: dict[str, int] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            first[node.id] = min(node.lineno, first.get(node.id, node.lineno))
    return {name: names[name] for name in parameters(function) if name in names and first.get(name, 0) > test.lineno}


def _bound_in(function: Function) -> set[str]:
    """What a function binds in its body."""
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _to(node: ast.AST, target: ast.AST) -> list[Condition] | None:
    """The conditions on the way from a node to one within it; None where it is not within."""
    if node is target:
        return []
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for number, child in enumerate(children):
            if isinstance(child, ast.AST):
                below = _to(child, target)
                if below is not None:
                    return [*_at(node, name, children, number), *below]
    return None


def _at(node: ast.AST, name: str, children: Sequence[Any], number: int) -> Iterator[Condition]:
    """The conditions under which a node comes to one of its children."""
    match node:
        case ast.If() | ast.IfExp() if name in {"body", "orelse"}:
            yield Condition(node.test, name == "body")
        case ast.While() if name == "body":
            yield Condition(node.test, True)
        case ast.For() if name == "body":
            yield Condition(node.iter, True, loop=True)
        case ast.BoolOp():
            yield from (Condition(value, isinstance(node.op, ast.And)) for value in children[:number])
    if name in {"body", "orelse", "finalbody"}:
        for before in children[:number]:
            if isinstance(before, ast.If):
                if _leaves(before.body):
                    yield Condition(before.test, False)
                elif before.orelse and _leaves(before.orelse):
                    yield Condition(before.test, True)


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether what follows a block is never reached after it."""
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break)


def _refuses(test: ast.expr, wanted: bool, names: Mapping[str, Any]) -> bool:
    """Whether a test says otherwise than `wanted`, or hangs on something that is made and not there."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return _refuses(test.operand, not wanted, names)
        case ast.BoolOp():
            one_is_enough = isinstance(test.op, ast.And) == wanted
            each = (_refuses(value, wanted, names) for value in test.values)
            return any(each) if one_is_enough else all(each)
        case ast.Compare(ops=[ast.Lt() | ast.LtE()], left=left, comparators=[right]) if _is_chance(left):
            return wanted and _is_none_of_it(right, names)
        case ast.Compare(ops=[ast.Gt() | ast.GtE()], left=left, comparators=[right]) if _is_chance(right):
            return wanted and _is_none_of_it(left, names)
        case _:
            value = _value(test, names)
            return value is not None and (is_stub(value) or bool(value) != wanted)


def _is_chance(node: ast.expr) -> bool:
    """`random.random()`, `np.random.rand()`: a number between 0 and 1."""
    name = last_name(node.func) if isinstance(node, ast.Call) and not node.args and not node.keywords else None
    return name in {"rand", "random", "random_sample", "uniform"}


def _is_none_of_it(node: ast.expr, names: Mapping[str, Any]) -> bool:
    """Whether a probability is nothing, or is not there: `self.mixup`, where it is 0."""
    compared = ast.Compare(node, [ast.LtE()], [ast.Constant(0)])
    value = _value(ast.fix_missing_locations(ast.copy_location(compared, node)), names)
    return value is True or is_stub(value)


def _value(test: ast.expr, names: Mapping[str, Any]) -> Any:
    """What a test says that hangs on nothing but `names`; a stub where something of it is one, None where it hangs on
    more."""
    parts = _expressions(test)
    if not all(_may_be_asked(node, names) for node in parts):
        return None
    seen = dict(names)
    try:
        with time_limit(_SECONDS):
            if not _is_of_none(test):
                reads = (node for node in parts if isinstance(node, ast.Name | ast.Attribute | ast.Subscript))
                stub = next((value for value in (_asked(node, seen) for node in reads) if is_stub(value)), None)
                if stub is not None:
                    return stub
            return bool(_asked(test, seen))
    except (Exception, TimeIsUp):  # noqa: BLE001 - of a stranger's
        return None


def _expressions(node: ast.expr) -> list[ast.expr]:
    return [each for each in ast.walk(node) if isinstance(each, ast.expr)]


def _is_of_none(test: ast.expr) -> bool:
    """`x is None`, `x is not None`: what stands in for something is not None either."""
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is | ast.IsNot)


def _may_be_asked(node: ast.expr, names: Mapping[str, Any]) -> bool:
    match node:
        case ast.Name():
            return node.id in names or node.id in _ASKS
        case ast.Call(func=ast.Name()):
            return node.func.id in _ASKS  # type: ignore[attr-defined]
        case ast.Call(func=ast.Attribute()):
            return node.func.attr in _PLAIN_METHODS  # type: ignore[attr-defined]
        case ast.Attribute() | ast.Subscript() | ast.Constant() | ast.Compare() | ast.BoolOp() | ast.UnaryOp():
            return True
        case _:
            return isinstance(node, ast.Tuple | ast.List | ast.Set | ast.BinOp)


def _asked(node: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), REPOSITORY, "eval"), names)  # noqa: S307
