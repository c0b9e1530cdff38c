"""The documents of batches and schedules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from analysis.report import Verdict
from api.filters import without_null
from api.schemas import Document
from miner.store.records import BatchState, FailureState, ItemState

LONGEST_LIST = 10_000
MOST_PRIORITY = 2**31 - 1

Words = Annotated[str, AfterValidator(without_null)]
Target = Annotated[str, Field(max_length=300)]
Which = Annotated[Words, Field(max_length=2_000)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Asked(BaseModel):
    """What a caller sends; a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid")


class WebhookRequest(Asked):
    """Who is told of the end: a POST with the batch, signed with the secret (`X-Seedwatch-Signature`), and retried."""

    url: Words = Field(max_length=2_000, examples=["https://example.org/hooks/seedwatch"])
    secret: Words | None = Field(None, min_length=16, max_length=200, description="Kept until the end was told.")


class NewBatchRequest(Asked):
    """Which repositories: one of `where`, `repositories` and `all`."""

    kind: str = Field("scan", description="What is done with each.", examples=["scan"])
    where: Which | None = Field(None, examples=["verdict = affected and stars > 100"])
    repositories: list[Target] | None = Field(
        None, min_length=1, max_length=LONGEST_LIST, examples=[["pytorch/examples"]], description="`owner/name` each."
    )
    all: bool = False
    priority: int | None = Field(
        None, ge=1, le=MOST_PRIORITY, description="Small numbers go first; by default how many repositories there are."
    )
    webhook: WebhookRequest | None = None


class BatchChangeRequest(Asked):
    """What is to be otherwise."""

    state: Literal["running", "paused", "cancelled"] | None = None
    priority: int | None = Field(None, ge=1, le=MOST_PRIORITY)


class RetryRequest(Asked):
    """Which failed items: those in `states`, all without; with `reason` in theirs."""

    states: list[FailureState] = Field(default_factory=list, max_length=20)
    reason: Words | None = Field(None, max_length=500)


class RetryAnswer(Document):
    """How many items are queued again."""

    queued: int


class BatchDocument(Document):
    """Where a batch stands. `failed` of the `done` ended without a result.

    `skipped` repositories were asked for and are not among `total`: another batch had them queued. `rate` is items a
    second since the batch was made, `seconds_left` what that means for the rest.
    """

    id: int
    kind: str
    title: str
    state: BatchState
    priority: int
    total: int
    done: int
    failed: int
    skipped: int
    by_state: Mapping[ItemState, int]
    rate: float
    seconds_left: float | None
    created_at: datetime
    finished_at: datetime | None


class BatchesAnswer(Document):
    """Batches, the newest first. `next` is the address of those that follow, null on the last page."""

    items: list[BatchDocument]
    next: str | None


class BatchItemDocument(Document):
    """A repository of a batch and what became of it. `report_url` is null where it is not known which one it is."""

    position: int
    repository: str
    state: ItemState
    reason: str | None
    attempts: int
    verdict_before: Verdict | None
    verdict: Verdict | None
    seconds: float | None
    report_url: str | None


class BatchItemsAnswer(Document):
    """Items in the order of the request. `next` is the address of those that follow, null on the last page."""

    items: list[BatchItemDocument]
    next: str | None


class ChangeDocument(Document):
    """How many repositories went from one verdict to another; `before` is null for those not scanned before."""

    before: Verdict | None
    after: Verdict
    repositories: int


class FailureDocument(Document):
    """How many items failed for a reason."""

    state: ItemState
    reason: str
    items: int


class OutcomeAnswer(Document):
    """The batch as a difference: which verdicts changed, and why items failed, the most frequent first."""

    changes: list[ChangeDocument]
    failures: list[FailureDocument]


class NewScheduleRequest(Asked):
    """A batch that comes again by the clock."""

    name: Name
    cron: str = Field(max_length=100, examples=["0 3 * * 1"], description="Minute, hour, day, month, weekday.")
    time_zone: str = Field("UTC", max_length=100, examples=["Europe/Berlin"])
    jitter_seconds: int = Field(0, ge=0, le=86_400, description="Each time is put off by chance, by up to this much.")
    kind: str = "scan"
    where: Which = Field("", description="Which repositories; all without.")


class ScheduleChangeRequest(Asked):
    """What is to be otherwise."""

    paused: bool


class ScheduleDocument(Document):
    """A schedule, when it is due next, and what came of the last time."""

    name: str
    cron: str
    time_zone: str
    jitter_seconds: int
    kind: str
    where: str = Field(validation_alias="selection")
    paused: bool
    next_at: datetime
    last_at: datetime | None
    last_batch_id: int | None
    last_outcome: str | None
    created_at: datetime
