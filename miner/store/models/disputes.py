"""Disputes: findings that somebody says are wrong, as rows to be looked at."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow


class DisputeRow(Base):
    """What one side says against one finding of a repository, and what came of it. It outlives the scans."""

    __tablename__ = "disputes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"))
    finding: Mapped[str]
    code: Mapped[str]
    raised_by: Mapped[str]
    reason: Mapped[str]
    commit: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    note: Mapped[str | None]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("repository_id", "finding", "raised_by"),)
