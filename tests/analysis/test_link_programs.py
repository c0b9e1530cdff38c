"""What is a program, what it runs, and what it seeds through every way of saying so."""

from textwrap import dedent

import pytest

from analysis.checks.uses import Uses
from analysis.engine import analyse
from analysis.link.evaluate import Evaluator
from analysis.link.imports import ImportGraph
from analysis.link.programs import Programs
from analysis.link.project import Project
from tests.support.trees import MemoryTree


def project_of(files: dict[str, str]) -> Project:
    return Project(MemoryTree({path: dedent(text).encode() for path, text in files.items()}))


def programs_of(files: dict[str, str]) -> dict[str, set[str]]:
    project = project_of(files)
    return {program.main: set(program.files) for program in Programs(ImportGraph(project), project.sources)}


class TestPrograms:
    def test_a_guarded_script_with_what_it_imports(self) -> None:
        found = programs_of(
            {
                "train.py": "from pkg import a\nif __name__ == '__main__':\n    a.run()\n",
                "pkg/__init__.py": "",
                "pkg/a.py": "from .b import (\n    c,  # a remark\n    d as e,\n)\n",
                "pkg/b.py": "def c(): ...\n",
                "pkg/unused.py": "",
            }
        )
        assert found == {"train.py": {"train.py", "pkg/__init__.py", "pkg/a.py", "pkg/b.py"}}

    def test_a_script_without_a_guard_that_nobody_imports(self) -> None:
        assert programs_of({"run.py": "import lib\nlib.go()\n", "lib.py": "def go(): ...\n"}) == {
            "run.py": {"run.py", "lib.py"}
        }

    @pytest.mark.parametrize(
        "source",
        [
            "class A:\n    pass\n",
            "import os\nX = 1\n",
            "'''Words (and more).'''\n",
            "try:\n    import a\nexcept ImportError:\n    a = None\n",
        ],
    )
    def test_a_library_is_none(self, source: str) -> None:
        assert programs_of({"lib.py": source}) == {}

    def test_a_module_that_tries_itself_out_is_none_where_others_import_it(self) -> None:
        found = programs_of(
            {
                "data.py": "class Set: ...\nif __name__ == '__main__':\n    print(Set())\n",
                "train.py": "import data\nif __name__ == '__main__':\n    data.Set()\n",
            }
        )
        assert set(found) == {"train.py"}

    def test_a_module_that_others_import_may_be_one_as_well(self) -> None:
        found = programs_of(
            {
                "train.py": "def main(): ...\nif __name__ == '__main__':\n    main()\n",
                "search.py": "import train\nif __name__ == '__main__':\n    train.main()\n",
            }
        )
        assert set(found) == {"train.py", "search.py"}

    def test_each_notebook_is_one(self) -> None:
        book = '{"cells": [{"cell_type": "code", "source": "import lib\\nlib.go()"}]}'
        assert programs_of({"a.ipynb": book, "lib.py": "def go(): ...\n"}) == {"a.ipynb": {"a.ipynb", "lib.py"}}

    @pytest.mark.parametrize("path", ["setup.py", "tests/test_a.py", "docs/conf.py"])
    def test_tests_and_files_of_tools_are_none(self, path: str) -> None:
        assert programs_of({path: "import lib\nlib.go()\n"}) == {}

    def test_circles_of_imports_end(self) -> None:
        found = programs_of({"a.py": "import b\nb.go()\n", "b.py": "import a\ndef go(): ...\n"})
        assert found == {"a.py": {"a.py", "b.py"}}


ALIASES = [
    "import torch\ntorch.manual_seed(0)",
    "import torch as th\nth.manual_seed(0)",
    "from torch import manual_seed\nmanual_seed(0)",
    "from torch import manual_seed as plant\nplant(0)",
    "import torch\nplant = torch.manual_seed\nplant(0)",
    "import torch.random\ntorch.random.manual_seed(0)",
    "from torch import random as r\nr.manual_seed(0)",
    "import torch\ndef f():\n    t = torch\n    t.manual_seed(0)",
    "from common import torch\ntorch.manual_seed(0)",
    "from common import *\ntorch.manual_seed(0)",
    "import common\ncommon.torch.manual_seed(0)",
    "import torch\nif torch.manual_seed(0): pass",
    "import torch\ng = lambda: torch.manual_seed(0)",
]


