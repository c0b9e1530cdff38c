"""Whether a test holds: what decides which branches an activation takes."""

import re
from collections.abc import Callable

from analysis.facts import ir
from analysis.link.evaluate.classes import Classes
from analysis.link.evaluate.machine import CALCULATED, P, T
from analysis.link.values import (
    STANDS_FOR,
    ClassValue,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    ModuleValue,
    Partial,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
    name_of,
)

_CONTAINERS = frozenset(
    {"list", "tuple", "dict", "set", "str", "int", "float", "Sequence", "Iterable", "Mapping", "MutableMapping"}
)

_NAMED_TYPES = frozenset(
    {"str", "int", "float", "bool", "NoneType", "list", "tuple", "dict", "Callable", "Path", "ndarray"}
)

_MADE_TYPES = {
    "numpy.random.RandomState": "RandomState",
    "numpy.random.default_rng": "Generator",
    "numpy.random.Generator": "Generator",
    "torch.utils.data.ConcatDataset": "ConcatDataset",
    "torch.utils.data.Subset": "Subset",
    "torch.utils.data.random_split": "Subset",
}
"""The types of what calls of libraries give, and of each that they give several of."""

_UP_TO_ONE = frozenset({
    "random.random", "numpy.random.rand", "numpy.random.random", "numpy.random.random_sample", "numpy.random.uniform",
})  # fmt: skip
"""Without arguments, from 0 on and below 1."""

_READ_WHOLE = frozenset({
    "yaml.load", "yaml.safe_load", "yaml.full_load", "omegaconf.OmegaConf.load", "toml.load", "tomllib.load",
})  # fmt: skip
"""They read a file of settings, and nothing else."""

