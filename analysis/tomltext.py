"""TOML as strangers write it: what is not TOML, or is made to exhaust its reader, is refused in one way."""

import re
from collections.abc import Iterable
from typing import Any

from analysis.link.nesting import DEEPEST_DATA, too_deep

MOST_PARTS = 32
"""Of one key, `tool.poetry.dependencies.torch`. The reader's work grows with their square."""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:(?:[\w-]++|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}")


class TomlError(ValueError):
    """The text is no TOML that anybody would write; the message says why."""


def read_toml(text: str) -> dict[str, Any]:
    """The document.

    Raises:
        TomlError: for what is broken, and for what is nested deeper or has longer keys than people write.
    """
    import tomllib  # many repositories have no such file, and `check` starts for each

    if too_deep(text) or (text.count(".") >= MOST_PARTS and _LONG_KEY.search(text)):
        raise TomlError("nested too deeply")
    try:
        document = tomllib.loads(text)
    except ValueError as error:  # a number of thousands of digits is none of the reader's own errors
        raise TomlError(str(error)) from error
    except RecursionError as error:
        raise TomlError("nested too deeply") from error
    if _levels_exceed(document, DEEPEST_DATA):
        raise TomlError("nested too deeply")
    return document


def _levels_exceed(document: dict[str, Any], most: int) -> bool:
    """Whether tables and lists lie deeper in each other: brackets and dotted keys make levels together."""
    level: list[Any] = [document]
    for _ in range(most):
        level = [inner for outer in level for inner in _within(outer)]
        if not level:
            return False
    return True


def _within(value: Any) -> Iterable[Any]:
    inner = value.values() if isinstance(value, dict) else value
    return (each for each in inner if isinstance(each, dict | list))
