"""What the end-to-end tests share: real processes, a real git server, a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.api.conftest import chromium
from tests.support.githttps import GitHttpsServer

# Chromium looks for updates and the like on its own, and refuses to run as root inside its sandbox.
_QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_QUIET += ["--disable-component-update", "--disable-sync", "--disable-quic"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=_QUIET)
        yield launched
        launched.close()


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[GitHttpsServer]:
    """A git server on loopback, without repositories yet."""
    for folder in ("served", "certificates"):
        (tmp_path / folder).mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path / "certificates") as server:
        yield server
