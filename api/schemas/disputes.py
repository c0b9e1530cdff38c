"""Documents of disputes."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas import Document
from api.work_schemas import Asked
from miner.store.disputes import DisputeState


class DisputeDocument(Document):
    """What somebody says against a finding. `note` is of whoever settled it; `report_url` has the finding."""

    id: int
    host: str
    owner: str
    name: str
    finding: str = Field(description="The `id` of a pair or a companion check in the report.")
    code: str
    raised_by: str = Field(description="`maintainer`: the repository's own `.seedwatch.toml`; or `token:NAME`.")
    reason: str
    commit: str = Field(description="The scanned commit of which it was last said.")
    state: DisputeState = Field(description="`upheld`: the finding is wrong; `rejected`: it stands.")
    note: str | None
    raised_at: datetime
    settled_at: datetime | None
    report_url: str


class DisputesAnswer(Document):
    """A page of disputes, the newest first; `next` has those that follow."""

    items: list[DisputeDocument]
    next: str | None


class NewDisputeRequest(Asked):
    """Which finding of the newest scan is said to be wrong, and why."""

    finding: Annotated[str, Field(min_length=1, max_length=200, description="The `id` of a pair or a companion check.")]
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
