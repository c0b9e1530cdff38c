"""How many workers a loader gets, and who says so."""

import math
import re

import msgspec
from msgspec.structs import replace

from analysis.catalog.loaders import MACHINE_COUNTS
from analysis.facts import ir
from analysis.link.configs import ConfigIndex
from analysis.link.evaluate import Evaluator
from analysis.link.options import Options
from analysis.link.scopes import dotted_name, is_own
from analysis.link.values import (
    Argument,
    Constant,
    External,
    Frame,
    Instance,
    Mapping,
    Member,
    Result,
    Unknown,
    Value,
    name_of,
)
from analysis.report import Workers as Kind

MOST_WORKERS = 2**31 - 1
"""A larger number is no machine's, and no database's integer."""

DEEPEST_SETTING = 10
"""Where a setting that is assigned is read from: `args.workers = 4 * args.gpus` may name others that are."""

_LIBRARYS_OWN = {"dataloader_num_workers": ("transformers", 0)}
"""What a library's settings have where the repository gives them nothing: transformers' `TrainingArguments`."""

_REFERENCE = re.compile(r"\$\{([\w.]{1,200})\}|<([\w.]{1,200})>")

_ALL_OPTIONS = rb"(?:vars\([\w.]{1,80}\)|[\w.]{1,80}\.__dict__)"
_TAKEN_OVER = re.compile(
    rb"(?<!\bwandb\.config)\.update\((?:(?:\*\*)?%b\)|\{\w{1,40}: ?\w{1,40} for \w{1,40}, ?\w{1,40} in %b\.items\(\))"
    rb"|for (\w{1,40}), ?(\w{1,40}) in %b\.items\(\):\s{1,80}(?:if [^\n]{1,80}:\s{1,80})?"
    rb"(?:\w{1,40}\[\1\] ?= ?\2\b|setattr\(\w{1,40}, ?\1, ?\2\))" % ((_ALL_OPTIONS,) * 3)
)
"""Where a program puts all its options into its settings."""

_ENVIRONMENT = frozenset({"os.environ.get", "os.getenv"})


class Count(msgspec.Struct, frozen=True):
    """A possible number of workers; `value` None is a number above zero that depends on the machine."""

    value: int | None
    literal: bool
    place: str | None = None


class WorkerCount(msgspec.Struct, frozen=True):
    """What a loader's `num_workers` is. `value` is the greatest default that could be read."""

    kind: Kind
    value: int | None
    evidence: str | None

    @property
    def several(self) -> bool:
        """Whether two workers can run beside each other."""
        return self.kind != "zero" and not (self.kind == "literal" and self.value == 1)


