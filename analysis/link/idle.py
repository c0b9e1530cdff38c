"""What a walk may pass by: code in which nothing can be drawn, seeded or entered, whatever its operands are.

Most of what a worker runs computes with a sample: it slices, adds, calls functions of NumPy and methods of arrays. That
shows in the code itself, once for all activations, and spares the walk the evaluation of what is computed with.
"""

import builtins
import re
from collections.abc import Iterator

from analysis.catalog.draws import (
    BIT_GENERATORS,
    EPOCH_WORKER_INITS,
    GENERATOR_METHODS,
    GENERATORS,
    GLOBAL_DRAWS,
    GLOBAL_UNLESS_GIVEN,
    GOOD_WORKER_INITS,
    LIBRARY_SEEDS,
    OTHER_GENERATORS,
    PYTHON_SEEDS,
    SEEDS_GLOBAL,
    SEEDS_WITHIN,
    STATS_DRAW,
    TORCH_SEEDS,
)
from analysis.catalog.reproducibility import SEEDS_EVERYTHING
from analysis.facts import ir
from analysis.link.decorators import Decorators
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.library import is_data, only_takes_data
from analysis.link.project import Project
from analysis.link.scopes import Binding, FunctionInfo, children, leaf_name
from analysis.link.values import External, Frame, FunctionValue

_METHODS_OF_DATA = frozenset({
    "all", "any", "append", "argmax", "argmin", "argsort", "astype", "clamp", "clip", "contiguous", "copy", "cpu",
    "cuda", "cumsum", "decode", "detach", "difference", "encode", "endswith", "expand", "extend", "fill", "find",
    "flatten", "float", "format", "index_select", "insert", "item", "items", "join", "keys", "long", "lower",
    "lstrip", "max", "mean", "min", "nonzero", "numel", "numpy", "permute", "ravel", "repeat", "replace", "reshape",
    "round", "rstrip", "size", "split", "squeeze", "startswith", "std", "strip", "sum", "tobytes", "tolist",
    "transpose", "type", "union", "unsqueeze", "upper", "values", "view",
})  # fmt: skip
"""Methods of arrays, texts and containers, none of which calls what it is handed."""
_METHODS_THAT_MATTER = GENERATOR_METHODS | {
    STATS_DRAW, "agg", "aggregate", "apply", "filter", "map", "pipe", "transform",
}  # fmt: skip
"""Methods of what libraries return that draw, or call what they are handed."""
_ITERATED_AS_DATA = frozenset({"items", "keys", "split", "tolist", "values"})
_PLAIN_BUILTINS = frozenset(
    f"builtins.{name}"
    for name in (
        "abs", "all", "any", "bool", "bytes", "chr", "enumerate", "float", "format", "hasattr", "hex", "id", "int",
        "isinstance", "issubclass", "len", "max", "min", "ord", "pow", "print", "range", "repr", "round", "str", "sum",
        "type", "zip",
    )
)  # fmt: skip
"""Builtins that call nothing of the repository's that matters, unless a keyword hands it to them."""
_MATTERS = (
    GLOBAL_DRAWS
    | GENERATORS
    | OTHER_GENERATORS
    | SEEDS_GLOBAL
    | SEEDS_EVERYTHING
    | SEEDS_WITHIN
    | LIBRARY_SEEDS
    | TORCH_SEEDS
    | PYTHON_SEEDS
    | GOOD_WORKER_INITS
    | EPOCH_WORKER_INITS
    | frozenset(GLOBAL_UNLESS_GIVEN)
)
_MATTERS_AS_VALUE = GENERATORS | OTHER_GENERATORS | BIT_GENERATORS
_HANDED_BACK = _MATTERS_AS_VALUE | {"random.choice", "random.choices", "random.sample"}
"""What gives a generator, or any of what it is handed."""
_NUMBERS = frozenset(f"builtins.{name}" for name in ("abs", "float", "int", "max", "min", "round"))
"""Builtins that hand on what is known of a number."""
_DECORATED = re.compile(
    rb"^(?P<above>(?:[ \t]*+[@#][^\n]*+\n)++)(?:[ \t]*+(?:async[ \t]++)?def[ \t]++(?P<name>\w++))?", re.MULTILINE
)
"""Decorators and remarks, with the function below them if there is one; those above none are passed by at once."""
_VALUES_ALONE = (ir.Const, ir.Compare, ir.Comp, ir.DictDisplay, ir.Seq, ir.Text, ir.UnaryOp, ir.Lambda)
"""Expressions whose value is no generator."""


