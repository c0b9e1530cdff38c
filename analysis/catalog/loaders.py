"""Loaders by their canonical dotted name: where they take the dataset, the workers and what reseeds them. Data."""

import msgspec

_TORCH = (
    "dataset batch_size shuffle sampler batch_sampler num_workers collate_fn pin_memory drop_last timeout "
    "worker_init_fn multiprocessing_context generator"
)


class LoaderSpec(msgspec.Struct, frozen=True):
    """How to read a call that makes a loader.

    `params` are its positional parameters; `datasets`, `workers`, ... the names that carry each role.
    `default_workers` is what the loader uses when nothing is passed, `reseeds` what it does to NumPy's global state
    in each worker by itself: `good`, `epoch` or `none`, or `library`, which is to its own library's generators alone.
    `on_receiver`: the dataset is the object it is called on.
    `configured`: what is not passed is taken from configuration files, the dataset among it.
    `seeded_by`: it reseeds only where this argument, or the setting of that name in its configuration, is no None.
    `only_given`: it makes a loader only where one of the `datasets` is handed to it.
    `copied`: its workers are the repository's own, and have nothing that torch has done in workers since.
    `prefix` stands before each keyword that is handed on to the loader; `within` is the dict that is handed on.
    """

    params: tuple[str, ...]
    datasets: tuple[str, ...] = ("dataset",)
    workers: str = "num_workers"
    default_workers: int = 0
    collate: tuple[str, ...] = ("collate_fn",)
    reseeds: str = "none"
    on_receiver: bool = False
    persistent: bool = False
    configured: bool = False
    only_given: bool = False
    copied: bool = False
    seeded_by: str = ""
    prefix: str = ""
    within: str = ""


def _spec(params: str, **named: object) -> LoaderSpec:
    return LoaderSpec(tuple(params.split()), **named)  # type: ignore[arg-type]  # a table of literals


HYDRA = "hydra.utils.instantiate"
"""Makes whatever the configuration names as `_target_`; a loader when that is one."""

