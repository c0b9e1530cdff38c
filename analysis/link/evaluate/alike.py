"""Objects that are made of the same: a walk follows the first of them for all.

A program of pipelines makes the same object in dozens of activations, and what one runs all of them run.
"""

from collections.abc import Hashable

from analysis.link.evaluate.machine import Machine
from analysis.link.values import Argument, CallArgs, Constant, Instance, Mapping, Sequence, Value, Values

_DEEPEST = 5
"""Containers within containers; what is deeper is told apart by where it stands."""
_MOST_PARTS = 60
"""Arguments and elements that are looked at for one object: data is endless."""


class Alike:
    """The first of the objects that are made of the same, for each."""

    def __init__(self, evaluator: Machine) -> None:
        self._ev = evaluator
        self._first: dict[Hashable, Instance] = {}
        self._known: dict[Instance, Instance] = {}
        self._parts = 0

    def forget(self) -> None:
        """Let go of the objects."""
        self._first.clear()
        self._known.clear()

    def first(self, instance: Instance) -> Instance:
        """The object itself where none like it was seen before, or where not all can be read that it is made of."""
        known = self._known.get(instance)
        if known is None:
            # While its own arguments are looked at it is itself.
            self._known[instance] = instance
            if instance.args is not None:
                outside, self._parts = self._parts, 0
                looks = self._ev.briefly(self._made_of, instance, instance.args)
                self._parts = outside
                if looks is not None:
                    self._known[instance] = self._first.setdefault(looks, instance)
            known = self._known[instance]
        return known

    def _made_of(self, instance: Instance, args: CallArgs) -> Hashable:
        """Equal for two that are made of the same; None where the work for it does not do."""
        named = tuple((name, self._part(args.named[name], 0)) for name in sorted(args.named))
        positional = tuple(self._part(argument, 0) for argument in args.positional)
        given = tuple(
            (name, tuple([self._look(each, 0) for each in values])) for name, values in instance.given.items()
        )
        if self._parts > _MOST_PARTS or self._ev.steps > self._ev.limit:
            return None
        return instance.cls, instance.class_frame, instance.site, instance.worker, given, args.open, positional, named

    def _part(self, argument: Argument, depth: int) -> Hashable:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            return None
        return self._looks(self._ev.argument(argument), depth)

    def _looks(self, values: Values, depth: int) -> Hashable:
        return tuple([self._look(value, depth) for value in values])

    def _look(self, value: Value, depth: int) -> Hashable:
        match value:
            case Constant():
                return type(value.value), value
            case Instance():
                return self.first(value)
            case Sequence() if depth < _DEEPEST:
                return "sequence", value.open, value.names, tuple([self._part(item, depth + 1) for item in value.items])
            case Mapping() if depth < _DEEPEST:
                return "mapping", value.open, tuple([(key, self._part(item, depth + 1)) for key, item in value.items])
            case _:
                return value
