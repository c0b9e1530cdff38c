"""The pages of batches: start one, watch it, pause, go on, cancel, try again what failed. They need no script."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from api.access import actor_of
from api.answers import repository_path
from api.forms import read_form
from api.problems import CONFLICT, FORBIDDEN, REFUSED, UNAUTHORIZED, Problem
from api.rest.batches import document, make_batch, shown_item
from api.scan_now import SCRIPTED
from api.spans import span
from api.state import Shared, SharedDep
from api.work_schemas import BatchDocument, NewBatchRequest
from miner.errors import BadInput
from miner.jobs.kinds import KINDS
from miner.store.errors import NotNow
from miner.store.records import BatchItem, BatchProgress, Changes, Failures

BATCHES_SHOWN: Final = 25
CHANGED_SHOWN: Final = 50
LOOKED_AT_ANEW: Final = 5_000
_NOT_KEPT: Final = {"cache-control": "no-store"}
_LIVE: Final = {**_NOT_KEPT, **SCRIPTED}

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

BatchPath = Annotated[int, Path(ge=1, le=2**63 - 1)]
Before = Annotated[int | None, Query(ge=1, le=2**63 - 1)]
After = Annotated[int, Query(ge=-1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch as the pages show it: `share` of it is done, `left` is how long the rest will take, if that is known."""

    batch: BatchDocument
    share: float
    left: str

    @property
    def address(self) -> str:
        """Its page."""
        return f"/batches/{self.batch.id}"

    @property
    def open(self) -> bool:
        """Whether it has not come to its end."""
        return self.batch.state not in ("finished", "cancelled")


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """A repository whose verdict is not what it was; `page` is empty where it is not known which one it is."""

    label: str
    page: str
    before: str | None
    after: str


@router.get("/batches")
def batches(shared: SharedDep, before: Before = None) -> Response:
    """Batches, the newest first, and the form that starts one."""
    return _list(shared, before)


@router.post("/batches")
async def start(request: Request, shared: SharedDep) -> Response:
    """Makes a batch where the form's token allows it, and leads to its page."""
    form = await read_form(request)
    return await run_in_threadpool(_start, shared, form)


@router.get("/batches/{batch_id}")
def batch(shared: SharedDep, batch_id: BatchPath, after: After = -1) -> Response:
    """Where a batch stands, what it changed and what failed."""
    return _page(shared, batch_id, after=after)


@router.get("/batches/{batch_id}/live")
def progress(shared: SharedDep, batch_id: BatchPath) -> Response:
    """The part of the page that moves while the batch does."""
    found, workers = shared.store.batches.get(batch_id), _workers(shared)
    return shared.pages.render("_batch.html", headers=_NOT_KEPT, shown=_shown(found, workers), workers=workers)


@router.post("/batches/{batch_id}")
async def change(request: Request, shared: SharedDep, batch_id: BatchPath) -> Response:
    """Pauses, goes on, cancels or tries again where the form's token allows it, and leads back to the page."""
    form = await read_form(request)
    return await run_in_threadpool(_change, shared, batch_id, form)


