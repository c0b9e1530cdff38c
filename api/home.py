"""The home page: the one number, what it is made of, and what is being scanned now."""

from collections.abc import Callable, Hashable
from typing import Annotated, Final

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response

from api import figures, prevalence
from api.figures import Breakdown
from api.pages import Row
from api.problems import NO_SAMPLE, Problem
from api.schemas import PrevalenceAnswer
from api.state import Shared, SharedDep
from api.tables import as_csv
from api.tables import download as as_file
from miner.store import Store
from miner.store.records import SNAPSHOT, Filters, Prevalence, StateCounts

_RECENT: Final = 8
_UNDER_WAY: Final = 8

_BREAKDOWNS: Final[tuple[Callable[[Store, Prevalence], Breakdown], ...]] = (
    lambda _, whole: figures.verdicts(whole),
    lambda store, _: figures.torch_ranges(store.prevalence("torch_range")),
    lambda store, _: figures.years(store.prevalence("year")),
    lambda store, _: figures.draw_kinds(store.prevalence("draw_kind")),
    lambda store, _: figures.reseeds(store.prevalence("reseed")),
    lambda store, _: figures.forms(store.prevalence("check")),
)

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def home(shared: SharedDep) -> Response:
    """How common the bug is, and how one gets there."""
    return HTMLResponse(shared.fresh.get("home", lambda: _home(shared), lambda: _mark(shared)))


@router.get("/figures/{slug}.csv")
def download(shared: SharedDep, slug: Annotated[str, Path(max_length=40)]) -> Response:
    """The table beside a chart of the home page."""
    tables = shared.fresh.get("figures", lambda: _tables(shared.store), shared.mark)
    return as_file(tables, slug)


def _mark(shared: Shared) -> Hashable:
    """Another one whenever the page is: each thing on it is tallied, scanned, or of the newest sample."""
    return shared.mark(), shared.store.sampled.newest()


def _home(shared: Shared) -> bytes:
    store = shared.store
    store.fold_tallies()
    whole, states = store.prevalence(None)[0], store.states()
    recent = store.list_repositories(Filters(scanned=True), sort="recent", cursor=None, limit=_RECENT)
    page = shared.pages.render(
        "home.html",
        here="/",
        figures=figures.figures(whole, states, _sampled(store)),
        funnel=figures.funnel(store.funnel()),
        breakdowns=[make(store, whole) for make in _BREAKDOWNS],
        under_way=_under_way(store, states),
        waiting=states.repositories.get("queued", 0),
        recent=[Row.of(line) for line in recent.items],
        states=figures.unanswered(states),
        shipped=store.count_repositories(Filters(source=(SNAPSHOT,))),
    )
    return bytes(page.body)


def _sampled(store: Store) -> PrevalenceAnswer | None:
    try:
        return prevalence.sampled(store, None, None)
    except Problem as problem:
        if problem.kind is not NO_SAMPLE:
            raise
        return None


def _under_way(store: Store, states: StateCounts) -> list[Row]:
    if not states.repositories.get("scanning"):
        return []
    scanning = store.list_repositories(Filters(state=("scanning",)), sort="name", cursor=None, limit=_UNDER_WAY)
    return [Row.of(line) for line in scanning.items]


def _tables(store: Store) -> dict[str, str]:
    store.fold_tallies()
    whole = store.prevalence(None)[0]
    steps = [[step.label, step.count, whole.scanned] for step in figures.funnel(store.funnel())]
    tables = {"funnel": as_csv([["step", "repositories", "scanned"], *steps])}
    for breakdown in (make(store, whole) for make in _BREAKDOWNS):
        rows = [[row.label, row.count, whole.scanned if row.of is None else row.of] for row in breakdown.rows]
        tables[breakdown.slug] = as_csv([[breakdown.column.lower(), breakdown.unit.lower(), "of"], *rows])
    return tables
