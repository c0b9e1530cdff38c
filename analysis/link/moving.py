"""Whether the parent moves NumPy's global state between two epochs, so that workers inherit another in each."""

from collections.abc import Iterator
from functools import cached_property

from analysis.catalog.draws import GLOBAL_DRAWS, SEEDS_GLOBAL
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.loaders import Loader
from analysis.link.scopes import FunctionInfo, Module, Scope, descendants, leaf_name, names_in
from analysis.link.values import External, Frame, FunctionValue

_BLOCK = 624
"""Words of the state that are drawn before all of them are new."""
_DRAWS = frozenset(name.rpartition(".")[2] for name in GLOBAL_DRAWS)
_DEEPEST = 2
"""Calls from an epoch loop down that are looked into: to what trains for an epoch, and what that calls."""


class MovingState:
    """Reads what the parent does to NumPy's state in its loops over epochs."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._drawing: dict[tuple[str, bool], bool] = {}
        self._drawing_functions: dict[tuple[int, bool, int], bool] = {}

    def moves(self, loader: Loader, *, block: bool) -> bool:
        """Whether it is another state in each epoch; `block`: all of its words, for sure."""
        return self.reseeds or self._draws(loader.module, block=block)

    @cached_property
    def reseeds(self) -> bool:
        """Whether NumPy is seeded with another integer in each epoch."""
        for module in self.ev.project.modules_mentioning("seed"):
            for scope, owner in module.bodies(lambda function: function.calls("seed")):
                frame = self.ev.owner_frame(owner, module)
                seeds = [call for call in scope.calls if self._seeds(call, frame)]
                if any(_counts(loop, call.args[0]) for call in seeds for loop in epoch_loops(call.line, scope)):
                    return True
                if isinstance(owner, FunctionInfo) and any(self._told_the_epoch(owner, call) for call in seeds):
                    return True
        return False

    def _seeds(self, call: ir.Call, frame: Frame) -> bool:
        return bool(call.args) and seeds_numpy(self.ev, call, frame)

    def _told_the_epoch(self, function: FunctionInfo, seed: ir.Call) -> bool:
        """`self.run_epoch(epoch)` and `set_seed(seed + epoch)`: what seeds is called with what the loop counts."""
        told = function.param_names & names_in(seed.args[0])
        if not told:
            return False
        params = [param.name for param in function.node.params]
        for call, frame in self.ev.callers(function):
            bound = isinstance(call.func, ir.Attr) and function.cls is not None
            given = dict(zip(params[1:] if bound else params, call.args, strict=False))
            given |= {keyword.name: keyword.value for keyword in call.keywords if keyword.name is not None}
            scope = frame.module.scope if frame.function is None else frame.function.scope
            for loop in epoch_loops(call.line, scope):
                if any(_counts(loop, given[name]) for name in told if name in given):
                    return True
        return False

    def _draws(self, module: Module, *, block: bool) -> bool:
        found = self._drawing.get((module.path, block))
        if found is None:
            found = self._drawing[module.path, block] = any(
                in_epoch_loop(call.line, scope) and self._drawn_by(call, self.ev.owner_frame(owner, module), block, 0)
                for scope, owner in module.bodies(loops_over_epochs)
                for call in scope.calls
            )
        return found

    def _drawn_by(self, call: ir.Call, frame: Frame, block: bool, depth: int) -> bool:
        if depth == _DEEPEST and leaf_name(call.func) not in _DRAWS:
            # What it calls is not looked into, and it is no draw.
            return False
        for value in self.ev.within(self.ev.eval, call.func, frame):
            if isinstance(value, External) and value.name in GLOBAL_DRAWS and (not block or _is_large(call)):
                return True
            if (
                isinstance(value, FunctionValue)
                and depth < _DEEPEST
                and self._draws_in(value.function, block, depth + 1)
            ):
                return True
        return False

    def _draws_in(self, function: FunctionInfo, block: bool, depth: int) -> bool:
        key = (id(function), block, depth)
        found = self._drawing_functions.get(key)
        if found is None:
            frame = self.ev.loose_frame(function)
            found = any(self._drawn_by(each, frame, block, depth) for each in function.scope.calls)
            self._drawing_functions[key] = found
        return found


def loops_over_epochs(function: FunctionInfo) -> bool:
    """False only for a function that has no such loop."""
    return function.loops() and function.hints("epoch")


def epoch_loops(line: int, scope: Scope) -> Iterator[ir.For]:
    """The loops over epochs around a line."""
    for loop in scope.loops:
        if isinstance(loop, ir.For) and loop.line <= line <= loop.body.end and _is_epoch_loop(loop):
            yield loop


def in_epoch_loop(line: int, scope: Scope) -> bool:
    """Whether a loop over epochs is around a line."""
    return any(True for _ in epoch_loops(line, scope))


def seeds_numpy(ev: Evaluator, call: ir.Call, frame: Frame) -> bool:
    """Whether a call is of `numpy.random.seed`, under whatever name the module has."""
    if leaf_name(call.func) != "seed":
        return False
    return any(isinstance(v, External) and v.name in SEEDS_GLOBAL for v in ev.eval(call.func, frame))


def _is_epoch_loop(loop: ir.For) -> bool:
    return "epoch" in " ".join([*names_in(loop.target), *names_in(loop.iter)]).lower()


def _counts(loop: ir.For, expr: ir.Expr) -> bool:
    """Whether an expression has what the loop counts with in it."""
    return bool(names_in(loop.target) & names_in(expr))


def _is_large(call: ir.Call) -> bool:
    """Whether one draw takes a block of the state: an array of at least 624 numbers, or a shuffle of a whole set."""
    if leaf_name(call.func) in {"shuffle", "permutation"}:
        return True
    size = 1
    for node in [*call.args, *(keyword.value for keyword in call.keywords if keyword.name == "size")]:
        for part in descendants(node):
            if isinstance(part, ir.Const) and isinstance(part.value, int) and part.value > 1:
                size *= part.value
    return size >= _BLOCK
