"""What recipes work with: the sources under edit and what is asked of them often."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from analysis.fix.names import Names
from analysis.fix.sources import CannotEditError, Sources
from analysis.fix.unit import Unit
from analysis.link.project import Project
from analysis.places import Place
from analysis.report import Pair

__all__ = ["CannotEditError", "Recipe", "Workshop", "leaf", "loader_call"]

_LEAVES = ("DataLoader",)
_NO_RANK = 99
_LIKE_LOADERS = ("oader", "parallel", "Trainer", "partial", "dict", "__init__")


@dataclass(slots=True)
class Workshop:
    """One attempt at a patch: the sources, edited as recipes go, and the names of each unit."""

    project: Project
    sources: Sources
    _names: dict[int, Names] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project) -> "Workshop":
        """A fresh one, with nothing edited."""
        return cls(project, Sources(project.sources))

    def names(self, unit: Unit) -> Names:
        """The outermost names of a unit."""
        if id(unit) not in self._names:
            path = self.sources.path_of(unit)
            self._names[id(unit)] = Names(unit, self.sources.cells_before(path))
        return self._names[id(unit)]

    def functions_named(self, name: str, near: str) -> Iterator[tuple[Unit, cst.FunctionDef]]:
        """The functions of a name: those of the file `near` first, then those of files that hold the name."""
        paths = [near, *(path for path in self.project.mentioning(name) if path != near)]
        for path in paths:
            if path.endswith(".ipynb"):
                continue
            try:
                unit = self.sources.unit(path)
            except CannotEditError:
                continue
            for node in unit.nodes(cst.FunctionDef):
                if node.name.value == name:
                    yield unit, node

    def worker_inits(self) -> Iterator[tuple[str, str]]:
        """Path and name of the outermost functions that look as if they seed NumPy for a worker."""
        for path in self.project.mentioning("initial_seed"):
            facts = self.project.sources[path]
            if path.endswith(".ipynb"):
                continue
            try:
                tree = ast.parse(facts)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            for node in tree.body:
                if isinstance(node, ast.FunctionDef) and _takes_one(node.args) and "random.seed" in ast.unparse(node):
                    yield path, node.name


Recipe = Callable[[Workshop, Sequence[Pair]], str]
"""Edits the workshop's sources for some pairs and says in a paragraph what it did and why.

Raises CannotEditError where it does not fit."""


def _takes_one(args: ast.arguments) -> bool:
    given = [*args.posonlyargs, *args.args]
    return bool(given) and len(given) - len(args.defaults) <= 1 and not any(args.kw_defaults)


def leaf(node: cst.BaseExpression) -> str:
    """The last name of a dotted expression, or nothing."""
    match node:
        case cst.Name():
            return node.value
        case cst.Attribute():
            return node.attr.value
        case _:
            return ""


def loader_call(workshop: Workshop, place: str) -> tuple[Unit, cst.Call, Place]:
    """The call that makes a loader at `path:line`.

    Raises:
        CannotEditError: where none begins on that line.
    """
    unit, where = workshop.sources.at(place)
    calls = list(unit.nodes(cst.Call, line=where.line))
    if not calls:
        raise CannotEditError(f"{place}: no call begins there")
    # Of calls with the same name the inner one; of others, such as a partial by its own name, the outermost.
    ranked = sorted(enumerate(calls), key=lambda item: (_rank(leaf(item[1].func)), -item[0]))
    best = ranked[0][1] if _rank(leaf(ranked[0][1].func)) < _NO_RANK else calls[0]
    return unit, best, where


def _rank(name: str) -> int:
    if name in _LEAVES:
        return 0
    return next((rank for rank, part in enumerate(_LIKE_LOADERS, 1) if part in name), _NO_RANK)
