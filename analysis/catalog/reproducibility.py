"""What seeds which generator, what draws from torch's, and what makes or breaks determinism. Data, by dotted name."""

from typing import Literal, TypeAlias

Generator: TypeAlias = Literal["python", "numpy", "torch", "cuda", "one cuda device"]
"""The generators that a program can seed: `torch` is the default one of the CPU, from which loaders draw too."""

_PYTHON: frozenset[Generator] = frozenset({"python"})
_NUMPY: frozenset[Generator] = frozenset({"numpy"})
_TORCH: frozenset[Generator] = frozenset({"torch", "cuda"})
EVERYTHING: frozenset[Generator] = frozenset({"python", "numpy", "torch", "cuda"})

SEEDERS: dict[str, frozenset[Generator]] = {
    "random.seed": _PYTHON,
    "random.setstate": _PYTHON,
    "numpy.random.seed": _NUMPY,
    "numpy.random.set_state": _NUMPY,
    # torch.manual_seed seeds every CUDA device as well; torch.cuda's own functions leave the CPU as it is.
    "torch.manual_seed": _TORCH,
    "torch.random.manual_seed": _TORCH,
    "torch.default_generator.manual_seed": _TORCH,
    "torch.random.default_generator.manual_seed": _TORCH,
    "torch.seed": _TORCH,
    "torch.set_rng_state": _TORCH,
    "torch.random.set_rng_state": _TORCH,
    "torch.cuda.manual_seed": frozenset({"one cuda device"}),
    "torch.cuda.random.manual_seed": frozenset({"one cuda device"}),
    "torch.cuda.manual_seed_all": frozenset({"cuda"}),
    "torch.cuda.random.manual_seed_all": frozenset({"cuda"}),
    "torch.cuda.seed": frozenset({"one cuda device"}),
    "torch.cuda.seed_all": frozenset({"cuda"}),
    "fairseq.utils.set_torch_seed": _TORCH,
    **dict.fromkeys(
        (
            "accelerate.utils.random.set_seed",
            "accelerate.utils.set_seed",
            "catalyst.utils.set_global_seed",
            "composer.utils.reproducibility.seed_all",
            "deepspeed.runtime.utils.set_random_seed",
            "detectron2.engine.default_setup",
            "detectron2.utils.env.seed_all_rng",
            "diffusers.training_utils.set_seed",
            "espnet2.torch_utils.set_all_random_seed.set_all_random_seed",
            "fastai.torch_core.set_seed",
            "ignite.utils.manual_seed",
            "lhotse.utils.fix_random_seed",
            "lightning.fabric.utilities.seed.seed_everything",
            "lightning.seed_everything",
            "lightning.utilities.seed.seed_everything",
            "lightning_fabric.utilities.seed.seed_everything",
            "mmcls.apis.set_random_seed",
            "mmcv.runner.set_random_seed",
            "mmdet.apis.set_random_seed",
            "mmengine.runner.set_random_seed",
            "mmengine.runner.utils.set_random_seed",
            "mmseg.apis.set_random_seed",
            "monai.utils.misc.set_determinism",
            "monai.utils.set_determinism",
            "poutyne.set_seeds",
            "recbole.utils.init_seed",
            "stable_baselines3.common.utils.set_random_seed",
            "timm.utils.random_seed",
            "timm.utils.random.random_seed",
            "torch_geometric.seed_everything",
            "transformers.enable_full_determinism",
            "transformers.set_seed",
            "transformers.trainer_utils.set_seed",
        ),
        EVERYTHING,
    ),
}
"""Functions that seed generators of the whole process, and which."""

SEEDS_EVERYTHING = frozenset(
    name for name, seeded in SEEDERS.items() if seeded is EVERYTHING and name != "detectron2.engine.default_setup"
)
"""Those that seed everything, each with its first argument."""

FOREIGN_SEEDERS = (
    "fix_random_seed", "fix_random_seeds", "fix_seed", "init_seed", "init_seeds", "random_seed", "seed_all",
    "seed_all_rng", "seed_everything", "seed_torch", "set_all_seeds", "set_determinism", "set_global_seed",
    "set_global_seeds", "set_manual_seed", "set_random_seed", "set_random_seeds", "set_seed", "set_seeds",
    "setup_seed", "enable_full_determinism", "manual_seed_all",
)  # fmt: skip
"""What functions that seed everything are called: one of a library that is not listed may do so."""

SEED_ARGUMENTS = ("seed", "seed_value", "a", "x", "random_seed", "value", "entropy", "key")
"""What the first parameter of a seeding function or of a generator's constructor is called."""

SELF_SEEDING = frozenset({"Seq2SeqTrainer", "TrainingArguments", "Seq2SeqTrainingArguments"})
"""Names of Hugging Face's trainer: it seeds everything with its argument `seed`, 42 by default."""

KEPT_GENERATORS: dict[str, Generator] = {
    "numpy.random.RandomState": "numpy",
    "numpy.random.default_rng": "numpy",
    "numpy.random.Generator": "numpy",
    "random.Random": "python",
    "torch.Generator": "torch",
}
"""Constructors of generators that live beside the global ones, and the global one that is drawn from in their place."""

OTHER_SEEDED = frozenset(
    {
        "jax.random.PRNGKey",
        "jax.random.key",
        "numpy.random.SeedSequence",
        "sklearn.utils.check_random_state",
        "tensorflow.random.set_seed",
        "tensorflow.set_random_seed",
        "tensorflow.compat.v1.set_random_seed",
        "cv2.setRNGSeed",
        "imgaug.seed",
        "dgl.seed",
        "dgl.random.seed",
    }
)
"""More calls whose first argument is a seed: they are counted, and no check asks for them."""

