"""Who calls a function, and what is decorated with it."""

import re
from collections.abc import Iterator
from itertools import islice

from analysis.facts import ir
from analysis.link.evaluate.machine import (
    MOST_CALLERS,
    MOST_DECORATED,
    MOST_FUNCTION_FILES,
    MOST_METHOD_FILES,
    MOST_NAMED,
    MOST_REGISTERED,
)
from analysis.link.evaluate.names import Names
from analysis.link.evaluate.tables import called_from_tables
from analysis.link.scopes import ClassInfo, FunctionInfo, leaf_name, mapped
from analysis.link.values import (
    ClassValue,
    Frame,
    FunctionValue,
    Instance,
    Unknown,
    Value,
)
from analysis.link.words import IN_WORDS

_MAP = b"map("
_ARGUMENTS = re.compile(rb"(?:\s|\\[nrt\\])*\(")
"""Between a name and its arguments a line may end, in a notebook as two characters."""


class Callers(Names):
    """Where functions are used."""

    def callers(self, function: FunctionInfo) -> list[tuple[ir.Call, Frame]]:
        """The calls in the repository that mean the function; for `__init__` those that make its class."""
        found = self._callers.get(id(function))
        if found is not None:
            return found
        self._callers[id(function)] = []
        found = list(self._find_callers(function))[:MOST_CALLERS]
        found = found or list(islice(called_from_tables(self, function), MOST_CALLERS))
        self._callers[id(function)] = found
        return found

    def decorated(self, function: FunctionInfo) -> list[tuple[Value, FunctionValue]]:
        found = self._decorated.get(id(function))
        if found is None:
            found = self._decorated[id(function)] = []
            for each in self._decorated_with((function.owner or function).name):
                if each[1].function is function:
                    found.append(each)
                if len(found) > MOST_DECORATED:
                    found.clear()
                    break
        return found

    def decorated_through(self, function: FunctionInfo) -> list[tuple[Value, FunctionValue]]:
        found = self._decorated_through.get(id(function))
        if found is None:
            found = self._decorated_through[id(function)] = []
            found.extend(islice(self._decorated_with(function.name), MOST_DECORATED + 1))
            if len(found) > MOST_DECORATED:
                found.clear()
        return found

    def decorated_by(self, instance: Instance, method: FunctionInfo) -> list[tuple[Value, FunctionValue]]:
        """What is decorated with an object's method, or with what it returns; nothing where that is much.

        Of many classes those that are named by any text, where any is: what none names is made by nobody.
        """
        key = (id(instance), id(method))
        found = self._decorated_by_object.get(key)
        if found is None:
            found = self._decorated_by_object[key] = []
            for each in self._decorated_with(method.name):
                if instance in (each[1].receiver, each[1].frame.self_value):
                    found.append(each)
                if len(found) > MOST_REGISTERED:
                    break
            if len(found) > MOST_DECORATED:
                found[:] = [each for each in found if self._stands_as_text(each[0])] or found
            if len(found) > MOST_REGISTERED:
                found.clear()
        return found

    def _stands_as_text(self, value: Value) -> bool:
        """Whether code or a shipped configuration has the name of a class as a text."""
        if not isinstance(value, ClassValue):
            return True
        shipped = self.configs is not None and self.configs.holds(value.cls.name)
        return shipped or self.times_quoted(value.cls.name) > 0

    def _decorated_with(self, name: str) -> Iterator[tuple[Value, FunctionValue]]:
        """What is decorated with anything of a name, each with the decorator as it is made."""
        for module in self.project.modules_decorating(name):
            for decorator, definition in module.decorated.get(name, ()):
                yield from self._decorated_by(decorator, definition)

    def _decorated_by(
        self, decorator: ir.Expr, definition: "ClassInfo | FunctionInfo"
    ) -> Iterator[tuple[Value, FunctionValue]]:
        frame = self.definition_frame(definition)
        value = ClassValue(definition, frame) if isinstance(definition, ClassInfo) else FunctionValue(definition, frame)
        for target in self.eval(decorator, frame):
            if isinstance(target, FunctionValue):
                yield value, target

    def _find_callers(self, function: FunctionInfo) -> Iterator[tuple[ir.Call, Frame]]:
        classes: list[ClassInfo] = []
        names = [function.name]
        if function.name in {"__init__", "__call__"} and function.cls is not None:
            if function.name == "__call__":
                return
            classes = [function.cls, *(c for c in self.subclasses(function.cls) if "__init__" not in c.methods)]
            names = ["__init__", *(cls.name for cls in classes)]
        if isinstance(function.node, ir.Lambda):
            names = _names_of(function)
        for name in names:
            word = name.encode()
            for path in self._files_calling(name, function, classes):
                text = self.project.texts[path]
                named = _is_called(text, word) or (_MAP in text and _mapping(name).search(text))
                module = self.project.module(path) if named else None
                if module is None:
                    continue
                handed = ((mapped(call), owner) for call, owner in module.calls_by_name.get("map", ()))
                mapping = [(call, owner) for call, owner in handed if call is not None and leaf_name(call.func) == name]
                for call, owner in (*module.calls_by_name.get(name, ()), *mapping):
                    frame = self.owner_frame(owner, module)
                    if self._means(call, frame, function, classes):
                        yield call, frame

    def _files_calling(self, name: str, function: FunctionInfo, classes: list[ClassInfo]) -> list[str]:
        """The files that can have a call of a function by a name, or that make one of its classes."""
        home = function.module.path
        if name == "__init__":
            heirs = self.subclasses(function.cls) if function.cls is not None else []
            return sorted({cls.module.path for cls in heirs} | {home})
        paths = self.project.mentioning(name)
        if len(paths) <= (MOST_METHOD_FILES if function.cls is not None and not classes else MOST_FUNCTION_FILES):
            return paths
        # Of a name that many files have, a call means this one where its file imports it in one way or another.
        homes = frozenset(cls.module.path for cls in classes if cls.name == name) or frozenset({home})
        leading = self._leading.get(homes)
        if leading is None:
            leading = self._leading[homes] = self.graph.leading_to(homes)
        return [path for path in paths if path in leading]

    def _means(self, call: ir.Call, frame: Frame, function: FunctionInfo, classes: list[ClassInfo]) -> bool:
        for value in self.within(self.eval, call.func, frame):
            if isinstance(value, FunctionValue) and value.function is function:
                return True
            if isinstance(value, ClassValue) and any(value.cls.node is cls.node for cls in classes):
                return True
            if (
                isinstance(value, FunctionValue)
                and function.cls is not None
                and value.function.cls is not None
                and value.function.name == function.name != "__init__"
                and value.function.cls in self.mro(function.cls)
            ):
                # A call through a base class's method may end in an override; that of a base's constructor does not.
                return True
            if isinstance(value, Unknown) and isinstance(call.func, ir.Attr) and self._tells(function):
                return True
        return False

    def _tells(self, function: FunctionInfo) -> bool:
        """Whether a method's name alone says which method is meant: `dataset.set_shuffle(True)`."""
        name = function.name
        if function.cls is None or "_" not in name.strip("_") or name.startswith("__"):
            return False
        paths = self.project.mentioning(name)
        return len(paths) <= MOST_NAMED and not any(
            other is not function and other.name == name
            for path in paths
            if (module := self.project.module(path)) is not None
            for other in module.functions
        )


def _is_called(text: bytes, name: bytes) -> bool:
    """Whether a name stands where something is called by it."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if _ARGUMENTS.match(text, end) and not (at and text[at - 1] in IN_WORDS):
            return True
        at = text.find(name, end)
    return False


def _mapping(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"\bmap\([\w.]{0,80}\b" + re.escape(name.encode()) + rb"\b")


def _names_of(function: FunctionInfo) -> list[str]:
    """The names that a lambda is given where it is written: `load = lambda data: ...`."""
    scope = function.module.scope if function.owner is None else function.owner.scope
    return [
        name
        for name, bindings in scope.bindings.items()
        if any(each.node is function.node and not each.path for each in bindings)
    ]
