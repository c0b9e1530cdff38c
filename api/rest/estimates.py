"""Estimates for all of GitHub, each with its population, its denominator and its rows."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.answers import API, repository_path
from api.conditional import conditional
from api.estimates import Estimate, FigureOf, Row, RowsOf, estimates, rows
from api.filters import PathPart
from api.parted import Key, PartQuery, answer, part
from api.problems import BAD_CURSOR, INVALID, NOT_FOUND, Problem, documented
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
from api.state import Shared, SharedDep
from miner.store import Store
from miner.store.estimates import SampleData, SampledRepository
from miner.store.records import GITHUB

router = APIRouter(prefix="/stats/estimates", tags=["statistics"])


class RowsQuery(PartQuery):
    """The query of the rows behind an estimate."""

    of: RowsOf = Field(
        "numerator",
        description="The repositories that have it, all eligible ones, those of which it cannot be told, or those "
        "without a scan; with each content counted one time, the first drawn of each that has it, of each, or the "
        "copies left out.",
    )


@router.get(
    "",
    summary="How common the bug is on GitHub",
    response_model=None,
    responses={200: {"model": EstimatesAnswer}, **documented(INVALID)},
)
def get_estimates(request: Request, shared: SharedDep) -> Response:
    """From random samples of repository ids alone; what searches found never counts here."""
    return conditional(request, shared.fresh.get("estimates", lambda: all_of(shared.store)).model_dump_json().encode())


@router.get(
    "/{sample}/{figure}/rows",
    summary="The rows behind an estimate",
    response_model=None,
    responses={200: {"model": SampledAnswer}, **documented(BAD_CURSOR, NOT_FOUND, INVALID)},
)
def get_rows(
    request: Request,
    shared: SharedDep,
    sample: Annotated[PathPart, Path(description="The sample's name.")],
    figure: Annotated[FigureOf, Path(description="Which figure's rows.")],
    query: Annotated[RowsQuery, Query()],
) -> Response:
    """The repositories of the sample that the figure counts, or those of its other numbers."""
    found = part(sampled_rows(shared, sample, figure, query.of), place_of, query)
    following = found.next_address(rows_path(sample, figure), query)
    items = [
        SampledDocument.model_validate(
            {
                "repository": _name(row.repository),
                "stratum": row.repository.stratum,
                "legacy": row.repository.legacy,
                "modern": row.repository.modern,
                "verdict": row.repository.verdict,
                "copy_of": None if row.copy_of is None else _name(row.copy_of),
                "report_url": API + repository_path(GITHUB, row.repository.owner, row.repository.name),
            }
        )
        for row in found.rows
    ]
    return answer(request, SampledAnswer(items=items, next=following), following)


def sampled_rows(shared: Shared, sample: str, figure: FigureOf, of: RowsOf) -> list[Row]:
    """The rows by name. Raises Problem where there is no such sample."""
    data = {each.sample.name: each for each in shared.fresh.get("samples", lambda: _samples(shared.store))}.get(sample)
    if data is None:
        raise Problem(NOT_FOUND, f"No sample is called {sample}.")
    return sorted(rows(data, figure, of), key=place_of)


def place_of(row: Row) -> Key:
    """Where a row stands in the list by name."""
    return row.repository.owner.lower(), row.repository.name.lower()


def rows_path(sample: str, figure: str) -> str:
    """The address of the rows of a figure."""
    return f"{API}/stats/estimates/{quote(sample, safe='')}/{figure}/rows"


def _name(repository: SampledRepository) -> str:
    return f"{repository.owner}/{repository.name}"


def _samples(store: Store) -> list[SampleData]:
    found = (store.estimates.find(name) for name in store.estimates.names())
    return [data for data in found if data is not None]


def all_of(store: Store) -> EstimatesAnswer:
    """The answer, for programs and for the page."""
    return EstimatesAnswer(samples=[_sample(data) for data in _samples(store)])


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
    corrected, path = found.corrected, rows_path(data.sample.name, found.figure)
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
            rows=f"{path}?of=contents_numerator",
            denominator_rows=f"{path}?of=contents",
            copies_rows=f"{path}?of=copies",
        ),
        rows=path,
        denominator_rows=f"{path}?of=denominator",
        unknown_rows=f"{path}?of=unknown",
        unscanned_rows=f"{path}?of=unscanned",
    )
