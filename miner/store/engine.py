"""Connections to the database, SQLite or PostgreSQL, set up so that both behave alike.

SQLite: WAL, so that readers and the one writer do not wait for each other, and transactions of our own making in place
of the driver's: `BEGIN` for reading, `BEGIN IMMEDIATE` for writing. A transaction that begins by reading and goes on to
write would fail at once, without waiting, whenever another writer came between.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)

from miner.store.errors import StoreUnavailable

_PREPARED = 16
BUSY_MILLISECONDS = 30_000
WRITES = "seedwatch_writes"

_POSTGRES_NAMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def normal_url(url: str) -> URL:
    """The URL with the driver that this program uses.

    Raises StoreUnavailable for a database that is neither SQLite nor PostgreSQL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnavailable("the database URL cannot be read; write sqlite:///FILE or postgresql://...") from error
    if parsed.drivername in _POSTGRES_NAMES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise StoreUnavailable(f"{parsed.drivername} is no database for this program: sqlite:///FILE or postgresql://...")


def create_engine_for(url: str) -> Engine:
    """An engine for reading; `writing(engine)` is the one for writing. A new SQLite file's folder is made.

    Raises StoreUnavailable.
    """
    parsed = normal_url(url)
    try:
        if parsed.drivername == "sqlite":
            return _sqlite_engine(parsed)
        return create_engine(parsed, pool_pre_ping=True, pool_size=10, max_overflow=30, pool_use_lifo=True)
    except (OSError, NoSuchModuleError) as error:
        raise StoreUnavailable(f"cannot open the database: {error}") from error


def writing(engine: Engine) -> Engine:
    """The same connections, for transactions that write."""
    return engine.execution_options(**{WRITES: True})


@contextmanager
def translated_errors() -> Iterator[None]:
    """Makes StoreUnavailable of what a driver says where the fault lies with the database as a whole."""
    try:
        yield
    except DBAPIError as error:
        # Of the other kinds (a constraint, a faulty statement) the fault is ours.
        if error.connection_invalidated or type(error) in (OperationalError, InterfaceError, DatabaseError):
            raise StoreUnavailable(f"the database cannot be used: {_first_line(error.orig)}") from error
        raise


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).strip().splitlines()), "no reason given")


def _sqlite_engine(url: URL) -> Engine:
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    # The one used last first, with few statements kept prepared: each connection keeps its own, which came to 30 MB.
    engine = create_engine(
        url, pool_size=20, max_overflow=20, pool_use_lifo=True, connect_args={"cached_statements": _PREPARED}
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in _begin_sqlite alone
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # in WAL mode a power cut loses the last commits, never the file
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
