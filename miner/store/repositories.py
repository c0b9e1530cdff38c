"""Repositories: who they are, and where each stands."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from miner.store import scans
from miner.store.convert import reason_line, storable
from miner.store.models import FormerNameRow, RepositoryRow, RepositorySourceRow
from miner.store.records import LOCAL, LOCAL_OWNER, RepositoryInfo, RepositoryState

LONGEST_QUERY = 1000

KNOWN_ATTRIBUTES = ("node_id", "stars", "fork", "archived", "pushed_at", "default_branch", "size_kb", "licence", "url")


def by_name(session: Session, host: str, owner: str, name: str) -> RepositoryRow | None:
    """The repository of that name, in any case of letters."""
    return session.scalars(
        select(RepositoryRow).where(
            RepositoryRow.host == host,
            func.lower(RepositoryRow.owner) == func.lower(owner),
            func.lower(RepositoryRow.name) == func.lower(name),
        )
    ).one_or_none()


def by_local_path(session: Session, paths: Sequence[str]) -> dict[str, RepositoryRow]:
    """The local repositories at these paths, by them."""
    found = session.scalars(select(RepositoryRow).where(RepositoryRow.local_path.in_(paths)))
    return {row.local_path: row for row in found if row.local_path is not None}


def by_former_name(session: Session, host: str, owner: str, name: str) -> RepositoryRow | None:
    """The repository that had this name before."""
    return session.scalars(
        select(RepositoryRow)
        .join(FormerNameRow)
        .where(
            FormerNameRow.host == host,
            FormerNameRow.owner_key == func.lower(owner),
            FormerNameRow.name_key == func.lower(name),
        )
    ).one_or_none()


def remember(session: Session, info: RepositoryInfo, now: datetime) -> RepositoryRow:
    """The row of a repository, made or brought up to what is known of it now.

    GitHub's id decides who it is: a known id under a new name is a rename, a known name under a new id is another
    repository, and the one that had the name before is gone.
    """
    row = None
    while row is None:
        row = _known(session, info) or _insert(session, info, now)
    row.owner, row.name = info.owner, info.name
    row.github_id = info.github_id or row.github_id
    for attribute in KNOWN_ATTRIBUTES:
        value = getattr(info, attribute)
        if value is not None:
            setattr(row, attribute, value)
    row.last_seen = now
    session.flush()
    return row


def remember_local(session: Session, path: str, name: str, now: datetime) -> RepositoryRow:
    """The row of a local repository, which is its path; `name` is what it is called if it is new and no other is."""
    path, name = storable(path), storable(name)
    while True:
        row = session.scalars(select(RepositoryRow).where(RepositoryRow.local_path == path)).one_or_none()
        if row is not None:
            row.last_seen = now
            session.flush()
            return row
        free, number = name, 1
        while by_name(session, LOCAL, LOCAL_OWNER, free) is not None:
            number += 1
            free = f"{name}~{number}"
        _insert(session, RepositoryInfo(LOCAL_OWNER, free, host=LOCAL), now, local_path=path)


def add_source(session: Session, repository_id: int, source: str, query: str, now: datetime) -> None:
    """Notes how a repository came to be known, once per source and query."""
    query = storable(query)[:LONGEST_QUERY]
    if session.get(RepositorySourceRow, (repository_id, source, query)) is None:
        session.add(RepositorySourceRow(repository_id=repository_id, source=source, query=query, seen_at=now))
        session.flush()


def move(session: Session, repository_id: int, owner: str, name: str, now: datetime) -> int:
    """A repository that its host has under another name now: the id of the row of that name, mostly the same row."""
    row = session.get_one(RepositoryRow, repository_id)
    other = by_name(session, row.host, owner, name)
    if other is not None and other is not row:
        row.state, row.state_reason = "gone", f"it is {owner}/{name} now"
        scans.purge_content(session, row.id)
        keys = {"host": row.host, "owner_key": row.owner.lower(), "name_key": row.name.lower()}
        session.merge(FormerNameRow(**keys, repository_id=other.id))
        row = other
    row.owner, row.name, row.last_seen = owner, name, now
    session.flush()
    return row.id


def seen_unchanged(session: Session, repository_id: int, now: datetime) -> None:
    """Notes that a repository is where its latest scan left it."""
    seen = update(RepositoryRow).where(RepositoryRow.id == repository_id)
    session.execute(seen.values(state="scanned", state_reason=None, last_seen=now))


def set_state(session: Session, repository_id: int, state: RepositoryState, reason: str | None = None) -> None:
    """Notes where a repository stands. Of one that is blocked nothing is shown any more."""
    session.execute(
        update(RepositoryRow)
        .where(RepositoryRow.id == repository_id)
        .values(state=state, state_reason=None if reason is None else reason_line(reason))
    )
    if state == "blocked":
        scans.purge_content(session, repository_id)


def set_scanning(session: Session, repository_ids: Sequence[int]) -> None:
    """Notes that repositories are being scanned."""
    begun = update(RepositoryRow).where(RepositoryRow.id.in_(repository_ids))
    session.execute(begun.values(state="scanning", state_reason=None).execution_options(synchronize_session=False))


def _known(session: Session, info: RepositoryInfo) -> RepositoryRow | None:
    named = by_name(session, info.host, info.owner, info.name)
    if info.github_id is None:
        return named
    identified = session.scalars(select(RepositoryRow).where(RepositoryRow.github_id == info.github_id)).one_or_none()
    if named is None or named is identified:
        return identified
    if named.github_id is None and identified is None:
        return named
    if named.github_id is None:
        # Known by its name alone, and now seen to be the other row. A scan of that one makes its scans again.
        session.delete(named)
    else:
        # No repository of GitHub's has this character in its name.
        named.name = f"{named.name}@{named.github_id}"
        named.state, named.state_reason = "gone", "its name belongs to another repository now"
        scans.purge_content(session, named.id)
    session.flush()
    return identified


def _insert(
    session: Session, info: RepositoryInfo, now: datetime, *, local_path: str | None = None
) -> RepositoryRow | None:
    """The new row, None where another process was faster to take the name, the path or the id."""
    row = RepositoryRow(
        host=info.host,
        owner=info.owner,
        name=info.name,
        github_id=info.github_id,
        local_path=local_path,
        state="discovered",
        first_seen=now,
        last_seen=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row
