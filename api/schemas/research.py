"""The documents of figures with intervals: histories, seeds in the wild, estimates."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from analysis.history.change import Ending, Event
from analysis.report import Outcome, SeedRuns, Verdict
from api.schemas import Document

Coverage = Literal["everything", "something", "nothing"]


class IntervalDocument(Document):
    """A 95 % interval of a share."""

    low: float
    high: float


class StepDocument(Document):
    """A commit at which the verdict changed, or which tried to change it."""

    commit: str
    parent: str | None
    date: date
    event: Event
    eligible: bool | None
    legacy: Outcome
    modern: Outcome
    verdict: Verdict
    ended_by: Ending | None
    form: str | None
    draw_kind: str | None
    reseed: str | None
    paths: Sequence[str]
    lines: Sequence[str] = Field(description="Changed lines of interest, `+` or `-` before each; at most ten.")
    diff: str | None = Field(description="Where the commit's diff is shown.")


class EpisodeDocument(Document):
    """One life of the bug. `censored`: there at the oldest commit, or lost from sight."""

    began: str
    began_on: date
    ended: str | None
    ended_on: date | None
    ended_by: Ending | None
    last_seen_on: date
    attempts: int
    censored: bool


class HistoryAnswer(Document):
    """The verdict on a repository through time. `exact`: no suspect commit was left out."""

    head: str
    analyzer_version: str
    commits: int
    relevant: int
    suspects: int
    looked_at: int
    exact: bool
    first_on: date
    last_on: date
    seconds: float
    finished_at: datetime
    steps: Sequence[StepDocument]
    episodes: Sequence[EpisodeDocument]


class EndingDocument(Document):
    """`real`: NumPy is still drawn from in workers, and nothing repeats."""

    by: Ending
    count: int
    real: bool
    rows: str


class SurvivalDocument(Document):
    """From `days` on, `share` of the bugs are still alive (Kaplan and Meier)."""

    days: float
    at_risk: int
    ended: int
    share: float
    interval: IntervalDocument
    rows: str = Field(description="The lives that were alive until then.")
    ended_rows: str = Field(description="Those of them that ended on that day.")


class YearDocument(Document):
    """How common the bug was at the end of a year, among the repositories with a history that could have it."""

    year: int
    eligible: int
    affected: int
    share: float | None
    interval: IntervalDocument
    rows: str = Field(description="The repositories that could have the bug.")
    affected_rows: str = Field(description="Those of them that had it.")


class YearRowDocument(Document):
    """A repository that could have the bug at the end of a year, as its history has it."""

    repository: str
    affected: bool
    history_url: str


class YearRowsAnswer(Document):
    """The rows behind a year, by name. `next` is the address of the page after."""

    year: int
    items: Sequence[YearRowDocument]
    next: str | None


class ThroughTimeAnswer(Document):
    """Histories, summed up over the repositories for which somebody asked for one: no random sample."""

    repositories: int
    lives: int
    alive: int
    fixes: int
    attempts: int
    fixes_that_work: float | None
    fixes_interval: IntervalDocument
    endings: Sequence[EndingDocument]
    survival: Sequence[SurvivalDocument]
    median_days: float | None
    years: Sequence[YearDocument]
    rows: str = Field(description="Each life that is counted, with its repository.")
    repositories_rows: str = Field(description="Each repository that somebody followed.")
    alive_rows: str = Field(description="The lives that have not ended.")
    fixes_rows: str = Field(description="The commits that mended the bug.")
    attempts_rows: str = Field(description="The commits that were meant to.")


class FollowedDocument(Document):
    """A repository that somebody followed through time."""

    repository: str
    commits: int
    first_on: date
    last_on: date
    history_url: str


class FollowedAnswer(Document):
    """The repositories that somebody followed, by name. `next` is the address of the page after."""

    items: Sequence[FollowedDocument]
    next: str | None


class LifeDocument(Document):
    """A life of the bug with the repository that it was in; `days` is for how long it was seen."""

    repository: str
    days: int
    seen_to_end: bool = Field(
        description="Whether it was seen to end: the curve counts it as an end, and else as seen."
    )
    episode: EpisodeDocument
    history_url: str


class LivesAnswer(Document):
    """The rows behind the summary of all histories, by name. `next` is the address of the page after."""

    items: Sequence[LifeDocument]
    next: str | None


class SeedDocument(Document):
    """A value that is seeded with."""

    value: int
    repositories: int
    uses: int
    notable: bool = Field(description="One of those that are counted wherever they stand in the order.")
    share: float | None = Field(description="Of the repositories that the counts are of.")
    interval: IntervalDocument
    rows: str = Field(description="The repositories that are counted, as a list.")
    uses_rows: str = Field(description="The places in which the value is seeded with.")


class SeedRowDocument(Document):
    """A place where a repository seeds with a value."""

    repository: str
    api: str
    path: str
    line: int
    report_url: str


class SeedRowsAnswer(Document):
    """The rows behind a seed."""

    items: Sequence[SeedRowDocument]


class PlaceDocument(Document):
    """A call that seeds are handed to."""

    api: str
    repositories: int
    uses: int
    share: float | None
    interval: IntervalDocument
    rows: str


class CoverageDocument(Document):
    """How many repositories seed everything, something or nothing, and which generators exactly."""

    coverage: Coverage
    repositories: int
    share: float | None
    interval: IntervalDocument
    rows: str
    of_which: dict[str, int] = Field(description="Repositories by what they seed, such as `numpy and torch`.")
    of_which_rows: dict[str, str] = Field(description="The rows behind each of these.")


class CheckDocument(Document):
    """How many repositories a companion check fires in."""

    code: str
    repositories: int
    findings: int
    share: float | None
    interval: IntervalDocument
    rows: str = Field(description="The repositories that are counted, as a list.")


class SeedsAnswer(Document):
    """Seeds in the wild and companion checks, among the repositories scanned here that import torch."""

    repositories: int
    rows: str = Field(description="The repositories that the shares are of, as a list.")
    runs: dict[SeedRuns, int] = Field(description="Repositories that seed with nothing, one value, or many.")
    runs_rows: dict[SeedRuns, str] = Field(description="The rows behind each of these.")
    coverage: Sequence[CoverageDocument] = Field(
        description="Of Python's, NumPy's and PyTorch's generator, those seeded with a constant that the code tells."
    )
    places: Sequence[PlaceDocument] = Field(description="The calls that most repositories hand a seed to.")
    values: Sequence[SeedDocument]
    checks: Sequence[CheckDocument]


class CorrectedDocument(Document):
    """After the analysis's own errors are taken out (Rogan and Gladen); `span` covers both, with their intervals."""

    share: float
    interval: IntervalDocument
    span: IntervalDocument


