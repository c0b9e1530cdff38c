"""An index of the repositories whose scanned commit has no date, which are few."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    undated = sa.text("scan_id IS NOT NULL AND year IS NULL")
    op.create_index(
        "ix_listings_undated", "listings", ["rank", "repository_id"], sqlite_where=undated, postgresql_where=undated
    )


def downgrade() -> None:
    op.drop_index("ix_listings_undated", "listings")
