"""The documents of fixes: what people write against the bug, and whether it works."""

from collections.abc import Sequence

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
    fails_rows: str | None


class EndingCountDocument(Document):
    """How many commits ended the bug in one way. `real`: NumPy is still drawn from in workers, and nothing repeats."""

    by: Ending
    real: bool
    commits: int
    repositories: int


class AttemptDocument(Document):
    """How many commits were meant to mend the bug and left it alive: its form and the reseeding after them."""

    form: str | None
    form_title: str
    reseed: Reseed | None
    commits: int
    repositories: int


class FixesAnswer(Document):
    """Which fixes people write, and which of them work: in the scanned code, and through time where it was followed."""

    written: Sequence[WrittenDocument]
    ended: Sequence[EndingCountDocument]
    attempts: Sequence[AttemptDocument]
    fixed: int = Field(description="Commits that ended the bug by mending it.")
    attempted: int = Field(description="Commits that were meant to, and did not.")
    share_that_work: float | None
    interval: IntervalDocument = Field(description="What chance alone would do to as many commits; no random sample.")
