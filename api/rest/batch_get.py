"""Many repositories in one request."""

from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.answers import API, look_up, repository_path
from api.filters import Address
from api.problems import INVALID, Problem, documented
from api.schemas import RepositoryDocument, VerdictDocument
from api.schemas.parts import BatchGetAnswer, BatchGetItem
from api.state import StoreDep
from miner.store import Store

MOST: Final = 1_000

router = APIRouter(tags=["repositories"])


class BatchGetRequest(BaseModel):
    """Repositories by any spelling of their address, or by GitHub's number."""

    model_config = ConfigDict(extra="forbid")

    repositories: list[Address] = Field(
        min_length=1, max_length=MOST, examples=[["pytorch/examples", "https://github.com/pytorch/vision", "65600975"]]
    )


@router.post("/repos:batchGet", summary="Many repositories at once", responses=documented(INVALID))
def batch_get(store: StoreDep, asked: BatchGetRequest) -> BatchGetAnswer:
    """The verdict on each, in the order of the request, each with its own status. It reads, and needs no token."""
    return BatchGetAnswer(items=[_item(store, text) for text in asked.repositories])


def _item(store: Store, text: str) -> BatchGetItem:
    try:
        found = look_up(store, text)
    except Problem as problem:
        return BatchGetItem(request=text, status=problem.kind.status, detail=problem.detail)
    repository = found.repository
    return BatchGetItem(
        request=text,
        status=200,
        detail=None,
        repository=RepositoryDocument.model_validate(repository),
        scan=VerdictDocument.model_validate(found.scan) if found.scan else None,
        report_url=API + repository_path(repository.host, repository.owner, repository.name),
    )
