"""Repositories, and how each came to be known."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id


class RepositoryRow(Base):
    """A repository, wherever it was found. GitHub's id stays through renames; owner and name are attributes."""

    __tablename__ = "repositories"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    host: Mapped[str] = mapped_column()
    owner: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column()
    github_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    node_id: Mapped[str | None]
    stars: Mapped[int | None]
    fork: Mapped[bool | None]
    archived: Mapped[bool | None]
    pushed_at: Mapped[datetime | None]
    default_branch: Mapped[str | None]
    size_kb: Mapped[int | None]
    licence: Mapped[str | None]
    head_oid: Mapped[str | None]
    url: Mapped[str | None]
    local_path: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(index=True)
    state_reason: Mapped[str | None]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]

    # GitHub does not tell the case of names apart.
    __table_args__ = (Index("uq_repositories_name", host, func.lower(owner), func.lower(name), unique=True),)


class RepositorySourceRow(Base):
    """How a repository came to be known: a crawler and its query, or the user who named it."""

    __tablename__ = "repository_sources"

    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]

    __table_args__ = (Index(None, "source", "repository_id"),)
