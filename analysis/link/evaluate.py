"""Abstract evaluation, on demand: which values an expression can have in a given activation.

Flow is followed as far as lines and blocks tell, calls as far as their targets are known, branches are left out where
their test is decided. What cannot be followed is an `Unknown` with its name. Every question is bounded: the work of one
repository by `MOST_STEPS`, the depth of calls by `DEEPEST`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from analysis.catalog.draws import GENERATORS, GLOBAL_DRAWS
from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.project import Project
from analysis.link.scopes import (
    AttrAssign,
    Binding,
    Change,
    ClassInfo,
    FunctionInfo,
    Guard,
    Module,
    Scope,
    dotted_name,
    leaf_name,
)
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    ModuleValue,
    PackageValue,
    Partial,
    Result,
    Sequence,
    Super,
    Unknown,
    Value,
    Values,
    union,
)

DEEPEST = 14
MOST_STEPS = 120_000
"""Evaluations for one loader; a whole repository gets `MOST_STEPS_IN_ALL`."""
MOST_STEPS_IN_ALL = 1_500_000
MOST_NESTED = 90
"""Nested evaluations: a chain of names longer than this is generated code, and Python's stack is finite."""
MOST_CALLERS = 24
MOST_OPERANDS = 8
MOST_OUTSIDE = 12
"""Assignments to an attribute from outside its class; more are settings, not parts of an object."""
MOST_ACTIVE = 2
"""Activations of one function inside each other: a recursive one gives nothing new after that."""
LAST_LINE = 1 << 30

UNREADABLE: Values = (Unknown("not readable here"),)


class OptionSource(Protocol):
    """Where the defaults of command-line options come from."""

    def option(self, name: str, near: str) -> Values:
        """The defaults of the option with this destination, as the file `near` would see it."""


