"""The way to one line of a function or a module: its statements in order, every branch that leads there taken.

What comes before the line runs as it stands (each statement may fail on its own); what encloses it is entered. So a
draw or a loader is reached without the data that would lead there by itself. For loaders only the statements that
their arguments depend on are run.
"""

import ast
import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

_SETS_SEEDS = frozenset({"seed", "manual_seed", "set_state", "seed_everything"})
_MAKES_GENERATORS = frozenset({"RandomState", "default_rng", "Generator"})
FIRST, ENTER = "_sw_first", "_sw_enter"


def helpers() -> dict[str, Any]:
    """What the statements made here call."""
    return {FIRST: lambda values: next(iter(values)), ENTER: lambda manager: manager.__enter__()}


def way_to(body: Sequence[ast.stmt], line: int) -> list[ast.stmt]:
    """The statements to run, the last of them the one (or the head of the one) that holds `line`. Empty where none
    does."""
    out: list[ast.stmt] = []
    for statement in body:
        first = min([statement.lineno, *(decorator.lineno for decorator in getattr(statement, "decorator_list", []))])
        if not first <= line <= (statement.end_lineno or statement.lineno):
            out.extend(_plain(statement))
            continue
        return [*out, *_into(statement, line)]
    return []


def all_of(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """All statements of a body, as they can be run one by one outside of their function."""
    return [made for statement in body for made in _plain(statement)]


def _into(node: ast.stmt, line: int) -> list[ast.stmt]:
    for block in _blocks(node):
        inner = way_to(block, line)
        if inner:
            return [*_entering(node), *inner]
    match node:
        case ast.If() | ast.While():
            return [_expression(node.test)]
        case ast.For():
            return [_expression(node.iter)]
        case ast.Return() | ast.Expr() if getattr(node, "value", None) is not None:
            return [_expression(node.value)]  # type: ignore[arg-type]
        case ast.With():
            return _entering(node)
        case _:
            return [_without_flow(node)]


def _blocks(node: ast.stmt) -> Iterable[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
    for handler in getattr(node, "handlers", []):
        yield handler.body


def _entering(node: ast.stmt) -> list[ast.stmt]:
    """What happens before the first statement of a block runs."""
    match node:
        case ast.If() | ast.While():
            return [_expression(node.test)]
        case ast.For():
            value = ast.Call(ast.Name(FIRST, ast.Load()), [copy.deepcopy(node.iter)], [])
            return [_located(ast.Assign([copy.deepcopy(node.target)], value), node)]
        case ast.With():
            out: list[ast.stmt] = []
            for item in node.items:
                value = ast.Call(ast.Name(ENTER, ast.Load()), [copy.deepcopy(item.context_expr)], [])
                target = item.optional_vars
                made = ast.Assign([copy.deepcopy(target)], value) if target is not None else ast.Expr(value)
                out.append(_located(made, node))
            return out
        case _:
            return []


def _located(made: ast.stmt, like: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(made, like))


def _expression(value: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(_Unflow().visit(copy.deepcopy(value))), value)


def _plain(node: ast.stmt) -> list[ast.stmt]:
    if isinstance(node, ast.Return | ast.Raise | ast.Assert | ast.Break | ast.Continue | ast.Nonlocal | ast.Global):
        return []
    return [_without_flow(node)]


def _without_flow(node: ast.stmt) -> ast.stmt:
    """A statement that cannot leave the function or end it."""
    made: ast.stmt = _Unflow().visit(copy.deepcopy(node))
    return ast.fix_missing_locations(made)


class _Unflow(ast.NodeTransformer):
    """`return` and `raise` do nothing here, `yield` and `await` are their values."""

    def __init__(self) -> None:
        self.loops = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815

    def visit_Return(self, node: ast.Return) -> ast.AST:
        return ast.copy_location(ast.Pass(), node)

    visit_Raise = visit_Global = visit_Nonlocal = visit_Return  # type: ignore[assignment]  # noqa: N815

    def visit_Break(self, node: ast.stmt) -> ast.AST:
        return node if self.loops else ast.copy_location(ast.Pass(), node)

    visit_Continue = visit_Break  # noqa: N815

    def visit_For(self, node: ast.For | ast.While) -> ast.AST:
        self.loops += 1
        made = self.generic_visit(node)
        self.loops -= 1
        return made

    visit_While = visit_For  # noqa: N815

    def visit_Yield(self, node: ast.Yield) -> ast.AST:
        made: ast.AST = self.visit(node.value) if node.value is not None else ast.Constant(None)
        return ast.copy_location(made, node)

    def visit_Await(self, node: ast.Await | ast.YieldFrom) -> ast.AST:
        made: ast.AST = self.visit(node.value)
        return made

    visit_YieldFrom = visit_Await  # noqa: N815


def bound_names(statement: ast.stmt) -> list[str]:
    """The names that a statement binds."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
        case _:
            return [name for node in ast.walk(statement) for name in _bound_by(node)]


def _bound_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Import() | ast.ImportFrom():
            return [(alias.asname or alias.name).partition(".")[0] for alias in node.names if alias.name != "*"]
        case ast.Name(ctx=ast.Store()):
            return [node.id]
        case _:
            return []


def branches_of(statement: ast.stmt) -> list[list[ast.stmt]]:
    """The bodies of an `if`, its `elif`s and its `else`; none of another statement."""
    out: list[list[ast.stmt]] = []
    while isinstance(statement, ast.If):
        out.append(statement.body)
        if len(statement.orelse) != 1 or not isinstance(statement.orelse[0], ast.If):
            return [*out, statement.orelse] if statement.orelse else out
        statement = statement.orelse[0]
    return out


def naming(branches: Sequence[list[ast.stmt]], wanted: Collection[str]) -> list[ast.stmt] | None:
    """The one branch of several that names one of the wanted classes: None where none or more than one does."""
    found = [body for body in branches if any(loaded_names(statement) & set(wanted) for statement in body)]
    return found[0] if len(found) == 1 and len(branches) > 1 else None


def binding(
    branches: Sequence[list[ast.stmt]], names: Mapping[str, Any], *, alone: bool = False
) -> list[ast.stmt] | None:
    """The first branch of several, or of one `alone`, that binds a name which none of them has bound."""
    if len(branches) < 2 and not alone:
        return None
    return next(
        (body for body in branches if any(name not in names for each in body for name in bound_names(each))), None
    )


def needed(statements: Sequence[ast.stmt], *, settings: bool = False) -> list[ast.stmt]:
    """Of a way only what its last statement depends on, by names: what binds them, or calls methods of them.

    `settings`: also what gives an object from elsewhere a plain value, `config.crop = None`, which others may read.
    """
    if not statements:
        return []
    *before, last = statements
    names = loaded_names(last)
    kept = [last]
    made = {name for each in before if not _imports(each) for name in bound_names(each)} if settings else set()
    for statement in reversed(before):
        touched = _touched(statement)
        if _imports(statement) or touched & names or (settings and _sets_elsewhere(statement, made)):
            kept.append(statement)
            names |= loaded_names(statement)
    return kept[::-1]


def _imports(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _sets_elsewhere(statement: ast.stmt, made: Collection[str]) -> bool:
    """Whether a statement gives an attribute of something that is not among the names `made` here a plain value."""
    match statement:
        case ast.Assign(targets=[ast.Attribute() as target], value=ast.Constant()):
            return not _base(target) <= set(made)
        case _:
            return False


def loaded_names(node: ast.AST) -> set[str]:
    """The names that are read in a node."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _touched(statement: ast.stmt) -> set[str]:
    """Names that a statement binds, or whose objects it changes."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    touched: set[str] = set()
    for node in ast.walk(statement):
        touched.update(_bound_by(node))
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            touched |= _base(node)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        touched |= _base(statement.value.func)
    return touched


def _base(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def seeds(node: ast.AST, kind: str = "") -> list[int]:
    """Lines of calls in `node` that seed or make a generator, by their names; for draws of the `kind` global those that
    seed: a generator that is made leaves the global one as it is."""
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    meant = _SETS_SEEDS if kind == "global" else _SETS_SEEDS | _MAKES_GENERATORS
    return [call.lineno for call in calls if _name(call.func) in meant]


def _name(node: ast.AST) -> str | None:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None
