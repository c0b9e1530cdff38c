"""Tokens of the API, and the log of what was asked with them.

A token is `sw_NUMBER_SECRET`. The secret is 256 random bits, so that a plain hash of it is enough to keep.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from miner.errors import BadInput
from miner.store.convert import reason_line, record
from miner.store.errors import NotThere
from miner.store.models import AuditRow, TokenRow

SCOPES: Final[Mapping[str, str]] = {
    "batches": "make batches, pause, resume, cancel and retry them",
    "schedules": "make, pause, trigger and remove schedules",
    "disputes": "say that a finding is wrong",
}
_PREFIX: Final = "sw"
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret, which nobody can read again."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was asked for: when, by whom (`token:NAME` or `cli`), what, and about what."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str | None


def make(
    session: Session, name: str, scopes: Sequence[str], expires_at: datetime | None, now: datetime
) -> tuple[Token, str]:
    """A new token, and the text that its owner must keep: it is not shown again.

    Raises BadInput (a scope that there is not, a name that is taken).
    """
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise BadInput(f"scopes are {', '.join(SCOPES)}" + (f"; there is no {unknown[0]!r}" if unknown else ""))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = TokenRow(
        name=name,
        scopes=" ".join(sorted(set(scopes))),
        secret_hash=_hash(secret),
        created_at=now,
        expires_at=expires_at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise BadInput(f"there is a token {name!r} already, revoked ones count; choose another name") from error
    return _token(row), f"{_PREFIX}_{row.id}_{secret}"


def find(session: Session, text: str, now: datetime) -> Token | None:
    """The token that the text is, None where it is none, was revoked, or is past its time."""
    prefix, _, rest = text.partition("_")
    number, _, secret = rest.partition("_")
    if prefix != _PREFIX or not (number.isascii() and number.isdecimal()) or int(number) >= 2**63:
        return None
    row = session.get(TokenRow, int(number))
    # The comparison is made where there is no such token too: a stranger learns no numbers by the time it takes.
    known = hmac.compare_digest(_hash(secret), row.secret_hash if row is not None else _hash(""))
    if row is None or not known or row.revoked_at is not None:
        return None
    return None if row.expires_at is not None and row.expires_at <= now else _token(row)


def revoke(session: Session, name: str, now: datetime) -> None:
    """Raises NotThere."""
    revoked = update(TokenRow).where(TokenRow.name == name, TokenRow.revoked_at.is_(None)).values(revoked_at=now)
    if session.scalar(revoked.returning(TokenRow.id)) is None:
        raise NotThere(f"there is no token {name!r} that is not revoked")


def tokens(session: Session) -> list[Token]:
    """All tokens, revoked ones too, by name."""
    return [_token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.name))]


def note(session: Session, actor: str, action: str, subject: str, now: datetime, *, detail: str | None = None) -> None:
    """Adds to the log, in the transaction that does what is noted."""
    line = None if detail is None else reason_line(detail)
    session.add(AuditRow(at=now, actor=actor, action=action, subject=reason_line(subject), detail=line))


def audit(session: Session, limit: int) -> list[AuditEntry]:
    """The newest entries, newest first."""
    return [
        record(AuditEntry, row) for row in session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(limit))
    ]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _token(row: TokenRow) -> Token:
    return record(Token, row, scopes=tuple(row.scopes.split()))
