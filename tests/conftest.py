"""What the tests of several rooms share: a new database for each test, on SQLite and on a real PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner.settings import PREFIX, Settings, load_settings
from miner.store import Store, upgrade
from tests.support import postgres

# Read before the settings of whoever runs the tests are taken away.
_NAMED_SERVER = os.environ.get("TEST_POSTGRES_URL")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the person who runs the tests reaches them, and nothing is written to that person's folders."""
    for name in [name for name in os.environ if name.startswith(PREFIX) or name == "GITHUB_TOKEN"]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SEEDWATCH_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("SEEDWATCH_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("SEEDWATCH_CONTACT", "tests@example.org")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL."""
    with postgres.server(_NAMED_SERVER) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new SQLite database, without tables."""
    return f"sqlite:///{tmp_path / 'seedwatch.db'}"


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new PostgreSQL database, without tables."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new database without tables; the test runs once on each kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with its tables, to be copied: making them takes longer than most tests do."""
    path = tmp_path_factory.mktemp("template") / "seedwatch.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The same on PostgreSQL. Nobody may be connected to it while it is copied."""
    with postgres.database(postgres_server) as url:
        upgrade(url)
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store; the test runs once on each kind of database."""
    opened: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return opened


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store, for tests that ask nothing of the database."""
    path = shutil.copy(sqlite_template, tmp_path / "seedwatch.db")
    with Store(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_server: str, postgres_template: str) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    with postgres.database(postgres_server, postgres_template) as url, Store(url) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation in the test's own folder, on SQLite, and as quick as it gets."""
    return load_settings().model_copy(
        update={
            "data_dir": tmp_path / "data",
            "cache_dir": tmp_path / "cache",
            "database_url": f"sqlite:///{tmp_path / 'seedwatch.db'}",
        }
    )
