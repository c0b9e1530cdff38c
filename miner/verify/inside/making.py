"""Where the repository makes what a worker goes by, and whether a guess led there."""

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from miner.verify.inside.conditions import guessed_way, told_if_guessed
from miner.verify.inside.notes import REPOSITORY
from miner.verify.inside.sources import Function, Sources


@dataclass(frozen=True, slots=True)
class Made:
    """One place that makes something: the scope around it, the statement or the call, and what it makes it of."""

    path: str
    around: ast.Module | Function | None
    node: ast.expr | ast.stmt
    value: ast.expr

    def guess(self, guessed: Collection[str]) -> str | None:
        """The first test on the way there whose answer was guessed."""
        way = guessed_way(self.around, self.node, self.path, guessed) if self.around is not None else None
        return way or told_if_guessed(self.value, self.path, guessed)


def assignments(sources: Sources, cls: type, attribute: str) -> list[Made]:
    """Where a class of the repository, or one that it inherits from, gives its objects an attribute: None, False and
    the like left out, of which nothing is called."""
    return [
        Made(path, method, node, value)
        for path, method in _methods(sources, cls)
        for node in ast.walk(method)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target, value in _given(node)
        if isinstance(target, ast.Attribute) and target.attr == attribute
        if isinstance(target.value, ast.Name) and target.value.id == "self"
        if not isinstance(value, ast.Constant) or value.value
    ]


def _given(node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[ast.expr, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            each = (one.elts if isinstance(one, ast.Tuple | ast.List) else [one] for one in targets)
            yield from ((target, value) for several in each for target in several)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value


def _methods(sources: Sources, cls: type) -> Iterator[tuple[str, ast.FunctionDef]]:
    for base in cls.__mro__:
        file = str(getattr(sys.modules.get(base.__module__), "__file__", None) or "")
        path = file.removeprefix(REPOSITORY)
        tree = sources.tree(path) if file.startswith(REPOSITORY) else None
        for node in tree.body if tree is not None else []:
            if isinstance(node, ast.ClassDef) and node.name == base.__name__:
                yield from ((path, each) for each in node.body if isinstance(each, ast.FunctionDef))
