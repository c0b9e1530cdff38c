"""Patches put to the test: what is proven, and what cannot be told without a trainer."""

from collections.abc import Iterator

import pytest

from analysis.fix.fixes import changes, remembering
from miner.verify.model import Proof
from miner.verify.proof import proof_of
from miner.verify.sandbox import Sandbox
from tests.support.trees import MemoryTree

TRAIN = """
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

class Set(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()

def main():
    loader = DataLoader(Set(), num_workers=2)
    for batch in loader:
        print(batch)

main()
"""
LIGHTNING = TRAIN.replace("import torch\n", "import torch\nimport pytorch_lightning as pl\n").replace(
    "    for batch in loader:\n        print(batch)\n",
    "    pl.seed_everything(1)\n    pl.Trainer().fit(object(), loader)\n",
)
# Two findings of one loader, and of one line: the patch is for the first alone.
KEPT_TOO = TRAIN.replace("    def __len__", "    rng = np.random.RandomState(123)\n    def __len__", 1).replace(
    "return np.random.rand()", "return np.random.rand() + self.rng.rand()"
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def proven(sandbox: Sandbox, program: str) -> tuple[str, Proof]:
    tree, judge = MemoryTree({"train.py": program.encode()}), remembering()
    report = judge(tree)
    change = next(change for change in changes(tree, report, judge=judge) if change.patch.code == "WS101")
    return change.patch.recipe, proof_of(tree, report, change, judge, sandbox=sandbox)


def test_a_patch_after_which_nothing_repeats_is_proven(sandbox: Sandbox) -> None:
    recipe, proof = proven(sandbox, TRAIN)
    assert (recipe, proof.says) == ("new_worker_init", "proven"), proof.reason
    assert proof.before is not None
    assert proof.before.verdict == "confirmed"


def test_a_finding_is_told_from_another_of_its_loader(sandbox: Sandbox) -> None:
    _, proof = proven(sandbox, KEPT_TOO)
    assert proof.says == "proven", proof.reason


def test_what_mends_when_lightnings_trainer_runs_is_not_verified(sandbox: Sandbox) -> None:
    recipe, proof = proven(sandbox, LIGHTNING)
    assert (recipe, proof.says) == ("seed_everything_in_workers", "not verified")
    assert proof.reason == "the trainer gives this loader its worker_init_fn, and is not run"
    assert proof.after is not None
    assert proof.after.evidence.legacy is not None
    assert proof.after.evidence.legacy.outcome == "duplicate"
