"""Programs written another way that do the same; each rewriting gives None where it has nothing to change."""

import ast
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

_LOADER = "DataLoader"
_DATA = "torch.utils.data"


def _is_loader(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == _LOADER


def handed_by_dict(source: str) -> str | None:
    """`DataLoader(data, num_workers=2)` as `DataLoader(data, **{"num_workers": 2})`."""
    tree = ast.parse(source)
    changed = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_loader(node) and node.keywords and all(k.arg for k in node.keywords):
            if any(isinstance(keyword.value, ast.Lambda) for keyword in node.keywords):
                continue
            keys: list[ast.expr | None] = [ast.Constant(keyword.arg) for keyword in node.keywords]
            node.keywords = [ast.keyword(None, ast.Dict(keys, [keyword.value for keyword in node.keywords]))]
            changed = True
    return ast.unparse(ast.fix_missing_locations(tree)) if changed else None


class _ThroughModule(ast.NodeTransformer):
    """`from torch.utils.data import DataLoader` as `import torch.utils.data as loading`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        if node.module != _DATA:
            return node
        self.names |= {alias.asname or alias.name: alias.name for alias in node.names}
        return ast.Import([ast.alias(_DATA, "loading")])

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        return ast.Attribute(ast.Name("loading", ast.Load()), self.names[node.id], ast.Load())


def imported_as_module(source: str) -> str | None:
    """With torch's names taken from the module where they are used."""
    through = _ThroughModule()
    tree = through.visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree)) if through.names else None


class _NamedFirst(ast.NodeTransformer):
    """`loader = DataLoader(Set())` as `first = Set()` and `loader = DataLoader(first)`."""

    def __init__(self) -> None:
        self.count = 0

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                setattr(node, field, [each for statement in block for each in self._parted(statement)])
        return node

    def _parted(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.Expr | ast.Assign | ast.Return):
            call = statement.value
            if isinstance(call, ast.Call) and _is_loader(call) and call.args:
                self.count += 1
                name = f"first{self.count}"
                made = ast.Assign([ast.Name(name, ast.Store())], call.args[0])
                call.args[0] = ast.Name(name, ast.Load())
                return [made, statement]
        return [statement]


def with_names(source: str) -> str | None:
    """With each loader's dataset under a name of its own."""
    named = _NamedFirst()
    tree = named.visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree)) if named.count else None


def in_a_notebook(source: str) -> str:
    """Each statement in a cell."""
    cells = [
        {"cell_type": "code", "source": ast.unparse(statement).splitlines(keepends=True), "outputs": []}
        for statement in ast.parse(source).body
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


REWRITINGS: Mapping[str, tuple[Callable[[str], str | None], str]] = MappingProxyType(
    {
        "handed_by_dict": (handed_by_dict, "main.py"),
        "imported_as_module": (imported_as_module, "main.py"),
        "with_names": (with_names, "main.py"),
        "in_a_notebook": (in_a_notebook, "main.ipynb"),
    }
)
"""By name: the rewriting, and the file that it makes."""
