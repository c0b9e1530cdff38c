"""Expressions of CPython's syntax tree as those of the facts' tree.

A dispatch table by node type instead of `ast.NodeVisitor`, which is several times slower on the same trees.
"""

import ast
from collections.abc import Callable
from typing import Any

from analysis.facts import ir
from analysis.facts.getters import GETTERS, as_lambda
from analysis.facts.lower.limits import LONGEST_TEXT, MOST_TERMS
from analysis.facts.lower.operators import OPERATORS
from analysis.facts.lower.seen import LINES, Seen
from analysis.text import is_text


def expression(seen: Seen, node: ast.expr) -> ir.Expr:
    """What an expression becomes. Raises RecursionError for one that is nested too deeply."""
    return _EXPRESSIONS[type(node)](seen, node)


def optional(seen: Seen, node: ast.expr | None) -> ir.Expr | None:
    """What an expression becomes that may be left out."""
    return None if node is None else expression(seen, node)


def expressions(seen: Seen, nodes: list[ast.expr]) -> tuple[ir.Expr, ...]:
    """What each of some expressions becomes."""
    return tuple([_EXPRESSIONS[type(node)](seen, node) for node in nodes]) if nodes else ()


def _name(seen: Seen, node: ast.Name) -> ir.Expr:
    seen.words[node.id] = None
    return ir.Name(node.id, LINES[node.lineno])


def _constant(seen: Seen, node: ast.Constant) -> ir.Expr:
    value = node.value
    if isinstance(value, str):
        if len(value) <= LONGEST_TEXT and is_text(value):
            if value.isidentifier():
                seen.words[value] = None
            return ir.Const(value)
        return ir.Const(None, False)
    if isinstance(value, bool | float) or value is None:
        return ir.Const(value)
    return _integer(value) if isinstance(value, int) else ir.Const(None, False)


def _integer(value: int) -> ir.Const:
    # The serialised form has 64 bits; no seed or count is larger.
    return ir.Const(value) if -(2**63) <= value < 2**64 else ir.Const(None, False)


def _attribute(seen: Seen, node: ast.Attribute) -> ir.Expr:
    seen.words[node.attr] = None
    if type(node.ctx) is ast.Store:
        seen.words["." + node.attr] = None
    value = node.value
    return ir.Attr(_EXPRESSIONS[type(value)](seen, value), node.attr, LINES[node.end_lineno or node.lineno])


def _call(seen: Seen, node: ast.Call) -> ir.Expr:
    function, arguments = node.func, node.args
    if type(function) is ast.Name:
        seen.words[function.id + "("] = None
        if function.id in GETTERS and (getter := as_lambda(node)) is not None:
            return _lambda(seen, getter)
        if function.id == "setattr" and len(arguments) > 1:
            _set_by_key(seen, arguments[1])
    elif type(function) is ast.Attribute:
        seen.words[function.attr + "("] = None
        if function.attr in GETTERS and (getter := as_lambda(node)) is not None:
            return _lambda(seen, getter)
        if function.attr in ir.CHANGING:
            _changed(seen, function.value)
        if function.attr == "update":
            seen.words.update((f".{keyword.arg}", None) for keyword in node.keywords)
    return ir.Call(
        _EXPRESSIONS[type(function)](seen, function),
        tuple([_EXPRESSIONS[type(argument)](seen, argument) for argument in arguments]) if arguments else (),
        keywords(seen, node.keywords),
        LINES[node.lineno],
    )


def keywords(seen: Seen, nodes: list[ast.keyword]) -> tuple[ir.Keyword, ...]:
    """What the keywords of a call or of a class become."""
    return tuple([_keyword(seen, node) for node in nodes]) if nodes else ()


def _keyword(seen: Seen, node: ast.keyword) -> ir.Keyword:
    if node.arg is not None:
        seen.words[node.arg] = None
    return ir.Keyword(node.arg, expression(seen, node.value))


def _set_by_key(seen: Seen, key: ast.expr) -> None:
    if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
        seen.words["." + key.value] = None


def _changed(seen: Seen, holder: ast.expr) -> None:
    while isinstance(holder, ast.Attribute | ast.Subscript):
        if isinstance(holder, ast.Attribute):
            seen.words[holder.attr + "["] = None
        holder = holder.value


def _subscript(seen: Seen, node: ast.Subscript) -> ir.Expr:
    if type(node.ctx) is ast.Store:
        _set_by_key(seen, node.slice)
        _changed(seen, node.value)
    return ir.Sub(expression(seen, node.value), expression(seen, node.slice), LINES[node.lineno])


def _sequence(seen: Seen, node: ast.List | ast.Tuple | ast.Set) -> ir.Expr:
    return ir.Seq(expressions(seen, node.elts))


