"""Whether the parent moves NumPy's global state between two epochs, so that workers inherit another in each."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import TypeGuard

from analysis.catalog.draws import GLOBAL_DRAWS, SEEDS_GLOBAL
from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.loaders import Loader
from analysis.link.reach.inside import inside
from analysis.link.scopes import FunctionInfo, Module, Scope, descendants, leaf_name, names_in
from analysis.link.values import External, Frame, FunctionValue, Instance, Result, Value

_BLOCK = 624
"""Words of the state that are drawn before all of them are new."""
_DRAWS = frozenset(name.rpartition(".")[2] for name in GLOBAL_DRAWS)
_DEEPEST = 2
"""Calls from an epoch loop down that are looked into: to what trains for an epoch, and what that calls."""
_HIGHEST = 3
"""Calls from what makes a loader up to what loops over epochs with it."""
_EACH_SAMPLE = 2
"""Loops within an epoch of which every turn may draw little: over its batches, and over the samples of each."""
_COUNTERS = ("range", "trange", "count")
_SIZE = (
    dict.fromkeys(("rand", "randn", "random", "random_sample", "ranf", "sample", "standard_normal"), 0)
    | dict.fromkeys(("choice", "exponential", "geometric", "poisson", "rayleigh", "standard_gamma"), 1)
    | dict.fromkeys(("beta", "binomial", "gamma", "gumbel", "laplace", "lognormal", "normal", "randint", "uniform"), 2)
)
"""Where a draw takes its size, among the arguments without a name."""


class MovingState:
    """Reads what the parent does to NumPy's state in its loops over epochs."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._drawing: dict[tuple[str, bool], bool | None] = {}
        self._drawing_functions: dict[tuple[int, bool, int, int], bool] = {}

    def moves(self, loader: Loader, files: Collection[str] | None, *, block: bool) -> bool:
        """Whether it is another state in each epoch; `block`: all of its words, for sure.

        `files` are those of the programs that have the loader, None where any of the repository's may be.
        """
        seeding = bool(self._seeding) if files is None else not self._seeding.isdisjoint(files)
        return seeding or self._draws(loader, block=block)

    @cached_property
    def _seeding(self) -> frozenset[str]:
        """The files whose loops over epochs seed NumPy with another integer in each."""
        return frozenset(self._files_that_seed())

    def _files_that_seed(self) -> Iterator[str]:
        for module in self.ev.project.modules_mentioning("seed"):
            for scope, owner in module.bodies(lambda function: function.calls("seed")):
                frame = self.ev.owner_frame(owner, module)
                seeds = [call for call in scope.calls if self._seeds(call, frame)]
                if any(_counts(loop, _seed(call)) for call in seeds for loop in epoch_loops(call.line, scope)):
                    yield module.path
                if isinstance(owner, FunctionInfo):
                    for call in seeds:
                        yield from self._told_the_epoch(owner, call)

    def _seeds(self, call: ir.Call, frame: Frame) -> bool:
        return bool(call.args or call.keywords) and seeds_numpy(self.ev, call, frame)

    def _told_the_epoch(self, function: FunctionInfo, seed: ir.Call) -> Iterator[str]:
        """The files with `self.run_epoch(epoch)`, `set_seed(seed + epoch)`: what seeds gets what their loops count."""
        told = function.param_names & names_in(_seed(seed))
        params = [param.name for param in function.node.params]
        for call, frame in self.ev.callers(function) if told else ():
            bound = isinstance(call.func, ir.Attr) and function.cls is not None
            given = dict(zip(params[1:] if bound else params, call.args, strict=False))
            given |= {keyword.name: keyword.value for keyword in call.keywords if keyword.name is not None}
            scope = frame.module.scope if frame.function is None else frame.function.scope
            for loop in epoch_loops(call.line, scope):
                if any(_counts(loop, given[name]) for name in told if name in given):
                    yield frame.module.path

    def _draws(self, loader: Loader, *, block: bool) -> bool:
        """Whether it draws in the loops over epochs of each program that gets the loader and has such loops."""
        told = {self._drawn_in(module, block=block) for module in self._programs(loader)} - {None}
        return told == {True}

    def _programs(self, loader: Loader) -> Iterator[Module]:
        """The loader's file, and those that get it from what makes it there; none is looked for above a loop."""
        yield loader.module
        makers = [loader.owner] if isinstance(loader.owner, FunctionInfo) else []
        seen: set[int] = set()
        for _ in range(_HIGHEST):
            above: list[FunctionInfo] = []
            for maker in makers:
                if id(maker) in seen:
                    continue
                seen.add(id(maker))
                for _, frame in self.ev.callers(maker):
                    yield frame.module
                    if frame.function is not None and self._drawn_in(frame.module, block=False) is None:
                        above.append(frame.function)
            makers = above

    def _drawn_in(self, module: Module, *, block: bool) -> bool | None:
        """Whether a file draws in its loops over epochs; None where it has none."""
        key = (module.path, block)
        if key not in self._drawing:
            found = None
            for scope, owner in module.bodies(_may_train):
                frame = self.ev.owner_frame(owner, module)
                for loop, turns in _passes(scope):
                    found = found or any(
                        self._drawn_by(call, frame, block, 0, turns + _turns(call.line, scope, loop))
                        for call in scope.calls
                        if _holds(loop, call.line)
                    )
            self._drawing[key] = found
        return self._drawing[key]

    def _drawn_by(self, call: ir.Call, frame: Frame, block: bool, depth: int, turns: int) -> bool:
        """`turns`: how many loops within an epoch are around the call."""
        if depth == _DEEPEST and leaf_name(call.func) not in _DRAWS:
            # What it calls is not looked into, and it is no draw.
            return False
        for value in self.ev.within(self.ev.eval, call.func, frame):
            if isinstance(value, External) and value.name in GLOBAL_DRAWS and (not block or _is_large(call, turns)):
                return True
            if depth < _DEEPEST and any(
                self._draws_in(function, block, depth + 1, turns) for function in self._run_by(value)
            ):
                return True
        return False

    def _run_by(self, value: Value) -> Sequence[FunctionInfo]:
        """The repository's functions that calling a value runs: a function, an object, a composition of such."""
        match value:
            case FunctionValue():
                return (value.function,)
            case Instance():
                method = self.ev.find_method(value.cls, "__call__")
                return () if method is None else (method,)
            case Result():
                return [each for part in inside(self.ev, value) for each in self._run_by(part)]
            case _:
                return ()

    def _draws_in(self, function: FunctionInfo, block: bool, depth: int, turns: int) -> bool:
        key = (id(function), block, depth, min(turns, _EACH_SAMPLE))
        found = self._drawing_functions.get(key)
        if found is None:
            frame, scope = self.ev.loose_frame(function), function.scope
            found = any(
                self._drawn_by(each, frame, block, depth, turns + _turns(each.line, scope)) for each in scope.calls
            )
            self._drawing_functions[key] = found
        return found


