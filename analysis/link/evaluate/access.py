"""Attributes and subscripts: of objects, classes, modules and what libraries return."""

from functools import cached_property

from msgspec.structs import replace

from analysis.catalog.draws import MONAI_GENERATOR
from analysis.catalog.fields import FIELDS
from analysis.catalog.loaders import FUNCTIONAL, PIPED, TRANSFORM_PLACES, TRANSFORMS_OF_DATA, is_pipe
from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate.activations import Activations, as_default
from analysis.link.evaluate.containers import PARSED
from analysis.link.evaluate.enumerations import is_enumeration, members
from analysis.link.evaluate.inherited import BASES, Inheritance
from analysis.link.evaluate.keeping import Kept
from analysis.link.evaluate.library import is_data
from analysis.link.evaluate.machine import LAST_LINE, MOST_OUTSIDE, NEVER_ASSIGNED, UNREADABLE
from analysis.link.evaluate.records import MAKE_TUPLES, field_names, named_tuple
from analysis.link.scopes import (
    AttrAssign,
    ClassInfo,
    FunctionInfo,
    Module,
    Owner,
    Scope,
    dotted_name,
    is_own,
    leaf_name,
)
from analysis.link.uncalled import PLAIN_BASES, Uncalled
from analysis.link.values import (
    Argument,
    CallArgs,
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
    name_of,
    union,
)

MOST_MODULES = 60
MOST_OUTSIDE_FILES = 60
"""Files that name an attribute that a class itself leaves open; as below."""
MOST_FILES = 40
"""Files that name an attribute; one that more do is everywhere, and no look at it ends soon."""


