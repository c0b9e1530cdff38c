"""The first process inside: makes one attempt after the other in processes of their own, and hands on what they say.

It runs no code of the repository. Whatever an attempt leaves running is killed before the next begins.
"""

import fcntl
import functools
import importlib
import json
import os
import pkgutil
import resource
import select
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import analysis.facts
from miner.verify.inside.reach import drew_everywhere, undecided
from miner.verify.inside.sources import Sources
from miner.verify.limits import Limits

# None of our own files are to be seen inside, so nothing can be imported later.
_NEEDED = (
    "numpy.random",
    "miner.verify.cgroups",
    "miner.verify.isolation",
    "miner.verify.kernel",
    "miner.verify.inside.attempt",
    "miner.verify.inside.companions",
    "miner.verify.inside.device",
    "miner.verify.inside.probes",
)
_CHUNK = 1 << 16
_HIGH = 400
_HEAD = 8
"""Bytes that tell the length of an attempt's answer."""


def preload() -> None:
    """Imports, once for all jobs, what attempts need. Called in the zygote."""
    import torch

    # What reads source that CPython refuses is imported by the way.
    readers = (f"analysis.facts.{module.name}" for module in pkgutil.iter_modules(analysis.facts.__path__))
    for name in (*_NEEDED, *readers):
        importlib.import_module(name)
    torch.set_num_threads(1)


def supervise(answer: int, job: dict[str, Any], files: dict[str, bytes], limits: Limits, grouped: bool) -> None:
    """Works through the job and writes one line of JSON for each attempt, and one at the end."""
    from miner.verify.inside import device

    device.choose(str(job["device"]))
    begun = {"kind": "begun", "control_group": grouped, **_versions()}
    if job["device"] or job["kind"] == "device":
        begun |= _device(limits)
    _write(answer, begun)
    if job["kind"] != "device" and "no_device" not in begun:
        _work_through(answer, job, files, limits)
    _write(answer, {"kind": "done"})


def _work_through(answer: int, job: dict[str, Any], files: dict[str, bytes], limits: Limits) -> None:
    from miner.verify.inside import attempt, companions, probes

    if job["kind"] == "probes":
        for name in job["probes"]:
            said, why = _in_a_child(functools.partial(probes.run, name), limits)
            _write(answer, {"kind": "probe", "probe": name, "said": said, "why": why})
        return
    sources = Sources(files)
    if job["kind"] == "checks":
        for number, check in enumerate(job["checks"]):
            for _ in range(job["runs"]):
                said, why = _in_a_child(functools.partial(companions.run, check, sources), limits)
                outcome = said if isinstance(said, dict) else {"why": why}
                _write(answer, {**outcome, "kind": "check", "check": number})
        return
    for pair in job["pairs"]:
        slow = settled = False
        for rung in pair["rungs"]:
            if rung == "R2" and slow:
                continue  # the same modules, rewritten, take longer still
            started = time.monotonic()
            work = functools.partial(attempt.attempt, pair, sources, rung)
            said, why = _in_a_child(work, limits)
            slow = time.monotonic() - started > limits.rung_seconds / 2
            told = {"rung": rung, **(said if isinstance(said, dict) else {"why": why})}
            # Parsed once more here, so that the next attempt finds it parsed: that runs nothing.
            for path in told.pop("parsed", []):
                sources.tree(str(path))
            _write(answer, {**told, "kind": "attempt", "pair": pair["id"]})
            if settled or is_enough(told, pair["workers"]):
                if settled or not (told.get("built_apart") and told.get("assumed")):
                    break
                settled = True  # the next rung may come to the loader's own dataset


def is_enough(told: dict[str, Any], workers: int) -> bool:
    """Whether a later rung could add nothing: every worker reached a flagged line in each kind of run, and it shows
    whether they repeat each other."""
    if told.get("unresolved") and told.get("rung") != "R1":
        return True
    try:
        runs = told.get("runs") or {}
        return drew_everywhere(runs, workers) and not undecided(runs)
    except (AttributeError, IndexError, KeyError, TypeError):
        return False  # of another form than it should be: strangers' code was there


