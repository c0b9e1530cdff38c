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
from analysis.link.imports import ImportGraph

_GUARD = re.compile(rb"^if\s*+(?:\(\s*+)?(?:__name__\s*==|['\"]__main__['\"]\s*==)", re.MULTILINE)
_RUNS_AT_ONCE = re.compile(
    rb"^(?:(?!if\b|elif\b|else\b|def\b|class\b|import\b|from\b|try\b|except\b|assert\b|raise\b|super\b)"
    rb"(?:[A-Za-z_][\w.]*[ \t]*\(|for\s+\w|while\s+\S|[A-Za-z_]\w*(?:\.\w+)+\s*=[^=]))",
    re.MULTILINE,
)
_STARTED_BY_NAME = re.compile(r"main|train|run|fit|cli|launch|experiment", re.IGNORECASE)
_DYNAMIC = ("import_module", "__import__", "instantiate", "fromfile", "find_class", "exec", "runpy", "run_path")
_TESTS = re.compile(rb"^[ \t\f]*(?:import|from)\s+(?:unittest|pytest)\b", re.MULTILINE)
_EVALUATES = re.compile(
    r"(?:^|[^a-z])(?:test|val|valid|validat|eval|infer|predict|demo|vis|visuali|export|sampl|bench|generat|convert|flops"
    r"|plot|analy)",
    re.IGNORECASE,
)
_OTHER_WORK = re.compile(r"(?:^|_)(?:demos?|pre_?process\w*|prepar\w*)$", re.IGNORECASE)
_NOT_PROGRAMS = frozenset({"setup.py", "conftest.py", "conf.py", "noxfile.py", "versioneer.py", "hubconf.py"})
_TEST_FOLDERS = frozenset({"tests", "test", "testing", "unittests", "unit_tests"})
MOST_PROGRAMS = 400
MOST_MEMBERS = 300_000
"""Files of all programs together; a tree with more holds hundreds of projects, or is made to exhaust its reader."""


class Program(msgspec.Struct, frozen=True, eq=False):
    """A script (`main`, its path) with the paths of all the repository's files that it can import.

    `open` when it also loads modules by names that only a run knows.
    """

    main: str
    files: frozenset[str]
    open: bool

    @property
    def evaluates(self) -> bool:
        """Whether its name says that it is for something else than training, or the name of a folder around it."""
        path = PurePosixPath(self.main)
        if "train" in path.stem.lower():
            return False
        return _EVALUATES.search(path.stem) is not None or any(map(_OTHER_WORK.search, path.parts[:-1]))


class Programs:
    """The programs of a project, found by what files say and not by what they are called."""

    def __init__(self, graph: ImportGraph, of_interest: Iterable[str]) -> None:
        """`of_interest` are the paths of the files that a program has to hold to be looked at."""
        self.graph = graph
        self.project = graph.project
        self._interest = frozenset(of_interest)

    def __iter__(self) -> Iterator[Program]:
        return iter(self._all)

    def holding(self, path: str) -> list[Program]:
        """The programs that a file is part of."""
        return [program for program in self._all if path in program.files]

    def loads_by_name(self, path: str) -> bool:
        """Whether a file is of no known program, or of one that also loads modules by names that only a run knows."""
        programs = self.holding(path)
        return not programs or any(program.open for program in programs)

    def may_load(self, path: str) -> bool:
        """Whether a file, or one that it imports, loads modules by names that only a run knows."""
        return self._opens(self.graph.closure(path))

    @cached_property
    def _all(self) -> list[Program]:
        closures = self._closures_of(self._guarded())
        inside = {path for main, files in closures.items() for path in files if path != main}
        # A module that others import starts a program of its own only where it says so; most try themselves out.
        mains = [path for path in closures if path not in inside or self._is_started(path)] or list(closures)
        covered = {path for main in mains for path in closures[main]}
        loose = [path for path in sorted(self.graph.leading_to(self._interest - covered, covered)) if self._runs(path)]
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
            found[main] = self.graph.closure(main)
            members += len(found[main])
            if members > MOST_MEMBERS:
                break
        return found

    def _guarded(self) -> list[str]:
        found = [
            path
            for path in self.project.mentioning("__main__")
            if path.endswith(".py") and not self._is_test(path) and _GUARD.search(self.project.texts[path])
        ]
        found += [path for path in self._interest if path.endswith(".ipynb")]
        return sorted(set(found))

    def _runs(self, path: str) -> bool:
        if self._is_test(path) or path.rpartition("/")[2] == "__init__.py" or not path.endswith((".py", ".pyw")):
            return False
        return _RUNS_AT_ONCE.search(self.project.texts[path]) is not None

    def _is_test(self, path: str) -> bool:
        """Whether a file belongs to a test suite, or is read by a tool and not run by a person."""
        *folders, name = path.split("/")
        source = self.project.texts[path]
        if name in _NOT_PROGRAMS or ((b"unittest" in source or b"pytest" in source) and _TESTS.search(source)):
            return True
        named = name.startswith("test_") or name.rpartition(".")[0].endswith("_test")
        return named and bool(_TEST_FOLDERS & {folder.lower() for folder in folders})

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
