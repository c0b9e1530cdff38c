"""Attributes of objects, classes, modules and what libraries return."""

from collections.abc import Iterator

from msgspec.structs import replace

from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate.activations import as_default
from analysis.link.evaluate.containers import PARSED
from analysis.link.evaluate.inherited import BASES, Inheritance
from analysis.link.evaluate.machine import LAST_LINE
from analysis.link.evaluate.names import lacking
from analysis.link.evaluate.subscripts import Subscripts
from analysis.link.project import Project
from analysis.link.scopes import dotted_name, leaf_name
from analysis.link.values import (
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    ModuleValue,
    PackageValue,
    Partial,
    Result,
    Sequence,
    Super,
    Unknown,
    Value,
    Values,
    union,
)


class Access(Subscripts):
    """What is found behind a dot or in brackets."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.inheritance = Inheritance(project)

    def _attr(self, expr: ir.Attr, frame: Frame) -> Values:
        if (
            isinstance(expr.value, ir.Name)
            and expr.value.id == BASES
            and (found := next(self.of_bases(expr.name, frame), ()))
        ):
            return found
        base = self.eval(expr.value, frame)
        out: list[Values] = [self.attribute(value, expr.name, expr.line, frame) for value in base]
        values = union((), *out)
        known = [value for value in values if isinstance(value, Constant)]
        if known and self.configs is not None and any(_is_settings(value) for value in base):
            # A shipped configuration may put another value there.
            if any(isinstance(value.value, str) for value in known):
                values = union(values, self.configs.texts(leaf_name(expr.value), expr.name))
            elif any(not value.settable for value in known):
                values = self._as_shipped(values, leaf_name(expr.value), expr.name)
        scope = frame.module.scope if frame.function is None else frame.function.scope
        if scope.changes and (holder := dotted_name(expr)) in scope.changes:
            values = self._changed(holder, scope, values, expr.line, frame)
        return values

    def _seq(self, expr: ir.Seq, frame: Frame) -> Values:
        """A list; `{{_base_.train_list}}`, which the framework replaces before it reads the file, is what it names."""
        match expr.items:
            case (ir.Seq(items=(ir.Attr(value=ir.Name(id=name)) as wanted,)),) if name == BASES:
                return self.eval(wanted, frame)
            case _:
                return super()._seq(expr, frame)

    def of_bases(self, name: str, frame: Frame) -> Iterator[Values]:
        """What those that a configuration builds on have under a name, the nearest first: `_base_.train_pipeline`."""
        for module in map(self.project.module, self.inheritance.bases(frame.module.path)):
            found = None if module is None else self.member(module, name)
            if found is not None:
                yield found

    def _as_shipped(self, values: Values, section: str, name: str) -> Values:
        """A setting's values; nothing is decided by what shipped configurations set otherwise."""
        assert self.configs is not None
        shipped = [value.value for value in self.configs.values(name, section) if isinstance(value, Constant)]
        return tuple(
            replace(value, settable=True)
            if isinstance(value, Constant) and any(other != value.value for other in shipped)
            else value
            for value in values
        )

    def attribute(self, value: Value, name: str, line: int = LAST_LINE, frame: Frame | None = None) -> Values:
        """An attribute of a value."""
        match value:
            case External():
                return (External(canonical(f"{value.name}.{name}")),)
            case ModuleValue() | PackageValue() if name == "__dict__":
                return (Member(value, name),)
            case ModuleValue():
                found = self.member(value.module, name)
                if found is not None:
                    return found
                if value.module.path.endswith("__init__.py"):
                    return self._from(value.module.path.removesuffix("__init__.py"), name)
                return (lacking(value.module, name),)
            case PackageValue():
                return self._from(value.folder, name)
            case Instance():
                return self.instance_attribute(value, name)
            case ClassValue():
                return self.class_attribute(value, name)
            case Super():
                return self._super_attribute(value, name)
            case Mapping():
                found = self.as_attribute(value, name)
                return found if found else (Member(value, name),)
            case Result(name="torch.utils.data.get_worker_info") if (
                name == "dataset" and self.worker_dataset is not None
            ):
                return (self.worker_dataset,)
            case Result() if value.given and (since := self._set_since(value, name)) is not None:
                values, alone = since
                if alone:
                    return values
                return union(self.attribute(replace(value, given=()), name, line, frame), values)
            case Result() if value.name.endswith(PARSED) and self.options is not None:
                declared = self.options.option(name, value.frame.module.path)
                if declared:
                    return declared
                groups = [self.argument(argument) for argument in self.assigned_on(value.name, name)]
                objects = tuple(
                    v for v in union((), *groups) if isinstance(v, ModuleValue | ClassValue | FunctionValue)
                )
                return objects or (Member(value, name),)
            case Result() if _is_settings(value) and (assigned := self.assigned_on(value.name, name)):
                # What stands in code is a default: a file may be merged into such settings.
                in_code = tuple(as_default(each) for each in union((), *(self.argument(made) for made in assigned)))
                return in_code if self.always_assigned_on(value.name, name) else (*in_code, Member(value, name))
            case Result() if value.name.endswith(_ARGUMENTS) and (handed := self._made_with(value, name)):
                return handed
            case Result() if name == "dataset" and value.call.args:
                # What a split or a loader of a library was made of.
                inner = self.eval(value.call.args[0], value.frame)
                return tuple(v for v in inner if isinstance(v, Instance | Result)) or (Member(value, name),)
            case Result():
                return (self._piped(value, name) or Member(value, name),)
            case Sequence() if name in value.names:
                return self.argument(value.items[value.names.index(name)])
            case Sequence() | Member():
                return (Member(value, name),)
            case Constant() | Partial() if name == "value":
                # No constant has that but a member of an enumeration.
                return (value,)
            case FunctionValue() if name == "__name__":
                return (Constant(value.function.name),)
            case FunctionValue():
                return (Unknown("attribute of a function", name),)
            case Constant():
                return () if value.value is None else (Member(value, name),)
            case Partial():
                return self.attribute(value.target, name)
            case Unknown():
                return (Unknown(value.reason, f"{value.name}.{name}" if value.name else name),)

    def _made_with(self, value: Result, name: str) -> Values:
        """What an object was handed under a name when it was made, and what it was set to since."""
        given = self.collect(value.call, value.frame).named.get(name)
        if given is None:
            return ()
        return union(self.argument(given), *(self.argument(later) for later in self.assigned_on(value.name, name)))

    def _set_since(self, value: Result, name: str) -> tuple[Values, bool] | None:
        """The constants that an attribute was given since, and whether it can have no others; None without."""
        given = [(arguments, alone) for key, arguments, alone in value.given if key == name]
        if not given:
            return None
        arguments, alone = given[-1]
        values = union((), *map(self.argument, arguments))
        constant = bool(values) and all(isinstance(each, Constant) for each in values)
        return (values, alone) if constant else None


_ARGUMENTS = "Arguments"
"""How libraries name the classes of what a trainer is told: nothing but the program itself sets these."""


def _is_settings(value: Value) -> bool:
    """Whether a value is a configuration of yacs or of something like it."""
    return isinstance(value, Result) and "onfig" in value.name
