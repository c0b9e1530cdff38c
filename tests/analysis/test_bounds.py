"""What small programs that are made to cost much cost: memory and work, by their size."""

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType

import msgspec
import pytest

from analysis.engine import analyse
from analysis.facts.module import read_facts
from analysis.report import Report
from tests.support.trees import MemoryTree

DOUBLED = 22
"""Lines, each of which takes the one before twice."""
DATASET = """
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Samples(Dataset):
    def __getitem__(self, index):
        {}
        return np.random.rand()
"""


def report_of(source: str) -> Report:
    return analyse(MemoryTree({"main.py": source.encode()}))


def match_of(subject: str, alternatives: int) -> str:
    return f"match {subject}:\n            case {'|'.join(['1'] * alternatives)}: pass"


def test_the_tests_of_a_match_hold_no_more_of_its_subject_than_is_told() -> None:
    sizes = [
        len(msgspec.msgpack.encode(read_facts(DATASET.format(match_of(f"[{'a, ' * number}]", number)).encode())))
        for number in (1_000, 2_000)
    ]
    assert sizes[1] < 3 * sizes[0], "four times, where each alternative holds the subject"


def test_what_a_large_subject_of_a_match_does_is_done_all_the_same() -> None:
    subject = f"[np.random.rand(), {'index, ' * 2_000}]"
    report = report_of(DATASET.format(match_of(subject, 100)) + "DataLoader(Samples(), num_workers=2)\n")
    assert [draw.line for pair in report.pairs for draw in pair.draws] == [7, 9]


def work_of(source: str) -> int:
    """How often one function calls another for the report of a program."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        report_of(source)
    finally:
        sys.setprofile(before)
    return calls


def options(number: int) -> str:
    added = "".join(f"parser.add_argument('--workers{each}', type=int, default={each})\n" for each in range(number))
    made = f"import argparse\nparser = argparse.ArgumentParser()\n{added}args = parser.parse_args()\n"
    return f"{made}{DATASET.format('pass')}DataLoader(Samples(), num_workers=args.workers1)\n"


def seeds(number: int) -> str:
    called = "".join(f"np.random.seed({each})\n" for each in range(number))
    return f"{DATASET.format('pass')}{called}DataLoader(Samples(), num_workers=2)\n"


def loaders(number: int) -> str:
    return DATASET.format("pass") + "for batch in DataLoader(Samples(), num_workers=2): pass\n" * number


@pytest.mark.parametrize("program", [options, seeds, loaders])
def test_twice_the_program_is_twice_the_work(program: Callable[[int], str]) -> None:
    work_of(program(10))  # what is imported at the first look
    once, twice = (work_of(program(number)) for number in (150, 300))
    assert twice < 2.5 * once


@pytest.mark.parametrize(
    ("first", "doubled", "used"),
    [
        ("'text'", "f'{{{0}}}{{{0}}}'", "getattr(np, {0})"),
        ("'text'", "{0} + {0}", "getattr(np, {0})"),
        ("[1, 2]", "{0} + {0}", "{0}[0]"),
        ("[1, 2]", "[*{0}, *{0}]", "{0}[0]"),
        ("{'a': 1}", "{0} | {0}", "{0}['a']"),
        ("{'a': 1}", "{{**{0}, **{0}}}", "{0}['a']"),
        ("{'a': 1}", "dict({0}, **{0})", "{0}['a']"),
        ("{'a': 1}", "dict({0}, {0})", "{0}['a']"),
    ],
)
def test_what_doubles_with_each_line_does_not_grow_without_end(first: str, doubled: str, used: str) -> None:
    lines = "".join(f"x{number} = {doubled.format(f'x{number - 1}')}\n" for number in range(1, DOUBLED))
    asked = f"DataLoader(Samples(), num_workers={used.format(f'x{DOUBLED - 1}')})\n"
    assert peak_of(f"{DATASET.format('pass')}x0 = {first}\n{lines}{asked}") < 10_000_000


def peak_of(source: str) -> int:
    """The most memory that the analysis of a program takes at once."""
    report_of(DATASET)  # what is imported at the first look
    tracemalloc.start()
    try:
        report_of(source)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
