"""An emulation of what MONAI's transforms draw from, for transforms of a repository that inherit from them.

As in MONAI's `transforms/transform.py`: `Randomizable.R` is one `RandomState()` of the class, made when MONAI is
imported; `set_random_state` gives an object one of its own. The evidence says `emulated`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

from miner.verify.inside.notes import notes
from miner.verify.inside.stub import Stub, StubBase


class _Transform(StubBase):
    """What MONAI's transforms inherit from; what it does not have is a stub."""


class _MapTransform(_Transform):
    def __init__(self, keys: Any = ("image",), allow_missing_keys: bool = False, *args: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keys = (keys,) if isinstance(keys, str) or not isinstance(keys, Iterable) else tuple(keys)
        self.allow_missing_keys = allow_missing_keys

    def key_iterator(self, data: Any, *more: Any) -> Iterator[Any]:
        yield from zip(self.keys, *more, strict=False) if more else self.keys


def seed_transforms(worker: int) -> None:
    """The `worker_init_fn` of MONAI's loader: another seed for whatever has `set_random_state`, and nothing else."""
    info = torch.utils.data.get_worker_info()
    if info is not None:
        _seed_in(info.dataset, int(info.seed), set())


def _seed_in(value: Any, seed: int, seen: set[int]) -> int:
    """As MONAI's `set_rnd`: the next seed."""
    if id(value) in seen or isinstance(value, type):
        return seed
    seen.add(id(value))
    if isinstance(value, list | tuple):
        inner = list(value)
    elif isinstance(value, Stub):
        inner = list(value._kept)
    elif hasattr(value, "__dict__") and hasattr(value, "set_random_state"):
        value.set_random_state(seed=seed % 2**32)
        return seed + 1
    else:
        inner = [each for name, each in vars(value).items() if name[:2] != "__"] if hasattr(value, "__dict__") else []
    for each in inner:
        seed = _seed_in(each, seed, seen)
    return seed


def names() -> dict[str, Any]:
    """What the stand-in for `monai.transforms` has."""
    notes.emulated["monai.transforms.Randomizable"] = None

    class Randomizable:
        # Made here and not above: NumPy's classes are replaced by recording ones when an attempt begins.
        R = np.random.RandomState()

        def set_random_state(self, seed: Any = None, state: Any = None) -> Any:
            self.R = state if state is not None else np.random.RandomState(seed)
            return self

        def randomize(self, data: Any = None) -> None:
            raise NotImplementedError  # as MONAI's does: who draws says how

    class RandomizableTransform(Randomizable, _Transform):
        def __init__(self, prob: float = 1.0, do_transform: bool = True) -> None:
            super().__init__()
            self.prob, self._do_transform = prob, do_transform

        def randomize(self, data: Any = None) -> None:
            self._do_transform = bool(self.R.rand() < self.prob)

    return {
        "InvertibleTransform": _Transform,
        "MapTransform": _MapTransform,
        "Randomizable": Randomizable,
        "RandomizableTransform": RandomizableTransform,
        "Transform": _Transform,
    }
