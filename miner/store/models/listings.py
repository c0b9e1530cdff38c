"""What lists and figures are read from: made of repositories and their latest scans by the database itself, in the
transaction that changes those (`miner.store.derived`). Nothing else writes here.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from miner.store.models.base import Base, Id
from miner.store.models.repositories import RepositoryRow
from miner.store.models.scans import ScanRow


class ListingRow(Base):
    """A repository with its latest scan, if it has one: narrow, and indexed for each way of sorting.

    `rank` orders verdicts, the worst first. `depth` is how many steps of the funnel it passed, 6 with the verdict.
    """

    __tablename__ = "listings"

    repository_id: Mapped[int] = mapped_column(
        Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    scan_id: Mapped[int | None] = mapped_column(Id)
    state: Mapped[str]
    host: Mapped[str]
    owner_key: Mapped[str] = mapped_column(index=True)
    name_key: Mapped[str]
    stars: Mapped[int]
    fork: Mapped[bool | None]
    archived: Mapped[bool | None]
    pushed_at: Mapped[datetime | None]
    rank: Mapped[int]
    eligible: Mapped[bool | None]
    verdict: Mapped[str | None]
    legacy: Mapped[str | None]
    modern: Mapped[str | None]
    torch_range: Mapped[str | None]
    draw_kind: Mapped[str | None]
    reseed: Mapped[str | None]
    workers: Mapped[str | None]
    why_not_eligible: Mapped[str | None]
    year: Mapped[int | None]
    depth: Mapped[int | None]
    seed_runs: Mapped[str | None]
    seeded: Mapped[str | None]

    __table_args__ = (
        # Rare ones are looked for in it without the rows.
        Index(
            "ix_listings_worst",
            *("rank", "repository_id", "state", "depth", "eligible", "legacy", "modern", "torch_range", "draw_kind"),
            *("reseed", "workers", "why_not_eligible", "year", "seed_runs", "seeded", "stars", "fork", "archived"),
        ),
        Index("ix_listings_name", "name_key", "repository_id"),
        Index("ix_listings_stars", "stars", "repository_id"),
        Index("ix_listings_recent", func.coalesce(scan_id, 0), "repository_id"),
        Index("ix_listings_state", "state", "repository_id"),
        Index("ix_listings_seed_runs", "seed_runs", "rank", "repository_id", "state", "depth"),
        Index("ix_listings_seeded", "seeded", "rank", "repository_id", "state", "depth"),
        Index(
            "ix_listings_unknown",
            *("rank", "repository_id"),
            sqlite_where=text("legacy = 'unknown' OR modern = 'unknown'"),
            postgresql_where=text("legacy = 'unknown' OR modern = 'unknown'"),
        ),
        Index(
            "ix_listings_undated",
            *("rank", "repository_id"),
            sqlite_where=text("scan_id IS NOT NULL AND year IS NULL"),
            postgresql_where=text("scan_id IS NOT NULL AND year IS NULL"),
        ),
        # For filters that few repositories pass; whoever asks says that there is a pair.
        Index(
            "ix_listings_pairs",
            *("legacy", "modern", "draw_kind", "reseed", "torch_range", "year", "workers", "repository_id"),
            sqlite_where=text("draw_kind IS NOT NULL"),
            postgresql_where=text("draw_kind IS NOT NULL"),
        ),
    )


class TallyRow(Base):
    """How many latest scans are alike: a sum over rows, since changes are added as rows and folded now and then.

    One row of `listings` is in the sum once for each `dimension`: `all`, `torch_range`, `year`, ... and `state`.
    """

    __tablename__ = "tallies"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dimension: Mapped[str]
    bucket: Mapped[str]
    eligible: Mapped[bool | None]
    verdict: Mapped[str | None]
    legacy: Mapped[str | None]
    modern: Mapped[str | None]
    depth: Mapped[int | None]
    n: Mapped[int]


class ScanCodeRow(Base):
    """The codes that a scan's counted pairs and companion checks have, each once."""

    __tablename__ = "scan_codes"

    scan_id: Mapped[int] = mapped_column(Id, ForeignKey(ScanRow.id, ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "code", "scan_id"),)


class FormerNameRow(Base):
    """A name that a repository had, in lower case. Who asks for it is sent to the present one."""

    __tablename__ = "former_names"

    host: Mapped[str] = mapped_column(primary_key=True)
    owner_key: Mapped[str] = mapped_column(primary_key=True)
    name_key: Mapped[str] = mapped_column(primary_key=True)
    repository_id: Mapped[int] = mapped_column(Id, ForeignKey(RepositoryRow.id, ondelete="CASCADE"), index=True)