def _in_a_child(work: Callable[[], Any], limits: Limits) -> tuple[Any, str | None]:
    """What `work` returns in a process of its own, or None and why there is nothing."""
    reader, low = os.pipe()
    # Out of the way of code that closes small numbers.
    writer = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    os.close(low)
    child = os.fork()
    if child == 0:
        _close_others(writer)
        _child(work, writer, limits)
    os.close(writer)
    raw, why = _read(reader, limits)
    os.close(reader)
    if why is not None:
        why += _how_it_died(child)
    _end_all()
    if why is None:
        try:
            return json.loads(raw), None
        except (ValueError, RecursionError):
            why = "the attempt's answer is not JSON"
    return None, why


def _how_it_died(child: int) -> str:
    for _ in range(20):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return (
                f" (signal {os.WTERMSIG(status)})" if os.WIFSIGNALED(status) else f" (status {os.WEXITSTATUS(status)})"
            )
        time.sleep(0.05)
    return ""


def _close_others(writer: int) -> None:
    """Above all the host's pipe: what an attempt writes comes to the host as this process's words."""
    os.closerange(3, writer)
    os.closerange(writer + 1, os.sysconf("SC_OPEN_MAX"))


def _child(work: Callable[[], Any], writer: int, limits: Limits) -> None:
    from miner.verify import kernel
    from miner.verify.inside.notes import time_limit

    try:
        # Its own files in /proc are its own again, as programs expect.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        os.setpgid(0, 0)
        with suppress(OSError):  # where memory ends, this and what it starts end first
            Path("/proc/self/oom_score_adj").write_text("1000")
        _end_with_an_error(limits)
        with time_limit(limits.rung_cpu_seconds):
            said = json.dumps(work()).encode()
    except BaseException as error:  # noqa: BLE001 - the boundary of the attempt
        said = json.dumps({"why": f"{type(error).__name__}: {str(error)[:300]}", "where": _where(error)}).encode()
    with suppress(OSError):
        view = memoryview(len(said).to_bytes(_HEAD, "big") + said)
        while view:
            view = view[os.write(writer, view) :]
    os._exit(0)


def _end_with_an_error(limits: Limits) -> None:
    """A statement that takes too much memory fails, and does not end the attempt; what it forks has the limit too."""
    if limits.data_bytes < 0:
        most = limits.memory_bytes * 2 // 3
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _where(error: BaseException) -> str:
    import traceback

    return " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)[-6:]
    )


def _read(reader: int, limits: Limits) -> tuple[bytes, str | None]:
    deadline = time.monotonic() + limits.rung_seconds
    raw = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reader], [], [], left)[0]:
            continue
        chunk = os.read(reader, _CHUNK)
        if not chunk:
            return b"", "the attempt ended without an answer"
        raw += chunk
        wanted = int.from_bytes(raw[:_HEAD], "big")
        if max(len(raw), wanted) > limits.result_bytes // 4:
            return b"", "the attempt's answer is over its limit"
        # Not until the end of the pipe: workers that are still alive hold it open.
        if len(raw) >= _HEAD + wanted:
            return bytes(raw[_HEAD:]), None
    return b"", f"no end within {limits.rung_seconds:.0f} s"


def _end_all() -> None:
    """Ends every other process inside, and empties what they could write to."""
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    for folder in ("/tmp", "/dev/shm"):  # noqa: S108 - of the sandbox
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with suppress(OSError):
                    Path(entry.path).unlink()


def _versions() -> dict[str, str]:
    import platform

    import numpy
    import torch

    return {
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "device": "cpu",
        "built_for": str(torch.version.cuda or ""),
    }


def _device(limits: Limits) -> dict[str, Any]:
    """What the device says of itself, or why there is none. Asked in a process of its own: this one is forked from,
    and must not start CUDA."""
    from miner.verify.inside import device

    said, why = _in_a_child(device.described, limits)
    if not isinstance(said, dict) or "why" in said:
        return {"no_device": said["why"] if isinstance(said, dict) else str(why)}
    return said


def _write(answer: int, line: dict[str, Any]) -> None:
    view = memoryview(json.dumps(line).encode() + b"\n")
    while view:
        view = view[os.write(answer, view) :]
