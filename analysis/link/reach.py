"""The walk of a worker: from what a loader calls, through every call it leads to, to the draws and the reseeding.

Statements are followed in order, branches that are decided against are left out, and the state of seeding is carried
along, so that a draw knows whether its generator was seeded before it in the same sample.
"""

from collections.abc import Collection

import msgspec
from msgspec.structs import replace

from analysis.catalog.draws import (
    EPOCH_WORKER_INITS,
    GENERATOR_METHODS,
    GENERATORS,
    GLOBAL_DRAWS,
    GLOBAL_UNLESS_GIVEN,
    GOOD_WORKER_INITS,
    KEPT_LIBRARIES,
    LIBRARY_SEEDS,
    OTHER_GENERATOR_METHODS,
    OTHER_GENERATORS,
    PYTHON_SEEDS,
    SEEDS_EVERYTHING,
    SEEDS_GLOBAL,
    SEEDS_WITHIN,
    STATS_DRAW,
    TORCH_SEEDS,
)
from analysis.catalog.hooks import CALL_WHAT_THEY_ARE_GIVEN, hooks_of
from analysis.catalog.loaders import NOT_IN_WORKERS, WRAPPERS
from analysis.facts import ir
from analysis.link.augmenters import never_draws
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.library import is_data, only_takes_data
from analysis.link.evaluate.machine import MOST_STEPS, STEPS_FOR_A_SEED, UNREADABLE
from analysis.link.idle import Idle
from analysis.link.phases import evaluation_side
from analysis.link.scopes import FunctionInfo, children, descendants, leaf_name
from analysis.link.seeding import FROM_TORCH_STATE, Seeded, Seeding, SeedReader, Source, classify
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    Partial,
    Result,
    Sequence,
    Super,
    Unknown,
    Value,
    Values,
    merge_args,
    name_of,
)

DEEPEST_CALL = 24
MOST_VISITS = 6
"""Visits of one function on objects of one class in one walk: enough for its callers, few enough for recursive code."""

MOST_CALLS = 6_000
MOST_INSIDE = 300
"""Values looked at inside one object: transforms are a few dozen, tables of data are endless."""

CALLED_BY_NAME = 3
"""A method of an object that cannot be read is followed by its name alone when at most so many classes have it."""


_HANDED_ON = 5
"""Names that a seed goes under on its way to the worker."""

_KEEPING = frozenset({"cache", "cached_property", "lru_cache"})
"""Decorators under which a function runs once for the same arguments, and what it gives is kept."""

_CALLS_FOR_EACH = frozenset({"builtins.filter", "builtins.map"})

_PLAIN_BASES = ("torch.utils.data.Dataset", "torch.utils.data.IterableDataset", "builtins.object")
"""Bases from outside that make nothing of a class's attributes."""

_MADE = GENERATORS | OTHER_GENERATORS
"""What an attribute that is set in the worker may be set to, for it to be seeded by that."""


class DrawSite(msgspec.Struct, frozen=True):
    """One draw in a walk. `generator` is the call that made the generator, None for the global state.

    `evaluation`: it stands in a branch for evaluation, of a test that could not be decided.
    """

    place: tuple[str, int]
    api: str
    via: tuple[str, ...]
    generator: Result | None = None
    attribute: str | None = None
    seeded: Seeded | None = None
    library: bool = False
    other: bool = False
    evaluation: bool = False


class SeedState(msgspec.Struct):
    """What has been seeded so far: the global state, kept generators by their making call, attributes by name.

    `library` is the generator that a library keeps for all its objects. `unread`: whatever seeds is none of the
    repository's, and may have seeded all of them or none.
    """

    numpy: Seeded | None = None
    generators: dict[int, Seeded] = msgspec.field(default_factory=dict)
    attributes: dict[str, Seeded] = msgspec.field(default_factory=dict)
    torch: Seeded | None = None
    library: Seeded | None = None
    unread: Seeded | None = None

    def mark(self) -> tuple[object, ...]:
        """Tells one state from another."""
        return (
            self.numpy,
            tuple(self.generators.items()),
            tuple(self.attributes.items()),
            self.torch,
            self.library,
        )

    def copy(self) -> "SeedState":
        return SeedState(
            self.numpy, dict(self.generators), dict(self.attributes), self.torch, self.library, self.unread
        )


class Yield(msgspec.Struct):
    """What came of one function's walk: what it entered, what it drew, and the calls it could not follow.

    `depth` is how many of the draws' `via` lead to the function. What is reached on many ways stands here once: where
    each step of a chain asks the one before it on two ways, the ways double with each step.
    """

    entered: set[tuple[int, int]] = msgspec.field(default_factory=set)
    open: dict[str, int] = msgspec.field(default_factory=dict)
    unread_dataset: bool = False
    draws: dict[tuple[object, ...], DrawSite] = msgspec.field(default_factory=dict)
    depth: int = 0

    def add(self, inner: "Yield") -> None:
        self.entered |= inner.entered
        self.open.update(inner.open)
        self.unread_dataset = self.unread_dataset or inner.unread_dataset
        for key, site in inner.draws.items():
            self.draws.setdefault(key, site)


