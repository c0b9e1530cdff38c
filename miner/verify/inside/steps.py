"""One small training step, whose bits are compared: the same seed, the same data, again and again.

A convolution and one operation of the program's own models, forwards, backwards and once down the gradient. On a
processor the bits are always the same; on CUDA they are where the order of every sum is.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

STEPS = 4
"""Steps in one process, each from the same seed."""
_SEED, _PICTURES, _CHANNELS, _SIDE = 0, 8, 16, 48
_SHRUNK = 97

Operation = Callable[[torch.Tensor], torch.Tensor]


def _resized(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=1.7, mode="bilinear", align_corners=False)


def _sampled(x: torch.Tensor) -> torch.Tensor:
    across = torch.linspace(-1, 1, _SIDE, device=x.device)
    grid = torch.stack(torch.meshgrid(across, across * 0.3, indexing="ij"), -1)
    return functional.grid_sample(x, grid.expand(len(x), -1, -1, -1), align_corners=False)


def _places(x: torch.Tensor) -> torch.Tensor:
    return torch.arange(x.numel(), device=x.device) * 31 % _SHRUNK


def _added(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros(_SHRUNK, device=x.device).index_add(0, _places(x), x.flatten())


def _scattered(x: torch.Tensor) -> torch.Tensor:
    return torch.zeros(_SHRUNK, device=x.device).scatter_add(0, _places(x), x.flatten())


def _repeated(x: torch.Tensor) -> torch.Tensor:
    return x.repeat_interleave(torch.full((len(x),), 5, device=x.device), 0)


def _padded(mode: str) -> Operation:
    return lambda x: functional.pad(x, (5, 5, 5, 5), mode=mode)


def _padded_solid(x: torch.Tensor) -> torch.Tensor:
    return functional.pad(x.unsqueeze(2), (5, 5, 5, 5, 1, 1), mode="replicate")


def _aligned(x: torch.Tensor) -> torch.Tensor:
    chances = x.mean(3).permute(2, 0, 1).log_softmax(2)
    wanted = torch.arange(_PICTURES * 8, device=x.device).reshape(_PICTURES, 8) % (_CHANNELS - 1) + 1
    lengths = torch.full((_PICTURES,), len(chances)), torch.full((_PICTURES,), 8)
    return functional.ctc_loss(chances, wanted, *lengths)


_OPERATIONS: dict[str, Operation] = {
    **dict.fromkeys(("interpolate", "upsample", "Upsample", "UpsamplingBilinear2d"), _resized),
    "grid_sample": _sampled,
    **dict.fromkeys(("index_add", "index_add_"), _added),
    **dict.fromkeys(("scatter_add", "scatter_add_"), _scattered),
    "repeat_interleave": _repeated,
    "ReflectionPad2d": _padded("reflect"),
    "ReplicationPad2d": _padded("replicate"),
    "ReplicationPad3d": _padded_solid,
    **dict.fromkeys(("ctc_loss", "CTCLoss"), _aligned),
}
OPERATIONS = frozenset(_OPERATIONS)


def step(device: str, operation: str | None, seed: int = _SEED) -> str:
    """A digest of the bits of a step's loss, gradients and weights, all made from one seed.

    `operation` is what stands behind the convolution, by its name in `OPERATIONS`; None for nothing.
    """
    torch.manual_seed(seed)
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(3, _CHANNELS, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(_CHANNELS, _CHANNELS, 3)
    ).to(device)
    pictures = torch.rand(_PICTURES, 3, _SIDE, _SIDE).to(device)
    after: Operation = _OPERATIONS[operation] if operation is not None else torch.nn.Identity()
    loss = after(layers(pictures)).square().mean()
    loss.backward()  # type: ignore[no-untyped-call]
    weights = list(layers.parameters())
    with torch.no_grad():  # by hand: torch's optimizers load its compiler first, which takes longer than all steps
        for weight in weights:
            if weight.grad is not None:
                weight.sub_(weight.grad, alpha=0.1)
    return digest([loss, *(weight.grad for weight in weights), *weights])


def digest(values: list[Any]) -> str:
    """The same for the same bits."""
    made = hashlib.blake2b(digest_size=8)
    for value in values:
        made.update(value.detach().cpu().contiguous().numpy().tobytes())
    return made.hexdigest()
