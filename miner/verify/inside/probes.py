"""What a hostile dataset would try, tried by ourselves: `seedwatch doctor` reports what came of it."""

import ctypes
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path


def _network() -> str:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
            made.settimeout(1)
            made.connect(("127.0.0.1", 80))
    except PermissionError:
        return "refused"
    except OSError as error:
        return f"no connection ({error.strerror}), but sockets can be made"
    return "connected"


def _shadow() -> str:
    return "readable" if os.path.exists("/etc/shadow") else "absent"  # noqa: PTH110


def _names(folder: str) -> list[str]:
    return [entry.name for entry in Path(folder).iterdir()]


def _home() -> str:
    seen = [path for path in ("/root", "/home") if os.path.isdir(path) and _listed(path)]  # noqa: PTH112
    return f"to be seen: {seen}" if seen else "absent"


def _listed(path: str) -> list[str]:
    """Names in a folder that are not on the way to the interpreter."""
    import sys

    return [
        name
        for name in _names(path)
        if not sys.base_prefix.startswith(f"{path}/{name}") and not sys.prefix.startswith(f"{path}/{name}")
    ]


def _environment() -> str:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if (process / "environ").read_bytes():
                    found.append(process.name)
            except OSError:
                continue
    return f"of processes {found}" if found else "empty"


def _write_outside() -> str:
    open_for = []
    for folder in ("/", "/usr", "/etc", "/repo", "/proc/sys/kernel", "/dev"):
        try:
            with open(f"{folder}/seedwatch-probe", "w"):  # noqa: PTH123
                open_for.append(folder)
        except OSError:
            continue
    return f"possible in {open_for}" if open_for else "refused"


def _namespaces() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    new_user = 0x10000000
    return "possible" if libc.unshare(new_user) == 0 else "refused"


def _root() -> str:
    try:
        os.setuid(0)
    except OSError:
        return f"refused (uid {os.getuid()})"
    return "possible"


def _processes() -> str:
    seen = [name for name in _names("/proc") if name.isdigit()]
    return "only its own" if len(seen) <= 4 else f"{len(seen)} to be seen"


def _disk() -> str:
    written = 0
    for folder in ("/tmp", "/dev/shm"):  # noqa: S108 - of the sandbox
        try:
            for number in range(64):
                with open(f"{folder}/fill{number}", "wb") as file:  # noqa: PTH123
                    for _ in range(64):
                        file.write(bytes(2**20))
                        written += 1
        except OSError:
            continue
    return f"limited ({written} MB)" if written < 1024 else f"{written} MB"


def _fork_bomb() -> str:
    started = 0
    try:
        while started < 2000:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            started += 1
    except OSError:
        return f"limited ({started} processes)"
    return f"{started} processes"


_PROBES: dict[str, tuple[Callable[[], str], str]] = {
    "network": (_network, "refused"),
    "password file": (_shadow, "absent"),
    "home folders": (_home, "absent"),
    "environment": (_environment, "empty"),
    "writing outside": (_write_outside, "refused"),
    "new namespaces": (_namespaces, "refused"),
    "becoming root": (_root, "refused"),
    "filling the disk": (_disk, "limited"),
    "fork bomb": (_fork_bomb, "limited"),
    "other processes": (_processes, "only its own"),
}
NAMES = tuple(_PROBES)


def run(name: str) -> dict[str, object]:
    """What came of one probe, and whether that is what it should be."""
    probe, wanted = _PROBES[name]
    said = probe()
    return {"said": said, "held": said.startswith(wanted)}
