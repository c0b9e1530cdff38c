"""The lines of code that a report's pairs speak of, as a page shows them: at most ten lines around each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypedDict

from analysis.places import places_of, read_lines
from analysis.report import Report
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


def blobs_of(report: Report, tree: Tree) -> dict[str, str]:
    """The git blob id of each path that the report's pairs name, under the name that they use."""
    known = {entry.path: entry.blob for entry in tree.entries()}
    named = {place for pair in report.pairs for place in places_of(pair)}
    found = ((place.path, known.get(place.file)) for place in named)
    return {path: blob for path, blob in found if blob is not None}


def excerpts_of(report: Report, tree: Tree, blobs: Mapping[str, str]) -> list[Excerpt]:
    """The excerpts for all pairs; a line that another excerpt shows with its neighbours has none of its own."""
    wanted: dict[str, list[int]] = {}
    for pair in report.pairs:
        for place in places_of(pair):
            wanted.setdefault(place.path, []).append(place.line)
    found: list[Excerpt] = []
    for path, lines in read_lines(tree, wanted):
        for first, last in _windows(wanted[path], len(lines)):
            text = "\n".join(line[:LONGEST_LINE] for line in lines[first - 1 : last])
            found.append(Excerpt(path=path, first_line=first, text=text, blob=blobs.get(path)))
            if len(found) == MOST_EXCERPTS:
                return found
    return found


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
