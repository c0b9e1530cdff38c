"""From a batch's items to jobs of the engine: which are to be handed out next, and what it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from miner.store.models import BatchItemRow, BatchRow

_WAITING = text("batch_items.workflow_id IS NULL AND batch_items.state = 'queued'")


@dataclass(frozen=True, slots=True)
class Hungry:
    """A batch that is running: how many of its items are open, and how many of those the engine has."""

    id: int
    kind: str
    priority: int
    open: int
    carried: int


def running(session: Session, kinds: Sequence[str]) -> list[Hungry]:
    """The running batches of these kinds with open items, the most urgent first."""
    query = (
        select(BatchRow.id, BatchRow.kind, BatchRow.priority, BatchRow.total - BatchRow.done)
        .where(BatchRow.state == "running", BatchRow.kind.in_(kinds), BatchRow.done < BatchRow.total)
        .order_by(BatchRow.priority, BatchRow.id)
    )
    found = session.execute(query).all()
    if not found:
        return []
    # By a sum, or SQLite would read all items of all batches, in their order.
    batch_id = BatchItemRow.batch_id + 0
    counted = select(batch_id, func.count()).where(BatchItemRow.workflow_id.is_not(None)).group_by(batch_id)
    carried: dict[int, int] = {batch: number for batch, number in session.execute(counted)}  # noqa: C416
    return [Hungry(*row, carried.get(row[0], 0)) for row in found]


def lock(session: Session, batch_id: int) -> bool:
    """Takes the right to hand out a batch's items until the transaction ends; False where another process has it."""
    if session.get_bind().dialect.name != "postgresql":
        return True  # one process writes at a time
    taken: bool = session.scalar(text("SELECT pg_try_advisory_xact_lock(:kind, :id)"), {"kind": 0x5EED, "id": batch_id})
    return taken and session.scalar(select(BatchRow.state).where(BatchRow.id == batch_id)) == "running"


def has_waiting(session: Session, batch_id: int) -> bool:
    """Whether there are items that no job has and that may be begun."""
    return bool(waiting(session, batch_id, 1))


def waiting(session: Session, batch_id: int, limit: int) -> list[int]:
    """The next items that no job has, in the order of the request."""
    may_begin = or_(BatchItemRow.not_before.is_(None), BatchItemRow.not_before <= datetime.now(UTC))
    query = select(BatchItemRow.id).where(BatchItemRow.batch_id == batch_id, _WAITING, may_begin)
    return list(session.scalars(query.order_by(BatchItemRow.position).limit(limit)))


def tried(session: Session, item_ids: Sequence[int]) -> set[int]:
    """Those of the items that were begun before and not finished: what their worker may have died of."""
    query = select(BatchItemRow.id).where(BatchItemRow.id.in_(item_ids), BatchItemRow.attempts > 0)
    return set(session.scalars(query))


def carry(session: Session, item_ids: Sequence[int], workflow_id: str) -> None:
    """Gives items to a job."""
    session.execute(
        update(BatchItemRow)
        .where(BatchItemRow.id.in_(item_ids))
        .values(workflow_id=workflow_id)
        .execution_options(synchronize_session=False)
    )


def jobs(session: Session) -> list[str]:
    """The jobs that carry items which are still open."""
    return list(
        session.scalars(select(BatchItemRow.workflow_id).where(BatchItemRow.workflow_id.is_not(None)).distinct())
    )


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest batch that is running and has items left was made."""
    return session.scalar(
        select(func.min(BatchRow.created_at)).where(BatchRow.state == "running", BatchRow.done < BatchRow.total)
    )
