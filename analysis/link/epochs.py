"""Which lines run anew in each epoch: in a loop over epochs, or in a function that one leads to."""

from collections.abc import Iterator

import msgspec

from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.moving import has_epoch_loops, in_epoch_loop
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, descendants
from analysis.link.values import Frame

_MOST_STEPS = 3
"""Calls from a loop over epochs down to what each epoch runs."""
_KEPT = frozenset({"cache", "cached_property", "lru_cache"})


class EachEpoch(msgspec.Struct, frozen=True, eq=False):
    """Where a loop over epochs runs a line, or calls what leads to it: that line, and the scope it stands in."""

    line: int
    owner: FunctionInfo | ClassInfo | None
    module: Module
    scope: Scope
    frame: Frame


class Epochs:
    """Finds the loops over epochs that lead to a line."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._leading: dict[tuple[FunctionInfo, int], list[EachEpoch]] = {}

    def around(
        self, line: int, owner: FunctionInfo | ClassInfo | None, module: Module, steps: int = _MOST_STEPS
    ) -> list[EachEpoch]:
        """Every place where a loop over epochs runs the line; none for what is done once and kept.

        A function that has such loops itself is no part of one epoch, whatever leads to it.
        """
        scope = owner.scope if owner is not None else module.scope
        if in_epoch_loop(line, scope):
            return [EachEpoch(line, owner, module, scope, self.ev.owner_frame(owner, module))]
        if not isinstance(owner, FunctionInfo) or not steps or has_epoch_loops(scope) or _once(line, owner):
            return []
        return list(self._leading_to(owner, steps - 1))

    def _leading_to(self, function: FunctionInfo, steps: int) -> list[EachEpoch]:
        key = (function, steps)
        if key not in self._leading:
            self._leading[key] = []
            self._leading[key] = list(self._find(function, steps))
        return self._leading[key]

    def _find(self, function: FunctionInfo, steps: int) -> Iterator[EachEpoch]:
        for call, frame in self.ev.callers(function):
            yield from self.around(call.line, frame.function, frame.module, steps)


def _once(line: int, function: FunctionInfo) -> bool:
    """Whether a function does something at its first call and keeps it: `if self.loader is None: self.loader = ...`."""
    if isinstance(function.node, ir.Lambda):
        return False
    if not _KEPT.isdisjoint(function.decorator_names()):
        return True
    kept = {assign.name for assign in function.scope.attributes} | function.scope.outer
    return any(kept & _asked_for(test) for test, _ in tests_around(function.node.body, line))


def _asked_for(test: ir.Expr) -> set[str]:
    """What a test names: `self.loader is None`, `not hasattr(self, "loader")`, `loader is None` of a global."""
    found = set[str]()
    for part in descendants(test):
        match part:
            case ir.Name(id=name) | ir.Attr(name=name) | ir.Const(value=str() as name):
                found.add(name)
            case _:
                pass
    return found
