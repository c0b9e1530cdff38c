"""What an object keeps under names that stand nowhere: `self.__dict__.update(kwargs)`, `setattr(self, key, value)`."""

from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate.activations import Activations
from analysis.link.scopes import ClassInfo, FunctionInfo, leaf_name
from analysis.link.values import Argument, CallArgs, Frame, Instance, Mapping, Values, union

_OWN = "__dict__"
_DICTS = frozenset({"builtins.dict", "collections.OrderedDict"})
_ENTERS = ("register", "add")
_SAVES = "save_hyperparameters"
_LOOK_UPS = frozenset({"get", "getattr", "pop"})
_SETTERS = frozenset({"setattr", "__setattr__"})


class Kept:
    """Whole dicts that constructors make attributes of."""

    def __init__(self, evaluator: Activations) -> None:
        self._ev = evaluator
        self._sources: dict[int, list[tuple[FunctionInfo, ir.Expr]]] = {}
        self._told: dict[int, bool] = {}

    def attribute(self, instance: Instance, name: str) -> Values:
        """What such dicts have under the name of an attribute; nothing where there are none."""
        groups: list[Values] = []
        for function, source in self._of_class(instance.cls):
            frame = self._ev.method_frame(instance, function)
            if frame is not None:
                groups.append(self._under(source, name, frame))
        return union((), *groups)

    def sets_told(self, cls: ClassInfo) -> bool:
        """Whether a class, or one that it inherits from, sets attributes whose names it is told."""
        known = self._told.get(id(cls))
        if known is None:
            methods = (method for each in self._ev.mro(cls) for method in each.methods.values())
            known = self._told[id(cls)] = any(map(_sets_told, methods))
        return known

    def items(self, instance: Instance) -> Mapping | None:
        """The dict that an object of a class of dicts is made as: `Settings({"size": 4})`."""
        if instance.args is None or _DICTS.isdisjoint(self._ev.external_bases(instance.cls)):
            return None
        args = self._of_base(instance, instance.args)
        if args is None:
            return None
        merged = [self._ev.merged(self._ev.argument(argument)) for argument in args.positional[:1]]
        given = [item for each in merged for item in each.items]
        entered = [(None, argument) for argument in self._entered(instance)]
        return Mapping((*given, *args.named.items(), *entered), args.open or any(each.open for each in merged))

    def _entered(self, instance: Instance) -> Iterator[Argument]:
        """What is decorated with the dict's own methods, or with what they return: `@MODELS.register`."""
        for cls in self._ev.mro(instance.cls):
            for method in cls.methods.values():
                if method.name.startswith(_ENTERS):
                    yield from (Argument(None, None, (value,)) for value, _ in self._ev.decorated_by(instance, method))

    def _of_base(self, instance: Instance, args: CallArgs) -> CallArgs | None:
        """What the constructor of dicts gets: all, or what the class's own hands on to it."""
        init = self._ev.find_method(instance.cls, "__init__")
        if init is None:
            return args
        frame = self._ev.method_frame(instance, init)
        for call in init.scope.calls if frame is not None else ():
            if leaf_name(call.func) == "__init__" and frame is not None:
                handed = self._ev.collect(call, frame)
                explicit = not (isinstance(call.func, ir.Attr) and isinstance(call.func.value, ir.Call))
                # `dict.__init__(self, values)`
                return CallArgs(handed.positional[1:], handed.named, handed.open) if explicit else handed
        return None

    def hyperparameters(self, instance: Instance) -> Values:
        """Lightning's `self.hparams` after `self.save_hyperparameters()`: what the constructor was given."""
        groups: list[Values] = []
        for cls in self._ev.mro(instance.cls):
            init = cls.methods.get("__init__")
            if init is None or not init.mentions(_SAVES):
                continue
            frame = self._ev.method_frame(instance, init)
            for call in init.scope.calls if frame is not None else ():
                if leaf_name(call.func) == _SAVES and frame is not None:
                    groups.append(self._saved(call, init, frame))
        return union((), *groups)

    def _saved(self, call: ir.Call, init: FunctionInfo, frame: Frame) -> Values:
        """Of what is handed over itself its values; of names, or of nothing, the parameters."""
        whole = [arg for arg in call.args if not isinstance(arg, ir.Const)]
        if whole:
            return union((), *(self._ev.eval(arg, frame) for arg in whole))
        wanted = {arg.value for arg in call.args if isinstance(arg, ir.Const)}
        names = [param.name for param in init.params[1:] if param.kind in "pk"]
        items = [(name, Argument(ir.Name(name, call.line), frame)) for name in names if not wanted or name in wanted]
        return (Mapping(tuple(items), open=True),)

    def _of_class(self, cls: ClassInfo) -> list[tuple[FunctionInfo, ir.Expr]]:
        found = self._sources.get(id(cls))
        if found is None:
            found = self._sources[id(cls)] = []
            for ancestor in self._ev.mro(cls):
                init = ancestor.methods.get("__init__")
                if init is not None and init.params:
                    found += ((each, source) for each in (init, *_helpers(init)) for source in _dicts_of(each))
        return found

    def _under(self, source: ir.Expr, name: str, frame: Frame) -> Values:
        match source:
            case ir.Call(func=ir.Name(id="locals")):
                function = frame.function
                own = function is not None and (name in function.param_names or name in function.scope.bindings)
                return self._ev.lookup(name, frame) if own else ()
            case ir.Call(func=ir.Name(id="vars"), args=(holder,)) | ir.Attr(name="__dict__", value=holder):
                return union((), *(self._ev.attribute(value, name) for value in self._ev.eval(holder, frame)))
            case _:
                mappings = [value for value in self._ev.eval(source, frame) if isinstance(value, Mapping)]
                return union((), *(self._ev.item(each, name) for each in mappings))


