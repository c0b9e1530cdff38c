"""Batches: asking for work over many repositories, and following it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response
from fastapi.concurrency import run_in_threadpool
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.access import BatchActor
from api.answers import repository_path
from api.problems import BAD_FILTER, CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, REFUSED, UNAUTHORIZED, documented
from api.state import SharedDep, StoreDep
from api.work_schemas import (
    BatchChangeRequest,
    BatchDocument,
    BatchesAnswer,
    BatchItemDocument,
    BatchItemsAnswer,
    ChangeDocument,
    FailureDocument,
    NewBatchRequest,
    OutcomeAnswer,
    RetryAnswer,
    RetryRequest,
)
from miner.errors import BadInput, BadTarget
from miner.jobs import kinds
from miner.jobs.queued import item_of, once_each
from miner.jobs.webhooks import check_address
from miner.store import BatchItem, BatchProgress, ItemState, NewBatch, NewItem, Store
from miner.store.records import GITHUB
from miner.targets import parse_github

BATCHES: Final = "/api/v1/batches"
_EVENT_SECONDS: Final = 1.0
_ENDED: Final = ("finished", "cancelled")
_NOT_FOUND = documented(NOT_FOUND, INVALID)
_CHANGING = documented(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, INVALID)

router = APIRouter(prefix="/batches", tags=["batches"])

BatchPath = Annotated[int, Path(description="The batch's number.", ge=1, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=1_000, description="So many at most.")]


@router.post(
    "",
    status_code=201,
    summary="Ask for a batch",
    responses=documented(UNAUTHORIZED, FORBIDDEN, BAD_FILTER, REFUSED, INVALID),
)
def post_batch(response: Response, shared: SharedDep, actor: BatchActor, asked: NewBatchRequest) -> BatchDocument:
    """Queues the repositories of a filter, of a list, or all. One that another batch has queued is left out.

    Needs the scope `batches`. Follow `events`, or give a webhook for the end.
    """
    kinds.named(asked.kind)
    if asked.webhook is not None:
        check_address(asked.webhook.url, shared.settings)
    batch_id = make_batch(shared.store, asked, actor)
    response.headers["location"] = f"{BATCHES}/{batch_id}"
    return document(shared.store.batches.get(batch_id))


@router.get("", summary="Batches, the newest first", responses=documented(INVALID))
def list_batches(
    store: StoreDep,
    limit: Limit = 50,
    open_only: Annotated[bool, Query(alias="open", description="Only those that have not ended.")] = False,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only those with smaller numbers.")] = None,
) -> BatchesAnswer:
    """A page of batches. Follow `next` until there is none."""
    found = store.batches.listed(limit=limit + 1, open_only=open_only, before=before)
    items = [document(batch) for batch in found[:limit]]
    query = {"limit": limit, "open": str(open_only).lower(), "before": items[-1].id if items else 0}
    return BatchesAnswer(items=items, next=f"{BATCHES}?{urlencode(query)}" if len(found) > limit else None)


@router.get("/{batch_id}", summary="Where a batch stands", responses=_NOT_FOUND)
def get_batch(store: StoreDep, batch_id: BatchPath) -> BatchDocument:
    """From counters that move with each item's commit."""
    return document(store.batches.get(batch_id))


@router.get("/{batch_id}/items", summary="What became of each repository", responses=_NOT_FOUND)
def list_items(
    store: StoreDep,
    batch_id: BatchPath,
    state: Annotated[list[ItemState] | None, Query(description="Only those in one of these states.")] = None,
    changed: Annotated[bool, Query(description="Only those whose verdict is not what it was.")] = False,
    after: Annotated[int, Query(ge=-1, le=2**31 - 1, description="Only those after this position.")] = -1,
    limit: Limit = 100,
) -> BatchItemsAnswer:
    """A page of items in the order of the request. Follow `next` until there is none."""
    store.batches.get(batch_id)
    found = (
        store.batches.changed_items(batch_id, after=after, limit=limit + 1)
        if changed
        else store.batches.items(batch_id, state or (), after=after, limit=limit + 1)
    )
    items = [shown_item(item) for item in found[:limit]]
    following = None
    if len(found) > limit:
        query = {"state": state or [], "changed": str(changed).lower(), "after": items[-1].position, "limit": limit}
        following = f"{BATCHES}/{batch_id}/items?{urlencode(query, doseq=True)}"
    return BatchItemsAnswer(items=items, next=following)


@router.get("/{batch_id}/outcome", summary="What the batch changed, and why items failed", responses=_NOT_FOUND)
def get_outcome(store: StoreDep, batch_id: BatchPath) -> OutcomeAnswer:
    """The difference to the verdicts that stood before. Grows while the batch is under way."""
    return OutcomeAnswer(
        changes=[ChangeDocument.model_validate(change) for change in store.batches.changes(batch_id)],
        failures=[FailureDocument.model_validate(failure) for failure in store.batches.failures(batch_id)],
    )


