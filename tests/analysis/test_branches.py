"""Branches that each give a name a new value: what it was before cannot be seen after them."""

from json import dumps
from textwrap import dedent, indent

import pytest

from analysis.facts import ir
from analysis.facts.module import read_facts

from .examples import OLD_TORCH, Check

TWO_SETS = """
import sys
import numpy as np
from torch.utils.data import DataLoader, Dataset
class Noisy(Dataset):
    def __getitem__(self, index):
        return np.random.rand()
class Plain(Dataset):
    def __getitem__(self, index):
        return index
"""
LOADS = """
for batch in DataLoader(data, num_workers=2):
    pass
"""

HIDING = [
    pytest.param("if 'a' in note:\n    data = Plain()\nelse:\n    data = Plain()", id="if_else"),
    pytest.param(
        "if 'a' in note:\n    data = Plain()\nelif 'b' in note:\n    data = Plain()\nelse:\n    raise ValueError",
        id="raise",
    ),
    pytest.param("if 'a' in note:\n    data = Plain()\nelse:\n    sys.exit('what?')", id="exit"),
    pytest.param("if 'a' not in note:\n    exit()\nelse:\n    data, size = Plain(), 3", id="two_at_once"),
    pytest.param(
        "if 'a' in note:\n    data = Plain()\nelse:\n    if 'b' in note:\n        data = Plain()\n"
        "    else:\n        data = Plain()",
        id="nested",
    ),
    pytest.param("try:\n    data = Plain()\nexcept OSError:\n    data = Plain()", id="try"),
    pytest.param("try:\n    size = int(note)\nexcept ValueError:\n    raise\nelse:\n    data = Plain()", id="try_else"),
    pytest.param(
        "with open(note):\n    if 'a' in note:\n        data = Plain()\n    else:\n        data = Plain()", id="with"
    ),
]
LEAVING = [
    pytest.param("if 'a' in note:\n    data = Plain()\nelse:\n    size = 3", id="one_branch"),
    pytest.param("if 'a' in note:\n    data = Plain()\nelif 'b' in note:\n    data = Plain()", id="no_else"),
    pytest.param(
        "if 'a' in note:\n    for each in note:\n        data = Plain()\nelse:\n    data = Plain()", id="loop"
    ),
    pytest.param("try:\n    data = Plain()\nexcept OSError:\n    pass", id="try"),
    pytest.param("try:\n    size = int(note)\nexcept ValueError:\n    data = Plain()", id="handler"),
    pytest.param(
        "for each in note:\n    if each == 'a':\n        data = Plain()\n    else:\n        data = Plain()",
        id="in_a_loop",
    ),
    pytest.param(
        "for each in note:\n    if each == 'a':\n        break\n    else:\n        data = Plain()", id="break"
    ),
    pytest.param(
        "if 'a' in note:\n    data = Plain()\nelse:\n    def change():\n        data = Plain()", id="another_scope"
    ),
]


def programs(branches: str) -> list[str]:
    """The program at module level and in a function, and with the dataset as what a function is called with."""
    before, body = "note = sys.argv[1]\ndata = Noisy()\n", branches + LOADS
    handed = f"def main(data, note):\n{indent(body, '    ')}\nmain(Noisy(), sys.argv[1])\n"
    return [
        TWO_SETS + before + body,
        TWO_SETS + f"def main():\n{indent(before + body, '    ')}\nmain()\n",
        TWO_SETS + handed,
    ]


@pytest.mark.parametrize("branches", HIDING)
def test_what_every_branch_replaces_is_gone(check: Check, branches: str) -> None:
    for program in programs(branches):
        assert not check({"train.py": program}).pairs


@pytest.mark.parametrize("branches", LEAVING)
def test_what_a_way_leaves_alone_may_still_be_meant(check: Check, branches: str) -> None:
    for program in programs(branches):
        (pair,) = check({"train.py": program}).pairs
        assert (pair.legacy, pair.modern) == OLD_TORCH


def test_what_is_read_between_the_branches_is_what_was_before(check: Check) -> None:
    program = dedent("""
    def main(note):
        data = Noisy()
        if "a" in note:
            loader = DataLoader(data, num_workers=2)
            data = Plain()
        else:
            loader = DataLoader(data, num_workers=3)
            data = Plain()
        for batch in loader:
            print(batch, data)
    main(sys.argv[1])
    """)
    assert len(check({"train.py": TWO_SETS + program}).pairs) == 2


DECIDED = """
FEW = True
{before}
if {test}:
    data = {then}()
"""


@pytest.mark.parametrize(
    ("test", "before", "then", "drawn"),
    [
        pytest.param("FEW", "data = Noisy()", "Plain", 0, id="hides"),
        pytest.param("not FEW", "data = Noisy()", "Plain", 1, id="does_not_run"),
        pytest.param("not FEW", "data = Plain()", "Noisy", 0, id="never_made"),
        pytest.param("'a' in sys.argv", "data = Plain()", "Noisy", 1, id="either"),
        pytest.param("__name__ == '__main__'", "data = Plain()", "Noisy", 1, id="as_a_script"),
        pytest.param("outside.MANY", "import outside\ndata = Noisy()", "Plain", 1, id="constant_of_a_library"),
        pytest.param("outside.many", "import outside\ndata = Noisy()", "Plain", 0, id="function_of_a_library"),
    ],
)
@pytest.mark.parametrize("nested", [False, True], ids=["module", "function"])
def test_a_test_that_is_decided(check: Check, test: str, before: str, then: str, drawn: int, nested: bool) -> None:
    body = DECIDED.format(test=test, before=before, then=then) + LOADS
    program = f"def main():\n{indent(body, '    ')}\nmain()\n" if nested else body
    assert len(check({"train.py": TWO_SETS + program}).pairs) == drawn


