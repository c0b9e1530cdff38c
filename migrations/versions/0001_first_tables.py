"""First tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "repositories",
        sa.Column("id", ID, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("github_id", sa.BigInteger(), nullable=True),
        sa.Column("node_id", sa.Text(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("fork", sa.Boolean(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=True),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("default_branch", sa.Text(), nullable=True),
        sa.Column("size_kb", sa.Integer(), nullable=True),
        sa.Column("head_oid", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("local_path", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repositories"),
        sa.UniqueConstraint("github_id", name="uq_repositories_github_id"),
        sa.UniqueConstraint("local_path", name="uq_repositories_local_path"),
    )
    op.create_index(
        "uq_repositories_name", "repositories", ["host", sa.text("lower(owner)"), sa.text("lower(name)")], unique=True
    )
    op.create_index("ix_repositories_state", "repositories", ["state"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("targets_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_targets_key", "runs", ["targets_key"], unique=False)
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_workers"),
    )
    op.create_index("ix_workers_heartbeat_at", "workers", ["heartbeat_at"], unique=False)
    op.create_table(
        "repository_sources",
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_repository_sources_repository_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("repository_id", "source", "query", name="pk_repository_sources"),
    )
    op.create_index(
        "ix_repository_sources_source_repository_id", "repository_sources", ["source", "repository_id"], unique=False
    )
    op.create_table(
        "scans",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("commit_date", sa.Date(), nullable=True),
        sa.Column("analyzer_version", sa.Text(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=True),
        sa.Column("why_not_eligible", sa.Text(), nullable=True),
        sa.Column("unknown_why", sa.Text(), nullable=True),
        sa.Column("legacy", sa.Text(), nullable=False),
        sa.Column("modern", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("torch_range", sa.Text(), nullable=False),
        sa.Column("imports_torch", sa.Boolean(), nullable=False),
        sa.Column("custom_code_in_loader", sa.Boolean(), nullable=False),
        sa.Column("numpy_draw", sa.Boolean(), nullable=False),
        sa.Column("draw_in_worker", sa.Boolean(), nullable=False),
        sa.Column("multiprocess_loader", sa.Boolean(), nullable=False),
        sa.Column("draw_kind", sa.Text(), nullable=True),
        sa.Column("reseed", sa.Text(), nullable=True),
        sa.Column("workers", sa.Text(), nullable=True),
        sa.Column("fsck_failed", sa.Boolean(), nullable=False),
        sa.Column("unread_files", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_scans_repository_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
        sa.UniqueConstraint(
            "repository_id", "commit", "analyzer_version", name="uq_scans_repository_id_commit_analyzer_version"
        ),
    )
    op.create_index("ix_scans_verdict", "scans", ["verdict", "repository_id"], unique=False)
    op.create_index(
        "uq_scans_latest",
        "scans",
        ["repository_id"],
        unique=True,
        sqlite_where=sa.text("is_latest"),
        postgresql_where=sa.text("is_latest"),
    )
    op.create_table(
        "excerpts",
        sa.Column("scan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_excerpts_scan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_excerpts"),
    )
    op.create_table(
        "findings",
        sa.Column("scan_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("legacy", sa.Text(), nullable=False),
        sa.Column("modern", sa.Text(), nullable=False),
        sa.Column("draw_kind", sa.Text(), nullable=False),
        sa.Column("reseed", sa.Text(), nullable=False),
        sa.Column("workers", sa.Text(), nullable=False),
        sa.Column("workers_value", sa.BigInteger(), nullable=True),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("api", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("train", sa.Boolean(), nullable=False),
        sa.Column("overlap", sa.Boolean(), nullable=False),
        sa.Column("same_every_run", sa.Boolean(), nullable=False),
        sa.Column("distinct_share", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_findings_scan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "position", name="pk_findings"),
    )
    op.create_index("ix_findings_blob", "findings", ["blob"], unique=False)
    op.create_table(
        "run_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("repository_id", ID, nullable=True),
        sa.Column("scan_id", ID, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_run_items_repository_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_items_run_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_run_items_scan_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_run_items"),
        sa.UniqueConstraint("run_id", "position", name="uq_run_items_run_id_position"),
    )
    op.create_index("ix_run_items_repository_id", "run_items", ["repository_id"], unique=False)
    op.create_index("ix_run_items_run_id_state", "run_items", ["run_id", "state"], unique=False)
    op.create_index("ix_run_items_scan_id", "run_items", ["scan_id"], unique=False)


def downgrade() -> None:
    for table in (
        "run_items",
        "findings",
        "excerpts",
        "scans",
        "repository_sources",
        "workers",
        "runs",
        "repositories",
    ):
        op.drop_table(table)
