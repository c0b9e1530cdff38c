"""When each repository was last looked at for changes, and when it is to be looked at again."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow


class WatchRow(Base):
    """`head_oid` is the default branch's commit as last seen, `changed_at` when it became that, as far as is known.

    `misses` are days in a row on which the repository was not found.
    """

    __tablename__ = "watches"

    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"), primary_key=True)
    checked_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(index=True)
    head_oid: Mapped[str | None]
    changed_at: Mapped[datetime | None]
    misses: Mapped[int]
    missed_at: Mapped[datetime | None]
