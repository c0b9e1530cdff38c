"""Objects that YAML and JSON files describe: `transform: {_target_: lib.Crop, size: 4}`, and lists of such.

hydra's `_target_`, Lightning's `class_path` and the `target` of CompVis's programs name a class of the repository.
Which description an `instantiate(cfg.transform)` means is told by the key that it stands under.
"""

import posixpath
from collections.abc import Iterable, Iterator

from analysis.link.configs import ConfigIndex
from analysis.link.configvalues import plain
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo
from analysis.link.values import Argument, CallArgs, Constant, Instance, Mapping, Sequence, Unknown, Value, Values

MOST_OBJECTS = 12
"""Objects under one key: shipped configurations differ in numbers more than in what runs."""
_NEEDLES = (b"_target_", b"class_path", b"target:")
_READERS = ("instantiate", "instantiate_from_config", "get_obj_from_str", "LightningCLI")
"""Names that a program has which makes objects of such descriptions."""
_FORMS = (("_target_", ""), ("class_path", "init_args"), ("target", "params"))
"""The key of the class, and that of its arguments where they stand apart."""


class Descriptions:
    """The described objects of one repository, by the keys that they stand under."""

    def __init__(self, evaluator: Evaluator, configs: ConfigIndex) -> None:
        self._ev = evaluator
        self._configs = configs
        self._nodes: dict[str, list[object]] | None = None
        self._made: dict[str, Values] = {}
        self._classes: dict[str, ClassInfo | None] = {}

    def under(self, key: str) -> Values:
        """The objects, and lists with objects, under a key of that name in any file."""
        key = plain(key)
        found = self._made.get(key)
        if found is None:
            self._made[key] = ()
            if self._nodes is None:
                self._nodes = self._read()
            values = (self._value(node) for node in self._nodes.get(key, ()))
            wanted = [value for value in values if isinstance(value, Instance | Sequence)]
            found = self._made[key] = tuple(_one_of_each_first(wanted)[:MOST_OBJECTS])
        return found

    def _read(self) -> dict[str, list[object]]:
        nodes: dict[str, list[object]] = {}
        if not any(self._ev.project.mentioning(name) for name in _READERS):
            return nodes
        for path, document in self._configs.documents(_NEEDLES):
            folder, name = posixpath.split(posixpath.splitext(path)[0])
            # A file of a group of hydra's is what its folder is named after.
            for key in {plain(posixpath.basename(folder)), plain(name)}:
                if _names_class(document):
                    nodes.setdefault(key, []).append(document)
            for key, node in _keyed(document):
                if _names_class(node) or (isinstance(node, list) and any(map(_names_class, node))):
                    nodes.setdefault(key, []).append(node)
        return nodes

    def _value(self, node: object) -> Value:
        if isinstance(node, list):
            return Sequence(tuple(Argument(None, None, (self._value(item),)) for item in node))
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
                return Instance(cls, self._ev.definition_frame(cls), CallArgs([], self._arguments(given, kind)))
        return Mapping(tuple(self._arguments(node, "").items()))

    def _arguments(self, node: object, kind: str) -> dict[str, Argument]:
        items = node.items() if isinstance(node, dict) else ()
        return {str(key): Argument(None, None, (self._value(value),)) for key, value in items if key != kind}

    def _outside(self, given: object) -> Value:
        """What a class from outside is made with: a composition of the repository's transforms."""
        items = given.values() if isinstance(given, dict) else ()
        lists = [item for item in items if isinstance(item, list) and any(map(_names_class, item))]
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


def _names_class(node: object) -> bool:
    return isinstance(node, dict) and any(isinstance(node.get(kind), str) for kind, _ in _FORMS)


def _keyed(document: object) -> Iterator[tuple[str, object]]:
    """Every key of a document with what stands under it."""
    pending = [document]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                yield plain(str(key)), value
                pending.append(value)
        elif isinstance(node, list):
            pending.extend(node)
