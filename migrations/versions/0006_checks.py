"""Companion checks and seeds of a scan."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "check_findings",
        sa.Column("scan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("program", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_check_findings_scan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_check_findings"),
    )
    op.create_index("ix_check_findings_code", "check_findings", ["code"])
    op.create_table(
        "seeds",
        sa.Column("scan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("looped", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_seeds_scan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_seeds"),
    )
    op.create_index("ix_seeds_value", "seeds", ["value"])


def downgrade() -> None:
    op.drop_table("seeds")
    op.drop_table("check_findings")
