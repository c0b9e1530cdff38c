"""Loaders that packages make which are not installed, and what they seed."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from miner.verify.inside.frameworks import built_by_package
from miner.verify.inside.monai import _seed_in
from miner.verify.inside.stub import Stub

ROWS = object()


@pytest.mark.parametrize(
    "name",
    [
        "skorch.NeuralNet",
        "skorch.classifier.NeuralNetClassifier",
        "torchmeta.utils.data.BatchMetaDataLoader",
        "speechbrain.dataio.dataloader.make_dataloader",
        "pytorch_lightning.LightningDataModule.from_datasets",
        "fastai.vision.ImageDataBunch.create",
        "torchio.SubjectsLoader",
    ],
)
def test_loaders_that_seed_nothing(name: str) -> None:
    made = built_by_package(Stub(name), {"dataset": ROWS, "num_workers": 3}, [])
    assert made is not None
    assert (made["dataset"], made["num_workers"], made["worker_init_fn"]) == (ROWS, 3, None)


@pytest.mark.parametrize(
    "name",
    [
        "fastai.data.core.DataLoaders.from_dsets",
        "fastai.data.block.DataBlock().dataloaders",
        "mmengine.runner.Runner.build_dataloader",
        "monai.data.DataLoader",
        "ultralytics.data.build_dataloader",
    ],
)
def test_loaders_that_seed_workers_unless_they_are_told_how(name: str) -> None:
    made = built_by_package(Stub(name), {"train_ds": ROWS}, [])
    told = built_by_package(Stub(name), {"train_ds": ROWS, "worker_init_fn": None}, [])
    assert made is not None
    assert told is not None
    assert made["dataset"] is ROWS
    assert callable(made["worker_init_fn"])
    assert told["worker_init_fn"] is None


@pytest.mark.parametrize(
    "name", ["skorch.Net", "of_somebody.NeuralNet", "monai.data.Dataset", "fastai.Learner", "skorch"]
)
def test_what_makes_no_loader(name: str) -> None:
    assert built_by_package(Stub(name), {"dataset": ROWS}, []) is None


class Turn:
    """A transform with a generator that is seeded from outside."""

    def __init__(self) -> None:
        self.seeds: list[int] = []

    def set_random_state(self, seed: int) -> None:
        self.seeds.append(seed)


def test_what_monais_loader_seeds() -> None:
    first, second, own = Turn(), Turn(), np.random.RandomState(0)
    chain = Stub("monai.transforms.Compose()", kept=(first, second))
    rows: Any = SimpleNamespace(transform=[chain, first], rng=own)
    before = own.get_state()[1].tolist()
    _seed_in(rows, 2**32 - 1, set())
    assert (first.seeds, second.seeds) == ([2**32 - 1], [0])
    assert own.get_state()[1].tolist() == before
