"""The time in SQLite, whatever library the interpreter is built with."""

import time
from pathlib import Path

from sqlalchemy import create_engine

from miner.store.subseconds import teach_subseconds


def test_sqlite_fills_in_the_time_to_the_millisecond(tmp_path: Path) -> None:
    teach_subseconds()
    teach_subseconds()
    engine = create_engine(f"sqlite:///{tmp_path / 'times.sqlite'}")
    before = time.time() * 1000
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        connection.exec_driver_sql("INSERT INTO t (a) VALUES (1)")
        (at,) = connection.exec_driver_sql("SELECT at FROM t").one()
        (other,) = connection.exec_driver_sql("SELECT unixepoch('now', 'start of day') - unixepoch()").one()
    engine.dispose()
    assert before - 1 <= at <= time.time() * 1000 + 1
    assert -86_400 < other <= 0
