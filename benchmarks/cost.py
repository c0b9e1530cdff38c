"""`make bench`: what the analysis costs beside `ast.parse` over the same files, its memory, and what start-up costs.

Each figure is processor time (user and system) of a process of its own, the least of several runs.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from benchmarks.corpus import BYTES, FILES, generate

RUNS = 3
STARTS = 15

# Read in bytes first, as the analysis has to; parsing keeps nothing.
_PARSE = """
import ast, sys
from pathlib import Path
for path in Path(sys.argv[1]).rglob("*.py"):
    ast.parse(path.read_bytes())
"""
_CHECK = "import sys; from seedwatch.__main__ import main; sys.exit(main(['check', sys.argv[1], '--format', 'json']))"


@dataclass(frozen=True, slots=True)
class Used:
    """What one process and those that it waited for used: processor seconds, most memory at once of one, time."""

    seconds: float
    megabytes: float
    elapsed: float = 0.0


def measured(command: Sequence[str], runs: int, cache: Path | None = None) -> Used:
    """The least of `runs` runs; memory is the most of them."""
    used = [used_by(command, cache) for _ in range(runs)]
    return Used(min(each.seconds for each in used), max(each.megabytes for each in used))


def used_by(command: Sequence[str], cache: Path | None = None) -> Used:
    """One run, its output thrown away; without a `cache` folder nothing is cached. Ends the program where it fails."""
    started = time.perf_counter()
    env = {**os.environ, "SEEDWATCH_CACHE_DIR": str(cache or "/nonexistent")}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command} ended with {process.returncode}")
    per_megabyte = 2**20 if sys.platform == "darwin" else 2**10
    elapsed = time.perf_counter() - started
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_megabyte, elapsed)


def analysis(title: str, *, dense: bool) -> Iterator[str]:
    """The lines about one repository."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        size = generate(Path(folder), dense=dense)
        parse = measured([python, "-c", _PARSE, folder], RUNS)
        check = measured([python, "-c", _CHECK, folder], RUNS)
        used_by([python, "-c", _CHECK, folder], Path(cache))
        again = measured([python, "-c", _CHECK, folder], RUNS, Path(cache))
    yield f"{title}, {FILES:,} files, {size / 1e6:.1f} MB"
    yield f"  ast.parse over its files   {parse.seconds:7.2f} s"
    yield f"  seedwatch check            {check.seconds:7.2f} s   {check.seconds / parse.seconds:.2f} times ast.parse"
    yield f"  its memory                 {check.megabytes:7.0f} MB"
    yield f"  again, with cached facts   {again.seconds:7.2f} s   {again.seconds / parse.seconds:.2f} times ast.parse"


def start() -> Iterator[str]:
    """The lines about starting, and about what a hook of pre-commit waits for: a few files, and 500 read before."""
    python, program = sys.executable, str(Path(sys.executable).with_name("seedwatch"))
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as tree:
        generate(Path(small), files=3, size=20_000)
        generate(Path(tree), files=500, size=BYTES * 500 // FILES)
        hook = [program, "check", "--root", tree, *map(str, sorted(Path(tree).rglob("module*.py"))[:3])]
        nothing = measured([python, "-c", "pass"], STARTS)
        asked = {
            "seedwatch --help": measured([program, "--help"], STARTS),
            "check, 3 files": measured([program, "check", small, "--format", "concise"], STARTS),
        }
        with tempfile.TemporaryDirectory() as cache:
            used_by(hook, Path(cache))
            asked["check, 3 files of 500"] = measured([*hook, "--format", "concise"], STARTS, Path(cache))
    yield "start"
    yield f"  {'python -c pass':<26} {nothing.seconds * 1e3:7.1f} ms"
    for name, used in asked.items():
        times = used.seconds / nothing.seconds
        yield f"  {name:<26} {used.seconds * 1e3:7.1f} ms  {times:.1f} times python -c pass"


def main() -> None:
    """Measures and prints."""
    for line in chain(analysis("a repository", dense=False), analysis("the worst case", dense=True), start()):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
