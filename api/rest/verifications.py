"""Verifications of a repository's findings: what there are, their pictures, and asking for them."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from api.access import BatchActor
from api.answers import API, Found, find, repository_path
from api.conditional import conditional
from api.picture import picture
from api.problems import (
    COMMIT_NOT_SCANNED,
    CONFLICT,
    FORBIDDEN,
    INVALID,
    NOT_FOUND,
    NOT_SCANNED,
    UNAUTHORIZED,
    Problem,
    documented,
)
from api.rest.repositories import CommitQuery, HostPath, NamePath, OwnerPath
from api.schemas.verifications import CheckRunDocument, VerificationDocument, VerificationRequested, VerificationsAnswer
from api.state import StoreDep
from miner.jobs.queued import item_of, remote_of
from miner.store import LOCAL
from miner.store.records import NewBatch

KIND: Final = "verify"
SVG: Final = "image/svg+xml"

router = APIRouter(tags=["verifications"])


@router.get(
    "/repos/{host}/{owner}/{name}/verifications",
    summary="What running the flagged loaders showed",
    response_model=None,
    responses={
        200: {"model": VerificationsAnswer},
        304: {"description": "Unchanged since the ETag given"},
        **documented(NOT_SCANNED, COMMIT_NOT_SCANNED, INVALID),
    },
)
def list_verifications(
    request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath, commit: CommitQuery = None
) -> Response:
    """The newest verification of each finding that was put to the test, with its evidence; companion checks too."""
    found = find(store, host, owner, name, commit)
    if found.scan is None:
        raise Problem(NOT_SCANNED, f"{found.repository.full_name} has no scan.")
    items = [
        VerificationDocument(
            finding=place,
            finished_at=stored.finished_at,
            verification=stored.said,
            picture_url=f"{_address(found)}/verifications/{place}.svg?commit={found.scan.commit}",
        )
        for place, stored in store.verifications.of_scan(found.scan.id).items()
    ]
    checks = [
        CheckRunDocument(position=place, finished_at=stored.finished_at, run=stored.said)
        for place, stored in store.check_runs.of_scan(found.scan.id).items()
    ]
    answer = VerificationsAnswer(commit=found.scan.commit, verifications=items, checks=checks)
    return conditional(request, answer.model_dump_json().encode())


@router.get(
    "/repos/{host}/{owner}/{name}/verifications/{finding}.svg",
    summary="A verification, drawn",
    response_model=None,
    responses={
        200: {"content": {SVG: {"schema": {"type": "string"}}}, "description": "Workers by samples, by epochs"},
        304: {"description": "Unchanged since the ETag given"},
        **documented(NOT_SCANNED, COMMIT_NOT_SCANNED, NOT_FOUND, INVALID),
    },
)
def get_picture(
    request: Request,
    store: StoreDep,
    host: HostPath,
    owner: OwnerPath,
    name: NamePath,
    finding: Annotated[int, Path(ge=0, le=100_000, description="The finding's place in the report's `pairs`.")],
    commit: CommitQuery = None,
) -> Response:
    """Equal generator states in equal colours."""
    found = find(store, host, owner, name, commit)
    stored = store.verifications.of_scan(found.scan.id).get(finding) if found.scan else None
    drawn = picture(stored.said) if stored is not None else ""
    if not drawn:
        raise Problem(NOT_FOUND, f"Finding {finding} has no verification that could be drawn.")
    return conditional(request, drawn.encode(), media_type=SVG)


@router.post(
    "/repos/{host}/{owner}/{name}/verifications",
    status_code=202,
    summary="Ask for a verification",
    responses=documented(UNAUTHORIZED, FORBIDDEN, NOT_SCANNED, CONFLICT, INVALID),
)
def ask_for_verification(
    response: Response, store: StoreDep, actor: BatchActor, host: HostPath, owner: OwnerPath, name: NamePath
) -> VerificationRequested:
    """Queues a run of the flagged loaders of the newest scan, for a worker of the queue `gpu`."""
    found = find(store, host, owner, name)
    repository = found.repository
    if found.scan is None:
        raise Problem(NOT_SCANNED, f"{repository.full_name} has no scan.")
    if repository.state == "opted_out" or repository.host == LOCAL:
        raise Problem(CONFLICT, f"{repository.full_name} is not verified from here: `seedwatch verify` does it.")
    item = item_of(remote_of(repository.host, repository.owner, repository.name))
    batch_id = store.batches.create([item], NewBatch(kind=KIND, title=item.target, created_by=actor))
    response.headers["location"] = f"{_address(found)}/verifications"
    return VerificationRequested(batch_id=batch_id, status_url=f"{API}/batches/{batch_id}")


def _address(found: Found) -> str:
    repository = found.repository
    return API + repository_path(repository.host, repository.owner, repository.name)
