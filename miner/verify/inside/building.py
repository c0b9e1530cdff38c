"""Builds what a finding names: the loader with its arguments, the dataset, the names around a line.

The loader is built by running what leads to its call, in the repository's own code, with `DataLoader` replaced by
one that takes down its arguments. Parameters come from the repository's callers, else from defaults, else they are
stubs.
"""

import ast
import builtins
import inspect
import itertools
import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from miner.verify.inside.forced import (
    all_of,
    binding,
    bound_names,
    branches_of,
    helpers,
    loaded_names,
    naming,
    needed,
    way_to,
)
from miner.verify.inside.frameworks import (
    built_by_package,
    described_loader,
    is_trainer,
    known_init,
    loader_of_task,
    loader_of_trainer,
    makes_loaders,
    parameters_of,
)
from miner.verify.inside.importing import RepositoryFinder, forgiving, guarded, made_by_halves, run_statement
from miner.verify.inside.making import assignments
from miner.verify.inside.notes import REPOSITORY, TimeIsUp, notes, place_in_repository, time_limit
from miner.verify.inside.sources import Caller, Scope, Sources, scopes_at
from miner.verify.inside.stub import Stub, Truth, is_stub, stub_name

MOST_CALLERS = 3
MOST_SUBCLASSES = 6
DEEPEST = 3
BUILD_SECONDS = 6.0

Functions = ast.FunctionDef | ast.AsyncFunctionDef
_TESTS = re.compile(r"(^|/)tests?/|(^|/)test_[^/]*$|_test\.py$")
_GIVEN_LATER = ("collate_fn", "generator", "worker_init_fn")
"""What a loader takes as an attribute too."""


class _Captured(BaseException):
    """The loader's call was reached. Not an Exception: nothing in between may pass over it."""


@dataclass(slots=True)
class Loader:
    """The arguments of one loader's call. `stubs` are the names of those that could not be had."""

    arguments: dict[str, Any]
    stubs: list[str] = field(default_factory=list)

    def get(self, name: str) -> Any:
        return self.arguments.get(name)