def loops_over_epochs(function: FunctionInfo) -> bool:
    """False only for a function that has no such loop."""
    return function.loops() and (function.hints("epoch") or _may_count_passes(function))


def epoch_loops(line: int, scope: Scope) -> Iterator[ir.For]:
    """The loops over epochs around a line."""
    for loop in scope.loops:
        if isinstance(loop, ir.For) and _holds(loop, line) and _is_epoch_loop(loop, scope):
            yield loop


def in_epoch_loop(line: int, scope: Scope) -> bool:
    """Whether a loop over epochs is around a line, and runs it in more than one of them."""
    return any(not _in_one_turn(line, loop, scope) for loop in epoch_loops(line, scope))


def _in_one_turn(line: int, loop: ir.For, scope: Scope) -> bool:
    """`if epoch == 5: ...`, or `if epoch >= 5 and not thawed: ...; thawed = True`"""
    tests = [test for test, way in tests_around(loop.body, line) if way]
    for part in (part for test in tests for part in (test.items if _is_and(test) else (test,))):
        match part:
            case ir.Compare(left=ir.Name(id=name), ops=("==",), rights=(ir.Const(),)):
                if isinstance(loop.target, ir.Name) and loop.target.id == name:
                    return True
            case ir.UnaryOp(op="not", value=ir.Name(id=name)):
                if any(_holds(loop, one.line) and _is_true(one.node) for one in scope.bindings.get(name, ())):
                    return True
    return False


