"""Datasets meet loaders: every draw that runs in a loader's workers, with its kind, its reseeding and its outcome."""

import hashlib
from collections.abc import Collection, Iterator

import msgspec
from msgspec.structs import replace

from analysis.catalog.draws import (
    EPOCH_WORKER_INITS,
    GENERATORS,
    GOOD_WORKER_INITS,
    MONAI_GENERATOR,
    MONAI_WORKER_INITS,
    SEEDS_GLOBAL,
)
from analysis.catalog.hooks import hooks_of
from analysis.catalog.loaders import (
    CALLED_FOR_EACH,
    EAGER,
    EAGER_METHODS,
    ITERABLE_BASES,
    MADE_A_STREAM,
    STREAM,
    STREAMING,
    WRAPPERS,
)
from analysis.catalog.reproducibility import SEEDS_EVERYTHING
from analysis.facts import ir
from analysis.judge import Judgement, Situation, judge, reseed_word
from analysis.link.caches import cached
from analysis.link.entries import Entry, Walked, look
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.machine import NOT_PASSED, STEPS_FOR_A_WORKER_INIT
from analysis.link.later import given_later
from analysis.link.loaders import Loader, is_true
from analysis.link.parent import ParentReader
from analysis.link.project import NEVER_OURS
from analysis.link.reach import DrawSite, SeedState, Walk, class_id, inside
from analysis.link.scopes import FunctionInfo, Guard, descendants, leaf_name
from analysis.link.seeding import (
    FROM_NUMPY_STATE,
    INDEX,
    WORKER_ID,
    Seeded,
    Seeding,
    SeedReader,
    Source,
    as_seeded,
    call_with,
    classify,
)
from analysis.link.touched import made_before_workers
from analysis.link.values import (
    CallArgs,
    ClassValue,
    Constant,
    External,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    Partial,
    Result,
    Sequence,
    Unknown,
    Value,
    name_of,
)
from analysis.report import DrawKind

_DEEPEST = 8
"""Datasets within datasets."""


