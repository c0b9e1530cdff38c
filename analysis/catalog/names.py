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
    ("imgaug.augmenters.", "imgaug."),
    ("fastai2.", "fastai."),
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
