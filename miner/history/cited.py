"""What of a commit's diff a step cites: first the lines that the verdict on either side rests on."""

from collections import Counter
from collections.abc import Iterator, Sequence

from analysis.report import Report
from miner.history.line import Changed, LineCommit
from miner.history.signals import Lines, signals
from miner.history.versions import Versions

MOST_PATHS = 10
MOST_LINES = 10
LONGEST_LINE = 160
NOTHING_RESTS = 3
"""The rank of a line on which no verdict rests: it is cited where there is nothing else."""


def cited(
    commit: LineCommit, before: Report | None, after: Report, versions: Versions
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The changed files, those that a pair or the wanted PyTorch of either report lies in first; and changed lines.

    Lines are those that stand where a report points; then others on which a verdict may rest, of the files that it
    points into; then those of other files; and where there are none of these, whatever the files that it points into
    changed. What was only moved is in none of them.
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
    ranks: dict[bytes, int] = {}
    for of_told in (True, False):
        difference = _difference([each for each in changed if (each.path in told) is of_told], versions)
        for sign, lines, there in zip((b"-", b"+"), difference, pointed, strict=True):
            for text in lines:
                rank = 0 if text in there else NOTHING_RESTS if not signals(text) else 1 if of_told else 2
                if of_told or rank < NOTHING_RESTS:
                    ranks.setdefault(sign + text, rank)
    telling = [text for text in ranks if ranks[text] < NOTHING_RESTS] or list(ranks)
    chosen = set(sorted(telling, key=ranks.__getitem__)[:MOST_LINES])
    return [_shown(text) for text in ranks if text in chosen]


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
    for pair in report.pairs:
        if pair.counts:
            yield from (f"{draw.path}:{draw.line}" for draw in pair.draws)
            told = (pair.reseed_at, pair.loader, pair.workers_evidence, pair.entry)
            yield from (place for place in told if place)
    if report.torch.evidence:
        yield report.torch.evidence


def _shown(text: bytes) -> str:
    line = text.decode("utf-8", "replace")
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