class WorkerReader:
    """Reads `num_workers` arguments: through names, options, configuration and arithmetic."""

    def __init__(self, evaluator: Evaluator, options: Options, configs: ConfigIndex) -> None:
        self.ev = evaluator
        self.options = options
        self.configs = configs
        self._by_path: dict[tuple[str, tuple[str, ...]], tuple[Count, ...]] = {}
        self._taking: list[str] | None = None

    def read(self, argument: Argument | None, default: int, *, passed_on: bool = False) -> WorkerCount:
        """The count for an argument; without one the loader's own default, unless something unread may set it."""
        if argument is None:
            if passed_on:
                return WorkerCount("unknown", None, None)
            return WorkerCount("default" if default else "zero", default, None)
        return _summed(self._argument(argument))

    def _argument(self, argument: Argument, depth: int = 0) -> list[Count | None]:
        if argument.expr is None or argument.frame is None:
            near = argument.frame.module.path if argument.frame is not None else ""
            return [count for value in argument.values for count in self._value(value, near)]
        return self._counts(argument.expr, argument.frame, depth)

    def _counts(self, expr: ir.Expr, frame: Frame, depth: int) -> list[Count | None]:
        if depth > 12:
            return [None]
        deeper = depth + 1
        match expr:
            case ir.Const():
                return self._constant(Constant(expr.value, "literal"))
            case ir.BinOp():
                return self._arithmetic(expr, frame, deeper)
            case ir.Cond():
                decided = self.ev.truth_by_default(expr.test, frame)
                out: list[Count | None] = []
                if decided is not False:
                    out += self._counts(expr.then, frame, deeper)
                if decided is not True:
                    out += self._counts(expr.other, frame, deeper)
                return out
            case ir.BoolOp():
                return [count for item in expr.items for count in self._counts(item, frame, deeper)]
            case ir.Name():
                definitions = self.ev.definitions(expr.id, frame, expr.line)
                if definitions:
                    return [count for definition in definitions for count in self._definition(definition, deeper)]
            case ir.Call():
                found = self._call(expr, frame, deeper)
                if found is not None:
                    return found
            case ir.Attr():
                configured = self._updated(expr, frame)
                if configured:
                    return configured
            case _:
                pass
        values = self.ev.eval(expr, frame)
        counts = [count for value in values for count in self._value(value, frame.module.path)]
        if isinstance(expr, ir.Sub) and any(count is not None and not count.literal for count in counts):
            # What a file says under that key, and not what code keeps under keys that nobody knows.
            counts = [count for count in counts if count is not None and not count.literal]
        asked = _asked_of(expr)
        if asked is not None and set(counts) == {None} and self._is_dict(asked[0], frame):
            # The option's default or the configuration's, and not what a file puts there under keys that nobody knows.
            counts = self._by_name(asked[1], frame.module.path)
        if asked is not None and (declared := self._taken_over(*asked, frame)):
            counts = [*declared]
        if set(counts) <= {None} and (default := _default_of(expr)) is not None:
            counts = [count and replace(count, literal=False) for count in self._counts(default, frame, deeper)]
        return counts or [None]

    def _is_dict(self, expr: ir.Expr, frame: Frame) -> bool:
        return any(isinstance(value, Mapping) for value in self.ev.eval(expr, frame))

    def _taken_over(self, holder: ir.Expr, name: str, frame: Frame) -> list[Count]:
        """The default of an option that takes the place of a setting: `cfg.update(vars(args))`.

        Of an object's settings, only of one that has none else: those of others are what they were made with.
        """
        declared = self.options.option(name, frame.module.path)
        if not declared or not self._takes_all_options(frame.module.path):
            return []
        if not self._is_dict(holder, frame) and not self._is_bare(holder, frame):
            return []
        counts = [count for value in declared for count in self._value(value, frame.module.path)]
        return [replace(count, literal=False) for count in counts if count is not None]

    def _is_bare(self, holder: ir.Expr, frame: Frame) -> bool:
        """Whether something is an object that was made with nothing, of a class that stands for itself: `Settings()`.

        What asks its own object for a number of workers is more than settings.
        """
        if is_own(holder, frame.function):
            return False
        values = self.ev.eval(holder, frame)
        return bool(values) and all(
            isinstance(value, Instance)
            and value.args is not None
            and not (value.args.positional or value.args.named or value.args.open)
            and not self.ev.external_bases(value.cls)
            for value in values
        )

    def _takes_all_options(self, path: str) -> bool:
        """Whether a file, one that it imports or one that imports it puts all options into settings."""
        if self._taking is None:
            texts = self.ev.project.texts
            paths = dict.fromkeys([*self.ev.project.mentioning("vars"), *self.ev.project.mentioning("__dict__")])
            self._taking = [each for each in paths if _TAKEN_OVER.search(texts[each])]
        closure = self.ev.graph.closure
        return any(each in closure(path) or path in closure(each) for each in self._taking)

    def _updated(self, expr: ir.Attr, frame: Frame) -> list[Count | None]:
        """A setting of a dict with attributes (`EasyDict`) that configuration files may have too."""
        if not self._is_dict(expr.value, frame):
            return []
        dotted = dotted_name(expr)
        configured = self._configured(tuple(dotted.split("."))[-3:]) if dotted else ()
        if not configured:
            return []
        in_code = [
            replace(count, literal=False)
            for value in self.ev.eval(expr, frame)
            for count in self._value(value, frame.module.path)
            if count is not None
        ]
        return [*in_code, *configured]

    def _definition(self, argument: Argument, depth: int) -> list[Count | None]:
        counts = self._argument(argument, depth)
        literal_default = argument.expr is None
        return [Count(c.value, False, c.place) if c is not None and literal_default else c for c in counts]

    def _arithmetic(self, expr: ir.BinOp, frame: Frame, depth: int) -> list[Count | None]:
        direct = [value for value in self.ev.eval(expr, frame) if isinstance(value, Constant)]
        counts = [count for value in direct for count in self._value(value, frame.module.path)]
        if any(count is not None for count in counts):
            return counts
        left = self._counts(expr.left, frame, depth)
        right = self._counts(expr.right, frame, depth)
        if expr.op in {"*", "/", "//", "+", "-"}:
            # A machine's number times or over a constant stays a number of the machine.
            positive = [c for c in left + right if c is not None and c.value != 0]
            if positive and (expr.op != "*" or not any(c is not None and c.value == 0 for c in left + right)):
                return [Count(None, False, positive[0].place)]
        return [None]

    def _call(self, expr: ir.Call, frame: Frame, depth: int) -> list[Count | None] | None:
        names = {name_of(target) for target in self.ev.eval(expr.func, frame)}
        if names & {"builtins.int", "builtins.round", "builtins.abs"} and expr.args:
            return self._counts(expr.args[0], frame, depth)
        if names & {"builtins.max", "builtins.min"} and expr.args:
            items = expr.args[0].items if isinstance(expr.args[0], ir.Seq) else expr.args
            groups = [self._counts(item, frame, depth) for item in items]
            if "builtins.max" in names:
                counts = [count for group in groups for count in group if count is not None]
                # One operand that a user can raise raises the whole.
                literal = all(count.literal for count in counts)
                return [replace(count, literal=literal) for count in counts] or [None]
            if any(group and all(count is not None and count.value == 0 for count in group) for group in groups):
                return [Count(0, False)]
            return [count for group in groups for count in group if count is not None] or [None]
        if names & _ENVIRONMENT:
            return self._environment(expr, frame, depth)
        if names & MACHINE_COUNTS:
            return [Count(None, False, frame.module.place(expr.line))]
        texts = [arg.value for arg in expr.args if isinstance(arg, ir.Const) and isinstance(arg.value, str)]
        # A setting by its name: `config.get("train.num_workers")`, `config.getint("train", "num_workers")`.
        for name in ([".".join(texts)] if len(texts) == 2 else []) + texts[:1]:
            found = self._by_name(name, frame.module.path)
            if found != [None]:
                return found
        if "builtins.len" in names:
            return [Count(None, False, frame.module.place(expr.line))]
        return None

    def _environment(self, expr: ir.Call, frame: Frame, depth: int) -> list[Count | None]:
        """What a variable of the environment is when it is not set: the call's second argument."""
        default = self.ev.collect(expr, frame).positional[1:2]
        counts = self._argument(default[0], depth) if default else [None]
        return [None if count is None else replace(count, literal=False) for count in counts]

    def _value(self, value: Value, near: str) -> list[Count | None]:
        match value:
            case Constant():
                return self._constant(value)
            case Result():
                if value.name in _ENVIRONMENT:
                    return self._environment(value.call, value.frame, 0)
                if value.name in MACHINE_COUNTS:
                    return [Count(None, False, value.frame.module.place(value.call.line))]
                return [None]
            case Member(owner=Result() as owner, name=name):
                assigned = self.ev.assigned_on(owner.name, name)
                counts = [count for argument in assigned for count in self._argument(argument, DEEPEST_SETTING)]
                known = [replace(count, literal=False) for count in counts if count is not None]
                if known and self.ev.always_assigned_on(owner.name, name):
                    return [*known]
                return [*known, *self._by_name(name_of(value), near)]
            case Member() | Unknown() | External():
                return self._by_name(name_of(value), near)
            case _:
                return [None]

    def _constant(self, value: Constant) -> list[Count | None]:
        number = value.value
        if isinstance(number, bool):
            # Nobody means one worker by True: that is another setting's.
            return [None if number else Count(0, value.origin == "literal", value.place)]
        if isinstance(number, int | float):
            whole = _whole(number)
            return [None if whole is None else Count(whole, value.origin == "literal", value.place)]
        if isinstance(number, str) and number.strip().isdecimal():
            return [Count(_whole(int(number[:18])), value.origin == "literal", value.place)]
        referred = self._referred_to(number, (value.place or "").rpartition(":")[0])
        if referred:
            return list(referred)
        # None among them, an option without a default: a loader refuses it, so that whoever starts the program says it.
        return [None]

    def _by_name(self, dotted: str, near: str) -> list[Count | None]:
        leaf = dotted.rpartition(".")[2]
        if not leaf or leaf == "[]":
            return [None]
        found = [*self.options.option(leaf, near), *self.options.setting(leaf, near)]
        counts = [c for value in found if isinstance(value, Constant) for c in self._constant(value) if c is not None]
        path = tuple(part for part in dotted.split(".") if part and part != "[]")[-3:]
        counts += self._configured(path)
        library, default = _LIBRARYS_OWN.get(leaf, ("", 0))
        if not counts and library and self.ev.project.mentioning(library):
            return [Count(default, False)]
        return [*counts] or [None]

    def _configured(self, path: tuple[str, ...], beside: str = "") -> tuple[Count, ...]:
        """The counts that configuration files have for a setting, each with the first place that has it.

        For a setting that another refers to, those of the file `beside`, unless it has none.
        """
        known = self._by_path.get((beside, path))
        if known is None:
            # While this is asked, nothing: a setting may refer to itself.
            self._by_path[beside, path] = ()
            first: dict[int | None, Count] = {}
            found = self.configs.by_dotted(path)
            for config in [config for config in found if config.path == beside] or found:
                for count in self._referred_to(config.value, config.path):
                    first.setdefault(count.value, count)
                if isinstance(config.value, int | float) and not isinstance(config.value, bool):
                    whole = _whole(config.value)
                elif isinstance(config.value, str) and config.value.strip().isdecimal():
                    whole = _whole(int(config.value[:18]))
                else:
                    continue
                if whole is not None:
                    first.setdefault(whole, Count(whole, False, f"{config.path}:{config.line}"))
            known = self._by_path[beside, path] = tuple(first.values())
        return known

    def _referred_to(self, value: object, beside: str = "") -> tuple[Count, ...]:
        """The counts of the setting that a text stands for: `${data.workers}`, `<workers>` of a `!ref`."""
        match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        return self._configured(tuple((match[1] or match[2]).split("."))[-3:], beside) if match is not None else ()


