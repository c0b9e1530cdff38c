"""CPython's syntax tree to the facts' tree.

A dispatch table by node type instead of `ast.NodeVisitor`, which is several times slower on the same trees.
"""

import ast
from collections.abc import Callable, Sized
from contextlib import suppress
from typing import Any

from analysis.facts import ir
from analysis.facts.getters import GETTERS, as_lambda
from analysis.text import is_text

LONGEST_TEXT = 300
"""Longer string constants are dropped: no name, path or option is that long, and facts hold no text of others."""

MOST_TERMS = 6_000
"""Of one sum: what nests deeper than this ends Python's stack, and what lets go of it C's."""
MOST_BRANCHES = 1_500
"""Of one `if` or `match`; what looks at the tree goes up to six calls deeper for each."""

_EMPTY = ir.Block((), 0, 0)
_LEAVING = frozenset({ast.Return, ast.Raise, ast.Continue, ast.Break})


class _Lines(dict[int, int]):
    """Line numbers as shared objects: each node has one or two, and an integer of its own costs each 28 bytes."""

    def __missing__(self, number: int) -> int:
        self[number] = number
        return number


_LINES = _Lines()


class _Seen:
    """What has been seen of the outermost function that is being lowered, and how deep in functions that is."""

    def __init__(self) -> None:
        self.depth = 0
        self.words: dict[str, None] = {}
        self.nested = False
        self.loops = False
        self.whole = True


_seen = _Seen()


def lower_module(tree: ast.Module, *, whole: bool = True) -> ir.Block:
    """The whole file as one block. Of one that is not `whole` the headers of blocks may be missing."""
    _seen.whole = whole
    _seen.depth = 0  # a file that was nested too deeply may have left more behind
    del _yielding[1:]
    return _block(tree.body)


def lower_expression(tree: ast.Expression) -> ir.Expr:
    """What a text of code that is evaluated holds."""
    return _expr(tree.body)


def _block(body: list[ast.stmt]) -> ir.Block:
    if not body:
        return _EMPTY
    return ir.Block(_statements(body), _LINES[body[0].lineno], _LINES[body[-1].end_lineno or body[-1].lineno])


def _statements(body: list[ast.stmt]) -> tuple[ir.Stmt, ...]:
    out: list[ir.Stmt] = []
    for place, statement in enumerate(body, 1):
        kind = type(statement)
        lowering = _STATEMENTS.get(kind)
        if lowering is not None:
            lowering(statement, out)
        if kind in _LEAVING and place < len(body) and _leaves(kind):
            _see_yields(body[place:])
            break
    return tuple(out)


def _leaves(kind: type[ast.stmt]) -> bool:
    """Whether nothing behind such a statement ever runs: a cell of a notebook that raises does not end the notebook.

    Where lines are missing, what stands behind it may have had a header of its own.
    """
    return _seen.whole and (kind is not ast.Raise or _seen.depth > 0)


def _see_yields(dead: list[ast.stmt]) -> None:
    """A `yield` makes its function a generator wherever it stands: `raise NotImplementedError; yield`."""
    pending: list[ast.AST] = [*dead]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            _yielding[-1] = True
        elif not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending += ast.iter_child_nodes(part)


def _expr(node: ast.expr) -> ir.Expr:
    return _EXPRESSIONS[type(node)](node)


def _optional(node: ast.expr | None) -> ir.Expr | None:
    return None if node is None else _expr(node)


def _exprs(nodes: list[ast.expr]) -> tuple[ir.Expr, ...]:
    return tuple([_EXPRESSIONS[type(node)](node) for node in nodes]) if nodes else ()


# Expressions.


def _name(node: ast.Name) -> ir.Expr:
    _seen.words[node.id] = None
    return ir.Name(node.id, _LINES[node.lineno])


