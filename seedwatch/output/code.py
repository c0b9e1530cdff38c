"""The lines of code that a report names, read from the tree that it is about."""

import json
from collections.abc import Iterator

from analysis.report import Pair, Report
from analysis.tree import Tree
from api.permalink import Place

_LONGEST_LINE = 400


def code_of(report: Report, tree: Tree) -> dict[Place, str]:
    """The text of every line that the report's pairs name; places whose bytes are not to be had are left out."""
    wanted = {place for pair in report.pairs for place in _places(pair)}
    files = {place.file for place in wanted}
    found: dict[Place, str] = {}
    for entry, data in tree.read([entry for entry in tree.entries() if entry.path in files]):
        if data is None:
            continue
        of_file = [place for place in wanted if place.file == entry.path]
        cells = _cells(data) if any(place.cell is not None for place in of_file) else []
        for place in of_file:
            line = _line(data.decode("utf-8", "replace") if place.cell is None else _at(cells, place.cell), place.line)
            if line is not None:
                found[place] = line[:_LONGEST_LINE]
    return found


def _places(pair: Pair) -> Iterator[Place]:
    named = [pair.loader, pair.workers_evidence, pair.reseed_at, pair.entry]
    named += [step.partition(" ")[0] for draw in pair.draws for step in draw.via]
    for text in named:
        place = Place.parse(text) if text else None
        if place:
            yield place
    for draw in pair.draws:
        yield Place(draw.path, draw.line)


def _line(text: str, number: int) -> str | None:
    # Only the line ends that Python's grammar knows: str.splitlines also breaks at form feeds and others.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[number - 1] if 0 < number <= len(lines) else None


def _cells(notebook: bytes) -> list[str]:
    """The source of each cell, in order; none where the notebook is of a form that is not known here."""
    try:
        book = json.loads(notebook)
        return ["".join(cell["source"]) for cell in book["cells"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _at(cells: list[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""
