"""Values in a repository's configuration files, looked up by key.

YAML is read as events, JSON and TOML with the standard readers, INI and protobuf's texts line by line: nothing is
constructed from a stranger's tags, no alias is expanded, and interpolations (`${data.workers}`) stay the strings that
they are.
Files are read on the first look-up; each is parsed when a key that it contains is first asked for.
"""

import posixpath
import re
from collections.abc import Callable, Iterator

import msgspec

from analysis.link.configpaths import configuration_paths, format_of
from analysis.link.configvalues import LEFT_OUT, ConfigEntry, Value, is_value, plain, typed
from analysis.link.nesting import too_deep
from analysis.link.values import Constant, Unknown, Values
from analysis.tree import Entry, Tree

LARGEST_FILE = 256_000
MOST_BYTES = 16_000_000
"""Of all files together."""
MOST_FILES = 4000
MOST_PARSED = 300
"""Files parsed for one key. Three hundred shipped configurations say what the others would."""
MOST_PARSED_BYTES = 2_000_000
"""Parsed for all keys together: a second or two."""
MOST_TEXTS = 16
"""Different texts that configurations have for one setting."""

_LONGEST_REMARK = 300
_JSON_KEY = re.compile(r'"(?P<key>(?:[^"\\\n]++|\\.)*+)(?:"(?P<set>\s*+:)?+)?+')
"""A text, whether or not it is a key: one that nothing ends is taken too, and looked at once."""
_TOML_KEY = re.compile(r"(?:^|[{,])[ \t]*+[\"']?+(?:[\w-]++\.)*+(?P<key>[\w-]++)[\"']?+(?P<set>[ \t]*+=)", re.MULTILINE)
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


class ConfigValue(msgspec.Struct, frozen=True):
    """A scalar, or a list of scalars, at `path:line`. `dotted_key` is the way to it inside the file."""

    value: Value
    path: str
    line: int
    dotted_key: str


