"""What lists ask of seeds, and until when a scan stands, is kept with it; indexes of what few repositories have."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_FOREVER = {"postgresql": "'9999-01-01 00:00:00+00'", "sqlite": "'9999-01-01 00:00:00.000000'"}
_STANDING = ("finished_at", "stands_until")
_OUTCOMES = ("legacy", "modern", "torch_range", "draw_kind", "reseed", "workers", "commit_date", "id")
_ASKED = (
    *("why_not_eligible", "seed_runs", "seeded", "imports_torch", "custom_code_in_loader", "numpy_draw"),
    *("draw_in_worker", "multiprocess_loader"),
)
_LISTED = (
    *("state", "depth", "eligible", "legacy", "modern", "torch_range", "draw_kind", "reseed", "workers"),
    *("why_not_eligible", "year", "seed_runs", "seeded", "stars", "fork", "archived"),
)
_VERDICT_BEFORE = (
    *("verdict", "repository_id", "finished_at", "id", "eligible", "legacy", "modern", "torch_range", "draw_kind"),
    *("reseed", "workers", "commit_date"),
)
_EVERY = (
    *("accelerate.utils.random.set_seed", "accelerate.utils.set_seed", "catalyst.utils.set_global_seed"),
    *(
        "composer.utils.reproducibility.seed_all",
        "detectron2.engine.default_setup",
        "detectron2.utils.env.seed_all_rng",
    ),
    *("fastai.torch_core.set_seed", "ignite.utils.manual_seed", "lightning.fabric.utilities.seed.seed_everything"),
    *("lightning.seed_everything", "lightning.utilities.seed.seed_everything"),
    *("lightning_fabric.utilities.seed.seed_everything", "mmcls.apis.set_random_seed", "mmcv.runner.set_random_seed"),
    *("mmdet.apis.set_random_seed", "mmengine.runner.set_random_seed", "mmseg.apis.set_random_seed"),
    *("monai.utils.misc.set_determinism", "monai.utils.set_determinism", "poutyne.set_seeds"),
    *("timm.utils.random_seed", "timm.utils.random.random_seed", "torch_geometric.seed_everything"),
    *("transformers.enable_full_determinism", "transformers.set_seed", "transformers.trainer_utils.set_seed"),
)
_SEEDERS = {
    4: ("random.seed", "random.setstate", *_EVERY),
    2: ("numpy.random.seed", "numpy.random.set_state", *_EVERY),
    1: (
        *("torch.manual_seed", "torch.random.manual_seed", "torch.default_generator.manual_seed"),
        *("torch.random.default_generator.manual_seed", "torch.seed", "torch.set_rng_state"),
        *("torch.random.set_rng_state", "fairseq.utils.set_torch_seed", *_EVERY),
    ),
}
"""By Python's, NumPy's and PyTorch's generator, as of this migration."""
_GROUPS = {
    7: "everything",
    6: "python and numpy",
    5: "python and torch",
    4: "python",
    3: "numpy and torch",
    2: "numpy",
    1: "torch",
}
_RARE = {"year": "year", "why_not_eligible": "why_not_eligible", "pushed_at": "pushed_at"}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    _without_triggers()
    op.add_column(
        "scans",
        sa.Column(
            "stands_until", sa.DateTime(timezone=True), nullable=False, server_default=sa.text(_FOREVER[dialect])
        ),
    )
    op.add_column("scans", sa.Column("seed_runs", sa.Text(), nullable=False, server_default="none"))
    op.add_column("scans", sa.Column("seeded", sa.Text(), nullable=False, server_default="nothing"))
    for name in ("seed_runs", "seeded"):
        op.add_column("listings", sa.Column(name, sa.Text()))
    _fill()
    op.drop_index("ix_scans_verdict", "scans")
    op.create_index(
        "ix_scans_verdict", "scans", ["verdict", "repository_id", *_STANDING, "eligible", *_OUTCOMES, *_ASKED]
    )
    op.create_index(
        "ix_scans_eligible",
        "scans",
        ["verdict", "repository_id", *_STANDING, *_OUTCOMES],
        sqlite_where=sa.text("eligible = 1"),
        postgresql_where=sa.text("eligible"),
    )
    for name in ("seed_runs", "seeded"):
        op.create_index(f"ix_listings_{name}", "listings", [name, "rank", "repository_id", "state", "depth"])
    op.drop_index("ix_listings_worst", "listings")
    op.create_index("ix_listings_worst", "listings", ["rank", "repository_id", *_LISTED])
    unknown = sa.text("legacy = 'unknown' OR modern = 'unknown'")
    op.create_index(
        "ix_listings_unknown", "listings", ["rank", "repository_id"], sqlite_where=unknown, postgresql_where=unknown
    )
    if dialect == "postgresql":
        # SQLite knows of no column which of its values are rare, and would sort most of the list for a frequent one.
        for name, column in _RARE.items():
            op.create_index(f"ix_listings_{name}", "listings", [column, "rank", "repository_id"])


