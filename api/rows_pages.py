"""The rows behind figures that no list of repositories has, as pages: each a table in parts, as the API has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse, Response

from analysis.history.change import REAL_FIXES
from api import history_words, words
from api.answers import repository_path
from api.estimates import LABEL, FigureOf, RowsOf
from api.filters import PathPart
from api.history_rows import (
    LivesQuery,
    Named,
    TriesQuery,
    YearQuery,
    by_name,
    followed,
    in_order,
    lives,
    of_year,
    tries,
)
from api.parted import Part, PartQuery, part
from api.permalink import website_of
from api.problems import NOT_FOUND, Problem
from api.rest.estimates import RowsQuery, place_of, rows_path, sampled_rows
from api.state import Shared, SharedDep
from api.templating import listed
from api.through_time import FOLLOWED, LIVES, TRIES, lifetime, year_rows
from miner.store.records import GITHUB, full_name

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the table, blank without a text, and where it leads. `whole`: on one line where there is room."""

    text: str | None
    url: str | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Back:
    """Where the figure stands that the rows are behind."""

    url: str
    text: str


_THROUGH_TIME: Final = Back("/history", "The bug through time")


@router.get("/history/lives")
def lives_page(shared: SharedDep, query: Annotated[LivesQuery, Query()]) -> Response:
    """Lives of the bug."""
    found = lives(shared, query)
    some = part(found, in_order, query)
    rows = [
        [
            _repository(life),
            Cell(life.episode.began_on, whole=True),
            Cell(life.episode.ended_on or f"alive on {life.episode.last_seen_on}", whole=True),
            Cell(f"{int(lifetime(life.episode).days):,}"),
            Cell(history_words.ENDING_NAME[life.episode.ended_by] if life.episode.ended_by else None),
            Cell(str(life.episode.attempts)),
        ]
        for life in some.rows
    ]
    columns = ["Repository", "Began", "Ended", "Days", "By", "Fixes that did not end it"]
    lede = f"{_counted(found, 'life', 'lives')} of the bug{_asked(_of_lives(query))}."
    return _page(shared, "Lives of the bug", lede, columns, rows, some, query, LIVES)


@router.get("/history/commits")
def tries_page(shared: SharedDep, query: Annotated[TriesQuery, Query()]) -> Response:
    """Commits that ended the bug, or were meant to."""
    website = website_of(shared.settings)
    found = tries(shared, query)
    some = part(found, in_order, query)
    rows = [
        [
            _repository(one),
            Cell(one.commit[:12], website.commit(one.host, one.owner, one.name, one.commit)),
            Cell(one.day.isoformat(), whole=True),
            Cell(history_words.ENDING_NAME[one.ended_by] if one.ended_by else None),
            Cell("yes" if one.ended_by in REAL_FIXES else "no"),
            Cell(f"{one.form} {words.form(one.form)}" if one.form and not one.ended_by else None),
        ]
        for one in some.rows
    ]
    columns = ["Repository", "Commit", "Day", "Ended the bug by", "Mended it", "The bug after it"]
    lede = (
        f"{_counted(found, 'commit', 'commits')} that ended the bug or {'was' if len(found) == 1 else 'were'} meant to."
    )
    return _page(shared, "Commits against the bug", lede, columns, rows, some, query, TRIES)


@router.get("/history/repositories")
def followed_page(shared: SharedDep, query: Annotated[PartQuery, Query()]) -> Response:
    """The repositories that somebody followed."""
    found = followed(shared)
    some = part(found, by_name, query)
    rows = [
        [
            _repository(row),
            Cell(f"{row.commits:,}"),
            Cell(row.first_on.isoformat(), whole=True),
            Cell(row.last_on.isoformat(), whole=True),
        ]
        for row in some.rows
    ]
    lede = f"{_counted(found, 'repository', 'repositories')} that somebody followed through time."
    columns = ["Repository", "Commits", "First", "Last"]
    return _page(shared, "Followed through time", lede, columns, rows, some, query, FOLLOWED)


