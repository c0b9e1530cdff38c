"""The patches that mend what a scan found."""

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from analysis.fix.patch import Patch
from api.answers import find
from api.conditional import conditional
from api.filters import Text
from api.problems import COMMIT_NOT_SCANNED, INVALID, NOT_FOUND, NOT_SCANNED, Problem, documented
from api.rest.repositories import CommitQuery, HostPath, NamePath, OwnerPath
from api.state import StoreDep
from miner.store.proofs import TriedPatch

DIFF: Final = "text/x-diff"

router = APIRouter(tags=["repositories"])


class PatchDocument(Patch):
    """A patch, and what running the flagged loader without it and with it gave."""

    proof: Literal["proven", "not verified"] = Field(
        description="`proven`: repeats were confirmed without it, and none were seen with it."
    )
    proof_reason: str
    proven_at: datetime | None = Field(description="When it was run; null where it was not.")


class PatchesAnswer(BaseModel):
    """The patches of one commit. Each stands alone; two that change the same lines do not go together."""

    commit: str
    items: list[PatchDocument] = Field(
        description="Each leaves its pairs clean by the analysis; one with which repeats were seen is not shown. None "
        "for what it cannot mend."
    )


@router.get(
    "/repos/{host}/{owner}/{name}/patch",
    summary="The patches that mend a repository, or the one for a pair as a diff",
    response_model=None,
    responses={
        200: {"model": PatchesAnswer, "content": {DIFF: {"schema": {"type": "string"}}}},
        304: {"description": "Unchanged since the ETag given"},
        **documented(NOT_SCANNED, COMMIT_NOT_SCANNED, NOT_FOUND, INVALID),
    },
)
def get_patch(
    request: Request,
    store: StoreDep,
    host: HostPath,
    owner: OwnerPath,
    name: NamePath,
    commit: CommitQuery = None,
    pair: Annotated[
        Text | None, Query(description="The id of a pair: its patch alone, as a unified diff for `git apply`.")
    ] = None,
) -> Response:
    """Patches keep formatting, and each was analysed: the pairs that it names are clean with it."""
    found = find(store, host, owner, name, commit)
    if found.scan is None:
        raise Problem(COMMIT_NOT_SCANNED, f"There is no scan of {found.repository.full_name}.")
    patches = store.proofs.patches_of(found.scan.id)
    if pair is None:
        answer = PatchesAnswer(commit=found.scan.commit, items=[_document(tried) for tried in patches])
        return conditional(request, answer.model_dump_json().encode())
    wanted = next((tried.patch for tried in patches if pair in tried.patch.pairs), None)
    if wanted is None:
        raise Problem(NOT_FOUND, f"No patch is known for a pair {pair} of {found.repository.full_name}.")
    return conditional(request, wanted.diff.encode(), media_type=DIFF)


def _document(tried: TriedPatch) -> PatchDocument:
    return PatchDocument(
        **tried.patch.model_dump(),
        proof="proven" if tried.says == "proven" else "not verified",
        proof_reason=tried.reason,
        proven_at=tried.finished_at,
    )
