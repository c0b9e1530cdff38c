"""Migrations lead to the tables that the program expects, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from miner.store import NewBatch, NewItem, SchemaMismatch, Store, StoreUnavailable, downgrade, items, upgrade
from miner.store.items import Finished
from miner.store.models import Base

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
WHERE_IT_CAN_BE = "ix_listings_text"
"""An index that only a PostgreSQL with `pg_trgm` has, so that no model names it."""


def _differences(session: Session) -> list[Any]:
    asked = {"include_object": lambda _object, name, *_: name != WHERE_IT_CAN_BE}
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