_LOADERS: dict[str, LoaderSpec] = {
    "torch.utils.data.DataLoader": _spec(_TORCH),
    "torch.utils.data.DataLoader2": _spec(_TORCH),
    "torchdata.stateful_dataloader.StatefulDataLoader": _spec(_TORCH),
    "prefetch_generator.DataLoaderX": _spec(_TORCH),
    "torch_geometric.loader.DataLoader": _spec("dataset batch_size shuffle follow_batch exclude_keys"),
    "torch_geometric.loader.DenseDataLoader": _spec("dataset batch_size shuffle"),
    "torch_geometric.loader.DataListLoader": _spec("dataset batch_size shuffle"),
    "torch_geometric.data.DataListLoader": _spec("dataset batch_size shuffle"),
    "torch_geometric.data.DenseDataLoader": _spec("dataset batch_size shuffle"),
    "torch_geometric.dataloader.DataLoader": _spec("dataset batch_size shuffle"),
    "dgl.dataloading.GraphDataLoader": _spec("dataset collate_fn use_ddp ddp_seed"),
    "monai.data.DataLoader": _spec("dataset num_workers", reseeds="library"),
    "monai.data.dataloader.DataLoader": _spec("dataset num_workers", reseeds="library"),
    "monai.data.ThreadDataLoader": _spec(
        "dataset buffer_size buffer_timeout repeats use_thread_workers", reseeds="library"
    ),
    "webdataset.WebLoader": _spec(_TORCH),
    "speechbrain.dataio.dataloader.SaveableDataLoader": _spec(_TORCH),
    "speechbrain.dataio.dataloader.make_dataloader": _spec("dataset looped_nominal_epoch"),
    "torchmeta.utils.data.BatchMetaDataLoader": _spec("dataset batch_size shuffle sampler num_workers"),
    "torchio.SubjectsLoader": _spec("dataset collate_fn"),
    # It has a loader of its own for the subjects; what takes patches from it has no workers.
    "torchio.Queue": _spec(
        "subjects_dataset max_length samples_per_volume sampler subject_sampler num_workers",
        datasets=("subjects_dataset",),
    ),
    "streaming.StreamingDataLoader": _spec(_TORCH),
    "litdata.StreamingDataLoader": _spec("dataset"),
    "lightning.data.StreamingDataLoader": _spec("dataset"),
    "flashy.distrib.loader": _spec("dataset"),
    "ignite.distributed.auto_dataloader": _spec("dataset"),
    "timm.data.create_loader": _spec("dataset input_size batch_size", default_workers=1, reseeds="good"),
    "timm.data.loader.create_loader": _spec("dataset input_size batch_size", default_workers=1, reseeds="good"),
    "ultralytics.data.build.build_dataloader": _spec(
        "dataset batch workers", workers="workers", persistent=True, reseeds="good"
    ),
    "ultralytics.data.build_dataloader": _spec(
        "dataset batch workers", workers="workers", persistent=True, reseeds="good"
    ),
    "ultralytics.data.build.InfiniteDataLoader": _spec(_TORCH, persistent=True),
    "torchnet.dataset.ListDataset.parallel": _spec("", on_receiver=True),
    "torchnet.dataset.BatchDataset.parallel": _spec("", on_receiver=True),
    "detectron2.data.build_detection_train_loader": _spec(
        "cfg mapper", datasets=("dataset", "mapper"), default_workers=4, reseeds="good"
    ),
    "detectron2.data.build.build_batch_data_loader": _spec(
        "dataset sampler total_batch_size", default_workers=4, reseeds="good"
    ),
    "detectron2.data.build_batch_data_loader": _spec(
        "dataset sampler total_batch_size", default_workers=4, reseeds="good"
    ),
    "detectron2.data.build_detection_test_loader": _spec(
        "cfg dataset_name mapper", datasets=("dataset", "mapper"), default_workers=4
    ),
    HYDRA: _spec("config " + _TORCH, configured=True),
    # Its training's workers are seeded with their number and the option `manual_seed`.
    "basicsr.train.train_pipeline": _spec("root_path", workers="num_worker_per_gpu", reseeds="epoch", configured=True),
    "mmengine.runner.Runner.build_dataloader": _spec("dataloader seed", reseeds="epoch"),
    "speechbrain.Brain.fit": _spec(
        "epoch_counter train_set valid_set progressbar train_loader_kwargs valid_loader_kwargs",
        datasets=("train_set",),
        within="train_loader_kwargs",
    ),
    "fairseq.data.iterators.EpochBatchIterator": _spec(
        "dataset collate_fn batch_sampler seed num_shards shard_id num_workers"
    ),
    # As many workers as it has devices, times two.
    "deepspeed.initialize": _spec(
        "args model optimizer model_parameters training_data",
        datasets=("training_data",),
        workers="",
        default_workers=2,
        only_given=True,
    ),
}

TRAINERS = {"train_dataset": "get_train_dataloader", "eval_dataset": "get_eval_dataloader"}
"""What transformers' trainers make loaders of, and the methods that do so."""
_TRAINER = _spec(
    "model args data_collator train_dataset eval_dataset",
    datasets=tuple(TRAINERS),
    workers="dataloader_num_workers",
    collate=("data_collator",),
    reseeds="good",
)
_PREFERENCES = msgspec.structs.replace(_TRAINER, params=("model", "ref_model", *_TRAINER.params[1:]))
for _trainer in ("transformers.Trainer", "transformers.Seq2SeqTrainer", "trl.SFTTrainer", "trl.RewardTrainer"):
    _LOADERS[_trainer] = _TRAINER
for _trainer in ("DPOTrainer", "KTOTrainer", "ORPOTrainer", "CPOTrainer"):
    _LOADERS[f"trl.{_trainer}"] = _PREFERENCES