def seeds_numpy(ev: Evaluator, call: ir.Call, frame: Frame) -> bool:
    """Whether a call is of `numpy.random.seed`, under whatever name the module has."""
    if leaf_name(call.func) != "seed":
        return False
    return any(isinstance(v, External) and v.name in SEEDS_GLOBAL for v in ev.eval(call.func, frame))


def _seed(call: ir.Call) -> ir.Expr:
    """What `numpy.random.seed` is handed, by position or by name."""
    return call.args[0] if call.args else call.keywords[0].value


def _is_and(test: ir.Expr) -> TypeGuard[ir.BoolOp]:
    return isinstance(test, ir.BoolOp) and test.op == "and"


def _is_true(node: object) -> bool:
    return isinstance(node, ir.Const) and node.value is True


def _is_epoch_loop(loop: ir.For | ir.While, scope: Scope) -> bool:
    """Whether a loop says that it is over epochs, or counts passes over a loader: none that say so are in it."""
    if _says_epochs(loop):
        return True
    if not isinstance(loop, ir.For) or leaf_name(loop.iter) not in _COUNTERS:
        return False
    inner = [each for each in scope.loops if each is not loop and _holds(loop, each.line)]
    return any(map(_is_over_batches, inner)) and not any(
        _says_epochs(each) or (isinstance(each, ir.For) and leaf_name(each.iter) in _COUNTERS) for each in inner
    )


def _says_epochs(loop: ir.For | ir.While) -> bool:
    told = [loop.target, loop.iter] if isinstance(loop, ir.For) else [loop.test]
    return "epoch" in " ".join(name for expr in told for name in names_in(expr)).lower()


def _is_over_batches(loop: ir.For | ir.While) -> bool:
    return isinstance(loop, ir.For) and any(
        name == "dl" or name.endswith("_dl") or "loader" in name.lower() for name in names_in(loop.iter)
    )


def _may_count_passes(function: FunctionInfo) -> bool:
    """Whether a function may loop over a loader within a loop that counts, as far as its words tell."""
    counts = any(function.calls(name) for name in _COUNTERS)
    return counts and (function.hints("loader") or function.hints("dl"))


def _counts(loop: ir.For, expr: ir.Expr) -> bool:
    """Whether an expression has what the loop counts with in it."""
    return bool(names_in(loop.target) & names_in(expr))


def _may_train(function: FunctionInfo) -> bool:
    """False only for a function that neither loops over epochs nor takes a loader's batches without end."""
    return loops_over_epochs(function) or (function.loops() and function.calls("iter"))


def _passes(scope: Scope) -> Iterator[tuple[ir.For | ir.While, int]]:
    """The loops over epochs, and those over batches that make a loader's iterator anew; and which of the two it is."""
    for loop in scope.loops:
        if _is_epoch_loop(loop, scope):
            yield loop, 0
        elif {"iter", "next"} <= {leaf_name(call.func) for call in scope.calls if _holds(loop, call.line)}:
            yield loop, 1


def _turns(line: int, scope: Scope, within: ir.For | ir.While | None = None) -> int:
    """How many loops are around a line, within one of them; a loop over what is written out there does not count."""
    return sum(
        _holds(loop, line)
        and loop is not within
        and (within is None or within.line < loop.line)
        and not (isinstance(loop, ir.For) and isinstance(loop.iter, ir.Seq))
        for loop in scope.loops
    )


def _holds(loop: ir.For | ir.While, line: int) -> bool:
    return loop.line <= line <= loop.body.end


def _is_large(call: ir.Call, turns: int) -> bool:
    """Whether an epoch's draws take a block of the state.

    A shuffle of a whole set does, and an array of at least 624 numbers; so does an array as large as the data for each
    batch, and any number for each sample of each.
    """
    name = leaf_name(call.func)
    if name in {"shuffle", "permutation"}:
        return True
    sizes = [keyword.value for keyword in call.keywords if keyword.name == "size"]
    if name in _SIZE:
        sizes += call.args[_SIZE[name] :]
    parts = [part for node in sizes for part in descendants(node)]
    numbers = 1
    for part in parts:
        if isinstance(part, ir.Const) and isinstance(part.value, int) and part.value > 1:
            numbers *= part.value
    if numbers >= _BLOCK or turns >= _EACH_SAMPLE:
        return True
    return turns > 0 and any(isinstance(part, ir.Name | ir.Attr) for part in parts)