DRAWS_FROM_TORCH = frozenset(
    f"torch.{name}"
    for name in ("rand", "randn", "randint", "randperm", "rand_like", "randn_like", "bernoulli", "multinomial")
)  # fmt: skip

INITIALISED_LAYERS = frozenset(
    f"torch.nn.{name}"
    for name in (
        "Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
        "Embedding", "RNN", "LSTM", "GRU", "LSTMCell", "GRUCell", "MultiheadAttention", "Transformer",
        "TransformerEncoderLayer", "Dropout", "Dropout2d", "Dropout3d",
    )
)  # fmt: skip
"""Layers whose weights, or whose masks while training, come from torch's generator."""

SPLITS: dict[str, tuple[Generator, str, int | None]] = {
    "sklearn.model_selection.train_test_split": ("numpy", "random_state", None),
    "sklearn.cross_validation.train_test_split": ("numpy", "random_state", None),
    "sklearn.model_selection.ShuffleSplit": ("numpy", "random_state", None),
    "sklearn.model_selection.StratifiedShuffleSplit": ("numpy", "random_state", None),
    "sklearn.model_selection.GroupShuffleSplit": ("numpy", "random_state", None),
    "sklearn.model_selection.KFold": ("numpy", "random_state", 2),
    "sklearn.model_selection.StratifiedKFold": ("numpy", "random_state", 2),
    "torch.utils.data.random_split": ("torch", "generator", 2),
}
"""Functions that split data: the global generator that they draw from, and the argument that hands them their own."""

SPLITS_WHEN_SHUFFLED = frozenset({"sklearn.model_selection.KFold", "sklearn.model_selection.StratifiedKFold"})
"""They draw only with `shuffle=True`; the others unless `shuffle=False`."""

TORCHVISION_FROM_TORCH: dict[str, tuple[int, int]] = {
    "RandomHorizontalFlip": (0, 7),
    "RandomVerticalFlip": (0, 7),
    "ColorJitter": (0, 7),
    "RandomCrop": (0, 8),
    "RandomResizedCrop": (0, 8),
    "RandomSizedCrop": (0, 8),
    "RandomRotation": (0, 8),
    "RandomAffine": (0, 8),
    "RandomPerspective": (0, 8),
    "RandomGrayscale": (0, 8),
    "RandomErasing": (0, 8),
    "RandomApply": (0, 8),
    "GaussianBlur": (0, 8),
    "RandomInvert": (0, 9),
    "RandomPosterize": (0, 9),
    "RandomSolarize": (0, 9),
    "RandomAdjustSharpness": (0, 9),
    "RandomAutocontrast": (0, 9),
    "RandomEqualize": (0, 9),
    "AutoAugment": (0, 9),
    "RandAugment": (0, 11),
    "TrivialAugmentWide": (0, 11),
}
"""The first torchvision in which a transform draws from torch's generator; until then from Python's `random`.

Read in `torchvision/transforms/transforms.py` of 0.5.0, 0.6.1, 0.7.0, 0.8.2 and 0.11.3. `RandomOrder` and
`RandomChoice` draw from `random` in all of them.
"""

TORCH_OF_TORCHVISION: dict[tuple[int, ...], tuple[int, ...]] = {
    (0, 7): (1, 6),
    (0, 8): (1, 7),
    (0, 9): (1, 8),
    (0, 11): (1, 10),
}
"""The torch that each of these torchvisions came with and requires."""

PAIRED_LIBRARIES = ("torchvision.transforms.",)

SETS_EPOCHS = frozenset(
    {
        "accelerate", "catalyst", "composer", "deepspeed", "detectron2", "fairseq", "fastai", "ignite", "lightning",
        "lightning_fabric", "mmcls", "mmcv", "mmdet", "mmengine", "mmpretrain", "mmseg", "poutyne",
        "pytorch_lightning", "transformers", "ultralytics",
    }
)  # fmt: skip
"""Frameworks whose training loops call `set_epoch` of samplers, or bring samplers of their own."""

DETERMINISM_CALLS = frozenset(
    {
        "torch.use_deterministic_algorithms",
        "torch.set_deterministic",
        "torch.set_deterministic_debug_mode",
        "transformers.enable_full_determinism",
    }
)
"""Calls that make all of torch deterministic."""

DETERMINISTIC_FROM = (1, 8)
"""The torch that has `use_deterministic_algorithms`."""

NEEDS_DETERMINISTIC = tuple(
    f"torch.nn.{name}"
    for name in (
        "ReplicationPad2d", "ReplicationPad3d", "ReflectionPad2d", "CTCLoss", "Upsample", "UpsamplingBilinear2d",
        "functional.ctc_loss", "functional.grid_sample", "functional.interpolate", "functional.upsample",
    )
)  # fmt: skip
"""Operations that sum on CUDA in no fixed order, forwards or backwards, whatever `cudnn.deterministic` says.

From the list in the documentation of `torch.use_deterministic_algorithms` (torch 2.13), without those in which several
gradients meet only where indices repeat (`gather`, `index_select`) or windows overlap (poolings).
"""
NEEDS_DETERMINISTIC_METHODS = ("index_add", "index_add_", "repeat_interleave", "scatter_add", "scatter_add_")
"""More of them, methods of tensors; they go by their names alone, which no other library has."""

SMOOTH_MODES = frozenset({"linear", "bilinear", "bicubic", "trilinear"})
"""The modes in which resizing sums backwards; the nearest neighbour does not."""
RESIZING = frozenset({"interpolate", "upsample", "Upsample"})

CUDA_FROM_MANUAL_SEED = (0, 2)
"""Before this torch, `torch.manual_seed` was for the CPU alone."""
