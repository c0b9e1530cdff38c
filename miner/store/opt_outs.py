"""Whom this installation leaves alone: asked where repositories are found, fetched and shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from miner.store import scans
from miner.store.convert import record, storable
from miner.store.models import FormerNameRow, OptOutRow, RepositoryRow, RepositorySourceRow, WatchRow
from miner.store.records import GITHUB, Repository, RepositoryInfo

OptOutKind = Literal["id", "owner", "name"]


@dataclass(frozen=True, slots=True)
class OptOut:
    """One wish to be left alone: GitHub's id of a repository, an owner, or `owner/name`."""

    id: int
    kind: OptOutKind
    value: str
    note: str | None
    created_at: datetime


def add(session: Session, kind: OptOutKind, value: str, note: str | None, now: datetime) -> list[Repository]:
    """Notes a wish and carries it out; gives the repositories that it is about and that were known here."""
    value = value.lower()
    known = session.scalars(select(OptOutRow).where(OptOutRow.kind == kind, OptOutRow.value == value)).one_or_none()
    if known is None:
        session.add(OptOutRow(kind=kind, value=value, note=None if note is None else storable(note), created_at=now))
        session.flush()
    rows = list(session.scalars(select(RepositoryRow).where(_meant(kind, value))))
    for row in rows:
        purge(session, row.id, "opted_out", "left alone at its owner's wish")
    return [record(Repository, row) for row in rows]


def remove(session: Session, kind: OptOutKind, value: str) -> bool:
    """Takes a wish back; what it was about counts as discovered and never scanned. False where there was none."""
    taken = session.scalar(
        delete(OptOutRow).where(OptOutRow.kind == kind, OptOutRow.value == value.lower()).returning(OptOutRow.id)
    )
    if taken is None:
        return False
    still = matcher(session)
    for row in session.scalars(select(RepositoryRow).where(_meant(kind, value.lower()))):
        if row.state == "opted_out" and not still(_info(row)):
            row.state, row.state_reason = "discovered", None
    session.flush()
    return True


def listing(session: Session) -> list[OptOut]:
    """All wishes, oldest first."""
    return [record(OptOut, row) for row in session.scalars(select(OptOutRow).order_by(OptOutRow.id))]


def matcher(session: Session) -> Callable[[RepositoryInfo], bool]:
    """Tells whether a repository is to be left alone, by all that is known at this moment."""
    wishes = {(row.kind, row.value) for row in session.scalars(select(OptOutRow))}
    if not wishes:
        return lambda info: False

    def meant(info: RepositoryInfo) -> bool:
        if info.host != GITHUB:
            return False
        return not wishes.isdisjoint(_wishes_for(info))

    return meant


def held(session: Session, repositories: Iterable[RepositoryRow]) -> set[int]:
    """Those of the repositories, by their ids, that are to be left alone."""
    of_them = {row.id: _wishes_for(_info(row)) for row in repositories if row.host == GITHUB}
    if not of_them:
        return set()
    asked = {value for wishes in of_them.values() for _, value in wishes}
    found = session.execute(select(OptOutRow.kind, OptOutRow.value).where(OptOutRow.value.in_(asked)))
    wishes = {(kind, value) for kind, value in found}
    return {id_ for id_, its in of_them.items() if not wishes.isdisjoint(its)}


def purge(session: Session, repository_id: int, state: str, reason: str) -> None:
    """Lets go of all that was found in a repository, and of how it came to be known. Its row says why."""
    row = session.get_one(RepositoryRow, repository_id)
    scans.delete_all(session, repository_id)
    for table in (RepositorySourceRow, FormerNameRow, WatchRow):
        session.execute(delete(table).where(table.repository_id == repository_id))
    row.state, row.state_reason, row.head_oid = state, reason, None
    row.stars = row.pushed_at = row.size_kb = row.default_branch = row.licence = None
    session.flush()


def _meant(kind: OptOutKind, value: str) -> ColumnElement[bool]:
    on_github = RepositoryRow.host == GITHUB
    if kind == "id":
        return on_github & (RepositoryRow.github_id == int(value))
    if kind == "owner":
        return on_github & (func.lower(RepositoryRow.owner) == value)
    owner, _, name = value.partition("/")
    return on_github & (func.lower(RepositoryRow.owner) == owner) & (func.lower(RepositoryRow.name) == name)


def _wishes_for(info: RepositoryInfo) -> set[tuple[str, str]]:
    """The wishes that would be about a repository on GitHub."""
    owner = info.owner.lower()
    return {("id", str(info.github_id)), ("owner", owner), ("name", f"{owner}/{info.name.lower()}")}


def _info(row: RepositoryRow) -> RepositoryInfo:
    return RepositoryInfo(row.owner, row.name, host=row.host, github_id=row.github_id)
