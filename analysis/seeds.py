"""The constants that a repository seeds with, and whether results are over one of them or many. Counted, not judged."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from analysis.catalog.reproducibility import KEPT_GENERATORS, OTHER_SEEDED, SEED_ARGUMENTS, SEEDERS, SELF_SEEDING
from analysis.checks.forms import argument
from analysis.checks.setting import Setting
from analysis.checks.uses import EXPRESSIONS, Use
from analysis.facts import ir
from analysis.link.configs import ConfigIndex
from analysis.link.options import Options
from analysis.link.scopes import Binding, FunctionInfo, dotted_name, leaf_name
from analysis.link.values import Constant, External, Frame, Member, Result, Unknown, Value, name_of
from analysis.link.values import Sequence as Items
from analysis.report import SeedRuns, SeedUse
from analysis.tree import Tree

_DEEPEST = 5
_LONGEST_RANGE = 100
_WITHOUT_SEED = frozenset({"set_state", "setstate", "set_rng_state", "seed_all"})
_SCRIPT_NAME = re.compile(r"\.(?:sh|bash|slurm|sbatch|bat)$|(?:^|/)Makefile$")
_SCRIPT_SEED = re.compile(rb"(?:^|[\s'\"])--?(?:random[-_]|manual[-_])?seeds?[= ]+((?:\d{1,10}[ \t,]*)+)")
_SCRIPT_LOOP = re.compile(rb"^[ \t]*for\s++(?=\w*seed)(\w++)\s++in\s++([^;\n]+)", re.IGNORECASE | re.MULTILINE)
_BRACES = re.compile(rb"\{(\d{1,6})\.\.(\d{1,6})\}|\$\(seq\s+(\d{1,6})(?:\s+(\d{1,6}))?\)")
SCRIPT_OPTION = "--seed"
"""The `api` of a seed that a shell script passes."""
MOST_SCRIPTS = 300
LARGEST_SCRIPT = 64_000


class _Value(msgspec.Struct, frozen=True):
    """A seed; `looped` when it is one of those that a loop goes through."""

    number: int
    looped: bool = False


_Values: TypeAlias = list[_Value]


def is_script(path: str) -> bool:
    """Whether a file is read as a script of commands."""
    return _SCRIPT_NAME.search(path) is not None


class SeedFinder:
    """Finds the seeds of one repository, through names, parameters, options and configuration."""

    def __init__(self, setting: Setting, options: Options, configs: ConfigIndex) -> None:
        self.setting = setting
        self.ev = setting.ev
        self.options = options
        self.configs = configs
        self._passed: dict[tuple[int, str], _Values | None] = {}

    def find(self, tree: Tree) -> list[SeedUse]:
        """Each seed at each place once, by path, line, call and value."""
        found = {*self._in_code(), *_in_scripts(tree)}
        return sorted(found, key=lambda seed: (seed.path, seed.line, seed.api, seed.value))

    def _in_code(self) -> Iterator[SeedUse]:
        for use, expr in self._seeded():
            path, line = use.module.locate(use.line)
            frame = self.setting.uses.frame(use.owner, use.module)
            for value in dict.fromkeys(self._values(expr, frame, 0)):
                yield SeedUse(value=value.number, api=use.name, path=path, line=line, looped=value.looped)

    def _seeded(self) -> Iterator[tuple[Use, ir.Expr]]:
        """The calls that take a seed, each with the expression of it."""
        uses = self.setting.uses
        for use in uses.of([*SEEDERS, *KEPT_GENERATORS, *OTHER_SEEDED, "torch.Generator.manual_seed"]):
            leaf = leaf_name(use.call.func)
            seed = argument(use.call, SEED_ARGUMENTS, 0)
            if seed is not None and leaf not in _WITHOUT_SEED and use.name != "torch.Generator":
                yield use, seed
        yield from self._by_keyword("random_state", ("sklearn.", "imblearn.", "pandas.", "xgboost.", "lightgbm."))
        for name in sorted(SELF_SEEDING):
            yield from ((use, seed) for use in uses.called(name) if (seed := argument(use.call, ("seed",), None)))

    def _by_keyword(self, keyword: str, libraries: tuple[str, ...]) -> Iterator[tuple[Use, ir.Expr]]:
        given = re.compile(rb"\b%b\s*=(?!=)" % keyword.encode())
        for path in self.setting.project.mentioning(keyword):
            module = self.setting.project.module(path) if given.search(self.setting.project.texts[path]) else None
            if module is None:
                continue
            for scope, owner in module.bodies_mentioning(keyword):
                for call in scope.calls:
                    seed = argument(call, (keyword,), None)
                    if seed is None:
                        continue
                    name = self.setting.uses.resolve(call.func, owner, module)
                    if name.startswith(libraries):
                        yield Use(name, call, owner, module), seed

    def _values(self, expr: ir.Expr, frame: Frame, depth: int) -> _Values:
        if isinstance(expr, ir.Name):
            found = self._of_name(expr, frame, depth)
            if found is not None:
                return found
        if isinstance(expr, ir.Call) and leaf_name(expr.func) == "int" and len(expr.args) == 1:
            return self._values(expr.args[0], frame, depth)
        out: _Values = []
        for value in self.ev.eval(expr, frame):
            match value:
                case Constant():
                    out += _numbers((value,))
                case Member() | Unknown() | External():
                    out += self._named(name_of(value), frame.module.path)
                case _:
                    pass
        # A setting of something that cannot be followed still has its name.
        return out or self._named(dotted_name(expr), frame.module.path)

    def _of_name(self, expr: ir.Name, frame: Frame, depth: int) -> _Values | None:
        """What a name holds, as far as a loop over seeds stands behind it; None where it is just a value."""
        current: Frame | None = frame
        while current is not None and current.function is not None:
            function = current.function
            if expr.id in function.scope.bindings:
                return self._of_bindings(function.scope.bindings[expr.id], current)
            if any(param.name == expr.id for param in function.params):
                return self._of_parameter(expr.id, current, depth)
            current = current.parent
        bindings = frame.module.scope.bindings.get(expr.id)
        return self._of_bindings(bindings, self.ev.module_frame(frame.module)) if bindings else None

    def _of_bindings(self, bindings: Sequence[Binding], frame: Frame) -> _Values | None:
        for binding in bindings:
            if binding.iterated and not binding.path and isinstance(binding.node, EXPRESSIONS):
                return [_Value(number, True) for number in self._elements(binding.node, frame)]
        return None

    def _of_parameter(self, name: str, frame: Frame, depth: int) -> _Values | None:
        """The seeds that callers pass, where one of them loops; None where none does, or the work is enough."""
        function = frame.function
        if function is None or frame.bound or depth >= _DEEPEST:
            return None
        key = (id(function), name)
        if key not in self._passed:
            # While the callers are asked, a function that calls itself adds nothing.
            self._passed[key] = None
            self._passed[key] = self._of_callers(function, name, depth)
        return self._passed[key]

    def _of_callers(self, function: FunctionInfo, name: str, depth: int) -> _Values | None:
        out: _Values = []
        for call, around in self.ev.callers(function):
            bound = self.ev.bind(function, self.ev.collect(call, around), self.ev.definition_frame(function))
            passed = bound.args.get(name)
            if passed is not None and passed.expr is not None and passed.frame is not None:
                out += self._values(passed.expr, passed.frame, depth + 1)
        return out if any(value.looped for value in out) else None

    def _elements(self, expr: ir.Expr, frame: Frame) -> list[int]:
        """The numbers that a loop goes through."""
        out: list[int] = []
        for value in self.ev.eval(expr, frame):
            match value:
                case Items():
                    for item in value.items:
                        out += [number.number for number in _numbers(self.ev.argument(item))]
                case Result(name="builtins.range"):
                    out += self._range(value)
                case Member() | Unknown():
                    out += [number.number for number in self._named(name_of(value), frame.module.path)]
                case _:
                    pass
        return out

    def _range(self, value: Result) -> list[int]:
        ends = [_numbers(self.ev.eval(arg, value.frame)) for arg in value.call.args]
        if not ends or any(len(end) != 1 for end in ends):
            return []
        # Its beginning tells how long it is: of one that is longer than an index can be Python does not say.
        numbers = range(*[end[0].number for end in ends[:2]])[: _LONGEST_RANGE + 1]
        return list(numbers) if len(numbers) <= _LONGEST_RANGE else []

    def _named(self, dotted: str, near: str) -> _Values:
        """An option or setting by the last part of its name, which has to speak of seeds."""
        leaf = dotted.rpartition(".")[2]
        if "seed" not in leaf.lower() and leaf != "random_state":
            return []
        found = _numbers([*self.options.option(leaf, near), *self.options.setting(leaf, near)])
        for config in self.configs.by_dotted(tuple(part for part in dotted.split(".") if part)[-3:]):
            values = config.value if isinstance(config.value, list) else [config.value]
            looped = isinstance(config.value, list) and len(values) > 1
            found += [_Value(v, looped) for v in values if isinstance(v, int) and not isinstance(v, bool)]
        return found


def _numbers(values: Sequence[Value]) -> _Values:
    out: _Values = []
    for value in values:
        if isinstance(value, Constant) and isinstance(value.value, int) and not isinstance(value.value, bool):
            out.append(_Value(value.value))
        elif isinstance(value, Constant) and isinstance(value.value, str) and value.value.isdecimal():
            out.append(_Value(int(value.value[:18])))
    return out


def _in_scripts(tree: Tree) -> Iterator[SeedUse]:
    """The seeds that shell scripts pass: `--seed 42`, `for seed in 1 2 3`."""
    scripts = [e for e in tree.entries() if e.size <= LARGEST_SCRIPT and is_script(e.path)][:MOST_SCRIPTS]
    for entry, data in tree.read(scripts):
        if data is None or b"seed" not in data.lower():
            continue
        ends = [match.start() for match in re.finditer(b"\n", data)]
        for match in _SCRIPT_LOOP.finditer(data):
            numbers = _listed(match[2])
            line = bisect_left(ends, match.start()) + 1
            yield from _uses(numbers, "for seed in", entry.path, line, looped=len(numbers) > 1)
        for match in _SCRIPT_SEED.finditer(data):
            line = bisect_left(ends, match.start(1)) + 1
            yield from _uses(_listed(match[1]), SCRIPT_OPTION, entry.path, line, looped=False)


def _uses(numbers: list[int], api: str, path: str, line: int, *, looped: bool) -> Iterator[SeedUse]:
    for number in dict.fromkeys(numbers):
        yield SeedUse(value=number, api=api, path=path, line=line, looped=looped)


def _listed(text: bytes) -> list[int]:
    ranged = _BRACES.search(text)
    if ranged:
        ends = [int(part) for part in ranged.groups() if part]
        first, last = ends if len(ends) == 2 else (1, ends[0])
        return list(range(first, last + 1)) if 0 <= last - first <= _LONGEST_RANGE else []
    return [int(number) for number in re.findall(rb"(?<![\w.])\d{1,10}(?![\w.])", text)]


def seed_runs(seeds: Sequence[SeedUse]) -> SeedRuns:
    """Whether results are over many seeds: a loop goes through several, or scripts pass several to one option."""
    passed = {seed.value for seed in seeds if seed.api == SCRIPT_OPTION}
    if any(seed.looped for seed in seeds) or len(passed) > 1:
        return "many"
    return "one" if seeds else "none"
