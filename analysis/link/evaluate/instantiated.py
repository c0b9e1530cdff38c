"""What hydra's `instantiate(cfg.transform, size=4)` makes of the settings that configuration files describe."""

from analysis.facts import ir
from analysis.link.evaluate.access import Access
from analysis.link.scopes import dotted_name, leaf_name, setting_name
from analysis.link.values import Argument, CallArgs, Frame, Instance, Unknown, Value, Values, union

_HANDED_ON = 4
"""Names that a setting goes under on its way to what makes an object of it."""


def instantiated(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """What stands under that key, made with what the code sets in it before and with what the call adds."""
    asked = call.args[0] if call.args else None
    added = {**_set_before(ev, call, frame), **ev.collect(call, frame).named}
    source, keys = ev.described, sections(ev, asked, frame)
    described = union((), *map(source.under, keys)) if source else ()
    if source and (_is_chosen(asked) or (isinstance(asked, ir.Name) and ev.iterates(asked, frame))):
        described = union(ev.elements(described), *map(source.parts, keys))
    out: list[Value] = []
    for value in described:
        if isinstance(value, Instance) and value.args is not None and added:
            value = Instance(value.cls, value.class_frame, CallArgs([], {**value.args.named, **added}))
        out.append(value)
    return tuple(out) or (Unknown("made from configuration"),)


def _set_before(ev: Access, call: ir.Call, frame: Frame) -> dict[str, Argument]:
    """The settings that the same body puts into a section: `section.size = 4; instantiate(section)`."""
    name = dotted_name(call.args[0]) if call.args else ""
    scope = frame.module.scope if frame.function is None else frame.function.scope
    return {
        assign.name: Argument(assign.binding.node, frame)
        for assign in scope.attributes
        if assign.op is None
        and assign.binding.line < call.line
        and name
        and name == dotted_name(assign.target)
        and isinstance(assign.binding.node, ir.Node)
        and not isinstance(assign.binding.node, ir.Import | ir.ImportFrom)
        and not ev.guarded_out(assign.binding.guards, frame)
    }


def _is_chosen(expr: ir.Expr | None) -> bool:
    """Whether an expression is one of a section's, by a key that does not stand there: `cfg.steps[camera]`."""
    return isinstance(expr, ir.Sub) and not isinstance(expr.index, ir.Const)


def sections(ev: Access, expr: ir.Expr | None, frame: Frame, depth: int = 0) -> list[str]:
    """The keys of the settings that an expression can be: of `each` of `for each in cfg.steps` that of the list.

    What a function makes of a setting, `each = with_defaults(each)`, stands under the same key.
    """
    match expr:
        case ir.Name(id=name, line=line):
            handed = ev.definitions(name, frame, line) if depth < _HANDED_ON else None
            inner = [sections(ev, each.expr, each.frame, depth + 1) for each in handed or () if each.frame is not None]
            return [*dict.fromkeys(key for keys in inner for key in keys)] or [name]
        case ir.Call(func=ir.Attr(name="values" | "items", value=holder)):
            return sections(ev, holder, frame, depth)
        case ir.Call(func=ir.Name(), args=(ir.Name() as changed,)):
            return sections(ev, changed, frame, depth)
        case ir.Sub(value=holder) if _is_chosen(expr):
            return sections(ev, holder, frame, depth)
        case ir.Attr(value=ir.Name(id=own), name=name) if depth < _HANDED_ON:
            kept = (
                sections(ev, each.expr, each.frame, depth + 1) for each in _kept(ev, own, name, frame) if each.frame
            )
            return [*dict.fromkeys([name, *(key for keys in kept for key in keys)])]
        case _:
            key = setting_name(expr) or leaf_name(expr)
            return [key] if key else []


def _kept(ev: Access, own: str, name: str, frame: Frame) -> list[Argument]:
    """What methods keep under an attribute of their own object: `self.settings = settings`."""
    function = frame.function
    cls = None if function is None or not function.params or function.params[0].name != own else function.cls
    found = ev.assignments(cls, name) if cls is not None else []
    return [
        Argument(assign.binding.node, ev.loose_frame(method))
        for method, assign in found
        if isinstance(assign.binding.node, ir.Name | ir.Attr | ir.Sub)
    ]
