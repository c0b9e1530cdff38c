"""Patches that mend what a scan found."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.scans import ScanRow


class PatchRow(Base):
    """One patch. `document` is `analysis.fix.patch.Patch` as JSON; it quotes the repository's code."""

    __tablename__ = "patches"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
