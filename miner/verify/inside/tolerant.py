"""Rewrites functions so that they go on where a statement fails: for data that is not there.

Every simple statement runs in a `try` of its own; what it would have assigned becomes a stub. Tests that fail count
as true, assertions and `raise` are left out, `while` ends after a while; a function that would end with `raise`
returns a stub, for what it would have returned is not known. What was passed over is noted, so that
such a run never counts as a complete one.
"""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from miner.verify.inside.notes import notes
from miner.verify.inside.stub import Stub

PASSED, TICK = "_sw_passed", "_sw_tick"
_MOST_TURNS = 200


class _Rewrite(ast.NodeTransformer):
    """The statements inside functions; those of modules are run one by one anyway."""

    def __init__(self, path: str) -> None:
        self.path = path

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if _generates(node):
            return node  # a generator that is ended early would not be noticed
        unknown = _ends_with_raise(node.body) and node.name != "__init__"
        last = node.body[-1]
        node.body = self._body(node.body)
        if unknown:
            node.body.append(ast.copy_location(ast.Return(_call(PASSED, last, self.path)), last))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def _body(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for statement in statements:
            out.extend(self._statement(statement))
        return out or [ast.Pass()]

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return [self.visit(node)]
            case ast.Assert() | ast.Raise():
                return []
            case ast.Global() | ast.Nonlocal() | ast.Pass() | ast.Break() | ast.Continue():
                return [node]
            case ast.If():
                node.body, node.orelse = self._body(node.body), self._body(node.orelse) if node.orelse else []
                return [*self._held(node, "test", truth=True), node]
            case ast.While():
                node.body, node.orelse = self._body(node.body), self._body(node.orelse) if node.orelse else []
                node.test = ast.BoolOp(ast.And(), [_call(TICK, node), node.test])
                return [self._guarded(node, [])]
            case ast.For():
                node.body, node.orelse = self._body(node.body), self._body(node.orelse) if node.orelse else []
                return [*self._held(node, "iter", truth=False), self._guarded(node, [])]
            case ast.With():
                node.body = self._body(node.body)
                return [self._guarded(node, [])]
            case ast.Try():
                node.body = self._body(node.body)
                return [self._guarded(node, [])]
            case ast.Return():
                return [self._guarded(node, [ast.Return(_call(PASSED, node, self.path))])]
            case _:
                return [self._guarded(node, _stubbed(node, self.path))]

    def _held(self, node: ast.If | ast.For, part: str, *, truth: bool) -> list[ast.stmt]:
        """`name = test` under a guard, and the name in place of the test."""
        name = f"_sw_{part}_{node.lineno}_{node.col_offset}"
        value = getattr(node, part)
        if any(isinstance(inner, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom) for inner in ast.walk(value)):
            return []
        instead: ast.expr = ast.Constant(True) if truth else _call(PASSED, node, self.path)
        kept = ast.Assign(
            [ast.Name(name, ast.Store())], ast.Call(ast.Name("bool", ast.Load()), [value], []) if truth else value
        )
        setattr(node, part, ast.Name(name, ast.Load()))
        note = [ast.Expr(_call(PASSED, node, self.path))] if truth else []
        return [self._guarded(kept, [*note, ast.Assign([ast.Name(name, ast.Store())], instead)], like=node)]

    def _guarded(self, node: ast.stmt, instead: list[ast.stmt], like: ast.stmt | None = None) -> ast.stmt:
        handler = ast.ExceptHandler(
            ast.Name("Exception", ast.Load()), None, instead or [ast.Expr(_call(PASSED, like or node, self.path))]
        )
        return ast.copy_location(ast.Try([node], [handler], [], []), like or node)


def _call(name: str, node: ast.AST, path: str | None = None) -> ast.Call:
    arguments: list[ast.expr] = [] if path is None else [ast.Constant(f"{path}:{getattr(node, 'lineno', 0)}")]
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _stubbed(node: ast.stmt, path: str) -> list[ast.stmt]:
    """What stands in for an assignment that failed: a stub under each plain name or attribute."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    out: list[ast.stmt] = []
    for target in targets:
        inner = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        for each in inner:
            if isinstance(each, ast.Name) or (isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)):
                out.append(ast.Assign([each], _call(PASSED, node, path)))
    return out


def _ends_with_raise(body: Sequence[ast.stmt]) -> bool:
    """Whether the last thing that a body does may be to raise."""
    match body:
        case [*_, ast.Raise()]:
            return True
        case [*_, ast.If() as last]:
            return _ends_with_raise(last.body) or _ends_with_raise(last.orelse)
        case _:
            return False


def _generates(node: ast.AST) -> bool:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef) and _generates(
            child
        ):
            return True
    return False


def rewrite(tree: ast.Module, path: str) -> ast.Module:
    """Changes the tree in place."""
    made: ast.Module = _Rewrite(path).visit(tree)
    return ast.fix_missing_locations(made)


def helpers() -> dict[str, Callable[..., Any]]:
    """What rewritten code calls; goes into each module's names."""
    import sys

    turns: dict[tuple[int, int], int] = {}

    def passed(place: str) -> Stub:
        error = sys.exc_info()[1]
        if error is not None:
            notes.swallow(error, place)
        return Stub("failed")

    def tick() -> bool:
        frame = sys._getframe(1)
        key = (id(frame), frame.f_lineno)
        turns[key] = turns.get(key, 0) + 1
        if turns[key] > _MOST_TURNS:
            turns.pop(key)
            return False
        return True

    return {PASSED: passed, TICK: tick}