@dataclass(slots=True)
class Builder:
    """Runs pieces of one repository. `known`: objects that were built before, by class, so that all see the same;
    `wanted`: names of the classes that the finding means, which tell the branch to take; `way`: the functions, by file
    and line, that the finding goes through, whose calls are asked before others'; `open_defaults`: a parameter whose
    default is None is not known; `assumed`: what objects were taken for, one of several that they may be."""

    finder: RepositoryFinder
    sources: Sources
    known: dict[tuple[str, str], Any] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    way: frozenset[tuple[str, int]] = frozenset()
    open_defaults: bool = False
    assumed: dict[str, None] = field(default_factory=dict)
    _busy: set[tuple[str, int]] = field(default_factory=set)

    def loaders(self, path: str, line: int) -> Iterator[Loader]:
        """The loader at a line, once for each caller that builds it differently."""
        tree = self.sources.tree(path)
        if tree is None:
            return
        scopes = scopes_at(tree, line)
        function = next((scope for scope in scopes if isinstance(scope, Functions)), None)
        callers = self._callers(path, function, scopes) if function is not None else []
        for caller in [*callers, None] if callers else [None]:
            names = self.names(path, scopes, caller=caller)
            captured = self._capture(path, line, names, scopes, tree)
            if captured is not None:
                yield captured

    def names(
        self, path: str, scopes: Sequence[Scope], caller: Caller | None = None, depth: int = DEEPEST
    ) -> dict[str, Any]:
        """The names that code at a line sees: its module's, `self`, and the parameters of the functions around it."""
        names = dict(self.finder.module(path).__dict__) | helpers()
        owner: ast.ClassDef | None = None
        for scope in scopes:
            if isinstance(scope, ast.ClassDef):
                owner = scope
                continue
            values = self._parameters(path, scope, owner, caller, names, depth)
            names.update(values)
            owner, caller = None, None
        return names

    def run_way(self, path: str, statements: Sequence[ast.stmt], names: dict[str, Any]) -> None:
        """Statement by statement, those of an `if` too: one that fails does not hide the others."""
        for statement in statements:
            if not isinstance(statement, ast.If):
                run_statement(statement, path, names)
                continue
            branches = branches_of(statement)
            chosen = naming(branches, self.wanted)
            if chosen is None:
                self.run_way(path, statement.body if self._holds(path, statement, names) else statement.orelse, names)
                chosen = binding(branches, names, alone=self._is_unknown(statement.test, names))
            if chosen is not None:
                notes.decided[f"{path}:{statement.lineno}"] = None
                self.run_way(path, all_of(chosen), names)

    @staticmethod
    def _is_unknown(test: ast.expr, names: dict[str, Any]) -> bool:
        """Whether a test asks for something that is not there: `isinstance(config, dict)`."""
        return any(is_stub(names.get(name)) for name in loaded_names(test))

    def _holds(self, path: str, statement: ast.If, names: dict[str, Any]) -> bool:
        """Whether a test holds; one that fails is guessed."""
        said: list[bool] = []
        code = compile(ast.Expression(statement.test), REPOSITORY + path, "eval")
        error = guarded(lambda: said.append(bool(eval(code, names))), path, BUILD_SECONDS)  # noqa: S307
        if error is not None:
            notes.swallow(error, f"{path}:{statement.lineno}")
            notes.decided[f"{path}:{statement.lineno}"] = None
        return said[0] if said else Truth.value

    def _capture(
        self, path: str, line: int, names: dict[str, Any], scopes: Sequence[Scope], tree: ast.Module
    ) -> Loader | None:
        function = next((scope for scope in scopes if not isinstance(scope, ast.ClassDef)), None)
        way = _leading(function, tree, line, names)
        if not way:
            return None
        self.run_way(path, way[:-1], names)
        with _capturing(path, line) as taken:
            code = compile(ast.Module([way[-1]], []), REPOSITORY + path, "exec")
            try:
                error = guarded(lambda: exec(code, names), path, BUILD_SECONDS)  # noqa: S102
            except _Captured:
                error = None
            if error is not None:
                notes.swallow(error, f"{path}:{line}")
        made = taken[0] if taken else self._read_off(path, line, way[-1], names)
        body = function.body if function is not None else tree.body
        return self._given_later(path, made, way[-1], body, names) if made is not None else None

    def _given_later(
        self, path: str, made: Loader, statement: ast.stmt, body: Sequence[ast.stmt], names: dict[str, Any]
    ) -> Loader:
        """A loader with what it is given once it is made: `loader.worker_init_fn = function`."""
        called = {ast.unparse(target) for target in getattr(statement, "targets", [])}
        arguments = dict(made.arguments)
        for later in (node for each in body for node in ast.walk(each) if isinstance(node, ast.Assign)):
            match later.targets:
                case [ast.Attribute(value=owner, attr=attr)] if attr in _GIVEN_LATER:
                    if later.lineno > statement.lineno and ast.unparse(owner) in called:
                        arguments[attr] = self._value(path, later.value, names)
        return _loader(arguments)

    def _read_off(self, path: str, line: int, statement: ast.stmt, names: dict[str, Any]) -> Loader | None:
        """A call that fails before it reaches the loader, or one of a package that is not here: its arguments one by
        one, as they are written."""
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call) and node.lineno == line):
            callee = self._value(path, call.func, names)
            if is_trainer(callee):
                given = {one.arg: self._value(path, one.value, names) for one in call.keywords if one.arg is not None}
                return _loader(loader_of_trainer(callee, given))
            given = self._arguments(path, call, names, parameters_of(callee))
            arguments = built_by_package(callee, given, self._settings()) or (given if makes_loaders(callee) else None)
            if arguments is None:
                continue
            if is_stub(callee) and not arguments.get("dataset"):
                arguments["dataset"] = callee  # what it was made of hangs on it
            return _loader(arguments)
        task = loader_of_task(statement, names.get("self"), lambda node: self._value(path, node, names))
        if task is not None:
            return _loader(task)
        for name in bound_names(statement):
            described = described_loader(name, names.get(name))
            if described is not None:
                return _loader(described)
        return None

    def _arguments(self, path: str, call: ast.Call, names: dict[str, Any], parameters: Sequence[str]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, value in zip(parameters, call.args, strict=False):
            arguments[name] = self._value(path, value, names)
        for keyword in call.keywords:
            value = self._value(path, keyword.value, names)
            if keyword.arg is not None:
                arguments[keyword.arg] = value
            elif isinstance(value, dict):
                arguments.update(value)
            else:
                arguments["worker_init_fn"] = Stub("unresolved")
        return arguments

    def _settings(self) -> list[bytes]:
        return [data for path, data in self.sources.files.items() if path.endswith((".yaml", ".yml"))]

    def _value(self, path: str, node: ast.expr, names: dict[str, Any]) -> Any:
        try:
            with time_limit(BUILD_SECONDS):
                return eval(compile(ast.Expression(node), REPOSITORY + path, "eval"), names)  # noqa: S307
        except (Exception, SystemExit, TimeIsUp) as error:  # noqa: BLE001
            notes.swallow(error, f"{path}:{node.lineno}")
            return made_by_halves(node, "failed", path, names, error)

    def _parameters(
        self,
        path: str,
        function: Functions,
        owner: ast.ClassDef | None,
        caller: Caller | None,
        names: dict[str, Any],
        depth: int,
    ) -> dict[str, Any]:
        arguments = function.args
        ordered = [*arguments.posonlyargs, *arguments.args]
        values: dict[str, Any] = {}
        if owner is not None and ordered and not _is_static(function):
            own = ordered[0].arg
            values[own] = self.instance(path, owner.name) if own != "cls" else names.get(owner.name)
            if own != "cls" and depth > 0:
                self._given_by_others(values[own], function, own, depth)
            ordered = ordered[1:]
        given: dict[str, Any] = {}
        key = (path, function.lineno)
        if depth > 0 and key not in self._busy:
            self._busy.add(key)
            try:
                every = self._callers(path, function, [owner] if owner else [])
                # What one of several programs sets for others does not hold in all of them.
                sole = len(every) == 1
                for each in [caller] if caller is not None else every:
                    for name, value in self._given(each, [one.arg for one in ordered], depth - 1, sole=sole).items():
                        if name not in given or is_stub(given[name]):
                            given[name] = value
            finally:
                self._busy.discard(key)
        defaults = dict(zip([one.arg for one in ordered][::-1], arguments.defaults[::-1], strict=False))
        defaults |= {
            one.arg: value for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
        }
        for name in [*(one.arg for one in ordered), *(one.arg for one in arguments.kwonlyargs)]:
            if name in given and not (is_stub(given[name]) and name in defaults):
                values[name] = given[name]
            elif name in defaults and not (self.open_defaults and _is_none(defaults[name])):
                values[name] = self._value(path, defaults[name], names)
            else:
                values[name] = Stub(name)
        if arguments.vararg:
            values[arguments.vararg.arg] = ()
        if arguments.kwarg:
            taken = set(values)
            values[arguments.kwarg.arg] = {name: value for name, value in given.items() if name not in taken}
        return values

    def _callers(self, path: str, function: Functions, scopes: Sequence[Scope]) -> list[Caller]:
        owner = next((scope.name for scope in scopes if isinstance(scope, ast.ClassDef)), None)
        name = owner if owner is not None and function.name == "__init__" else function.name
        if name.startswith("__"):
            return []
        callers = [
            one
            for one in self.sources.callers(name)
            if one.path != path or not function.lineno <= one.call.lineno <= (function.end_lineno or 0)
        ]
        callers = [one for one in callers if _may_call(one.call, function, method=owner is not None)] or callers
        if owner is None:
            # A function of a common name: `train(...)` is another than `model.train()`, and that of a neighbour.
            callers.sort(key=lambda one: (not isinstance(one.call.func, ast.Name), -_nearness(one.path, path)))
        return ([one for one in callers if self.is_on_way(one)] or callers)[:MOST_CALLERS]

    def is_on_way(self, caller: Caller) -> bool:
        """Whether a call stands in a function that the finding goes through."""
        function = next((scope for scope in reversed(caller.scopes) if isinstance(scope, Functions)), None)
        return function is not None and (caller.path, function.lineno) in self.way

    def _given(self, caller: Caller, parameters: Sequence[str], depth: int, *, sole: bool = False) -> dict[str, Any]:
        """The values that a caller hands over, by parameter."""
        tree = self.sources.tree(caller.path)
        assert tree is not None
        line = caller.call.lineno
        names = self.names(caller.path, caller.scopes, depth=depth)
        function = next((scope for scope in caller.scopes if isinstance(scope, Functions)), None)
        self.run_way(caller.path, _leading(function, tree, line, names, settings=sole)[:-1], names)
        given: dict[str, Any] = {}
        for position, node in enumerate(caller.call.args):
            if isinstance(node, ast.Starred) or position >= len(parameters):
                break
            given[parameters[position]] = self._value(caller.path, node, names)
        for keyword in caller.call.keywords:
            value = self._value(caller.path, keyword.value, names)
            if keyword.arg is not None:
                given[keyword.arg] = value
            elif isinstance(value, dict):
                given.update({key: each for key, each in value.items() if isinstance(key, str)})
        return given

    def instance(self, path: str, name: str) -> Any:
        """An object of a class: as the repository builds it, else without its constructor's failing statements."""
        key = (path, name)
        if key in self.known:
            return self.known[key]
        module = self.finder.module(path)
        cls = getattr(module, name, None)
        if not isinstance(cls, type):
            return Stub(name)
        self.known[key] = Stub(name)  # whoever asks while it is being built
        concrete = self._concrete(cls) if self._is_abstract(cls) else None
        if concrete is not None:
            self.known[key] = self.instance(*concrete)
            return self.known[key]
        made = self._by_call(name, cls)
        self.known[key] = made if made is not None else self.without_constructor(cls)
        return self.known[key]

    def _is_abstract(self, cls: type) -> bool:
        """Whether a class leaves a method to those that inherit from it."""
        return inspect.isabstract(cls) or any(
            self._is_left(vars(base)[name])
            for base in cls.__mro__
            for name in vars(base)
            if getattr(cls, name, None) is vars(base)[name]
        )

    def _is_left(self, method: Any) -> bool:
        """Whether a method does nothing but say that it is not implemented."""
        code = getattr(method, "__code__", None)
        if code is None or not code.co_filename.startswith(REPOSITORY):
            return False
        tree = self.sources.tree(code.co_filename[len(REPOSITORY) :])
        function = next(iter(scopes_at(tree, code.co_firstlineno)[-1:]), None) if tree is not None else None
        if not isinstance(function, Functions):
            return False
        body = [each for each in function.body if not _is_text(each)]
        return len(body) == 1 and isinstance(body[0], ast.Raise) and "NotImplemented" in ast.unparse(body[0])

    def _concrete(self, cls: type) -> tuple[str, str] | None:
        """The file and the name of a class that inherits from an abstract one, in whose place it is taken: rather one
        that names a class that the finding means."""
        found = self.sources.subclasses(cls.__name__)
        found.sort(key=lambda one: not any(name in self.wanted for name in loaded_names(one[1])))
        for path, node in found[:MOST_SUBCLASSES]:
            made = getattr(self.finder.module(path), node.name, None)
            if isinstance(made, type) and issubclass(made, cls) and not self._is_abstract(made):
                if len(found) > 1:
                    self.assumed[f"a {cls.__name__} being a {node.name}"] = None
                return path, node.name
        return None

    def _given_by_others(self, made: Any, function: Functions, own: str, depth: int) -> None:
        """Gives an object what a method reads of it and other methods than its constructor set: `setup` of a module of
        data sets what its loaders are made of."""
        if is_stub(made) or made is None:
            return
        for name in dict.fromkeys(_read_of(function, own)):
            value = vars(made).get(name, made)
            lacks = value is made or (is_stub(value) and stub_name(value) == f"{type(made).__name__}.{name}")
            if not lacks or any(name in vars(base) for base in type(made).__mro__):
                continue
            for given in assignments(self.sources, type(made), name):
                scope = given.around
                if isinstance(scope, Functions) and scope.name not in {"__init__", function.name}:
                    self._run_for(made, given.path, scope, given.node.lineno, depth)
                    break

    def _run_for(self, made: Any, path: str, method: Functions, line: int, depth: int) -> None:
        """Runs what leads to a line of an object's method, and the line."""
        key = (path, method.lineno)
        if key in self._busy or not method.args.args:
            return
        self._busy.add(key)
        names = dict(self.finder.module(path).__dict__) | helpers()
        names |= self._parameters(path, method, None, None, names, depth - 1)
        names[method.args.args[0].arg] = made
        self.run_way(path, needed(way_to(method.body, line)), names)
        self._busy.discard(key)

    def _by_call(self, name: str, cls: type) -> Any:
        init = cls.__dict__.get("__init__")
        for caller in list(self.sources.callers(name))[:MOST_CALLERS]:
            given = self._given(caller, _names_of(init), DEEPEST - 2)
            try:
                with time_limit(BUILD_SECONDS):
                    return cls(**given)
            except (Exception, SystemExit, TimeIsUp, _Captured) as error:  # noqa: BLE001
                notes.swallow(error, f"{name}(...) of {caller.path}:{caller.call.lineno}")
        return None

    def how_made(self, name: str) -> str | None:
        """What an object of a class that was made apart rests on: None where the repository makes them in one way."""
        callers = [one for one in self.sources.callers(name) if not _TESTS.search(one.path)][:2]
        if len(callers) == 1:
            return None
        where = f"as it is at {callers[0].path}:{callers[0].call.lineno}" if callers else "in a way that was not found"
        return f"{name} being made for this loader {where}"

    def without_constructor(self, cls: type) -> Any:
        """An object whose constructor's statements were run one by one, those that fail passed over."""
        try:
            made: Any = object.__new__(cls)
        except Exception as error:  # noqa: BLE001
            notes.swallow(error, f"{cls.__name__}")
            return Stub(cls.__name__)
        self.construct(made, cls)
        forgiving(cls)
        return made

    def construct(self, made: Any, cls: type) -> None:
        """The constructors of a class and of those that it inherits from, outermost first: what a base makes is made
        even where the call of its constructor fails."""
        for base in reversed(cls.__mro__):
            code = getattr(base.__dict__.get("__init__"), "__code__", None)
            if code is not None and code.co_filename.startswith(REPOSITORY):
                self._construct_by(made, base, code.co_filename[len(REPOSITORY) :], code.co_firstlineno)

    def _construct_by(self, made: Any, base: type, path: str, line: int) -> None:
        tree = self.sources.tree(path)
        scopes = scopes_at(tree, line) if tree is not None else ()
        function = scopes[-1] if scopes else None
        if not isinstance(function, Functions):
            return
        owner = next((scope for scope in scopes[-2:-1] if isinstance(scope, ast.ClassDef)), None)
        names = dict(self.finder.module(path).__dict__) | helpers()
        self.known[path, base.__name__] = made
        names.update(self._parameters(path, function, owner, None, names, 2))
        names["self"] = made
        names["super"] = lambda *given: builtins.super(*(given or (base, made)))
        self.run_way(path, all_of(function.body), names)


def _leading(
    function: ast.AST | None, tree: ast.Module, line: int, names: dict[str, Any], *, settings: bool = True
) -> list[ast.stmt]:
    """What leads to a line of a function, or of its module, whose classes and functions are made already: a second
    one of the same name would be another. `settings`: with what it sets for others."""
    if isinstance(function, Functions):
        return needed(way_to(function.body, line), settings=settings)
    *before, last = needed(way_to(tree.body, line), settings=settings) or [ast.Pass()]
    made = {name for name, value in names.items() if not is_stub(value)}
    kept = [one for one in before if not isinstance(one, ast.ClassDef | Functions) or one.name not in made]
    return [] if isinstance(last, ast.Pass) else [*kept, last]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _names_of(init: Any) -> list[str]:
    if init is None or not hasattr(init, "__code__"):
        return []
    try:
        return list(inspect.signature(init).parameters)[1:]
    except (TypeError, ValueError):
        return []


def _read_of(function: Functions, own: str) -> Iterator[str]:
    """The attributes that a method reads of its object."""
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Load()) if name == own:
                yield node.attr


