"""Figures over all repositories."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.filters import FigureName, rows_address, rows_behind
from api.problems import INVALID, documented
from api.schemas import Coverage, Figure, FunnelDocument, PrevalenceAnswer, PrevalenceGroup
from api.state import StoreDep
from miner.store.records import Prevalence, PrevalenceBy

router = APIRouter(prefix="/stats", tags=["statistics"])


@router.get("/prevalence", summary="How common the bug is", responses=documented(INVALID))
def get_prevalence(
    store: StoreDep,
    by: Annotated[PrevalenceBy | None, Query(description="Split the figures by this; one group without it.")] = None,
) -> PrevalenceAnswer:
    """Shares of the eligible repositories among those scanned here, each with its numerator, denominator and rows."""
    counts = store.prevalence(by)
    whole = counts[0] if by is None else store.prevalence(None)[0]
    states = store.states()
    return PrevalenceAnswer(
        population="census",
        by=by,
        groups=[_group(by, count) for count in counts],
        funnel=FunnelDocument.model_validate(store.funnel()),
        coverage=Coverage(
            repositories=sum(states.repositories.values()),
            scanned=whole.scanned,
            undecided=whole.undecided,
            states=states.repositories,
            last_finished_at=states.last_finished_at,
        ),
    )


def _group(by: PrevalenceBy | None, count: Prevalence) -> PrevalenceGroup:
    def figure(which: FigureName, numerator: int, unknown: int) -> Figure:
        query = rows_behind(which, by, count.group)
        return Figure(
            numerator=numerator,
            denominator=count.eligible,
            share=numerator / count.eligible if count.eligible else None,
            unknown=unknown,
            rows=rows_address("/api/v1/repos", query),
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
