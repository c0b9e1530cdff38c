"""Who may ask for work over the API, and what was asked."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id


class TokenRow(Base):
    """A token of the API. Of its secret only a hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditRow(Base):
    """Something that was asked for, by whom. The database refuses to change or remove these rows."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str | None]
