"""Calls out of tables of functions: `BUILDERS[kind](options)`."""

import re
from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate.classes import Classes
from analysis.link.scopes import FunctionInfo, Module, leaf_name
from analysis.link.values import Frame, FunctionValue

MOST_TABLES = 6
"""Files with a table that one function can be in, and tables in one file."""
MOST_CALLING = 20
"""Files that name a table."""


def called_from_tables(ev: Classes, function: FunctionInfo) -> Iterator[tuple[ir.Call, Frame]]:
    """The calls that may mean a function because a table has it; of functions under `def` that are no methods."""
    if function.cls is not None or not isinstance(function.node, ir.FunctionDef):
        return
    listed = re.compile(rb"[\[({:,=]\s{0,40}(?:\w{1,60}\.){0,3}%b\s{0,40}[\])},\n]" % re.escape(function.name.encode()))
    holding = [path for path in ev.project.mentioning(function.name) if listed.search(ev.project.texts[path])]
    for path in holding[:MOST_TABLES]:
        module = ev.project.module(path)
        if module is None:
            continue
        tables = [name for name in module.scope.bindings if _is_table(module, name, function.name)][:MOST_TABLES]
        yield from _calls(ev, module, function, {function.name, *tables})
        for other in dict.fromkeys(each for name in tables for each in ev.project.mentioning(name)[:MOST_CALLING]):
            elsewhere = ev.project.module(other) if other != path else None
            if elsewhere is not None:
                yield from _calls(ev, elsewhere, function, set(tables))


def _is_table(module: Module, name: str, function: str) -> bool:
    nodes = [binding.node for binding in module.scope.bindings[name]]
    return any(
        isinstance(node, ir.DictDisplay) and any(leaf_name(value) == function for value in node.values)
        for node in nodes
    )


def _calls(ev: Classes, module: Module, function: FunctionInfo, words: set[str]) -> Iterator[tuple[ir.Call, Frame]]:
    """The calls of what a table has in the bodies that name a table or what is in it."""
    bodies = [(module.scope, ev.module_frame(module))]
    bodies += [(o.scope, ev.owner_frame(o, module)) for o in module.functions if any(map(o.mentions, words))]
    for scope, frame in bodies:
        for call in scope.calls:
            if _is_asked(call.func):
                values = ev.within(ev.eval, call.func, frame)
                if any(isinstance(value, FunctionValue) and value.function is function for value in values):
                    yield call, frame


def _is_asked(func: ir.Expr) -> bool:
    """`TABLE[kind]`, `TABLE.get(kind)`"""
    match func:
        case ir.Sub() | ir.Call(func=ir.Attr(name="get")):
            return True
        case _:
            return False