def class_id(receiver: object) -> int:
    """Tells by whose object a method is called: two classes can inherit one."""
    return id(receiver.cls) if isinstance(receiver, Instance) else 0


class Walk:
    """One walk; `draws` and `state` are its yield, `open` the calls that could not be followed.

    `unread_dataset`: an item is taken from another dataset, which could not be read.
    """

    def __init__(self, evaluator: Evaluator, idle: Idle, *, assume_defaults: bool = False) -> None:
        self.ev = evaluator
        self.idle = idle
        self.reader = SeedReader(evaluator)
        self.assume_defaults = assume_defaults
        self.draws: dict[tuple[object, ...], DrawSite] = {}
        self.state = SeedState()
        self.entered: dict[tuple[int, int], int] = {}
        self.entered_on: set[tuple[int, int]] = set()
        self.open: dict[str, int] = {}
        # What runs, and what it was called with: a function that calls itself is followed once more where constants
        # that decided its branches are not handed on.
        self._active: dict[tuple[int, int], tuple[object, ...]] = {}
        self._inside_itself = 0
        self._via: tuple[str, ...] = ()
        self._calls = 0
        self._depth = 0
        self.unread_dataset = False
        self._events = 0
        self._cut = 0
        self._yield = Yield()
        self._evaluating = False
        self._once = False

    # Entering.

    def enter_value(self, value: Value, args: CallArgs) -> None:
        """Walk what calling a value runs."""
        match value:
            case FunctionValue():
                self._enter(value, args)
            case Partial():
                if isinstance(value.target, External):
                    self._external(value.target.name, None, None, merge_args(value.args, args))
                else:
                    self.enter_value(value.target, merge_args(value.args, args))
            case Instance():
                for name in ("__call__", "forward"):
                    method = self.ev.find_method(value.cls, name)
                    if method is not None:
                        self._enter(FunctionValue(method, self.ev.definition_frame(method), value), args)
                        return
                self._enter_hooks(value, args)
            case Result():
                self._external_object(value)
            case Sequence():
                # A list of configurations that a framework has made a pipeline of.
                for element in self.ev.registries.elements(value):
                    self.enter_value(element, CallArgs())
            case Member() if isinstance(value.owner, Result):
                self._external_object(value.owner)
            case _:
                pass

    def _enter_hooks(self, instance: Instance, args: CallArgs) -> None:
        """Walk what a base outside the repository calls on an object when that is called."""
        for name in hooks_of(self.ev.external_bases(instance.cls)):
            method = self.ev.find_method(instance.cls, name)
            if method is not None:
                self._enter(FunctionValue(method, self.ev.definition_frame(method), instance), args)

    def enter_method(self, instance: Instance, name: str, args: CallArgs) -> bool:
        """Walk a method of an object; False when it has none of the name."""
        method = self.ev.find_method(instance.cls, name)
        if method is None:
            return False
        around = instance.class_frame if method.cls is instance.cls else self.ev.definition_frame(method)
        self._enter(FunctionValue(method, around, instance), args)
        return True

    def _enter(self, target: FunctionValue, args: CallArgs) -> None:
        """Walk a function as its decorators have made it."""
        wrapped, managers = self.idle.decorators.around(target)
        if not wrapped and not managers:
            self._run(target, args)
            return
        before = self.state.copy()
        for expr, frame in managers:
            self.visit(expr, frame)
        if target.receiver is not None and wrapped:
            args = CallArgs([Argument(None, None, (target.receiver,)), *args.positional], args.named, args.open)
        for value in wrapped:
            # What one decorator puts around many functions may run within itself, around another of them.
            key = (id(value.function), id(value.receiver)) if isinstance(value, FunctionValue) else (0, 0)
            outside = self._active.pop(key, None)
            self.enter_value(value, args)
            if outside is not None:
                self._active[key] = outside
        if not wrapped:
            self._run(target, args)
        if any(self._restores(expr, frame) for expr, frame in managers):
            self.state = before

    def _run(self, target: FunctionValue, args: CallArgs) -> None:
        function = target.function
        if _compiled(function) or (not self.assume_defaults and self.idle.function(target)):
            return
        key = (id(function), id(target.receiver))
        looks = self.ev.within(self.ev.outline, args)
        within = self._active.get(key)
        if within is not None and (self._inside_itself or _constants_of(within) <= _constants_of(looks)):
            # It would go the way that it goes already.
            self._cut += 1
            return
        outline = (function, target.receiver, target.frame, self.assume_defaults, *looks)
        if outline in self.ev.barren:
            return
        situation = (outline, self.state.mark(), self._evaluating, self._once)
        known = self.ev.walked.get(situation)
        if known is not None:
            self._repeat(known)
            return
        entered = (id(function), class_id(target.receiver))
        visits = self.entered.get(entered, 0)
        if self._depth >= DEEPEST_CALL or visits >= MOST_VISITS or self._calls >= MOST_CALLS:
            self._cut += 1
            return
        self._calls += 1
        if all(active != id(function) for active, _ in self._active):
            # What is asked by another of its kind, as in a chain of steps, is bounded by the depth of calls.
            self.entered[entered] = visits + 1
        self.entered_on.add(entered)
        before = (self._events, self._cut)
        outside, self._yield = self._yield, Yield()
        once, self._once = self._once, self._once or not _KEEPING.isdisjoint(function.decorator_names())
        self._yield.entered.add(entered)
        self._active[key] = looks
        self._inside_itself += within is not None
        self._depth += 1
        via = self._via
        self._via = (*via, f"{function.module.place(function.line)} {function.qualname}")
        frame = self.ev.bind(function, args, target.frame, target.receiver, worker=True, depth=self._depth)
        try:
            if isinstance(function.node, ir.Lambda):
                self.visit(function.node.body, frame)
            else:
                self.block(function.node.body, frame)
        finally:
            self._inside_itself -= within is not None
            if within is None:
                del self._active[key]
            else:
                self._active[key] = within
            self._depth -= 1
            self._via = via
            self._once = once
            inner, self._yield = self._yield, outside
            self._yield.add(inner)
        if before == (self._events, self._cut):
            # Nothing is drawn or seeded in there: no walk need go in again.
            self.ev.barren.add(outline)
        elif before[1] == self._cut and self.state.mark() == situation[1] and self.ev.steps <= MOST_STEPS:
            # What was drawn in there is drawn again wherever the same is entered, and nothing else is changed.
            inner.depth = len(via)
            self.ev.walked[situation] = inner

    def _repeat(self, known: "Yield") -> None:
        """Draw once more what an earlier walk drew in the same situation."""
        self._events += 1
        inner = Yield(known.entered, known.open, known.unread_dataset)
        for key, site in known.draws.items():
            inner.draws[key] = site = replace(site, via=(*self._via, *site.via[known.depth :]))
            self.draws.setdefault(key, site)
        self.entered_on.update(known.entered)
        self.open.update(known.open)
        self.unread_dataset = self.unread_dataset or known.unread_dataset
        self._yield.add(inner)

    # Statements.

    def block(self, block: ir.Block, frame: Frame) -> bool:
        """Walk statements in order; True when what follows the block does not run."""
        outside = self._evaluating
        try:
            return any(self._statement(node, frame) for node in block.body)
        finally:
            self._evaluating = outside

    def _statement(self, node: ir.Stmt, frame: Frame) -> bool:
        if not self.assume_defaults and self.idle.statement(node, frame):
            return isinstance(node, ir.Return | ir.Stop)
        match node:
            case ir.Assign():
                self.visit(node.value, frame)
                for target in node.targets:
                    self._assigned(target, node.value, frame, node.line)
            case ir.AugAssign():
                self.visit(node.value, frame)
            case ir.Do():
                self.visit(node.value, frame)
            case ir.Return():
                if node.value is not None:
                    self.visit(node.value, frame)
                return True
            case ir.Stop():
                if node.value is not None:
                    self.visit(node.value, frame)
                return True
            case ir.If():
                return self._if(node, frame)
            case ir.For():
                self.visit(node.iter, frame)
                self._iterated(node.iter, frame)
                self.block(node.body, frame)
                self.block(node.orelse, frame)
            case ir.While():
                self.visit(node.test, frame)
                if self._truth(node.test, frame) is not False:
                    self.block(node.body, frame)
                self.block(node.orelse, frame)
            case ir.With():
                return self._with(node, frame)
            case ir.Try():
                ended = self.block(node.body, frame)
                for handler in node.handlers:
                    state = self.state.copy()
                    ended = self.block(handler, frame) and ended
                    self.state = state
                if not ended:
                    self.block(node.orelse, frame)
                return self.block(node.final, frame) or ended
            case _:
                pass
        return False

    def _truth(self, test: ir.Expr, frame: Frame) -> bool | None:
        if not self.assume_defaults:
            return None if self.idle.undecidable(test, frame) else self.ev.within(self.ev.truth, test, frame)
        decided = self.ev.truth_by_default(test, frame)
        match test:
            case ir.Compare(left=ir.Name() as name, ops=("is not",), rights=(ir.Const(value=None),)) if decided is None:
                return False if self._empty_by_option(name, frame) else None
            case _:
                return decided

    def _empty_by_option(self, expr: ir.Expr | None, frame: Frame | None, depth: int = 0) -> bool:
        """Whether a seed is None by default: `666 if args.fixed else None`, handed on under any names."""
        match expr:
            case ir.Const():
                return expr.known and expr.value is None
            case ir.Cond(test=ir.Attr(name=option)) if frame is not None and self.ev.options is not None:
                values = self.ev.options.option(option, frame.module.path)
                off = bool(values) and not any(not isinstance(v, Constant) or v.value for v in values)
                return off and self._empty_by_option(expr.other, frame, depth + 1)
            case ir.Name() if frame is not None and depth < _HANDED_ON:
                handed = self.ev.definitions(expr.id, frame, expr.line) or ()
                return bool(handed) and all(self._empty_by_option(a.expr, a.frame, depth + 1) for a in handed)
            case _:
                return False

    def _if(self, node: ir.If, frame: Frame) -> bool:
        self.visit(node.test, frame)
        decided = self._truth(node.test, frame)
        if decided is True:
            return self.block(node.body, frame)
        if decided is False:
            return self.block(node.orelse, frame)
        before = self.state.copy()
        side = evaluation_side(node.test)
        sets_up = self._sets_up(node, frame)
        outside, self._once = self._once, self._once or sets_up
        then_ended = self._branch(node.body, frame, evaluation=side is True)
        self._once = outside
        then_state, self.state = self.state, before
        other_ended = self._branch(node.orelse, frame, evaluation=side is False)
        if (then_ended and side is False) or (other_ended and side is True):
            # The training branch returned: what follows in the block is for evaluation.
            self._evaluating = True
        if other_ended or ((self.assume_defaults or sets_up) and not then_ended):
            # In a reseeding function a test that cannot be read is taken as passed; what is done at a worker's first
            # sample holds for the others.
            self.state = then_state
        elif not then_ended:
            self.state = _weaker(then_state, self.state)
        return then_ended and other_ended

    def _sets_up(self, node: ir.If, frame: Frame) -> bool:
        """`if not self.ready: ...; self.ready = True`: what is done once in a worker and not for each sample.

        The mark may be set by a method that is called there.
        """
        asked = {part.name for part in descendants(node.test) if isinstance(part, ir.Attr)}
        return bool(asked) and self._marks(node.body, asked, frame)

    def _marks(self, block: ir.Block, asked: Collection[str], frame: Frame) -> bool:
        """Whether a block sets one of these attributes, itself or in a method of the object's that it calls."""
        this = frame.self_value
        for statement in block.body:
            if isinstance(statement, ir.Assign):
                if any(isinstance(target, ir.Attr) and target.name in asked for target in statement.targets):
                    return True
            elif isinstance(statement, ir.Do) and isinstance(statement.value, ir.Call) and isinstance(this, Instance):
                method = self.ev.find_method(this.cls, leaf_name(statement.value.func))
                if method is not None and any(assign.name in asked for assign in method.scope.attributes):
                    return True
            elif isinstance(statement, ir.If) and self._marks(statement.body, asked, frame):
                return True
        return False

    def _branch(self, block: ir.Block, frame: Frame, *, evaluation: bool) -> bool:
        outside = self._evaluating
        self._evaluating = outside or evaluation
        try:
            return self.block(block, frame)
        finally:
            self._evaluating = outside

    def _with(self, node: ir.With, frame: Frame) -> bool:
        before = self.state.copy()
        restores = False
        managers: list[Instance] = []
        for item in node.items:
            self.visit(item.value, frame)
            restores = restores or self._restores(item.value, frame)
            values = self.ev.within(self.ev.eval, item.value, frame)
            managers += [value for value in values if isinstance(value, Instance)]
        for manager in managers:
            self.enter_method(manager, "__enter__", CallArgs())
        ended = self.block(node.body, frame)
        for manager in managers:
            self.enter_method(manager, "__exit__", CallArgs())
        if restores:
            self.state = before
        return ended

    def _restores(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether a context manager puts NumPy's state back at its end."""
        if not isinstance(expr, ir.Call):
            return False
        for target in self.ev.within(self.ev.eval, expr.func, frame):
            scopes = []
            if name_of(target) in SEEDS_WITHIN:
                return True
            if isinstance(target, FunctionValue):
                scopes = [target.function.scope]
            elif isinstance(target, ClassValue):
                scopes = [method.scope for method in target.cls.methods.values()]
            if any(leaf_name(call.func) == "set_state" for scope in scopes for call in scope.calls):
                return True
        return False

    def _iterated(self, expr: ir.Expr, frame: Frame) -> None:
        for value in self.ev.within(self.ev.eval, expr, frame):
            if isinstance(value, Instance):
                self.enter_iteration(value)

    def enter_iteration(self, instance: Instance) -> None:
        """Walk what iterating over an object runs."""
        if self.enter_method(instance, "__iter__", CallArgs()):
            method = self.ev.find_method(instance.cls, "__iter__")
            if method is not None:
                around = self.ev.definition_frame(method)
                for value in self.ev.call_function(FunctionValue(method, around, instance), CallArgs(), True):
                    if isinstance(value, Instance):
                        self.enter_method(value, "__next__", CallArgs())
        else:
            self.enter_method(instance, "__getitem__", CallArgs())

    def _assigned(self, target: ir.Expr, value: ir.Expr, frame: Frame, line: int) -> None:
        if isinstance(target, ir.Sub):
            self.visit(target.index, frame)
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
        for owner in holders:
            if isinstance(owner, Instance):
                self.reader.assigned[id(owner.cls), name] = self.reader.sources(value, frame)

    def _never_reads(self, holder: Value, name: str) -> bool:
        """Whether an object makes nothing of an attribute: a subset or another wrapper of what has one of that name."""
        match holder:
            case Result():
                return holder.name in WRAPPERS
            case Instance():
                if not all(base.startswith(_PLAIN_BASES) for base in self.ev.external_bases(holder.cls)):
                    return False
                methods = [method for cls in self.ev.mro(holder.cls) for method in cls.methods.values()]
                return not any(each.name in {name, "__setattr__"} or each.mentions(name) for each in methods)
            case _:
                return False

    # Expressions.

    def visit(self, expr: ir.Expr, frame: Frame) -> None:
        """Walk an expression, operands before the call that uses them."""
        if self.idle.expression(expr, frame):
            return
        match expr:
            case ir.Name() | ir.Const() | ir.Lambda():
                return
            case ir.Call():
                self._callee(expr.func, frame)
                for arg in expr.args:
                    self.visit(arg, frame)
                for keyword in expr.keywords:
                    self.visit(keyword.value, frame)
                self._call(expr, frame)
            case ir.Attr():
                self.visit(expr.value, frame)
                self._property(expr, frame)
            case ir.Sub():
                self.visit(expr.value, frame)
                self.visit(expr.index, frame)
                self._subscript(expr, frame)
            case ir.BoolOp():
                for item in expr.items:
                    self.visit(item, frame)
                    decided = self._truth(item, frame)
                    if decided is (expr.op == "or"):
                        return
            case ir.Cond():
                self.visit(expr.test, frame)
                decided = self._truth(expr.test, frame)
                if decided is not False:
                    self.visit(expr.then, frame)
                if decided is not True:
                    self.visit(expr.other, frame)
            case ir.Comp():
                for generator in expr.generators:
                    self.visit(generator.iter, frame)
                    self._iterated(generator.iter, frame)
                    for test in generator.ifs:
                        self.visit(test, frame)
                if expr.key is not None:
                    self.visit(expr.key, frame)
                self.visit(expr.element, frame)
            case _:
                for child in children(expr):
                    self.visit(child, frame)  # type: ignore[arg-type]  # expressions hold only expressions

    def _callee(self, expr: ir.Expr, frame: Frame) -> None:
        if isinstance(expr, ir.Attr):
            self.visit(expr.value, frame)
        else:
            self.visit(expr, frame)

    def _property(self, expr: ir.Attr, frame: Frame) -> None:
        for value in self.ev.within(self.ev.eval, expr.value, frame):
            if isinstance(value, Instance):
                method = self.ev.find_method(value.cls, expr.name)
                if method is not None and any("property" in name for name in method.decorator_names()):
                    self._enter(FunctionValue(method, self.ev.definition_frame(method), value), CallArgs())

    def _subscript(self, expr: ir.Sub, frame: Frame) -> None:
        for value in self.ev.within(self.ev.eval, expr.value, frame):
            if isinstance(value, Instance):
                self.enter_method(value, "__getitem__", CallArgs([Argument(expr.index, frame)]))
            elif isinstance(value, Result):
                self._item_of_result(value)
            elif isinstance(value, Unknown) and "dataset" in leaf_name(expr.value).lower():
                self.unread_dataset = self._yield.unread_dataset = True

    def _item_of_result(self, value: Result) -> None:
        """`dataset[i]` of a wrapper from outside reaches the datasets and transforms that it was given."""
        for inner in inside(self.ev, value):
            if isinstance(inner, Instance) and self.ev.find_method(inner.cls, "__getitem__") is not None:
                self.enter_method(inner, "__getitem__", CallArgs())

    # Calls.

    def _call(self, call: ir.Call, frame: Frame) -> None:
        self._calls += 1
        if self._calls > MOST_CALLS:
            self._cut += 1
            return
        for target in self.ev.within(self.ev.eval, call.func, frame) or (Unknown("nothing that is known"),):
            self._target(target, call, frame)

    def _target(self, target: Value, call: ir.Call, frame: Frame) -> None:
        match target:
            case External():
                self._external(target.name, call, frame, self._given_to(call, frame))
            case Member():
                self._member(target, call, frame)
            case FunctionValue():
                self._enter(target, self._given_to(call, frame))
            case ClassValue():
                made = self.ev.make(target, self._given_to(call, frame), call, frame)
                init = self.ev.find_method(target.cls, "__init__")
                if init is not None:
                    self._enter(FunctionValue(init, self.ev.definition_frame(init), made), self._given_to(call, frame))
            case Instance() | Partial() | Result() | Sequence():
                self.enter_value(target, self._given_to(call, frame))
                if isinstance(target, Result):
                    self._library_draw(target, call, frame)
            case Super():
                pass
            case Unknown():
                self._unknown(target, call, frame)
            case _:
                pass

    def _given_to(self, call: ir.Call, frame: Frame) -> CallArgs:
        """The arguments of a call. What is computed data is not looked into."""
        args = self.ev.collect(call, frame)
        if self.assume_defaults:
            return args
        return CallArgs(
            [self._looked_into(argument) for argument in args.positional],
            {name: self._looked_into(argument) for name, argument in args.named.items()},
            args.open,
        )

    def _looked_into(self, argument: Argument) -> Argument:
        expr, frame = argument.expr, argument.frame
        if expr is None or frame is None or not self.idle.data(expr, frame):
            return argument
        return Argument(expr, frame, UNREADABLE)

    def _draw(
        self,
        call: ir.Call,
        frame: Frame,
        api: str,
        generator: Result | None = None,
        *,
        library: bool = False,
        other: bool = False,
    ) -> None:
        self._events += 1
        place = frame.module.locate(call.line)
        seeded = self.state.numpy if generator is None else self.state.generators.get(id(generator.call))
        attribute = (
            call.func.value.name if isinstance(call.func, ir.Attr) and isinstance(call.func.value, ir.Attr) else None
        )
        if generator is not None and seeded is None and attribute is not None:
            seeded = self.state.attributes.get(attribute)
        if self._once and seeded is not None and seeded.how is Seeding.CONSTANT:
            # The same choice in all workers, made once: what follows does not repeat it.
            return
        site = DrawSite(place, api, self._via, generator, attribute, seeded, library, other, self._evaluating)
        key = (place, None if generator is None else id(generator.call), None if seeded is None else seeded.how)
        self.draws.setdefault(key, site)
        self._yield.draws.setdefault(key, site)

    def _external(self, name: str, call: ir.Call | None, frame: Frame | None, args: CallArgs) -> None:
        if call is not None and frame is not None:
            if name in GLOBAL_DRAWS:
                if not (name == "numpy.random.choice" and self._one_to_choose(call, frame)):
                    self._draw(call, frame, name)
                return
            if name in SEEDS_GLOBAL:
                self.state.numpy = self._seeded(call, frame)
                return
            if name in SEEDS_EVERYTHING:
                self.state.numpy = self._seeded(call, frame)
                self.state.torch = self.state.numpy
                return
            if name in SEEDS_WITHIN:
                self.state.numpy = self._seeded_with_all(call, frame, args)
                return
            if name in LIBRARY_SEEDS:
                self.state.library = self._seeded(call, frame)
                return
            if name in TORCH_SEEDS:
                self.state.torch = self._seeded(call, frame)
                return
            if name in PYTHON_SEEDS:
                return
            if name in GOOD_WORKER_INITS or name in EPOCH_WORKER_INITS:
                how = Seeding.GOOD if name in GOOD_WORKER_INITS else Seeding.EPOCH
                self._events += 1
                self.state.numpy = Seeded(how, frame.module.place(call.line), frozenset())
                return
            this = frame.self_value
            if name.endswith((".__call__", ".forward")) and isinstance(this, Instance):
                # `super().__call__(...)`
                self._enter_hooks(this, args)
                return
            if name.startswith("torch.") and "generator" in args.named:
                self._drawn_with_torch(name, call, frame, args.named["generator"])
            keyword = GLOBAL_UNLESS_GIVEN.get(name)
            if keyword is not None and not self._given(args, keyword):
                self._draw(call, frame, name)
            if (
                name.startswith("scipy.stats.")
                and name.endswith(f".{STATS_DRAW}")
                and not self._given(args, "random_state")
            ):
                self._draw(call, frame, name)
        if only_takes_data(name):
            return
        if name.rpartition(".")[2] in CALL_WHAT_THEY_ARE_GIVEN:
            self._given_to_apply(args)
        # A function from outside may call what it is handed: map, sorted, numpy.vectorize, a progress bar.
        called_with = self._items_of(args.positional[1:]) if name in _CALLS_FOR_EACH else CallArgs()
        if name == "functools.reduce":
            so_far = Argument(None, None, UNREADABLE)
            called_with = CallArgs([so_far, *self._items_of(args.positional[1:2]).positional])
        for argument in [*args.positional, *args.named.values()]:
            for value in self.ev.within(self.ev.argument, argument):
                if isinstance(value, FunctionValue | Partial):
                    self.enter_value(value, called_with)
                elif isinstance(value, Instance) and name in {
                    "builtins.next",
                    "builtins.iter",
                    "builtins.list",
                    "builtins.tuple",
                }:
                    self.enter_iteration(value)

    def _one_to_choose(self, call: ir.Call, frame: Frame) -> bool:
        """Whether it is chosen among one and the same: `size = (size, size)` of a single size."""
        values = self.ev.within(self.ev.eval, call.args[0], frame) if call.args else ()
        return bool(values) and all(isinstance(value, Sequence) and _of_one_name(value) for value in values)

    def _items_of(self, arguments: list[Argument]) -> CallArgs:
        """What a function is called with for each item: `map(lambda t: t(image), self.transforms)`."""
        items = [self.ev.elements(self.ev.within(self.ev.argument, argument)) for argument in arguments]
        return CallArgs([Argument(None, None, values) for values in items])

    def _drawn_with_torch(self, name: str, call: ir.Call, frame: Frame, argument: Argument) -> None:
        for value in self.ev.argument(argument):
            while isinstance(value, Result) and isinstance(value.receiver, Result):
                # `torch.Generator().manual_seed(0)` is the generator.
                value = value.receiver
            if isinstance(value, Result) and value.name in OTHER_GENERATORS:
                self._draw(call, frame, name, value, other=True)

    def _given(self, args: CallArgs, keyword: str) -> bool:
        argument = args.named.get(keyword)
        if argument is None:
            return args.open
        values = self.ev.argument(argument)
        return not all(isinstance(value, Constant) and value.value is None for value in values)

    def _member(self, target: Member, call: ir.Call, frame: Frame) -> None:
        owner, name = target.owner, target.name
        if isinstance(owner, Result):
            if owner.name in GENERATORS:
                if name in GENERATOR_METHODS:
                    self._generator_draw(owner, name, call, frame)
                elif name == "seed":
                    self.state.generators[id(owner.call)] = self._seeded(call, frame)
                return
            if owner.name in OTHER_GENERATORS:
                if name in OTHER_GENERATOR_METHODS:
                    self._draw(call, frame, f"{owner.name}.{name}", owner, other=True)
                elif name in {"seed", "manual_seed"}:
                    self.state.generators[id(owner.call)] = self._seeded(call, frame)
                return
            if self._library_draw(owner, call, frame):
                return
            if (
                owner.name.startswith("scipy.stats.")
                and name == STATS_DRAW
                and not self._given(self._given_to(call, frame), "random_state")
            ):
                self._draw(call, frame, f"{owner.name}.{name}")
        full = name_of(target)
        if name == "sample" and _is_table_sample(call, full):
            self._draw(call, frame, "pandas.DataFrame.sample")
            return
        if isinstance(owner, Result) and full.startswith("torch.utils.data.get_worker_info.dataset"):
            return
        args = self._given_to(call, frame)
        for argument in [*args.positional, *args.named.values()]:
            for value in self.ev.argument(argument):
                if isinstance(value, FunctionValue | Partial):
                    self.enter_value(value, CallArgs())
        if isinstance(owner, Result) and name in {"transform", "apply", "__call__", "forward"}:
            self._external_object(owner)
        elif name in CALL_WHAT_THEY_ARE_GIVEN:
            self._given_to_apply(args)

    def _given_to_apply(self, args: CallArgs) -> None:
        """What a library calls of the lists that it is given: `apply_augmentations(self.augmentations, image)`."""
        for argument in [*args.positional, *args.named.values()]:
            for value in self.ev.within(self.ev.argument, argument):
                if isinstance(value, Sequence | Result):
                    self._external_object(value)

    def _generator_draw(self, owner: Result, name: str, call: ir.Call, frame: Frame) -> None:
        if "check_random_state" in owner.name:
            given = self.ev.collect(owner.call, owner.frame).positional
            values = self.ev.argument(given[0]) if given else ()
            if all(isinstance(value, Constant) and value.value is None for value in values):
                self._draw(call, frame, f"numpy.random.{name}")
                return
            for value in values:
                if isinstance(value, Result) and value.name in GENERATORS:
                    self._draw(call, frame, f"{value.name}.{name}", value)
                    return
        if self._once and owner.frame.worker and self._seeded(owner.call, owner.frame).how is Seeding.CONSTANT:
            # As in `_draw`: made there with a constant, and once.
            return
        self._draw(call, frame, f"{owner.name}.{name}", owner)

    def _library_draw(self, owner: Result, call: ir.Call, frame: Frame) -> bool:
        """A call of, or on, an object of a library that keeps a NumPy generator of its own."""
        if not owner.name.startswith(KEPT_LIBRARIES):
            return False
        tail = owner.name.rpartition(".")[2]
        if tail[:1].isupper() or tail == "to_deterministic":
            if not never_draws(self.ev, owner):
                self._draw(call, frame, owner.name, _made_once(owner), library=True)
            return True
        return False

    def _seeded(self, call: ir.Call, frame: Frame) -> Seeded:
        self._events += 1
        with self.ev.reserve(STEPS_FOR_A_SEED):
            sources = self.reader.call_seed(call, frame)
        if FROM_TORCH_STATE & sources and self.state.torch is not None:
            # `torch.initial_seed()` after `torch.manual_seed(...)` is what was just set.
            sources = (sources - FROM_TORCH_STATE) | self.state.torch.sources
        return Seeded(classify(sources), frame.module.place(call.line), sources, self._once)

    def _seeded_with_all(self, call: ir.Call, frame: Frame, args: CallArgs) -> Seeded:
        """A seed that is made of every argument: `numpy_seed(seed, epoch, index)`."""
        self._events += 1
        with self.ev.reserve(STEPS_FOR_A_SEED):
            each = [self.reader.argument(argument) for argument in (*args.positional, *args.named.values())]
        sources = frozenset[Source]().union(*each)
        return Seeded(classify(sources), frame.module.place(call.line), sources, self._once)

    def _external_object(self, value: Result | Sequence) -> None:
        """Calling an object from outside may call everything that it was made with: `Compose([...])`, `Lambda(f)`."""
        for inner in inside(self.ev, value):
            if isinstance(inner, FunctionValue | Partial | Instance):
                self.enter_value(inner, CallArgs())

    def _unknown(self, target: Unknown, call: ir.Call, frame: Frame) -> None:
        name = leaf_name(call.func)
        if name == "sample" and _is_table_sample(call):
            self._draw(call, frame, "pandas.DataFrame.sample")
            return
        if not name or not isinstance(call.func, ir.Attr):
            return
        if name in GENERATOR_METHODS and _looks_like_generator(call.func.value):
            self._events += 1
            note = f"{frame.module.place(call.line)} draws from a generator that cannot be read"
            self.open[note] = self._yield.open[note] = call.line
        for method in self._by_name(name):
            self._enter(
                FunctionValue(method, self.ev.definition_frame(method), self.ev.loose_instance(method.cls)),  # type: ignore[arg-type]
                self._given_to(call, frame),
            )

    def _by_name(self, name: str) -> list[FunctionInfo]:
        if name in _EVERYDAY or len(name) < 5 or name.startswith("__"):
            return []
        if len(self.ev.project.mentioning(name)) > 12:
            return []
        found = [
            function
            for module in self.ev.project.modules_mentioning(name)
            for function in module.functions
            if function.name == name and function.cls is not None
        ]
        return found if len(found) <= CALLED_BY_NAME else []


def _constants_of(looks: object) -> frozenset[object]:
    """The constants among the outline of a call's arguments."""
    out: set[object] = set()
    pending = [looks]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending.extend(part)
        elif isinstance(part, Constant):
            out.add(part)
    return frozenset(out)


def inside(ev: Evaluator, value: Value) -> list[Value]:
    """The repository's objects and functions among what an object from outside was made with, at any depth."""
    out: list[Value] = []
    seen: set[Value] = set()
    pending: list[Value] = [value]
    while pending and len(seen) < MOST_INSIDE:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        arguments: list[Argument] = []
        match current:
            case Result():
                if is_data(current.name):
                    continue
                if current.receiver is not None:
                    pending.append(current.receiver)
                args = ev.collect(current.call, current.frame)
                left_out = NOT_IN_WORKERS if current.name.startswith("fastai.") else frozenset[str]()
                named = (argument for name, argument in args.named.items() if name not in left_out)
                arguments = [*args.positional, *named]
            case Sequence():
                arguments = list(current.items)
            case Mapping():
                arguments = [argument for _, argument in current.items]
                # A framework's own composition makes what it is given as `dict(type="Crop")`.
                pending.extend(ev.registries.built(None, (current,)))
            case Member():
                pending.append(current.owner)
            case FunctionValue() | Instance() | Partial():
                out.append(current)
            case _:
                pass
        values = [item for argument in arguments for item in ev.argument(argument)]
        pending.extend(reversed(values))
    return out


def _weaker(a: SeedState, b: SeedState) -> SeedState:
    """What holds whichever of two branches ran: only what both seeded."""
    merged = SeedState()
    if a.numpy is not None and b.numpy is not None:
        merged.numpy = a.numpy if a.numpy.how is not Seeding.GOOD else b.numpy
    merged.library = a.library if a.library is not None and b.library is not None else None
    merged.torch = a.torch if a.torch is not None and b.torch is not None else None
    # A kept generator that one branch makes is the one the draw after it uses.
    merged.generators = {**b.generators, **a.generators}
    merged.attributes = {**b.attributes, **a.attributes}
    return merged


def _of_one_name(value: Sequence) -> bool:
    names = {item.expr.id if isinstance(item.expr, ir.Name) else None for item in value.items}
    return len(names) == 1 and None not in names and not value.open


def _compiled(function: FunctionInfo) -> bool:
    """numba draws from generators of its own."""
    if isinstance(function.node, ir.Lambda):
        return False
    for decorator in function.node.decorators:
        name = leaf_name(decorator)
        if name in {"njit", "jit", "vectorize", "guvectorize"}:
            return True
    return False


def _made_once(augmenter: Result) -> Result:
    """What `to_deterministic` was called on: that has the generator."""
    while augmenter.name.endswith(".to_deterministic") and isinstance(augmenter.receiver, Result):
        augmenter = augmenter.receiver
    return augmenter


def _is_table_sample(call: ir.Call, full: str = "") -> bool:
    """Whether `.sample(...)` draws rows of a table from the global state; by its keywords for an unknown owner."""
    names = {keyword.name for keyword in call.keywords}
    if "random_state" in names or None in names:
        return False
    return full.startswith("pandas.") or bool(names & {"frac", "n", "replace", "weights"})


def _looks_like_generator(expr: ir.Expr) -> bool:
    name = leaf_name(expr).lower()
    return "rng" in name or "random_state" in name or "generator" in name or name in {"rs", "prng", "rand_state"}


_EVERYDAY = frozenset(
    [
        "append",
        "extend",
        "items",
        "values",
        "update",
        "format",
        "split",
        "strip",
        "shape",
        "reshape",
        "transpose",
        "astype",
        "float",
        "numpy",
        "detach",
        "forward",
        "apply",
        "transform",
        "process",
        "sample",
        "encode",
        "decode",
        "collate",
        "batch",
        "build",
        "create",
        "reset",
        "close",
        "write",
        "train",
        "compute",
        "predict",
        "convert",
        "resize",
        "normalize",
        "rotate",
        "parse",
        "index",
        "count",
        "insert",
        "remove",
        "clear",
        "render",
        "start",
        "setup",
        "query",
        "fetch",
        "state",
        "dispatch",
        "get_data",
        "get_item",
        "load_data",
        "preprocess",
        "augment",
        "decode_image",
        "get_state",
        "set_state",
        "get_transform",
        "collate_fn",
    ]
)
