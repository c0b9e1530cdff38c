"""How deep a stranger's brackets go: readers in C recurse on them, and their stack ends before any recursion limit."""

import re

DEEPEST_DATA = 200
"""Levels. Nobody writes configuration or metadata that is nested deeper."""


def too_deep(text: str) -> bool:
    """Whether square and curly brackets nest deeper than `DEEPEST_DATA`, those in strings counted as well."""
    depth = 0
    for match in re.finditer(r"[\[\]{}]", text):
        depth += 1 if match[0] in "[{" else -1
        if depth > DEEPEST_DATA:
            return True
    return False