for _trainer in ("SentenceTransformerTrainer", "SparseEncoderTrainer", "CrossEncoderTrainer"):
    # Its loaders are its own, and have no `worker_init_fn`.
    _LOADERS[f"sentence_transformers.{_trainer}"] = msgspec.structs.replace(
        _TRAINER, params=("model", "args", "train_dataset", "eval_dataset", "loss", "evaluator"), reseeds="none"
    )

TASKS = "fairseq.tasks."
"""Where the classes are whose objects keep datasets for a framework that makes the loaders itself."""
TASK_DATASETS = "datasets"
TASK_COLLATE = "collater"
"""The dataset's own method that is the loader's `collate_fn`."""
TASK_LOADER = _spec("dataset", collate=(), default_workers=1)
"""The option `--num-workers` is 1 by default."""

_OPENMMLAB = (
    "mmaction", "mmcls", "mmcv", "mmdet", "mmdet3d", "mmedit", "mmflow", "mmgen", "mmocr", "mmpose", "mmrotate",
    "mmseg", "mmselfsup", "mmtrack",
)  # fmt: skip
"""Libraries from before mmengine: their workers are seeded with their number and `cfg.seed`, if there is one."""

for _library in _OPENMMLAB:
    for _module in ("datasets", "datasets.builder"):
        _LOADERS[f"{_library}.{_module}.build_dataloader"] = _spec(
            "dataset samples_per_gpu workers_per_gpu num_gpus dist shuffle seed",
            workers="workers_per_gpu",
            reseeds="epoch",
            seeded_by="seed",
        )
    for _function in ("train_detector", "train_model", "train_segmentor"):
        _LOADERS[f"{_library}.apis.{_function}"] = _spec(
            "model dataset cfg", workers="workers_per_gpu", reseeds="epoch", seeded_by="seed", configured=True
        )

_NETS = (
    "skorch.NeuralNet", "skorch.NeuralNetClassifier", "skorch.NeuralNetBinaryClassifier", "skorch.NeuralNetRegressor",
    "braindecode.EEGClassifier", "braindecode.EEGRegressor",
)  # fmt: skip
for _net in _NETS:
    # The dataset comes with `fit`, or is made there of what is given.
    _LOADERS[_net] = _spec("module criterion optimizer", prefix="iterator_train__")

_CATALYST = _spec(
    "data_source open_fn dict_transform sampler collate_fn batch_size num_workers",
    datasets=("open_fn", "dict_transform"),
    default_workers=4,
)

_FASTAI = ("fastai.basic_data.DataBunch", "fastai.DataBunch", "fastai.vision.DataBunch")
for _bunch in (*_FASTAI, "fastai.vision.ImageDataBunch", "fastai.vision.data.ImageDataBunch"):
    # fastai's first version: as many workers as the machine has processors, up to sixteen.
    _LOADERS[f"{_bunch}.create"] = _spec(
        "train_ds valid_ds test_ds path bs val_bs num_workers dl_tfms device collate_fn",
        datasets=("train_ds", "valid_ds", "test_ds"),
        default_workers=16,
    )

