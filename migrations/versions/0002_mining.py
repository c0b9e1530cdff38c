"""Mining: budgets, discoveries, samples, watches, opt-outs"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_budgets",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("reset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("minute_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minute_used", sa.Integer(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity", "resource", name="pk_api_budgets"),
    )
    op.create_table(
        "api_leases",
        sa.Column("id", ID, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_leases"),
        sa.UniqueConstraint("holder", name="uq_api_leases_holder"),
    )
    op.create_index("ix_api_leases_identity", "api_leases", ["identity"], unique=False)
    op.create_table(
        "discoveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_discoveries"),
        sa.UniqueConstraint("kind", "key", name="uq_discoveries_kind_key"),
    )
    op.create_table(
        "opt_outs",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_opt_outs"),
        sa.UniqueConstraint("kind", "value", name="uq_opt_outs_kind_value"),
    )
    op.create_table(
        "samples",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("max_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_samples"),
        sa.UniqueConstraint("name", name="uq_samples_name"),
    )
    op.create_table(
        "discovery_queries",
        sa.Column("id", ID, nullable=False),
        sa.Column("discovery_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total_count", sa.Integer(), nullable=True),
        sa.Column("incomplete", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["discovery_id"], ["discoveries.id"], name="fk_discovery_queries_discovery_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_discovery_queries"),
        sa.UniqueConstraint("discovery_id", "text", name="uq_discovery_queries_discovery_id_text"),
    )
    op.create_index(
        "ix_discovery_queries_discovery_id_state", "discovery_queries", ["discovery_id", "state"], unique=False
    )
    op.create_table(
        "sample_draws",
        sa.Column("sample_id", ID, nullable=False),
        sa.Column("github_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("repository_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_sample_draws_repository_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_sample_draws_sample_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sample_id", "github_id", name="pk_sample_draws"),
    )
    op.create_index("ix_sample_draws_repository_id", "sample_draws", ["repository_id"], unique=False)
    op.create_index(
        "ix_sample_draws_sample_id_outcome_github_id",
        "sample_draws",
        ["sample_id", "outcome", "github_id"],
        unique=False,
    )
    op.create_table(
        "sample_strata",
        sa.Column("sample_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("draws", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_sample_strata_sample_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sample_id", "position", name="pk_sample_strata"),
    )
    op.create_table(
        "watches",
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head_oid", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_watches_repository_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("repository_id", name="pk_watches"),
    )
    op.create_index("ix_watches_due_at", "watches", ["due_at"], unique=False)


def downgrade() -> None:
    for table in (
        "watches",
        "sample_strata",
        "sample_draws",
        "samples",
        "discovery_queries",
        "discoveries",
        "opt_outs",
        "api_leases",
        "api_budgets",
    ):
        op.drop_table(table)
