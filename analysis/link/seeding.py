"""What a seed is made of: the sources behind an expression."""

from collections.abc import Iterable, Iterator

import msgspec

from analysis.catalog.draws import BIT_GENERATORS, FRAMEWORK_COUNTERS, GENERATOR_METHODS
from analysis.facts import ir
from analysis.link.counted import RUN_IN_WORKERS, Counted
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.machine import NOT_PASSED, STEPS_FOR_A_SEED
from analysis.link.scopes import ClassInfo, FunctionInfo, Scope, names_in
from analysis.link.sources import Source, source_of_call
from analysis.link.told import never_told
from analysis.link.values import (
    STANDS_FOR,
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
    Unknown,
    Value,
    name_of,
)

WORKER_ID = External(f"{STANDS_FOR}worker_id")
INDEX = External(f"{STANDS_FOR}index")
COUNTER = External(f"{STANDS_FOR}counter")

_ADDS = frozenset({"+=", "-=", "*=", "^=", "|=", "append", "extend", "add", "update"})
"""Changes of a name that leave what it was in it."""
_CONSTANT: frozenset[Source] = frozenset({Source.CONSTANT})
_NOTHING: frozenset[Source] = frozenset({Source.NOTHING})
_FROM_TORCH = frozenset({Source.TORCH, Source.TORCH_STATE})
_DEEPEST = 32


class _Assigned(msgspec.Struct):
    """What a worker set an attribute to, after so many others, and what that depends on once it was asked for."""

    before: int
    value: ir.Expr
    frame: Frame
    sources: frozenset[Source] | None = None
    depth: int = 0


