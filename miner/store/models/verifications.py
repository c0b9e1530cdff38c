"""Verifications: findings put to the test, beside the static verdicts and never over them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.scans import ScanRow


class VerificationRow(Base):
    """The newest verification of one finding of a scan, in the order of the scan's findings."""

    __tablename__ = "verifications"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pair_id: Mapped[str]
    verdict: Mapped[str]
    scope: Mapped[str | None]
    disagrees: Mapped[bool]
    rung: Mapped[str | None]
    device: Mapped[str | None]
    seconds: Mapped[float]
    finished_at: Mapped[datetime]
    # The whole of it, evidence included, as JSON.
    document: Mapped[str] = mapped_column(deferred=True)

    __table_args__ = (Index(None, "verdict"), Index(None, "disagrees"))
