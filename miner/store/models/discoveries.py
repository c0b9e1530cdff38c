"""Discoveries: searches for repositories, and which of their queries are paid for."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id


class DiscoveryRow(Base):
    """One way to find repositories with what it was given: a query, an organisation, a file."""

    __tablename__ = "discoveries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    requests: Mapped[int]
    found: Mapped[int]
    new: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    # The moment that its queries reach to: what is newer is asked for the next time.
    seen_until: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("kind", "key"),)


class DiscoveryQueryRow(Base):
    """A query of a discovery. `spans` are the ranges that make it, as JSON; `cursor` where its next page begins.

    `state`: open, done, split (its parts are rows of their own), overfull (more hits than the server gives, and no way
    to part them).
    """

    __tablename__ = "discovery_queries"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    discovery_id: Mapped[int] = mapped_column(Id, ForeignKey(DiscoveryRow.id, ondelete="CASCADE"))
    text: Mapped[str]
    spans: Mapped[str]
    state: Mapped[str]
    total_count: Mapped[int | None]
    incomplete: Mapped[bool]
    cursor: Mapped[str | None]
    pages: Mapped[int]
    found: Mapped[int]
    asked_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("discovery_id", "text"), Index(None, "discovery_id", "state"))
