"""gin's configuration: `train.num_workers = 4` is what the decorated function `train` gets where nothing is passed."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from analysis.facts import ir
from analysis.facts.expression import read_expression
from analysis.link.evaluate import Evaluator
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Constant,
    FunctionValue,
    Instance,
    Sequence,
    Unknown,
    Value,
    Values,
    union,
)
from analysis.tree import Tree

LARGEST_FILE = 64_000
MOST_FILES = 200
MOST_LINES = 100
"""Lines of one value."""
MOST_VALUES = 8
"""Values of one parameter that are looked at."""
_DEEPEST = 4

_BINDING = re.compile(r"[ \t]*(?:[\w.]{1,80}/){0,4}([\w.]{1,200})[ \t]*=[ \t]*(.*)")
_REFERENCE = re.compile(r"@(?:\w{1,80}/){0,4}(?:\w{1,80}\.){0,8}(\w{1,80})")
_MACRO = re.compile(r"%(?:\w{1,80}\.){0,8}(\w{1,80})")


def is_gin(path: str) -> bool:
    """Whether a file is read as gin's configuration."""
    return path.endswith(".gin")


class GinBindings:
    """The bindings of one repository, by the function or class and the parameter."""

    def __init__(self, evaluator: Evaluator, tree: Tree) -> None:
        self._ev = evaluator
        self._tree = tree
        self._texts: dict[tuple[str, str], list[tuple[str, str]]] | None = None
        self._found: dict[tuple[str, str], Values] = {}

    def of(self, name: str, parameter: str) -> Values:
        """What configuration files bind a parameter to."""
        key = (name, parameter)
        found = self._found.get(key)
        if found is None:
            self._found[key] = ()
            if self._texts is None:
                self._texts = self._read()
            texts = list(dict.fromkeys(self._texts.get(key, ())))[:MOST_VALUES]
            found = union((), *(self._values(text, place, 0) for text, place in texts))
            # What files agree on, nobody sets otherwise.
            agreed = len({value.value for value in found if isinstance(value, Constant)}) == 1
            found = tuple(replace(v, settable=not agreed) if isinstance(v, Constant) else v for v in found)
            self._found[key] = found
        return found

    def _read(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        texts: dict[tuple[str, str], list[tuple[str, str]]] = {}
        entries = [entry for entry in self._tree.entries() if is_gin(entry.path)]
        small = [entry for entry in entries if entry.size <= LARGEST_FILE][:MOST_FILES]
        for entry, data in self._tree.read(small) if small else ():
            for name, text, line in _bindings((data or b"").decode("utf-8", "replace")):
                holder, _, parameter = name.rpartition(".")
                # A macro has no function.
                key = (holder.rpartition(".")[2], parameter)
                texts.setdefault(key, []).append((text, f"{entry.path}:{line}"))
        return texts

    def _values(self, text: str, place: str, depth: int) -> Values:
        macro = _MACRO.fullmatch(text)
        if macro is not None:
            meant = (self._texts or {}).get(("", macro[1]), ()) if depth < _DEEPEST else ()
            return union((), *(self._values(inner, at, depth + 1) for inner, at in meant)) or (Unknown("a macro"),)
        expr = read_expression(_REFERENCE.sub(r"\1", text), 1)
        return (Unknown("not readable here"),) if expr is None else (self._value(expr, place),)

    def _value(self, expr: ir.Expr, place: str) -> Value:
        match expr:
            case ir.Const() if expr.known:
                return Constant(expr.value, "default", True, place)
            case ir.Seq():
                return Sequence(tuple(Argument(None, None, (self._value(item, place),)) for item in expr.items))
            case ir.Name():
                return self._named(expr.id)
            case ir.Call(func=ir.Name(id=name)):
                made = self._named(name)
                if isinstance(made, ClassValue):
                    return Instance(made.cls, made.frame, CallArgs())
                return Unknown("made from configuration", name)
            case _:
                return Unknown("not readable here")

    def _named(self, name: str) -> Value:
        """The repository's class or function of a name."""
        for module in self._ev.project.modules_mentioning(name):
            for cls in module.classes:
                if cls.name == name:
                    return ClassValue(cls, self._ev.definition_frame(cls))
            for function in module.functions:
                if function.name == name and function.cls is None and function.owner is None:
                    return FunctionValue(function, self._ev.definition_frame(function))
        return Unknown("not in the repository", name)


def _bindings(text: str) -> Iterator[tuple[str, str, int]]:
    """Each bound name with the text of its value, and its line."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        match = _BINDING.match(lines[number])
        number += 1
        if match is None:
            continue
        first = number
        value = _without_remark(match[2])
        while _is_open(value) and number < len(lines) and number - first < MOST_LINES:
            value += " " + _without_remark(lines[number])
            number += 1
        yield match[1], value.strip(" \t\\"), first


def _without_remark(line: str) -> str:
    return line if "'" in line or '"' in line else line.partition("#")[0]


def _is_open(value: str) -> bool:
    return sum(map(value.count, "([{")) > sum(map(value.count, ")]}")) or value.rstrip().endswith("\\")
