"""Where a page of a list ended, as text that only the list that gave it reads."""

import base64
import binascii
import json
from typing import Any

from miner.store.convert import storable
from miner.store.errors import BadCursor
from miner.store.records import Sort


def encoded(sort: Sort, key: Any, repository_id: int) -> str:
    """The cursor of the page after the one that ended with this repository."""
    text = json.dumps([sort, key, repository_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(cursor: str, sort: Sort) -> tuple[Any, int]:
    """What the list was sorted by, and the repository, with which the page before ended. Raises BadCursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        cursor_sort, key, repository_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeError, ValueError, TypeError, RecursionError) as error:
        raise BadCursor("this cursor is not one that this list gave") from error
    kind = str if sort == "name" else int
    if cursor_sort != sort or type(key) is not kind or type(repository_id) is not int:
        raise BadCursor(f"this cursor is not one of the list sorted by {sort}")
    if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in (key, repository_id)):
        raise BadCursor("this cursor is not one that this list gave")
    if isinstance(key, str) and storable(key) != key:
        raise BadCursor("this cursor is not one that this list gave")
    return key, repository_id
