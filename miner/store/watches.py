"""Which repositories are due for a look at whether they changed, and what was seen of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from miner.store import opt_outs, repositories, scans
from miner.store.convert import record
from miner.store.models import RepositoryRow, ScanRow, WatchRow
from miner.store.records import GITHUB, Repository, RepositoryInfo

MISSES_UNTIL_GONE = 3
NEXT_DAY = timedelta(days=1)
# A day's look at the same hour comes a little early now and then.
A_DAY = timedelta(hours=20)

# Whom there is no sense in looking at again; of the others, those that were scanned once are watched.
_LEFT = ("opted_out", "blocked")


@dataclass(frozen=True, slots=True)
class Watched:
    """A repository that is due. `seen_oid` is the commit that it was last scanned at."""

    repository: Repository
    seen_oid: str | None
    changed_at: datetime | None
    misses: int


@dataclass(frozen=True, slots=True)
class Hinted:
    """Which of the repositories that were pushed to are known, and how many of those are to be looked at."""

    ids: frozenset[int]
    due: int

    @property
    def known(self) -> int:
        return len(self.ids)


def due(session: Session, now: datetime, limit: int) -> list[Watched]:
    """Repositories on GitHub that were scanned and are due, those longest due first."""
    query = (
        select(RepositoryRow, WatchRow)
        .outerjoin(WatchRow, WatchRow.repository_id == RepositoryRow.id)
        .where(*_watched(), or_(WatchRow.due_at.is_(None), WatchRow.due_at <= now))
        .order_by(WatchRow.due_at.is_not(None), WatchRow.due_at, RepositoryRow.id)
        .limit(limit)
    )
    return [_of(row, watch) for row, watch in session.execute(query)]


def count_due(session: Session, now: datetime) -> int:
    """How many are due."""
    query = (
        select(func.count())
        .select_from(RepositoryRow)
        .outerjoin(WatchRow, WatchRow.repository_id == RepositoryRow.id)
        .where(*_watched(), or_(WatchRow.due_at.is_(None), WatchRow.due_at <= now))
    )
    return session.scalar(query) or 0


def seen(
    session: Session, repository_id: int, oid: str, changed_at: datetime | None, due_at: datetime, now: datetime
) -> None:
    """The repository is there, at that commit, and to be looked at again then."""
    row = session.get_one(RepositoryRow, repository_id)
    before = session.scalar(select(WatchRow.head_oid).where(WatchRow.repository_id == repository_id))
    new_or_back = oid != before or row.state in {"gone", "empty"}
    if new_or_back and row.state not in {"queued", "scanning", *_LEFT}:
        # Whatever was in the way of a scan, at this commit it may be another thing.
        row.state, row.state_reason = "scanned", None
    there = {"head_oid": oid, "changed_at": changed_at, "misses": 0, "missed_at": None}
    _put(session, repository_id, {**there, "due_at": due_at, "checked_at": now})


def pending(session: Session, most: int) -> list[Repository]:
    """Repositories that were seen at another commit than they were scanned at, longest ago seen first."""
    query = (
        select(RepositoryRow)
        .join(WatchRow, WatchRow.repository_id == RepositoryRow.id)
        .where(*_watched(), RepositoryRow.state.in_(("scanned", "queued", "scanning")))
        .where(WatchRow.head_oid.is_not(None), RepositoryRow.head_oid.is_distinct_from(WatchRow.head_oid))
        .order_by(WatchRow.checked_at, RepositoryRow.id)
        .limit(most)
    )
    return [record(Repository, row) for row in session.scalars(query)]


def missed(session: Session, repository_id: int, due_at: datetime, now: datetime) -> int:
    """The repository was not found. Gives on how many days in a row it was not."""
    row = session.get(WatchRow, repository_id)
    misses, last = (0, None) if row is None else (row.misses, row.missed_at)
    if last is None or now - last >= A_DAY:
        misses, last = misses + 1, now
    _put(session, repository_id, {"due_at": due_at, "checked_at": now, "misses": misses, "missed_at": last})
    return misses


def not_found(session: Session, repository_id: int, now: datetime) -> bool:
    """The repository was not found: whether that was so on enough days for it to be gone, and its code let go of."""
    misses = missed(session, repository_id, now + NEXT_DAY, now)
    if misses < MISSES_UNTIL_GONE:
        return False
    let_go(session, repository_id, "gone", f"not found on {misses} days")
    return True


def put_off(session: Session, repository_id: int, due_at: datetime, now: datetime) -> None:
    """Nothing could be seen, or nothing is to be done: later again."""
    _put(session, repository_id, {"due_at": due_at, "checked_at": now})


def renamed(session: Session, info: RepositoryInfo, now: datetime) -> int:
    """What the server says of a repository now; gives the id of its row, which is another where two were one."""
    return repositories.remember(session, info, now).id


def moved(session: Session, repository_id: int, owner: str, name: str, now: datetime) -> int:
    """The git server has it under another name; gives the id of the row of that name."""
    return repositories.move(session, repository_id, owner, name, now)


def let_go(session: Session, repository_id: int, state: str, reason: str) -> None:
    """A repository that is gone, empty or taken down: its code goes, and its place in lists and figures."""
    row = session.get_one(RepositoryRow, repository_id)
    row.state, row.state_reason, row.head_oid = state, reason, None
    scans.purge_content(session, repository_id)
    session.flush()


def give_up_name(session: Session, repository_id: int) -> None:
    """The name is another repository's now, which does not inherit what was found under it."""
    row = session.get_one(RepositoryRow, repository_id)
    # No repository of GitHub's has this character in its name.
    row.name = f"{row.name}@{row.github_id or row.id}"
    session.flush()


def hint(session: Session, pushed: Mapping[int, tuple[str, str]], now: datetime) -> Hinted:
    """Repositories that were pushed to, by GitHub's id: the branch's full name and its new commit.

    Those that stand elsewhere by all that is known are due at once.
    """
    rows = session.scalars(select(RepositoryRow).where(RepositoryRow.github_id.in_(pushed))).all()
    left_alone = opt_outs.matcher(session)
    count = 0
    for row in rows:
        ref, head = pushed[row.github_id or 0]
        info = RepositoryInfo(row.owner, row.name, host=row.host, github_id=row.github_id)
        other_branch = row.default_branch is not None and ref != f"refs/heads/{row.default_branch}"
        if left_alone(info) or other_branch or row.head_oid in (None, head) or row.state in _LEFT:
            continue
        _put(session, row.id, {"due_at": now})
        count += 1
    return Hinted(frozenset(row.github_id for row in rows if row.github_id is not None), count)


def _watched() -> tuple[ColumnElement[bool], ...]:
    was_scanned = exists().where(ScanRow.repository_id == RepositoryRow.id)
    return RepositoryRow.host == GITHUB, RepositoryRow.state.not_in(_LEFT), was_scanned


def _put(session: Session, repository_id: int, values: dict[str, object]) -> None:
    changed = update(WatchRow).where(WatchRow.repository_id == repository_id).values(values)
    if session.scalar(changed.returning(WatchRow.repository_id)) is None:
        session.execute(insert(WatchRow).values({"repository_id": repository_id, "misses": 0, **values}))


def _of(row: RepositoryRow, watch: WatchRow | None) -> Watched:
    changed_at = row.pushed_at if watch is None or watch.changed_at is None else watch.changed_at
    return Watched(record(Repository, row), row.head_oid, changed_at, watch.misses if watch else 0)
