"""What may still be asked of GitHub's API, shared by all processes."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id


class BudgetRow(Base):
    """One resource's quota as the server's headers tell it, less what is lent out in blocks.

    `identity` names a token without being one. `not_before` is a pause that the server asked for, `refusals` how many
    there were in a row; `minute_used` counts against the limits of a minute that the server does not show.
    """

    __tablename__ = "api_budgets"

    identity: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    quota: Mapped[int]
    remaining: Mapped[int]
    reset_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    refusals: Mapped[int]
    minute_at: Mapped[datetime]
    minute_used: Mapped[int]
    spent: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]


class LeaseRow(Base):
    """A block of a quota in the hands of one user, who asks serially: as many live leases, as many connections."""

    __tablename__ = "api_leases"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity: Mapped[str] = mapped_column(index=True)
    holder: Mapped[str] = mapped_column(unique=True)
    until: Mapped[datetime]
