"""`pyproject.toml`, `setup.cfg`, `Pipfile` and the lock files."""

import json
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

from analysis.link.nesting import too_deep
from analysis.link.requirements.bounds import ANY, parse
from analysis.link.requirements.declaration import Declaration, ProjectFile, canonical, read_requirement, read_wheel
from analysis.tomltext import TomlError, read_toml

MOST_LISTED = 2000
"""Requirements read from one list."""
_KEY = re.compile(
    r"(?:^|[{,])[ \t]*+(?P<quote>[\"']?)(?P<text>[\w.-]++)(?P=quote)[ \t]*+[=:]|^[ \t]*+\[++(?P<table>[^\]]++)\]"
)
"""What is set, as TOML and JSON write it: `torch = "1.7"`, `"torch": {`, `[packages.torch]`."""
_QUOTED = re.compile(r"\"([^\"]*+)\"?|'([^']*+)'?")


class _Lines:
    """Where in the text keys and items stand: the readers of TOML, INI and JSON do not say.

    The text is gone through once for all of them, since a lock file has thousands.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, word: str) -> int:
        """The first line with a word; 1 without one."""
        return self._text.count("\n", 0, max(0, self._text.find(word))) + 1

    def of_key(self, name: str) -> int:
        """The first line on which something is set by that name; 1 without one."""
        return self._keys.get(name, 1)

    def of_item(self, item: str) -> int:
        """The first line with an item in quotes, or alone; 1 without one."""
        return self._items.get(item, 1)

    @cached_property
    def _keys(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, line in enumerate(self._text.split("\n"), 1):
            for match in _KEY.finditer(line):
                key = match["text"] or match["table"].rpartition(".")[2].strip(" \t\"'")
                for name in (key, *key.split(".")):  # `dependencies.torch = "1.7"`
                    found.setdefault(name, number)
        return found

    @cached_property
    def _items(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, line in enumerate(self._text.split("\n"), 1):
            quoted = (match[1] or match[2] or "" for match in _QUOTED.finditer(line))
            for item in (line, line.partition("=")[2], *quoted):
                found.setdefault(item.strip(), number)
        return found


def read_pyproject(text: str, path: str) -> ProjectFile:
    """PEP 621, poetry, pdm, pixi and setuptools' dynamic lists. A broken file says nothing."""
    try:
        document = read_toml(text)
    except TomlError:
        return ProjectFile()
    lines = _Lines(text)
    result = ProjectFile()
    project = _table(document, "project")
    result.required += _strings_as_requirements(project.get("dependencies"), lines, path)
    if isinstance(python := project.get("requires-python"), str):
        result.required.append(Declaration("python", python, parse(python), path, lines.of("requires-python")))
    for group in _table(project, "optional-dependencies").values():
        result.optional += _strings_as_requirements(group, lines, path)
    for group in _table(document, "dependency-groups").values():
        result.optional += _strings_as_requirements(group, lines, path)
    poetry = _table(document, "tool", "poetry")
    result.required += _table_as_requirements(_table(poetry, "dependencies"), lines, path)
    for name, group in _table(poetry, "group").items():
        if isinstance(group, dict) and name not in {"dev", "docs", "test"}:
            result.optional += _table_as_requirements(_table(group, "dependencies"), lines, path)
    result.required += _table_as_requirements(_table(document, "tool", "pixi", "dependencies"), lines, path)
    result.required += _table_as_requirements(_table(document, "tool", "pixi", "pypi-dependencies"), lines, path)
    dynamic = _table(document, "tool", "setuptools", "dynamic", "dependencies").get("file")
    names = dynamic if isinstance(dynamic, list) else [dynamic]
    result.files += [name for name in names if isinstance(name, str)]
    return result


def read_pipfile(text: str, path: str) -> ProjectFile:
    """`[packages]` of a Pipfile, with the Python that it asks for."""
    try:
        document = read_toml(text)
    except TomlError:
        return ProjectFile()
    lines = _Lines(text)
    result = ProjectFile(required=_table_as_requirements(_table(document, "packages"), lines, path))
    if isinstance(python := _table(document, "requires").get("python_version"), str):
        result.required.append(Declaration("python", f"=={python}", parse(python), path, lines.of("python_version")))
    return result