def _constant(node: ast.Constant) -> ir.Expr:
    value = node.value
    if isinstance(value, str):
        if len(value) <= LONGEST_TEXT and is_text(value):
            if value.isidentifier():
                _seen.words[value] = None
            return ir.Const(value)
        return ir.Const(None, False)
    if isinstance(value, bool | float) or value is None:
        return ir.Const(value)
    return _integer(value) if isinstance(value, int) else ir.Const(None, False)


def _integer(value: int) -> ir.Const:
    # The serialised form has 64 bits; no seed or count is larger.
    return ir.Const(value) if -(2**63) <= value < 2**64 else ir.Const(None, False)


def _attribute(node: ast.Attribute) -> ir.Expr:
    _seen.words[node.attr] = None
    if type(node.ctx) is ast.Store:
        _seen.words["." + node.attr] = None
    value = node.value
    return ir.Attr(_EXPRESSIONS[type(value)](value), node.attr, _LINES[node.end_lineno or node.lineno])


def _call(node: ast.Call) -> ir.Expr:
    function, arguments = node.func, node.args
    if type(function) is ast.Name:
        _seen.words[function.id + "("] = None
        if function.id in GETTERS and (getter := as_lambda(node)) is not None:
            return _lambda(getter)
        if function.id == "setattr" and len(arguments) > 1:
            _set_by_key(arguments[1])
    elif type(function) is ast.Attribute:
        _seen.words[function.attr + "("] = None
        if function.attr in GETTERS and (getter := as_lambda(node)) is not None:
            return _lambda(getter)
        if function.attr in ir.CHANGING:
            _changed(function.value)
        if function.attr == "update":
            _seen.words.update((f".{keyword.arg}", None) for keyword in node.keywords)
    return ir.Call(
        _EXPRESSIONS[type(function)](function),
        tuple([_EXPRESSIONS[type(argument)](argument) for argument in arguments]) if arguments else (),
        _keywords(node.keywords),
        _LINES[node.lineno],
    )


def _keywords(nodes: list[ast.keyword]) -> tuple[ir.Keyword, ...]:
    return tuple([_keyword(node) for node in nodes]) if nodes else ()


def _keyword(node: ast.keyword) -> ir.Keyword:
    if node.arg is not None:
        _seen.words[node.arg] = None
    return ir.Keyword(node.arg, _expr(node.value))


def _set_by_key(key: ast.expr) -> None:
    if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
        _seen.words["." + key.value] = None


def _changed(holder: ast.expr) -> None:
    while isinstance(holder, ast.Attribute | ast.Subscript):
        if isinstance(holder, ast.Attribute):
            _seen.words[holder.attr + "["] = None
        holder = holder.value


def _subscript(node: ast.Subscript) -> ir.Expr:
    if type(node.ctx) is ast.Store:
        _set_by_key(node.slice)
        _changed(node.value)
    return ir.Sub(_expr(node.value), _expr(node.slice), _LINES[node.lineno])


def _sequence(node: ast.List | ast.Tuple | ast.Set) -> ir.Expr:
    return ir.Seq(_exprs(node.elts))


def _dict(node: ast.Dict) -> ir.Expr:
    return ir.DictDisplay(tuple([_optional(key) for key in node.keys]), _exprs(node.values))


def _lambda(node: ast.Lambda) -> ir.Expr:
    _seen.nested = True
    return ir.Lambda(_params(node.args), _expr(node.body), _LINES[node.lineno])


def _if_exp(node: ast.IfExp) -> ir.Expr:
    return ir.Cond(_expr(node.test), _expr(node.body), _expr(node.orelse))


def _bool_op(node: ast.BoolOp) -> ir.Expr:
    return ir.BoolOp("and" if isinstance(node.op, ast.And) else "or", _exprs(node.values))


def _bin_op(node: ast.BinOp) -> ir.Expr:
    # A chain of thousands of terms would exhaust the stack: unrolled from the left.
    chain: list[ast.BinOp] = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    if len(chain) > MOST_TERMS:
        raise RecursionError(f"{len(chain)} terms")
    left = _expr(chain[-1].left)
    for link in reversed(chain):
        left = ir.BinOp(_OPERATORS[type(link.op)], left, _expr(link.right))
    return left


