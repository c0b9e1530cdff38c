"""Figures over all repositories, each with what it rests on. At most a second old."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.conditional import conditional
from api.filters import FigureName, rows_address, rows_behind
from api.problems import INVALID, documented
from api.schemas import (
    Coverage,
    DayDocument,
    Figure,
    FunnelDocument,
    PrevalenceAnswer,
    PrevalenceGroup,
    ProgressAnswer,
)
from api.state import SharedDep
from miner.store import Store
from miner.store.records import Prevalence, PrevalenceBy

DAYS_SHOWN: Final = 30
_LIST: Final = "/api/v1/repos"

router = APIRouter(prefix="/stats", tags=["statistics"])


@router.get(
    "/prevalence",
    summary="How common the bug is",
    response_model=None,
    responses={200: {"model": PrevalenceAnswer}, **documented(INVALID)},
)
def get_prevalence(
    request: Request,
    shared: SharedDep,
    by: Annotated[PrevalenceBy | None, Query(description="Split the figures by this; one group without it.")] = None,
    as_of: Annotated[
        date | None, Query(description="Over the scans that were the latest at the end of that day, in UTC.")
    ] = None,
) -> Response:
    """Shares of the eligible repositories among those scanned here, each with its numerator, denominator and rows.

    Groups by `check` overlap: a repository is in one for each code that it has. Stars are those of today.
    """
    body = shared.fresh.get(("prevalence", by, as_of), lambda: _prevalence(shared.store, by, as_of))
    return conditional(request, body)


@router.get(
    "/progress",
    summary="What is being scanned now",
    response_model=None,
    responses={200: {"model": ProgressAnswer}, **documented(INVALID)},
)
def get_progress(request: Request, shared: SharedDep) -> Response:
    """Repositories by state, and how many scans end in an hour, in a day, and on each of the last 30 days."""
    return conditional(request, shared.fresh.get("progress", lambda: _progress(shared.store)))


def _prevalence(store: Store, by: PrevalenceBy | None, as_of: date | None) -> bytes:
    store.fold_tallies()
    counts = store.prevalence(by, as_of=as_of)
    whole = counts[0] if by is None else store.prevalence(as_of=as_of)[0]
    states = store.states()
    answer = PrevalenceAnswer(
        population="census",
        as_of=as_of,
        by=by,
        groups=[_group(by, count, now=as_of is None) for count in counts],
        funnel=FunnelDocument.model_validate(store.funnel(as_of=as_of)),
        coverage=Coverage(
            repositories=sum(states.repositories.values()),
            scanned=whole.scanned,
            undecided=whole.undecided,
            states=states.repositories,
            last_finished_at=states.last_finished_at,
        ),
    )
    return answer.model_dump_json().encode()


def _group(by: PrevalenceBy | None, count: Prevalence, *, now: bool) -> PrevalenceGroup:
    def figure(which: FigureName, numerator: int, unknown: int) -> Figure:
        query = rows_behind(which, by, count.group) if now else None
        return Figure(
            numerator=numerator,
            denominator=count.eligible,
            share=numerator / count.eligible if count.eligible else None,
            unknown=unknown,
            rows=rows_address(_LIST, query),
        )

    return PrevalenceGroup(
        group=count.group,
        scanned=count.scanned,
        eligible=count.eligible,
        not_eligible=count.not_eligible,
        undecided=count.undecided,
        affected=figure("affected", count.affected, count.verdicts.get("unknown", 0)),
        legacy=figure("legacy", count.legacy_bug, count.legacy_unknown),
        modern=figure("modern", count.modern_bug, count.modern_unknown),
        verdicts=count.verdicts,
    )


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
