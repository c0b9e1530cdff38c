"""What functions are called with by detectron2's and gin's `@configurable`, and by sacred."""

from collections.abc import Iterator

from msgspec.structs import replace

from analysis.facts import ir
from analysis.link.evaluate.classes import Classes
from analysis.link.scopes import FunctionInfo, dotted_name, leaf_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    FunctionValue,
    Mapping,
    Unknown,
    Value,
    Values,
    union,
)

_DECORATOR = "configurable"
_CAPTURING = frozenset({"automain", "capture", "command", "main"})
_CONFIGURING = ("config", "named_config")
_ALL_OF_IT = "_config"
_GINS = frozenset({"configurable", "gin.configurable", "gin.config.configurable", "gin.register"})


def takes_configuration(function: FunctionInfo) -> bool:
    """Whether it is decorated so; gin's decorator of that name leaves the call as it is."""
    return _DECORATOR in function.decorator_names() and not any(
        dotted_name(decorator.func if isinstance(decorator, ir.Call) else decorator).startswith("gin.")
        for decorator in _decorators(function)
    )


def from_configuration(ev: Classes, function: FunctionInfo, args: CallArgs) -> dict[str, Argument]:
    """The parameters by name: what `from_config` returns for them; what it does not show is a setting."""
    named = {p.name: Argument(None, None, (Unknown("from configuration", p.name),)) for p in function.params}
    for maker in _makers(ev, function):
        frame = ev.bind(maker.function, args, maker.frame, maker.receiver)
        for back in maker.function.scope.returns:
            shown = _display(back.value, maker.function)
            for key, value in zip(shown.keys, shown.values, strict=True) if shown is not None else ():
                if isinstance(key, ir.Const) and isinstance(key.value, str):
                    named[key.value] = Argument(value, frame)
    return named


def bound_by_gin(ev: Classes, function: FunctionInfo, param: ir.Param) -> Values:
    """What gin's configuration gives a parameter of a function, or of a class's constructor, that it is told of."""
    if ev.bindings is None:
        return ()
    holder = function.cls if function.name == "__init__" and function.cls is not None else function
    if isinstance(holder.node, ir.Lambda):
        return ()
    for decorator in holder.node.decorators:
        called = decorator.func if isinstance(decorator, ir.Call) else decorator
        if dotted_name(called) in _GINS:
            given = decorator.args[:1] if isinstance(decorator, ir.Call) else ()
            names = [arg.value for arg in given if isinstance(arg, ir.Const) and isinstance(arg.value, str)]
            return ev.bindings.of(names[0].rpartition(".")[2] if names else holder.name, param.name)
    return ()


def captured(ev: Classes, function: FunctionInfo, param: ir.Param) -> Values:
    """What sacred gives a parameter of a function that it calls: a variable of a function with `@ex.config`.

    All of them under `_config`. Each can be set when a program is started.
    """
    if isinstance(function.node, ir.Lambda) or not any(map(_captures, function.node.decorators)):
        return ()
    if param.name == _ALL_OF_IT:
        owners = list(_configuring(ev, "sacred"))
        names = dict.fromkeys(name for owner in owners for name in owner.scope.bindings)
        items = ((name, Argument(None, None, _set_by(ev, owners, name))) for name in names)
        return (Mapping(tuple(items), True),) if names else ()
    return _set_by(ev, list(_configuring(ev, param.name)), param.name)


def _configuring(ev: Classes, word: str) -> Iterator[FunctionInfo]:
    """The functions whose variables are the configuration, of the files with that word."""
    for module in ev.project.modules_mentioning(word):
        for kind in _CONFIGURING:
            for decorator, owner in module.decorated.get(kind, ()):
                if isinstance(decorator, ir.Attr) and isinstance(owner, FunctionInfo):
                    yield owner


def _set_by(ev: Classes, owners: list[FunctionInfo], name: str) -> Values:
    found = union((), *(ev.lookup(name, ev.loose_frame(owner)) for owner in owners if name in owner.scope.bindings))
    return tuple(map(_can_be_set, found))


def _can_be_set(value: Value) -> Value:
    if not isinstance(value, Constant):
        return value
    return replace(value, settable=True, origin="default" if value.origin == "literal" else value.origin)


def _captures(decorator: ir.Expr) -> bool:
    return isinstance(decorator, ir.Attr) and decorator.name in _CAPTURING


def _makers(ev: Classes, function: FunctionInfo) -> Iterator[FunctionValue]:
    """The functions that read the configuration: the decorator's own argument, or the class's method of that name."""
    own = function.cls.methods.get("from_config") if function.cls is not None else None
    if own is not None and own.cls is not None:
        around = ev.definition_frame(own)
        yield FunctionValue(own, around, ClassValue(own.cls, ev.definition_frame(own.cls)))
    for decorator in _decorators(function):
        if leaf_name(decorator) == _DECORATOR and isinstance(decorator, ir.Call):
            for keyword in decorator.keywords:
                if keyword.name == "from_config":
                    values = ev.eval(keyword.value, ev.module_frame(function.module))
                    yield from (value for value in values if isinstance(value, FunctionValue))


def _decorators(function: FunctionInfo) -> tuple[ir.Expr, ...]:
    return () if isinstance(function.node, ir.Lambda) else function.node.decorators


def _display(expr: ir.Expr | None, function: FunctionInfo) -> ir.DictDisplay | None:
    """The dict that a function writes down and returns, under a name or at once."""
    if isinstance(expr, ir.Name):
        nodes = [binding.node for binding in function.scope.bindings.get(expr.id, ())]
        expr = nodes[0] if len(nodes) == 1 and isinstance(nodes[0], ir.DictDisplay) else None
    return expr if isinstance(expr, ir.DictDisplay) else None
