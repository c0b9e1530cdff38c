"""The lines on which verdicts rest, in each version of each file: what a commit does to them says whether to look."""

import re
from collections import Counter
from collections.abc import Iterable

from analysis.link.project import is_python
from miner.git import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES
from miner.history.line import Changed
from miner.history.versions import Versions

LARGEST_CONFIGURATION = 256_000

_SIGNAL = re.compile(
    rb"np\.random|numpy\.random|npr\.|from numpy import|default_rng|RandomState|\brng\b|seed|DataLoader|num_workers"
    rb"|\bworkers|worker_init|persistent_workers|get_worker_info|start_method|multiprocessing_context|imgaug|\.rvs\("
    rb"|def __getitem__|def __iter__|collate_fn|\b(?:py)?torch(?:vision)?\s*[<>=~!:]"
)
"""Lines on which a verdict rests. A commit that changes none of them is looked at only on the way between others."""

_WORDS = (
    b"random", b"npr.", b"from numpy import", b"default_rng", b"RandomState", b"rng", b"seed", b"DataLoader",
    b"workers", b"worker_init", b"get_worker_info", b"start_method", b"multiprocessing_context", b"imgaug", b".rvs(",
    b"def __getitem__", b"def __iter__", b"collate_fn", b"torch",
)  # fmt: skip
"""One of them is in whatever `_SIGNAL` finds; to look for each is five times as fast as to look for all at once."""

_REMEDY = re.compile(
    rb"seed\w*\s*\(|worker_init|get_worker_info|default_rng|RandomState|start_method|multiprocessing_context"
    rb"|persistent_workers"
)
"""Lines of which fixes are made."""

_REMEDY_OF_WORKERS = re.compile(
    rb"worker_init|get_worker_info|start_method|multiprocessing_context|persistent_workers|workers\s*=\s*True"
)
"""Those of them that speak of workers."""

Lines = Counter[bytes]


class Signals:
    """The lines of each version of each file on which a verdict rests, and what commits do to them."""

    def __init__(self, versions: Versions) -> None:
        self._lines: dict[str, Lines] = {}
        self.bytes = 0
        entries = [entry for entry in versions.all() if entry.size <= _largest(entry.path)]
        for entry, data in versions.read(entries):
            if data is not None:
                self.bytes += len(data)
                self._lines[entry.blob or ""] = signals(data)

    def changes(self, changed: Iterable[Changed]) -> tuple[Lines, Lines]:
        """The lines that the changes took away, and those that they added; what they only moved is in neither."""
        removed: Lines = Counter()
        added: Lines = Counter()
        nothing: Lines = Counter()
        for each in changed:
            old = self._lines.get(each.old or "", nothing)
            new = self._lines.get(each.new or "", nothing)
            removed += old - new
            added += new - old
        return removed - added, added - removed


def tries_a_fix(removed: Lines, added: Lines) -> bool:
    """Whether a commit adds a line of those that fixes are made of, and did not just move it."""
    return any(_REMEDY.search(text) for text in added - removed)


def tries_workers(removed: Lines, added: Lines) -> bool:
    """Whether a commit adds one of those lines that speak of workers."""
    return any(_REMEDY_OF_WORKERS.search(text) for text in added - removed)


def _largest(path: str) -> int:
    if path.endswith(".ipynb"):
        return MAX_NOTEBOOK_BYTES
    return MAX_FILE_BYTES if is_python(path) else LARGEST_CONFIGURATION


def signals(data: bytes) -> Lines:
    """The lines of a file that may decide, without their indentation."""
    seen: set[int] = set()
    found: Lines = Counter()
    for word in _WORDS:
        at = data.find(word)
        while at >= 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            end = len(data) if end < 0 else end
            if start not in seen:
                seen.add(start)
                if _SIGNAL.search(data, start, end):
                    found[b" ".join(data[start:end].split())] += 1
            at = data.find(word, end)
    return found
