"""Shuts a process in: own namespaces, a small read-only root, an unprivileged user, no capabilities, limits, a
filter of calls.

`unshare_all` runs in the process that starts the first process inside, `shut_in` in that first process itself. Both
run in a fork of the zygote that has one thread. Only the interpreter and the system's libraries are to be seen
inside, read-only, beside the files that are handed in.

Works as root (who gives root up for a user that nobody else has) and, where the kernel lets ordinary users make user
namespaces, as anybody else.
"""

import os
import resource
import secrets
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from miner.verify import kernel, seccomp
from miner.verify.limits import UNLIMITED, Limits

_FIRST_UID, _UIDS = 1_879_100_000, 2**24
"""Users that no system gives out. Each sandbox has one of its own: what the kernel counts by user, processes above
all, one sandbox cannot take from another."""
"""Whom root becomes: a number that no system gives to a person or a service."""

REPOSITORY = "/repo"

# Every system has this folder, and no interpreter lies in it: the new root is put over it before it becomes the root.
_PLACE = "/sys"
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives")


def unshare_all() -> None:
    """Leaves the namespaces of the system. The next process that is forked is the first of the new ones. Raises
    OSError."""
    flags = (
        kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
    )
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        kernel.unshare(flags)
        return
    # Who owns the files in /proc/self depends on this.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
    kernel.unshare(flags | kernel.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def shut_in(files: Mapping[str, bytes], limits: Limits, keep: Iterable[int], shown: Iterable[str]) -> None:
    """Makes this process, the first of its namespaces, one that can do nothing outside. Raises OSError.

    `files` are written below `REPOSITORY`; `keep` are the descriptors that stay open; `shown` the folders of the
    Python that runs this, and device nodes where they are asked for.
    """
    # Not before: its parent keeps the system's view of files, in which the control groups are.
    kernel.unshare(kernel.CLONE_NEWNS)
    os.setsid()
    os.umask(0o022)
    _new_root(files, limits, shown)
    _close_all_but({*keep, 0, 1, 2})
    _limit(limits)
    _give_up_privileges()
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 9)
    seccomp.install()


def folders_of_interpreter() -> list[str]:
    """The folders that hold this Python, its libraries and its packages, outermost only."""
    wanted = {sys.base_prefix, sys.prefix, sys.base_exec_prefix, str(Path(sys.executable).resolve().parent.parent)}
    real = sorted({path for one in wanted for path in (one, str(Path(one).resolve())) if Path(path).is_dir()})
    inside_system = ("/usr", "/lib", "/bin")
    outermost = [path for path in real if not any(path != other and Path(path).is_relative_to(other) for other in real)]
    return [
        path for path in outermost if path != "/" and not path.startswith(tuple(f"{top}/" for top in inside_system))
    ]


def _new_root(files: Mapping[str, bytes], limits: Limits, shown: Iterable[str]) -> None:
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    covered = os.open(_PLACE, os.O_PATH | os.O_DIRECTORY)
    size = sum(map(len, files.values())) + 16 * 2**20
    kernel.mount("root", _PLACE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"mode=755,size={size},nr_inodes=200k")
    for path in _SYSTEM:
        _show(path)
    _make_devices()
    for path, size in (("/tmp", limits.tmp_bytes), ("/dev/shm", limits.shm_bytes)):  # noqa: S108 - of the new root
        _make_folder(path)
        options = f"mode=1777,size={size},nr_inodes={limits.inodes}"
        kernel.mount("tmpfs", _PLACE + path, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)
    # After those, for the interpreter may itself lie in `/tmp`: there it is shown on top of what is new and empty.
    for path in shown:
        _show(path, covered)
    _make_folder("/proc")
    kernel.mount("proc", f"{_PLACE}/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    _write_files(files)
    _make_folder("/old")
    kernel.pivot_root(_PLACE, f"{_PLACE}/old")
    os.chdir("/")
    kernel.unmount("/old")
    Path("/old").rmdir()
    kernel.mount("none", "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | kernel.MS_NOSUID)
    # An ordinary user's namespace may own its host name, or not, and it matters to nobody.
    with suppress(OSError):
        _set_host_name()


def _set_host_name() -> None:
    import socket

    socket.sethostname("sandbox")


def _show(path: str, covered: int | None = None) -> None:
    """Shows a folder or file of the system at the same place inside, read-only; a link as the same link.

    A device node that is shown read-only can be written to all the same: only the node itself stays as it is.
    `covered` is a descriptor of what lay at `_PLACE` before the new root did.
    """
    source, target = Path(path), Path(_PLACE + path)
    if covered is not None and source.is_relative_to(_PLACE):
        source = Path(f"/proc/self/fd/{covered}") / source.relative_to(_PLACE)
    if not os.path.lexists(source):
        return
    if source.is_symlink():
        _make_folder(str(Path(path).parent))
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        _make_folder(path)
    else:
        _make_folder(str(Path(path).parent))
        target.touch()
    kernel.mount(str(source), str(target), None, kernel.MS_BIND | kernel.MS_REC)
    kernel.make_read_only(str(target))


def _make_devices() -> None:
    _make_folder("/dev")
    for name in _DEVICES:
        target = Path(f"{_PLACE}/dev/{name}")
        target.touch()
        kernel.mount(f"/dev/{name}", str(target), None, kernel.MS_BIND)
    for name, target_of in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path(f"{_PLACE}/dev/{name}").symlink_to(f"/proc/self/{target_of}")


def _make_folder(path: str) -> None:
    Path(_PLACE + path).mkdir(parents=True, exist_ok=True)


def _write_files(files: Mapping[str, bytes]) -> None:
    """Paths have been checked: relative, without `..`, no links are ever made here."""
    _make_folder(REPOSITORY)
    for path, data in files.items():
        target = Path(f"{_PLACE}{REPOSITORY}/{path}")
        # A name longer than the file system takes, or a file where another path has a folder.
        with suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _close_all_but(keep: set[int]) -> None:
    highest = os.sysconf("SC_OPEN_MAX")
    start = 0
    for descriptor in sorted(keep):
        if start < descriptor:
            os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, highest)


def _limit(limits: Limits) -> None:
    cpu = int(limits.seconds) + 1
    for what, value in (
        (resource.RLIMIT_AS, limits.process_bytes),
        (resource.RLIMIT_DATA, limits.data_bytes),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        if value != UNLIMITED:
            resource.setrlimit(what, (value, value))


def _give_up_privileges() -> None:
    kernel.bound_capabilities()
    if os.geteuid() == 0:
        os.setgroups([])
        user = _FIRST_UID + secrets.randbelow(_UIDS)
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    # Its memory and its environment are closed to whoever has the same user inside.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
