"""The lines of code that a report's pairs speak of, as a page shows them: at most ten lines around each."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from analysis.report import Pair, Report
from analysis.tree import Tree

LINES_BEFORE = 4
LINES_AFTER = 5
LONGEST_LINE = 300
MOST_EXCERPTS = 200


class Excerpt(TypedDict):
    """Lines of a file, or of a notebook's cell; the fields are those of `miner.store.Excerpt`.

    Not that class itself: the processes that run this do without the database, in memory too.
    """

    path: str
    first_line: int
    text: str
    blob: str | None


_CELL = re.compile(r"(?P<file>.+):c(?P<cell>\d+)")
_LINE_END = re.compile(r"\r\n|\r|\n")


def blobs_of(report: Report, tree: Tree) -> dict[str, str]:
    """The git blob id of each path that the report's pairs name, under the name that they use."""
    known = {entry.path: entry.blob for entry in tree.entries()}
    named = {path for pair in report.pairs for path, _ in _places(pair)}
    found = ((path, known.get(_split(path)[0])) for path in named)
    return {path: blob for path, blob in found if blob is not None}


def excerpts_of(report: Report, tree: Tree, blobs: Mapping[str, str]) -> list[Excerpt]:
    """The excerpts for all pairs; a line that another excerpt shows with its neighbours has none of its own."""
    wanted: dict[str, list[int]] = {}
    for pair in report.pairs:
        for path, line in _places(pair):
            wanted.setdefault(path, []).append(line)
    found: list[Excerpt] = []
    for path, lines in _texts(tree, wanted):
        for first, last in _windows(wanted[path], len(lines)):
            text = "\n".join(line[:LONGEST_LINE] for line in lines[first - 1 : last])
            found.append(Excerpt(path=path, first_line=first, text=text, blob=blobs.get(path)))
            if len(found) == MOST_EXCERPTS:
                return found
    return found


def _places(pair: Pair) -> Iterator[tuple[str, int]]:
    for draw in pair.draws:
        yield draw.path, draw.line
    for place in (pair.loader, pair.entry, pair.reseed_at, pair.workers_evidence):
        path, _, line = (place or "").rpartition(":")
        if path and line.isdecimal():
            yield path, int(line)


def _windows(lines: Iterable[int], length: int) -> Iterator[tuple[int, int]]:
    """First and last line of each excerpt."""
    shown: list[tuple[int, int]] = []
    for line in lines:
        if not 1 <= line <= length:
            continue
        around = (max(1, line - 1), min(length, line + 1))
        if not any(first <= around[0] and around[1] <= last for first, last in shown):
            shown.append((max(1, line - LINES_BEFORE), min(length, line + LINES_AFTER)))
            yield shown[-1]


def _texts(tree: Tree, paths: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """The lines of each file, or of each cell of a notebook, that `paths` name."""
    by_file: dict[str, list[str]] = {}
    for path in paths:
        by_file.setdefault(_split(path)[0], []).append(path)
    entries = [entry for entry in tree.entries() if entry.path in by_file]
    for entry, data in tree.read(entries):
        if data is None:
            continue
        for path in by_file[entry.path]:
            cell = _split(path)[1]
            text = data.decode("utf-8-sig", "replace") if cell is None else _cell_text(data, cell)
            yield path, _LINE_END.split(text) if text else ()


def _split(path: str) -> tuple[str, int | None]:
    """The file, and the cell if the path is one of a notebook's cell."""
    match = _CELL.fullmatch(path)
    return (path, None) if match is None else (match["file"], int(match["cell"]))


def _cell_text(data: bytes, cell: int) -> str:
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
