"""The tables beside charts, as files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from fastapi.responses import Response

from api.problems import NOT_FOUND, Problem


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The first row has the columns' names."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def download(tables: Mapping[str, str], slug: str) -> Response:
    """One of a page's tables. Raises Problem where the page has none of that name."""
    if slug not in tables:
        raise Problem(NOT_FOUND, "The page has no such table.")
    return Response(
        tables[slug],
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="seedwatch-{slug}.csv"'},
    )
