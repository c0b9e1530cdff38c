"""Scans, and what hangs on them."""

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow

FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class ScanRow(Base):
    """One analysis of one commit."""

    __tablename__ = "scans"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"))
    commit: Mapped[str]
    commit_date: Mapped[date | None]
    analyzer_version: Mapped[str]
    facts_version: Mapped[int]
    eligible: Mapped[bool | None]
    why_not_eligible: Mapped[str | None]
    unknown_why: Mapped[str | None]
    legacy: Mapped[str]
    modern: Mapped[str]
    verdict: Mapped[str]
    torch_range: Mapped[str]
    imports_torch: Mapped[bool]
    custom_code_in_loader: Mapped[bool]
    numpy_draw: Mapped[bool]
    draw_in_worker: Mapped[bool]
    multiprocess_loader: Mapped[bool]
    draw_kind: Mapped[str | None]
    reseed: Mapped[str | None]
    workers: Mapped[str | None]
    fsck_failed: Mapped[bool]
    unread_files: Mapped[int]
    seconds: Mapped[float]
    finished_at: Mapped[datetime]
    is_latest: Mapped[bool]
    licensed: Mapped[bool | None]
    # A later one of its repository ended then; for ever, where there is none.
    stands_until: Mapped[datetime] = mapped_column(default=FOREVER)
    seed_runs: Mapped[str] = mapped_column(default="none")
    seeded: Mapped[str] = mapped_column(default="nothing")
    # The document as text: what was printed once is served byte for byte, and a strong ETag stays true.
    report: Mapped[str] = mapped_column(deferred=True)

    __table_args__ = (
        UniqueConstraint("repository_id", "commit", "analyzer_version"),
        Index(
            "uq_scans_latest",
            "repository_id",
            unique=True,
            sqlite_where=text("is_latest"),
            postgresql_where=text("is_latest"),
        ),
        # Lists as of a day gone by, the worst first, are read from it without the rows and their reports.
        Index(
            "ix_scans_verdict",
            *("verdict", "repository_id", "finished_at", "stands_until", "eligible", "legacy", "modern"),
            *("torch_range", "draw_kind", "reseed", "workers", "commit_date", "id", "why_not_eligible", "seed_runs"),
            *("seeded", "imports_torch", "custom_code_in_loader", "numpy_draw", "draw_in_worker"),
            "multiprocess_loader",
        ),
        Index(
            "ix_scans_eligible",
            *("verdict", "repository_id", "finished_at", "stands_until", "legacy", "modern", "torch_range"),
            *("draw_kind", "reseed", "workers", "commit_date", "id"),
            sqlite_where=text("eligible = 1"),
            postgresql_where=text("eligible"),
        ),
        # What figures of a day gone by are made of, so that the rows with their reports are not read for them.
        Index(
            "ix_scans_days",
            *("finished_at", "repository_id", "id", "eligible", "verdict", "legacy", "modern", "torch_range"),
            *("draw_kind", "reseed", "workers", "commit_date", "imports_torch", "custom_code_in_loader"),
            *("numpy_draw", "draw_in_worker", "multiprocess_loader"),
        ),
        Index(
            "ix_scans_torch",
            "id",
            sqlite_where=text("is_latest AND imports_torch"),
            postgresql_where=text("is_latest AND imports_torch"),
        ),
    )


class FindingRow(Base):
    """One (dataset, loader) pair of a scan, worst first."""

    __tablename__ = "findings"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pair_id: Mapped[str]
    code: Mapped[str]
    counts: Mapped[bool]
    legacy: Mapped[str]
    modern: Mapped[str]
    draw_kind: Mapped[str]
    reseed: Mapped[str]
    workers: Mapped[str]
    workers_value: Mapped[int | None] = mapped_column(BigInteger)
    dataset: Mapped[str]
    api: Mapped[str | None]
    path: Mapped[str]
    line: Mapped[int]
    blob: Mapped[str | None] = mapped_column(index=True)
    train: Mapped[bool]
    overlap: Mapped[bool]
    same_every_run: Mapped[bool]
    distinct_share: Mapped[float | None]


class ExcerptRow(Base):
    """Lines of a repository's code, at most ten, that its page shows. Gone with the scan."""

    __tablename__ = "excerpts"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    # Not the path: a name of 4,096 bytes does not fit PostgreSQL's index pages.
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    path: Mapped[str]
    first_line: Mapped[int]
    text: Mapped[str]
    blob: Mapped[str | None]
