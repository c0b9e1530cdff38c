"""Calls: what they return, by following the repository's own functions."""

from analysis.catalog.names import FINDS_BY_NAME
from analysis.facts import ir
from analysis.link.conditions import blocks
from analysis.link.evaluate import texts
from analysis.link.evaluate.access import Access
from analysis.link.evaluate.enumerations import is_enumeration, members
from analysis.link.evaluate.executed import ANY
from analysis.link.evaluate.known_calls import KNOWN_CALLS
from analysis.link.evaluate.library import OPAQUE, is_data, part_of
from analysis.link.evaluate.machine import DEEPEST, MOST_ACTIVE, MOST_MAKERS, UNREADABLE
from analysis.link.evaluate.records import MAKE_TUPLES, field_names, method_of, named_tuple
from analysis.link.evaluate.registries import Registries, given_besides
from analysis.link.project import Project
from analysis.link.scopes import FunctionInfo, descendants, leaf_name, setting_name
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
    Unknown,
    Value,
    Values,
    merge_args,
    name_of,
    union,
)

MAKES_DESCRIBED = "instantiate_from_config"
"""The name under which CompVis's programs, and the many made after them, have the function."""
CONTEXT_MANAGER = "contextmanager"
_UNREAD = "?"
"""Stands for whatever cannot be read."""


_LEAD_ON = Unknown | External | ModuleValue | PackageValue
"""What an import by a name may have given that names a class in configuration."""


