"""What a fix is made of: a patch with the bytes that it changes, and which findings are worth one."""

from collections.abc import Callable
from dataclasses import dataclass

from analysis.fix.patch import Patch
from analysis.report import BUGS, Pair, Report
from analysis.tree import Tree

Analyse = Callable[[Tree], Report]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """A patch, and the bytes of the files that it changes."""

    patch: Patch
    files: dict[str, bytes]


def has_bug(pair: Pair) -> bool:
    """Whether a pair repeats numbers under a torch on either side of 1.9."""
    return pair.legacy in BUGS or pair.modern in BUGS


def key(pair: Pair) -> Key:
    """What tells a pair from others, wherever its lines are."""
    return pair.code, pair.loader, pair.entry