_EXCEPTIONS = frozenset(
    f"builtins.{name}"
    for name, each in vars(builtins).items()
    if isinstance(each, type) and issubclass(each, BaseException)
) | {"builtins.super"}
"""They only keep what they are handed."""

_NOTHING_INSIDE = frozenset({ir.Name, ir.Const, ir.Lambda})
_DEEPEST = 60
"""Expressions inside each other that are looked into for data: what is deeper is generated code."""


class Idle:
    """Tells of the nodes of one project's functions whether a walk may pass them by."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._ev = evaluator
        self.decorators = Decorators(evaluator)
        self._properties = _properties(evaluator.project)
        self._known: dict[ir.Node, bool] = {}
        self._own: dict[ir.Expr, bool] = {}
        self._data: dict[ir.Expr, bool] = {}
        self._nesting = 0
        self._functions: dict[FunctionInfo, bool] = {}
        self._defined: dict[str, bool] = {}

    def block(self, block: ir.Block, frame: Frame) -> bool:
        """Whether nothing in a block matters, and it always goes on to what follows."""
        known = self._known.get(block)
        if known is None:
            known = self._known[block] = all(
                not isinstance(node, ir.Return | ir.Stop) and self.statement(node, frame) for node in block.body
            )
        return known

    def function(self, target: FunctionValue) -> bool:
        """Whether nothing in a function matters."""
        function = target.function
        known = self._functions.get(function)
        if known is None:
            frame = Frame(function.module, function, target.frame, bound=True)
            body = function.node.body
            idle = self.body(body, frame) if isinstance(body, ir.Block) else self.expression(body, frame)
            known = self._functions[function] = idle and self.decorators.around(target) == ((), [])
        return known

    def body(self, block: ir.Block, frame: Frame) -> bool:
        """Whether nothing in a function's body matters."""
        return all(self.statement(node, frame) for node in block.body)

    def statement(self, node: ir.Stmt, frame: Frame) -> bool:
        """Whether nothing in a statement matters. Where it has blocks, these go on to what follows."""
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._statement(node, frame)
        return known

    def expression(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether nothing in an expression matters."""
        if type(expr) in _NOTHING_INSIDE:
            return True
        known = self._known
        if expr not in known:
            # With a stack of its own: generated code has sums of thousands of terms.
            pending: list[ir.Expr] = [expr]
            while pending:
                node = pending[-1]
                parts = [part for part in _operands(node) if type(part) not in _NOTHING_INSIDE]
                open_parts = [part for part in parts if part not in known]
                if open_parts:
                    pending += open_parts
                    continue
                pending.pop()
                known[node] = all(known[part] for part in parts) and self.alone(node, frame)
        return known[expr]

    def alone(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether an expression does not matter where its operands do not."""
        known = self._own.get(expr)
        if known is None:
            known = self._own[expr] = self._alone(expr, frame)
        return known

    def data(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether an expression is computed data in every activation: an array, a number nobody can know."""
        if isinstance(expr, ir.Const | ir.Lambda):
            return False
        known = self._data.get(expr)
        if known is None:
            self._data[expr] = False  # while it depends on itself
            if self._nesting < _DEEPEST:
                self._nesting += 1
                known = self._data[expr] = self._is_data(expr, frame)
                self._nesting -= 1
        return bool(known)

    def undecidable(self, test: ir.Expr, frame: Frame) -> bool:
        """Whether nobody can tell if a test holds, since it is about data."""
        match test:
            case ir.BoolOp():
                return all(self.undecidable(item, frame) for item in test.items)
            case ir.UnaryOp(op="not"):
                return self.undecidable(test.value, frame)
            case ir.Compare(ops=("is" | "is not",)):
                return self._was_reworked(test.left, frame)
            case ir.Compare(ops=(_,)):
                sides = (test.left, test.rights[0])
                # A number from 0 on and below 1 is data of which something is known.
                by_chance = any(isinstance(side, ir.Call) and not side.args for side in sides)
                return not by_chance and any(self.data(side, frame) for side in sides)
            case ir.Compare():
                return True
            case _:
                return self._was_reworked(test, frame) or self.data(test, frame)

    def _was_reworked(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether a sample that was made of itself stands here: what it is by then, nobody can tell."""
        if not isinstance(expr, ir.Name) or frame.function is None:
            return False
        scope = frame.function.scope
        bindings = scope.bindings.get(expr.id, ())
        return any(binding.line < expr.line and self._ev.reworks(binding, expr.id, scope) for binding in bindings)

    def _is_data(self, expr: ir.Expr, frame: Frame) -> bool:
        match expr:
            case ir.Call(func=func):
                name = self._outside(func, frame)
                if name is not None:
                    return ((is_data(name) or name in GLOBAL_DRAWS) and name not in _HANDED_BACK) or (
                        name in _NUMBERS and bool(expr.args) and all(self.data(arg, frame) for arg in expr.args)
                    )
                return isinstance(func, ir.Attr) and self.data(func.value, frame)
            case ir.BinOp():
                return self.data(expr.right, frame) or self.data(expr.left, frame)
            case ir.UnaryOp():
                return self.data(expr.value, frame)
            case ir.Attr() | ir.Sub():
                return self.data(expr.value, frame)
            case ir.Name():
                return self._is_local_data(expr, frame)
            case _:
                return False

    def _is_local_data(self, name: ir.Name, frame: Frame) -> bool:
        function = frame.function
        if function is None or name.id in function.param_names:
            return False
        bindings = function.scope.bindings.get(name.id)
        return bool(bindings) and all(self._bound_to_data(binding, frame) for binding in bindings or ())

    def _bound_to_data(self, binding: Binding, frame: Frame) -> bool:
        node = binding.node
        if not isinstance(node, ir.Node) or isinstance(node, ir.Import | ir.ImportFrom):
            return False
        if binding.iterated and isinstance(node, ir.Call):
            name = self._outside(node.func, frame)
            if name == "builtins.enumerate":
                return binding.path[:1] == (0,)
        return self.data(node, frame)

    def _statement(self, node: ir.Stmt, frame: Frame) -> bool:
        match node:
            case ir.Assign():
                return self.expression(node.value, frame) and all(
                    self._target(target, node.value, frame) for target in node.targets
                )
            case ir.AugAssign() | ir.Do():
                return self.expression(node.value, frame)
            case ir.Return() | ir.Stop():
                return node.value is None or self.expression(node.value, frame)
            case ir.If():
                parts = (node.body, node.orelse)
                return self.expression(node.test, frame) and all(self.block(part, frame) for part in parts)
            case ir.For():
                return (
                    self.expression(node.iter, frame)
                    and self._iterates_data(node.iter, frame)
                    and self.body(node.body, frame)
                    and self.body(node.orelse, frame)
                )
            case ir.While():
                return (
                    self.expression(node.test, frame) and self.body(node.body, frame) and self.body(node.orelse, frame)
                )
            case ir.With():
                return self.block(node.body, frame) and all(
                    isinstance(item.value, ir.Call)
                    and self._outside(item.value.func, frame) is not None
                    and self.expression(item.value, frame)
                    for item in node.items
                )
            case ir.Try():
                blocks = (node.body, *node.handlers, node.orelse, node.final)
                return all(self.block(part, frame) for part in blocks)
            case _:
                return True

    def _target(self, target: ir.Expr, value: ir.Expr, frame: Frame) -> bool:
        match target:
            case ir.Sub():
                return self.expression(target.index, frame)
            case ir.Seq():
                return all(self._target(item, value, frame) for item in target.items)
            case ir.Attr():
                return isinstance(value, _VALUES_ALONE) or (
                    isinstance(value, ir.Call) and self._outside(value.func, frame) is not None
                )
            case _:
                return True

    def _alone(self, expr: ir.Expr, frame: Frame) -> bool:
        match expr:
            case ir.Call():
                return self._call(expr, frame)
            case ir.Attr():
                return expr.name not in self._properties
            case ir.Sub():
                return self._plain_index(expr) or self.data(expr.value, frame)
            case ir.Comp():
                return all(self._iterates_data(generator.iter, frame) for generator in expr.generators)
            case _:
                return True

    def _call(self, call: ir.Call, frame: Frame) -> bool:
        """Whether the call itself, its operands apart, does not matter."""
        name = self._outside(call.func, frame)
        if name is not None:
            if name in _PLAIN_BUILTINS:
                return not call.keywords
            if name in _EXCEPTIONS:
                return True
            return (
                only_takes_data(name)
                and name not in _MATTERS
                and not name.endswith((f".{STATS_DRAW}", ".__call__", ".forward"))
                and not any(keyword.name in {"generator", None} for keyword in call.keywords)
            )
        func = call.func
        return (
            isinstance(func, ir.Attr)
            and (
                self.data(func.value, frame) and func.name not in _METHODS_THAT_MATTER
                if func.name not in _METHODS_OF_DATA
                else not self._defines(func.name) and not _is_own(func.value, frame)
            )
            and not any(self._may_be_called(arg, frame) for arg in call.args)
            and not any(self._may_be_called(keyword.value, frame) for keyword in call.keywords)
        )

    def _may_be_called(self, arg: ir.Expr, frame: Frame) -> bool:
        """Whether an argument may be a function."""
        if isinstance(arg, ir.Lambda):
            return True
        leaf = leaf_name(arg).lower()
        return any(part in leaf for part in ("fn", "func", "transform", "hook", "callback")) or (
            isinstance(arg, ir.Name) and self._is_function(arg.id, frame)
        )

    @staticmethod
    def _is_function(name: str, frame: Frame) -> bool:
        function = frame.function
        while function is not None:
            if name in function.scope.bindings:
                return any(isinstance(binding.node, FunctionInfo) for binding in function.scope.bindings[name])
            function = function.owner
        return any(isinstance(b.node, FunctionInfo) for b in frame.module.scope.bindings.get(name, ()))

    def _outside(self, func: ir.Expr, frame: Frame) -> str | None:
        """The dotted name of what is called where that is one thing from outside in every activation."""
        root = func
        while isinstance(root, ir.Attr):
            root = root.value
        if not isinstance(root, ir.Name):
            return None
        function = frame.function
        while function is not None:
            if root.id in function.param_names or root.id in function.scope.bindings:
                return None
            function = function.owner
        values = self._ev.eval(func, frame)
        return values[0].name if len(values) == 1 and isinstance(values[0], External) else None

    def _iterates_data(self, expr: ir.Expr, frame: Frame) -> bool:
        """Whether what is iterated over is no object of the repository's."""
        if isinstance(expr, _VALUES_ALONE):
            return True
        if not isinstance(expr, ir.Call):
            return self.data(expr, frame)
        if self._outside(expr.func, frame) is not None:
            return True
        return isinstance(expr.func, ir.Attr) and (
            expr.func.name in _ITERATED_AS_DATA or self.data(expr.func.value, frame)
        )

    def _plain_index(self, expr: ir.Sub) -> bool:
        """Whether what is indexed is data by its index: a text, or with a slice in it. `x.shape[0]` is by its name.

        What a call gives back may be an object of any class: `Clips(path)["train"]`.
        """
        if isinstance(expr.value, ir.Call) or "dataset" in leaf_name(expr.value).lower():
            return False
        index = expr.index
        if isinstance(index, ir.Const):
            return isinstance(index.value, str) or leaf_name(expr.value) == "shape"
        parts = index.items if isinstance(index, ir.Seq) else (index,)
        return any(isinstance(part, ir.Other) for part in parts)

    def _defines(self, name: str) -> bool:
        """Whether the repository has a function of this name."""
        known = self._defined.get(name)
        if known is None:
            project = self._ev.project
            text = f"def {name}(".encode()
            known = self._defined[name] = any(text in project.texts[path] for path in project.mentioning(name))
        return known


def _operands(expr: ir.Expr) -> Iterator[ir.Expr]:
    """The expressions that are evaluated for one, as a walk visits them."""
    match expr:
        case ir.Call():
            yield expr.func.value if isinstance(expr.func, ir.Attr) else expr.func
            yield from expr.args
            for keyword in expr.keywords:
                yield keyword.value
        case ir.Comp():
            for generator in expr.generators:
                yield generator.iter
                yield from generator.ifs
            if expr.key is not None:
                yield expr.key
            yield expr.element
        case _:
            yield from children(expr)  # type: ignore[misc]  # expressions hold only expressions


def _is_own(expr: ir.Expr, frame: Frame) -> bool:
    """Whether an expression is the object whose method runs: what is called on it, its class was given: `self.t(x)`."""
    function = frame.function
    if function is None or function.cls is None or not function.params:
        return False
    return isinstance(expr, ir.Name) and expr.id == function.params[0].name


def _properties(project: Project) -> frozenset[str]:
    """The names under which a project's classes have properties."""
    texts = (text for text in project.texts.values() if b"property" in text)
    decorated = (match for text in texts for match in _DECORATED.finditer(text) if match["name"])
    return frozenset(
        match["name"].decode()
        for match in decorated
        if any(b"property" in line.partition(b"@")[2] for line in match["above"].split(b"\n"))
    )
