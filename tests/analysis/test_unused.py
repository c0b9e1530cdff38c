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
        pytest.param({"flow/__init__.py": "from .data import (\n    Pairs,\n    fetch_loader,\n)\n"}, id="exported"),
        pytest.param(
            {"flow/__init__.py": "from .data import fetch_loader\n__all__ = [\n    'Pairs', 'fetch_loader',\n]\n"},
            id="exported_by_its_name",
        ),
        pytest.param(
            {"flow/fit.py": "from flow.data import fetch_loader\ndef fit():\n    return fetch_loader()\n"},
            id="called_by_what_nothing_calls",
        ),
        pytest.param(
            {
                "flow/fit.py": "from flow.data import fetch_loader\nclass Fit:\n    def run(self):\n"
                "        return fetch_loader()\n",
                "flow/__init__.py": "from flow.fit import Fit\n",
            },
            id="called_by_a_class_that_is_exported",
        ),
        pytest.param(
            {
                "fit.py": "import importlib\ndef named(text):\n    module, name = text.rsplit('.', 1)\n"
                "    return getattr(importlib.import_module(module, package=None), name)\n",
            },
            id="where_what_is_looked_up_is_named_in_settings",
        ),
        pytest.param(
            {
                "fit.py": "import importlib\nimport sys\nzoo = importlib.import_module(f'zoo.{sys.argv[1]}')\n"
                "found = getattr(zoo, 'addresses')\n",
            },
            id="where_something_else_is_looked_up",
        ),
    ],
)
def test_what_is_only_handed_on(check: Check, files: dict[str, str]) -> None:
    assert verdict(check, {"flow/data.py": COPIED, "train.py": OWN, **files}) == ("clean", "clean", False)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="where_nothing_makes_another"),
        pytest.param(
            {
                "train.py": OWN,
                "flow/fit.py": "from flow.data import fetch_loader\ndef fit():\n    fetch_loader()\n",
                "fit.py": "from flow.fit import fit\nif __name__ == '__main__':\n    fit()\n",
            },
            id="called_by_what_is_called",
        ),
        pytest.param(
            {
                "train.py": OWN,
                "flow/fit.py": "from flow.data import fetch_loader\ndef fit(rounds):\n    return round_of(rounds)\n"
                "def round_of(rounds):\n    fetch_loader()\n    return fit(rounds - 1)\n",
                "fit.py": "from flow.fit import fit\nfit(3)\n",
            },
            id="called_by_what_calls_each_other",
        ),
        pytest.param(
            {"train.py": OWN, "fit.py": "from flow.data import fetch_loader as fetch\nfetch()\n"},
            id="called_by_another_name",
        ),
        pytest.param(
            {"train.py": OWN, "flow/fit.py": "from flow.data import fetch_loader\nMAKERS = {'flow': fetch_loader}\n"},
            id="kept_in_a_table",
        ),
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
                "fit.py": "import importlib\nfound = importlib.import_module(input())\n"
                "getattr(found, 'fetch_' + input())()\n",
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
