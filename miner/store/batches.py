"""Batches: a request over many repositories, how it is made and how far it is."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count, islice
from typing import Any

from sqlalchemy import Select, case, func, insert, literal, select, text, update
from sqlalchemy.orm import Session, joinedload

from miner.store import queueing, selection, webhooks
from miner.store.columns import LATEST
from miner.store.convert import record, storable
from miner.store.errors import NotThere
from miner.store.models import BatchCountRow, BatchItemRow, BatchRow, RepositoryRow, ScanRow
from miner.store.records import (
    GITHUB,
    LOCAL,
    OPEN_ITEM_STATES,
    UNENDED_BATCH_STATES,
    BatchItem,
    BatchProgress,
    BatchState,
    Changes,
    Failures,
    ItemState,
    NewBatch,
    NewItem,
    Repository,
)
from miner.store.where import Expression

INSERTED_AT_ONCE = 1_000
# PostgreSQL plans by what it knew before so many rows came, and would read all of them to find the next few.
ANALYSED_FROM = 10_000
LARGEST_PRIORITY = 2**31 - 1
LONGEST_TITLE = 500
# Any number that no other use of PostgreSQL's advisory locks here has.
_CREATING = 0x5EED_BA7C


def targets_key(items: Sequence[NewItem]) -> str:
    """The same for the same targets in any order."""
    lines = sorted(f"{item.target}\t{_identity(item)}" for item in items)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def unfinished(session: Session, key: str) -> int | None:
    """The newest batch over these targets that has not come to its end."""
    return session.scalars(
        select(BatchRow.id)
        .where(BatchRow.targets_key == key, BatchRow.state.in_(("running", "paused")))
        .order_by(BatchRow.id.desc())
        .limit(1)
    ).one_or_none()


def create(
    session: Session,
    batch: NewBatch,
    items: Iterable[NewItem],
    now: datetime,
    *,
    key: str | None = None,
    beside: Sequence[BatchState] = UNENDED_BATCH_STATES,
) -> int:
    """A new batch of these items, but for repositories that another batch in one of the states `beside` has queued.

    Repositories are made known, where it is clear which they are. Items are taken as they come, so that a very long
    list is never in memory as a whole.
    """
    _one_at_a_time(session)
    row = _new(session, batch, now, key)
    places, skipped = count(), 0
    for some in _portions(items):
        known = queueing.known(session, some, batch.created_by, now)
        taken = queueing.taken(session, [each for each in known if each is not None], row.id, beside)
        free = [
            (item, repository_id) for item, repository_id in zip(some, known, strict=True) if repository_id not in taken
        ]
        skipped += len(some) - len(free)
        if free:
            session.execute(insert(BatchItemRow), [_item(row.id, next(places), *each) for each in free])
        queueing.note_queued(session, [each for item, each in free if each is not None and item.identity is not None])
        session.expunge_all()
    return _opened(session, row.id, batch, next(places), skipped, now)


def create_selected(session: Session, batch: NewBatch, wanted: Expression, now: datetime) -> int:
    """A new batch of the repositories that the expression means, but for those that another batch has queued."""
    _one_at_a_time(session)
    row = _new(session, batch, now, None)
    meant = (
        select(RepositoryRow.id).outerjoin(ScanRow, LATEST).where(selection.condition(wanted, now), _can_be_scanned())
    )
    queued = select(BatchItemRow.repository_id).where(
        BatchItemRow.repository_id == RepositoryRow.id, BatchItemRow.state.in_(OPEN_ITEM_STATES)
    )
    free = meant.where(~queued.exists())
    everything = session.scalar(select(func.count()).select_from(meant.subquery())) or 0
    session.execute(insert(BatchItemRow).from_select(_COPIED, _as_items(free, row.id)))
    total = session.scalar(select(func.count()).where(BatchItemRow.batch_id == row.id)) or 0
    if total >= ANALYSED_FROM and session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE batch_items"))
    return _opened(session, row.id, batch, total, everything - total, now)


def progress(session: Session, batch_id: int) -> BatchProgress | None:
    """Where a batch stands, None if there is no such batch."""
    batch = session.get(BatchRow, batch_id, populate_existing=True)
    return None if batch is None else _progress(session, batch)


def newest(session: Session, limit: int, *, open_only: bool = False, before: int | None = None) -> list[BatchProgress]:
    """Batches, the newest first, those with smaller numbers than `before`."""
    query = select(BatchRow).order_by(BatchRow.id.desc()).limit(limit)
    if open_only:
        query = query.where(BatchRow.state.in_(UNENDED_BATCH_STATES))
    if before is not None:
        query = query.where(BatchRow.id < before)
    return [_progress(session, batch) for batch in session.scalars(query)]


def state_of(session: Session, batch_id: int) -> BatchState:
    """Raises NotThere."""
    state: BatchState | None = session.scalar(select(BatchRow.state).where(BatchRow.id == batch_id))
    if state is None:
        raise NotThere(f"there is no batch {batch_id}")
    return state


def items(
    session: Session, batch_id: int, states: Sequence[ItemState], *, after: int = -1, limit: int | None = None
) -> list[BatchItem]:
    """The items of a batch in the order of the request, only those in `states` where any are given."""
    query = select(BatchItemRow).where(BatchItemRow.batch_id == batch_id, BatchItemRow.position > after)
    if states:
        query = query.where(BatchItemRow.state.in_(states))
    return [
        as_record(row) for row in session.scalars(_with_repository(query).order_by(BatchItemRow.position).limit(limit))
    ]


def open_items(session: Session, batch_id: int) -> list[int]:
    """The items that are still to do, in the order of the request."""
    query = select(BatchItemRow.id).where(BatchItemRow.batch_id == batch_id, BatchItemRow.state.in_(OPEN_ITEM_STATES))
    return list(session.scalars(query.order_by(BatchItemRow.position)))


def finished_among(session: Session, item_ids: Sequence[int]) -> list[BatchItem]:
    """Those of the given items that are finished by now."""
    query = select(BatchItemRow).where(BatchItemRow.id.in_(item_ids), BatchItemRow.state.not_in(OPEN_ITEM_STATES))
    ordered = _with_repository(query).order_by(BatchItemRow.finished_at, BatchItemRow.position)
    return [as_record(row) for row in session.scalars(ordered)]


def changes(session: Session, batch_id: int) -> list[Changes]:
    """How many repositories went from which verdict to which other one, the most frequent change first."""
    number = func.count()
    query = (
        select(BatchItemRow.verdict_before, BatchItemRow.verdict, number)
        .where(
            BatchItemRow.batch_id == batch_id,
            BatchItemRow.verdict.is_not(None),
            BatchItemRow.verdict.is_distinct_from(BatchItemRow.verdict_before),
        )
        .group_by(BatchItemRow.verdict_before, BatchItemRow.verdict)
        .order_by(number.desc(), BatchItemRow.verdict_before, BatchItemRow.verdict)
    )
    found: Iterable[Any] = session.execute(query)  # verdicts as the report has
    return [Changes(before, after, repositories) for before, after, repositories in found]


def changed_items(session: Session, batch_id: int, *, after: int = -1, limit: int = 100) -> list[BatchItem]:
    """The items whose verdict is not what it was, in the order of the request."""
    query = select(BatchItemRow).where(
        BatchItemRow.batch_id == batch_id,
        BatchItemRow.position > after,
        BatchItemRow.verdict.is_not(None),
        BatchItemRow.verdict.is_distinct_from(BatchItemRow.verdict_before),
    )
    return [
        as_record(row) for row in session.scalars(_with_repository(query).order_by(BatchItemRow.position).limit(limit))
    ]


def failures(session: Session, batch_id: int, limit: int) -> list[Failures]:
    """The reasons for failure, the most frequent first."""
    number = func.count()
    query = (
        select(BatchItemRow.state, BatchItemRow.reason, number)
        .where(BatchItemRow.batch_id == batch_id, BatchItemRow.reason.is_not(None))
        .where(BatchItemRow.state.not_in(OPEN_ITEM_STATES))
        .group_by(BatchItemRow.state, BatchItemRow.reason)
        .order_by(number.desc(), BatchItemRow.reason)
        .limit(limit)
    )
    found: Iterable[Any] = session.execute(query)  # states as `records` has them
    return [Failures(state, reason, number) for state, reason, number in found]


def finish_if_done(session: Session, batch_id: int, now: datetime) -> None:
    """Ends a batch of which every item is done, and lets whoever wants to know of it be told."""
    ended = (
        update(BatchRow)
        .where(BatchRow.id == batch_id, BatchRow.done == BatchRow.total, BatchRow.state.in_(UNENDED_BATCH_STATES))
        .values(state=case((BatchRow.state == "cancelling", "cancelled"), else_="finished"), finished_at=now)
    )
    if session.scalar(ended.returning(BatchRow.id)) is not None:
        webhooks.due(session, batch_id, now)


def as_record(row: BatchItemRow) -> BatchItem:
    """The record of an item whose repository is loaded."""
    found: RepositoryRow | None = row.repository
    return record(BatchItem, row, repository=None if found is None else record(Repository, found))


def _portions(items: Iterable[NewItem]) -> Iterator[list[NewItem]]:
    left = iter(items)
    while some := list(islice(left, INSERTED_AT_ONCE)):
        yield some


def _one_at_a_time(session: Session) -> None:
    """Two requests are not written beside each other, so that no repository is queued twice."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CREATING})
        # Plans that were made while a table was small are of no use for it when a million rows have come.
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def _item(batch_id: int, position: int, item: NewItem, repository_id: int | None) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "position": position,
        "target": storable(item.target),
        "identity": _identity(item),
        "repository_id": repository_id,
        "state": "queued",
        "attempts": 0,
    }


