"""A repository's report, and lists of repositories."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api.answers import API, Found, find, look_up, report_text, repository_path
from api.conditional import conditional
from api.filters import Address, ListQuery, PathPart
from api.problems import (
    BAD_CURSOR,
    BAD_TARGET,
    COMMIT_NOT_SCANNED,
    INVALID,
    NOT_FOUND,
    NOT_SCANNED,
    Problem,
    documented,
)
from api.schemas import ListAnswer, ListItem, RepositoryAnswer, RepositoryDocument, ScanDocument, VerdictDocument
from api.state import StoreDep
from miner.store import Store
from miner.store.errors import BadCursor

COMMIT: Final = r"^[0-9a-f]{7,64}$"

router = APIRouter(tags=["repositories"])

HostPath = Annotated[PathPart, Path(description="`github.com`, another host, or `local`.", examples=["github.com"])]
OwnerPath = Annotated[PathPart, Path(description="The owner, in any case.", examples=["pytorch"])]
NamePath = Annotated[PathPart, Path(description="The name, in any case.", examples=["examples"])]
CommitQuery = Annotated[
    str | None,
    Query(description="The commit's id, or its first 7 digits or more. The newest scan without it.", pattern=COMMIT),
]


@router.get(
    "/repos/{host}/{owner}/{name}",
    summary="A repository's report",
    response_model=None,
    responses={
        200: {"model": RepositoryAnswer},
        304: {"description": "Unchanged since the ETag given"},
        **documented(NOT_SCANNED, COMMIT_NOT_SCANNED, INVALID),
    },
)
def get_repository(
    request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath, commit: CommitQuery = None
) -> Response:
    """The report of the newest scan, or of the scan of one commit.

    A repository that could not be scanned answers too, with its state, the reason, and no report.
    """
    found = find(store, host, owner, name, commit, report=True)
    return conditional(request, _document(store, found), headers=_links(found))


@router.get(
    "/lookup",
    summary="A repository by any spelling of its address",
    response_model=None,
    responses={
        200: {"model": RepositoryAnswer},
        304: {"description": "Unchanged since the ETag given"},
        **documented(NOT_SCANNED, NOT_FOUND, BAD_TARGET, INVALID),
    },
)
def look_up_repository(
    request: Request,
    store: StoreDep,
    url: Annotated[
        Address,
        Query(description="`owner/name`, a clone URL, or a page of the repository.", examples=["pytorch/examples"]),
    ],
) -> Response:
    """The same document as the repository's own address, which `Content-Location` names."""
    found = look_up(store, url, report=True)
    return conditional(request, _document(store, found), headers=_links(found))


@router.get(
    "/repos",
    summary="The repositories, with filters",
    response_model=None,
    responses={
        200: {"model": ListAnswer},
        304: {"description": "Unchanged since the ETag given"},
        **documented(BAD_CURSOR, INVALID),
    },
)
def list_repositories(request: Request, store: StoreDep, query: Annotated[ListQuery, Query()]) -> Response:
    """A page of the list. Follow `next`, or the `Link` header with `rel="next"`, until there is none."""
    try:
        page = store.list_repositories(query.filters(), sort=query.sort, cursor=query.cursor, limit=query.limit)
    except BadCursor as error:
        raise Problem(BAD_CURSOR, "The value of `cursor` was not given out by this list.") from error
    following = query.address(f"{API}/repos", cursor=page.next_cursor) if page.next_cursor else None
    items = [
        ListItem(
            repository=RepositoryDocument.model_validate(line.repository),
            scan=VerdictDocument.model_validate(line.scan) if line.scan else None,
            report_url=API + repository_path(line.repository.host, line.repository.owner, line.repository.name),
        )
        for line in page.items
    ]
    # Made into text here and once: as a model it would be validated a second time on its way out.
    body = ListAnswer(items=items, next=following).model_dump_json().encode()
    return conditional(request, body, headers={"link": f'<{following}>; rel="next"'} if following else {})


def _document(store: Store, found: Found) -> bytes:
    """The answer with the report's bytes as they are stored: not parsed, not changed."""
    repository = RepositoryDocument.model_validate(found.repository).model_dump_json()
    scan = ScanDocument.model_validate(found.scan).model_dump_json() if found.scan else "null"
    report = report_text(store, found.scan, found.report) if found.scan else "null"
    return f'{{"repository":{repository},"scan":{scan},"report":{report}}}'.encode()


def _links(found: Found) -> dict[str, str]:
    path = repository_path(found.repository.host, found.repository.owner, found.repository.name)
    return {"content-location": API + path, "link": f'<{path}>; rel="alternate"; type="text/html"'}
