"""Companion checks put to the test: the examples of their own pages, run in the sandbox."""

from collections.abc import Iterator
from textwrap import dedent

import pytest

from analysis.checks.registry import all_checks
from analysis.engine import analyse
from analysis.report import CheckFinding
from miner.verify.companions import CODES, verify_checks
from miner.verify.model import CheckRun
from miner.verify.sandbox import Sandbox
from tests.support.reports import report
from tests.support.trees import MemoryTree

SEEDED = """
import torch
from torch.utils.data import random_split

def main():
    torch.manual_seed(0)
    train, held = random_split(range(100), [80, 20])

if __name__ == "__main__":
    main()
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize("code", CODES)
def test_the_first_example_of_each_is_confirmed(sandbox: Sandbox, code: str) -> None:
    check = next(check for check in all_checks() if check.code == code)
    tree = MemoryTree({path: dedent(text).encode() for path, text in check.flagged[0].files.items()})
    found = [one for one in analyse(tree).checks if one.code == code]
    (said, *_) = verify_checks(tree, report(checks=found), sandbox=sandbox)
    assert (said.code, said.verdict, said.runs) == (code, "confirmed", 3), said.reason


def test_what_a_program_seeds_on_the_way_counts(sandbox: Sandbox) -> None:
    said = tried(sandbox, SEEDED)
    assert (said.verdict, said.reason) == ("refuted", "3 of 3 runs gave the same")


def test_without_the_seed_the_same_split_is_another_in_each_run(sandbox: Sandbox) -> None:
    said = tried(sandbox, SEEDED.replace("torch.manual_seed(0)", "pass"))
    assert (said.verdict, said.reason) == ("confirmed", "3 of 3 runs held back other items")


def tried(sandbox: Sandbox, program: str) -> CheckRun:
    finding = CheckFinding(code="RP104", path="train.py", line=7, message="", program="train.py")
    (said,) = verify_checks(MemoryTree({"train.py": program.encode()}), report(checks=[finding]), sandbox=sandbox)
    return said
