"""Imports the repository's modules statement by statement: one that fails does not hide the others.

Modules that are not installed become stubs, but only for the repository's own code: libraries that try an import
keep their answer.
"""

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from types import CodeType, ModuleType
from typing import Any

import torch

from miner.verify.inside.forced import bound_names, needed
from miner.verify.inside.leftovers import had_made, half_made, with_stubs
from miner.verify.inside.libraries import fake_module
from miner.verify.inside.notes import REPOSITORY, TimeIsUp, idle_limit, notes, place_in_repository, time_limit
from miner.verify.inside.sources import Sources, module_names, scopes_at
from miner.verify.inside.stub import REPOSITORY_MODULES, Stub, StubModule, is_stub
from miner.verify.inside.tolerant import helpers, rewrite

_STILL_NEEDED = "analysis.facts."
"""Modules of ours that are imported by the way, once the repository runs: what reads source that CPython refuses."""
STATEMENT_SECONDS, HALVES_SECONDS, IMPORT_SECONDS = 2.5, 5.0, 10.0
_MOST_NAMES = 8
_CONFIGURES = (
    "add add_argument add_arguments append extend insert manual_seed register seed set_defaults set_start_method "
    "setdefault update"
)
_HERE = str(PurePosixPath(__file__).parent)


class RepositoryFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and runs the modules of the repository. `rewritten`: with functions that go on where a statement fails."""

    def __init__(self, sources: Sources, near: Sequence[str], *, rewritten: bool) -> None:
        self.sources, self.rewritten = sources, rewritten
        self.roots = _roots(near)
        self.by_path: dict[str, ModuleType] = {}
        self._trees: dict[str, ast.Module] = {}
        self._paths: dict[str, str] = {}

    def module(self, path: str) -> ModuleType:
        """The module at `path`, imported under the name by which the code near it knows it."""
        if path in self.by_path:
            return self.by_path[path]
        name, root = module_names(path, self.sources.files)
        if root not in self.roots:
            self.roots.insert(1, root)
        found = self._locate(name.split(".")[0], None)
        if "." not in name and found is not None and found != path:
            name = f"{name}__{len(self.by_path)}"  # another file has taken the name
        try:
            package = name.rpartition(".")[0]
            if package:
                importlib.import_module(package)
            if self._relative(path) and not package:
                name, package = self._packaged(path)
        except Exception as error:  # noqa: BLE001 - a package that cannot be imported
            notes.swallow(error, f"import of {name}")
        if path in self.by_path:
            return self.by_path[path]
        spec = self._spec(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(name, module)
        self.exec_module(module)
        return module

    def _relative(self, path: str) -> bool:
        tree = self.sources.tree(path)
        return tree is not None and any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))

    def _packaged(self, path: str) -> tuple[str, str]:
        """A dotted name from the root, for files that import their neighbours without an `__init__.py`."""
        parts = [*PurePosixPath(path).parent.parts, PurePosixPath(path).stem]
        if "" not in self.roots:
            self.roots.append("")
        name = ".".join(part.replace("-", "_") for part in parts)
        package = name.rpartition(".")[0]
        if package:
            importlib.import_module(package)
        return name, package

    # The import system's own calls.

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top in sys.stdlib_module_names:
            return None
        if not _asked_by_repository():
            return None
        located = self._locate(fullname.rpartition(".")[2], path)
        if located is not None and not (path is None and located == _asking()):
            return self._spec(fullname, located)
        return None

    def _spec(self, name: str, path: str) -> importlib.machinery.ModuleSpec:
        """The module at `path`, under a name; a folder's where the path ends as one or is its `__init__.py`."""
        package = path.endswith(("/__init__.py", "/")) or path == "__init__.py"
        spec = importlib.machinery.ModuleSpec(name, self, origin=REPOSITORY + path, is_package=package)
        if package:
            spec.submodule_search_locations = [REPOSITORY + str(PurePosixPath(path.removesuffix("__init__.py")))]
        self._paths[name] = path
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.by_path.get(self._paths[spec.name])

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        path = self._paths[module.__spec__.name]
        if path in self.by_path or path.endswith("/"):
            return
        self.by_path[path] = module
        REPOSITORY_MODULES.add(module.__name__)
        module.__file__ = REPOSITORY + path
        module.__dict__.update(helpers())
        tree = self.tree(path)
        if tree is None:
            notes.swallow(SyntaxError("cannot be read"), path)
            return
        script = _is_script(tree)
        for statement in tree.body:
            if not _left_out(statement, script):
                run_statement(statement, path, module.__dict__)

    def tree(self, path: str) -> ast.Module | None:
        """The module's tree as this finder runs it."""
        if path not in self._trees:
            plain = self.sources.tree(path)
            # Read once more for rewriting: that takes a quarter of the time of a deep copy.
            own = self.sources.read(path) if self.rewritten and plain is not None else plain
            if own is None:
                return None
            self._trees[path] = rewrite(own, path) if self.rewritten else own
        return self._trees[path]

    def _locate(self, name: str, within: Sequence[str] | None) -> str | None:
        folders = (
            self.roots
            if within is None
            else [place[len(REPOSITORY) :].strip("/") for place in within if place.startswith(REPOSITORY)]
        )
        if within is not None and not folders and not any(place == REPOSITORY.rstrip("/") for place in within):
            return None
        for folder in folders or [""]:
            base = f"{folder}/{name}" if folder and folder != "." else name
            for candidate in (f"{base}/__init__.py", f"{base}.py"):
                if candidate in self.sources.files:
                    return candidate
            if self._has_folder(f"{base}/"):
                return f"{base}/"
        return None

    def _has_folder(self, prefix: str) -> bool:
        return any(path.startswith(prefix) and path.endswith(".py") for path in self.sources.files)


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last to be asked: what nobody has is a stub."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not _asked_by_repository():
            return None
        notes.stubs[fullname.partition(".")[0]] = None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return fake_module(spec.name) or StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None


