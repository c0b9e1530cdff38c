"""YAML configuration, read as events: nothing is constructed from a stranger's tags, no alias is expanded."""

from collections.abc import Iterator

import msgspec
import yaml

from analysis.link.configvalues import ConfigEntry, Scalar, plain, typed


def yaml_entries(text: str) -> list[ConfigEntry]:
    """The keyed values of all documents of a stream. One that breaks has said what it said up to there."""
    entries: list[ConfigEntry] = []
    try:
        entries.extend(_YamlWalk(text).entries())
    except yaml.YAMLError:
        return entries
    return entries


def yaml_document(text: str) -> object:
    """The first document of a stream as dicts, lists and scalars; what an alias stands for is left out."""
    root: list[object] = []
    open_: list[tuple[object, list[str]]] = [(root, [])]
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            if isinstance(event, yaml.CollectionEndEvent):
                open_.pop()
                continue
            value: object
            if isinstance(event, yaml.MappingStartEvent):
                value = {}
            elif isinstance(event, yaml.SequenceStartEvent):
                value = []
            elif isinstance(event, yaml.ScalarEvent):
                value = _resolved(event)
            elif isinstance(event, yaml.AliasEvent):
                value = None
            else:
                continue
            holder, keys = open_[-1]
            if isinstance(holder, list):
                holder.append(value)
            elif not keys:
                keys.append(str(value))
            elif isinstance(holder, dict):
                holder[keys.pop()] = value
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((value, []))
    except yaml.YAMLError:
        pass
    return root[0] if root else None


class _Level(msgspec.Struct):
    """An open mapping or sequence. `key` is the mapping's current key while its value is awaited."""

    keys: tuple[str, ...]
    line: int
    mapping: bool
    key: str | None = None
    items: list[Scalar] | None = None


class _YamlWalk:
    """Keeps the way to the current place while the parser's events pass by, without recursion."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self._levels: list[_Level] = []
        self._anchors: dict[str, Scalar] = {}

    def entries(self) -> Iterator[ConfigEntry]:
        for event in self._events:
            if isinstance(event, yaml.ScalarEvent):
                value = _resolved(event)
                if event.anchor:
                    self._anchors[event.anchor] = value
                yield from self._scalar(event.value, value, _line(event))
            elif isinstance(event, yaml.AliasEvent):
                anchor = event.anchor or ""
                yield from self._scalar(anchor, self._anchors.get(anchor), _line(event))
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._open(event)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                yield from self._close()

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        mapping = isinstance(event, yaml.MappingStartEvent)
        keys: tuple[str, ...] = ()
        if self._levels:
            above = self._levels[-1]
            keys = above.keys if above.key is None else (*above.keys, above.key)
            above.items = None
        self._levels.append(_Level(keys, _line(event), mapping, items=None if mapping else []))

    def _close(self) -> Iterator[ConfigEntry]:
        closed = self._levels.pop()
        if self._levels and self._levels[-1].mapping:
            self._levels[-1].key = None
        if closed.items is not None and closed.keys:
            yield ConfigEntry(closed.keys, closed.items, closed.line)

    def _scalar(self, text: str, value: Scalar, line: int) -> Iterator[ConfigEntry]:
        if not self._levels:
            return
        level = self._levels[-1]
        if not level.mapping:
            if level.items is not None:
                level.items.append(value)
        elif level.key is None:
            level.key = plain(text)
        else:
            yield ConfigEntry((*level.keys, level.key), value, line)
            level.key = None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


_RESOLVER = yaml.resolver.Resolver()


def _resolved(event: yaml.ScalarEvent) -> Scalar:
    """A plain scalar as YAML 1.1 types it; quoted and tagged ones stay text."""
    if not event.implicit[0]:
        return str(event.value)
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
    return typed(event.value) if tag.rpartition(":")[2] in {"int", "float", "bool", "null"} else str(event.value)