def _helpers(init: FunctionInfo) -> Iterator[FunctionInfo]:
    """The methods that a constructor calls on its object and that may set attributes by name."""
    cls = init.cls
    for call in init.scope.calls:
        if cls is not None and isinstance(call.func, ir.Attr) and _is_name(call.func.value, init.params[0].name):
            method = cls.methods.get(call.func.name)
            if method is not None and method is not init and method.params:
                yield method


def _dicts_of(function: FunctionInfo) -> Iterator[ir.Expr]:
    """The dicts whose items a method makes its object's attributes."""
    if not any(function.mentions(word) for word in (_OWN, "vars", *_SETTERS)):
        return
    own = function.params[0].name
    for assign in function.scope.attributes:
        if assign.name == _OWN and _is_name(assign.target, own) and isinstance(assign.binding.node, ir.Expr):
            yield assign.binding.node
    for call in function.scope.calls:
        func = call.func
        if isinstance(func, ir.Attr) and func.name == "update" and _is_own_dict(func.value, own):
            yield from call.args
            named = tuple(keyword for keyword in call.keywords if keyword.name is not None)
            if named:
                yield ir.Call(ir.Name("dict", call.line), (), named, call.line)
            yield from (keyword.value for keyword in call.keywords if keyword.name is None)
        elif leaf_name(func) in _SETTERS and _sets_on(call, own):
            yield from _looped_over(call, function)


def _sets_told(method: FunctionInfo) -> bool:
    """Whether a method does `setattr(self, key, made)` with a key that does not stand there.

    What it looks up under the key, in a dict that can be read, is known otherwise.
    """
    if not method.params or not method.mentions("setattr"):
        return False
    for call in method.scope.calls:
        match call:
            case ir.Call(func=ir.Name(id="setattr"), args=(ir.Name(id=holder), key, made)):
                looked_up = isinstance(made, ir.Sub) or leaf_name(getattr(made, "func", None)) in _LOOK_UPS
                if holder == method.params[0].name and not isinstance(key, ir.Const) and not looked_up:
                    return True
            case _:
                pass
    return False


def _is_own_dict(expr: ir.Expr, own: str) -> bool:
    match expr:
        case ir.Attr(name="__dict__", value=holder) | ir.Call(func=ir.Name(id="vars"), args=(holder,)):
            return _is_name(holder, own)
        case _:
            return False


def _sets_on(call: ir.Call, own: str) -> bool:
    holder = call.func.value if isinstance(call.func, ir.Attr) else call.args[0] if call.args else None
    if _is_name(holder, "object") or isinstance(holder, ir.Call):
        # `object.__setattr__(self, key, value)`, `super().__setattr__(key, value)`
        return True
    return _is_name(holder, own)


def _looped_over(call: ir.Call, function: FunctionInfo) -> Iterator[ir.Expr]:
    """The dict whose items are set: that of a loop around the call, or the one in which it looks a key up."""
    match call.args[-1] if call.args else None:
        case ir.Sub(value=holder) | ir.Call(func=ir.Attr(name="get" | "pop", value=holder)):
            yield holder
        case ir.Call(func=ir.Name(id="getattr"), args=(holder, *_)):
            yield ir.Attr(holder, _OWN, call.line)
        case ir.Name(id=name):
            for loop in function.scope.loops:
                if isinstance(loop, ir.For) and loop.body.start <= call.line <= loop.body.end and _holds(loop, name):
                    iterated = loop.iter
                    if isinstance(iterated, ir.Call) and isinstance(iterated.func, ir.Attr) and not iterated.args:
                        yield iterated.func.value
        case _:
            pass


def _holds(loop: ir.For, name: str) -> bool:
    """Whether a loop goes through pairs, the second of which has this name."""
    target = loop.target
    return isinstance(target, ir.Seq) and len(target.items) > 1 and _is_name(target.items[1], name)


def _is_name(expr: ir.Expr | None, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name