class ConfigIndex:
    """The configuration files of a tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._texts: dict[str, bytes] | None = None
        self._parsed: dict[str, list[ConfigEntry]] = {}
        self._budget = MOST_PARSED_BYTES
        self._found: dict[str, list[tuple[str, ConfigEntry]]] = {}
        self._sections: dict[str, dict[str, Values]] = {}
        self._held: dict[str, bool] = {}
        self._remarked: dict[str, bool] = {}
        self._endings: dict[tuple[str, int], dict[tuple[str, ...], list[ConfigValue]]] = {}

    @property
    def any(self) -> bool:
        """Whether there are configuration files at all."""
        if self._texts is None:
            self._texts = self._read()
        return bool(self._texts)

    def holds(self, word: str) -> bool:
        """Whether a word stands in any configuration file, within another word at least."""
        known = self._held.get(word)
        if known is None:
            if self._texts is None:
                self._texts = self._read()
            key = word.encode()
            known = self._held[word] = any(key in data for data in self._texts.values())
        return known

    def remarks_on(self, word: str) -> bool:
        """Whether a remark in any configuration file has a word: `kind: scale  # or noise`."""
        known = self._remarked.get(word)
        if known is None:
            alone = re.compile(rb"(?<!\w)%b(?!\w)" % re.escape(word.encode()))
            held = self._texts.values() if self.holds(word) and self._texts is not None else ()
            known = self._remarked[word] = any(
                _in_remark(text, match.start()) for text in held for match in alone.finditer(text)
            )
        return known

    def lookup(self, leaf: str) -> list[ConfigValue]:
        """Every value under a key of that name, in any section of any file, in the order of paths and lines."""
        return [_as_value(path, entry) for path, entry in self._entries(leaf)]

    def by_dotted(self, path: tuple[str, ...]) -> list[ConfigValue]:
        """The values whose keys end like `path`, by the longest ending that occurs at all.

        `cfg.DATALOADER.NUM_WORKERS` finds `NUM_WORKERS` in sections `DATALOADER` and, only if there are none, in any.
        A file's folder and its own name count as sections, as hydra has it: `conf/data/cifar.yaml` is `data`.
        """
        wanted = tuple(plain(part) for part in path)
        for length in range(len(wanted), 0, -1):
            if matches := self._by_ending(path[-1], length).get(wanted[-length:]):
                return matches
        return []

    def texts(self, section: str, name: str) -> tuple[Constant, ...]:
        """The texts under a key in sections of that name, each once."""
        wanted = f"{plain(section)}.{plain(name)}"
        found: dict[str, Constant] = {}
        for config in self.by_dotted((section, name)):
            if isinstance(config.value, str) and f".{config.dotted_key}".endswith(f".{wanted}"):
                place = f"{config.path}:{config.line}"
                found.setdefault(config.value, Constant(config.value, "default", True, place))
        return tuple(found.values())[:MOST_TEXTS]

    def all_texts(self, name: str) -> list[str]:
        """The texts under a key of that name, those in lists too, each once."""
        found = [entry.value for _, entry in self._entries(name)]
        parts = (part for value in found for part in (value if isinstance(value, list) else (value,)))
        return list(dict.fromkeys(part for part in parts if isinstance(part, str)))[:MOST_TEXTS]

    def dotted_names(self, name: str) -> tuple[Constant, ...]:
        """The texts of the form `package.module.Class` under a key of that name, each once."""
        found = {
            entry.value: Constant(entry.value, "default", True, f"{path}:{entry.line}")
            for path, entry in self._entries(name)
            if isinstance(entry.value, str) and _DOTTED.fullmatch(entry.value)
        }
        return tuple(found.values())[:MOST_TEXTS]

    def values(self, name: str, section: str = "") -> Values:
        """What stands under a key of that name, in sections of that name where there are any."""
        found = [config.value for config in self.by_dotted((section, name) if section else (name,))]
        scalars = dict.fromkeys(value for value in found if not isinstance(value, list))
        more = (Unknown("a list", name),) if any(isinstance(value, list) for value in found) else ()
        return (*(Constant(value, "default", True) for value in scalars), *more)

    def below(self, dotted: str) -> Values:
        """What stands under a key in sections of the name before it, `evaluation.shuffle`; nothing where lists do."""
        *_, section, name = dotted.split(".")
        ending = f".{plain(section)}.{plain(name)}"
        found = self.by_dotted(tuple(dotted.split(".")[-3:]))
        scalars = [Constant(each.value, "default") for each in found if not isinstance(each.value, list)]
        whole = len(scalars) == len(found) and all(f".{each.dotted_key}".endswith(ending) for each in found)
        return tuple(scalars) if whole else ()

    def beside_sections(self, dotted: str) -> Values:
        """What stands under the key at the end of such a way in no section; nothing where lists do."""
        key = plain(dotted.rpartition(".")[2])
        found = [entry.value for _, entry in self._entries(key) if entry.keys == (key,)]
        scalars = [Constant(value, "default") for value in found if not isinstance(value, list)]
        return tuple(scalars) if len(scalars) == len(found) else ()

    def section(self, name: str) -> dict[str, Values]:
        """What stands in the sections of that name, by key. What they agree on, nobody sets otherwise.

        Of a key that some of them leave out one more value says so: there whatever takes it has its default.
        """
        known = self._sections.get(name)
        if known is None:
            known = self._sections[name] = dict(self._section(plain(name)))
        return known

    def _section(self, name: str) -> Iterator[tuple[str, Values]]:
        found: dict[str, dict[str, ConfigEntry | None]] = {}
        for path in self._files_with(name):
            for entry in self._entries_of(path):
                for number, key in enumerate(entry.keys[:-1]):
                    if key == name:
                        section = f"{path}:{'.'.join(entry.keys[: number + 1])}"
                        scalar = number == len(entry.keys) - 2 and not isinstance(entry.value, list)
                        found.setdefault(section, {})[entry.keys[number + 1]] = entry if scalar else None
        for key in {key: None for section in found.values() for key in section}:
            entries = [section[key] for section in found.values() if key in section]
            scalars = [entry.value for entry in entries if entry is not None and not isinstance(entry.value, list)]
            agreed = len(scalars) == len(entries) and len(set(scalars)) == 1
            values: list[Constant | Unknown] = [Constant(v, "default", not agreed) for v in dict.fromkeys(scalars)]
            if len(scalars) < len(entries):
                values.append(Unknown("from configuration", key))
            if len(entries) < len(found):
                values.append(Unknown(LEFT_OUT, key))
            yield key, tuple(values)

    def documents(self, wanted: Callable[[bytes], bool]) -> Iterator[tuple[str, object]]:
        """Whole files that are wanted, as their bytes tell, as dicts, lists and scalars; YAML and JSON alone."""
        if self._texts is None:
            self._texts = self._read()
        paths = [path for path, data in self._texts.items() if wanted(data)]
        for path in paths[:MOST_PARSED]:
            read = _DOCUMENTS.get(format_of(path) or "")
            text = self._texts[path].decode("utf-8-sig", errors="replace")
            if read is not None and self._budget > 0 and not too_deep(text):
                self._budget -= len(text)
                yield path, read(text)

    def _by_ending(self, leaf: str, length: int) -> dict[tuple[str, ...], list[ConfigValue]]:
        """The values under a key by the last `length` parts of the ways to them."""
        known = self._endings.get((leaf, length))
        if known is None:
            known = self._endings[leaf, length] = {}
            for file, entry in self._entries(leaf):
                value = _as_value(file, entry)
                for ending in {way[-length:] for way in _ways(file, entry)}:
                    known.setdefault(ending, []).append(value)
        return known

    def _entries(self, leaf: str) -> list[tuple[str, ConfigEntry]]:
        leaf = plain(leaf)
        if leaf not in self._found:
            self._found[leaf] = list(self._search(leaf))
        return self._found[leaf]

    def _search(self, leaf: str) -> Iterator[tuple[str, ConfigEntry]]:
        if not leaf:
            return
        for path in self._files_with(leaf):
            for entry in self._entries_of(path):
                if _leaf(entry.keys) == leaf:
                    yield path, entry

    def _files_with(self, key: str) -> list[str]:
        if self._texts is None:
            self._texts = self._read()
        names = {key.encode(), key.replace("_", "-").encode()}
        return [path for path, data in self._texts.items() if any(name in data for name in names)][:MOST_PARSED]

    def _entries_of(self, path: str) -> list[ConfigEntry]:
        if path not in self._parsed and self._texts is not None and self._budget > 0:
            self._budget -= len(self._texts[path])
            self._parsed[path] = _parse(path, self._texts[path])
        return self._parsed.get(path, [])

    def _read(self) -> dict[str, bytes]:
        wanted: list[Entry] = []
        total = 0
        for entry in _candidates(self._tree):
            total += entry.size
            if total > MOST_BYTES or len(wanted) == MOST_FILES:
                break
            wanted.append(entry)
        read = self._tree.read(wanted)
        return {entry.path: data for entry, data in read if data is not None and _is_of_training(entry.path, data)}


def _is_of_training(path: str, data: bytes) -> bool:
    """Protobuf's texts are networks and what servers are set to, unless they say something of workers."""
    return format_of(path) != "prototext" or b"worker" in data


