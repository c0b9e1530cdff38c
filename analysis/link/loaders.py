"""The loaders of a repository: every call that makes one, in each of the contexts that lead to it, with its parts."""

import re
from collections.abc import Callable, Collection, Iterator
from functools import cached_property

import msgspec
from msgspec.structs import replace

from analysis.catalog.loaders import (
    HYDRA,
    LOADER_LEAVES,
    PREFIXING,
    TASK_COLLATE,
    TASK_LOADER,
    TRAINERS,
    LoaderSpec,
    loader_spec,
)
from analysis.facts import ir
from analysis.facts.source import LARGEST_SOURCE
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.handed import handed_on, hands_on, inherited_methods
from analysis.link.iterators import iterated_once, never_ends
from analysis.link.scopes import (
    Binding,
    ClassInfo,
    FunctionInfo,
    Module,
    Scope,
    descendants,
    leaf_name,
    mapped,
    setting_name,
)
from analysis.link.tasks import Kept, kept_by_tasks
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Member,
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
from analysis.link.workers import WorkerCount, WorkerReader
from analysis.report import StartMethod

MOST_CONTEXTS = 60
MOST_CONTEXTS_IN_LARGE = 24
LARGE = 3_000_000
"""Bytes of Python from which on a repository is large: the work that it gets must do for more loaders."""
CONTEXT_DEPTH = 3
_ASKED_THROUGH = 3
"""Names and operators that a question whether there are workers is followed through."""

_SWITCHED = frozenset({"multiprocessing_context", "persistent_workers", "worker_init_fn"})
"""What a program may hand to its loaders only where an option asks for it."""

_TOLD = frozenset(
    {"is_train", "train", "training", "is_training", "istrain", "for_train", "for_training"}
    | {"mode", "phase", "split", "stage", "subset", "partition"}
)
"""Parameters by which a helper that makes loaders is told what for."""

_NEEDLE = b"oader"
_OTHER_NEEDLES = (
    b"Trainer(", b"(Trainer", b"(Seq2SeqTrainer", b".parallel(", b"train_pipeline(", b"train_detector(",
    b"train_model(", b"train_segmentor(", b"DataBunch.create(", b"iterator_train__",
    b"loader_kwargs=", b"Trainer):", b"LightningDataset(", b".from_datasets(", b"training_data=", b"DataLoaders.from_",
    b"TfmdDL(", b"oader')(", b'oader")(',
)  # fmt: skip
"""Every file that makes a loader holds one of these, or the needle."""


_MADE_BY_NAME = re.compile(rb"\bgetattr\([^\n]{1,200}\)\(")
"""`getattr(module, name)(...)`"""

_USE = re.compile(rb"oader\w*[ \t]*(?:(\(|as\b)|[,)\]};\r\n]|\Z|\\\\n)")


def _may_make_loader(source: bytes) -> bool:
    """Whether a file's bytes may call a loader, or hand one's class on: more than a file's or a setting's name."""
    if any(needle in source for needle in _OTHER_NEEDLES):
        return True
    if _NEEDLE not in source:
        return False
    if len(source) > LARGEST_SOURCE:
        # It cannot be parsed, and whoever asks for it names it as unread.
        return True
    for use in _USE.finditer(source):
        if use[1]:
            return True
        line = source[source.rfind(b"\n", 0, use.start()) + 1 : use.start()].lstrip()
        if not line.startswith((b"from ", b"import ", b"#")):
            return True
    return False


class Loader(msgspec.Struct, frozen=True, eq=False):
    """One loader call in one context. `place` is where the call begins.

    `endless`: its iterator is made once and kept, so that its workers live on as persistent ones do. `in_loop`: it is
    built anew in each epoch, and its workers with it. `unused`: nothing in the repository makes it.
    """

    module: Module
    call: ir.Call
    owner: "FunctionInfo | ClassInfo | None"
    frame: Frame
    spec: LoaderSpec
    datasets: Values
    workers: WorkerCount
    collate: Values
    worker_init: Values
    worker_init_given: bool
    persistent: bool
    endless: bool
    start: StartMethod | None
    generator: Values
    train: bool
    in_loop: bool
    unused: bool = False

    @property
    def place(self) -> str:
        return self.module.place(self.call.line)


