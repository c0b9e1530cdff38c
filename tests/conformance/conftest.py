"""The runs under spawn and fork servers start an interpreter per worker: minutes, and only on demand."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "spawn: runs rows under spawn and fork servers (an hour or two; `-m spawn`)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "spawn" in config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("spawn")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("spawn")]
