"""Patches of a scan."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "patches",
        sa.Column("scan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_patches_scan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_patches"),
    )


def downgrade() -> None:
    op.drop_table("patches")
