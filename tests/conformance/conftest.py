"""What takes more than the tests' own interpreter, or long, runs only on demand."""

import pytest

ON_DEMAND = {
    "spawn": "runs rows under spawn and fork servers: an interpreter per worker, an hour or two (`-m spawn`)",
    "old_torch": "runs rows under the PyTorch 1.8.1 of the interpreter OLD_PYTHON: minutes (`-m old_torch`)",
}


def pytest_configure(config: pytest.Config) -> None:
    for name, text in ON_DEMAND.items():
        config.addinivalue_line("markers", f"{name}: {text}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = config.getoption("markexpr")
    left_out = [
        item for item in items if any(item.get_closest_marker(name) and name not in asked for name in ON_DEMAND)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