class Evaluator:
    """Evaluates expressions of one project. All answers are cached in frames and instances."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.steps = 0
        self.steps_in_all = 0
        self.worker_dataset: Value | None = None
        self._by_default = False
        self._nesting = 0
        self._calling = 0
        self._active: dict[int, int] = {}
        self.barren: set[object] = set()
        self._guarding: set[tuple[int, int]] = set()
        self._cuts: set[tuple[int, object]] = set()
        self._provisional: dict[tuple[int, object], tuple[Values, set[tuple[int, object]]]] = {}
        self._waiting: dict[tuple[int, object], list[tuple[int, object]]] = {}
        self._returned: dict[object, Values] = {}
        self._returning: set[object] = set()
        self.options: OptionSource | None = None
        self._module_frames: dict[str, Frame] = {}
        self._loose_frames: dict[tuple[int, int], Frame] = {}
        self._loose_instances: dict[int, Instance] = {}
        self._mro: dict[int, list[ClassInfo]] = {}
        self._bases: dict[int, list[Value]] = {}
        self._attributes: dict[int, dict[str, list[tuple[FunctionInfo, AttrAssign]]]] = {}
        self._callers: dict[int, list[tuple[ir.Call, Frame]]] = {}
        self._asking: set[int] = set()
        self._subclasses: dict[int, list[ClassInfo]] = {}
        self._expressions: dict[type[ir.Node], Callable[[Any, Frame], Values]] = {
            ir.Name: self._name,
            ir.Const: self._const,
            ir.Attr: self._attr,
            ir.Call: self._call,
            ir.Sub: self._sub,
            ir.Seq: self._seq,
            ir.DictDisplay: self._dict,
            ir.Lambda: self._lambda,
            ir.Cond: self._cond,
            ir.BoolOp: self._bool_op,
            ir.BinOp: self._bin_op,
            ir.UnaryOp: self._unary_op,
            ir.Compare: self._compare,
            ir.Comp: self._comp,
            ir.Star: self._star,
            ir.Walrus: self._walrus,
            ir.Yield: self._unreadable,
            ir.Text: self._text,
            ir.Other: self._unreadable,
        }

    # Frames.

    def module_frame(self, module: Module) -> Frame:
        frame = self._module_frames.get(module.path)
        if frame is None:
            frame = self._module_frames[module.path] = Frame(module, None)
        return frame

    def loose_frame(self, function: FunctionInfo, receiver: "Instance | ClassValue | None" = None) -> Frame:
        """The function's activation by whoever calls it: parameters are looked for at the callers."""
        key = (id(function), id(receiver))
        frame = self._loose_frames.get(key)
        if frame is None:
            if receiver is None and function.cls is not None and "staticmethod" not in function.decorator_names():
                receiver = self.loose_instance(function.cls)
            parent = self.definition_frame(function)
            frame = Frame(function.module, function, parent, self_value=receiver)
            self._loose_frames[key] = frame
        return frame

    def definition_frame(self, function: "FunctionInfo | ClassInfo") -> Frame:
        """The frame around a definition when no particular activation is meant."""
        if function.owner is not None:
            return self.loose_frame(function.owner)
        if isinstance(function, FunctionInfo) and function.cls is not None and function.cls.owner is not None:
            return self.loose_frame(function.cls.owner)
        return self.module_frame(function.module)

    def owner_frame(self, owner: "FunctionInfo | ClassInfo | None", module: Module) -> Frame:
        """The frame in which an expression in the owner's own body is evaluated."""
        if owner is None:
            return self.module_frame(module)
        if isinstance(owner, ClassInfo):
            return self.definition_frame(owner)
        return self.loose_frame(owner)

    def loose_instance(self, cls: ClassInfo) -> Instance:
        """The class's object made by whoever makes one: constructor arguments are looked for at the callers."""
        instance = self._loose_instances.get(id(cls))
        if instance is None:
            instance = self._loose_instances[id(cls)] = Instance(cls, self.definition_frame(cls))
        return instance

    # Expressions.

    def refresh(self) -> None:
        """Start on another loader, with work of its own to spend as long as the repository has some left."""
        self.steps_in_all += min(self.steps, MOST_STEPS)
        self.steps = 0 if self.steps_in_all < MOST_STEPS_IN_ALL else MOST_STEPS + 1

    def eval(self, expr: ir.Expr, frame: Frame) -> Values:
        """The values that the expression can have. Empty while it depends on itself."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            return self._frugal(expr, frame)
        if self._nesting >= MOST_NESTED:
            return UNREADABLE
        self._nesting += 1
        try:
            return self._expressions[type(expr)](expr, frame)
        finally:
            self._nesting -= 1

    def _frugal(self, expr: ir.Expr, frame: Frame) -> Values:
        """What can be said when the work for a loader is spent: modules, imported names and an object's methods."""
        if isinstance(expr, ir.Const):
            return self._const(expr, frame)
        if isinstance(expr, ir.Attr):
            out: list[Values] = []
            for value in self._frugal(expr.value, frame):
                if isinstance(value, External | ModuleValue | PackageValue):
                    out.append(self.attribute(value, expr.name))
                elif isinstance(value, Instance) and (method := self.find_method(value.cls, expr.name)) is not None:
                    out.append((FunctionValue(method, self._around(method, value.class_frame), value),))
            return union(*out) if out else UNREADABLE
        if not isinstance(expr, ir.Name):
            return UNREADABLE
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            if function.params and function.params[0].name == expr.id and isinstance(current.self_value, Instance):
                return (current.self_value,)
            if expr.id in function.scope.bindings or any(param.name == expr.id for param in function.params):
                return UNREADABLE
            current = current.parent
        return self._global(expr.id, frame.module)

    def _once(
        self, key: object, busy: set[Any], compute: Callable[[], Values], store: Callable[[Values], None]
    ) -> Values:
        """Compute under a guard against depending on itself.

        An answer that was cut short because a question around it was still open holds only within that question: it is
        kept until that question is closed, and stored for good only when nothing but the question itself was cut.
        """
        mark = (id(busy), key)
        if key in busy:
            self._cuts.add(mark)
            return ()
        provisional = self._provisional.get(mark)
        if provisional is not None:
            self._cuts |= provisional[1]
            return provisional[0]
        busy.add(key)
        outside, self._cuts = self._cuts, set()
        try:
            values = compute()
        finally:
            busy.discard(key)
            self._close(mark)
            own = self._cuts
            self._cuts = own | outside
        if not own:
            if self.steps <= MOST_STEPS:
                store(values)
        else:
            self._provisional[mark] = (values, own)
            for cut in own:
                self._waiting.setdefault(cut, []).append(mark)
        return values

    def _close(self, mark: tuple[int, object]) -> None:
        """A question has its answer: what was cut short because of it is to be asked again."""
        self._cuts.discard(mark)
        for waiting in self._waiting.pop(mark, ()):
            self._provisional.pop(waiting, None)

    def argument(self, argument: Argument) -> Values:
        """The values of an argument."""
        expr, frame = argument.expr, argument.frame
        if expr is None or frame is None:
            return argument.values
        if isinstance(expr, ir.Const | ir.Name | ir.Call):
            return self.eval(expr, frame)
        # What is put into a container may be made of what was in it before.
        key = ("argument", expr)
        cached = frame.cache.get(key)
        if cached is not None:
            return cached
        return self._once(
            key, frame.busy, lambda: self.eval(expr, frame), lambda values: frame.cache.__setitem__(key, values)
        )

    def _unreadable(self, expr: ir.Expr, frame: Frame) -> Values:
        return UNREADABLE

    def _const(self, expr: ir.Const, frame: Frame) -> Values:
        return (Constant(expr.value),) if expr.known else UNREADABLE

    def _text(self, expr: ir.Text, frame: Frame) -> Values:
        parts: list[str] = []
        for part in expr.parts:
            known = [v for v in self.eval(part, frame) if isinstance(v, Constant) and isinstance(v.value, str | int)]
            if len(known) != 1:
                return UNREADABLE
            parts.append(str(known[0].value))
        return (Constant("".join(parts)),)

    def _seq(self, expr: ir.Seq, frame: Frame) -> Values:
        return (Sequence(tuple(Argument(item, frame) for item in expr.items)),)

    def _dict(self, expr: ir.DictDisplay, frame: Frame) -> Values:
        items: list[tuple[str | int | None, Argument]] = []
        is_open = False
        for key, value in zip(expr.keys, expr.values, strict=True):
            if key is None:
                merged = self._merged(self.eval(value, frame))
                items.extend(merged.items)
                is_open |= merged.open
            else:
                items.append((self.key_of(key, frame), Argument(value, frame)))
        return (Mapping(tuple(items), is_open),)

    def key_of(self, expr: ir.Expr, frame: Frame) -> str | int | None:
        for value in self.eval(expr, frame):
            if isinstance(value, Constant) and isinstance(value.value, str | int):
                return value.value
        return None

    def _merged(self, values: Values) -> Mapping:
        """Several possible dicts as one that may have any of their items."""
        items: list[tuple[str | int | None, Argument]] = []
        is_open = not values
        for value in values:
            if isinstance(value, Mapping):
                items.extend(value.items)
                is_open |= value.open
            else:
                is_open = True
        return Mapping(tuple(items), is_open)

    def _lambda(self, expr: ir.Lambda, frame: Frame) -> Values:
        function = frame.module.lambdas.get(id(expr))
        return UNREADABLE if function is None else (FunctionValue(function, frame),)

    def _cond(self, expr: ir.Cond, frame: Frame) -> Values:
        decided = self.truth(expr.test, frame)
        if decided is True:
            return self.eval(expr.then, frame)
        if decided is False:
            return self.eval(expr.other, frame)
        return union(self.eval(expr.then, frame), self.eval(expr.other, frame))

    def _bool_op(self, expr: ir.BoolOp, frame: Frame) -> Values:
        # `a or b` is b where a is false: a false constant on the way cannot be the result.
        kept: list[Values] = []
        for index, item in enumerate(expr.items):
            values = self.eval(item, frame)
            if index < len(expr.items) - 1:
                stays = [v for v in values if self.value_truth(v) is not (expr.op == "and")]
                kept.append(tuple(stays))
                if values and len(stays) == len(values) and all(self.value_truth(v) is not None for v in stays):
                    break
            else:
                kept.append(values)
        return union(*kept)

    def _bin_op(self, expr: ir.BinOp, frame: Frame) -> Values:
        left, right = self.eval(expr.left, frame), self.eval(expr.right, frame)
        out: list[Value] = []
        for a in left[:MOST_OPERANDS]:
            for b in right[:MOST_OPERANDS]:
                if isinstance(a, Sequence) and isinstance(b, Sequence) and expr.op == "+":
                    out.append(Sequence(a.items + b.items, a.open or b.open))
                elif isinstance(a, Sequence) and expr.op in "+*":
                    out.append(Sequence(a.items, expr.op == "+"))
                elif isinstance(a, Mapping) and isinstance(b, Mapping) and expr.op == "|":
                    out.append(Mapping(a.items + b.items, a.open or b.open))
                elif isinstance(a, Constant) and isinstance(b, Constant):
                    out.append(_arithmetic(expr.op, a, b))
                elif isinstance(a, Result | Instance) and expr.op == "+":
                    # `dataset + dataset` concatenates.
                    out.extend((a, b))
                else:
                    out.append(Unknown("not readable here"))
        return union(tuple(out))

    def _unary_op(self, expr: ir.UnaryOp, frame: Frame) -> Values:
        if expr.op != "not":
            return UNREADABLE
        decided = self.truth(expr.value, frame)
        return UNREADABLE if decided is None else (Constant(not decided),)

    def _compare(self, expr: ir.Compare, frame: Frame) -> Values:
        decided = self.truth(expr, frame)
        return UNREADABLE if decided is None else (Constant(decided),)

    def _comp(self, expr: ir.Comp, frame: Frame) -> Values:
        if expr.key is not None:
            return (Mapping(((None, Argument(expr.element, frame)),), True),)
        return (Sequence((Argument(expr.element, frame),), True),)

    def _star(self, expr: ir.Star, frame: Frame) -> Values:
        return self.eval(expr.value, frame)

    def _walrus(self, expr: ir.Walrus, frame: Frame) -> Values:
        return self.eval(expr.value, frame)

    # Names.

    def _name(self, expr: ir.Name, frame: Frame) -> Values:
        return self.lookup(expr.id, frame, expr.line)

    def lookup(self, name: str, frame: Frame, line: int = LAST_LINE) -> Values:
        """What a name stands for in a frame, seen from a line of it."""
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            if name not in function.scope.outer:
                is_param = any(param.name == name for param in function.params)
                if is_param or name in function.scope.bindings:
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
            reaching, closed = self._reaching(function.scope.bindings.get(name, []), line, frame)
            groups = self._evaluated(reaching, frame)
            if is_param and not closed:
                groups.insert(0, self.parameter(name, frame))
            return self._changed(name, function.scope, union((), *groups), line, frame)

        return self._once(key, frame.busy, compute, lambda values: frame.cache.__setitem__(key, values))

    def _evaluated(self, bindings: list[Binding], frame: Frame) -> list[Values]:
        groups = []
        for binding in bindings:
            if binding in frame.busy:
                self._cuts.add((id(frame.busy), binding))
                continue
            frame.busy.add(binding)
            try:
                groups.append(self._bound(binding, frame))
            finally:
                frame.busy.discard(binding)
                self._close((id(frame.busy), binding))
        return groups

    def _reaching(self, bindings: list[Binding], line: int, frame: Frame) -> tuple[list[Binding], bool]:
        """The bindings that may be seen at a line, and whether one of them hides all that was before."""
        live = bindings
        if frame.busy:
            live = [b for b in bindings if b not in frame.busy]
            self._cuts.update((id(frame.busy), b) for b in bindings if b in frame.busy and b.line < line)
        before = [b for b in live if b.line < line or (b.line == line and b.iterated)]
        if not before and live and line != LAST_LINE:
            return self._possible(live, frame), False
        out: list[Binding] = []
        for binding in reversed(before):
            possible = self._possible([binding], frame)
            out.extend(possible)
            if possible and binding.start <= line <= binding.end:
                return out[::-1], True
        if line == LAST_LINE and out and not any(binding.guards for binding in bindings):
            # Seen from elsewhere: the body's straight-line assignments leave the last one standing.
            return out[::-1], True
        return out[::-1], False

    def _possible(self, bindings: list[Binding], frame: Frame) -> list[Binding]:
        if frame.function is None:
            return bindings
        return [binding for binding in bindings if not self.guarded_out(binding.guards, frame)]

    def definitions(self, name: str, frame: Frame, line: int) -> list[Argument] | None:
        """The expressions that a local name or parameter may stand for at a line; None when it is neither.

        For questions about how a value is made, where `eval` says what it is.
        """
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            bindings = function.scope.bindings.get(name, [])
            is_param = any(param.name == name for param in function.params)
            if name in function.scope.outer:
                break
            if bindings or is_param:
                reaching, closed = self._reaching(bindings, line if current is frame else LAST_LINE, current)
                out: list[Argument] = []
                for binding in reaching:
                    if isinstance(binding.node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo):
                        return None
                    out.append(Argument(binding.node, current))
                if is_param and not closed:
                    out.append(current.args.get(name) or Argument(None, None, self.parameter(name, current)))
                return out
            current = current.parent
        bindings = frame.module.scope.bindings.get(name, [])
        nodes = [b.node for b in bindings]
        if not nodes or any(isinstance(n, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo) for n in nodes):
            return None
        return [
            Argument(n, self.module_frame(frame.module))
            for n in nodes
            if not isinstance(n, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo)
        ]

    def loop_variable(self, name: str, frame: Frame, line: int) -> bool:
        """Whether a name is what an outer loop counts with: another value in each of its rounds."""
        current: Frame | None = frame
        while current is not None:
            scope = current.module.scope if current.function is None else current.function.scope
            bindings = scope.bindings.get(name)
            if bindings:
                return any(binding.iterated and _counts(binding) for binding in bindings)
            if current.function is not None and any(param.name == name for param in current.function.params):
                argument = current.args.get(name)
                if argument is not None and isinstance(argument.expr, ir.Name) and argument.frame is not None:
                    return self.loop_variable(argument.expr.id, argument.frame, argument.expr.line)
                return False
            current = current.parent
        bindings = frame.module.scope.bindings.get(name, [])
        return any(binding.iterated and _counts(binding) for binding in bindings)

    def advanced_outside(self, instance: Instance, name: str) -> bool:
        """Whether code outside the class changes an attribute of the object: `init.step += 1`."""
        for module in self.project.modules_mentioning(name):
            for scope, owner in module.bodies():
                for assign in scope.attributes:
                    if assign.name != name or (isinstance(assign.target, ir.Name) and assign.target.id == "self"):
                        continue
                    holders = self.eval(assign.target, self.owner_frame(owner, module))
                    if any(isinstance(h, Instance) and h.cls is instance.cls for h in holders):
                        return True
        return False

    def guarded_out(self, guards: tuple[Guard, ...], frame: Frame) -> bool:
        """Whether a test around something is decided against it."""
        for test, way in guards:
            key = (id(test), id(frame))
            if key in self._guarding:
                self._cuts.add((id(self._guarding), key))
                continue
            self._guarding.add(key)
            try:
                if self.truth(test, frame) is (not way):
                    return True
            finally:
                self._guarding.discard(key)
                self._close((id(self._guarding), key))
        return False

    def _bound(self, binding: Binding, frame: Frame) -> Values:
        node = binding.node
        match node:
            case FunctionInfo():
                return self._defined(node, frame)
            case ClassInfo():
                return (ClassValue(node, frame),)
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
        return (FunctionValue(function, frame),)

    def _changed(self, name: str, scope: Scope, values: Values, line: int, frame: Frame) -> Values:
        """The values with what was put into them in place (`d[key] = v`, `x.append(v)`)."""
        changes = [change for change in scope.changes.get(name, ()) if change.line < line]
        if not changes:
            return values
        return self.with_changes(values, changes, frame)

    def with_changes(self, values: Values, changes: list[Change], frame: Frame) -> Values:
        out: list[Value] = []
        for value in values:
            if isinstance(value, Mapping):
                out.append(self._changed_mapping(value, changes, frame))
            elif isinstance(value, Sequence):
                items = value.items
                for change in changes:
                    if change.how in {"append", "add", "item"}:
                        items += tuple(Argument(item, frame) for item in change.values)
                    elif change.how == "insert" and len(change.values) == 2:
                        items += (Argument(change.values[1], frame),)
                    elif change.how in {"extend", "+="}:
                        items += tuple(
                            Argument(None, None, (element,))
                            for item in change.values
                            for element in self.elements(self.eval(item, frame))
                        )
                out.append(Sequence(items, True))
            elif isinstance(value, Constant) and any(change.how[-1] == "=" for change in changes):
                out.append(Unknown("changed by arithmetic"))
            else:
                out.append(value)
                for change in changes:
                    if change.how == "+=" and isinstance(value, Result | Instance):
                        out.extend(self.eval(change.values[0], frame))
        return union(tuple(out))

    def _changed_mapping(self, value: Mapping, changes: list[Change], frame: Frame) -> Mapping:
        items, is_open = value.items, value.open
        for change in changes:
            if change.how == "item" and change.key is not None:
                items += ((self.key_of(change.key, frame), Argument(change.values[0], frame)),)
            elif change.how == "update":
                for other in change.values:
                    merged = self._merged(self.eval(other, frame))
                    items, is_open = items + merged.items, is_open or merged.open
            elif change.how == "setdefault" and len(change.values) == 2:
                items += ((self.key_of(change.values[0], frame), Argument(change.values[1], frame)),)
        return Mapping(items, is_open)

    def _global(self, name: str, module: Module, line: int = LAST_LINE) -> Values:
        found = self.member(module, name, line)
        if found is not None:
            return found
        return (External(f"builtins.{name}"),) if name in _BUILTINS else (Unknown("not defined here", name),)

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
            reaching, _ = self._reaching(bindings, line, frame)
            groups = self._evaluated(reaching, frame)
            values = self._changed(name, module.scope, union((), *groups), line, frame)
            return union(values, *self._assigned_by_functions(name, module))

        return self._once(key, frame.busy, compute, lambda values: frame.cache.__setitem__(key, values))

    def _assigned_by_functions(self, name: str, module: Module) -> list[Values]:
        out = []
        for function in module.functions:
            if name in function.scope.outer and name in function.scope.bindings:
                frame = self.loose_frame(function)
                out.extend(self._evaluated(function.scope.bindings[name], frame))
        return out

    def _starred(self, name: str, module: Module) -> Values | None:
        outside: list[str] = []
        for star in module.scope.stars:
            target = self.project.resolve(module.path, star.module, star.level)
            if target is None:
                outside.append(star.module)
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
            if found is not None:
                return found
            if target.endswith("/") and (inner := self.project.inside(target, name)):
                return self._at(inner)
        for origin in outside:
            known = canonical(f"{origin}.{name}")
            if known in _STAR_EXPORTS or known in GLOBAL_DRAWS or known in GENERATORS:
                return (External(known),)
        return None

    # Imports.

    def _at(self, path: str) -> Values:
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
            return self._at(path)
        first = self.project.resolve(module.path, wanted)
        return self._at(first) if first is not None else (External(wanted),)

    def imported_from(self, node: ir.ImportFrom, module: Module) -> Values:
        target = self.project.resolve(module.path, node.module, node.level)
        if target is None:
            if node.level:
                return (Unknown("imported from a file that is not there", node.name),)
            return (External(canonical(f"{node.module}.{node.name}")),)
        return self._from(target, node.name)

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
            return self._at(inner) if inner else (Unknown("not found in its package", name),)
        module = self.project.module(target)
        found = None if module is None else self.member(module, name)
        return found if found is not None else (Unknown("not found in its module", name),)

    # Attributes.

    def _attr(self, expr: ir.Attr, frame: Frame) -> Values:
        holder = dotted_name(expr)
        base = self.eval(expr.value, frame)
        out: list[Values] = [self.attribute(value, expr.name, expr.line, frame) for value in base]
        values = union((), *out)
        if not holder or frame.function is None:
            scope = frame.module.scope if frame.function is None else None
        else:
            scope = frame.function.scope
        if holder and scope is not None and holder in scope.changes:
            values = self._changed(holder, scope, values, expr.line, frame)
        return values

    def attribute(self, value: Value, name: str, line: int = LAST_LINE, frame: Frame | None = None) -> Values:
        """An attribute of a value."""
        match value:
            case External():
                return (External(canonical(f"{value.name}.{name}")),)
            case ModuleValue():
                found = self.member(value.module, name)
                if found is not None:
                    return found
                if value.module.path.endswith("__init__.py"):
                    return self._from(value.module.path.removesuffix("__init__.py"), name)
                return (Unknown("not found in its module", name),)
            case PackageValue():
                return self._from(value.folder, name)
            case Instance():
                return self.instance_attribute(value, name)
            case ClassValue():
                return self.class_attribute(value, name)
            case Super():
                return self._super_attribute(value, name)
            case Mapping():
                found = self.item(value, name)
                return found if found else (Member(value, name),)
            case Result(name="torch.utils.data.get_worker_info") if (
                name == "dataset" and self.worker_dataset is not None
            ):
                return (self.worker_dataset,)
            case Result() if value.name.endswith(_PARSED) and self.options is not None:
                return self.options.option(name, value.frame.module.path) or (Member(value, name),)
            case Result() | Sequence() | Member():
                return (Member(value, name),)
            case FunctionValue():
                return (Unknown("attribute of a function", name),)
            case Constant():
                return () if value.value is None else (Member(value, name),)
            case Partial():
                return self.attribute(value.target, name)
            case Unknown():
                return (Unknown(value.reason, f"{value.name}.{name}" if value.name else name),)

    def item(self, value: Mapping, key: str | int) -> Values:
        """What a dict can hold under a key; the last entry of that name wins."""
        named = [argument for known, argument in value.items if known == key]
        if named:
            return self.argument(named[-1])
        return union((), *(self.argument(argument) for known, argument in value.items if known is None))

    # Classes.

    def bases(self, cls: ClassInfo, frame: Frame | None = None) -> list[Value]:
        """The values of the class's bases, in order."""
        found = self._bases.get(id(cls))
        if found is None:
            self._bases[id(cls)] = []
            around = frame or self.definition_frame(cls)
            found = [value for base in cls.node.bases for value in self.eval(base, around)]
            self._bases[id(cls)] = found
        return found

    def mro(self, cls: ClassInfo) -> list[ClassInfo]:
        """The repository's classes among the class and its ancestors, nearest first."""
        found = self._mro.get(id(cls))
        if found is None:
            self._mro[id(cls)] = [cls]
            found = [cls]
            for base in self.bases(cls):
                if isinstance(base, ClassValue):
                    found.extend(c for c in self.mro(base.cls) if c not in found)
            self._mro[id(cls)] = found
        return found

    def external_bases(self, cls: ClassInfo) -> list[str]:
        """Dotted names of all ancestors outside the repository."""
        names = []
        for ancestor in self.mro(cls):
            for base in self.bases(ancestor):
                if isinstance(base, External) or (isinstance(base, Unknown) and base.name) or isinstance(base, Result):
                    names.append(base.name)
        return names

    def find_method(self, cls: ClassInfo, name: str, after: ClassInfo | None = None) -> FunctionInfo | None:
        """The method that the class has under a name; `after` starts behind that ancestor, as `super()` does."""
        order = self.mro(cls)
        if after is not None and after in order:
            order = order[order.index(after) + 1 :]
        for ancestor in order:
            method = ancestor.methods.get(name)
            if method is not None:
                return method
        return None

    def subclasses(self, cls: ClassInfo) -> list[ClassInfo]:
        """The repository's classes that descend from the class."""
        found = self._subclasses.get(id(cls))
        if found is None:
            self._subclasses[id(cls)] = found = []
            for module in self.project.modules_mentioning(cls.name):
                for other in module.classes:
                    if other is not cls and other.node.bases and cls in self.mro(other):
                        found.append(other)
        return found

    def class_attribute(self, value: ClassValue, name: str) -> Values:
        method = self.find_method(value.cls, name)
        if method is not None:
            decorators = method.decorator_names()
            receiver = value if "classmethod" in decorators else None
            return (FunctionValue(method, self._around(method, value.frame), receiver),)
        found = self._class_level(value.cls, name)
        return found if found is not None else (Unknown("not found in its class", name),)

    def _around(self, method: FunctionInfo, frame: Frame) -> Frame:
        return frame if method.cls is not None and method.cls.owner is frame.function else self.definition_frame(method)

    def _class_level(self, cls: ClassInfo, name: str) -> Values | None:
        for ancestor in self.mro(cls):
            bindings = [b for b in ancestor.scope.bindings.get(name, ()) if not isinstance(b.node, FunctionInfo)]
            if bindings:
                frame = self.definition_frame(ancestor)
                groups = []
                for binding in self._evaluated(bindings, frame):
                    groups.append(tuple(_as_default(value) for value in binding))
                changes = ancestor.scope.changes.get(name)
                values = union((), *groups)
                return self.with_changes(values, changes, frame) if changes else values
        return None

    def assignments(self, cls: ClassInfo) -> dict[str, list[tuple[FunctionInfo, AttrAssign]]]:
        """`self.name = ...` in the class's own methods, by name."""
        found = self._attributes.get(id(cls))
        if found is None:
            found = {}
            for function in cls.methods.values():
                own = function.params[0].name if function.params else ""
                for assign in function.scope.attributes:
                    if isinstance(assign.target, ir.Name) and assign.target.id == own:
                        found.setdefault(assign.name, []).append((function, assign))
            self._attributes[id(cls)] = found
        return found

    def instance_attribute(self, instance: Instance, name: str) -> Values:
        """An attribute of an object: a bound method, a property's value, or what was assigned to it."""
        cached = instance.cache.get(name)
        if cached is not None:
            return cached
        return self._once(
            name,
            instance.busy,
            lambda: self._instance_attribute(instance, name),
            lambda values: instance.cache.__setitem__(name, values),
        )

    def _instance_attribute(self, instance: Instance, name: str) -> Values:
        method = self.find_method(instance.cls, name)
        if method is not None:
            decorators = method.decorator_names()
            around = self._around(method, instance.class_frame)
            if any("property" in decorator for decorator in decorators):
                return self.call_function(FunctionValue(method, around, instance), CallArgs(), instance.worker)
            if "staticmethod" in decorators:
                return (FunctionValue(method, around),)
            return (FunctionValue(method, around, instance),)
        if name == "__class__":
            return (ClassValue(instance.cls, instance.class_frame),)
        values = self._assigned(instance, name)
        if all(isinstance(v, Unknown) or (isinstance(v, Constant) and v.value is None) for v in values):
            values = union(values, self._assigned_outside(instance, name))
        return values

    def _assigned(self, instance: Instance, name: str) -> Values:
        groups: list[Values] = []
        firm = False
        for cls in self.mro(instance.cls):
            for function, assign in self.assignments(cls).get(name, ()):
                frame = self.method_frame(instance, function)
                if frame is None or (assign.op is not None and assign.op != "+"):
                    continue
                if self.guarded_out(assign.binding.guards, frame):
                    continue
                if assign.op is None:
                    firm = firm or function.name == "__init__"
                    groups.extend(self._evaluated([assign.binding], frame))
        values = union((), *groups)
        if not firm:
            field = self._field(instance, name)
            if field is not None:
                values = union(field, values)
        values = self._with_method_changes(instance, name, values)
        if not values and not groups:
            return self._inherited(instance, name)
        return values

    def _with_method_changes(self, instance: Instance, name: str, values: Values) -> Values:
        if not any(isinstance(value, Sequence | Mapping) for value in values):
            return values
        for cls in self.mro(instance.cls):
            for function in cls.methods.values():
                if not function.params:
                    continue
                changes = function.scope.changes.get(f"{function.params[0].name}.{name}")
                if changes:
                    frame = self.method_frame(instance, function)
                    if frame is not None:
                        values = self.with_changes(values, changes, frame)
        return values

    def _field(self, instance: Instance, name: str) -> Values | None:
        """A class-level attribute; of a dataclass the constructor's argument of that name."""
        default = self._class_level(instance.cls, name)
        if default is None:
            return None
        if (
            instance.args is not None
            and name in instance.args.named
            and self.find_method(instance.cls, "__init__") is None
        ):
            return self.argument(instance.args.named[name])
        return default

    def _inherited(self, instance: Instance, name: str) -> Values:
        """What a base outside the repository made of an argument of the same name."""
        if self.external_bases(instance.cls):
            init = self.find_method(instance.cls, "__init__")
            if init is None:
                if instance.args is not None and name in instance.args.named:
                    return self.argument(instance.args.named[name])
            else:
                frame = self.method_frame(instance, init)
                for call in init.scope.calls:
                    if frame is not None and leaf_name(call.func) == "__init__":
                        args = self.collect(call, frame)
                        if name in args.named:
                            return self.argument(args.named[name])
        return (Unknown("never assigned", f"{instance.cls.name}.{name}"),)

    def _assigned_outside(self, instance: Instance, name: str) -> Values:
        """`object.name = value` anywhere in the repository, where the object can be this one."""
        if len(self.project.mentioning(name)) > 60:
            return ()
        candidates = [
            (assign, owner, module)
            for module in self.project.modules_mentioning(name)
            for scope, owner in module.bodies()
            for assign in scope.attributes
            if assign.name == name
            and assign.op is None
            and not (isinstance(assign.target, ir.Name) and assign.target.id in {"self", "cls"})
        ]
        if len(candidates) > MOST_OUTSIDE:
            return ()
        family = self.mro(instance.cls)
        groups: list[Values] = []
        for assign, owner, module in candidates:
            frame = self.owner_frame(owner, module)
            holders = self.eval(assign.target, frame)
            if any(self._may_be(holder, instance, family) for holder in holders):
                groups.extend(self._evaluated([assign.binding], frame))
        return union((), *groups)

    def _may_be(self, holder: Value, instance: Instance, family: list[ClassInfo]) -> bool:
        if isinstance(holder, Instance):
            return holder.cls in family or instance.cls in self.mro(holder.cls)
        # A worker's start function reaches its dataset so.
        return name_of(holder) == "torch.utils.data.get_worker_info.dataset"

    def _super_attribute(self, value: Super, name: str) -> Values:
        receiver = value.receiver
        method = self.find_method(receiver.cls, name, after=value.cls)
        if method is not None:
            return (FunctionValue(method, self.definition_frame(method), receiver),)
        for base in self.external_bases(receiver.cls):
            return (External(f"{base}.{name}"),)
        return (Unknown("not found in a base", name),)

    # Activations of methods.

    def method_frame(self, instance: Instance, function: FunctionInfo) -> Frame | None:
        """The method's activation on the object; None when the constructor chain never runs it."""
        key = id(function)
        if key in instance.frames:
            return instance.frames[key]
        if function.name == "__init__" and instance.args is not None:
            instance.frames[key] = None
            frame = self._init_frame(instance, function)
        elif function.name in {"__post_init__", "setup"}:
            frame = Frame(function.module, function, self._around(function, instance.class_frame), bound=True)
            frame.self_value = instance
        else:
            frame = Frame(function.module, function, self._around(function, instance.class_frame), self_value=instance)
            if function.name == "__init__":
                frame = self.loose_frame(function, instance)
            else:
                frame = self._set_up_frame(instance, function) or frame
        if frame is not None:
            frame.worker = instance.worker
        instance.frames[key] = frame
        return frame

    def _set_up_frame(self, instance: Instance, function: FunctionInfo) -> Frame | None:
        """The activation of a method that the object's own constructor calls, with what it passes."""
        init = self.find_method(instance.cls, "__init__")
        if init is None or instance.args is None or not init.params:
            return None
        own = init.params[0].name
        for call in init.scope.calls:
            func = call.func
            if isinstance(func, ir.Attr) and func.name == function.name and dotted_name(func.value) == own:
                around = self.method_frame(instance, init)
                if around is not None:
                    args = self.collect(call, around)
                    return self.bind(function, args, self._around(function, instance.class_frame), instance)
        return None

    def _init_frame(self, instance: Instance, function: FunctionInfo) -> Frame | None:
        assert instance.args is not None
        chain = [cls for cls in self.mro(instance.cls) if "__init__" in cls.methods]
        if not chain:
            return None
        if chain[0].methods["__init__"] is function:
            return self.bind(function, instance.args, self._around(function, instance.class_frame), instance)
        for cls in chain:
            derived = cls.methods["__init__"]
            if derived is function:
                continue
            frame = instance.frames.get(id(derived)) or (
                self.method_frame(instance, derived) if cls is chain[0] else None
            )
            if frame is None:
                continue
            for call in derived.scope.calls:
                if leaf_name(call.func) != "__init__" or not isinstance(call.func, ir.Attr):
                    continue
                for target in self.eval(call.func, frame):
                    if isinstance(target, FunctionValue) and target.function is function:
                        args = self.collect(call, frame)
                        if target.receiver is None and args.positional:
                            args = CallArgs(args.positional[1:], args.named, args.open)
                        return self.bind(function, args, self.definition_frame(function), instance)
        return None

    def bind(
        self,
        function: FunctionInfo,
        args: CallArgs,
        around: Frame,
        receiver: "Instance | ClassValue | None" = None,
        *,
        worker: bool = False,
        depth: int = 0,
    ) -> Frame:
        """A new activation of the function with the arguments of one call."""
        frame = Frame(function.module, function, around, bound=True, self_value=receiver, worker=worker, depth=depth)
        frame.open = args.open
        params = function.params
        if receiver is not None and params and params[0].kind == "p":
            params = params[1:]
        positional = list(args.positional)
        named = dict(args.named)
        for param in params:
            if param.kind == "p" and positional:
                frame.args[param.name] = positional.pop(0)
            elif param.kind in "pk" and param.name in named:
                frame.args[param.name] = named.pop(param.name)
            elif param.kind == "*":
                frame.args[param.name] = Argument(None, None, (Sequence(tuple(positional), args.open),))
                positional = []
            elif param.kind == "**":
                items = tuple((name, argument) for name, argument in named.items())
                frame.args[param.name] = Argument(None, None, (Mapping(items, args.open),))
        return frame

    def parameter(self, name: str, frame: Frame) -> Values:
        """The values of a parameter in an activation."""
        function = frame.function
        assert function is not None
        key = ("parameter", name)
        cached = frame.cache.get(key)
        if cached is not None:
            return cached
        return self._once(
            key,
            frame.busy,
            lambda: self._parameter(name, function, frame),
            lambda values: frame.cache.__setitem__(key, values),
        )

    def _parameter(self, name: str, function: FunctionInfo, frame: Frame) -> Values:
        params = function.params
        is_method = frame.self_value is not None
        if is_method and params and params[0].name == name and name not in frame.args:
            assert frame.self_value is not None
            return (frame.self_value,)
        if name in frame.args:
            return self.argument(frame.args[name])
        param = next(p for p in params if p.name == name)
        if frame.bound:
            default = self._default(param, function)
            return union(default, (Unknown("passed on from elsewhere", name),)) if frame.open else default
        return self._from_callers(param, function, frame.self_value)

    def _default(self, param: ir.Param, function: FunctionInfo) -> Values:
        if param.kind == "*":
            return (Sequence((), True),)
        if param.kind == "**":
            return (Mapping((), True),)
        if param.default is None:
            return (Unknown("a parameter that nothing passes", param.name),)
        return tuple(_as_default(v) for v in self.eval(param.default, self.definition_frame(function)))

    def _from_callers(
        self, param: ir.Param, function: FunctionInfo, receiver: "Instance | ClassValue | None"
    ) -> Values:
        groups: list[Values] = []
        missing = False
        chain = self.mro(receiver.cls) if function.name == "__init__" and receiver is not None else None
        for call, frame in self.callers(function):
            maker = frame.function.cls if frame.function is not None and leaf_name(call.func) == "__init__" else None
            if chain is not None and maker is not None and maker not in chain:
                # Another subclass's constructor.
                continue
            if chain is not None and maker is None and leaf_name(call.func) in self._relatives(function, receiver):
                continue
            args = self.collect(call, frame)
            bound = self.bind(function, args, self.definition_frame(function), self._receiver(function))
            if param.name in bound.args:
                groups.append(self.argument(bound.args[param.name]))
            else:
                missing = True
        default = self._default(param, function)
        if not groups and not missing and function.name == "__init__":
            # Made by a registry or from configuration, which may set whatever the constructor takes.
            return tuple(replace(value, settable=True) if isinstance(value, Constant) else value for value in default)
        if not groups or missing or param.kind in {"*", "**"}:
            groups.append(default)
        return union((), *groups)

    def _relatives(self, function: FunctionInfo, receiver: "Instance | ClassValue | None") -> set[str]:
        """Names of the classes that share a constructor with the receiver's and are not it."""
        if function.cls is None or receiver is None:
            return set()
        family = {cls.name for cls in [function.cls, *self.subclasses(function.cls)]}
        return family - {receiver.cls.name}

    def _receiver(self, function: FunctionInfo) -> "Instance | None":
        if function.cls is None or "staticmethod" in function.decorator_names():
            return None
        return self.loose_instance(function.cls)

    def callers(self, function: FunctionInfo) -> list[tuple[ir.Call, Frame]]:
        """The calls in the repository that mean the function; for `__init__` those that make its class."""
        found = self._callers.get(id(function))
        if found is not None:
            return found
        self._callers[id(function)] = []
        found = list(self._find_callers(function))[:MOST_CALLERS]
        self._callers[id(function)] = found
        return found

    def _find_callers(self, function: FunctionInfo) -> Iterator[tuple[ir.Call, Frame]]:
        classes: list[ClassInfo] = []
        names = [function.name]
        if function.name in {"__init__", "__call__"} and function.cls is not None:
            if function.name == "__call__":
                return
            classes = [function.cls, *(c for c in self.subclasses(function.cls) if "__init__" not in c.methods)]
            names = ["__init__", *(cls.name for cls in classes)]
        for name in names:
            if name == "<lambda>":
                return
            paths = [function.module.path] if name == "__init__" else self.project.mentioning(name)
            if name == "__init__":
                paths = (
                    sorted({c.module.path for c in self.subclasses(function.cls)} | {function.module.path})
                    if function.cls
                    else paths
                )
            for path in paths:
                module = self.project.module(path)
                if module is None:
                    continue
                for call, owner in module.calls_by_name.get(name, ()):
                    frame = self.owner_frame(owner, module)
                    if self._means(call, frame, function, classes):
                        yield call, frame

    def _means(self, call: ir.Call, frame: Frame, function: FunctionInfo, classes: list[ClassInfo]) -> bool:
        for value in self.eval(call.func, frame):
            if isinstance(value, FunctionValue) and value.function is function:
                return True
            if isinstance(value, ClassValue) and value.cls in classes:
                return True
            if (
                isinstance(value, FunctionValue)
                and function.cls is not None
                and value.function.cls is not None
                and value.function.name == function.name
                and value.function.cls in self.mro(function.cls)
            ):
                # A call through a base class's method may end in an override.
                return True
        return False

    # Calls.

    def collect(self, call: ir.Call, frame: Frame) -> CallArgs:
        """The arguments of a call, with `*` and `**` taken apart."""
        out = CallArgs()
        for arg in call.args:
            if isinstance(arg, ir.Star):
                values = self.eval(arg.value, frame)
                sequences = [value for value in values if isinstance(value, Sequence)]
                if sequences:
                    out.positional.extend(sequences[0].items)
                out.open |= not sequences or sequences[0].open
            else:
                out.positional.append(Argument(arg, frame))
        for keyword in call.keywords:
            if keyword.name is not None:
                out.named[keyword.name] = Argument(keyword.value, frame)
                continue
            merged = self._merged(self.eval(keyword.value, frame))
            out.open |= merged.open
            alternatives: dict[str, list[Argument]] = {}
            for key, argument in merged.items:
                if isinstance(key, str):
                    alternatives.setdefault(key, []).append(argument)
            for key, arguments in alternatives.items():
                out.named.setdefault(key, arguments[-1])
        return out

    def _call(self, expr: ir.Call, frame: Frame) -> Values:
        cached = frame.cache.get(expr)
        if cached is not None:
            return cached

        def compute() -> Values:
            targets = self.eval(expr.func, frame)
            return union((), *(self._result(target, expr, frame) for target in targets))

        return self._once(expr, frame.busy, compute, lambda values: frame.cache.__setitem__(expr, values))

    def _result(self, target: Value, call: ir.Call, frame: Frame) -> Values:
        match target:
            case External():
                special = _SPECIAL.get(target.name)
                return (Result(target.name, call, frame),) if special is None else special(self, call, frame)
            case Member():
                return self._member_call(target, call, frame)
            case ClassValue():
                return (self.make(target, self.collect(call, frame), call, frame),)
            case Unknown():
                return (Unknown(target.reason, target.name),)
            case FunctionValue() | Partial() | Instance():
                return self.call_value(target, self.collect(call, frame), frame)
            case _:
                return UNREADABLE

    def make(self, target: ClassValue, args: CallArgs, call: ir.Call | None, frame: Frame) -> Instance:
        """The object that a constructor call makes; the same for the same call in the same activation."""
        key = (call, id(target.cls), id(target.frame))
        instance = frame.instances.get(key)
        if instance is None:
            instance = Instance(target.cls, target.frame, args, call, frame.worker)
            frame.instances[key] = instance
        return instance

    def call_value(self, target: Value, args: CallArgs, frame: Frame) -> Values:
        """What calling a value returns."""
        match target:
            case FunctionValue():
                return self.call_function(target, args, frame.worker)
            case Partial():
                merged = merge_args(target.args, args)
                if isinstance(target.target, ClassValue):
                    return (self.make(target.target, merged, None, frame),)
                if isinstance(target.target, External):
                    return ()
                return self.call_value(target.target, merged, frame)
            case ClassValue():
                return (self.make(target, args, None, frame),)
            case Instance():
                method = self.find_method(target.cls, "__call__")
                if method is None:
                    return UNREADABLE
                bound = FunctionValue(method, self._around(method, target.class_frame), target)
                return self.call_function(bound, args, frame.worker)
            case _:
                return UNREADABLE

    def call_function(self, target: FunctionValue, args: CallArgs, worker: bool) -> Values:
        """What a function returns for the arguments; what it yields, as an open sequence, for a generator."""
        function = target.function
        if self._calling >= DEEPEST or self._active.get(id(function), 0) >= MOST_ACTIVE:
            return UNREADABLE
        self._active[id(function)] = self._active.get(id(function), 0) + 1
        self._calling += 1
        try:
            return self._call_function(target, function, args, worker)
        finally:
            self._calling -= 1
            self._active[id(function)] -= 1

    def _call_function(self, target: FunctionValue, function: FunctionInfo, args: CallArgs, worker: bool) -> Values:
        key = (function, target.receiver, target.frame, worker, *self.outline(args))
        cached = self._returned.get(key)
        if cached is not None:
            return cached
        frame = self.bind(function, args, target.frame, target.receiver, worker=worker)
        return self._once(
            key,
            self._returning,
            lambda: self.returned(function, frame),
            lambda values: self._returned.__setitem__(key, values),
        )

    def outline(self, args: CallArgs) -> tuple[object, ...]:
        """What tells one call's arguments from another's, so that a function is not followed twice for the same."""
        positional = tuple(self._outline(argument) for argument in args.positional)
        named = tuple((name, self._outline(argument)) for name, argument in sorted(args.named.items()))
        return (args.open, positional, named)

    def _outline(self, argument: Argument, depth: int = 0) -> object:
        """What tells one call's argument from another's for the purpose of what the call returns.

        Data that cannot be read (images, sizes) is all alike: without this, each call in a chain of helpers would be
        followed anew for each way that leads to it.
        """
        out: list[object] = []
        for value in self.argument(argument):
            match value:
                case Unknown() | Member():
                    out.append("?")
                case Result():
                    opaque = value.receiver is not None or value.name in _OPAQUE or is_data(value.name)
                    out.append("?" if opaque else value)
                case Sequence():
                    if depth < 3 and len(value.items) <= 12:
                        out.append((value.open, *(self._outline(item, depth + 1) for item in value.items)))
                    else:
                        out.append("...")
                case _:
                    out.append(value)
        return tuple(dict.fromkeys(out))

    def returned(self, function: FunctionInfo, frame: Frame) -> Values:
        """The values that the function's `return`s give in an activation."""
        scope = function.scope
        if isinstance(function.node, ir.FunctionDef) and function.node.generator:
            items = tuple(Argument(item.value, frame) for item in scope.yields if item.value is not None)
            return (Sequence(items, True),)
        groups = []
        for node in self.live_returns(function, frame):
            if node.value is not None:
                groups.append(self.eval(node.value, frame))
        return union((), *groups)

    def live_returns(self, function: FunctionInfo, frame: Frame) -> list[ir.Return]:
        """The `return`s that an activation can reach."""
        if isinstance(function.node, ir.Lambda):
            return function.scope.returns
        out: list[ir.Return] = []
        self._returns_of(function.node.body, frame, out)
        return out

    def _returns_of(self, block: ir.Block, frame: Frame, out: list[ir.Return]) -> bool:
        """Collect the returns that can be reached; True when nothing after the block runs."""
        for node in block.body:
            match node:
                case ir.Return():
                    out.append(node)
                    return True
                case ir.Stop():
                    return True
                case ir.If():
                    decided = self.truth(node.test, frame) if (node.body.body or node.orelse.body) else None
                    ended = [
                        self._returns_of(branch, frame, out)
                        for branch, way in ((node.body, True), (node.orelse, False))
                        if decided is None or decided is way
                    ]
                    if ended and all(ended):
                        return True
                case ir.For() | ir.While():
                    self._returns_of(node.body, frame, out)
                    self._returns_of(node.orelse, frame, out)
                case ir.With():
                    if self._returns_of(node.body, frame, out):
                        return True
                case ir.Try():
                    ended = [self._returns_of(part, frame, out) for part in (node.body, *node.handlers)]
                    after = self._returns_of(node.final, frame, out) or self._returns_of(node.orelse, frame, out)
                    if after or all(ended):
                        return True
                case _:
                    pass
        return False

    def _member_call(self, target: Member, call: ir.Call, frame: Frame) -> Values:
        owner, name = target.owner, target.name
        if isinstance(owner, Mapping):
            return self._dict_method(owner, name, call, frame)
        if isinstance(owner, Sequence) and name in {"copy", "__iter__"}:
            return (owner,)
        if isinstance(owner, Sequence) and name == "pop":
            return self.elements((owner,))
        return (Result(f"{name_of(owner)}.{name}", call, frame, owner),)

    def _dict_method(self, owner: Mapping, name: str, call: ir.Call, frame: Frame) -> Values:
        everything = union((), *(self.argument(argument) for _, argument in owner.items))
        keys = tuple(Constant(key) for key, _ in owner.items if key is not None)
        if name in {"get", "pop", "setdefault", "__getitem__"} and call.args:
            key = self.key_of(call.args[0], frame)
            found = self.item(owner, key) if key is not None else everything
            if len(call.args) > 1 and (owner.open or not found or key is None):
                found = union(found, self.eval(call.args[1], frame))
            return found or (Constant(None, "default"),)
        if name == "values":
            return (Sequence(tuple(argument for _, argument in owner.items), owner.open),)
        if name == "keys":
            return (Sequence((Argument(None, None, keys),), owner.open),)
        if name == "items":
            pair = Sequence((Argument(None, None, keys or UNREADABLE), Argument(None, None, everything)))
            return (Sequence((Argument(None, None, (pair,)),), owner.open),)
        if name == "copy":
            return (owner,)
        return UNREADABLE

    # Containers.

    def elements(self, values: Values) -> Values:
        """What iterating over the values gives."""
        groups: list[Values] = []
        for value in values:
            match value:
                case Sequence():
                    groups.extend(self._expanded(argument) for argument in value.items)
                case Mapping():
                    groups.append(tuple(Constant(key) for key, _ in value.items if key is not None))
                case Result():
                    groups.append((value,))
                case Instance():
                    groups.append(self._iterated(value))
                case _:
                    groups.append(UNREADABLE)
        return self._without_data(union((), *groups))

    def _without_data(self, values: Values) -> Values:
        """The values with everything that is only data put into one.

        Lists of pairs of lists of file names multiply at each step, and no question is about them.
        """
        kept = [value for value in values if not self._only_data(value)]
        return tuple(kept) if len(kept) == len(values) else (*kept, UNREADABLE[0])

    def _only_data(self, value: Value, depth: int = 0) -> bool:
        match value:
            case Unknown() | Member():
                return True
            case Result():
                return is_data(value.name) or (value.receiver is not None and self._only_data(value.receiver, depth))
            case Sequence():
                return depth < 4 and all(
                    self._only_data(item, depth + 1) for argument in value.items[:8] for item in self.argument(argument)
                )
            case _:
                return False

    def _expanded(self, argument: Argument) -> Values:
        values = self.argument(argument)
        return self.elements(values) if isinstance(argument.expr, ir.Star) else values

    def _iterated(self, instance: Instance) -> Values:
        return self._once("iteration", instance.busy, lambda: self._iterate(instance), lambda values: None)

    def _iterate(self, instance: Instance) -> Values:
        method = self.find_method(instance.cls, "__iter__") or self.find_method(instance.cls, "__getitem__")
        if method is None:
            return UNREADABLE
        bound = FunctionValue(method, self._around(method, instance.class_frame), instance)
        values = self.call_function(bound, CallArgs(), instance.worker)
        return self.elements(values) if method.name == "__iter__" and values else values

    def part(self, values: Values, index: int) -> Values:
        """The element at a position of the values."""
        groups: list[Values] = []
        for value in values:
            match value:
                case Sequence() if not value.open and index < len(value.items):
                    groups.append(self.argument(value.items[index]))
                case Sequence():
                    groups.append(self.elements((value,)))
                case Result() | Instance():
                    groups.append((value,) if isinstance(value, Result) else self._iterated(value))
                case _:
                    groups.append(UNREADABLE)
        return self._without_data(union((), *groups))

    def _sub(self, expr: ir.Sub, frame: Frame) -> Values:
        cached = frame.cache.get(expr)
        if cached is not None:
            return cached
        return self._once(
            expr,
            frame.busy,
            lambda: self._subscripted(expr, frame),
            lambda values: frame.cache.__setitem__(expr, values),
        )

    def _subscripted(self, expr: ir.Sub, frame: Frame) -> Values:
        groups: list[Values] = []
        key: str | int | None = None
        asked = False
        for value in self.eval(expr.value, frame):
            match value:
                case Mapping():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    if key is None:
                        groups.append(union((), *(self.argument(argument) for _, argument in value.items)))
                    else:
                        found = self.item(value, key)
                        groups.append(found or (Unknown("not in the dict", str(key)),))
                case Sequence():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    if isinstance(key, int) and not value.open and -len(value.items) <= key < len(value.items):
                        groups.append(self.argument(value.items[key]))
                    elif isinstance(expr.index, ir.Other):
                        groups.append((value,))
                    else:
                        groups.append(self.elements((value,)))
                case ClassValue() | External():
                    groups.append((value,))
                case Instance():
                    groups.append(self._getitem(value, expr, frame))
                case Result():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    groups.append(self._result_item(value, key, frame))
                case Member():
                    groups.append((Member(value, str(self.key_of(expr.index, frame) or "[]")),))
                case Unknown():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    name = f"{value.name}.{key}" if value.name and isinstance(key, str) else str(key or "")
                    groups.append((Unknown(value.reason, name),))
                case _:
                    groups.append(UNREADABLE)
        return union((), *groups)

    def _result_item(self, value: Result, key: str | int | None, frame: Frame) -> Values:
        if value.name in {"builtins.globals", "builtins.locals", "builtins.vars"}:
            if isinstance(key, str):
                return self.lookup(key, frame)
            return self.all_classes(frame.module)
        if isinstance(key, str):
            return (Member(value, key),)
        return (value,)

    def _getitem(self, instance: Instance, expr: ir.Sub, frame: Frame) -> Values:
        method = self.find_method(instance.cls, "__getitem__")
        if method is None:
            return UNREADABLE
        bound = FunctionValue(method, self._around(method, instance.class_frame), instance)
        args = CallArgs([Argument(expr.index, frame)])
        return self.call_function(bound, args, frame.worker)

    def all_classes(self, module: Module) -> Values:
        """All classes of the repository that a module's names can mean: look-ups by a name nobody can read end here."""
        out: list[Values] = []
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
            out.append(tuple(value for value in values if isinstance(value, ClassValue)))
        return union((), *out)

    # Tests.

    def truth(self, expr: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds in an activation; None when it can go either way."""
        match expr:
            case ir.BoolOp():
                answers = [self.truth(item, frame) for item in expr.items]
                if expr.op == "and":
                    return False if False in answers else (None if None in answers else True)
                return True if True in answers else (None if None in answers else False)
            case ir.UnaryOp(op="not"):
                inner = self.truth(expr.value, frame)
                return None if inner is None else not inner
            case ir.Compare() if len(expr.ops) == 1:
                return self._compared(expr, frame)
            case ir.Const():
                return bool(expr.value) if expr.known else None
            case ir.Call(func=ir.Name(id="isinstance")) if len(expr.args) == 2:
                return self._is_instance(expr.args[0], expr.args[1], frame)
            case ir.Name() | ir.Attr() | ir.Sub() | ir.Call():
                return _agreed([self.value_truth(value) for value in self.eval(expr, frame)])
            case _:
                return None

    def truth_by_default(self, expr: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds when every option has its default."""
        outside, self._by_default = self._by_default, True
        try:
            return self.truth(expr, frame)
        finally:
            self._by_default = outside

    def _fixed(self, value: Constant) -> bool:
        return self._by_default or not value.settable

    def value_truth(self, value: Value) -> bool | None:
        match value:
            case Constant():
                return bool(value.value) if self._fixed(value) else None
            case FunctionValue() | ClassValue() | ModuleValue() | Partial() | External():
                return True
            case Instance():
                return True if self.find_method(value.cls, "__len__") is None else None
            case Sequence():
                return (
                    True
                    if any(not isinstance(a.expr, ir.Star) for a in value.items) and not value.open
                    else (None if value.items or value.open else False)
                )
            case Mapping():
                return None if value.open or not value.items else True
            case Result():
                return True if value.frame.worker and value.name == "torch.utils.data.get_worker_info" else None
            case _:
                return None

    def _is_instance(self, subject: ir.Expr, kinds: ir.Expr, frame: Frame) -> bool | None:
        types = [t for kind in (kinds.items if isinstance(kinds, ir.Seq) else [kinds]) for t in self.eval(kind, frame)]
        return _agreed([self._has_type(value, types) for value in self.eval(subject, frame)])

    def _has_type(self, value: Value, types: list[Value]) -> bool | None:
        names = [t.name.rpartition(".")[2] if isinstance(t, External) else "" for t in types]
        match value:
            case Constant():
                mine = {"NoneType" if value.value is None else type(value.value).__name__}
                mine |= {"Number", "Integral", "Real"} if isinstance(value.value, int | float) else set()
                known = {
                    "str",
                    "int",
                    "float",
                    "bool",
                    "NoneType",
                    "list",
                    "tuple",
                    "dict",
                    "Callable",
                    "Path",
                    "ndarray",
                }
                if not set(names) <= known | mine:
                    return None
                return bool(mine & set(names))
            case Sequence():
                return (
                    None
                    if not set(names) <= _CONTAINERS
                    else bool({"list", "tuple", "Sequence", "Iterable"} & set(names))
                )
            case Mapping():
                return (
                    None if not set(names) <= _CONTAINERS else bool({"dict", "Mapping", "MutableMapping"} & set(names))
                )
            case Instance():
                family = self.mro(value.cls)
                if any(isinstance(t, ClassValue) and t.cls in family for t in types):
                    return True
                bases = set(self.external_bases(value.cls))
                if any(isinstance(t, External) and t.name in bases for t in types):
                    return True
                return False if all(isinstance(t, ClassValue) for t in types) or not bases else None
            case FunctionValue() | Partial():
                return True if "Callable" in names else (False if set(names) <= _CONTAINERS else None)
            case _:
                return None

    def _compared(self, expr: ir.Compare, frame: Frame) -> bool | None:
        op = expr.ops[0]
        right_node = expr.rights[0]
        left = self.eval(expr.left, frame)
        if (
            op in {"is", "is not", "==", "!="}
            and isinstance(right_node, ir.Const)
            and right_node.value is None
            and right_node.known
        ):
            answer = _agreed([self._is_none(value) for value in left])
            return answer if op in {"is", "=="} or answer is None else not answer
        right = self.eval(right_node, frame)
        answers = [_relation(op, a, b, self) for a in left for b in right]
        return _agreed(answers)

    def _is_none(self, value: Value) -> bool | None:
        match value:
            case Constant():
                return value.value is None if self._fixed(value) else None
            case Unknown() | Member():
                return None
            case Result():
                if value.name == "torch.utils.data.get_worker_info":
                    return False if value.frame.worker else None
                return None if value.name.startswith(("builtins.", "re.")) or value.receiver is not None else False
            case _:
                return False

    def constants(self, values: Values) -> list[Constant]:
        return [value for value in values if isinstance(value, Constant)]


def merge_args(first: CallArgs, then: CallArgs) -> CallArgs:
    """The arguments of a partial object's call."""
    return CallArgs([*first.positional, *then.positional], {**first.named, **then.named}, first.open or then.open)


def name_of(value: Value) -> str:
    """A dotted name for a value from outside, for look-ups in the catalogue."""
    match value:
        case External() | Result():
            return value.name
        case Member():
            return f"{name_of(value.owner)}.{value.name}"
        case Unknown():
            return value.name
        case _:
            return ""


def is_data(name: str) -> bool:
    """Whether a call of this name gives data, in which no transform or dataset can hide."""
    return name.startswith(_DATA) and not name.startswith(("numpy.random.", "torch.utils.data.", "torch.Generator"))


def _counts(binding: Binding) -> bool:
    if not isinstance(binding.node, ir.Node) or isinstance(binding.node, ir.Import | ir.ImportFrom):
        return False
    leaf = leaf_name(binding.node)
    if leaf in {"enumerate", "tqdm", "trange"}:
        return not binding.path or binding.path[0] == 0
    return leaf in {"range", "xrange", "count"}


def _as_default(value: Value) -> Value:
    if isinstance(value, Constant) and value.origin == "literal":
        return Constant(value.value, "default", value.settable, value.place)
    return value


def _agreed(answers: list[bool | None]) -> bool | None:
    if not answers or None in answers:
        return None
    return answers[0] if all(answer is answers[0] for answer in answers) else None


def _relation(op: str, a: Value, b: Value, evaluator: Evaluator) -> bool | None:
    if isinstance(a, Constant) and isinstance(b, Sequence) and op in {"in", "not in"} and not b.open:
        items = [value for argument in b.items for value in evaluator.argument(argument)]
        if not evaluator._fixed(a) or not all(isinstance(item, Constant) for item in items):
            return None
        found = any(isinstance(item, Constant) and item.value == a.value for item in items)
        return found if op == "in" else not found
    if isinstance(a, Constant) and isinstance(b, Constant) and evaluator._fixed(a) and evaluator._fixed(b):
        x, y = a.value, b.value
        if op in {"==", "is"}:
            return x == y
        if op in {"!=", "is not"}:
            return x != y
        if isinstance(x, int | float) and isinstance(y, int | float):
            return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}.get(op)
        if isinstance(x, str) and isinstance(y, str) and op in {"in", "not in"}:
            return (x in y) is (op == "in")
    return None


