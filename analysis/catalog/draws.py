"""What takes a number from a NumPy generator, and what makes or seeds one. Data, by canonical dotted name."""

GLOBAL_DRAWS = frozenset(
    f"numpy.random.{name}"
    for name in [
        "rand",
        "randn",
        "randint",
        "random",
        "random_sample",
        "ranf",
        "sample",
        "random_integers",
        "bytes",
        "choice",
        "shuffle",
        "permutation",
        "uniform",
        "normal",
        "standard_normal",
        "beta",
        "binomial",
        "chisquare",
        "dirichlet",
        "exponential",
        "f",
        "gamma",
        "geometric",
        "gumbel",
        "hypergeometric",
        "laplace",
        "logistic",
        "lognormal",
        "logseries",
        "multinomial",
        "multivariate_normal",
        "negative_binomial",
        "noncentral_chisquare",
        "noncentral_f",
        "pareto",
        "poisson",
        "power",
        "rayleigh",
        "standard_cauchy",
        "standard_exponential",
        "standard_gamma",
        "standard_t",
        "triangular",
        "vonmises",
        "wald",
        "weibull",
        "zipf",
        "tomaxint",
    ]
)
"""Functions of the module: they draw from NumPy's global state."""

GENERATOR_METHODS = frozenset(name.rpartition(".")[2] for name in GLOBAL_DRAWS) | {"integers", "permuted", "spawn"}
"""Methods of `RandomState` and `Generator` objects that draw."""

MONAI_GENERATOR = "monai.transforms.Randomizable.R"
"""What a MONAI transform draws from: one `RandomState()` of the class, made when MONAI is imported. MONAI's own
loaders seed it in each worker; torch's do not."""
MONAI_WORKER_INITS = frozenset({"monai.data.utils.worker_init_fn", "monai.data.worker_init_fn"})

GENERATORS = frozenset(
    {
        "numpy.random.RandomState",
        "numpy.random.default_rng",
        "numpy.random.default_rng.spawn",
        "numpy.random.Generator",
        "numpy.random.Generator.spawn",
        "sklearn.utils.check_random_state",
        "sklearn.utils.validation.check_random_state",
        "gym.utils.seeding.np_random",
        MONAI_GENERATOR,
    }
)
"""Calls that give a generator object, and MONAI's."""

BIT_GENERATORS = frozenset(f"numpy.random.{name}" for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"))

OTHER_GENERATORS = frozenset({"random.Random", "random.SystemRandom", "torch.Generator"})
"""Kept objects of these have the same fault; they are listed and never counted."""

OTHER_GENERATOR_METHODS = frozenset(
    [
        "random",
        "randint",
        "randrange",
        "choice",
        "choices",
        "shuffle",
        "sample",
        "uniform",
        "gauss",
        "normalvariate",
        "betavariate",
        "triangular",
    ]
)

_MADE_UP = (
    "blobs", "checkerboard", "circles", "classification", "friedman1", "gaussian_quantiles", "moons", "regression",
    "s_curve", "swiss_roll",
)  # fmt: skip

GLOBAL_UNLESS_GIVEN = {
    "sklearn.utils.shuffle": "random_state",
    "sklearn.utils.resample": "random_state",
    "sklearn.model_selection.train_test_split": "random_state",
    "skimage.util.random_noise": "seed",
    "skimage.util.noise.random_noise": "seed",
    "scipy.spatial.transform.Rotation.random": "random_state",
    "trimesh.sample.sample_surface": "seed",
    "trimesh.sample.sample_surface_even": "seed",
    "trimesh.sample.volume_mesh": "seed",
    "elasticdeform.deform_random_grid": "",
    "scipy.sparse.rand": "random_state",
    "scipy.sparse.random": "random_state",
    "scipy.sparse.random_array": "random_state",
    **{f"sklearn.datasets.make_{name}": "random_state" for name in _MADE_UP},
}
"""Functions that draw from the global state unless this keyword hands them a generator or a seed; without one, always.

scikit-image's from 0.19 on (December 2021) makes a generator of its own, for which torch from 1.9 on is no worse.
"""

STATS_DRAW = "rvs"
"""`scipy.stats.<distribution>.rvs` draws from the global state unless `random_state` is given."""

KEPT_LIBRARIES = ("imgaug.",)
"""Libraries whose objects draw from a NumPy generator that the library keeps."""

LIBRARY_SEEDS = frozenset({"imgaug.seed", "imgaug.random.seed"})
"""Calls that seed such a generator."""

SEEDS_GLOBAL = frozenset({"numpy.random.seed"})

SEEDS_WITHIN = frozenset({"fairseq.data.data_utils.numpy_seed", "fairseq.data.numpy_seed"})
"""Context managers of libraries that seed NumPy's global state with all that they are given, and put it back."""

TORCH_SEEDS = frozenset(
    {
        "torch.manual_seed",
        "torch.random.manual_seed",
        "torch.seed",
        "torch.cuda.manual_seed",
        "torch.cuda.manual_seed_all",
    }
)

FRAMEWORK_COUNTERS = frozenset({"current_epoch", "global_step", "epoch_num", "global_epoch"})
"""Attributes that training frameworks count up on what inherits from their classes."""

PYTHON_SEEDS = frozenset({"random.seed"})

GOOD_WORKER_INITS = frozenset(
    {
        "detectron2.data.build.worker_init_reset_seed",
        "detectron2.data.common.worker_init_reset_seed",
        "lightning.utilities.seed.pl_worker_init_function",
        "lightning.fabric.utilities.seed.pl_worker_init_function",
        "timm.data.loader._worker_init",
        "timm.data.loader.fast_collate",
        "ultralytics.data.build.seed_worker",
        "ultralytics.yolo.data.build.seed_worker",
        "transformers.trainer_utils.seed_worker",
        "fairseq.data.data_utils.worker_init",
    }
)
"""`worker_init_fn`s of libraries that seed NumPy differently by worker and by epoch."""

EPOCH_WORKER_INITS = frozenset(
    {
        "mmdet.datasets.builder.worker_init_fn",
        "mmcv.runner.worker_init_fn",
        "mmseg.datasets.builder.worker_init_fn",
        "mmengine.dataset.worker_init_fn",
        "mmengine.dataset.utils.worker_init_fn",
        "mmcls.datasets.builder.worker_init_fn",
        "basicsr.data.worker_init_fn",
    }
)
"""`worker_init_fn`s of libraries that seed with `num_workers * rank + worker_id + seed`: the same in every epoch."""
