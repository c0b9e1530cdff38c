"""Names: the bindings that can be seen from a line, through scopes, modules, imports and star imports."""

import builtins
from collections.abc import Iterator

from analysis.catalog.draws import GENERATORS, GLOBAL_DRAWS
from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate.bindings import Bindings
from analysis.link.evaluate.library import (
    EXPORT_ALIASES,
    LOADERS_OF_THEIR_OWN,
    LOST_NAMES,
    STAR_ALIASES,
    STAR_CAPITALS,
    STAR_CLASSES,
    STAR_EXPORTS,
)
from analysis.link.evaluate.machine import (
    LAST_LINE,
    NO_SUCH_FILE,
    NOT_DEFINED,
    NOT_IN_MODULE,
    NOT_IN_PACKAGE,
    UNREADABLE,
)
from analysis.link.project import NEVER_OURS, THIRD_PARTIES
from analysis.link.scopes import (
    Binding,
    ClassInfo,
    FunctionInfo,
    Module,
    leaf_name,
)
from analysis.link.values import (
    MOST_VALUES,
    Argument,
    CallArgs,
    ClassValue,
    External,
    Frame,
    FunctionValue,
    Mapping,
    ModuleValue,
    PackageValue,
    Sequence,
    Unknown,
    Values,
    union,
)

_BUILTINS = frozenset(dir(builtins))

_RANDOM = ("random", "imgaug", "iaa")


