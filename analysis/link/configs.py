"""Values in a repository's configuration files, looked up by key.

YAML is read as events, JSON and TOML with the standard readers, INI line by line: nothing is constructed from a
stranger's tags, no alias is expanded, and interpolations (`${data.workers}`) stay the strings that they are.
Files are read on the first look-up; each is parsed when a key that it contains is first asked for.
"""

import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeGuard

import msgspec
import yaml

from analysis.link.nesting import too_deep
from analysis.tree import Entry, Tree

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = Scalar | list[Scalar]

LARGEST_FILE = 256_000
MOST_BYTES = 16_000_000
"""Of all files together."""
MOST_FILES = 4000
MOST_PARSED = 300
"""Files parsed for one key. Three hundred shipped configurations say what the others would."""
MOST_PARSED_BYTES = 2_000_000
"""Parsed for all keys together: a second or two."""
MOST_JSON_IN_FOLDER = 60
"""More JSON files beside each other are annotations or results, unless the folder's name speaks of configuration."""

_SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini", ".cfg": "ini", ".json": "json"}
_SKIPPED = frozenset({
    "setup.cfg", "tox.ini", "pytest.ini", "mypy.ini", "pyproject.toml", "package.json", "package-lock.json",
    "composer.json", "tsconfig.json", "mkdocs.yml", "environment.yml", "environment.yaml", "cog.yaml",
})  # fmt: skip
_CONFIG_FOLDER = re.compile(r"conf|cfg|param|setting|option|experiment|exp|yaml|json|recipe", re.IGNORECASE)


class ConfigValue(msgspec.Struct, frozen=True):
    """A scalar, or a list of scalars, at `path:line`. `dotted_key` is the way to it inside the file."""

    value: Value
    path: str
    line: int
    dotted_key: str


class _Entry(msgspec.Struct, frozen=True):
    keys: tuple[str, ...]
    value: Value
    line: int


class ConfigIndex:
    """The configuration files of a tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._texts: dict[str, bytes] | None = None
        self._parsed: dict[str, list[_Entry]] = {}
        self._budget = MOST_PARSED_BYTES
        self._found: dict[str, list[tuple[str, _Entry]]] = {}

    def lookup(self, leaf: str) -> list[ConfigValue]:
        """Every value under a key of that name, in any section of any file, in the order of paths and lines."""
        return [_as_value(path, entry) for path, entry in self._entries(leaf)]

    def by_dotted(self, path: tuple[str, ...]) -> list[ConfigValue]:
        """The values whose keys end like `path`, by the longest ending that occurs at all.

        `cfg.DATALOADER.NUM_WORKERS` finds `NUM_WORKERS` in sections `DATALOADER` and, only if there are none, in any.
        A file's folder and its own name count as sections, as hydra has it: `conf/data/cifar.yaml` is `data`.
        """
        found = self._entries(path[-1]) if path else []
        wanted = tuple(_plain(part) for part in path)
        for length in range(len(wanted), 0, -1):
            ending = wanted[-length:]
            matches = [
                (file, entry) for file, entry in found if any(way[-length:] == ending for way in _ways(file, entry))
            ]
            if matches:
                return [_as_value(file, entry) for file, entry in matches]
        return []

    def _entries(self, leaf: str) -> list[tuple[str, _Entry]]:
        leaf = _plain(leaf)
        if leaf not in self._found:
            self._found[leaf] = list(self._search(leaf))
        return self._found[leaf]

    def _search(self, leaf: str) -> Iterator[tuple[str, _Entry]]:
        if not leaf:
            return
        if self._texts is None:
            self._texts = self._read()
        names = {leaf.encode(), leaf.replace("_", "-").encode()}
        paths = [path for path, data in self._texts.items() if any(name in data for name in names)]
        for path in paths[:MOST_PARSED]:
            if path not in self._parsed and self._budget > 0:
                self._budget -= len(self._texts[path])
                self._parsed[path] = _parse(path, self._texts[path])
            for entry in self._parsed.get(path, []):
                if _leaf(entry.keys) == leaf:
                    yield path, entry

    def _read(self) -> dict[str, bytes]:
        wanted: list[Entry] = []
        total = 0
        for entry in _candidates(self._tree):
            total += entry.size
            if total > MOST_BYTES or len(wanted) == MOST_FILES:
                break
            wanted.append(entry)
        return {entry.path: data for entry, data in self._tree.read(wanted) if data is not None}


def _candidates(tree: Tree) -> list[Entry]:
    """The files that look like configuration; JSON last, for it is data more often than not."""
    by_folder: dict[str, list[Entry]] = {}
    chosen: list[Entry] = []
    for entry in tree.entries():
        kind = _SUFFIXES.get(posixpath.splitext(entry.path)[1].lower())
        folder, _, name = entry.path.rpartition("/")
        hidden = name.startswith(".") or entry.path.startswith(".") or "/." in entry.path
        if kind is None or entry.size > LARGEST_FILE or hidden or name.lower() in _SKIPPED:
            continue
        if kind == "json":
            by_folder.setdefault(folder, []).append(entry)
        else:
            chosen.append(entry)
    for folder, files in by_folder.items():
        if len(files) <= MOST_JSON_IN_FOLDER or _CONFIG_FOLDER.search(folder):
            chosen += files
    return chosen


def _leaf(keys: tuple[str, ...]) -> str:
    """The key that a value belongs to: sweeps and generated forms write `num_workers: {value: 4}`."""
    return keys[-2] if len(keys) > 1 and keys[-1] in {"value", "default"} else keys[-1]


def _ways(path: str, entry: _Entry) -> Iterator[tuple[str, ...]]:
    keys = entry.keys if _leaf(entry.keys) == entry.keys[-1] else entry.keys[:-1]
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    yield keys
    yield (*(_plain(part) for part in folder.split("/")), *keys)
    yield (_plain(name), *keys)


def _as_value(path: str, entry: _Entry) -> ConfigValue:
    return ConfigValue(entry.value, path, entry.line, ".".join(entry.keys))


def _plain(key: str) -> str:
    return key.strip().replace("-", "_")


def _parse(path: str, data: bytes) -> list[_Entry]:
    """The entries of a file; none for a broken one."""
    text = data.decode("utf-8-sig", errors="replace")
    kind = _SUFFIXES[posixpath.splitext(path)[1].lower()]
    if kind != "ini" and too_deep(text):
        return []
    return [_Entry(_split(entry.keys), entry.value, entry.line) for entry in _PARSERS[kind](text)]


def _split(keys: tuple[str, ...]) -> tuple[str, ...]:
    """`{"train.num_workers": 4}` means what `{"train": {"num_workers": 4}}` does."""
    return tuple(part for key in keys for part in key.split(".") if part) or ("",)


def _yaml_entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    try:
        # A stream that breaks has said what it said up to there.
        entries.extend(_YamlWalk(text).entries())
    except yaml.YAMLError:
        return entries
    return entries


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

    def entries(self) -> Iterator[_Entry]:
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

    def _close(self) -> Iterator[_Entry]:
        closed = self._levels.pop()
        if self._levels and self._levels[-1].mapping:
            self._levels[-1].key = None
        if closed.items is not None and closed.keys:
            yield _Entry(closed.keys, closed.items, closed.line)

    def _scalar(self, text: str, value: Scalar, line: int) -> Iterator[_Entry]:
        if not self._levels:
            return
        level = self._levels[-1]
        if not level.mapping:
            if level.items is not None:
                level.items.append(value)
        elif level.key is None:
            level.key = _plain(text)
        else:
            yield _Entry((*level.keys, level.key), value, line)
            level.key = None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


_RESOLVER = yaml.resolver.Resolver()


def _resolved(event: yaml.ScalarEvent) -> Scalar:
    """A plain scalar as YAML 1.1 types it; quoted and tagged ones stay text."""
    if not event.implicit[0]:
        return str(event.value)
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
    return _typed(event.value) if tag.rpartition(":")[2] in {"int", "float", "bool", "null"} else str(event.value)


_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(["true", "yes", "on"], True),
    **dict.fromkeys(["false", "no", "off"], False),
    **dict.fromkeys(["null", "none", "~", ""], None),
}


def _typed(text: str) -> Scalar:
    """A number, a truth value or nothing where the text reads as one."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for read in (int, float):
        try:
            # Python refuses to read thousands of digits.
            return read(text)
        except ValueError:
            continue
    return text


