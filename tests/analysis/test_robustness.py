"""Any bytes give a report, the same bytes the same one, and a program that is written otherwise the same verdict."""

import gc
import json
import subprocess
import sys
import tracemalloc
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.checks.base import Example
from analysis.checks.registry import all_checks
from analysis.engine import analyse
from analysis.facts.source import LARGEST_SOURCE
from analysis.link.scopes import Module
from analysis.link.values import Frame
from analysis.report import Report
from tests.analysis.test_checks import sources
from tests.conformance.table import ROWS_FOLDER
from tests.support.rewritten import REWRITINGS
from tests.support.trees import Files, MemoryTree, moved_down, mutated, renamed, split_in_two

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
PROGRAMS = {path.stem: path.read_text("utf-8") for path in sorted(ROWS_FOLDER.glob("*.py"))}
EXAMPLES = [pytest.param(e, id=f"{c.code}-{e.title}") for c in all_checks() for e in (*c.flagged, *c.passed)]
SEEDS_OF_MUTATION = 250
"""Mutants in an ordinary run; `make test-long` takes twenty times as many."""


def report_of(files: Files) -> Report:
    report = analyse(MemoryTree(files))
    assert Report.model_validate_json(report.to_json()) == report
    return report


def gist(report: Report) -> object:
    """What a report says, without where."""
    pairs = Counter((p.code, p.legacy, p.modern, p.draw_kind, p.reseed, p.workers, p.counts) for p in report.pairs)
    checks = Counter(finding.code for finding in report.checks)
    seeds = Counter((seed.value, seed.api) for seed in report.seeds)
    return report.eligible, report.legacy, report.modern, report.verdict, pairs, checks, seeds, report.seed_runs


def of_program(source: str) -> Report:
    return report_of({"main.py": source.encode()})


def verdict(report: Report) -> object:
    return report.eligible, report.legacy, report.modern, report.why_not_eligible


class TestAnyBytes:
    @QUICK
    @given(st.binary(max_size=400), st.sampled_from(["a.py", "a.ipynb", "setup.py", "conf.yaml", "requirements.txt"]))
    def test_bytes(self, data: bytes, name: str) -> None:
        report_of({name: data, "main.py": b"import torch\n"})

    @QUICK
    @given(st.text(alphabet="()[]{}:=,.*@\n\t #'\"\\abc01", max_size=200))
    def test_text_that_looks_like_code(self, text: str) -> None:
        report_of({"a.py": text.encode()})

    @QUICK
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
            max_leaves=12,
        ),
        st.sampled_from(["cells", "worksheets", "source", "other"]),
    )
    def test_notebooks_that_are_not(self, value: object, key: str) -> None:
        report_of({"a.ipynb": json.dumps({key: value}).encode()})
        report_of({"a.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": value}]}).encode()})

    @pytest.mark.parametrize("key", [r"\ud800", r"a\udfff", r"\U0001f600", r"\N{BULLET}", "a"])
    def test_halves_of_surrogate_pairs(self, key: str) -> None:
        program = f"""
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            WORKERS = {{"{key}": 4}}

            class Noise(Dataset):
                def __getitem__(self, index):
                    return self.named("{key}", np.random.rand())

            def main(sort="{key}"):
                print(f"{key}{{sort}}")
                for batch in DataLoader(Noise(), num_workers=WORKERS["{key}"]):
                    pass

            main()
        """
        setup = f'from setuptools import setup\nsetup(name="{key}", install_requires=["torch>=1.9", "torch{key}"])'
        (pair,) = report_of({"main.py": dedent(program).encode(), "setup.py": setup.encode()}).pairs
        assert (pair.legacy, pair.modern, pair.workers_value) == ("duplicate", "clean", 4)

    def test_mutants_of_programs(self) -> None:
        names = sorted(PROGRAMS)
        for seed in range(SEEDS_OF_MUTATION):
            source = PROGRAMS[names[seed % len(names)]].encode()
            report_of({"main.py": mutated(source, seed), "other.py": mutated(source, seed + 1)})

    @pytest.mark.long
    def test_many_mutants_of_programs(self) -> None:
        names = sorted(PROGRAMS)
        for seed in range(SEEDS_OF_MUTATION, 21 * SEEDS_OF_MUTATION):
            source = PROGRAMS[names[seed % len(names)]].encode()
            report_of({"main.py": mutated(source, seed, changes=12)})


