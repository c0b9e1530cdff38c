"""Batches in place of runs; schedules, webhooks, tokens, the audit log"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

_WAITING = sa.text("workflow_id IS NULL AND state = 'queued'")
_CARRIED = sa.text("workflow_id IS NOT NULL")


def upgrade() -> None:
    _batches()
    _schedules()
    _access()
    # Only processes that live have a row there, and they are of another release.
    op.drop_table("workers")
    _workers()
    _take_over_runs()


def downgrade() -> None:
    """Scans become runs again. Other kinds of batches, cancelled ones, schedules, tokens and the log are lost."""
    op.drop_table("workers")
    _runs()
    _give_runs_back()
    for table in ("webhooks", "schedules", "batch_counts", "batch_items", "batches", "tokens", "audit_entries"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entries_refuse()")


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("targets_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_targets_key", "batches", ["targets_key"], unique=False)
    op.create_index("ix_batches_state", "batches", ["state"], unique=False)
    op.create_table(
        "batch_items",
        sa.Column("id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("repository_id", ID, nullable=True),
        sa.Column("scan_id", ID, nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("verdict_before", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_items_batch_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_batch_items_repository_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name="fk_batch_items_scan_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_items"),
        sa.UniqueConstraint("batch_id", "position", name="uq_batch_items_batch_id_position"),
    )
    op.create_index("ix_batch_items_repository_id", "batch_items", ["repository_id"], unique=False)
    op.create_index("ix_batch_items_scan_id", "batch_items", ["scan_id"], unique=False)
    op.create_index("ix_batch_items_batch_id_state", "batch_items", ["batch_id", "state"], unique=False)
    for name, columns, where in (
        ("ix_batch_items_waiting", ["batch_id", "position"], _WAITING),
        ("ix_batch_items_carried", ["workflow_id", "batch_id"], _CARRIED),
    ):
        op.create_index(name, "batch_items", columns, unique=False, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "batch_counts",
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_counts_batch_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", "state", name="pk_batch_counts"),
    )
    op.create_table(
        "webhooks",
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_webhooks_batch_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_next_at", "webhooks", ["next_at"], unique=False)


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("jitter_seconds", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=True),
        sa.Column("last_batch_id", ID, nullable=True),
        sa.Column("last_outcome", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["last_batch_id"], ["batches.id"], name="fk_schedules_last_batch_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("name", name="uq_schedules_name"),
    )
    op.create_index("ix_schedules_next_at", "schedules", ["next_at"], unique=False)


def _access() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("name", name="uq_tokens_name"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entries_no_{action.lower()} BEFORE {action} ON audit_entries "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()"
    )


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("queues", sa.Text(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("heartbeat_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_workers"),
    )
    op.create_index("ix_workers_heartbeat_at", "workers", ["heartbeat_at"], unique=False)


def _take_over_runs() -> None:
    """What was asked for and not finished is paused: the same command goes on with it."""
    op.execute(
        "INSERT INTO batches (id, kind, title, targets_key, state, priority, total, done, failed, skipped, created_by,"
        " created_at, finished_at) SELECT id, 'scan', 'scan', targets_key,"
        " CASE state WHEN 'finished' THEN 'finished' ELSE 'paused' END, total, total, done, failed, 0, 'cli',"
        " created_at, finished_at FROM runs"
    )
    op.execute(
        "INSERT INTO batch_items (id, batch_id, position, target, identity, repository_id, scan_id, state, reason,"
        " attempts, started_at, finished_at, seconds) SELECT id, run_id, position, target, identity, repository_id,"
        " scan_id, CASE state WHEN 'scanning' THEN 'queued' ELSE state END, reason, attempts, started_at, finished_at,"
        " seconds FROM run_items"
    )
    op.execute(
        "INSERT INTO batch_counts (batch_id, state, number) SELECT batch_id, state, count(*) FROM batch_items"
        " WHERE state <> 'queued' GROUP BY batch_id, state"
    )
    op.drop_table("run_items")
    op.drop_table("runs")
    _number_on("batches", "batch_items")


def _number_on(*tables: str) -> None:
    """New rows get numbers above those that were copied; SQLite does so by itself."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        number: sa.Select[int] = sa.select(sa.func.coalesce(sa.func.max(sa.column("id")), 0) + 1).select_from(
            sa.table(table)
        )
        sequence = sa.func.pg_get_serial_sequence(table, "id")
        op.get_bind().execute(sa.select(sa.func.setval(sequence, number.scalar_subquery(), False)))


def _runs() -> None:
    """The tables of 0001 that this migration replaced."""
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("targets_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_targets_key", "runs", ["targets_key"], unique=False)
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
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
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
    op.create_table(
        "workers",
        sa.Column("executor_id", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("heartbeat_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_workers"),
    )
    op.create_index("ix_workers_heartbeat_at", "workers", ["heartbeat_at"], unique=False)


def _give_runs_back() -> None:
    """What was not finished waits for the same command again; a batch that was made by a filter has no such."""
    op.execute(
        "INSERT INTO runs (id, targets_key, state, total, done, failed, created_at, finished_at)"
        " SELECT id, coalesce(targets_key, 'batch ' || id),"
        " CASE state WHEN 'finished' THEN 'finished' ELSE 'stopped' END, total, done, failed, created_at, finished_at"
        " FROM batches WHERE kind = 'scan' AND state IN ('running', 'paused', 'finished')"
    )
    op.execute(
        "INSERT INTO run_items (id, run_id, position, target, identity, repository_id, scan_id, state, reason,"
        " attempts, started_at, finished_at, seconds) SELECT id, batch_id, position, target, identity, repository_id,"
        " scan_id, CASE state WHEN 'scanning' THEN 'queued' ELSE state END, reason, attempts, started_at, finished_at,"
        " seconds FROM batch_items WHERE batch_id IN (SELECT id FROM runs)"
    )
    _number_on("runs", "run_items")
