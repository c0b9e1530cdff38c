"""The loaders of a repository: every call that makes one, in each of the contexts that lead to it, with its parts."""

import re
from collections.abc import Callable, Collection, Iterator

from msgspec.structs import replace

from analysis.catalog.loaders import HYDRA, LOADER_LEAVES, PREFIXING, TASK_COLLATE, TASK_LOADER, loader_spec
from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.configs import ConfigValue
from analysis.link.evaluate.instantiated import sections
from analysis.link.handed import hands_on, inherited_methods
from analysis.link.loaders.loader import Loader
from analysis.link.loaders.needles import MADE_BY_NAME, may_make_loader
from analysis.link.loaders.reading import Reading
from analysis.link.scopes import Binding, ClassInfo, FunctionInfo, Module, Scope, descendants, leaf_name, mapped
from analysis.link.tasks import Kept, kept_by_tasks
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    External,
    Frame,
    FunctionValue,
    Member,
    Partial,
    Unknown,
    Value,
    Values,
    name_of,
)

_TARGET = "_target_"
"""hydra's word for what a section is made into."""


class LoaderFinder(Reading):
    """Finds the loaders of a project."""

    def find(self) -> Iterator[Loader]:
        """All loaders, file by file."""
        paths = self._paths()
        self._subclasses = self._names_of_subclasses(paths)
        elsewhere = [path for name in self._subclasses for path in self.ev.project.mentioning(name)]
        if self._subclasses:
            making = self.ev.project.mentioning("getattr")
            elsewhere += [path for path in making if MADE_BY_NAME.search(self.ev.project.texts[path])]
        for path in sorted({*paths, *elsewhere}):
            module = self.ev.project.module(path)
            if module is None:
                continue
            for scope, owner in module.bodies(self._may_load(module)):
                for written in scope.calls:
                    call = mapped(written) or written
                    if self._plausible(call, scope, owner, module):
                        self.ev.refresh()
                        yield from self._loaders(call, owner, module)
                    elif (made := self.ev.registries.made_outside(call)) is not None and any(
                        map(self._is_loader, made[1])
                    ):
                        self.ev.refresh()
                        yield from self._loaders(made[0], owner, module, made[1])
        yield from self._loaders_of_configurations(paths)
        for kept in kept_by_tasks(self.ev):
            self.ev.refresh()
            yield from self._loaders_of_task(kept)

    def _paths(self) -> list[str]:
        return [path for path, data in self.ev.project.texts.items() if may_make_loader(data)]

    def _names_of_subclasses(self, paths: list[str]) -> set[str]:
        """Names of the repository's classes that inherit from a loader, through other classes too, whatever theirs."""
        names: set[str] = set()
        pending = paths
        while pending:
            modules = [
                module for path in dict.fromkeys(pending) if (module := self.ev.project.module(path)) is not None
            ]
            new = {
                cls.name
                for module in modules
                if module is not None
                for cls in module.classes
                if cls.name not in names
                and any(
                    "oader" in (leaf := leaf_name(base)) or leaf.endswith("Trainer") or leaf in names | PREFIXING
                    for base in cls.node.bases
                )
                and self._spec_of_class(cls) is not None
            }
            names |= new
            pending = [path for name in new for path in self.ev.project.mentioning(name)]
        return names

    def _may_load(self, module: Module) -> Callable[[FunctionInfo], bool]:
        """False only for functions without a call that is `_plausible`."""
        bound = {
            name
            for name, bindings in module.scope.bindings.items()
            if any(_mentions_loader(each, self._subclasses) for each in bindings)
        }
        words = LOADER_LEAVES | self._subclasses | bound | ({"getattr"} if self._subclasses else frozenset())

        def test(function: FunctionInfo) -> bool:
            body = function.noted
            if function.cls is not None and function.cls.name in self._subclasses:
                return True
            if body is None or function.hints("oader") or not words.isdisjoint(body.words.split()):
                return True
            return any(_loader_by_default(param.name, function) for param in function.params)

        return test

    def _plausible(self, call: ir.Call, scope: Scope, owner: "FunctionInfo | ClassInfo | None", module: Module) -> bool:
        leaf = leaf_name(call.func)
        if leaf in LOADER_LEAVES or leaf in self._subclasses:
            return True
        if "oader" in leaf and (isinstance(call.func, ir.Call) or self._is_bound(leaf)):
            return True
        if leaf == "getattr" and isinstance(call.func, ir.Call):
            # `getattr(module, settings["type"])(...)` may be one of the repository's own; a method of the object that
            # asks, `getattr(self, name)(...)`, is none.
            asked = call.func.args[:1]
            own = asked and isinstance(owner, FunctionInfo) and owner.cls is not None and _is_first(asked[0], owner)
            return (bool(self._subclasses) and not own) or any(_says_loader(arg) for arg in call.func.args)
        if leaf == "cls" and isinstance(owner, FunctionInfo) and owner.cls is not None:
            return owner.cls.name in self._subclasses
        if isinstance(call.func, ir.Call):
            # `LazyCall(DataLoader)(...)`, `partial(DataLoader, data)(...)`
            return any("oader" in leaf_name(arg) or leaf_name(arg) in self._subclasses for arg in call.func.args)
        if isinstance(call.func, ir.Name | ir.Sub):
            # `KINDS[name](data)` makes one of those that the name holds.
            name = leaf if isinstance(call.func, ir.Name) else leaf_name(call.func.value)
            bindings = [*scope.bindings.get(name, ()), *module.scope.bindings.get(name, ())]
            return (
                (name != leaf and "oader" in name.lower())
                or any(_mentions_loader(binding, self._subclasses) for binding in bindings)
                or _loader_by_default(name, owner)
            )
        return hands_on(call)

    def _is_bound(self, name: str) -> bool:
        """Whether anything but a plain `def` gives a name a meaning: it may stand for a loader's class then."""
        found = self._given_meaning.get(name)
        if found is None:
            word = re.escape(name.encode())
            given = rb"%b(?<!\w%b)(?:\s*(?:=(?!=)|[:,)])|[\"']\s*[:,]|\s+in\b|(?<=as %b)(?!\w))" % (word, word, word)
            got = rb"property[ \t\r]*+\n\s*+def\s++%b\b" % word
            texts = [self.ev.project.texts[path] for path in self.ev.project.mentioning(name)]
            found = any(re.search(pattern, text) for text in texts for pattern in (given, got))
            self._given_meaning[name] = found
        return found

    def _loaders(
        self, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", module: Module, registered: Values = ()
    ) -> Iterator[Loader]:
        """The loaders of a call; of the classes that a registry has for it, where it asks one."""
        around = self.ev.owner_frame(owner, module)
        targets = registered or self.ev.within(self._targets, call, around)
        if not any(self._is_loader(target) for target in targets):
            return
        if External(HYDRA) in targets and not self._instantiates_a_loader(call, around):
            return
        for frame in self._running(call, owner, self.contexts(owner, module)):
            for target in self._most_derived(registered or self._targets(call, frame)):
                loader = self._loader(target, call, owner, module, frame)
                if loader is not None:
                    yield loader

    def _loaders_of_configurations(self, paths: list[str]) -> Iterator[Loader]:
        """Loaders of the repository's own that no call makes, but what a configuration file describes.

        Each stands where its class asks torch's constructor.
        """
        modules = [self.ev.project.module(path) for path in paths if self._subclasses and self.ev.described is not None]
        for cls in (each for module in modules if module is not None for each in module.classes):
            init = cls.methods.get("__init__") if cls.name in self._subclasses else None
            spec = self._spec_of_class(cls) if init is not None and not self.ev.callers(init) else None
            calls = [call for call in init.scope.calls if leaf_name(call.func) == "__init__"] if init else []
            described = self.ev.described.of_class(cls, "") if spec and calls and self.ev.described else ()
            for instance in described[:1]:
                frame = self.ev.method_frame(instance, init) if init else None
                if spec is not None and frame is not None:
                    self.ev.refresh()
                    args = self._base_args(instance, CallArgs())
                    yield self._assembled(spec, args, instance, None, calls[0], init, cls.module, frame)

    def _loaders_of_task(self, kept: Kept) -> Iterator[Loader]:
        """The loader that a framework makes of what a task keeps, with as many workers as settings say."""
        for frame in self.contexts(kept.method, kept.module):
            args = CallArgs([Argument(kept.dataset, frame)])
            loader = self._assembled(TASK_LOADER, args, None, None, kept.call, kept.method, kept.module, frame)
            configured = Argument(None, frame, (Unknown("from configuration", TASK_LOADER.workers),))
            workers = self.workers.read(configured, TASK_LOADER.default_workers)
            yield replace(
                loader,
                workers=loader.workers if workers.kind == "unknown" else workers,
                collate=tuple(
                    each
                    for dataset in loader.datasets
                    for each in self.ev.attribute(dataset, TASK_COLLATE)
                    if isinstance(each, FunctionValue)
                ),
            )

    def _targets(self, call: ir.Call, frame: Frame) -> Values:
        return inherited_methods(self.ev, call, frame) or self.ev.eval(call.func, frame)

    def _most_derived(self, targets: Values) -> Values:
        """Without the classes from which another target inherits: a look-up by name means those in the end."""
        classes = [target.cls for target in targets if isinstance(target, ClassValue)]
        bases = {id(base) for cls in classes for base in self.ev.mro(cls)[1:]} if len(classes) > 1 else set()
        return tuple(each for each in targets if not isinstance(each, ClassValue) or id(each.cls) not in bases)

    def _running(self, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", frames: list[Frame]) -> list[Frame]:
        """Those activations in which the call is not decided against: `if is_train: ...` around it."""
        if len(frames) < 2 or not isinstance(owner, FunctionInfo) or isinstance(owner.node, ir.Lambda):
            return frames
        tests = tests_around(owner.node.body, call.line)
        return [
            frame
            for frame in frames
            if not any(self.ev.within(self.ev.truth, test, frame) is (not way) for test, way in tests)
        ] or frames

    def _instantiates_a_loader(self, call: ir.Call, frame: Frame) -> bool:
        """Whether the section of the configuration that is handed over is a loader, or is nothing but holds one."""
        asked = set(sections(self.ev, call.args[0], frame)) if call.args else set()
        made = self.workers.configs.lookup(_TARGET) if asked else []
        named = {(value.path, value.dotted_key) for value in made}
        loaders = (value for value in made if str(value.value).endswith("DataLoader"))
        return any(not asked.isdisjoint(_holding(value, named)) for value in loaders)

    def _is_loader(self, target: Value) -> bool:
        match target:
            case External() | Member():
                return loader_spec(name_of(target)) is not None
            case ClassValue():
                return self._spec_of_class(target.cls) is not None
            case Partial():
                return self._is_loader(target.target)
            case _:
                return False


def _holding(loader: ConfigValue, named: Collection[tuple[str, str]]) -> Iterator[str]:
    """The section that is a loader, and those around it that are made into nothing themselves.

    A file of one of hydra's groups stands in the section that its folder is named after.
    """
    keys = loader.dotted_key.split(".")[:-1]
    yield from keys[-1:]
    for depth, key in enumerate(keys[:-1], start=1):
        if (loader.path, ".".join([*keys[:depth], _TARGET])) not in named:
            yield key
    if (loader.path, _TARGET) not in named or not keys:
        folder, _, file = loader.path.rpartition("/")
        yield from (folder.rpartition("/")[2], file.partition(".")[0])


def _mentions_loader(binding: Binding, subclasses: Collection[str]) -> bool:
    node = binding.node
    if not isinstance(node, ir.Node):
        return isinstance(node, ClassInfo) and "oader" in node.name
    if isinstance(node, ir.Import | ir.ImportFrom):
        return "oader" in node.name.lower()
    return any(
        isinstance(part, ir.Name | ir.Attr) and ("oader" in (leaf := leaf_name(part)) or leaf in subclasses)
        for part in descendants(node)
    )


def _is_first(expr: ir.Expr, function: FunctionInfo) -> bool:
    """Whether an expression is a function's first parameter."""
    return isinstance(expr, ir.Name) and bool(function.params) and function.params[0].name == expr.id


def _says_loader(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Const) and isinstance(expr.value, str) and expr.value.endswith("oader")


def _loader_by_default(name: str, owner: "FunctionInfo | ClassInfo | None") -> bool:
    """Whether a name is a parameter with a loader's class for its default: `def loader(data, klass=DataLoader)`."""
    params = owner.params if isinstance(owner, FunctionInfo) else ()
    return any(
        param.name == name and isinstance(param.default, ir.Name | ir.Attr) and "oader" in leaf_name(param.default)
        for param in params
    )