class LoaderFinder:
    """Finds the loaders of a project."""

    def __init__(self, evaluator: Evaluator, workers: WorkerReader) -> None:
        self.ev = evaluator
        self.workers = workers
        self._subclasses: set[str] = set()
        self._seeds: dict[str, bool] = {}
        self._most = MOST_CONTEXTS_IN_LARGE if evaluator.project.bytes_read > LARGE else MOST_CONTEXTS

    def find(self) -> Iterator[Loader]:
        """All loaders, file by file."""
        paths = self._paths()
        self._subclasses = self._names_of_subclasses(paths)
        elsewhere = [path for name in self._subclasses for path in self.ev.project.mentioning(name)]
        if self._subclasses:
            making = self.ev.project.mentioning("getattr")
            elsewhere += [path for path in making if _MADE_BY_NAME.search(self.ev.project.texts[path])]
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
        for kept in kept_by_tasks(self.ev):
            self.ev.refresh()
            yield from self._loaders_of_task(kept)

    def _paths(self) -> list[str]:
        return [path for path, data in self.ev.project.texts.items() if _may_make_loader(data)]

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
        if "oader" in leaf or leaf in LOADER_LEAVES or leaf in self._subclasses:
            return True
        if leaf == "getattr" and isinstance(call.func, ir.Call):
            # `getattr(module, settings["type"])(...)` may be one of the repository's own.
            return bool(self._subclasses) or any(_says_loader(arg) for arg in call.func.args)
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

    def _loaders(self, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", module: Module) -> Iterator[Loader]:
        around = self.ev.owner_frame(owner, module)
        targets = self.ev.within(self._targets, call, around)
        if not any(self._is_loader(target) for target in targets):
            return
        if External(HYDRA) in targets and not self._instantiates_a_loader(call):
            return
        for frame in self._running(call, owner, self.contexts(owner, module)):
            for target in self._most_derived(self._targets(call, frame)):
                loader = self._loader(target, call, owner, module, frame)
                if loader is not None:
                    yield loader

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

    def _instantiates_a_loader(self, call: ir.Call) -> bool:
        """Whether the section of the configuration that is handed over says that it is a loader."""
        section = leaf_name(call.args[0]) if call.args else ""
        found = self.workers.configs.by_dotted((section, "_target_")) if section else []
        return any(
            value.dotted_key.split(".")[-2:-1] == [section] and str(value.value).endswith("DataLoader")
            for value in found
        )

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

    def _spec_of_class(self, cls: ClassInfo) -> LoaderSpec | None:
        for base in self.ev.external_bases(cls):
            spec = loader_spec(base)
            if spec is not None and spec.workers == "dataloader_num_workers":
                left = tuple(name for name in spec.datasets if not self._makes_its_own(cls, TRAINERS[name]))
                return replace(spec, datasets=left) if left else None
            if spec is not None:
                return spec
        return None

    def _makes_its_own(self, cls: ClassInfo, method: str) -> bool:
        """Whether a trainer of the repository makes a loader itself, and does not ask the library's method for it."""
        own = self.ev.find_method(cls, method)
        return own is not None and all(leaf_name(call.func) != method for call in own.scope.calls)

    # Contexts.

    def contexts(
        self, owner: "FunctionInfo | ClassInfo | None", module: Module, depth: int = CONTEXT_DEPTH
    ) -> list[Frame]:
        """The activations in which a body runs: one for each way in that the repository shows."""
        if owner is None or isinstance(owner, ClassInfo):
            return [self.ev.owner_frame(owner, module)]
        loose = self.ev.loose_frame(owner)
        if depth == 0 or isinstance(owner.node, ir.Lambda):
            return [loose]
        frames: list[Frame] = []
        for call, caller in self.ev.callers(owner):
            for around in self._caller_contexts(caller, depth - 1):
                frames.extend(self._bound(owner, call, around))
                if len(frames) >= self._most:
                    return frames[: self._most]
        if not frames and owner.cls is not None:
            frames = [frame for made in self.instances(owner.cls) if (frame := self.ev.method_frame(made, owner))]
        return frames[: self._most] or [loose]

    def _caller_contexts(self, caller: Frame, depth: int) -> list[Frame]:
        if caller.function is None:
            return [caller]
        return self.contexts(caller.function, caller.module, depth)

    def _bound(self, function: FunctionInfo, call: ir.Call, around: Frame) -> Iterator[Frame]:
        args = self.ev.collect(call, around)
        for target in self.ev.eval(call.func, around):
            if isinstance(target, FunctionValue) and target.function is function:
                yield self.ev.bind(function, args, target.frame, target.receiver)
            elif function.cls is not None and (
                isinstance(target, Unknown)
                or (isinstance(target, FunctionValue) and target.function.name == function.name)
            ):
                # An override, or a method of what cannot be read that the name alone tells.
                for made in self.instances(function.cls):
                    yield self.ev.bind(function, args, self.ev.definition_frame(function), made)
            elif isinstance(target, ClassValue) and function.name == "__init__":
                made = self.ev.make(target, args, call, around)
                frame = self.ev.method_frame(made, function)
                if frame is not None:
                    yield frame

    def instances(self, cls: ClassInfo) -> list[Instance]:
        """The objects of a class, and of those that inherit from it, that the repository makes."""
        first: list[Instance] = []
        more: list[Instance] = []
        for owner in [cls, *self.ev.subclasses(cls)]:
            made: list[Instance] = []
            for module in self.ev.project.modules_mentioning(owner.name):
                for call, body in module.calls_by_name.get(owner.name, ()):
                    frame = self.ev.owner_frame(body, module)
                    for value in self.ev.eval(call, frame):
                        if isinstance(value, Instance) and value.cls is owner and value not in made:
                            made.append(value)
            if not made and owner is not cls:
                made.append(self.ev.loose_instance(owner))
            # One of each class before the many of any.
            first += made[:1]
            more += made[1:]
        return [*first, *more][: self._most]

    # Parts.

    def _without_switched_off(
        self, args: CallArgs, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", frame: Frame
    ) -> CallArgs:
        """Without what an option that is off by default puts into the dict behind `**`."""
        handed = [k.value.id for k in call.keywords if k.name is None and isinstance(k.value, ir.Name)]
        if not handed or not isinstance(owner, FunctionInfo) or isinstance(owner.node, ir.Lambda):
            return args
        off = set()
        for change in [change for name in handed for change in owner.scope.changes.get(name, ())]:
            if change.how == "item" and isinstance(change.key, ir.Const) and change.key.value in _SWITCHED:
                tests = tests_around(owner.node.body, change.line)
                if any(self._by_option(test, frame) is (not way) for test, way in tests):
                    off.add(str(change.key.value))
        off -= {keyword.name for keyword in call.keywords}
        if not off:
            return args
        return CallArgs(args.positional, {k: v for k, v in args.named.items() if k not in off}, args.open)

    def _by_option(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds by default; `args.name` of arguments that cannot be followed asks for the option."""
        decided = self.ev.truth_by_default(test, frame)
        if decided is not None or not isinstance(test, ir.Attr):
            return decided
        values = [
            value.value
            for value in self.workers.options.option(test.name, frame.module.path)
            if isinstance(value, Constant)
        ]
        return False if values and not any(values) else None

    def _loader(
        self, target: Value, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", module: Module, frame: Frame
    ) -> Loader | None:
        args = self._without_switched_off(self.ev.collect(call, frame), call, owner, frame)
        instance: Instance | None = None
        spec: LoaderSpec | None = None
        receiver: Value | None = None
        while isinstance(target, Partial):
            args = merge_args(target.args, args)
            target = target.target
        if isinstance(target, External | Member):
            spec = loader_spec(name_of(target))
            receiver = target.owner if isinstance(target, Member) else None
        elif isinstance(target, ClassValue):
            spec = self._spec_of_class(target.cls)
            instance = self.ev.make(target, args, call, frame)
            args = self._base_args(instance, args)
        if spec is None:
            return None
        args = handed_on(self.ev, spec, args, call.line)
        if spec.only_given and not {*spec.params[: len(args.positional)], *args.named} & {*spec.datasets}:
            return None
        return self._assembled(spec, args, instance, receiver, call, owner, module, frame)

    def _base_args(self, instance: Instance, args: CallArgs) -> CallArgs:
        """What a subclass of a loader hands to the loader's own constructor."""
        init = self.ev.find_method(instance.cls, "__init__")
        seen: set[int] = set()
        while init is not None and id(init) not in seen:
            seen.add(id(init))
            frame = self.ev.method_frame(instance, init)
            if frame is None:
                return args
            following: FunctionInfo | None = None
            for call in init.scope.calls:
                if leaf_name(call.func) != "__init__":
                    continue
                handed = self.ev.collect(call, frame)
                for target in self.ev.eval(call.func, frame):
                    if isinstance(target, FunctionValue):
                        following = target.function
                    elif isinstance(target, External) and not target.name.startswith("builtins."):
                        explicit = not (isinstance(call.func, ir.Attr) and isinstance(call.func.value, ir.Call))
                        if explicit and handed.positional:
                            handed = CallArgs(handed.positional[1:], handed.named, handed.open)
                        return handed
            init = following
        return args

    def _assembled(
        self,
        spec: LoaderSpec,
        args: CallArgs,
        instance: Instance | None,
        receiver: Value | None,
        call: ir.Call,
        owner: "FunctionInfo | ClassInfo | None",
        module: Module,
        frame: Frame,
    ) -> Loader:
        named = dict(zip(spec.params, args.positional, strict=False)) | args.named

        def values(name: str) -> Values:
            if instance is not None:
                overridden = self._overridden(instance, name)
                if overridden:
                    return overridden
            argument = named.get(name)
            return () if argument is None else self.ev.argument(argument)

        datasets: Values = (receiver,) if spec.on_receiver and receiver is not None else ()
        for name in spec.datasets:
            datasets += tuple(value for value in values(name) if value not in datasets)
        datasets = tuple(self._as_last_changed(value, call, owner, frame, named) for value in datasets)
        init = values("worker_init_fn")
        if isinstance(argument := named.get("worker_init_fn"), Argument) and init == self.ev.argument(argument):
            init = self._by_default(argument)
        trains = self._trains(call, owner, module, frame)
        if not init and "worker_init_fn" not in named:
            init = self._given_later(call, train=trains)
        if spec.configured:
            section = leaf_name(call.args[0]) if call.args and spec is loader_spec(HYDRA) else ""
            setting = f"{section}.{spec.workers}" if section else spec.workers
            named.setdefault(spec.workers, Argument(None, frame, (Unknown("from configuration", setting),)))
            # One for each step of the workflow.
            datasets = union((), *(self.ev.elements((v,)) if isinstance(v, Sequence) else (v,) for v in datasets))
            datasets = datasets or (Unknown("from configuration"),)
        workers = self._workers(spec, named, args, frame)
        if spec.seeded_by:
            asks_configuration = spec.configured and spec.seeded_by not in named
            seeded = self._configured_seed(spec.seeded_by) if asks_configuration else _is_set(values(spec.seeded_by))
            spec = spec if seeded else replace(spec, reseeds="none")
        return Loader(
            module=module,
            call=call,
            owner=owner,
            frame=frame,
            spec=spec,
            datasets=datasets,
            workers=workers,
            collate=tuple(value for name in spec.collate for value in values(name)),
            worker_init=init,
            worker_init_given="worker_init_fn" in named or bool(init),
            persistent=spec.persistent
            or is_true(values("persistent_workers"))
            or self._where_there_are_workers(named.get("persistent_workers")),
            endless=self._endless(instance)
            or iterated_once(self.ev, call, owner, module)
            or (bool(init) and self._may_never_end and self._never_ends(named)),
            start=self._start(values("multiprocessing_context")),
            generator=values("generator"),
            train=trains,
            in_loop=_inside_loop(call, owner, module),
        )

    def _configured_seed(self, name: str) -> bool:
        """`cfg.seed = ...` of a program that reads a configuration: whether it is set while options have defaults."""
        known = self._seeds.get(name)
        if known is None:
            known = self._seeds[name] = any(
                _is_set(self.ev.eval(assign.binding.node, self.ev.owner_frame(owner, module)))
                for module in self.ev.project.modules_mentioning("fromfile")
                for scope, owner in module.bodies_setting(name)
                for assign in scope.attributes
                if assign.name == name and isinstance(assign.binding.node, ir.Node) and not assign.binding.path
                if not isinstance(assign.binding.node, ir.Import | ir.ImportFrom)
            )
        return known

    def _as_last_changed(
        self,
        dataset: Value,
        call: ir.Call,
        owner: "FunctionInfo | ClassInfo | None",
        frame: Frame,
        named: dict[str, Argument],
    ) -> Value:
        """The dataset with what is assigned to it just before: `dataset.transform = t`, then the loader's call."""
        argument = named.get("dataset")
        if not isinstance(dataset, Instance) or not isinstance(owner, FunctionInfo) or argument is None:
            return dataset
        name = leaf_name(argument.expr) if isinstance(argument.expr, ir.Name) else ""
        given: dict[str, Values] = {}
        for assign in owner.scope.attributes:
            binding, target = assign.binding, assign.target
            before = binding.line < call.line and binding.start <= call.line <= binding.end
            if isinstance(target, ir.Name) and target.id == name and before and isinstance(binding.node, ir.Call):
                given[assign.name] = self.ev.eval(binding.node, frame)
        if not given:
            return dataset
        return Instance(
            dataset.cls,
            dataset.class_frame,
            dataset.args,
            dataset.site,
            dataset.worker,
            {**dataset.cache, **given},
            given=given,
        )

    def _given_later(self, call: ir.Call, *, train: bool) -> Values:
        """`loader.worker_init_fn = f`, once it is made; a loader that cannot be told is one for training."""
        groups: list[Values] = []
        for node, frame, holders in self._assigned_inits:
            made = [holder for holder in holders if isinstance(holder, Result | Instance)]
            this = frame.self_value
            # A trainer that a framework drives is given its loaders by it.
            driven = isinstance(this, Instance) and bool(self.ev.external_bases(this.cls))
            if any((h.call if isinstance(h, Result) else h.site) is call for h in made) or (
                train and (driven or not made)
            ):
                groups.append(self.ev.eval(node, frame))
        return union((), *groups)

    @cached_property
    def _assigned_inits(self) -> list[tuple[ir.Expr, Frame, Values]]:
        found: list[tuple[ir.Expr, Frame, Values]] = []
        for module in self.ev.project.modules_mentioning("worker_init_fn"):
            for scope, owner in module.bodies_setting("worker_init_fn"):
                for assign in scope.attributes:
                    node = assign.binding.node
                    own = isinstance(assign.target, ir.Name) and assign.target.id in {"self", "cls"}
                    if assign.name != "worker_init_fn" or own or assign.binding.path:
                        continue
                    if not isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo):
                        frame = self.ev.owner_frame(owner, module)
                        found.append((node, frame, self.ev.eval(assign.target, frame)))
        return found

    def _by_default(self, argument: Argument) -> Values:
        """What an argument is while every option has its default."""
        expr, frame = argument.expr, argument.frame
        if isinstance(expr, ir.Cond) and frame is not None:
            decided = self.ev.truth_by_default(expr.test, frame)
            if decided is None:
                decided = self._given_by_option(expr.test, frame)
            if decided is not None:
                return self._by_default(Argument(expr.then if decided else expr.other, frame))
        if isinstance(expr, ir.Name) and frame is not None:
            definitions = self.ev.definitions(expr.id, frame, expr.line) or []
            if len(definitions) == 1 and isinstance(definitions[0].expr, ir.Cond):
                return self._by_default(definitions[0])
            live = [each for each in definitions if not self._switched_off(expr.id, each)]
            if live and len(live) < len(definitions):
                return union((), *(self.ev.argument(each) for each in live))
        return self.ev.argument(argument)

    def _switched_off(self, name: str, definition: Argument) -> bool:
        """Whether a name gets this value under a test alone that does not hold by default."""
        frame = definition.frame
        if definition.expr is None or frame is None or frame.function is None:
            return False
        return any(
            self._by_option(test, frame) is (not way)
            for binding in frame.function.scope.bindings.get(name, ())
            if binding.node is definition.expr
            for test, way in binding.guards
        )

    def _given_by_option(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Whether `x is not None` holds by default, where x is a setting that cannot be followed but has an option."""
        match test:
            case ir.Compare(left=ir.Name(id=name, line=line), ops=("is not",), rights=(ir.Const(value=None),)):
                pass
            case _:
                return None
        if _left_empty(name, frame):
            return False
        handed = [a.expr for a in self.ev.definitions(name, frame, line) or ()]
        asked = {leaf_name(expr) for expr in handed if isinstance(expr, ir.Attr)}
        if len(asked) != 1 or not all(isinstance(expr, ir.Attr | ir.Const | None) for expr in handed):
            return None
        values = self.workers.options.option(asked.pop(), frame.module.path)
        empty = bool(values) and all(isinstance(value, Constant) and value.value is None for value in values)
        return False if empty else None

    def _where_there_are_workers(self, argument: Argument | None, depth: int = 0) -> bool:
        """`persistent_workers=num_workers > 0`: true wherever it says anything."""
        if argument is None or argument.frame is None or depth > _ASKED_THROUGH:
            return False
        frame = argument.frame
        match argument.expr:
            case ir.Compare(left=asked, ops=(">" | "!=" | ">=",), rights=(ir.Const(value=0 | 1),)):
                return _counts_workers(asked)
            case ir.Call(func=ir.Name(id="bool"), args=(asked,)):
                return _counts_workers(asked) or self._where_there_are_workers(Argument(asked, frame), depth + 1)
            case ir.Cond(test=test, then=ir.Const(value=True), other=ir.Const()):
                return _counts_workers(test) or self._where_there_are_workers(Argument(test, frame), depth + 1)
            case ir.BoolOp(op="and", items=items):
                told = [self._where_there_are_workers(Argument(item, frame), depth + 1) for item in items]
                return any(told) and all(
                    asked or is_true(self.ev.eval(item, frame)) for item, asked in zip(items, told, strict=True)
                )
            case ir.Name(id=name, line=line):
                handed = self.ev.definitions(name, frame, line) or ()
                return bool(handed) and all(self._where_there_are_workers(each, depth + 1) for each in handed)
            case _:
                return False

    def _workers(self, spec: LoaderSpec, named: dict[str, Argument], args: CallArgs, frame: Frame) -> WorkerCount:
        if spec.workers == "dataloader_num_workers":
            return self._trainer_workers(named)
        argument = named.get(spec.workers)
        if argument is not None:
            return self.workers.read(argument, spec.default_workers)
        if args.open and not spec.default_workers:
            # Handed through `**`: whoever calls may set it.
            handed = Argument(None, frame, (Unknown("passed through **", spec.workers),))
            return self.workers.read(handed, spec.default_workers)
        return self.workers.read(None, spec.default_workers)

    def _trainer_workers(self, named: dict[str, Argument]) -> WorkerCount:
        argument = named.get("args")
        read: Values = ()
        for value in () if argument is None else self.ev.argument(argument):
            if isinstance(value, Result):
                handed = self.ev.collect(value.call, value.frame).named.get("dataloader_num_workers")
                if handed is not None:
                    return self.workers.read(handed, 0)
            read = union(read, self.ev.attribute(value, "dataloader_num_workers"))
        return self.workers.read(Argument(None, None, read) if read else None, 0)

    def _overridden(self, instance: Instance, name: str) -> Values:
        """`self.collate_fn = ...` in a loader's subclass, or a method of that name."""
        for cls in self.ev.mro(instance.cls):
            if self.ev.assignments(cls, name) or name in cls.methods:
                return tuple(v for v in self.ev.instance_attribute(instance, name) if not isinstance(v, Unknown))
        return ()

    def _endless(self, instance: Instance | None) -> bool:
        """A loader whose iterator is made once and kept: its workers live on."""
        if instance is None:
            return False
        for cls in self.ev.mro(instance.cls):
            if any(self.ev.assignments(cls, name) for name in ("iterator", "_iterator", "_dataloader_iterator")):
                return True
            init = cls.methods.get("__init__")
            if init is not None and any(
                leaf_name(c.func) in {"_RepeatSampler", "RepeatSampler"} for c in init.scope.calls
            ):
                return True
        return False

    @cached_property
    def _may_never_end(self) -> bool:
        """Whether any file can have a sampler that goes on for ever; to look at each loader's takes work."""
        texts = self.ev.project.texts.values()
        return any(b"ampler(" in text and (b"while True" in text or b"while 1" in text) for text in texts)

    def _never_ends(self, named: dict[str, Argument]) -> bool:
        given = [named[name] for name in ("sampler", "batch_sampler") if name in named]
        samplers = union((), *(self.ev.within(self.ev.argument, argument) for argument in given))
        return never_ends(self.ev, samplers)

    def _start(self, values: Values) -> StartMethod | None:
        for value in values:
            if isinstance(value, Constant):
                return start_word(value.value)
            if isinstance(value, Result) and value.name == "multiprocessing.get_context":
                args = self.ev.collect(value.call, value.frame).positional
                for inner in self.ev.argument(args[0]) if args else ():
                    if isinstance(inner, Constant):
                        return start_word(inner.value)
        return None

    def _trains(self, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", module: Module, frame: Frame) -> bool:
        """Whether the loader feeds training: by what a helper is told (`make(data, is_train=False)`), or by names."""
        told = self._told_to_train(owner, frame) if isinstance(owner, FunctionInfo) else None
        if told is not None:
            return told
        scope = owner.scope if owner is not None else module.scope
        names = [
            name
            for name, bindings in scope.bindings.items()
            for binding in bindings
            if isinstance(binding.node, ir.Node) and binding.line <= call.line and _holds(binding.node, call)
        ]
        names += [
            a.name for a in scope.attributes if isinstance(a.binding.node, ir.Node) and _holds(a.binding.node, call)
        ]
        if isinstance(owner, FunctionInfo):
            names += [owner.name, owner.qualname]
        for name in names:
            trains = _names_training(name)
            if trains is not None:
                return trains
        return True

    def _told_to_train(self, owner: FunctionInfo, frame: Frame) -> bool | None:
        for name in (param.name for param in owner.params if param.name.lower() in _TOLD):
            values = self.ev.lookup(name, frame)
            said = {
                _names_training(v.value) if isinstance(v.value, str) else v.value
                for v in values
                if isinstance(v, Constant) and isinstance(v.value, str | bool)
            }
            if len(said) == 1 and len(values) == 1 and (told := said.pop()) is not None:
                return told
        return None


def _names_training(name: str) -> bool | None:
    """Whether a name or a word is of training, or of what is done with a trained model; None where it is of neither."""
    lowered = name.lower()
    if "train" in lowered:
        return True
    if any(word in lowered for word in ("val", "test", "eval", "dev_", "infer", "predict", "query", "gallery")):
        return False
    return None


def _left_empty(name: str, frame: Frame) -> bool:
    """Whether a parameter that is None by default is given nothing that can be read: `build(data, **settings)`."""
    function = frame.function
    if function is None or name in frame.args or name in function.scope.bindings:
        return False
    defaults = [param.default for param in function.params if param.name == name]
    return any(isinstance(default, ir.Const) and default.known and default.value is None for default in defaults)


def _counts_workers(expr: ir.Expr) -> bool:
    """Whether an expression is, by its name, the number of workers."""
    name = (leaf_name(expr) or setting_name(expr)).lower()
    return "worker" in name and "persist" not in name


def _is_set(values: Values) -> bool:
    return any(not (isinstance(value, Constant) and value.value is None) for value in values)


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


def _says_loader(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Const) and isinstance(expr.value, str) and expr.value.endswith("oader")


def _loader_by_default(name: str, owner: "FunctionInfo | ClassInfo | None") -> bool:
    """Whether a name is a parameter with a loader's class for its default: `def loader(data, klass=DataLoader)`."""
    params = owner.params if isinstance(owner, FunctionInfo) else ()
    return any(
        param.name == name and isinstance(param.default, ir.Name | ir.Attr) and "oader" in leaf_name(param.default)
        for param in params
    )


def _holds(node: ir.Node, call: ir.Call) -> bool:
    return any(current is call for current in descendants(node))


def _inside_loop(call: ir.Call, owner: "FunctionInfo | ClassInfo | None", module: Module) -> bool:
    """Whether the call stands in a loop over epochs, so that each epoch gets new workers."""
    scope = owner.scope if owner is not None else module.scope
    for loop in scope.loops:
        if loop.body.start <= call.line <= loop.body.end and isinstance(loop, ir.For):
            text = f"{leaf_name(loop.target)} {leaf_name(loop.iter)}".lower()
            if "epoch" in text or leaf_name(loop.iter) in {"range", "count", "trange", "xrange"}:
                return True
    return False


def is_true(values: Values) -> bool:
    """Whether an argument is true in every way it can be read."""
    constants = [value for value in values if isinstance(value, Constant)]
    return bool(constants) and all(bool(value.value) for value in constants)


def start_word(value: object) -> StartMethod | None:
    """The start method that a constant names."""
    return value if value in ("fork", "spawn", "forkserver") else None
