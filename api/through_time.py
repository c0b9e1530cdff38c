"""What the histories of all repositories say together: how long the bug lives, what ends it, and how common it was."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from analysis.history.change import REAL_FIXES, Ending
from analysis.history.story import Episode
from analysis.prevalence import Interval, Lifetime, kaplan_meier, median_lifetime, wilson
from api.answers import API
from miner.store.histories import StateAt

LIVES: Final = f"{API}/stats/history/lives"
TRIES: Final = f"{API}/stats/fixes/commits"
FOLLOWED: Final = f"{API}/stats/history/repositories"


def year_rows(year: int) -> str:
    """Where the repositories are listed that could have the bug at the end of a year."""
    return f"{API}/stats/trend/{year}/rows"


@dataclass(frozen=True, slots=True)
class Ended:
    """How many lives of the bug ended in one way. `real`: NumPy is still drawn from in workers, and nothing repeats."""

    by: Ending
    count: int
    real: bool

    @property
    def rows(self) -> str:
        """Where these lives are listed."""
        return f"{LIVES}?ended_by={self.by}"


@dataclass(frozen=True, slots=True)
class Point:
    """A step of the survival curve: from `days` on, `share` are still alive."""

    days: float
    at_risk: int
    ended: int
    share: float
    interval: Interval

    @property
    def rows(self) -> str:
        """Where the lives are listed that were alive until then."""
        return f"{LIVES}?min_days={self.days:.0f}"

    @property
    def ended_rows(self) -> str:
        """Where those are listed that ended on that day."""
        return f"{self.rows}&max_days={self.days:.0f}&seen_to_end=true"


@dataclass(frozen=True, slots=True)
class Year:
    """At the end of a year, or on the last day known: those that could have the bug, and those that had it."""

    year: int
    eligible: int
    affected: int
    interval: Interval

    @property
    def share(self) -> float | None:
        """None where none could have it."""
        return self.affected / self.eligible if self.eligible else None

    @property
    def rows(self) -> str:
        """Where those that could have it are listed."""
        return year_rows(self.year)

    @property
    def affected_rows(self) -> str:
        """Where those that had it are listed."""
        return f"{self.rows}?affected=true"


@dataclass(frozen=True, slots=True)
class ThroughTime:
    """`fixes` ended the bug by mending it, `attempts` were meant to and did not."""

    repositories: int
    lives: int
    alive: int
    fixes: int
    attempts: int
    fixes_interval: Interval
    endings: Sequence[Ended]
    survival: Sequence[Point]
    median_days: float | None
    longest_days: float
    years: Sequence[Year]

    @property
    def fixes_that_work(self) -> float | None:
        """Of all that was tried; None where nothing was."""
        return self.fixes / (self.fixes + self.attempts) if self.fixes + self.attempts else None

    @property
    def repositories_rows(self) -> str:
        """Where the repositories are listed."""
        return FOLLOWED

    @property
    def rows(self) -> str:
        """Where all lives are listed."""
        return LIVES

    @property
    def alive_rows(self) -> str:
        """Where those are listed that have not ended."""
        return f"{LIVES}?alive=true"

    @property
    def fixes_rows(self) -> str:
        """Where the commits are listed that mended it."""
        return f"{TRIES}?works=true"

    @property
    def attempts_rows(self) -> str:
        """Where those are listed that were meant to."""
        return f"{TRIES}?works=false"


def through_time(episodes: Sequence[Episode], states: Sequence[StateAt], today: date) -> ThroughTime:
    """The figures over all histories that are stored."""
    lifetimes = [lifetime(episode) for episode in episodes]
    ended = Counter(episode.ended_by for episode in episodes if episode.ended_by is not None)
    fixes = sum(count for by, count in ended.items() if by in REAL_FIXES)
    attempts = sum(episode.attempts for episode in episodes)
    steps = kaplan_meier(lifetimes)
    return ThroughTime(
        repositories=len({state.repository_id for state in states}),
        lives=len(episodes),
        alive=sum(episode.ended_by is None for episode in episodes),
        fixes=fixes,
        attempts=attempts,
        fixes_interval=wilson(fixes, fixes + attempts),
        endings=[Ended(by, count, by in REAL_FIXES) for by, count in ended.most_common()],
        survival=[Point(*step) for step in steps],
        median_days=median_lifetime(steps),
        longest_days=max((life.days for life in lifetimes), default=0.0),
        years=_years(states, today),
    )


def lifetime(episode: Episode) -> Lifetime:
    """For how long it was seen, and whether to its end.

    A bug that was there at a repository's oldest commit was born with it; one lost from sight had no end."""
    began, last = date.fromisoformat(episode.began_on), date.fromisoformat(episode.last_seen_on)
    # Commits claim their dates themselves, and a later one may claim to be older.
    return Lifetime(float(max(0, (last - began).days)), episode.ended_by not in (None, "lost"))


def _years(states: Sequence[StateAt], today: date) -> list[Year]:
    eligible: Counter[int] = Counter()
    affected: Counter[int] = Counter()
    for _, steps in groupby(states, key=lambda state: state.repository_id):
        of_one = list(steps)
        first = min(state.day.year for state in of_one)
        for year in range(first, today.year + 1):
            last = _last(of_one, year)
            eligible[year] += last is not None and last.eligible is True
            affected[year] += last is not None and last.eligible is True and last.affected
    return [
        Year(year, eligible[year], affected[year], wilson(affected[year], eligible[year]))
        for year in sorted(eligible)
        if eligible[year]
    ]


def _last(states: Sequence[StateAt], year: int) -> StateAt | None:
    """A repository's verdict at the end of a year, None before its first commit."""
    # The latest claim stands where dates run backwards, as the line's order has it.
    before = [state for state in states if state.day.year <= year]
    return before[-1] if before else None


def at_the_end_of(year: int, states: Sequence[StateAt]) -> list[StateAt]:
    """The verdict of each repository that there was at the end of a year."""
    each = (_last(list(steps), year) for _, steps in groupby(states, key=lambda state: state.repository_id))
    return [state for state in each if state is not None]
