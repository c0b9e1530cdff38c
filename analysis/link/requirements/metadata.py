"""`pyproject.toml`, `setup.cfg`, `Pipfile` and the lock files."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any

from analysis.link.nesting import too_deep
from analysis.link.requirements.bounds import ANY, parse
from analysis.link.requirements.declaration import Declaration, ProjectFile, canonical, read_requirement, read_wheel

MOST_LISTED = 2000
"""Requirements read from one list."""


class _Lines:
    """Where in the text a string stands: the TOML and INI readers do not say."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def of(self, needle: str, pattern: str | None = None) -> int:
        """The first line with `needle` that matches `pattern`, else the first with `needle`, else 1."""
        first, position = 1, self.text.find(needle)
        if position >= 0:
            first = bisect_right(self.starts, position)
        while position >= 0 and pattern is not None:
            number = bisect_right(self.starts, position)
            end = self.text.find("\n", position)
            if re.search(pattern, self.text[self.starts[number - 1] : end if end >= 0 else None]):
                return number
            position = self.text.find(needle, end) if end >= 0 else -1
        return first


def read_pyproject(text: str, path: str) -> ProjectFile:
    """PEP 621, poetry, pdm, pixi and setuptools' dynamic lists. A broken file says nothing."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
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
    result.files += [dynamic] if isinstance(dynamic, str) else [name for name in dynamic or [] if isinstance(name, str)]
    return result


def read_pipfile(text: str, path: str) -> ProjectFile:
    """`[packages]` of a Pipfile, with the Python that it asks for."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return ProjectFile()
    lines = _Lines(text)
    result = ProjectFile(required=_table_as_requirements(_table(document, "packages"), lines, path))
    if isinstance(python := _table(document, "requires").get("python_version"), str):
        result.required.append(Declaration("python", f"=={python}", parse(python), path, lines.of("python_version")))
    return result


def read_setup_cfg(text: str, path: str) -> ProjectFile:
    """`[options]` and the extras of a setup.cfg."""
    import configparser

    config = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        config.read_string(text)
    except configparser.Error:
        return ProjectFile()
    lines = _Lines(text)
    result = ProjectFile()
    required = config.get("options", "install_requires", fallback=None) or ""
    if match := re.match(r"\s*file:\s*(.+)", required):
        result.files += [name.strip() for name in match[1].split(",")]
    else:
        result.required += _strings_as_requirements(required.splitlines(), lines, path)
    if python := config.get("options", "python_requires", fallback=None):
        result.required.append(Declaration("python", python, parse(python), path, lines.of("python_requires")))
    if config.has_section("options.extras_require"):
        for _, group in config.items("options.extras_require"):
            result.optional += _strings_as_requirements((group or "").splitlines(), lines, path)
    return result


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
            yield _pin(name, version.lstrip("="), path, lines.of(f'"{name}"'))


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
            declaration = read_requirement(
                item, path, lines.of(item.strip(), rf"""(?:^|["'])\s*{re.escape(item.strip())}\s*(?:["']|$)""")
            )
            if declaration is not None:
                found.append(declaration)
    return found


def _table_as_requirements(table: dict[str, Any], lines: _Lines, path: str) -> list[Declaration]:
    """`name = "^1.7"`, `name = {version = "..."}`, or several of these for several platforms."""
    found = []
    for name, value in islice(table.items(), MOST_LISTED):
        line = lines.of(name, rf"""^\s*["']?{re.escape(name)}["']?\s*=""")
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
