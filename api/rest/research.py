"""Histories and seeds: figures that rest on more than each repository's latest verdict."""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from analysis.history.story import Step
from analysis.prevalence import Interval, wilson
from api.answers import find
from api.conditional import conditional
from api.permalink import commit_link
from api.problems import INVALID, NO_HISTORY, NOT_SCANNED, Problem, documented
from api.rest.repositories import HostPath, NamePath, OwnerPath
from api.schemas.research import (
    CheckDocument,
    EpisodeDocument,
    HistoryAnswer,
    IntervalDocument,
    SeedDocument,
    SeedsAnswer,
    StepDocument,
    ThroughTimeAnswer,
)
from api.state import SharedDep, StoreDep
from api.through_time import through_time
from miner.store import Store
from miner.store.checks import SeedCount
from miner.store.records import Repository

router = APIRouter()

NOTABLE_SEEDS: Final = (0, 42, 1234, 3407, 3047)
"""Counted wherever they stand in the order: 3407 is of arXiv 2109.08203, 3047 a misprint of it."""
MOST_VALUES: Final = 50
_ALL_VALUES: Final = 100_000


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
def get_history(request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath) -> Response:
    """When the bug came, what ended it, which fixes did not: each a commit whose diff is linked."""
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
        steps=[_step(repository, step) for step in history.steps],
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
    return conditional(request, shared.fresh.get("through time", lambda: _through_time(shared.store)))


@router.get(
    "/stats/seeds",
    tags=["statistics"],
    summary="Seeds in the wild, and companion checks",
    response_model=None,
    responses={200: {"model": SeedsAnswer}, **documented(INVALID)},
)
def get_seeds(request: Request, shared: SharedDep) -> Response:
    """Which values people seed with, whether with one or many, and how often each companion check fires."""
    return conditional(request, shared.fresh.get("seeds", lambda: seeds(shared.store).model_dump_json().encode()))


def seeds(store: Store) -> SeedsAnswer:
    """The answer, for programs and for the page."""
    whole = store.checks.scanned()
    counted = store.checks.seed_values(limit=_ALL_VALUES)
    seen = {count.value for count in counted}
    notable = [SeedCount(value, 0, 0) for value in NOTABLE_SEEDS if value not in seen]
    shown = [count for place, count in enumerate(counted) if place < MOST_VALUES or count.value in NOTABLE_SEEDS]
    return SeedsAnswer(
        repositories=whole,
        runs=store.checks.seed_runs(),
        values=[
            SeedDocument(
                value=count.value,
                repositories=count.repositories,
                uses=count.uses,
                notable=count.value in NOTABLE_SEEDS,
                share=count.repositories / whole if whole else None,
                interval=_interval(wilson(count.repositories, whole)),
            )
            for count in (*shown, *notable)
        ],
        checks=[
            CheckDocument(
                code=count.code,
                repositories=count.repositories,
                findings=count.findings,
                share=count.repositories / whole if whole else None,
                interval=_interval(wilson(count.repositories, whole)),
            )
            for count in store.checks.by_code()
        ],
    )


def _through_time(store: Store) -> bytes:
    found = through_time(store.histories.episodes(), store.histories.states(), datetime.now(UTC).date())
    return ThroughTimeAnswer.model_validate(found).model_dump_json().encode()


def _step(repository: Repository, step: Step) -> StepDocument:
    plain = {name: getattr(step, name) for name in StepDocument.model_fields if hasattr(step, name)}
    diff = commit_link(repository.host, repository.owner, repository.name, step.commit)
    return StepDocument(**plain, **step.verdicts._asdict(), diff=diff)


def _interval(interval: Interval) -> IntervalDocument:
    return IntervalDocument(low=interval.low, high=interval.high)
