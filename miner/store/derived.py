"""What the database itself keeps up to date: `listings`, `tallies`, `stale_days` and `former_names`, by triggers.

Whoever writes a repository or a scan, in whatever way, has the lists and figures right in the same commit; a page of a
list costs the same among a million repositories as among ten. Tallies are only ever added to, so that writers do not
wait for each other; `fold` sums them up.
"""

from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.orm import Session

from miner.store import past, stale
from miner.store.models import ScanRow, StaleDayRow, TallyRow

_COLUMNS: Final = (
    "repository_id, scan_id, state, host, owner_key, name_key, stars, fork, archived, pushed_at, rank, eligible, "
    "verdict, legacy, modern, torch_range, draw_kind, reseed, workers, why_not_eligible, seed_runs, seeded, year, depth"
)
_YEAR: Final = {
    "postgresql": "CAST(extract(year FROM s.commit_date) AS integer)",
    "sqlite": "CAST(strftime('%Y', s.commit_date) AS integer)",
}
_DEPTH: Final = """CASE WHEN s.id IS NULL THEN NULL WHEN NOT s.imports_torch THEN 0
 WHEN NOT s.custom_code_in_loader THEN 1 WHEN NOT s.numpy_draw THEN 2 WHEN NOT s.draw_in_worker THEN 3
 WHEN NOT s.multiprocess_loader THEN 4
 WHEN s.verdict IN ('affected', 'affected_on_new_torch', 'affected_on_old_torch') THEN 6 ELSE 5 END"""
_RANK: Final = """CASE s.verdict WHEN 'affected' THEN 0 WHEN 'affected_on_new_torch' THEN 1
 WHEN 'affected_on_old_torch' THEN 2 WHEN 'unknown' THEN 3 WHEN 'mitigated' THEN 4 WHEN 'not_eligible' THEN 5
 ELSE 6 END"""
_UPDATED: Final = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])

_STARS_GROUP: Final = """CASE WHEN {row}.stars < 0 THEN 'unknown' WHEN {row}.stars < 10 THEN '0-9'
 WHEN {row}.stars < 100 THEN '10-99' WHEN {row}.stars < 1000 THEN '100-999' ELSE '1000+' END"""
_BUCKETS: Final = {
    "all": "''",
    "torch_range": "{row}.torch_range",
    "year": "coalesce(CAST({row}.year AS text), 'unknown')",
    "stars": _STARS_GROUP,
    "draw_kind": "coalesce({row}.draw_kind, 'none')",
    "reseed": "coalesce({row}.reseed, 'no pair')",
    "workers": "coalesce({row}.workers, 'none')",
}
_COUNTED: Final = (
    "scan_id",
    "state",
    "stars",
    "eligible",
    "verdict",
    "legacy",
    "modern",
    "torch_range",
    "draw_kind",
    "reseed",
    "workers",
    "year",
    "depth",
)
_TALLY_COLUMNS: Final = "dimension, bucket, eligible, verdict, legacy, modern, depth, n"
_FORMER: Final = """INSERT INTO former_names (host, owner_key, name_key, repository_id)
VALUES (OLD.host, lower(OLD.owner), lower(OLD.name), OLD.id)
ON CONFLICT (host, owner_key, name_key) DO UPDATE SET repository_id = excluded.repository_id"""

_TABLE_OF: Final = {
    f"{table}_{event}": table
    for table, events in {
        "repositories": ("added", "changed", "renamed"),
        "scans": ("added", "changed", "removed"),
        "listings": ("added", "removed", "changed"),
    }.items()
    for event in events
} | stale.TABLE_OF

_FUNCTIONS: Final = ("repositories", "scans", "renamed", "listings", *stale.FUNCTIONS)
_STARS_OF_REPOSITORY: Final = _STARS_GROUP.replace("{row}.stars", "coalesce({row}.stars, -1)")

FOLD_ABOVE: Final = 20_000
_ALIKE: Final = (
    TallyRow.dimension,
    TallyRow.bucket,
    TallyRow.eligible,
    TallyRow.verdict,
    TallyRow.legacy,
    TallyRow.modern,
    TallyRow.depth,
)


def install(connection: Connection) -> None:
    """Makes the triggers anew, and all that they keep: after a migration, which may have taken them away."""
    dialect = connection.dialect.name
    for statement in _postgresql() if dialect == "postgresql" else _sqlite():
        connection.exec_driver_sql(statement)
    rebuild(connection)


def remove(connection: Connection) -> None:
    """Takes the triggers away, for whoever writes very many rows at once and calls `install` afterwards."""
    postgresql = connection.dialect.name == "postgresql"
    for name, table in _TABLE_OF.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS seedwatch_{name}{f' ON {table}' if postgresql else ''}")
    for name in _FUNCTIONS if postgresql else ():
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS seedwatch_{name}()")


