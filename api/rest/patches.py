"""The patches that mend what a scan found."""

from typing import Annotated, Final

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

DIFF: Final = "text/x-diff"

router = APIRouter(tags=["repositories"])


class PatchesAnswer(BaseModel):
    """The patches of one commit. Each stands alone; two that change the same lines do not go together."""

    commit: str
    items: list[Patch] = Field(description="Each leaves its pairs clean by the analysis. None for what it cannot mend.")


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
    patches = store.list_patches(found.scan.id)
    if pair is None:
        answer = PatchesAnswer(commit=found.scan.commit, items=patches)
        return conditional(request, answer.model_dump_json().encode())
    wanted = next((patch for patch in patches if pair in patch.pairs), None)
    if wanted is None:
        raise Problem(NOT_FOUND, f"No patch is known for a pair {pair} of {found.repository.full_name}.")
    return conditional(request, wanted.diff.encode(), media_type=DIFF)
