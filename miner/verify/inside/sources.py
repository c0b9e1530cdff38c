"""The repository's files as syntax trees, and what a line of them stands for."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from analysis.facts.source import UnreadableError, parse_source

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Caller:
    """One call of something by its last name: the file, the call, and the scopes around it, outermost first."""

    path: str
    call: ast.Call
    scopes: tuple[Scope, ...]


@dataclass(slots=True)
class Sources:
    """All Python of the repository; parsed when it is asked for."""

    files: dict[str, bytes]
    _trees: dict[str, ast.Module | None] = field(default_factory=dict)
    _cells: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _called: dict[str, dict[str, list[Caller]]] = field(default_factory=dict)

    def tree(self, path: str) -> ast.Module | None:
        """The module at `path`, None where there is none that can be read. Not to be changed: copy it first."""
        if path not in self._trees:
            self._trees[path] = self.read(path)
        return self._trees[path]

    def read(self, path: str) -> ast.Module | None:
        """The same, parsed anew: a tree that may be changed."""
        data = self.files.get(path)
        if data is None:
            return None
        try:
            source = parse_source(data, notebook=path.endswith(".ipynb"))
        except UnreadableError:
            return None
        if source.cells is not None:
            self._cells[path] = source.cells
        return source.tree

    def parsed(self) -> list[str]:
        """What has been parsed so far."""
        return [path for path, tree in self._trees.items() if tree is not None]

    def place(self, path: str, line: int) -> tuple[str, int]:
        """The file and the line in its module of a place as reports write it (`n.ipynb:c3`, 4)."""
        notebook, separator, cell = path.rpartition(":c")
        if not separator or not cell.isdigit():
            return path, line
        self.tree(notebook)
        cells = self._cells.get(notebook, [])
        wanted = (int(cell), line)
        return notebook, cells.index(wanted) + 1 if wanted in cells else 0

    def python(self) -> list[str]:
        return [path for path in self.files if path.endswith((".py", ".ipynb"))]

    def callers(self, name: str) -> Iterator[Caller]:
        """Every call whose last name is `name`, tests and examples last."""
        word = name.encode()
        paths = [path for path in self.python() if word in self.files[path]]
        for path in sorted(paths, key=lambda path: ("test" in path or "example" in path, path)):
            yield from self._calls(path).get(name, ())

    def subclasses(self, name: str) -> list[tuple[str, ast.ClassDef]]:
        """The classes at the top of a file that inherit from one called `name`, by their names, nearest first."""
        found: list[tuple[str, ast.ClassDef]] = []
        waiting, asked = [name], {name}
        while waiting:
            base = waiting.pop(0)
            for path in self.python():
                tree = self.tree(path) if base.encode() in self.files[path] else None
                for node in tree.body if tree is not None else []:
                    if isinstance(node, ast.ClassDef) and base in map(last_name, node.bases):
                        found.append((path, node))
                        waiting += [node.name] if node.name not in asked else []
                        asked.add(node.name)
        return found

    def _calls(self, path: str) -> dict[str, list[Caller]]:
        """The calls in a file by their last names."""
        if path not in self._called:
            found = self._called[path] = defaultdict(list)
            tree = self.tree(path)
            if tree is not None:
                _collect(path, tree, (), found)
        return self._called[path]


def _collect(path: str, node: ast.AST, scopes: tuple[Scope, ...], found: dict[str, list[Caller]]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            found[last_name(child.func) or ""].append(Caller(path, child, scopes))
        inner = (*scopes, child) if isinstance(child, Scope) else scopes
        _collect(path, child, inner, found)


def last_name(node: ast.AST) -> str | None:
    """`c` of `a.b.c` and of `c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def scopes_at(tree: ast.Module, line: int) -> tuple[Scope, ...]:
    """The functions and classes around a line, outermost first. A decorator belongs to what it decorates."""
    found: list[Scope] = []
    node: ast.AST = tree
    while True:
        inner = _inner_scope(node, line)
        if inner is None:
            return tuple(found)
        found.append(inner)
        node = inner


def _inner_scope(node: ast.AST, line: int) -> Scope | None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Scope):
            if child.lineno <= line <= (child.end_lineno or child.lineno):
                return child
        elif _spans(child, line):
            found = _inner_scope(child, line)
            if found is not None:
                return found
    return None


def _spans(node: ast.AST, line: int) -> bool:
    start, end = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    return start is None or (start <= line <= (end or start))


def module_names(path: str, files: dict[str, bytes]) -> tuple[str, str]:
    """The name of the module at `path` and the folder that would have to be on `sys.path` for it."""
    pure = PurePosixPath(path)
    parts = [pure.stem]
    folder = pure.parent
    while str(folder) != "." and f"{folder}/__init__.py" in files:
        parts.insert(0, folder.name)
        folder = folder.parent
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    root = "" if str(folder) == "." else str(folder)
    return ".".join(part.replace("-", "_").replace(".", "_") or "_" for part in parts), root
