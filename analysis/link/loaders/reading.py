"""One loader put together: its class, its arguments, how long its workers live, whether it trains."""

from functools import cached_property

from msgspec.structs import replace

from analysis.catalog.draws import SEEDS_GLOBAL
from analysis.catalog.loaders import COPIED, COPIED_LOOP, HYDRA, TRAINERS, LoaderSpec, loader_spec
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.handed import handed_on
from analysis.link.iterators import Iterators, never_ends
from analysis.link.loaders.arguments import Arguments
from analysis.link.loaders.loader import Loader, is_true, start_word
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, descendants, leaf_name, names_in
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    External,
    Frame,
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
from analysis.link.workers import WorkerReader
from analysis.report import StartMethod

_TOLD = frozenset(
    {"is_train", "train", "training", "is_training", "istrain", "for_train", "for_training"}
    | {"mode", "phase", "split", "stage", "subset", "partition"}
)
"""Parameters by which a helper that makes loaders is told what for."""
_COUNTERS = frozenset({"range", "count", "trange", "xrange"})
"""Loops over these may be over epochs without a word of that."""


class Reading(Arguments):
    """Puts a loader together."""

    def __init__(self, evaluator: Evaluator, workers: WorkerReader) -> None:
        super().__init__(evaluator, workers)
        self._iterators = Iterators(evaluator)
        # By the scope that was asked about: its loops over epochs, and what its calls are in the values of.
        self._epochs: dict[int, list[ir.For | ir.While]] = {}
        self._named: dict[int, dict[int, list[tuple[str, int]]]] = {}

    def _spec_of_class(self, cls: ClassInfo) -> LoaderSpec | None:
        for base in self.ev.external_bases(cls):
            spec = loader_spec(base)
            if spec is not None and spec.workers == "dataloader_num_workers":
                left = tuple(name for name in spec.datasets if not self._makes_its_own(cls, TRAINERS[name]))
                return replace(spec, datasets=left) if left else None
            if spec is not None:
                return spec
        return next((spec for each in self.ev.mro(cls) if (spec := self._spec_of_copy(each)) is not None), None)

    def _spec_of_copy(self, cls: ClassInfo) -> LoaderSpec | None:
        """How to read a class that is the repository's own copy of torch's loader, with the parameters of its time."""
        spec, init = loader_spec(COPIED), cls.methods.get("__init__")
        loop = next((each for each in cls.module.functions if each.name == COPIED_LOOP), None) if init else None
        if spec is None or init is None or loop is None:
            return None
        params = tuple(param.name for param in init.params[1:])
        if not {*spec.datasets, spec.workers} <= {*params}:
            return None
        return replace(spec, params=params, copied=True, reseeds="good" if self._seeds_numpy(loop) else spec.reseeds)

    def _is_made_as(self, spec: LoaderSpec, cls: ClassInfo) -> bool:
        """Whether a class has no constructor but that of the copy which its objects are."""
        init = self.ev.find_method(cls, "__init__") if spec.copied else None
        return init is not None and tuple(param.name for param in init.params[1:]) == spec.params

    def _seeds_numpy(self, loop: FunctionInfo) -> bool:
        """Whether what a copy's workers run seeds NumPy with the seed that each of them is handed in each pass."""
        frame = self.ev.definition_frame(loop)
        handed = [name for name in loop.param_names if "seed" in name]
        return any(
            isinstance(value, External) and value.name in SEEDS_GLOBAL
            for call in loop.scope.calls
            if any(name in names_in(arg) for arg in call.args for name in handed)
            for value in self.ev.within(self.ev.eval, call.func, frame)
        )

    def _makes_its_own(self, cls: ClassInfo, method: str) -> bool:
        """Whether a trainer of the repository makes a loader itself, and does not ask the library's method for it."""
        own = self.ev.find_method(cls, method)
        return own is not None and all(leaf_name(call.func) != method for call in own.scope.calls)

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
            if spec is not None and not self._is_made_as(spec, target.cls):
                instance = self.ev.make(target, args, call, frame)
                args = self._base_args(instance, args)
        if spec is None:
            return None
        args = handed_on(self.ev, spec, args, call.line)
        if spec.only_given and not {*spec.params[: len(args.positional)], *args.named} & {*spec.datasets}:
            return None
        return self._assembled(spec, args, instance, receiver, call, owner, module, frame)

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
            if spec.configured and spec.seeded_by not in named:
                seeded = self._configured_seed(spec.seeded_by)
            else:
                seeded = self._is_seeded(named.get(spec.seeded_by), values(spec.seeded_by))
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
            or self._iterators.once(call, owner, module)
            or (bool(init) and self._may_never_end and self._never_ends(named)),
            start=self._start(values("multiprocessing_context")),
            generator=values("generator"),
            train=trains,
            in_loop=self._inside_loop(call, owner, module),
        )

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

    def _inside_loop(self, call: ir.Call, owner: "FunctionInfo | ClassInfo | None", module: Module) -> bool:
        """Whether the call stands in a loop over epochs, so that each has new workers; not in one around that."""
        scope = owner.scope if owner is not None else module.scope
        around = [
            each for each in scope.loops if each.body.start <= call.line <= each.body.end and isinstance(each, ir.For)
        ]
        if not around:
            return False
        epochs = self._epochs.get(id(scope))
        if epochs is None:
            epochs = self._epochs[id(scope)] = [each for each in scope.loops if "epoch" in _said(each)]
        within = [each.line for each in epochs if each not in around]
        return any(
            loop in epochs or (leaf_name(loop.iter) in _COUNTERS and not any(_has(loop, line) for line in within))
            for loop in around
        )

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
        names = [name for name, line in self._names_within(scope).get(id(call), ()) if line <= call.line]
        if isinstance(owner, FunctionInfo):
            names += [owner.name, owner.qualname]
        for name in names:
            trains = _names_training(name)
            if trains is not None:
                return trains
        return True

    def _names_within(self, scope: Scope) -> dict[int, list[tuple[str, int]]]:
        """By each call in a body, the names and attributes whose values it stands in, and from which line on."""
        known = self._named.get(id(scope))
        if known is None:
            known = self._named[id(scope)] = {}
            bound = [(name, each.line, each.node) for name, bindings in scope.bindings.items() for each in bindings]
            for name, line, node in (*bound, *((each.name, 0, each.binding.node) for each in scope.attributes)):
                for part in descendants(node) if isinstance(node, ir.Node) else ():
                    if isinstance(part, ir.Call):
                        known.setdefault(id(part), []).append((name, line))
        return known

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


def _has(loop: "ir.For | ir.While", line: int) -> bool:
    return loop.body.start <= line <= loop.body.end


def _said(loop: "ir.For | ir.While") -> str:
    """The names of what a loop goes through, and of what that is called in each round."""
    told = [loop.target, loop.iter] if isinstance(loop, ir.For) else [loop.test]
    return " ".join(name for expr in told for name in names_in(expr)).lower()