class FoundPair(msgspec.Struct, eq=False):
    """Draws of one kind and one reseeding, from one entry in one loader.

    `constant` is where a constant seed is set that alone decides what is drawn, None where none does; `in_training`
    says that a loader for training reaches that seed as well.
    """

    loader: Loader
    entry: Entry
    kind: DrawKind
    seeding: Seeded | None
    judgement: Judgement
    situation: Situation
    draws: list[DrawSite] = msgspec.field(default_factory=list)
    other: bool = False
    start: str | None = None
    persistent: bool = False
    constant: str | None = None
    in_training: bool = False

    @property
    def counts(self) -> bool:
        return not self.other and not self.loader.unused and not self.by_design

    @property
    def by_design(self) -> bool:
        """Whether the same numbers are meant: a constant seed that only evaluation reaches."""
        return self.constant is not None and not self.loader.train and not self.in_training

    @property
    def id(self) -> str:
        """Stable while lines move: made of names, not of numbers."""
        owner = self.loader.owner.qualname if self.loader.owner is not None else ""
        functions = sorted({site.via[-1].rpartition(" ")[2] for site in self.draws if site.via})
        parts = [
            self.loader.module.path,
            owner,
            str(self.loader.train),
            self.entry.place.rpartition(":")[0],
            self.entry.name,
            self.kind,
            reseed_word(self.seeding.how if self.seeding else None),
            str(self.other),
            *functions,
        ]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class PairFinder:
    """Finds the pairs of a project's loaders."""

    def __init__(self, evaluator: Evaluator, parent: ParentReader) -> None:
        self.ev = evaluator
        self.parent = parent
        self.idle = parent.idle
        self.reader = SeedReader(evaluator)
        self._entries: dict[Value, list[Entry]] = {}
        self._collates: dict[Value, list[Entry]] = {}
        self._walked: dict[int, Walked] = {}
        self._called: dict[int, Walked] = {}
        self._inits: dict[tuple[int, Value | None], SeedState] = {}

    def pairs(self, loader: Loader) -> list[FoundPair]:
        """The pairs of one loader in one context."""
        found: dict[tuple[object, ...], FoundPair] = {}
        for dataset in loader.datasets or (None,):
            entries = [] if dataset is None or not self._takes(loader, dataset) else self.entries(dataset)
            entries = entries + [entry for value in loader.collate for entry in self._collate(value)]
            for entry in entries:
                for site in entry.draws:
                    self._add(found, loader, dataset, entry, site)
        return list(found.values())

    def _add(
        self,
        found: dict[tuple[object, ...], FoundPair],
        loader: Loader,
        dataset: Value | None,
        entry: Entry,
        site: DrawSite,
    ) -> None:
        if site.generator is not None and self._made_elsewhere(site.generator, entry):
            return
        kind, seeding, extra = self._draw(loader, dataset, entry, site)
        if kind == "fixed" and site.evaluation and loader.train:
            # Deterministic evaluation: the same code in a training loader takes the other branch.
            return
        if loader.endless and entry.iterable:
            # The one iterator passes once over what the dataset yields.
            extra.pop("each_pass", None)
        constant = _constant_place(seeding, site, made_so=extra.pop("constant", False))
        start = loader.start or self.parent.start_method(loader)
        situation = Situation(
            kind=kind,
            seeding=seeding.how if seeding is not None else None,
            single_worker=loader.workers.kind == "literal" and loader.workers.value == 1,
            persistent=(loader.persistent or loader.endless) and not self.parent.rebuilt(loader),
            start=start,
            frozen_base=self.parent.frozen_base(loader),
            parent_moves=self._parent_moves(loader, kind, seeding),
            **extra,
        )
        judgement = Judgement("clean", "clean") if loader.workers.kind == "zero" else judge(situation)
        explicit = loader.persistent and not self.parent.rebuilt(loader)
        key = (id(entry), kind, None if seeding is None else (seeding.how, seeding.place), site.other)
        pair = found.get(key)
        if pair is None:
            pair = found[key] = FoundPair(
                loader, entry, kind, seeding, judgement, situation, [], site.other, start, explicit, constant
            )
        pair.constant = pair.constant if constant is not None else None
        if site not in pair.draws:
            pair.draws.append(site)

    def _parent_moves(self, loader: Loader, kind: DrawKind, seeding: Seeded | None) -> bool:
        if kind != "global":
            return False
        how = seeding.how if seeding is not None else None
        if how is Seeding.STATE:
            return self.parent.moves_state(loader, block=True)
        alone = loader.workers.kind == "literal" and loader.workers.value == 1
        if how is Seeding.DRAW_AND_ID or (alone and how in {None, Seeding.DRAW}):
            return self.parent.moves_state(loader, block=False)
        return False

    # Kinds.

    def _draw(
        self, loader: Loader, dataset: Value | None, entry: Entry, site: DrawSite
    ) -> tuple[DrawKind, Seeded | None, dict[str, bool]]:
        """A draw's kind, what seeds its generator, and what else the judgement wants to know."""
        if site.generator is None:
            return self._global(loader, dataset, entry, site)
        return self._kept(loader, dataset, entry, site, site.generator)

    def _global(
        self, loader: Loader, dataset: Value | None, entry: Entry, site: DrawSite
    ) -> tuple[DrawKind, Seeded | None, dict[str, bool]]:
        if site.seeded is not None:
            seeded = self._as_started(site.seeded, loader, dataset, entry)
            if seeded.how is Seeding.INDEXED:
                return "indexed", None, {}
            if seeded.how is Seeding.CONSTANT and not seeded.once:
                return "fixed", Seeded(Seeding.CONSTANT, seeded.place, seeded.sources), {}
            return "global", seeded, {"each_pass": _from_life(seeded) and not seeded.once}
        worker = self._started(loader, dataset, entry)
        seeds_on_import = self.parent.import_seeded(loader.module)
        return "global", worker, {"import_seeded": seeds_on_import}

    def _as_started(self, seeded: Seeded, loader: Loader, dataset: Value | None, entry: Entry) -> Seeded:
        """A seed that is made of torch's, Python's or NumPy's state, where the start of the worker has seeded that."""
        state = self.init_state(loader, dataset)
        numpy = self._started(loader, dataset, entry) if FROM_NUMPY_STATE & seeded.sources else None
        if numpy is not None and numpy.how is Seeding.UNREAD:
            return replace(seeded, how=Seeding.UNREAD)
        sources = as_seeded(seeded.sources, torch=state.torch, python=state.python, numpy=numpy)
        return seeded if sources is seeded.sources else replace(seeded, how=classify(sources), sources=sources)

    def _started(self, loader: Loader, dataset: Value | None, entry: Entry) -> Seeded | None:
        """What has seeded NumPy's global state where the loader's workers start."""
        state = self.init_state(loader, dataset)
        return state.numpy or state.unread or self._framework(loader, entry)

    def _framework(self, loader: Loader, entry: Entry) -> Seeded | None:
        """What a framework's loader does to NumPy when the repository does nothing."""
        if loader.worker_init_given:
            return None
        how = loader.spec.reseeds
        if how == "good" and loader.spec.workers == "dataloader_num_workers" and entry.iterable:
            return None
        if how in {"good", "epoch"}:
            return Seeded(Seeding.GOOD if how == "good" else Seeding.EPOCH, loader.place, frozenset())
        return self.parent.lightning_seeds_workers(loader)

    def _kept(
        self, loader: Loader, dataset: Value | None, entry: Entry, site: DrawSite, generator: Result
    ) -> tuple[DrawKind, Seeded | None, dict[str, bool]]:
        if site.seeded is not None and site.seeded.once:
            # Where there is none yet: not after the start of the worker has put one there.
            started = self._set_by_worker_init(loader, dataset, site, generator)
            if started is not None:
                return "instance", started, {}
        place = generator.frame.module.place(generator.call.line)
        made = site.seeded
        if made is None or made.place != place:
            # The walk did not pass where it is made.
            sources = self.reader.made_of(generator)
            made = Seeded(classify(sources), place, sources)
        made = self._as_started(made, loader, dataset, entry)
        how = made.how
        function = generator.frame.function
        if _made_in_worker(generator, entry) and not site.library:
            if function is not None and self._made_once(generator, function):
                if made_before_workers(self.ev, loader, dataset, function, _guards_of(generator, function)):
                    return "instance", self._by_worker_init(loader, dataset, site, generator), {}
                return "instance", self._set_by_worker_init(loader, dataset, site, generator) or made, {}
            match how:
                case Seeding.FRESH:
                    return "fresh", None, {}
                case Seeding.GOOD:
                    return "fresh", made, {"each_pass": _from_life(made) and not made.once}
                case Seeding.INDEXED:
                    return "indexed", None, {}
                case Seeding.CONSTANT | Seeding.EPOCHS_DIFFER:
                    return "fixed", Seeded(Seeding.CONSTANT, place, made.sources), {}
                case _:
                    return "instance", made, {"each_pass": _from_life(made) and not made.once}
        seeded = site.seeded
        if seeded is None:
            seeded = self._by_worker_init(loader, dataset, site, generator)
        elif seeded.how is Seeding.INDEXED:
            return "indexed", None, {}
        elif seeded.how is Seeding.CONSTANT:
            return "fixed", seeded, {}
        own = generator.name in GENERATORS
        extra = {"entropy": how is Seeding.FRESH, "module_level": function is None and own}
        if own and seeded is None and how is Seeding.CONSTANT:
            extra["constant"] = True
        return "instance", seeded, extra

    def _by_worker_init(
        self, loader: Loader, dataset: Value | None, site: DrawSite, generator: Result
    ) -> Seeded | None:
        """What the start of a worker makes of a generator that was there before."""
        state = self.init_state(loader, dataset)
        seeded = self._set_by_worker_init(loader, dataset, site, generator)
        if seeded is None and (site.library or generator.name == MONAI_GENERATOR):
            seeded = state.library
            if seeded is None and loader.spec.reseeds == "library" and not loader.worker_init_given:
                seeded = Seeded(Seeding.GOOD, loader.place, frozenset())
        return seeded or state.unread

    def _set_by_worker_init(
        self, loader: Loader, dataset: Value | None, site: DrawSite, generator: Result
    ) -> Seeded | None:
        """What the start of a worker has put in a generator's place."""
        state = self.init_state(loader, dataset)
        held = site.attribute or _held_as(generator)
        seeded = state.generators.get(id(generator.call))
        return state.attributes.get(held) if seeded is None and held is not None else seeded

    @staticmethod
    def _made_once(generator: Result, function: FunctionInfo) -> bool:
        """Whether the making stands behind a test (`if self.rng is None`): once in each worker's life."""
        marks = {assign.name for assign in function.scope.attributes}
        return any(_asks_for(test, marks) for test, _ in _guards_of(generator, function))

    def _made_elsewhere(self, generator: Result, entry: Entry) -> bool:
        """Whether a method of the worker's makes it only where no worker comes: under `if worker_info is None`."""
        made_in, function = generator.frame, generator.frame.function
        if function is None or not _made_in_worker(generator, entry):
            return False
        guards = _guards_of(generator, function)
        if not guards:
            return False
        # An object's methods are read as of whoever has it; in a worker other tests hold.
        frame = replace(made_in, worker=True, cache={}, busy=set(), decided={}, instances={})
        return self.ev.guarded_out(guards, frame)

    # worker_init_fn.

    def init_state(self, loader: Loader, dataset: Value | None) -> SeedState:
        """What the loader's `worker_init_fn` seeds."""
        key = (id(loader), dataset if isinstance(dataset, Instance | Result) else None)
        state = self._inits.get(key)
        if state is None:
            state = self._inits[key] = self._init_state(loader, dataset)
        return state

    def _init_state(self, loader: Loader, dataset: Value | None) -> SeedState:
        self.ev.worker_dataset = dataset if isinstance(dataset, Instance | Result) else None
        try:
            states = [self._seeded_by(value, loader.place) for value in loader.worker_init]
        finally:
            self.ev.worker_dataset = None
        seeding = [state for state in states if state.numpy or state.generators or state.attributes or state.library]
        read = [state for state in states if state.unread is None]
        return (seeding or read or states or [SeedState()])[0]

    def _seeded_by(self, worker_init: Value, place: str) -> SeedState:
        """What one value that a `worker_init_fn` can have seeds."""
        outside = worker_init.target if isinstance(worker_init, Partial) else worker_init
        if isinstance(outside, External | Member):
            return _seeded_outside(name_of(outside), place)
        if isinstance(worker_init, Constant):
            return SeedState()
        walk = Walk(self.ev, self.idle, assume_defaults=True)
        with self.ev.reserve(STEPS_FOR_A_WORKER_INIT):
            walk.enter_value(worker_init, call_with([(WORKER_ID,)]))
        if isinstance(worker_init, Unknown):
            unread = worker_init.reason != NOT_PASSED
        else:
            unread = isinstance(worker_init, Result) and not _is_known(worker_init.name)
        if unread:
            walk.state.unread = Seeded(Seeding.UNREAD, place, frozenset())
        return walk.state

    # Entries.

    def entries(self, dataset: Value) -> list[Entry]:
        """What a worker calls of a dataset, walked; the same list for the same dataset."""
        found = self._entries.get(dataset)
        if found is None:
            self._entries[dataset] = []
            found = self._entries[dataset] = list(self._dataset_entries(dataset, 0))
        return found

    def _dataset_entries(self, dataset: Value, depth: int) -> Iterator[Entry]:
        if depth > _DEEPEST:
            return
        match dataset:
            case Instance() if self._samples_indices(dataset):
                return
            case Instance() if self._only_wraps(dataset):
                for inner in self._wrapped_by(dataset):
                    yield from self._dataset_entries(inner, depth + 1)
            case Instance() if self._only_called(dataset):
                yield from self._callable_entry(dataset)
            case Instance():
                walked = self._walked.setdefault(id(dataset.cls), Walked())
                entry = walked.last if self.ev.exhausted else None
                if entry is None:
                    entry = walked.of(look(self.ev, dataset), lambda: self._instance_entry(dataset))
                if entry is not None:
                    yield entry
            case Result():
                yield from self._wrapped(dataset, depth)
            case Member():
                for later in given_later(self.ev, dataset):
                    yield from self._callable_entry(later)
                yield from self._dataset_entries(dataset.owner, depth + 1)
            case Mapping():
                for _, argument in dataset.items:
                    for value in self.ev.argument(argument):
                        yield from self._dataset_entries(value, depth + 1)
            case ClassValue() if self._is_dataset(made := self.ev.loose_instance(dataset.cls)):
                # What an `eval` of a text that cannot be read makes.
                yield from self._dataset_entries(made, depth + 1)
            case Sequence():
                for element in self.ev.registries.elements(dataset):
                    yield from self._callable_entry(element)
            case FunctionValue() | Partial():
                yield from self._callable_entry(dataset)
            case _:
                pass

    def _samples_indices(self, instance: Instance) -> bool:
        """Samplers run in the parent, also where one is taken for a dataset that cannot be read."""
        return any(base.endswith("Sampler") for base in self.ev.external_bases(instance.cls))

    def _takes(self, loader: Loader, dataset: Value) -> bool:
        """Whether a loader can take an object: what is only called, where it has an argument for that.

        `getattr(module, name)()` may be an object of any class of the module.
        """
        if not CALLED_FOR_EACH.isdisjoint(loader.spec.datasets):
            return True
        return not (isinstance(dataset, Instance) and self._only_called(dataset))

    def _only_called(self, instance: Instance) -> bool:
        """Whether it is no dataset but what a framework's loader calls for each sample: detectron2's `mapper`."""
        return not self._is_dataset(instance) and self.ev.find_method(instance.cls, "__call__") is not None

    def _only_wraps(self, instance: Instance) -> bool:
        """Whether an object's class leaves taking samples to a wrapper of torch's: `class Mine(ConcatDataset)`."""
        return not self._is_dataset(instance) and any(base in WRAPPERS for base in self.ev.external_bases(instance.cls))

    def _wrapped_by(self, instance: Instance) -> Iterator[Value]:
        """The datasets that such an object hands to the wrapper's constructor."""
        init = self.ev.find_method(instance.cls, "__init__")
        frame = None if init is None else self.ev.method_frame(instance, init)
        given = [instance.args] if init is None and instance.args is not None else []
        if init is not None and frame is not None:
            given = [self.ev.collect(call, frame) for call in init.scope.calls if leaf_name(call.func) == "__init__"]
        for args in given:
            for argument in [*args.positional, *args.named.values()]:
                for value in self.ev.argument(argument):
                    yield from self.ev.elements((value,)) if isinstance(value, Sequence) else (value,)

    def _wrapped(self, dataset: Result, depth: int) -> Iterator[Entry]:
        """A dataset from outside: the datasets it wraps, and the callables that it calls for each sample."""
        for later in given_later(self.ev, dataset):
            yield from self._callable_entry(later)
        streams = self._streams(dataset)
        if not streams and dataset.name.startswith(EAGER) and dataset.name.rpartition(".")[2] in EAGER_METHODS:
            if dataset.receiver is not None:
                yield from self._dataset_entries(dataset.receiver, depth + 1)
            return
        seen: set[int] = set()
        kept = cached(self.ev, dataset)
        for inner in inside(self.ev, dataset):
            if id(inner) in seen or inner in kept:
                continue
            seen.add(id(inner))
            if isinstance(inner, Instance) and (self._is_dataset(inner) or self._only_wraps(inner)):
                yield from self.entries(inner)
            else:
                for entry in self._callable_entry(inner):
                    yield replace(entry, iterable=True) if streams else entry

    def _streams(self, dataset: Result) -> bool:
        """Whether a dataset maps and filters no sooner than it is iterated over: by what it was made of."""
        made: Value | None = dataset if dataset.name.startswith((*EAGER, STREAM)) else None
        while isinstance(made, Result | Member):
            if isinstance(made, Member):
                made = made.owner
                continue
            if made.name.startswith(STREAM) or made.name.endswith(MADE_A_STREAM):
                return True
            asked = self.ev.collect(made.call, made.frame).named.get(STREAMING)
            if asked is not None and is_true(self.ev.argument(asked)):
                return True
            made = made.receiver
        return False

    def _is_dataset(self, instance: Instance) -> bool:
        return any(self.ev.find_method(instance.cls, name) is not None for name in ("__getitem__", "__iter__"))

    def _instance_entry(self, instance: Instance) -> Entry | None:
        walk = Walk(self.ev, self.idle)
        index = CallArgs(call_with([(INDEX,)]).positional)
        method: FunctionInfo | None = None
        iterable = any(base in ITERABLE_BASES for base in self.ev.external_bases(instance.cls))
        names = ("__iter__", "__next__") if iterable else ("__getitem__", "__getitems__", "get", "__iter__", "__next__")
        for name in names:
            found = self.ev.find_method(instance.cls, name)
            if found is None or (name == "get" and not self._is_graph_dataset(instance)):
                continue
            if name == "__iter__" and method is not None:
                continue
            if name == "__iter__":
                walk.enter_iteration(instance)
            elif name == "__next__":
                if method is None:
                    walk.enter_method(instance, name, CallArgs())
            else:
                walk.enter_method(instance, name, index)
            method = method or found
        if method is None:
            transform = self._outside_dataset(instance, walk)
            if not transform:
                return None
            line = instance.cls.node.line
            place = instance.cls.module.place(line)
        else:
            place = method.module.place(method.line)
            if method.name == "__getitem__":
                self._outside_super(instance, method, walk)
            elif method.name == "get":
                # The base calls it, and its own transform on what it gives.
                self._outside_dataset(instance, walk)
        return Entry(
            place,
            instance.cls.qualname,
            list(walk.draws.values()),
            walk.entered_on,
            list(walk.open),
            iterable or (method is not None and method.name in {"__iter__", "__next__"}),
            walk.unread_dataset,
        )

    def _is_graph_dataset(self, instance: Instance) -> bool:
        return any(base.startswith("torch_geometric.") for base in self.ev.external_bases(instance.cls))

    def _outside_dataset(self, instance: Instance, walk: Walk) -> bool:
        """A subclass of a dataset from outside that leaves `__getitem__` to it: its transforms run in the worker."""
        if not self.ev.external_bases(instance.cls):
            return False
        found = False
        for name in ("transform", "transforms", "target_transform", "pipeline"):
            for value in self.ev.instance_attribute(instance, name):
                if not isinstance(value, Unknown | Constant):
                    walk.enter_value(value, CallArgs())
                    found = True
        return found

    def _outside_super(self, instance: Instance, method: FunctionInfo, walk: Walk) -> None:
        """`super().__getitem__` of a dataset from outside calls the transforms it was made with, or takes a sample of
        the datasets that it was made of.
        """
        bases = self.ev.external_bases(instance.cls)
        own = [each for cls in self.ev.mro(instance.cls) for each in cls.methods.values()] if bases else []
        entered = [each for each in own if (id(each), class_id(instance)) in walk.entered_on and each is not method]
        for call in (call for each in (method, *entered) for call in each.scope.calls):
            if isinstance(call.func, ir.Attr) and call.func.name == "__getitem__" and bases:
                self._outside_dataset(instance, walk)
                if any(base in WRAPPERS for base in bases):
                    self._samples_of_wrapped(instance, walk, 0)
                return

    def _samples_of_wrapped(self, instance: Instance, walk: Walk, depth: int) -> None:
        for value in self._wrapped_by(instance):
            for inner in inside(self.ev, value):
                taken = isinstance(inner, Instance) and walk.enter_method(inner, "__getitem__", call_with([(INDEX,)]))
                if isinstance(inner, Instance) and not taken and depth < _DEEPEST and self._only_wraps(inner):
                    self._samples_of_wrapped(inner, walk, depth + 1)

    def _callable_entry(self, value: Value) -> Iterator[Entry]:
        function = called_function(self.ev, value)
        if function is None:
            return
        walked = self._called.setdefault(id(function), Walked())
        entry = walked.last if self.ev.exhausted else None
        entry = entry or walked.of(look(self.ev, value), lambda: self._called_entry(function, value))
        if entry is not None:
            yield entry

    def _called_entry(self, function: FunctionInfo, value: Value) -> Entry:
        walk = Walk(self.ev, self.idle)
        walk.reader.fed = function
        walk.enter_value(value, CallArgs())
        place = function.module.place(function.line)
        return Entry(place, function.qualname, list(walk.draws.values()), walk.entered_on, list(walk.open))

    def _collate(self, value: Value) -> list[Entry]:
        found = self._collates.get(value)
        if found is None:
            if isinstance(value, Result):
                found = [entry for inner in inside(self.ev, value) for entry in self._callable_entry(inner)]
            else:
                found = list(self._callable_entry(value))
            self._collates[value] = found
        return found


