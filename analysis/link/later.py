"""What is given to a dataset from outside once it is made: its transforms, and speechbrain's dynamic items."""

from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Owner, Scope, leaf_name
from analysis.link.values import Frame, Member, Result, Value

_TRANSFORMS = frozenset({"transform", "transforms", "target_transform"})
_ADDS_ITEM = "add_dynamic_item"


def given_later(ev: Evaluator, dataset: Result | Member) -> Iterator[Value]:
    """The transforms and functions that its own file hands to a dataset, or to a part of one: `data["train"]`."""
    made: Value = dataset
    while isinstance(made, Member):
        made = made.owner
    if not isinstance(made, Result):
        return
    for word, found in (("transform", _transforms), (_ADDS_ITEM, _items)):
        for scope, owner in _mentioning(made.frame.module, word):
            frame = ev.owner_frame(owner, made.frame.module)
            for holder, node in found(scope):
                if _is_held(ev, holder, dataset, frame):
                    yield from ev.eval(node, frame)


def _mentioning(module: Module, word: str) -> Iterator[tuple[Scope, Owner]]:
    """The bodies with a word that has this in it: `set_transform`."""
    return module.bodies(lambda function: function.hints(word))


def _is_held(ev: Evaluator, holder: ir.Expr, dataset: Result | Member, frame: Frame) -> bool:
    """Whether an expression is the dataset, or a list with it."""
    values = ev.eval(holder, frame)
    if isinstance(holder, ir.Seq):
        values = ev.elements(values)
    return any(_is_same(value, dataset) for value in values)


def _is_same(value: Value, dataset: Value) -> bool:
    match value, dataset:
        case Member(), Member():
            return value.name == dataset.name and _is_same(value.owner, dataset.owner)
        case Result(), Result():
            return value.call is dataset.call
        case _:
            return False


def _transforms(scope: Scope) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    for assign in scope.attributes:
        node = assign.binding.node
        if assign.name in _TRANSFORMS and not isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo):
            yield assign.target, node
    for call in scope.calls:
        if isinstance(call.func, ir.Attr) and call.func.name == "set_transform":
            named = (keyword.value for keyword in call.keywords if keyword.name == "transform")
            yield from ((call.func.value, given) for given in (*call.args[:1], *named))


def _items(scope: Scope) -> Iterator[tuple[ir.Expr, ir.Expr]]:
    """`data.add_dynamic_item(function, ...)`, and the function of that name that takes datasets first."""
    for call in scope.calls:
        if leaf_name(call.func) == _ADDS_ITEM and call.args:
            if isinstance(call.func, ir.Attr):
                yield call.func.value, call.args[0]
            if len(call.args) > 1:
                yield call.args[0], call.args[1]