def install(finder: RepositoryFinder) -> None:
    """Puts the repository's modules first, stubs last. Names of ours that a repository may have too are given up."""
    for name in list(sys.modules):
        ours = name.partition(".")[0] in {"analysis", "miner", "api", "seedwatch", "tests"}
        if ours and not name.startswith(_STILL_NEEDED):
            del sys.modules[name]
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(StubFinder())


def afresh(finder: RepositoryFinder) -> RepositoryFinder:
    """A finder in place of another that has imported nothing yet."""
    fresh = RepositoryFinder(finder.sources, [], rewritten=finder.rewritten)
    fresh.roots = list(finder.roots)
    for name in REPOSITORY_MODULES:
        sys.modules.pop(name, None)
    sys.meta_path[sys.meta_path.index(finder)] = fresh
    return fresh


def run_statement(statement: ast.stmt, path: str, names: dict[str, Any], seconds: float = STATEMENT_SECONDS) -> None:
    """Runs one statement; where it fails, the names that it would have bound are stubs, unless they were bound
    before."""
    code = compile(ast.Module([statement], []), REPOSITORY + path, "exec")
    if isinstance(statement, ast.Import | ast.ImportFrom):
        seconds = IMPORT_SECONDS  # of the statements of other modules, who have their own limits
    error = guarded(lambda: exec(code, names), path, seconds)  # noqa: S102 - this is what the sandbox is for
    if error is not None and isinstance(statement, ast.ImportFrom) and len(statement.names) > 1:
        for alias in statement.names:
            one = ast.ImportFrom(statement.module, [alias], statement.level)
            run_statement(ast.copy_location(one, statement), path, names, seconds)
    elif error is not None:
        notes.swallow(error, f"{path}:{statement.lineno}")
        had = had_made(error, statement, path, _function_of)
        for name in bound_names(statement):
            if name in had:
                names[name] = had[name]
            elif name not in names and not hasattr(builtins, name):
                names[name] = _stand_in(statement, name, path, names, error)
            elif is_stub(names.get(name)):
                # Bound by a statement around it that failed: what is made here may say more.
                made = _stand_in(statement, name, path, names, error)
                names[name] = names[name] if is_stub(made) else made


def _function_of(code: CodeType) -> ast.FunctionDef | None:
    """The function of the repository that was compiled to `code`."""
    finder = next((each for each in sys.meta_path if isinstance(each, RepositoryFinder)), None)
    if finder is None or not code.co_filename.startswith(REPOSITORY):
        return None
    tree = finder.tree(code.co_filename[len(REPOSITORY) :])
    scope = next(iter(scopes_at(tree, code.co_firstlineno)[-1:]), None) if tree is not None else None
    return scope if isinstance(scope, ast.FunctionDef) and scope.name == code.co_name else None


def _stand_in(statement: ast.stmt, name: str, path: str, names: dict[str, Any], error: BaseException) -> Any:
    return made_by_halves(getattr(statement, "value", None), name, path, names, error)


def made_by_halves(
    value: ast.AST | None, name: str, path: str, names: dict[str, Any], error: BaseException | None = None
) -> Any:
    """For `Class(...)` that failed, an object of the class as far as its constructor came, and went on; else a stub.

    Of the repository's classes, and of torch's samplers, of whom it matters which they are and not what they hold.
    """
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name | ast.Attribute):
        return Stub(name)
    made: list[Any] = []

    def make() -> None:
        cls = eval(compile(ast.Expression(value.func), REPOSITORY + path, "eval"), names)  # noqa: S307
        if isinstance(cls, type) and cls.__module__ in REPOSITORY_MODULES:
            one = half_made(error, cls, _function_of, run_statement) if error is not None else None
            made.append(one if one is not None else _made_of_what_is_there(cls, value, path, names))
            forgiving(cls)
        elif isinstance(cls, type) and issubclass(cls, torch.utils.data.Sampler):
            made.append(object.__new__(cls))
            forgiving(cls)

    guarded(make, path, HALVES_SECONDS)
    return made[0] if made else Stub(name)


