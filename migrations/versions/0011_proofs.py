"""Proofs of patches."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "proofs",
        sa.Column("scan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scan_id", "position"],
            ["patches.scan_id", "patches.position"],
            name="fk_proofs_scan_id_position",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_proofs"),
    )


def downgrade() -> None:
    op.drop_table("proofs")
