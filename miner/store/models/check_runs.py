"""Companion checks put to the test, beside the scan that found them."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.scans import ScanRow


class CheckRunRow(Base):
    """The newest run of one companion check's finding, by its place among the report's checks."""

    __tablename__ = "check_runs"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    verdict: Mapped[str]
    finished_at: Mapped[datetime]
    # `miner.verify.model.CheckRun` as JSON.
    document: Mapped[str]
