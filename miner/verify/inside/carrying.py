"""Batches on their way from the workers: pinned by the loader, and moved to the device.

A batch is the tensors of its samples as the repository's dataset gives them; where there are none, since the samples
were made of what stands in for data, a few numbers of ours take their place.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from miner.verify.inside.device import here

MOST_TENSORS = 16
MOST_BYTES = 4 * 2**20
"""Of one batch: several wait at the same time in a small /dev/shm."""
_DEEPEST = 4


@dataclass(slots=True)
class Carried:
    """Batches that came: those of the repository's own samples, pinned ones, moved ones; and those whose tensors lay on
    the device already, which pinned memory does not take, so that they were brought back first."""

    batches: int = 0
    own: int = 0
    pinned: int = 0
    moved: int = 0
    on_device: int = 0

    def take(self, batch: tuple[bool, bool, list[torch.Tensor]]) -> None:
        """Counts one batch and moves it."""
        own, on_device, tensors = batch
        device = torch.device(here.kind)
        self.batches += 1
        self.own += own
        self.on_device += on_device
        self.pinned += here.kind == "cuda" and all(tensor.is_pinned() for tensor in tensors)
        moved = [tensor.to(device, non_blocking=True) for tensor in tensors]
        self.moved += all(tensor.device.type == here.kind for tensor in moved)

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def packed(samples: Sequence[Any]) -> tuple[bool, bool, list[torch.Tensor]]:
    """A batch as it leaves its worker: whether it is the repository's, whether it lay on a device, its tensors."""
    tensors: list[torch.Tensor] = []
    size = 0
    for tensor in tensors_in(samples):
        size += tensor.numel() * tensor.element_size()
        if len(tensors) == MOST_TENSORS or size > MOST_BYTES:
            break
        tensors.append(tensor)
    on_device = any(tensor.is_cuda for tensor in tensors)
    return bool(tensors), on_device, [tensor.cpu() for tensor in tensors] or [torch.zeros(len(samples))]


def tensors_in(value: Any, depth: int = _DEEPEST) -> Iterator[torch.Tensor]:
    """The tensors of samples, and their arrays as tensors."""
    if isinstance(value, torch.Tensor):
        if value.numel() and value.layout == torch.strided:
            yield value.detach()
    elif isinstance(value, np.ndarray) and value.size and value.dtype.kind in "fiub":
        with suppress(TypeError, ValueError):
            yield torch.from_numpy(value.copy())
    elif depth and isinstance(value, list | tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(one, depth - 1)
