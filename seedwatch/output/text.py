"""A report as text for a person: the verdict in one line, then each pair as a story from the loader to the draw."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.report import Draw, Environment, Outcome, Pair, Report
from api.permalink import Place
from api.visible import visible
from api.words import (
    DRAW_KIND_MEANING,
    NOT_ELIGIBLE,
    OUTCOME_NAME,
    OUTCOME_SENTENCE,
    RESEED,
    TORCH_RANGE,
    VERDICT_NAME,
    VERDICT_TONE,
    headline,
    lost_share,
    upgrade,
)
from seedwatch.output.ink import Ink

Code = Mapping[Place, str]
"""The text of the lines that a report names, as far as they are known."""

_LABEL = 10
_LONGEST_PLACE = 36
_DRAWS_SHOWN = 6
_UNREAD_SHOWN = 10


def text(report: Report, code: Code, *, ink: Ink, width: int = 100) -> str:
    """The whole report, ending in a newline; no line is longer than `width` but those that hold a longer word."""
    page = _Page(ink, width)
    _head(page, report)
    for number, pair in enumerate(report.pairs, start=1):
        page.gap()
        _pair(page, number, pair, code)
    _checks(page, report)
    _unread(page, report)
    page.gap()
    page.line(ink.faint(_cost(report)))
    return page.text()


@dataclass(slots=True)
class _Page:
    """Lines in the making. What comes from a repository is made visible here, once, for all of it."""

    ink: Ink
    width: int
    lines: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        self.lines.append(text.rstrip())

    def gap(self) -> None:
        self.lines.append("")

    def prose(self, text: str, *, indent: int, label: str = "") -> None:
        """A paragraph, broken into lines; `label` stands in its margin."""
        margin = visible(label).ljust(indent)
        body = textwrap.wrap(visible(text), self.width - indent, break_long_words=False, break_on_hyphens=False)
        for number, piece in enumerate(body or [""]):
            self.line((self.ink.faint(margin) if number == 0 else " " * indent) + piece)

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _head(page: _Page, report: Report) -> None:
    ink = page.ink
    verdict = ink.loud(VERDICT_NAME[report.verdict].upper(), VERDICT_TONE[report.verdict])
    page.line(f"{verdict}  {ink.strong(headline(report))}")
    page.gap()
    for label, outcome in _environments(report):
        page.line(f"  {ink.faint(label.ljust(18))}{_outcome(ink, outcome)}{OUTCOME_SENTENCE[outcome]}")
    for label, value in _facts(report):
        page.prose(value, indent=20, label=f"  {label}")
    for sentence in (_why_not(report), upgrade(report)):
        if sentence:
            page.gap()
            page.prose(sentence, indent=2)


def _environments(report: Report) -> Iterator[tuple[str, Outcome]]:
    if report.eligible is False:
        return
    sides = report.environments or [
        Environment(torch="<1.9", start="any", outcome=report.legacy),
        Environment(torch=">=1.9", start="any", outcome=report.modern),
    ]
    for side in sides:
        torch = side.torch.replace("<", "< ").replace(">=", ">= ")
        yield f"torch {torch}" + ("" if side.start == "any" else f" {side.start}"), side.outcome


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    evidence = f" ({report.torch.evidence})" if report.torch.evidence else ""
    asked = f"{report.torch.specifier}{evidence}: " if report.torch.specifier else ""
    yield "asks for", f"{asked}{TORCH_RANGE[report.torch.range]}"
    if report.commit:
        date = f" of {report.commit_date}" if report.commit_date else ""
        yield "commit", report.commit[:12] + date


def _why_not(report: Report) -> str | None:
    if report.why_not_eligible:
        return NOT_ELIGIBLE[report.why_not_eligible]
    return report.unknown_why


def _pair(page: _Page, number: int, pair: Pair, code: Code) -> None:
    ink = page.ink
    title = f"{number}  {pair.code}  {visible(pair.dataset)}"
    aside = "" if pair.counts else "listed, and not counted"
    dashes = "─" * max(2, page.width - len(title) - len(aside) - 3)
    page.line(f"{ink.strong(title)} {ink.faint(f'{dashes} {aside}')}")
    page.gap()
    for step in _story(pair):
        _step(page, step, code)
    page.gap()
    for label, outcome in (("torch < 1.9", pair.legacy), ("torch >= 1.9", pair.modern)):
        page.line(f"  {ink.faint(label.ljust(18))}{_outcome(ink, outcome)}{OUTCOME_SENTENCE[outcome]}")
    page.gap()
    page.prose(" ".join(_reasons(pair)), indent=12, label="  why")
    if pair.fix:
        page.prose(pair.fix, indent=12, label="  instead")


def _reasons(pair: Pair) -> Iterator[str]:
    yield pair.why
    if pair.legacy == "duplicate" or pair.modern == "duplicate":
        yield lost_share(pair.distinct_share) or ""
    if pair.overlap:
        yield "The streams of neighbouring epochs overlap: one epoch's worker 1 is the next one's worker 0."
    if pair.counts_why:
        yield f"Not counted: {pair.counts_why}."


@dataclass(frozen=True, slots=True)
class _Step:
    """One row of a story: a place with its line of code, or words where there is no place or no code."""

    label: str
    place: Place | None
    words: str
    note: str = ""


def _story(pair: Pair) -> Iterator[_Step]:
    """From the loader over its workers to the draws, in the order in which they happen."""
    yield _Step(
        "loader", Place.parse(pair.loader), "the loader is built", "" if pair.workers_evidence else _workers(pair)
    )
    if pair.workers_evidence:
        where = None if pair.workers_evidence == pair.loader else Place.parse(pair.workers_evidence)
        yield _Step("workers", where, _workers(pair), _workers(pair) if where else "")
    reseed_at = Place.parse(pair.reseed_at) if pair.reseed_at else None
    yield _Step("reseeding", reseed_at, _reseeding(pair), _reseeding(pair) if reseed_at else "")
    yield _Step("worker", Place.parse(pair.entry), f"runs {pair.dataset}")
    shown: set[str] = {pair.entry}
    for draw in _one_per_line(pair.draws)[:_DRAWS_SHOWN]:
        yield from _way(draw, shown)
        yield _Step("draws", Place(draw.path, draw.line), draw.api, draw.api)
    left_out = len(_one_per_line(pair.draws)) - _DRAWS_SHOWN
    if left_out > 0:
        yield _Step("", None, f"and on {left_out} more lines")
    yield _Step("from", None, DRAW_KIND_MEANING[pair.draw_kind])


def _way(draw: Draw, shown: set[str]) -> Iterator[_Step]:
    """The calls between the worker's entry and the draw that have not been shown before."""
    for step in draw.via:
        where, _, name = step.partition(" ")
        if where not in shown:
            shown.add(where)
            yield _Step("calls", Place.parse(where), name)


