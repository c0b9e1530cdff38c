"""What stands in a class: its methods, what is assigned in its body, and the fields of a record."""

from msgspec.structs import replace

from analysis.catalog.fields import FIELDS
from analysis.facts import ir
from analysis.link.evaluate.activations import as_default
from analysis.link.evaluate.assignments import OutsideAssignments
from analysis.link.evaluate.records import MAKE_TUPLES, field_names, named_tuple
from analysis.link.scopes import ClassInfo, FunctionInfo, Scope, leaf_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Result,
    Sequence,
    Super,
    Unknown,
    Value,
    Values,
    union,
)


class ClassLevel(OutsideAssignments):
    """What is found in a class and in those that it inherits from."""

    def class_attribute(self, value: ClassValue, name: str) -> Values:
        method = self.find_method(value.cls, name)
        if method is not None:
            decorators = method.decorator_names()
            receiver = value if "classmethod" in decorators else None
            return (FunctionValue(method, self._around(method, value.frame), receiver),)
        found = self._class_level(value.cls, name)
        if found is None and name in {"__name__", "__qualname__"}:
            return (Constant(value.cls.name),)
        if found is None and name == "value":
            # A member of an enumeration of classes.
            return (value,)
        return found if found is not None else (Unknown("not found in its class", name),)

    def _class_level(self, cls: ClassInfo, name: str) -> Values | None:
        for ancestor in self.mro(cls):
            bindings = [b for b in ancestor.scope.bindings.get(name, ()) if not isinstance(b.node, FunctionInfo)]
            if bindings:
                frame = self.definition_frame(ancestor)
                groups = []
                for binding in self._evaluated(bindings, frame):
                    declared = (each for value in binding for each in self._declared(value))
                    groups.append(tuple(as_default(value) for value in declared))
                changes = ancestor.scope.changes.get(name)
                values = union((), *groups)
                values = self.with_changes(values, changes, frame) if changes else values
                hook = ancestor.methods.get("__init_subclass__")
                return self._with_heirs(values, name, ancestor, hook) if hook and hook.changes(name) else values
        return None

    def _with_heirs(self, values: Values, name: str, cls: ClassInfo, hook: FunctionInfo) -> Values:
        """What a class keeps of those that inherit from it: `cls.known[name] = cls` in its `__init_subclass__`."""
        own = {f"{holder}.{name}" for holder in (cls.name, *(param.name for param in hook.params[:1]))}
        changes = [change for key in own for change in hook.scope.changes.get(key, ())]
        for heir in self.subclasses(cls) if changes else ():
            around = self.definition_frame(heir)
            named = {each.name: Argument(each.value, around) for each in heir.node.keywords if each.name is not None}
            frame = self.bind(hook, CallArgs([], named), self.definition_frame(hook), ClassValue(heir, around))
            values = self.with_changes(values, changes, frame)
        return values

    def _declared(self, value: Value) -> Values:
        """What a field has that is declared by a call, such as `field(default=4)`; other values are themselves."""
        if not isinstance(value, Result) or value.name not in FIELDS:
            return (value,)
        args = self.collect(value.call, value.frame)
        default = args.named.get("default")
        if default is None and FIELDS[value.name] and args.positional:
            default = args.positional[0]
        if default is not None:
            return self.argument(default)
        for factory in ("default_factory", "factory"):
            if factory in args.named:
                return self._made_by(args.named[factory], value)
        return (value,)

    def _made_by(self, factory: Argument, field: Result) -> Values:
        """What a field's factory makes: for each object anew, not when the class is defined."""
        groups: list[Values] = []
        for value in self.argument(factory):
            if isinstance(value, External) and factory.expr is not None:
                groups.append(self.eval(*self._factory_call(factory.expr, field)))
            else:
                groups.append(self.call_value(value, CallArgs(), field.frame))
        return union((), *groups)

    def _factory_call(self, factory: ir.Expr, field: Result) -> tuple[ir.Call, Frame]:
        """The call of a factory with nothing, and an activation of a function that holds it and nothing else."""
        known = self._factory_calls.get(field.call)
        if known is None:
            module, line = field.frame.module, field.call.line
            call = ir.Call(factory, (), (), line)
            made = FunctionInfo(module, ir.Lambda((), call, line), "<factory>", None, None, None, lambda _: Scope())
            known = self._factory_calls[field.call] = call, Frame(module, made, field.frame, bound=True)
        return known

    def _field(self, instance: Instance, name: str) -> Values | None:
        """A class-level attribute; of a dataclass the constructor's argument of that name."""
        default = self._class_level(instance.cls, name)
        if default is None:
            record = self._as_tuple(instance)
            return self.attribute(record, name) if record is not None and name in record.names else None
        if instance.args is not None and self.find_method(instance.cls, "__init__") is None:
            if name in instance.args.named:
                return self.argument(instance.args.named[name])
            place = self._fields(instance.cls).get(name, len(instance.args.positional))
            if place < len(instance.args.positional):
                return self.argument(instance.args.positional[place])
        if _is_record(instance.cls):
            # Settings: whoever reads them from a command line or a file may set each.
            return tuple(replace(v, settable=True) if isinstance(v, Constant) else v for v in default)
        return default

    def _as_tuple(self, instance: Instance) -> Sequence | None:
        """The tuple that an object of a class of named tuples is."""
        names = {base for base in self.external_bases(instance.cls) if base in MAKE_TUPLES}
        fields = self._fields(instance.cls) if names and instance.args is not None else {}
        return named_tuple(tuple(fields), instance.args) if fields and instance.args is not None else None

    def _fields(self, cls: ClassInfo) -> dict[str, int]:
        """The fields of a dataclass or a named tuple with their places among its constructor's arguments."""
        known = self._places.get(cls)
        if known is None:
            family = self.mro(cls)
            record = any(map(_is_record, family)) or "typing.NamedTuple" in self.external_bases(cls)
            made = [base for each in family for base in self.bases(each) if isinstance(base, Result)]
            inherited = [name for base in made if base.name in MAKE_TUPLES for name in field_names(self, base)]
            names = inherited or (
                target.id
                for ancestor in reversed(family if record else [])
                for node in ancestor.node.body.body
                if isinstance(node, ir.Assign) and node.annotation is not None
                for target in node.targets
                if isinstance(target, ir.Name)
            )
            known = self._places[cls] = {field: place for place, field in enumerate(dict.fromkeys(names))}
        return known

    def _super_attribute(self, value: Super, name: str) -> Values:
        receiver = value.receiver
        method = self.find_method(receiver.cls, name, after=value.cls)
        if method is not None:
            decorators = method.decorator_names()
            plain = "classmethod" not in decorators and method.name != "__new__"
            if "staticmethod" in decorators or (isinstance(receiver, ClassValue) and plain):
                # From within a class method an ordinary one is a plain function.
                return (FunctionValue(method, self.definition_frame(method)),)
            return (FunctionValue(method, self.definition_frame(method), receiver),)
        for base in self.external_bases(receiver.cls):
            return (External(f"{base}.{name}"),)
        return (Unknown("not found in a base", name),)


def _is_record(cls: ClassInfo) -> bool:
    """Whether a decorator makes a class's constructor of its fields."""
    return any(leaf_name(decorator) in {"dataclass", "define", "attrs"} for decorator in cls.node.decorators)
