"""Which file of a repository imports which, read off the bytes: no file is parsed for this."""

import re
from collections.abc import Container, Iterable, Iterator

from analysis.link.project import Project

_IMPORT = re.compile(
    rb"[ \t]*(?:from[ \t]+(\.*[ \t]*[\w.]*)[ \t]+import[ \t]*(\([^()]*\)|(?:[^\n#;\\]|\\\r?\n)*)"
    rb"|import[ \t]+((?:[^\n#;\\]|\\\r?\n)*))"
)
_BY_CALL = re.compile(rb"\b(?:import_module|__import__)\([ \t\r\n]*(['\"])(\.*)(\w+(?:\.\w+)*)\1")
"""A module that a call imports by a text that stands there."""
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
        self._imported_by: dict[str, list[str]] = {}
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

    def leading_to(self, paths: frozenset[str], known: Container[str] = ()) -> set[str]:
        """Files with those that import them, directly or not; whatever only `known` files lead to is left out."""
        found = set(paths)
        pending = list(paths)
        while pending:
            for path in self._importers(pending.pop()):
                if path not in found and path not in known:
                    found.add(path)
                    pending.append(path)
        return found

    def _importers(self, path: str) -> list[str]:
        """The files that import a file; they name it, but for those that a package's own files can do without."""
        found = self._imported_by.get(path)
        if found is None:
            folder, _, name = path.rpartition("/")
            if name == "__init__.py":
                naming = {*self.project.mentioning(folder.rpartition("/")[2])}
                naming |= {other for other in self.project.sources if other.startswith(folder + "/")}
            else:
                naming = {*self.project.mentioning(name.rpartition(".")[0])}
            # In order, since what is read first counts where there is too much to read.
            found = self._imported_by[path] = [each for each in sorted(naming) if path in self.imports(each)]
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
        source = self.project.texts[path]
        if b"import_module" in source or b"__import__" in source:
            for call in _BY_CALL.finditer(source):
                yield call[3].decode(), len(call[2]), []
        for match in _statements(source):
            origin, names, plain = (group.decode("utf-8", "replace") if group else "" for group in match.groups())
            if plain:
                for name in _listed(plain):
                    yield name, 0, []
            else:
                dotted = origin.lstrip(". \t")
                yield dotted, origin.count(".") - dotted.count("."), _listed(names)


def _statements(source: bytes) -> Iterator[re.Match[bytes]]:
    """The import statements, looked for by their word: a pattern that is tried on each line costs ten times as much."""
    at = source.find(b"import")
    while at >= 0:
        match = _IMPORT.match(source, source.rfind(b"\n", 0, at) + 1)
        if match is not None:
            yield match
        # A statement begins its line, so that a line is looked at once, however long it is.
        after = source.find(b"\n", at if match is None else max(match.end(), at))
        at = source.find(b"import", after) if after >= 0 else -1


def _listed(names: str) -> list[str]:
    """The names of an import list, without parentheses, comments and aliases."""
    out = []
    for line in names.strip("() \t").replace("\\", " ").split("\n"):
        for part in line.partition("#")[0].split(","):
            words = part.split()
            if words and re.fullmatch(r"[\w.]+", words[0]):
                out.append(words[0])
    return out