class Calls(Access):
    """Results of calls."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.registries = Registries(self)
        self._leaving: dict[ir.Stmt, bool] = {}
        self._outlines: dict[Values, tuple[object, ...]] = {}

    def forget(self) -> None:
        super().forget()
        self.registries.forget()
        self._outlines.clear()

    def _call(self, expr: ir.Call, frame: Frame) -> Values:
        cached = frame.cache.get(expr)
        if cached is not None:
            return cached

        def compute() -> Values:
            asked = self.registries.asked(expr)
            if asked is not None:
                registry, wanted, besides = asked
                values = () if wanted is None else self.eval(wanted, frame)
                if leaf_name(expr.func) == "get":
                    return self.registries.looked_up(registry, values)
                made = self.registries.built(registry, values)
                return made if besides is None else self.registries.given(made, self.eval(besides, frame))
            targets = self.eval(expr.func, frame)
            return union((), *(self._result(target, expr, frame) for target in targets))

        return self._once(expr, frame.busy, compute, lambda values: frame.cache.__setitem__(expr, values))

    def _result(self, target: Value, call: ir.Call, frame: Frame) -> Values:
        match target:
            case External():
                registry = self.registries.outside(target.name) if call.args else None
                if registry is not None:
                    made = self.registries.built(registry, self.eval(call.args[0], frame))
                    besides = given_besides(call, 1)
                    return made if besides is None else self.registries.given(made, self.eval(besides, frame))
                if target.name in FINDS_BY_NAME and (found := self._found_by_name(call, frame)):
                    return tuple(found)
                special = KNOWN_CALLS.get(target.name)
                return (Result(target.name, call, frame),) if special is None else special(self, call, frame)
            case Member():
                return self._member_call(target, call, frame)
            case ClassValue() if is_enumeration(target.cls) and not target.cls.methods:
                asked = self.eval(call.args[0], frame) if call.args else ()
                return members(self, target, self.constants(asked), by_value=True)
            case ClassValue():
                return (self.make(target, self.collect(call, frame), call, frame),)
            case Unknown():
                open_end = Unknown(target.reason, target.name)
                # A library's dataset as well as one of the repository's own.
                transforms = any("transform" in (keyword.name or "") for keyword in call.keywords)
                return (open_end, Result(ANY, call, frame)) if transforms else (open_end,)
            case FunctionValue() if target.function.name == MAKES_DESCRIBED and (made := self._described(call, frame)):
                return made
            case FunctionValue() if any(target.function.mentions(name) for name in ("import_module", "__import__")):
                returned = self.call_value(target, self.collect(call, frame), frame)
                # On the way to a class, part of its name by part, there are modules.
                unread = all(isinstance(value, _LEAD_ON) for value in returned)
                return (self._named(target.function, call, frame) if unread else ()) or returned
            case FunctionValue() | Partial() | Instance():
                return self.call_value(target, self.collect(call, frame), frame)
            case Result() if target.name in MAKE_TUPLES and (names := field_names(self, target)):
                return (named_tuple(names, self.collect(call, frame)),)
            case _:
                return UNREADABLE

    def _named(self, function: FunctionInfo, call: ir.Call, frame: Frame) -> Values:
        """What a program's own `import_class("package.module.Class")` gives, by its text or by configuration.

        The class, or an object of it where the function calls what it has imported.
        """
        found = self._found_by_name(call, frame)
        if any(_makes(node.value) for node in function.scope.returns if node.value is not None):
            classes = [value for value in found if isinstance(value, ClassValue)]
            handed_on = self._handed_on(function, call, frame)
            if handed_on is None:
                return tuple(self.loose_instance(value.cls) for value in classes)
            return tuple(self.make(value, handed_on, call, frame) for value in classes)
        return tuple(found)

    def _handed_on(self, function: FunctionInfo, call: ir.Call, frame: Frame) -> CallArgs | None:
        """What a function that takes anything (`def make(path, **named)`) is called with besides what it has names for.

        None without such.
        """
        if all(param.kind != "**" for param in function.params):
            return None
        args = self.collect(call, frame)
        named = {name: given for name, given in args.named.items() if name not in function.param_names}
        return CallArgs([], named, args.open) if named else None

    def _found_by_name(self, call: ir.Call, frame: Frame) -> list[ClassValue | FunctionValue]:
        """The classes and functions that a call's first argument, or configuration, names with their modules."""
        asked = _first(call)
        if asked is None:
            return []
        texts = list(self.constants(self.eval(asked, frame)))
        if self.configs is not None and (key := setting_name(asked)):
            section = setting_name(asked.value) if isinstance(asked, ir.Attr | ir.Sub) else ""
            named = self.configs.texts(section, key) if section else ()
            texts += self.constants(named or self.configs.dotted_names(key))
        groups: list[Values] = []
        others: list[Values] = []
        for text in texts:
            module, _, name = text.value.rpartition(".") if isinstance(text.value, str) else ("", "", "")
            path = self.project.resolve(frame.module.path, module) if module else None
            for holder in self.at(path) if path else ():
                groups.append(self.attribute(holder, name))
                if text.settable and isinstance(holder, ModuleValue):
                    others.append(self.all_classes(holder.module))
        found = [value for value in union((), *groups) if isinstance(value, ClassValue | FunctionValue)]
        # A shipped configuration may name a class that is called otherwise by now; options name it then.
        return found or [value for value in union((), *others) if isinstance(value, ClassValue)]

    def _described(self, call: ir.Call, frame: Frame) -> Values:
        """What a program's own `instantiate_from_config(description)` makes."""
        asked = _first(call)
        if asked is None:
            return ()
        made = tuple(value for value in self.eval(asked, frame) if isinstance(value, Instance))
        if made or self.described is None:
            return made
        return self.described.under(setting_name(asked) or leaf_name(asked))

    def make(self, target: ClassValue, args: CallArgs, call: ir.Call | None, frame: Frame) -> Instance:
        """The object that a constructor call makes; the same for the same call in the same activation."""
        key = (call, id(target.cls), id(target.frame))
        instance = frame.instances.get(key)
        if instance is None:
            instance = None if call is None else _made_like(target, call, frame)
            if instance is None:
                instance = Instance(target.cls, target.frame, args, call, frame.worker, made_in=frame)
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
        whole = (function, target.receiver, target.frame, worker, *self.outline(args))
        # A question is looked up a dozen times while it is open, and this one is long.
        key = self._numbers.setdefault(whole, len(self._numbers))
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
        positional = tuple([self._outline(argument) for argument in args.positional])
        named = tuple([(name, self._outline(args.named[name])) for name in sorted(args.named)])
        return (args.open, positional, named)

    def _outline(self, argument: Argument, depth: int = 0) -> object:
        """What tells one call's argument from another's for the purpose of what the call returns.

        Data that cannot be read (images, sizes) is all alike: without this, each call in a chain of helpers would be
        followed anew for each way that leads to it.
        """
        values = self.argument(argument)
        known = self._outlines.get(values)
        if known is not None:
            return known
        out: list[object] = []
        lasting = True
        for value in values:
            # In order of frequency and without patterns: half of the evaluation's calls come from here.
            if isinstance(value, Unknown):
                out.append(_UNREAD + part_of(value))
            elif isinstance(value, Sequence):
                # What it holds may be another while questions are open.
                lasting = False
                if depth < 3 and len(value.items) <= 12:
                    out.append((value.open, *[self._outline(item, depth + 1) for item in value.items]))
                else:
                    out.append("...")
            elif isinstance(value, Member):
                out.append(_UNREAD + part_of(value))
            elif isinstance(value, Result):
                opaque = value.receiver is not None or value.name in OPAQUE or is_data(value.name)
                out.append(_UNREAD if opaque else value)
            else:
                out.append(value)
        outline = tuple(dict.fromkeys(out)) if len(out) > 1 else tuple(out)
        if lasting:
            self._outlines[values] = outline
        return outline

    def returned(self, function: FunctionInfo, frame: Frame) -> Values:
        """The values that the function's `return`s give in an activation."""
        scope = function.scope
        if isinstance(function.node, ir.FunctionDef) and function.node.generator:
            if CONTEXT_MANAGER in function.decorator_names():
                # `with made() as data`
                return union((), *(self.eval(item.value, frame) for item in scope.yields if item.value is not None))
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
            if not self._may_leave(node):
                # Neither which way it goes nor what it does has a say in what is returned.
                continue
            match node:
                case ir.Return():
                    out.append(node)
                    return True
                case ir.Stop():
                    return True
                case ir.If():
                    decided = self.truth(node.test, frame)
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

    def _may_leave(self, node: ir.Stmt) -> bool:
        """Whether a function may end within a statement."""
        if isinstance(node, ir.Return | ir.Stop):
            return True
        if isinstance(node, ir.FunctionDef | ir.ClassDef):
            return False
        known = self._leaving.get(node)
        if known is None:
            parts = (node.body, node.orelse) if isinstance(node, ir.If) else blocks(node)
            known = self._leaving[node] = any(self._may_leave(inner) for part in parts for inner in part.body)
        return known

    def _member_call(self, target: Member, call: ir.Call, frame: Frame) -> Values:
        owner, name = target.owner, target.name
        if isinstance(owner, Mapping):
            return self._dict_method(owner, name, call, frame)
        if isinstance(owner, Sequence) and name in {"copy", "__iter__"}:
            return (owner,)
        if isinstance(owner, Sequence) and owner.names and (made := method_of(owner, name, self.collect(call, frame))):
            return (made,)
        if isinstance(owner, Sequence) and name == "pop":
            return self.elements((owner,))
        if isinstance(owner, Constant) and isinstance(owner.value, str):
            made_of = self._made_of_text(owner, name, call, frame)
            if made_of is not None:
                return (made_of,)
        return (Result(f"{name_of(owner)}.{name}", call, frame, owner),)

    def _made_of_text(self, text: Constant, method: str, call: ir.Call, frame: Frame) -> Value | None:
        args = self.collect(call, frame)
        if args.open:
            return None
        known: list[object] = []
        for argument in (*args.positional, *args.named.values()):
            values = self.argument(argument)
            if len(values) != 1 or not isinstance(value := values[0], Constant):
                return None
            known.append(value.value)
        given = len(args.positional)
        return texts.called(text, method, known[:given], dict(zip(args.named, known[given:], strict=True)))


def _made_like(target: ClassValue, call: ir.Call, frame: Frame) -> Instance | None:
    """The object in whose methods the same call makes another one, at any remove; None for most.

    Boxes that give boxes when they are indexed would otherwise be new ones without an end.
    """
    inside: Frame | None = frame
    for _ in range(MOST_MAKERS):
        while inside is not None and inside.self_value is None:
            inside = inside.parent
        maker = None if inside is None else inside.self_value
        if not isinstance(maker, Instance):
            return None
        if maker.site is call and maker.cls is target.cls and maker.worker is frame.worker:
            return maker
        inside = maker.made_in
    return None


def _first(call: ir.Call) -> ir.Expr | None:
    """What a call hands over first, by position or by name."""
    return next(iter((*call.args, *(keyword.value for keyword in call.keywords))), None)


def _makes(returned: ir.Expr) -> bool:
    """Whether something is called but what looks a class up: `found(**args)`, `getattr(module, name)(**args)`, not
    `getattr(module, name)`."""
    calls = [part for part in descendants(returned) if isinstance(part, ir.Call)]
    looking_up = {"getattr", "get", "import_module", "__import__"}
    return any(isinstance(call.func, ir.Call) or leaf_name(call.func) not in looking_up for call in calls)
