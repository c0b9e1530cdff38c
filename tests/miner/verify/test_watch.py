"""Watching a real loader on real data, with its own workers."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from miner.verify.watch import RepeatedNumbersError, assert_fresh, main

pytest_plugins = ["miner.verify.pytest_plugin"]


class Data(Dataset):
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.rng = np.random.default_rng(0)
        self.seeded = None

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> float:
        if self.kind == "global":
            return float(np.random.rand(1 + index % 3)[0])
        if self.kind == "in the worker":
            worker = torch.utils.data.get_worker_info()
            if worker is not None and self.seeded != worker.seed:
                self.seeded = worker.seed
                self.rng = np.random.default_rng(worker.seed)
        return float(self.rng.random(1 + index % 3)[0])


def by_id(worker_id: int) -> None:
    np.random.seed(worker_id)


def constant(worker_id: int) -> None:
    np.random.seed(7)


@pytest.mark.parametrize("kind", ["global", "in the worker"])
def test_a_loader_whose_numbers_differ_passes(fresh_numbers, kind):
    loader = DataLoader(Data(kind), num_workers=2, batch_size=2)
    collate = loader.collate_fn
    assert fresh_numbers(loader)
    assert loader.collate_fn is collate
    assert loader.worker_init_fn is None


@pytest.mark.parametrize(
    ("kind", "init", "said"),
    [
        ("kept", None, r"workers 0 and 1 drew the same numbers from Data\.rng"),
        ("global", constant, r"workers 0 and 1 drew the same numbers from numpy\.random"),
        ("global", by_id, r"^worker 0 drew the same numbers from numpy\.random in epochs 0 and 1"),
    ],
)
def test_a_loader_whose_numbers_repeat_fails(kind, init, said):
    loader = DataLoader(Data(kind), num_workers=2, batch_size=2, worker_init_fn=init)
    with pytest.raises(RepeatedNumbersError, match=said):
        assert_fresh(loader)


def test_the_command_tells_by_its_status(tmp_path, monkeypatch, capsys):
    name = "watched_program"
    (tmp_path / f"{name}.py").write_text(
        "from tests.miner.verify.test_watch import Data, by_id\nfrom torch.utils.data import DataLoader\n"
        "def good(): return DataLoader(Data('global'), num_workers=2)\n"
        "def bad(): return DataLoader(Data('global'), num_workers=2, worker_init_fn=by_id)\n"
        "none = DataLoader(Data('global'))\n"
    )
    monkeypatch.chdir(tmp_path)
    assert [main([f"{name}:{which}"]) for which in ("good", "bad", "none")] == [0, 1, 2]
    printed = capsys.readouterr()
    assert "nothing repeats; drawn from: numpy.random" in printed.out
    assert "num_workers is 0" in printed.err
