"""From a filter (`miner.store.where`) to the repositories that it means."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import SQLColumnExpression, and_, false, func, not_, or_

from miner.store.models import RepositoryRow, ScanRow
from miner.store.where import Compare, Either, Every, Expression, Negated

Condition = SQLColumnExpression[bool]

_COLUMNS: Final[Mapping[str, SQLColumnExpression[Any]]] = {
    "verdict": ScanRow.verdict,
    "legacy": ScanRow.legacy,
    "modern": ScanRow.modern,
    "torch_range": ScanRow.torch_range,
    "draw_kind": ScanRow.draw_kind,
    "reseed": ScanRow.reseed,
    "workers": ScanRow.workers,
    "why_not_eligible": ScanRow.why_not_eligible,
    "eligible": ScanRow.eligible,
    "scanned": ScanRow.id.is_not(None),
    "age": ScanRow.finished_at,
    "analyzer": ScanRow.analyzer_version,
    "facts": ScanRow.facts_version,
    "state": RepositoryRow.state,
    "host": RepositoryRow.host,
    "owner": RepositoryRow.owner,
    "name": RepositoryRow.name,
    "stars": RepositoryRow.stars,
    "fork": RepositoryRow.fork,
    "archived": RepositoryRow.archived,
    "pushed": RepositoryRow.pushed_at,
    "size_kb": RepositoryRow.size_kb,
}
_IN_ANY_CASE: Final = frozenset({"host", "owner", "name"})
_ORDERS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# The older, the smaller the moment.
_AGE_ORDERS: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def condition(expression: Expression, now: datetime) -> Condition:
    """The expression over a repository that is joined with its latest scan, if it has one.

    Every comparison is either true or false: what is not known differs from every value, and is neither more nor less.
    """
    match expression:
        case Every(parts):
            return and_(True, *(condition(part, now) for part in parts))
        case Either(parts):
            return or_(False, *(condition(part, now) for part in parts))
        case Negated(part):
            return not_(condition(part, now))
        case Compare():
            return _comparison(expression, now)


def _comparison(compare: Compare, now: datetime) -> Condition:
    column = _COLUMNS[compare.column]
    values: list[Any] = [now - value if isinstance(value, timedelta) else value for value in compare.values]
    if compare.column in _IN_ANY_CASE:
        column, values = func.lower(column), [None if value is None else str(value).lower() for value in values]
    value = values[0]
    match compare.operator:
        case "=":
            return column.is_not_distinct_from(value)
        case "!=":
            return column.is_distinct_from(value)
        case "in":
            return func.coalesce(column.in_(values), false())
        case "~":
            return func.coalesce(func.lower(column).contains(str(value).lower(), autoescape=True), false())
        case order:
            if isinstance(compare.values[0], timedelta):
                order = _AGE_ORDERS[order]
            compared: Condition = func.coalesce(_ORDERS[order](column, value), false())
            return compared
