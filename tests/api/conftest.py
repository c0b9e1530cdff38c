"""The service over a store with a repository of every kind, as a client in this process and as a real server."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from miner.settings import Settings
from miner.store import NewBatch, NewItem, RepositoryInfo, Store, feeding, items
from miner.store.histories import StoredHistory
from miner.store.items import Finished
from tests.api import samples
from tests.api.histories import HISTORY
from tests.miner.verify.samples import CONFIRMED
from tests.support import postgres


def app_over(url: str) -> FastAPI:
    """The service over the database at `url`."""
    return create_app(Settings(database_url=url))


@contextmanager
def client_over(url: str) -> Iterator[TestClient]:
    """A client of the service that sees its errors as a stranger does."""
    with TestClient(app_over(url), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def populated_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with a repository of every kind, to be copied."""
    path = tmp_path_factory.mktemp("populated") / "seedwatch.db"
    shutil.copy(sqlite_template, path)
    _populate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def populated_sqlite(populated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An SQLite database with a repository of every kind, for tests that only read."""
    return f"sqlite:///{shutil.copy(populated_template, tmp_path_factory.mktemp('copied') / 'seedwatch.db')}"


@pytest.fixture(scope="module")
def populated_postgres(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The same on PostgreSQL."""
    with postgres.database(postgres_server, postgres_template) as url:
        _populate(url)
        yield url


@pytest.fixture(scope="module")
def client(populated_sqlite: str) -> Iterator[TestClient]:
    """The populated service, on SQLite."""
    with client_over(populated_sqlite) as client:
        yield client


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def either_client(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """The populated service; the test runs once on each kind of database."""
    fixture = "populated_sqlite" if request.param == "sqlite" else "populated_postgres"
    with client_over(request.getfixturevalue(fixture)) as client:
        yield client


def _populate(url: str) -> None:
    with Store(url) as store:
        samples.populate(store)


@pytest.fixture
def empty_client(sqlite_store: Store) -> Iterator[TestClient]:
    """The service before anything was scanned."""
    with client_over(sqlite_store.url) as client:
        yield client


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of `app`, served by uvicorn on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.01)
    try:
        host, port = server.servers[0].sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def served(populated_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server over a store with every kind of repository, hostile ones too."""
    url = f"sqlite:///{shutil.copy(populated_template, tmp_path_factory.mktemp('served') / 'seedwatch.db')}"
    with Store(url) as store:
        samples.add_hostile(store)
        followed = store.get_repository("github.com", "north-lab", "crops")
        assert followed is not None
        store.histories.save(followed.id, StoredHistory(HISTORY, 1.0, datetime(2026, 11, 1, tzinfo=UTC)))
        scan = store.get_scan(followed.id)
        assert scan is not None
        store.verifications.save(scan.id, {0: CONFIRMED})
        _make_batch(store)
    with serving(app_over(url)) as address:
        yield address


def _make_batch(store: Store) -> None:
    """A batch that has ended, one repository of which was not to be had."""
    named = [NewItem(name, RepositoryInfo("o", name)) for name in ("here", "away")]
    batch_id, now = store.batches.create(named, NewBatch("scan", "two", "test")), datetime.now(UTC)
    reason = "the address of github.com cannot be found: is there a network, and is the name right?"
    with store.changing() as session:
        here, away = feeding.waiting(session, batch_id, len(named))
        feeding.carry(session, [here, away], "job")
        items.begin(session, [here, away], "job", now)
        changed = Finished(here, "scanned", None, verdict_before="affected", verdict="mitigated")
        items.finish(session, [changed, Finished(away, "failed", reason)], now)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Closed with the module, since Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield launched
        launched.close()


def chromium() -> Path:
    """The system's Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise FileNotFoundError("The browser tests need Chromium: `make test` installs it, or `apt-get install chromium`.")