_FASTAI_ITEMS = ("label_func", "item_tfms")
_FASTAI_STEPS = ("create_batch", "create_item", "before_batch", "after_item")
for _leaf, _params, _named in (
    ("DataLoader", "dataset bs num_workers", {"default_workers": 0, "collate": _FASTAI_STEPS}),
    ("TfmdDL", "dataset bs shuffle num_workers", {"collate": _FASTAI_STEPS}),
    ("DataLoaders.from_dsets", "train_ds valid_ds test_ds", {"datasets": ("train_ds", "valid_ds", "test_ds")}),
    ("ImageDataLoaders.from_dsets", "train_ds valid_ds test_ds", {"datasets": ("train_ds", "valid_ds", "test_ds")}),
    ("DataLoaders.from_dblock", "dblock source", {"datasets": ("dblock",)}),
    ("ImageDataLoaders.from_dblock", "dblock source", {"datasets": ("dblock",)}),
    ("DataBlock.dataloaders", "source", {"on_receiver": True}),
    ("Datasets.dataloaders", "bs", {"on_receiver": True}),
    ("TfmdLists.dataloaders", "bs", {"on_receiver": True}),
    ("ImageDataLoaders.from_folder", "path train valid", {"datasets": ("item_tfms",)}),
    ("ImageDataLoaders.from_df", "df path", {"datasets": ("item_tfms",)}),
    ("ImageDataLoaders.from_csv", "path csv_fname", {"datasets": ("item_tfms",)}),
    ("ImageDataLoaders.from_lists", "path fnames labels", {"datasets": ("item_tfms",)}),
    ("ImageDataLoaders.from_name_func", "path fnames label_func", {"datasets": _FASTAI_ITEMS}),
    ("ImageDataLoaders.from_path_func", "path fnames label_func", {"datasets": _FASTAI_ITEMS}),
):
    # fastai from its second version on seeds each worker with the seed that torch gives it.
    _LOADERS[f"fastai.{_leaf}"] = _spec(_params, **{"default_workers": 16, "reseeds": "good", **_named})
_LOADERS["tsai.TSDataLoaders.from_dsets"] = msgspec.structs.replace(
    _LOADERS["fastai.DataLoaders.from_dsets"], default_workers=0
)

for _name in ("torch_geometric.data.LightningDataset", "lightning.LightningDataModule.from_datasets"):
    _LOADERS[_name] = _spec(
        "train_dataset val_dataset test_dataset predict_dataset batch_size num_workers",
        datasets=("train_dataset", "val_dataset", "test_dataset"),
        persistent=_name.startswith("torch_geometric."),
    )

for _name in ("DataLoader", "NodeDataLoader", "EdgeDataLoader"):
    # What samples from the graph is DGL's collate function; the dataset are numbers of nodes or edges.
    _LOADERS[f"dgl.dataloading.{_name}"] = _spec(
        "graph indices graph_sampler", datasets=(), collate=("graph_sampler", "block_sampler", "negative_sampler")
    )

_EXPORTS_TORCHS = (
    "mmcv.",
    "mmengine.",
    "torch.",
    "torchdata.",
    "torchtext.",
    "catalyst.",
    "kaolin.",
    "prefetch_generator.",
)
"""Libraries whose `DataLoader`, wherever they keep it, is torch's or inherits from it."""
_WHEREVER = ("DataLoader", "PoolDataLoader", "get_loader")
"""Names of loaders that libraries keep in places of their own."""


def loader_spec(name: str) -> LoaderSpec | None:
    """How to read a call of a dotted name that makes a loader; None when it makes none."""
    known = _LOADERS.get(name)
    if known is None and name.startswith("catalyst.") and name.endswith(".get_loader"):
        return _CATALYST
    if known is None and name.startswith(_EXPORTS_TORCHS) and name.endswith((".DataLoader", ".PoolDataLoader")):
        return _LOADERS["torch.utils.data.DataLoader"]
    return known


NOT_IN_WORKERS = {
    "fastai": frozenset({"batch_tfms", "get_items", "splitter", "splits"}),
    "torch_geometric": frozenset({"pre_filter", "pre_transform"}),
}
"""Arguments of libraries' datasets that the parent calls."""

LOADER_LEAVES = frozenset(
    [*_WHEREVER, *(name.rpartition(".")[2] for name, spec in _LOADERS.items() if not spec.within)]
)
PREFIXING = frozenset(name.rpartition(".")[2] for name, spec in _LOADERS.items() if spec.prefix)
"""Classes that make a loader of what their keywords with a prefix say."""
HANDING_ON = frozenset(name.rpartition(".")[2] for name, spec in _LOADERS.items() if spec.within)
"""Methods that make a loader with a dict that they are given: everyday names, told by that dict's."""

