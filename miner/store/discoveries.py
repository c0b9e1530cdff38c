"""Discoveries: which queries of each are paid for, and what they found, in the same commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from miner.store.convert import record, storable
from miner.store.found import remember_found
from miner.store.models import DiscoveryQueryRow, DiscoveryRow
from miner.store.records import RepositoryInfo

QueryState = Literal["open", "done", "split", "overfull"]

PAGE = 100
MOST_HITS = 1000


@dataclass(frozen=True, slots=True)
class Discovery:
    """A way to find repositories with what it was given. `seen_until` is the moment that its queries reach to."""

    id: int
    kind: str
    key: str
    requests: int
    found: int
    new: int
    created_at: datetime
    updated_at: datetime
    seen_until: datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    """A query that is not paid for yet, or not to its last page. `total_count` is a guess until it was asked."""

    id: int
    discovery_id: int
    text: str
    spans: str
    total_count: int | None
    cursor: str | None
    pages: int
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewQuery:
    """A query to be asked; `guess` is how many hits it may have."""

    text: str
    spans: str = "[]"
    guess: int | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What a request brought: the repositories, where the next page begins, and what the server says of the whole."""

    found: Sequence[RepositoryInfo]
    cursor: str | None = None
    total_count: int | None = None
    incomplete: bool = False
    requests: int = 1


@dataclass(frozen=True, slots=True)
class DiscoveryProgress:
    """Cost and gain so far over all passes. `to_go` is how many more requests it takes, as far as can be told."""

    requests: int
    found: int
    new: int
    open: int
    done: int
    overfull: int
    incomplete: int
    to_go: int


def begin(session: Session, kind: str, key: str, now: datetime) -> Discovery:
    """The discovery of that kind and key, which is made if there is none."""
    key = storable(key)
    query = select(DiscoveryRow).where(DiscoveryRow.kind == kind, DiscoveryRow.key == key)
    row = session.scalars(query).one_or_none()
    if row is None:
        row = DiscoveryRow(kind=kind, key=key, requests=0, found=0, new=0, created_at=now, updated_at=now)
        session.add(row)
        session.flush()
    return record(Discovery, row)


def plant(session: Session, discovery_id: int, queries: Sequence[NewQuery], seen_until: datetime | None = None) -> None:
    """Queries to be asked; those that are known already stay what they are. `seen_until` is what they reach to."""
    if seen_until is not None:
        row = update(DiscoveryRow).where(DiscoveryRow.id == discovery_id)
        session.execute(row.values(seen_until=seen_until))
    known = set(
        session.scalars(
            select(DiscoveryQueryRow.text).where(
                DiscoveryQueryRow.discovery_id == discovery_id,
                DiscoveryQueryRow.text.in_([query.text for query in queries]),
            )
        )
    )
    values = [
        {
            "discovery_id": discovery_id,
            "text": query.text,
            "spans": query.spans,
            "state": "open",
            "total_count": query.guess,
            "incomplete": False,
            "pages": 0,
            "found": 0,
        }
        for query in queries
        if query.text not in known
    ]
    if values:
        session.execute(insert(DiscoveryQueryRow), values)


def next_open(session: Session, discovery_id: int) -> Query | None:
    """A query to ask next: of the youngest, so that few are open at a time."""
    query = (
        select(DiscoveryQueryRow)
        .where(DiscoveryQueryRow.discovery_id == discovery_id, DiscoveryQueryRow.state == "open")
        .order_by(DiscoveryQueryRow.id.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    return None if row is None else record(Query, row)


def pay(session: Session, query: Query, source: str, label: str, paid: Paid, state: QueryState, now: datetime) -> int:
    """Notes an answer and what it found, and gives how many of the repositories are new."""
    new = remember_found(session, paid.found, source, label, now)
    row = session.get_one(DiscoveryQueryRow, query.id)
    row.state, row.cursor, row.asked_at = state, paid.cursor, now
    row.total_count = row.total_count if paid.total_count is None else paid.total_count
    row.incomplete = row.incomplete or paid.incomplete
    row.pages, row.found = row.pages + 1, row.found + len(paid.found)
    session.execute(
        update(DiscoveryRow)
        .where(DiscoveryRow.id == query.discovery_id)
        .values(
            requests=DiscoveryRow.requests + paid.requests,
            # What a query that is parted found is found again by its parts, and counted there.
            found=DiscoveryRow.found + (0 if state == "split" else len(paid.found)),
            new=DiscoveryRow.new + new,
            updated_at=now,
        )
    )
    session.flush()
    return new


def drop(session: Session, query_id: int) -> None:
    """Lets go of a query that nobody will ask."""
    session.execute(delete(DiscoveryQueryRow).where(DiscoveryQueryRow.id == query_id))


def forget(session: Session, discovery_id: int) -> None:
    """Lets go of what was paid for, so that all is asked again."""
    session.execute(delete(DiscoveryQueryRow).where(DiscoveryQueryRow.discovery_id == discovery_id))
    session.execute(update(DiscoveryRow).where(DiscoveryRow.id == discovery_id).values(seen_until=None))


def progress(session: Session, discovery_id: int) -> DiscoveryProgress:
    """How far a discovery is."""
    row = session.get_one(DiscoveryRow, discovery_id, populate_existing=True)
    query = DiscoveryQueryRow
    hits = func.coalesce(query.total_count, 1)
    pages_left = (case((hits > MOST_HITS, MOST_HITS), else_=hits) + PAGE - 1) / PAGE - query.pages
    is_open = query.state == "open"
    counts = select(
        func.coalesce(func.sum(case((is_open, 1), else_=0)), 0),
        func.coalesce(func.sum(case((query.state.in_(["done", "split", "overfull"]), 1), else_=0)), 0),
        func.coalesce(func.sum(case((query.state == "overfull", 1), else_=0)), 0),
        func.coalesce(func.sum(case((query.incomplete, 1), else_=0)), 0),
        func.coalesce(func.sum(case((is_open, case((pages_left > 1, pages_left), else_=1)), else_=0)), 0),
    ).where(query.discovery_id == discovery_id)
    open_, done, overfull, incomplete, to_go = session.execute(counts).one()
    return DiscoveryProgress(row.requests, row.found, row.new, open_, done, overfull, incomplete, int(to_go))
