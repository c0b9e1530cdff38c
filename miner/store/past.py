"""Figures of days gone by: for each day on which a scan was stored, by how much the sums over the latest scans changed.

A scan stands for its repository from the day on which it ended to the day of a later one, so it is in the changes of
two days, and a figure as of a day is the sum of all changes up to it: of whole months, and of the days of its own
month. Triggers (`miner.store.derived`) note a day as stale in the commit that makes it so, and whoever asks has stale
days counted anew first. Past days change rarely: today's become one of them once a day.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    CTE,
    Connection,
    Select,
    SQLColumnExpression,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from miner.store.groups import depth, scanned_bucket, utc_day
from miner.store.models import PastTallyRow, RepositoryRow, ScanCodeRow, ScanRow, StaleDayRow
from miner.store.records import PrevalenceBy

_SPLITS: Final[tuple[PrevalenceBy, ...]] = ("torch_range", "year", "stars", "draw_kind", "reseed", "workers")
_ALIKE: Final = ("eligible", "verdict", "legacy", "modern", "depth")
_COLUMNS: Final = ("period", "first_day", "dimension", "bucket", *_ALIKE, "n")
_DAYS_AT_ONCE: Final = 200


def rows(by: PrevalenceBy | None, day: date) -> Select[*tuple[Any, ...]]:
    """What the figures as of that day are sums of: `n` scans more or fewer that are alike, and their group."""
    month = _month(day)
    whole = and_(PastTallyRow.period == "month", PastTallyRow.first_day < month)
    own = and_(PastTallyRow.period == "day", PastTallyRow.first_day.between(month, day))
    dimension = "all" if by in (None, "verdict") else by
    columns = [getattr(PastTallyRow, name) for name in ("bucket", *_ALIKE, "n")]
    return select(*columns).where(PastTallyRow.dimension == dimension, or_(whole, own))


def is_stale(session: Session, until: date) -> bool:
    """Whether any day up to that one is to be counted anew."""
    return bool(session.scalar(select(exists().where(StaleDayRow.day <= until))))


def renew(session: Session, until: date) -> None:
    """Counts the stale days up to that one anew."""
    if session.get_bind().dialect.name == "postgresql":
        # One at a time. Whoever reads does not wait, and what commits meanwhile leaves its days stale.
        session.execute(text("LOCK TABLE past_tallies IN EXCLUSIVE MODE"))
    stale = delete(StaleDayRow).where(StaleDayRow.day <= until).returning(StaleDayRow.day)
    found = sorted(set(session.scalars(stale)))
    for days in (found[place : place + _DAYS_AT_ONCE] for place in range(0, len(found), _DAYS_AT_ONCE)):
        _forget(session, "day", days)
        _count(session.connection(), days)
        for month in _months(days):
            _forget(session, "month", [month])
            _sum_up(session.connection(), month)


def rebuild(connection: Connection) -> None:
    """Counts all days. Costs a pass over all scans."""
    connection.execute(delete(StaleDayRow))
    connection.execute(delete(PastTallyRow))
    _count(connection, None)
    counted = connection.scalars(select(PastTallyRow.first_day).where(PastTallyRow.dimension == "all").distinct()).all()
    for month in _months(counted):
        _sum_up(connection, month)


def _forget(session: Session, period: str, days: Sequence[date]) -> None:
    session.execute(
        delete(PastTallyRow)
        .where(
            PastTallyRow.dimension.in_(("all", "check", *_SPLITS)),
            PastTallyRow.period == period,
            PastTallyRow.first_day.in_(days),
        )
        .execution_options(synchronize_session=False)
    )


def _count(connection: Connection, days: Sequence[date] | None) -> None:
    """Stores what changed on these days, or on all."""
    changes = _changes(days)
    kept = true() if days is None else changes.c.day.in_(days)
    same = [changes.c[name] for name in ("day", *_ALIKE, *_SPLITS)]
    grouped = select(*same, func.sum(changes.c.n).label("n")).where(kept).group_by(*same).cte("grouped")
    codes = changes.join(ScanCodeRow, ScanCodeRow.scan_id == changes.c.scan_id)
    parts = [
        _summed(grouped, "all", literal("")),
        *(_summed(grouped, name, grouped.c[name]) for name in _SPLITS),
        _summed(changes, "check", ScanCodeRow.code).select_from(codes).where(kept),
    ]
    connection.execute(insert(PastTallyRow).from_select(_COLUMNS, union_all(*parts)))


def _summed(changes: CTE, dimension: str, bucket: SQLColumnExpression[str]) -> Select[*tuple[Any, ...]]:
    place = [changes.c.day, literal(dimension).label("dimension"), bucket.label("bucket")]
    alike = [changes.c[name] for name in _ALIKE]
    number = func.sum(changes.c.n)
    groups = [changes.c.day, bucket, *alike] if dimension != "all" else [changes.c.day, *alike]
    return select(literal("day").label("period"), *place, *alike, number).group_by(*groups).having(number != 0)


def _changes(days: Sequence[date] | None) -> CTE:
    """Each scan as one more on the day from which on it stood, and as one less on the day of the next."""
    spans = _spans(days)
    same = [spans.c[name] for name in ("scan_id", *_ALIKE, *_SPLITS)]
    came = select(spans.c.day, *same, literal(1).label("n"))
    went = select(spans.c.until.label("day"), *same, literal(-1).label("n"))
    return union_all(
        came.where(or_(spans.c.until.is_(None), spans.c.until > spans.c.day)),
        went.where(spans.c.until > spans.c.day),
    ).cte("changes")


def _spans(days: Sequence[date] | None) -> CTE:
    """The scans of the repositories with one on these days: from when to when each was the latest by its number."""
    day = utc_day(ScanRow.finished_at)
    later = func.min(day).over(partition_by=ScanRow.repository_id, order_by=ScanRow.id, rows=(1, None))
    query = select(
        ScanRow.id.label("scan_id"),
        day.label("day"),
        later.label("until"),
        *(getattr(ScanRow, name) for name in _ALIKE[:-1]),
        depth().label("depth"),
        *(scanned_bucket(name).label(name) for name in _SPLITS),
    ).join(RepositoryRow, RepositoryRow.id == ScanRow.repository_id)
    if days is not None:
        on_them = or_(*(and_(ScanRow.finished_at >= first, ScanRow.finished_at < end) for first, end in _runs(days)))
        query = query.where(ScanRow.repository_id.in_(select(ScanRow.repository_id).where(on_them)))
    return query.cte("spans")


def _sum_up(connection: Connection, month: date) -> None:
    """Stores what changed in a month, of its days."""
    same = [getattr(PastTallyRow, name) for name in ("dimension", "bucket", *_ALIKE)]
    number = func.sum(PastTallyRow.n)
    summed = select(literal("month"), literal(month), *same, number).group_by(*same).having(number != 0)
    summed = summed.where(
        PastTallyRow.dimension.in_(("all", "check", *_SPLITS)),
        PastTallyRow.period == "day",
        PastTallyRow.first_day >= month,
        PastTallyRow.first_day < _month(month + timedelta(days=31)),
    )
    connection.execute(insert(PastTallyRow).from_select(_COLUMNS, summed))


def _runs(days: Sequence[date]) -> Iterator[tuple[datetime, datetime]]:
    """The moments at which runs of days that follow each other begin and end."""
    first = last = days[0]
    for day in days[1:]:
        if day - last > timedelta(days=1):
            yield _midnight(first), _midnight(last + timedelta(days=1))
            first = day
        last = day
    yield _midnight(first), _midnight(last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _month(day: date) -> date:
    return day.replace(day=1)


def _months(days: Iterable[date]) -> list[date]:
    return sorted({_month(day) for day in days})