class SeedReader:
    """Follows an expression back to its sources, through names, attributes, arithmetic and calls."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._counted = Counted(evaluator)
        self._assigned: dict[tuple[int, str], list[_Assigned]] = {}
        """By class and name, what the worker set attributes to, first to last: what the parent gave them is gone."""
        self._assignments = 0
        """How many attributes the worker has set so far: as of the expression that is read."""
        self._made: dict[Result, frozenset[Source]] = {}
        """What generators were made of, as long as no worker sets another attribute."""
        self._answers: dict[tuple[ir.Expr, Frame], tuple[int, frozenset[Source]]] = {}
        """Within one question: what expressions depend on, with how deep in it that was asked."""
        self._partial: dict[tuple[ir.Expr, Frame, frozenset[FunctionInfo]], tuple[int, frozenset[Source]]] = {}
        """As `answers`, of those that leave out functions which are being followed, by all that are."""
        self._asking = False
        self._reading: set[FunctionInfo] = set()
        """The functions that are being followed."""
        self._cut = 0
        """How often a function was not followed because it was being followed."""
        self.fed: FunctionInfo | None = None
        """What a worker hands samples to: its first argument is them."""

    def assign(self, classes: Iterable[ClassInfo], name: str, value: ir.Expr, frame: Frame) -> None:
        """Has the worker set an attribute of objects of these classes.

        What that depends on is read when a seed asks for it: workers set many attributes, and few of them are seeds.
        """
        assigned = _Assigned(self._assignments, value, frame)
        self._assignments += 1
        for cls in classes:
            self._assigned.setdefault((id(cls), name), []).append(assigned)
        self._made.clear()

    def _set_in_worker(self, cls: ClassInfo, name: str, depth: int) -> frozenset[Source] | None:
        """What the worker set an attribute to last, as things stood when it did; None where it set none."""
        for assigned in reversed(self._assigned.get((id(cls), name), ())):
            if assigned.before < self._assignments:
                return self._of_assigned(assigned, depth)
        return None

    def _of_assigned(self, assigned: "_Assigned", depth: int) -> frozenset[Source]:
        if assigned.sources is not None and assigned.depth <= depth:
            return assigned.sources
        outside = self._answers, self._partial, self._reading, self._cut, self._assignments
        self._answers, self._partial, self._reading, self._assignments = {}, {}, set(), assigned.before
        try:
            assigned.sources, assigned.depth = self.sources(assigned.value, assigned.frame, depth), depth
        finally:
            self._answers, self._partial, self._reading, self._cut, self._assignments = outside
        return assigned.sources

    def made_of(self, generator: Result) -> frozenset[Source]:
        """The sources of the seed that a generator was made with, which each of its draws asks for."""
        known = self._made.get(generator)
        if known is None:
            with self.ev.reserve(STEPS_FOR_A_SEED):
                known = self._made[generator] = self.call_seed(generator.call, generator.frame)
        return known

    def call_seed(self, call: ir.Call, frame: Frame) -> frozenset[Source]:
        """The sources of the first argument of a seeding call; without one it is new entropy."""
        if isinstance(call.func, ir.Attr) and call.func.name == "spawn":
            counts = (self.argument(each) for each in self.ev.collect(call, frame).positional)
            return self._spawned(call.func.value, frame).union(*counts)
        args = self.ev.collect(call, frame)
        argument = (
            args.positional[0]
            if args.positional
            else next((args.named[name] for name in ("seed", "x", "entropy") if name in args.named), None)
        )
        if argument is None:
            return frozenset({Source.ENTROPY})
        sources = self.argument(argument)
        # To seed with None asks the system; within arithmetic None is nobody's seed.
        return sources - _NOTHING | {Source.ENTROPY} if sources & _NOTHING else sources

    def _spawned(self, parent: ir.Expr, frame: Frame) -> frozenset[Source]:
        """`default_rng(seed).spawn(2)`: what it is spawned from, unless that is a copy of what there was before."""
        made = [
            value for value in self.ev.eval(parent, frame) if isinstance(value, Result) and value.name in _GENERATORS
        ]
        groups = [self.call_seed(each.call, each.frame) for each in made if each.frame is frame or each.frame.worker]
        return frozenset[Source]().union(*groups) or _CONSTANT

    def argument(self, argument: Argument, depth: int = 0) -> frozenset[Source]:
        if argument.expr is not None and argument.frame is not None:
            return self.sources(argument.expr, argument.frame, depth)
        return self._of_values(argument.values, depth)

    def sources(self, expr: ir.Expr, frame: Frame, depth: int = 0) -> frozenset[Source]:
        """What the expression's value depends on."""
        if depth > _DEEPEST:
            return _CONSTANT
        known = self._answers.get((expr, frame))
        if known is None and self._partial:
            known = self._partial.get((expr, frame, frozenset(self._reading)))
        if known is not None and known[0] <= depth:
            return known[1]
        outermost, self._asking = not self._asking, True
        cut = self._cut
        try:
            found = self._sources(expr, frame, depth + 1)
        finally:
            self._asking = not outermost
        if outermost:
            # What is set in a worker, as its walk goes on, is part of the next answer.
            self._answers.clear()
            self._partial.clear()
        elif self._cut == cut:
            self._answers[expr, frame] = (depth, found)
        else:
            # What leaves out a function that is being followed is no answer elsewhere.
            self._partial[expr, frame, frozenset(self._reading)] = (depth, found)
        return found

    def _sources(self, expr: ir.Expr, frame: Frame, deeper: int) -> frozenset[Source]:
        match expr:
            case ir.Const():
                return _NOTHING if expr.value is None and expr.known else _CONSTANT
            case ir.BinOp():
                return self._binary(expr, frame, deeper)
            case ir.Name():
                return self._name(expr, frame, deeper)
            case ir.Attr():
                return self._attribute(expr, frame, deeper)
            case ir.Call():
                return self._call(expr, frame, deeper)
            case ir.Sub():
                return self._subscripted(expr, frame, deeper)
            case ir.Cond():
                decided = self.ev.truth(expr.test, frame)
                if decided is not None:
                    return self.sources(expr.then if decided else expr.other, frame, deeper)
                return self.sources(expr.then, frame, deeper) | self.sources(expr.other, frame, deeper)
            case ir.UnaryOp():
                return self.sources(expr.value, frame, deeper)
            case ir.Seq():
                joined = self._joined([self._inner(item, frame, deeper) for item in expr.items])
                # Side by side, numbers are no sum that other numbers have as well.
                return joined | {Source.SCALED} if len(expr.items) > 1 and Source.COUNTER in joined else joined
            case ir.BoolOp():
                return self._joined([self._inner(item, frame, deeper) for item in expr.items])
            case ir.Text():
                return self._joined([self._inner(part, frame, deeper) for part in expr.parts])
            case ir.Walrus() | ir.Star():
                return self.sources(expr.value, frame, deeper)
            case ir.Comp():
                return self._inner(expr.element, frame, deeper)
            case _:
                return _CONSTANT

    def _subscripted(self, expr: ir.Sub, frame: Frame, depth: int) -> frozenset[Source]:
        item = self._item(expr, frame, depth)
        if item is None:
            item = self.sources(expr.value, frame, depth) | self._inner(expr.index, frame, depth)
        if isinstance(expr.value, ir.Name) and isinstance(expr.index, ir.Const) and frame.worker:
            key = expr.index.value
            if self._counted.name(expr.value.id, frame, key):
                return item | _moved_on(key if isinstance(key, str) else expr.value.id)
        return item

    def _item(self, expr: ir.Sub, frame: Frame, depth: int) -> frozenset[Source] | None:
        """What a dict's value under a known key depends on: `sample["name"]` of a sample put together before."""
        if not isinstance(expr.index, ir.Const) or not isinstance(expr.index.value, str):
            return None
        groups = [
            self.argument(argument, depth)
            for value in self.ev.eval(expr.value, frame)
            if isinstance(value, Mapping)
            for key, argument in value.items
            if key == expr.index.value
        ]
        if not groups:
            return None
        # One of many dicts that the parent made: which one, the sample says.
        return self._joined(groups) | (self.sources(expr.value, frame, depth) & {Source.INDEX})

    def _inner(self, expr: ir.Expr, frame: Frame, depth: int) -> frozenset[Source]:
        """An operand: a None inside a larger expression is no entropy."""
        if isinstance(expr, ir.Const):
            return _CONSTANT
        return (self.sources(expr, frame, depth) - _NOTHING) or _CONSTANT

    @staticmethod
    def _joined(groups: list[frozenset[Source]]) -> frozenset[Source]:
        return frozenset().union(*groups) or _CONSTANT

    def _binary(self, expr: ir.BinOp, frame: Frame, depth: int) -> frozenset[Source]:
        left = self._inner(expr.left, frame, depth)
        if expr.op == "%":
            whole = not (isinstance(expr.right, ir.Const) and expr.right.value in (1, 1.0))
            # What `t % 1` leaves of the clock is its fraction of a second.
            return left if whole or Source.TIME not in left else left - {Source.TIME} | {Source.ENTROPY}
        if expr.op in {"//", ">>", "/"} and left & _FROM_TORCH and self._is_high(expr):
            return (left - _FROM_TORCH) | {Source.TORCH_HIGH}
        right = self._inner(expr.right, frame, depth)
        if expr.op == "*" and Source.TIME in left | right and isinstance(expr.right, ir.Const | ir.BinOp):
            # Scaled up, the clock's fraction of a second counts.
            return (left | right) - {Source.TIME} | {Source.ENTROPY}
        if expr.op == "*" and Source.COUNTER in left | right:
            return left | right | {Source.SCALED}
        return left | right

    def _is_high(self, expr: ir.BinOp) -> bool:
        if expr.op == ">>":
            return isinstance(expr.right, ir.Const) and isinstance(expr.right.value, int) and expr.right.value >= 32
        match expr.right:
            case ir.BinOp(op="**", right=ir.Const(value=int(power))):
                return power >= 32
            case ir.Const(value=int(number)) | ir.Const(value=float(number)):
                return number >= 2**32 - 1
            case _:
                return False

    def _name(self, expr: ir.Name, frame: Frame, depth: int) -> frozenset[Source]:
        definitions = self.ev.definitions(expr.id, frame, expr.line)
        if frame.worker and self._counted.name(expr.id, frame):
            return _moved_on(expr.id)
        if definitions is None:
            return self._of_values(self.ev.lookup(expr.id, frame, expr.line), depth)
        if self._is_fed(frame) and self._is_first(expr.id, frame):
            return frozenset({Source.INDEX})
        if not frame.worker or self._outer(expr.id, frame):
            counted = self.ev.loop_variable(expr.id, frame)
            if counted:
                return frozenset({Source.COUNTER})
        if frame.worker and self._is_unseen(definitions, frame):
            return frozenset({Source.INDEX})
        if (default := self._defaults_to(expr.id, frame)) is not None:
            return self.argument(default, depth)
        groups = [self.argument(argument, depth) for argument in definitions]
        return self._joined([*groups, *self._added(expr.id, frame, depth)])

    def _added(self, name: str, frame: Frame, depth: int) -> Iterator[frozenset[Source]]:
        """What a name was given beside what it was bound to: `total += ord(letter)`, `numbers.append(index)`."""
        scope = frame.module.scope if frame.function is None else frame.function.scope
        for change in scope.changes.get(name, ()) if frame.worker else ():
            if change.how in _ADDS:
                yield from (self._inner(value, frame, depth) for value in change.values)

    @staticmethod
    def _is_unseen(definitions: Iterable[Argument], frame: Frame) -> bool:
        """Whether a name is what a method is handed for each sample, by a caller that was not found: a constant it is
        not known to be. What a constructor is handed is one."""
        values = [value for argument in definitions if argument.expr is None for value in argument.values]
        method = frame.self_value is not None and frame.function is not None and frame.function.name != "__init__"
        return method and bool(values) and all(isinstance(one, Unknown) and one.reason == NOT_PASSED for one in values)

    def _is_fed(self, frame: Frame) -> bool:
        """Whether a function is handed samples: by the worker, or as a transform that a library's chain calls."""
        function = frame.function
        if function is None:
            return False
        return function is self.fed or (frame.worker and function.name == "__call__" and frame.self_value is not None)

    def _defaults_to(self, name: str, frame: Frame) -> Argument | None:
        """What the parent makes, at `lambda worker, epoch=epoch: ...`, for a parameter that nothing fills."""
        function = frame.function
        if function is None or not frame.bound or name in frame.args or name in function.scope.bindings:
            return None
        defaults = [param.default for param in function.params if param.name == name]
        if not defaults or defaults[0] is None or isinstance(defaults[0], ir.Const):
            return None
        return Argument(defaults[0], frame.parent or self.ev.definition_frame(function))

    @staticmethod
    def _is_first(name: str, frame: Frame) -> bool:
        """Whether a name is the first parameter that nothing in the repository fills."""
        assert frame.function is not None
        params = frame.function.params[1:] if frame.self_value is not None else frame.function.params
        open_ = [param.name for param in params if param.name not in frame.args]
        return bool(open_) and open_[0] == name and name not in frame.function.scope.bindings

    @staticmethod
    def _outer(name: str, frame: Frame) -> bool:
        """Whether a name in a worker's function belongs to a function around it, which runs in the parent."""
        function = frame.function
        if function is None:
            return False
        return name not in function.scope.bindings and all(param.name != name for param in function.params)

    def _attribute(self, expr: ir.Attr, frame: Frame, depth: int) -> frozenset[Source]:
        out: set[Source] = set()
        values = self.ev.eval(expr.value, frame)
        for value in values:
            if isinstance(value, Instance):
                out |= self._instance_attribute(value, expr.name, depth)
            elif isinstance(value, Result) and value.name == "torch.utils.data.get_worker_info":
                out |= _WORKER_INFO.get(expr.name, _CONSTANT)
            elif self._counted.attribute(value, expr.name):
                out |= _moved_on(expr.name)
            else:
                out |= self._of_values(self.ev.attribute(value, expr.name), depth)
        objects = any(isinstance(value, Instance) for value in values)
        if (out <= _CONSTANT or not objects) and Source.INDEX in self.sources(expr.value, frame, depth):
            # `path.name` of the sample's path, however the parent made all the paths.
            return frozenset({Source.INDEX})
        return frozenset(out) or _CONSTANT

    def _instance_attribute(self, instance: Instance, name: str, depth: int) -> frozenset[Source]:
        assigned = self._set_in_worker(instance.cls, name, depth)
        if assigned is not None:
            return assigned
        out: set[Source] = set()
        advanced = told = False
        for cls in self.ev.mro(instance.cls):
            for function, assign in self.ev.assignments(cls, name):
                node = assign.binding.node
                if function.name not in {"__init__", "__setstate__"} and function.name not in RUN_IN_WORKERS:
                    advanced = advanced or not never_told(self.ev.project, function)
                    told = told or (isinstance(node, ir.Name) and node.id in function.param_names)
                    continue
                if isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo) or assign.binding.path:
                    continue
                if function.name in RUN_IN_WORKERS and (assign.op is not None or name in names_in(node)):
                    out.add(Source.PASSES)
                around = self.ev.method_frame(instance, function)
                if around is not None:
                    out |= self.sources(node, around, depth)
        counted = name in FRAMEWORK_COUNTERS and bool(self.ev.external_bases(instance.cls))
        outside = self._counted.attribute(instance, name)
        if (advanced or counted or outside) and not _seeds_itself(name):
            out |= _moved_on(name)
            if told or outside:
                # Of the parent's object: the worker has a copy.
                out.add(Source.COPIED)
        if not out:
            out |= self._of_values(self.ev.instance_attribute(instance, name), depth)
        return frozenset(out)

    def _call(self, expr: ir.Call, frame: Frame, depth: int) -> frozenset[Source]:
        out: set[Source] = set()
        for target in self.ev.eval(expr.func, frame):
            out |= self._of_call(target, expr, frame, depth)
        return frozenset(out) or _CONSTANT

    def _of_call(self, target: Value, expr: ir.Call, frame: Frame, depth: int) -> frozenset[Source]:
        match target:
            case External():
                known = source_of_call(target.name)
                if known is None and _takes_entropy(target.name, expr):
                    known = Source.ENTROPY
                if known is not None:
                    return frozenset({known if frame.worker else self._once_or_each_epoch(expr, frame)})
                return self._arguments(expr, frame, depth)
            case Member():
                if isinstance(target.owner, Result):
                    owner = target.owner
                    if owner.name in _GENERATORS and target.name in GENERATOR_METHODS:
                        seeded = SeedReader.call_seed(self, owner.call, owner.frame)
                        # Each worker gets a copy of a generator made before, and the first draws of all copies agree.
                        return seeded if owner.frame.worker else _CONSTANT
                    inner = self._of_values((owner,), depth)
                    return inner | (self._arguments(expr, frame, depth) - _CONSTANT)
                return self._arguments(expr, frame, depth)
            case FunctionValue():
                args = self.ev.collect(expr, frame)
                around = self.ev.bind(
                    target.function, args, target.frame, target.receiver, worker=frame.worker, depth=frame.depth + 1
                )
                if around.depth > _DEEPEST:
                    return _CONSTANT
                if target.function in self._reading:
                    # What a function's call of itself, or of what it gave before, adds are its arguments: the rest the
                    # first call has said; and trees of calls have no end.
                    self._cut += 1
                    return self._arguments(expr, frame, depth)
                self._reading.add(target.function)
                groups = [
                    self.sources(node.value, around, depth)
                    for node in self.ev.live_returns(target.function, around)
                    if node.value is not None
                ]
                self._reading.discard(target.function)
                return self._joined(groups)
            case Unknown():
                return self._arguments(expr, frame, depth)
            case ClassValue() | Instance() | Partial():
                return self._arguments(expr, frame, depth)
            case _:
                return _CONSTANT

    def _once_or_each_epoch(self, expr: ir.Call, frame: Frame) -> Source:
        """What the parent draws or reads off a clock is one number for all workers: once, or anew in each pass."""
        function = frame.function
        if _in_loop(expr.line, function.scope if function is not None else frame.module.scope):
            return Source.COUNTER
        callers = self.ev.callers(function) if function is not None else []
        again = any(_in_loop(c.line, f.module.scope if f.function is None else f.function.scope) for c, f in callers)
        return Source.COUNTER if again else Source.CONSTANT

    def _arguments(self, expr: ir.Call, frame: Frame, depth: int) -> frozenset[Source]:
        groups = [self._inner(arg, frame, depth) for arg in expr.args]
        groups += [self._inner(keyword.value, frame, depth) for keyword in expr.keywords]
        if isinstance(expr.func, ir.Attr):
            groups.append(self._inner(expr.func.value, frame, depth))
        return self._joined(groups)

    def _of_values(self, values: tuple[Value, ...], depth: int) -> frozenset[Source]:
        out: set[Source] = set()
        for value in values:
            match value:
                case External():
                    if value == WORKER_ID:
                        out.add(Source.WORKER_ID)
                    elif value == INDEX:
                        out.add(Source.INDEX)
                    elif value == COUNTER:
                        out.add(Source.COUNTER)
                    else:
                        out.add(Source.CONSTANT)
                case Constant():
                    out.add(Source.NOTHING if value.value is None else Source.CONSTANT)
                case Result():
                    known = source_of_call(value.name)
                    if known is None and _takes_entropy(value.name, value.call):
                        known = Source.ENTROPY
                    if known is not None:
                        out.add(known if value.frame.worker else self._once_or_each_epoch(value.call, value.frame))
                    else:
                        out |= self._arguments(value.call, value.frame, depth + 1) if depth < _DEEPEST else _CONSTANT
                case Member():
                    name = name_of(value)
                    if name.startswith("torch.utils.data.get_worker_info."):
                        out |= _WORKER_INFO.get(value.name, _CONSTANT)
                    else:
                        out |= self._of_values((value.owner,), depth + 1) if depth < _DEEPEST else _CONSTANT
                case Unknown(name=name) if name.rpartition(".")[2] in FRAMEWORK_COUNTERS:
                    out.add(Source.COUNTER)
                case Sequence() if depth < _DEEPEST:
                    # `hash((seed, *more))`: what any of them says.
                    for item in value.items:
                        out |= self.argument(item, depth + 1)
                case _:
                    out.add(Source.CONSTANT)
        return frozenset(out) or _CONSTANT