@router.get(
    "/{batch_id}/events",
    summary="Follow a batch",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **_NOT_FOUND},
)
def follow_batch(store: StoreDep, batch_id: BatchPath) -> EventSourceResponse:
    """Server-sent events: `progress` with the batch whenever it moved, once a second at most; `end`, and no more."""
    store.batches.get(batch_id)
    return EventSourceResponse(_events(store, batch_id), headers={"cache-control": "no-store"})


@router.patch("/{batch_id}", summary="Pause, go on, cancel, or change the priority", responses=_CHANGING)
def patch_batch(store: StoreDep, actor: BatchActor, batch_id: BatchPath, asked: BatchChangeRequest) -> BatchDocument:
    """Needs the scope `batches`. What is under way comes to its end; a cancelled batch stays cancelled."""
    if asked.priority is not None:
        store.batches.prioritise(batch_id, asked.priority, actor)
    if asked.state is not None:
        change = {"running": store.batches.resume, "paused": store.batches.pause, "cancelled": store.batches.cancel}
        change[asked.state](batch_id, actor)
    return document(store.batches.get(batch_id))


@router.post("/{batch_id}/retry", summary="Try again what failed", responses=_CHANGING)
def retry_batch(store: StoreDep, actor: BatchActor, batch_id: BatchPath, asked: RetryRequest) -> RetryAnswer:
    """Needs the scope `batches`."""
    return RetryAnswer(queued=store.batches.retry(batch_id, actor, states=asked.states, reason=asked.reason))


def make_batch(store: Store, asked: NewBatchRequest, actor: str) -> int:
    """The number of a new batch. Raises BadInput, BadFilter."""
    if sum((asked.where is not None, asked.repositories is not None, asked.all)) != 1:
        raise BadInput("say which repositories: one of `where`, `repositories` and `all`")
    title = asked.where or ("all" if asked.repositories is None else f"{len(asked.repositories):,} named")
    webhook = asked.webhook
    batch = NewBatch(
        asked.kind,
        title,
        actor,
        asked.priority,
        None if webhook is None else webhook.url,
        None if webhook is None else webhook.secret,
    )
    if asked.repositories is None:
        return store.batches.select(batch, asked.where or "")
    return store.batches.create(_named(asked.repositories), batch)


def _named(targets: list[str]) -> list[NewItem]:
    """Raises BadInput. No paths of this machine, and no addresses that only it can reach."""
    return once_each(map(_item, targets))


def _item(target: str) -> NewItem:
    try:
        return item_of(parse_github(target))
    except BadTarget as error:
        raise BadInput(f"{target!r} is not OWNER/NAME on GitHub") from error


async def _events(store: Store, batch_id: int) -> AsyncIterator[ServerSentEvent]:
    told = None
    while True:
        batch = await run_in_threadpool(store.batches.get, batch_id)
        now = (batch.state, batch.priority, batch.done, dict(batch.by_state))
        if now != told or batch.state in _ENDED:
            told = now
            event = "end" if batch.state in _ENDED else "progress"
            yield ServerSentEvent(json.dumps(document(batch).model_dump(mode="json")), event=event)
        if batch.state in _ENDED:
            return
        await asyncio.sleep(_EVENT_SECONDS)


def document(batch: BatchProgress) -> BatchDocument:
    """A batch as it is answered, with its rate and the time that is left."""
    seconds = ((batch.finished_at or datetime.now(UTC)) - batch.created_at).total_seconds()
    worked_on = batch.done - batch.by_state.get("cancelled", 0)
    rate = worked_on / seconds if seconds > 0 else 0.0
    left = (batch.total - batch.done) / rate if rate and batch.state == "running" else None
    return BatchDocument.model_validate({**_fields(batch), "rate": rate, "seconds_left": left})


def _fields(batch: BatchProgress) -> dict[str, object]:
    return {name: getattr(batch, name) for name in BatchDocument.model_fields if hasattr(batch, name)}


def shown_item(item: BatchItem) -> BatchItemDocument:
    """An item as it is answered, without the paths of this machine."""
    repository = item.repository
    path = None if repository is None else repository_path(repository.host, repository.owner, repository.name)
    name = item.identity if repository is None else f"{repository.host}/{repository.full_name}"
    return BatchItemDocument(
        position=item.position,
        repository=(name or "a local repository").removeprefix(f"{GITHUB}/"),
        state=item.state,
        reason=_reason(item),
        attempts=item.attempts,
        verdict_before=item.verdict_before,
        verdict=item.verdict,
        seconds=item.seconds,
        report_url=None if path is None else f"/api/v1{path}",
    )


def _reason(item: BatchItem) -> str | None:
    """Without the paths of this machine."""
    return item.reason.replace(item.target, "it") if item.reason and item.identity is None else item.reason
