"""One spelling for each thing outside: the names under which libraries also export it."""

from functools import lru_cache

_PREFIXES = (
    ("torch.utils.data.dataloader.", "torch.utils.data."),
    ("torch.utils.data.dataset.", "torch.utils.data."),
    ("torch.utils.data._utils.worker.", "torch.utils.data."),
    ("torch.utils.data.distributed.", "torch.utils.data."),
    ("torch.utils.data.sampler.", "torch.utils.data."),
    ("numpy.random.mtrand.", "numpy.random."),
    ("numpy.random._generator.", "numpy.random."),
    ("numpy.random.mtrand", "numpy.random"),
    ("scipy.random", "numpy.random"),
    ("jax._src.", "jax."),
    ("torch.multiprocessing.", "multiprocessing."),
    ("torch_geometric.data.DataLoader", "torch_geometric.loader.DataLoader"),
    ("pytorch_lightning.", "lightning."),
    ("lightning.pytorch.", "lightning."),
    ("lightning_lite.", "lightning."),
    ("lightning_fabric.", "lightning."),
    ("imgaug.augmenters.", "imgaug."),
    ("dgl.dataloading.pytorch.", "dgl.dataloading."),
    ("dgl.dataloading.dataloader.", "dgl.dataloading."),
    ("fastai2.", "fastai."),
    ("fastai.basics.", "fastai."),
    ("fastai.data.all.", "fastai."),
    ("fastai.data.block.", "fastai."),
    ("fastai.data.core.", "fastai."),
    ("fastai.data.load.", "fastai."),
    ("fastai.tabular.all.", "fastai."),
    ("fastai.text.all.", "fastai."),
    ("fastai.vision.all.", "fastai."),
    ("fastai.vision.data.ImageDataLoaders", "fastai.ImageDataLoaders"),
    ("torchio.data.queue.", "torchio."),
    ("torchio.data.loader.", "torchio."),
    ("torchio.data.", "torchio."),
    ("tsai.all.", "tsai."),
    ("tsai.basics.", "tsai."),
    ("tsai.data.core.", "tsai."),
    ("trl.trainer.", "trl."),
    ("sentence_transformers.trainer.", "sentence_transformers."),
    ("sentence_transformers.cross_encoder.CrossEncoderTrainer", "sentence_transformers.CrossEncoderTrainer"),
    ("sentence_transformers.cross_encoder.trainer.", "sentence_transformers."),
    ("sentence_transformers.sparse_encoder.SparseEncoderTrainer", "sentence_transformers.SparseEncoderTrainer"),
    ("torch_geometric.data.lightning.LightningDataset", "torch_geometric.data.LightningDataset"),
    ("transformers.trainer.", "transformers."),
    ("transformers.trainer_seq2seq.", "transformers."),
    ("transformers.training_args.", "transformers."),
    ("transformers.training_args_seq2seq.", "transformers."),
    ("speechbrain.core.Brain", "speechbrain.Brain"),
    ("fairseq.data.EpochBatchIterator", "fairseq.data.iterators.EpochBatchIterator"),
    ("skorch.net.", "skorch."),
    ("skorch.classifier.", "skorch."),
    ("skorch.regressor.", "skorch."),
    ("braindecode.classifier.", "braindecode."),
    ("braindecode.regressor.", "braindecode."),
)


@lru_cache(maxsize=10_000)
def canonical(name: str) -> str:
    """The spelling that the rest of the catalogue uses."""
    for prefix, short in _PREFIXES:
        if name.startswith(prefix):
            return canonical(short + name[len(prefix) :]) if prefix[-1] == "." else short + name[len(prefix) :]
    return name


FINDS_BY_NAME = frozenset({
    "hydra.utils.get_class", "hydra.utils.get_method", "hydra.utils.get_object", "pydoc.locate",
})  # fmt: skip
"""What gives the class or function of a text such as `package.module.Name`."""