_WORKER_INFO: dict[str, frozenset[Source]] = {
    "seed": frozenset({Source.TORCH}),
    "id": frozenset({Source.WORKER_ID}),
}

_GENERATORS = frozenset({"numpy.random.RandomState", "numpy.random.default_rng", "numpy.random.Generator"})


def _takes_entropy(name: str, call: ir.Call) -> bool:
    """`SeedSequence()` and `PCG64()` ask the system when they are given nothing."""
    return (name == "numpy.random.SeedSequence" or name in BIT_GENERATORS) and not call.args and not call.keywords


def _in_loop(line: int, scope: Scope) -> bool:
    return any(loop.body.start <= line <= loop.body.end for loop in scope.loops)


def _moved_on(name: str) -> frozenset[Source]:
    # A step counter moves on by an epoch's batches, past the ids of the workers.
    return frozenset({Source.COUNTER}) if "epoch" in name.lower() else frozenset({Source.COUNTER, Source.SCALED})


def _seeds_itself(name: str) -> bool:
    # An attribute that holds generators or seeds is set up again, not counted up.
    return "rng" in name or name.endswith("seed") or "generator" in name


def call_with(values: "list[tuple[Value, ...]]") -> CallArgs:
    """Arguments made of values, for calls that frameworks make."""
    return CallArgs([Argument(None, None, value) for value in values])
