"""The life of a batch's item, from the moment that a job takes it up.

An item is carried by one of the engine's jobs at a time, the one whose id stands in it. Whoever else comes with it, as
a process that was stopped and goes on after others took over, is refused: at the beginning and again at the end. It is
finished once, in the commit that stores its results and moves the batch's counters.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from miner.store import batches, repositories
from miner.store.convert import reason_line
from miner.store.models import BatchCountRow, BatchItemRow, BatchRow, RepositoryRow, ScanRow
from miner.store.records import GOOD_ITEM_STATES, OPEN_ITEM_STATES, BatchItem, ItemState


def begin(session: Session, item_id: int, workflow_id: str, now: datetime) -> BatchItem | None:
    """Counts one more attempt and gives the item, or None where it is not, or no longer, this job's to do."""
    row = _locked(session, item_id)
    if row is None or row.workflow_id != workflow_id or row.state not in OPEN_ITEM_STATES:
        return None
    if session.scalar(select(BatchRow.state).where(BatchRow.id == row.batch_id)) != "running":
        row.workflow_id, row.state = None, "queued"
        return None
    row.state, row.attempts, row.started_at = "scanning", row.attempts + 1, now
    if row.repository_id is not None:
        repositories.set_state(session, row.repository_id, "scanning")
    session.flush()
    return batches.as_record(row)


def is_mine(session: Session, item_id: int, workflow_id: str) -> bool:
    """Whether the item is still this job's to finish; holds it until the transaction ends."""
    row = _locked(session, item_id)
    return row is not None and row.workflow_id == workflow_id and row.state in OPEN_ITEM_STATES


def finish(
    session: Session,
    item_id: int,
    state: ItemState,
    now: datetime,
    *,
    reason: str | None = None,
    repository_id: int | None = None,
    scan_id: int | None = None,
    verdict_before: str | None = None,
    verdict: str | None = None,
) -> None:
    """Notes what became of an item and moves the batch's counters; the last item finishes the batch.

    Call `is_mine` in the same transaction first: an item is finished once.
    """
    row = session.get_one(BatchItemRow, item_id)
    row.state, row.finished_at, row.workflow_id = state, now, None
    row.reason = None if reason is None else reason_line(reason)
    row.repository_id = repository_id or row.repository_id
    row.scan_id = scan_id
    row.verdict_before, row.verdict = verdict_before, verdict
    row.seconds = (now - row.started_at).total_seconds() if row.started_at else None
    session.flush()
    count(session, row.batch_id, state, 1)
    batches.finish_if_done(session, row.batch_id, now)


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


def put_back(session: Session, item_id: int, workflow_id: str) -> None:
    """An item whose work was interrupted by us waits again, and the attempt does not count."""
    row = _locked(session, item_id)
    if row is None or row.state != "scanning" or row.workflow_id != workflow_id:
        return
    row.attempts = max(0, row.attempts - 1)
    session.flush()
    release(session, [workflow_id], only=[item_id])


def put_off(session: Session, item_id: int, workflow_id: str, until: datetime) -> None:
    """An item that cannot be done now waits again, until then at least, and the attempt does not count."""
    row = _locked(session, item_id)
    if row is not None and row.workflow_id == workflow_id:
        row.not_before = until
        put_back(session, item_id, workflow_id)


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


def latest_verdict(session: Session, repository_id: int) -> str | None:
    """The verdict that stands for a repository now."""
    return session.scalar(select(ScanRow.verdict).where(ScanRow.repository_id == repository_id, ScanRow.is_latest))


def _locked(session: Session, item_id: int) -> BatchItemRow | None:
    return session.get(
        BatchItemRow, item_id, with_for_update={"of": BatchItemRow}, options=[joinedload(BatchItemRow.repository)]
    )
