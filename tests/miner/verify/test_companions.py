"""Companion checks put to the test: the examples of their own pages, run in the sandbox."""

from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Any

import pytest

from analysis.checks.registry import all_checks
from analysis.engine import analyse
from analysis.report import CheckFinding
from miner.verify.companions import CODES, ON_A_GPU, RUNS, described, ruled, verify_checks
from miner.verify.device import Device
from miner.verify.limits import Limits
from miner.verify.model import CheckRun
from miner.verify.plan import files_of
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


@pytest.mark.parametrize("code", [code for code in CODES if code not in ON_A_GPU])
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


@pytest.fixture(scope="module")
def given() -> Iterator[Sandbox]:
    """A sandbox with a device that every machine has."""
    with Sandbox(Device("cpu")) as made:
        yield made


def example(code: str, number: int) -> tuple[MemoryTree, list[CheckFinding]]:
    """An example of a check's own page, and what is found in it."""
    check = next(check for check in all_checks() if check.code == code)
    tree = MemoryTree({path: dedent(text).encode() for path, text in check.flagged[number].files.items()})
    return tree, [one for one in analyse(tree).checks if one.code == code]


@pytest.mark.parametrize("code", ON_A_GPU)
def test_what_is_about_cuda_needs_a_gpu_and_says_so(sandbox: Sandbox, code: str) -> None:
    tree, found = example(code, 0)
    for where in (sandbox, None):
        (said,) = verify_checks(tree, report(checks=found), sandbox=where)
        assert (said.verdict, said.runs) == ("inconclusive", 0)
        assert said.reason == "it needs a GPU: `seedwatch verify --gpu` on a machine that has one"


def test_a_step_is_run_with_the_programs_flags_and_without(given: Sandbox) -> None:
    tree, (found,) = example("RP108", 2)
    (said,) = verify_checks(tree, report(checks=[found]), sandbox=given)
    # On a processor every sum has its order.
    assert (said.verdict, said.runs) == ("inconclusive", 2 * RUNS)
    assert said.reason == "12 equally seeded steps gave the same bits, and so did those without the flags"


@pytest.mark.parametrize(
    ("number", "flags", "operation"),
    [
        (0, ["cudnn.deterministic", "cudnn.benchmark"], None),
        (1, ["cudnn.deterministic", "cudnn.benchmark"], None),
        (2, ["cudnn.deterministic"], "interpolate"),
    ],
)
def test_a_step_has_the_flags_and_the_operation_of_its_program(
    given: Sandbox, number: int, flags: list[str], operation: str | None
) -> None:
    tree, (found,) = example("RP108", number)
    job = {"kind": "checks", "runs": 1, "checks": [described(found, flags=one) for one in (True, False)]}
    lines = [line for line in given.run(job, files_of(tree), Limits()).lines if line["kind"] == "check"]
    assert [(line["flags"], line["operation"]) for line in lines] == [(flags, operation), ([], operation)]


def test_flags_that_are_not_reached_are_not_said_to_hold(given: Sandbox) -> None:
    program = "from torch.backends import cudnn\n\ndef main(nothing):\n    nothing.cudnn.deterministic = True\n"
    finding = CheckFinding(code="RP108", path="train.py", line=4, message="", program="train.py")
    (said,) = verify_checks(MemoryTree({"train.py": program.encode()}), report(checks=[finding]), sandbox=given)
    assert (said.verdict, said.reason) == ("inconclusive", "the program's flags were not reached")


def test_devices_that_are_not_there_draw_nothing(given: Sandbox) -> None:
    tree, found = example("RP107", 0)
    (said,) = verify_checks(tree, report(checks=found), sandbox=given)
    assert (said.verdict, said.reason, said.runs) == ("inconclusive", "there is no GPU to draw on", RUNS)


def steps(with_flags: Sequence[str], without: Sequence[str]) -> list[dict[str, Any]]:
    """Runs of two steps each, by the bits that they gave."""
    return [
        {"came": [bit, bit], "with_flags": flags}
        for flags, bits in ((True, with_flags), (False, without))
        for bit in bits
    ]


@pytest.mark.parametrize(
    ("code", "came", "verdict", "words"),
    [
        ("RP108", steps("aba", "abc"), "confirmed", "6 equally seeded steps with the program's flags gave 2 results"),
        ("RP108", steps("aaa", "abc"), "refuted", "gave the same bits; without them 6 gave 3"),
        ("RP108", steps("aaa", "aaa"), "inconclusive", "and so did those without the flags"),
        ("RP108", steps("aaa", "ab"), "inconclusive", "could not be run"),
        ("RP107", [["x", "s", "1"], ["y", "s", "2"], ["z", "s", "3"]], "confirmed", "1 of 1 other devices"),
        ("RP107", [["x", "s", "1"], ["x", "s", "1"], ["x", "s", "1"]], "refuted", "all 2 devices drew the same"),
        ("RP107", [["x", "s"], ["y", "s"], ["z", "s"]], "confirmed", "there is one device here"),
        ("RP107", [["x", "s"], ["x", "s"], ["x", "s"]], "inconclusive", "it is the one that is seeded"),
        ("RP107", [["x", "s"], ["x", "t"], ["x", "s"]], "inconclusive", "other numbers in each run"),
    ],
)
def test_what_runs_on_a_gpu_come_to(code: str, came: list[Any], verdict: str, words: str) -> None:
    finding = CheckFinding(code=code, path="train.py", line=4, message="", program="train.py")
    runs = [one if isinstance(one, dict) else {"came": one} for one in came]
    said = ruled(finding, runs, "cuda")
    assert said.verdict == verdict
    assert words in said.reason
