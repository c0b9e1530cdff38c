"""Counts over the latest scans. Each is one pass in SQL, and means what `records` says of it."""

from collections.abc import Sequence
from typing import Any, get_args

from sqlalchemy import ColumnElement, SQLColumnExpression, String, and_, case, cast, extract, func, select, true
from sqlalchemy.orm import Session

from analysis.report import BUGS, Verdict
from miner.store.listing import of_latest_scans
from miner.store.models import RepositoryRow, ScanRow
from miner.store.records import Filters, FunnelCounts, Prevalence, PrevalenceBy, StateCounts

_VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_AFFECTED = tuple(verdict for verdict in _VERDICTS if verdict.startswith("affected"))

UNKNOWN_GROUP = "unknown"

_STARS = case(
    (RepositoryRow.stars.is_(None), UNKNOWN_GROUP),
    (RepositoryRow.stars < 10, "0-9"),
    (RepositoryRow.stars < 100, "10-99"),
    (RepositoryRow.stars < 1000, "100-999"),
    else_="1000+",
)

_GROUPS: dict[PrevalenceBy, SQLColumnExpression[Any]] = {
    "verdict": ScanRow.verdict,
    "torch_range": ScanRow.torch_range,
    "year": func.coalesce(cast(extract("year", ScanRow.commit_date), String), UNKNOWN_GROUP),
    "stars": _STARS,
    "draw_kind": func.coalesce(ScanRow.draw_kind, "none"),
    "reseed": func.coalesce(ScanRow.reseed, "no pair"),
    "workers": func.coalesce(ScanRow.workers, "none"),
}


def prevalence(session: Session, by: PrevalenceBy | None, filters: Filters) -> list[Prevalence]:
    """Counts for each group, sorted by its name, or for all in a list of one."""
    group = _GROUPS[by] if by else None
    columns: list[ColumnElement[Any]] = [
        func.count(),
        _number(ScanRow.eligible.is_(True)),
        _number(ScanRow.eligible.is_(False)),
        _number(ScanRow.eligible.is_(None)),
        _number(ScanRow.eligible.is_(True), ScanRow.legacy.in_(BUGS)),
        _number(ScanRow.eligible.is_(True), ScanRow.modern.in_(BUGS)),
        _number(ScanRow.eligible.is_(True), ScanRow.legacy == "unknown"),
        _number(ScanRow.eligible.is_(True), ScanRow.modern == "unknown"),
        *(_number(ScanRow.verdict == verdict) for verdict in _VERDICTS),
    ]
    query = of_latest_scans(select(*columns if group is None else (group, *columns)), filters)
    if group is not None:
        query = query.group_by(group)
    rows = [tuple(row) for row in session.execute(query)]
    if group is None:
        return [_prevalence(None, rows[0])]
    return sorted((_prevalence(row[0], row[1:]) for row in rows), key=lambda found: found.group or "")


def funnel(session: Session, filters: Filters) -> FunnelCounts:
    """Each step counts what passed all the steps before it as well."""
    steps = (
        ScanRow.imports_torch,
        ScanRow.custom_code_in_loader,
        ScanRow.numpy_draw,
        ScanRow.draw_in_worker,
        ScanRow.multiprocess_loader,
        ScanRow.verdict.in_(_AFFECTED),
    )
    counts: list[ColumnElement[Any]] = [func.count(), *(_number(*steps[: place + 1]) for place in range(len(steps)))]
    row: Sequence[int] = session.execute(of_latest_scans(select(*counts), filters)).one()
    return FunnelCounts(*row)


def states(session: Session) -> StateCounts:
    """How many repositories are in each state, and when the last scan finished."""
    counted = select(RepositoryRow.state, func.count()).group_by(RepositoryRow.state)
    numbers: dict[Any, int] = {state: number for state, number in session.execute(counted)}  # noqa: C416
    last = session.scalar(select(ScanRow.finished_at).order_by(ScanRow.id.desc()).limit(1))
    return StateCounts(numbers, last)


def _number(*conditions: SQLColumnExpression[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(true(), *conditions), 1), else_=0)), 0)


def _prevalence(group: str | None, row: tuple[Any, ...]) -> Prevalence:
    scanned, eligible, not_eligible, undecided, legacy_bug, modern_bug, legacy_unknown, modern_unknown, *verdicts = row
    return Prevalence(
        group=group,
        scanned=scanned,
        eligible=eligible,
        not_eligible=not_eligible,
        undecided=undecided,
        legacy_bug=legacy_bug,
        modern_bug=modern_bug,
        legacy_unknown=legacy_unknown,
        modern_unknown=modern_unknown,
        verdicts=dict(zip(_VERDICTS, verdicts, strict=True)),
    )
