"""A git server over HTTPS, for the tests that fetch."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.githttps import GitHttpsServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttpsServer]:
    """It serves the repositories below `served`."""
    (tmp_path / "served").mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path) as running:
        yield running