def _unary_op(node: ast.UnaryOp) -> ir.Expr:
    value = _expr(node.operand)
    if isinstance(node.op, ast.USub) and isinstance(value, ir.Const) and isinstance(value.value, int | float):
        return ir.Const(-value.value) if isinstance(value.value, float) else _integer(-value.value)
    return ir.UnaryOp(_OPERATORS[type(node.op)], value)


def _compare(node: ast.Compare) -> ir.Expr:
    return ir.Compare(_expr(node.left), tuple([_OPERATORS[type(op)] for op in node.ops]), _exprs(node.comparators))


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> ir.Expr:
    return ir.Comp(None, _expr(node.elt), _generators(node.generators), _LINES[node.lineno])


def _dict_comprehension(node: ast.DictComp) -> ir.Expr:
    return ir.Comp(_expr(node.key), _expr(node.value), _generators(node.generators), _LINES[node.lineno])


def _generators(nodes: list[ast.comprehension]) -> tuple[ir.Generator, ...]:
    return tuple([ir.Generator(_expr(node.target), _expr(node.iter), _exprs(node.ifs)) for node in nodes])


def _starred(node: ast.Starred) -> ir.Expr:
    return ir.Star(_expr(node.value))


def _named(node: ast.NamedExpr) -> ir.Expr:
    _seen.words[node.target.id] = None
    return ir.Walrus(ir.Name(node.target.id, _LINES[node.target.lineno]), _expr(node.value))


_yielding: list[bool] = [False]
"""For each function being lowered, innermost last, whether a `yield` has been seen in it."""


def _yield(node: ast.Yield | ast.YieldFrom) -> ir.Expr:
    _yielding[-1] = True
    return ir.Yield(_optional(node.value), _LINES[node.lineno])


def _await(node: ast.Await) -> ir.Expr:
    return _expr(node.value)


def _joined(node: ast.JoinedStr) -> ir.Expr:
    return ir.Text(_exprs(node.values))


def _formatted(node: ast.FormattedValue) -> ir.Expr:
    return _expr(node.value)


def _slice(node: ast.Slice) -> ir.Expr:
    return ir.Other(tuple([_expr(part) for part in (node.lower, node.upper, node.step) if part is not None]))


def _params(node: ast.arguments) -> tuple[ir.Param, ...]:
    positional = [*node.posonlyargs, *node.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults)) + list(node.defaults)
    params = [
        ir.Param(argument.arg, _optional(default), "p", _optional(argument.annotation))
        for argument, default in zip(positional, defaults, strict=True)
    ]
    if node.vararg is not None:
        params.append(ir.Param(node.vararg.arg, None, "*"))
    params.extend(
        ir.Param(argument.arg, _optional(default), "k", _optional(argument.annotation))
        for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
    )
    if node.kwarg is not None:
        params.append(ir.Param(node.kwarg.arg, None, "**"))
    return tuple(params)


# Statements: each appends what it becomes to `out`.


def _assign(node: ast.Assign, out: list[ir.Stmt]) -> None:
    out.append(ir.Assign(_exprs(node.targets), _expr(node.value), _LINES[node.lineno]))


def _annotated(node: ast.AnnAssign, out: list[ir.Stmt]) -> None:
    # A bare annotation binds nothing, but a dataclass field without default is one.
    value = ir.Const(None, False) if node.value is None else _expr(node.value)
    out.append(ir.Assign((_expr(node.target),), value, _LINES[node.lineno], _expr(node.annotation)))


def _augmented(node: ast.AugAssign, out: list[ir.Stmt]) -> None:
    out.append(ir.AugAssign(_expr(node.target), _OPERATORS[type(node.op)], _expr(node.value), _LINES[node.lineno]))


def _for(node: ast.For | ast.AsyncFor, out: list[ir.Stmt]) -> None:
    _seen.loops = True
    out.append(
        ir.For(_expr(node.target), _expr(node.iter), _block(node.body), _block(node.orelse), _LINES[node.lineno])
    )


