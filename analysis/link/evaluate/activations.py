"""Activations: parameters bound to arguments, constructors run on their objects, and callers looked for."""

from msgspec.structs import replace

from analysis.facts import ir
from analysis.link.configvalues import LEFT_OUT
from analysis.link.evaluate.callers import Callers
from analysis.link.evaluate.configurable import bound_by_gin, captured, from_configuration, takes_configuration
from analysis.link.evaluate.machine import (
    NOT_PASSED,
)
from analysis.link.scopes import ClassInfo, FunctionInfo, dotted_name, leaf_name, setting_name
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Sequence,
    Unknown,
    Value,
    Values,
    union,
)

_STAGE = "stage"
_ANY_STAGE = Argument(None, None, (*(Constant(stage) for stage in ("fit", "validate", "test", "predict")),))
"""Lightning says in `setup(stage)` what it is about to do, whatever the default is."""
_OFF = frozenset({"none", "None", "off", "no"})
"""What a setting says that chooses nothing of what there is to choose from."""
_EITHER = ir.Const(None, known=False)
"""A test that nobody can decide."""


class Activations(Callers):
    """Frames of calls, and what their parameters hold."""

    def method_frame(self, instance: Instance, function: FunctionInfo) -> Frame | None:
        """The method's activation on the object; None when the constructor chain never runs it."""
        key = id(function)
        if key in instance.frames:
            return instance.frames[key]
        if function.name == "__init__" and instance.args is not None:
            instance.frames[key] = None
            frame = self._init_frame(instance, function)
        elif function.name in {"__post_init__", "setup"}:
            frame = Frame(function.module, function, self._around(function, instance.class_frame), bound=True)
            frame.self_value = instance
            if _STAGE in function.param_names:
                frame.args[_STAGE] = _ANY_STAGE
        else:
            frame = Frame(function.module, function, self._around(function, instance.class_frame), self_value=instance)
            if function.name == "__init__":
                frame = self.loose_frame(function, instance)
            else:
                frame = self._set_up_frame(instance, function) or frame
        if frame is not None:
            frame.worker = instance.worker
            self._activations.append(frame)
        instance.frames[key] = frame
        return frame

    def _set_up_frame(self, instance: Instance, function: FunctionInfo) -> Frame | None:
        """The activation of a method that the object's own constructor calls, with what it passes."""
        init = self.find_method(instance.cls, "__init__")
        if init is None or instance.args is None or not init.params:
            return None
        own = init.params[0].name
        for call in init.scope.calls:
            func = call.func
            if isinstance(func, ir.Attr) and func.name == function.name and dotted_name(func.value) == own:
                around = self.method_frame(instance, init)
                if around is not None:
                    args = self.collect(call, around)
                    return self.bind(function, args, self._around(function, instance.class_frame), instance)
        return None

    def _init_frame(self, instance: Instance, function: FunctionInfo) -> Frame | None:
        assert instance.args is not None
        chain = [cls for cls in self.mro(instance.cls) if "__init__" in cls.methods]
        if not chain:
            return None
        if chain[0].methods["__init__"] is function:
            return self.bind(function, instance.args, self._around(function, instance.class_frame), instance)
        before = True
        for cls in chain:
            derived = cls.methods["__init__"]
            if derived is function:
                before = False
                continue
            # Whoever is derived may hand on what it was handed by those that are derived further.
            frame = self.method_frame(instance, derived) if before else instance.frames.get(id(derived))
            if frame is None:
                continue
            for call in derived.scope.calls:
                if leaf_name(call.func) != "__init__" or not isinstance(call.func, ir.Attr):
                    continue
                for target in self.eval(call.func, frame):
                    if isinstance(target, FunctionValue) and target.function is function:
                        args = self.collect(call, frame)
                        if target.receiver is None and args.positional:
                            args = CallArgs(args.positional[1:], args.named, args.open)
                        return self.bind(function, args, self.definition_frame(function), instance)
        return None

    def bind(
        self,
        function: FunctionInfo,
        args: CallArgs,
        around: Frame,
        receiver: "Instance | ClassValue | None" = None,
        *,
        worker: bool = False,
        depth: int = 0,
    ) -> Frame:
        """A new activation of the function with the arguments of one call."""
        frame = Frame(function.module, function, around, bound=True, self_value=receiver, worker=worker, depth=depth)
        self._activations.append(frame)
        frame.open = args.open
        params = function.params
        if receiver is not None and params and params[0].kind == "p":
            params = params[1:]
        positional = list(args.positional)
        named = dict(args.named)
        if takes_configuration(function):
            # What is passed by position is the configuration.
            positional = []
            named = from_configuration(self, function, args) | named
        for param in params:
            if param.kind == "p" and positional:
                frame.args[param.name] = positional.pop(0)
            elif param.kind in "pk" and param.name in named:
                frame.args[param.name] = named.pop(param.name)
            elif param.kind == "*":
                frame.args[param.name] = Argument(None, None, (Sequence(tuple(positional), args.open),))
                positional = []
            elif param.kind == "**":
                items = tuple((name, argument) for name, argument in named.items())
                frame.args[param.name] = Argument(None, None, (Mapping(items, args.open),))
        return frame

    def parameter(self, name: str, frame: Frame) -> Values:
        """The values of a parameter in an activation."""
        function = frame.function
        assert function is not None
        key = ("parameter", name)
        cached = frame.cache.get(key)
        if cached is not None:
            return cached
        return self._once(
            key,
            frame.busy,
            lambda: self._parameter(name, function, frame),
            lambda values: frame.cache.__setitem__(key, values),
        )

    def _parameter(self, name: str, function: FunctionInfo, frame: Frame) -> Values:
        params = function.params
        is_method = frame.self_value is not None
        if is_method and params and params[0].name == name and name not in frame.args:
            assert frame.self_value is not None
            return (frame.self_value,)
        if name in frame.args:
            return self._or_default(frame.args[name], name, function)
        param = next(p for p in params if p.name == name)
        if frame.bound:
            default = self._default(param, function)
            if not frame.open or self._never_set(name, default, function):
                return default
            return union(default, (Unknown("passed on from elsewhere", name),))
        return self._from_callers(param, function, frame.self_value)

    def _or_default(self, argument: Argument, name: str, function: FunctionInfo) -> Values:
        """What an argument is; its parameter's default where configurations can leave it out."""
        values = self.argument(argument)
        left_out = Unknown(LEFT_OUT, name)
        if argument.expr is not None or left_out not in values:
            return values
        defaults = [self._default(param, function) for param in function.params if param.name == name]
        return union(tuple(value for value in values if value != left_out), *defaults)

    def _never_set(self, name: str, default: Values, function: FunctionInfo) -> bool:
        """Whether a switch that is off stays off: no other file and no shipped configuration has its name.

        Or all that have it say the same: `augment: none`.
        """
        if self.configs is None or not default or not all(map(_is_off, default)):
            return False
        shipped = self.configs.values(name)
        if not shipped:
            return self.configs.any and self.project.mentioning(name) == [function.module.path]
        set_to = shipped if self.options is None else shipped + self.options.setting(name, "")
        return all(map(_is_off, set_to))

    def _default(self, param: ir.Param, function: FunctionInfo) -> Values:
        if param.kind == "*":
            return (Sequence((), True),)
        if param.kind == "**":
            return (Mapping((), True),)
        bound = bound_by_gin(self, function, param)
        if bound:
            return bound
        if self._uses_sacred() and (given := captured(self, function, param)):
            return given
        if param.default is None:
            return (Unknown(NOT_PASSED, param.name),)
        return tuple(as_default(v) for v in self.eval(param.default, self.definition_frame(function)))

    def _uses_sacred(self) -> bool:
        if self._by_sacred is None:
            self._by_sacred = bool(self.project.mentioning("sacred"))
        return self._by_sacred

    def _from_callers(
        self, param: ir.Param, function: FunctionInfo, receiver: "Instance | ClassValue | None"
    ) -> Values:
        groups: list[Values] = []
        by_heirs: list[tuple[ir.Call, Frame]] = []
        missing = False
        chain = self.mro(receiver.cls) if function.name == "__init__" and receiver is not None else None
        for call, found in self.callers(function):
            frame = self._on_the_same(receiver, call, found)
            maker = frame.function.cls if frame.function is not None and leaf_name(call.func) == "__init__" else None
            if chain is not None and maker is not None and maker not in chain:
                # Another subclass's constructor.
                by_heirs.append((call, frame))
                continue
            if chain is not None and maker is None and leaf_name(call.func) in self._relatives(function, receiver):
                by_heirs.append((call, frame))
                continue
            argument = self.handed(call, frame, function).get(param.name)
            if argument is None:
                missing = True
            else:
                groups.append(self.argument(argument))
        if not groups and not missing and isinstance(receiver, Instance) and receiver.cls is function.cls:
            # What nothing makes is only what its heirs are: it is given what they hand on. That they leave it out, or
            # that it cannot be read, says nothing where files may describe it.
            offered = (self.handed(call, frame, function).get(param.name) for call, frame in by_heirs)
            handed = [self.argument(argument) for argument in offered if argument is not None]
            groups += [values for values in handed if not all(map(_says_nothing, values))]
        if not groups and param.name == _first_given(function):
            own = self.decorated_by(receiver, function) if isinstance(receiver, Instance) else ()
            decorated = tuple(value for value, _ in own or self.decorated(function))
            groups += [decorated] if decorated else []
        default = self._default(param, function)
        if not groups and function.name == "__init__" and self.described is not None:
            described = self.described.under(param.name)
            groups += [described] if described else []
        if not groups and not missing and function.name == "__init__":
            # Made by a registry or from configuration, which may set whatever the constructor takes.
            given = union(
                default, self._handed_by_files(param, receiver.cls if isinstance(receiver, Instance) else function.cls)
            )
            return tuple(replace(value, settable=True) if isinstance(value, Constant) else value for value in given)
        if not groups or missing or param.kind in {"*", "**"}:
            groups.append(default)
        return union((), *groups)

    def handed(self, call: ir.Call, frame: Frame, function: FunctionInfo) -> dict[str, Argument]:
        """What one caller hands a function, by parameter."""
        key = (call, frame, function)
        handed = self._handed_over.get(key)
        if handed is None:
            args = self.collect(call, frame)
            handed = self.bind(function, args, self.definition_frame(function), self._receiver(function)).args
            if not takes_configuration(function) and not _unpacks(call):
                # What is unpacked may be another while questions are open.
                self._handed_over[key] = handed
        return handed

    def _handed_by_files(self, param: ir.Param, cls: ClassInfo | None) -> Values:
        """What shipped configurations have for a constructor that Lightning's command line or they themselves call."""
        if self.configs is None or cls is None:
            return ()
        if not self.configs.holds(f".{cls.name}") and not self.project.mentioning("LightningCLI"):
            return ()
        return tuple(value for value in self.configs.values(param.name) if isinstance(value, Constant))

    def _on_the_same(self, receiver: "Instance | ClassValue | None", call: ir.Call, frame: Frame) -> Frame:
        """The activation that calls: of the object whose method is called, where that calls its own.

        Only of what something is decorated with, such as a registry's `register`: which of many objects it is of says
        what is in it. For any other a look at each object would cost what one look at the class is for.
        """
        caller = frame.function
        if not isinstance(receiver, Instance) or caller is None or caller.cls is None or not caller.params:
            return frame
        own = isinstance(call.func, ir.Attr) and dotted_name(call.func.value) == caller.params[0].name
        if not own or caller.name == "__init__" or caller.cls not in self.mro(receiver.cls):
            return frame
        if not self.project.decorates(caller.name):
            return frame
        return self.method_frame(receiver, caller) or frame

    def _relatives(self, function: FunctionInfo, receiver: "Instance | ClassValue | None") -> set[str]:
        """Names of the classes that share a constructor with the receiver's and are not it."""
        if function.cls is None or receiver is None:
            return set()
        family = {cls.name for cls in [function.cls, *self.subclasses(function.cls)]}
        return family - {receiver.cls.name}

    def _receiver(self, function: FunctionInfo) -> "Instance | None":
        if function.cls is None or "staticmethod" in function.decorator_names():
            return None
        return self.loose_instance(function.cls)

    def collect(self, call: ir.Call, frame: Frame) -> CallArgs:
        """The arguments of a call, with `*` and `**` taken apart."""
        out = CallArgs()
        for arg in call.args:
            if isinstance(arg, ir.Star):
                values = self.eval(arg.value, frame)
                sequences = [value for value in values if isinstance(value, Sequence)]
                if sequences:
                    out.positional.extend(sequences[0].items)
                out.open |= not sequences or sequences[0].open
            else:
                out.positional.append(Argument(arg, frame))
        for keyword in call.keywords:
            if keyword.name is not None:
                out.named[keyword.name] = Argument(keyword.value, frame)
                continue
            values = self.eval(keyword.value, frame)
            settings = self._settings(keyword.value, values)
            out.named.update(
                (key, Argument(None, None, given)) for key, given in settings.items() if key not in out.named
            )
            out.open |= not settings and self.merged(values).open
            alternatives: dict[str, list[Argument]] = {}
            for value in values:
                last = dict(value.items) if isinstance(value, Mapping) else {}
                for key, argument in last.items():
                    if isinstance(key, str):
                        alternatives.setdefault(key, []).append(argument)
            unread = any(isinstance(value, Unknown) for value in values)
            for key, arguments in alternatives.items():
                given = self._one_of(arguments)
                out.named.setdefault(key, self._switchable(given) if unread else given)
        return out

    def _switchable(self, argument: Argument) -> Argument:
        """An argument of a dict that another may stand in for: a switch in it decides nothing."""
        values = self.argument(argument)
        if not all(isinstance(value, Constant) and isinstance(value.value, bool) for value in values):
            return argument
        return Argument(None, None, tuple(replace(v, settable=True) for v in values if isinstance(v, Constant)))

    def _one_of(self, arguments: list[Argument]) -> Argument:
        """What several dicts, one of which is handed over, have under a key: an expression where all share a frame."""
        *others, last = dict.fromkeys(arguments)
        if not others:
            return last
        if any(each.expr is None or each.frame is not last.frame for each in (*others, last)):
            return Argument(None, None, union(*(self.argument(each) for each in (*others, last))))
        expr = last.expr
        for other in others:
            if other.expr is not None and expr is not None:
                expr = ir.Cond(_EITHER, other.expr, expr)
        return Argument(expr, last.frame)

    def _settings(self, expr: ir.Expr, values: Values) -> dict[str, Values]:
        """What shipped configurations have in the section that is unpacked: `Set(**args.train_set)`."""
        if self.configs is None or any(isinstance(value, Mapping) and value.items for value in values):
            return {}
        section = setting_name(expr)
        return self.configs.section(section) if section else {}


def _unpacks(call: ir.Call) -> bool:
    return any(isinstance(arg, ir.Star) for arg in call.args) or any(word.name is None for word in call.keywords)


def _is_off(value: Value) -> bool:
    return isinstance(value, Constant) and (value.value is False or value.value in _OFF)


def _says_nothing(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Constant) and value.value is None)


def _first_given(function: FunctionInfo) -> str:
    """The first parameter that a call fills: not the object of a method."""
    params = function.params[1:] if function.cls is not None else function.params
    return params[0].name if params else ""


def as_default(value: Value) -> Value:
    if isinstance(value, Constant) and value.origin == "literal":
        return Constant(value.value, "default", value.settable, value.place)
    return value
