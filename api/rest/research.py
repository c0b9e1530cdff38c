"""Histories and seeds: figures that rest on more than each repository's latest verdict."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, TypedDict, get_args

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from analysis.history.story import Step
from analysis.prevalence import Interval, wilson
from analysis.report import SeedRuns
from api.answers import API, find, repository_path
from api.conditional import conditional
from api.filters import rows_address
from api.permalink import Website, website_of
from api.problems import INVALID, NO_HISTORY, NOT_SCANNED, Problem, documented
from api.rest.repositories import HostPath, NamePath, OwnerPath
from api.schemas.research import (
    CheckDocument,
    Coverage,
    CoverageDocument,
    EpisodeDocument,
    HistoryAnswer,
    IntervalDocument,
    PlaceDocument,
    SeedDocument,
    SeedRowDocument,
    SeedRowsAnswer,
    SeedsAnswer,
    StepDocument,
    ThroughTimeAnswer,
)
from api.state import Shared, SharedDep, StoreDep
from api.through_time import through_time
from miner.store import Store
from miner.store.records import Repository
from miner.store.seeding import SEEDED, CoverageCount, SeedCount

router = APIRouter()

NOTABLE_SEEDS: Final = (0, 42, 1234, 3407, 3047)
"""Counted wherever they stand in the order: 3407 is of arXiv 2109.08203, 3047 a misprint of it."""
MOST_VALUES: Final = 50
_ALL_VALUES: Final = 100_000


class Share(TypedDict):
    """A count of repositories with what follows from it; an argument list of several documents."""

    repositories: int
    share: float | None
    interval: IntervalDocument


@router.get(
    "/repos/{host}/{owner}/{name}/history",
    tags=["repositories"],
    summary="A repository's verdict through time",
    response_model=None,
    responses={
        200: {"model": HistoryAnswer},
        304: {"description": "Unchanged since the ETag given"},
        **documented(NOT_SCANNED, NO_HISTORY, INVALID),
    },
)
def get_history(request: Request, shared: SharedDep, host: HostPath, owner: OwnerPath, name: NamePath) -> Response:
    """When the bug came, what ended it, which fixes did not: each a commit whose diff is linked."""
    store, website = shared.store, website_of(shared.settings)
    repository = find(store, host, owner, name).repository
    stored = store.histories.find(repository.id)
    if stored is None:
        raise Problem(NO_HISTORY, f"Nobody has followed {repository.full_name} through time here.")
    history = stored.history
    plain = {
        name: getattr(history, name)
        for name in HistoryAnswer.model_fields
        if name not in ("seconds", "finished_at", "steps", "episodes")
    }
    answer = HistoryAnswer(
        **plain,
        seconds=stored.seconds,
        finished_at=stored.finished_at,
        steps=[_step(website, repository, step) for step in history.steps],
        episodes=[EpisodeDocument.model_validate(episode) for episode in history.episodes],
    )
    return conditional(request, answer.model_dump_json().encode())


@router.get(
    "/stats/history",
    tags=["statistics"],
    summary="The bug through time",
    response_model=None,
    responses={200: {"model": ThroughTimeAnswer}, **documented(INVALID)},
)
def get_through_time(request: Request, shared: SharedDep) -> Response:
    """How long the bug lives, what ends it, how many fixes work, and how common it was by year."""
    store = shared.store
    return conditional(request, shared.fresh.get("through time", lambda: _through_time(store), store.histories.mark))


@router.get(
    "/stats/seeds",
    tags=["statistics"],
    summary="Seeds in the wild, and companion checks",
    response_model=None,
    responses={200: {"model": SeedsAnswer}, **documented(INVALID)},
)
def get_seeds(request: Request, shared: SharedDep) -> Response:
    """Which values people seed with, whether with one or many, and how often each companion check fires."""
    return conditional(request, seeds_of(shared).model_dump_json().encode())


@router.get(
    "/stats/seeds/{value}/rows",
    tags=["statistics"],
    summary="The rows behind a seed",
    responses=documented(INVALID),
)
def get_seed_rows(
    store: StoreDep,
    value: Annotated[
        int, Path(ge=-(2**63), le=2**63 - 1, description="The number that is seeded with.", examples=[42])
    ],
) -> SeedRowsAnswer:
    """The places in which repositories seed with the value, at most 1,000 of them."""
    return SeedRowsAnswer(
        items=[
            SeedRowDocument(
                repository=f"{row.owner}/{row.name}",
                api=row.api,
                path=row.path,
                line=row.line,
                report_url=API + repository_path(row.host, row.owner, row.name),
            )
            for row in store.checks.seed_rows(value)
        ]
    )


def seeds_of(shared: Shared) -> SeedsAnswer:
    """The same for all who ask, counted anew when something was scanned."""
    return shared.fresh.get("seeds", lambda: seeds(shared.store), shared.mark)


def seeds(store: Store) -> SeedsAnswer:
    """The answer, for programs and for the page."""
    whole = store.checks.scanned()
    counted = store.checks.seed_values(limit=_ALL_VALUES)
    seen = {count.value for count in counted}
    notable = [SeedCount(value, 0, 0) for value in NOTABLE_SEEDS if value not in seen]
    shown = [count for place, count in enumerate(counted) if place < MOST_VALUES or count.value in NOTABLE_SEEDS]
    return SeedsAnswer(
        repositories=whole,
        rows=_list(passed="imports_torch"),
        runs_rows={name: _list(seed_runs=name) for name in get_args(SeedRuns)},
        runs=store.checks.seed_runs(),
        coverage=_coverage(store.checks.seed_coverage(), whole),
        places=[
            PlaceDocument(
                api=count.api, uses=count.uses, rows=_list(seed_call=count.api), **_share(count.repositories, whole)
            )
            for count in store.checks.seed_places()
        ],
        values=[
            SeedDocument(
                value=count.value,
                uses=count.uses,
                notable=count.value in NOTABLE_SEEDS,
                rows=_list(seed=str(count.value)),
                uses_rows=f"{API}/stats/seeds/{count.value}/rows",
                **_share(count.repositories, whole),
            )
            for count in (*shown, *notable)
        ],
        checks=[
            CheckDocument(
                code=count.code,
                findings=count.findings,
                rows=_list(check=count.code),
                **_share(count.repositories, whole),
            )
            for count in store.checks.by_code()
        ],
    )


def _list(**query: str) -> str:
    """The address of the list of repositories with this query."""
    return rows_address(f"{API}/repos", query)


def _coverage(counted: Sequence[CoverageCount], whole: int) -> list[CoverageDocument]:
    """Everything, something, nothing, with what is seeded in each."""
    said: dict[Coverage, dict[str, int]] = {"everything": {}, "something": {}, "nothing": {}}
    for count in counted:
        name: Coverage = (
            "nothing" if not count.seeded else "everything" if len(count.seeded) == len(SEEDED) else "something"
        )
        said[name][" and ".join(count.seeded) or "nothing"] = count.repositories
    return [
        CoverageDocument(
            coverage=name,
            rows=_list(seeded=name),
            of_which=of_which,
            of_which_rows={seeded: _list(seeded=name if name != "something" else seeded) for seeded in of_which},
            **_share(sum(of_which.values()), whole),
        )
        for name, of_which in said.items()
    ]


def _share(repositories: int, whole: int) -> Share:
    """How many repositories, their share of all that are counted, and its interval."""
    return {
        "repositories": repositories,
        "share": repositories / whole if whole else None,
        "interval": _interval(wilson(repositories, whole)),
    }


def _through_time(store: Store) -> bytes:
    found = through_time(store.histories.episodes(), store.histories.states(), datetime.now(UTC).date())
    return ThroughTimeAnswer.model_validate(found).model_dump_json().encode()


def _step(website: Website, repository: Repository, step: Step) -> StepDocument:
    plain = {name: getattr(step, name) for name in StepDocument.model_fields if hasattr(step, name)}
    diff = website.commit(repository.host, repository.owner, repository.name, step.commit)
    return StepDocument(**plain, **step.verdicts._asdict(), diff=diff)


def _interval(interval: Interval) -> IntervalDocument:
    return IntervalDocument(low=interval.low, high=interval.high)
