"""Methods that nothing calls: what they would set an attribute to, it never is."""

import pytest

from .examples import BOTH, OLD_TORCH, TRAIN, Check

DATA = """
import numpy as np
class Noise:
    def __init__(self):
        self.rng = np.random
    def reseed(self, seed):
        self.rng = np.random.RandomState(seed)
    def __call__(self, value):
        return value + self.rng.normal()
class Set:
    def __init__(self):
        self.noise = Noise()
{method}
    def __getitem__(self, index):
        return self.noise(index)
"""


@pytest.mark.parametrize(
    ("method", "program"),
    [
        pytest.param("", TRAIN, id="nowhere"),
        pytest.param(
            "    def reseed(self, seed):\n        self.noise.reseed(seed)", TRAIN, id="by_another_of_the_name"
        ),
        pytest.param("", TRAIN + "reseed = 3\nprint(reseed)\n", id="a_name_of_its_own"),
    ],
)
def test_a_generator_that_only_an_uncalled_method_makes_is_none(check: Check, method: str, program: str) -> None:
    pairs = check({"data.py": DATA.format(method=method), "train.py": program}).pairs
    assert [(pair.draw_kind, (pair.legacy, pair.modern)) for pair in pairs] == [("global", OLD_TORCH)]


@pytest.mark.parametrize(
    ("method", "program"),
    [
        pytest.param("", "from data import Noise\nNoise().reseed(3)\n" + TRAIN, id="called"),
        pytest.param("    def start(self):\n        self.noise.reseed(3)", TRAIN, id="called_by_a_method"),
        pytest.param("", TRAIN + "getattr(Set().noise, 'reseed')(3)\n", id="named_by_a_text"),
        pytest.param("", TRAIN + "later = [Set().noise.reseed]\n", id="handed_on"),
    ],
)
def test_a_method_that_something_names_may_have_made_it(check: Check, method: str, program: str) -> None:
    pairs = check({"data.py": DATA.format(method=method), "train.py": program}).pairs
    assert BOTH in [(pair.legacy, pair.modern) for pair in pairs if pair.draw_kind == "instance"]


def test_a_name_that_is_put_together_may_be_any_methods(check: Check) -> None:
    chosen = "    def start(self, how):\n        getattr(self, f're{how}')(3)\n    def __call__"
    data = DATA.format(method="").replace("    def __call__", chosen)
    pairs = check({"data.py": data, "train.py": TRAIN}).pairs
    assert BOTH in [(pair.legacy, pair.modern) for pair in pairs if pair.draw_kind == "instance"]
