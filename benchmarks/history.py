"""What following a repository through time costs, beside scanning every version of every file that is read.

    python -m benchmarks.history CLONE... [--of N]

`scan` is the processor time of making the facts of every version of every Python file on the line, once: what a naive
history would cost before it judged anything. With `--of N` every Nth version is read and the time multiplied. The
measure: `history` stays under twice `scan`. Prints one row a clone, and ends with status 1 where one misses it.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

from analysis.facts.module import read_facts
from analysis.link.project import is_python
from analysis.tree import Entry
from miner.git import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES, GitTree
from miner.history import follow, line

MOST_TIMES = 2.0


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", nargs="+", type=Path)
    parser.add_argument("--of", type=int, default=1)
    given = parser.parse_args()
    print("| clone | commits | read by the analysis | looked at | versions | history s | scan s | times |")  # noqa: T201
    print("|---|---|---|---|---|---|---|---|")  # noqa: T201
    missed = False
    for clone in given.clones:
        tree = GitTree.open(clone)
        started = _seconds()
        found = follow(tree)
        history = _seconds() - started
        if found is None:
            continue
        versions, scan = _scan(tree, given.of)
        times = history / scan
        missed |= times >= MOST_TIMES
        name = clone.parent.name if clone.name == "repo" else clone.name
        print(  # noqa: T201
            f"| {name} | {found.commits} | {found.relevant} | {found.looked_at} | {versions} "
            f"| {history:.1f} | {scan:.1f} | {times:.2f} |",
            flush=True,
        )
    return int(missed)


def _scan(tree: GitTree, of: int) -> tuple[int, float]:
    """How many versions there are, and the processor time of the facts of all of them."""
    started = _seconds()
    paths = {each.new: each.path for commit in line.commits(tree) for each in commit.changed if each.new}
    wanted = [(blob, path) for blob, path in paths.items() if is_python(path)]
    chosen = wanted[::of]
    entries = [
        Entry(path, blob, size)
        for (blob, path), (kind, size) in zip(chosen, tree.kinds(blob for blob, _ in chosen), strict=True)
        if kind == "blob" and size <= (MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_FILE_BYTES)
    ]
    listed = _seconds() - started
    for entry, data in tree.read(entries):
        if data is not None:
            read_facts(data, notebook=entry.path.endswith(".ipynb"))
    return len(wanted), listed + (_seconds() - started - listed) * len(wanted) / max(1, len(chosen))


def _seconds() -> float:
    """The processor time of this process and of the git processes that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.exit(main())