def _while(node: ast.While, out: list[ir.Stmt]) -> None:
    _seen.loops = True
    out.append(ir.While(_expr(node.test), _block(node.body), _block(node.orelse), _LINES[node.lineno]))


def _if(node: ast.If, out: list[ir.Stmt]) -> None:
    # A ladder of thousands of `elif` would exhaust the stack: unrolled, then built from the end.
    ladder: list[ast.If] = [node]
    while len(ladder[-1].orelse) == 1 and isinstance(ladder[-1].orelse[0], ast.If):
        ladder.append(ladder[-1].orelse[0])
    _check_branches(ladder)
    orelse = _block(ladder[-1].orelse)
    for step in reversed(ladder):
        built = ir.If(_expr(step.test), _block(step.body), orelse, _LINES[step.lineno])
        orelse = ir.Block((built,), _LINES[step.lineno], _LINES[step.end_lineno or step.lineno])
    out.extend(orelse.body)


def _with(node: ast.With | ast.AsyncWith, out: list[ir.Stmt]) -> None:
    items = tuple([ir.WithItem(_expr(item.context_expr), _optional(item.optional_vars)) for item in node.items])
    out.append(ir.With(items, _block(node.body), _LINES[node.lineno]))


def _try(node: ast.Try | ast.TryStar, out: list[ir.Stmt]) -> None:
    handlers = tuple([_block(handler.body) for handler in node.handlers])
    out.append(ir.Try(_block(node.body), handlers, _block(node.orelse), _block(node.finalbody), _LINES[node.lineno]))


def _return(node: ast.Return, out: list[ir.Stmt]) -> None:
    out.append(ir.Return(_optional(node.value), _LINES[node.lineno]))


def _do(node: ast.Expr, out: list[ir.Stmt]) -> None:
    if not isinstance(node.value, ast.Constant):
        out.append(ir.Do(_expr(node.value), _LINES[node.lineno]))


def _assert(node: ast.Assert, out: list[ir.Stmt]) -> None:
    out.append(ir.Do(_expr(node.test), _LINES[node.lineno]))


def _delete(node: ast.Delete, out: list[ir.Stmt]) -> None:
    out.append(ir.Do(ir.Other(_exprs(node.targets)), _LINES[node.lineno]))


def _import(node: ast.Import, out: list[ir.Stmt]) -> None:
    for alias in node.names:
        _seen.words[alias.name] = None
        out.append(ir.Import(alias.name, alias.asname, _LINES[node.lineno]))


def _import_from(node: ast.ImportFrom, out: list[ir.Stmt]) -> None:
    module = node.module or ""
    for alias in node.names:
        _seen.words[alias.name] = None
        out.append(ir.ImportFrom(module, node.level, alias.name, alias.asname, _LINES[node.lineno]))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, out: list[ir.Stmt]) -> None:
    _yielding.append(False)
    body = _body(node.body)
    generator = _yielding.pop()
    out.append(
        ir.FunctionDef(
            node.name,
            _params(node.args),
            body,
            _exprs(node.decorator_list),
            _optional(node.returns),
            generator,
            _LINES[node.lineno],
        )
    )


def _body(statements: list[ast.stmt]) -> ir.Body:
    """A function's block; that of an outermost function is encoded."""
    outermost = _seen.depth == 0
    if outermost:
        _seen.words, _seen.nested, _seen.loops = {}, False, False
    else:
        _seen.nested = True
    _seen.depth += 1
    lowered = _statements(statements)
    _seen.depth -= 1
    start, end = _LINES[statements[0].lineno], _LINES[statements[-1].end_lineno or statements[-1].lineno]
    if not outermost:
        return ir.Body(lowered, start, end, "", True, True)
    body = ir.Body(lowered, start, end, f" {' '.join(_seen.words)} ", _seen.nested, _seen.loops)
    with suppress(RecursionError):
        body.encode()
    return body