def _made_of_what_is_there(cls: type, call: ast.Call, path: str, names: dict[str, Any]) -> Any:
    """An object of a class, with stubs for those of its arguments that could not be had."""

    def had(node: ast.expr) -> Any:
        got: list[Any] = []
        code = compile(ast.Expression(node), REPOSITORY + path, "eval")
        guarded(lambda: got.append(eval(code, names)), path, STATEMENT_SECONDS)  # noqa: S307
        return got[0] if got else Stub("failed")

    positional = [had(node) for node in call.args if not isinstance(node, ast.Starred)]
    named: dict[str, Any] = {}
    for one in call.keywords:
        value = had(one.value)
        given = {one.arg: value} if one.arg is not None else value if isinstance(value, dict) else {}
        named.update({name: each for name, each in given.items() if isinstance(name, str)})
    made: list[Any] = []
    positional, named = with_stubs(cls, positional, named)
    error = guarded(lambda: made.append(cls(*positional, **named)), path, STATEMENT_SECONDS)
    if error is not None:
        notes.swallow(error, f"{path}:{call.lineno}")
        made.append(half_made(error, cls, _function_of, run_statement))
    return made[0] if made[0] is not None else object.__new__(cls)


def forgiving(cls: type) -> None:
    """Lets objects of a class have every attribute, as stubs."""
    notes.decided[f"constructor of {cls.__name__}"] = None
    if any("__getattr__" in base.__dict__ for base in cls.__mro__):
        return

    def missing(self: Any, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        notes.decided[f"{cls.__name__}.{name}"] = None
        value = Stub(f"{cls.__name__}.{name}")
        self.__dict__[name] = value
        return value

    with suppress(TypeError):
        cls.__getattr__ = missing  # type: ignore[attr-defined]


def guarded(work: Callable[[], Any], path: str, seconds: float) -> BaseException | None:
    """Does some work of the repository; what it raises is returned. Names that only a main program binds are looked
    for there."""
    for _ in range(_MOST_NAMES):
        try:
            with time_limit(seconds), idle_limit():
                work()
        except NameError as error:
            if not _supply(error):
                return error
        except (Exception, SystemExit, TimeIsUp) as error:  # noqa: BLE001
            return error
        else:
            return None
    return None


def _supply(error: NameError) -> bool:
    """Binds a name that is missing in a module of the repository: by its main program's own statements, else to a
    stub."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = error.name
    if trace is None or not name or name.startswith("_sw_") or isinstance(error, UnboundLocalError):
        return False
    frame = trace.tb_frame
    filename = frame.f_code.co_filename
    if not filename.startswith(REPOSITORY):
        return False
    names = frame.f_globals
    finder = next((each for each in sys.meta_path if isinstance(each, RepositoryFinder)), None)
    tree = finder.tree(filename[len(REPOSITORY) :]) if finder is not None else None
    names.setdefault(name, Stub(name))
    for statement in _main_program(tree) if tree is not None else []:
        if name in bound_names(statement):
            way = needed([*_before(tree, statement), statement]) if tree is not None else []
            for each in way:
                run_statement(each, filename[len(REPOSITORY) :], names)
            break
    return True


def _main_program(tree: ast.Module) -> list[ast.stmt]:
    return [inner for statement in tree.body if is_main_guard(statement) for inner in getattr(statement, "body", [])]


def _before(tree: ast.Module | None, statement: ast.stmt) -> list[ast.stmt]:
    program = _main_program(tree) if tree is not None else []
    return program[: program.index(statement)]


def _asked_by_repository() -> bool:
    """Whether code of the repository, or this loader for it, asks for the import."""
    frame = sys._getframe(2)
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename.startswith((REPOSITORY, _HERE)):
            return True
        if not filename.startswith("<frozen importlib") and not filename.endswith("/importlib/__init__.py"):
            return False
        assert frame.f_back is not None
        frame = frame.f_back
    return False


def _asking() -> str | None:
    """The file of the repository that asks for an import: `yaml.py` in a package means another `yaml` than itself."""
    place = place_in_repository(sys._getframe(2))
    return place[0] if place is not None else None


def _roots(near: Sequence[str]) -> list[str]:
    """Folders that the repository's programs would have on `sys.path`, nearest first."""
    roots: list[str] = []
    for path in near:
        folder = PurePosixPath(path).parent
        for each in (folder, *folder.parents):
            roots.append("" if str(each) == "." else str(each))
    roots += ["", "src", "lib", "python", "code"]
    return list(dict.fromkeys(roots))


def _is_script(tree: ast.Module) -> bool:
    return any(is_main_guard(statement) for statement in tree.body)


def is_main_guard(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.If)
        and "__name__" in ast.unparse(statement.test)
        and "__main__" in ast.unparse(statement.test)
    )


def _left_out(statement: ast.stmt, script: bool) -> bool:
    """What starts work rather than defines something."""
    if is_main_guard(statement) or isinstance(statement, ast.For | ast.While | ast.AsyncFor):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call) and not _configures(statement.value)
    return script and isinstance(statement, ast.With)


def _configures(call: ast.Call) -> bool:
    """`sys.path.append(...)`, `parser.add_argument(...)`, `np.random.seed(...)`, a list's `append`: cheap, and
    needed."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _CONFIGURES.split()
