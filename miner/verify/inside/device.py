"""CUDA for the repository's code: stood in for where the sandbox has no GPU, the real thing where it has one.

CUDA cannot be used in a process that was forked by one that has started it. Workers that are forked where the
repository forks them are told so by torch, as they would be anywhere, and that is noted. Where the repository starts
its workers by spawn or a fork server they are forked here all the same: then CUDA is stood in for until they start.
"""

import ctypes
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from miner.verify.inside.notes import STARTED, notes, place_in_repository

_VERSION = re.compile(r"Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s", re.DOTALL)
_WORDS = 200


@dataclass
class Here:
    """What this process has: the kind of device, nothing where there is none; what was stood in for. While CUDA is
    `left` to the workers the main process does not start it."""

    kind: str = ""
    left: bool = False
    plain: dict[tuple[Any, str], Any] = field(default_factory=dict)


here = Here()


def choose(kind: str) -> None:
    """Says what the attempts of this sandbox have. Touches nothing, so that their processes can start CUDA."""
    here.kind = kind


def install(start: str) -> None:
    """Makes this process one of an attempt, whose loader's workers start by `start`."""
    if here.kind != "cuda":
        _stand_in()
        return
    # Read when CUDA starts: what is not used is not loaded, and nothing is kept on disk.
    os.environ.update(CUDA_MODULE_LOADING="LAZY", CUDA_CACHE_DISABLE="1")
    cuda: Any = torch.cuda
    cuda._lazy_init = _noted(cuda._lazy_init, cuda.is_initialized)
    if start != "fork":
        # Whoever asks whether there is a device would start CUDA, for the workers as well.
        os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
        notes.emulated["CUDA in the main process"] = None
        here.left = True
        _stand_in()


def give_back() -> None:
    """Puts the real CUDA in place of what stood in for it, where there is a device: in a worker that starts afresh,
    and in the main process once no worker is to be forked any more."""
    if here.kind == "cuda":
        here.left = False
        for (owner, name), plain in here.plain.items():
            setattr(owner, name, plain)


def _stand_in() -> None:
    """There is no GPU, and what is moved to one may as well stay."""
    for owner in (torch.Tensor, torch.nn.Module):
        for name, staying in (("cuda", lambda self, *args, **kwargs: self), ("to", _to(getattr(owner, "to")))):  # noqa: B009
            here.plain[owner, name] = getattr(owner, name)
            setattr(owner, name, staying)


def _to(plain: Callable[..., Any]) -> Callable[..., Any]:
    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = [one for one in args if not _is_cuda(one)]
        named = {name: one for name, one in kwargs.items() if name != "device" or not _is_cuda(one)}
        if len(wanted) + len(named) == len(args) + len(kwargs) or wanted or named.keys() - {"non_blocking", "copy"}:
            return plain(self, *wanted, **named)
        return self

    return to


def _is_cuda(value: Any) -> bool:
    """Whether a value names a CUDA device: by its number too."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, str | torch.device) and str(value).partition(":")[0] == "cuda"


def _noted(plain: Callable[[], None], is_started: Callable[[], bool]) -> Callable[[], None]:
    """torch's start of CUDA, which every way to it takes; the repository's line that asked for it is noted."""

    def lazy_init() -> None:
        if is_started():
            return
        place = place_in_repository(sys._getframe(1))
        try:
            if here.left:
                raise RuntimeError("CUDA is left to the workers, which start afresh")
            plain()
        except Exception as error:
            if place is not None:
                notes.device[f"{_where(place)}: {str(error).partition(chr(10))[0][:_WORDS]}"] = None
            raise
        if place is not None:
            notes.device[f"{_where(place)}: {STARTED}"] = None

    return lazy_init


def _where(place: tuple[str, int, int]) -> str:
    worker = torch.utils.data.get_worker_info() is not None
    return f"{place[0]}:{place[1]} in {'a worker' if worker else 'the main process'}"


def described() -> dict[str, Any]:
    """The device, tried with one tensor. Starts CUDA in this process. Raises what torch raises where it cannot be used.

    Run in a process of its own: those that it was forked from must not start CUDA.
    """
    if here.kind == "cpu":
        return {"device": "cpu"}
    if torch.cuda._is_in_bad_fork():
        raise RuntimeError("CUDA was started in a process that this one was forked from")
    tried = int(torch.ones(8, device="cuda").sum().item())
    properties = torch.cuda.get_device_properties(0)
    return {
        "device": properties.name,
        "devices": torch.cuda.device_count(),
        "memory": f"{properties.total_memory / 2**30:.0f} GiB",
        "cuda": str(torch.version.cuda),
        "driver": driver_version(),
        "sum": tried,
    }


def driver_version() -> str:
    """The driver's version: as its library says it, else as the kernel module does."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL("libnvidia-ml.so.1")
        said = ctypes.create_string_buffer(96)
        if library.nvmlInit_v2() == 0 and library.nvmlSystemGetDriverVersion(said, ctypes.c_uint(len(said))) == 0:
            return said.value.decode(errors="replace")
    with suppress(OSError):
        return version_in(Path("/proc/driver/nvidia/version").read_text())
    return "unknown"


def version_in(text: str) -> str:
    """The driver's version in what /proc/driver/nvidia/version says."""
    found = _VERSION.search(text)
    return found[1] if found else "unknown"
