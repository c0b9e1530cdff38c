"""`match` as the ladder of tests that it is."""

import ast
from collections.abc import Callable
from typing import TypeAlias

from analysis.facts import ir
from analysis.facts.lower.expressions import expression
from analysis.facts.lower.limits import MOST_COPIED, check_branches
from analysis.facts.lower.seen import LINES, Seen

EMPTY = ir.Block((), 0, 0)
_Block: TypeAlias = Callable[[Seen, list[ast.stmt]], ir.Block]


def lower_match(seen: Seen, node: ast.Match, block: _Block) -> tuple[ir.Stmt, ...]:
    """What a `match` becomes. Raises RecursionError for one of too many cases."""
    check_branches(node.cases)
    subject = expression(seen, node.subject)
    first: tuple[ir.Stmt, ...] = ()
    if _copied(node) > MOST_COPIED:
        first = (ir.Do(subject, LINES[node.lineno]),)
        subject = ir.Const(None, False)
    cases = list(node.cases)
    orelse = EMPTY
    if _always(cases[-1]):
        orelse = _case(seen, cases.pop(), subject, block)
    for case in reversed(cases):
        line = LINES[case.pattern.lineno]
        test = _pattern(seen, case.pattern, subject)
        if case.guard is not None:
            test = ir.BoolOp("and", (test, expression(seen, case.guard)))
        body = _case(seen, case, subject, block)
        built = ir.If(test, body, orelse, line)
        orelse = ir.Block((built,), line, max(body.end, orelse.end))
    return (*first, *orelse.body)


def _copied(node: ast.Match) -> int:
    """How many nodes the tests take of the subject, each of them all."""
    tests = sum(isinstance(part, ast.pattern) for case in node.cases for part in ast.walk(case.pattern))
    return tests * sum(isinstance(part, ast.expr) for part in ast.walk(node.subject))


def _always(case: ast.match_case) -> bool:
    """Whether a case takes what no other one took: `case _:`, `case other:`."""
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _case(seen: Seen, case: ast.match_case, subject: ir.Expr, block: _Block) -> ir.Block:
    """What a case runs; first it binds what its pattern names, the whole of the subject or parts that are left open."""
    body = block(seen, case.body)
    line = LINES[case.pattern.lineno]
    bound: list[ir.Stmt] = []
    for part in ast.walk(case.pattern):
        name = part.rest if isinstance(part, ast.MatchMapping) else getattr(part, "name", None)
        if isinstance(name, str):
            value = subject if part is case.pattern else ir.Const(None, False)
            bound.append(ir.Assign((ir.Name(name, line),), value, line))
            seen.words[name] = None
    return ir.Block((*bound, *body.body), line if bound else body.start, body.end)


def _pattern(seen: Seen, pattern: ast.pattern, subject: ir.Expr) -> ir.Expr:
    """The test that a pattern is: of a value, of one of several, or one that nobody can decide."""
    match pattern:
        case ast.MatchValue():
            return ir.Compare(subject, ("==",), (expression(seen, pattern.value),))
        case ast.MatchSingleton():
            return ir.Compare(subject, ("is",), (ir.Const(pattern.value),))
        case ast.MatchOr():
            return ir.BoolOp("or", tuple([_pattern(seen, each, subject) for each in pattern.patterns]))
        case _:
            return ir.Other((subject,))
