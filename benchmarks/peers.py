"""What a corpus of real repositories costs us and the linters that look for the same.

    python -m benchmarks.peers CLONES [--every 1] [--rounds 3] [--semgrep PROGRAM] [--ruff PROGRAM]

CLONES has git repositories as `owner+name` or `owner+name/repo`; `--every 5` takes each fifth by name. Their Python
files and notebooks are written to a temporary folder for the others, who read files; ours reads the repositories with
git, links them and makes the report.
One round is each tool once, so that a busy machine is busy for all. Prints a Markdown table of medians of processor
seconds (user and system, children included), the ratios that are to hold, and the dearest repositories.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from analysis.engine import analyse
from analysis.link.project import is_python
from benchmarks.cost import Used, used_by
from miner.factscache import FILE_NAME, FactsFile
from miner.git import GitTree

# One rule of what linters know of the bug: NumPy's global state in a method of a dataset.
NUMPY_IN_DATASET = """
rules:
  - id: numpy-random-in-dataset
    languages: [python]
    severity: WARNING
    message: NumPy's global generator in a dataset
    patterns:
      - pattern: numpy.random.$FUNCTION(...)
      - pattern-inside: |
          class $DATASET(torch.utils.data.Dataset):
            ...
            def __getitem__(...):
              ...
            ...
"""
_WORST = 10
_COLD, _TWO, _WARM, _RUFF, _SEMGREP = (
    "seedwatch, nothing cached",
    "seedwatch, nothing cached, 2 processes",
    "seedwatch, facts cached",
    "ruff, NPY002",
    "semgrep, one rule",
)


def clones_in(folder: Path, every: int) -> list[Path]:
    """Each so many-eth repository, the largest first, so that processes end together."""
    places = [(each / "repo", each) for each in sorted(folder.iterdir())]
    found = [next((path for path in pair if (path / "HEAD").is_file()), None) for pair in places]
    return sorted([path for path in found if path is not None][::every], key=lambda path: (-_disk(path), path))


def _disk(clone: Path) -> int:
    return sum(pack.stat().st_size for pack in clone.glob("objects/pack/*.pack"))


def export(clones: Sequence[Path], folder: Path) -> tuple[int, int]:
    """Writes the Python files and notebooks of the repositories' HEADs; gives the number of files and of bytes."""
    files = size = 0
    for number, clone in enumerate(clones):
        tree = GitTree.open(clone)
        for entry, data in tree.read([entry for entry in tree.entries() if is_python(entry.path)]):
            if data is not None:
                # Names of strangers do not become paths here.
                (folder / str(number)).mkdir(exist_ok=True)
                (folder / str(number) / f"{files}{Path(entry.path).suffix}").write_bytes(data)
                files += 1
                size += len(data)
    return files, size


def ours(clones: Sequence[Path], cache: Path, processes: int) -> None:
    """Analyses all, and prints a JSON line for each: its name, processor seconds, peak of its process in MB."""
    if processes == 1:
        rows = [_analysed(clone, cache) for clone in clones]
    else:
        with ProcessPoolExecutor(processes) as pool:
            rows = list(pool.map(_analysed, clones, [cache] * len(clones)))
    for row in rows:
        sys.stdout.write(json.dumps(row) + "\n")