def _step(page: _Page, step: _Step, code: Code) -> None:
    label = f"  {step.label.ljust(_LABEL)}"
    if step.place is None:
        page.prose(step.words, indent=len(label), label=label)
        return
    place = visible(str(step.place))
    line = visible(code.get(step.place, "")).strip()
    page.line(page.ink.faint(label) + page.ink.place(place))
    indent = len(label) + 2
    if line:
        page.line(" " * indent + page.ink.strong(_clipped(line, page.width - indent)))
        if step.note and step.note not in line:
            page.prose(step.note, indent=indent)
    else:
        page.prose(step.words, indent=indent)


def _workers(pair: Pair) -> str:
    count = pair.workers_value
    many = "several workers" if count is None else "1 worker" if count == 1 else f"{count} workers"
    match pair.workers:
        case "zero":
            return "no workers: the parent process draws"
        case "unknown":
            return "as many workers as the user says, judged as if there were several"
        case "literal":
            words = many
        case "default":
            words = f"{many} by default"
    if pair.persistent_workers:
        words += ", which live on from epoch to epoch"
    if pair.start_method:
        words += f", started by {pair.start_method}"
    return words


def _reseeding(pair: Pair) -> str:
    return RESEED[pair.reseed] + (", and the same in every run" if pair.same_every_run else "")


def _checks(page: _Page, report: Report) -> None:
    if not report.checks:
        return
    page.gap()
    page.line(page.ink.strong("Beside the verdict"))
    for finding in report.checks:
        page.line(f"  {finding.code}  {page.ink.place(visible(f'{finding.path}:{finding.line}'))}")
        page.prose(finding.message, indent=len(f"  {finding.code}  "))


def _unread(page: _Page, report: Report) -> None:
    if not report.unread:
        return
    page.gap()
    page.line(page.ink.strong("Not read"))
    for entry in report.unread[:_UNREAD_SHOWN]:
        page.prose(f"{entry.path or '(the listing)'}: {entry.reason}", indent=2)
    if len(report.unread) > _UNREAD_SHOWN:
        page.line(f"  and {len(report.unread) - _UNREAD_SHOWN} more")


def _cost(report: Report) -> str:
    cost = report.cost
    files = "1 file" if cost.files == 1 else f"{cost.files:,} files"
    seen = f"{files}, {cost.parsed:,} parsed, {cost.bytes:,} bytes, {cost.seconds:.2f} s"
    return f"{seen}; seedwatch {report.analyzer.version}"


def _outcome(ink: Ink, outcome: Outcome) -> str:
    return ink.outcome(OUTCOME_NAME[outcome].ljust(14), outcome)


def _one_per_line(draws: Sequence[Draw]) -> Sequence[Draw]:
    return list({(draw.path, draw.line): draw for draw in reversed(draws)}.values())[::-1]


def _clipped(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 1, 1)] + "…"
