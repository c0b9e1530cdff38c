"""What is given to a dataset from outside once it is made: its transforms, and speechbrain's dynamic items."""

from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo, FunctionInfo, Scope, leaf_name
from analysis.link.values import Frame, Result, Value

_TRANSFORMS = frozenset({"transform", "transforms", "target_transform"})
_ADDS_ITEM = "add_dynamic_item"


def given_later(ev: Evaluator, dataset: Result) -> Iterator[Value]:
    """The transforms and functions that its own file hands to a dataset."""
    module = dataset.frame.module
    for word, found in (("transform", _transforms), (_ADDS_ITEM, _items)):
        for scope, owner in module.bodies_mentioning(word):
            frame = ev.owner_frame(owner, module)
            for holder, node in found(scope):
                if _is_held(ev, holder, dataset, frame):
                    yield from ev.eval(node, frame)


def _is_held(ev: Evaluator, holder: ir.Expr, dataset: Result, frame: Frame) -> bool:
    """Whether an expression is the dataset, or a list with it."""
    values = ev.eval(holder, frame)
    if isinstance(holder, ir.Seq):
        values = ev.elements(values)
    return any(isinstance(value, Result) and value.call is dataset.call for value in values)


def _transforms(scope: Scope) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    for assign in scope.attributes:
        node = assign.binding.node
        if assign.name in _TRANSFORMS and not isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo):
            yield assign.target, node
    for call in scope.calls:
        if isinstance(call.func, ir.Attr) and call.func.name == "set_transform" and call.args:
            yield call.func.value, call.args[0]


def _items(scope: Scope) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    """`data.add_dynamic_item(function, ...)`, and the function of that name that takes datasets first."""
    for call in scope.calls:
        if leaf_name(call.func) == _ADDS_ITEM and call.args:
            if isinstance(call.func, ir.Attr):
                yield call.func.value, call.args[0]
            if len(call.args) > 1:
                yield call.args[0], call.args[1]
