"""Whether strangers' code can be run here, found out by trying what it would try."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace

from miner.verify.inside.probes import NAMES
from miner.verify.limits import MEGABYTE, Limits
from miner.verify.sandbox import NoSandbox, Sandbox

_SMALL = replace(Limits(), seconds=120, rung_seconds=12, memory_bytes=1024 * MEGABYTE, tmp_bytes=32 * MEGABYTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Where one that is `needed` did not hold, nothing of strangers is to be run."""

    what: str
    held: bool
    said: str
    needed: bool = True


def examine() -> Iterator[Finding]:
    """Makes a sandbox and tries to break out of it."""
    with Sandbox() as sandbox:
        try:
            answer = sandbox.run({"kind": "probes", "probes": list(NAMES)}, {}, _SMALL)
        except NoSandbox as error:
            yield Finding("isolation", held=False, said=str(error))
            return
    yield Finding("isolation", held=answer.cut is None, said=answer.cut or f"a sandbox in {answer.seconds:.1f} s")
    for line in answer.lines:
        if line.get("kind") == "begun":
            grouped = bool(line.get("control_group"))
            told = "memory and processes are limited together" if grouped else "none to be had: limits are by process"
            yield Finding("control group", held=grouped, said=told, needed=False)
        elif line.get("kind") == "probe":
            said = line.get("said")
            if isinstance(said, dict):
                yield Finding(str(line.get("probe")), held=bool(said.get("held")), said=str(said.get("said")))
            else:
                yield Finding(str(line.get("probe")), held=True, said=f"ended: {line.get('why')}")


def examine_gpu() -> Iterator[Finding]:
    """What the machine's GPU can do. The sandbox does not pass the device on; torch here is asked, outside of it."""
    program = shutil.which("nvidia-smi")
    if program is None:
        yield Finding("GPU", held=False, said="no nvidia-smi here: loaders run on the CPU alone", needed=False)
        return
    query = [program, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    yield Finding("GPU", held=done.returncode == 0, said=(done.stdout or done.stderr).strip(), needed=False)
