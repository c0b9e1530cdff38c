"""How much of one thing a file's facts take in."""

from collections.abc import Sized

LONGEST_TEXT = 300
"""Longer string constants are dropped: no name, path or option is that long, and facts hold no text of others."""
MOST_TERMS = 6_000
"""Of one sum: what nests deeper than this ends Python's stack, and what lets go of it C's."""
MOST_BRANCHES = 1_500
"""Of one `if` or `match`; what looks at the tree goes up to six calls deeper for each."""
MOST_COPIED = 50_000
"""Nodes that the tests of one `match` take of its subject, which each of them holds."""


def check_branches(branches: Sized) -> None:
    """Raises RecursionError where a ladder has more steps than can be gone down."""
    if len(branches) > MOST_BRANCHES:
        raise RecursionError(f"{len(branches)} branches")
