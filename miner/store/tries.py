"""What people tried against the bug, over all histories that are stored: what ended it, and what did not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from analysis.history.change import Ending
from analysis.report import Reseed
from miner.store.models import HistoryStepRow, RepositoryRow

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Ended:
    """How many commits ended the bug in one way, in how many repositories."""

    by: Ending
    commits: int
    repositories: int


@dataclass(frozen=True, slots=True)
class Attempted:
    """How many commits were meant to mend the bug and did not, by the form and the reseeding after them."""

    form: str | None
    reseed: str | None
    commits: int
    repositories: int


@dataclass(frozen=True, slots=True)
class Try:
    """A commit that ended the bug, in the way `ended_by`, or that was meant to and left it alive, where that is None.

    `position` is its place in the repository's history; `form` and `reseed` are what the bug had after it.
    """

    host: str
    owner: str
    name: str
    position: int
    commit: str
    day: date
    ended_by: Ending | None
    form: str | None
    reseed: Reseed | None


_ENDED: Final = and_(HistoryStepRow.event == "ended", HistoryStepRow.ended_by.is_not(None))
# As lives count them: a commit that changes the bug's form to one that is reseeded was meant to mend it as well.
_ATTEMPTED: Final = or_(
    HistoryStepRow.event == "attempt", and_(HistoryStepRow.event == "changed", HistoryStepRow.reseed != "none")
)


@dataclass(frozen=True, slots=True)
class Tries:
    """The store's door to fixes that people wrote. Each method is one transaction."""

    reading: Transaction

    def ended(self) -> list[Ended]:
        """What ended the bug, the most frequent first."""
        commits = func.count()
        query = (
            select(HistoryStepRow.ended_by, commits, func.count(HistoryStepRow.repository_id.distinct()))
            .where(_ENDED)
            .group_by(HistoryStepRow.ended_by)
            .order_by(commits.desc(), HistoryStepRow.ended_by)
        )
        with self.reading() as session:
            return [Ended(cast(Ending, by), *numbers) for by, *numbers in session.execute(query)]

    def attempted(self) -> list[Attempted]:
        """What was tried and left the bug alive, the most frequent first."""
        alike = (HistoryStepRow.form, HistoryStepRow.reseed)
        commits = func.count()
        query = (
            select(*alike, commits, func.count(HistoryStepRow.repository_id.distinct()))
            .where(_ATTEMPTED)
            .group_by(*alike)
            .order_by(commits.desc(), *alike)
        )
        with self.reading() as session:
            return [Attempted(*row) for row in session.execute(query)]

    def commits(self) -> list[Try]:
        """Each of these commits, by repository and time."""
        step = (HistoryStepRow.position, HistoryStepRow.commit, HistoryStepRow.day, HistoryStepRow.ended_by)
        query = (
            select(
                RepositoryRow.host,
                RepositoryRow.owner,
                RepositoryRow.name,
                *step,
                HistoryStepRow.form,
                HistoryStepRow.reseed,
            )
            .join(RepositoryRow, RepositoryRow.id == HistoryStepRow.repository_id)
            .where(or_(_ENDED, _ATTEMPTED))
        )
        with self.reading() as session:
            return [
                Try(
                    host,
                    owner,
                    name,
                    place,
                    commit,
                    day,
                    cast("Ending | None", by),
                    form,
                    cast("Reseed | None", reseed),
                )
                for host, owner, name, place, commit, day, by, form, reseed in session.execute(query)
            ]
