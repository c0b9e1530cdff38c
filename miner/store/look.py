"""A repository with the scan that stands for it, in one statement: what a request for a report or a badge costs.

The statements are built once, since building one takes longer than running it, and on PostgreSQL a transaction around a
single statement would double its round trips.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, bindparam, func, select

from miner.store.columns import COLUMNS, LATEST, repository_and_scan
from miner.store.engine import translated_errors
from miner.store.models import RepositoryRow, ScanRow
from miner.store.records import Repository, Scan


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a repository; `scan` and `report` are None without a scan, `report` also where not asked for."""

    repository: Repository
    scan: Scan | None
    report: str | None = None


_PLAIN: Final = (
    select(*COLUMNS)
    .outerjoin(ScanRow, LATEST)
    .where(
        RepositoryRow.host == bindparam("host"),
        func.lower(RepositoryRow.owner) == func.lower(bindparam("owner")),
        func.lower(RepositoryRow.name) == func.lower(bindparam("name")),
    )
)
_WITH_REPORT: Final = _PLAIN.add_columns(ScanRow.report)


def single_statements(engine: Engine) -> Engine:
    """The same connections, for statements that need no transaction around them."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


def look(engine: Engine, host: str, owner: str, name: str, *, report: bool = False) -> Looked | None:
    """The repository of that name, in any case of letters. `engine` is one of `single_statements`."""
    asked = {"host": host, "owner": owner, "name": name}
    with translated_errors(), engine.connect() as connection:
        row = connection.execute(_WITH_REPORT if report else _PLAIN, asked).one_or_none()
    return None if row is None else Looked(*repository_and_scan(row), row[-1] if report else None)
