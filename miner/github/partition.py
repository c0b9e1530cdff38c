"""Parting a search that has more hits than its server gives into searches that have fewer."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Dimension = Literal["created", "pushed", "stars", "size", "extension"]

# GitHub opened in 2008. Code search leaves out files of 384 KB and more.
_FIRST_MOMENT = int(datetime(2008, 1, 1, tzinfo=UTC).timestamp())
_LARGEST_FILE = 384 * 1024
_MOST_STARS = 10_000_000
_EXTENSIONS = ("py", "ipynb")

OF_REPOSITORIES: tuple[Dimension, ...] = ("created", "pushed", "stars")
OF_CODE: tuple[Dimension, ...] = ("size", "extension")
_TIMES = frozenset({"created", "pushed"})


@dataclass(frozen=True, slots=True)
class Span:
    """Values of a dimension, both ends among them: seconds since 1970, stars, bytes, or places in a list."""

    dimension: Dimension
    low: int
    high: int

    def __str__(self) -> str:
        if self.dimension == "extension":
            return f"extension:{_EXTENSIONS[self.low]}"
        return f"{self.dimension}:{self._written(self.low)}..{self._written(self.high)}"

    def halves(self) -> list["Span"]:
        """Two spans that make it up; of sizes and stars, which crowd at the low end, each spans as many octaves."""
        middle = (self.low + self.high) // 2
        if self.dimension in {"stars", "size"}:
            middle = min(max(self.low, math.isqrt(max(self.low, 1) * self.high)), self.high - 1)
        return [Span(self.dimension, self.low, middle), Span(self.dimension, middle + 1, self.high)]

    def _written(self, value: int) -> str:
        return (
            datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            if self.dimension in _TIMES
            else str(value)
        )


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """A query and the dimensions along which it may be parted: those that it does not fix itself."""

    base: str
    dimensions: tuple[Dimension, ...]

    @classmethod
    def of(cls, query: str, dimensions: Sequence[Dimension]) -> "Partition":
        fixed = set(re.findall(r"(?<!\S)-?(\w+):", query))
        return cls(query, tuple(dimension for dimension in dimensions if dimension not in fixed))

    @property
    def follows_time(self) -> bool:
        """Whether what is new since a moment can be asked for alone."""
        return bool(self.dimensions) and self.dimensions[0] in _TIMES

    def root(self, now: int, since: int | None = None) -> Spans:
        """The spans of the whole search, none, or of what came after `since`; both in seconds since 1970."""
        if not self.dimensions or since is None:
            return ()
        return (Span(self.dimensions[0], since + 1, now),)

    def text(self, spans: Spans) -> str:
        """The search for what lies in all of the spans."""
        return " ".join([self.base, *map(str, spans)])

    def parts(self, spans: Spans, now: int) -> list[Spans]:
        """What a search is parted into; nothing where it cannot be."""
        if not spans:
            return [half for whole in self._next(None, now) for half in self.parts((whole,), now)]
        if spans[-1].dimension != "extension" and spans[-1].low < spans[-1].high:
            return [(*spans[:-1], half) for half in spans[-1].halves()]
        return [(*spans, whole) for whole in self._next(spans[-1].dimension, now)]

    def _next(self, dimension: Dimension | None, now: int) -> list[Span]:
        """The whole of the dimension that follows."""
        place = 0 if dimension is None else self.dimensions.index(dimension) + 1
        return [] if place == len(self.dimensions) else self._whole(self.dimensions[place], now)

    @staticmethod
    def _whole(dimension: Dimension, now: int) -> list[Span]:
        match dimension:
            case "created" | "pushed":
                return [Span(dimension, _FIRST_MOMENT, now)]
            case "stars":
                return [Span(dimension, 0, _MOST_STARS)]
            case "size":
                return [Span(dimension, 0, _LARGEST_FILE)]
            case "extension":
                return [Span(dimension, place, place) for place in range(len(_EXTENSIONS))]


def dumped(spans: Spans) -> str:
    """Spans as text that `loaded` reads."""
    return json.dumps([[span.dimension, span.low, span.high] for span in spans])


def loaded(text: str) -> Spans:
    """Spans out of what `dumped` wrote."""
    return tuple(Span(dimension, low, high) for dimension, low, high in json.loads(text))
