"""Lists of repositories: filters, sorting, and pages by key, so that a page costs the same wherever it is."""

import base64
import binascii
import json
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, extract, func, literal, select, tuple_
from sqlalchemy.orm import Session

from miner.store.convert import record
from miner.store.errors import BadCursor
from miner.store.models import RepositoryRow, RepositorySourceRow, ScanRow
from miner.store.records import Filters, Listed, Page, Repository, Scan, Sort

LONGEST_PAGE = 1000

AnySelect = Select[*tuple[Any, ...]]

_WORST_FIRST = ("affected", "affected_on_new_torch", "affected_on_old_torch", "unknown", "mitigated", "not_eligible")

_KEYS: dict[Sort, tuple[ColumnElement[Any], bool]] = {
    "worst": (
        case(
            {verdict: rank for rank, verdict in enumerate(_WORST_FIRST)},
            value=ScanRow.verdict,
            else_=len(_WORST_FIRST),
        ),
        False,
    ),
    "name": (
        RepositoryRow.host + "/" + func.lower(RepositoryRow.owner) + "/" + func.lower(RepositoryRow.name),
        False,
    ),
    "stars": (func.coalesce(RepositoryRow.stars, -1), True),
    "recent": (func.coalesce(ScanRow.id, 0), True),
}
"""What each sorting sorts by, and whether the greatest comes first. Scans are numbered as they finish."""

_SCAN_CHOICES = ("verdict", "legacy", "modern", "torch_range", "draw_kind", "reseed", "workers", "why_not_eligible")

LATEST = and_(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest)


def page(session: Session, filters: Filters, sort: Sort, cursor: str | None, limit: int) -> Page:
    """Up to `limit` repositories that the filters admit, from where the cursor points.

    Raises BadCursor.
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    key, descending = _KEYS[sort]
    query = select(RepositoryRow, ScanRow, key).outerjoin(ScanRow, LATEST).where(*conditions(filters))
    if cursor is not None:
        query = query.where(_after(key, descending, _decoded(cursor, sort)))
    ordered = (key.desc(), RepositoryRow.id.desc()) if descending else (key, RepositoryRow.id)
    rows = session.execute(query.order_by(*ordered).limit(limit + 1)).all()
    items = tuple(_listed(repository, scan) for repository, scan, _ in rows[:limit])
    if len(rows) <= limit:
        return Page(items, None)
    last_repository, _, last_key = rows[limit - 1]
    return Page(items, _encoded(sort, last_key, last_repository.id))


def count(session: Session, filters: Filters) -> int:
    """How many repositories the filters admit."""
    query = select(func.count()).select_from(RepositoryRow).outerjoin(ScanRow, LATEST).where(*conditions(filters))
    return session.scalar(query) or 0


def of_latest_scans(columns: AnySelect, filters: Filters) -> AnySelect:
    """A query over the latest scan of each repository that the filters admit."""
    return columns.select_from(ScanRow).join(RepositoryRow, LATEST).where(*conditions(filters))


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """The filters as conditions over a repository joined with its latest scan."""
    found: list[ColumnElement[bool]] = [
        getattr(ScanRow, name).in_(wanted) for name in _SCAN_CHOICES if (wanted := getattr(filters, name))
    ]
    found += [
        getattr(RepositoryRow, name) == wanted
        for name in ("fork", "archived", "host")
        if (wanted := getattr(filters, name)) is not None
    ]
    if filters.state:
        found.append(RepositoryRow.state.in_(filters.state))
    if filters.source:
        sources = select(RepositorySourceRow.repository_id).where(RepositorySourceRow.source.in_(filters.source))
        found.append(RepositoryRow.id.in_(sources))
    if filters.owner is not None:
        found.append(func.lower(RepositoryRow.owner) == func.lower(filters.owner))
    if filters.eligible is not None:
        found.append(ScanRow.eligible == filters.eligible)
    if filters.scanned is not None:
        found.append(ScanRow.id.is_not(None) if filters.scanned else ScanRow.id.is_(None))
    if filters.min_stars is not None:
        found.append(RepositoryRow.stars >= filters.min_stars)
    if filters.year is not None:
        found.append(extract("year", ScanRow.commit_date) == filters.year)
    if filters.text:
        full_name = func.lower(RepositoryRow.owner + "/" + RepositoryRow.name)
        found.append(full_name.contains(filters.text.lower(), autoescape=True))
    return found


def _listed(repository: RepositoryRow, scan: ScanRow | None) -> Listed:
    return Listed(record(Repository, repository), None if scan is None else record(Scan, scan))


def _after(key: ColumnElement[Any], descending: bool, place: tuple[Any, int]) -> ColumnElement[bool]:
    here = tuple_(key, RepositoryRow.id)
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
