"""The life of a batch's item, from the moment that a job takes it up.

An item is carried by one of the engine's jobs at a time, the one whose id stands in it. Whoever else comes with it, as
a process that was stopped and goes on after others took over, is refused: at the beginning and again at the end. It is
finished once, in the commit that stores its results and moves the batch's counters.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from miner.store import batches, opt_outs, repositories
from miner.store.convert import reason_line, record
from miner.store.models import BatchCountRow, BatchItemRow, BatchRow, RepositoryRow, ScanRow
from miner.store.records import GOOD_ITEM_STATES, OPEN_ITEM_STATES, BatchItem, ItemState, Repository

# What each of many items ended as, in one statement.
_FINISH: Final = (
    update(BatchItemRow.__table__)  # type: ignore[arg-type]
    .where(BatchItemRow.id == bindparam("item_id"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        finished_at=bindparam("now"),
        workflow_id=None,
        repository_id=func.coalesce(bindparam("known"), BatchItemRow.repository_id),
        scan_id=bindparam("stored"),
        verdict_before=bindparam("before"),
        verdict=bindparam("after"),
        seconds=bindparam("took"),
    )
)


@dataclass(frozen=True, slots=True)
class Latest:
    """The scan that stands for a repository."""

    scan_id: int
    commit: str
    analyzer_version: str


@dataclass(frozen=True, slots=True)
class Begun(BatchItem):
    """An item that a job has taken up, with all that the job has to know before it looks at the repository."""

    opted_out: bool
    latest: Latest | None


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of an item."""

    item_id: int
    state: ItemState
    reason: str | None = None
    repository_id: int | None = None
    scan_id: int | None = None
    verdict_before: str | None = None
    verdict: str | None = None
    seconds: float | None = None


def begin(session: Session, item_ids: Sequence[int], workflow_id: str, now: datetime) -> list[Begun]:
    """Counts one more attempt of each item and gives those that are, still, this job's to do, in their order."""
    rows = _mine(session, dict.fromkeys(item_ids, workflow_id))
    if not rows:
        return []
    running = select(BatchRow.id).where(BatchRow.id.in_({row.batch_id for row in rows}), BatchRow.state == "running")
    going_on = set(session.scalars(running))
    idle = [row.id for row in rows if row.batch_id not in going_on]
    if idle:
        _change(session, idle, {"workflow_id": None, "state": "queued"})
    begun = [row for row in rows if row.batch_id in going_on]
    if not begun:
        return []
    attempted = {"state": "scanning", "attempts": BatchItemRow.attempts + 1, "started_at": now}
    _change(session, [row.id for row in begun], attempted)
    repositories.set_scanning(session, [row.repository_id for row in begun if row.repository_id is not None])
    return _with_what_is_known(session, begun)


def mine(session: Session, carried: Mapping[int, str]) -> set[int]:
    """Those of the items that their job may still finish; holds them until the transaction ends."""
    return {row.id for row in _mine(session, carried)}


def finish(session: Session, finished: Sequence[Finished], now: datetime) -> None:
    """Notes what became of items and moves their batches' counters; the last item finishes its batch.

    Call `mine` in the same transaction first: an item is finished once.
    """
    session.connection().execute(_FINISH, [_ended(each, now) for each in finished])
    rows: Iterable[tuple[int, Any, int]] = session.execute(
        select(BatchItemRow.batch_id, BatchItemRow.state, func.count())
        .where(BatchItemRow.id.in_([each.item_id for each in finished]))
        .group_by(BatchItemRow.batch_id, BatchItemRow.state)
        .order_by(BatchItemRow.batch_id, BatchItemRow.state)
    )  # states as `records` has them
    # Last, and in one order: who waits for a batch's row, waits for no more than the commit.
    counted = list(rows)
    for batch_id, state, number in counted:
        count(session, batch_id, state, number)
    for batch_id in sorted({batch_id for batch_id, *_ in counted}):
        batches.finish_if_done(session, batch_id, now)


