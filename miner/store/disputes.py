"""Disputes: a maintainer's own (`.seedwatch.toml`, taken in with each scan) and those that the service is told of.

None changes a verdict. One that is settled stays so until its reason is another one.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from analysis.report import Answer
from miner.store import access
from miner.store.convert import reason_line, record, storable
from miner.store.errors import NotThere
from miner.store.models import DisputeRow, RepositoryRow
from miner.store.records import FoundScan

DisputeState = Literal["open", "upheld", "rejected", "withdrawn"]
Settlement = Literal["upheld", "rejected"]
"""`upheld`: the finding is wrong; `rejected`: it stands."""

MAINTAINER: Final = "maintainer"
"""Who raised what the repository's own file says; others are `token:NAME` or `cli`."""

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class NewDispute:
    """Against which finding of which scanned commit, and why."""

    finding: str
    code: str
    reason: str
    commit: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute. `commit` is where it was last said, `note` what whoever settled it says."""

    id: int
    host: str
    owner: str
    name: str
    finding: str
    code: str
    raised_by: str
    reason: str
    commit: str
    state: DisputeState
    note: str | None
    raised_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disputes:
    """The store's door to disputes. Each method is one transaction."""

    reading: Transaction
    changing: Transaction

    def listed(
        self, state: DisputeState | None = None, *, before: int | None = None, limit: int = 100
    ) -> list[Dispute]:
        """Disputes, the newest first; with `before`, those with smaller numbers."""
        query = select(DisputeRow, RepositoryRow).join(RepositoryRow).order_by(DisputeRow.id.desc()).limit(limit)
        if state is not None:
            query = query.where(DisputeRow.state == state)
        if before is not None:
            query = query.where(DisputeRow.id < before)
        with self.reading() as session:
            return [_dispute(row, repository) for row, repository in session.execute(query)]

    def of_repository(self, repository_id: int) -> list[Dispute]:
        """All of one repository, oldest first; those that were taken back are left out."""
        query = (
            select(DisputeRow, RepositoryRow)
            .join(RepositoryRow)
            .where(DisputeRow.repository_id == repository_id, DisputeRow.state != "withdrawn")
            .order_by(DisputeRow.id)
        )
        with self.reading() as session:
            return [_dispute(row, repository) for row, repository in session.execute(query)]

    def raise_one(self, repository_id: int, new: NewDispute, actor: str) -> Dispute:
        """Notes what somebody says against a finding, over what the same one said of it before."""
        with self.changing() as session:
            now = datetime.now(UTC)
            row = session.scalars(
                select(DisputeRow).where(
                    DisputeRow.repository_id == repository_id,
                    DisputeRow.finding == storable(new.finding),
                    DisputeRow.raised_by == actor,
                )
            ).one_or_none()
            row = _said(session, row, repository_id, new, actor, now)
            session.flush()
            repository = session.get_one(RepositoryRow, repository_id)
            subject = f"{repository.owner}/{repository.name} {new.finding}"
            access.note(session, actor, "dispute", subject, now, detail=new.reason)
            return _dispute(row, repository)

    def settle(self, number: int, state: Settlement, note: str | None, actor: str) -> Dispute:
        """Says what came of a dispute. Raises NotThere."""
        with self.changing() as session:
            row = session.get(DisputeRow, number)
            if row is None:
                raise NotThere(f"there is no dispute {number}: `seedwatch disputes` lists them")
            now = datetime.now(UTC)
            row.state, row.note, row.settled_at = state, None if note is None else reason_line(note), now
            access.note(session, actor, f"settle dispute: {state}", str(number), now, detail=note)
            return _dispute(row, session.get_one(RepositoryRow, row.repository_id))


def take_in(session: Session, scanned: Sequence[tuple[int, FoundScan]]) -> None:
    """Notes what repositories, by id, dispute themselves by new scans; what they no longer do counts as withdrawn."""
    ids = [repository_id for repository_id, _ in scanned]
    of_theirs = select(DisputeRow).where(DisputeRow.repository_id.in_(ids), DisputeRow.raised_by == MAINTAINER)
    known = {(row.repository_id, row.finding): row for row in session.scalars(of_theirs)}
    for repository_id, found in scanned:
        for answer in _disputed(found.report.answers):
            row = known.pop((repository_id, storable(answer.finding)), None)
            new = NewDispute(answer.finding, answer.code, answer.reason, found.report.commit or "")
            _said(session, row, repository_id, new, MAINTAINER, found.finished_at)
    for row in known.values():
        row.state = "withdrawn" if row.state == "open" else row.state
    session.flush()


def delete_of(session: Session, repository_id: int) -> None:
    """Lets go of all disputes of a repository."""
    session.execute(delete(DisputeRow).where(DisputeRow.repository_id == repository_id))


def _disputed(answers: Sequence[Answer]) -> list[Answer]:
    """One for each finding: the first that disputes it."""
    said = {answer.finding: answer for answer in reversed(answers) if answer.says == "disputed"}
    return list(said.values())


def _said(
    session: Session, row: DisputeRow | None, repository_id: int, new: NewDispute, raised_by: str, now: datetime
) -> DisputeRow:
    reason = reason_line(new.reason)
    if row is None:
        row = DisputeRow(
            repository_id=repository_id, finding=storable(new.finding), raised_by=raised_by, state="open", raised_at=now
        )
        session.add(row)
    elif row.reason != reason or row.state == "withdrawn":
        row.state, row.note, row.settled_at, row.raised_at = "open", None, None, now
    row.code, row.reason, row.commit = new.code, reason, new.commit
    return row


def _dispute(row: DisputeRow, repository: RepositoryRow) -> Dispute:
    return record(Dispute, row, host=repository.host, owner=repository.owner, name=repository.name)
