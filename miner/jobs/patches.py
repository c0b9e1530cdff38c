"""The patches of a report, sought for no longer than they are worth beside a scan."""

import time
from contextlib import suppress

from analysis.engine import analyse
from analysis.facts.reading import FactsCache
from analysis.fix.fixes import changes
from analysis.fix.patch import Patch
from analysis.report import Report
from analysis.tree import Tree

MOST_PATCHES = 20
LARGEST_DIFF = 20_000
"""Characters. A patch is a few lines; a longer one quotes more of a repository than it should."""


class _OutOfTime(Exception):  # noqa: N818 - no error: what was found so far is the answer
    """The patches took as long as they may."""


def patches_of(report: Report, tree: Tree, seconds: float, facts: FactsCache | None) -> list[Patch]:
    """The patches that are found in so many seconds of this process."""
    until = time.monotonic() + seconds

    def judge(patched: Tree) -> Report:
        if time.monotonic() >= until:
            raise _OutOfTime
        return analyse(patched, facts=facts)

    found: list[Patch] = []
    with suppress(_OutOfTime, MemoryError, RecursionError):
        # What was found so far is worth having, and the scan is worth more than its patches.
        for change in changes(tree, report, judge=judge):
            if len(change.patch.diff) <= LARGEST_DIFF:
                found.append(change.patch)
            if len(found) == MOST_PATCHES:
                break
    return found
