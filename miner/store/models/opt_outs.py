"""Whom this installation leaves alone, because they asked for it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id


class OptOutRow(Base):
    """A repository by GitHub's id or by name, or all of an owner's. Names are kept in lower case."""

    __tablename__ = "opt_outs"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    value: Mapped[str]
    note: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("kind", "value"),)