def _nearness(one: str, other: str) -> float:
    """How many folders two files have in common; the file itself is nearest."""
    if one == other:
        return math.inf
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _may_call(call: ast.Call, function: Functions, *, method: bool) -> bool:
    """Whether a call gives a function as many arguments as it takes."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return True
    given, takes = len(call.args) + len(call.keywords), function.args
    own = len([*takes.posonlyargs, *takes.args]) - (method and not _is_static(function))
    most = own + len(takes.kwonlyargs)
    return own - len(takes.defaults) <= given and (given <= most or bool(takes.vararg or takes.kwarg))


def _is_static(function: Functions) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)


def _loader(arguments: dict[str, Any]) -> Loader:
    arguments = {**arguments, "worker_init_fn": known_init(arguments.get("worker_init_fn"))}
    crucial = ("worker_init_fn", "sampler", "batch_sampler", "generator", "num_workers", "persistent_workers")
    return Loader(arguments, [name for name in crucial if is_stub(arguments.get(name))])


class _capturing:  # noqa: N801 - used as a statement
    """Within, the loader that is built at a line of a file is taken down and not built."""

    def __init__(self, path: str, line: int) -> None:
        self.path, self.line = REPOSITORY + path, line
        self.taken: list[Loader] = []

    def __enter__(self) -> list[Loader]:
        import torch

        self.plain = plain = torch.utils.data.DataLoader.__init__
        signature = inspect.signature(plain)

        def init(made: Any, *args: Any, **kwargs: Any) -> None:
            if not self._here():
                made.__dict__["dataset"] = args[0] if args else kwargs.get("dataset")
                return
            known = {name: value for name, value in kwargs.items() if name in signature.parameters}
            try:
                bound = signature.bind(made, *args, **known)
            except TypeError:
                return
            self.taken.append(_loader({name: value for name, value in bound.arguments.items() if name != "self"}))
            raise _Captured

        torch.utils.data.DataLoader.__init__ = init  # type: ignore[method-assign, assignment]
        return self.taken

    def __exit__(self, *exception: object) -> None:
        import torch

        torch.utils.data.DataLoader.__init__ = self.plain  # type: ignore[method-assign]

    def _here(self) -> bool:
        frame: Any = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.path and self._spans(frame):
                return True
            frame = frame.f_back
        return False

    def _spans(self, frame: Any) -> bool:
        place = place_in_repository(frame)
        return place is not None and place[1] <= self.line <= place[2]
