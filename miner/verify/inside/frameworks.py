"""Loaders that packages make which are not here: what of their arguments, and of their own doing, decides over the
workers' generators.

Each fact is of the package's own source; a package that is not in these tables is not known.
"""

import random
from typing import Any

import numpy as np
import torch

from miner.verify.inside.notes import notes
from miner.verify.inside.stub import Stub, is_stub, stub_name

HANDS_ON = frozenset({"torchnet", "webdataset", "torch_geometric", "dgl", "torchtext"})
"""Packages whose loaders hand their arguments on to torch's, and seed nothing themselves."""

_SAMPLERS_SEED_NOTHING = frozenset(
    [
        "catalyst",
        "detectron2",
        "mmcls",
        "mmcv",
        "mmdet",
        "mmengine",
        "pytorch_metric_learning",
        "timm",
        "torchsampler",
        "torchvision",
        "trainer",
    ]
)
"""Packages whose samplers work in the parent, on torch's or Python's generator or by draws from NumPy's, and never
seed NumPy's."""

_TRAINERS = ("transformers.", "trl.", "sentence_transformers.")


def makes_loaders(callee: Any) -> bool:
    """Whether calling it makes a loader of torch's, or of a package that hands its arguments on."""
    if isinstance(callee, Stub):
        return callee._name.partition(".")[0] in HANDS_ON
    return isinstance(callee, type) and issubclass(callee, torch.utils.data.DataLoader)


def seeds_nothing(sampler: Any) -> bool:
    """Whether what stands in for a sampler is of a package whose samplers leave NumPy's seed alone."""
    name = stub_name(sampler)
    return name.partition(".")[0] in _SAMPLERS_SEED_NOTHING and "." in name


def is_trainer(callee: Any) -> bool:
    """Whether it is a `Trainer` of transformers or of a package upon it, or the repository's own subclass of one."""
    name = stub_name(callee)
    return name.startswith(_TRAINERS) and "Trainer" in name.rpartition(".")[2]


def loader_of_trainer(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the loader that a `Trainer` makes of its own.

    `Trainer.get_train_dataloader` passes `worker_init_fn=seed_worker` for datasets that have a length to them, and
    none for an `IterableDataset`.
    """
    dataset = given.get("train_dataset", given.get("eval_dataset"))
    notes.emulated["transformers.Trainer"] = None
    arguments = {"dataset": dataset, "collate_fn": given.get("data_collator")}
    if is_stub(dataset) or dataset is None:
        return {**arguments, "worker_init_fn": Stub("unresolved")}
    iterable = isinstance(dataset, torch.utils.data.IterableDataset) or not hasattr(type(dataset), "__getitem__")
    return {**arguments, "worker_init_fn": None if iterable else _seed_worker}


def _seed_worker(worker: int) -> None:
    """`transformers.trainer_utils.seed_worker`, as far as it touches generators."""
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
