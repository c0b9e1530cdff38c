"""The line of commits that a branch's history is told by: first parents, oldest first, and the files each changed.

Merged branches count as the one commit that merged them, since that is when their code became the repository's.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from analysis.link.project import is_python
from analysis.tree import Entry
from miner.git import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES, GitTree

# What the analysis reads: sources, and what they may take their settings or their PyTorch from.
_RELEVANT = (
    "*.py", "*.pyw", "*.ipynb", "*.yaml", "*.yml", "*.toml", "*.cfg", "*.ini", "*.json", "*.txt", "*.in", "*.pip",
    "*.lock", "Pipfile", "*ockerfile*", "*.def", "*.md", "*.rst",
)  # fmt: skip
_COMMIT = b"commit "
LARGEST_CONFIGURATION = 256_000

_SIGNAL = re.compile(
    rb"np\.random|numpy\.random|npr\.|from numpy import|default_rng|RandomState|\brng\b|seed|DataLoader|num_workers"
    rb"|\bworkers|worker_init|persistent_workers|get_worker_info|start_method|multiprocessing_context|imgaug|\.rvs\("
    rb"|def __getitem__|def __iter__|collate_fn|\btorch(?:vision)?\s*[<>=~!]"
)
"""Lines on which a verdict rests. A commit that changes none of them is looked at only on the way between others."""

_REMEDY = re.compile(
    rb"seed\w*\s*\(|worker_init|get_worker_info|default_rng|RandomState|start_method|multiprocessing_context"
    rb"|persistent_workers"
)
"""Lines of which fixes are made."""

Lines = Counter[bytes]


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that a commit changed; `old` and `new` are blob ids, None where it was not there, or is not any more."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class LineCommit:
    """A commit of the line with the relevant files that it changed. `date` is the committer's, `YYYY-MM-DD`."""

    oid: str
    date: str
    changed: tuple[Changed, ...]


def commits(tree: GitTree) -> list[LineCommit]:
    """The commits up to `tree`'s that changed a relevant file, oldest first. Ends early where the copy is shallow."""
    asked = (
        "log", "--first-parent", "-m", "--root", "--raw", "--no-abbrev", "--no-renames", "-z", "--no-show-signature",
        "--format=commit %H %ct", tree.commit, "--", *_RELEVANT,
    )  # fmt: skip
    with tree.plumbing(*asked) as git:
        found = list(_parsed(git.output.read()))
    found.reverse()
    return found


def count(tree: GitTree) -> int:
    """How many commits the whole line has."""
    with tree.plumbing("rev-list", "--first-parent", "--count", tree.commit) as git:
        said = git.output.read().strip()
    return int(said) if said.isdigit() else 0


def blobs(line: Iterable[LineCommit]) -> list[str]:
    """Every blob that a commit of the line brought, once, in order of appearance."""
    return list(dict.fromkeys(changed.new for commit in line for changed in commit.changed if changed.new))


def is_relevant(path: str) -> bool:
    """Whether the analysis may read a file of that name."""
    return any(fnmatchcase(path, pattern) for pattern in _RELEVANT)


class Signals:
    """The lines of each version of each file on which a verdict rests, and what commits do to them."""

    def __init__(self, tree: GitTree, line: Iterable[LineCommit]) -> None:
        self._lines: dict[str, Lines] = {}
        self.bytes = 0
        paths = {changed.new: changed.path for commit in line for changed in commit.changed if changed.new}
        entries = []
        for (blob, path), (kind, size) in zip(paths.items(), tree.kinds(paths), strict=True):
            if kind == "blob" and size <= _largest(path):
                entries.append(Entry(path, blob, size))
        for entry, data in tree.read(entries):
            if data is not None:
                self.bytes += len(data)
                self._lines[entry.blob or ""] = _signals(data)

    def changes(self, commit: LineCommit) -> tuple[Lines, Lines]:
        """The lines that a commit took away, and those that it added."""
        removed: Lines = Counter()
        added: Lines = Counter()
        nothing: Lines = Counter()
        for changed in commit.changed:
            old = self._lines.get(changed.old or "", nothing)
            new = self._lines.get(changed.new or "", nothing)
            removed += old - new
            added += new - old
        return removed, added


def tries_a_fix(removed: Lines, added: Lines) -> bool:
    """Whether a commit adds a line of those that fixes are made of, and did not just move it."""
    return any(_REMEDY.search(text) for text in added - removed)


def _parsed(output: bytes) -> Iterator[LineCommit]:
    oid, date = "", ""
    changed: list[Changed] = []
    tokens = iter(output.split(b"\0"))
    for token in tokens:
        token = token.strip(b"\n")
        if token.startswith(_COMMIT):
            if oid:
                yield LineCommit(oid, date, tuple(changed))
            oid, _, stamp = token.removeprefix(_COMMIT).decode().partition(" ")
            date, changed = _date(stamp), []
        elif token.startswith(b":"):
            _, _, old, new, _ = token.decode().split(" ")
            path = next(tokens, b"").decode("utf-8", "backslashreplace")
            changed.append(Changed(path, _blob(old), _blob(new)))
    if oid:
        yield LineCommit(oid, date, tuple(changed))


def _blob(oid: str) -> str | None:
    return oid if oid.strip("0") else None


def _date(stamp: str) -> str:
    try:
        return datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return "1970-01-01"  # a commit may claim any time


def _largest(path: str) -> int:
    if path.endswith(".ipynb"):
        return MAX_NOTEBOOK_BYTES
    return MAX_FILE_BYTES if is_python(path) else LARGEST_CONFIGURATION


def _signals(data: bytes) -> Lines:
    if not _SIGNAL.search(data):
        return Counter()
    return Counter(b" ".join(text.split()) for text in data.splitlines() if _SIGNAL.search(text))