def count(session: Session, batch_id: int, state: ItemState, number: int) -> None:
    """Moves the counters of a batch by `number` items that are in `state` now, or with a negative one no longer."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(BatchCountRow).values(batch_id=batch_id, state=state, number=number)
    session.execute(
        added.on_conflict_do_update(
            index_elements=[BatchCountRow.batch_id, BatchCountRow.state],
            set_={"number": BatchCountRow.number + number},
        )
    )
    failed = 0 if state in GOOD_ITEM_STATES or state == "cancelled" else number
    batch = update(BatchRow).where(BatchRow.id == batch_id)
    session.execute(batch.values(done=BatchRow.done + number, failed=BatchRow.failed + failed))


def put_back(session: Session, item_ids: Sequence[int], workflow_id: str) -> None:
    """Items whose work was interrupted by us wait again, and the attempt does not count."""
    _change(
        session,
        item_ids,
        {"attempts": BatchItemRow.attempts - 1},
        BatchItemRow.state == "scanning",
        BatchItemRow.workflow_id == workflow_id,
        BatchItemRow.attempts > 0,
    )
    release(session, [workflow_id], only=item_ids)


def put_off(session: Session, item_id: int, workflow_id: str, until: datetime) -> None:
    """An item that cannot be done now waits again, until then at least, and the attempt does not count."""
    _change(session, [item_id], {"not_before": until}, BatchItemRow.workflow_id == workflow_id)
    put_back(session, [item_id], workflow_id)


def release(session: Session, workflow_ids: Sequence[str], *, only: Sequence[int] = ()) -> int:
    """Takes open items away from these jobs, so that others can be given them; gives how many.

    An attempt that was begun counts: a job that kills its process must not come back for ever.
    """
    carried = [BatchItemRow.workflow_id.in_(workflow_ids), BatchItemRow.state.in_(OPEN_ITEM_STATES)]
    if only:
        carried.append(BatchItemRow.id.in_(only))
    freed = (
        update(BatchItemRow)
        .where(*carried)
        .values(workflow_id=None, state="queued", started_at=None)
        .returning(BatchItemRow.repository_id)
        .execution_options(synchronize_session=False)
    )
    known = session.scalars(freed).all()
    wait_again(session, [each for each in known if each is not None])
    return len(known)


def wait_again(session: Session, repository_ids: Sequence[int]) -> None:
    """Repositories that are not being scanned any more stand where their latest scan left them, or are queued."""
    scanned = exists().where(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest)
    session.execute(
        update(RepositoryRow)
        .where(RepositoryRow.id.in_(repository_ids), RepositoryRow.state == "scanning")
        .values(state=case((scanned, "scanned"), else_="queued"))
        .execution_options(synchronize_session=False)
    )


def latest(session: Session, repository_ids: Sequence[int]) -> dict[int, Latest]:
    """The scans that stand for repositories, by these."""
    query = select(ScanRow.repository_id, ScanRow.id, ScanRow.commit, ScanRow.analyzer_version)
    found = session.execute(query.where(ScanRow.repository_id.in_(repository_ids), ScanRow.is_latest))
    return {repository_id: Latest(scan_id, commit, version) for repository_id, scan_id, commit, version in found}


def latest_verdict(session: Session, repository_id: int) -> str | None:
    """The verdict that stands for a repository now."""
    return session.scalar(select(ScanRow.verdict).where(ScanRow.repository_id == repository_id, ScanRow.is_latest))


def _mine(session: Session, carried: Mapping[int, str]) -> list[BatchItemRow]:
    """The open items that these jobs carry, each by its own job, held until the transaction ends."""
    query = (
        select(BatchItemRow)
        .where(BatchItemRow.id.in_(carried), BatchItemRow.state.in_(OPEN_ITEM_STATES))
        .order_by(BatchItemRow.id)
        .with_for_update(of=BatchItemRow)
        .options(joinedload(BatchItemRow.repository))
        .execution_options(populate_existing=True)
    )
    return [row for row in session.scalars(query) if row.workflow_id == carried[row.id]]


def _with_what_is_known(session: Session, rows: Sequence[BatchItemRow]) -> list[Begun]:
    nameless = [row.target for row in rows if row.repository is None]
    by_path = repositories.by_local_path(session, nameless) if nameless else {}
    found = {row.id: row.repository or by_path.get(row.target) for row in rows}
    known = [repository for repository in found.values() if repository is not None]
    stand = latest(session, [repository.id for repository in known])
    left_alone = opt_outs.held(session, known)
    return [_begun(row, found[row.id], stand, left_alone) for row in rows]


def _begun(
    row: BatchItemRow, repository: RepositoryRow | None, stand: Mapping[int, Latest], left_alone: Set[int]
) -> Begun:
    return record(
        Begun,
        row,
        state="scanning",
        attempts=row.attempts + 1,
        repository=None if repository is None else record(Repository, repository),
        opted_out=repository is not None and repository.id in left_alone,
        latest=None if repository is None else stand.get(repository.id),
    )


def _change(
    session: Session, item_ids: Sequence[int], values: Mapping[str, object], *only: ColumnElement[bool]
) -> None:
    changed = update(BatchItemRow).where(BatchItemRow.id.in_(item_ids), *only).values(values)
    session.execute(changed.execution_options(synchronize_session=False))


def _ended(finished: Finished, now: datetime) -> dict[str, object]:
    return {
        "item_id": finished.item_id,
        "new_state": finished.state,
        "new_reason": None if finished.reason is None else reason_line(finished.reason),
        "now": now,
        "known": finished.repository_id,
        "stored": finished.scan_id,
        "before": finished.verdict_before,
        "after": finished.verdict,
        "took": finished.seconds,
    }
