"""A control group for one sandbox, where this process may make one: memory and processes of all of it together.

Both the unified hierarchy (v2, its subtree delegated to us) and the old one (v1, as root) are known. Where neither
can be had the limits of each process (rlimits, sized tmpfs) still hold.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from miner.verify.limits import Limits

_MOUNT = Path("/sys/fs/cgroup")
_TRIES, _PAUSE_SECONDS = 200, 0.01
_PREFIX = "seedwatch-"


@dataclass(slots=True)
class ControlGroup:
    """The folders of one group, one for each hierarchy that carries it; none where there are none to be had."""

    folders: list[Path] = field(default_factory=list)

    @classmethod
    def make(cls, name: str, limits: Limits) -> "ControlGroup":
        """A group called `name`, below that of this process, with the limits on memory and processes."""
        group = cls()
        for parent, settings in _places(limits):
            folder = parent / name
            try:
                folder.mkdir()
            except OSError:
                continue
            if any(_write(folder / file, value) for file, value in settings.items()):
                group.folders.append(folder)
            else:
                _remove(folder)
        return group

    def admit(self, pid: int) -> None:
        """Puts a process into the group."""
        self.folders = [
            folder for folder in self.folders if _write(folder / "cgroup.procs", str(pid)) or _remove(folder)
        ]

    def remove(self) -> None:
        """Takes the group away. Its processes must have ended."""
        for folder in self.folders:
            _remove(folder)


def name_of(keeper: int) -> str:
    """The name of the group of the sandbox that a process keeps."""
    return f"{_PREFIX}{keeper}"


def clear(keeper: int) -> None:
    """Takes away what a keeper that was killed left; nothing where it could do so itself."""
    for parent in _parents():
        folder = parent / name_of(keeper)
        if folder.exists():
            _remove(folder)


def sweep() -> None:
    """Takes away the groups of keepers that were killed with all that would have cleared up after them."""
    for parent in _parents():
        for folder in parent.glob(f"{_PREFIX}*"):
            keeper = folder.name.removeprefix(_PREFIX)
            if keeper.isdigit() and not Path(f"/proc/{keeper}").exists():
                with suppress(OSError):
                    folder.rmdir()


def _parents() -> list[Path]:
    return [parent for parent, _ in _places(Limits())]


def _places(limits: Limits) -> Iterator[tuple[Path, dict[str, str]]]:
    memory, processes = str(limits.memory_bytes), str(limits.processes)
    for line in _own():
        _, controllers, path = line.split(":", 2)
        below = path.lstrip("/")
        if not controllers:
            for mount in (_MOUNT, _MOUNT / "unified"):
                parent = mount / below
                if (parent / "cgroup.controllers").is_file():
                    yield parent, {"memory.max": memory, "memory.swap.max": "0", "pids.max": processes}
        elif controllers == "memory":
            # The second bounds memory and swap together, and cannot lie below the first.
            yield _MOUNT / "memory" / below, {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
        elif controllers == "pids":
            yield _MOUNT / "pids" / below, {"pids.max": processes}


def _own() -> list[str]:
    try:
        return Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []


def _write(path: Path, value: str) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except OSError:
        return False
    try:
        os.write(descriptor, value.encode())
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _remove(folder: Path) -> bool:
    """Always False, so that it can stand in a condition for "not in the group".

    The kernel counts processes that have just ended for a moment longer.
    """
    for _ in range(_TRIES):
        with suppress(OSError):
            folder.rmdir()
        if not folder.exists():
            break
        time.sleep(_PAUSE_SECONDS)
    return False