class Access(Activations):
    """What is found behind a dot or in brackets."""

    @cached_property
    def inheritance(self) -> Inheritance:
        """Which configuration in Python builds on which."""
        return Inheritance(self.project)

    def _attr(self, expr: ir.Attr, frame: Frame) -> Values:
        if isinstance(expr.value, ir.Name) and expr.value.id == BASES and (found := self._of_bases(expr.name, frame)):
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

    def _of_bases(self, name: str, frame: Frame) -> Values:
        """What a configuration finds under a name in those that it builds on: `_base_.train_pipeline`."""
        modules = map(self.project.module, self.inheritance.bases(frame.module.path))
        found = (self.member(module, name) for module in modules if module is not None)
        return next((values for values in found if values is not None), ())

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
                return (Unknown("not found in its module", name),)
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

    def _set_since(self, value: Result, name: str) -> tuple[Values, bool] | None:
        """The constants that an attribute was given since, and whether it can have no others; None without."""
        given = [(arguments, alone) for key, arguments, alone in value.given if key == name]
        if not given:
            return None
        arguments, alone = given[-1]
        values = union((), *map(self.argument, arguments))
        constant = bool(values) and all(isinstance(each, Constant) for each in values)
        return (values, alone) if constant else None

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

    @cached_property
    def _factory_calls(self) -> dict[ir.Call, tuple[ir.Call, Frame]]:
        return {}

    def instance_attribute(self, instance: Instance, name: str) -> Values:
        """An attribute of an object: a bound method, a property's value, or what was assigned to it."""
        cached = instance.cache.get(name)
        if cached is not None:
            return cached
        return self._once(
            name,
            instance.busy,
            lambda: self._instance_attribute(instance, name),
            lambda values: instance.cache.__setitem__(name, values),
        )

    def _instance_attribute(self, instance: Instance, name: str) -> Values:
        method = self.find_method(instance.cls, name)
        if method is not None:
            decorators = method.decorator_names()
            around = self._around(method, instance.class_frame)
            if any("property" in decorator for decorator in decorators):
                got = self.call_function(FunctionValue(method, around, instance), CallArgs(), instance.worker)
                # What is assigned to a property goes through its setter to where its getter finds it.
                return union(got, self._assigned(instance, name)) if _says_nothing(got) else got
            if "staticmethod" in decorators:
                return (FunctionValue(method, around),)
            return (FunctionValue(method, around, instance),)
        if name == "__class__":
            return (ClassValue(instance.cls, instance.class_frame),)
        if name == "value" and is_enumeration(instance.cls):
            given = instance.args.positional[:1] if instance.args is not None else ()
            asked = self.constants(union((), *map(self.argument, given)))
            return members(self, ClassValue(instance.cls, instance.class_frame), asked, by_value=True)
        values = self._assigned(instance, name)
        if _says_nothing(values):
            values = union(values, self._assigned_outside(instance, name))
        if _says_nothing(values):
            got = self._asked_for(instance, name)
            return values if _says_nothing(got) else got
        return values

    def _asked_for(self, instance: Instance, name: str) -> Values:
        """What the class's own `__getattr__` gives for a name that nothing is assigned to."""
        getter = None if name.startswith("__") else self.find_method(instance.cls, "__getattr__")
        if getter is None:
            return ()
        bound = FunctionValue(getter, self._around(getter, instance.class_frame), instance)
        return self.call_function(bound, CallArgs([Argument(None, None, (Constant(name),))]), instance.worker)

    def _assigned(self, instance: Instance, name: str) -> Values:
        groups: list[Values] = []
        firm = False
        for cls in self.mro(instance.cls):
            assignments = self.assignments(cls, name)
            for function, assign in self._that_run(assignments) if len(assignments) > 1 else assignments:
                frame = self.method_frame(instance, function)
                if frame is None or (assign.op is not None and assign.op != "+"):
                    continue
                if self.guarded_out(assign.binding.guards, frame):
                    continue
                if assign.op is None:
                    firm = firm or function.name == "__init__"
                    groups.extend(self._evaluated([assign.binding], frame))
        kept = self._kept.attribute(instance, name)
        values = union((), *groups, kept)
        if not firm and not kept:
            field = self._field(instance, name)
            if field is not None:
                values = union(field, values)
        values = self._with_method_changes(instance, name, values)
        if not groups and _says_nothing(kept) and (told := self._told(instance, name)):
            return told
        if not values and not groups:
            return self._inherited(instance, name)
        return values

    def _that_run(self, assignments: list[tuple[FunctionInfo, AttrAssign]]) -> list[tuple[FunctionInfo, AttrAssign]]:
        """Without what methods set that nothing calls, where `__init__` sets it too."""
        if all(function.name != "__init__" for function, _ in assignments):
            return assignments
        return [each for each in assignments if each[0].name == "__init__" or not self._is_uncalled(each[0])]

    def _is_uncalled(self, method: FunctionInfo) -> bool:
        cls = method.cls
        if cls is None or not self._uncalled.method(method):
            return False
        family = (cls, *self.mro(cls), *self.subclasses(cls))
        if any(each.calls("getattr") for other in family for each in other.methods.values()):
            # By a name that is put together: `getattr(self, f"load_{split}")()`.
            return False
        return all(base.startswith(PLAIN_BASES) for base in self.external_bases(cls))

    def _told(self, instance: Instance, name: str) -> Values:
        """What a configuration has for an attribute of a class that sets those whose names it is told.

        `setattr(self, key, make(settings[key]))`, in the class or in one that it inherits from.
        """
        if self.described is None or not self._kept.sets_told(instance.cls):
            return ()
        if instance.args is not None and name in instance.args.named:
            return self.argument(instance.args.named[name])
        return self.described.under(name)

    @cached_property
    def _uncalled(self) -> Uncalled:
        return Uncalled(self.project)

    @cached_property
    def _kept(self) -> Kept:
        return Kept(self)

    def _with_method_changes(self, instance: Instance, name: str, values: Values) -> Values:
        composed = any(isinstance(value, Result) for value in values)
        if not composed and not any(isinstance(value, Sequence | Mapping) for value in values):
            return values
        for cls in self.mro(instance.cls):
            for function in cls.methods.values():
                if not function.params or not function.changes(name):
                    continue
                own = f"{function.params[0].name}.{name}"
                changes = function.scope.changes.get(own)
                added = composed and f"{own}.transforms" in function.scope.changes
                frame = self.method_frame(instance, function) if changes or added else None
                if changes and frame is not None:
                    values = self.with_changes(values, [c for c in changes if self._runs(c, frame)], frame)
                if added and frame is not None:
                    values = self._with_more_transforms(own, function.scope, values, LAST_LINE, frame)
                if function.noted is None and any(isinstance(value, Mapping) for value in values):
                    values = self._with_entered(instance, function, own, values)
        return values

    def _with_entered(self, instance: Instance, method: FunctionInfo, own: str, values: Values) -> Values:
        """What decorators enter in an object's dict: `self.known[name] = cls` in a function that a method returns."""
        if "classmethod" in method.decorator_names():
            return values
        inner = [each for each in method.module.functions if each.owner is method and own in each.scope.changes]
        for value, by in self.decorated_by(instance, method) if inner else ():
            if by.function in inner:
                frame = self.bind(by.function, CallArgs([Argument(None, None, (value,))]), by.frame, by.receiver)
                values = self.with_changes(values, by.function.scope.changes[own], frame)
        return values

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

    def _inherited(self, instance: Instance, name: str) -> Values:
        """What a base outside the repository made of an argument of the same name; MONAI's own generator."""
        kept = self._kept_with_others(instance, name)
        if kept:
            return kept
        own = self._kept.items(instance)
        if own is not None and (found := self.item(own, name)):
            return found
        bases = self.external_bases(instance.cls)
        if name == "hparams" and (saved := self._kept.hyperparameters(instance)):
            return saved
        if name == "R" and any(base.startswith("monai.") for base in bases):
            return (self._monai_generator(instance.cls),)
        if bases and (handed := self._handed_outside(instance, name, bases)):
            return handed
        if any(map(is_pipe, bases)):
            return self._of_pipe(instance, name)
        if instance.args is not None and name in instance.args.named and self._takes_any(instance.cls):
            # `for key, value in settings.items(): setattr(self, key, value)`
            return self.argument(instance.args.named[name])
        return self._filled(instance, name) or (Unknown(NEVER_ASSIGNED, f"{instance.cls.name}.{name}"),)

    def _filled(self, instance: Instance, name: str) -> Values:
        """What a class puts into a dict that it has from elsewhere: `self.datasets["train"] = Set()`."""
        values = self._with_method_changes(instance, name, (Mapping((), True),))
        return values if any(isinstance(value, Mapping) and value.items for value in values) else ()

    def _handed_outside(self, instance: Instance, name: str, bases: list[str]) -> Values:
        """What the constructor of a base outside the repository gets by a name, or where its transforms stand."""
        init = self.find_method(instance.cls, "__init__")
        calls: list[CallArgs] = [] if init is not None or instance.args is None else [instance.args]
        frame = None if init is None else self.method_frame(instance, init)
        for call in init.scope.calls if init is not None and frame is not None else ():
            if frame is not None and leaf_name(call.func) == "__init__":
                calls.append(self.collect(call, frame))
        for args in calls:
            given = args.named.get(name) or next((each for each in args.positional if _is_named(each, name)), None)
            if given is not None:
                return self.argument(given)
        places = next((places for root, places in TRANSFORM_PLACES.items() if _any_under(root, bases)), None)
        if places is None or name not in TRANSFORMS_OF_DATA:
            return ()
        placed = (value for args in calls for each in args.positional[places] for value in self.argument(each))
        return tuple(value for value in placed if _is_callable(value))

    def _kept_with_others(self, instance: Instance, name: str) -> Values:
        """`self.__dict__.update(locals())`, or a method that is handed them: an attribute for each parameter."""
        init = self.find_method(instance.cls, "__init__")
        if init is None or name not in init.param_names:
            return ()
        if not any(isinstance(call.func, ir.Name) and call.func.id == "locals" for call in init.scope.calls):
            return ()
        frame = self.method_frame(instance, init)
        return () if frame is None else self.lookup(name, frame)

    def _takes_any(self, cls: ClassInfo) -> bool:
        """Whether a constructor takes whatever it is given by name."""
        init = self.find_method(cls, "__init__")
        return init is not None and any(param.kind == "**" for param in init.params)

    def _of_pipe(self, pipe: Instance, name: str) -> Values:
        """What torch's own constructor of a pipe keeps, and the methods that every pipe has."""
        place = 0 if name in PIPED else 1
        given = [] if pipe.args is None or self.find_method(pipe.cls, "__init__") else pipe.args.positional
        if (name in PIPED or name.endswith("fn")) and len(given) > place:
            return self.argument(given[place])
        return (self._piped(pipe, name) or Member(pipe, name),)

    def _piped(self, source: Value, name: str) -> Value | None:
        """`source.shuffle()` where a pipe is registered under that name: one around the source."""
        if self._pipes is None:
            self._pipes = {
                given.value: cls
                for module in self.project.modules_mentioning(FUNCTIONAL)
                for cls in module.classes
                for decorator in cls.node.decorators
                if isinstance(decorator, ir.Call) and leaf_name(decorator.func) == FUNCTIONAL
                for given in decorator.args[:1]
                if isinstance(given, ir.Const) and isinstance(given.value, str)
            }
        cls = self._pipes.get(name)
        if cls is None or not self._is_pipe(source):
            return None
        return Partial(ClassValue(cls, self.definition_frame(cls)), CallArgs([Argument(None, None, (source,))]))

    def _is_pipe(self, value: Value) -> bool:
        """Whether a value is a pipe, or what a method of one gives."""
        while isinstance(value, Result) and not is_pipe(value.name) and value.receiver is not None:
            value = value.receiver
        if isinstance(value, Instance):
            return any(map(is_pipe, self.external_bases(value.cls)))
        return isinstance(value, Result) and is_pipe(value.name)

    def _monai_generator(self, cls: ClassInfo) -> Result:
        found = self._kept_by_monai.get(cls)
        if found is None:
            call = ir.Call(ir.Name("RandomState", cls.node.line), (), (), cls.node.line)
            found = self._kept_by_monai[cls] = Result(MONAI_GENERATOR, call, self.module_frame(cls.module))
        return found

    def _assigned_outside(self, instance: Instance, name: str) -> Values:
        """`object.name = value` anywhere in the repository, where the object can be this one.

        Of too many, those count in whose files the class is named.
        """
        outside = self._outside.get(name)
        if outside is None:
            outside = self._outside[name] = self._outside_assignments(name)
        family = self.mro(instance.cls)
        if len(outside) > MOST_OUTSIDE:
            near = {path for cls in family for path in self.project.mentioning(cls.name)}
            outside = [each for each in outside if each[2].path in near]
        groups: list[Values] = []
        for assign, owner, module in outside if len(outside) <= MOST_OUTSIDE else ():
            frame = self.owner_frame(owner, module)
            holders = self.eval(assign.target, frame)
            if any(self._may_be(holder, instance, family) for holder in holders):
                groups.extend(self._evaluated([assign.binding], frame))
        return union((), *groups)

    def _outside_assignments(self, name: str) -> list[tuple[AttrAssign, Owner, Module]]:
        """The assignments to an attribute of that name of anything but the object that is at work."""
        if len(self.project.mentioning(name)) > MOST_OUTSIDE_FILES:
            return []
        return [
            (assign, owner, module)
            for module in self.project.modules_setting(name)
            for scope, owner in module.bodies_setting(name)
            for assign in scope.attributes
            if assign.name == name and assign.op is None and not is_own(assign.target, owner)
        ]

    def assigned_on(self, made_by: str, name: str) -> list[Argument]:
        """`cfg.seed = args.seed`: what the program itself assigns to an object that a call from outside made."""
        return [argument for argument, _ in self._set_on(made_by, name)]

    def always_assigned_on(self, made_by: str, name: str) -> bool:
        """Whether one of those assignments has no test around it, unlike `if args.debug: cfg.workers = 0`."""
        return any(not tested for _, tested in self._set_on(made_by, name))

    def _set_on(self, made_by: str, name: str) -> list[tuple[Argument, bool]]:
        key = (made_by, name)
        found = self._on_results.get(key)
        if found is None:
            found = self._on_results[key] = []
            rare = len(self.project.mentioning(name)) <= MOST_FILES
            for module in self.project.modules_setting(name) if rare else ():
                for scope, owner in module.bodies_setting(name):
                    for assign in scope.attributes:
                        node = assign.binding.node
                        if assign.name != name or assign.op is not None or assign.binding.path:
                            continue
                        frame = self.owner_frame(owner, module)
                        holders = self.eval(assign.target, frame)
                        if any(isinstance(holder, Result) and holder.name == made_by for holder in holders) and not (
                            isinstance(node, ir.Import | ir.ImportFrom | FunctionInfo | ClassInfo)
                        ):
                            found.append((Argument(node, frame), bool(assign.binding.guards)))
        return found

    def _may_be(self, holder: Value, instance: Instance, family: list[ClassInfo]) -> bool:
        if isinstance(holder, Instance):
            return holder.cls in family or instance.cls in self.mro(holder.cls)
        # A worker's start function reaches its dataset so.
        return name_of(holder) == "torch.utils.data.get_worker_info.dataset"

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
        key: str | int | None = None
        asked = False
        for value in self.eval(expr.value, frame):
            match value:
                case Mapping():
                    found = self.items_under(value, expr.index, frame)
                    key = self.key_of(expr.index, frame) if not found else None
                    groups.append(found or (Unknown("not in the dict", "" if key is None else str(key)),))
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
        return union((), *groups)

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


