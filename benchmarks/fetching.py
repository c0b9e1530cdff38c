"""What fetching costs beside `git clone --depth 1`: bytes and seconds for each of some real repositories.

    python -m benchmarks.fetching FOLDER [COUNT]

Below FOLDER are bare clones; of those whose newest commit is all there, COUNT are chosen by lot. They are served over
smart HTTPS on loopback by git's own http-backend, without the delays of a network. Each is cloned, fetched, and fetched
once more after its default branch moved by up to twenty commits; then a fork of it, with a commit of its own.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.reading import may_be_read
from miner.errors import MinerError
from miner.git import GitTree
from miner.gitfetch import FetchLimits, fetch
from miner.mirrors import Mirrors
from tests.support.githttps import GitHttpsServer

COUNT = 50
LARGE_BYTES = 5_000_000
MOVED_BY = 20
_MISSING = ("rev-list", "--objects", "--missing=print", "--no-walk", "HEAD")
# Without the settings of whoever measures, certificates among them.
_ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    **{f"GIT_{who}_{what}": "benchmark" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes in the bodies of answers, and seconds."""

    sent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One repository. `update` is None where the history is too short."""

    name: str
    clone: Cost
    fetch: Cost
    fork: Cost
    update: Cost | None
    whole: bool


def clones(folder: Path, count: int) -> tuple[list[Path], list[Path]]:
    """As many of the bare clones below a folder whose HEAD is all there, chosen by lot and the same every time.

    Also those that were passed over on the way, since files or folders are missing in them.
    """
    found = sorted(path.parent for path in folder.glob("*/*/HEAD"))
    random.Random(5).shuffle(found)  # noqa: S311 - a repeatable choice
    whole: list[Path] = []
    passed_over: list[Path] = []
    for path in found:
        if len(whole) == count:
            break
        (passed_over if "?" in _git("--git-dir", str(path), *_MISSING) else whole).append(path)
    return sorted(whole), sorted(passed_over)


def measured(server: GitHttpsServer, original: Path, scratch: Path) -> Row:
    """The costs of one repository."""
    name = f"o/{original.parent.name}"
    served = server.repository(name)
    served.parent.mkdir(parents=True, exist_ok=True)
    _git("clone", "-q", "--bare", "--shared", str(original), str(served))
    _git("--git-dir", str(served), "config", "uploadpack.allowAnySHA1InWant", "true")
    head = _git("--git-dir", str(served), "rev-parse", "HEAD")
    branch = _git("--git-dir", str(served), "symbolic-ref", "HEAD")

    def clone() -> None:
        _git("-c", f"http.sslCAInfo={server.ca_file}", "clone", "-q", "--depth=1", server.url(name), str(scratch / "c"))

    def bring(folder: str) -> Path:
        return _fetch(server, name, scratch / folder, _packed_kb(original))

    cloned = _cost(server, clone)
    fetched = _cost(server, lambda: bring("f"))
    forked, whole = _forked(server, served, scratch)
    whole = whole and _whole(scratch / "f")
    update = None
    ancestors = _git("--git-dir", str(served), "rev-list", "--first-parent", f"-n{MOVED_BY + 1}", head).split()
    if len(ancestors) > 1:
        _git("--git-dir", str(served), "update-ref", branch, ancestors[-1])
        bring("u")
        _git("--git-dir", str(served), "update-ref", branch, head)
        update = _cost(server, lambda: bring("u"))
        whole = whole and _whole(scratch / "u")
    return Row(original.parent.name, cloned, fetched, forked, update, whole)


def _forked(server: GitHttpsServer, parent: Path, scratch: Path) -> tuple[Cost, bool]:
    """What a fork with one more file costs where its parent is kept, and whether it came whole."""
    name = f"fork/{parent.name.removesuffix('.git')}"
    fork = server.repository(name)
    fork.parent.mkdir(parents=True, exist_ok=True)
    _git("clone", "-q", "--bare", "--shared", str(parent), str(fork))
    git = ("--git-dir", str(fork))
    blob = _git(*git, "hash-object", "-w", "--stdin", stdin="import torch\n")
    listed = _git(*git, "ls-tree", "-z", "HEAD", strip=False)
    tree = _git(*git, "mktree", "-z", stdin=f"{listed}100644 blob {blob}\tof_the_fork.py\0")
    commit = _git(*git, "commit-tree", "-p", "HEAD", "-m", "One more file", tree)
    _git(*git, "update-ref", "HEAD", commit)
    mirrors = Mirrors(scratch / "kept", 2**40)
    costs = []
    for each in (f"o/{parent.name.removesuffix('.git')}", name):
        with mirrors.holding(server.url(each)) as folder:
            costs.append(_cost(server, partial(_fetch, server, each, folder, None, mirrors)))
            mirrors.tell(folder, GitTree.open(folder))
            whole = _whole(folder)
    return costs[-1], whole


def _fetch(
    server: GitHttpsServer, name: str, folder: Path, size_kb: int | None, mirrors: Mirrors | None = None
) -> Path:
    return fetch(
        server.url(name),
        folder,
        oid=None,
        limits=FetchLimits(pack_bytes=2**30),
        ca_file=server.ca_file,
        user_agent="benchmark",
        size_kb=size_kb,
        lend=None if mirrors is None else mirrors.lend,
    ).path


def _packed_kb(repository: Path) -> int:
    """What a host would call its size: the history, packed."""
    return sum(pack.stat().st_size for pack in repository.glob("objects/pack/*.pack")) // 1024


def _whole(path: Path) -> bool:
    """Whether every file that the analysis may ask for has been fetched."""
    tree = GitTree.open(path)
    missing = {entry.path for entry in tree.missing()}
    return missing.isdisjoint(may_be_read(entry.path for entry in tree.entries()))


def _cost(server: GitHttpsServer, work: Callable[[], object]) -> Cost:
    before, start = server.sent_bytes, time.perf_counter()
    work()
    return Cost(server.sent_bytes - before, time.perf_counter() - start)


def _git(*arguments: str, stdin: str = "", strip: bool = True) -> str:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607
        env=_ENV,
        input=stdin,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=True,
    )
    return done.stdout.strip() if strip else done.stdout


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="seedwatch-bench-") as folder:
        yield Path(folder)


def lines(rows: list[Row]) -> Iterator[str]:
    """The figures over all repositories."""
    if not rows:
        yield "nothing could be measured"
        return
    large = [row for row in rows if row.clone.sent > LARGE_BYTES]
    moved = [row.update for row in rows if row.update is not None]
    whole = sum(row.whole for row in rows)
    yield f"{len(rows)} repositories, {whole} of them with every file that the analysis may ask for"
    yield _total("git clone --depth 1", [row.clone for row in rows])
    yield _total("fetch", [row.fetch for row in rows])
    yield _total("a fork, its parent being kept", [row.fork for row in rows])
    if moved:  # the histories of some are short
        yield _total(f"update by up to {MOVED_BY} commits", moved)
    if large:
        times = statistics.median(row.clone.sent / row.fetch.sent for row in large)
        yield f"{len(large)} take more than 5 MB at depth 1: the median is {times:.1f} times fewer bytes"


def _total(title: str, costs: list[Cost]) -> str:
    sent, seconds = sum(cost.sent for cost in costs) / 1e6, sum(cost.seconds for cost in costs)
    middle = statistics.median(cost.sent for cost in costs) / 1e3
    return f"{title:<30} {sent:9.1f} MB {seconds:7.1f} s   median {middle:8.0f} kB"


def main() -> None:
    """Measures and prints."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    rows = []
    with _scratch() as served, GitHttpsServer(served, served) as server:
        chosen, passed_over = clones(folder, count)
        names = " ".join(path.parent.name for path in passed_over)
        sys.stdout.write(f"{len(passed_over)} passed over, files are missing in them: {names}\n")
        for original in chosen:
            with _scratch() as scratch:
                try:
                    row = measured(server, original, scratch)
                except (MinerError, subprocess.CalledProcessError) as error:
                    sys.stdout.write(f"{original.parent.name}: left out: {error}\n")
                    continue
            rows.append(row)
            update = f"{row.update.sent / 1e3:9.0f} kB {row.update.seconds:5.2f} s" if row.update else ""
            sys.stdout.write(
                f"{row.name:<52.52} clone {row.clone.sent / 1e3:9.0f} kB {row.clone.seconds:5.2f} s  "
                f"fetch {row.fetch.sent / 1e3:9.0f} kB {row.fetch.seconds:5.2f} s  "
                f"fork {row.fork.sent / 1e3:9.0f} kB {row.fork.seconds:5.2f} s  {update}"
                f"{'' if row.whole else '  FILES ARE MISSING'}\n"
            )
            sys.stdout.flush()
    for line in lines(rows):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
