"""What is going on just now, for the pages: the queue, a repository's turn in it, budgets, reasons for failure."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from miner.store.budgets import ApiBudget
from miner.store.convert import record
from miner.store.models import BatchItemRow, BudgetRow, RepositoryRow
from miner.store.records import FAILURE_STATES, OPEN_ITEM_STATES, FailureState, ItemState
from miner.store.sight import Sight, sight

Transaction = Callable[[], AbstractContextManager[Session]]

MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Turn:
    """A repository that waits for a worker, or that one has; `attempts` counts how often one began."""

    batch_id: int
    state: ItemState
    attempts: int


@dataclass(frozen=True, slots=True)
class Reason:
    """How many repositories have no verdict for one reason."""

    state: FailureState
    reason: str
    repositories: int


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The store's door to what is going on. Each method is one transaction."""

    reading: Transaction

    def sight(self) -> Sight:
        """Batches, items and workers."""
        with self.reading() as session:
            return sight(session)

    def turn(self, repository_id: int) -> Turn | None:
        """The newest open request for the repository, None where there is none."""
        query = (
            select(BatchItemRow.batch_id, BatchItemRow.state, BatchItemRow.attempts)
            .where(BatchItemRow.repository_id == repository_id, BatchItemRow.state.in_(OPEN_ITEM_STATES))
            .order_by(BatchItemRow.id.desc())
            .limit(1)
        )
        with self.reading() as session:
            row = session.execute(query).one_or_none()
            return None if row is None else Turn(row[0], cast(ItemState, row[1]), row[2])

    def budgets(self) -> list[ApiBudget]:
        """What is left of each quota of GitHub's that was used here."""
        with self.reading() as session:
            rows = session.scalars(select(BudgetRow).order_by(BudgetRow.identity, BudgetRow.resource))
            return [record(ApiBudget, row) for row in rows]

    def reasons(self) -> list[Reason]:
        """Why repositories have no verdict, the most frequent first."""
        number = func.count()
        query = (
            select(RepositoryRow.state, func.coalesce(RepositoryRow.state_reason, ""), number)
            .where(RepositoryRow.state.in_(FAILURE_STATES), RepositoryRow.state != "opted_out")
            .group_by(RepositoryRow.state, RepositoryRow.state_reason)
            .order_by(number.desc(), RepositoryRow.state)
            .limit(MOST_REASONS)
        )
        with self.reading() as session:
            return [
                Reason(cast(FailureState, state), reason, repositories)
                for state, reason, repositories in session.execute(query)
            ]
