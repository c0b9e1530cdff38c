"""The truth table, found out by verification: what the sandbox sees of each program is what the table says of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from analysis.engine import analyse
from analysis.report import BUGS, Pair
from miner.verify.model import Verification
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs
from tests.conformance.table import ROWS, Row
from tests.support.trees import MemoryTree

# What a program does between its epochs is not run, so rows that turn on that are not asked.
_OWN_PROGRAM = ("parent", "rebuilt", "generator_", "step_counter", "epoch", "endless")
_NOT_FLAGGED = ("control", "kept_python", "kept_torch", "evaluation", "zero_workers")


def asked(row: Row) -> bool:
    return not any(word in row.name for word in (*_OWN_PROGRAM, *_NOT_FLAGGED)) and not row.by_design


CELLS = [row for row in ROWS if asked(row)]
SEEDED_ALIKE = [
    row for row in ROWS if row.name in {"global_initial_seed_parent_constant", "global_none_generator_constant"}
]
TREE = MemoryTree({row.path.name: row.path.read_bytes() for row in [*CELLS, *SEEDED_ALIKE]})


@pytest.fixture(scope="module")
def verified() -> dict[str, Verification]:
    halves = (CELLS[::2], CELLS[1::2])
    with ThreadPoolExecutor(len(halves)) as pool:
        return {name: said for half in pool.map(_verified, halves) for name, said in half.items()}


def _verified(rows: Sequence[Row]) -> dict[str, Verification]:
    with Sandbox() as sandbox:
        found = verify_pairs(TREE, [_pair(row) for row in rows], sandbox=sandbox)
        return dict(zip((row.name for row in rows), found, strict=True))


def _pair(row: Row) -> Pair:
    report = analyse(MemoryTree({row.path.name: row.path.read_bytes()}))
    return next(pair for pair in report.pairs if pair.counts)


@pytest.mark.parametrize("row", CELLS, ids=lambda row: row.name)
def test_what_is_seen_is_what_happens(row: Row, verified: dict[str, Verification]) -> None:
    said = verified[row.name]
    assert said.evidence.legacy is not None, said.reason
    assert said.evidence.modern is not None, said.reason
    assert (said.evidence.legacy.outcome, said.evidence.modern.outcome) == row.outcomes, said.reason


@pytest.mark.parametrize("row", CELLS, ids=lambda row: row.name)
def test_the_verdict_says_so(row: Row, verified: dict[str, Verification]) -> None:
    said = verified[row.name]
    old, new = (outcome in BUGS for outcome in row.outcomes)
    if not old and not new:
        assert said.verdict in {"refuted", "inconclusive"}
    else:
        scope = "any torch" if old and new else "torch < 1.9" if old else "torch >= 1.9"
        assert (said.verdict, said.scope) == ("confirmed", scope), said.reason


def test_a_program_that_seeds_torch_alike_for_each_epoch_is_taken_at_its_reading() -> None:
    for said in _verified(SEEDED_ALIKE).values():
        assert (said.verdict, said.scope) == ("conditional", "any torch"), said.reason
        assert "torch being seeded alike for each epoch" in (said.condition or "")