def downgrade() -> None:
    _without_triggers()
    if op.get_bind().dialect.name == "postgresql":
        for name in _RARE:
            op.drop_index(f"ix_listings_{name}", "listings")
    for name in ("unknown", "seeded", "seed_runs"):
        op.drop_index(f"ix_listings_{name}", "listings")
    op.drop_index("ix_listings_worst", "listings")
    op.create_index("ix_listings_worst", "listings", ["rank", "repository_id"])
    op.drop_index("ix_scans_eligible", "scans")
    op.drop_index("ix_scans_verdict", "scans")
    op.create_index("ix_scans_verdict", "scans", list(_VERDICT_BEFORE))
    for table, names in (("listings", ("seeded", "seed_runs")), ("scans", ("seeded", "seed_runs", "stands_until"))):
        for name in names:
            op.drop_column(table, name)


def _without_triggers() -> None:
    """They are made again after the last migration, and would make every list anew for each row that is filled in."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        found = "SELECT DISTINCT tgname, tgrelid::regclass::text FROM pg_trigger WHERE left(tgname, 10) = 'seedwatch_'"
        for name, table in connection.execute(sa.text(found)).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        return
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 10) = 'seedwatch_'"
    for (name,) in connection.execute(sa.text(found)).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _fill() -> None:
    op.execute(
        """UPDATE scans SET stands_until = (SELECT min(o.finished_at) FROM scans o
WHERE o.repository_id = scans.repository_id AND o.id > scans.id)
WHERE EXISTS (SELECT 1 FROM scans o WHERE o.repository_id = scans.repository_id AND o.id > scans.id)"""
    )
    op.execute("UPDATE scans SET seed_runs = 'one' WHERE id IN (SELECT scan_id FROM seeds)")
    op.execute(
        """UPDATE scans SET seed_runs = 'many' WHERE id IN (SELECT scan_id FROM seeds WHERE looped)
OR id IN (SELECT scan_id FROM seeds WHERE api = '--seed' GROUP BY scan_id HAVING count(DISTINCT value) > 1)"""
    )
    each = " + ".join(
        f"{weight} * max(CASE WHEN api IN ({_quoted(apis)}) THEN 1 ELSE 0 END)" for weight, apis in _SEEDERS.items()
    )
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in _GROUPS.items())
    known = _quoted({api for apis in _SEEDERS.values() for api in apis})
    op.execute(
        f"""UPDATE scans SET seeded = (SELECT CASE {each} {names} END FROM seeds WHERE scan_id = scans.id)
WHERE id IN (SELECT scan_id FROM seeds WHERE api IN ({known}))"""  # noqa: S608 - of the constants above
    )


def _quoted(apis: tuple[str, ...] | set[str]) -> str:
    return ", ".join(f"'{api}'" for api in sorted(apis))
