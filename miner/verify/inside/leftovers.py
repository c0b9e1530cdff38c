"""What code of the repository that failed had made by then: of a function what it would have returned, of a
constructor its object."""

import ast
import builtins
import inspect
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any

from miner.verify.inside.forced import all_of
from miner.verify.inside.notes import REPOSITORY
from miner.verify.inside.stub import Stub

FunctionOf = Callable[[CodeType], ast.FunctionDef | None]
Run = Callable[[ast.stmt, str, dict[str, Any]], None]


def had_made(error: BaseException, statement: ast.stmt, path: str, function_of: FunctionOf) -> dict[str, Any]:
    """For `a, b = made(...)` that failed in the repository's `made`, what it had made of what it returns by then."""
    match statement:
        case ast.Assign(targets=[target], value=ast.Call()):
            pass
        case _:
            return {}
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != REPOSITORY + path:
        trace = trace.tb_next
    inner = trace.tb_next if trace is not None else None
    function = function_of(inner.tb_frame.f_code) if inner is not None else None
    if inner is None or function is None:
        return {}
    returns = [node for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    values = _elements(max(returns, key=lambda node: node.lineno).value) if returns else []
    targets = _elements(target)
    if len(values) != len(targets):
        return {}
    made = inner.tb_frame.f_locals
    return {
        one.id: made[value.id]
        for one, value in zip(targets, values, strict=True)
        if isinstance(one, ast.Name) and isinstance(value, ast.Name) and value.id in made
    }


def _elements(node: ast.expr | None) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List) else [node] if node is not None else []


def half_made(error: BaseException, cls: type, function_of: FunctionOf, run: Run) -> Any:
    """The object of a class whose constructor failed, once what stands there after that was `run` too, statement by
    statement; None where it was not one of the class's own constructors that failed."""
    frames = list(_constructors(error, cls))
    for frame, line in reversed(frames):
        made = frame.f_locals[frame.f_code.co_varnames[0]]
        owners = (one for one in cls.__mro__ if _code(one.__dict__.get("__init__")) is frame.f_code)
        owner, function = next(owners, None), function_of(frame.f_code)
        if owner is None or function is None:
            continue
        names = {**frame.f_globals, **frame.f_locals}
        names["super"] = lambda *given, of=(owner, made): builtins.super(*(given or of))
        for statement in all_of(list(_after(function.body, line))):
            run(statement, frame.f_code.co_filename.removeprefix(REPOSITORY), names)
    return frames[0][0].f_locals[frames[0][0].f_code.co_varnames[0]] if frames else None


def with_stubs(cls: type, positional: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments for a class, with stubs for those that it needs and is not given, and without those that it does
    not take."""
    try:
        parameters = list(inspect.signature(cls).parameters.values())
    except (TypeError, ValueError):
        return positional, named
    kinds = {one.kind for one in parameters}
    by_place = [one for one in parameters if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}]
    if inspect.Parameter.VAR_POSITIONAL not in kinds:
        positional = positional[: len(by_place)]
    taken = {one.name for one in by_place[: len(positional)]}
    open_ = inspect.Parameter.VAR_KEYWORD in kinds
    known = {one.name for one in parameters if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}} - taken
    named = {name: value for name, value in named.items() if name not in taken and (open_ or name in known)}
    for one in parameters:
        if one.default is one.empty and one.name in known and one.name not in named:
            named[one.name] = Stub(one.name)
    return positional, named


def _constructors(error: BaseException, cls: type) -> Iterator[tuple[FrameType, int]]:
    """The constructors of one object of a class that were under way, outermost first, each with the line that it was
    at."""
    made, trace = None, error.__traceback__
    while trace is not None:
        code, values = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_name == "__init__" and code.co_argcount and code.co_filename.startswith(REPOSITORY):
            own = values.get(code.co_varnames[0])
            if own is made if made is not None else type(own) is cls:
                made = own
                yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _code(function: Any) -> CodeType | None:
    return getattr(function, "__code__", None)


def _after(body: Sequence[ast.stmt], line: int) -> Iterator[ast.stmt]:
    """The statements of a body after a line, first those of the blocks around it."""
    for statement in body:
        if statement.lineno > line:
            yield statement
        elif (statement.end_lineno or statement.lineno) > line:
            for name in ("body", "orelse", "finalbody"):
                block = getattr(statement, name, None)
                if isinstance(block, list) and block and block[0].lineno <= line <= (block[-1].end_lineno or line):
                    yield from _after(block, line)
