"""A report as text for a person: the verdict in one line, then each pair as a story from the loader to the draw."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from analysis.places import Place
from analysis.report import Answer, Draw, Environment, Outcome, Pair, Report
from api.visible import visible
from api.words import (
    DRAW_KIND_MEANING,
    OUTCOME_NAME,
    OUTCOME_SENTENCE,
    RESEED,
    TORCH_RANGE,
    VERDICT_NAME,
    VERDICT_TONE,
    form,
    headline,
    lost_share,
    upgrade,
    why_not,
)
from seedwatch.output.ink import Ink

Code = Mapping[Place, str]
"""The text of the lines that a report names, as far as they are known."""

_INDENT = 12
_FACT = 22
_OUTCOME = 14
_NARROWEST = 20
_LINE_ENDS = {ord("\t"): " ", ord("\n"): "␊", ord("\r"): "␍"}
_LONGEST_PLACE = 40
_DRAWS_SHOWN = 8
_UNREAD_SHOWN = 10


def text(report: Report, code: Code, *, ink: Ink, width: int = 100, notes: Sequence[str] = ()) -> str:
    """The whole report, ending in a newline; no line is longer than `width` but those that hold a longer word.

    `notes` are sentences about what is told and what is not.
    """
    page = _Page(ink, width)
    _head(page, report, notes)
    for number, pair in enumerate(report.pairs, start=1):
        page.gap()
        _pair(page, number, pair, code, [answer for answer in report.answers if answer.finding == pair.id])
    _checks(page, report)
    _unread(page, report)
    page.gap()
    page.line(ink.faint(_cost(report)))
    return page.text()


class _Page(msgspec.Struct):
    """Lines in the making. What comes from a repository is made visible here, once, for all of it."""

    ink: Ink
    width: int
    lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text.rstrip())

    def gap(self) -> None:
        self.lines.append("")

    def prose(self, text: str, *, indent: int, head: str | None = None) -> None:
        """A paragraph, broken into lines and indented; `head` stands in the margin of the first, as wide as it is."""
        margin = " " * indent
        width = max(self.width - indent, _NARROWEST)
        body = textwrap.wrap(_shown(text), width, break_long_words=False, break_on_hyphens=False)
        for number, piece in enumerate(body or [""]):
            self.line((head if number == 0 and head else margin) + piece)

    def entry(self, label: str, text: str) -> None:
        """A paragraph about a pair, its label in the margin."""
        self.prose(text, indent=_INDENT, head=self.ink.faint(_label(label)))

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def _head(page: _Page, report: Report, notes: Sequence[str]) -> None:
    ink = page.ink
    verdict = VERDICT_NAME[report.verdict].upper() + "  "
    page.prose(headline(report), indent=len(verdict), head=ink.loud(verdict, VERDICT_TONE[report.verdict]))
    page.gap()
    for label, outcome in _environments(report):
        head = f"  {ink.faint(label.ljust(_FACT - 2))}{ink.outcome(OUTCOME_NAME[outcome].ljust(_OUTCOME), outcome)}"
        page.prose(OUTCOME_SENTENCE[outcome], indent=_FACT + _OUTCOME, head=head)
    for label, value in _facts(report):
        page.prose(value, indent=_FACT, head=ink.faint(f"  {label}".ljust(_FACT)))
    for sentence in (why_not(report), upgrade(report), *notes):
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
        yield f"torch {torch}" + ("" if side.start == "any" else f", {side.start}"), side.outcome


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    evidence = f" ({report.torch.evidence})" if report.torch.evidence else ""
    asked = f"torch{report.torch.specifier}{evidence}: " if report.torch.specifier else ""
    stated = report.torch.specifier or report.torch.evidence
    yield "asks for", f"{asked}{TORCH_RANGE[report.torch.range]}" if stated else "nothing is stated of PyTorch"
    if report.commit:
        date = f" of {report.commit_date}" if report.commit_date else ""
        yield "commit", report.commit[:12] + date


def _pair(page: _Page, number: int, pair: Pair, code: Code, answers: Sequence[Answer]) -> None:
    ink = page.ink
    title = f"{number}  {pair.code}  {_shown(pair.dataset)}"
    aside = "" if pair.counts else " listed, not counted"
    page.line(f"{ink.strong(title)} {ink.faint('─' * max(2, page.width - len(title) - len(aside) - 1) + aside)}")
    page.gap()
    story = list(_story(pair, code))
    widest = max((len(step.place) for step in story if len(step.place) <= _LONGEST_PLACE), default=0)
    for step in story:
        _step(page, step, widest)
    page.gap()
    page.entry("workers", _workers(pair))
    page.entry("reseeded", _reseeding(pair))
    page.entry("from", DRAW_KIND_MEANING[pair.draw_kind])
    sides = (("< 1.9", pair.legacy), (">= 1.9", pair.modern))
    outcomes = ", ".join(f"torch {torch} {ink.outcome(OUTCOME_NAME[outcome], outcome)}" for torch, outcome in sides)
    page.line(f"{ink.faint(_label('outcome'))}{outcomes}")
    page.gap()
    page.entry("why", " ".join(filter(None, _reasons(pair))))
    if pair.fix:
        page.entry("instead", pair.fix)
    for answer in answers:
        page.entry(answer.says, f"{answer.reason} ({answer.place})")


def _label(text: str) -> str:
    return f"  {text}".ljust(_INDENT)


def _reasons(pair: Pair) -> Iterator[str | None]:
    yield pair.why
    if "duplicate" in (pair.legacy, pair.modern):
        yield lost_share(pair.distinct_share)
    if pair.overlap:
        yield "The streams of neighbouring epochs overlap: one epoch's worker 1 is the next one's worker 0."
    if pair.counts_why:
        yield f"Not counted: {pair.counts_why}."


class _Step(msgspec.Struct, frozen=True):
    """One row of a story: what happens, where, and the line of code or a name for it."""

    label: str
    place: str
    words: str


def _story(pair: Pair, code: Code) -> Iterator[_Step]:
    """From the loader into the worker and on to the draws, in the order in which they happen."""

    def quoted(where: str, otherwise: str) -> str:
        place = Place.parse(where)
        return (code.get(place, "").strip() if place else "") or otherwise

    yield _Step("loader", pair.loader, quoted(pair.loader, "builds the loader"))
    if pair.workers_evidence not in (None, pair.loader):
        yield _Step("workers", pair.workers_evidence, quoted(pair.workers_evidence, "says how many workers"))
    if pair.reseed_at:
        yield _Step("reseeds", pair.reseed_at, quoted(pair.reseed_at, "reseeds the worker"))
    shown: set[str] = set()
    lines = _one_per_line(pair.draws)
    for draw in lines[:_DRAWS_SHOWN]:
        for step in draw.via:
            where, _, name = step.partition(" ")
            if where not in shown:
                yield _Step("calls" if shown else "runs", where, name or quoted(where, ""))
                shown.add(where)
        yield _Step("draws", f"{draw.path}:{draw.line}", quoted(f"{draw.path}:{draw.line}", draw.api))
    if len(lines) > _DRAWS_SHOWN:
        yield _Step("", "", f"and on {len(lines) - _DRAWS_SHOWN} more lines")


def _step(page: _Page, step: _Step, widest: int) -> None:
    """One row; a place too long for its column has the words in a row of their own."""
    place, words = _shown(step.place), _shown(step.words)
    head = page.ink.faint(_label(step.label)) + page.ink.place(place)
    column = _INDENT + widest + 2
    if len(place) > widest:
        page.line(head)
        head, place = " " * _INDENT, ""
    shown = _clipped(words, page.width - column)
    page.line(
        f"{head}{' ' * (column - _INDENT - len(place))}{page.ink.strong(shown) if step.label == 'draws' else shown}"
    )


def _workers(pair: Pair) -> str:
    count = pair.workers_value
    many = "several" if count is None else str(count)
    match pair.workers:
        case "zero":
            return "none: the parent process draws"
        case "unknown":
            return "as many as the user says; judged as if there were several"
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
    if "unknown" in (pair.legacy, pair.modern):
        return "by what cannot be read here"
    if pair.reseed == "none":
        return "never"
    return RESEED[pair.reseed].removeprefix("reseeded ") + (", the same in every run" if pair.same_every_run else "")


def _checks(page: _Page, report: Report) -> None:
    if not report.checks:
        return
    page.gap()
    page.line(page.ink.strong("Beside the verdict"))
    for finding in report.checks:
        head = f"  {finding.code}  "
        page.line(f"{head}{page.ink.place(_shown(f'{finding.path}:{finding.line}'))}  {form(finding.code)}".rstrip())
        page.prose(finding.message, indent=len(head))
        if finding.fix:
            page.prose(finding.fix, indent=len(head))
        for answer in report.answers:
            if answer.finding == finding.id:
                page.prose(f"{answer.says}: {answer.reason} ({answer.place})", indent=len(head))


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


def _shown(text: str) -> str:
    """Text from a repository, which can neither end its line nor do anything to a terminal."""
    return visible(text).translate(_LINE_ENDS)


def _one_per_line(draws: Sequence[Draw]) -> Sequence[Draw]:
    return list({(draw.path, draw.line): draw for draw in reversed(draws)}.values())[::-1]


def _clipped(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(width - 1, 1)] + "…"
