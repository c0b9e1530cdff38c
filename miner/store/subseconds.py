"""The time in SQLite as dbos asks for it: https://github.com/dbos-inc/dbos-transact-py, `get_sqlite_timestamp_expr`.

From Python 3.12 on dbos takes SQLite for one that knows `unixepoch('subsec')`, which it does from 3.42 on. But a Python
is built with whatever library its machine has, 3.40 on Debian 12, and that answers NULL where there must be a time.
"""

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, event

KNOWS_SUBSECONDS = (3, 42)


def teach_subseconds() -> None:
    """Gives the function to all SQLite connections that this process opens from now on, where the library lacks it."""
    if sqlite3.sqlite_version_info < KNOWS_SUBSECONDS and not event.contains(Engine, "connect", _teach):
        event.listen(Engine, "connect", _teach)


def _teach(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        # For one argument: with two and more, and with none, it is the library's own.
        connection.create_function("unixepoch", 1, _seconds)


def _seconds(asked: object) -> float:
    if asked != "subsec":
        raise ValueError("only the time now is known here")
    return time.time()
