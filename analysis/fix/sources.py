"""The files of a tree while a patch is made: parsed when they are asked for, written back as bytes where edited."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from analysis.facts.source import quiet_magics
from analysis.fix.notebook import NotebookText, OddNotebookError
from analysis.fix.unit import Unit
from analysis.places import Place, split_cell

LARGEST_EDITED = 500_000
"""Bytes. A syntax tree that keeps formatting takes some two hundred times the memory of its source."""
_MARK = re.compile(r"^.*#~seedwatch line (\d+)~$", re.MULTILINE)


class CannotEditError(ValueError):
    """The file, or this form of code, is not one that can be edited; the message says why."""


@dataclass(slots=True)
class Sources:
    """The Python files of a tree, by path, and those of them that are under edit."""

    files: Mapping[str, bytes]
    _units: dict[str, Unit] = field(default_factory=dict)
    _notebooks: dict[str, NotebookText] = field(default_factory=dict)
    _magics: dict[str, list[str]] = field(default_factory=dict)

    def unit(self, path: str) -> Unit:
        """The source at a path of the report's form (`a.py`, `n.ipynb:c3`).

        Raises:
            CannotEditError: where there is no such file, or it is not Python of today.
        """
        if path not in self._units:
            self._units[path] = self._opened(path)
        return self._units[path]

    def at(self, place: str) -> tuple[Unit, Place]:
        """The source at `path:line`, and the place."""
        parsed = Place.parse(place)
        if parsed is None:
            raise CannotEditError(f"{place} is no place")
        return self.unit(parsed.path), parsed

    def path_of(self, unit: Unit) -> str:
        """The path under which a unit was opened."""
        return next(path for path, known in self._units.items() if known is unit)

    def cells_before(self, path: str) -> list[Unit]:
        """The cells of a notebook that run before one, as far as they can be read."""
        file, cell = split_cell(path)
        found = []
        for number in range(cell or 0):
            try:
                found.append(self.unit(f"{file}:c{number}"))
            except CannotEditError:
                continue
        return found

    def text(self, path: str) -> str:
        """The text of a file, or of a notebook's cell, as it was."""
        file, cell = split_cell(path)
        if cell is not None:
            return self._notebook(file).source(cell)
        return self.files[file].decode("utf-8", "replace")

    def changed(self) -> dict[str, bytes]:
        """The bytes of every file that was edited and is different now."""
        out: dict[str, bytes] = {}
        cells: dict[str, dict[int, str]] = {}
        for path, unit in self._units.items():
            if not unit.edited:
                continue
            file, cell = split_cell(path)
            if cell is None:
                out[file] = unit.rendered().bytes
            else:
                cells.setdefault(file, {})[cell] = self._with_magics(path, unit.rendered().code)
        for file, changed in cells.items():
            out[file] = self._notebooks[file].with_sources(changed)
        return {file: data for file, data in out.items() if data != self.files[file]}

    def _opened(self, path: str) -> Unit:
        file, cell = split_cell(path)
        if file not in self.files:
            raise CannotEditError(f"{file} is not in the tree")
        if len(self.files[file]) > LARGEST_EDITED:
            raise CannotEditError(f"{file} is too large")
        try:
            if cell is not None:
                return Unit(self._without_magics(path, self._notebook(file).source(cell)))
            unit = Unit(self.files[file])
            same = unit.module.bytes == self.files[file]
        # SyntaxError: an encoding that is declared and that Python does not know.
        except (cst.ParserSyntaxError, SyntaxError, UnicodeError, LookupError, RecursionError, IndexError) as error:
            reason = "it is not Python 3" if isinstance(error, cst.ParserSyntaxError) else "it cannot be read"
            raise CannotEditError(f"{path}: {reason}") from error
        if not same:
            raise CannotEditError(f"{path}: it would not come back as it was")
        return unit

    def _notebook(self, file: str) -> NotebookText:
        if file not in self._notebooks:
            try:
                self._notebooks[file] = NotebookText(self.files[file])
            except OddNotebookError as error:
                raise CannotEditError(f"{file}: {error}") from error
        return self._notebooks[file]

    def _without_magics(self, path: str, source: str) -> str:
        """IPython's own lines made Python, each with a mark that brings it back."""
        lines = source.split("\n")
        quiet = quiet_magics(source).split("\n")
        self._magics[path] = lines
        if len(quiet) != len(lines) or all(not line for line in quiet):
            return "\n" * (len(lines) - 1)
        return "\n".join(
            now if now == was else f"{now}  #~seedwatch line {number}~"
            for number, (was, now) in enumerate(zip(lines, quiet, strict=True))
        )

    def _with_magics(self, path: str, source: str) -> str:
        lines = self._magics[path]
        return _MARK.sub(lambda match: lines[int(match[1])], source)
