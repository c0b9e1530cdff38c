"""Rows to records and back."""

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

Record = TypeVar("Record")

LONGEST_REASON = 500


def record(cls: type[Record], row: object, **more: Any) -> Record:
    """The record of a row that has the same names; `more` is what the row has not."""
    kind: Any = cls
    own = {name: getattr(row, name) for name in _names(kind) if name not in more}
    return cls(**own, **more)


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))


def storable(text: str) -> str:
    """The text without what PostgreSQL's `text` refuses: null characters, and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def reason_line(text: str) -> str:
    """A reason as one line of bounded length."""
    line = " ".join(storable(text).split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"
