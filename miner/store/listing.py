"""Lists of repositories, each with its latest scan: filters, sorting, and pages by key.

A page costs the same wherever it is. `miner.store.listing_past` has the same lists as of a day gone by.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Session

from miner.store import asked, cursors, seeding
from miner.store.columns import COLUMNS, LATEST, repository_and_scan
from miner.store.models import ListingRow, RepositoryRow, ScanRow
from miner.store.records import Filters, Listed, Page, Sort

LONGEST_PAGE = 1000

# As the index has it; a number that is bound would be none to SQLite's planner.
_SCAN_OR_NONE = func.coalesce(ListingRow.scan_id, literal_column("0"))
_UNKNOWN: Final[SQLColumnExpression[str]] = literal_column("'unknown'")
_KEYS: dict[Sort, tuple[SQLColumnExpression[Any], bool]] = {
    "worst": (ListingRow.rank, False),
    "name": (ListingRow.name_key, False),
    "stars": (ListingRow.stars, True),
    "recent": (_SCAN_OR_NONE, True),
}
"""What each sorting sorts by, and whether the greatest comes first. Scans are numbered as they finish."""

_LATEST_SCAN: Final[seeding.Columns] = {
    **{name: getattr(ListingRow, name) for name in asked.OF_SCANS},
    "id_or_none": _SCAN_OR_NONE,
}


def page(session: Session, filters: Filters, sort: Sort, cursor: str | None, limit: int) -> Page:
    """Up to `limit` repositories that the filters admit, from where the cursor points.

    Raises BadCursor.
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    key, descending = _KEYS[sort]
    query = select(ListingRow.repository_id, key).where(*conditions(filters))
    if cursor is not None:
        query = query.where(_after(key, descending, cursors.decoded(cursor, sort)))
    number = ListingRow.repository_id
    ordered = (key.desc(), number.desc()) if descending else (key, number)
    places = session.execute(query.order_by(*ordered).limit(limit + 1)).all()
    items = _listed(session, [place[0] for place in places[:limit]])
    if len(places) <= limit:
        return Page(items, None)
    last_id, last_key = places[limit - 1]
    return Page(items, cursors.encoded(sort, last_key, last_id))


def count(session: Session, filters: Filters, most: int | None = None) -> int:
    """How many repositories the filters admit; past `most`, one more than that."""
    return counted(session, select(ListingRow.repository_id).where(*conditions(filters)), most)


def plan_for_these_values(session: Session) -> None:
    """PostgreSQL's plan for any values is made of averages: for a rare one, or for none, it may read every row."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def counted(session: Session, rows: Select[*tuple[Any, ...]], most: int | None) -> int:
    """How many rows there are; past `most`, one more than that."""
    some = rows if most is None else rows.limit(most + 1)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions over `listings`, each with its latest scan."""
    found = [*asked.of_repositories(filters), *asked.of_scans(filters, _LATEST_SCAN)]
    verdicts = asked.admitted_verdicts(filters)
    if verdicts is not None:
        found.append(ListingRow.rank.in_([asked.WORST_FIRST.index(verdict) for verdict in verdicts]))
    if filters.scanned is False:
        found.append(ListingRow.rank == len(asked.WORST_FIRST))
    if {"unknown"} in (set(filters.legacy), set(filters.modern)):
        # As their index has it.
        found.append(or_(ListingRow.legacy == _UNKNOWN, ListingRow.modern == _UNKNOWN))
    return found


def _listed(session: Session, ids: Sequence[int]) -> tuple[Listed, ...]:
    """The lines of these repositories, in this order."""
    query = select(*COLUMNS).outerjoin(ScanRow, LATEST).where(RepositoryRow.id.in_(ids))
    lines = {}
    for row in session.execute(query):
        repository, scan = repository_and_scan(row)
        lines[repository.id] = Listed(repository, scan)
    return tuple(lines[number] for number in ids if number in lines)


def _after(key: SQLColumnExpression[Any], descending: bool, place: tuple[Any, int]) -> ColumnElement[bool]:
    here = tuple_(key, ListingRow.repository_id)
    there = tuple_(literal(place[0]), literal(place[1]))
    return here < there if descending else here > there
