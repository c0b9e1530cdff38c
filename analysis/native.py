"""The compiled form of the evaluation, where `tools/native.py` has made one beside the sources.

Python takes a compiled module before a source of the same name, however old it is, and compiled modules call each other
past Python. So either all of them are used or none, and none where any source of the analysis is another than it was
when they were made: what was edited counts.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import ClassVar

SWITCH = "SEEDWATCH_NATIVE"
"""An environment variable: 0 takes the sources whatever there is."""
STAMP = "native.stamp"
"""The file that says what was compiled. It is written last and removed first: without it nothing compiled is used."""

_PACKAGE = Path(__file__).parent
_LIBRARY = _PACKAGE.parent / f"analysis__mypyc{EXTENSION_SUFFIXES[0]}"


class _Sources:
    """Finds the modules of the analysis as sources alone."""

    _finders: ClassVar[dict[str, FileFinder]] = {}

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for folder in path if path is not None and name.startswith("analysis.") else ():
            finder = cls._finders.get(folder)
            if finder is None:
                finder = cls._finders[folder] = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))
            spec = finder.find_spec(name, target)
            if spec is not None:
                return spec
        return None


def choose() -> bool:
    """Settle, before any other module of the package is imported, on what is compiled or on the sources; True for the
    first."""
    made = _stamped() if os.environ.get(SWITCH) != "0" else ""
    if made and _LIBRARY.exists() and made == stamp_of(_PACKAGE):
        return True
    sys.meta_path.insert(0, _Sources)
    return False


def stamp_of(package: Path) -> str:
    """What tells these sources from others: the interpreter they are for, their sizes and when they were changed."""
    sources = hashlib.sha256(EXTENSION_SUFFIXES[0].encode())
    for line in sorted(_lines(package, "")):
        sources.update(line.encode())
    return sources.hexdigest()


def _stamped() -> str:
    try:
        return (_PACKAGE / STAMP).read_text()
    except OSError:
        return ""


def _lines(folder: Path | str, below: str) -> Iterator[str]:
    # `os.scandir` takes a quarter of the time of `Path.rglob`: each start of a command waits for this.
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py") and entry.is_file(follow_symlinks=False):
                told = entry.stat(follow_symlinks=False)
                # Whole seconds: images and archives keep no more.
                yield f"{below}{entry.name} {told.st_size} {int(told.st_mtime)}\n"
            elif entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":
                yield from _lines(entry.path, f"{below}{entry.name}/")


USED = choose()
"""Whether this process evaluates with the compiled form."""
