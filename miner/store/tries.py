"""What people tried against the bug, over all histories that are stored: what ended it, and what did not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.history.change import Ending
from miner.store.models import HistoryStepRow

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
class Tries:
    """The store's door to fixes that people wrote. Each method is one transaction."""

    reading: Transaction

    def ended(self) -> list[Ended]:
        """What ended the bug, the most frequent first."""
        commits = func.count()
        query = (
            select(HistoryStepRow.ended_by, commits, func.count(HistoryStepRow.repository_id.distinct()))
            .where(HistoryStepRow.event == "ended", HistoryStepRow.ended_by.is_not(None))
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
            .where(HistoryStepRow.event == "attempt")
            .group_by(*alike)
            .order_by(commits.desc(), *alike)
        )
        with self.reading() as session:
            return [Attempted(*row) for row in session.execute(query)]
