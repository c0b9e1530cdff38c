"""Objects made from configuration by name: `@DATASETS.register_module()` here, `dict(type="Crop", size=4)` there.

A registry is known by the name that it is decorated with; which of its classes are built, and with what, the
repository's configuration files in Python say. A class that no configuration names is not built, unless none names any.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from analysis.facts import ir
from analysis.link.evaluate.access import Access
from analysis.link.evaluate.entered import Entries, registered_as
from analysis.link.evaluate.library import PARTS, part_of, way_to
from analysis.link.scopes import ClassInfo, Module, descendants, leaf_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    External,
    FunctionValue,
    Instance,
    Mapping,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
    union,
)

MOST_CLASSES = 80
DEEPEST_LIST = 3
MOST_MENTIONS = 4
"""Configurations of one class that are looked at: they differ in numbers more than in what runs."""
MOST_DIFFERENT = 10
"""Of them with those that name further steps of a pipeline."""
_TYPES = ("type", "typename")
"""OpenMMLab's word for the class, and that of the toolboxes of Media-Smart, which were made after its."""
KEYS = (*_TYPES, "name", "_target_")

_PIPELINE = "pipeline"

_QUOTED = re.compile(rb"[\"']([A-Z]\w+)[\"']")
_BUILD = frozenset({"build_from_cfg", "build_from_config"})
_NO_DATA = frozenset({
    "MODELS", "MODEL_WRAPPERS", "WEIGHT_INITIALIZERS", "BACKBONES", "NECKS", "HEADS", "LOSSES", "DETECTORS",
    "SEGMENTORS", "TASK_UTILS", "OPTIMIZERS", "OPTIM_WRAPPERS", "OPTIM_WRAPPER_CONSTRUCTORS", "PARAM_SCHEDULERS",
    "METRICS", "EVALUATOR", "HOOKS", "LOOPS", "RUNNERS", "STRATEGIES", "VISUALIZERS", "VISBACKENDS", "INFERENCERS",
    "LOG_PROCESSORS",
})  # fmt: skip
"""OpenMMLab's registries (`mmengine.registry.root`, and those of mmcv before it) whose objects no worker has.

Which of hundreds of models is meant where the configuration cannot be read, nobody asks.
"""
_DATASETS = "DATASETS"
_OUTSIDE_BUILDERS = {"build_dataset": _DATASETS, "build_transforms": "TRANSFORMS"}