_COMPARABLE = (Constant, Result, Unknown, Member)
"""What a comparison can be decided about."""
_OFF = frozenset({"", ".", "-", "None", "no", "none", "null", "off"})
"""Texts that a setting has for nothing."""
_CHOOSES = frozenset({"==", "!=", "in", "not in"})
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Truth(Classes):
    """Tests, decided where their operands are known."""

    def truth(self, expr: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds in an activation; None when it can go either way."""
        match expr:
            case ir.BoolOp():
                alone = expr.op == "or"
                open_ones = False
                for item in expr.items:
                    answer = self.truth(item, frame)
                    if answer is alone:
                        return alone
                    open_ones |= answer is None
                return None if open_ones else not alone
            case ir.UnaryOp(op="not"):
                inner = self.truth(expr.value, frame)
                return None if inner is None else not inner
            case ir.Compare() if len(expr.ops) == 1:
                return self._compared(expr, frame)
            case ir.Const():
                return bool(expr.value) if expr.known else None
            case ir.Call(func=ir.Name(id="isinstance")) if len(expr.args) == 2:
                return self._is_instance(expr.args[0], expr.args[1], frame)
            case ir.Name() | ir.Attr() | ir.Sub() | ir.Call():
                return _agreed([self.value_truth(value) for value in self.eval(expr, frame)])
            case _:
                return None

    def truth_by_default(self, expr: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds when every option has its default."""
        return self.by_default(self.truth, expr, frame)

    def by_default(self, question: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The answer to a question of tests when every option has its default."""
        outside, self._by_default = self._by_default, True
        try:
            return question(*args, **named)
        finally:
            self._by_default = outside

    def _fixed(self, value: Constant) -> bool:
        return self._by_default or not value.settable

    def value_truth(self, value: Value) -> bool | None:
        match value:
            case Constant():
                return bool(value.value) if self._fixed(value) else None
            case External():
                # A constant of a library, `six.PY2`; classes and functions are not written so.
                name = name_of(value)
                return None if name.startswith(STANDS_FOR) or name.rpartition(".")[2].isupper() else True
            case FunctionValue() | ClassValue() | ModuleValue() | Partial():
                return True
            case Instance():
                return True if self.find_method(value.cls, "__len__") is None else None
            case Sequence():
                return (
                    True
                    if any(not isinstance(a.expr, ir.Star) for a in value.items) and not value.open
                    else (None if value.items or value.open else False)
                )
            case Mapping():
                return None if value.open or not value.items else True
            case Result():
                if value.frame.worker and value.name == "torch.utils.data.get_worker_info":
                    return True
                return False if value.name.endswith(".get") and self._off(value) else None
            case Unknown() | Member():
                return False if self._off(value) else None
            case _:
                return None

    def _off(self, value: Unknown | Member | Result) -> bool:
        """Whether a setting, `CFG.INPUT.CUTOUT`, is false by default and in every shipped configuration."""
        values = self._set_to(value) or self._shipped_below(value)
        return bool(values) and all(isinstance(each, Constant) and not each.value for each in values)

    def _set_to(self, value: Unknown | Member | Result) -> Values:
        """What a setting is by default and in every shipped configuration."""
        name = name_of(value).rpartition(".")[2]
        return self._shipped(name) if name.isupper() else ()

    def _set_in_sections(self, dotted: str) -> Values:
        """What a setting below a section, `config.evaluation.shuffle`, is in every shipped configuration that has both.

        So is one beside the sections, where it is asked of a whole file: `yaml.safe_load(file)["shuffle"]`.
        Nothing where an option has the name, or a program sets it.
        """
        if "." not in dotted or self.options is None or self.configs is None:
            return ()
        known = self._set_anywhere.get(dotted)
        if known is None:
            name = dotted.rpartition(".")[2]
            holder = dotted.removesuffix(f".{name}")
            ask = self.configs.beside_sections if holder in _READ_WHOLE else self.configs.below
            values = ask(dotted) if name.isidentifier() else ()
            known = values if values and not self._set_by_programs(name) else ()
            self._set_anywhere[dotted] = known
        return known

    def _set_by_programs(self, name: str) -> bool:
        if self.options is None or self.options.option(name, "") or self.options.setting(name, ""):
            return True
        sets = re.compile(rb"(?<!\bself)(?:\.|\[[\"'])%b(?:[\"']\])?[ \t]{0,8}=[^=]" % name.encode())
        return any(sets.search(self.project.texts[path]) for path in self.project.mentioning(name))

    def _shipped(self, name: str) -> Values:
        if self.options is None or self.configs is None:
            return ()
        known = self._set_anywhere.get(name)
        if known is None:
            known = self._set_anywhere[name] = self.configs.values(name) + self.options.setting(name, "")
        return known

    def _is_instance(self, subject: ir.Expr, kinds: ir.Expr, frame: Frame) -> bool | None:
        types = [t for kind in (kinds.items if isinstance(kinds, ir.Seq) else [kinds]) for t in self.eval(kind, frame)]
        names = {t.name.rpartition(".")[2] if isinstance(t, External) else "" for t in types}
        return _agreed([self._has_type(value, types, names) for value in self.eval(subject, frame)])

    def _has_type(self, value: Value, types: list[Value], names: set[str]) -> bool | None:
        """Whether a value is of one of the types; `names` are the last parts of those from outside."""
        match value:
            case Constant():
                mine = {"NoneType" if value.value is None else type(value.value).__name__}
                mine |= {"Number", "Integral", "Real"} if isinstance(value.value, int | float) else set()
                return bool(mine & names) if names <= _NAMED_TYPES | mine else None
            case Sequence():
                return None if not names <= _CONTAINERS else bool({"list", "tuple", "Sequence", "Iterable"} & names)
            case Mapping():
                return None if not names <= _CONTAINERS else bool({"dict", "Mapping", "MutableMapping"} & names)
            case Instance():
                family = self.mro(value.cls)
                if any(isinstance(t, ClassValue) and t.cls in family for t in types):
                    return True
                bases = set(self.external_bases(value.cls))
                if any(isinstance(t, External) and t.name in bases for t in types):
                    return True
                return False if all(isinstance(t, ClassValue) for t in types) or not bases else None
            case Result() if value.name in _MADE_TYPES and all(isinstance(kind, External) for kind in types):
                return _MADE_TYPES[value.name] in names
            case FunctionValue() | Partial():
                return True if "Callable" in names else (False if names <= _CONTAINERS else None)
            case Unknown() | Member() if names <= _NAMED_TYPES:
                set_to = self._set_to(value)
                known = [self._has_type(each, types, names) for each in set_to if isinstance(each, Constant)]
                return _agreed(known) if len(known) == len(set_to) else None
            case _:
                return None

    def _compared(self, expr: ir.Compare, frame: Frame) -> bool | None:
        op = expr.ops[0]
        right_node = expr.rights[0]
        left = self.eval(expr.left, frame)
        if (
            op in {"is", "is not", "==", "!="}
            and isinstance(right_node, ir.Const)
            and right_node.value is None
            and right_node.known
        ):
            answer = _agreed([self._is_none(value) for value in left])
            return answer if op in {"is", "=="} or answer is None else not answer
        if op in {"is", "is not", "==", "!="} and isinstance(right_node, ir.Const) and right_node.value in _OFF:
            # What has no name is the same setting where it comes by a way that cannot be followed.
            named = [value for value in left if not isinstance(value, Unknown) or value.name]
            if named and all(self._has_off(value, right_node.value) for value in named):
                return op in {"is", "=="}
        if not all(isinstance(value, _COMPARABLE) for value in left):
            return None
        if op in _CHOOSES and isinstance(right_node, ir.Const | ir.Seq) and not self._is_told_of(right_node):
            left = self.chosen(left)
        right = self.eval(right_node, frame)
        answers = [_relation(op, a, b, self) for a in left for b in right]
        decided = _agreed(answers)
        return self._as_shipped_says(expr) if decided is None else decided

    def _is_told_of(self, choice: ir.Const | ir.Seq) -> bool:
        """Whether a configuration file tells readers of a choice that it may not make: `kind: scale  # or noise`."""
        configs = self.configs
        if configs is None:
            return False
        parts = choice.items if isinstance(choice, ir.Seq) else (choice,)
        texts = [part.value for part in parts if isinstance(part, ir.Const)]
        return any(configs.remarks_on(text) for text in texts if isinstance(text, str) and text)

    def chosen(self, values: Values) -> Values:
        """Values, settings below a section among them as what every shipped configuration chooses."""
        return tuple(chosen for value in values for chosen in self._shipped_below(value) or (value,))

    def _shipped_below(self, value: Value) -> Values:
        """What a setting below a section is in every shipped configuration, and without it where one is asked for."""
        match value:
            case Unknown() | Member():
                return self._set_in_sections(name_of(value))
            case Result(
                name=name,
                call=ir.Call(func=ir.Attr(name="get"), args=(ir.Const(value=str(key)), *_), keywords=()) as call,
            ) if name.endswith(".get"):
                shipped = self._set_in_sections(f"{name.removesuffix('get')}{key}")
                otherwise = self.eval(call.args[1], value.frame) if call.args[1:] else (Constant(None, "default"),)
                return (*shipped, *otherwise) if shipped else ()
            case _:
                return ()

    def _has_off(self, value: Value, word: object) -> bool:
        """Whether a setting that is no option has a word for nothing in every shipped configuration: `opt["noise"]`."""
        if isinstance(value, Constant):
            return value.value == word and self._fixed(value)
        name = name_of(value).rpartition(".")[2] if isinstance(value, Unknown | Member) else ""
        if not name or self.options is None or self.options.option(name, ""):
            return False
        shipped = self._shipped(name)
        return bool(shipped) and all(isinstance(each, Constant) and each.value == word for each in shipped)

    def _as_shipped_says(self, expr: ir.Compare) -> bool | None:
        """Whether `settings.get("data", "tool") == "cv2"` holds in all shipped configurations, or in none."""
        match expr:
            case ir.Compare(
                left=ir.Call(
                    func=ir.Attr(name="get"), args=(ir.Const(value=str(section)), ir.Const(value=str(key))), keywords=()
                ),
                ops=("==" | "!=" as op,),
                rights=(ir.Const(value=str(wanted)),),
            ) if self.configs is not None:
                shipped = [value.value for value in self.constants(self.configs.texts(section, key))]
                answer = _agreed([value == wanted for value in shipped])
                return answer if op == "==" or answer is None else not answer
            case _:
                return None

    def _is_none(self, value: Value) -> bool | None:
        match value:
            case Constant():
                return value.value is None if self._fixed(value) else None
            case Unknown() | Member():
                return False if value == CALCULATED else None
            case Result():
                if value.name == "torch.utils.data.get_worker_info":
                    return False if value.frame.worker else None
                return None if value.name.startswith(("builtins.", "re.")) or value.receiver is not None else False
            case _:
                return False

    def constants(self, values: Values) -> list[Constant]:
        return [value for value in values if isinstance(value, Constant)]


def _chance(op: str, bound: object) -> bool | None:
    """Whether a number from 0 on and below 1 is below a bound, where that is certain: `random.random() < 0`."""
    if not isinstance(bound, int | float):
        return None
    if op in {"<", "<="}:
        return True if bound >= 1 else False if bound < 0 or (bound == 0 and op == "<") else None
    if op in {">", ">="}:
        return False if bound >= 1 else True if bound < 0 or (bound == 0 and op == ">=") else None
    return None


def _agreed(answers: list[bool | None]) -> bool | None:
    if not answers or None in answers:
        return None
    return answers[0] if all(answer is answers[0] for answer in answers) else None


def _relation(op: str, a: Value, b: Value, evaluator: Truth) -> bool | None:
    if isinstance(a, Result) and isinstance(b, Constant) and a.name in _UP_TO_ONE and not a.call.args:
        return _chance(op, b.value) if evaluator._fixed(b) else None
    if isinstance(b, Result) and isinstance(a, Unknown | Member) and b.name in _UP_TO_ONE and evaluator._off(a):
        return _chance(_TURNED.get(op, op), 0)
    if isinstance(a, Result) and isinstance(b, Unknown | Member) and a.name in _UP_TO_ONE and evaluator._off(b):
        return _chance(op, 0)
    if isinstance(b, Result) and isinstance(a, Constant) and b.name in _UP_TO_ONE and not b.call.args:
        return _chance(_TURNED.get(op, op), a.value) if evaluator._fixed(a) else None
    if isinstance(a, Constant) and isinstance(b, Sequence) and op in {"in", "not in"} and not b.open:
        items = [value for argument in b.items for value in evaluator.argument(argument)]
        if not evaluator._fixed(a) or not all(isinstance(item, Constant) for item in items):
            return None
        found = any(isinstance(item, Constant) and item.value == a.value for item in items)
        return found if op == "in" else not found
    if isinstance(a, Constant) and isinstance(b, Constant) and evaluator._fixed(a) and evaluator._fixed(b):
        x, y = a.value, b.value
        if op in {"==", "is"}:
            return x == y
        if op in {"!=", "is not"}:
            return x != y
        if isinstance(x, int | float) and isinstance(y, int | float):
            return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}.get(op)
        if isinstance(x, str) and isinstance(y, str) and op in {"in", "not in"}:
            return (x in y) is (op == "in")
    return None
