"""Lists of repositories as of a day gone by: each with the scan that stood for it at the end of that day, in UTC.

What is asked of a repository itself, its stars or its state, is asked of what it is now, as the figures of such a day
do. A scan stands from the day on which it ended to the day of one with a greater number, as in `miner.store.past`.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, case, exists, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from miner.store import asked, cursors, seeding
from miner.store.columns import COLUMNS, repository_and_scan
from miner.store.groups import commit_year, depth
from miner.store.listing import LONGEST_PAGE, counted
from miner.store.models import ListingRow, RepositoryRow, ScanRow
from miner.store.records import Filters, Listed, Page, Sort

_COLUMNS_OF_SCANS: Final[seeding.Columns] = {
    **{name: getattr(ScanRow, name) for name in asked.OF_SCANS if name not in ("scan_id", "year", "depth")},
    "scan_id": ScanRow.id,
    "id_or_none": ScanRow.id,
    "year": commit_year(),
    "depth": depth(),
}
_POPULAR: Final = 1_000
_KEYS: Final[dict[Sort, tuple[SQLColumnExpression[Any], bool]]] = {
    "worst": (case({verdict: rank for rank, verdict in enumerate(asked.WORST_FIRST)}, value=ScanRow.verdict), False),
    "name": (ListingRow.name_key, False),
    "stars": (ListingRow.stars, True),
    "recent": (ScanRow.id, True),
}


def page(session: Session, filters: Filters, sort: Sort, cursor: str | None, limit: int) -> Page:
    """Up to `limit` repositories that the filters admit, from where the cursor points.

    Raises BadCursor.
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    place = None if cursor is None else cursors.decoded(cursor, sort)
    if not session.scalar(select(exists().where(ScanRow.finished_at < _end(filters)))):
        return Page((), None)
    read = _worst_first if sort == "worst" and not _names_few(filters) else _sorted
    rows = read(session, filters, sort, place, limit + 1)
    items = _listed(session, [scan_id for scan_id, _, _ in rows[:limit]])
    if len(rows) <= limit:
        return Page(items, None)
    _, key, repository_id = rows[limit - 1]
    return Page(items, cursors.encoded(sort, key, repository_id))


def count(session: Session, filters: Filters, most: int | None = None) -> int:
    """How many repositories the filters admit; past `most`, one more than that."""
    return counted(session, _of_verdicts(filters, _standing(filters)), most)


_Row = tuple[int, Any, int]
"""A scan's number, what it is sorted by, and its repository's number."""


def _worst_first(session: Session, filters: Filters, _: Sort, place: tuple[int, int] | None, most: int) -> list[_Row]:
    """Verdict by verdict, each from its index in order."""
    admitted = asked.admitted_verdicts(filters)
    found: list[_Row] = []
    for rank, verdict in enumerate(asked.WORST_FIRST):
        if (admitted is not None and verdict not in admitted) or (place is not None and rank < place[0]):
            continue
        columns = (ScanRow.id, literal(rank), ScanRow.repository_id)
        query = _standing(filters).with_only_columns(*columns).where(ScanRow.verdict == verdict)
        if place is not None and rank == place[0]:
            query = query.where(ScanRow.repository_id > place[1])
        rows = session.execute(query.order_by(ScanRow.repository_id).limit(most - len(found)))
        found += [(scan_id, key, repository_id) for scan_id, key, repository_id in rows]
        if len(found) == most:
            break
    return found


def _sorted(session: Session, filters: Filters, sort: Sort, place: tuple[Any, int] | None, most: int) -> list[_Row]:
    key, descending = _KEYS[sort]
    number = ListingRow.repository_id
    few = filters.check or filters.seed or filters.sample is not None
    in_order = session.get_bind().dialect.name == "sqlite" and not few
    standing = _in_order(filters, sort) if in_order else _standing(filters)
    query = _of_verdicts(filters, standing.with_only_columns(ScanRow.id, key, number))
    if place is not None:
        here, there = tuple_(key, number), tuple_(literal(place[0]), literal(place[1]))
        query = query.where(here < there if descending else here > there)
    ordered = (key.desc(), number.desc()) if descending else (key, number)
    rows = session.execute(query.order_by(*ordered).limit(most))
    return [(scan_id, value, repository_id) for scan_id, value, repository_id in rows]


def _names_few(filters: Filters) -> bool:
    """Whether what is asked of the repository leaves so few that it is quicker to sort these."""
    popular = filters.stars == ("1000+",) or (filters.min_stars or 0) >= _POPULAR
    return popular or any(part is not None for part in (filters.owner, filters.text, filters.sample))


def _standing(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The scans that stood at the end of the day and pass the filters, but for the verdict."""
    joined = select(ScanRow.id).join_from(ScanRow, ListingRow, ListingRow.repository_id == ScanRow.repository_id)
    end = _end(filters)
    return joined.where(ScanRow.finished_at < end, ScanRow.stands_until >= end, *_conditions(filters))


def _in_order(filters: Filters, sort: Sort) -> Select[*tuple[Any, ...]]:
    """The same for SQLite, which else begins with all scans of the time before, and sorts them."""
    other, end = aliased(ScanRow), _end(filters)
    first = ScanRow if sort == "recent" else ListingRow
    stood = select(other.id).where(other.repository_id == first.repository_id, other.finished_at < end)
    same = ScanRow.id == stood.where(other.stands_until >= end).correlate(first).scalar_subquery()
    if sort == "recent":
        joined = select(ScanRow.id).join_from(ScanRow, ListingRow, ListingRow.repository_id == ScanRow.repository_id)
        return joined.where(same, *_conditions(filters))
    return select(ScanRow.id).join_from(ListingRow, ScanRow, same).where(*_conditions(filters))


def _end(filters: Filters) -> datetime:
    assert filters.as_of is not None
    return datetime.combine(filters.as_of + timedelta(days=1), time(), UTC)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    return [*asked.of_repositories(filters), *asked.of_scans(filters, _COLUMNS_OF_SCANS)]


def _of_verdicts(filters: Filters, rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    verdicts = asked.admitted_verdicts(filters)
    return rows if verdicts is None else rows.where(ScanRow.verdict.in_(verdicts))


def _listed(session: Session, scan_ids: list[int]) -> tuple[Listed, ...]:
    """The lines of these scans, in this order."""
    query = select(*COLUMNS).join(ScanRow, ScanRow.repository_id == RepositoryRow.id).where(ScanRow.id.in_(scan_ids))
    lines = {}
    for row in session.execute(query):
        repository, scan = repository_and_scan(row)
        assert scan is not None
        lines[scan.id] = Listed(repository, scan)
    return tuple(lines[number] for number in scan_ids if number in lines)
