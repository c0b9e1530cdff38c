"""What figures of days gone by are made of. Triggers and content come with `miner.store.derived`."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TRIGGERS = {
    "days_added": "scans",
    "days_removed": "scans",
    "days_changed": "scans",
    "days_starred": "repositories",
}


def upgrade() -> None:
    op.create_table(
        "past_tallies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("eligible", sa.Boolean()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("verdict", "legacy", "modern")),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_past_tallies"),
    )
    op.create_index("ix_past_tallies_dimension_period_first_day", "past_tallies", ["dimension", "period", "first_day"])
    op.create_table(
        "stale_days",
        sa.Column("id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stale_days"),
    )
    op.create_index("ix_stale_days_day", "stale_days", ["day"])


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table in _TRIGGERS.items():
        op.execute(f"DROP TRIGGER IF EXISTS seedwatch_{name}{f' ON {table}' if postgresql else ''}")
    for name in ("days", "days_changed", "days_starred") if postgresql else ():
        op.execute(f"DROP FUNCTION IF EXISTS seedwatch_{name}()")
    op.drop_table("stale_days")
    op.drop_table("past_tallies")
