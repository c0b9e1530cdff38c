"""Pages of rows that are kept sorted in memory: by key, so that a page begins where the one before ended."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.conditional import conditional
from api.filters import DEFAULT_LIMIT, Cursor, rows_address
from api.problems import BAD_CURSOR, Problem
from api.schemas import Document

T = TypeVar("T")
Key = tuple[str | int, ...]


class PartQuery(BaseModel):
    """Which part of the rows. A name that is not here is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: Cursor | None = Field(None, description="From the `next` link of the answer before; opaque.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=200, description="At most this many on a page.")

    def address(self, path: str, cursor: str | None = None) -> str:
        """`path` with this query, at `cursor` instead of its own."""
        values = self.model_dump(exclude_defaults=True, exclude={"cursor"}, mode="json")
        return rows_address(path, values if cursor is None else {**values, "cursor": cursor})


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """Some rows, and the cursor of the part after; None after the last."""

    rows: Sequence[T]
    cursor: str | None

    def next_address(self, path: str, query: PartQuery) -> str | None:
        """The address of the part after under `path`; None after the last."""
        return None if self.cursor is None else query.address(path, self.cursor)


def part(rows: Sequence[T], key: Callable[[T], Key], query: PartQuery) -> Part[T]:
    """The part that the query asks for, of rows that `key` sorts and tells apart.

    Raises Problem for a cursor that no such list gave.
    """
    first = 0 if query.cursor is None else _after(rows, key, query.cursor)
    some = rows[first : first + query.limit]
    more = first + query.limit < len(rows)
    return Part(some, _encoded(key(some[-1])) if more else None)


def answer(request: Request, document: Document, following: str | None) -> Response:
    """A part as an answer of the API; `following` is the address of the part after."""
    headers = {"link": f'<{following}>; rel="next"'} if following else {}
    return conditional(request, document.model_dump_json().encode(), headers=headers)


def _after(rows: Sequence[T], key: Callable[[T], Key], cursor: str) -> int:
    refused = Problem(BAD_CURSOR, "The value of `cursor` was not given out by this list.")
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return bisect_right(rows, tuple(place), key=key)
    except (binascii.Error, UnicodeError, ValueError, TypeError, RecursionError) as error:
        raise refused from error


def _encoded(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")
