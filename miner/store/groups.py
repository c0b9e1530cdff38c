"""The groups that figures are split into, and what all figures are counted over: as SQL, over lists and over scans."""

from typing import Any, Final, get_args

from sqlalchemy import ColumnElement, Date, String, case, cast, extract, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from analysis.report import Verdict
from miner.store.models import ListingRow, RepositoryRow, ScanRow
from miner.store.records import FUNNEL_STEPS, PrevalenceBy

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
AFFECTED: Final = tuple(verdict for verdict in VERDICTS if verdict.startswith("affected"))
STEPS: Final = len(FUNNEL_STEPS)
UNKNOWN_GROUP: Final = "unknown"


class utc_day(FunctionElement[Any]):  # noqa: N801 - as functions of SQL are named
    """The day, in UTC, on which a moment was; PostgreSQL's own conversion would be that of the connection's zone."""

    type = Date()
    inherit_cache = True


@compiles(utc_day, "sqlite")
def _day_on_sqlite(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)})"


@compiles(utc_day, "postgresql")
def _day_on_postgresql(element: Any, compiler: SQLCompiler, **more: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **more)} AT TIME ZONE 'UTC' AS date)"


def listed_bucket(by: PrevalenceBy | None) -> ColumnElement[Any]:
    """The group that a row of `listings` is in."""
    return _bucket(by, ListingRow, ListingRow.stars, cast(ListingRow.year, String))


def scanned_bucket(by: PrevalenceBy | None) -> ColumnElement[Any]:
    """The group that a scan is in, whose repository is joined to it."""
    return _bucket(by, ScanRow, func.coalesce(RepositoryRow.stars, -1), cast(commit_year(), String))


def commit_year() -> ColumnElement[int]:
    """The year of a scan's commit, as `listings` has it."""
    return extract("year", ScanRow.commit_date)


def depth() -> ColumnElement[Any]:
    """How many steps of the funnel a scan passed, as `listings` has it."""
    steps = (
        ScanRow.imports_torch,
        ScanRow.custom_code_in_loader,
        ScanRow.numpy_draw,
        ScanRow.draw_in_worker,
        ScanRow.multiprocess_loader,
    )
    return case(
        *((step.is_(False), place) for place, step in enumerate(steps)),
        (ScanRow.verdict.in_(AFFECTED), STEPS),
        else_=STEPS - 1,
    )


def _bucket(
    by: PrevalenceBy | None, row: type[ListingRow] | type[ScanRow], stars: Any, year: Any
) -> ColumnElement[Any]:
    """The group that a row is in, under the same names as in `tallies`."""
    groups: dict[PrevalenceBy, Any] = {
        "torch_range": row.torch_range,
        "year": func.coalesce(year, UNKNOWN_GROUP),
        "stars": case(
            (stars < 0, UNKNOWN_GROUP),
            (stars < 10, "0-9"),
            (stars < 100, "10-99"),
            (stars < 1000, "100-999"),
            else_="1000+",
        ),
        "draw_kind": func.coalesce(row.draw_kind, "none"),
        "reseed": func.coalesce(row.reseed, "no pair"),
        "workers": func.coalesce(row.workers, "none"),
    }
    group: ColumnElement[Any] = groups[by].label("bucket") if by in groups else literal("").label("bucket")
    return group
