"""The documents of fixes: what people write against the bug, and whether it works."""

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from analysis.history.change import Ending
from analysis.report import Reseed
from api.schemas import Document
from api.schemas.research import IntervalDocument


class WrittenDocument(Document):
    """The eligible repositories whose worst loader is reseeded in one way: `works` are mitigated, `fails` affected."""

    reseed: Reseed
    repositories: int
    works: int
    fails: int
    unknown: int
    share_that_works: float | None = Field(description="Of those of which it can be told.")
    rows: str = Field(description="The repositories that are counted.")
    works_rows: str
    fails_rows: str
    unknown_rows: str


class EndingCountDocument(Document):
    """How many commits ended the bug in one way. `real`: NumPy is still drawn from in workers, and nothing repeats."""

    by: Ending
    real: bool
    commits: int
    repositories: int
    rows: str = Field(description="These commits.")


class AttemptDocument(Document):
    """How many commits were meant to mend the bug and left it alive: its form and the reseeding after them."""

    form: str | None
    form_title: str
    reseed: Reseed | None
    commits: int
    repositories: int
    rows: str = Field(description="These commits.")


class TryDocument(Document):
    """A commit that ended the bug, in the way `ended_by`; or one that was meant to and did not, where that is null."""

    repository: str
    commit: str
    day: date
    ended_by: Ending | None
    works: bool = Field(
        description="Whether it mended the bug: NumPy is still drawn from in workers, and nothing repeats."
    )
    form: str | None = Field(description="The bug's form after it.")
    reseed: Reseed | None = Field(description="How the worst loader is reseeded after it.")
    diff: str | None
    history_url: str


class TriesAnswer(Document):
    """The commits behind the figures of fixes, by repository and time. `next` is the address of the page after."""

    items: Sequence[TryDocument]
    next: str | None


class FixesAnswer(Document):
    """Which fixes people write, and which of them work: in the scanned code, and through time where it was followed."""

    written: Sequence[WrittenDocument]
    ended: Sequence[EndingCountDocument]
    attempts: Sequence[AttemptDocument]
    fixed: int = Field(description="Commits that ended the bug by mending it.")
    attempted: int = Field(description="Commits that were meant to, and did not.")
    fixed_rows: str = Field(description="The commits that mended it.")
    attempted_rows: str = Field(description="The commits that were meant to.")
    share_that_work: float | None
    interval: IntervalDocument = Field(description="What chance alone would do to as many commits; no random sample.")
