"""Loaders that packages make which are not here: what of their arguments, and of their own doing, decides over the
workers' generators.

Each fact is of the package's own source; a package that is not in these tables is not known.
"""

import ast
import functools
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from miner.verify.inside import monai
from miner.verify.inside.notes import notes
from miner.verify.inside.stub import Stub, is_stub, stub_name

HANDS_ON = frozenset(
    [
        "catalyst",
        "dgl",
        "kaolin",
        "prefetch_generator",
        "torch_geometric",
        "torchdata",
        "torchnet",
        "torchtext",
        "webdataset",
    ]
)
"""Packages whose loaders hand their arguments on to torch's, and seed nothing themselves."""

_EXPORTS_TORCHS = frozenset({"mmcv", "mmengine"})
"""Packages whose `DataLoader` or `PoolDataLoader` is torch's."""

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
        root = callee._name.partition(".")[0]
        return root in HANDS_ON or (root in _EXPORTS_TORCHS and callee._name.endswith("DataLoader"))
    return isinstance(callee, type) and issubclass(callee, torch.utils.data.DataLoader)


def _by_number(worker: int, num_workers: Any = 0, rank: Any = 0, seed: Any = 0, **_: Any) -> None:
    """`worker_init_fn` of OpenMMLab's packages and of BasicSR: the same in every epoch."""
    first = 0 if is_stub(num_workers) or is_stub(rank) else num_workers * rank
    # A setting that is not there is asked for its value, and so noted; what a call returns is some number.
    given = (0 if seed is None or stub_name(seed).endswith("()") else int(seed)) + first + worker
    np.random.seed(given % 2**32)
    random.seed(given)


def _seed_worker(worker: int = 0, *args: Any, **kwargs: Any) -> None:
    """Another seed for each worker and each epoch, made of torch's: as transformers, timm, detectron2, Lightning and
    ultralytics do it, as far as it touches NumPy's and Python's generators."""
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)


_INITS: dict[str, Callable[..., None]] = {
    **dict.fromkeys(
        (
            "basicsr.data.worker_init_fn",
            "mmcls.datasets.builder.worker_init_fn",
            "mmcv.runner.worker_init_fn",
            "mmdet.datasets.builder.worker_init_fn",
            "mmengine.dataset.utils.worker_init_fn",
            "mmengine.dataset.worker_init_fn",
            "mmseg.datasets.builder.worker_init_fn",
        ),
        _by_number,
    ),
    **dict.fromkeys(
        (
            "detectron2.data.build.worker_init_reset_seed",
            "detectron2.data.common.worker_init_reset_seed",
            "fairseq.data.data_utils.worker_init",
            "lightning.fabric.utilities.seed.pl_worker_init_function",
            "lightning.pytorch.utilities.seed.pl_worker_init_function",
            "lightning_fabric.utilities.seed.pl_worker_init_function",
            "pytorch_lightning.utilities.seed.pl_worker_init_function",
            "timm.data.loader._worker_init",
            "transformers.trainer_utils.seed_worker",
            "ultralytics.data.build.seed_worker",
            "ultralytics.yolo.data.build.seed_worker",
        ),
        _seed_worker,
    ),
}
_BUILDERS: dict[str, Callable[..., None] | None] = {
    "basicsr.train.train_pipeline": _by_number,
    "deepspeed.initialize": None,
    "detectron2.data.build.build_batch_data_loader": _seed_worker,
    "detectron2.data.build_batch_data_loader": _seed_worker,
    "detectron2.data.build_detection_test_loader": None,
    "detectron2.data.build_detection_train_loader": _seed_worker,
    "timm.data.create_loader": _seed_worker,
    "timm.data.loader.create_loader": _seed_worker,
    "torchio.Queue": None,
}
"""Functions of packages that make a loader, with the `worker_init_fn` that they give it."""

_OPENMMLAB = (
    "mmaction", "mmcls", "mmcv", "mmdet", "mmdet3d", "mmedit", "mmflow", "mmgen", "mmocr", "mmpose", "mmrotate",
    "mmseg", "mmselfsup", "mmtrack",
)  # fmt: skip
"""Libraries from before mmengine: their workers are seeded with their number where there is a seed."""

