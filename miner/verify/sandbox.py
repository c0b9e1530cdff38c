"""The host's side of the sandbox: starts the zygote, hands it jobs, reads what comes back as data with a limit.

Answers are lines of JSON and never anything else; a line that is none, or an answer over its limit, ends the reading.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from miner.errors import MinerError
from miner.verify import seccomp
from miner.verify.device import Device, NoDevice
from miner.verify.isolation import folders_of_interpreter
from miner.verify.limits import Limits
from miner.verify.zygote import DONE, pack

START_SECONDS = 120.0
GRACE_SECONDS = 15.0
_CHUNK = 1 << 16
_ZYGOTE = "from miner.verify.zygote import main; main()"


ENDED_EARLY = "the sandbox ended before it was done"
"""Nothing inside can do that: it is this machine's doing."""


class NoSandbox(MinerError):  # noqa: N818 - the word for what is missing
    """Code of strangers cannot be run here; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of one job: its lines, and why there are no more where that is not the job's own end."""

    lines: list[dict[str, Any]]
    cut: str | None
    seconds: float


class Sandbox:
    """A zygote, and one job at a time in it. Use as a context manager; the zygote starts with the first job.

    `device` is a GPU that goes in; without one there is none inside, whatever the machine has.
    """

    def __init__(self, device: Device | None = None) -> None:
        self.device = device
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, job: dict[str, Any], files: dict[str, bytes], limits: Limits) -> Answer:
        """Runs a job in a new sandbox and returns its answer.

        Raises NoSandbox where isolation cannot be had, NoDevice where the device cannot be used inside: nothing has
        been run then.
        """
        started = time.monotonic()
        host = self._started()
        limits = limits.with_device() if self.device is not None else limits
        described = {**job, "limits": limits.as_json(), **self._shown()}
        source = os.memfd_create("seedwatch-job", os.MFD_CLOEXEC)
        reader, writer = os.pipe()
        try:
            _write_all(source, pack(described, files))
            socket.send_fds(host, [b"j"], [source, writer])
            os.close(writer)
            writer = -1
            raw, cut = _read(reader, limits.result_bytes, started + limits.seconds + GRACE_SECONDS)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(source)
            os.close(reader)
            if writer >= 0:
                os.close(writer)
        if not self._finished():
            cut = cut or "the sandbox did not end"
            self.close()
        lines, broken = _lines(raw)
        refused = next((line for line in lines if line.get("kind") == "refused"), None)
        if refused is not None:
            raise NoSandbox(_advice(str(refused.get("reason"))))
        begun = next((line for line in lines if line.get("kind") == "begun"), {})
        if "no_device" in begun and job["kind"] != "device":
            raise NoDevice(f"the GPU cannot be used in the sandbox: {begun['no_device']}")
        if not cut and not broken and lines[-1:] != [{"kind": "done"}]:
            cut = ENDED_EARLY
        return Answer(lines, cut or broken, time.monotonic() - started)

    def close(self) -> None:
        """Ends the zygote and whatever it still runs."""
        process, host, self._process, self._socket = self._process, self._socket, None, None
        if host is not None:
            host.close()
        if process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def pid(self) -> int | None:
        """The zygote's process id while it runs."""
        return self._process.pid if self._process is not None else None

    def _shown(self) -> dict[str, Any]:
        device = self.device
        if device is None:
            return {"shown": folders_of_interpreter(), "device": ""}
        return {"shown": [*folders_of_interpreter(), *device.shown], "device": device.kind}

    def _started(self) -> socket.socket:
        if self._socket is not None and self._process is not None and self._process.poll() is None:
            return self._socket
        self.close()
        if not sys.platform.startswith("linux"):
            raise NoSandbox("verification needs Linux: it shuts the repository's code into the kernel's namespaces")
        if not seccomp.supported():
            raise NoSandbox("verification knows the system calls of x86_64 and aarch64 only")
        environment = self.device.environment if self.device is not None else {}
        errors = None if os.environ.get("SEEDWATCH_TRACEBACK") else subprocess.DEVNULL
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
                [sys.executable, "-I", "-c", _ZYGOTE],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        self._socket = ours
        ours.settimeout(START_SECONDS)
        if not self._finished():
            self.close()
            raise NoSandbox("torch cannot be imported here; install it: pip install 'seedwatch[verify]'")
        return ours

    def _finished(self) -> bool:
        """Whether the zygote says that it is ready for another job."""
        host = self._socket
        try:
            return host is not None and host.recv(1) == DONE
        except OSError:
            return False


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(reader: int, limit: int, deadline: float) -> tuple[bytes, str | None]:
    chunks: list[bytes] = []
    taken = 0
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reader], [], [], left)[0]:
            continue
        chunk = os.read(reader, _CHUNK)
        if not chunk:
            return b"".join(chunks), None
        taken += len(chunk)
        if taken > limit:
            return b"".join(chunks), f"the answer is over its limit of {limit:,} bytes"
        chunks.append(chunk)
    return b"".join(chunks), "no end within the time limit"


def _lines(raw: bytes) -> tuple[list[dict[str, Any]], str | None]:
    lines: list[dict[str, Any]] = []
    for line in raw.splitlines():
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return lines, "the answer is not JSON"
        if not isinstance(value, dict):
            return lines, "the answer is not JSON objects"
        lines.append(value)
    return lines, None


def _advice(reason: str) -> str:
    return (
        f"no isolation to be had here ({reason}), so nothing was run: run as root, or let this user make user "
        "namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0); "
        "`seedwatch doctor` tells more"
    )
