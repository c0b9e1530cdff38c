"""The study's numbers. Each is a count of rows, and carries the query that counts it over the published table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from analysis.prevalence import (
    MEASUREMENTS,
    Bounds,
    Corrected,
    Counted,
    Interval,
    bounds,
    by_content,
    rogan_gladen,
    wilson,
)
from analysis.report import BUGS
from analysis.study.rows import DAYS, Day, Row

Which = Literal["legacy", "modern", "affected"]

TABLE: Final = "repositories"


@dataclass(frozen=True, slots=True)
class Figure:
    """A count: what it counts, in which rows, and as a condition in SQL on the published table."""

    name: str
    label: str
    holds: Callable[[Row], bool]
    condition: str

    def query(self, day: Day) -> str:
        """Counts the same over the published table, in any database."""
        # Published for readers to run; no database is asked here.
        return f"SELECT count(*) FROM {TABLE} WHERE day = '{day}' AND {self.condition}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Share:
    """How common the bug is on one day, every way in which it is published.

    The denominator is the eligible repositories: custom code, a NumPy draw in it that runs in a worker, several
    processes. `interval` is Wilson's, and holds for a random sample of whatever the list stands for; `bounds` what
    the unknown ones leave open; `once` counts copies of the same code one time; `corrected` takes the detector's own
    errors out, None where labels cannot say.
    """

    which: Which
    day: Day
    label: str
    numerator: int
    denominator: int
    unknown: int
    interval: Interval
    bounds: Bounds
    once: Counted
    corrected: Corrected | None
    numerator_query: str
    denominator_query: str

    @property
    def share(self) -> float | None:
        """None where nothing is eligible."""
        return self.numerator / self.denominator if self.denominator else None


def _funnel(name: str, label: str, *steps: str) -> Figure:
    """A step keeps what passed all steps before it; the report's own funnel does the same."""
    return Figure(
        name,
        label,
        lambda row: all(getattr(row, step) for step in steps),
        " AND ".join(f"{step} = 1" for step in steps),
    )


ELIGIBLE: Final = Figure("eligible", "eligible", lambda row: row.eligible is True, "eligible = 1")

FIGURES: Final[tuple[Figure, ...]] = (
    Figure("listed", "in the list", lambda row: True, "1 = 1"),
    Figure("there", "had a commit by that day", lambda row: row.state != "not_there_yet", "state <> 'not_there_yet'"),
    Figure("analysed", "could be analysed", lambda row: row.state == "analysed", "state = 'analysed'"),
    _funnel("imports_torch", "import PyTorch", "imports_torch"),
    _funnel("custom_code", "run their own code in a loader", "custom_code_in_loader"),
    _funnel("numpy_draw", "draw from NumPy", "numpy_draw"),
    _funnel("draw_in_worker", "draw in what a worker runs", "draw_in_worker"),
    ELIGIBLE,
    Figure(
        "undecided",
        "of which it cannot be told",
        lambda row: _undecided(row),
        "state = 'analysed' AND eligible IS NULL",
    ),
)
"""The funnel, from the list to the denominator; and what is in neither."""

_BUG_NAMES = ", ".join(f"'{name}'" for name in sorted(BUGS))

BUG: Final[dict[Which, Figure]] = {
    "legacy": Figure(
        "legacy",
        "have the bug below PyTorch 1.9",
        lambda row: _is(row, row.legacy in BUGS),
        f"eligible = 1 AND legacy IN ({_BUG_NAMES})",
    ),
    "modern": Figure(
        "modern",
        "have the bug from PyTorch 1.9 on",
        lambda row: _is(row, row.modern in BUGS),
        f"eligible = 1 AND modern IN ({_BUG_NAMES})",
    ),
    "affected": Figure(
        "affected",
        "have the bug on a PyTorch that they admit",
        lambda row: _is(row, (row.verdict or "").startswith("affected")),
        "eligible = 1 AND verdict LIKE 'affected%'",
    ),
}
UNKNOWN: Final[dict[Which, Figure]] = {
    "legacy": Figure(
        "legacy_unknown",
        "cannot be told below 1.9",
        lambda row: _is(row, row.legacy == "unknown"),
        "eligible = 1 AND legacy = 'unknown'",
    ),
    "modern": Figure(
        "modern_unknown",
        "cannot be told from 1.9 on",
        lambda row: _is(row, row.modern == "unknown"),
        "eligible = 1 AND modern = 'unknown'",
    ),
    "affected": Figure(
        "affected_unknown",
        "cannot be told",
        lambda row: _is(row, row.verdict == "unknown"),
        "eligible = 1 AND verdict = 'unknown'",
    ),
}


def count_all(rows: Sequence[Row]) -> list[tuple[Figure, dict[Day, int]]]:
    """Every count on both days, in the order of publication."""
    figures = (*FIGURES, *BUG.values(), *UNKNOWN.values())
    return [
        (figure, {day: sum(figure.holds(row) for row in rows if row.day == day) for day in DAYS}) for figure in figures
    ]


def shares(rows: Sequence[Row]) -> list[Share]:
    """How common the bug is under each meaning, on each day."""
    return [_share(which, day, [row for row in rows if row.day == day]) for which in BUG for day in DAYS]


def _share(which: Which, day: Day, rows: Sequence[Row]) -> Share:
    eligible = [row for row in rows if ELIGIBLE.holds(row)]
    hits = sum(BUG[which].holds(row) for row in eligible)
    unknown = sum(UNKNOWN[which].holds(row) for row in eligible)
    _, once = by_content((row.content, BUG[which].holds(row)) for row in eligible)
    # A verdict is of whichever side a repository admits: what is known of the detector there is the older side's.
    detector = MEASUREMENTS[-1].detectors["modern" if which == "modern" else "legacy"]
    return Share(
        which=which,
        day=day,
        label=BUG[which].label,
        numerator=hits,
        denominator=len(eligible),
        unknown=unknown,
        interval=wilson(hits, len(eligible)),
        bounds=bounds(hits, unknown, len(eligible)),
        once=once,
        corrected=rogan_gladen(hits, len(eligible), detector),
        numerator_query=BUG[which].query(day),
        denominator_query=ELIGIBLE.query(day),
    )


def _is(row: Row, holds: bool) -> bool:
    return row.eligible is True and holds


def _undecided(row: Row) -> bool:
    return row.state == "analysed" and row.eligible is None