def _list(
    shared: Shared,
    before: int | None = None,
    *,
    refusal: Problem | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    found = shared.store.batches.listed(limit=BATCHES_SHOWN + 1, before=before)
    workers = _workers(shared)
    return shared.pages.render(
        "batches.html",
        status=refusal.kind.status if refusal else 200,
        headers={**_NOT_KEPT, **(refusal.headers or {} if refusal else {})},
        here="/batches",
        batches=[_shown(each, workers) for each in found[:BATCHES_SHOWN]],
        older=found[BATCHES_SHOWN - 1].id if len(found) > BATCHES_SHOWN else None,
        before=before,
        workers=workers,
        kinds=tuple(KINDS),
        refusal=refusal.detail if refusal else "",
        form=form or {},
    )


def _page(shared: Shared, batch_id: int, *, after: int = -1, refusal: Problem | None = None) -> Response:
    store = shared.store
    workers = _workers(shared)
    shown = _shown(store.batches.get(batch_id), workers)
    changed = store.batches.changed_items(batch_id, after=after, limit=CHANGED_SHOWN + 1)
    changes, failures = _outcome(shared, batch_id, shown.batch.total)
    return shared.pages.render(
        "batch.html",
        status=refusal.kind.status if refusal else 200,
        headers={**(_LIVE if shown.open else _NOT_KEPT), **(refusal.headers or {} if refusal else {})},
        here="/batches",
        shown=shown,
        workers=workers,
        changes=changes,
        failures=failures,
        changed=[_changed(item) for item in changed[:CHANGED_SHOWN]],
        more=changed[CHANGED_SHOWN - 1].position if len(changed) > CHANGED_SHOWN else None,
        refusal=refusal.detail if refusal else "",
    )


def _outcome(shared: Shared, batch_id: int, total: int) -> tuple[list[Changes], list[Failures]]:
    """What a batch changed, and what failed: a look at all of its items, which many have of a large one together."""

    def look() -> tuple[list[Changes], list[Failures]]:
        return shared.store.batches.changes(batch_id), shared.store.batches.failures(batch_id)

    return look() if total <= LOOKED_AT_ANEW else shared.fresh.get(("outcome", batch_id), look)


def _start(shared: Shared, form: Mapping[str, str]) -> Response:
    try:
        actor = actor_of(shared.store, form.get("token", "").strip(), "batches")
        batch_id = make_batch(shared.store, _asked(form), actor)
    except (Problem, BadInput, ValidationError) as error:
        return _list(shared, refusal=_refusal(error), form=form)
    return RedirectResponse(f"/batches/{batch_id}", status_code=303)


def _asked(form: Mapping[str, str]) -> NewBatchRequest:
    """Raises BadInput, ValidationError."""
    names = form.get("repositories", "").split()
    where = form.get("where", "").strip()
    everything = form.get("all") == "yes"
    if sum((bool(names), bool(where), everything)) != 1:
        raise BadInput("Say which repositories: a filter, names, or all of them.")
    if form.get("kind", "scan") not in KINDS:
        raise BadInput("Choose what is to be done with each.")
    return NewBatchRequest(
        kind=form.get("kind", "scan"), where=where or None, repositories=names or None, all=everything, priority=None
    )


def _change(shared: Shared, batch_id: int, form: Mapping[str, str]) -> Response:
    batches = shared.store.batches
    try:
        actor = actor_of(shared.store, form.get("token", "").strip(), "batches")
        match form.get("action", ""):
            case "pause":
                batches.pause(batch_id, actor)
            case "resume":
                batches.resume(batch_id, actor)
            case "cancel":
                batches.cancel(batch_id, actor)
            case "retry":
                batches.retry(batch_id, actor)
            case action if action.startswith("retry:"):
                batches.retry(batch_id, actor, reason=action.removeprefix("retry:"))
            case _:
                raise BadInput("Choose what is to be done.")
    except (Problem, BadInput) as error:
        return _page(shared, batch_id, refusal=_refusal(error))
    return RedirectResponse(f"/batches/{batch_id}", status_code=303)


def _refusal(error: Exception) -> Problem:
    """What the page says, in place of another page. A problem that is none of the form's is raised again."""
    if isinstance(error, Problem):
        if error.kind not in (UNAUTHORIZED, FORBIDDEN):
            raise error
        return error
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return Problem(REFUSED, f"{first['loc'][0] if first['loc'] else 'The form'}: {first['msg']}.")
    return Problem(CONFLICT if isinstance(error, NotNow) else REFUSED, str(error))


def _shown(found: BatchProgress, workers: int) -> Shown:
    described = document(found)
    seconds = described.seconds_left if workers else None
    return Shown(
        described,
        described.done / described.total if described.total else 1.0,
        "" if seconds is None else span(timedelta(seconds=seconds)),
    )


def _changed(item: BatchItem) -> ChangedItem:
    repository = item.repository
    page = "" if repository is None else repository_path(repository.host, repository.owner, repository.name)
    return ChangedItem(shown_item(item).repository, page, item.verdict_before, item.verdict or "")


def _workers(shared: Shared) -> int:
    return len(shared.store.workers.listed())
