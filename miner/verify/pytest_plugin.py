"""For the tests of a training: `pytest_plugins = ["miner.verify.pytest_plugin"]`."""

from collections.abc import Callable
from typing import Any

import pytest

from miner.verify.watch import Watched, assert_fresh


@pytest.fixture
def fresh_numbers() -> Callable[..., list[Watched]]:
    """`fresh_numbers(loader, epochs=2)` fails where workers or epochs of a `DataLoader` draw the same numbers."""

    def watch(loader: Any, *, epochs: int = 2, batches: int | None = None) -> list[Watched]:
        return assert_fresh(loader, epochs=epochs, batches=batches)

    return watch