class Registries:
    """The registries of one project, by name."""

    def __init__(self, evaluator: Access) -> None:
        self._ev = evaluator
        self._classes: dict[str, dict[str, ClassInfo]] = {}
        self._instances: dict[tuple[int, str], tuple[Instance, ...]] = {}
        self._made: dict[tuple[int, object], Instance] = {}
        self._built_on: dict[tuple[int, str], tuple[Instance, ...]] = {}
        self._entries = Entries(evaluator)
        self._given: dict[object, tuple[Instance, Instance]] = {}
        self._own_datasets: bool | None = None
        self._registered_steps: frozenset[str] | None = None
        self._registered_datasets: frozenset[str] | None = None

    def forget(self) -> None:
        """Let go of the classes and of the objects that were made of them."""
        for kept in (self._classes, self._instances, self._made, self._built_on, self._given):
            kept.clear()

    def asked(self, call: ir.Call) -> tuple[str, ir.Expr | None, ir.Expr | None] | None:
        """The registry that a call looks in, and the expressions of what it wants and of what that is given besides.

        None for any other call.
        """
        if not self._entries.paths or not call.args:
            return None
        name = leaf_name(call.func)
        if isinstance(call.func, ir.Attr) and name in {"build", "get"}:
            registry, besides = leaf_name(call.func.value), 1
        elif name in _BUILD:
            registry, besides = leaf_name(call.args[1] if len(call.args) > 1 else _keyword(call, "registry")), 2
        else:
            return None
        return (registry, call.args[0], given_besides(call, besides)) if registry in self._entries.paths else None

    def made_outside(self, call: ir.Call) -> tuple[ir.Call, Values] | None:
        """The call that makes what another library's class is registered for, with the classes that it can be.

        `build_from_cfg(cfg, LOADERS, default_args)` is `DataLoader(**cfg, **default_args)`. None for any other call.
        """
        asked = self.asked(call)
        if asked is None or leaf_name(call.func) == "get":
            return None
        registry, wanted, besides = asked
        found = tuple(value for value, _ in self._entries.by_call(registry) if isinstance(value, External))
        given = tuple(ir.Keyword(None, each) for each in (wanted, besides) if each is not None)
        return (ir.Call(call.func, (), given, call.line), found) if found else None

    def outside(self, name: str) -> str | None:
        """The registry that a framework's own function builds from: `mmdet.datasets.build_dataset`."""
        registry = _OUTSIDE_BUILDERS.get(name.rpartition(".")[2])
        known = registry in self._entries.paths or (registry is not None and bool(self._steps))
        return registry if name.startswith("mm") and known else None

    def looked_up(self, registry: str, values: Values) -> Values:
        """`REGISTRY.get(name)`: the classes that the name can mean."""
        classes = self.classes(registry)
        names = [value.value for value in values if isinstance(value, Constant) and isinstance(value.value, str)]
        wanted = names or list(classes)[:MOST_CLASSES]
        found = [classes[name] for name in wanted if name in classes]
        return tuple(ClassValue(cls, self._ev.definition_frame(cls)) for cls in found) or (
            Unknown("registered outside the repository", ", ".join(names)),
        )

    def built(self, registry: str | None, values: Values) -> Values:
        """What a registry makes of configurations; every described object when they are unreadable."""
        groups: list[Values] = []
        for value in values:
            match value:
                case Mapping():
                    groups.append(self._from_mapping(registry, value))
                case Sequence():
                    groups.append((value,))
                case Constant():
                    pass
                case Instance():
                    groups.append((value,))
                case Result() if section := self._section(way_to(value)):
                    groups.append(self.built(registry, section))
                case _ if registry is not None:
                    groups.append(self._everything(registry, part_of(value)))
                case _:
                    pass
        return union((), *groups)

    def given(self, made: Values, besides: Values) -> Values:
        """What was made of configurations, with the arguments that its builder gives where these have none."""
        defaults = {
            key: argument
            for value in besides
            if isinstance(value, Mapping)
            for key, argument in value.items
            if isinstance(key, str)
        }
        return tuple(self._with_defaults(value, defaults) for value in made) if defaults else made

    def _with_defaults(self, value: Value, defaults: dict[str, Argument]) -> Value:
        if not isinstance(value, Instance) or value.args is None:
            return value
        more = {key: argument for key, argument in defaults.items() if key not in value.args.named}
        if not more:
            return value
        key = (id(value), tuple(more.items()))
        found = self._given.get(key)
        if found is None:
            args = CallArgs(value.args.positional, {**value.args.named, **more}, value.args.open)
            found = self._given[key] = (value, Instance(value.cls, value.class_frame, args, value.site, value.worker))
        return found[1]

    def elements(self, sequence: Sequence, depth: int = 0) -> Iterator[Value]:
        """The callables in a list of configurations, which a framework calls one after the other."""
        for argument in sequence.items[:MOST_CLASSES]:
            for value in self._ev.argument(argument):
                if isinstance(value, Mapping):
                    yield from self._from_mapping(None, value)
                elif isinstance(value, Instance | FunctionValue):
                    yield value
                elif isinstance(value, Sequence) and depth < DEEPEST_LIST:
                    yield from self.elements(value, depth + 1)

    def classes(self, registry: str) -> dict[str, ClassInfo]:
        """The classes of a registry, by the names under which they are registered."""
        found = self._classes.get(registry)
        if found is None:
            found = self._classes[registry] = {}
            known = (self._entries.paths, self._entries.paths_of_kinds)
            for path in dict.fromkeys(path for paths in known for path in paths.get(registry, ())):
                module = self._ev.project.module(path)
                for cls in () if module is None else module.classes:
                    for decorator in cls.node.decorators:
                        for name in registered_as(decorator, registry, cls):
                            found.setdefault(name, cls)
            for value, name in self._entries.by_call(registry):
                if isinstance(value, ClassValue):
                    found.setdefault(name or value.cls.name, value.cls)
        return found

    def instances(self, cls: ClassInfo, part: str = "") -> tuple[Instance, ...]:
        """The objects of a class that configurations describe, for one part of the data where they tell it apart."""
        key = (id(cls), part)
        found = self._instances.get(key)
        if found is None:
            self._instances[key] = ()
            made: list[Instance] = []
            seen: set[str] = set()
            quoting: list[str] = []
            for module in self._quoting(cls.name):
                quoting.append(module.path)
                steps = self._steps_in(module.path)
                if len(made) >= MOST_MENTIONS and steps <= seen:
                    continue
                seen |= steps
                made.extend(self._make(cls, described) for described in self._descriptions(module, cls.name, part))
                if len(made) >= MOST_DIFFERENT:
                    break
            if not made and self._ev.described is not None:
                made.extend(self._ev.described.of_class(cls, part))
            found = self._instances[key] = tuple(dict.fromkeys(made))
            self._built_on[key] = tuple(self._with_other_steps(found, quoting, seen, part))
        return found

    def _with_other_steps(
        self, made: tuple[Instance, ...], quoting: list[str], seen: set[str], part: str
    ) -> Iterator[Instance]:
        """The same objects as configurations that build on theirs have them: `train=dict(pipeline=steps)`."""
        first = next((each for each in made if each.args is not None and _PIPELINE in each.args.named), None)
        if first is None or first.args is None:
            return
        different = len(made)
        for path in self._ev.inheritance.building_on(quoting):
            steps = self._steps_in(path)
            module = None if steps <= seen else self._ev.project.module(path)
            if module is None:
                continue
            if different >= MOST_DIFFERENT:
                return
            seen |= steps
            different += 1
            for pipeline in self._pipelines(module, part):
                named = {**first.args.named, _PIPELINE: Argument(None, None, (pipeline,))}
                yield Instance(first.cls, first.class_frame, CallArgs([], named, first.args.open))

    def _pipelines(self, module: Module, part: str, but_of: frozenset[str] = frozenset()) -> Iterator[Sequence]:
        """The pipelines that a configuration gives to what others describe, for one part of the data."""
        under = _under(module, part) if part else None
        frame = self._ev.module_frame(module)
        for call, _ in module.calls_by_name.get("dict", ()):
            given = _keyword(call, _PIPELINE)
            if given is not None and (under is None or id(call) in under):
                kind = _keyword(call, "type")
                kinds = () if kind is None or not but_of else self._ev.constants(self._ev.eval(kind, frame))
                if not any(each.value in but_of for each in kinds):
                    yield from (value for value in self._ev.eval(given, frame) if isinstance(value, Sequence))

    def _everything(self, registry: str, part: str = "") -> Values:
        if registry in _NO_DATA:
            return (Unknown("built from configuration", registry),)
        classes = list(dict.fromkeys(self.classes(registry).values()))[:MOST_CLASSES]
        described = _in_turn(self.instances(cls, part) for cls in classes)
        outside = list(self._of_outside(part)) if registry == _DATASETS and not self._has_own_datasets else []
        if part and not described and not outside:
            return self._everything(registry)
        if described or outside:
            # Those that many configurations may add come last, where there is no room for all.
            return (*described, *_in_turn(self._built_on.get((id(cls), part), ()) for cls in classes), *outside)
        return tuple(self._ev.loose_instance(cls) for cls in classes)

    @property
    def _has_own_datasets(self) -> bool:
        """Whether the repository makes the registry of datasets itself: a framework, whose datasets are all its own."""
        if self._own_datasets is None:
            self._own_datasets = self._makes_datasets()
        return self._own_datasets

    def _makes_datasets(self) -> bool:
        bound = (module.scope.bindings.get(_DATASETS, ()) for module in self._ev.project.modules_mentioning(_DATASETS))
        return any(isinstance(binding.node, ir.Call) for bindings in bound for binding in bindings)

    def _of_outside(self, part: str) -> Iterator[Sequence]:
        """The pipelines of a framework's own datasets, which call the repository's steps."""
        seen: set[str] = set()
        found = 0
        for path in dict.fromkeys(module.path for step in sorted(self._steps) for module in self._quoting(step)):
            steps = self._steps_in(path)
            module = None if steps <= seen else self._ev.project.module(path)
            pipelines = [] if module is None else list(self._pipelines(module, part, self._datasets))
            if pipelines:
                yield from pipelines
                seen |= steps
                found += 1
            if found == MOST_DIFFERENT:
                return

    def _section(self, way: tuple[str, ...]) -> Values:
        """The dicts under keys of any configuration: `cfg.get("extract_dataloader").pop("dataset")`."""
        found: list[Values] = []
        for module in self._ev.project.modules_mentioning(way[0]) if len(way) > 1 else ():
            if len(found) < MOST_DIFFERENT and way[0] in module.scope.bindings:
                values = self._ev.member(module, way[0]) or ()
                for key in way[1:]:
                    values = union((), *(self._ev.item(each, key) for each in values if isinstance(each, Mapping)))
                found.append(tuple(each for each in values if isinstance(each, Mapping)))
        return union((), *found)

    def _from_mapping(self, registry: str | None, description: Mapping) -> Values:
        # What no registry is asked for is a description only where it says so: in a dict of keys that cannot be read
        # anything may stand under any.
        own = {key for key, _ in description.items}
        said = KEYS if registry is not None else [key for key in KEYS if key in own]
        key = next((key for key in said if self._ev.item(description, key)), None)
        groups: list[Values] = []
        for value in () if key is None else self._ev.item(description, key):
            if isinstance(value, ClassValue):
                groups.append((self._make(value.cls, description),))
            elif isinstance(value, Constant) and isinstance(value.value, str):
                cls = self.by_name(registry, value.value.rpartition(".")[2])
                groups.append(self._outside(description) if cls is None else (self._make(cls, description),))
            elif registry is not None:
                groups.append(self._everything(registry))
        return union((), *groups)

    def _outside(self, description: Mapping) -> Values:
        """What a class from outside is given: the datasets that it wraps, the transforms that it calls."""
        groups: list[Values] = []
        for key in ("dataset", "datasets"):
            for value in self._ev.item(description, key):
                inner = list(self.elements(value)) if isinstance(value, Sequence) else []
                groups.append(tuple(inner) or self.built(None, (value,)))
        for key in ("pipeline", "transforms"):
            groups.append(tuple(value for value in self._ev.item(description, key) if isinstance(value, Sequence)))
        return union((), *groups)

    @property
    def any(self) -> bool:
        """Whether the project has registries."""
        return bool(self._entries.paths or self._entries.paths_of_kinds)

    def by_name(self, registry: str | None, name: str) -> ClassInfo | None:
        """The class that a registry, or any, has under a name."""
        if registry is not None:
            return self.classes(registry).get(name)
        for known in dict.fromkeys((*self._entries.paths, *self._entries.paths_of_kinds)):
            cls = self.classes(known).get(name)
            if cls is not None:
                return cls
        return None

    def _make(self, cls: ClassInfo, description: Mapping) -> Instance:
        made = self._made.get((id(cls), description))
        if made is None:
            named = {key: argument for key, argument in description.items if isinstance(key, str) and key not in KEYS}
            args = CallArgs([], named, description.open)
            made = Instance(cls, self._ev.definition_frame(cls), args)
            self._made[(id(cls), description)] = made
        return made

    def named_in(self, path: str) -> frozenset[str]:
        """The registered datasets and transforms that a configuration names."""
        names = _QUOTED.findall(self._ev.project.sources[path])
        return (self._steps | self._datasets).intersection(name.decode() for name in names)

    def _steps_in(self, path: str) -> frozenset[str]:
        return self.named_in(path) & self._steps

    @property
    def _steps(self) -> frozenset[str]:
        if self._registered_steps is None:
            self._registered_steps = self._registered("PIPELINE", "TRANSFORM")
        return self._registered_steps

    @property
    def _datasets(self) -> frozenset[str]:
        if self._registered_datasets is None:
            self._registered_datasets = self._registered("DATASET")
        return self._registered_datasets

    def _registered(self, *words: str) -> frozenset[str]:
        registries = [name for name in self._entries.paths if any(word in name.upper() for word in words)]
        return frozenset(step for name in registries for step in self.classes(name))

    def _quoting(self, name: str) -> Iterator[Module]:
        """The modules in which a name stands as text."""
        quoted = (f'"{name}"'.encode(), f"'{name}'".encode())
        for path in self._ev.project.mentioning(name):
            if any(text in self._ev.project.texts[path] for text in quoted):
                module = self._ev.project.module(path)
                if module is not None:
                    yield module

    def _descriptions(self, module: Module, name: str, part: str = "") -> Iterator[Mapping]:
        """The first dict of a module that has a class for its type: `dict(type=dataset_type, ...)`.

        That of a part of the data stands under its name, `test=dict(type=...)`, unless nothing does: then not under
        that of another.
        """
        frame = self._ev.module_frame(module)
        typed = list(_typed(module))
        if part:
            under = _under(module, part)
            others = set().union(*(_under(module, other) for other in PARTS - {part}))
            own = [pair for pair in typed if id(pair[0]) in under]
            typed = own or [pair for pair in typed if id(pair[0]) not in others]
        for node, kind in typed:
            if any(
                isinstance(value, Constant) and isinstance(value.value, str) and value.value.rpartition(".")[2] == name
                for value in self._ev.eval(kind, frame)
            ):
                described = [value for value in self._ev.eval(node, frame) if isinstance(value, Mapping)]
                yield from described[:1]
                return


