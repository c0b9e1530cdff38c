"""What a verification costs beside importing torch, and what many of them leave behind.

    python -m benchmarks.verify_cost [PROGRAM.py] [--times 100]

Prints the seconds of importing torch in a process of its own, of starting the zygote and of one verification in it,
their ratio, the largest process, and after so many verifications the processes, mounts, control groups and files
that are there and were not before.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from analysis.engine import analyse
from analysis.tree import DirectoryTree
from miner.verify.plan import flagged
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_tree

IMPORTS = 5
PROGRAM = Path(__file__).parent.parent / "tests/conformance/rows/global_none.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("program", type=Path, nargs="?", default=PROGRAM)
    parser.add_argument("--times", type=int, default=100)
    arguments = parser.parse_args()
    tree = DirectoryTree.single(arguments.program)
    pair = flagged(analyse(tree))[0]
    importing = statistics.median(_importing() for _ in range(IMPORTS))
    took, megabytes = [], 0
    started = time.perf_counter()
    with Sandbox() as sandbox:
        verify_tree(tree, pair, sandbox=sandbox)
        first = time.perf_counter() - started
        before = set(_left(sandbox.pid))
        for _ in range(arguments.times):
            started = time.perf_counter()
            said = verify_tree(tree, pair, sandbox=sandbox)
            took.append(time.perf_counter() - started)
            megabytes = max(megabytes, said.evidence.megabytes)
            if said.verdict != "confirmed":
                sys.stdout.write(f"not confirmed: {said.reason}\n")
        left = sorted(set(_left(sandbox.pid)) - before)
    median = statistics.median(took)
    sys.stdout.write(
        f"importing torch {importing:.2f} s (median of {IMPORTS})\n"
        f"the first verification, zygote and all, {first:.2f} s\n"
        f"one verification in the zygote {median:.2f} s (median of {len(took)}), "
        f"{median / importing:.2f} times importing torch; largest process {megabytes} MB\n"
        f"left behind by {len(took)}: {', '.join(left) or 'nothing'}\n"
    )
    return 1 if left else 0


def _importing() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - started


def _left(session: int | None) -> Iterator[str]:
    """What there is of ours or of Python's that a sandbox could leave; `session` is that of its zygote."""
    yield from (f"mount {line.split()[4]}" for line in Path("/proc/self/mountinfo").read_text().splitlines())
    for folder in Path("/sys/fs/cgroup").glob("**/seedwatch-*"):
        # Of another verification that is under way on this machine: its keeper lives.
        if not Path("/proc", folder.name.split("-")[1]).exists():
            yield f"control group {folder}"
    for folder in (Path("/tmp"), Path("/dev/shm")):  # noqa: S108 - looked at, not used
        yield from (f"file {entry}" for entry in folder.iterdir() if "seedwatch" in entry.name)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            ours = os.getsid(int(process.name)) == session
        except OSError:
            continue
        if ours and b"miner.verify.zygote" in words:
            yield f"process {process.name}"


if __name__ == "__main__":
    sys.exit(main())
