"""The rows behind what is said of all histories together: lives, commits, years and repositories, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

from pydantic import Field

from analysis.history.change import REAL_FIXES, Ending
from analysis.report import Reseed
from api.filters import Text
from api.parted import Key, PartQuery
from api.state import Shared
from api.through_time import at_the_end_of, lifetime
from miner.store import Store
from miner.store.histories import Followed, Life
from miner.store.tries import Try

_MOST_DAYS: Final = 10**6


class Named(Protocol):
    """A row of a repository."""

    @property
    def host(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=Named)


class LivesQuery(PartQuery):
    """The query of a list of lives of the bug."""

    ended_by: Ending | None = Field(None, description="Only those that ended so.")
    alive: bool | None = Field(None, description="Only those that have not ended, or only those that have.")
    min_days: int | None = Field(None, ge=0, le=_MOST_DAYS, description="Only those seen for at least this many days.")
    max_days: int | None = Field(None, ge=0, le=_MOST_DAYS, description="Only those seen for at most this many days.")
    seen_to_end: bool | None = Field(
        None, description="Only those that were seen to end: not alive, and not lost from sight."
    )

    def admits(self, life: Life) -> bool:
        """Whether the list has this one."""
        episode = life.episode
        days, ended = lifetime(episode)
        return (
            self.ended_by in (None, episode.ended_by)
            and (self.alive is None or self.alive == (episode.ended_by is None))
            and (self.min_days is None or days >= self.min_days)
            and (self.max_days is None or days <= self.max_days)
            and self.seen_to_end in (None, ended)
        )


class TriesQuery(PartQuery):
    """The query of a list of commits that ended the bug or were meant to."""

    works: bool | None = Field(
        None, description="Only those that mended it, or only those that were meant to and did not."
    )
    ended_by: Ending | None = Field(None, description="Only those that ended it so, which is not always to mend it.")
    form: Text | None = Field(None, description="Only those that left it alive in this form.")
    reseed: Reseed | None = Field(None, description="Only those that left it alive, reseeded so.")

    def admits(self, one: Try) -> bool:
        """Whether the list has this one."""
        return (
            (self.works is None or (one.ended_by in REAL_FIXES if self.works else one.ended_by is None))
            and self.ended_by in (None, one.ended_by)
            and (self.form is None or (one.ended_by is None and one.form == self.form))
            and (self.reseed is None or (one.ended_by is None and one.reseed == self.reseed))
        )


class YearQuery(PartQuery):
    """The query of the rows of a year."""

    affected: bool | None = Field(None, description="Only those that had the bug, or only the others.")


@dataclass(frozen=True, slots=True)
class YearRow:
    """A repository that could have the bug at the end of a year."""

    host: str
    owner: str
    name: str
    affected: bool


def lives(shared: Shared, query: LivesQuery) -> list[Life]:
    """Those that the query admits, by name and time."""
    store = shared.store
    kept = shared.fresh.get("lives", lambda: sorted(store.histories.lives(), key=in_order), store.histories.mark)
    return [life for life in kept if query.admits(life)]


def tries(shared: Shared, query: TriesQuery) -> list[Try]:
    """Those that the query admits, by name and time."""
    store = shared.store
    kept = shared.fresh.get("tries", lambda: sorted(store.tries.commits(), key=in_order), store.histories.mark)
    return [one for one in kept if query.admits(one)]


def of_year(shared: Shared, year: int, affected: bool | None = None) -> list[YearRow]:
    """The rows behind a year of the trend, by name."""
    if year > datetime.now(UTC).year:
        return []
    store = shared.store
    kept = shared.fresh.get(("year", year), lambda: _of_year(store, year), store.histories.mark)
    return [row for row in kept if affected in (None, row.affected)]


def followed(shared: Shared) -> Sequence[Followed]:
    """All repositories with a history, by name."""
    store = shared.store
    return shared.fresh.get("followed", lambda: _by_name(store.histories.followed()), store.histories.mark)


def by_name(row: Named) -> Key:
    """Where a row of a repository stands in a list by name."""
    return row.host, row.owner.lower(), row.name.lower()


def in_order(row: Life | Try) -> Key:
    """The same where a repository has several rows."""
    return (*by_name(row), row.position)


def _of_year(store: Store, year: int) -> list[YearRow]:
    stood = at_the_end_of(year, store.histories.states())
    could = {state.repository_id: state.affected for state in stood if state.eligible}
    rows = (one for one in store.histories.followed() if one.repository_id in could)
    return _by_name([YearRow(one.host, one.owner, one.name, could[one.repository_id]) for one in rows])


def _by_name(rows: Sequence[_N]) -> list[_N]:
    return sorted(rows, key=by_name)
