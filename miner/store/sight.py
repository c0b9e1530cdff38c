"""What is going on: figures over batches, items and workers, for `status` and `/metrics`. From counters, not counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from miner.store import feeding, workers
from miner.store.models import BatchCountRow, BatchItemRow, BatchRow
from miner.store.workers import Worker


@dataclass(frozen=True, slots=True)
class Sight:
    """`waiting` are items that are open, by kind; `carried` those of them that the engine has.

    `ended` counts finished items by kind and state since the database was made. `waiting_since` is when the oldest
    running batch that has items left was made.
    """

    batches: Mapping[str, int]
    waiting: Mapping[str, int]
    carried: int
    ended: Mapping[tuple[str, str], int]
    waiting_since: datetime | None
    workers: tuple[Worker, ...]


def sight(session: Session) -> Sight:
    """The figures as of now."""
    by_state = select(BatchRow.state, func.count()).group_by(BatchRow.state)
    left = (
        select(BatchRow.kind, func.sum(BatchRow.total - BatchRow.done))
        .where(BatchRow.state.in_(("running", "paused", "cancelling")))
        .group_by(BatchRow.kind)
    )
    ended = (
        select(BatchRow.kind, BatchCountRow.state, func.sum(BatchCountRow.number))
        .join(BatchRow, BatchRow.id == BatchCountRow.batch_id)
        .group_by(BatchRow.kind, BatchCountRow.state)
    )
    carried = select(func.count()).select_from(BatchItemRow).where(BatchItemRow.workflow_id.is_not(None))
    return Sight(
        batches={state: int(number) for state, number in session.execute(by_state)},
        waiting={kind: int(number) for kind, number in session.execute(left)},
        carried=session.scalar(carried) or 0,
        ended={(kind, state): int(number) for kind, state, number in session.execute(ended)},
        waiting_since=feeding.oldest_waiting(session),
        workers=tuple(workers.listed(session)),
    )
