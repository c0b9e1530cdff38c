"""The study of 2021 over again: from the reports of two days to figures, each with the query that counts it."""

from analysis.study.figures import FIGURES, Figure, Share, count_all, shares
from analysis.study.rows import COLUMNS, DAYS, Day, Row, row_of

__all__ = ["COLUMNS", "DAYS", "FIGURES", "Day", "Figure", "Row", "Share", "count_all", "row_of", "shares"]
