"""The compiled form of the evaluation, where `tools/native.py` has made one beside the sources.

Python takes a compiled module before a source of the same name, however old it is, and compiled modules call each other
past Python. So none of them is used once any source is newer: what was edited counts.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

SWITCH = "SEEDWATCH_NATIVE"
"""An environment variable: 0 takes the sources whatever there is."""

_PACKAGE = Path(__file__).parent
_LIBRARY = _PACKAGE.parent / f"analysis__mypyc{EXTENSION_SUFFIXES[0]}"


class _Sources:
    """Finds the modules of the analysis as sources alone."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if path is None or not name.startswith("analysis."):
            return None
        finders = (FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES)) for folder in path)
        return next((spec for finder in finders if (spec := finder.find_spec(name, target)) is not None), None)


def choose() -> bool:
    """Settle, before any other module of the package is imported, on what is compiled or on the sources; True for the
    first."""
    if not _LIBRARY.exists():
        return False
    if os.environ.get(SWITCH) == "0" or _is_old():
        sys.meta_path.insert(0, _Sources)
        return False
    return True


def _is_old() -> bool:
    made = _LIBRARY.stat().st_mtime
    return any(changed > made for changed in _changes(_PACKAGE / "link"))


def _changes(folder: Path | str) -> Iterator[float]:
    """When each source in a folder was last changed. Four times as fast as `rglob`: every start of a command waits."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _changes(entry.path)
            elif entry.name.endswith(".py"):
                yield entry.stat().st_mtime


USED = choose()
"""Whether this process evaluates with the compiled form."""
