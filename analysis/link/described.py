"""Objects that YAML and JSON files describe: `transform: {_target_: lib.Crop, size: 4}`, and lists of such.

hydra's `_target_`, Lightning's `class_path` and the `target` of CompVis's programs name a class of the repository; so
does a `type` that one of its registries has, and a `class` where it imports modules by their names.
Which description an `instantiate(cfg.transform)` means is told by the key that it stands under.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Mapped
from functools import cached_property

from analysis.link.configs import ConfigIndex
from analysis.link.configvalues import plain
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo
from analysis.link.values import Argument, CallArgs, Constant, Instance, Mapping, Sequence, Unknown, Value, Values

MOST_OBJECTS = 12
"""Objects under one key: shipped configurations differ in numbers more than in what runs."""
MOST_OF_CLASS = 4
DEEPEST = 16
_NEEDLES = (b"_target_", b"class_path", b"target:")
_READERS = ("instantiate", "instantiate_from_config", "get_obj_from_str", "LightningCLI")
"""Names that a program has which makes objects of such descriptions."""
_FORMS = (("_target_", ""), ("class_path", "init_args"), ("target", "params"))
"""The key of the class, and that of its arguments where they stand apart."""
_TYPE = "type"
_CLASS = "class"
_TYPED = re.compile(rb"""\b(type|class)["']?[ \t]*:[ \t]*["']?([A-Za-z_][\w.]{0,160})""")
_ALIAS = re.compile(r"\$\{([A-Za-z_]\w{0,80})\}")
"""A setting that is another of the same file."""


class Descriptions:
    """The described objects of one repository, by the keys that they stand under."""

    def __init__(self, evaluator: Evaluator, configs: ConfigIndex) -> None:
        self._ev = evaluator
        self._configs = configs
        self._nodes: dict[str, list[object]] | None = None
        self._parts: dict[str, list[object]] = {}
        self._made: dict[str, Values] = {}
        self._classes: dict[str, ClassInfo | None] = {}
        self._typed: dict[int, list[tuple[str, dict[object, object]]]] = {}

    def of_class(self, cls: ClassInfo, part: str) -> tuple[Instance, ...]:
        """The objects of a registered class; those that stand under a part of the data where any do."""
        self._every()
        typed = self._typed.get(id(cls), [])
        wanted = [node for key, node in typed if key == part] or [node for _, node in typed]
        values = map(self._value, wanted[:MOST_OF_CLASS])
        return tuple(value for value in values if isinstance(value, Instance))

    def under(self, key: str) -> Values:
        """The objects, and lists with objects, under a key of that name in any file."""
        key = plain(key)
        found = self._made.get(key)
        if found is None:
            self._made[key] = ()
            values = (self._value(node) for node in self._every().get(key, ()))
            wanted = [value for value in values if isinstance(value, Instance | Sequence)]
            found = self._made[key] = tuple(_one_of_each_first(wanted)[:MOST_OBJECTS])
        return found

    def parts(self, key: str) -> Values:
        """The objects that a mapping under a key of that name holds, itself or in lists: `cfg.steps.values()`."""
        self._every()
        values = (self._value(node) for node in self._parts.get(plain(key), ()))
        return tuple(_one_of_each_first(value for value in values if isinstance(value, Instance))[:MOST_OBJECTS])

    def _every(self) -> dict[str, list[object]]:
        if self._nodes is None:
            self._nodes = self._read()
        return self._nodes

    def _read(self) -> dict[str, list[object]]:
        nodes: dict[str, list[object]] = {}
        read = any(self._ev.project.mentioning(name) for name in _READERS)
        for path, document in self._configs.documents(self._names_any if read else self._names_registered):
            _put_aliases(document)
            folder, name = posixpath.split(posixpath.splitext(path)[0])
            # A file of a group of hydra's is what its folder is named after.
            for key in {plain(posixpath.basename(folder)), plain(name)}:
                if self._names_class(document):
                    nodes.setdefault(key, []).append(document)
            for key, node in _keyed(document):
                if isinstance(node, dict) and (cls := self._registered(node)) is not None:
                    self._typed.setdefault(id(cls), []).append((key, node))
                if self._names_class(node) or (isinstance(node, list) and any(map(self._names_class, node))):
                    nodes.setdefault(key, []).append(node)
                elif isinstance(node, dict) and (held := self._held(node)):
                    self._parts.setdefault(key, []).extend(held)
        return nodes

    def _held(self, node: Mapped[object, object]) -> list[object]:
        lists = (value if isinstance(value, list) else [value] for value in node.values())
        return [item for items in lists for item in items if self._names_class(item)]

    def _names_any(self, data: bytes) -> bool:
        return any(word in data for word in _NEEDLES) or self._names_registered(data)

    def _names_registered(self, data: bytes) -> bool:
        """Whether a file names a class that is registered: `type: Crop`."""
        if not self._ev.registries.any and not self._by_class:
            return False
        found = ((kind.decode(), name.decode()) for kind, name in _TYPED.findall(data))
        return any(self._registered({kind: name}) is not None for kind, name in found)

    @cached_property
    def _by_class(self) -> bool:
        return bool(self._ev.project.mentioning("import_module"))

    def _names_class(self, node: object) -> bool:
        if not isinstance(node, dict):
            return False
        return any(isinstance(node.get(kind), str) for kind, _ in _FORMS) or self._registered(node) is not None

    def _registered(self, node: Mapped[object, object]) -> ClassInfo | None:
        kind = node.get(_TYPE)
        if isinstance(kind, str) and (cls := self._ev.registries.by_name(None, kind)) is not None:
            return cls
        named = node.get(_CLASS) if self._by_class else None
        return self._class(named) if isinstance(named, str) else None

    def _value(self, node: object, depth: int = 0) -> Value:
        if depth > DEEPEST:
            return Unknown("not readable here")
        if isinstance(node, list):
            return Sequence(tuple(Argument(None, None, (self._value(item, depth + 1),)) for item in node))
        if not isinstance(node, dict):
            known = node is None or isinstance(node, bool | int | float | str)
            return Constant(node, "default", True) if known else Unknown("not readable here")  # type: ignore[arg-type]
        for kind, apart in _FORMS:
            named = node.get(kind)
            if isinstance(named, str):
                given = node.get(apart) if apart else node
                cls = self._class(named)
                if cls is None:
                    return self._outside(given)
                return self._made_of(cls, given, kind, depth)
        if (cls := self._registered(node)) is not None:
            return self._made_of(cls, node, _TYPE if _TYPE in node and _CLASS not in node else _CLASS, depth)
        return Mapping(tuple(self._arguments(node, "", depth).items()))

    def _made_of(self, cls: ClassInfo, given: object, kind: str, depth: int) -> Instance:
        return Instance(cls, self._ev.definition_frame(cls), CallArgs([], self._arguments(given, kind, depth)))

    def _arguments(self, node: object, kind: str, depth: int) -> dict[str, Argument]:
        items = node.items() if isinstance(node, dict) else ()
        return {str(key): Argument(None, None, (self._value(value, depth + 1),)) for key, value in items if key != kind}

    def _outside(self, given: object) -> Value:
        """What a class from outside is made with: a composition of the repository's transforms."""
        items = given.values() if isinstance(given, dict) else ()
        lists = [item for item in items if isinstance(item, list) and any(map(self._names_class, item))]
        return self._value(lists[0]) if lists else Unknown("made from configuration")

    def _class(self, dotted: str) -> ClassInfo | None:
        if dotted not in self._classes:
            name = dotted.rpartition(".")[2]
            modules = self._ev.project.modules_mentioning(name) if name.isidentifier() else []
            found = [cls for module in modules for cls in module.classes if cls.name == name]
            parts = set(dotted.split("."))
            found.sort(key=lambda cls: -len(parts & set(posixpath.splitext(cls.module.path)[0].split("/"))))
            self._classes[dotted] = found[0] if found else None
        return self._classes[dotted]


def _one_of_each_first(values: Iterable[Value]) -> list[Value]:
    """One object of each class, and each list, before the many of any class."""
    first: list[Value] = []
    more: list[Value] = []
    known: set[int] = set()
    for value in values:
        repeats = isinstance(value, Instance) and id(value.cls) in known
        (more if repeats else first).append(value)
        if isinstance(value, Instance):
            known.add(id(value.cls))
    return first + more


def _keyed(document: object) -> Iterator[tuple[str, object]]:
    """Every key of a document with what stands under it."""
    for node in _dicts(document):
        for key, value in node.items():
            yield plain(str(key)), value


def _put_aliases(document: object) -> None:
    """What stands on top of a document under a name, in the place of each `${name}`."""
    top = document if isinstance(document, dict) else {}
    named = {key: value for key, value in top.items() if not isinstance(value, dict)}
    for node in _dicts(document):
        for key, value in node.items():
            alias = _ALIAS.fullmatch(value) if isinstance(value, str) else None
            if alias is not None and alias[1] in named:
                node[key] = named[alias[1]]


def _dicts(document: object) -> Iterator[dict[object, object]]:
    pending = [document]
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        if isinstance(node, dict):
            seen.add(id(node))
            yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            seen.add(id(node))
            pending.extend(node)
