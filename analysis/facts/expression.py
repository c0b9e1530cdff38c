"""A text of code, as `eval` takes it, as an expression."""

import ast

from analysis.facts import ir
from analysis.facts.lower import lower_expression
from analysis.facts.quiet import without_warnings


def read_expression(text: str, line: int) -> ir.Expr | None:
    """The expression as if it stood at a line of the file; None for what is none, or is nested too deeply."""
    try:
        with without_warnings():
            tree = ast.parse(text.strip(), mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.expr | ast.keyword | ast.arg):
                node.lineno = node.end_lineno = line
        return lower_expression(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
