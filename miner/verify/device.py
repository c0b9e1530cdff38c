"""A GPU that a sandbox gets, where that is asked for: NVIDIA's device nodes, and where its driver's libraries lie.

Nothing here starts CUDA: a process that has cannot fork one that uses it.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from miner.errors import MinerError

Kind = Literal["cpu", "cuda"]

_EVERY_DEVICE = ("nvidiactl", "nvidia-uvm")
"""Nodes that CUDA opens whichever device it computes on."""
_OTHER = ("nvidia-uvm-tools",)
_ONE_DEVICE = re.compile(r"nvidia\d+")
_OF_THE_KERNEL = (
    "module/nvidia",
    "module/nvidia_uvm",
    "module/nvidia_modeset",
    "module/nvidia_drm",
    "devices/system/node",
    "devices/system/cpu",
    "devices/system/memory",
    "bus/pci/devices",
)
"""What the driver's library reads below /sys when it starts: without it CUDA says that the system does not fit."""
_PCI_DEVICES = "bus/pci/drivers/nvidia"
_CACHE = "etc/ld.so.cache"
_DRIVER = "libcuda.so.1"
_ELSEWHERE = ("usr/local/nvidia/lib64", "usr/local/nvidia/lib", "run/opengl-driver/lib", "usr/lib/wsl/lib")
"""Where container platforms and systems put the driver's libraries that the loader does not look by itself."""


class NoDevice(MinerError):  # noqa: N818 - the word for what is missing
    """A GPU was asked for and is not to be had; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Device:
    """What a sandbox is given: `nodes` are device nodes, `kernel` what the kernel tells of them below /sys, `libraries`
    folders with the driver's libraries, where the loader does not find them by itself.

    Of the kind `cpu` everything is done that a device asks for, and batches stay where they are.
    """

    kind: Kind
    nodes: tuple[str, ...] = ()
    kernel: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()

    @property
    def shown(self) -> list[str]:
        """The files and folders that have to be seen inside."""
        return [*self.nodes, *self.kernel, *self.libraries]

    @property
    def environment(self) -> dict[str, str]:
        """What the loader has to be told when the program starts."""
        return {"LD_LIBRARY_PATH": ":".join(self.libraries)} if self.libraries else {}


def find(root: Path = Path("/")) -> Device:
    """The GPU of this machine, all of it that this process has been given. Raises NoDevice."""
    nodes = root / "dev"
    devices = sorted(path for path in nodes.glob("nvidia*") if _ONE_DEVICE.fullmatch(path.name))
    if not devices:
        raise NoDevice(
            "no NVIDIA GPU here: there is no /dev/nvidia0 (a container has to be given one: `--gpus all`, or a device "
            "reservation)"
        )
    for name in _EVERY_DEVICE:
        if not (nodes / name).exists():
            raise NoDevice(
                f"the NVIDIA driver is not ready: there is no /dev/{name}; `nvidia-modprobe -u -c 0` makes it"
            )
    others = [path for name in _OTHER for path in [nodes / name] if path.exists()]
    # A part of a device (MIG) is opened by nodes of its own.
    parts = sorted((nodes / "nvidia-caps").glob("nvidia-cap*"))
    every = [nodes / name for name in _EVERY_DEVICE]
    passed = tuple(map(str, [*devices, *every, *others, *parts]))
    return Device("cuda", passed, tuple(_told_by_kernel(root / "sys")), tuple(_libraries(root)))


def _told_by_kernel(root: Path) -> Iterator[str]:
    """What the kernel tells of the machine's memory and of NVIDIA's devices; those on the PCI bus are links."""
    known = [root / path for path in _OF_THE_KERNEL]
    # Beside the devices there is a link to the kernel's module.
    links = sorted(path for path in (root / _PCI_DEVICES).glob("*:*:*") if path.is_symlink())
    return (str(path) for path in [*known, *(link.resolve() for link in links)] if path.is_dir())


def _libraries(root: Path) -> Iterator[str]:
    """Folders with the driver's libraries; none where the loader's own list has them."""
    cache = root / _CACHE
    if cache.is_file() and _DRIVER.encode() in cache.read_bytes():
        return
    told = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    folders = [Path(one) for one in told if one.startswith("/")] + [root / one for one in _ELSEWHERE]
    for folder in dict.fromkeys(folders):
        if (folder / _DRIVER).exists():
            yield str(folder)
