"""The arguments of a loader: what options switch off, what a base passes on, what is set later."""

from collections.abc import Iterator
from functools import cached_property

from analysis.catalog.loaders import LoaderSpec
from analysis.facts import ir
from analysis.link.conditions import asked_for, tests_around
from analysis.link.loaders.contexts import Contexts
from analysis.link.loaders.loader import is_set, is_true
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Owner, is_own, leaf_name, setting_name
from analysis.link.values import (
    Argument,
    CallArgs,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Member,
    Result,
    Unknown,
    Value,
    Values,
    union,
)
from analysis.link.workers import WorkerCount

_ASKED_THROUGH = 3
"""Names and operators that a question whether there are workers is followed through."""

_SWITCHED = frozenset({"multiprocessing_context", "persistent_workers", "worker_init_fn"})
"""What a program may hand to its loaders only where an option asks for it."""


class Arguments(Contexts):
    """Reads what a loader is handed."""

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
        if decided is not None:
            return decided
        if not isinstance(test, ir.Attr):
            return self._given_by_option(test, frame)
        values = [
            value.value
            for value in self.workers.options.option(test.name, frame.module.path)
            if isinstance(value, Constant)
        ]
        return False if values and not any(values) else None

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

    def _configured_seed(self, name: str) -> bool:
        """`cfg.seed = ...` of programs that read a configuration: whether it is set while options have defaults.

        A notebook shows how one may be set; what it is in training the programs say, where there are any.
        """
        known = self._seeds.get(name)
        if known is None:
            said: dict[str, bool] = {}
            for module, owner, expr in self._configured(name):
                there = is_set(self.ev.eval(expr, self.ev.owner_frame(owner, module)))
                said[module.path] = there or said.get(module.path, False)
            in_programs = [there for path, there in said.items() if path.endswith(".py")]
            known = self._seeds[name] = all(in_programs) if in_programs else any(said.values())
        return known

    def _is_seeded(self, argument: Argument | None, given: Values) -> bool:
        """Whether a builder is handed a seed; `seed=cfg.seed` that cannot be read is what programs set it to."""
        asked = "" if argument is None or isinstance(argument.expr, ir.Name) else _setting(argument.expr)
        unread = bool(asked) and all(isinstance(value, Member | Unknown) for value in given)
        if unread and next(self._configured(asked), None) is not None:
            return self._configured_seed(asked)
        return is_set(given)

    def _configured(self, name: str) -> Iterator[tuple[Module, Owner, ir.Expr]]:
        """What files that read a configuration assign to an attribute of that name, each with where it stands."""
        for module in self.ev.project.modules_mentioning("fromfile"):
            for scope, owner in module.bodies_setting(name):
                for assign in scope.attributes:
                    node = assign.binding.node
                    if assign.name != name or assign.binding.path:
                        continue
                    if isinstance(node, ir.Node) and not isinstance(node, ir.Import | ir.ImportFrom):
                        yield module, owner, node

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
                    own = is_own(assign.target, owner)
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
            decided = self._by_option(expr.test, frame)
            if decided is not None:
                return self._by_default(Argument(expr.then if decided else expr.other, frame))
        if isinstance(expr, ir.Name) and frame is not None:
            definitions = self.ev.definitions(expr.id, frame, expr.line) or []
            if len(definitions) == 1 and isinstance(definitions[0].expr, ir.Cond):
                return self._by_default(definitions[0])
            live = [each for each in definitions if not self._switched_off(expr.id, each)]
            if live and len(live) < len(definitions):
                return union((), *(self.ev.argument(each) for each in live))
            if len(definitions) == 1 and isinstance(definitions[0].expr, ir.Call):
                return self._by_default(definitions[0])
        if isinstance(expr, ir.Call) and frame is not None:
            return self._returned_by_default(expr, frame)
        return self.ev.argument(argument)

    def _returned_by_default(self, call: ir.Call, frame: Frame) -> Values:
        """`worker_init_fn=make_init(args.seed)`: what the function returns while every option has its default."""
        everything = self.ev.eval(call, frame)
        targets = self.ev.eval(call.func, frame) if len(everything) > 1 else ()
        if len(targets) != 1 or not isinstance(target := targets[0], FunctionValue):
            return everything
        around = self.ev.bind(target.function, self.ev.collect(call, frame), target.frame, target.receiver)
        live = self.ev.by_default(self.ev.live_returns, target.function, around)
        values = union((), *(self.ev.eval(each.value, around) for each in live if each.value is not None))
        return tuple(value for value in everything if value in values) or everything

    def _switched_off(self, name: str, definition: Argument) -> bool:
        """Whether a name gets this value under a test alone that does not hold by default."""
        frame = definition.frame
        if definition.expr is None or frame is None:
            return False
        return any(
            self._by_option(test, frame) is (not way)
            for binding in frame.scope.bindings.get(name, ())
            if binding.node is definition.expr
            for test, way in binding.guards
        )

    def _given_by_option(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Whether `x is not None` holds by default, where x is a setting that cannot be followed but has an option."""
        asked = asked_for(test)
        if asked is None or not isinstance(asked[0], ir.Name):
            return None
        given = self._is_given(asked[0], frame)
        return None if given is None else given is asked[1]

    def _is_given(self, setting: ir.Name, frame: Frame) -> bool | None:
        name, line = setting.id, setting.line
        if _left_empty(name, frame):
            return False
        handed = [a.expr for a in self.ev.definitions(name, frame, line) or ()]
        named = [expr for expr in handed if not isinstance(expr, ir.Const | None)]
        settings = {_setting(expr) for expr in named}
        if len(settings) != 1 or "" in settings:
            return None
        asked = settings.pop()
        values = self.workers.options.option(asked, frame.module.path)
        empty = bool(values) and all(isinstance(value, Constant) and value.value is None for value in values)
        # A program may make up what an option leaves out: `cfg.seed = init_random_seed(args.seed)`.
        return self._configured_seed(asked) if empty else None

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
        if args.open and not spec.default_workers and not self._set_nowhere(spec.workers, frame):
            # Handed through `**`: whoever calls may set it.
            handed = Argument(None, frame, (Unknown("passed through **", spec.workers),))
            return self.workers.read(handed, spec.default_workers)
        return self.workers.read(None, spec.default_workers)

    def _set_nowhere(self, name: str, frame: Frame) -> bool:
        """Whether what is handed through `**` stands in configuration files, and no file speaks of workers at all.

        A function's own `**kwargs` are whatever its callers pass, who may be elsewhere.
        """
        if frame.function is not None and any(param.kind == "**" for param in frame.function.params):
            return False
        word, configs = name.rpartition("_")[2], self.workers.configs
        if not configs.any or configs.holds(word):
            return False
        return not any(word.encode() in text for text in self.ev.project.texts.values())

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


def _left_empty(name: str, frame: Frame) -> bool:
    """Whether a parameter that is None by default is given nothing that can be read: `build(data, **settings)`."""
    function = frame.function
    if function is None or name in frame.args or name in function.scope.bindings:
        return False
    defaults = [param.default for param in function.params if param.name == name]
    return any(isinstance(default, ir.Const) and default.known and default.value is None for default in defaults)


def _setting(expr: ir.Expr | None) -> str:
    """The key of a setting that is empty where there is none: `cfg.seed`, `cfg.get("seed")`."""
    match expr:
        case ir.Call(
            func=ir.Attr(name="get"),
            args=(ir.Const(value=str(key)),) | (ir.Const(value=str(key)), ir.Const(value=None, known=True)),
        ):
            return key
        case _:
            return setting_name(expr)


def _counts_workers(expr: ir.Expr) -> bool:
    """Whether an expression is, by its name, the number of workers."""
    name = (leaf_name(expr) or setting_name(expr)).lower()
    return "worker" in name and "persist" not in name
