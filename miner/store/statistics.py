"""Figures over the latest scan of each repository.

Those over all repositories are sums of `tallies`, which the database keeps; those over some are counted from
`listings`, and those of a day gone by are sums of `past_tallies`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    case,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import Session

from analysis.report import BUGS
from miner.store import past
from miner.store.groups import AFFECTED, STEPS, VERDICTS, listed_bucket, utc_day
from miner.store.listing import conditions
from miner.store.models import ListingRow, ScanCodeRow, ScanRow, TallyRow
from miner.store.records import DayCount, Filters, FunnelCounts, Prevalence, PrevalenceBy, StateCounts

EVERYTHING = Filters()


def prevalence(session: Session, by: PrevalenceBy | None, filters: Filters, as_of: date | None) -> list[Prevalence]:
    """Counts for each group, sorted by its name, or for all in a list of one."""
    rows = _rows(by, filters, as_of)
    if by == "check" and as_of is None:
        # A scan has as many codes as it has kinds of faults: its groups overlap.
        rows = _with_codes(rows)
    group = None if by is None else rows.c.verdict if by == "verdict" else rows.c.bucket
    query = _counted(rows, group)
    found = [tuple(row) for row in session.execute(query)]
    if group is None:
        return [_prevalence(None, found[0])]
    return sorted((_prevalence(row[0], row[1:]) for row in found if row[1]), key=lambda each: each.group or "")


def funnel(session: Session, filters: Filters, as_of: date | None) -> FunnelCounts:
    """Each step counts what passed all the steps before it as well."""
    rows = _rows(None, filters, as_of)
    passed = [_sum(rows, rows.c.depth >= step) for step in range(1, STEPS + 1)]
    row: Sequence[int] = session.execute(select(_sum(rows), *passed)).one()
    return FunnelCounts(*row)


def states(session: Session) -> StateCounts:
    """How many repositories are in each state, and when the last scan finished."""
    counted = select(TallyRow.bucket, func.sum(TallyRow.n)).where(TallyRow.dimension == "state")
    counted = counted.group_by(TallyRow.bucket).having(func.sum(TallyRow.n) > 0)
    numbers: dict[Any, int] = {state: number for state, number in session.execute(counted)}  # noqa: C416
    last = session.scalar(select(func.max(ScanRow.finished_at)))
    return StateCounts(numbers, last)


def scans_by_day(session: Session, since: datetime) -> list[DayCount]:
    """For each day on which scans ended since then, oldest first."""
    day = utc_day(ScanRow.finished_at)
    affected = case((ScanRow.verdict.in_(AFFECTED), 1), else_=0)
    eligible = case((ScanRow.eligible.is_(True), 1), else_=0)
    query = select(day, func.count(), func.sum(eligible), func.sum(affected)).where(ScanRow.finished_at >= since)
    return [DayCount(on, *numbers) for on, *numbers in session.execute(query.group_by(day).order_by(day))]


def _rows(by: PrevalenceBy | None, filters: Filters, as_of: date | None) -> FromClause:
    """What is counted: `n` latest scans that are alike, with the group that they are in as `bucket`."""
    if as_of is not None:
        return past.rows(by, as_of).subquery()
    if filters == EVERYTHING and by != "check":
        dimension = "all" if by in (None, "verdict") else by
        alike = (TallyRow.bucket, TallyRow.eligible, TallyRow.verdict, TallyRow.legacy, TallyRow.modern, TallyRow.depth)
        return select(*alike, TallyRow.n).where(TallyRow.dimension == dimension).subquery()
    alike_listed = (ListingRow.eligible, ListingRow.verdict, ListingRow.legacy, ListingRow.modern, ListingRow.depth)
    bucket = listed_bucket(by)
    query = select(bucket, *alike_listed, literal(1).label("n"), ListingRow.scan_id)
    return query.where(ListingRow.scan_id.is_not(None), *conditions(filters)).subquery()


def _with_codes(rows: FromClause) -> FromClause:
    columns = [column for column in rows.columns.values() if column.key != "bucket"]
    joined = rows.join(ScanCodeRow, ScanCodeRow.scan_id == rows.c.scan_id)
    return select(*columns, ScanCodeRow.code.label("bucket")).select_from(joined).subquery()


def _counted(rows: FromClause, group: ColumnElement[Any] | None) -> Select[*tuple[Any, ...]]:
    eligible = rows.c.eligible.is_(True)
    columns: list[ColumnElement[Any]] = [
        _sum(rows),
        _sum(rows, eligible),
        _sum(rows, rows.c.eligible.is_(False)),
        _sum(rows, rows.c.eligible.is_(None)),
        _sum(rows, eligible, rows.c.legacy.in_(BUGS)),
        _sum(rows, eligible, rows.c.modern.in_(BUGS)),
        _sum(rows, eligible, rows.c.legacy == "unknown"),
        _sum(rows, eligible, rows.c.modern == "unknown"),
        *(_sum(rows, rows.c.verdict == verdict) for verdict in VERDICTS),
    ]
    return select(*columns) if group is None else select(group, *columns).group_by(group)


def _sum(rows: FromClause, *conditions: SQLColumnExpression[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(true(), *conditions), rows.c.n), else_=0)), 0)


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
        verdicts=dict(zip(VERDICTS, verdicts, strict=True)),
    )
