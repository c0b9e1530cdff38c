"""Calls of Python's and libraries' functions that the evaluation itself understands."""

from collections.abc import Callable, Iterator

from analysis.catalog.names import canonical
from analysis.facts import ir
from analysis.link.evaluate.access import Access
from analysis.link.evaluate.executed import ANY, evaluate_text
from analysis.link.evaluate.instantiated import instantiated
from analysis.link.evaluate.machine import UNREADABLE
from analysis.link.evaluate.put_together import (
    BLANK,
    as_far_as_known,
    ends_of,
    methods_like,
    modules_like,
    named_like,
)
from analysis.link.evaluate.turns import first, of_pairs
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
    overlaid,
    union,
)

KnownCall = Callable[[Access, ir.Call, Frame], Values]

_LOADER = Argument(None, None, (External("torch.utils.data.DataLoader"),))


def _partial(ev: Access, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    args = ev.collect(call, frame)
    rest = CallArgs(args.positional[1:], args.named, args.open)
    return tuple(Partial(target, rest) for target in ev.argument(args.positional[0]))


def _same(ev: Access, call: ir.Call, frame: Frame) -> Values:
    return ev.eval(call.args[0], frame) if call.args else UNREADABLE


def _declared(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """The default of an option that typer makes of a parameter: whoever starts the program may set another."""
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.name == "default")]
    values = ev.eval(given[0], frame) if given else UNREADABLE
    return tuple(Constant(v.value, "default", True, v.place) if isinstance(v, Constant) else v for v in values)


