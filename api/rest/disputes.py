"""Disputes: what is said against findings, as rows to be looked at. None of them changes a verdict."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from analysis.report import Report
from api.access import DisputeActor
from api.answers import API, find, report_text, repository_path
from api.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, NOT_SCANNED, UNAUTHORIZED, Problem, documented
from api.rest.batches import Limit
from api.rest.repositories import HostPath, NamePath, OwnerPath
from api.schemas.disputes import DisputeDocument, DisputesAnswer, NewDisputeRequest
from api.state import StoreDep
from miner.store.disputes import Dispute, DisputeState, NewDispute

DISPUTES: Final = f"{API}/disputes"

router = APIRouter(tags=["disputes"])


@router.get("/disputes", summary="What is said against findings, the newest first", responses=documented(INVALID))
def list_disputes(
    store: StoreDep,
    state: Annotated[DisputeState | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 100,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only those with smaller numbers.")] = None,
) -> DisputesAnswer:
    """A page of disputes, of maintainers and of whoever else may raise them. Follow `next` until there is none."""
    found = store.disputes.listed(state, before=before, limit=limit + 1)
    items = [_document(one) for one in found[:limit]]
    query = {"limit": limit, **({"state": state} if state else {}), "before": items[-1].id if items else 0}
    return DisputesAnswer(items=items, next=f"{DISPUTES}?{urlencode(query)}" if len(found) > limit else None)


@router.post(
    "/repos/{host}/{owner}/{name}/disputes",
    status_code=201,
    summary="Say that a finding is wrong",
    responses=documented(UNAUTHORIZED, FORBIDDEN, NOT_SCANNED, NOT_FOUND, CONFLICT, INVALID),
)
def raise_dispute(
    response: Response,
    store: StoreDep,
    actor: DisputeActor,
    host: HostPath,
    owner: OwnerPath,
    name: NamePath,
    asked: NewDisputeRequest,
) -> DisputeDocument:
    """Needs the scope `disputes`. One row for each token and finding: a later reason takes the place of an earlier."""
    found = find(store, host, owner, name)
    repository = found.repository
    if found.scan is None:
        raise Problem(NOT_SCANNED, f"{repository.full_name} has no scan.")
    if repository.state == "opted_out":
        raise Problem(CONFLICT, f"{repository.full_name} is left alone at its owner's wish.")
    report = Report.model_validate_json(report_text(store, found.scan))
    codes = {check.id: check.code for check in report.checks} | {pair.id: pair.code for pair in report.pairs}
    if asked.finding not in codes:
        raise Problem(NOT_FOUND, f"The newest scan of {repository.full_name} has no finding {asked.finding!r}.")
    new = NewDispute(asked.finding, codes[asked.finding], asked.reason, found.scan.commit)
    made = _document(store.disputes.raise_one(repository.id, new, actor))
    response.headers["location"] = f"{DISPUTES}?{urlencode({'before': made.id + 1, 'limit': 1})}"
    return made


def _document(dispute: Dispute) -> DisputeDocument:
    names = [name for name in DisputeDocument.model_fields if name != "report_url"]
    address = API + repository_path(dispute.host, dispute.owner, dispute.name)
    plain = {name: getattr(dispute, name) for name in names}
    return DisputeDocument.model_validate({**plain, "report_url": f"{address}?commit={dispute.commit}"})
