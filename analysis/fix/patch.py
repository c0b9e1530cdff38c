"""A patch: what it mends, what it changes, and what a person should know of it."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class Patch(BaseModel):
    """A change of a tree that makes some pairs clean. `diff` is unified, for `git apply` or `patch -p1`.

    `safe`: what a run without workers does stays as it was; else it is to be read first. `recipe` names the
    way in which it mends.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: list[str]
    code: str
    recipe: str
    safe: bool
    explanation: str
    diff: str

    @property
    def changed_lines(self) -> int:
        """Lines that are added or removed."""
        return count_changed(self.diff)


def count_changed(diff: str) -> int:
    """The lines that a unified diff adds or removes."""
    return sum(line[:1] in {"+", "-"} and not line.startswith(("+++ ", "--- ")) for line in diff.split("\n"))


def unified(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """The change of some files as a unified diff. Bytes that are not UTF-8 are written as U+FFFD."""
    return "".join(text for path in sorted(after) for text in _file(path, before[path], after[path]))


def for_git(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """`unified` as git writes it, whose paths `git apply` takes from the top of the work tree in whatever folder."""
    diffs = ((path, "".join(_file(path, before[path], after[path]))) for path in sorted(after))
    return "".join(f"diff --git a/{path} b/{path}\n{diff}" for path, diff in diffs if diff)


def _file(path: str, before: bytes, after: bytes) -> Iterable[str]:
    old, new = (_LINES.findall(data.decode("utf-8", "replace")) for data in (before, after))
    name = str(PurePosixPath(path))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