def _with_repository(query: Select[BatchItemRow]) -> Select[BatchItemRow]:
    return query.options(joinedload(BatchItemRow.repository))


def _new(session: Session, batch: NewBatch, now: datetime, key: str | None) -> BatchRow:
    row = BatchRow(
        kind=batch.kind,
        title=storable(batch.title)[:LONGEST_TITLE],
        targets_key=key,
        state="running",
        priority=0,
        total=0,
        done=0,
        failed=0,
        skipped=0,
        created_by=batch.created_by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    if batch.webhook_url is not None:
        webhooks.add(session, row.id, batch.webhook_url, batch.webhook_secret)
    return row


def _opened(session: Session, batch_id: int, batch: NewBatch, total: int, skipped: int, now: datetime) -> int:
    priority = total if batch.priority is None else batch.priority
    values = {"total": total, "skipped": skipped, "priority": max(1, min(priority, LARGEST_PRIORITY))}
    session.execute(update(BatchRow).where(BatchRow.id == batch_id).values(values))
    finish_if_done(session, batch_id, now)
    return batch_id


def _can_be_scanned() -> selection.Condition:
    return RepositoryRow.local_path.is_not(None) | RepositoryRow.url.is_not(None) | (RepositoryRow.host == GITHUB)


_COPIED = ["batch_id", "position", "target", "identity", "repository_id", "state", "attempts"]


def _as_items(free: Select[int], batch_id: int) -> Select[int, int, str, str, int, str, int]:
    """What `create` makes of targets, made in the database of the repositories that `free` selects."""
    full_name = RepositoryRow.owner + "/" + RepositoryRow.name
    target = case(
        (RepositoryRow.host == LOCAL, RepositoryRow.local_path),
        (RepositoryRow.host == GITHUB, full_name),
        else_=RepositoryRow.url,
    )
    identity = case((RepositoryRow.host == LOCAL, None), else_=RepositoryRow.host + "/" + full_name)
    place = func.row_number().over(order_by=RepositoryRow.id) - 1
    return free.with_only_columns(
        literal(batch_id), place, target, identity, RepositoryRow.id, literal("queued"), literal(0)
    )


def _progress(session: Session, batch: BatchRow) -> BatchProgress:
    counted = select(BatchCountRow.state, BatchCountRow.number).where(
        BatchCountRow.batch_id == batch.id, BatchCountRow.number > 0
    )
    numbers = {state: number for state, number in session.execute(counted)}  # noqa: C416
    under_way = session.scalar(
        select(func.count()).where(BatchItemRow.batch_id == batch.id, BatchItemRow.state == "scanning")
    )
    open_ones = {"scanning": under_way or 0, "queued": batch.total - batch.done - (under_way or 0)}
    numbers |= {state: number for state, number in open_ones.items() if number > 0}
    return record(BatchProgress, batch, by_state=numbers)


def _identity(item: NewItem) -> str | None:
    known = item.identity
    return None if known is None else f"{known.host}/{known.owner}/{known.name}"
