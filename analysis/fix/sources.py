"""The files of a tree while a patch is made: parsed when they are asked for, written back as bytes where edited."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from analysis.facts.source import quiet_magics
from analysis.fix.notebook import NotebookText, OddNotebookError
from analysis.fix.unit import Unit
from analysis.places import Place, split_cell

LARGEST_EDITED = 500_000
"""Bytes. A syntax tree that keeps formatting takes some two hundred times the memory of its source."""


class CannotEditError(ValueError):
    """The file, or this form of code, is not one that can be edited; the message says why."""


@dataclass(frozen=True, slots=True)
class _Magics:
    """IPython's own lines of a cell, by number, and the remark that stands behind what is in their place."""

    remark: str
    lines: Mapping[int, str]

    @classmethod
    def of(cls, source: str, quiet: Sequence[str]) -> "_Magics":
        """Those of a cell of which `quiet` has as many lines, Python in the place of each that is not."""
        remark = "#~seedwatch line"
        while remark in source:
            remark += "~"
        return cls(
            remark, {n: was for n, (was, now) in enumerate(zip(source.split("\n"), quiet, strict=True)) if was != now}
        )

    def marked(self, quiet: Sequence[str]) -> str:
        return "\n".join(f"{line}  {self.remark} {n}" if n in self.lines else line for n, line in enumerate(quiet))

    def restored(self, source: str) -> str:
        mark = re.compile(rf"^.*{re.escape(self.remark)} (\d+)$", re.MULTILINE)
        return mark.sub(lambda match: self.lines[int(match[1])], source)


@dataclass(slots=True)
class Sources:
    """The Python files of a tree, by path, and those of them that are under edit."""

    files: Mapping[str, bytes]
    _units: dict[str, Unit] = field(default_factory=dict)
    _notebooks: dict[str, NotebookText] = field(default_factory=dict)
    _magics: dict[str, _Magics] = field(default_factory=dict)

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
                cells.setdefault(file, {})[cell] = self._magics[path].restored(unit.rendered().code)
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
        """IPython's own lines made Python, each with a remark that brings it back."""
        lines = source.count("\n") + 1
        quiet = quiet_magics(source).split("\n")
        if len(quiet) != lines or not any(quiet):
            quiet = [""] * lines
        magics = self._magics[path] = _Magics.of(source, quiet)
        return magics.marked(quiet)
