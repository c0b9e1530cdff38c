"""The study's table: one row a repository and day. What is published is made of it, and of nothing else."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal

from analysis.report import Report

Day = Literal["then", "now"]
DAYS: Final[tuple[Day, ...]] = ("then", "now")
"""`then` is the study's day, `now` the newest commit."""


@dataclass(frozen=True, slots=True)
class Row:
    """A repository on one of the two days.

    `state` is `analysed`, or why there is no report: `not_there_yet` (no commit by that day), or a failure with its
    `reason`. `content` is the same for two repositories whose verdict rests on the same bytes. Everything below it is
    the report's.
    """

    repository: str
    day: Day
    state: str
    reason: str | None = None
    commit: str | None = None
    commit_date: str | None = None
    analyzer: str | None = None
    content: str | None = None
    eligible: bool | None = None
    why_not_eligible: str | None = None
    legacy: str | None = None
    modern: str | None = None
    verdict: str | None = None
    torch_range: str | None = None
    imports_torch: bool | None = None
    custom_code_in_loader: bool | None = None
    numpy_draw: bool | None = None
    draw_in_worker: bool | None = None
    multiprocess_loader: bool | None = None
    form: str | None = None
    draw_kind: str | None = None
    reseed: str | None = None
    pairs: int | None = None


COLUMNS: Final[tuple[str, ...]] = tuple(field.name for field in fields(Row))


def row_of(repository: str, day: Day, report: Report, blobs: Mapping[str, str]) -> Row:
    """The row of a report; `blobs` are the blob ids of the files that it names, by path."""
    worst = next((pair for pair in report.pairs if pair.counts), None)
    return Row(
        repository=repository,
        day=day,
        state="analysed",
        commit=report.commit,
        commit_date=report.commit_date,
        analyzer=report.analyzer.version,
        content=_content(report, blobs),
        eligible=report.eligible,
        why_not_eligible=report.why_not_eligible,
        legacy=report.legacy,
        modern=report.modern,
        verdict=report.verdict,
        torch_range=report.torch.range,
        **report.funnel.model_dump(),
        form=worst.code if worst else None,
        draw_kind=worst.draw_kind if worst else None,
        reseed=worst.reseed if worst else None,
        pairs=len(report.pairs),
    )


def _content(report: Report, blobs: Mapping[str, str]) -> str | None:
    """A digest of the files that the pairs that count lie in; None without such a pair, or where a file has no blob."""
    paths = {
        path.partition(":")[0]
        for pair in report.pairs
        if pair.counts
        for path in (pair.entry, pair.loader, *(draw.path for draw in pair.draws))
    }
    named = sorted(blobs[path] for path in paths if path in blobs)
    if not paths or len(named) < len(paths):
        return None
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:16]