def _class(node: ast.ClassDef, out: list[ir.Stmt]) -> None:
    _seen.nested = True
    out.append(
        ir.ClassDef(
            node.name,
            _exprs(node.bases),
            _keywords(node.keywords),
            _block(node.body),
            _exprs(node.decorator_list),
            _LINES[node.lineno],
        )
    )


def _declare(node: ast.Global | ast.Nonlocal, out: list[ir.Stmt]) -> None:
    _seen.nested = True
    out.append(ir.Declare(tuple(node.names), _LINES[node.lineno]))


def _raise(node: ast.Raise, out: list[ir.Stmt]) -> None:
    out.append(ir.Stop("raise", _optional(node.exc), _LINES[node.lineno]))


def _break(node: ast.Break, out: list[ir.Stmt]) -> None:
    out.append(ir.Stop("break", None, _LINES[node.lineno]))


def _continue(node: ast.Continue, out: list[ir.Stmt]) -> None:
    out.append(ir.Stop("continue", None, _LINES[node.lineno]))


def _check_branches(branches: Sized) -> None:
    if len(branches) > MOST_BRANCHES:
        raise RecursionError(f"{len(branches)} branches")


def _match(node: ast.Match, out: list[ir.Stmt]) -> None:
    subject = _expr(node.subject)
    cases = list(node.cases)
    _check_branches(cases)
    orelse = _EMPTY
    if _always(cases[-1]):
        orelse = _case(cases.pop(), subject)
    for case in reversed(cases):
        line = _LINES[case.pattern.lineno]
        test = _pattern(case.pattern, subject)
        if case.guard is not None:
            test = ir.BoolOp("and", (test, _expr(case.guard)))
        body = _case(case, subject)
        built = ir.If(test, body, orelse, line)
        orelse = ir.Block((built,), line, max(body.end, orelse.end))
    out.extend(orelse.body)


def _always(case: ast.match_case) -> bool:
    """Whether a case takes what no other one took: `case _:`, `case other:`."""
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _case(case: ast.match_case, subject: ir.Expr) -> ir.Block:
    """What a case runs; first it binds what its pattern names, the whole of the subject or parts that are left open."""
    block = _block(case.body)
    line = _LINES[case.pattern.lineno]
    bound: list[ir.Stmt] = []
    for part in ast.walk(case.pattern):
        name = part.rest if isinstance(part, ast.MatchMapping) else getattr(part, "name", None)
        if isinstance(name, str):
            value = subject if part is case.pattern else ir.Const(None, False)
            bound.append(ir.Assign((ir.Name(name, line),), value, line))
            _seen.words[name] = None
    return ir.Block((*bound, *block.body), line if bound else block.start, block.end)


def _pattern(pattern: ast.pattern, subject: ir.Expr) -> ir.Expr:
    """The test that a pattern is: of a value, of one of several, or one that nobody can decide."""
    match pattern:
        case ast.MatchValue():
            return ir.Compare(subject, ("==",), (_expr(pattern.value),))
        case ast.MatchSingleton():
            return ir.Compare(subject, ("is",), (ir.Const(pattern.value),))
        case ast.MatchOr():
            return ir.BoolOp("or", tuple([_pattern(each, subject) for each in pattern.patterns]))
        case _:
            return ir.Other((subject,))


_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.MatMult: "@",
    ast.Not: "not",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_EXPRESSIONS: dict[type[ast.expr], Callable[[Any], ir.Expr]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.Lambda: _lambda,
    ast.IfExp: _if_exp,
    ast.BoolOp: _bool_op,
    ast.BinOp: _bin_op,
    ast.UnaryOp: _unary_op,
    ast.Compare: _compare,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Starred: _starred,
    ast.NamedExpr: _named,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Await: _await,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.Slice: _slice,
}

_STATEMENTS: dict[type[ast.stmt], Callable[[Any, list[ir.Stmt]], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Return: _return,
    ast.Expr: _do,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Global: _declare,
    ast.Nonlocal: _declare,
    ast.Raise: _raise,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Match: _match,
}
