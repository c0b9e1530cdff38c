"""What the parent counts on between the starts of workers: `init.epoch = epoch`, `global step; step += 1`."""

import re
from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import Binding, Change, FunctionInfo, Module, Owner, Scope, descendants, names_in
from analysis.link.values import ClassValue, Frame, FunctionValue, Instance, ModuleValue, Result, Value

RUN_IN_WORKERS = frozenset({"__getitem__", "__iter__", "__next__", "__call__", "__len__"})
"""Methods whose changes of what they find are the worker's own."""

_MOST_HANDED_ON = 3
"""Functions that hand a value on."""
_WORDS = re.compile(r"epoch|step|iter|count|round|pass|cycle", re.IGNORECASE)


class Counted:
    """Which attributes, global names and items of global containers the parent moves on as the training goes on."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._attributes: dict[str, list[Value]] = {}
        self._globals: dict[tuple[str, str, object], bool] = {}

    def attribute(self, holder: Value, name: str) -> bool:
        """Whether code elsewhere moves on an attribute of an object, a class, a function, a module or shared memory."""
        if not isinstance(holder, Instance | ClassValue | FunctionValue | ModuleValue) and not _is_shared(holder):
            return False
        holders = self._attributes.get(name)
        if holders is None:
            holders = self._attributes[name] = list(self._holders(name))
        return any(self._same(other, holder) for other in holders)

    def _holders(self, name: str) -> Iterator[Value]:
        """What has an attribute of that name moved on, somewhere outside its class."""
        for module in self.ev.project.modules_setting(name):
            for scope, owner in module.bodies_setting(name):
                for assign in scope.attributes:
                    if assign.name != name or (isinstance(assign.target, ir.Name) and assign.target.id == "self"):
                        continue
                    moves = assign.op is not None or _moves_on(assign.binding, [name], scope)
                    if moves or self._handed_anew(assign.binding.node, owner):
                        yield from self.ev.eval(assign.target, self.ev.owner_frame(owner, module))

    @staticmethod
    def _same(one: Value, other: Value) -> bool:
        if isinstance(one, Instance) and isinstance(other, Instance):
            return one.cls is other.cls
        if isinstance(one, Result) and isinstance(other, Result):
            return one.call is other.call
        return one == other

    def name(self, name: str, frame: Frame, key: object = None) -> bool:
        """Whether a global name stands for something else as the training goes on, or has something else in it.

        With a `key`, what it has in it under that key.
        """
        current: Frame | None = frame
        while current is not None and current.function is not None:
            scope = current.function.scope
            if name not in scope.outer and (name in scope.bindings or name in current.function.param_names):
                return False
            current = current.parent
        asked = (frame.module.path, name, key)
        found = self._globals.get(asked)
        if found is None:
            found = self._globals[asked] = self._is_moved(name, frame.module, key)
        return found

    def _is_moved(self, name: str, module: Module, key: object) -> bool:
        if self._item_moves(module.scope, None, name, key):
            return True
        for function in module.functions:
            if function.name in RUN_IN_WORKERS or not function.mentions(name) or name in function.param_names:
                continue
            scope = function.scope
            bindings = scope.bindings.get(name, [])
            if name in scope.outer:
                if key is None and (
                    _added(scope, name)
                    or any(_moves_on(each, [name], scope) for each in bindings)
                    or any(self._handed_anew(each.node, function) for each in bindings)
                ):
                    return True
            elif bindings:
                continue
            if self._item_moves(scope, function, name, key):
                return True
        return False

    def _item_moves(self, scope: Scope, owner: Owner, name: str, key: object) -> bool:
        return any(
            _item_moves_on(change, [name, str(key)], scope) or self._handed_anew(change.values[0], owner)
            for change in scope.changes.get(name, ())
            if change.how.startswith("item") and _is_under(change, key)
        )

    def _handed_anew(self, value: object, owner: Owner, depth: int = 0) -> bool:
        """Whether a value is made of what each turn of a loop hands to a function: `put(turn)`, and there `E = x`."""
        if not isinstance(value, ir.Node) or not isinstance(owner, FunctionInfo) or depth > _MOST_HANDED_ON:
            return False
        asked = names_in(value) & owner.param_names
        for call, frame in self.ev.callers(owner) if asked else ():
            given = self.ev.handed(call, frame, owner)
            for argument in (given[name] for name in asked if name in given):
                if argument.expr is not None and argument.frame is not None:
                    caller = argument.frame
                    if _turns(argument.expr, call.line, caller.scope) or self._handed_anew(
                        argument.expr, caller.function, depth + 1
                    ):
                        return True
        return False


def _is_shared(holder: Value) -> bool:
    return isinstance(holder, Result) and holder.name.startswith(("multiprocessing.", "torch.multiprocessing."))


def _added(scope: Scope, name: str) -> bool:
    return any(change.how[-1] == "=" and not change.how.startswith("item") for change in scope.changes.get(name, ()))


def _is_under(change: Change, key: object) -> bool:
    """Whether an item that is set may be the one under a key."""
    return key is None or not isinstance(change.key, ir.Const) or change.key.value == key


def _item_moves_on(change: Change, words: list[str], scope: Scope) -> bool:
    return change.how != "item" or _varies(change.values[0], change.line, words, scope)


def _moves_on(binding: Binding, words: list[str], scope: Scope) -> bool:
    """Whether an assignment is one of many with other values."""
    node = binding.node
    return isinstance(node, ir.Node) and _varies(node, binding.line, words, scope)


def _varies(value: ir.Node, line: int, words: list[str], scope: Scope) -> bool:
    """Whether a value is another each time: it is given in a loop, or by something that counts, or to something."""
    if isinstance(value, ir.Const):
        return False
    if any(loop.body.start <= line <= loop.body.end for loop in scope.loops):
        return True
    parts = list(descendants(value)) if isinstance(value, ir.Name | ir.Attr | ir.Call) else []
    named = [
        part.id if isinstance(part, ir.Name) else part.name for part in parts if isinstance(part, ir.Name | ir.Attr)
    ]
    return any(_WORDS.search(word) for word in (*words, *named))


def _turns(value: ir.Expr, line: int, scope: Scope) -> bool:
    """Whether a value is made of a name that a loop around it gives another value in each turn."""
    around = [loop.body for loop in scope.loops if loop.body.start <= line <= loop.body.end]
    names = names_in(value) if around else set[str]()
    for name in names:
        if any(one.iterated and one.line <= line <= one.end for one in scope.bindings.get(name, ())):
            return True
        lines = [change.line for change in scope.changes.get(name, ()) if change.how[-1] == "="]
        if any(body.start <= each <= body.end for body in around for each in lines):
            return True
    return False