def _arithmetic(op: str, a: Constant, b: Constant) -> Value:
    x, y = a.value, b.value
    origin = "default" if "default" in (a.origin, b.origin) else "literal"
    settable = a.settable or b.settable
    place = a.place or b.place
    if isinstance(x, str) and isinstance(y, str) and op == "+" and len(x) + len(y) < 1000:
        return Constant(x + y, origin, settable, place)
    if isinstance(x, int | float) and isinstance(y, int | float) and max(abs(x), abs(y)) < 1e9:
        try:
            match op:
                case "+":
                    return Constant(x + y, origin, settable, place)
                case "-":
                    return Constant(x - y, origin, settable, place)
                case "*":
                    return Constant(x * y, origin, settable, place)
                case "/":
                    return Constant(x / y, origin, settable, place)
                case "//":
                    return Constant(x // y, origin, settable, place)
                case "%":
                    return Constant(x % y, origin, settable, place)
                case _:
                    pass
        except (ArithmeticError, ValueError):
            pass
    return Unknown("not readable here")


# Calls that the evaluation itself understands.

_Special = Callable[[Evaluator, ir.Call, Frame], Values]


def _partial(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    args = ev.collect(call, frame)
    rest = CallArgs(args.positional[1:], args.named, args.open)
    return tuple(Partial(target, rest) for target in ev.argument(args.positional[0]))


def _same(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    return ev.eval(call.args[0], frame) if call.args else UNREADABLE


def _as_list(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return (Sequence((), True),)
    return tuple(
        value
        if isinstance(value, Sequence | Result)
        else Sequence((Argument(None, None, ev.elements((value,))),), True)
        for value in ev.eval(call.args[0], frame)
    )


def _as_dict(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    items: list[tuple[str | int | None, Argument]] = []
    is_open = False
    for arg in call.args:
        merged = ev._merged(ev.eval(arg, frame))
        items.extend(merged.items)
        is_open |= merged.open
    args = ev.collect(ir.Call(call.func, [], call.keywords, call.line), frame)
    items.extend(args.named.items())
    return (Mapping(tuple(items), is_open or args.open),)


def _get_attribute(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if len(call.args) < 2:
        return UNREADABLE
    holders = ev.eval(call.args[0], frame)
    names = [v.value for v in ev.constants(ev.eval(call.args[1], frame)) if isinstance(v.value, str)]
    groups: list[Values] = []
    for holder in holders:
        if names:
            groups.extend(ev.attribute(holder, name) for name in names)
        elif isinstance(holder, ModuleValue):
            groups.append(ev.all_classes(holder.module))
        elif isinstance(holder, PackageValue):
            init = ev.project.init_of(holder.folder)
            groups.append(() if init is None else ev.all_classes(init))
        else:
            groups.append((Unknown("an attribute looked up by a name that is not readable"),))
    if len(call.args) > 2:
        groups.append(ev.eval(call.args[2], frame))
    return union((), *groups)


def _evaluate_text(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    known = [v.value for v in ev.constants(ev.eval(call.args[0], frame)) if isinstance(v.value, str)]
    if known:
        groups: list[Values] = []
        for text in known:
            first, *rest = text.strip().split(".")
            values = ev.lookup(first, frame)
            for name in rest:
                values = union((), *(ev.attribute(value, name) for value in values))
            groups.append(values)
        return union((), *groups)
    prefix = _leading_text(call.args[0], ev, frame)
    if prefix and "." in prefix:
        first = prefix.split(".")[0]
        groups = []
        for value in ev.lookup(first, frame):
            if isinstance(value, ModuleValue):
                groups.append(ev.all_classes(value.module))
            elif isinstance(value, PackageValue):
                init = ev.project.init_of(value.folder)
                groups.append(() if init is None else ev.all_classes(init))
                for path in ev.project.modules_inside(value.folder):
                    module = ev.project.module(path)
                    if module is not None and init is None:
                        groups.append(ev.all_classes(module))
        return union((), *groups) or UNREADABLE
    return ev.all_classes(frame.module) or UNREADABLE


def _leading_text(expr: ir.Expr, ev: Evaluator, frame: Frame) -> str:
    while isinstance(expr, ir.BinOp):
        expr = expr.left
    if isinstance(expr, ir.Text) and expr.parts:
        expr = expr.parts[0]
    if isinstance(expr, ir.Call) and isinstance(expr.func, ir.Attr) and expr.func.name == "format":
        expr = expr.func.value
    values = [v.value for v in ev.constants(ev.eval(expr, frame)) if isinstance(v.value, str)]
    return values[0] if values else ""


def _super(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    current: Frame | None = frame
    while current is not None and (current.function is None or current.function.cls is None):
        current = current.parent
    if current is None or current.function is None or current.function.cls is None or current.self_value is None:
        return UNREADABLE
    cls = current.function.cls
    if call.args:
        for value in ev.eval(call.args[0], frame):
            if isinstance(value, ClassValue):
                cls = value.cls
    return (Super(cls, current.self_value),)


def _import_module(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    groups: list[Values] = []
    for value in ev.constants(ev.eval(call.args[0], frame)):
        if isinstance(value.value, str):
            path = ev.project.resolve(frame.module.path, value.value.lstrip("."))
            groups.append(ev._at(path) if path else (External(canonical(value.value)),))
    if groups:
        return union((), *groups)
    prefix = _leading_text(call.args[0], ev, frame)
    folder = ev.project.resolve(frame.module.path, prefix.rsplit(".", 1)[0]) if "." in prefix else None
    if folder is not None and folder.endswith("/"):
        paths = ev.project.modules_inside(folder)
        modules = [ev.project.module(path) for path in paths[:60]]
        return tuple(ModuleValue(module) for module in modules if module is not None)
    return UNREADABLE


def _enumerate(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    inner = ev.elements(ev.eval(call.args[0], frame))
    pair = Sequence((Argument(None, None, (Unknown("a running index"),)), Argument(None, None, inner)))
    return (Sequence((Argument(None, None, (pair,)),), True),)


def _zip(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    parts = tuple(Argument(None, None, ev.elements(ev.eval(arg, frame))) for arg in call.args)
    return (Sequence((Argument(None, None, (Sequence(parts),)),), True),)


def _number(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    values = ev.eval(call.args[0], frame) if call.args else ()
    out: list[Value] = []
    for value in values:
        if isinstance(value, Constant) and isinstance(value.value, int | float | str):
            try:
                out.append(Constant(int(float(value.value)), value.origin, value.settable, value.place))
            except (ValueError, OverflowError):
                out.append(Unknown("not a number"))
        else:
            out.append(value)
    return union(tuple(out)) or UNREADABLE


def _extreme(pick: Callable[[float, float], float]) -> _Special:
    def special(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
        operands = [ev.eval(arg, frame) for arg in call.args]
        if len(operands) == 1:
            operands = [(value,) for value in ev.elements(operands[0])]
        best: Constant | None = None
        rest: list[Value] = []
        for values in operands:
            numbers = [v for v in values if isinstance(v, Constant) and isinstance(v.value, int | float)]
            rest.extend(v for v in values if v not in numbers)
            for number in numbers:
                if best is None:
                    best = number
                elif isinstance(best.value, int | float) and isinstance(number.value, int | float):
                    chosen = best if pick(best.value, number.value) == best.value else number
                    origin = "default" if "default" in (best.origin, number.origin) else "literal"
                    best = Constant(chosen.value, origin, best.settable or number.settable, best.place or number.place)
        if best is None:
            return tuple(rest) or UNREADABLE
        return union(tuple(rest), (best,)) if rest else (best,)

    return special


def _class_of(ev: Evaluator, call: ir.Call, frame: Frame) -> Values:
    if len(call.args) == 3:
        return tuple(v for v in ev.elements(ev.eval(call.args[1], frame)) if isinstance(v, ClassValue)) or UNREADABLE
    values = ev.eval(call.args[0], frame) if call.args else ()
    return tuple(ClassValue(v.cls, v.class_frame) for v in values if isinstance(v, Instance)) or UNREADABLE


_SPECIAL: dict[str, _Special] = {
    "functools.partial": _partial,
    "copy.copy": _same,
    "copy.deepcopy": _same,
    "builtins.iter": _same,
    "builtins.reversed": _as_list,
    "builtins.sorted": _as_list,
    "builtins.list": _as_list,
    "builtins.tuple": _as_list,
    "builtins.set": _as_list,
    "builtins.dict": _as_dict,
    "collections.OrderedDict": _as_dict,
    "easydict.EasyDict": _as_dict,
    "addict.Dict": _as_dict,
    "argparse.Namespace": _as_dict,
    "types.SimpleNamespace": _as_dict,
    "omegaconf.OmegaConf.create": _as_dict,
    "builtins.getattr": _get_attribute,
    "operator.attrgetter": _same,
    "builtins.eval": _evaluate_text,
    "builtins.super": _super,
    "importlib.import_module": _import_module,
    "builtins.__import__": _import_module,
    "builtins.enumerate": _enumerate,
    "tqdm.tqdm": _same,
    "tqdm.auto.tqdm": _same,
    "builtins.zip": _zip,
    "itertools.cycle": _same,
    "builtins.int": _number,
    "builtins.float": _number,
    "builtins.abs": _number,
    "builtins.round": _number,
    "builtins.max": _extreme(max),
    "builtins.min": _extreme(min),
    "builtins.type": _class_of,
    "torch.nn.ModuleList": _as_list,
}

_BUILTINS = frozenset(dir(__builtins__)) if not isinstance(__builtins__, dict) else frozenset(__builtins__)

_CONTAINERS = frozenset(
    {"list", "tuple", "dict", "set", "str", "int", "float", "Sequence", "Iterable", "Mapping", "MutableMapping"}
)

_DATA = (
    "numpy.",
    "cv2.",
    "torch.",
    "PIL.",
    "math.",
    "os.",
    "random.",
    "skimage.",
    "scipy.",
    "json.",
    "pickle.",
    "librosa.",
    "builtins.len",
    "builtins.range",
    "builtins.open",
    "builtins.str",
    "builtins.print",
    "pandas.",
    "h5py.",
    "glob.",
    "time.",
    "re.",
)
"""Libraries whose results are data, generators and datasets apart."""

_OPAQUE = frozenset({"builtins.len", "builtins.range", "builtins.open", "builtins.str", "builtins.input"})

_PARSED = (".parse_args", ".parse_known_args", ".parse_intermixed_args")

_STAR_EXPORTS = frozenset(
    {
        "torch.utils.data.DataLoader",
        "torch.utils.data.Dataset",
        "torch.utils.data.IterableDataset",
        "torch.utils.data.Subset",
        "torch.utils.data.random_split",
        "numpy.random",
    }
)
