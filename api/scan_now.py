"""Scanning from a repository's page: a form that needs no script, and progress that is livelier with one."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import actor_of
from api.answers import repository_path
from api.filters import PathPart
from api.forms import read_form
from api.middleware import CONTENT_SECURITY_POLICY
from api.problems import FORBIDDEN, UNAUTHORIZED, Problem
from api.rest.asking import ask
from api.state import Shared, SharedDep
from miner.store import Store
from miner.store.records import LOCAL, BatchProgress, Repository
from miner.store.under_way import Turn

SCRIPTED: Final = {"content-security-policy": f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"}
"""For the pages that follow a scan: they may run the service's own script and ask the service itself."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Part = Annotated[PathPart, Path()]


@dataclass(frozen=True, slots=True)
class Live:
    """A scan that was asked for and has not ended. `workers` give signs of life."""

    turn: Turn
    batch: BatchProgress
    workers: int
    address: str


def live(store: Store, repository: Repository) -> Live | None:
    """The repository's scan under way, None where there is none."""
    turn = store.under_way.turn(repository.id)
    batch = None if turn is None else store.batches.find(turn.batch_id)
    if turn is None or batch is None:
        return None
    address = repository_path(repository.host, repository.owner, repository.name)
    return Live(turn, batch, len(store.under_way.sight().workers), f"{address}/live")


def may_be_asked(host: str) -> bool:
    """Whether the page of a repository of this host has the form."""
    return host != LOCAL


@router.post("/repos/{host}/{owner}/{name}/scan")
async def scan_now(request: Request, shared: SharedDep, host: Part, owner: Part, name: Part) -> Response:
    """Queues the repository where the form's token allows it, and leads back to its page."""
    form = await read_form(request)
    return await run_in_threadpool(_scan_now, shared, host, owner, name, form.get("token", "").strip())


@router.get("/repos/{host}/{owner}/{name}/live")
def progress(shared: SharedDep, host: Part, owner: Part, name: Part) -> Response:
    """The part of the page that follows the scan; 204 once there is nothing to follow."""
    repository = shared.store.get_repository(host, owner, name)
    found = None if repository is None else live(shared.store, repository)
    if found is None:
        return Response(status_code=204, headers={"cache-control": "no-store"})
    return shared.pages.render("_live.html", headers={"cache-control": "no-store"}, live=found)


def _scan_now(shared: Shared, host: str, owner: str, name: str, secret: str) -> Response:
    path = repository_path(host, owner, name)
    try:
        actor = actor_of(shared.store, secret, "batches")
    except Problem as problem:
        if problem.kind not in (UNAUTHORIZED, FORBIDDEN):
            raise
        return shared.pages.render(
            "scan_refused.html",
            status=problem.kind.status,
            headers=problem.headers,
            here="",
            label=name if host == LOCAL else f"{owner}/{name}",
            detail=problem.detail,
            page=path,
            action=f"{path}/scan",
        )
    ask(shared, host, owner, name, actor)
    return RedirectResponse(f"{path}#scan", status_code=303)
