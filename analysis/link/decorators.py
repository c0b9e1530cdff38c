"""What the repository's own decorators make of a function: who calls it by its name runs that."""

from msgspec.structs import replace

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.calls import CONTEXT_MANAGER
from analysis.link.scopes import FunctionInfo, leaf_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Frame,
    FunctionValue,
    Instance,
    Partial,
    Value,
    Values,
    union,
)

_LEAVE_IT = frozenset({
    "property", "cached_property", "setter", "getter", "deleter", "staticmethod", "classmethod", "abstractmethod",
    "override", "overload", "wraps", "contextmanager", "cache", "lru_cache", "no_grad", "inference_mode",
})  # fmt: skip
"""Decorators from outside that change nothing of what a call runs, or are seen to where the function is called."""


class Decorators:
    """What stands around the functions of one project."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._ev = evaluator
        self._around: dict[tuple[FunctionInfo, Frame], tuple[Values, list[tuple[ir.Expr, Frame]]]] = {}

    def around(self, target: FunctionValue) -> tuple[Values, list[tuple[ir.Expr, Frame]]]:
        """What runs in place of the function, and the calls of context managers that it runs within.

        Nothing in its place where each decorator gives back what it is handed, or is not the repository's.
        """
        function = target.function
        node = function.node
        if isinstance(node, ir.Lambda) or all(leaf_name(each) in _LEAVE_IT for each in node.decorators):
            return (), []
        key = (function, target.frame)
        known = self._around.get(key)
        if known is None:
            self._around[key] = (), []
            known = self._around[key] = self._applied(target, node)
        return known

    def _applied(self, target: FunctionValue, node: ir.FunctionDef) -> tuple[Values, list[tuple[ir.Expr, Frame]]]:
        frame = target.frame
        bare = replace(target.function, node=replace(node, decorators=()), _scope=target.function.scope)
        plain = FunctionValue(bare, target.frame)
        current: Values = (plain,)
        managers: list[tuple[ir.Expr, Frame]] = []
        for decorator in reversed(node.decorators):
            if leaf_name(decorator) in _LEAVE_IT:
                continue
            if isinstance(decorator, ir.Call) and any(map(_manages, self._ev.eval(decorator.func, frame))):
                managers.append((decorator, frame))
                continue
            handed = CallArgs([Argument(None, None, current)])
            made = union((), *(self._made(value, handed, frame) for value in self._ev.eval(decorator, frame)))
            current = tuple(value for value in made if isinstance(value, FunctionValue | Instance | Partial)) or current
        return () if plain in current else current, managers

    def _made(self, decorator: Value, handed: CallArgs, frame: Frame) -> Values:
        match decorator:
            case FunctionValue() | ClassValue() | Instance() | Partial():
                return self._ev.call_value(decorator, handed, frame)
            case _:
                return ()


def _manages(value: Value) -> bool:
    return isinstance(value, FunctionValue) and CONTEXT_MANAGER in value.function.decorator_names()