class TestTheSameBytes:
    @pytest.mark.parametrize("name", sorted(PROGRAMS)[::8])
    def test_give_the_same_report_in_whatever_order_files_come(self, name: str) -> None:
        files = {f"{letter}/main.py": PROGRAMS[name].encode() for letter in "cab"}
        first = report_of(files).to_json()
        assert report_of(dict(reversed(files.items()))).to_json() == first
        assert report_of(files).to_json() == first


@pytest.mark.parametrize("name", sorted(PROGRAMS))
class TestProgramsWrittenOtherwise:
    def test_names_do_not_matter(self, name: str) -> None:
        assert gist(of_program(renamed(PROGRAMS[name]))) == gist(of_program(PROGRAMS[name]))

    def test_lines_do_not_matter(self, name: str) -> None:
        before, after = of_program(PROGRAMS[name]), of_program(moved_down(PROGRAMS[name], 7))
        assert gist(after) == gist(before)
        assert [pair.id for pair in after.pairs] == [pair.id for pair in before.pairs]
        assert [finding.id for finding in after.checks] == [finding.id for finding in before.checks]

    def test_files_do_not_matter(self, name: str) -> None:
        parts = split_in_two(PROGRAMS[name])
        if parts is not None:
            split = report_of({path: text.encode() for path, text in parts.items()})
            assert gist(split) == gist(of_program(PROGRAMS[name]))


@pytest.mark.parametrize("example", EXAMPLES)
def test_checks_fire_whatever_names_are_and_wherever_lines_stand(example: Example) -> None:
    files = sources(example)
    before = gist(report_of({path: text.encode() for path, text in files.items()}))
    lower = {path: moved_down(text, 5) if path.endswith(".py") else text for path, text in files.items()}
    assert gist(report_of({path: text.encode() for path, text in lower.items()})) == before
    if len([path for path in files if path.endswith(".py")]) == 1:
        other = {path: renamed(text) if path.endswith(".py") else text for path, text in files.items()}
        assert gist(report_of({path: text.encode() for path, text in other.items()})) == before


def test_nothing_was_left_out_of_the_programs() -> None:
    assert len(PROGRAMS) == len(list(Path(ROWS_FOLDER).glob("*.py"))) > 90
    assert sum(split_in_two(source) is not None for source in PROGRAMS.values()) > 60


CHAIN = 4_000
LOADED = "import importlib\nfrom torch.utils.data import DataLoader\nname = input()\n"
TAKEN = "DataLoader(module.Set(), num_workers=2)\n"
GROWING = f"""{LOADED}
def grow():
    global name
    name = name + "a"
    module = importlib.import_module("package." + name + ".sets")
    {TAKEN}
grow()
"""


