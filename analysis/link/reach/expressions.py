"""Expressions: each operand, then the call, the property or the item that it leads to."""

from analysis.catalog.draws import GENERATOR_METHODS, GLOBAL_DRAWS
from analysis.facts import ir
from analysis.link.evaluate.machine import UNREADABLE
from analysis.link.reach.draws import Draws
from analysis.link.reach.inside import inside
from analysis.link.scopes import children, leaf_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    External,
    Frame,
    FunctionValue,
    Instance,
    Member,
    Partial,
    Result,
    Sequence,
    Super,
    Unknown,
    Value,
    merge_args,
)

MOST_CALLS = 6_000


class Expressions(Draws):
    """Walks expressions, operands before the call that uses them."""

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
                # A builtin may go through what it is handed.
                if isinstance(expr.func, ir.Name) or not self.idle.alone(expr, frame):
                    self._call(expr, frame)
            case ir.Attr():
                self.visit(expr.value, frame)
                if not self.idle.alone(expr, frame):
                    self._property(expr, frame)
            case ir.Sub():
                self.visit(expr.value, frame)
                self.visit(expr.index, frame)
                if not self.idle.alone(expr, frame):
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
                self._made(target, call, frame)
            case Partial(target=External(name=name)) if name in GLOBAL_DRAWS:
                self._external(name, call, frame, merge_args(target.args, self._given_to(call, frame)))
            case Partial(target=Member() as method) if method.name in GENERATOR_METHODS:
                self._member(method, call, frame)
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

    def _made(self, target: ClassValue, call: ir.Call, frame: Frame) -> None:
        """Walk what making an object runs."""
        args = self._given_to(call, frame)
        made = self.ev.make(target, args, call, frame)
        for name, receiver in (("__new__", target), ("__init__", made)):
            method = self.ev.find_method(target.cls, name)
            if method is not None:
                self._enter(FunctionValue(method, self.ev.definition_frame(method), receiver), args)
        if any(leaf_name(decorator) == "dataclass" for decorator in target.cls.node.decorators):
            # What its generated `__init__` ends with.
            self.enter_method(made, "__post_init__", CallArgs())

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
