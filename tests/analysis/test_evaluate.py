"""The evaluation's work, and who can be a caller."""

from textwrap import dedent

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.evaluate.machine import STEPS_FOR_ONE_QUESTION
from analysis.link.imports import ImportGraph
from analysis.link.project import Project
from analysis.link.scopes import FunctionInfo
from analysis.link.seeding import SeedReader
from analysis.link.sources import Source
from analysis.link.values import CallArgs, Frame, FunctionValue, Mapping
from tests.support.trees import MemoryTree


def project_of(files: dict[str, str]) -> Project:
    return Project(MemoryTree({path: dedent(text).encode() for path, text in files.items()}))


def function_of(project: Project, path: str, name: str) -> FunctionInfo:
    module = project.module(path)
    assert module is not None
    return next(function for function in module.functions if function.name == name)


_KIND = """
    {word} isinstance(sample, Kind{number}):
        if sample.ndim == {number}:
            sample = widened(sample)
        if sample.contiguous:
            sample = np.ascontiguousarray(sample.transpose(2, 0, 1))
            sample = torch.tensor(sample)
        else:
            sample = torch.stack(sample.split(1))
"""


def formatting(kinds: int) -> tuple[Evaluator, FunctionInfo]:
    """A function that makes its sample anew, by its kind, behind tests of itself."""
    branches = "".join(
        _KIND.strip("\n").format(word="elif" if number else "if", number=number) + "\n" for number in range(kinds)
    )
    source = f"import numpy as np\nimport torch\n\ndef formatted(sample):\n{branches}    return sample\n"
    evaluator = Evaluator(project_of({"pack.py": source}))
    return evaluator, function_of(evaluator.project, "pack.py", "formatted")


def steps_for(kinds: int) -> int:
    """What it takes to say what such a function returns."""
    evaluator, function = formatting(kinds)
    assert evaluator.returned(function, evaluator.loose_frame(function))
    return evaluator.steps


def test_questions_that_lead_to_each_other_cost_no_power_of_their_number() -> None:
    few, many = steps_for(4), steps_for(12)
    assert many < few * 3**3


def test_what_one_question_took_in_vain_is_not_asked_again() -> None:
    evaluator, function = formatting(30)
    asked = FunctionValue(function, evaluator.module_frame(function.module))
    spent = []
    for _ in range(3):
        before = evaluator.steps
        evaluator.within(evaluator.call_function, asked, CallArgs(), False)
        spent.append(evaluator.steps - before)
    assert spent[0] >= STEPS_FOR_ONE_QUESTION
    assert spent[1:] == [0, 0]


def test_callers_of_a_common_name_are_those_that_import_it_in_some_way() -> None:
    others = {
        f"other{number}.py": "from theirs import build\n\ndef main():\n    return build('other')\n"
        for number in range(20)
    }
    ours = {
        "lib/__init__.py": "from .making import build\n",
        "lib/making.py": "def build(kind):\n    return kind\n",
        "train.py": "from lib import build\n\nbuilt = build('ours')\n",
        "again.py": "from train import *\n\nbuilt = build('again')\n",
    }
    evaluator = Evaluator(project_of({**others, **ours}))
    function = function_of(evaluator.project, "lib/making.py", "build")
    assert {frame.module.path for _, frame in evaluator.callers(function)} == {"train.py", "again.py"}


def test_a_file_is_led_to_by_what_imports_it_directly_or_not() -> None:
    graph = ImportGraph(
        project_of(
            {
                "pkg/__init__.py": "from .core import run\n",
                "pkg/core.py": "def run(): ...\n",
                "pkg/inner.py": "from . import run\n",
                "train.py": "from pkg import run\n",
                "notebook.ipynb": '{"cells": [{"cell_type": "code", "source": ["import train"]}]}',
                "alone.py": "import os\n",
            }
        )
    )
    leading = {"pkg/core.py", "pkg/__init__.py", "pkg/inner.py", "train.py", "notebook.ipynb"}
    assert graph.leading_to(frozenset({"pkg/core.py"})) == leading
    assert graph.leading_to(frozenset({"pkg/core.py"}), {"train.py"}) == leading - {"train.py", "notebook.ipynb"}


SETTINGS = """
from easydict import EasyDict
from run import name

def make(settings, name):
    settings.root = name
    if name == "all":
        for each in ("first", "second"):
            settings.name = each
            settings = make(settings, name)
    return settings

settings = EasyDict()
settings.root = "."
settings.name = "third"
made = make(settings, name)
"""


def test_what_a_function_sets_each_time_that_it_calls_itself_stands_once() -> None:
    evaluator = Evaluator(project_of({"run.py": "", "make.py": SETTINGS}))
    module = evaluator.project.module("make.py")
    assert module is not None
    made = [value for value in evaluator.lookup("made", evaluator.module_frame(module)) if isinstance(value, Mapping)]
    keys = [[key for key, _ in value.items] for value in made]
    assert keys
    assert all(len(each) == len(set(each)) for each in keys)


class CountingReader(SeedReader):
    """Counts what it looks at."""

    looked = 0

    def _sources(self, expr: ir.Expr, frame: Frame, deeper: int) -> frozenset[Source]:
        self.looked += 1
        return super()._sources(expr, frame, deeper)


def looks_for(branches: int) -> int:
    """What it takes to say what a seed is made of that one function hands on in so many branches."""
    source = "import sys\n\ndef taken(settings, name):\n    settings.name = name\n    return settings\n\n"
    source += "settings = {'seed': 3}\n"
    source += "".join(f"if sys.argv[{n}]:\n    settings = taken(settings, sys.argv[{n}])\n" for n in range(branches))
    source += "seed = settings['seed'] + 1\n"
    evaluator = Evaluator(project_of({"run.py": source}))
    module = evaluator.project.module("run.py")
    assert module is not None
    reader = CountingReader(evaluator)
    node = module.scope.bindings["seed"][0].node
    assert isinstance(node, ir.BinOp)
    assert reader.sources(node, evaluator.module_frame(module)) == {Source.CONSTANT}
    return reader.looked


def test_a_seed_that_one_function_hands_on_costs_no_power_of_the_times() -> None:
    few, many = looks_for(3), looks_for(9)
    assert many < few * 3**3