def read_setup_cfg(text: str, path: str) -> ProjectFile:
    """`[options]` and the extras of a setup.cfg."""
    sections = _sections(text)
    options = sections.get("options", {})
    lines = _Lines(text)
    result = ProjectFile()
    required = options.get("install_requires", "")
    if match := re.match(r"\s*file:\s*(.+)", required):
        result.files += [name.strip() for name in match[1].split(",")]
    else:
        result.required += _strings_as_requirements(required.split("\n"), lines, path)
    if python := options.get("python_requires"):
        result.required.append(Declaration("python", python, parse(python), path, lines.of("python_requires")))
    for group in sections.get("options.extras_require", {}).values():
        result.optional += _strings_as_requirements(group.split("\n"), lines, path)
    return result


def _sections(text: str) -> dict[str, dict[str, str]]:
    """The options of each section as configparser has them, the lines of a value as they stand below each other.

    That one's pattern for a line takes the square of the spaces in it.
    """
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] | None = None
    value: list[str] | None = None
    indentation = 0
    for line in text.splitlines():
        said = line.strip()
        if not said or said.startswith(("#", ";")):
            continue
        deep = len(line) - len(line.lstrip())
        if value is not None and deep > indentation:
            value.append(said)
            continue
        indentation, value = deep, None
        if said.startswith("[") and "]" in said:
            section = sections.setdefault(said[1 : said.rindex("]")], {})
        elif section is not None:
            name, _, first = re.sub("[:=]", "=", said, count=1).partition("=")
            value = section[name.strip().lower()] = [first.strip()]
    return {title: {name: "\n".join(lines) for name, lines in each.items()} for title, each in sections.items()}


def read_lock(text: str, path: str) -> list[Declaration]:
    """The pins of `poetry.lock`, `uv.lock`, `pdm.lock` (one form) or `Pipfile.lock` (JSON)."""
    if path.endswith("Pipfile.lock"):
        return list(_pipfile_lock(text, path))
    pins: list[Declaration] = []
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        key, _, value = line.partition(" = ")
        if key == "version" and name:
            pins.append(_pin(name, value.strip('"'), path, number))
        name = value.strip('"') if key == "name" else ""
    return pins


def _pipfile_lock(text: str, path: str) -> Iterator[Declaration]:
    if too_deep(text):
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    lines = _Lines(text)
    for name, entry in _table(document, "default").items():
        version = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(version, str):
            yield _pin(name, version.lstrip("="), path, lines.of_key(name))


def _pin(name: str, version: str, path: str, line: int) -> Declaration:
    specifier = f"=={version}"
    return Declaration(canonical(name), specifier, parse(specifier), path, line)


def _table(document: Any, *keys: str) -> dict[str, Any]:
    """The nested table, or an empty one."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _strings_as_requirements(group: Any, lines: _Lines, path: str) -> list[Declaration]:
    found = []
    for item in group[:MOST_LISTED] if isinstance(group, list) else []:
        if isinstance(item, str) and item.strip() and not item.strip().startswith("#"):
            declaration = read_requirement(item, path, lines.of_item(item.strip()))
            if declaration is not None:
                found.append(declaration)
    return found


def _table_as_requirements(table: dict[str, Any], lines: _Lines, path: str) -> list[Declaration]:
    """`name = "^1.7"`, `name = {version = "..."}`, or several of these for several platforms."""
    found = []
    for name, value in islice(table.items(), MOST_LISTED):
        line = lines.of_key(name)
        found += [_wish(name, wish, path, line) for wish in (value if isinstance(value, list) else [value])]
    return found


def _wish(name: str, wish: Any, path: str, line: int) -> Declaration:
    if isinstance(wish, dict):
        address = wish.get("url") or wish.get("file") or wish.get("path")
        wheel = read_wheel(address, path, line) if isinstance(address, str) else None
        if wheel is not None and wheel.package == canonical(name):
            return wheel
        wish = wish.get("version")
    if not isinstance(wish, str) or wish.strip() in {"", "*"}:
        return Declaration(canonical(name), None, ANY, path, line)
    return Declaration(canonical(name), wish, parse(wish), path, line)
