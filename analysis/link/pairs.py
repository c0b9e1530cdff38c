"""Datasets meet loaders: every draw that runs in a loader's workers, with its kind, its reseeding and its outcome."""

import hashlib
from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from analysis.catalog.draws import GENERATORS, MONAI_GENERATOR
from analysis.facts import ir
from analysis.judge import Judgement, Situation, judge, reseed_word
from analysis.link.calledinworkers import WorkerCalls
from analysis.link.entries import Entry
from analysis.link.evaluate import Evaluator
from analysis.link.loaders import Loader
from analysis.link.parent import ParentReader
from analysis.link.reach import DrawSite, class_id, worst
from analysis.link.scopes import FunctionInfo, Guard, descendants
from analysis.link.seeding import SeedReader
from analysis.link.sources import FROM_NUMPY_STATE, Seeded, Seeding, Source, as_seeded, classify
from analysis.link.touched import made_before_workers
from analysis.link.values import Result, Value
from analysis.link.workerinit import WorkerInits
from analysis.report import DrawKind


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
        self.reader = SeedReader(evaluator)
        self.called = WorkerCalls(evaluator, parent.idle)
        self.inits = WorkerInits(evaluator, parent.idle)

    def pairs(self, loader: Loader) -> list[FoundPair]:
        """The pairs of one loader in one context."""
        found: dict[tuple[object, ...], FoundPair] = {}
        for dataset in loader.datasets or (None,):
            entries = [] if dataset is None or not self.called.takes(loader, dataset) else self.called.entries(dataset)
            for entry in entries:
                for site in entry.draws:
                    self._add(found, loader, dataset, entry, site)
            for entry in (entry for value in loader.collate for entry in self.called.collate(value)):
                for site in entry.draws:
                    self._add(found, loader, dataset, entry, _after_samples(site, entries))
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
            own_workers=loader.spec.copied,
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
        state = self.inits.state(loader, dataset)
        numpy = self._started(loader, dataset, entry) if FROM_NUMPY_STATE & seeded.sources else None
        if numpy is not None and numpy.how is Seeding.UNREAD:
            return replace(seeded, how=Seeding.UNREAD)
        sources = as_seeded(seeded.sources, torch=state.torch, python=state.python, numpy=numpy)
        return seeded if sources is seeded.sources else replace(seeded, how=classify(sources), sources=sources)

    def _started(self, loader: Loader, dataset: Value | None, entry: Entry) -> Seeded | None:
        """What has seeded NumPy's global state where the loader's workers start."""
        state = self.inits.state(loader, dataset)
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
                case Seeding.FRESH if Source.COUNTER not in made.sources:
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
        state = self.inits.state(loader, dataset)
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
        state = self.inits.state(loader, dataset)
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


def _after_samples(site: DrawSite, samples: Collection[Entry]) -> DrawSite:
    """A draw of a collate function: the global state is as the batch's samples, which are taken first, left it."""
    if site.generator is not None or site.seeded is not None or site.library:
        return site
    left = [entry.left for entry in samples if entry.left is not None]
    return replace(site, seeded=worst(left)) if left and len(left) == len(samples) else site


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


_OF_ITS_OWN = frozenset({Source.DRAWN, Source.PYTHON, Source.ENTROPY, Source.TORCH_DRAW, Source.TIME, Source.PASSES})
"""What is something else in each pass of a living worker."""


def _from_life(seeded: Seeded) -> bool:
    """Whether a seed taken anew in each pass is made of what a living worker keeps: its number, its first seed, its
    copy of what the parent counts."""
    if seeded.sources & _OF_ITS_OWN:
        return False
    if Source.COUNTER in seeded.sources:
        return Source.COPIED in seeded.sources
    return seeded.how in {Seeding.EPOCH, Seeding.STATE, Seeding.GOOD}