@pytest.mark.parametrize(
    "source",
    [
        "import random, torch\n"
        + "".join(f"def f{n}(): f{n + 1}()\n" for n in range(CHAIN))
        + f"def f{CHAIN}(): random.seed(0)\nf0()\n",
        "import torch, random\nrandom.seed("
        + "+".join(["a"] * CHAIN)
        + ")\nrandom.seed("
        + "+".join(["a"] * CHAIN)
        + ")\n",
        "import torch\n" + "from a import (\n" * 20_000,
        "import torch, random\ntorch" + ".a" * CHAIN + ".manual_seed(0)\n" + "torch" + ".a()" * CHAIN + ".seed(0)\n",
        "import torch\nif a:\n    pass\n" + "elif a:\n    torch.manual_seed(0)\n" * 900,
        "import torch\n"
        + "".join(f"a{n + 1} = a{n}\n" for n in range(CHAIN))
        + f"a0 = torch.manual_seed\na{CHAIN}(0)\n",
        "import torch, random\ndef f():\n" + "    random.seed(s)\n    t(x)\n" * 1_500,
        GROWING,
        f"{LOADED}module = importlib.import_module('package.' + {'+'.join(['name'] * CHAIN)})\n{TAKEN}",
        LOADED
        + "".join(f"name{n + 1} = name{n} + name{n}\n" for n in range(40)).replace("name0", "name")
        + f"module = importlib.import_module(name40)\n{TAKEN}",
    ],
    ids=[
        "calls",
        "terms",
        "imports without end",
        "attributes",
        "branches",
        "aliases",
        "seeds",
        "a name",
        "a path",
        "doubles",
    ],
)
def test_what_is_made_to_exhaust_the_checks(source: str) -> None:
    report_of({"main.py": source.encode(), "run.sh": b"python main.py --seed " + b"1" * 60_000})


def test_hundreds_of_programs_that_import_each_other() -> None:
    names = [f"program{number}" for number in range(250)]
    source = f"import {', '.join(names)}\nimport random\nimport torch\nif __name__ == '__main__':\n    random.seed(0)\n"
    report_of({f"{name}.py": source.encode() for name in names})


STEPS = """
import numpy as np
from torch.utils.data import DataLoader, IterableDataset
class Step(IterableDataset):
    def __init__(self, source):
        self.source = source
    def __iter__(self):
        first = next(iter(self.source))
        for sample in self.source:
            yield sample + first
class Samples(IterableDataset):
    def __iter__(self):
        yield np.random.rand()
def steps():
    source = Samples()
"""


def test_a_chain_whose_steps_each_ask_the_one_before_twice() -> None:
    source = STEPS + "    source = Step(source)\n" * 18 + "    return source\nDataLoader(steps(), num_workers=2)\n"
    tracemalloc.start()
    try:
        report = of_program(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(draw.line, pair.legacy) for pair in report.pairs for draw in pair.draws] == [(13, "duplicate")]
    assert peak < 20_000_000


@pytest.mark.parametrize("way", REWRITINGS)
def test_programs_written_another_way_say_the_same(way: str) -> None:
    rewritten, path = REWRITINGS[way]
    others = {name: other for name, source in PROGRAMS.items() if (other := rewritten(source)) is not None}
    assert len(others) > len(PROGRAMS) // 2
    assert {name: verdict(report_of({path: other.encode()})) for name, other in others.items()} == {
        name: verdict(of_program(PROGRAMS[name])) for name in others
    }


def test_programs_over_many_lines_say_the_same(tmp_path: Path) -> None:
    for name, source in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(source)
    narrow = ["format", "--isolated", "--quiet", "--no-cache", "--line-length", "20", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "ruff", *narrow], check=True)
    changed = [
        name
        for name, source in PROGRAMS.items()
        if gist(of_program((tmp_path / f"{name}.py").read_text())) != gist(of_program(source))
    ]
    assert not changed


def test_what_an_analysis_made_is_gone_before_the_next_one() -> None:
    gc.collect()
    report_of({f"{name}.py": source.encode() for name, source in PROGRAMS.items()})
    assert gc.isenabled()
    gc.collect(0)  # as happens by itself after some hundred more objects
    # By its type alone: some objects warn where they are asked for their class.
    assert not [left for left in gc.get_objects() if type(left) in {Frame, Module}]


def test_what_cannot_be_read_is_not_counted_as_parsed():
    report = report_of({"train.py": b"import torch\n", "large.py": b"#" * (LARGEST_SOURCE + 1)})
    assert [unread.path for unread in report.unread] == ["large.py"]
    assert (report.cost.files, report.cost.parsed) == (2, 1)
