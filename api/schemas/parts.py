"""Documents of what hangs on a repository, and of many repositories at once."""

from datetime import date, datetime

from pydantic import Field

from analysis.report import DrawKind, Outcome, Reseed, TorchRange, Verdict, Workers
from api.schemas import Document, RepositoryDocument, VerdictDocument


class ScanSummary(Document):
    """One analysed commit. `report_url` has the whole of it."""

    id: int
    commit: str
    commit_date: date | None
    analyzer_version: str
    verdict: Verdict
    legacy: Outcome
    modern: Outcome
    torch_range: TorchRange
    finished_at: datetime
    is_latest: bool
    report_url: str


class ScansAnswer(Document):
    """A repository's scans, newest first."""

    items: list[ScanSummary]


class FindingDocument(Document):
    """One (dataset, loader) pair. `path` and `line` are its first draw's; `pair_id` stays as lines move."""

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
    blob: str | None = Field(description="Git's id of the file's content.")
    train: bool
    overlap: bool
    same_every_run: bool
    distinct_share: float | None


class FindingsAnswer(Document):
    """The pairs of one scan, worst first."""

    commit: str
    items: list[FindingDocument]


class BatchGetItem(Document):
    """What is known of one of the repositories; `request` is what was asked for, `detail` why there is nothing."""

    request: str
    status: int = Field(description="The status that a request for this repository alone would have.")
    detail: str | None
    repository: RepositoryDocument | None = None
    scan: VerdictDocument | None = None
    report_url: str | None = None


class BatchGetAnswer(Document):
    """The repositories in the order of the request."""

    items: list[BatchGetItem]


class ScanRequested(Document):
    """A scan is on its way, or was already. `status_url` has the answer when it is done."""

    state: str
    batch_id: int | None
    status_url: str


class ShieldsEndpoint(Document):
    """What shields.io draws a badge from; the names are its own."""

    schemaVersion: int  # noqa: N815
    label: str
    message: str
    color: str
    cacheSeconds: int  # noqa: N815
