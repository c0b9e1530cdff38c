"""What hangs on a repository: its scans, the findings of one, and the report in SARIF's form."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from analysis.report import Report
from api.answers import API, LARGEST_ID, find, report_text, repository_path
from api.conditional import conditional
from api.permalink import website_of
from api.problems import COMMIT_NOT_SCANNED, INVALID, NOT_FOUND, NOT_SCANNED, Problem, documented
from api.rest.repositories import CommitQuery, HostPath, NamePath, OwnerPath
from api.sarif import sarif
from api.schemas.parts import FindingDocument, FindingsAnswer, ScansAnswer, ScanSummary
from api.state import SharedDep, StoreDep
from miner.store import Store
from miner.store.records import GITHUB, Repository, Scan

SARIF: Final = "application/sarif+json"

router = APIRouter(tags=["repositories"])

_UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "Unchanged since the ETag given"}}


@router.get(
    "/repos/github.com/{github_id}",
    summary="A repository by GitHub's number",
    status_code=301,
    response_class=RedirectResponse,
    responses=documented(NOT_FOUND, INVALID),
)
def get_by_id(
    store: StoreDep, github_id: Annotated[int, Path(ge=1, le=LARGEST_ID, description="It stays through renames.")]
) -> Response:
    """Leads to the repository's report under its present name."""
    repository = store.get_repository_by_github_id(github_id)
    if repository is None:
        raise Problem(NOT_FOUND, f"No repository with GitHub's number {github_id} is known here.")
    return RedirectResponse(API + repository_path(GITHUB, repository.owner, repository.name), status_code=301)


@router.get(
    "/repos/{host}/{owner}/{name}/scans",
    summary="A repository's scans, newest first",
    response_model=None,
    responses={200: {"model": ScansAnswer}, **_UNCHANGED, **documented(NOT_SCANNED, INVALID)},
)
def list_scans(request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath) -> Response:
    """Every commit that was analysed, with its verdict."""
    found = find(store, host, owner, name)
    path = API + repository_path(found.repository.host, found.repository.owner, found.repository.name)
    scans = [
        ScanSummary.model_validate({**_attributes(scan), "report_url": f"{path}?commit={scan.commit}"})
        for scan in store.list_scans(found.repository.id)
    ]
    return conditional(request, ScansAnswer(items=scans).model_dump_json().encode())


@router.get(
    "/repos/{host}/{owner}/{name}/findings",
    summary="The pairs of a scan, worst first",
    response_model=None,
    responses={200: {"model": FindingsAnswer}, **_UNCHANGED, **documented(NOT_SCANNED, COMMIT_NOT_SCANNED, INVALID)},
)
def list_findings(
    request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath, commit: CommitQuery = None
) -> Response:
    """One line for each (dataset, loader) pair; the report has their draws and the ways to them."""
    _, scan = _scanned(store, host, owner, name, commit)
    items = [FindingDocument.model_validate(finding) for finding in store.list_findings(scan.id)]
    return conditional(request, FindingsAnswer(commit=scan.commit, items=items).model_dump_json().encode())


@router.get(
    "/repos/{host}/{owner}/{name}/report.sarif",
    summary="The report as SARIF 2.1.0",
    response_model=None,
    responses={
        200: {"content": {SARIF: {"schema": {"type": "object"}}}, "description": "A SARIF 2.1.0 log"},
        **_UNCHANGED,
        **documented(NOT_SCANNED, COMMIT_NOT_SCANNED, INVALID),
    },
)
def get_sarif(
    request: Request, shared: SharedDep, host: HostPath, owner: OwnerPath, name: NamePath, commit: CommitQuery = None
) -> Response:
    """For code scanning and editors."""
    repository, scan = _scanned(shared.store, host, owner, name, commit)
    website = website_of(shared.settings).repository(repository.host, repository.owner, repository.name)
    document = sarif(Report.model_validate_json(report_text(shared.store, scan)), website)
    return conditional(request, document.encode(), media_type=SARIF)


def _scanned(store: Store, host: str, owner: str, name: str, commit: str | None) -> tuple[Repository, Scan]:
    found = find(store, host, owner, name, commit)
    if found.scan is None:
        detail = f"There is no scan of {found.repository.full_name}: it is {found.repository.state}."
        raise Problem(COMMIT_NOT_SCANNED, detail)
    return found.repository, found.scan


def _attributes(scan: Scan) -> dict[str, object]:
    return {name: getattr(scan, name) for name in ScanSummary.model_fields if name != "report_url"}
