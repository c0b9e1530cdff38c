"""Statements and blocks of CPython's syntax tree as those of the facts' tree."""

import ast
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from analysis.facts import ir
from analysis.facts.lower.cases import EMPTY, lower_match
from analysis.facts.lower.expressions import expression, expressions, keywords, optional, parameters
from analysis.facts.lower.limits import check_branches
from analysis.facts.lower.operators import OPERATORS
from analysis.facts.lower.seen import LINES, Seen

_LEAVING = frozenset({ast.Return, ast.Raise, ast.Continue, ast.Break})


def block(seen: Seen, body: list[ast.stmt]) -> ir.Block:
    """What a block becomes. Raises RecursionError for one that is nested too deeply."""
    if not body:
        return EMPTY
    return ir.Block(_statements(seen, body), LINES[body[0].lineno], LINES[body[-1].end_lineno or body[-1].lineno])


def _statements(seen: Seen, body: list[ast.stmt]) -> tuple[ir.Stmt, ...]:
    out: list[ir.Stmt] = []
    for place, statement in enumerate(body, 1):
        kind = type(statement)
        lowering = _STATEMENTS.get(kind)
        if lowering is not None:
            lowering(seen, statement, out)
        if kind in _LEAVING and place < len(body) and _leaves(seen, kind):
            _see_yields(seen, body[place:])
            break
    return tuple(out)


def _leaves(seen: Seen, kind: type[ast.stmt]) -> bool:
    """Whether nothing behind such a statement ever runs: a cell of a notebook that raises does not end the notebook.

    Where lines are missing, what stands behind it may have had a header of its own.
    """
    return seen.whole and (kind is not ast.Raise or seen.depth > 0)


def _see_yields(seen: Seen, dead: list[ast.stmt]) -> None:
    """A `yield` makes its function a generator wherever it stands: `raise NotImplementedError; yield`."""
    pending: list[ast.AST] = [*dead]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            seen.yielding[-1] = True
        elif not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending += ast.iter_child_nodes(part)


# Statements: each appends what it becomes to `out`.


def _assign(seen: Seen, node: ast.Assign, out: list[ir.Stmt]) -> None:
    out.append(ir.Assign(expressions(seen, node.targets), expression(seen, node.value), LINES[node.lineno]))


def _annotated(seen: Seen, node: ast.AnnAssign, out: list[ir.Stmt]) -> None:
    # A bare annotation binds nothing, but a dataclass field without default is one.
    value = ir.Const(None, False) if node.value is None else expression(seen, node.value)
    out.append(
        ir.Assign((expression(seen, node.target),), value, LINES[node.lineno], expression(seen, node.annotation))
    )


def _augmented(seen: Seen, node: ast.AugAssign, out: list[ir.Stmt]) -> None:
    out.append(
        ir.AugAssign(
            expression(seen, node.target), OPERATORS[type(node.op)], expression(seen, node.value), LINES[node.lineno]
        )
    )


def _for(seen: Seen, node: ast.For | ast.AsyncFor, out: list[ir.Stmt]) -> None:
    seen.loops = True
    out.append(
        ir.For(
            expression(seen, node.target),
            expression(seen, node.iter),
            block(seen, node.body),
            block(seen, node.orelse),
            LINES[node.lineno],
        )
    )


def _while(seen: Seen, node: ast.While, out: list[ir.Stmt]) -> None:
    seen.loops = True
    out.append(
        ir.While(expression(seen, node.test), block(seen, node.body), block(seen, node.orelse), LINES[node.lineno])
    )


def _if(seen: Seen, node: ast.If, out: list[ir.Stmt]) -> None:
    # A ladder of thousands of `elif` would exhaust the stack: unrolled, then built from the end.
    ladder: list[ast.If] = [node]
    while len(ladder[-1].orelse) == 1 and isinstance(ladder[-1].orelse[0], ast.If):
        ladder.append(ladder[-1].orelse[0])
    check_branches(ladder)
    orelse = block(seen, ladder[-1].orelse)
    for step in reversed(ladder):
        built = ir.If(expression(seen, step.test), block(seen, step.body), orelse, LINES[step.lineno])
        orelse = ir.Block((built,), LINES[step.lineno], LINES[step.end_lineno or step.lineno])
    out.extend(orelse.body)


def _with(seen: Seen, node: ast.With | ast.AsyncWith, out: list[ir.Stmt]) -> None:
    items = tuple(
        [ir.WithItem(expression(seen, item.context_expr), optional(seen, item.optional_vars)) for item in node.items]
    )
    out.append(ir.With(items, block(seen, node.body), LINES[node.lineno]))