class OnceDocument(Document):
    """With each content counted one time: of copies within the sample, the first that was drawn stands."""

    numerator: int
    denominator: int
    copies: int = Field(description="Eligible repositories left out as copies of another one drawn.")
    share: float | None
    interval: IntervalDocument
    rows: str = Field(description="The first drawn of each content that has the bug.")
    denominator_rows: str = Field(description="The first drawn of each content.")
    copies_rows: str = Field(description="The copies, each with the one of which it is a copy.")


class EstimateDocument(Document):
    """How common the bug is among the eligible repositories of the population, from a random sample."""

    figure: str
    label: str
    population: str
    numerator: int
    denominator: int
    unknown: int = Field(description="Eligible ones of which it cannot be told.")
    unscanned: int = Field(description="Drawn ones without a scan; while there are any, the estimate is of the others.")
    share: float | None
    interval: IntervalDocument = Field(description="Design-based: strata, inverse probabilities, Student's t.")
    bounds: IntervalDocument = Field(description="Whatever the unknown ones are.")
    effective: float = Field(description="Simple random draws that would say as much.")
    corrected: CorrectedDocument | None
    once: OnceDocument
    rows: str = Field(description="The repositories that the numerator counts.")
    denominator_rows: str
    unknown_rows: str
    unscanned_rows: str


class SampleDocument(Document):
    """A sample and what it says."""

    name: str
    max_id: int
    created_at: datetime
    finished_at: datetime | None
    drawn: int
    estimates: Sequence[EstimateDocument]


class EstimatesAnswer(Document):
    """Every sample that was drawn here, the newest first."""

    samples: Sequence[SampleDocument]


class SampledDocument(Document):
    """A repository of a sample that a figure counts. Without a scan it has no outcome and no verdict."""

    repository: str
    stratum: int
    legacy: Outcome | None
    modern: Outcome | None
    verdict: Verdict | None
    copy_of: str | None = Field(
        description="The one drawn before it whose code with the draws is the same to the byte."
    )
    report_url: str


class SampledAnswer(Document):
    """The rows behind an estimate, by name. `next` is the address of the page after."""

    items: Sequence[SampledDocument]
    next: str | None
