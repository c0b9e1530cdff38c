"""CPython's syntax tree to the facts' tree."""

import ast

from analysis.facts import ir
from analysis.facts.lower.expressions import expression
from analysis.facts.lower.seen import Seen
from analysis.facts.lower.statements import block

__all__ = ["lower_expression", "lower_module"]


def lower_module(tree: ast.Module, *, whole: bool = True) -> ir.Block:
    """The whole file as one block. Of one that is not `whole` the headers of blocks may be missing.

    Raises RecursionError for a file that is nested too deeply.
    """
    return block(Seen(whole=whole), tree.body)


def lower_expression(tree: ast.Expression) -> ir.Expr:
    """What a text of code that is evaluated holds. Raises RecursionError as `lower_module` does."""
    return expression(Seen(), tree.body)
