"""Bringing a database's tables to this release, with Alembic, from wherever the program is installed."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from miner.store import derived
from miner.store.engine import create_engine_for, writing
from miner.store.errors import SchemaMismatch, StoreUnavailable

# Any number that no other program takes: processes that start together migrate one after the other.
_POSTGRES_LOCK = 0x5EED_3A7C


def upgrade(url: str) -> None:
    """Creates the tables, or brings them to this release, in one transaction; does nothing where they are.

    Raises StoreUnavailable, SchemaMismatch (the database is of a newer release).
    """
    engine = create_engine_for(url)
    try:
        with writing(engine).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})
            if current_revision(connection) != head_revision():
                _check_known(connection)
                command.upgrade(_config(connection), "head")
                derived.install(connection)
    except DBAPIError as error:
        raise StoreUnavailable(f"cannot migrate the database: {error.orig}") from error
    finally:
        engine.dispose()


def downgrade(url: str, revision: str) -> None:
    """Takes the tables back to those of an older release, in one transaction; what only newer ones hold is lost.

    `revision` is a migration's number, or `base` for no tables at all.

    Raises StoreUnavailable, SchemaMismatch (there is no such migration below this database's).
    """
    engine = create_engine_for(url)
    try:
        with writing(engine).begin() as connection:
            _check_known(connection)
            if revision != "base" and revision not in _below(current_revision(connection)):
                raise SchemaMismatch(f"the database cannot go back to {revision!r}: name a migration before its own")
            command.downgrade(_config(connection), revision)
    except DBAPIError as error:
        raise StoreUnavailable(f"cannot migrate the database: {error.orig}") from error
    finally:
        engine.dispose()


def check(connection: Connection) -> None:
    """Raises SchemaMismatch where the tables are not those of this release."""
    if current_revision(connection) != head_revision():
        raise SchemaMismatch("the database has the tables of another release; run `seedwatch migrate`")


def current_revision(connection: Connection) -> str | None:
    """The migration that the database is at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The newest migration of this release."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _below(current: str | None) -> set[str]:
    """The migrations that led to that one."""
    scripts = ScriptDirectory.from_config(_config())
    return {script.revision for script in scripts.iterate_revisions(current, "base")} - {current or ""}


def _check_known(connection: Connection) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    current = current_revision(connection)
    if current is not None and current not in known:
        raise SchemaMismatch("the database was made by a newer release of this program")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config
