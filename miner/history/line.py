"""The line of commits that a branch's history is told by: first parents, oldest first, and the files each changed.

Merged branches count as the one commit that merged them, since that is when their code became the repository's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from analysis.tree import is_not_the_program
from miner.git import REGULAR_MODES, GitTree, name_fault

# What the analysis reads: sources, and what they may take their settings or their PyTorch from. In whatever case.
_RELEVANT = (
    "*.py", "*.pyw", "*.ipynb", "*.yaml", "*.yml", "*.toml", "*.cfg", "*.ini", "*.json", "*.txt", "*.in", "*.pip",
    "*.lock", "*.sh", "*.bash", "*.bat", "*.def", "*.md", "*.mdx", "*.markdown", "*.rst", "*dockerfile*",
    "*singularity*", "*pipfile", "*makefile", "*readme", "*install", "*requirements",
)  # fmt: skip
_COMMIT = b"commit "


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that a commit changed; `old` and `new` are blob ids, None where it was not there, or is not any more.

    What the analysis does not take for a file (links, names that are not text, saved copies) is never there.
    """

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
        "--format=commit %H %ct", tree.commit, "--", *(f":(icase){pattern}" for pattern in _RELEVANT),
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
    return any(fnmatchcase(path.lower(), pattern) for pattern in _RELEVANT)


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
            was, mode, old, new, _ = token[1:].split(b" ")
            name = next(tokens, b"")
            path = name.decode("utf-8", "backslashreplace")
            readable = name_fault(name) is None and not is_not_the_program(path)
            changed.append(Changed(path, *(_blob(*each) if readable else None for each in ((was, old), (mode, new)))))
    if oid:
        yield LineCommit(oid, date, tuple(changed))


def _blob(mode: bytes, oid: bytes) -> str | None:
    return oid.decode() if mode in REGULAR_MODES else None


def _date(stamp: str) -> str:
    try:
        return datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return "1970-01-01"  # a commit may claim any time
