"""The tables. Names are those of the report; all times are UTC. Nothing outside `miner.store` imports this module.

States are text without a CHECK: they grow with releases, and the types in `records` are what guards them.

A change here needs a migration; a test compares the two.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# SQLite numbers rows by itself only where the key is spelled INTEGER.
Id = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its time zone; SQLite keeps none, so it is stored as UTC and given back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, str: Text}


class RepositoryRow(Base):
    """A repository, wherever it was found. GitHub's id stays through renames; owner and name are attributes."""

    __tablename__ = "repositories"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    host: Mapped[str] = mapped_column()
    owner: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column()
    github_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    node_id: Mapped[str | None]
    stars: Mapped[int | None]
    fork: Mapped[bool | None]
    archived: Mapped[bool | None]
    pushed_at: Mapped[datetime | None]
    default_branch: Mapped[str | None]
    size_kb: Mapped[int | None]
    head_oid: Mapped[str | None]
    url: Mapped[str | None]
    local_path: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(index=True)
    state_reason: Mapped[str | None]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]

    # GitHub does not tell the case of names apart.
    __table_args__ = (Index("uq_repositories_name", host, func.lower(owner), func.lower(name), unique=True),)


class RepositorySourceRow(Base):
    """How a repository came to be known: a crawler and its query, or the user who named it."""

    __tablename__ = "repository_sources"

    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]

    __table_args__ = (Index(None, "source", "repository_id"),)


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
        Index("ix_scans_verdict", "verdict", "repository_id"),
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


class RunRow(Base):
    """One request to scan a list of targets. The counters move in the same commit as the item that they count."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # A hash of the targets, by which the same request made again finds the run that it goes on with.
    targets_key: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    total: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RunItemRow(Base):
    """One target of a run."""

    __tablename__ = "run_items"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(Id, ForeignKey(RunRow.id, ondelete="CASCADE"))
    position: Mapped[int]
    target: Mapped[str]
    identity: Mapped[str | None]
    repository_id: Mapped[int | None] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="SET NULL"), index=True)
    scan_id: Mapped[int | None] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="SET NULL"), index=True)
    state: Mapped[str]
    reason: Mapped[str | None]
    attempts: Mapped[int]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seconds: Mapped[float | None]

    repository: Mapped[RepositoryRow | None] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        Index(None, "run_id", "state"),
    )


class WorkerRow(Base):
    """A process that runs jobs, for as long as it lives. One that stops beating is dead, and its jobs go to others."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime] = mapped_column(index=True)
