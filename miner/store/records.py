"""What the store gives and takes: plain values, so that nobody outside needs to know of tables or sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, get_args

from analysis.fix.patch import Patch
from analysis.report import DrawKind, NotEligible, Outcome, Report, Reseed, SeedRuns, TorchRange, Verdict, Workers

FailureState = Literal["gone", "empty", "too_large", "hostile", "timed_out", "blocked", "opted_out", "failed"]
"""Why there is no analysis, as `miner.errors` tells the reasons apart."""

RepositoryState = Literal["discovered", "queued", "scanning", "scanned"] | FailureState
"""Where a repository stands; `discovered` is known and was never asked to be scanned.

One that was scanned before keeps its scans whatever became of it later.
"""

ItemState = Literal["queued", "scanning", "scanned", "unchanged", "cancelled"] | FailureState
"""Where a target of a batch stands; `unchanged`: this commit was analysed before, by this analyzer."""

BatchState = Literal["running", "paused", "cancelling", "cancelled", "finished"]
UNENDED_BATCH_STATES: Final[tuple[BatchState, ...]] = ("running", "paused", "cancelling")

FAILURE_STATES: tuple[FailureState, ...] = get_args(FailureState)
OPEN_ITEM_STATES: frozenset[str] = frozenset({"queued", "scanning"})
GOOD_ITEM_STATES: frozenset[str] = frozenset({"scanned", "unchanged"})

GITHUB = "github.com"
LOCAL = "local"
LOCAL_OWNER = "-"
SNAPSHOT = "snapshot"
"""The source of repositories that came with results made elsewhere."""


def full_name(host: str, owner: str, name: str) -> str:
    """`owner/name`, or the bare name of a local repository."""
    return name if host == LOCAL else f"{owner}/{name}"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and its present state. Local ones have the host `local` and the owner `-`.

    `licence` is what its host says, in SPDX's words: NONE where it found none, NOASSERTION where it knows it not.
    """

    id: int
    host: str
    owner: str
    name: str
    github_id: int | None
    node_id: str | None
    stars: int | None
    fork: bool | None
    archived: bool | None
    pushed_at: datetime | None
    default_branch: str | None
    size_kb: int | None
    licence: str | None
    head_oid: str | None
    url: str | None
    local_path: str | None
    state: RepositoryState
    state_reason: str | None
    first_seen: datetime
    last_seen: datetime

    @property
    def full_name(self) -> str:
        """`owner/name`, or the bare name of a local repository."""
        return full_name(self.host, self.owner, self.name)


