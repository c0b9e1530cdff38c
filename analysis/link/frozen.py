"""Whether the seed that torch gives the workers stands still: the parent sets it to one constant in each epoch."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from analysis.catalog.draws import TORCH_SEEDS
from analysis.facts import ir
from analysis.link.epochs import EachEpoch, Epochs
from analysis.link.evaluate import Evaluator
from analysis.link.idle import Idle
from analysis.link.loaders import Loader
from analysis.link.moving import epoch_loops
from analysis.link.reach import Walk
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, dotted_name, leaf_name, names_in
from analysis.link.seeding import SeedReader
from analysis.link.sources import Seeding, Source
from analysis.link.values import Argument, External, Frame, FunctionValue

Owner: TypeAlias = FunctionInfo | ClassInfo | None

_PUTS_BACK = frozenset({"fork_rng", "set_rng_state", "set_state"})
"""What gives torch's generator back the state that it had before it was seeded for something."""


class FrozenBase:
    """Reads what the parent does to the generator that the workers' seeds come from."""

    def __init__(
        self,
        evaluator: Evaluator,
        idle: Idle,
        epochs: Epochs,
        runs_by_default: Callable[[ir.Call, Owner, Module], bool],
    ) -> None:
        self.ev = evaluator
        self.idle = idle
        self.epochs = epochs
        self.reader = SeedReader(evaluator)
        self._runs_by_default = runs_by_default
        self._known: dict[tuple[str, int], bool] = {}

    def base(self, loader: Loader) -> bool:
        """Whether a loader's workers are seeded with the same numbers in each epoch, as far as the parent goes."""
        key = (loader.module.path, loader.call.line)
        found = self._known.get(key)
        if found is None:
            given = self._generator_of(loader)
            found = self._default_frozen(loader) if given is None else self._own_frozen(loader, given)
            self._known[key] = found
        return found

    def _generator_of(self, loader: Loader) -> Argument | None:
        """The `generator` that a loader's call hands over, itself or by `**`."""
        return self.ev.collect(loader.call, self.ev.owner_frame(loader.owner, loader.module)).named.get("generator")

    def _own_frozen(self, loader: Loader, given: Argument) -> bool:
        """`generator=g` after `g.manual_seed(0)`, both in the epoch loop or in a function that it leads to."""
        handed = dotted_name(given.expr)
        if not handed:
            return False
        scope = loader.owner.scope if loader.owner is not None else loader.module.scope
        frame = self.ev.owner_frame(loader.owner, loader.module)
        return any(
            leaf_name(call.func) == "manual_seed"
            and isinstance(call.func, ir.Attr)
            and dotted_name(call.func.value) == handed
            and self._constant(call, frame)
            and self.epochs.around(call.line, loader.owner, loader.module)
            for call in scope.calls
        )

    def _default_frozen(self, loader: Loader) -> bool:
        """Whether torch's own generator is seeded in each epoch, in the loader's file or by what that calls."""
        frozen = False
        for call, owner, module in self._seeding_for(loader):
            around = self.epochs.around(call.line, owner, module)
            around = [each for each in around if each.module is loader.module and self._is_run(each)]
            if not around:
                continue
            frame = self.ev.owner_frame(owner, module)
            if self._seeds_torch(call, frame) and self._runs_by_default(call, owner, module):
                frozen = frozen or not all(self._overtaken(loader, each) for each in around)
            elif any(each.owner is not owner for each in around) and _varies(call) and self._reaches_torch(call, frame):
                # What one function of an epoch seeds anew, another does not freeze.
                return False
        return frozen

    def _seeding_for(self, loader: Loader) -> Iterator[tuple[ir.Call, Owner, Module]]:
        """The calls that may seed torch in a loader's program: in its own file, and in functions of others."""
        others = [module for module in self.ev.project.modules_mentioning("manual_seed") if module is not loader.module]
        for module in (loader.module, *others):
            for scope, owner in module.bodies(lambda function: function.hints("seed")):
                if module is not loader.module and not isinstance(owner, FunctionInfo):
                    continue
                if any(leaf_name(call.func) in _PUTS_BACK for call in scope.calls):
                    continue
                for call in scope.calls:
                    if "seed" in leaf_name(call.func).lower():
                        yield call, owner, module

    def _is_run(self, each: EachEpoch) -> bool:
        calls = [call for call in each.scope.calls if call.line == each.line]
        return all(self._runs_by_default(call, each.owner, each.module) for call in calls[:1])

    def _overtaken(self, loader: Loader, each: EachEpoch) -> bool:
        """Whether what an epoch seeds torch with last, before it goes through a loader, is another number in each:
        `set_seed(seed + epoch)` before training, where `set_seed(seed)` stands before validation."""
        scope = each.scope
        made: list[object] = [loader.call]
        if isinstance(loader.owner, FunctionInfo) and loader.owner.scope is not scope:
            made += [call for call, _ in self.ev.callers(loader.owner)]
        names = {name for name, bindings in scope.bindings.items() if any(one.node in made for one in bindings)}
        asked = {loop.line for loop in scope.loops if isinstance(loop, ir.For) and names & names_in(loop.iter)}
        asked |= {call.line for call in scope.calls if _is_handed(call, names)}
        within = [(line, outer) for line in asked for outer in epoch_loops(line, scope) if outer.line != line]
        return bool(within) and all(self._varies_before(line, outer, scope, each.frame) for line, outer in within)

    def _varies_before(self, line: int, outer: ir.For | ir.While, scope: Scope, frame: Frame) -> bool:
        seeds = [
            call
            for call in scope.calls
            if outer.line < call.line <= outer.body.end
            and "seed" in leaf_name(call.func).lower()
            and (self._seeds_torch(call, frame) or (_varies(call) and self._reaches_torch(call, frame)))
        ]
        # Where none stands before the loop, the last one of the epoch before holds.
        before = [call for call in seeds if call.line < line] or seeds
        return bool(before) and _varies(max(before, key=lambda call: call.line))

    def _reaches_torch(self, call: ir.Call, frame: Frame) -> bool:
        """Whether a call seeds torch with whatever number."""
        for target in self.ev.eval(call.func, frame):
            if isinstance(target, External) and target.name in TORCH_SEEDS and "cuda" not in target.name:
                return True
            if isinstance(target, FunctionValue):
                walk = Walk(self.ev, self.idle, assume_defaults=True)
                walk.enter_value(target, self.ev.collect(call, frame))
                if walk.state.torch is not None:
                    return True
        return False

    def _seeds_torch(self, call: ir.Call, frame: Frame) -> bool:
        """Whether a call seeds torch with a constant."""
        for target in self.ev.eval(call.func, frame):
            if isinstance(target, External) and target.name in TORCH_SEEDS and "cuda" not in target.name:
                return self._constant(call, frame)
            if isinstance(target, FunctionValue) and not _varies(call):
                walk = Walk(self.ev, self.idle, assume_defaults=True)
                walk.enter_value(target, self.ev.collect(call, frame))
                seeded = walk.state.torch
                if seeded is not None and seeded.how is Seeding.CONSTANT:
                    return True
        return False

    def _constant(self, call: ir.Call, frame: Frame) -> bool:
        return self.reader.call_seed(call, frame) == {Source.CONSTANT} and not _varies(call)


def _is_handed(call: ir.Call, names: set[str]) -> bool:
    """Whether a call is given what has one of the names, to go through it: `train_epoch(model, train_loader)`."""
    if leaf_name(call.func) == "len":
        return False
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return any(isinstance(each, ir.Name) and each.id in names for each in given)


def _varies(call: ir.Call) -> bool:
    """Whether the seed is put together from something that counts."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    names = {name.lower() for arg in given for name in names_in(arg)}
    return any("epoch" in name or "iter" in name or "step" in name for name in names)
