"""Loaders that nothing in the repository makes do not count, where it makes others."""

from textwrap import dedent

import pytest

from .examples import OLD_TORCH, Check, counted

COPIED = """
import numpy as np
from torch.utils.data import DataLoader
class Pairs:
    def __getitem__(self, index):
        return np.random.rand()
def fetch_loader():
    return DataLoader(Pairs(), num_workers=4)
"""
OWN = """
import random
from torch.utils.data import DataLoader
class Set:
    def __getitem__(self, index):
        return random.random()
if __name__ == "__main__":
    for batch in DataLoader(Set(), num_workers=2):
        pass
"""


def verdict(check: Check, files: dict[str, str]) -> tuple[str, str, bool | None]:
    report = check({path: dedent(text).lstrip("\n") for path, text in files.items()})
    return report.legacy, report.modern, report.eligible


def test_a_factory_that_nothing_names(check: Check) -> None:
    report = check({"flow/data.py": COPIED, "train.py": OWN})
    assert (report.eligible, report.why_not_eligible) == (False, "draw_not_in_worker")
    assert not counted(report)
    (pair,) = report.pairs
    assert (pair.legacy, pair.modern) == OLD_TORCH
    assert pair.counts_why == "nothing in the repository calls what makes this loader"


def test_a_class_that_nothing_makes(check: Check) -> None:
    copied = COPIED.replace("def fetch_loader():", "class Feeder:\n  def loader(self):")
    assert verdict(check, {"flow/data.py": copied, "train.py": OWN}) == ("clean", "clean", False)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="where_nothing_makes_another"),
        pytest.param({"train.py": OWN, "fit.py": "from flow.data import fetch_loader\nfetch_loader()\n"}, id="called"),
        pytest.param({"train.py": OWN, "README.md": "Call `fetch_loader` to train."}, id="told_to_readers"),
        pytest.param(
            {"train.py": OWN, "setup.cfg": "console_scripts =\n  feed = flow.data:fetch_loader\n"}, id="script"
        ),
        pytest.param({"train.py": OWN, "c.yaml": "loader:\n  name: fetch_loader\n"}, id="named_by_a_setting"),
        pytest.param(
            {"train.py": OWN, "fit.py": "from flow import data\ngetattr(data, 'fetch_' + input())()\n"},
            id="looked_up_in_its_module",
        ),
        pytest.param(
            {
                "train.py": OWN,
                "fit.py": "import importlib\nfound = importlib.import_module(input())\ngetattr(found, input())()\n",
            },
            id="looked_up_in_some_module",
        ),
    ],
)
def test_what_may_be_made_counts(check: Check, files: dict[str, str]) -> None:
    assert verdict(check, {"flow/data.py": COPIED, **files}) == (*OLD_TORCH, True)


def test_what_is_decorated_is_called_by_others(check: Check) -> None:
    copied = COPIED.replace("def fetch_loader", "import click\n@click.command()\ndef fetch_loader")
    assert verdict(check, {"flow/data.py": copied, "train.py": OWN}) == (*OLD_TORCH, True)


def test_tests_are_run_by_name(check: Check) -> None:
    copied = COPIED.replace("fetch_loader", "test_loader")
    assert verdict(check, {"tests/test_data.py": copied, "train.py": OWN}) == (*OLD_TORCH, True)
