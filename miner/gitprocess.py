"""Starting the `git` program so that nothing around it has a say: no configuration of the user or the system,
no prompts, no hooks, no other protocols, no lazy downloads, and limits on what one process may use.

For git 2.29 and newer, on Linux and macOS. The limits are set by `/bin/sh`: Python code between fork and exec is not
safe where there are threads.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from miner.errors import GitMissing

_PIPE_BYTES = 1 << 20
_TAIL_BYTES = 64 * 1024

_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "LC_ALL": "C",  # messages are read by programs
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one git process may use. `file_bytes` of None leaves the size of written files alone."""

    cpu_seconds: int = 120
    memory_bytes: int = 4 * 2**30
    file_bytes: int | None = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Finished:
    """A git process that has ended by itself or, with `timed_out`, was ended. `stderr` is the end of what it said."""

    returncode: int
    stdout: bytes
    stderr: str
    timed_out: bool = False


def environment(*, protocols: str = "none", extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git process; `protocols` are the transports that it may use."""
    # An empty GIT_ALLOW_PROTOCOL would mean the default list; a name that no transport has allows none.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        **_ENVIRONMENT,
        "GIT_ALLOW_PROTOCOL": protocols,
        **(extra or {}),
    }


def command(arguments: Sequence[str], limits: ProcessLimits) -> list[str]:
    """The argument vector that runs git with `arguments` under `limits`.

    Raises GitMissing.
    """
    git = shutil.which("git")
    if git is None:
        raise GitMissing("git is not installed, or not on the PATH")
    # POSIX counts `ulimit -f` in blocks of 512 bytes; `-v` (in KiB) is not known everywhere.
    settings = [f"ulimit -t {limits.cpu_seconds}", f"ulimit -v {limits.memory_bytes // 1024} 2>/dev/null"]
    if limits.file_bytes is not None:
        settings.append(f"ulimit -f {limits.file_bytes // 512}")
    return ["/bin/sh", "-c", "; ".join(settings) + '; exec "$@"', "git", git, *arguments]


def run(
    arguments: Sequence[str],
    env: Mapping[str, str],
    *,
    limits: ProcessLimits,
    timeout: float,
    stdin: bytes = b"",
) -> Finished:
    """Runs git to its end, or ends it and all that it started after `timeout` seconds.

    Raises GitMissing.
    """
    # A server may talk for as long as it likes: what git repeats of it goes to a file, which the limits cover.
    with tempfile.TemporaryFile(prefix="seedwatch-git-") as errors:
        process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell reads the arguments
            command(arguments, limits),
            env=dict(env),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # a group of its own, so that its helpers can be ended with it
        )
        try:
            stdout, _ = process.communicate(stdin, timeout=timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            end_group(process)
            stdout, _ = process.communicate()
            timed_out = True
        except BaseException:
            end_group(process)
            process.communicate()
            raise
        return Finished(process.returncode, stdout, _tail(errors).decode("utf-8", "replace"), timed_out)


def _tail(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    return file.read()


@dataclass(frozen=True, slots=True)
class Stream:
    """A git process whose output is being read."""

    output: IO[bytes]
    process: subprocess.Popen[bytes]

    def ended_well(self) -> bool:
        """Whether git ended by itself and without a fault; for use once its output has ended."""
        return self.process.wait() == 0


@contextmanager
def stream(
    arguments: Sequence[str], env: Mapping[str, str], *, limits: ProcessLimits, lines: Sequence[str] = ()
) -> Iterator[Stream]:
    """Runs git while its output is read, with `lines` as its input, and ends it when the reader leaves.

    Raises GitMissing.
    """
    process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell reads the arguments
        command(arguments, limits),
        env=dict(env),
        cwd="/",
        bufsize=_PIPE_BYTES,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    _widen(process.stdout)
    # The input is written beside the reading: with both pipes full, each end would wait for the other.
    writer = threading.Thread(target=_write_lines, args=(process.stdin, lines), daemon=True)
    writer.start()
    try:
        yield Stream(process.stdout, process)
    finally:
        if process.poll() is None:
            end_group(process)
        process.wait()
        writer.join()
        process.stdout.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that was started in a session of its own, and what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _write_lines(pipe: IO[bytes], lines: Sequence[str]) -> None:
    with suppress(BrokenPipeError), pipe:
        for line in lines:
            pipe.write(line.encode() + b"\n")


def _widen(pipe: IO[bytes]) -> None:
    """A wider pipe means fewer switches between the two processes; Linux alone has it, and may refuse."""
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