CALLED_FOR_EACH = frozenset({"dict_transform", "item_tfms", "label_func", "mapper", "open_fn"})
"""Arguments of loaders that are called for each sample and are no datasets."""

EXPERIMENTS = "catalyst."
"""Where the classes are whose objects are asked for datasets by a framework that makes the loaders itself."""
EXPERIMENT_DATASETS = "get_datasets"
EXPERIMENT_LOADER = LoaderSpec((), reseeds="epoch")
"""Its workers are seeded with their number and the seed of the experiment."""

DATASET_BASES = (
    "torch.utils.data.Dataset",
    "torch.utils.data.IterableDataset",
    "torch.utils.data.MapDataPipe",
    "torch.utils.data.IterDataPipe",
    "torch_geometric.data.Dataset",
    "torch_geometric.data.InMemoryDataset",
)

TRANSFORMS_OF_DATA = ("transform", "transforms", "target_transform")
"""What libraries' datasets keep of their arguments, and call for each sample."""
TRANSFORM_PLACES = {
    "torchvision.datasets.": slice(None),
    "torch_geometric.data.": slice(1, 2),
    "monai.data.": slice(1, 2),
    "torchio.": slice(1, 2),
}
"""Where they stand among a constructor's arguments; all else that torchvision's take is paths, texts and switches."""

WRAPPERS = frozenset(
    f"torch.utils.data.{name}" for name in ("ConcatDataset", "ChainDataset", "Subset", "random_split", "StackDataset")
)

_PIPES = ("torch.utils.data.IterDataPipe", "torch.utils.data.MapDataPipe", "torch.utils.data.datapipes.", "torchdata.")


def is_pipe(base: str) -> bool:
    """Whether a class from outside is one of torch's pipes."""
    return base.startswith(_PIPES)


FUNCTIONAL = "functional_datapipe"
"""What makes a class of pipes a method of all pipes."""

PIPED = frozenset({"datapipe", "source_datapipe", "main_datapipe"})
"""Where torch's pipes keep the pipe they were made of, which is the first argument; a function is the second."""

COPIED = "torch.utils.data.DataLoader"
"""The loader of which repositories carry copies, from torch's early releases: there it was one file, easily changed."""
COPIED_LOOP = "_worker_loop"
"""What each worker of such a copy runs, as torch names it; copies seed NumPy there that torch did not yet seed."""

ITERABLE_BASES = ("torch.utils.data.IterableDataset", "torch.utils.data.IterDataPipe")

CACHING = (".CacheDataset", ".SmartCacheDataset")
"""MONAI's datasets that are filled in the parent when they are made."""
CACHING_PARAMS = ("data", "transform", "cache_num", "cache_rate")

EAGER = ("datasets.load_dataset", "datasets.Dataset", "datasets.load_from_disk")
"""Hugging Face datasets: `map` and `filter` run once, in the parent; only set transforms run in a worker."""
EAGER_METHODS = frozenset({"map", "filter", "shuffle", "select", "train_test_split", "sort"})
LIBRARY_DATASETS = (
    *EAGER, "medmnist.", "ogb.", "torch.utils.data.TensorDataset", "torch_geometric.datasets.",
    "torchaudio.datasets.", "torchtext.datasets.", "torchvision.datasets.",
)  # fmt: skip
"""How the names of datasets begin that libraries bring: no class of a repository is behind them."""
STREAMING = "streaming"
"""With this argument true `load_dataset` gives a dataset that maps and filters in a worker, as it is iterated over."""
STREAM = "datasets.IterableDataset"
MADE_A_STREAM = ".to_iterable_dataset"

MACHINE_COUNTS = frozenset(
    {
        "os.cpu_count",
        "multiprocessing.cpu_count",
        "psutil.cpu_count",
        "os.sched_getaffinity",
        "torch.cuda.device_count",
        "torch.get_num_threads",
        "joblib.cpu_count",
        "fastcore.foundation.defaults.cpus",
    }
)
"""Calls that tell how many processors or devices the machine has: more than none."""
