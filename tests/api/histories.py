"""A repository's history, for a store that is to have one."""

from analysis.history.change import Verdicts
from analysis.history.story import Episode, History, Step

BUG = Verdicts(True, "duplicate", "clean", "affected_on_old_torch")
CLEAN = Verdicts(True, "clean", "clean", "mitigated")


def episode(began: str, last: str, ended_by: str | None, attempts: int = 0) -> Episode:
    """A life of the bug."""
    ended = "e" * 40 if ended_by else None
    return Episode("b" * 40, began, ended, last if ended_by else None, ended_by, last, attempts, False)  # type: ignore[arg-type]


def step(commit: str, day: str, event: str, verdicts: Verdicts, ended_by: str | None = None) -> Step:
    """A step whose changed line must be escaped."""
    lines = ("+<script>alert(1)</script>",)
    return Step(commit * 40, None, day, event, verdicts, ended_by, "WS101", "global", "none", ("a.py",), lines)  # type: ignore[arg-type]


HISTORY = History(
    head="e" * 40,
    analyzer_version="0.1.0",
    commits=1234,
    relevant=900,
    suspects=5,
    looked_at=9,
    exact=False,
    first_on="2019-01-01",
    last_on="2022-01-01",
    steps=(
        step("a", "2019-01-01", "first", BUG),
        step("c", "2019-06-01", "attempt", BUG),
        step("e", "2020-01-01", "ended", CLEAN, "reseeding"),
    ),
    episodes=(episode("2019-01-01", "2020-01-01", "reseeding", attempts=1),),
)