def _is_record(cls: ClassInfo) -> bool:
    """Whether a decorator makes a class's constructor of its fields."""
    return any(leaf_name(decorator) in {"dataclass", "define", "attrs"} for decorator in cls.node.decorators)


def _leads_to(value: Value, asking: FunctionInfo) -> bool:
    """Whether a value is a function of the module that asks for what its globals have, on the way to where it asks."""
    if not isinstance(value, FunctionValue) or value.function.module is not asking.module:
        return False
    on_the_way = {asking.name}
    callers = [each for each in asking.module.functions if each.owner is None and each.cls is None]
    while more := {each.name for each in callers if any(map(each.calls, on_the_way))} - on_the_way:
        on_the_way |= more
    return value.function.name in on_the_way


def _any_under(root: str, bases: list[str]) -> bool:
    return any(base.startswith(root) for base in bases)


def _is_callable(value: Value) -> bool:
    """Whether a value may be a transform: a function, an object, what a library composes."""
    return isinstance(value, Instance | FunctionValue | Partial) or (
        isinstance(value, Result) and not is_data(value.name)
    )


def _is_named(argument: Argument, name: str) -> bool:
    """Whether what is handed on is called so where it is handed on: `super().__init__(path, pipeline)`."""
    return isinstance(argument.expr, ir.Name) and argument.expr.id == name


def _is_settings(value: Value) -> bool:
    """Whether a value is a configuration of yacs or of something like it."""
    return isinstance(value, Result) and "onfig" in value.name


def _says_nothing(values: Values) -> bool:
    """Whether an attribute is nothing that is known: unread, or None so far."""
    return all(isinstance(v, Unknown) or (isinstance(v, Constant) and v.value is None) for v in values)
