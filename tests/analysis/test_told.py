"""Seeds that run under a test: with the draws under the same test, and once for each process."""

import pytest

from .examples import CLEAN, OLD_TORCH, TRAIN, Check, Outcomes

DATA = """
import os
import time
import numpy as np
class Set:
    def __init__(self, moved=None, far=None, table=None):
        self.moved = moved
        self.far = far
        self.table = table
        self.ready = []
        if far is not None:
            self.table = [1, 2]
    def __getitem__(self, index):
        {seed}
            np.random.seed(time.time_ns() % 2**32)
        return self.made(index)
    def made(self, index):
        {draw}
            return np.random.rand()
        return index
    def turn(self):
        {turn}
"""
PROGRAM = """
import argparse
from torch.utils.data import DataLoader
from data import Set
parser = argparse.ArgumentParser()
parser.add_argument("--moved", type=int, default=1)
parser.add_argument("--far", type=int, default=4)
args = parser.parse_args()
for batch in DataLoader(Set(args.moved, args.far), num_workers=4):
    pass
"""


def outcomes_of(check: Check, seed: str, draw: str, turn: str = "pass") -> Outcomes:
    report = check({"data.py": DATA.format(seed=seed, draw=draw, turn=turn), "train.py": PROGRAM})
    assert report.eligible
    return report.legacy, report.modern


@pytest.mark.parametrize(
    ("seed", "draw"),
    [
        pytest.param("if self.moved:", "if self.moved:", id="same"),
        pytest.param("if self.moved:", "if self.moved and index > 4:", id="and_more"),
        pytest.param("if not self.moved:", "if not self.moved:", id="not"),
        pytest.param("if self.table is not None:", "if not (self.table is None):", id="nothing"),
        pytest.param("if self.far == 4:", "if index and self.far == 4:", id="number"),
        pytest.param("if self.moved and self.far:", "if self.far and self.moved:", id="both"),
        pytest.param("if self.moved:\n          if self.far:", "if self.far and self.moved:", id="inside"),
        pytest.param("if self.moved:\n            pass\n        else:", "if not self.moved:", id="otherwise"),
    ],
)
def test_a_seed_under_the_test_of_the_draw_runs_before_it(check: Check, seed: str, draw: str) -> None:
    assert outcomes_of(check, seed, draw) == CLEAN


@pytest.mark.parametrize(
    ("seed", "draw", "turn"),
    [
        pytest.param("if self.moved:", "if True:", "pass", id="always"),
        pytest.param("if self.moved:", "if self.far:", "pass", id="another"),
        pytest.param("if self.moved:", "if not self.moved:", "pass", id="the_other_way"),
        pytest.param("if self.far == 4:", "if self.far == 5:", "pass", id="another_number"),
        pytest.param("if self.far == 4:", "if self.far != 4:", "pass", id="no_such_number"),
        pytest.param("if self.moved and self.far:", "if self.moved:", "pass", id="half_of_it"),
        pytest.param("if self.moved or self.far:", "if self.moved or self.far:", "pass", id="either"),
        pytest.param("if self.moved:\n          if self.far:", "if self.far:", "pass", id="inside_another"),
        pytest.param("if self.moved:", "if self.moved:", "self.moved = not self.moved", id="changed_meanwhile"),
    ],
)
def test_a_seed_under_another_test_may_not_have_run(check: Check, seed: str, draw: str, turn: str) -> None:
    assert outcomes_of(check, seed, draw, turn) == OLD_TORCH


BY_PROCESS = """
import os
import numpy as np
class Set:
    def __init__(self):
        self.ready = {holder}
        self.seed = 0
    def __getitem__(self, index):
        {test}:
            {mark}
            np.random.seed(os.getpid())
        return np.random.rand()
"""


@pytest.mark.parametrize(
    ("test", "mark", "outcomes"),
    [
        pytest.param("if os.getpid() not in self.ready", "self.ready.append(os.getpid())", CLEAN, id="list"),
        pytest.param("if not os.getpid() in self.ready", "self.ready.add(os.getpid())", CLEAN, id="set"),
        pytest.param("if os.getpid() not in self.ready", "self.ready[os.getpid()] = True", CLEAN, id="dict"),
        pytest.param("if os.getpid() not in self.ready", "pass", OLD_TORCH, id="nobody_marked"),
        pytest.param("if os.getpid() in self.ready", "self.ready.append(0)", OLD_TORCH, id="those_that_are"),
        pytest.param("if index not in self.ready", "self.ready.append(index)", OLD_TORCH, id="samples"),
    ],
)
def test_a_seed_of_each_process_at_its_first_sample(check: Check, test: str, mark: str, outcomes: Outcomes) -> None:
    data = BY_PROCESS.format(test=test, mark=mark, holder="{}" if "[" in mark else "[]")
    report = check({"data.py": data, "train.py": TRAIN})
    assert (report.legacy, report.modern) == outcomes


SECTIONS = """
import numpy as np
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
class Noise:
    def __call__(self, image):
        return image + np.random.rand()
def settings():
    return {{"data": {{"root": "."}}, "loader": {{"batch_size": 2}}, "other": {{"root": "."}}}}
def made(told):
    {before}
    data = CIFAR10(**told["data"])
    {after}
    return DataLoader(data, num_workers=4, **told["loader"])
for batch in made(settings()):
    pass
"""


@pytest.mark.parametrize(
    ("before", "after", "draws"),
    [
        pytest.param('told["data"]["transform"] = Noise()', "pass", True, id="an_item"),
        pytest.param('told["data"].setdefault("transform", Noise())', "pass", True, id="a_default"),
        pytest.param('told["data"].update(transform=Noise())', "pass", True, id="more"),
        pytest.param('told["other"]["transform"] = Noise()', "pass", False, id="of_another_section"),
        pytest.param("pass", 'told["data"]["transform"] = Noise()', False, id="too_late"),
    ],
)
def test_what_is_put_into_a_section_of_settings(check: Check, before: str, after: str, draws: bool) -> None:
    assert check({"train.py": SECTIONS.format(before=before, after=after)}).eligible is draws
