"""The page of what is going on, and lists to take along."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api import figures, tables, words
from api.answers import repository_path
from api.pages import list_query
from api.rest.exports import manifests
from api.schemas.exports import ExportDocument
from api.spans import span
from api.state import Shared, SharedDep
from miner.store import Store
from miner.store.records import BatchProgress, DayCount, Filters, Listed, Sort

DAYS_SHOWN: Final = 14
BATCHES_SHOWN: Final = 10
MOST_ROWS: Final = 100_000
_PAGE: Final = 1_000
_COLUMNS: Final = (
    *("host", "owner", "name", "stars", "state", "commit", "commit_date", "verdict", "legacy", "modern", "torch_range"),
    *("draw_kind", "reseed", "workers", "page"),
)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's scans, and their share of the busiest day's."""

    count: DayCount
    share: float


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch under way: what it is, and how much of it is done."""

    progress: BatchProgress
    share: float


@router.get("/status")
def status(shared: SharedDep) -> Response:
    """What is being scanned, how fast, what waits, and what could not be read."""
    return HTMLResponse(shared.fresh.get("status", lambda: _status(shared)))


@router.get("/status/days.csv")
def days(shared: SharedDep) -> Response:
    """The scans of each day, the newest first."""
    counts = reversed(shared.store.scans_by_day(datetime.now(UTC) - timedelta(days=DAYS_SHOWN)))
    rows = [[count.day, count.scans, count.affected, count.eligible] for count in counts]
    return tables.download({"days": tables.as_csv([["day", "scans", "affected", "eligible"], *rows])}, "days")


@router.get("/explore.csv")
def download(request: Request, shared: SharedDep) -> Response:
    """The list as the page shows it, all pages of it, as CSV."""
    query = list_query([(name, value) for name, value in request.query_params.multi_items() if value])
    return StreamingResponse(
        _csv(shared.store, query.filters(), query.sort),
        media_type=tables.MEDIA_TYPE,
        headers={"content-disposition": 'attachment; filename="seedwatch.csv"'},
    )


def _status(shared: Shared) -> bytes:
    store, now = shared.store, datetime.now(UTC)
    store.fold_tallies()
    states = store.states()
    days = store.scans_by_day(now - timedelta(days=DAYS_SHOWN))
    sight, last_hour = store.under_way.sight(), store.count_scans(now - timedelta(hours=1))
    waiting = sum(states.repositories.get(state, 0) for state in ("queued", "scanning"))
    busiest = max((day.scans for day in days), default=1)
    page = shared.pages.render(
        "status.html",
        here="/status",
        states=figures.unanswered(states),
        scanned=states.repositories.get("scanned", 0),
        waiting=waiting,
        last_hour=last_hour,
        sight=sight,
        waited=span(now - sight.waiting_since) if sight.waiting_since else "",
        hours_left=span(timedelta(hours=waiting / last_hour)) if waiting and last_hour else "",
        budgets=store.under_way.budgets(),
        reasons=store.under_way.reasons(),
        last_finished_at=states.last_finished_at,
        days=[Day(day, day.scans / busiest) for day in reversed(days)],
        batches=[
            Batch(batch, batch.done / batch.total if batch.total else 1.0)
            for batch in store.batches.listed(limit=BATCHES_SHOWN)
        ],
        exports=[ExportDocument.model_validate(about) for about in manifests(shared.settings.exports_dir)],
        words=words,
    )
    return bytes(page.body)


def _csv(store: Store, filters: Filters, sort: Sort) -> Iterator[str]:
    yield tables.row(_COLUMNS)
    cursor, rows = None, 0
    while rows < MOST_ROWS:
        page = store.list_repositories(filters, sort=sort, cursor=cursor, limit=_PAGE)
        rows += len(page.items)
        yield "".join(tables.row(_cells(line)) for line in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _cells(line: Listed) -> list[object]:
    repository, scan = line.repository, line.scan
    of_scan = [getattr(scan, name, None) for name in _COLUMNS[5:-1]]
    named = map(tables.quiet, (repository.host, repository.owner, repository.name))
    page = repository_path(repository.host, repository.owner, repository.name)
    return [*named, repository.stars, repository.state, *of_scan, page]
