"""The home page's figures, ready to be drawn: shares, bars, and the address of the rows behind each.

Bars are rectangles in the page's own markup rather than a charting library's picture. Measured here: Altair with
vl-convert takes 1.25 s for a process's first chart, 76 ms for each after it, 125 MB of memory and 84 MB of disk; a bar
of ours takes microseconds, follows the page's colours in the dark and on paper, and sits in the row of the table that
states its number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from analysis.report import DrawKind, Outcome, Reseed, TorchRange, Verdict
from api import words
from api.filters import rows_address, rows_behind
from api.sampled import FigureOf
from api.schemas import Figure, PrevalenceAnswer
from miner.store.records import FunnelCounts, Prevalence, PrevalenceBy, StateCounts

EXPLORE: Final = "/explore"
_FUNNEL: Final = (
    ("scanned", "scanned"),
    ("imports_torch", "import torch"),
    ("custom_code_in_loader", "run their own code in a loader"),
    ("numpy_draw", "draw from NumPy"),
    ("draw_in_worker", "draw in what a worker runs"),
    ("multiprocess_loader", "start worker processes"),
    ("affected", "affected"),
)
_YEARS_SHOWN: Final = 10
NO_FORMS: Final = frozenset({"WS000", "WS001"})
"""The codes of pairs of which nobody can tell, and of those in which nothing repeats: no forms of the bug."""
_ANSWERED: Final = frozenset({"scanned"})


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the large numbers. `share` is None where the denominator is 0."""

    label: str
    numerator: int
    denominator: int
    share: float | None
    note: str
    url: str
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """The large numbers and what they rest on: a census of what was scanned, or the random sample of this name."""

    sample: str | None
    scanned: int
    eligible: int
    undecided: int
    unanswered: int
    headline: Sequence[Headline]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel; shares of all that were scanned, and of the step before."""

    label: str
    count: int
    share: float
    of_previous: float | None
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a breakdown: `count`, out of `of` where that is not the same for all rows."""

    label: str
    count: int
    of: int | None
    share: float
    tone: Outcome
    url: str


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A small table with bars."""

    slug: str
    title: str
    note: str
    column: str
    unit: str
    rows: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class StateLine:
    """Repositories without an answer, by state."""

    label: str
    count: int
    meaning: str
    url: str


_LABELS: Final[dict[FigureOf, str]] = {
    "affected": "have the bug on a PyTorch that they admit",
    "legacy": "would repeat below PyTorch 1.9",
    "modern": "repeat from PyTorch 1.9 on",
}


def figures(whole: Prevalence, states: StateCounts, sampled: PrevalenceAnswer | None = None) -> Figures:
    """The shares that the home page opens with: the sample's, once one has drawn repositories that can have the bug."""
    known = sum(states.repositories.values())
    drawn = None if sampled is None or not sampled.groups[0].eligible else sampled
    return Figures(
        sample=None if drawn is None else drawn.sample,
        scanned=whole.scanned,
        eligible=whole.eligible,
        undecided=whole.undecided,
        unanswered=known - whole.scanned,
        headline=_census(whole) if drawn is None else _drawn(drawn),
    )


def _census(whole: Prevalence) -> list[Headline]:
    counted: dict[FigureOf, tuple[int, int]] = {
        "affected": (whole.affected, 0),
        "legacy": (whole.legacy_bug, whole.legacy_unknown),
        "modern": (whole.modern_bug, whole.modern_unknown),
    }
    return [
        Headline(
            label=_LABELS[name],
            numerator=numerator,
            denominator=whole.eligible,
            share=_share(numerator, whole.eligible),
            note=_unknown_note(unknown),
            url=rows_address(EXPLORE, rows_behind(name)),
        )
        for name, (numerator, unknown) in counted.items()
    ]


def _drawn(sampled: PrevalenceAnswer) -> list[Headline]:
    found: list[Headline] = []
    for name, label in _LABELS.items():
        figure: Figure = getattr(sampled.groups[0], name)
        found.append(
            Headline(
                label=label,
                numerator=figure.numerator,
                denominator=figure.denominator,
                share=figure.share,
                note=_unknown_note(0 if name == "affected" else figure.unknown),
                url=rows_address(EXPLORE, rows_behind(name, sample=sampled.sample)),
                interval=figure.interval,
            )
        )
    return found


def _unknown_note(unknown: int) -> str:
    return f"; {unknown:,} could not be told" if unknown else ""