def _in_remark(text: bytes, place: int) -> bool:
    """Whether a `#` stands before a place on its line, and not far."""
    start = max(0, place - _LONGEST_REMARK)
    return text.rfind(b"#", start, place) > text.rfind(b"\n", start, place)


def _candidates(tree: Tree) -> Iterator[Entry]:
    entries = {entry.path: entry for entry in tree.entries()}
    return (entries[path] for path in configuration_paths(entries) if entries[path].size <= LARGEST_FILE)


def _leaf(keys: tuple[str, ...]) -> str:
    """The key that a value belongs to: sweeps and generated forms write `num_workers: {value: 4}`."""
    return keys[-2] if len(keys) > 1 and keys[-1] in {"value", "default"} else keys[-1]


def _ways(path: str, entry: ConfigEntry) -> Iterator[tuple[str, ...]]:
    keys = entry.keys if _leaf(entry.keys) == entry.keys[-1] else entry.keys[:-1]
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    yield keys
    yield (*(plain(part) for part in folder.split("/")), *keys)
    yield (plain(name), *keys)


def _as_value(path: str, entry: ConfigEntry) -> ConfigValue:
    return ConfigValue(entry.value, path, entry.line, ".".join(entry.keys))


def _parse(path: str, data: bytes) -> list[ConfigEntry]:
    """The entries of a file; none for a broken one."""
    text = data.decode("utf-8-sig", errors="replace")
    written_in = format_of(path)
    if written_in is None or (written_in != "ini" and too_deep(text)):
        return []
    return [ConfigEntry(_split(entry.keys), entry.value, entry.line) for entry in _PARSERS[written_in](text)]


