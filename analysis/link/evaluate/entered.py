"""What the repository enters in its registries: by a decorator, or by a call."""

import re
from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate.access import Access
from analysis.link.scopes import ClassInfo, leaf_name
from analysis.link.values import Value

_REGISTERED = re.compile(rb"@\s*(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)\.register\w*\b")
_OF_A_KIND = re.compile(rb"@\s{0,4}(?:[A-Za-z_]\w{0,60}\.){0,6}(\w{1,60})\.register_[a-z]\w{0,60}\([\"']")
_BY_CALL = re.compile(
    rb"""\b([A-Z][A-Z_]{1,60})\.register\w{0,20}\(\s{0,40}(?:(?:name\s?=\s?)?["'][\w.]{1,80}["'],\s{0,40})?"""
    rb"""(?:\w{1,20}\s?=\s?)?(?:[A-Za-z_]\w{0,60}\.){0,6}[A-Z]\w{0,60}\s{0,40}[,)]"""
)
"""`DATASETS.register_module(Images)`, `LOADERS.register("torch", DataLoader)`"""
_REGISTERING = ("register", "register_module")


class Entries:
    """Where classes are registered, by the name of what they are registered with."""

    def __init__(self, evaluator: Access) -> None:
        self._ev = evaluator
        self._with_calls: set[str] = set()
        self._paths: dict[str, list[str]] | None = None
        self._paths_of_kinds: dict[str, list[str]] | None = None

    @property
    def paths(self) -> dict[str, list[str]]:
        """Names that classes are registered with to the files that do so."""
        if self._paths is None:
            self._paths = self._registering()
        return self._paths

    def _registering(self) -> dict[str, list[str]]:
        paths = [path for word in ("register_module", "register") for path in self._ev.project.mentioning(word)]
        for path in paths:
            if any(_BY_CALL.finditer(self._ev.project.texts[path])):
                self._with_calls.add(path)
        return self._found(paths, _REGISTERED, _BY_CALL)

    @property
    def paths_of_kinds(self) -> dict[str, list[str]]:
        """The same where one object keeps many kinds of classes: `@registry.register_processor("crop")`.

        What is looked up there is asked for otherwise than of a registry; the names are of classes all the same.
        """
        if self._paths_of_kinds is None:
            texts = self._ev.project.texts
            self._paths_of_kinds = self._found([path for path in texts if b".register_" in texts[path]], _OF_A_KIND)
        return self._paths_of_kinds

    def _found(self, paths: list[str], *forms: re.Pattern[bytes]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in paths:
            text = self._ev.project.texts[path]
            for match in (match for form in forms for match in form.finditer(text)):
                known = found.setdefault(match.group(1).decode(), [])
                if path not in known:
                    known.append(path)
        return found

    def by_call(self, registry: str) -> Iterator[tuple[Value, str]]:
        """What is registered by a call, with the name that it is given; an empty text where it has its own."""
        for path in self.paths.get(registry, ()):
            module = self._ev.project.module(path) if path in self._with_calls else None
            if module is None:
                continue
            for call, owner in (each for name in _REGISTERING for each in module.calls_by_name.get(name, ())):
                if not isinstance(call.func, ir.Attr) or leaf_name(call.func.value) != registry:
                    continue
                given = (*call.args, *(keyword.value for keyword in call.keywords))
                names = [each.value for each in given if isinstance(each, ir.Const) and isinstance(each.value, str)]
                frame = self._ev.owner_frame(owner, module)
                for each in given:
                    for value in self._ev.eval(each, frame):
                        yield value, names[0] if names else ""


def registered_as(decorator: ir.Expr, registry: str, cls: ClassInfo) -> list[str]:
    """The names that a decorator registers a class under in a registry."""
    called = decorator.func if isinstance(decorator, ir.Call) else decorator
    if not (isinstance(called, ir.Attr) and called.name.startswith("register") and leaf_name(called.value) == registry):
        return []
    names = [cls.name]
    if isinstance(decorator, ir.Call):
        given = [*decorator.args, *(keyword.value for keyword in decorator.keywords if keyword.name == "name")]
        names += [arg.value for arg in given if isinstance(arg, ir.Const) and isinstance(arg.value, str)]
    return names
