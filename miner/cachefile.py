"""A SQLite file that any number of processes share and in which nothing is precious.

A file that is no database is removed, and whoever finds it locked, full or read-only works without it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECONDS = 5.0
"""How long a process waits for another that is writing."""

_SETUP = """
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
"""


class CacheFile:
    """The database at `path`, made anew by the statements of `tables` where there is none; close it when done."""

    def __init__(self, path: Path, tables: str) -> None:
        self.path = path
        self._database: sqlite3.Connection | None = None
        with self._forgiving():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_SECONDS, isolation_level=None)
            self._database.executescript(_SETUP + tables)

    def close(self) -> None:
        """Lets go of the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    @staticmethod
    @contextmanager
    def _transaction(database: sqlite3.Connection) -> Iterator[None]:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        """Whatever is wrong with the file, the work goes on without it."""
        try:
            yield
        except (sqlite3.OperationalError, OSError):  # locked, full, read-only
            self.close()
        except sqlite3.DatabaseError:
            self.close()
            self.path.unlink(missing_ok=True)
