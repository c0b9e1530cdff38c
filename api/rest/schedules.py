"""Schedules: batches that come again by the clock."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from api.access import ScheduleActor
from api.problems import BAD_FILTER, FORBIDDEN, INVALID, NOT_FOUND, REFUSED, UNAUTHORIZED, documented
from api.rest.batches import BATCHES
from api.state import StoreDep
from api.work_schemas import NewScheduleRequest, ScheduleChangeRequest, ScheduleDocument
from miner.jobs import schedules
from miner.store.schedules import NewSchedule

_CHANGING: Final = documented(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, BAD_FILTER, REFUSED, INVALID)

router = APIRouter(prefix="/schedules", tags=["schedules"])

NamePath = Annotated[str, Path(description="The schedule's name.", max_length=100)]


@router.get("", summary="The schedules")
def list_schedules(store: StoreDep) -> list[ScheduleDocument]:
    """All of them, by name, with when each is due next and what came of the last time."""
    return [ScheduleDocument.model_validate(schedule) for schedule in store.schedules.listed()]


@router.post("", status_code=201, summary="Add a schedule", responses=_CHANGING)
def post_schedule(store: StoreDep, actor: ScheduleActor, asked: NewScheduleRequest) -> ScheduleDocument:
    """Needs the scope `schedules`."""
    new = NewSchedule(asked.name, asked.cron, asked.time_zone, asked.jitter_seconds, asked.kind, asked.where)
    return ScheduleDocument.model_validate(schedules.add(store, new, actor))


@router.patch("/{name}", summary="Pause a schedule, or let it go on", responses=_CHANGING)
def patch_schedule(
    store: StoreDep, actor: ScheduleActor, name: NamePath, asked: ScheduleChangeRequest
) -> ScheduleDocument:
    """Needs the scope `schedules`. What was missed in a pause is not caught up."""
    if asked.paused:
        store.schedules.set_paused(name, paused=True, actor=actor)
    else:
        schedules.resume(store, name, actor)
    return ScheduleDocument.model_validate(store.schedules.get(name))


@router.post("/{name}/trigger", status_code=202, response_class=Response, summary="Start it now", responses=_CHANGING)
def trigger_schedule(store: StoreDep, actor: ScheduleActor, name: NamePath) -> Response:
    """Needs the scope `schedules`. `Location` is the batch, beside the schedule's times."""
    batch_id = schedules.trigger(store, name, actor)
    return Response(status_code=202, headers={"location": f"{BATCHES}/{batch_id}"})


@router.delete("/{name}", status_code=204, response_class=Response, summary="Remove a schedule", responses=_CHANGING)
def delete_schedule(store: StoreDep, actor: ScheduleActor, name: NamePath) -> Response:
    """Needs the scope `schedules`. Its batches stay."""
    store.schedules.remove(name, actor)
    return Response(status_code=204)
