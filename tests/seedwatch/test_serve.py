"""`seedwatch serve`, `demo` and `migrate`."""

import socket
import sqlite3
from contextlib import closing

import httpx

from miner import snapshots
from miner.settings import load_settings
from miner.store import Store
from seedwatch.demo.build import demos
from seedwatch.shipped import SNAPSHOT
from tests.e2e.processes import serving
from tests.seedwatch.conftest import program


def test_it_serves_an_empty_database_that_it_makes_itself():
    with serving() as address:
        assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
        assert httpx.get(f"{address}/openapi.json").json()["openapi"].startswith("3.1")
        assert httpx.get(address).status_code == 200


def test_an_address_that_cannot_be_had_is_said_in_one_line(seedwatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = seedwatch("serve", "--port", str(port))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"seedwatch serve: cannot listen on 127.0.0.1 port {port}: address already in use; see --host and --port\n"
    )
    assert "no such address" in seedwatch("serve", "--host", "nowhere.invalid", "--port", "0").err
    assert "cannot listen on an empty address" in seedwatch("serve", "--host", "", "--port", "0").err


def test_migrate_makes_the_tables_and_does_no_harm_a_second_time(seedwatch):
    for _ in range(2):
        ran = seedwatch("migrate")
        assert (ran.status, ran.err) == (0, "")
        assert "has this version's tables" in ran.out
    path = load_settings().database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    assert {"repositories", "scans", "findings"} <= tables


def test_demo_shows_each_repository_with_its_verdict_and_again_the_same():
    first, second = (program("demo", "--no-serve") for _ in range(2))
    assert first.status == 0
    assert first.out == second.out
    for demo in demos():
        line = next(line for line in first.out.splitlines() if line.startswith(f"{demo.name} "))
        assert line.endswith(demo.shows)
    assert "`seedwatch scan OWNER/NAME ...`" in first.out
    assert f"They lie in {load_settings().data_dir / 'demo'}" in first.out
    shipped = snapshots.read(SNAPSHOT)
    assert len(shipped.entries) >= 150
    assert f"results over {len(shipped.entries)} public repositories, of {shipped.made_at:%Y-%m-%d}" in first.out
    with Store(load_settings().database_url) as store:
        assert store.funnel().scanned == len(shipped.entries) + len(demos())
        assert len(store.histories.followed()) == len(demos())
        assert {life.name for life in store.histories.lives()} >= {"night-drive", "street-crops", "flower-album"}
