"""An index from which lists as of a day gone by are read in their order."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("verdict", "repository_id", "finished_at", "id", "eligible", "legacy", "modern", "torch_range", "draw_kind"),
    *("reseed", "workers", "commit_date"),
)


def upgrade() -> None:
    op.drop_index("ix_scans_verdict", "scans")
    op.create_index("ix_scans_verdict", "scans", list(_COLUMNS))


def downgrade() -> None:
    op.drop_index("ix_scans_verdict", "scans")
    op.create_index("ix_scans_verdict", "scans", ["verdict", "repository_id"])