def _split(keys: tuple[str, ...]) -> tuple[str, ...]:
    """`{"train.num_workers": 4}` means what `{"train": {"num_workers": 4}}` does."""
    return tuple(part for key in keys for part in key.split(".") if part) or ("",)


def _yaml_entries(text: str) -> list[ConfigEntry]:
    from analysis.link.yamlconfigs import yaml_entries  # its reader is dear to import, and few small programs need it

    return yaml_entries(text)


def _yaml_document(text: str) -> object:
    from analysis.link.yamlconfigs import yaml_document

    return yaml_document(text)


def _json_document(text: str) -> object:
    from analysis.link.jsontext import read_json  # few programs are configured in it

    return read_json(text)[0]


def _conf_document(text: str) -> object:
    return _json_document(text) if _in_braces(text) else None


_DOCUMENTS: dict[str, Callable[[str], object]] = {
    "yaml": _yaml_document,
    "json": _json_document,
    "conf": _conf_document,
}


def _json_entries(text: str) -> list[ConfigEntry]:
    from analysis.link.jsontext import read_json

    document, text = read_json(text)
    return _with_lines(document, text, _JSON_KEY)


def _toml_entries(text: str) -> list[ConfigEntry]:
    from analysis.tomltext import TomlError, read_toml

    try:
        document = read_toml(text)
    except TomlError:
        return []
    return _with_lines(document, text, _TOML_KEY)


def _with_lines(document: object, text: str, key: re.Pattern[str]) -> list[ConfigEntry]:
    """A document's values with their lines: the n-th use of a key in the document is its n-th in the text."""
    lines: dict[str, list[int]] = {}
    number = position = 0
    for match in key.finditer(text):
        if match["set"] is not None:
            number += text.count("\n", position, match.end())
            position = match.end()
            lines.setdefault(plain(match["key"]), []).append(number + 1)
    entries = []
    uses: dict[str, int] = {}
    for keys, value in _leaves(document):
        seen = uses[keys[-1]] = uses.get(keys[-1], 0) + 1
        places = lines.get(keys[-1], [1])
        line = places[min(seen, len(places)) - 1]
        if is_value(value):
            entries.append(ConfigEntry(keys, value, line))
    return entries


def _leaves(document: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every keyed value in the document's order, mappings included; depth was bounded before."""
    if isinstance(document, dict):
        for key, value in document.items():
            way = (*keys, plain(str(key)))
            yield way, value
            yield from _leaves(value, way)
    elif isinstance(document, list):
        for item in document:
            yield from _leaves(item, keys)


def _ini_entries(text: str) -> list[ConfigEntry]:
    entries = []
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\]]+)\]", line):
            section = (plain(header[1]),)
        elif setting := re.match(r"\s*([\w.-]+)\s*[=:]\s*([^#;]*)", line):
            entries.append(ConfigEntry((*section, plain(setting[1])), typed(setting[2].strip().strip("\"'")), number))
    return entries


def _prototext_entries(text: str) -> list[ConfigEntry]:
    """Messages of protobuf as texts, `reader { workers: 4 }` over several lines; a schema has no such lines."""
    entries = []
    keys: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        key, told, value = (part.strip() for part in line.partition(":"))
        if line == "}":
            del keys[-1:]
        elif line.endswith("{"):
            keys.append(plain(line.removesuffix("{").rstrip(": ")))
        elif told and key.isidentifier() and not value.endswith("}"):
            entries.append(ConfigEntry((*keys, key), typed(value.strip("\"'")), number))
    return entries


def _in_braces(text: str) -> bool:
    """Whether a file whose ending tells nothing is one of JSON, rather than of lines with settings."""
    return text.lstrip().startswith("{")


def _conf_entries(text: str) -> list[ConfigEntry]:
    return _json_entries(text) if _in_braces(text) else _ini_entries(text)


_PARSERS: dict[str, Callable[[str], list[ConfigEntry]]] = {
    "yaml": _yaml_entries,
    "json": _json_entries,
    "toml": _toml_entries,
    "ini": _ini_entries,
    "conf": _conf_entries,
    "prototext": _prototext_entries,
}