def _try(seen: Seen, node: ast.Try | ast.TryStar, out: list[ir.Stmt]) -> None:
    handlers = tuple([block(seen, handler.body) for handler in node.handlers])
    out.append(
        ir.Try(
            block(seen, node.body), handlers, block(seen, node.orelse), block(seen, node.finalbody), LINES[node.lineno]
        )
    )


def _return(seen: Seen, node: ast.Return, out: list[ir.Stmt]) -> None:
    out.append(ir.Return(optional(seen, node.value), LINES[node.lineno]))


def _do(seen: Seen, node: ast.Expr, out: list[ir.Stmt]) -> None:
    if not isinstance(node.value, ast.Constant):
        out.append(ir.Do(expression(seen, node.value), LINES[node.lineno]))


def _assert(seen: Seen, node: ast.Assert, out: list[ir.Stmt]) -> None:
    out.append(ir.Do(expression(seen, node.test), LINES[node.lineno]))


def _delete(seen: Seen, node: ast.Delete, out: list[ir.Stmt]) -> None:
    out.append(ir.Do(ir.Other(expressions(seen, node.targets)), LINES[node.lineno]))


def _import(seen: Seen, node: ast.Import, out: list[ir.Stmt]) -> None:
    for alias in node.names:
        seen.words[alias.name] = None
        out.append(ir.Import(alias.name, alias.asname, LINES[node.lineno]))


def _import_from(seen: Seen, node: ast.ImportFrom, out: list[ir.Stmt]) -> None:
    module = node.module or ""
    for alias in node.names:
        seen.words[alias.name] = None
        out.append(ir.ImportFrom(module, node.level, alias.name, alias.asname, LINES[node.lineno]))


def _function(seen: Seen, node: ast.FunctionDef | ast.AsyncFunctionDef, out: list[ir.Stmt]) -> None:
    seen.yielding.append(False)
    body = _body(seen, node.body)
    generator = seen.yielding.pop()
    out.append(
        ir.FunctionDef(
            node.name,
            parameters(seen, node.args),
            body,
            expressions(seen, node.decorator_list),
            optional(seen, node.returns),
            generator,
            LINES[node.lineno],
        )
    )


def _body(seen: Seen, statements: list[ast.stmt]) -> ir.Body:
    """A function's block; that of an outermost function is encoded."""
    outermost = seen.depth == 0
    if outermost:
        seen.words, seen.nested, seen.loops = {}, False, False
    else:
        seen.nested = True
    seen.depth += 1
    lowered = _statements(seen, statements)
    seen.depth -= 1
    start, end = LINES[statements[0].lineno], LINES[statements[-1].end_lineno or statements[-1].lineno]
    if not outermost:
        return ir.Body(lowered, start, end, "", True, True)
    body = ir.Body(lowered, start, end, f" {' '.join(seen.words)} ", seen.nested, seen.loops)
    with suppress(RecursionError):
        body.encode()
    return body


def _class(seen: Seen, node: ast.ClassDef, out: list[ir.Stmt]) -> None:
    seen.nested = True
    out.append(
        ir.ClassDef(
            node.name,
            expressions(seen, node.bases),
            keywords(seen, node.keywords),
            block(seen, node.body),
            expressions(seen, node.decorator_list),
            LINES[node.lineno],
        )
    )


def _declare(seen: Seen, node: ast.Global | ast.Nonlocal, out: list[ir.Stmt]) -> None:
    seen.nested = True
    out.append(ir.Declare(tuple(node.names), LINES[node.lineno]))


def _raise(seen: Seen, node: ast.Raise, out: list[ir.Stmt]) -> None:
    out.append(ir.Stop("raise", optional(seen, node.exc), LINES[node.lineno]))


def _break(seen: Seen, node: ast.Break, out: list[ir.Stmt]) -> None:
    out.append(ir.Stop("break", None, LINES[node.lineno]))


def _continue(seen: Seen, node: ast.Continue, out: list[ir.Stmt]) -> None:
    out.append(ir.Stop("continue", None, LINES[node.lineno]))


def _match(seen: Seen, node: ast.Match, out: list[ir.Stmt]) -> None:
    out.extend(lower_match(seen, node, block))


_STATEMENTS: dict[type[ast.stmt], Callable[[Seen, Any, list[ir.Stmt]], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Return: _return,
    ast.Expr: _do,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Global: _declare,
    ast.Nonlocal: _declare,
    ast.Raise: _raise,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Match: _match,
}
