"""The walk of a worker: from what a loader calls, through every call it leads to, to the draws and the reseeding.

Statements are followed in order, branches that are decided against are left out, and the state of seeding is carried
along, so that a draw knows whether its generator was seeded before it in the same sample.
"""

from msgspec.structs import replace

from analysis.catalog.hooks import hooks_of
from analysis.facts import ir
from analysis.link.evaluate.machine import MOST_STEPS
from analysis.link.reach.expressions import MOST_CALLS
from analysis.link.reach.inside import composed, inside
from analysis.link.reach.sites import Held, Situation, Yield, class_id
from analysis.link.reach.statements import Statements
from analysis.link.scopes import FunctionInfo, leaf_name
from analysis.link.values import (
    Argument,
    CallArgs,
    Constant,
    External,
    FunctionValue,
    Instance,
    Member,
    Partial,
    Result,
    Sequence,
    Value,
    merge_args,
)

DEEPEST_CALL = 24

MOST_VISITS = 6
"""Visits of one function on objects of one class in one walk: enough for its callers, few enough for recursive code."""

_KEEPING = frozenset({"cache", "cached_property", "lru_cache"})
"""Decorators under which a function runs once for the same arguments, and what it gives is kept."""


class Walk(Statements):
    """One walk; `draws` and `state` are its yield, `open` the calls that could not be followed.

    `unread_dataset`: an item is taken from another dataset, which could not be read.
    """

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
        """Walk what a base outside the repository calls on an object, or of its parts, when that is called."""
        for name in hooks_of(self.ev.external_bases(instance.cls)):
            method = self.ev.find_method(instance.cls, name)
            if method is not None:
                self._enter(FunctionValue(method, self.ev.definition_frame(method), instance), args)
        for part in composed(self.ev, instance):
            for inner in inside(self.ev, part):
                self.enter_value(inner, CallArgs())

    def enter_method(self, instance: Instance, name: str, args: CallArgs) -> bool:
        """Walk a method of an object; False when it has none of the name."""
        method = self.ev.find_method(instance.cls, name)
        if method is None:
            return False
        own = method.cls is not None and method.cls.node is instance.cls.node
        around = instance.class_frame if own else self.ev.definition_frame(method)
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
        if isinstance(target.receiver, Instance):
            first = self.ev.alike.first(target.receiver)
            if first is not target.receiver:
                target = FunctionValue(function, target.frame, first)
        key = (id(function), id(target.receiver))
        looks = self.ev.within(self.ev.outline, args)
        within = self._active.get(key)
        if within is not None and (self._inside_itself or _constants_of(within) <= _constants_of(looks)):
            # It would go the way that it goes already.
            self._back.add(key)
            return
        outline = (function, target.receiver, target.frame, self.assume_defaults, *looks)
        if outline in self.ev.barren:
            return
        holds = self._holds if self.state.under else None
        situation = (outline, self.state.mark(), self._evaluating, self._once, holds)
        if self._was_entered(situation):
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
        outside_back, self._back = self._back, set()
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
        back = self._back - {key} if within is None else self._back
        cut = before[1] != self._cut
        whole = not (cut or back or (self._inside_itself and self._back))
        self._back = outside_back | back
        if within is None:
            for waiting in self._waiting.pop(key, ()):
                self._held.pop(waiting, None)
        nothing = before[0] == self._events
        if nothing and whole:
            # Nothing is drawn or seeded in there: no walk need go in again.
            self.ev.barren.add(outline)
        elif nothing or (self.state.mark() == situation[1] and self.ev.steps <= MOST_STEPS):
            # What was drawn in there is drawn again wherever the same is entered, and nothing else is changed.
            inner.depth = len(via)
            if whole:
                self.ev.walked[situation] = inner
            else:
                self._hold(situation, Held(None if nothing else inner, frozenset(back), self._depth if cut else None))

    def _was_entered(self, situation: Situation) -> bool:
        """Whether the same was entered before: what it drew is drawn once more."""
        known = self.ev.walked.get(situation)
        if known is not None:
            self._repeat(known)
            return True
        held = self._held.get((situation, self._inside_itself > 0))
        if held is None or not held.back <= self._active.keys():
            return False
        if held.cut_at is not None:
            if held.cut_at > self._depth:
                return False
            self._cut += 1
        self._back |= held.back
        if held.inner is not None:
            self._repeat(held.inner)
        return True

    def _hold(self, situation: Situation, held: Held) -> None:
        """Keep what came of a function as long as what it leads back to is open, which adds what it finds itself."""
        key = (situation, self._inside_itself > 0)
        self._held[key] = held
        for still_open in held.back:
            self._waiting.setdefault(still_open, []).append(key)

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


def _compiled(function: FunctionInfo) -> bool:
    """numba draws from generators of its own."""
    if isinstance(function.node, ir.Lambda):
        return False
    for decorator in function.node.decorators:
        name = leaf_name(decorator)
        if name in {"njit", "jit", "vectorize", "guvectorize"} and not _numpys(decorator):
            return True
    return False


def _numpys(decorator: ir.Expr) -> bool:
    """Whether a decorator is NumPy's own: `np.vectorize` compiles nothing."""
    called = decorator.func if isinstance(decorator, ir.Call) else decorator
    return isinstance(called, ir.Attr) and leaf_name(called.value) in {"np", "numpy"}
