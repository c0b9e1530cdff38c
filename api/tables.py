"""Tables as files to take along: those beside charts, and lists."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fastapi.responses import Response

from api.problems import NOT_FOUND, Problem

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def row(cells: Iterable[object]) -> str:
    """A line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode("utf-8", "backslashreplace").decode()


def quiet(text: str) -> str:
    """A stranger's words for a cell: what a spreadsheet would take for a formula stays text."""
    return f"'{text}" if text.startswith(_FORMULA) and text != "-" else text


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The first row has the columns' names."""
    return "".join(map(row, rows))


def download(tables: Mapping[str, str], slug: str) -> Response:
    """One of a page's tables. Raises Problem where the page has none of that name."""
    if slug not in tables:
        raise Problem(NOT_FOUND, "The page has no such table.")
    return Response(
        tables[slug],
        media_type=MEDIA_TYPE,
        headers={"content-disposition": f'attachment; filename="seedwatch-{slug}.csv"'},
    )
