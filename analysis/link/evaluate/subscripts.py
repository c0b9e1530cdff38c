"""Subscripts: of dicts, lists and objects, and of what has a module's names."""

from analysis.facts import ir
from analysis.link.evaluate.enumerations import is_enumeration, members
from analysis.link.evaluate.machine import UNREADABLE
from analysis.link.evaluate.objects import Objects
from analysis.link.scopes import FunctionInfo, holder_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    External,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    ModuleValue,
    PackageValue,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
    union,
)

MOST_MODULES = 60


class Subscripts(Objects):
    """What is found in brackets."""

    def _sub(self, expr: ir.Sub, frame: Frame) -> Values:
        cached = frame.cache.get(expr)
        if cached is not None:
            return cached
        return self._once(
            expr,
            frame.busy,
            lambda: self._subscripted(expr, frame),
            lambda values: frame.cache.__setitem__(expr, values),
        )

    def _subscripted(self, expr: ir.Sub, frame: Frame) -> Values:
        groups: list[Values] = []
        held: list[Values] = []
        key: str | int | None = None
        asked = False
        for value in self.eval(expr.value, frame):
            match value:
                case Mapping():
                    # What changes an item is a change of the dict itself, and is not made twice.
                    found = self.items_under(value, expr.index, frame)
                    key = self.key_of(expr.index, frame) if not found else None
                    held.append(found or (Unknown("not in the dict", "" if key is None else str(key)),))
                case Sequence():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    if isinstance(key, int) and not value.open and -len(value.items) <= key < len(value.items):
                        groups.append(self.argument(value.items[key]))
                        groups.append(self.elements((value,)) if self.is_open(expr.index, frame) else ())
                    elif isinstance(expr.index, ir.Other):
                        groups.append((value,))
                    else:
                        groups.append(self.elements((value,)))
                case External(name="sys.modules"):
                    groups.append(self._loaded_module(expr.index, frame))
                case External() if value.name.endswith(".config"):
                    # `wandb.config["workers"]` is `wandb.config.workers`.
                    known = self.key_of(expr.index, frame)
                    groups.append((External(f"{value.name}.{known}"),) if isinstance(known, str) else (value,))
                case ClassValue() if is_enumeration(value.cls):
                    groups.append(members(self, value, self.constants(self.eval(expr.index, frame))))
                case ClassValue() | External():
                    groups.append((value,))
                case Instance():
                    groups.append(self._getitem(value, expr, frame))
                case Result():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    groups.append(self._result_item(value, key, expr.index, frame))
                case Member(owner=ModuleValue() | PackageValue() as holder, name="__dict__"):
                    groups.append(self.named_in(holder, expr.index, frame))
                case Member():
                    groups.append((Member(value, str(self.key_of(expr.index, frame) or "[]")),))
                case Unknown():
                    key = key if asked else self.key_of(expr.index, frame)
                    asked = True
                    name = f"{value.name}.{key}" if value.name and isinstance(key, str) else str(key or "")
                    groups.append((Unknown(value.reason, name),))
                case _:
                    groups.append(UNREADABLE)
        scope = frame.module.scope if frame.function is None else frame.function.scope
        if scope.changes and (name := holder_name(expr)) in scope.changes:
            groups = [self._changed(name, scope, union((), *groups), expr.line, frame)]
        return union((), *held, *groups)

    def named_in(self, holder: ModuleValue | PackageValue, name: ir.Expr, frame: Frame) -> Values:
        """What a module has under a name: any of its classes, where that cannot be read.

        Where an option says which class or function, any of its classes or functions.
        """
        module = self.project.init_of(holder.folder) if isinstance(holder, PackageValue) else holder.module
        names = [each for each in self.constants(self.eval(name, frame)) if isinstance(each.value, str)]
        if not names:
            classes = () if module is None else self.all_classes(module)
            return classes if classes or isinstance(holder, ModuleValue) else self.modules_of(holder.folder)
        found = union((), *(self.attribute(holder, str(each.value)) for each in names))
        if module is None or not any(each.settable for each in names):
            return found
        if any(isinstance(value, ClassValue) for value in found):
            found = union(found, self.all_classes(module))
        if any(isinstance(value, FunctionValue) for value in found):
            found = union(found, self.all_functions(module))
        return found

    def modules_of(self, folder: str) -> Values:
        """Any of the modules directly in a package, where a name that cannot be read says which."""
        modules = [self.project.module(path) for path in self.project.modules_inside(folder)[:MOST_MODULES]]
        return tuple(ModuleValue(module) for module in modules if module is not None)

    def _loaded_module(self, name: ir.Expr, frame: Frame) -> Values:
        """What `sys.modules` has: this module under `__name__`, another under its dotted name."""
        if isinstance(name, ir.Name) and name.id == "__name__":
            return (ModuleValue(frame.module),)
        texts = [each.value for each in self.constants(self.eval(name, frame)) if isinstance(each.value, str)]
        paths = [self.project.resolve(frame.module.path, text) for text in texts]
        return union((), *(self.at(path) for path in paths if path)) or UNREADABLE

    def _result_item(self, value: Result, key: str | int | None, index: ir.Expr, frame: Frame) -> Values:
        if value.name == "builtins.globals" and isinstance(key, str):
            own = value.frame.function
            found = self.named_in(ModuleValue(value.frame.module), index, frame)
            return found if own is None else tuple(each for each in found if not _leads_to(each, own))
        if value.name in {"builtins.globals", "builtins.locals", "builtins.vars"}:
            if isinstance(key, str):
                return self.lookup(key, frame)
            return self.all_classes(frame.module)
        if isinstance(key, str):
            return (Member(value, key),)
        return (value,)

    def _getitem(self, instance: Instance, expr: ir.Sub, frame: Frame) -> Values:
        method = self.find_method(instance.cls, "__getitem__")
        if method is None:
            items = self._kept.items(instance)
            if items is not None:
                return self.items_under(items, expr.index, frame) or UNREADABLE
            record = self._as_tuple(instance)
            key = self.key_of(expr.index, frame) if record is not None else None
            if record is None or not isinstance(key, int) or not -len(record.items) <= key < len(record.items):
                return UNREADABLE if record is None else self.elements((record,))
            return self.argument(record.items[key])
        bound = FunctionValue(method, self._around(method, instance.class_frame), instance)
        args = CallArgs([Argument(expr.index, frame)])
        values = self.call_function(bound, args, frame.worker)
        key = self.key_of(expr.index, frame)
        if not isinstance(key, str):
            return values
        # An object of settings that cannot be read: what is asked for has a name at least.
        return tuple(Unknown(value.reason, key) if isinstance(value, Unknown) else value for value in values)


def _leads_to(value: Value, asking: FunctionInfo) -> bool:
    """Whether a value is a function of the module that asks for what its globals have, on the way to where it asks."""
    if not isinstance(value, FunctionValue) or value.function.module is not asking.module:
        return False
    on_the_way = {asking.name}
    callers = [each for each in asking.module.functions if each.owner is None and each.cls is None]
    while more := {each.name for each in callers if any(map(each.calls, on_the_way))} - on_the_way:
        on_the_way |= more
    return value.function.name in on_the_way
