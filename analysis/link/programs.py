"""The programs of a repository: each script that is started, and the files that it imports.

Seeding is a matter of one run. What seeds in one program does nothing for another, so the checks ask about programs and
not about repositories.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

import msgspec

from analysis.facts import ir
from analysis.link.project import Project

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(\.*[ \t]*[\w.]*)[ \t]+import[ \t]*(\([^()]*\)|(?:[^\n#;\\]|\\\r?\n)*)"
    rb"|import[ \t]+((?:[^\n#;\\]|\\\r?\n)*))",
    re.MULTILINE,
)
_GUARD = re.compile(rb"^if\s*\(?\s*(?:__name__\s*==|['\"]__main__['\"]\s*==)", re.MULTILINE)
_RUNS_AT_ONCE = re.compile(
    rb"^(?:(?!if\b|elif\b|else\b|def\b|class\b|import\b|from\b|try\b|except\b|assert\b|raise\b|super\b)"
    rb"(?:[A-Za-z_][\w.]*[ \t]*\(|for\s+\w|while\s+\S|[A-Za-z_]\w*(?:\.\w+)+\s*=[^=]))",
    re.MULTILINE,
)
_STARTED_BY_NAME = re.compile(r"main|train|run|fit|cli|launch|experiment", re.IGNORECASE)
_DYNAMIC = ("import_module", "__import__", "instantiate", "fromfile", "find_class", "exec", "runpy", "run_path")
_TESTS = re.compile(rb"^\s*(?:import|from)\s+(?:unittest|pytest)\b", re.MULTILINE)
_EVALUATES = re.compile(
    r"(?:^|[^a-z])(?:test|val|valid|validat|eval|infer|predict|demo|vis|visuali|export|sampl|bench|generat|convert|flops"
    r"|plot|analy)",
    re.IGNORECASE,
)
_NOT_PROGRAMS = frozenset({"setup.py", "conftest.py", "conf.py", "noxfile.py", "versioneer.py", "hubconf.py"})
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "unittests", "unit_tests"})
MOST_PROGRAMS = 400
MOST_MEMBERS = 300_000
"""Files of all programs together; a tree with more holds hundreds of projects, or is made to exhaust its reader."""
MOST_IMPORTS = 200_000
MOST_FILES = 3_000
"""Of one program; what it imports beyond is taken as not known."""


class Program(msgspec.Struct, frozen=True, eq=False):
    """A script (`main`, its path) with the paths of all the repository's files that it can import.

    `open` when it also loads modules by names that only a run knows.
    """

    main: str
    files: frozenset[str]
    open: bool

    @property
    def evaluates(self) -> bool:
        """Whether its name says that it is for something else than training."""
        name = PurePosixPath(self.main).stem
        return _EVALUATES.search(name) is not None and "train" not in name.lower()


class Programs:
    """The programs of a project, found by what files say and not by what they are called."""

    def __init__(self, project: Project, of_interest: Iterable[str]) -> None:
        """`of_interest` are the paths of the files that a program has to hold to be looked at."""
        self.project = project
        self._interest = frozenset(of_interest)
        self._imports: dict[str, frozenset[str]] = {}
        self._imports_read = 0
        self._closures: dict[str, frozenset[str]] = {}
        self._libraries: dict[str, frozenset[str]] = {}

    def __iter__(self) -> Iterator[Program]:
        return iter(self._all)

    def holding(self, path: str) -> list[Program]:
        """The programs that a file is part of."""
        return [program for program in self._all if path in program.files]

    def libraries(self, program: Program) -> frozenset[str]:
        """The top-level names that a program's files import, the repository's own among them."""
        found = self._libraries.get(program.main)
        if found is None:
            names = {dotted.partition(".")[0] for path in program.files for dotted, _, _ in self._statements(path)}
            found = self._libraries[program.main] = frozenset(names)
        return found

    @cached_property
    def _all(self) -> list[Program]:
        closures = self._closures_of(self._guarded())
        inside = {path for main, files in closures.items() for path in files if path != main}
        # A module that others import starts a program of its own only where it says so; most try themselves out.
        mains = [path for path in closures if path not in inside or self._is_started(path)] or list(closures)
        covered = {path for main in mains for path in closures[main]}
        loose = [path for path in sorted(self._leading_to(self._interest - covered, covered)) if self._runs(path)]
        of_loose = self._closures_of(loose)
        within = {path for main, files in of_loose.items() for path in files if path != main}
        closures |= of_loose
        mains += [path for path in of_loose if path not in within]
        return [
            Program(main, closures[main], self._opens(closures[main]))
            for main in sorted(mains)[:MOST_PROGRAMS]
            if not self._interest.isdisjoint(closures[main])
        ]

    def _closures_of(self, mains: list[str]) -> dict[str, frozenset[str]]:
        """The files of each program, for as many programs as `MOST_MEMBERS` allows."""
        found: dict[str, frozenset[str]] = {}
        members = 0
        for main in mains:
            found[main] = self.closure(main)
            members += len(found[main])
            if members > MOST_MEMBERS:
                break
        return found

    def _leading_to(self, paths: frozenset[str], covered: set[str]) -> set[str]:
        """Files with those that import them, directly or not: a script may say nothing of interest itself."""
        found, new = set(paths), set(paths)
        while new:
            names = {_import_name(path) for path in new}
            naming = {path for name in names for path in self.project.mentioning(name)} - found - covered
            new = {path for path in naming if path.endswith(".py") and not self.imports(path).isdisjoint(found)}
            found |= new
        return found

    def _guarded(self) -> list[str]:
        found = [
            path
            for path in self.project.mentioning("__main__")
            if path.endswith(".py") and not self._is_test(path) and _GUARD.search(self.project.sources[path])
        ]
        found += [path for path in self._interest if path.endswith(".ipynb")]
        return sorted(set(found))

    def _runs(self, path: str) -> bool:
        name = PurePosixPath(path).name
        if self._is_test(path) or name == "__init__.py" or not path.endswith((".py", ".pyw")):
            return False
        return _RUNS_AT_ONCE.search(self.project.sources[path]) is not None

    def _is_test(self, path: str) -> bool:
        """Whether a file belongs to a test suite, or is read by a tool and not run by a person."""
        pure = PurePosixPath(path)
        source = self.project.sources[path]
        if pure.name in _NOT_PROGRAMS or ((b"unittest" in source or b"pytest" in source) and _TESTS.search(source)):
            return True
        named = pure.name.startswith("test_") or pure.stem.endswith("_test")
        return named and bool(_TEST_FOLDERS & {part.lower() for part in pure.parts[:-1]})

    def _is_started(self, path: str) -> bool:
        """Whether an imported module's guard starts work and not a test of the module."""
        if path.endswith(".ipynb"):
            return True
        module = self.project.module(path)
        if module is None:
            return False
        for start, end in guards(module.facts.body):
            for call in module.scope.calls:
                named = isinstance(call.func, ir.Name) and _STARTED_BY_NAME.search(call.func.id)
                if named and start <= call.line <= end:
                    return True
        return False

    def _opens(self, files: frozenset[str]) -> bool:
        return any(not files.isdisjoint(self.project.mentioning(word)) for word in _DYNAMIC)

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
        for dotted, level, names in self._statements(path):
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

    def _statements(self, path: str) -> Iterator[tuple[str, int, list[str]]]:
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


def _import_name(path: str) -> str:
    """The last name by which a file is imported; of a package its folder's."""
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem


def _listed(names: str) -> list[str]:
    """The names of an import list, without parentheses, comments and aliases."""
    out = []
    for line in names.strip("() \t").replace("\\", " ").split("\n"):
        for part in line.partition("#")[0].split(","):
            words = part.split()
            if words and re.fullmatch(r"[\w.]+", words[0]):
                out.append(words[0])
    return out


def guards(body: ir.Block) -> list[tuple[int, int]]:
    """The lines of a module's `if __name__ == "__main__"` blocks."""
    return [
        (statement.line, max(statement.body.end, statement.line))
        for statement in body.body
        if isinstance(statement, ir.If) and _asks_for_main(statement.test)
    ]


def _asks_for_main(test: ir.Expr) -> bool:
    if not isinstance(test, ir.Compare) or test.ops != ("==",):
        return False
    sides = [test.left, *test.rights]
    return any(isinstance(side, ir.Name) and side.id == "__name__" for side in sides)
