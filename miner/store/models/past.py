"""What figures of days gone by are made of (`miner.store.past`). Nothing else writes here."""

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id


class PastTallyRow(Base):
    """By how much the scans that are alike, among those that were the latest, became more or fewer in a period.

    `period` is `day` or `month`, and `first_day` its first. A month has what its days add up to.
    """

    __tablename__ = "past_tallies"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period: Mapped[str]
    first_day: Mapped[date]
    dimension: Mapped[str]
    bucket: Mapped[str]
    eligible: Mapped[bool | None]
    verdict: Mapped[str]
    legacy: Mapped[str]
    modern: Mapped[str]
    depth: Mapped[int]
    n: Mapped[int]

    __table_args__ = (Index(None, "dimension", "period", "first_day"),)


class StaleDayRow(Base):
    """A day whose row in `past_tallies` is not what the scans say any more. May be named more than once."""

    __tablename__ = "stale_days"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(index=True)
