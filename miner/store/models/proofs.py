"""Proofs: patches put to the test."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.patches import PatchRow


class ProofRow(Base):
    """What running one patch of a scan gave, in the order of its patches. `document` is `miner.verify.model.Proof`."""

    __tablename__ = "proofs"

    scan_id: Mapped[int] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    says: Mapped[str]
    reason: Mapped[str]
    finished_at: Mapped[datetime]
    document: Mapped[str] = mapped_column(deferred=True)

    __table_args__ = (
        ForeignKeyConstraint(["scan_id", "position"], [PatchRow.scan_id, PatchRow.position], ondelete="CASCADE"),
    )
