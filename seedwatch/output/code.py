"""The lines of code that a report names, read from the tree that it is about."""

from analysis.places import Place, places_of, places_of_check, read_lines, way_of
from analysis.report import Report
from analysis.tree import Tree

_LONGEST_LINE = 400


def code_of(report: Report, tree: Tree) -> dict[Place, str]:
    """The text of every line that the report's findings name; places whose bytes are not to be had are left out."""
    wanted: dict[str, set[int]] = {}
    named = [place for pair in report.pairs for place in (*places_of(pair), *way_of(pair))]
    for place in (*named, *(place for finding in report.checks for place in places_of_check(finding))):
        wanted.setdefault(place.path, set()).add(place.line)
    return {
        Place(path, number): lines[number - 1][:_LONGEST_LINE]
        for path, lines in read_lines(tree, wanted)
        for number in wanted[path]
        if 0 < number <= len(lines)
    }
