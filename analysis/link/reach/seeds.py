"""Seeding as a walk meets it: calls that seed, and generators that are set where a worker starts."""

from analysis.catalog.draws import GENERATORS, KEPT_LIBRARIES, OTHER_GENERATORS
from analysis.catalog.loaders import WRAPPERS
from analysis.facts import ir
from analysis.link.evaluate.machine import STEPS_FOR_A_SEED
from analysis.link.reach.walker import Walker
from analysis.link.sources import Seeded, Seeding, Source, as_seeded, classify
from analysis.link.uncalled import PLAIN_BASES
from analysis.link.values import CallArgs, Frame, Instance, Result, Value, Values

_MADE = GENERATORS | OTHER_GENERATORS
"""What an attribute that is set in the worker may be set to, for it to be seeded by that."""


class Seeds(Walker):
    """What seeds a generator, or sets another in its place."""

    def _assigned(self, target: ir.Expr, value: ir.Expr, frame: Frame, line: int) -> None:
        if isinstance(target, ir.Sub):
            self.visit(target.index, frame)
            if isinstance(target.value, ir.Attr):
                self._made_in_worker(value, frame)
        if isinstance(target, ir.Seq):
            for item in target.items:
                self._assigned(item, value, frame, line)
        if self.assume_defaults and isinstance(target, ir.Name):
            self._global_set(target.id, value, frame)
        if not isinstance(target, ir.Attr):
            return
        if self.assume_defaults:
            holders = self.ev.eval(target.value, frame)
            self._set_in_worker(target.name, holders, value, frame)
            if holders and all(self._never_reads(holder, target.name) for holder in holders):
                return
        for made in self.ev.within(self.ev.eval, value, frame):
            if isinstance(made, Result) and made.name in _MADE and made.frame.worker:
                seeded = self._seeded(made.call, made.frame)
                self.state.attributes[target.name] = seeded
                self.state.generators[id(made.call)] = seeded
            elif self.assume_defaults and isinstance(made, Result) and made.name.startswith(KEPT_LIBRARIES):
                self._augmenter_set(made, target.name, value, frame)

    def _made_in_worker(self, value: ir.Expr, frame: Frame) -> None:
        """`self.state["rng"] = RandomState(seed)`: what the generator was made with is its seed, under whatever key."""
        for made in self.ev.within(self.ev.eval, value, frame):
            if isinstance(made, Result) and made.name in _MADE and made.frame.worker:
                self.state.generators[id(made.call)] = self._seeded(made.call, made.frame)

    def _global_set(self, name: str, value: ir.Expr, frame: Frame) -> None:
        """`global RNG; RNG = default_rng(seed)` where a worker starts: the name stands for that from then on."""
        if frame.function is None or name not in frame.function.scope.outer:
            return
        for made in self.ev.within(self.ev.eval, value, frame):
            if isinstance(made, Result) and made.name in _MADE and made.frame.worker:
                seeded = self._seeded(made.call, made.frame)
                for known in self.ev.member(frame.module, name) or ():
                    if isinstance(known, Result) and known.name in _MADE:
                        self.state.generators[id(known.call)] = seeded

    def _augmenter_set(self, made: Result, name: str, value: ir.Expr, frame: Frame) -> None:
        """`self.steps = Sequential([Fliplr(0.5, seed=seed)])` where a worker starts, with a seed of that worker.

        Without one its generator is the library's own.
        """
        sources = self.reader.sources(value, frame)
        how = classify(sources)
        if how is not Seeding.CONSTANT:
            seeded = Seeded(how, frame.module.place(made.call.line), sources)
            self.state.attributes[name] = seeded
            self.state.generators[id(made.call)] = seeded

    def _set_in_worker(self, name: str, holders: Values, value: ir.Expr, frame: Frame) -> None:
        """`self.seed = seed` of a function that the worker calls: what is made of it later is made of this."""
        classes = [owner.cls for owner in holders if isinstance(owner, Instance)]
        if classes:
            self.reader.assign(classes, name, value, frame)

    def _never_reads(self, holder: Value, name: str) -> bool:
        """Whether an object makes nothing of an attribute: a subset or another wrapper of what has one of that name."""
        match holder:
            case Result():
                return holder.name in WRAPPERS
            case Instance():
                if not all(base.startswith(PLAIN_BASES) for base in self.ev.external_bases(holder.cls)):
                    return False
                methods = [method for cls in self.ev.mro(holder.cls) for method in cls.methods.values()]
                return not any(each.name in {name, "__setattr__"} or each.mentions(name) for each in methods)
            case _:
                return False

    def _seeded(self, call: ir.Call, frame: Frame) -> Seeded:
        self._events += 1
        with self.ev.reserve(STEPS_FOR_A_SEED):
            sources = self.reader.call_seed(call, frame)
        state = self.state
        sources = as_seeded(sources, torch=state.torch, python=state.python, numpy=state.numpy)
        return Seeded(classify(sources), frame.module.place(call.line), sources, self._once)

    def _seeded_with_all(self, call: ir.Call, frame: Frame, args: CallArgs) -> Seeded:
        """A seed that is made of every argument: `numpy_seed(seed, epoch, index)`."""
        self._events += 1
        with self.ev.reserve(STEPS_FOR_A_SEED):
            each = [self.reader.argument(argument) for argument in (*args.positional, *args.named.values())]
        sources = frozenset[Source]().union(*each)
        return Seeded(classify(sources), frame.module.place(call.line), sources, self._once)