_BUILDS = ["dataset", "samples_per_gpu", "workers_per_gpu", "num_gpus", "dist", "shuffle", "seed"]
_TRAINS = ["model", "dataset", "cfg"]
_PARAMETERS = {
    **{f"{one}.{of}.build_dataloader": _BUILDS for one in _OPENMMLAB for of in ("datasets", "datasets.builder")},
    **{
        f"{one}.apis.{name}": _TRAINS
        for one in _OPENMMLAB
        for name in ("train_detector", "train_model", "train_segmentor")
    },
}
"""The parameters of their functions that make a loader, or train with one."""

_HANDED_AS = {"deepspeed.initialize": "training_data", "torchio.Queue": "subjects_dataset"}
"""Of those that take the dataset under a name of their own, that name."""

_LOADERS: dict[tuple[str, str], Callable[..., None] | None] = {
    **dict.fromkeys(
        [
            ("braindecode", "EEGClassifier"),
            ("braindecode", "EEGRegressor"),
            ("fairseq", "EpochBatchIterator"),
            ("fastai", "DataBunch.create"),
            ("fastai", "ImageDataBunch.create"),
            ("flashy", "loader"),
            ("ignite", "auto_dataloader"),
            ("lightning", "LightningDataModule.from_datasets"),
            ("lightning", "StreamingDataLoader"),
            ("litdata", "StreamingDataLoader"),
            ("pytorch_lightning", "LightningDataModule.from_datasets"),
            ("skorch", "NeuralNet"),
            ("skorch", "NeuralNetBinaryClassifier"),
            ("skorch", "NeuralNetClassifier"),
            ("skorch", "NeuralNetRegressor"),
            ("speechbrain", "SaveableDataLoader"),
            ("speechbrain", "make_dataloader"),
            ("streaming", "StreamingDataLoader"),
            ("torchio", "SubjectsLoader"),
            ("torchmeta", "BatchMetaDataLoader"),
            ("ultralytics", "InfiniteDataLoader"),
        ]
    ),
    **dict.fromkeys(
        [
            ("fastai", "DataBlock.dataloaders"),
            ("fastai", "DataLoaders.from_dblock"),
            ("fastai", "DataLoaders.from_dsets"),
            ("fastai", "Datasets.dataloaders"),
            ("fastai", "TfmdDL"),
            ("fastai", "TfmdLists.dataloaders"),
            ("tsai", "TSDataLoaders.from_dsets"),
            ("ultralytics", "build_dataloader"),
        ],
        _seed_worker,
    ),
    ("mmengine", "Runner.build_dataloader"): _by_number,
    ("monai", "DataLoader"): monai.seed_transforms,
    ("monai", "ThreadDataLoader"): monai.seed_transforms,
}
"""Classes and functions of packages that make a loader, wherever in the package they are imported from, with the
`worker_init_fn` that they give it where they are given none."""

_HANDED_FIRST = ("dataset", "train_dataset", "train_ds")
_HANDED_ON = ("collate_fn", "generator", "num_workers", "persistent_workers", "sampler")

_HYDRA = "hydra.utils.instantiate"
_DESCRIBED = ("train_dataloader", "val_dataloader", "test_dataloader")


def known_init(function: Any) -> Any:
    """A package's `worker_init_fn` that is not here, as far as it touches generators; any other as it is."""
    if isinstance(function, functools.partial) and stub_name(function.func) in _INITS:
        known = known_init(function.func)
        return functools.partial(known, *function.args, **function.keywords)
    known = _INITS.get(stub_name(function))
    if known is not None:
        notes.emulated[stub_name(function)] = None
    return known or function


def parameters_of(callee: Any) -> Sequence[str]:
    """The first parameters of what makes a loader."""
    return _PARAMETERS.get(stub_name(callee), ("dataset", "batch_size"))


