"""API budgets: a row per identity and resource, taken from in blocks, brought up to what the server's headers say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from miner.store.convert import record
from miner.store.models import BudgetRow, LeaseRow

MINUTE = timedelta(minutes=1)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
SAME_WINDOW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known of a resource before the server has spoken, and how it is to be used.

    `reserve` is left for others with the same token; `per_minute` is the secondary limit that no header shows.
    """

    quota: int
    window: timedelta
    reserve: int
    per_minute: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer's headers say of a resource."""

    quota: int
    remaining: int
    reset_at: datetime


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """A resource as it stands."""

    identity: str
    resource: str
    quota: int
    remaining: int
    reset_at: datetime
    not_before: datetime | None
    spent: int
    updated_at: datetime


def take(
    session: Session, identity: str, resource: str, terms: Terms, wanted: int, now: datetime
) -> tuple[int, datetime]:
    """Up to `wanted` requests, and when to come again where they are none."""
    _renew(session, identity, resource, terms, now)
    row = _get(session, identity, resource)
    free = min(wanted, row.remaining - terms.reserve, terms.per_minute - row.minute_used)
    if (row.not_before is None or row.not_before <= now) and free > 0:
        # Compared once more where it is changed: PostgreSQL's other processes may have come between.
        lent = session.scalar(
            update(BudgetRow)
            .where(*_key(identity, resource), BudgetRow.remaining - terms.reserve >= free)
            .where(BudgetRow.minute_used + free <= terms.per_minute)
            .values(
                remaining=BudgetRow.remaining - free,
                minute_used=BudgetRow.minute_used + free,
                spent=BudgetRow.spent + free,
                updated_at=now,
            )
            .returning(BudgetRow.remaining)
        )
        if lent is not None:
            return free, now
    return 0, _next_chance(row, terms, now)


def settle(
    session: Session, identity: str, resource: str, terms: Terms, unused: int, seen: Seen | None, now: datetime
) -> None:
    """Takes back what was lent and not used, and notes what the server's last answer said."""
    if unused:
        session.execute(
            update(BudgetRow)
            .where(*_key(identity, resource))
            .values(
                remaining=BudgetRow.remaining + unused,
                minute_used=case((BudgetRow.minute_used > unused, BudgetRow.minute_used - unused), else_=0),
                spent=BudgetRow.spent - unused,
            )
        )
    if seen is not None:
        _note(session, identity, resource, terms, seen, now)


def _note(session: Session, identity: str, resource: str, terms: Terms, seen: Seen, now: datetime) -> None:
    """What the server says. In the same window the lower number counts: the rest is lent out, or spent elsewhere."""
    _renew(session, identity, resource, terms, now)
    row = _get(session, identity, resource)
    # Another quota than was thought: what was thought of the window says nothing either.
    newer = seen.reset_at > row.reset_at + SAME_WINDOW or seen.quota != row.quota
    row.remaining = seen.remaining if newer else min(row.remaining, seen.remaining)
    row.quota = seen.quota
    row.reset_at = seen.reset_at
    row.refusals, row.updated_at = 0, now
    session.flush()


def pause(
    session: Session, identity: str, resource: str, terms: Terms, wait: timedelta | None, now: datetime
) -> datetime:
    """The server asks for a pause: nobody asks before it ends. Without a time it doubles from a minute on."""
    _renew(session, identity, resource, terms, now)
    row = _get(session, identity, resource)
    if wait is None:
        wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row.refusals, 10))
    row.not_before = max(now + wait, row.not_before or now)
    row.refusals, row.updated_at = row.refusals + 1, now
    session.flush()
    return row.not_before


def lease(session: Session, identity: str, holder: str, most: int, now: datetime, until: datetime) -> datetime | None:
    """One of `most` connections, held until then or given up before; None, or when the next becomes free."""
    session.execute(delete(LeaseRow).where(LeaseRow.until <= now))
    _insert_lease(session, identity, holder, until)
    own = session.scalars(select(LeaseRow.id).where(LeaseRow.holder == holder)).one()
    before = select(LeaseRow.until).where(LeaseRow.identity == identity, LeaseRow.id < own).order_by(LeaseRow.until)
    earlier = list(session.scalars(before))
    if len(earlier) < most:
        return None
    release(session, holder)
    return earlier[0]


def release(session: Session, holder: str) -> None:
    """A connection that is no longer needed."""
    session.execute(delete(LeaseRow).where(LeaseRow.holder == holder))


def listing(session: Session) -> list[ApiBudget]:
    """All budgets, by identity and resource."""
    rows = session.scalars(select(BudgetRow).order_by(BudgetRow.identity, BudgetRow.resource))
    return [record(ApiBudget, row) for row in rows]


def _key(identity: str, resource: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return BudgetRow.identity == identity, BudgetRow.resource == resource


def _get(session: Session, identity: str, resource: str) -> BudgetRow:
    return session.get_one(BudgetRow, (identity, resource), populate_existing=True, with_for_update=True)


def _renew(session: Session, identity: str, resource: str, terms: Terms, now: datetime) -> None:
    """The row, made where there is none; a window that is over is a new one, full until the server says otherwise."""
    if session.get(BudgetRow, (identity, resource)) is None:
        _insert(session, identity, resource, terms, now)
    window = update(BudgetRow).where(*_key(identity, resource))
    session.execute(
        window.where(BudgetRow.reset_at <= now).values(remaining=BudgetRow.quota, reset_at=now + terms.window)
    )
    session.execute(window.where(BudgetRow.minute_at <= now - MINUTE).values(minute_at=now, minute_used=0))


def _insert(session: Session, identity: str, resource: str, terms: Terms, now: datetime) -> None:
    values = {
        "identity": identity,
        "resource": resource,
        "quota": terms.quota,
        "remaining": terms.quota,
        "reset_at": now + terms.window,
        "refusals": 0,
        "minute_at": now,
        "minute_used": 0,
        "spent": 0,
        "updated_at": now,
    }
    try:
        with session.begin_nested():
            session.execute(insert(BudgetRow).values(values))
    except IntegrityError:  # another process was faster
        return


def _insert_lease(session: Session, identity: str, holder: str, until: datetime) -> None:
    renewed = update(LeaseRow).where(LeaseRow.holder == holder).values(until=until).returning(LeaseRow.id)
    if session.scalar(renewed) is None:
        session.execute(insert(LeaseRow).values(identity=identity, holder=holder, until=until))


def _next_chance(row: BudgetRow, terms: Terms, now: datetime) -> datetime:
    chances = [now + timedelta(seconds=1)]
    if row.not_before is not None:
        chances.append(row.not_before)
    if row.remaining <= terms.reserve:
        chances.append(row.reset_at + timedelta(seconds=1))
    if row.minute_used >= terms.per_minute:
        chances.append(row.minute_at + MINUTE)
    return max(chances)
