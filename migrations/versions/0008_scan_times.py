"""Scans are found by when they ended, for the rate at which they do."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_scans_finished_at", "scans", ["finished_at"])


def downgrade() -> None:
    op.drop_index("ix_scans_finished_at", "scans")