def _in_turn(groups: Iterable[tuple[Instance, ...]]) -> list[Instance]:
    """One object of each class before the many of any."""
    return [each for turn in zip_longest(*groups) for each in turn if each is not None]


def given_besides(call: ir.Call, position: int) -> ir.Expr | None:
    """What a builder gives to whatever it makes, where the configuration says nothing else of it."""
    return call.args[position] if len(call.args) > position else _keyword(call, "default_args")


def _keyword(call: ir.Call, name: str) -> ir.Expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.name == name), None)


def _typed(module: Module) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    """The dicts of a module that have a type, each with its type."""
    for call, _ in module.calls_by_name.get("dict", ()):
        yield from ((call, keyword.value) for keyword in call.keywords if keyword.name in _TYPES)
    for bindings in module.scope.bindings.values():
        for binding in bindings:
            if isinstance(binding.node, ir.Node):
                for node in descendants(binding.node):
                    if isinstance(node, ir.DictDisplay):
                        yield from ((node, kind) for word in _TYPES for kind in _item(node, word))


def _under(module: Module, part: str) -> set[int]:
    """The nodes that stand in a module's `part=...`, or in what it has under a name that stands there."""
    calls = module.calls_by_name.get("dict", ())
    pending: list[ir.Node] = [keyword.value for call, _ in calls for keyword in call.keywords if keyword.name == part]
    found: set[int] = set()
    names: set[str] = set()
    while pending:
        nodes = list(descendants(pending.pop()))
        found.update(map(id, nodes))
        new = {node.id for node in nodes if isinstance(node, ir.Name)} - names
        names |= new
        bound = [one.node for name in new for one in module.scope.bindings.get(name, ())]
        pending += [node for node in bound if isinstance(node, ir.Node)]
    return found


def _item(node: ir.DictDisplay, name: str) -> list[ir.Expr]:
    return [
        value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ir.Const) and key.value == name
    ]
