"""Every kind of expression, and what can be said when the work for it is spent."""

from collections.abc import Callable
from typing import Any

from analysis.catalog.loaders import MACHINE_COUNTS
from analysis.facts import ir
from analysis.link.evaluate.alike import Alike
from analysis.link.evaluate.calls import Calls
from analysis.link.evaluate.machine import CALCULATED, MOST_NESTED, MOST_OPERANDS, UNREADABLE
from analysis.link.evaluate.turns import comprehended
from analysis.link.project import Project
from analysis.link.scopes import ClassInfo, FunctionInfo
from analysis.link.values import (
    LONGEST_TEXT,
    Argument,
    CallArgs,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    ModuleValue,
    PackageValue,
    Partial,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
    joined,
    overlaid,
    union,
)

_METHODS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "@": "matmul", "%": "mod", "**": "pow",
    "|": "or", "&": "and", "^": "xor", ">>": "rshift", "<<": "lshift",
}  # fmt: skip
"""Operators that classes have methods for."""
_PUTS_TOGETHER = frozenset({"|", "&", ">>", "@"})


class Evaluator(Calls):
    """Evaluates expressions of one project. All answers are cached in frames and instances."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.alike = Alike(self)
        self._expressions: dict[type[ir.Node], Callable[[Any, Frame], Values]] = {
            ir.Name: self._name,
            ir.Const: self._const,
            ir.Attr: self._attr,
            ir.Call: self._call,
            ir.Sub: self._sub,
            ir.Seq: self._seq,
            ir.DictDisplay: self._dict,
            ir.Lambda: self._lambda,
            ir.Cond: self._cond,
            ir.BoolOp: self._bool_op,
            ir.BinOp: self._bin_op,
            ir.UnaryOp: self._unary_op,
            ir.Compare: self._compare,
            ir.Comp: self._comp,
            ir.Star: self._star,
            ir.Walrus: self._walrus,
            ir.Yield: self._unreadable,
            ir.Text: self._text,
            ir.Other: self._unreadable,
        }

    def forget(self) -> None:
        super().forget()
        self.alike.forget()

    def eval(self, expr: ir.Expr, frame: Frame) -> Values:
        """The values that the expression can have. Empty while it depends on itself."""
        self.steps += 1
        if self.steps > self.limit:
            return self._frugal(expr, frame)
        if self._nesting >= MOST_NESTED:
            return UNREADABLE
        self._nesting += 1
        try:
            return self._expressions[type(expr)](expr, frame)
        finally:
            self._nesting -= 1

    def _frugal(self, expr: ir.Expr, frame: Frame) -> Values:
        """What can be said when the work for a loader is spent: modules, imported names and an object's methods."""
        if isinstance(expr, ir.Const):
            return self._const(expr, frame)
        if isinstance(expr, ir.Attr):
            out: list[Values] = []
            for value in self._frugal(expr.value, frame):
                if isinstance(value, External | ModuleValue | PackageValue):
                    out.append(self.attribute(value, expr.name))
                elif isinstance(value, Instance) and (method := self.find_method(value.cls, expr.name)) is not None:
                    out.append((FunctionValue(method, self._around(method, value.class_frame), value),))
            return union(*out) if out else UNREADABLE
        if not isinstance(expr, ir.Name):
            return UNREADABLE
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            if function.params and function.params[0].name == expr.id and isinstance(current.self_value, Instance):
                return (current.self_value,)
            if expr.id in function.scope.bindings or expr.id in function.param_names:
                return UNREADABLE
            current = current.parent
        return self._global(expr.id, frame.module)

    def _unreadable(self, expr: ir.Expr, frame: Frame) -> Values:
        return UNREADABLE

    def _const(self, expr: ir.Const, frame: Frame) -> Values:
        return (Constant(expr.value),) if expr.known else UNREADABLE

    def _text(self, expr: ir.Text, frame: Frame) -> Values:
        parts: list[str] = []
        for part in expr.parts:
            known = [v for v in self.eval(part, frame) if isinstance(v, Constant) and isinstance(v.value, str | int)]
            if len(known) != 1:
                return UNREADABLE
            parts.append(str(known[0].value))
        text = "".join(parts)
        return (Constant(text),) if len(text) < LONGEST_TEXT else UNREADABLE

    def _lambda(self, expr: ir.Lambda, frame: Frame) -> Values:
        function = frame.module.lambdas.get(id(expr))
        return UNREADABLE if function is None else (FunctionValue(function, frame),)

    def _cond(self, expr: ir.Cond, frame: Frame) -> Values:
        decided = self.truth(expr.test, frame)
        if decided is True:
            return self.eval(expr.then, frame)
        if decided is False:
            return self.eval(expr.other, frame)
        return union(self.eval(expr.then, frame), self.eval(expr.other, frame))

    def _bool_op(self, expr: ir.BoolOp, frame: Frame) -> Values:
        # `a or b` is b where a is false: a false constant on the way cannot be the result.
        kept: list[Values] = []
        for index, item in enumerate(expr.items):
            values = self.eval(item, frame)
            if index < len(expr.items) - 1:
                stays = [v for v in values if self.value_truth(v) is not (expr.op == "and")]
                kept.append(tuple(stays))
                if values and len(stays) == len(values) and all(self.value_truth(v) is not None for v in stays):
                    break
            else:
                kept.append(values)
        return union(*kept)

    def _bin_op(self, expr: ir.BinOp, frame: Frame) -> Values:
        left, right = self.eval(expr.left, frame), self.eval(expr.right, frame)
        out: list[Value] = []
        for a in left[:MOST_OPERANDS]:
            for b in right[:MOST_OPERANDS]:
                if isinstance(a, Sequence) and isinstance(b, Sequence) and expr.op == "+":
                    out.append(joined(a.items + b.items, a.open or b.open))
                elif isinstance(a, Sequence) and expr.op in "+*":
                    out.append(Sequence(a.items, expr.op == "+"))
                elif isinstance(b, Sequence) and expr.op in "+*":
                    out.append(Sequence(b.items, expr.op == "+"))
                elif isinstance(a, Mapping) and isinstance(b, Mapping) and expr.op == "|":
                    out.append(overlaid(a.items + b.items, a.open or b.open))
                elif isinstance(a, Constant) and isinstance(b, Constant):
                    out.append(_arithmetic(expr.op, a, b))
                elif isinstance(a, Result) and a.name in MACHINE_COUNTS:
                    # Half of the machine's processors are a number of the machine as well.
                    out.append(a)
                elif isinstance(b, Result) and b.name in MACHINE_COUNTS:
                    out.append(b)
                elif made := self._overloaded(expr.op, a, b, frame):
                    out.extend(made)
                elif isinstance(a, Result | Instance) and expr.op == "+":
                    # `dataset + dataset` concatenates.
                    out.extend((a, b))
                else:
                    out.append(CALCULATED)
        return union(tuple(out))

    def _overloaded(self, op: str, a: Value, b: Value, frame: Frame) -> Values:
        """What an operator gives that a class has a method for: `Crop(4) | Flip()`.

        Where the class leaves that to a base from outside, any of what is put together.
        """
        word = _METHODS.get(op)
        if word is None or not (isinstance(a, Instance) or isinstance(b, Instance)):
            return ()
        for own, other, name in ((a, b, f"__{word}__"), (b, a, f"__r{word}__")):
            method = self._operator(own.cls, name) if isinstance(own, Instance) else None
            if isinstance(own, Instance) and method is not None:
                bound = FunctionValue(method, self._around(method, own.class_frame), own)
                made = self.call_function(bound, CallArgs([Argument(None, None, (other,))]), frame.worker)
                if not all(isinstance(value, Unknown) for value in made):
                    return made
        together = all(isinstance(each, Instance | FunctionValue | Partial | Result) for each in (a, b))
        return (a, b) if together and op in _PUTS_TOGETHER else ()

    def _operator(self, cls: ClassInfo, name: str) -> FunctionInfo | None:
        """The method of a class for an operator: one of that name, or `__ror__ = __or__`."""
        method = self.find_method(cls, name)
        for ancestor in self.mro(cls) if method is None else ():
            for binding in ancestor.scope.bindings.get(name, ()):
                if isinstance(binding.node, ir.Name):
                    return self.find_method(cls, binding.node.id)
        return method

    def _unary_op(self, expr: ir.UnaryOp, frame: Frame) -> Values:
        if expr.op != "not":
            return UNREADABLE
        decided = self.truth(expr.value, frame)
        return UNREADABLE if decided is None else (Constant(not decided),)

    def _compare(self, expr: ir.Compare, frame: Frame) -> Values:
        decided = self.truth(expr, frame)
        return UNREADABLE if decided is None else (Constant(decided),)

    def _comp(self, expr: ir.Comp, frame: Frame) -> Values:
        if expr.key is not None:
            entries = comprehended(self, expr.key, expr, expr.element, frame)
            return (Mapping(entries or ((None, Argument(expr.element, frame)),), not entries),)
        return (Sequence((Argument(expr.element, frame),), True),)

    def _star(self, expr: ir.Star, frame: Frame) -> Values:
        return self.eval(expr.value, frame)

    def _walrus(self, expr: ir.Walrus, frame: Frame) -> Values:
        return self.eval(expr.value, frame)


def _arithmetic(op: str, a: Constant, b: Constant) -> Value:
    x, y = a.value, b.value
    origin = "default" if "default" in (a.origin, b.origin) else "literal"
    settable = a.settable or b.settable
    place = a.place or b.place
    if isinstance(x, str) and isinstance(y, str) and op == "+" and len(x) + len(y) < LONGEST_TEXT:
        return Constant(x + y, origin, settable, place)
    if isinstance(x, int | float) and isinstance(y, int | float) and max(abs(x), abs(y)) < 1e9:
        try:
            match op:
                case "+":
                    return Constant(x + y, origin, settable, place)
                case "-":
                    return Constant(x - y, origin, settable, place)
                case "*":
                    return Constant(x * y, origin, settable, place)
                case "/":
                    return Constant(x / y, origin, settable, place)
                case "//":
                    return Constant(x // y, origin, settable, place)
                case "%":
                    return Constant(x % y, origin, settable, place)
                case _:
                    pass
        except (ArithmeticError, ValueError):
            pass
    return CALCULATED