def funnel(counts: FunnelCounts) -> list[Step]:
    """The steps from all that were scanned to those affected."""
    steps: list[Step] = []
    previous: int | None = None
    for name, label in _FUNNEL:
        count: int = getattr(counts, name)
        asked = {"scanned": "true"} if previous is None else {"passed": name}
        steps.append(
            Step(
                label=label,
                count=count,
                share=_share(count, counts.scanned) or 0.0,
                of_previous=_share(count, previous) if previous else None,
                url=rows_address(EXPLORE, asked),
            )
        )
        previous = count
    return steps


def verdicts(whole: Prevalence) -> Breakdown:
    """How many repositories have each verdict."""
    names: tuple[Verdict, ...] = get_args(Verdict)
    rows = [
        Bar(
            label=words.VERDICT_NAME[name],
            count=whole.verdicts.get(name, 0),
            of=None,
            share=_share(whole.verdicts.get(name, 0), whole.scanned) or 0.0,
            tone=words.VERDICT_TONE[name],
            url=rows_address(EXPLORE, {"verdict": name}),
        )
        for name in names
    ]
    return Breakdown("verdicts", "By verdict", "Of all that were scanned.", "Verdict", "Repositories", rows)


def torch_ranges(groups: Iterable[Prevalence]) -> Breakdown:
    """How many of those that ask for each PyTorch are affected."""
    names: dict[str, str] = {name: words.TORCH_RANGE[name] for name in get_args(TorchRange)}
    rows = _affected_rows("torch_range", names, groups)
    return Breakdown(
        "torch", "By the PyTorch they ask for", "Affected, of the eligible ones.", "Admits", "Affected", rows
    )


def draw_kinds(groups: Iterable[Prevalence]) -> Breakdown:
    """How many repositories with each kind of draw are affected."""
    names: dict[str, str] = {name: words.DRAW_KIND[name] for name in get_args(DrawKind)}
    rows = _affected_rows("draw_kind", names, groups)
    return Breakdown(
        "draws", "By what they draw from", "The worst loader of each eligible one.", "Generator", "Affected", rows
    )


def reseeds(groups: Iterable[Prevalence]) -> Breakdown:
    """Which ways of reseeding leave repositories affected."""
    names: dict[str, str] = {name: words.RESEED[name] for name in get_args(Reseed)}
    rows = _affected_rows("reseed", names, groups)
    return Breakdown(
        "reseeding",
        "By how they reseed",
        "Which of the fixes that people write still repeat.",
        "Form",
        "Affected",
        rows,
    )


def years(groups: Iterable[Prevalence]) -> Breakdown:
    """How many are affected of those whose scanned commit is of each year."""
    found = list(groups)
    known = sorted((group.group for group in found if group.group and group.group.isdecimal()), reverse=True)
    names = {year: year for year in known[:_YEARS_SHOWN]}
    rows = _affected_rows("year", names, found)
    return Breakdown("years", "By the year of the commit", "Affected, of the eligible ones.", "Year", "Affected", rows)


def forms(groups: Iterable[Prevalence]) -> Breakdown:
    """How many repositories have each form of the bug."""
    by_code = {group.group: group for group in groups}
    names = {
        code: f"{code} {words.form(code)}"
        for code in sorted(filter(None, by_code))
        if code.startswith("WS") and code not in NO_FORMS
    }
    rows = _affected_rows("check", names, by_code.values())
    return Breakdown("forms", "By the form of the bug", "A repository may have several.", "Form", "Affected", rows)


def unanswered(states: StateCounts) -> list[StateLine]:
    """The states of repositories that have no verdict, most common first."""
    lines = [
        StateLine(words.STATE_NAME[state], count, words.STATE_MEANING[state], f"{EXPLORE}?state={state}")
        for state, count in states.repositories.items()
        if state not in _ANSWERED and count
    ]
    return sorted(lines, key=lambda line: -line.count)


def _affected_rows(by: PrevalenceBy, names: dict[str, str], groups: Iterable[Prevalence]) -> list[Bar]:
    by_group = {group.group: group for group in groups}
    return [
        Bar(
            label=label,
            count=group.affected,
            of=group.eligible,
            share=_share(group.affected, group.eligible) or 0.0,
            tone="duplicate",
            url=rows_address(EXPLORE, rows_behind("eligible", by, name)),
        )
        for name, label in names.items()
        if (group := by_group.get(name)) is not None and group.eligible
    ]


def _share(count: int, whole: int) -> float | None:
    return count / whole if whole else None