def _asked_of(expr: ir.Expr) -> tuple[ir.Expr, str] | None:
    """What is asked for a setting, and its name: `settings.workers`, `settings["workers"]`."""
    match expr:
        case ir.Attr(value=owner, name=name) | ir.Sub(value=owner, index=ir.Const(value=str(name))):
            return owner, name
        case _:
            return None


def _default_of(expr: ir.Expr) -> ir.Expr | None:
    """What `settings.get("workers", 4)` gives where nothing sets it."""
    match expr:
        case ir.Call(func=ir.Attr(name="get" | "pop"), args=(ir.Const(value=str()), default)):
            return default
        case _:
            return None


def _whole(number: float) -> int | None:
    """A number of workers as somebody wrote it; None for what is none: an infinity, or one below zero, which every
    loader refuses, so that it stands for what the program puts in its place."""
    return min(int(number), MOST_WORKERS) if math.isfinite(number) and number >= 0 else None


def _summed(counts: list[Count | None]) -> WorkerCount:
    known = [count for count in counts if count is not None]
    above = [count for count in known if count.value is None or count.value > 0]
    if above:
        best = max(above, key=lambda count: count.value or 0)
        literal = all(count.literal for count in above)
        return WorkerCount("literal" if literal else "default", best.value, best.place)
    if known and len(known) == len(counts):
        return WorkerCount("zero", 0, known[0].place)
    if known:
        return WorkerCount("zero", 0, known[0].place)
    return WorkerCount("unknown", None, None)