def _made_in_worker(generator: Result, entry: Entry) -> bool:
    """Whether a generator is made in what a worker calls."""
    frame = generator.frame
    return frame.worker or (
        frame.function is not None
        and frame.function.name != "__init__"
        and (id(frame.function), class_id(frame.self_value)) in entry.entered
    )


def _held_as(generator: Result) -> str | None:
    """The attribute that a generator is made for: `self.rng`, of one that is drawn from as `noise(image, self.rng)`."""
    function = generator.frame.function
    for assign in () if function is None else function.scope.attributes:
        if assign.binding.node is generator.call:
            return assign.name
    return None


def _constant_place(seeding: Seeded | None, site: DrawSite, *, made_so: bool) -> str | None:
    """Where a draw's constant seed is set; None where another decides. `made_so`: its generator is made with one."""
    if seeding is not None:
        return seeding.place if seeding.how is Seeding.CONSTANT else None
    made = site.generator if made_so else None
    return None if made is None else made.frame.module.place(made.call.line)


def _guards_of(generator: Result, function: FunctionInfo) -> tuple[Guard, ...]:
    """The tests under which a method sets an attribute to a generator that it makes."""
    for assign in function.scope.attributes:
        if isinstance(assign.binding.node, ir.Call) and assign.binding.node is generator.call:
            return assign.binding.guards
    return ()


