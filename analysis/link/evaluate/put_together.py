"""Texts that a program puts together, of which a part cannot be read: how they begin and end, and what is named so."""

import re

from analysis.facts import ir
from analysis.link.evaluate.access import Access
from analysis.link.evaluate.subscripts import MOST_MODULES
from analysis.link.values import (
    MOST_VALUES,
    ClassValue,
    External,
    Frame,
    FunctionValue,
    Instance,
    ModuleValue,
    Values,
    union,
)

BLANK = "_0any0_"
"""In the place of what cannot be read: a name that nobody gives."""
_MOST_PARTS = 200
"""Of a text that is put together, those of texts that are put into it among them."""
_FILLED_IN = re.compile(r"%[-+ #0-9.]*[a-z]")
_BRACES = re.compile(r"\{[^}]*+\}?")
"""What `%` and `str.format` put values in place of."""


def ends_of(expr: ir.Expr, ev: Access, frame: Frame) -> tuple[str, str]:
    """How a text begins and ends of which the middle cannot be read: `"flip_" + axis`, f"{name}_crop", "aug_%s" % n."""
    text = as_far_as_known(expr, ev, frame)
    return text.partition(BLANK)[0], text.rpartition(BLANK)[2]


def named_like(ev: Access, holder: ModuleValue, ends: tuple[str, str]) -> Values:
    """The functions and classes of a module whose names begin and end so; none when neither end is known."""
    if ends == ("", ""):
        return ()
    names = [name for name in holder.module.scope.bindings if _is_like(name, ends)]
    values = union((), *(ev.attribute(holder, name) for name in names))
    return tuple(value for value in values if isinstance(value, FunctionValue | ClassValue))


def methods_like(ev: Access, holder: Instance, ends: tuple[str, str], frame: Frame) -> Values:
    """The methods of an object that a name which is not readable can mean."""
    names = dict.fromkeys(name for cls in ev.mro(holder.cls) for name in cls.methods if _is_like(name, ends))
    asking = frame.function.name if frame.function is not None else ""
    wanted = [name for name in names if name != asking and not name.startswith("__")]
    return union((), *(ev.attribute(holder, name) for name in wanted[:MOST_VALUES]))


def _is_like(name: str, ends: tuple[str, str]) -> bool:
    return name.startswith(ends[0]) and name.endswith(ends[1]) and len(name) >= len(ends[0]) + len(ends[1])


def as_far_as_known(expr: ir.Expr, ev: Access, frame: Frame) -> str:
    """A text or path, `os.path.join(root, kind + ".py")`, as far as it can be read, and `BLANK` for each other part."""
    return _known_part(expr, ev, frame, [_MOST_PARTS])


def _known_part(expr: ir.Expr, ev: Access, frame: Frame, left: list[int]) -> str:
    """The same of one part, as long as any are left: names may be made of each other without end."""
    left[0] -= 1
    if left[0] < 0:
        return BLANK
    match expr:
        case ir.Const(value=str() as text):
            return text
        case ir.Text(parts=parts):
            return "".join(_known_part(part, ev, frame, left) for part in parts)
        case ir.BinOp(op="+" | "/" as op):
            sides = [_known_part(side, ev, frame, left) for side in (expr.left, expr.right)]
            return ("" if op == "+" else op).join(sides)
        case ir.BinOp(op="%", left=text):
            return _FILLED_IN.sub(BLANK, _known_part(text, ev, frame, left))
        case ir.Call(func=ir.Attr(name="format", value=text)):
            return _BRACES.sub(BLANK, _known_part(text, ev, frame, left))
        case ir.Call(func=ir.Attr(name="join") as func, args=args) if _joins_paths(ev.eval(func, frame)):
            return "/".join(_known_part(arg, ev, frame, left) for arg in args)
        case ir.Name() | ir.Attr() | ir.Sub():
            made = ev.definitions(expr.id, frame, expr.line) or () if isinstance(expr, ir.Name) else ()
            composed = [each.expr for each in made if isinstance(each.expr, ir.Text | ir.BinOp | ir.Call)]
            # First of all what it is made of: of a sum of which one part alone can be read, the value is that part.
            text = _known_part(composed[0], ev, frame, left) if len(composed) == len(made) == 1 else BLANK
            known = [value.value for value in ev.constants(ev.eval(expr, frame)) if isinstance(value.value, str)]
            return known[0] if text == BLANK and len(known) == 1 else text
        case _:
            return BLANK


def _joins_paths(values: Values) -> bool:
    return any(isinstance(value, External) and value.name == "os.path.join" for value in values)


def modules_like(ev: Access, path: str) -> Values:
    """The modules at a path with blanks, of which no more than a part of the name of a file or folder is missing."""
    names = path.removeprefix("./").split("/")
    if names[0].startswith(BLANK):
        return ()
    wanted = [name.split(BLANK) for name in names]
    paths = [
        each
        for each in ev.project.sources
        if each.count("/") == len(wanted) - 1 and all(map(_fits, each.split("/"), wanted))
    ]
    modules = map(ev.project.module, paths if len(paths) <= MOST_MODULES else ())
    return tuple(ModuleValue(each) for each in modules if each is not None)


def _fits(name: str, parts: list[str]) -> bool:
    """Whether a name consists of the parts, in their order, with something between each and the next."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return name == first
    if not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in parts[1:-1]:
        found = name.find(part, at + 1, end)
        if found < 0:
            return False
        at = found + len(part)
    return at < end
