"""The rows behind what is said of all histories together."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from analysis.history.change import REAL_FIXES
from api.answers import API, repository_path
from api.history_rows import (
    LivesQuery,
    Named,
    TriesQuery,
    YearQuery,
    by_name,
    followed,
    in_order,
    lives,
    of_year,
    tries,
)
from api.parted import PartQuery, answer, part
from api.permalink import website_of
from api.problems import BAD_CURSOR, INVALID, documented
from api.schemas.fixes import TriesAnswer, TryDocument
from api.schemas.research import (
    EpisodeDocument,
    FollowedAnswer,
    FollowedDocument,
    LifeDocument,
    LivesAnswer,
    YearRowDocument,
    YearRowsAnswer,
)
from api.state import SharedDep
from api.through_time import FOLLOWED, LIVES, TRIES, lifetime, year_rows
from miner.store.records import full_name

router = APIRouter(tags=["statistics"])

_REFUSED: Final = documented(BAD_CURSOR, INVALID)


@router.get(
    "/stats/history/repositories",
    summary="The repositories that somebody followed",
    response_model=None,
    responses={200: {"model": FollowedAnswer}, **_REFUSED},
)
def get_followed(request: Request, shared: SharedDep, query: Annotated[PartQuery, Query()]) -> Response:
    """Each repository with a history, whether it ever had the bug or not."""
    found = part(followed(shared), by_name, query)
    following = found.next_address(FOLLOWED, query)
    items = [
        FollowedDocument(
            repository=_name(row),
            commits=row.commits,
            first_on=row.first_on,
            last_on=row.last_on,
            history_url=_history(row),
        )
        for row in found.rows
    ]
    return answer(request, FollowedAnswer(items=items, next=following), following)


@router.get(
    "/stats/history/lives",
    summary="The lives behind the summary",
    response_model=None,
    responses={200: {"model": LivesAnswer}, **_REFUSED},
)
def get_lives(request: Request, shared: SharedDep, query: Annotated[LivesQuery, Query()]) -> Response:
    """Every life of the bug in every repository that somebody followed."""
    found = part(lives(shared, query), in_order, query)
    following = found.next_address(LIVES, query)
    items = []
    for life in found.rows:
        days, seen_to_end = lifetime(life.episode)
        items.append(
            LifeDocument(
                repository=_name(life),
                days=int(days),
                seen_to_end=seen_to_end,
                episode=EpisodeDocument.model_validate(life.episode),
                history_url=_history(life),
            )
        )
    return answer(request, LivesAnswer(items=items, next=following), following)


@router.get(
    "/stats/fixes/commits",
    summary="The commits behind the figures of fixes",
    response_model=None,
    responses={200: {"model": TriesAnswer}, **_REFUSED},
)
def get_tries(request: Request, shared: SharedDep, query: Annotated[TriesQuery, Query()]) -> Response:
    """Every commit that ended the bug, or was meant to, in every repository that somebody followed."""
    website = website_of(shared.settings)
    found = part(tries(shared, query), in_order, query)
    following = found.next_address(TRIES, query)
    items = [
        TryDocument(
            repository=_name(row),
            commit=row.commit,
            day=row.day,
            ended_by=row.ended_by,
            works=row.ended_by in REAL_FIXES,
            form=row.form,
            reseed=row.reseed,
            diff=website.commit(row.host, row.owner, row.name, row.commit),
            history_url=_history(row),
        )
        for row in found.rows
    ]
    return answer(request, TriesAnswer(items=items, next=following), following)


@router.get(
    "/stats/trend/{year}/rows",
    summary="The rows behind a year",
    response_model=None,
    responses={200: {"model": YearRowsAnswer}, **_REFUSED},
)
def get_year_rows(
    request: Request,
    shared: SharedDep,
    year: Annotated[int, Path(ge=1970, le=9999, description="The year at whose end they stood so.", examples=[2020])],
    query: Annotated[YearQuery, Query()],
) -> Response:
    """The repositories that could have the bug at the end of that year, of those that somebody followed."""
    found = part(of_year(shared, year, query.affected), by_name, query)
    following = found.next_address(year_rows(year), query)
    items = [
        YearRowDocument(repository=_name(row), affected=row.affected, history_url=_history(row)) for row in found.rows
    ]
    return answer(request, YearRowsAnswer(year=year, items=items, next=following), following)


def _name(row: Named) -> str:
    return full_name(row.host, row.owner, row.name)


def _history(row: Named) -> str:
    return f"{API}{repository_path(row.host, row.owner, row.name)}/history"
