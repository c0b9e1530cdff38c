"""Lists of repositories: filters, sorting, and pages by key, so that a page costs the same wherever it is."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from analysis.report import BUGS
from miner.store.columns import COLUMNS, LATEST, repository_and_scan
from miner.store.errors import BadCursor
from miner.store.models import (
    ListingRow,
    RepositoryRow,
    RepositorySourceRow,
    SampleDrawRow,
    SampleRow,
    ScanCodeRow,
    ScanRow,
)
from miner.store.records import Filters, Listed, Page, Sort, StarsGroup

LONGEST_PAGE = 1000

WORST_FIRST = ("affected", "affected_on_new_torch", "affected_on_old_torch", "unknown", "mitigated", "not_eligible")
"""Verdicts in the order of `listings.rank`."""

# As the index has it; a number that is bound would be none to SQLite's planner.
_SCAN_OR_NONE = func.coalesce(ListingRow.scan_id, literal_column("0"))
_KEYS: dict[Sort, tuple[SQLColumnExpression[Any], bool]] = {
    "worst": (ListingRow.rank, False),
    "name": (ListingRow.name_key, False),
    "stars": (ListingRow.stars, True),
    "recent": (_SCAN_OR_NONE, True),
}
"""What each sorting sorts by, and whether the greatest comes first. Scans are numbered as they finish."""

_STARS: dict[StarsGroup, tuple[int, int]] = {
    "unknown": (-1, -1),
    "0-9": (0, 9),
    "10-99": (10, 99),
    "100-999": (100, 999),
    "1000+": (1000, 2**31 - 1),
}
_CHOICES = ("legacy", "modern", "torch_range", "draw_kind", "reseed", "workers", "why_not_eligible", "state")


def page(session: Session, filters: Filters, sort: Sort, cursor: str | None, limit: int) -> Page:
    """Up to `limit` repositories that the filters admit, from where the cursor points.

    Raises BadCursor.
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    key, descending = _KEYS[sort]
    query = select(ListingRow.repository_id, key).where(*conditions(filters))
    if cursor is not None:
        query = query.where(_after(key, descending, _decoded(cursor, sort)))
    number = ListingRow.repository_id
    ordered = (key.desc(), number.desc()) if descending else (key, number)
    places = session.execute(query.order_by(*ordered).limit(limit + 1)).all()
    items = _listed(session, [place[0] for place in places[:limit]])
    if len(places) <= limit:
        return Page(items, None)
    last_id, last_key = places[limit - 1]
    return Page(items, _encoded(sort, last_key, last_id))


def count(session: Session, filters: Filters) -> int:
    """How many repositories the filters admit."""
    return session.scalar(select(func.count()).select_from(ListingRow).where(*conditions(filters))) or 0


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions over `listings`."""
    # Whose owners asked to be left alone are in no list, whatever is asked for.
    found: list[ColumnElement[bool]] = [ListingRow.state != "opted_out"]
    found += [getattr(ListingRow, name).in_(wanted) for name in _CHOICES if (wanted := getattr(filters, name))]
    found += [
        getattr(ListingRow, name) == wanted
        for name in ("fork", "archived", "host", "eligible", "year")
        if (wanted := getattr(filters, name)) is not None
    ]
    if filters.verdict:
        found.append(ListingRow.rank.in_([WORST_FIRST.index(verdict) for verdict in filters.verdict]))
    if filters.source:
        sources = select(RepositorySourceRow.repository_id).where(RepositorySourceRow.source.in_(filters.source))
        found.append(ListingRow.repository_id.in_(sources))
    if filters.sample is not None:
        drawn = select(SampleDrawRow.repository_id).join(SampleRow, SampleRow.id == SampleDrawRow.sample_id)
        found.append(ListingRow.repository_id.in_(drawn.where(SampleRow.name == filters.sample)))
    if filters.check:
        codes = select(ScanCodeRow.scan_id).where(ScanCodeRow.code.in_(filters.check))
        found.append(_SCAN_OR_NONE.in_(codes))
    if _asks_for_a_pair(filters):
        found.append(ListingRow.draw_kind.is_not(None))
    if filters.owner is not None:
        found.append(ListingRow.owner_key == func.lower(filters.owner))
    if filters.scanned is not None:
        found.append(ListingRow.scan_id.is_not(None) if filters.scanned else ListingRow.scan_id.is_(None))
    if filters.min_stars is not None:
        found.append(ListingRow.stars >= filters.min_stars)
    if filters.stars:
        found.append(or_(*(ListingRow.stars.between(*_STARS[group]) for group in filters.stars)))
    if filters.pushed_after is not None:
        found.append(ListingRow.pushed_at > filters.pushed_after)
    if filters.text:
        # As the index has it, where PostgreSQL has one; a number that is bound is none to its planner.
        full_name = func.substr(ListingRow.name_key, func.length(ListingRow.host) + literal_column("2"))
        found.append(full_name.contains(filters.text.lower(), autoescape=True))
    return found


def _asks_for_a_pair(filters: Filters) -> bool:
    """Whether only repositories with a pair of a dataset and a loader pass, whose rows have an index of their own."""
    repeats = any(wanted and set(wanted) <= BUGS for wanted in (filters.legacy, filters.modern))
    return bool(repeats or filters.draw_kind or filters.reseed or filters.workers)


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


def _encoded(sort: Sort, key: Any, repository_id: int) -> str:
    text = json.dumps([sort, key, repository_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: str, sort: Sort) -> tuple[Any, int]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        cursor_sort, key, repository_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, ValueError, TypeError) as error:
        raise BadCursor("this cursor is not one that this list gave") from error
    kind = str if sort == "name" else int
    if cursor_sort != sort or type(key) is not kind or type(repository_id) is not int:
        raise BadCursor(f"this cursor is not one of the list sorted by {sort}")
    if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in (key, repository_id)):
        raise BadCursor("this cursor is not one that this list gave")
    return key, repository_id
