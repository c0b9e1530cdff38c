"""A process that has imported torch, and forks a sandbox for each job.

    python -I -c "from miner.verify.zygote import main; main()"

It is started with an empty environment and touches no code of a repository itself. Standard input is a socket of
the host's: each message on it is one job, two descriptors (the job to be read, the pipe for the answer), and is
answered with one byte when every process of that job has ended. Three generations follow: the keeper (host's
namespaces, the clock), the first process inside (`supervise`), and the attempts.
"""

import array
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any

DONE = b"d"


def main() -> None:
    """Serves jobs until the host closes the socket."""
    # Read when NumPy and torch are imported: more threads would only make forking unsafe.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    from miner.verify import cgroups
    from miner.verify.inside.supervisor import preload

    cgroups.sweep()
    preload()
    host = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    host.sendall(DONE)
    while True:
        job, answer = _receive(host)
        if job < 0:
            return
        keeper = os.fork()
        if keeper == 0:
            host.close()
            _end(_keep, job, answer)
        os.close(job)
        os.close(answer)
        _await(keeper, host)
        cgroups.clear(keeper)
        with suppress(OSError):
            host.sendall(DONE)


def _receive(host: socket.socket) -> tuple[int, int]:
    """The two descriptors of the next job; -1 when the host has gone."""
    descriptors = array.array("i")
    message, ancillary, _, _ = host.recvmsg(1, socket.CMSG_LEN(2 * descriptors.itemsize))
    if not message:
        return -1, -1
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    return descriptors[0], descriptors[1]


def _await(keeper: int, host: socket.socket) -> None:
    """Waits for the keeper, and ends it when the host has gone."""
    watched = os.pidfd_open(keeper)
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    poll.register(host, 0)  # a hang-up is told without being asked for
    while not any(descriptor == watched for descriptor, _ in poll.poll()):
        with suppress(ProcessLookupError):
            os.kill(keeper, signal.SIGKILL)
        poll.unregister(host)
    os.close(watched)
    os.waitpid(keeper, 0)


def _end(work: Any, *arguments: Any) -> None:
    """Runs the last function of this process."""
    status = 1
    try:
        work(*arguments)
        status = 0
    except BaseException as error:  # noqa: BLE001 - a fork must never return into its parent's code
        sys.stderr.write(f"seedwatch sandbox: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(status)


def _keep(job: int, answer: int) -> None:
    """Makes the sandbox, waits for its end or for the end of its time, and takes away what it leaves."""
    from miner.verify import kernel
    from miner.verify.cgroups import ControlGroup, name_of
    from miner.verify.isolation import unshare_all
    from miner.verify.limits import Limits

    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    size = os.fstat(job).st_size
    described, files = unpack(os.pread(job, size, 0))
    os.close(job)
    limits = Limits(**described["limits"])
    group = ControlGroup.make(name_of(os.getpid()), limits)
    try:
        try:
            unshare_all()
        except OSError as error:
            os.write(answer, json.dumps({"kind": "refused", "reason": str(error)}).encode() + b"\n")
            return
        gate, opened = os.pipe()
        first = os.fork()
        if first == 0:
            os.close(opened)
            _end(_first, gate, answer, described, files, limits, bool(group.folders))
        os.close(gate)
        os.close(answer)
        group.admit(first)
        os.close(opened)
        _wait(first, limits.seconds)
    finally:
        group.remove()


def _first(
    gate: int, answer: int, described: dict[str, Any], files: dict[str, bytes], limits: Any, grouped: bool
) -> None:
    """The first process inside: shuts itself in, then supervises the attempts."""
    from miner.verify import kernel
    from miner.verify.inside.supervisor import supervise
    from miner.verify.isolation import shut_in

    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.read(gate, 1)  # until it is in its control group
    os.close(gate)
    try:
        shut_in(files, limits, [answer], described["shown"])
    except OSError as error:
        os.write(answer, json.dumps({"kind": "refused", "reason": str(error)}).encode() + b"\n")
        return
    supervise(answer, described, files, limits, grouped)


def _wait(first: int, seconds: float) -> None:
    """Until the first process inside ends; with it the kernel ends all the others."""
    deadline = time.monotonic() + seconds
    watched = os.pidfd_open(first)
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)


def pack(described: dict[str, Any], files: dict[str, bytes]) -> bytes:
    """A job as bytes: the length of the description, the description, the files one after the other."""
    head = json.dumps({"job": described, "files": [[path, len(data)] for path, data in files.items()]}).encode()
    return b"".join([len(head).to_bytes(8, "big"), head, *files.values()])


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What `pack` packed."""
    start = 8 + int.from_bytes(data[:8], "big")
    head = json.loads(data[8:start])
    files = {}
    for path, size in head["files"]:
        files[path] = data[start : start + size]
        start += size
    return head["job"], files
