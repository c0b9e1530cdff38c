"""The document of how common the bug was, year by year."""

from collections.abc import Sequence

from api.schemas import Document
from api.schemas.research import YearDocument


class TrendAnswer(Document):
    """How common the bug was at the end of each year, among the repositories that somebody followed: no sample."""

    repositories: int
    years: Sequence[YearDocument]
