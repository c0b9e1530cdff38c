"""Asking for a scan of one repository."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from api.access import BatchActor
from api.answers import API, repository_path
from api.problems import CONFLICT, FORBIDDEN, INVALID, REFUSED, UNAUTHORIZED, Problem, documented
from api.rest.repositories import HostPath, NamePath, OwnerPath
from api.schemas.parts import ScanRequested
from api.state import Shared, SharedDep
from miner.inside import refuse_inside
from miner.jobs.queued import identity_of, item_of, remote_of
from miner.settings import Settings
from miner.store.records import LOCAL, NewBatch, RepositoryState
from miner.targets import UrlTarget

KIND: Final = "scan"

router = APIRouter(tags=["repositories"])


@router.post(
    "/repos/{host}/{owner}/{name}/scans",
    status_code=202,
    summary="Ask for a scan",
    responses=documented(UNAUTHORIZED, FORBIDDEN, CONFLICT, REFUSED, INVALID),
)
def ask_for_scan(
    response: Response, shared: SharedDep, actor: BatchActor, host: HostPath, owner: OwnerPath, name: NamePath
) -> ScanRequested:
    """Queues the repository, once however often it is asked for; `Location` has its state, and the report in the end.

    Needs the scope `batches`, and a worker (`seedwatch worker`) to carry it out. Servers inside a network are refused,
    unless the installation's settings allow them (`SEEDWATCH_SCAN_PRIVATE`).
    """
    asked = ask(shared, host, owner, name, actor)
    response.headers["location"] = API + asked.path
    return ScanRequested(state=asked.state, batch_id=asked.batch_id, status_url=f"{API}/batches/{asked.batch_id}")


@dataclass(frozen=True, slots=True)
class AskedScan:
    """A scan that is queued, by this request or an earlier one. `path` is the repository's, as its host spells it."""

    batch_id: int
    state: RepositoryState
    path: str


def ask(shared: Shared, host: str, owner: str, name: str, actor: str) -> AskedScan:
    """Queues a repository, once however often it is asked for.

    Raises Problem where it is not scanned from here; BadInput where these name no repository, or one of a server that
    only this machine can reach.
    """
    if host == LOCAL:
        raise Problem(REFUSED, "A folder of this machine is scanned with `seedwatch scan PATH`.")
    store, target = shared.store, remote_of(host, owner, name)
    identity = identity_of(target)
    known = store.get_repository(identity.host, identity.owner, identity.name)
    if known is not None and known.state == "opted_out":
        raise Problem(CONFLICT, f"{known.full_name} is not scanned: its owner asked to be left out.")
    if known is None and isinstance(target, UrlTarget):
        _refuse_inside(target, shared.settings)
    batch_id = None if known is None else store.open_batch_of(known.id)
    if batch_id is None:
        batch = NewBatch(kind=KIND, title=str(target), created_by=actor)
        batch_id = store.batches.create([item_of(target)], batch)
    queued = store.get_repository(identity.host, identity.owner, identity.name)
    if queued is not None and store.batches.get(batch_id).total == 0:  # another request was faster
        batch_id = store.open_batch_of(queued.id) or batch_id
    path = repository_path(identity.host, identity.owner, identity.name)
    return AskedScan(batch_id, queued.state if queued else "queued", path)


def _refuse_inside(target: UrlTarget, settings: Settings) -> None:
    """Raises BadInput. What is known already was let in before, or scanned by whoever runs this machine."""
    if not settings.scan_private:
        refuse_inside(urlsplit(target.url).hostname or "", "SEEDWATCH_SCAN_PRIVATE")