def _asks_for(test: ir.Expr, marks: Collection[str]) -> bool:
    """Whether a test is of what the function sets: `self.rng is None`, `not hasattr(self, "rng")`."""
    return any(
        (isinstance(part, ir.Attr) and part.name in marks) or (isinstance(part, ir.Const) and part.value in marks)
        for part in descendants(test)
    )


def _from_life(seeded: Seeded) -> bool:
    """Whether a seed taken anew in each pass is made of what a living worker keeps: its number, its first seed."""
    if Source.DRAWN in seeded.sources:
        return False
    return seeded.how in {Seeding.EPOCH, Seeding.STATE} or (
        seeded.how is Seeding.GOOD
        and not seeded.sources & {Source.PYTHON, Source.ENTROPY, Source.COUNTER, Source.TORCH_DRAW}
    )


def _seeded_outside(name: str, place: str) -> SeedState:
    """What a `worker_init_fn` of that name, which is none of the repository's, seeds."""
    good = Seeded(Seeding.GOOD, place, frozenset())
    if name in GOOD_WORKER_INITS:
        return SeedState(numpy=good)
    if name in EPOCH_WORKER_INITS:
        return SeedState(numpy=Seeded(Seeding.EPOCH, place, frozenset()))
    if name in SEEDS_GLOBAL or name in SEEDS_EVERYTHING:
        return SeedState(numpy=Seeded(Seeding.EPOCH, place, frozenset({Source.WORKER_ID})))
    if name in MONAI_WORKER_INITS:
        return SeedState(library=good)
    return SeedState(unread=None if _is_known(name) else Seeded(Seeding.UNREAD, place, frozenset()))


def _is_known(name: str) -> bool:
    """Whether a function, or what it makes, is of a package whose seeding functions are all in the catalogue."""
    return name.partition(".")[0] in NEVER_OURS | {"builtins"}


def called_function(ev: Evaluator, value: Value) -> FunctionInfo | None:
    """The repository's function that calling the value runs first."""
    match value:
        case FunctionValue():
            return value.function
        case Partial():
            return called_function(ev, value.target)
        case Instance():
            return next(
                (
                    method
                    for name in ("__call__", "forward", *hooks_of(ev.external_bases(value.cls)))
                    if (method := ev.find_method(value.cls, name))
                ),
                None,
            )
        case _:
            return None