def _as_list(ev: Access, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return (Sequence((), True),)
    return tuple(
        value
        if isinstance(value, Sequence | Result)
        else Sequence((Argument(None, None, ev.elements((value,))),), True)
        for value in ev.eval(call.args[0], frame)
    )


def _as_dict(ev: Access, call: ir.Call, frame: Frame) -> Values:
    items: list[tuple[str | int | None, Argument]] = []
    is_open = False
    for arg in call.args:
        if entries := of_pairs(ev, arg, frame):
            items.extend(entries)
            continue
        values = ev.eval(arg, frame)
        pairs = [pair for value in values if isinstance(value, Sequence) for pair in _pairs(ev, value)]
        merged = Mapping(tuple(pairs), True) if pairs else ev.merged(values)
        whole = overlaid((*items, *merged.items), is_open or merged.open)
        items, is_open = [*whole.items], whole.open
    args = ev.collect(ir.Call(call.func, (), call.keywords, call.line), frame)
    items.extend(args.named.items())
    return (Mapping(tuple(items), is_open or args.open),)


def _from_keys(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`dict.fromkeys(names, make)`: the same under each key."""
    keys = ev.elements(ev.eval(call.args[0], frame)) if call.args else ()
    names = [key.value for key in ev.constants(keys) if isinstance(key.value, str | int)]
    value = Argument(call.args[1], frame) if len(call.args) > 1 else Argument(None, None, (Constant(None),))
    unread = len(names) < len(keys)
    return (Mapping(tuple((name, value) for name in names) + (((None, value),) if unread else ()), unread),)


def _next(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`next(made for made in classes if made.__name__ == name)`: a class that is looked for."""
    found = first(ev, call.args[0], frame) if call.args and isinstance(call.args[0], ir.Comp) else ()
    return (
        union(found, *(ev.eval(each, frame) for each in call.args[1:]))
        if found
        else (Result("builtins.next", call, frame),)
    )


def _pairs(ev: Access, sequence: Sequence) -> Iterator[tuple[str | int | None, Argument]]:
    """The entries of `dict((name, make(name)) for name in names)`."""
    for argument in sequence.items:
        for value in ev.argument(argument):
            if isinstance(value, Sequence) and len(value.items) == len(("key", "value")):
                first = ev.constants(ev.argument(value.items[0]))
                keys = [key.value for key in first if isinstance(key.value, str | int)]
                yield keys[0] if len(keys) == 1 else None, value.items[1]


def _get_attribute(ev: Access, call: ir.Call, frame: Frame) -> Values:
    if len(call.args) < 2:
        return UNREADABLE
    holders = ev.eval(call.args[0], frame)
    names = [v.value for v in ev.constants(ev.eval(call.args[1], frame)) if isinstance(v.value, str)]
    groups: list[Values] = []
    for holder in holders:
        if isinstance(holder, ModuleValue) and not names:
            groups.append(named_like(ev, holder, ends_of(call.args[1], ev, frame)) or ev.all_classes(holder.module))
        elif isinstance(holder, ModuleValue | PackageValue):
            groups.append(ev.named_in(holder, call.args[1], frame))
        elif names:
            groups.extend(ev.attribute(holder, name) for name in names)
        elif isinstance(holder, External):
            # One of a library's classes or functions, made or called with what is handed to it.
            groups.append((External(f"{holder.name}.{ANY}"),))
        elif isinstance(holder, Instance):
            groups.append(methods_like(ev, holder, ends_of(call.args[1], ev, frame), frame))
            groups.append((Unknown("an attribute looked up by a name that is not readable"),))
        else:
            groups.append((Unknown("an attribute looked up by a name that is not readable"),))
    if len(call.args) > 2:
        groups.append(ev.eval(call.args[2], frame))
    return union((), *groups)


def _vars(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`vars(module)` is `module.__dict__`."""
    holders = ev.eval(call.args[0], frame) if call.args else ()
    modules = tuple(Member(value, "__dict__") for value in holders if isinstance(value, ModuleValue | PackageValue))
    return modules or (Result("builtins.vars", call, frame),)


def _super(ev: Access, call: ir.Call, frame: Frame) -> Values:
    current: Frame | None = frame
    while current is not None and (current.function is None or current.function.cls is None):
        current = current.parent
    if current is None or current.function is None or current.function.cls is None or current.self_value is None:
        return UNREADABLE
    cls = current.function.cls
    if call.args:
        for value in ev.eval(call.args[0], frame):
            if isinstance(value, ClassValue):
                cls = value.cls
    return (Super(cls, current.self_value),)


def _import_module(ev: Access, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    groups: list[Values] = []
    for value in ev.constants(ev.eval(call.args[0], frame)):
        if isinstance(value.value, str) and value.value:
            path = ev.project.resolve(frame.module.path, value.value.lstrip("."))
            groups.append(ev.at(path) if path else (External(canonical(value.value)),))
    if groups:
        return union((), *groups)
    text = as_far_as_known(call.args[0], ev, frame)
    package, dot, _ = text.partition(BLANK)[0].rpartition(".")
    folder = ev.project.resolve(frame.module.path, package) if dot else None
    if folder is None or not folder.endswith("/"):
        return UNREADABLE
    inside = text.removeprefix(package + dot)
    # `f"kinds.{name}"` is any of the modules there, whatever else is around the name.
    if "." not in inside:
        return ev.modules_of(folder)
    path = f"{folder}{inside.replace('.', '/')}"
    return modules_like(ev, f"{path}.py") or modules_like(ev, f"{path}/__init__.py")


def _module_at(position: int) -> KnownCall:
    """A module loaded from a file, whose path is the argument at a position."""

    def special(ev: Access, call: ir.Call, frame: Frame) -> Values:
        path = next((k.value for k in call.keywords if k.name in {"path", "location", "pathname"}), None)
        if path is None and len(call.args) > position:
            path = call.args[position]
        if path is None:
            return UNREADABLE
        named = [v.value for v in ev.constants(ev.eval(path, frame)) if isinstance(v.value, str)]
        modules = [ev.project.module(name.removeprefix("./")) for name in named]
        found = tuple(ModuleValue(module) for module in modules if module is not None)
        like = () if found else modules_like(ev, as_far_as_known(path, ev, frame))
        return found or like or (Unknown("a file that only a run names"),)

    return special


def _sum(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """Datasets can be added: of a list of them it is any."""
    if not call.args:
        return UNREADABLE
    parts = ev.elements(ev.eval(call.args[0], frame))
    return tuple(part for part in parts if isinstance(part, Instance)) or (Result("builtins.sum", call, frame),)


def _enumerate(ev: Access, call: ir.Call, frame: Frame) -> Values:
    if not call.args:
        return UNREADABLE
    inner = ev.elements(ev.eval(call.args[0], frame))
    pair = Sequence((Argument(None, None, (Unknown("a running index"),)), Argument(None, None, inner)))
    return (Sequence((Argument(None, None, (pair,)),), True),)


def _chosen(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`random.choice(self.transforms)`: any of what can be called, or of the tuples that have it with its settings."""
    elements = ev.elements(ev.eval(call.args[0], frame)) if call.args else ()
    called = (Instance, FunctionValue, ClassValue, Partial, Sequence)
    return tuple(value for value in elements if isinstance(value, called)) or (Result("random.choice", call, frame),)


def _sample(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`random.sample(self.transforms, 2)`: some of what can be called."""
    return (Sequence((Argument(None, None, _chosen(ev, call, frame)),), True),)


def _zip(ev: Access, call: ir.Call, frame: Frame) -> Values:
    parts = tuple(Argument(None, None, ev.elements(ev.eval(arg, frame))) for arg in call.args)
    return (Sequence((Argument(None, None, (Sequence(parts),)),), True),)


def _map(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`map(make, things)`: what is made of any of them."""
    if len(call.args) < 2:
        return UNREADABLE
    handed = CallArgs([Argument(None, None, ev.elements(ev.eval(each, frame))) for each in call.args[1:]])
    groups = (
        (ev.make(target, handed, call, frame),)
        if isinstance(target, ClassValue)
        else ev.call_value(target, handed, frame)
        for target in ev.eval(call.args[0], frame)
    )
    made = tuple(value for value in union((), *groups) if not isinstance(value, Unknown))
    return (Sequence((Argument(None, None, made),), True),) if made else (Result("builtins.map", call, frame),)


def _number(read: Callable[[float], float]) -> KnownCall:
    """`int(x)`, `float(x)` or `abs(x)` of what can be read as a number, such as an option's text."""

    def special(ev: Access, call: ir.Call, frame: Frame) -> Values:
        values = ev.eval(call.args[0], frame) if call.args else ()
        out: list[Value] = []
        for value in values:
            if isinstance(value, Constant) and isinstance(value.value, int | float | str):
                try:
                    out.append(Constant(read(float(value.value)), value.origin, value.settable, value.place))
                except (ValueError, OverflowError):
                    out.append(Unknown("not a number"))
            else:
                out.append(value)
        return union(tuple(out)) or UNREADABLE

    return special


def _rounded(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`round(x)`; with digits it is near enough to the number itself."""
    return _number(round if len(call.args) == 1 else float)(ev, call, frame)


def _extreme(pick: Callable[[float, float], float]) -> KnownCall:

    def special(ev: Access, call: ir.Call, frame: Frame) -> Values:
        operands = [ev.eval(arg, frame) for arg in call.args]
        if len(operands) == 1:
            operands = [(value,) for value in ev.elements(operands[0])]
        best: Constant | None = None
        rest: list[Value] = []
        for values in operands:
            numbers = [v for v in values if isinstance(v, Constant) and isinstance(v.value, int | float)]
            rest.extend(v for v in values if v not in numbers)
            for number in numbers:
                if best is None:
                    best = number
                elif isinstance(best.value, int | float) and isinstance(number.value, int | float):
                    chosen = best if pick(best.value, number.value) == best.value else number
                    origin = "default" if "default" in (best.origin, number.origin) else "literal"
                    best = Constant(chosen.value, origin, best.settable or number.settable, best.place or number.place)
        if best is None:
            return tuple(rest) or UNREADABLE
        return union(tuple(rest), (best,)) if rest else (best,)

    return special


def _is_instance(ev: Access, call: ir.Call, frame: Frame) -> Values:
    decided = ev.truth(call, frame)
    return UNREADABLE if decided is None else (Constant(decided),)


def _class_of(ev: Access, call: ir.Call, frame: Frame) -> Values:
    if len(call.args) == 3:
        return tuple(v for v in ev.elements(ev.eval(call.args[1], frame)) if isinstance(v, ClassValue)) or UNREADABLE
    values = ev.eval(call.args[0], frame) if call.args else ()
    return tuple(ClassValue(v.cls, v.class_frame) for v in values if isinstance(v, Instance)) or UNREADABLE


def _made_of_dict(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """mmcv's `obj_from_dict(dict(type="Scans", ...), module)`: an object of a class of the module."""
    args = ev.collect(call, frame)
    named = dict(zip(("info", "parent"), args.positional, strict=False)) | args.named
    if "info" not in named or "parent" not in named:
        return UNREADABLE
    groups: list[Values] = []
    for described in ev.argument(named["info"]):
        handed = dict(described.items) if isinstance(described, Mapping) else {}
        kinds = ev.item(described, "type") if isinstance(described, Mapping) else ()
        given = {key: value for key, value in handed.items() if isinstance(key, str) and key != "type"}
        for holder in ev.argument(named["parent"]):
            classes = _of_kind(ev, holder, [kind.value for kind in ev.constants(kinds) if isinstance(kind.value, str)])
            groups.append(tuple(ev.make(cls, CallArgs([], given, True), call, frame) for cls in classes))
    return union((), *groups) or UNREADABLE


def _of_kind(ev: Access, holder: Value, names: list[str]) -> list[ClassValue]:
    module = holder.module if isinstance(holder, ModuleValue) else None
    if isinstance(holder, PackageValue):
        module = ev.project.init_of(holder.folder)
    values = union((), *(ev.attribute(holder, name) for name in names))
    if not values and module is not None:
        values = ev.all_classes(module)
    return [value for value in values if isinstance(value, ClassValue)]


def _replaced(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`dataclasses.replace(settings, size=4)`: an object made as another was, but for what is named."""
    args = ev.collect(call, frame)
    out: list[Value] = []
    for value in ev.argument(args.positional[0]) if args.positional else ():
        if isinstance(value, Instance) and value.args is not None:
            named = CallArgs(value.args.positional, {**value.args.named, **args.named}, value.args.open or args.open)
            value = ev.make(ClassValue(value.cls, value.class_frame), named, call, frame)
        out.append(value)
    return tuple(out) or UNREADABLE


def _torchs_loader(ev: Access, call: ir.Call, frame: Frame) -> Values:
    """`_, DataLoader = _get_dataloader()` of mmcv is torch's own, twice."""
    return (Sequence((_LOADER, _LOADER)),)


KNOWN_CALLS: dict[str, KnownCall] = {
    "hydra.utils.instantiate": instantiated,
    "mmcv.runner.obj_from_dict": _made_of_dict,
    "mmcv.obj_from_dict": _made_of_dict,
    "mmcv.torchpack.obj_from_dict": _made_of_dict,
    "mmcv.utils.parrots_wrapper._get_dataloader": _torchs_loader,
    # `LazyCall(Class)(...)` is the call, made later.
    "detectron2.config.LazyCall": _same,
    "detectron2.config.lazy.LazyCall": _same,
    "functools.partial": _partial,
    "dataclasses.replace": _replaced,
    "attr.evolve": _replaced,
    "attrs.evolve": _replaced,
    "copy.copy": _same,
    "copy.deepcopy": _same,
    "builtins.iter": _same,
    "builtins.reversed": _as_list,
    "builtins.staticmethod": _same,
    "builtins.sorted": _as_list,
    "builtins.list": _as_list,
    "builtins.tuple": _as_list,
    "builtins.set": _as_list,
    "builtins.dict": _as_dict,
    "builtins.dict.fromkeys": _from_keys,
    "builtins.next": _next,
    "collections.OrderedDict": _as_dict,
    "easydict.EasyDict": _as_dict,
    "addict.Dict": _as_dict,
    "argparse.Namespace": _as_dict,
    "typer.Argument": _declared,
    "typer.Option": _declared,
    "types.SimpleNamespace": _as_dict,
    "omegaconf.OmegaConf.create": _as_dict,
    "builtins.getattr": _get_attribute,
    "builtins.vars": _vars,
    "operator.attrgetter": _same,
    "builtins.eval": evaluate_text,
    "builtins.super": _super,
    "importlib.import_module": _import_module,
    "builtins.__import__": _import_module,
    "imp.load_source": _module_at(1),
    "importlib.util.spec_from_file_location": _module_at(1),
    "importlib.util.module_from_spec": _same,
    "builtins.sum": _sum,
    "builtins.enumerate": _enumerate,
    "tqdm.tqdm": _same,
    "tqdm.auto.tqdm": _same,
    "random.choice": _chosen,
    "random.choices": _sample,
    "random.sample": _sample,
    "builtins.zip": _zip,
    "builtins.map": _map,
    "itertools.cycle": _same,
    "builtins.int": _number(int),
    "builtins.float": _number(float),
    "builtins.abs": _number(abs),
    "builtins.round": _rounded,
    "builtins.max": _extreme(max),
    "builtins.min": _extreme(min),
    "builtins.type": _class_of,
    "builtins.isinstance": _is_instance,
    "torch.nn.ModuleList": _as_list,
}
