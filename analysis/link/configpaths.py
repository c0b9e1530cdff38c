"""Which files of a repository are read as configuration, told from their paths alone."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import islice

MOST_BESIDE = 60
"""More files of JSON or plain text beside each other are data, unless the folder's name speaks of configuration."""
MOST_IN_FOLDER = 500
"""Of JSON or plain text, whatever the folder's name."""

_SUFFIXES = {
    ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini", ".cfg": "ini", ".json": "json", ".json5": "json",
    ".conf": "conf", ".config": "prototext", ".proto": "prototext", ".pbtxt": "prototext", ".prototxt": "prototext",
}  # fmt: skip
_SKIPPED = frozenset({
    "setup.cfg", "tox.ini", "pytest.ini", "mypy.ini", "pyproject.toml", "package.json", "package-lock.json",
    "composer.json", "tsconfig.json", "mkdocs.yml", "environment.yml", "environment.yaml", "cog.yaml",
})  # fmt: skip
_CONFIG_FOLDER = re.compile(r"conf|cfg|param|setting|option|experiment|exp|yaml|json|recipe", re.IGNORECASE)


def format_of(path: str) -> str | None:
    """What a configuration file is written in, as its ending tells; None for a file of another kind."""
    return _SUFFIXES.get(posixpath.splitext(path)[1].lower())


def configuration_paths(paths: Iterable[str]) -> list[str]:
    """Those of the paths that look like configuration; JSON last, for it is data more often than not."""
    chosen: list[str] = []
    json: list[str] = []
    for path in paths:
        written_in = format_of(path)
        name = posixpath.basename(path).lower()
        if written_in is not None and not path.startswith(".") and "/." not in path and name not in _SKIPPED:
            (json if written_in == "json" else chosen).append(path)
    return [*chosen, *without_data(json)]


def without_data(paths: Iterable[str]) -> Iterator[str]:
    """Paths of files of one kind, folder by folder, without those that lie beside too many others to be read."""
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(posixpath.dirname(path), []).append(path)
    for folder, files in by_folder.items():
        if len(files) <= MOST_BESIDE or _CONFIG_FOLDER.search(folder):
            yield from islice(files, MOST_IN_FOLDER)