@dataclass(frozen=True, slots=True)
class Scan:
    """One analysis of one commit, without its report: `Store.get_report` has that.

    `draw_kind`, `reseed` and `workers` are those of the worst pair that counts, None where no pair counts.
    """

    id: int
    repository_id: int
    commit: str
    commit_date: date | None
    analyzer_version: str
    facts_version: int
    eligible: bool | None
    why_not_eligible: NotEligible | None
    unknown_why: str | None
    legacy: Outcome
    modern: Outcome
    verdict: Verdict
    torch_range: TorchRange
    imports_torch: bool
    custom_code_in_loader: bool
    numpy_draw: bool
    draw_in_worker: bool
    multiprocess_loader: bool
    draw_kind: DrawKind | None
    reseed: Reseed | None
    workers: Workers | None
    fsck_failed: bool
    unread_files: int
    seconds: float
    finished_at: datetime
    is_latest: bool
    licensed: bool | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list: a repository and its latest scan, if it has one."""

    repository: Repository
    scan: Scan | None


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list. `next_cursor` asks for the part that follows, None at the end."""

    items: tuple[Listed, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One (dataset, loader) pair of a scan, worst first by `position`. `path` and `line` are its first draw's."""

    scan_id: int
    position: int
    pair_id: str
    code: str
    counts: bool
    legacy: Outcome
    modern: Outcome
    draw_kind: DrawKind
    reseed: Reseed
    workers: Workers
    workers_value: int | None
    dataset: str
    api: str | None
    path: str
    line: int
    blob: str | None
    train: bool
    overlap: bool
    same_every_run: bool
    distinct_share: float | None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """At most ten lines of a file around a line that a pair names. `path` carries the cell of a notebook."""

    path: str
    first_line: int
    text: str
    blob: str | None = None


@dataclass(frozen=True, slots=True)
class FoundScan:
    """A finished analysis on its way into the store. `blobs` has the git blob id of each path that findings name.

    `licensed`: whether the commit has a licence among its files; None where nobody looked.
    """

    report: Report
    finished_at: datetime
    fsck_failed: bool = False
    excerpts: tuple[Excerpt, ...] = ()
    blobs: Mapping[str, str] = field(default_factory=dict)
    patches: tuple[Patch, ...] = ()
    licensed: bool | None = None


@dataclass(frozen=True, slots=True)
class RepositoryInfo:
    """What a crawler found out about a GitHub repository; None leaves what the store knows."""

    owner: str
    name: str
    host: str = GITHUB
    github_id: int | None = None
    node_id: str | None = None
    stars: int | None = None
    fork: bool | None = None
    archived: bool | None = None
    pushed_at: datetime | None = None
    default_branch: str | None = None
    size_kb: int | None = None
    licence: str | None = None
    url: str | None = None


Sort = Literal["worst", "name", "stars", "recent"]


StarsGroup = Literal["unknown", "0-9", "10-99", "100-999", "1000+"]
DrawKindGroup = DrawKind | Literal["none"]
ReseedGroup = Reseed | Literal["no pair"]
WorkersGroup = Workers | Literal["none"]
SeededGroup = Literal[
    "everything",
    "something",
    "nothing",
    "python",
    "numpy",
    "torch",
    "python and numpy",
    "python and torch",
    "numpy and torch",
]
"""Which of a process's generators are seeded with a constant: a level, or just those and no others."""
YearGroup = int | Literal["unknown"]
"""The groups that figures are split into, which lists can be asked for: one of them is of those without a value."""

FunnelStep = Literal[
    "imports_torch", "custom_code_in_loader", "numpy_draw", "draw_in_worker", "multiprocess_loader", "affected"
]
FUNNEL_STEPS: Final[tuple[FunnelStep, ...]] = get_args(FunnelStep)
"""The funnel's steps after the first, in their order."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which repositories a list or a count is about; None does not ask, several values mean any of them."""

    verdict: tuple[Verdict, ...] = ()
    legacy: tuple[Outcome, ...] = ()
    modern: tuple[Outcome, ...] = ()
    torch_range: tuple[TorchRange, ...] = ()
    draw_kind: tuple[DrawKindGroup, ...] = ()
    reseed: tuple[ReseedGroup, ...] = ()
    workers: tuple[WorkersGroup, ...] = ()
    why_not_eligible: tuple[NotEligible, ...] = ()
    state: tuple[RepositoryState, ...] = ()
    source: tuple[str, ...] = ()
    sample: str | None = None  # the name of a random sample
    host: str | None = None
    owner: str | None = None
    eligible: bool | None = None
    affected: bool | None = None  # by a bug on a side of PyTorch 1.9 that it admits
    passed: FunnelStep | None = None  # this step of the funnel, and all before it
    scanned: bool | None = None
    fork: bool | None = None
    archived: bool | None = None
    min_stars: int | None = None
    stars: tuple[StarsGroup, ...] = ()
    year: YearGroup | None = None
    text: str | None = None  # part of owner/name, in any case
    check: tuple[str, ...] = ()  # codes of pairs that count, or of companion checks
    seed: tuple[int, ...] = ()  # values that are seeded with; as for all of seeds, of what imports torch
    seed_call: tuple[str, ...] = ()  # calls that seeds are handed to
    seed_runs: tuple[SeedRuns, ...] = ()
    seeded: tuple[SeededGroup, ...] = ()
    pushed_after: datetime | None = None
    as_of: date | None = None  # by the scans that stood at the end of this day, in UTC; the rest is as it is now


PrevalenceBy = Literal["verdict", "torch_range", "year", "stars", "draw_kind", "reseed", "workers", "check"]


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Counts over the latest scans of one group, or of all (`group` None).

    The denominator of every share is `eligible`. `undecided` could not be read off and is in neither number.
    `legacy_bug` and `modern_bug` count eligible repositories with `duplicate` or `epoch_repeat` on that side,
    `legacy_unknown` and `modern_unknown` eligible ones whose outcome there is unknown.
    """

    group: str | None
    scanned: int
    eligible: int
    not_eligible: int
    undecided: int
    legacy_bug: int
    modern_bug: int
    legacy_unknown: int
    modern_unknown: int
    verdicts: Mapping[Verdict, int]

    @property
    def affected(self) -> int:
        """Repositories with any of the three verdicts that speak of a bug."""
        return sum(count for verdict, count in self.verdicts.items() if verdict.startswith("affected"))


@dataclass(frozen=True, slots=True)
class FunnelCounts:
    """How many of the latest scans hold at each step *and at all steps before it*; each is at most the one before.

    `affected` has all five steps and a verdict of affected, on some or every torch.
    """

    scanned: int
    imports_torch: int
    custom_code_in_loader: int
    numpy_draw: int
    draw_in_worker: int
    multiprocess_loader: int
    affected: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """The scans that ended on a day (UTC), and how many of them found eligible and affected repositories."""

    day: date
    scans: int
    eligible: int
    affected: int


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many repositories are in each state; states with none are left out."""

    repositories: Mapping[RepositoryState, int]
    last_finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewItem:
    """A target on its way into a batch. `target` is what the user wrote, in the spelling that scanning needs.

    `identity` names the repository that the target is of, None for a local one that has no other name.
    """

    target: str
    identity: RepositoryInfo | None


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A target of a batch and what became of it. `repository` is None until it is known which one it is.

    `verdict_before` is that of the scan which stood before, None where there was none; `verdict` what it is now.
    """

    id: int
    batch_id: int
    position: int
    target: str
    identity: str | None
    state: ItemState
    reason: str | None
    attempts: int
    repository: Repository | None
    scan_id: int | None
    verdict_before: Verdict | None
    verdict: Verdict | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A request on its way into the store. Small priorities go first; by default it is how many items there are."""

    kind: str
    title: str
    created_by: str
    priority: int | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Where a batch stands. `by_state` has only states that occur; the counters are kept with each item's commit.

    `skipped` repositories were asked for and are not among `total`: another batch had them queued.
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
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    by_state: Mapping[ItemState, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """How many repositories of a batch went from one verdict to another; `before` None had no scan."""

    before: Verdict | None
    after: Verdict
    repositories: int


@dataclass(frozen=True, slots=True)
class Failures:
    """How many items of a batch failed in a state for a reason."""

    state: ItemState
    reason: str
    items: int
