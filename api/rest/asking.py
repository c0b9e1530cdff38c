"""Asking for a scan of one repository."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from api.access import BatchActor
from api.answers import API, repository_path
from api.problems import CONFLICT, FORBIDDEN, INVALID, REFUSED, UNAUTHORIZED, Problem, documented
from api.rest.repositories import HostPath, NamePath, OwnerPath
from api.schemas.parts import ScanRequested
from api.state import StoreDep
from miner.jobs.requests import read_request
from miner.store import GITHUB, NewItem, Store
from miner.store.records import LOCAL, NewBatch, RepositoryState

KIND: Final = "scan"

router = APIRouter(tags=["repositories"])


@router.post(
    "/repos/{host}/{owner}/{name}/scans",
    status_code=202,
    summary="Ask for a scan",
    responses=documented(UNAUTHORIZED, FORBIDDEN, CONFLICT, REFUSED, INVALID),
)
def ask_for_scan(
    response: Response, store: StoreDep, actor: BatchActor, host: HostPath, owner: OwnerPath, name: NamePath
) -> ScanRequested:
    """Queues the repository, once however often it is asked for; `Location` has its state, and the report in the end.

    Needs the scope `batches`, and a worker (`seedwatch worker`) to carry it out.
    """
    asked = ask(store, host, owner, name, actor)
    response.headers["location"] = API + asked.path
    return ScanRequested(state=asked.state, batch_id=asked.batch_id, status_url=f"{API}/batches/{asked.batch_id}")


@dataclass(frozen=True, slots=True)
class AskedScan:
    """A scan that is queued, by this request or an earlier one. `path` is the repository's, as its host spells it."""

    batch_id: int
    state: RepositoryState
    path: str


def ask(store: Store, host: str, owner: str, name: str, actor: str) -> AskedScan:
    """Queues a repository, once however often it is asked for. Raises Problem where it is not scanned from here."""
    if host == LOCAL:
        raise Problem(REFUSED, "A folder of this machine is scanned with `seedwatch scan PATH`.")
    target = f"{owner}/{name}" if host == GITHUB else f"https://{host}/{owner}/{name}"
    requested = read_request(target)
    if requested.identity is None:
        raise Problem(REFUSED, f"{target!r} is no repository of a host.")
    known = store.get_repository(host, owner, name)
    if known is not None and known.state == "opted_out":
        raise Problem(CONFLICT, f"{known.full_name} is not scanned: its owner asked to be left out.")
    batch_id = None if known is None else store.open_batch_of(known.id)
    if batch_id is None:
        batch = NewBatch(kind=KIND, title=target, created_by=actor)
        batch_id = store.batches.create([NewItem(requested.text, requested.identity)], batch)
    queued = store.get_repository(host, owner, name)
    if queued is not None and store.batches.get(batch_id).total == 0:  # another request was faster
        batch_id = store.open_batch_of(queued.id) or batch_id
    identity = requested.identity
    path = repository_path(identity.host, identity.owner, identity.name)
    return AskedScan(batch_id, queued.state if queued else "queued", path)