FILLED = """
FEW = False
steps = {{"data": Plain()}}
if {test}:
    steps["data"] = Noisy()
loader = DataLoader(steps["data"], num_workers=2)
"""


@pytest.mark.parametrize(("test", "drawn"), [("FEW", 0), ("not FEW", 1), ("sys.argv", 1)])
@pytest.mark.parametrize("nested", [False, True], ids=["module", "function"])
def test_a_test_around_what_is_put_into_a_dict(check: Check, test: str, drawn: int, nested: bool) -> None:
    body = FILLED.format(test=test)
    program = f"def main():\n{indent(body, '    ')}\nmain()\n" if nested else body
    assert len(check({"train.py": TWO_SETS + program}).pairs) == drawn


FIRST_OF_ALL = """
first = True
for each in sys.argv:
    if {test}:
        data = Noisy()
        first = False
    else:
        data = Plain()
    for batch in DataLoader(data, num_workers=2):
        pass
"""


@pytest.mark.parametrize("nested", [False, True], ids=["module", "function"])
@pytest.mark.parametrize("test", ["first", "not first"])
def test_a_flag_that_a_loop_changes(check: Check, test: str, nested: bool) -> None:
    body = FIRST_OF_ALL.format(test=test)
    program = f"def main():\n{indent(body, '    ')}\nmain()\n" if nested else body
    assert len(check({"train.py": TWO_SETS + program}).pairs) == 1


WORKERS = """
FEW = False
workers = 0
if {test}:
    workers = 4
loader = DataLoader(Noisy(), num_workers=workers)
"""


@pytest.mark.parametrize(("test", "kind"), [("FEW", "zero"), ("not FEW", "literal"), ("sys.argv", "literal")])
@pytest.mark.parametrize("nested", [False, True], ids=["module", "function"])
def test_a_test_around_a_number_of_workers(check: Check, test: str, kind: str, nested: bool) -> None:
    body = WORKERS.format(test=test)
    program = f"def main():\n{indent(body, '    ')}\nmain()\n" if nested else body
    (pair,) = check({"train.py": TWO_SETS + program}).pairs
    assert pair.workers == kind


LEFT = """
import numpy as np
from torch.utils.data import DataLoader, Dataset
class Noisy(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        {first}
        return index + np.random.rand()
def load(size):
    data = Noisy()
    {then}
    return DataLoader(data, batch_size=size, num_workers=2)
loader = load(4)
"""


@pytest.mark.parametrize(
    ("first", "then", "drawn"),
    [
        ("index += 1", "size += 1", 1),
        ("return index", "size += 1", 0),
        ("raise ValueError(index)", "size += 1", 0),
        ("if index: return index", "size += 1", 1),
        ("index += 1", "return data", 0),
        ("index += 1", "if size > 8: return data", 1),
        ("index += 1", "while True: break", 1),
    ],
)
def test_nothing_behind_what_leaves_runs(check: Check, first: str, then: str, drawn: int) -> None:
    assert len(check({"train.py": LEFT.format(first=first, then=then)}).pairs) == drawn


def test_what_a_loop_leaves_before_is_not_drawn(check: Check) -> None:
    first = "for _ in range(4):\n            index += 1\n            continue\n            index += np.random.rand()"
    (pair,) = check({"train.py": LEFT.format(first=first, then="size += 1")}).pairs
    assert [draw.line for draw in pair.draws] == [12]


@pytest.mark.parametrize("leaving", ["return", "raise NotImplementedError"])
def test_a_yield_that_is_never_reached_makes_a_generator(check: Check, leaving: str) -> None:
    """What is drawn around the call of a generator that ends at once is drawn."""
    program = f"""
import numpy as np
from torch.utils.data import DataLoader, IterableDataset
class Endless(IterableDataset):
    def none(self):
        {leaving}
        yield np.random.normal()
    def __iter__(self):
        yield from self.none()
        yield np.random.rand()
loader = DataLoader(Endless(), num_workers=2)
"""
    (pair,) = check({"train.py": program}).pairs
    assert [draw.api for draw in pair.draws] == ["numpy.random.rand"]


@pytest.mark.parametrize(("never", "generator"), [("yield 1", True), ("def inner(): yield 1", False)])
def test_a_yield_of_a_function_within_is_its_own(never: str, generator: bool) -> None:
    (function,) = read_facts(f"def outer():\n    return 1\n    {never}\n".encode()).body.body
    assert isinstance(function, ir.FunctionDef)
    assert function.generator is generator


def test_a_cell_that_raises_does_not_end_a_notebook(check: Check) -> None:
    cells = [
        "import numpy as np\nfrom torch.utils.data import DataLoader, Dataset\n",
        "raise SystemExit('run the rest by hand')\n",
        "class Noisy(Dataset):\n    def __getitem__(self, index):\n        return np.random.rand()\n",
        "loader = DataLoader(Noisy(), num_workers=2)\n",
    ]
    notebook = {"cells": [{"cell_type": "code", "source": [cell]} for cell in cells]}
    assert len(check({"train.ipynb": dumps(notebook)}).pairs) == 1