def rebuild(connection: Connection) -> None:
    """Makes listings and tallies of what is there. Costs a pass over all repositories and one over all scans."""
    dialect = connection.dialect.name
    # Emptied first, which is tallied too; then both are made of what there is.
    connection.execute(text("DELETE FROM listings"))
    connection.execute(text("DELETE FROM tallies"))
    connection.execute(text(_fill(dialect, "true")))
    if dialect == "postgresql":
        connection.execute(text("ANALYZE listings"))
    fold(connection)
    past.rebuild(connection)


def mark(session: Session) -> tuple[int | None, ...]:
    """Another one whenever something was tallied or a scan stored. Counted too, as commits do not come in order."""
    tallied = select(func.max(TallyRow.id), func.count(), select(func.max(ScanRow.id)).scalar_subquery())
    return tuple(session.execute(tallied.select_from(TallyRow)).one())


def is_long(session: Session) -> bool:
    """Whether it is time to `fold`."""
    first, last = session.execute(select(func.min(TallyRow.id), func.max(TallyRow.id))).one()
    return first is not None and last - first > FOLD_ABOVE


def fold(connection: Connection | Session) -> None:
    """Sums up tallies that are alike, in one statement or under a lock: no change can come between."""
    summed = select(*_ALIKE, func.sum(TallyRow.n)).group_by(*_ALIKE).having(func.sum(TallyRow.n) != 0)
    names = [column.key for column in _ALIKE] + ["n"]
    bind = connection.get_bind() if isinstance(connection, Session) else connection
    if bind.dialect.name == "postgresql":
        moved = delete(TallyRow).returning(*_ALIKE, TallyRow.n).cte("moved")
        alike = [moved.c[column.key] for column in _ALIKE]
        again = select(*alike, func.sum(moved.c.n)).group_by(*alike).having(func.sum(moved.c.n) != 0)
        connection.execute(insert(TallyRow).from_select(names, again))
        noted = delete(StaleDayRow).returning(StaleDayRow.day).cte("noted")
        connection.execute(insert(StaleDayRow).from_select(["day"], select(noted.c.day).distinct()))
        return
    rows = connection.execute(summed).all()
    # SQLite numbers anew from 1 in an empty table: then `mark` would be what it was before.
    last = connection.execute(select(func.coalesce(func.max(TallyRow.id), 0))).scalar_one()
    connection.execute(delete(TallyRow))
    if rows:
        summed_up = [{"id": last + place, **dict(zip(names, row, strict=True))} for place, row in enumerate(rows, 1)]
        connection.execute(insert(TallyRow), summed_up)


def _fill(dialect: str, which: str) -> str:
    """The statement that makes or renews the listings of the repositories `r` for which `which` holds."""
    return f"""INSERT INTO listings ({_COLUMNS})
SELECT r.id, s.id, r.state, r.host, lower(r.owner), lower(r.host || '/' || r.owner || '/' || r.name),
 coalesce(r.stars, -1), r.fork, r.archived, r.pushed_at, {_RANK}, s.eligible, s.verdict, s.legacy, s.modern,
 s.torch_range, s.draw_kind, s.reseed, s.workers, s.why_not_eligible, s.seed_runs, s.seeded, {_YEAR[dialect]}, {_DEPTH}
FROM repositories r LEFT JOIN scans s ON s.repository_id = r.id AND s.is_latest
WHERE {which}
ON CONFLICT (repository_id) DO UPDATE SET {_UPDATED}"""  # noqa: S608 - of the constants above


def _tally(row: str, change: int) -> str:
    """The statement that adds one listing to the sums, or takes it out of them. SQLite's."""
    buckets = " UNION ALL ".join(
        f"SELECT '{name}' AS d, {bucket.format(row=row)} AS b" for name, bucket in _BUCKETS.items()
    )
    return f"""INSERT INTO tallies ({_TALLY_COLUMNS})
SELECT d, b, {row}.eligible, {row}.verdict, {row}.legacy, {row}.modern, {row}.depth, {change}
FROM ({buckets}) WHERE {row}.scan_id IS NOT NULL
UNION ALL SELECT 'state', {row}.state, NULL, NULL, NULL, NULL, NULL, {change}"""  # noqa: S608