def _analysed(clone: Path, cache: Path) -> tuple[str, float, float]:
    before = _seconds()
    with closing(FactsFile(cache)) as facts:
        analyse(GitTree.open(clone), facts=facts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    name = clone.parent.name if clone.name == "repo" else clone.name
    return name, _seconds() - before, peak


def _seconds() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def compare(clones: Path, every: int, rounds: int, ruff: str | None, semgrep: str | None) -> Iterator[str]:
    """The lines of the comparison."""
    repositories = clones_in(clones, every)
    with tempfile.TemporaryDirectory(prefix="seedwatch-peers-") as name:
        work = Path(name)
        (work / "corpus").mkdir()
        files, size = export(repositories, work / "corpus")
        yield f"{datetime.now(UTC).date()}: {len(repositories)} repositories, {files:,} files, {size / 1e6:.1f} MB; "
        yield f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, medians of {rounds} rounds\n"
        used: dict[str, list[Used]] = {}
        for _ in range(rounds):
            for tool, command in _commands([str(clones), "--every", str(every)], work, ruff, semgrep):
                used.setdefault(tool, []).append(used_by(command))
        yield from _table(used)
        yield from _ratios(used)
        yield from _dearest([str(clones), "--every", str(every)], work)


def _commands(clones: list[str], work: Path, ruff: str | None, semgrep: str | None) -> Iterator[tuple[str, list[str]]]:
    ourselves = [sys.executable, "-m", "benchmarks.peers", *clones, "--ours"]
    for tool, processes in ((_COLD, 1), (_TWO, 2)):
        shutil.rmtree(work / "facts", ignore_errors=True)
        yield tool, [*ourselves, str(work / "facts"), "--processes", str(processes)]
    yield _WARM, [*ourselves, str(work / "facts"), "--processes", "1"]
    corpus = str(work / "corpus")
    if ruff:
        yield _RUFF, [ruff, "check", "--isolated", "--no-cache", "--exit-zero", "-q", "--select", "NPY002", corpus]
    if semgrep:
        (work / "rule.yaml").write_text(NUMPY_IN_DATASET)
        options = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--jobs", "2"]
        yield _SEMGREP, [semgrep, "scan", *options, "--config", str(work / "rule.yaml"), corpus]


def _table(used: dict[str, list[Used]]) -> Iterator[str]:
    yield "| tool | CPU s | elapsed s | peak MB of one process |\n|---|---|---|---|"
    for tool, runs in used.items():
        seconds, elapsed = (median(getattr(run, name) for run in runs) for name in ("seconds", "elapsed"))
        yield f"| {tool} | {seconds:.1f} | {elapsed:.1f} | {max(run.megabytes for run in runs):.0f} |"


def _ratios(used: dict[str, list[Used]]) -> Iterator[str]:
    """Ratios of the medians, each with what is asked."""
    seconds = {tool: median(run.seconds for run in runs) for tool, runs in used.items()}
    elapsed = {tool: median(run.elapsed for run in runs) for tool, runs in used.items()}
    yield "\n| ratio | measured | asked |\n|---|---|---|"
    for ours_, theirs, asked in ((_COLD, _SEMGREP, "<= 1.3"), (_COLD, _RUFF, "<= 5.5"), (_WARM, _RUFF, "<= 1")):
        if theirs in seconds:
            yield f"| CPU of {ours_} / {theirs} | {seconds[ours_] / seconds[theirs]:.2f} | {asked} |"
    yield f"| time of one process / two | {elapsed[_COLD] / elapsed[_TWO]:.2f} | >= 1.6 |"


def _dearest(clones: list[str], work: Path) -> Iterator[str]:
    """The repositories that cost most, each in a process of its own, and how costs are spread."""
    shutil.rmtree(work / "facts", ignore_errors=True)
    command = [sys.executable, "-m", "benchmarks.peers", *clones, "--ours", str(work / "facts"), "--apart"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = sorted((json.loads(line) for line in lines), key=lambda row: -row[1])
    costs = [row[1] for row in rows]
    peaks = sorted((row[2] for row in rows), reverse=True)
    yield f"\nCPU s a repository: median {median(costs):.3f}, 99th percentile {costs[len(costs) // 100]:.2f}, "
    yield f"most {costs[0]:.2f} (asked: <= 30). Memory of its process: median {median(peaks):.0f} MB, "
    yield f"most {peaks[0]:.0f} MB (asked: <= 150 for a worker, <= 250 for the largest).\n"
    yield "| dearest repositories | CPU s | peak MB |\n|---|---|---|"
    for name, cost, peak in rows[:_WORST]:
        yield f"| {name.replace('+', '/')} | {cost:.1f} | {peak:.0f} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures and prints; with `--ours`, is what is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--ruff", default=shutil.which("ruff") or shutil.which("ruff", path=Path(sys.executable).parent)
    )
    parser.add_argument("--semgrep", default=shutil.which("semgrep"))
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--processes", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.apart:
        for clone in clones_in(given.clones, given.every):
            with ProcessPoolExecutor(1) as pool:
                row = pool.submit(_analysed, clone, given.ours / FILE_NAME).result()
            sys.stdout.write(json.dumps(row) + "\n")
    elif given.ours is not None:
        ours(clones_in(given.clones, given.every), given.ours / FILE_NAME, given.processes)
    else:
        for line in compare(given.clones, given.every, given.rounds, given.ruff, given.semgrep):
            sys.stdout.write(line + ("" if line.endswith((" ", "; ")) else "\n"))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
