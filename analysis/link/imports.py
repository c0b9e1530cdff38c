"""Which file of a repository imports which, read off the bytes: no file is parsed for this but notebooks."""

import re
from collections.abc import Iterable, Iterator

from analysis.facts import ir
from analysis.link.project import Project

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.*[ \t]*[\w.]*)[ \t]+import[ \t]*(\([^()]*\)|(?:[^\n#;\\]|\\\r?\n)*)"
    rb"|import[ \t]+((?:[^\n#;\\]|\\\r?\n)*))",
    re.MULTILINE,
)
MOST_IMPORTS = 200_000
MOST_FILES = 3_000
"""Of one program; what it imports beyond is taken as not known."""


class ImportGraph:
    """The imports of a project's files, each file's read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._imports: dict[str, frozenset[str]] = {}
        self._imports_read = 0
        self._closures: dict[str, frozenset[str]] = {}
        self._libraries: dict[str, frozenset[str]] = {}
        self._statements: dict[str, list[tuple[str, int, list[str]]]] = {}

    def libraries(self, paths: Iterable[str]) -> frozenset[str]:
        """The top-level names that files import, the repository's own among them."""
        return frozenset[str]().union(*map(self._tops, paths))

    def _tops(self, path: str) -> frozenset[str]:
        found = self._libraries.get(path)
        if found is None:
            names = {dotted.partition(".")[0] for dotted, _, _ in self._said(path)}
            found = self._libraries[path] = frozenset(names)
        return found

    def closure(self, main: str) -> frozenset[str]:
        """A file with everything of the repository's that it imports, directly or not."""
        found = self._closures.get(main)
        if found is None:
            seen = {main}
            pending = [main]
            while pending and len(seen) < MOST_FILES:
                path = pending.pop()
                known = self._closures.get(path)
                if known is not None:
                    seen |= known
                    pending = [other for other in pending if other not in known]
                    continue
                new = self.imports(path) - seen
                seen |= new
                pending += new
            found = self._closures[main] = frozenset(seen)
        return found

    def imports(self, path: str) -> frozenset[str]:
        """The files of the repository that a file imports, the packages around them included."""
        found = self._imports.get(path)
        if found is None:
            targets = self._read_imports(path) if self._imports_read < MOST_IMPORTS else ()
            found = self._imports[path] = frozenset(targets) - {path}
            self._imports_read += len(found)
        return found

    def _read_imports(self, path: str) -> Iterator[str]:
        for dotted, level, names in self._said(path):
            target = self.project.resolve(path, dotted, level)
            if target is None:
                continue
            yield from self._packages(target)
            if not target.endswith("/"):
                yield target
                continue
            for name in names:
                inner = self.project.inside(target, name)
                if inner is not None:
                    yield from self._packages(inner)
                    if not inner.endswith("/"):
                        yield inner

    def _packages(self, target: str) -> Iterator[str]:
        """The `__init__` files that run when a file or package is imported."""
        folder = target if target.endswith("/") else target.rpartition("/")[0] + "/"
        while folder not in {"/", "./"}:
            init = folder + "__init__.py"
            if init not in self.project.sources:
                return
            yield init
            folder = folder.rstrip("/").rpartition("/")[0] + "/"

    def _said(self, path: str) -> list[tuple[str, int, list[str]]]:
        found = self._statements.get(path)
        if found is None:
            found = self._statements[path] = list(self._read(path))
        return found

    def _read(self, path: str) -> Iterator[tuple[str, int, list[str]]]:
        """`(dotted name, leading dots, names)` of each import, read off the bytes: no file is parsed for this."""
        if path.endswith(".ipynb"):
            yield from self._of_notebook(path)
            return
        for match in _IMPORT.finditer(self.project.sources[path]):
            origin, names, plain = (group.decode("utf-8", "replace") if group else "" for group in match.groups())
            if plain:
                for name in _listed(plain):
                    yield name, 0, []
            else:
                dotted = origin.lstrip(". \t")
                yield dotted, origin.count(".") - dotted.count("."), _listed(names)

    def _of_notebook(self, path: str) -> Iterator[tuple[str, int, list[str]]]:
        module = self.project.module(path)
        if module is None:
            return
        for scope, _ in module.bodies():
            for star in scope.stars:
                yield star.module, star.level, []
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if isinstance(binding.node, ir.Import):
                        yield binding.node.name, 0, []
                    elif isinstance(binding.node, ir.ImportFrom):
                        yield binding.node.module, binding.node.level, [binding.node.name]


def _listed(names: str) -> list[str]:
    """The names of an import list, without parentheses, comments and aliases."""
    out = []
    for line in names.strip("() \t").replace("\\", " ").split("\n"):
        for part in line.partition("#")[0].split(","):
            words = part.split()
            if words and re.fullmatch(r"[\w.]+", words[0]):
                out.append(words[0])
    return out
