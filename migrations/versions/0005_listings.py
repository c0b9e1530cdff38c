"""What lists and figures are read from. Triggers and content come with `miner.store.derived`, after all migrations."""

import sqlalchemy as sa
from alembic import op

from miner.store import derived
from miner.store.models.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column(
            "repository_id",
            _ID,
            sa.ForeignKey("repositories.id", ondelete="CASCADE", name="fk_listings_repository_id"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("scan_id", _ID),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "host", "owner_key", "name_key")),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("fork", sa.Boolean()),
        sa.Column("archived", sa.Boolean()),
        sa.Column("pushed_at", UtcDateTime()),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Boolean()),
        *(sa.Column(name, sa.Text()) for name in ("verdict", "legacy", "modern", "torch_range", "draw_kind")),
        *(sa.Column(name, sa.Text()) for name in ("reseed", "workers", "why_not_eligible")),
        sa.Column("year", sa.Integer()),
        sa.Column("depth", sa.Integer()),
        sa.PrimaryKeyConstraint("repository_id", name="pk_listings"),
    )
    op.create_index("ix_listings_owner_key", "listings", ["owner_key"])
    op.create_index("ix_listings_worst", "listings", ["rank", "repository_id"])
    op.create_index("ix_listings_name", "listings", ["name_key", "repository_id"])
    op.create_index("ix_listings_stars", "listings", ["stars", "repository_id"])
    op.create_index("ix_listings_recent", "listings", [sa.text("coalesce(scan_id, 0)"), "repository_id"])
    op.create_index("ix_listings_state", "listings", ["state", "repository_id"])
    op.create_table(
        "tallies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("eligible", sa.Boolean()),
        *(sa.Column(name, sa.Text()) for name in ("verdict", "legacy", "modern")),
        sa.Column("depth", sa.Integer()),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tallies"),
    )
    op.create_table(
        "scan_codes",
        sa.Column(
            "scan_id",
            _ID,
            sa.ForeignKey("scans.id", ondelete="CASCADE", name="fk_scan_codes_scan_id"),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scan_id", "code", name="pk_scan_codes"),
    )
    op.create_index("ix_scan_codes_code_scan_id", "scan_codes", ["code", "scan_id"])
    op.create_table(
        "former_names",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("host", "owner_key", "name_key")),
        sa.Column(
            "repository_id",
            _ID,
            sa.ForeignKey("repositories.id", ondelete="CASCADE", name="fk_former_names_repository_id"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("host", "owner_key", "name_key", name="pk_former_names"),
    )
    op.create_index("ix_former_names_repository_id", "former_names", ["repository_id"])


def downgrade() -> None:
    derived.remove(op.get_bind())
    for table in ("former_names", "scan_codes", "tallies", "listings"):
        op.drop_table(table)