def built_by_package(callee: Any, given: dict[str, Any], settings: Sequence[bytes]) -> dict[str, Any] | None:
    """The arguments of the loader that a package's function makes of `given`; None where it is not known.

    `settings` are the repository's YAML files: hydra takes from them what the call does not say.
    """
    name = stub_name(callee)
    if name == _HYDRA:
        notes.emulated[name] = None
        said = any(b"worker_init_fn" in each for each in settings)
        return {"worker_init_fn": Stub("unresolved") if said else None, **given}
    if name in _PARAMETERS:
        notes.emulated[name] = None
        dataset = given.get("dataset")
        if isinstance(dataset, list) and dataset:
            dataset = dataset[0]  # one of several, each of which gets a loader of its own
        return {"dataset": dataset, "worker_init_fn": _seeded_by_number(given)}
    place = _place(name)
    if place in _LOADERS:
        notes.emulated[name] = None
        dataset = next((given[one] for one in _HANDED_FIRST if one in given), Stub("dataset"))
        handed = {one: given[one] for one in _HANDED_ON if one in given}
        return {**handed, "dataset": dataset, "worker_init_fn": given.get("worker_init_fn", _LOADERS[place])}
    if name not in _BUILDERS:
        return None
    notes.emulated[name] = None
    init = _BUILDERS[name]
    return {"dataset": given.get(_HANDED_AS.get(name, "dataset"), given.get("dataset")), "worker_init_fn": init}


def _place(name: str) -> tuple[str, str]:
    """The package of a dotted name, and the class with its method or the function that it leads to."""
    root, *parts = name.replace("()", "").split(".")
    first = next((number for number, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return root, ".".join(parts[max(first, 0) :])


def _seeded_by_number(given: dict[str, Any]) -> Any:
    """The `worker_init_fn` that OpenMMLab's libraries give a loader: None where there is no seed."""
    seed = getattr(given["cfg"], "seed", None) if "cfg" in given else given.get("seed")
    if is_stub(seed) and "cfg" in given and not stub_name(seed).endswith(".init_random_seed()"):
        return Stub("unresolved")
    return functools.partial(_by_number, seed=seed) if seed is not None else None


def described_loader(name: str, value: Any) -> dict[str, Any] | None:
    """The arguments of the loader that mmengine's `Runner` makes of `train_dataloader = dict(...)`."""
    if name not in _DESCRIBED or not isinstance(value, dict) or "dataset" not in value:
        return None
    notes.emulated["mmengine.runner.Runner"] = None
    return {
        "dataset": Stub("dataset"),
        "worker_init_fn": _by_number,
        **{key: value[key] for key in ("num_workers", "persistent_workers") if key in value},
    }


def loader_of_task(statement: ast.stmt, task: Any, value_of: Callable[[ast.expr], Any]) -> dict[str, Any] | None:
    """The arguments of the loader that fairseq makes of `self.datasets[split] = dataset` in a task; it seeds nothing.

    Its `EpochBatchIterator` hands torch's loader the dataset with the dataset's own `collater`.
    """
    if not any(stub_name(base).startswith("fairseq.") for base in type(task).__mro__):
        return None
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="datasets"))], value=value):
            notes.emulated["fairseq.data.EpochBatchIterator"] = None
            dataset = value_of(value)
            return {"dataset": dataset, "collate_fn": getattr(dataset, "collater", None), "worker_init_fn": None}
        case _:
            return None


def seeds_nothing(sampler: Any) -> bool:
    """Whether what stands in for a sampler is of a package whose samplers leave NumPy's seed alone."""
    name = stub_name(sampler)
    return name.partition(".")[0] in _SAMPLERS_SEED_NOTHING and "." in name


def is_trainer(callee: Any) -> bool:
    """Whether it is a `Trainer` of transformers or of a package upon it, or the repository's own subclass of one."""
    name = stub_name(callee)
    return name.startswith(_TRAINERS) and "Trainer" in name.rpartition(".")[2]


def loader_of_trainer(trainer: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the loader that a `Trainer` makes of its own.

    `Trainer.get_train_dataloader` passes `worker_init_fn=seed_worker` for datasets that have a length to them, and
    none for an `IterableDataset`; that of sentence-transformers passes none.
    """
    dataset = given.get("train_dataset", given.get("eval_dataset"))
    seeds = not stub_name(trainer).startswith("sentence_transformers.")
    notes.emulated["transformers.Trainer" if seeds else "sentence_transformers.SentenceTransformerTrainer"] = None
    arguments = {"dataset": dataset, "collate_fn": given.get("data_collator")}
    if is_stub(dataset) or dataset is None:
        return {**arguments, "worker_init_fn": Stub("unresolved")}
    iterable = isinstance(dataset, torch.utils.data.IterableDataset) or not hasattr(type(dataset), "__getitem__")
    return {**arguments, "worker_init_fn": None if iterable or not seeds else _seed_worker}
