"""The source of single cells in a notebook, replaced in its bytes: all else stays as it is, byte for byte."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from json import decoder
from typing import cast

_string = cast(Callable[[str, int], tuple[str, int]], vars(decoder)["scanstring"])
"""A JSON string from behind its opening quote: its value, and where it ends. The library's own, which has no types."""
_SPACE = re.compile(r"[ \t\r\n]*")
_ATOM = re.compile(r"[^\s,\]}]+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class OddNotebookError(ValueError):
    """The notebook is of a form that is not edited; the message says which."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A JSON value in the text: from its first character to behind its last."""

    start: int
    end: int


class NotebookText:
    """A notebook's text, and where the source of each of its cells lies in it.

    Raises:
        OddNotebookError: where it is not a notebook of format 4.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self.text = data.decode("utf-8")
            self._sources = [self._member(cell, "source") for cell in self._items(self._member(self._whole(), "cells"))]
        except (UnicodeDecodeError, ValueError, IndexError, RecursionError) as error:
            raise OddNotebookError(f"not a notebook that can be edited: {error}") from error

    def source(self, cell: int) -> str:
        """The text of a cell."""
        value = json.loads(self._raw(self._sources[cell]))
        return value if isinstance(value, str) else "".join(value)

    @property
    def cells(self) -> int:
        return len(self._sources)

    def with_sources(self, changed: dict[int, str]) -> bytes:
        """The notebook's bytes with other text in some cells."""
        text = self.text
        for number in sorted(changed, reverse=True):
            span = self._sources[number]
            text = text[: span.start] + self._rendered(span, changed[number]) + text[span.end :]
        return text.encode("utf-8")

    def _rendered(self, span: _Span, source: str) -> str:
        """A source in the form that its cell has: one string, or a line each, indented as they are."""
        raw = self._raw(span)
        ascii_only = raw.isascii()
        if raw.startswith('"'):
            return json.dumps(source, ensure_ascii=ascii_only)
        items = self._items(span)
        lines: list[str] = _LINE.findall(source)
        if not items:
            return json.dumps(lines, ensure_ascii=ascii_only)
        # A line that stays keeps its spelling: JSON can escape the same text in many ways.
        spelt = {json.loads(self._raw(item)): self._raw(item) for item in items}
        before = self.text[span.start : items[0].start]
        between = self.text[items[0].end : items[1].start] if len(items) > 1 else "," + before[1:]
        after = self.text[items[-1].end : span.end]
        return (
            before
            + between.join(spelt.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in lines)
            + after
        )

    # Reading JSON for its places: the library's decoder gives values alone.

    def _raw(self, span: _Span) -> str:
        return self.text[span.start : span.end]

    def _whole(self) -> _Span:
        start = self._skip(0)
        return _Span(start, self._end(start))

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def _member(self, span: _Span, wanted: str) -> _Span:
        if self.text[span.start] != "{":
            raise OddNotebookError("an object was expected")
        at = self._skip(span.start + 1)
        while self.text[at] != "}":
            name, at = _string(self.text, at + 1)
            start = self._skip(self._skip(at) + 1)
            end = self._end(start)
            if name == wanted:
                return _Span(start, end)
            at = self._next(end)
        raise OddNotebookError(f"no {wanted}")

    def _items(self, span: _Span) -> list[_Span]:
        if self.text[span.start] != "[":
            raise OddNotebookError("a list was expected")
        found = []
        at = self._skip(span.start + 1)
        while self.text[at] != "]":
            found.append(_Span(at, self._end(at)))
            at = self._next(found[-1].end)
        return found

    def _next(self, at: int) -> int:
        at = self._skip(at)
        return self._skip(at + 1) if self.text[at] == "," else at

    def _end(self, at: int) -> int:
        match self.text[at]:
            case '"':
                return _string(self.text, at + 1)[1]
            case "{":
                at = self._skip(at + 1)
                while self.text[at] != "}":
                    _, at = _string(self.text, at + 1)
                    at = self._next(self._end(self._skip(self._skip(at) + 1)))
                return at + 1
            case "[":
                at = self._skip(at + 1)
                while self.text[at] != "]":
                    at = self._next(self._end(at))
                return at + 1
            case _:
                atom = _ATOM.match(self.text, at)
                if atom is None:
                    raise OddNotebookError("not JSON")
                return atom.end()
