"""What of a commit's diff a step cites: first the lines that the verdict on either side rests on."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from analysis.report import Pair, Report
from miner.history.line import Changed, LineCommit
from miner.history.signals import Lines, signals
from miner.history.versions import Versions

MOST_PATHS = 10
MOST_LINES = 10
LONGEST_LINE = 160
NOTHING_RESTS = 4
"""The rank of a line on which no verdict rests: it is cited where there is nothing else."""


def cited(
    commit: LineCommit, before: Report | None, after: Report, versions: Versions
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The changed files, those that a pair or the wanted PyTorch of either report lies in first; and changed lines.

    Lines are those that stand where a report points; then those that name what is on the way to a draw, such as the
    class of a transform; then others on which a verdict may rest, of the files that the reports point into, and of
    others; and where there are none of these, whatever was changed, in those files first. What was only moved is in
    none of them.
    """
    reports = [report for report in (before, after) if report is not None]
    told = {place.rpartition(":")[0].partition(":c")[0] for report in reports for place in _places(report)}
    changed = sorted(commit.changed, key=lambda each: (each.path not in told, each.path))
    paths = tuple(each.path for each in changed[:MOST_PATHS])
    return paths, tuple(_lines(changed, before, after, told, versions))


def _lines(
    changed: Sequence[Changed], before: Report | None, after: Report, told: set[str], versions: Versions
) -> list[str]:
    """The most telling lines with the sign of a diff, each once, in the order of the diff."""
    pointed = _pointed(changed, before, versions, old=True), _pointed(changed, after, versions, old=False)
    named = _naming(before, after), _naming(after, before)
    ranks: dict[bytes, int] = {}
    for of_told in (True, False):
        difference = _difference([each for each in changed if (each.path in told) is of_told], versions)
        for sign, lines, there, names in zip((b"-", b"+"), difference, pointed, named, strict=True):
            for text in lines:
                named_here = names is not None and names.search(text)
                signalling = NOTHING_RESTS if not signals(text) else 2 if of_told else 3
                rank = 0 if text in there else 1 if named_here else signalling
                ranks.setdefault(sign + text, rank + (rank == NOTHING_RESTS and not of_told))
    telling = [text for text in ranks if ranks[text] < NOTHING_RESTS] or list(ranks)
    # Where there are too many, what is new says more than what it replaced.
    chosen = set(sorted(telling, key=lambda text: (ranks[text], text[:1] == b"-"))[:MOST_LINES])
    return [_shown(text) for text in ranks if text in chosen]


def _naming(report: Report | None, other: Report | None) -> re.Pattern[bytes] | None:
    """What finds the names on the ways to the draws that only one of two reports has."""
    elsewhere = {way for pair in _counted(other) for way in _ways(pair)}
    ways = [way for pair in _counted(report) for way in _ways(pair) if way not in elsewhere]
    # Of a method, its class: that is what a program names where it puts things together.
    names = {
        next((part for part in reversed(name.split(".")) if not part.startswith("_")), "")
        for way in ways
        for name in way
    }
    found = sorted(name for name in names if len(name) > 2 and name.isidentifier())
    return re.compile(rb"\b(?:%b)\b" % b"|".join(map(str.encode, found))) if found else None


def _ways(pair: Pair) -> list[tuple[str, ...]]:
    return [tuple(step.partition(" ")[2] for step in draw.via[1:]) for draw in pair.draws]


def _counted(report: Report | None) -> list[Pair]:
    return [] if report is None else [pair for pair in report.pairs if pair.counts]


def _difference(changed: Sequence[Changed], versions: Versions) -> tuple[Lines, Lines]:
    """The lines that were taken away and those that were added, without their indentation."""
    removed: Lines = Counter()
    added: Lines = Counter()
    for each in changed:
        old, new = _text(versions, each.old), _text(versions, each.new)
        removed += old - new
        added += new - old
    return removed - added, added - removed


def _text(versions: Versions, blob: str | None) -> Lines:
    return Counter(text for line in versions.text(blob).splitlines() if (text := b" ".join(line.split())))


def _pointed(changed: Sequence[Changed], report: Report | None, versions: Versions, *, old: bool) -> set[bytes]:
    """The lines of the changed files that the report points to; in a notebook, none."""
    numbers: dict[str, set[int]] = {}
    for place in _places(report) if report is not None else ():
        path, _, line = place.rpartition(":")
        if line.isdigit():
            numbers.setdefault(path, set()).add(int(line))
    pointed: set[bytes] = set()
    for each in changed:
        wanted = numbers.get(each.path)
        if wanted:
            lines = versions.text(each.old if old else each.new).splitlines()
            pointed |= {b" ".join(lines[line - 1].split()) for line in wanted if line <= len(lines)}
    return pointed


def _places(report: Report) -> Iterator[str]:
    """Where the counted pairs lie, and what says which PyTorch is wanted."""
    for pair in _counted(report):
        yield from (f"{draw.path}:{draw.line}" for draw in pair.draws)
        told = (pair.reseed_at, pair.loader, pair.workers_evidence, pair.entry)
        yield from (place for place in told if place)
    if report.torch.evidence:
        yield report.torch.evidence


def _shown(text: bytes) -> str:
    line = text.decode("utf-8", "replace")
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