def _json_entries(text: str) -> list[_Entry]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return _with_lines(document, text, r'"((?:[^"\\\n]|\\.)*)"\s*:')


def _toml_entries(text: str) -> list[_Entry]:
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return []
    return _with_lines(document, text, r"(?:^|[{,])[ \t]*[\"']?(?:[\w-]+\.)*([\w-]+)[\"']?[ \t]*=")


def _with_lines(document: object, text: str, key: str) -> list[_Entry]:
    """A document's values with their lines: the n-th use of a key in the document is its n-th in the text."""
    lines: dict[str, list[int]] = {}
    number = position = 0
    for match in re.finditer(key, text, re.MULTILINE):
        number += text.count("\n", position, match.end())
        position = match.end()
        lines.setdefault(_plain(match[1]), []).append(number + 1)
    entries = []
    uses: dict[str, int] = {}
    for keys, value in _leaves(document):
        seen = uses[keys[-1]] = uses.get(keys[-1], 0) + 1
        places = lines.get(keys[-1], [1])
        line = places[min(seen, len(places)) - 1]
        if _is_value(value):
            entries.append(_Entry(keys, value, line))
    return entries


def _leaves(document: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every keyed value in the document's order, mappings included; depth was bounded before."""
    if isinstance(document, dict):
        for key, value in document.items():
            way = (*keys, _plain(str(key)))
            yield way, value
            yield from _leaves(value, way)
    elif isinstance(document, list):
        for item in document:
            yield from _leaves(item, keys)


def _is_value(value: object) -> TypeGuard[Value]:
    scalars = value if isinstance(value, list) else [value]
    return all(item is None or isinstance(item, str | int | float | bool) for item in scalars)


def _ini_entries(text: str) -> list[_Entry]:
    entries = []
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\]]+)\]", line):
            section = (_plain(header[1]),)
        elif setting := re.match(r"\s*([\w.-]+)\s*[=:]\s*([^#;]*)", line):
            entries.append(_Entry((*section, _plain(setting[1])), _typed(setting[2].strip().strip("\"'")), number))
    return entries


_PARSERS: dict[str, Callable[[str], list[_Entry]]] = {
    "yaml": _yaml_entries,
    "json": _json_entries,
    "toml": _toml_entries,
    "ini": _ini_entries,
}
