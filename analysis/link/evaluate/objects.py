"""Attributes of objects: bound methods, what methods assign, and what a base from outside made of its arguments."""

from analysis.catalog.draws import MONAI_GENERATOR
from analysis.catalog.loaders import FUNCTIONAL, PIPED, TRANSFORM_PLACES, TRANSFORMS_OF_DATA, is_pipe
from analysis.facts import ir
from analysis.link.evaluate.classlevel import ClassLevel
from analysis.link.evaluate.enumerations import is_enumeration, members
from analysis.link.evaluate.keeping import Kept
from analysis.link.evaluate.library import is_data
from analysis.link.evaluate.machine import LAST_LINE, NEVER_ASSIGNED
from analysis.link.project import Project
from analysis.link.scopes import AttrAssign, ClassInfo, FunctionInfo, leaf_name
from analysis.link.uncalled import PLAIN_BASES, Uncalled
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    Partial,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
    union,
)


class Objects(ClassLevel):
    """What an object has under a name."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._uncalled = Uncalled(project)
        self._kept = Kept(self)

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
        if _says_nothing(values) or all(isinstance(each, Constant) and each.value is False for each in values):
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


def _says_nothing(values: Values) -> bool:
    """Whether an attribute is nothing that is known: unread, or None so far."""
    return all(isinstance(v, Unknown) or (isinstance(v, Constant) and v.value is None) for v in values)
