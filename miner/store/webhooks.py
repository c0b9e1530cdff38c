"""Who is to be told that a batch ended, and how often it was tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from miner.store.convert import reason_line
from miner.store.models import WebhookRow

# How long to wait after each failure; after the last one nobody is told.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))
_TAKEN_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that is due. `secret` signs it, where there is one."""

    batch_id: int
    url: str
    secret: str | None
    attempts: int


def add(session: Session, batch_id: int, url: str, secret: str | None) -> None:
    """Somebody wants to know when the batch ends."""
    session.add(WebhookRow(batch_id=batch_id, url=url, secret=secret, state="waiting", attempts=0))
    session.flush()


def due(session: Session, batch_id: int, now: datetime) -> None:
    """The batch ended; does nothing where nobody asked."""
    ended = update(WebhookRow).where(WebhookRow.batch_id == batch_id, WebhookRow.state == "waiting")
    session.execute(ended.values(state="due", next_at=now))


def rearm(session: Session, batch_id: int) -> None:
    """The batch goes on after its end: there will be another one, of which those are told that were not yet."""
    again = update(WebhookRow).where(WebhookRow.batch_id == batch_id, WebhookRow.state == "due")
    session.execute(again.values(state="waiting", next_at=None, attempts=0))


def take(session: Session, now: datetime) -> Delivery | None:
    """The next message that is due; for a minute nobody else is given it."""
    next_one = (
        select(WebhookRow)
        .where(WebhookRow.state == "due", WebhookRow.next_at <= now)
        .order_by(WebhookRow.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(next_one).one_or_none()
    if row is None:
        return None
    row.next_at, row.attempts = now + _TAKEN_FOR, row.attempts + 1
    session.flush()
    return Delivery(row.batch_id, row.url, row.secret, row.attempts)


def delivered(session: Session, batch_id: int) -> None:
    """It was taken; the secret is not needed any more."""
    row = session.get_one(WebhookRow, batch_id)
    row.state, row.next_at, row.secret, row.last_error = "delivered", None, None, None


def failed(session: Session, batch_id: int, error: str, now: datetime) -> None:
    """It was not taken: later again, or after the last pause never."""
    row = session.get_one(WebhookRow, batch_id)
    row.last_error = reason_line(error)
    if row.attempts > len(PAUSES):
        row.state, row.next_at, row.secret = "failed", None, None
    else:
        row.next_at = now + PAUSES[row.attempts - 1]
