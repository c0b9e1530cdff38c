"""Version specifiers of every dialect met in the wild, reduced to the interval of releases that they admit.

pip, conda, poetry and plain prose write the same wish differently (`==1.7.*`, `=1.7`, `~1.7`, "PyTorch 1.7"); here
each is a lowest and a highest release. `!=` and local parts (`+cu110`) say nothing about an interval and are dropped.
"""

import re
from collections.abc import Iterator

import msgspec

Release = tuple[int, ...]

SEEDED = (1, 9)
"""The first torch release that seeds NumPy in each worker."""


class Bounds(msgspec.Struct, frozen=True):
    """Releases from `low` (included) up to `high` (excluded); None where that side is open."""

    low: Release | None = None
    high: Release | None = None

    @property
    def open(self) -> bool:
        return self.low is None and self.high is None

    @property
    def one_series(self) -> bool:
        """Whether a single release, or the patch releases of one, are admitted: a pin."""
        return self.low is not None and self.high is not None and self.high == _bump(self.low)

    def both(self, other: "Bounds") -> "Bounds":
        """What both admit."""
        lows = [bound for bound in (self.low, other.low) if bound is not None]
        highs = [bound for bound in (self.high, other.high) if bound is not None]
        return Bounds(max(lows, default=None), min(highs, default=None))

    def either(self, other: "Bounds") -> "Bounds":
        """The smallest interval that holds what either admits."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Bounds(low, high)

    def side_of(self, release: Release) -> int:
        """-1 when only releases before `release` are admitted, 1 when only it and later ones, 0 otherwise."""
        if self.high is not None and _trim(self.high) <= release:
            return -1
        if self.low is not None and _trim(self.low) >= release:
            return 1
        return 0


ANY = Bounds()

VERSION = (
    r"v?\d+(?:\.\d+)*(?:\.?(?:alpha|beta|post|dev|rc|a|b)\.?\d*)*+(?:\.[*xX])?(?:\+[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)?"
)
OPERATOR = r"===?|~=|!=|<=|>=|=<|=>|[<>=~^≥≤]"
CLAUSE = re.compile(rf"[\s,]*+({OPERATOR})?\s*+({VERSION})")
LONGEST_SPECIFIER = 500
"""Characters."""


def parse(text: str, *, bare_is_exact: bool = True) -> Bounds:
    """The interval of a specifier such as `>=1.6,<1.9`, `==1.7.*`, `=1.7`, `^1.4`, `~1.7` or `1.7.1`.

    `|` separates alternatives. What does not read as a specifier admits everything.
    """
    if len(text) > LONGEST_SPECIFIER:
        return ANY
    alternatives = [part for part in re.split(r"\s*\|\|?\s*|\s+or\s+", text) if part.strip()]
    result: Bounds | None = None
    for alternative in alternatives:
        bounds = ANY
        for operator, version in _clauses(alternative):
            bounds = bounds.both(clause(operator, version, bare_is_exact=bare_is_exact))
        result = bounds if result is None else result.either(bounds)
    return result or ANY


def _clauses(text: str) -> Iterator[tuple[str, str]]:
    """The comparisons from the start on; what follows the last one (conda's build, a remark) is not read."""
    position = 0
    while match := CLAUSE.match(text, position):
        if position and not match[1]:
            return
        yield match[1] or "", match[2]
        position = match.end()


def clause(operator: str, version: str, *, bare_is_exact: bool = True) -> Bounds:
    """One comparison."""
    release = release_of(version)
    if not release or operator == "!=":
        return ANY
    if operator in {">=", "=>", "≥"}:
        return Bounds(low=release)
    if operator == ">":
        return Bounds(low=_above(release))
    if operator in {"<=", "=<", "≤"}:
        return Bounds(high=_bump(release))
    if operator == "<":
        return Bounds(high=release)
    if operator == "~=":
        return Bounds(release, _bump(release[:-1])) if len(release) > 1 else Bounds(low=release)
    if operator == "~":
        return Bounds(release, _bump(release[:2]))
    if operator == "^":
        return Bounds(release, _bump(release[: 1 + next((i for i, part in enumerate(release) if part), 0)]))
    if not operator and not bare_is_exact:
        return Bounds(low=release)
    return Bounds(release, _bump(release))


def release_of(version: str) -> Release:
    """The leading numbers: `v1.7.1+cu110` is (1, 7, 1), `2.1.0dev` is (2, 1, 0), `1.7.*` is (1, 7)."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in match[1].split(".")[:4]) if match and len(match[1]) < 40 else ()


def _bump(release: Release) -> Release:
    return (*release[:-1], release[-1] + 1)


def _above(release: Release) -> Release:
    # `>1.8` admits 1.8.1; the series 1.8 ended with 1.8.1, so that `>1.8.1` starts at 1.9.
    if len(release) < 3:
        return release
    if release[:2] == (1, 8) and release[2] >= 1:
        return SEEDED
    return _bump(release)


def _trim(release: Release) -> Release:
    while release and release[-1] == 0:
        release = release[:-1]
    return release
