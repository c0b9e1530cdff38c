"""The triggers that note which days are to be counted anew (`miner.store.past`), in the commit that changes them.

A scan that comes or goes changes its own day, and the days of its repository's scans from then on. Those before it do
not change, so scanning all repositories again leaves the past alone.
"""

from typing import Final

TABLE_OF: Final = {
    "days_added": "scans",
    "days_removed": "scans",
    "days_changed": "scans",
    "days_starred": "repositories",
}
FUNCTIONS: Final = ("days", "days_changed", "days_starred")

_COUNTED: Final = (
    "repository_id, finished_at, eligible, verdict, legacy, modern, torch_range, draw_kind, reseed, workers, "
    "commit_date, imports_torch, custom_code_in_loader, numpy_draw, draw_in_worker, multiprocess_loader"
)
_FROM_THEN_ON: Final = "s.repository_id = {row}.repository_id AND s.finished_at >= {row}.finished_at"


def sqlite(stars_group: str) -> dict[str, tuple[str, str, list[str]]]:
    """Event, condition and statements of each trigger. `stars_group` is the SQL of a `{row}`'s group by its stars."""
    of_repository = _noted("SELECT date(s.finished_at) AS day FROM scans s WHERE s.repository_id = NEW.id")
    starred = f"{stars_group.format(row='OLD')} IS NOT {stars_group.format(row='NEW')}"
    return {
        "days_added": ("INSERT ON scans", "true", [_noted(_days_of("NEW"))]),
        "days_removed": ("DELETE ON scans", "true", [_noted(_days_of("OLD"))]),
        "days_changed": (
            f"UPDATE OF {_COUNTED} ON scans",
            "true",
            [_noted(_days_of("OLD")), _noted(_days_of("NEW"))],
        ),
        "days_starred": ("UPDATE OF stars ON repositories", starred, [of_repository]),
    }


def postgresql(stars_group: str) -> list[str]:
    """The statements that make the functions and the triggers."""
    day = "CAST({row}.finished_at AT TIME ZONE 'UTC' AS date)"
    of_scan, of_changed = day.format(row="s"), day.format(row="c")
    note = "INSERT INTO stale_days (day) SELECT DISTINCT"

    from_then_on = {row: _FROM_THEN_ON.format(row=row) for row in ("OLD", "NEW", "c")}
    later = {row: f"SELECT {of_scan} FROM scans s WHERE {from_then_on[row]}" for row in ("OLD", "NEW")}  # noqa: S608
    changed = "; ".join(f"{note} {day.format(row=row)} UNION {scans}" for row, scans in later.items())
    joined = f"scans s JOIN changed c ON {from_then_on['c']}"
    bodies = {
        "days": f"{note} {of_changed} FROM changed c UNION SELECT {of_scan} FROM {joined}",  # noqa: S608
        "days_changed": changed,
        "days_starred": f"{note} {of_scan} FROM scans s WHERE s.repository_id = NEW.id",
    }
    starred = f"{stars_group.format(row='OLD')} IS DISTINCT FROM {stars_group.format(row='NEW')}"
    for_each = {
        "days_added": ("INSERT ON scans REFERENCING NEW TABLE AS changed FOR EACH STATEMENT", "days"),
        "days_removed": ("DELETE ON scans REFERENCING OLD TABLE AS changed FOR EACH STATEMENT", "days"),
        "days_changed": (f"UPDATE OF {_COUNTED} ON scans FOR EACH ROW", "days_changed"),
        "days_starred": (f"UPDATE OF stars ON repositories FOR EACH ROW WHEN ({starred})", "days_starred"),
    }
    return [
        *(
            f"CREATE OR REPLACE FUNCTION seedwatch_{name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {body}; RETURN NULL; END $$"
            for name, body in bodies.items()
        ),
        *(
            f"CREATE OR REPLACE TRIGGER seedwatch_{name} AFTER {event} EXECUTE FUNCTION seedwatch_{function}()"
            for name, (event, function) in for_each.items()
        ),
    ]


def _days_of(row: str) -> str:
    scans = f"SELECT date(s.finished_at) FROM scans s WHERE {_FROM_THEN_ON.format(row=row)}"  # noqa: S608 - constants
    return f"SELECT date({row}.finished_at) AS day UNION {scans}"


def _noted(days: str) -> str:
    """SQLite has one writer at a time, so a day that stands there need not be noted once more."""
    return f"INSERT INTO stale_days (day) SELECT day FROM ({days}) WHERE day NOT IN (SELECT day FROM stale_days)"  # noqa: S608