def _sqlite() -> list[str]:
    """SQLite's triggers run for each row. One that changes nothing that is tallied adds nothing."""
    counted = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _COUNTED)
    renamed = "lower(OLD.owner || '/' || OLD.name) <> lower(NEW.owner || '/' || NEW.name)"
    known = "EXISTS (SELECT 1 FROM repositories WHERE id = OLD.repository_id)"
    triggers = {
        "repositories_added": ("INSERT ON repositories", "true", [_fill("sqlite", "r.id = NEW.id")]),
        "repositories_changed": ("UPDATE ON repositories", "true", [_fill("sqlite", "r.id = NEW.id")]),
        "repositories_renamed": ("UPDATE ON repositories", renamed, [_FORMER]),
        "scans_added": ("INSERT ON scans", "true", [_fill("sqlite", "r.id = NEW.repository_id")]),
        "scans_changed": ("UPDATE ON scans", "true", [_fill("sqlite", "r.id = NEW.repository_id")]),
        "scans_removed": ("DELETE ON scans", known, [_fill("sqlite", "r.id = OLD.repository_id")]),
        "listings_added": ("INSERT ON listings", "true", [_tally("NEW", 1)]),
        "listings_removed": ("DELETE ON listings", "true", [_tally("OLD", -1)]),
        "listings_changed": ("UPDATE ON listings", counted, [_tally("OLD", -1), _tally("NEW", 1)]),
        **stale.sqlite(_STARS_OF_REPOSITORY),
    }
    made: list[str] = []
    for name, (event, condition, body) in triggers.items():
        made.append(f"DROP TRIGGER IF EXISTS seedwatch_{name}")
        made.append(
            f"CREATE TRIGGER seedwatch_{name} AFTER {event} FOR EACH ROW WHEN {condition} BEGIN {'; '.join(body)}; END"
        )
    return made


def _postgresql() -> list[str]:
    """PostgreSQL's run once for each statement, over all the rows that it changed."""
    of_scans = "r.id IN (SELECT repository_id FROM changed)"
    lock = f"PERFORM 1 FROM repositories r WHERE {of_scans} ORDER BY r.id FOR NO KEY UPDATE"
    functions = {
        "repositories": _fill("postgresql", "r.id IN (SELECT id FROM changed)"),
        # Whoever changes the same repository at the same time comes before or after, and the later one sees both.
        "scans": f"{lock}; {_fill('postgresql', of_scans)}",
        "renamed": f"""IF lower(OLD.owner || '/' || OLD.name) <> lower(NEW.owner || '/' || NEW.name) THEN
{_FORMER}; END IF""",
        "listings": f"""IF TG_OP = 'INSERT' THEN {_tally_all(_each("added", 1))};
ELSIF TG_OP = 'DELETE' THEN {_tally_all(_each("removed", -1))};
ELSE {_tally_all(_each("added", 1) + " UNION ALL " + _each("removed", -1))}; END IF""",
    }
    triggers = {
        "repositories_added": ("INSERT ON repositories", "NEW TABLE AS changed", "repositories"),
        "repositories_changed": ("UPDATE ON repositories", "NEW TABLE AS changed", "repositories"),
        "scans_added": ("INSERT ON scans", "NEW TABLE AS changed", "scans"),
        "scans_changed": ("UPDATE ON scans", "NEW TABLE AS changed", "scans"),
        "scans_removed": ("DELETE ON scans", "OLD TABLE AS changed", "scans"),
        "listings_added": ("INSERT ON listings", "NEW TABLE AS added", "listings"),
        "listings_removed": ("DELETE ON listings", "OLD TABLE AS removed", "listings"),
        "listings_changed": ("UPDATE ON listings", "OLD TABLE AS removed NEW TABLE AS added", "listings"),
    }
    made = [
        f"CREATE OR REPLACE FUNCTION seedwatch_{name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {body}; RETURN NULL; END $$"
        for name, body in functions.items()
    ]
    made += [
        f"CREATE OR REPLACE TRIGGER seedwatch_{name} AFTER {event} REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION seedwatch_{function}()"
        for name, (event, tables, function) in triggers.items()
    ]
    made.append(
        "CREATE OR REPLACE TRIGGER seedwatch_repositories_renamed AFTER UPDATE OF owner, name ON repositories "
        "FOR EACH ROW EXECUTE FUNCTION seedwatch_renamed()"
    )
    return made + stale.postgresql(_STARS_OF_REPOSITORY)


def _each(table: str, change: int) -> str:
    """What each listing of a table adds to the sums."""
    buckets = ", ".join(f"('{name}', {bucket.format(row='l')})" for name, bucket in _BUCKETS.items())
    return f"""SELECT d.dimension, d.bucket, l.eligible, l.verdict, l.legacy, l.modern, l.depth, {change} AS n
FROM {table} l CROSS JOIN LATERAL (VALUES {buckets}) AS d (dimension, bucket) WHERE l.scan_id IS NOT NULL
UNION ALL SELECT 'state', l.state, NULL, NULL, NULL, NULL, NULL, {change} FROM {table} l"""  # noqa: S608


def _tally_all(changes: str) -> str:
    return f"""INSERT INTO tallies ({_TALLY_COLUMNS})
SELECT dimension, bucket, eligible, verdict, legacy, modern, depth, sum(n) FROM ({changes}) AS c
GROUP BY dimension, bucket, eligible, verdict, legacy, modern, depth HAVING sum(n) <> 0"""  # noqa: S608
