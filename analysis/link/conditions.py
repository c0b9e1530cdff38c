"""Under which tests a line runs."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import TypeAlias

from analysis.facts import ir

Test: TypeAlias = tuple[ir.Expr, bool]
"""A condition and the answer under which a line runs."""


def tests_around(body: ir.Block, line: int) -> list[Test]:
    """The tests of the `if`s around a line, outermost first; what follows `if c: return` runs under `not c`."""
    found: list[Test] = []
    block: ir.Block | None = body
    while block is not None:
        begun = block.body[: bisect_right(block.body, line, key=_line)]
        for statement in begun:
            if type(statement) is ir.If and _leaves(statement.body) and _end(statement) < line:
                found.append((statement.test, False))
        # Statements stand in the order of their lines: whatever holds this one is the last that has begun.
        block = _around(begun[-1], line, found) if begun else None
    return found


def _around(statement: ir.Stmt, line: int, found: list[Test]) -> ir.Block | None:
    """The block of a statement that holds a line; the test that it is under goes to those that were found."""
    if not isinstance(statement, ir.If):
        return next((block for block in blocks(statement) if _holds(block, line)), None)
    for block, way in ((statement.body, True), (statement.orelse, False)):
        if _holds(block, line):
            found.append((statement.test, way))
            return block
    return None


def _line(statement: ir.Stmt) -> int:
    return statement.line


def asked_for(test: ir.Expr) -> tuple[ir.Expr, bool] | None:
    """What a test asks whether it is given, and the answer that it has then: `x is not None`, `not x is None`."""
    way = True
    while isinstance(test, ir.UnaryOp) and test.op == "not":
        test, way = test.value, not way
    match test:
        case ir.Compare(left=asked, ops=("is not" | "!=",), rights=(ir.Const(value=None, known=True),)):
            return asked, way
        case ir.Compare(left=asked, ops=("is" | "==",), rights=(ir.Const(value=None, known=True),)):
            return asked, not way
        case _:
            return None


def blocks(statement: ir.Stmt) -> Iterator[ir.Block]:
    """The blocks of a statement, but for those of an `if`."""
    match statement:
        case ir.For() | ir.While():
            yield from (statement.body, statement.orelse)
        case ir.With() | ir.FunctionDef() | ir.ClassDef():
            yield statement.body
        case ir.Try():
            yield from (statement.body, *statement.handlers, statement.orelse, statement.final)
        case _:
            return


def _holds(block: ir.Block, line: int) -> bool:
    return bool(block.body) and block.start <= line <= block.end


def _end(statement: ir.If) -> int:
    return max(statement.line, statement.body.end, statement.orelse.end)


def _leaves(block: ir.Block) -> bool:
    return bool(block.body) and isinstance(block.body[-1], ir.Return | ir.Stop)