@pytest.mark.parametrize("source", ALIASES)
def test_a_call_is_known_through_every_alias(source: str) -> None:
    project = project_of({"main.py": source + "\n", "common.py": "import torch\n"})
    uses = Uses(Evaluator(project)).of(("torch.manual_seed", "torch.random.manual_seed"))
    assert [use.line for use in uses] == [source.count("\n", 0, source.rindex("(0)")) + 1]


@pytest.mark.parametrize(
    "source",
    [
        "def manual_seed(n): ...\nmanual_seed(0)",
        "from mine import torch\ntorch.manual_seed(0)",
        "def f(torch):\n    torch.manual_seed(0)",
        "class A:\n    def f(self):\n        self.torch.manual_seed(0)",
        "# torch.manual_seed(0)",
        "x = 'torch.manual_seed(0)'",
    ],
)
def test_what_only_looks_like_it_is_not(source: str) -> None:
    project = project_of({"main.py": source + "\n", "mine.py": "class torch: ...\n"})
    assert list(Uses(Evaluator(project)).of(("torch.manual_seed",))) == []


SEEDED = """
import random
from torch import nn
{before}
random.seed(0)
{seeds}
nn.Linear(2, 2)(3).backward()
"""


@pytest.mark.parametrize(
    ("before", "seeds", "fires"),
    [
        ("", "", True),
        ("import torch", "torch.manual_seed(0)", False),
        ("import torch", "torch.manual_seed(time())", False),
        ("import torch", "torch.cuda.manual_seed_all(0)", True),
        ("import torch", "torch.Generator().manual_seed(0)", True),
        ("from accelerate.utils import set_seed", "set_seed(0)", False),
        ("from of_somebody import set_seed", "set_seed(0)", False),
        ("import torch\ndef everything():\n    torch.manual_seed(0)", "", True),
        ("import torch\ndef everything():\n    torch.manual_seed(0)", "everything()", False),
        ("import torch\ndef worker_init_fn(i):\n    torch.manual_seed(i)", "worker_init_fn(0)", True),
        ("import torch\ndef main_worker(gpu):\n    torch.manual_seed(0)", "spawn(main_worker)", False),
        ("import torch\ndef plant(i):\n    torch.manual_seed(i)", "DataLoader([], worker_init_fn=plant)", True),
        ("import torch\nclass A:\n    def __init__(self):\n        torch.manual_seed(0)", "A()", False),
        ("import torch\nclass A:\n    def plant(self):\n        torch.manual_seed(0)", "A().plant()", False),
        ("import torch\nclass A:\n    def plant(self):\n        torch.manual_seed(0)", "A()", True),
    ],
)
def test_what_seeds_torch_for_a_program(check, before: str, seeds: str, fires: bool) -> None:
    report = check({"main.py": SEEDED.format(before=before, seeds=seeds)})
    assert ("RP101" in {finding.code for finding in report.checks}) == fires


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        (("RP",), (), {"RP101", "RP108"}),
        (("RP101",), (), {"RP101"}),
        (("RP",), ("RP101",), {"RP108"}),
        (("RP101",), ("RP",), {"RP101"}),
        (("RP",), ("RP10",), set()),
        ((), (), set()),
    ],
)
def test_checks_can_be_switched_off(select, ignore, codes) -> None:
    source = SEEDED.format(
        before="from torch.backends import cudnn", seeds="cudnn.deterministic = cudnn.benchmark = True"
    )
    report = analyse(MemoryTree({"main.py": source.encode()}), select=select, ignore=ignore)
    assert {finding.code for finding in report.checks} == codes


def test_a_fault_of_one_program_is_not_another_s(check) -> None:
    report = check(
        {
            "seeds.py": "import random\ndef fix():\n    random.seed(0)\n",
            "net.py": "from torch import nn\nclass Net(nn.Module):\n    def __init__(self):\n        nn.Linear(1, 1)\n",
            "good.py": "import torch\nimport seeds, net\nseeds.fix()\ntorch.manual_seed(0)\nnet.Net().backward()\n",
            "bad.py": "import seeds, net\nseeds.fix()\nnet.Net().backward()\n",
        }
    )
    assert [(finding.code, finding.program, finding.path) for finding in report.checks] == [
        ("RP101", "bad.py", "seeds.py")
    ]
