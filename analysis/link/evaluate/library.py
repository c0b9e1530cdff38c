"""What is known of the results of libraries' functions."""

from functools import lru_cache

from analysis.facts import ir
from analysis.link.values import Member, Result, Unknown, Value, name_of

MOST_NAMES = 4096
"""Names whose answer is kept: a repository's code uses the same few hundred over and over."""


@lru_cache(maxsize=MOST_NAMES)
def is_data(name: str) -> bool:
    """Whether a call of this name gives data, in which no transform or dataset can hide."""
    return name.startswith(_DATA) and not name.startswith(_NO_DATA)


_DATA = (
    "numpy.",
    "cv2.",
    "torch.",
    "PIL.",
    "math.",
    "os.",
    "random.",
    "skimage.",
    "scipy.",
    "json.",
    "pickle.",
    "librosa.",
    "builtins.len",
    "builtins.range",
    "builtins.open",
    "builtins.str",
    "builtins.print",
    "pandas.",
    "h5py.",
    "glob.",
    "time.",
    "re.",
)
"""Libraries whose results are data, generators, datasets and chains of transforms apart."""
_NO_DATA = (
    "numpy.frompyfunc",
    "numpy.random.",
    "numpy.vectorize",
    "torch.utils.data.",
    "torch.Generator",
    "torch.nn.Sequential",
)


_CALLING = frozenset({
    "agg", "aggregate", "apply", "apply_along_axis", "apply_over_axes", "applymap", "filter", "fromfunction",
    "frompyfunc", "generic_filter", "groupby", "load", "map", "minimize", "partial", "piecewise", "pipe", "quad",
    "spawn", "sub", "subn", "transform", "vectorize",
})  # fmt: skip
"""Functions of these libraries that call what they are handed."""


def only_takes_data(name: str) -> bool:
    """Whether a function from outside does nothing to its arguments but compute with them."""
    return is_data(name) and name.rpartition(".")[2] not in _CALLING


OPAQUE = frozenset({"builtins.len", "builtins.range", "builtins.open", "builtins.str", "builtins.input"})


STAR_EXPORTS = frozenset(
    {
        "torch.utils.data.DataLoader",
        "torch.utils.data.Dataset",
        "torch.utils.data.IterableDataset",
        "torch.utils.data.Subset",
        "torch.utils.data.random_split",
        "fastai.DataBunch",
        "fastai.vision.DataBunch",
        "fastai.vision.ImageDataBunch",
        "numpy.random",
    }
)


STAR_CLASSES = frozenset({
    "albumentations", "audiomentations", "fastai.basics", "fastai.data.all", "fastai.tabular.all", "fastai.text.all",
    "fastai.vision.all", "fastai2.basics", "fastai2.data.all", "fastai2.text.all", "fastai2.vision.all",
    "monai.transforms", "torchvision.datasets", "torchvision.transforms", "tsai.all", "tsai.basics",
})  # fmt: skip
"""Modules that are imported with a star for their classes: compositions, what transforms are derived from, loaders."""


STAR_CAPITALS = frozenset({
    "CIFAR10", "CIFAR100", "CLAHE", "D4", "DTD", "EMNIST", "FER2013", "GTSRB", "HMDB51", "KMNIST", "MNIST", "PCAM",
    "QMNIST", "SBU", "STL10", "SVHN", "UCF101", "USPS",
})  # fmt: skip
"""Their classes that are named in capitals, as constants are elsewhere."""


STAR_ALIASES = {"np": "numpy", "torch": "torch"}
"""Modules that all of fastai's exports with a star bring along, under the names that programs use."""
EXPORT_ALIASES = ("fastai.", "fastai2.", "tsai.")

LOST_NAMES = {
    "np": "numpy", "torch": "torch",
    "DataLoader": "torch.utils.data.DataLoader", "Dataset": "torch.utils.data.Dataset",
    "IterableDataset": "torch.utils.data.IterableDataset", "ConcatDataset": "torch.utils.data.ConcatDataset",
}  # fmt: skip
"""What programs mean by names that only a file of their own can give them, one that was left out of the repository."""
LOADERS_OF_THEIR_OWN = frozenset({"dgl", "fastai2", "jittor", "mindspore", "mxnet", "oneflow", "paddle", "tsai"})
"""Frameworks beside `THIRD_PARTIES` that a star brings in: such a name is theirs."""

PARTS = frozenset({"train", "val", "test"})


def part_of(value: Value) -> str:
    """Which part of the data a place in a configuration describes: `test` of `cfg.data.test.dataset`."""
    match value:
        case Unknown():
            return _part_named(value.name)
        case Member():
            return _part_named(name_of(value))
        case _:
            return ""


def way_to(value: Value) -> tuple[str, ...]:
    """The keys that lead to a place in a configuration: `data`, `train` of `cfg.get("data").train`."""
    match value:
        case Member():
            return (*way_to(value.owner), value.name)
        case Result(call=ir.Call(args=(ir.Const(value=str() as key), *_))) if value.receiver is not None:
            return (*way_to(value.receiver), key) if value.name.endswith((".get", ".pop")) else ()
        case _:
            return ()


@lru_cache(maxsize=MOST_NAMES)
def _part_named(name: str) -> str:
    return next((part for part in reversed(name.split(".")) if part in PARTS), "")