class Names(Bindings):
    """What names stand for."""

    def _name(self, expr: ir.Name, frame: Frame) -> Values:
        return self.lookup(expr.id, frame, expr.line)

    def lookup(self, name: str, frame: Frame, line: int = LAST_LINE) -> Values:
        """What a name stands for in a frame, seen from a line of it."""
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            scope = function.scope
            if name not in scope.outer:
                is_param = name in function.param_names
                if is_param or name in scope.bindings:
                    return self._local(name, current, line if current is frame else LAST_LINE, is_param)
            current = current.parent
        inner = line if frame.function is None else LAST_LINE
        return self._global(name, frame.module, inner)

    def _local(self, name: str, frame: Frame, line: int, is_param: bool) -> Values:
        key = (name, line)
        cached = frame.cache.get(key)
        if cached is not None:
            return cached
        function = frame.function
        assert function is not None

        def compute() -> Values:
            scope = function.scope
            reaching, closed = self._reaching(name, scope, line, frame, is_param)
            reworked = [b for b in reaching if self.reworks(b, name, scope)] if frame.worker else []
            groups = self._evaluated([b for b in reaching if b not in reworked] if reworked else reaching, frame)
            if reworked:
                groups.append(UNREADABLE)
            if is_param and not closed:
                groups.insert(0, self.parameter(name, frame))
            if frame.module.declaring:
                groups += self._assigned_by_functions(name, frame.module, function)
            return self._changed(name, scope, union((), *groups), line, frame)

        return self._once(key, frame.busy, compute, lambda values: frame.cache.__setitem__(key, values))

    def _bound(self, binding: Binding, frame: Frame) -> Values:
        node = binding.node
        match node:
            case FunctionInfo():
                return self._defined(node, frame)
            case ClassInfo():
                return tuple(ClassValue(each, frame) for each in self.variants(node, frame))
            case ir.Import():
                return self._imported(node, frame.module)
            case ir.ImportFrom():
                return self.imported_from(node, frame.module)
            case _:
                values = self.eval(node, frame)
        if binding.iterated:
            values = self.elements(values)
        for index in binding.path:
            values = self.part(values, index)
        return values

    def _defined(self, function: FunctionInfo, frame: Frame) -> Values:
        # A decorator that returns another object: the repository's own may be a factory, others wrap what they get.
        chosen = (FunctionValue(function, frame),)
        if "singledispatch" not in function.decorator_names():
            return chosen
        return chosen + tuple(
            FunctionValue(each, frame)
            for decorator, each in function.module.decorated.get("register", ())
            if isinstance(each, FunctionInfo) and _registers_with(decorator, function.name)
        )

    def _global(self, name: str, module: Module, line: int = LAST_LINE) -> Values:
        found = self.member(module, name, line)
        if found is not None:
            return found
        if name in _BUILTINS:
            return (External(f"builtins.{name}"),)
        folder, _, file = module.path.rpartition("/")
        # An import of a package's module, `import package.sets`, leaves it among the names of the package's own file.
        inner = self.project.inside(f"{folder}/", name) if file == "__init__.py" and folder else None
        if inner is not None:
            return self.at(inner)
        return self._elsewhere(name, module) or (Unknown(NOT_DEFINED, name),)

    def _elsewhere(self, name: str, module: Module) -> Values:
        """The one function or class of a name that a file uses and does not have.

        A notebook runs another, or an import goes wrong; what a star brings from a library may have any name.
        """
        if any(not star.level and _is_published(star.module) for star in module.scope.stars):
            return ()
        made = self.project.making(name)
        only = self.project.module(made[0]) if len(made) == 1 else None
        found = () if only is None or only is module else self.member(only, name) or ()
        return found if all(isinstance(value, ClassValue | FunctionValue) for value in found) else ()

    def member(self, module: Module, name: str, line: int = LAST_LINE) -> Values | None:
        """A module's global by name, star imports included; None when it has none."""
        frame = self.module_frame(module)
        bindings = module.scope.bindings.get(name)
        if not bindings:
            return self._starred(name, module)
        key = (name, line)
        cached = frame.cache.get(key)
        if cached is not None:
            return cached

        def compute() -> Values:
            reaching, _ = self._reaching(name, module.scope, line, frame)
            groups = self._evaluated(reaching, frame)
            values = self._changed(name, module.scope, union((), *groups), line, frame)
            values = self._filled_by_functions(name, module, values)
            return union(values, *self._assigned_by_functions(name, module))

        return self._once(key, frame.busy, compute, lambda values: frame.cache.__setitem__(key, values))

    def _assigned_by_functions(self, name: str, module: Module, around: FunctionInfo | None = None) -> list[Values]:
        """What functions give a global name that they declare, or a name of the function around them."""
        out = []
        for function in module.declaring:
            if around is not None and (function is around or function.owner is not around):
                continue
            if name in function.scope.outer and name in function.scope.bindings:
                frame = self.loose_frame(function)
                out.extend(self._evaluated(function.scope.bindings[name], frame))
        return out

    def _filled_by_functions(self, name: str, module: Module, values: Values) -> Values:
        """A module's dict or list with what functions put into it: `registry[name] = cls` in a decorator."""
        if not any(isinstance(value, Mapping | Sequence) for value in values):
            return values
        for function in module.functions:
            if not function.mentions(name) or name in function.scope.bindings or name in function.param_names:
                continue
            changes = function.scope.changes.get(name)
            if not changes:
                values = self._filled_by_helper(name, function, values)
                continue
            decorated = self.decorated(function)
            for value, target in decorated:
                args = CallArgs([Argument(None, None, (value,))])
                values = self.with_changes(values, changes, self.bind(function, args, target.frame, target.receiver))
            if not decorated:
                values = self.with_changes(values, changes, self.loose_frame(function))
        return values

    def _filled_by_helper(self, name: str, function: FunctionInfo, values: Values) -> Values:
        """As above, of a function that hands the dict to another one, which makes the decorator."""
        if not any(isinstance(arg, ir.Name) and arg.id == name for call in function.scope.calls for arg in given(call)):
            return values
        for value, target in self.decorated_through(function):
            for param, argument in target.frame.args.items():
                changes = target.function.scope.changes.get(param)
                own = isinstance(argument.expr, ir.Name) and argument.expr.id == name
                if changes and own and argument.frame is not None and argument.frame.module is function.module:
                    args = CallArgs([Argument(None, None, (value,))])
                    values = self.with_changes(values, changes, self.bind(target.function, args, target.frame))
        return values

    def _starred(self, name: str, module: Module) -> Values | None:
        outside: list[str] = []
        lost = False
        missing: Values | None = None
        # Of two files that have a name, the one that is imported last gives it.
        for star in reversed(module.scope.stars):
            target = self.project.resolve(module.path, star.module, star.level)
            if target is None:
                outside.append(star.module)
                lost = lost or star.level > 0 or not _is_published(star.module)
                continue
            source = self.project.init_of(target) if target.endswith("/") else self.project.module(target)
            if source is None or source is module:
                continue
            if id(source) in self._asking:
                continue
            self._asking.add(id(source))
            try:
                found = self.member(source, name)
            finally:
                self._asking.discard(id(source))
            if found and _is_missing(found):
                # It has the name from a file that is on the way to it: another of the files gives it.
                missing = missing or found
                continue
            if found is not None:
                return found
            if target.endswith("/") and (inner := self.project.inside(target, name)):
                return self.at(inner)
        if missing is not None:
            return missing
        for origin in outside:
            known = canonical(f"{origin}.{name}")
            if known in STAR_EXPORTS or known in GLOBAL_DRAWS or known in GENERATORS:
                return (External(known),)
        if name in STAR_ALIASES and any(origin.startswith(EXPORT_ALIASES) for origin in outside):
            return (External(STAR_ALIASES[name]),)
        if lost and name in LOST_NAMES:
            return (External(LOST_NAMES[name]),)
        if name[:1].isupper() and (not name.isupper() or name in STAR_CAPITALS):
            classes = [each for each in outside if each in STAR_CLASSES]
            return (External(canonical(f"{classes[0]}.{name}")),) if classes else None
        return None

    def all_classes(self, module: Module) -> Values:
        """All classes of the repository that a module's names can mean: look-ups by a name nobody can read end here.

        Where there is no room for all, those that do something random come first, then those in a file that does.
        """
        out: list[ClassValue] = []
        names = list(module.scope.bindings)
        for star in module.scope.stars:
            target = self.project.resolve(module.path, star.module, star.level)
            source = None
            if target is not None:
                source = self.project.init_of(target) if target.endswith("/") else self.project.module(target)
            if source is not None:
                names.extend(source.scope.bindings)
        for name in dict.fromkeys(names):
            values = self.member(module, name) or ()
            out.extend(value for value in values if isinstance(value, ClassValue))
        if len(out) > MOST_VALUES:
            files = frozenset(path for word in _RANDOM for path in self.project.mentioning(word))
            out.sort(key=lambda value: 2 - _says_random(value.cls) - (value.cls.module.path in files))
        return union((), tuple(out))

    def all_functions(self, module: Module) -> Values:
        """The functions that a module itself defines."""
        defined = [each for each in module.functions if isinstance(each.node, ir.FunctionDef)]
        own = [each for each in defined if each.owner is None and each.cls is None]
        return tuple(FunctionValue(each, self.definition_frame(each)) for each in own)

    def at(self, path: str) -> Values:
        if path.endswith("/"):
            return (PackageValue(path),)
        module = self.project.module(path)
        return UNREADABLE if module is None else (ModuleValue(module),)

    def _imported(self, node: ir.Import, module: Module) -> Values:
        wanted = node.name if node.alias else node.name.split(".")[0]
        path = self.project.resolve(module.path, node.name)
        if path is None:
            return (External(canonical(wanted)),)
        if node.alias:
            return self.at(path)
        first = self.project.resolve(module.path, wanted)
        return self.at(first) if first is not None else (External(wanted),)

    def imported_from(self, node: ir.ImportFrom, module: Module) -> Values:
        target = self.project.resolve(module.path, node.module, node.level)
        if target is None:
            if node.level:
                return (Unknown(NO_SUCH_FILE, node.name),)
            return (External(canonical(f"{node.module}.{node.name}")),)
        found = self._from(target, node.name)
        if not node.level and _is_missing(found):
            # Two files can be meant by `utils`; it depends on where a program is started.
            for other in self.project.candidates(module.path, node.module)[1:]:
                elsewhere = self._from(other, node.name)
                if not _is_missing(elsewhere):
                    return elsewhere
        return found

    def _from(self, target: str, name: str) -> Values:
        if target.endswith("/"):
            init = self.project.init_of(target)
            if init is not None and id(init) not in self._asking:
                self._asking.add(id(init))
                try:
                    found = self.member(init, name)
                finally:
                    self._asking.discard(id(init))
                if found:
                    return found
            inner = self.project.inside(target, name)
            return self.at(inner) if inner else (Unknown(NOT_IN_PACKAGE, name),)
        module = self.project.module(target)
        found = None if module is None else self.member(module, name)
        return found if found is not None else (lacking(module, name),)


