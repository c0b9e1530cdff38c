"""Workers die, sleep and are told to end at random, the database restarts; nothing is lost and nothing is there twice.

`pytest -m long tests/e2e/test_torture.py` is the long form: 2,000 repositories on each database.
"""

from pathlib import Path

import pytest

from miner.store import upgrade
from tests.support import postgres
from tests.support.torture import Plan, torture

SHORT = Plan(repositories=26, workers=3, spared=(4, 7), stops=(9.0, 10.0), restarts=1, seconds=280)
LONG = Plan(repositories=2_000, workers=3, spared=(5, 60), stops=(1.0, 15.0), restarts=2, seconds=1_800)


def test_nothing_is_lost_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    upgrade(sqlite_url)
    assert torture(sqlite_url, tmp_path, SHORT).bad_terms == []


def test_nothing_is_lost_on_postgresql_that_is_restarted(tmp_path: Path) -> None:
    with postgres.own_server() as server, postgres.database(server.url) as url:
        upgrade(url)
        outcome = torture(url, tmp_path, SHORT, server.restart)
        assert (outcome.bad_terms, outcome.done["database restarted"]) == ([], 1)


@pytest.mark.long
@pytest.mark.timeout(2_000)
def test_nothing_is_lost_on_sqlite_for_long(sqlite_url: str, tmp_path: Path) -> None:
    upgrade(sqlite_url)
    outcome = torture(sqlite_url, tmp_path, LONG)
    print(outcome)  # noqa: T201 - who runs this by hand wants to know
    assert outcome.bad_terms == []


@pytest.mark.long
@pytest.mark.timeout(2_000)
def test_nothing_is_lost_on_postgresql_for_long(tmp_path: Path) -> None:
    with postgres.own_server() as server, postgres.database(server.url) as url:
        upgrade(url)
        outcome = torture(url, tmp_path, LONG, server.restart)
        print(outcome)  # noqa: T201
        assert (outcome.bad_terms, outcome.done["database restarted"]) == ([], 2)
