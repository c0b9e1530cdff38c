"""Indexes from which figures and rare rows of lists are read without the wide rows of scans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DAYS = (
    *("finished_at", "repository_id", "id", "eligible", "verdict", "legacy", "modern", "torch_range", "draw_kind"),
    *("reseed", "workers", "commit_date", "imports_torch", "custom_code_in_loader", "numpy_draw", "draw_in_worker"),
    "multiprocess_loader",
)
_PAIRS = ("legacy", "modern", "draw_kind", "reseed", "torch_range", "year", "workers", "repository_id")
_TEXT = """CREATE INDEX ix_listings_text ON listings
USING gin (substr(name_key, length(host) + 2) gin_trgm_ops)"""


def upgrade() -> None:
    op.drop_index("ix_scans_finished_at", "scans")
    op.create_index("ix_scans_days", "scans", list(_DAYS))
    latest = sa.text("is_latest AND imports_torch")
    op.create_index("ix_scans_torch", "scans", ["id"], sqlite_where=latest, postgresql_where=latest)
    paired = sa.text("draw_kind IS NOT NULL")
    op.create_index("ix_listings_pairs", "listings", list(_PAIRS), sqlite_where=paired, postgresql_where=paired)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                connection.exec_driver_sql(_TEXT)
        except DBAPIError:
            # A server without the extension, or that does not let us have it: searches for a text read all names.
            pass


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP INDEX IF EXISTS ix_listings_text")
    op.drop_index("ix_listings_pairs", "listings")
    op.drop_index("ix_scans_torch", "scans")
    op.drop_index("ix_scans_days", "scans")
    op.create_index("ix_scans_finished_at", "scans", ["finished_at"])
