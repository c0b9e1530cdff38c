"""A history as a value: the steps at which something changed, and the lives of the bug between them."""

from dataclasses import dataclass

from analysis.history.change import Ending, Event, Verdicts


@dataclass(frozen=True, slots=True)
class Step:
    """A commit at which something changed, or should have.

    `paths` are the relevant files that it changed, those with changed lines of interest first; `lines` the changed
    lines themselves, `+` or `-` before each, at most ten. `ended_by` stands with the event `ended` alone.
    """

    commit: str
    parent: str | None
    date: str
    event: Event
    verdicts: Verdicts
    ended_by: Ending | None
    form: str | None
    draw_kind: str | None
    reseed: str | None
    paths: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """One life of the bug, from the commit that brought it to the one that ended it; None where it still lives.

    `attempts` are fixes during it that did not end it. `censored`: it was there at the oldest commit, or it was lost
    from sight, so that its true length is not known.
    """

    began: str
    began_on: str
    ended: str | None
    ended_on: str | None
    ended_by: Ending | None
    last_seen_on: str
    attempts: int
    censored: bool


@dataclass(frozen=True, slots=True)
class History:
    """What was found. `commits` is the length of the line, `relevant` how many changed a relevant file.

    `looked_at` were analysed; `exact` is whether every suspect commit was, or lies between equal ones that were.
    """

    head: str
    analyzer_version: str
    commits: int
    relevant: int
    suspects: int
    looked_at: int
    exact: bool
    first_on: str
    last_on: str
    steps: tuple[Step, ...]
    episodes: tuple[Episode, ...]
