"""What a person can do with a batch that was made: pause it, go on, cancel it, try again what failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, select, text, update
from sqlalchemy.orm import Session

from miner.store import batches, items, webhooks
from miner.store.errors import NotNow
from miner.store.models import BatchItemRow, BatchRow, RepositoryRow, ScanRow
from miner.store.records import FAILURE_STATES, UNENDED_BATCH_STATES, BatchState, FailureState

CANCELLED_AT_ONCE = 10_000


def pause(session: Session, batch_id: int) -> None:
    """Nothing more of the batch is begun; what is under way comes to its end. Raises NotThere, NotNow."""
    _move(session, batch_id, ("running", "paused"), "paused")


def resume(session: Session, batch_id: int) -> None:
    """Goes on with a paused batch. Raises NotThere, NotNow."""
    _move(session, batch_id, ("running", "paused"), "running")


def cancel(session: Session, batch_id: int) -> None:
    """Nothing more of the batch is begun, ever; `sweep` says so in its items. Raises NotThere, NotNow."""
    _move(session, batch_id, UNENDED_BATCH_STATES, "cancelling")


def prioritise(session: Session, batch_id: int, priority: int) -> None:
    """Small numbers go first. Holds for what is not in the engine's hands yet. Raises NotThere."""
    batches.state_of(session, batch_id)
    session.execute(update(BatchRow).where(BatchRow.id == batch_id).values(priority=priority))


def retry(session: Session, batch_id: int, states: Sequence[FailureState], reason: str | None) -> int:
    """Queues failed items again, those in `states` or in any, with `reason` as a part of theirs; gives how many.

    Raises NotThere, NotNow (the batch is cancelled).
    """
    if batches.state_of(session, batch_id) in ("cancelling", "cancelled"):
        raise NotNow(f"batch {batch_id} is cancelled; make a new one")
    chosen = [BatchItemRow.batch_id == batch_id, BatchItemRow.state.in_(states or FAILURE_STATES)]
    if reason is not None:
        chosen.append(func.lower(BatchItemRow.reason).contains(reason.lower(), autoescape=True))
    session.scalar(select(BatchRow.id).where(BatchRow.id == batch_id).with_for_update())
    counted = select(BatchItemRow.state, func.count()).where(*chosen).group_by(BatchItemRow.state)
    by_state: list[tuple[Any, int]] = [(state, number) for state, number in session.execute(counted)]
    session.execute(
        update(BatchItemRow)
        .where(*chosen)
        .values(state="queued", reason=None, attempts=0, started_at=None, finished_at=None, seconds=None)
        .execution_options(synchronize_session=False)
    )
    for state, number in by_state:
        items.count(session, batch_id, state, -number)
    if by_state:
        session.execute(update(BatchRow).where(BatchRow.id == batch_id).values(state="running", finished_at=None))
        webhooks.rearm(session, batch_id)
    return sum(number for _, number in by_state)


def cancelling(session: Session) -> list[int]:
    """The batches that are cancelled and have items that do not say so yet."""
    return list(session.scalars(select(BatchRow.id).where(BatchRow.state == "cancelling")))


def sweep(session: Session, batch_id: int, now: datetime) -> int:
    """Marks some of a cancelled batch's waiting items; gives how many. What is under way comes to its end first."""
    waiting = (
        select(BatchItemRow.id)
        .where(BatchItemRow.batch_id == batch_id, text("batch_items.state = 'queued'"))
        .limit(CANCELLED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    marked = session.scalars(
        update(BatchItemRow)
        .where(BatchItemRow.id.in_(waiting))
        .values(state="cancelled", workflow_id=None, finished_at=now)
        .returning(BatchItemRow.repository_id)
        .execution_options(synchronize_session=False)
    ).all()
    _known_again(session, [each for each in marked if each is not None])
    if marked:
        items.count(session, batch_id, "cancelled", len(marked))
    batches.finish_if_done(session, batch_id, now)
    return len(marked)


def _known_again(session: Session, repository_ids: Sequence[int]) -> None:
    """Repositories that were queued for this alone are as if nobody had asked."""
    scanned = exists().where(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest)
    for start in range(0, len(repository_ids), 1_000):
        session.execute(
            update(RepositoryRow)
            .where(RepositoryRow.id.in_(repository_ids[start : start + 1_000]), RepositoryRow.state == "queued")
            .values(state=case((scanned, "scanned"), else_="discovered"))
            .execution_options(synchronize_session=False)
        )


def _move(session: Session, batch_id: int, from_states: Sequence[BatchState], to: BatchState) -> None:
    moved = update(BatchRow).where(BatchRow.id == batch_id, BatchRow.state.in_(from_states)).values(state=to)
    if session.scalar(moved.returning(BatchRow.id)) is None:
        raise NotNow(f"batch {batch_id} is {batches.state_of(session, batch_id)}")
