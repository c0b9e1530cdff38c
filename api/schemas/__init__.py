"""The documents of the REST API. Fields may be added; those that are here keep their meaning."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis.report import DrawKind, NotEligible, Outcome, Report, Reseed, TorchRange, Verdict, Workers
from miner.store.records import FunnelStep, PrevalenceBy, RepositoryState


class Document(BaseModel):
    """Read from the store's values by attribute; every field is always there, null where it is not known."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, json_schema_serialization_defaults_required=True)


class RepositoryDocument(Document):
    """A repository and where it stands. Local ones have the host `local` and the owner `-`."""

    host: str
    owner: str
    name: str
    github_id: int | None = Field(description="GitHub's number, which stays through renames.")
    stars: int | None
    fork: bool | None
    archived: bool | None
    default_branch: str | None
    pushed_at: datetime | None
    state: RepositoryState
    state_reason: str | None
    first_seen: datetime
    last_seen: datetime


class ScanDocument(Document):
    """One analysis of one commit. Times are UTC; `seconds` is what the analysis took."""

    id: int
    commit: str
    commit_date: date | None
    analyzer_version: str
    facts_version: int
    fsck_failed: bool = Field(description="Git's own check refused an object; it was fetched without that check.")
    seconds: float
    finished_at: datetime
    is_latest: bool


class RepositoryAnswer(Document):
    """A repository with its newest scan, or the one of the commit asked for. Without a scan both parts are null."""

    repository: RepositoryDocument
    scan: ScanDocument | None
    report: Report | None


class VerdictDocument(Document):
    """The short form of a report. `draw_kind`, `reseed` and `workers` are the worst pair's."""

    commit: str
    commit_date: date | None
    eligible: bool | None
    why_not_eligible: NotEligible | None
    legacy: Outcome
    modern: Outcome
    verdict: Verdict
    torch_range: TorchRange
    draw_kind: DrawKind | None
    reseed: Reseed | None
    workers: Workers | None
    finished_at: datetime


class ListItem(Document):
    """A line of the list. `report_url` has the whole report."""

    repository: RepositoryDocument
    scan: VerdictDocument | None
    report_url: str


class ListAnswer(Document):
    """A page of the list. `next` is the address of the page that follows, null on the last one."""

    items: list[ListItem]
    next: str | None


class Figure(Document):
    """A share with what it is a share of.

    `unknown` is how many of the denominator could not be read off on this side and are not in the numerator.
    `interval` (95 %, by the design) is that of a drawn sample, whose `share` weighs each draw by its probability; it is
    null for a census of what was found. `rows` lists the repositories of the numerator.
    """

    numerator: int
    denominator: int
    share: float | None
    unknown: int
    interval: tuple[float, float] | None = None
    rows: str


class PrevalenceGroup(Document):
    """The figures of one group, or of all. The denominator is `eligible`; `undecided` are in no figure.

    `rows` lists the group's repositories, as many as are `scanned`.
    """

    group: str | None
    scanned: int
    eligible: int
    not_eligible: int
    undecided: int
    affected: Figure = Field(description="With a bug on a side of PyTorch 1.9 that the repository admits.")
    legacy: Figure = Field(description="With a bug under PyTorch < 1.9.")
    modern: Figure = Field(description="With a bug under PyTorch >= 1.9.")
    verdicts: Mapping[Verdict, int]
    rows: str


class Coverage(Document):
    """How much of what is known was answered: repositories by state, and the address that lists each of these.

    `scanned` have a scan, whatever became of them since; the state is where they stand now.
    """

    repositories: int
    scanned: int
    undecided: int
    states: Mapping[RepositoryState, int]
    rows: Mapping[RepositoryState, str]
    last_finished_at: datetime | None


class FunnelDocument(Document):
    """How many scanned repositories pass each step and all before it."""

    scanned: int
    imports_torch: int
    custom_code_in_loader: int
    numpy_draw: int
    draw_in_worker: int
    multiprocess_loader: int
    affected: int


Population = Literal["census", "sample"]


class PrevalenceAnswer(Document):
    """Prevalence among the repositories scanned here, or among those that a random sample drew."""

    population: Population = Field(description="`census`: of what was found and scanned. `sample`: of what was drawn.")
    sample: str | None = Field(description="The sample's name.")
    as_of: date | None = Field(description="Over the scans that were the latest at the end of that day; null is now.")
    by: PrevalenceBy | None
    groups: list[PrevalenceGroup]
    funnel: FunnelDocument
    funnel_rows: Mapping[Literal["scanned"] | FunnelStep, str] = Field(
        description="The address that lists the repositories of each step."
    )
    coverage: Coverage


class DayDocument(Document):
    """The scans that ended on a day (UTC), and how many of them found eligible and affected repositories."""

    day: date
    scans: int
    eligible: int
    affected: int


class ProgressAnswer(Document):
    """What is being scanned now, and how fast. `rows` lists the repositories of a state."""

    states: Mapping[RepositoryState, int]
    rows: Mapping[RepositoryState, str]
    scans_last_hour: int
    scans_last_day: int
    last_finished_at: datetime | None
    days: list[DayDocument]


class Health(Document):
    """The service and its database answer."""

    status: Literal["ok"]