def lacking(module: Module | None, name: str) -> Unknown:
    """What stands for a name that a module does not have, as far as that is read."""
    whole = module is not None and module.facts.problem is None and not _makes_names(module)
    return Unknown(NOT_IN_MODULE if whole else f"{NOT_IN_MODULE}, as far as that is read", name)


def _makes_names(module: Module) -> bool:
    """Whether a module may have names that do not stand in it."""
    if "__getattr__" in module.scope.bindings:
        return True
    return any(module.calls_by_name.get(call) for call in ("exec", "globals", "locals", "setattr", "vars"))


def _registers_with(decorator: ir.Expr, name: str) -> bool:
    """Whether a decorator is `name.register`, or a call of it."""
    method = decorator.func if isinstance(decorator, ir.Call) else decorator
    return isinstance(method, ir.Attr) and leaf_name(method.value) == name


def _is_published(module: str) -> bool:
    return module.partition(".")[0] in NEVER_OURS | THIRD_PARTIES | LOADERS_OF_THEIR_OWN


def _is_missing(values: Values) -> bool:
    return all(isinstance(value, Unknown) and value.reason.startswith("not found in its ") for value in values)


def given(call: ir.Call) -> Iterator[ir.Expr]:
    """What a call hands over, by position and by name."""
    yield from call.args
    for keyword in call.keywords:
        yield keyword.value


def _says_random(cls: ClassInfo) -> bool:
    return any(method.mentions(word) for method in cls.methods.values() for word in _RANDOM)
