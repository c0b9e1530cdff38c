"""Places in a repository, `path:line` in the words of a report, and the lines of code there."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from analysis.report import CheckFinding, Pair
from analysis.tree import Tree

_PLACE = re.compile(r"^(?P<path>.+?):(?P<line>\d+)$", re.DOTALL)
_CELL = re.compile(r"^(?P<file>.+\.ipynb):c(?P<cell>\d+)$", re.DOTALL)
# Only the line ends that Python's grammar knows: str.splitlines also breaks at form feeds and others.
_LINE_END = re.compile(r"\r\n|\r|\n")


class Place(msgspec.Struct, frozen=True):
    """A line of a file, or of a notebook's cell (then `path` carries the cell: `n.ipynb:c3`)."""

    path: str
    line: int

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place that `path:line` names, or None if it names none."""
        match = _PLACE.match(text)
        return cls(match["path"], int(match["line"])) if match else None

    @property
    def file(self) -> str:
        """The path of the file, without a notebook's cell."""
        return split_cell(self.path)[0]

    @property
    def cell(self) -> int | None:
        """The notebook cell, counted from 0, or None outside notebooks."""
        return split_cell(self.path)[1]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


def split_cell(path: str) -> tuple[str, int | None]:
    """The file, and the cell if the path is one of a notebook's cell."""
    match = _CELL.match(path)
    return (path, None) if match is None else (match["file"], int(match["cell"]))


def places_of(pair: Pair) -> Iterator[Place]:
    """Where the pair draws, then its loader, the way into the worker, its reseeding and its number of workers."""
    for draw in pair.draws:
        yield Place(draw.path, draw.line)
    for text in (pair.loader, pair.entry, pair.reseed_at, pair.workers_evidence):
        place = Place.parse(text or "")
        if place is not None:
            yield place


def way_of(pair: Pair) -> Iterator[Place]:
    """The functions between the worker's entry and the draws, where they are defined."""
    for draw in pair.draws:
        for step in draw.via:
            place = Place.parse(step.partition(" ")[0])
            if place is not None:
                yield place


def places_of_check(finding: CheckFinding) -> Iterator[Place]:
    """Where a companion check fired, then what it goes together with."""
    yield Place(finding.path, finding.line)
    for text in finding.related:
        place = Place.parse(text)
        if place is not None:
            yield place


def span(text: str, api: str = "") -> tuple[int, int] | None:
    """Where a line has the name that `api` ends with, its dots included, else what is no space; None in an empty line.

    Columns count from 1; the second is the one after the end.
    """
    name = api.rpartition(".")[2]
    at = text.find(name) if name else -1
    end = at + len(name)
    if at < 0:
        at, end = len(text) - len(text.lstrip()), len(text.rstrip())
    while at > 0 and (text[at - 1].isalnum() or text[at - 1] in "._"):
        at -= 1
    return (at + 1, end + 1) if at < end else None


def read_lines(tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """The lines of each file, or of each cell of a notebook, that `paths` name, where they can be had."""
    by_file: dict[str, list[str]] = {}
    for path in paths:
        by_file.setdefault(split_cell(path)[0], []).append(path)
    for entry, data in tree.read([entry for entry in tree.entries() if entry.path in by_file]):
        if data is None:
            continue
        for path in by_file[entry.path]:
            cell = split_cell(path)[1]
            text = data.decode("utf-8-sig", "replace") if cell is None else _cell_text(data, cell)
            yield path, _LINE_END.split(text) if text else ()


def _cell_text(data: bytes, cell: int) -> str:
    """The source of a cell; nothing where the notebook is of a form that is not known here."""
    import json  # few findings lie in notebooks

    try:
        source = _cells(json.loads(data))[cell].get("source", "")
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, RecursionError):
        return ""
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _cells(notebook: Any) -> list[dict[str, Any]]:
    if "cells" in notebook:
        cells: list[dict[str, Any]] = notebook["cells"]
        return cells
    # Before version 4 of the format.
    sheets = [sheet["cells"] for sheet in notebook["worksheets"]]
    return [{"source": cell.get("input", cell.get("source", ""))} for sheet in sheets for cell in sheet]