@router.get("/history/{year}")
def year_page(
    shared: SharedDep, year: Annotated[int, Path(ge=1970, le=9999)], query: Annotated[YearQuery, Query()]
) -> Response:
    """The repositories behind a year."""
    could = of_year(shared, year)
    if not could:
        raise Problem(NOT_FOUND, f"No repository that somebody followed could have the bug at the end of {year}.")
    some = part(of_year(shared, year, query.affected), by_name, query)
    rows = [[_repository(row), Cell("yes" if row.affected else "no")] for row in some.rows]
    had = sum(row.affected for row in could)
    lede = f"{len(could):,} of the repositories that somebody followed could have the bug then, and {had:,} had it."
    return _page(shared, f"At the end of {year}", lede, ["Repository", "Had it"], rows, some, query, year_rows(year))


_SAMPLED: Final[dict[RowsOf, str]] = {
    "numerator": "The repositories that {figure}.",
    "denominator": "The eligible repositories.",
    "unknown": "The eligible repositories of which it cannot be told whether they {figure}.",
    "unscanned": "The repositories without a scan.",
    "contents_numerator": "The first drawn of each content that is said to {figure}.",
    "contents": "The first drawn of each content.",
    "copies": "The copies, whose code with the draws is that of another one to the byte.",
}


@router.get("/estimates/{sample}/{figure}")
def sampled_page(
    shared: SharedDep,
    sample: Annotated[PathPart, Path()],
    figure: Annotated[FigureOf, Path()],
    query: Annotated[RowsQuery, Query()],
) -> Response:
    """The repositories of a sample behind a figure."""
    found = sampled_rows(shared, sample, figure, query.of)
    some = part(found, place_of, query)
    rows = []
    for row in some.rows:
        one, first = row.repository, row.copy_of
        cells = [
            Cell(f"{one.owner}/{one.name}", repository_path(GITHUB, one.owner, one.name)),
            Cell(words.OUTCOME_NAME[one.legacy] if one.legacy else None),
            Cell(words.OUTCOME_NAME[one.modern] if one.modern else None),
            Cell(words.VERDICT_NAME[one.verdict] if one.verdict else None),
        ]
        if query.of == "copies" and first is not None:
            cells.append(Cell(f"{first.owner}/{first.name}", repository_path(GITHUB, first.owner, first.name)))
        rows.append(cells)
    columns = [
        "Repository",
        "PyTorch < 1.9",
        "PyTorch ≥ 1.9",
        "Verdict",
        *(["Copy of"] if query.of == "copies" else []),
    ]
    lede = f"{len(found):,} of the sample {sample}. {_SAMPLED[query.of].format(figure=LABEL[figure])}"
    back = Back("/estimates", "Estimates")
    path = rows_path(sample, figure)
    return _page(shared, "Behind an estimate", lede, columns, rows, some, query, path, back)


def _page(
    shared: Shared,
    title: str,
    lede: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    some: Part[Any],
    query: PartQuery,
    path: str,
    back: Back = _THROUGH_TIME,
) -> Response:
    """The table of a part; `path` is where the API has the same."""
    return shared.pages.render(
        "rows.html",
        here=back.url,
        title=title,
        lede=lede,
        columns=columns,
        rows=rows,
        back=back,
        first_url=query.address(listed(path)) if query.cursor else None,
        next_url=some.next_address(listed(path), query),
        api_url=query.address(path, query.cursor),
    )


def _repository(row: Named) -> Cell:
    return Cell(full_name(row.host, row.owner, row.name), repository_path(row.host, row.owner, row.name))


def _counted(rows: Sequence[object], one: str, many: str) -> str:
    return f"{len(rows):,} {one if len(rows) == 1 else many}"


def _of_lives(query: LivesQuery) -> list[str]:
    """What a query of lives asks for, in words."""
    asked = []
    if query.ended_by is not None:
        asked.append(f"ended by {history_words.ENDING_NAME[query.ended_by]}")
    if query.alive is not None:
        asked.append("still alive" if query.alive else "not alive any more")
    if query.min_days is not None:
        asked.append(f"seen for at least {query.min_days:,} days")
    if query.max_days is not None:
        asked.append(f"seen for at most {query.max_days:,} days")
    if query.seen_to_end is not None:
        asked.append("seen to end" if query.seen_to_end else "not seen to end")
    return asked


def _asked(parts: Sequence[str]) -> str:
    return f", {', '.join(parts)}" if parts else ""
