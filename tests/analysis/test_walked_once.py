"""What was followed already is not followed again, and is told apart from what only looks like it."""

from pathlib import Path
from textwrap import dedent

import pytest

from analysis.engine import look
from analysis.link.modulecache import ModuleCache
from miner.factscache import FactsFile
from tests.support.trees import MemoryTree

from .examples import CLEAN, OLD_TORCH, TRAIN, Check, Example, Outcomes, assert_as_marked, each

MADE_BY_ONE_CALL = """
import numpy as np
class Shift:
    def __init__(self, noisy, parts=()):
        self.noisy = noisy
        self.parts = parts
    def __call__(self, image):
        for part in self.parts:
            image = part(image)
        if self.noisy:
            return image + np.random.rand()
        return image
def make(noisy, parts=()):
    return Shift(noisy, parts)
class Set:
    def __init__(self):
        self.first = {first}
        self.second = {second}
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.first(self.second(index))
"""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param("make(False)", "make(False)", CLEAN, id="alike"),
        pytest.param("make(False)", "make(True)", OLD_TORCH, id="by_a_constant"),
        pytest.param("make(True)", "make(False)", OLD_TORCH, id="by_a_constant_the_other_way_round"),
        pytest.param("make(0)", "make(True)", OLD_TORCH, id="by_a_number"),
        pytest.param("make(False, [])", "make(False, [make(True)])", OLD_TORCH, id="by_an_object_within"),
        pytest.param("make(False, [make(False)] * 1)", "make(False, [make(False)])", CLEAN, id="alike_within"),
        pytest.param(
            "make(False, [[make(False), make(False)][0]])",
            "make(False, [[make(False), make(True)][1]])",
            OLD_TORCH,
            id="by_an_element",
        ),
    ],
)
def test_objects_of_one_call_are_told_apart_by_what_they_are_made_of(
    check: Check, first: str, second: str, expected: Outcomes
) -> None:
    report = check({"data.py": MADE_BY_ONE_CALL.format(first=first, second=second), "train.py": TRAIN})
    found = {(pair.legacy, pair.modern) for pair in report.pairs if pair.counts}
    assert found == (set() if expected == CLEAN else {expected})


@each(
    Example(
        "one_is_given_another_transform_once_it_is_made",
        {
            "data.py": MADE_BY_ONE_CALL.format(first="make(False)", second="make(False)")
            + """
def noise(image):
    return image + np.random.rand()  # DRAW
def dataset():
    return Set()
""",
            "train.py": """
from torch.utils.data import DataLoader
from data import dataset, make, noise
def loaders():
    plain = dataset()
    plain.first = make(False)
    quiet = DataLoader(plain, num_workers=4)
    other = dataset()
    other.first = noise_of()
    loud = DataLoader(other, num_workers=4)  # LOADER
    return quiet, loud
def noise_of():
    return noise
for batch in loaders()[1]:
    pass
""",
        },
    ),
    Example(
        "steps_that_lead_back_to_each_other",
        {
            "data.py": """
import numpy as np
class Chain:
    def __init__(self, steps):
        self.steps = steps
    def __call__(self, image, depth=0):
        for step in self.steps:
            image = step(image, self, depth)
        return image
class Again:
    def __call__(self, image, chain, depth):
        return chain(image, depth + 1) if depth < 3 else image
class Both:
    def __call__(self, image, chain, depth):
        image = chain(image, depth + 1) if depth < 3 else image
        return image + np.random.rand()  # DRAW
class Set:
    def __init__(self):
        self.chain = Chain([Again(), Both(), Again()])
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.chain(index)
""",
            "train.py": TRAIN,
        },
    ),
    Example(
        "what_leads_back_draws_again_once_it_is_seeded_no_more",
        {
            "data.py": """
import numpy as np
class Tree:
    def sample(self, index, depth):
        if depth > 2:
            return index
        return self.branch(index, depth)
    def branch(self, index, depth):
        return self.sample(index, depth + 1) + np.random.rand()  # DRAW
class Set:
    def __init__(self):
        self.tree = Tree()
    def __len__(self):
        return 8
    def __getitem__(self, index):
        first = self.tree.sample(index, 0)
        np.random.seed(index)
        return first + self.tree.sample(index, 0)
""",
            "train.py": TRAIN,
        },
    ),
)
def test_what_is_entered_again(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BOXES = """
import numpy as np
class Boxes:
    def __init__(self, rows, size):
        self.rows = rows
        self.size = size
    def __getitem__(self, item):
        kept = Boxes(self.rows[item], self.size)
        for name, row in self.rows.items():
            kept.add(name, row[item])
        return kept
    def clip(self):
        return self[self.keep()]
    def keep(self):
        return self.rows > 0
    def add(self, name, row):
        self.rows[name] = row
    def crop(self, box):
        return Boxes(self.clip()[box].clip().rows, self.size).clip()
class Set:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        boxes = Boxes({}, 4)
        boxes = boxes.clip().crop(0).clip()[1:][::2].crop(1)
        for number in range(4):
            boxes = boxes[number].crop(boxes[::2].keep())
        return boxes.clip().crop(index + np.random.rand())
"""
SIGNALS = """
import numpy as np
ALL = []
class Signal:
    def __init__(self, level):
        self.level = level
    def __call__(self, data):
        for other in ALL:
            data = other(data) if data[0] > self.level else data
        return data
class Noise(Signal):
    def __call__(self, data):
        return super().__call__(data) + np.random.rand()
ALL = [Signal(0), Signal(1), Noise(2), Signal(3), Noise(4), Signal(5), Noise(6), Signal(7), Noise(8), Noise(9)]
class Set:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return ALL[0]([index])
"""


@pytest.mark.parametrize(
    ("data", "most"),
    [
        pytest.param(BOXES, 700, id="objects_that_make_others_like_themselves"),
        pytest.param(SIGNALS, 15_000, id="objects_made_of_each_other"),
    ],
)
def test_what_is_alike_is_not_followed_without_an_end(tmp_path: Path, data: str, most: int) -> None:
    tree = MemoryTree({"data.py": dedent(data).encode(), "train.py": TRAIN.encode()})
    report, expressions = look(tree, facts=FactsFile(tmp_path / "facts.sqlite"), modules=ModuleCache())
    assert report.eligible
    assert expressions < most
