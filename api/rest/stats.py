"""Figures over all repositories, each with what it rests on. At most a second old."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import prevalence
from api.conditional import conditional
from api.fixes import fixes
from api.problems import INVALID, NO_SAMPLE, documented
from api.schemas import DayDocument, Population, PrevalenceAnswer, ProgressAnswer
from api.schemas.fixes import FixesAnswer
from api.schemas.trend import TrendAnswer
from api.state import SharedDep
from api.through_time import through_time
from miner.store import Store
from miner.store.records import PrevalenceBy

DAYS_SHOWN: Final = 30
_LIST: Final = "/api/v1/repos"

router = APIRouter(prefix="/stats", tags=["statistics"])


@router.get(
    "/prevalence",
    summary="How common the bug is",
    response_model=None,
    responses={200: {"model": PrevalenceAnswer}, **documented(NO_SAMPLE, INVALID)},
)
def get_prevalence(
    request: Request,
    shared: SharedDep,
    by: Annotated[PrevalenceBy | None, Query(description="Split the figures by this; one group without it.")] = None,
    population: Annotated[
        Population, Query(description="All that was scanned here, or the newest random sample, with its intervals.")
    ] = "census",
    as_of: Annotated[
        date | None, Query(description="Over the scans that were the latest at the end of that day, in UTC.")
    ] = None,
) -> Response:
    """Shares of the eligible repositories among those scanned here, each with its numerator, denominator and rows.

    Groups by `check` overlap: a repository is in one for each code that it has. Stars are those of today. A figure has
    an interval where the population is a drawn sample; a census of what was found has none.
    """
    answer = prevalence.sampled if population == "sample" else prevalence.census
    # Whoever asks for today asks for what stands now, which is kept, and not looked for among all scans.
    day = None if as_of is None or as_of >= datetime.now(UTC).date() else as_of
    body = shared.fresh.get(
        ("prevalence", population, by, as_of),
        lambda: answer(shared.store, by, day).model_copy(update={"as_of": as_of}).model_dump_json().encode(),
        shared.mark if population == "census" else None,
    )
    return conditional(request, body)


@router.get(
    "/fixes",
    summary="Which fixes people write, and which of them work",
    response_model=None,
    responses={200: {"model": FixesAnswer}, **documented(INVALID)},
)
def get_fixes(request: Request, shared: SharedDep) -> Response:
    """Reseeding as the scanned code has it, and what commits through time ended the bug or only meant to."""
    store = shared.store
    body = shared.fresh.get(
        "fixes", lambda: fixes(store).model_dump_json().encode(), lambda: (shared.mark(), store.histories.mark())
    )
    return conditional(request, body)


@router.get(
    "/trend",
    summary="How common the bug was, by year",
    response_model=None,
    responses={200: {"model": TrendAnswer}, **documented(INVALID)},
)
def get_trend(request: Request, shared: SharedDep) -> Response:
    """At the end of each year, among the repositories that somebody followed through time: no random sample."""
    return conditional(request, shared.fresh.get("trend", lambda: _trend(shared.store), shared.store.histories.mark))


@router.get(
    "/progress",
    summary="What is being scanned now",
    response_model=None,
    responses={200: {"model": ProgressAnswer}, **documented(INVALID)},
)
def get_progress(request: Request, shared: SharedDep) -> Response:
    """Repositories by state, and how many scans end in an hour, in a day, and on each of the last 30 days."""
    return conditional(request, shared.fresh.get("progress", lambda: _progress(shared.store), shared.mark))


def _trend(store: Store) -> bytes:
    found = through_time([], store.histories.states(), datetime.now(UTC).date())
    return TrendAnswer.model_validate(found).model_dump_json().encode()


def _progress(store: Store) -> bytes:
    now, states = datetime.now(UTC), store.states()
    answer = ProgressAnswer(
        states=states.repositories,
        rows={state: f"{_LIST}?state={state}" for state in states.repositories},
        scans_last_hour=store.count_scans(now - timedelta(hours=1)),
        scans_last_day=store.count_scans(now - timedelta(days=1)),
        last_finished_at=states.last_finished_at,
        days=[DayDocument.model_validate(day) for day in store.scans_by_day(now - timedelta(days=DAYS_SHOWN))],
    )
    return answer.model_dump_json().encode()
