"""Migrations lead to the tables that the program expects, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from analysis.report import SeedUse
from miner.store import (
    FoundScan,
    NewBatch,
    NewItem,
    RepositoryInfo,
    SchemaMismatch,
    Store,
    StoreUnavailable,
    downgrade,
    items,
    upgrade,
)
from miner.store.items import Finished
from miner.store.models import Base, ListingRow, ScanRow
from tests.support import reports

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ON_POSTGRESQL = {"ix_listings_text", "ix_listings_year", "ix_listings_why_not_eligible", "ix_listings_pushed_at"}
"""Indexes that only PostgreSQL has, the first only with `pg_trgm`, so that no model names them."""


def _differences(session: Session) -> list[Any]:
    asked = {"include_object": lambda _object, name, *_: name not in ON_POSTGRESQL}
    found: list[Any] = compare_metadata(MigrationContext.configure(session.connection(), opts=asked), Base.metadata)
    return found


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_migrations_and_models_agree(store: Store) -> None:
    with store.reading() as session:
        assert _differences(session) == []


def test_upgrading_again_changes_nothing(store: Store) -> None:
    upgrade(store.url)
    store.check()


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_every_migration_can_be_taken_back_and_made_again(store: Store) -> None:
    batch_id = store.batches.create(
        [NewItem("/a", None), NewItem("/b", None)], NewBatch("scan", "two", "test"), key="k"
    )
    with store.changing() as session:
        items.finish(session, [Finished(1, "failed", "no git repository")], NOW)
    downgrade(store.url, "0002")
    with store.reading() as session:
        assert session.execute(text("SELECT id, targets_key, state, total FROM runs")).all() == [(1, "k", "stopped", 2)]
        kept = session.execute(text("SELECT target, state, reason FROM run_items ORDER BY position"))
        assert kept.all() == [("/a", "failed", "no git repository"), ("/b", "queued", None)]
    upgrade(store.url)
    again = store.batches.get(batch_id)
    assert (again.state, again.by_state) == ("paused", {"failed": 1, "queued": 1})
    downgrade(store.url, "base")
    with store.reading() as session:
        left = set(inspect(session.connection()).get_table_names()) - {"alembic_version"}
    assert left == set()
    upgrade(store.url)
    with store.reading() as session:
        assert _differences(session) == []


def test_what_scans_say_of_seeds_and_time_is_filled_in(store: Store) -> None:
    seeds = {
        "none": [],
        "one": [("torch.manual_seed", 1, False), ("numpy.random.seed", 2, False)],
        "loops": [("random.seed", 1, True), ("torch.seed", 1, False), ("numpy.random.seed", 1, False)],
        "script": [("--seed", 1, False), ("--seed", 2, False)],
    }
    store.upsert_found([RepositoryInfo("o", name) for name in seeds], source="test")
    for place, (name, uses) in enumerate(seeds.items()):
        repository = store.get_repository("github.com", "o", name)
        assert repository is not None
        found = [SeedUse(value=value, api=api, path="t.py", line=1, looped=looped) for api, value, looped in uses]
        for commit in "ab"[: 1 + place % 2]:
            report = reports.report(repo=f"o/{name}", commit=commit * 40, seeds=found)
            store.save_scan(repository.id, FoundScan(report=report, finished_at=NOW))
    columns = (ScanRow.id, ScanRow.seed_runs, ScanRow.seeded, ScanRow.stands_until)

    def told() -> list[Any]:
        with store.reading() as session:
            listed = session.execute(select(ListingRow.seed_runs, ListingRow.seeded).order_by(ListingRow.repository_id))
            return [*session.execute(select(*columns).order_by(ScanRow.id)), *listed]

    before = told()
    assert [row[:2] for row in before[-4:]] == [
        ("none", "nothing"),
        ("one", "numpy and torch"),
        ("many", "everything"),
        ("many", "nothing"),
    ]
    downgrade(store.url, "0018")
    upgrade(store.url)
    assert told() == before


def test_what_is_not_below_cannot_be_gone_back_to(sqlite_store: Store) -> None:
    with pytest.raises(SchemaMismatch, match="name a migration"):
        downgrade(sqlite_store.url, "9998")


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for started in [pool.submit(upgrade, database_url) for _ in range(4)]:
            started.result()
    with Store(database_url) as store:
        store.check()


def test_a_database_without_tables_is_not_served(database_url: str) -> None:
    with Store(database_url) as store, pytest.raises(SchemaMismatch, match="seedwatch migrate"):
        store.check()


def test_a_database_of_a_newer_release_is_left_alone(store: Store) -> None:
    with store.changing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="newer"):
        upgrade(store.url)


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql+asyncpg://localhost/x"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        Store(url)


def test_a_database_that_is_away_is_one_clear_error() -> None:
    with (
        Store("postgresql://nobody:secret@127.0.0.1:1/none") as store,
        pytest.raises(StoreUnavailable) as caught,
    ):
        store.check()
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_one_clear_error(sqlite_url: str) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).write_text("not a database, but long enough to look like one" * 50)
    with Store(sqlite_url) as store, pytest.raises(StoreUnavailable):
        store.check()
    with pytest.raises(StoreUnavailable):
        upgrade(sqlite_url)


def test_sqlite_is_set_up_for_readers_beside_a_writer(sqlite_store: Store) -> None:
    with sqlite_store.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
