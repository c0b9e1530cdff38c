"""Batches: a request to scan a list of targets, and what became of each.

An item is finished once: whoever comes second finds it finished and changes nothing. The batch's counters move in
the transaction that finishes the item.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from miner.store import repositories
from miner.store.convert import reason_line, record, storable
from miner.store.models import BatchItemRow, BatchRow, RepositoryRow
from miner.store.records import (
    GOOD_ITEM_STATES,
    OPEN_ITEM_STATES,
    BatchItem,
    BatchProgress,
    ItemState,
    NewItem,
    Repository,
)


def targets_key(items: Sequence[NewItem]) -> str:
    """The same for the same targets in any order."""
    lines = sorted(f"{item.target}\t{_identity(item)}" for item in items)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def unfinished(session: Session, key: str) -> int | None:
    """The newest batch over these targets that has not come to its end."""
    return session.scalars(
        select(BatchRow.id)
        .where(BatchRow.targets_key == key, BatchRow.state != "finished")
        .order_by(BatchRow.id.desc())
        .limit(1)
    ).one_or_none()


def create(session: Session, items: Sequence[NewItem], source: str, now: datetime) -> int:
    """A new batch with all its items queued; their repositories are made known, where it is clear which they are."""
    batch = BatchRow(
        targets_key=targets_key(items), state="running", total=len(items), done=0, failed=0, created_at=now
    )
    session.add(batch)
    session.flush()
    session.execute(
        insert(BatchItemRow),
        [
            {
                "batch_id": batch.id,
                "position": position,
                "target": storable(item.target),
                "identity": _identity(item),
                "repository_id": None if item.identity is None else _queue(session, item, source, now),
                "state": "queued",
                "attempts": 0,
            }
            for position, item in enumerate(items)
        ],
    )
    return batch.id


def set_state(session: Session, batch_id: int, running: bool) -> None:
    """A batch that is worked on, or that was stopped and waits to be gone on with. A finished one stays finished."""
    session.execute(
        update(BatchRow)
        .where(BatchRow.id == batch_id, BatchRow.state != "finished")
        .values(state="running" if running else "stopped")
    )


def open_items(session: Session, batch_id: int) -> list[int]:
    """The items that are still to do, in the order of the request."""
    query = select(BatchItemRow.id).where(BatchItemRow.batch_id == batch_id, BatchItemRow.state.in_(OPEN_ITEM_STATES))
    return list(session.scalars(query.order_by(BatchItemRow.position)))


def begin_item(session: Session, item_id: int, now: datetime) -> BatchItem | None:
    """Counts one more attempt and gives the item, or None where it is finished."""
    row = _locked(session, item_id)
    if row is None or row.state not in OPEN_ITEM_STATES:
        return None
    row.state, row.attempts, row.started_at = "scanning", row.attempts + 1, now
    if row.repository_id is not None:
        repositories.set_state(session, row.repository_id, "scanning")
    session.flush()
    return _item(row)


def put_back(session: Session, item_id: int) -> None:
    """An item whose work was interrupted by us waits again, and the attempt does not count."""
    row = _locked(session, item_id)
    if row is None or row.state != "scanning":
        return
    row.state, row.attempts, row.started_at = "queued", max(0, row.attempts - 1), None
    if row.repository_id is not None:
        repositories.set_state(session, row.repository_id, "queued")
    session.flush()


def finish_item(
    session: Session,
    item_id: int,
    state: ItemState,
    now: datetime,
    *,
    reason: str | None = None,
    repository_id: int | None = None,
    scan_id: int | None = None,
) -> None:
    """Notes what became of an item and moves the batch's counters; the last item finishes the batch.

    Call `is_open` in the same transaction first: an item is finished once.
    """
    row = session.get_one(BatchItemRow, item_id)
    row.state, row.finished_at = state, now
    row.reason = None if reason is None else reason_line(reason)
    row.repository_id = repository_id or row.repository_id
    row.scan_id = scan_id
    row.seconds = (now - row.started_at).total_seconds() if row.started_at else None
    session.flush()
    batch = update(BatchRow).where(BatchRow.id == row.batch_id)
    session.execute(
        batch.values(done=BatchRow.done + 1, failed=BatchRow.failed + (0 if state in GOOD_ITEM_STATES else 1))
    )
    session.execute(batch.where(BatchRow.done == BatchRow.total).values(state="finished", finished_at=now))


def is_open(session: Session, item_id: int) -> bool:
    """Whether the item is still to be finished; holds it until the transaction ends."""
    row = _locked(session, item_id)
    return row is not None and row.state in OPEN_ITEM_STATES


def progress(session: Session, batch_id: int) -> BatchProgress | None:
    """Where a batch stands, None if there is no such run."""
    batch = session.get(BatchRow, batch_id)
    if batch is None:
        return None
    counted = (
        select(BatchItemRow.state, func.count()).where(BatchItemRow.batch_id == batch_id).group_by(BatchItemRow.state)
    )
    numbers = {state: number for state, number in session.execute(counted)}  # noqa: C416
    return record(BatchProgress, batch, by_state=numbers)


def items(session: Session, batch_id: int, states: Sequence[ItemState]) -> list[BatchItem]:
    """The items of a batch in the order of the request, only those in `states` where any are given."""
    query = select(BatchItemRow).where(BatchItemRow.batch_id == batch_id).options(joinedload(BatchItemRow.repository))
    if states:
        query = query.where(BatchItemRow.state.in_(states))
    return [_item(row) for row in session.scalars(query.order_by(BatchItemRow.position))]


def finished_among(session: Session, item_ids: Sequence[int]) -> list[BatchItem]:
    """Those of the given items that are finished by now."""
    query = (
        select(BatchItemRow)
        .where(BatchItemRow.id.in_(item_ids), BatchItemRow.state.not_in(OPEN_ITEM_STATES))
        .options(joinedload(BatchItemRow.repository))
    )
    return [_item(row) for row in session.scalars(query.order_by(BatchItemRow.finished_at, BatchItemRow.position))]


def _identity(item: NewItem) -> str | None:
    known = item.identity
    return None if known is None else f"{known.host}/{known.owner}/{known.name}"


def _queue(session: Session, item: NewItem, source: str, now: datetime) -> int:
    if item.identity is None:
        raise ValueError("only a named repository can be queued")
    row = repositories.remember(session, item.identity, now)
    repositories.add_source(session, row.id, source, "", now)
    row.state, row.state_reason = "queued", None
    session.flush()
    return row.id


def _locked(session: Session, item_id: int) -> BatchItemRow | None:
    return session.get(
        BatchItemRow, item_id, with_for_update={"of": BatchItemRow}, options=[joinedload(BatchItemRow.repository)]
    )


def _item(row: BatchItemRow) -> BatchItem:
    found: RepositoryRow | None = row.repository
    return record(BatchItem, row, repository=None if found is None else record(Repository, found))
