"""What a scan found beside its verdict: the companion checks that fired, and the seeds."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.scans import ScanRow


class CheckFindingRow(Base):
    """One companion check that fired, in the report's order. Gone with the scan."""

    __tablename__ = "check_findings"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    finding_id: Mapped[str]
    code: Mapped[str] = mapped_column(index=True)
    path: Mapped[str]
    line: Mapped[int]
    program: Mapped[str | None]


class SeedRow(Base):
    """One constant that a repository seeds with, in the report's order. Gone with the scan."""

    __tablename__ = "seeds"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger, index=True)
    api: Mapped[str]
    path: Mapped[str]
    line: Mapped[int]
    looped: Mapped[bool]
