"""Estimates for all of GitHub, each with its population, its denominator and its rows."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from api.answers import API, repository_path
from api.conditional import conditional
from api.estimates import Estimate, FigureOf, estimates, rows
from api.filters import Text
from api.problems import INVALID, NOT_FOUND, Problem, documented
from api.schemas.research import (
    CorrectedDocument,
    EstimateDocument,
    EstimatesAnswer,
    IntervalDocument,
    OnceDocument,
    SampledAnswer,
    SampledDocument,
    SampleDocument,
)
from api.state import SharedDep, StoreDep
from miner.store import Store
from miner.store.estimates import SampleData
from miner.store.records import GITHUB

router = APIRouter(prefix="/stats/estimates", tags=["statistics"])


@router.get(
    "",
    summary="How common the bug is on GitHub",
    response_model=None,
    responses={200: {"model": EstimatesAnswer}, **documented(INVALID)},
)
def get_estimates(request: Request, shared: SharedDep) -> Response:
    """From random samples of repository ids alone; what searches found never counts here."""
    return conditional(request, shared.fresh.get("estimates", lambda: all_of(shared.store)).model_dump_json().encode())


@router.get("/{sample}/{figure}/rows", summary="The rows behind an estimate", responses=documented(NOT_FOUND, INVALID))
def get_rows(
    store: StoreDep,
    sample: Annotated[Text, Path(description="The sample's name.")],
    figure: Annotated[FigureOf, Path(description="Which figure's rows.")],
) -> SampledAnswer:
    """The repositories of the sample that the figure counts."""
    data = store.estimates.find(sample)
    if data is None:
        raise Problem(NOT_FOUND, f"No sample is called {sample}.")
    return SampledAnswer(
        items=[
            SampledDocument.model_validate(
                {
                    "repository": f"{each.owner}/{each.name}",
                    "stratum": each.stratum,
                    "legacy": each.legacy,
                    "modern": each.modern,
                    "verdict": each.verdict,
                    "report_url": API + repository_path(GITHUB, each.owner, each.name),
                }
            )
            for each in rows(data, figure)
        ]
    )


def all_of(store: Store) -> EstimatesAnswer:
    """The answer, for programs and for the page."""
    found = (store.estimates.find(name) for name in store.estimates.names())
    return EstimatesAnswer(samples=[_sample(data) for data in found if data is not None])


def _sample(data: SampleData) -> SampleDocument:
    return SampleDocument(
        name=data.sample.name,
        max_id=data.sample.max_id,
        created_at=data.sample.created_at,
        finished_at=data.sample.finished_at,
        drawn=sum(sum(counts.outcomes.values()) for counts in data.strata),
        estimates=[_document(data, estimate) for estimate in estimates(data)],
    )


def _document(data: SampleData, found: Estimate) -> EstimateDocument:
    corrected = found.corrected
    return EstimateDocument(
        figure=found.figure,
        label=found.label,
        population=found.population,
        numerator=found.numerator,
        denominator=found.denominator,
        unknown=found.unknown,
        unscanned=found.unscanned,
        share=found.estimate.share,
        interval=IntervalDocument.model_validate(found.estimate.interval),
        bounds=IntervalDocument.model_validate(found.bounds),
        effective=found.estimate.effective,
        corrected=None if corrected is None else CorrectedDocument.model_validate(corrected),
        once=OnceDocument(
            numerator=found.once.numerator,
            denominator=found.once.denominator,
            copies=found.once.copies,
            share=found.once.estimate.share,
            interval=IntervalDocument.model_validate(found.once.estimate.interval),
        ),
        rows=f"{API}/stats/estimates/{quote(data.sample.name, safe='')}/{found.figure}/rows",
    )