def _dict(seen: Seen, node: ast.Dict) -> ir.Expr:
    return ir.DictDisplay(tuple([optional(seen, key) for key in node.keys]), expressions(seen, node.values))


def _lambda(seen: Seen, node: ast.Lambda) -> ir.Expr:
    seen.nested = True
    return ir.Lambda(parameters(seen, node.args), expression(seen, node.body), LINES[node.lineno])


def _if_exp(seen: Seen, node: ast.IfExp) -> ir.Expr:
    return ir.Cond(expression(seen, node.test), expression(seen, node.body), expression(seen, node.orelse))


def _bool_op(seen: Seen, node: ast.BoolOp) -> ir.Expr:
    return ir.BoolOp("and" if isinstance(node.op, ast.And) else "or", expressions(seen, node.values))


def _bin_op(seen: Seen, node: ast.BinOp) -> ir.Expr:
    # A chain of thousands of terms would exhaust the stack: unrolled from the left.
    chain: list[ast.BinOp] = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    if len(chain) > MOST_TERMS:
        raise RecursionError(f"{len(chain)} terms")
    left = expression(seen, chain[-1].left)
    for link in reversed(chain):
        left = ir.BinOp(OPERATORS[type(link.op)], left, expression(seen, link.right))
    return left


def _unary_op(seen: Seen, node: ast.UnaryOp) -> ir.Expr:
    value = expression(seen, node.operand)
    if isinstance(node.op, ast.USub) and isinstance(value, ir.Const) and isinstance(value.value, int | float):
        return ir.Const(-value.value) if isinstance(value.value, float) else _integer(-value.value)
    return ir.UnaryOp(OPERATORS[type(node.op)], value)


def _compare(seen: Seen, node: ast.Compare) -> ir.Expr:
    return ir.Compare(
        expression(seen, node.left),
        tuple([OPERATORS[type(op)] for op in node.ops]),
        expressions(seen, node.comparators),
    )


def _comprehension(seen: Seen, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> ir.Expr:
    return ir.Comp(None, expression(seen, node.elt), _generators(seen, node.generators), LINES[node.lineno])


def _dict_comprehension(seen: Seen, node: ast.DictComp) -> ir.Expr:
    return ir.Comp(
        expression(seen, node.key), expression(seen, node.value), _generators(seen, node.generators), LINES[node.lineno]
    )


def _generators(seen: Seen, nodes: list[ast.comprehension]) -> tuple[ir.Generator, ...]:
    return tuple(
        [
            ir.Generator(expression(seen, node.target), expression(seen, node.iter), expressions(seen, node.ifs))
            for node in nodes
        ]
    )


def _starred(seen: Seen, node: ast.Starred) -> ir.Expr:
    return ir.Star(expression(seen, node.value))


def _named(seen: Seen, node: ast.NamedExpr) -> ir.Expr:
    seen.words[node.target.id] = None
    return ir.Walrus(ir.Name(node.target.id, LINES[node.target.lineno]), expression(seen, node.value))


def _yield(seen: Seen, node: ast.Yield | ast.YieldFrom) -> ir.Expr:
    seen.yielding[-1] = True
    value = optional(seen, node.value)
    if isinstance(node, ast.YieldFrom) and value is not None:
        value = ir.Star(value)
    return ir.Yield(value, LINES[node.lineno])


def _await(seen: Seen, node: ast.Await) -> ir.Expr:
    return expression(seen, node.value)


def _joined(seen: Seen, node: ast.JoinedStr) -> ir.Expr:
    return ir.Text(expressions(seen, node.values))


def _formatted(seen: Seen, node: ast.FormattedValue) -> ir.Expr:
    return expression(seen, node.value)


def _slice(seen: Seen, node: ast.Slice) -> ir.Expr:
    return ir.Other(tuple([expression(seen, part) for part in (node.lower, node.upper, node.step) if part is not None]))


def parameters(seen: Seen, node: ast.arguments) -> tuple[ir.Param, ...]:
    """What a function's parameters become."""
    positional = [*node.posonlyargs, *node.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults)) + list(node.defaults)
    params = [
        ir.Param(argument.arg, optional(seen, default), "p", optional(seen, argument.annotation))
        for argument, default in zip(positional, defaults, strict=True)
    ]
    if node.vararg is not None:
        params.append(ir.Param(node.vararg.arg, None, "*"))
    params.extend(
        ir.Param(argument.arg, optional(seen, default), "k", optional(seen, argument.annotation))
        for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
    )
    if node.kwarg is not None:
        params.append(ir.Param(node.kwarg.arg, None, "**"))
    return tuple(params)


_EXPRESSIONS: dict[type[ast.expr], Callable[[Seen, Any], ir.Expr]] = {
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
