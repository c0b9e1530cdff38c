"""Names: the bindings that can be seen from a line, through scopes, modules, imports and star imports."""

from collections.abc import Iterator

from analysis.catalog.draws import GENERATORS, GLOBAL_DRAWS
from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate.containers import Containers
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
    Guard,
    Module,
    Scope,
    descendants,
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

_BUILTINS = frozenset(dir(__builtins__)) if not isinstance(__builtins__, dict) else frozenset(__builtins__)

_TELLING = ("rng", "seed", "rand", "gen", "state", "info", "data", "transform", "aug", "worker", "func", "fn")
"""Parts of names that are not a sample's: what they hold is looked into."""
_SAMPLES = frozenset({"data", "data_dict"})
"""Names of samples all the same, where one is made of itself."""


_RANDOM = ("random", "imgaug", "iaa")


class Names(Containers):
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

    def reworks(self, binding: Binding, name: str, scope: Scope) -> bool:
        """Whether a sample is made of itself there, over a loop or not: `image = crop(image)`.

        Through a pipeline its values would multiply with each transform, and no question is about them.
        """
        known = self._reworked.get(id(binding))
        if known is None:
            known = self._reworked[id(binding)] = self._is_reworking(binding, name, scope)
        return known

    def _is_reworking(self, binding: Binding, name: str, scope: Scope) -> bool:
        telling = name not in _SAMPLES and any(part in name.lower() for part in _TELLING)
        if telling or not _is_expression(binding):
            return False
        if isinstance(binding.node, ir.Attr) and binding.node.name == "dataset":
            # `inner = inner.dataset`: no sample, but what a subset is of.
            return False
        needs = self._needs.get(id(scope))
        if needs is None:
            needs = self._needs[id(scope)] = _dependencies(scope)
        return any(name == other or name in needs.get(other, ()) for other in _names_in(binding))

    def _evaluated(self, bindings: list[Binding], frame: Frame) -> list[Values]:
        groups = []
        for binding in bindings:
            mark = (id(frame.busy), binding)
            if binding in frame.busy:
                self._cuts.add(mark)
                continue
            frame.busy.add(binding)
            self._open.add(mark)
            try:
                groups.append(self._bound(binding, frame))
            finally:
                frame.busy.discard(binding)
                self._close(mark)
        return groups

    def _reaching(
        self, name: str, scope: Scope, line: int, frame: Frame, is_param: bool = False
    ) -> tuple[list[Binding], bool]:
        """The bindings of a name that may be seen at a line, and whether they hide all that was before."""
        live = bindings = scope.bindings.get(name, [])
        if len(bindings) == 1 and not is_param:
            only = bindings[0]
            if only.line < line and not only.guards and only not in frame.busy:
                # As most names are.
                return bindings, True
        if not frame.busy.isdisjoint(bindings):
            live = [b for b in bindings if b not in frame.busy]
            self._cuts.update((id(frame.busy), b) for b in bindings if b in frame.busy and b.line < line)
        before = [b for b in live if b.line < line or (b.line == line and b.iterated)]
        if line != LAST_LINE and (is_param or len(bindings) > 1):
            # Within the value that it is about to get, a name has its value of before.
            before = [b for b in before if b.iterated or line > self.last_line(b)]
        if not before and live and line != LAST_LINE:
            # A parameter is what it was called with until it is bound again.
            later = [b for b in live if _in_one_loop(b.line, line, frame)] if is_param else live
            return self._possible(later, frame), False
        hidden = scope.hidden_before(name, line) if len(before) > 1 or is_param else 0
        out: list[Binding] = []
        for binding in reversed(before):
            if binding.line < hidden:
                if out:
                    break
                hidden = 0
            if not self._can_be(binding, frame):
                continue
            out.append(binding)
            if binding.start <= line <= binding.end or self._always_ran(binding, line, frame):
                hidden = binding.line
                break
        if out and hidden:
            return out[::-1] + self._carried(live, out, line, frame), True
        if line == LAST_LINE and out and not any(binding.guards for binding in bindings):
            # Seen from elsewhere: the body's straight-line assignments leave the last one standing. Between two cells
            # of a notebook that define the same, the first may be what is used.
            last = out[0]
            if isinstance(last.node, ir.Import | ir.ImportFrom):
                # The other branch of a `try` may have been taken; at the same level the last import is what stays.
                hides = last.start <= out[-1].line
            else:
                hides = isinstance(last.node, FunctionInfo | ClassInfo)
            if hides and not frame.module.path.endswith(".ipynb"):
                return [last], True
            return out[::-1], True
        return out[::-1], False

    def _always_ran(self, binding: Binding, line: int, frame: Frame) -> bool:
        """Whether all tests around a binding hold, so that it hides what was before: `if x is None: x = Crop()`."""
        if not binding.guards:
            return False
        loops = frame.scope.loops
        if any(loop.line <= binding.line <= loop.body.end and not loop.line <= line <= loop.body.end for loop in loops):
            return False
        return all(self._decided(test, frame) is way for test, way in binding.guards)

    def _carried(self, bindings: list[Binding], seen: list[Binding], line: int, frame: Frame) -> list[Binding]:
        """What a loop's earlier round left of a flag: `first = True`, then `if first: ...; first = False` in a loop."""
        if not all(isinstance(binding.node, ir.Const) for binding in seen):
            return []
        hidden = max(binding.line for binding in seen)
        loops = [
            loop.body
            for loop in frame.scope.loops
            if hidden < loop.body.start and loop.body.start <= line <= loop.body.end
        ]
        return self._possible([b for b in bindings if any(line < b.line <= body.end for body in loops)], frame)

    def _possible(self, bindings: list[Binding], frame: Frame) -> list[Binding]:
        return [binding for binding in bindings if self._can_be(binding, frame)]

    def _can_be(self, binding: Binding, frame: Frame) -> bool:
        return not binding.guards or not self.guarded_out(binding.guards, frame)

    def definitions(self, name: str, frame: Frame, line: int) -> list[Argument] | None:
        """The expressions that a local name or parameter may stand for at a line; None when it is neither.

        For questions about how a value is made, where `eval` says what it is.
        """
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            bindings = function.scope.bindings.get(name, [])
            is_param = name in function.param_names
            if name in function.scope.outer:
                break
            if bindings or is_param:
                at = line if current is frame else LAST_LINE
                reaching, closed = self._reaching(name, function.scope, at, current, is_param)
                out = _expressions(reaching, current)
                if out is not None and is_param and not closed:
                    out.append(current.args.get(name) or Argument(None, None, self.parameter(name, current)))
                return out
            current = current.parent
        module = frame.module
        if name not in module.scope.bindings:
            return None
        around = self.module_frame(module)
        reaching, _ = self._reaching(name, module.scope, line if frame.function is None else LAST_LINE, around)
        return _expressions(reaching, around)

    def iterates(self, name: ir.Name, frame: Frame) -> bool:
        """Whether a name is what a loop, or a comprehension, of the same body goes through."""
        return any(binding.iterated for binding in frame.scope.bindings.get(name.id, ()))

    def loop_variable(self, name: str, frame: Frame, line: int) -> bool:
        """Whether a name is what an outer loop counts with: another value in each of its rounds."""
        current: Frame | None = frame
        while current is not None:
            bindings = current.scope.bindings.get(name)
            if bindings:
                return any(binding.iterated and _counts(binding) for binding in bindings)
            if current.function is not None and name in current.function.param_names:
                argument = current.args.get(name)
                if argument is not None and isinstance(argument.expr, ir.Name) and argument.frame is not None:
                    return self.loop_variable(argument.expr.id, argument.frame, argument.expr.line)
                return False
            current = current.parent
        bindings = frame.module.scope.bindings.get(name, [])
        return any(binding.iterated and _counts(binding) for binding in bindings)

    def guarded_out(self, guards: tuple[Guard, ...], frame: Frame) -> bool:
        """Whether a test around something is decided against it."""
        return any(self._decided(test, frame) is (not way) for test, way in guards)

    def _decided(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds; None as well while that is the question. Kept where nothing was cut short for it."""
        asked = (id(test), self._by_default)
        if asked in frame.decided:
            return frame.decided[asked]
        return self._once(
            (*asked, id(frame)),
            self._guarding,
            lambda: self.truth(test, frame),
            lambda answer: frame.decided.__setitem__(asked, answer),
            None,
        )

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


def _expressions(bindings: list[Binding], frame: Frame) -> list[Argument] | None:
    """What names are bound to; None where something is imported or defined."""
    out: list[Argument] = []
    for binding in bindings:
        if isinstance(binding.node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo):
            return None
        out.append(Argument(binding.node, frame))
    return out


def _is_expression(binding: Binding) -> bool:
    return isinstance(binding.node, ir.Node) and not isinstance(binding.node, ir.Import | ir.ImportFrom)


def _names_in(binding: Binding) -> set[str]:
    if not isinstance(binding.node, ir.Node) or not _is_expression(binding):
        return set()
    return {part.id for part in descendants(binding.node) if isinstance(part, ir.Name)}


def _dependencies(scope: Scope) -> dict[str, set[str]]:
    """Each local name to all local names that its values are made of, at any remove."""
    needs = {
        name: set().union(*map(_names_in, bindings)) & scope.bindings.keys()
        for name, bindings in scope.bindings.items()
    }
    changed = True
    while changed:
        changed = False
        for own in needs.values():
            more = own.union(*(needs[name] for name in own))
            if len(more) > len(own):
                own |= more
                changed = True
    return needs


def _in_one_loop(a: int, b: int, frame: Frame) -> bool:
    """Whether a function's loop holds both lines, so that either can run before the other."""
    loops = frame.function.scope.loops if frame.function is not None else ()
    return any(loop.line <= min(a, b) and max(a, b) <= loop.body.end for loop in loops)


def _counts(binding: Binding) -> bool:
    if not isinstance(binding.node, ir.Node) or isinstance(binding.node, ir.Import | ir.ImportFrom):
        return False
    leaf = leaf_name(binding.node)
    if isinstance(binding.node, ir.Call) and any(
        isinstance(arg, ir.Seq | ir.DictDisplay) for arg in binding.node.args[:1]
    ):
        # Over what is written down, such as the names of the splits: those are not epochs.
        return False
    if leaf in {"enumerate", "tqdm", "trange"}:
        return not binding.path or binding.path[0] == 0
    return leaf in {"range", "xrange", "count"}


def _says_random(cls: ClassInfo) -> bool:
    return any(method.mentions(word) for method in cls.methods.values() for word in _RANDOM)
