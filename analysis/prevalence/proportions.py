"""One proportion of independent draws, and what it can be where some could not be told."""

import math
from typing import NamedTuple


class Interval(NamedTuple):
    """A confidence interval of a share, both ends within 0 and 1."""

    low: float
    high: float


class Bounds(NamedTuple):
    """A share whose unknowns all went one way, or all the other; and an interval that covers both."""

    lowest: float
    highest: float
    interval: Interval


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval without continuity correction (Wilson 1927; method 3 of Newcombe 1998).

    `n` may be fractional: an effective number of draws. With `n` of 0 nothing is known, and the interval is all of it.
    Raises ValueError unless 0 <= successes <= n and 0 < confidence < 1.
    """
    if not (0 <= successes <= n):
        raise ValueError(f"{successes} of {n} is no proportion")
    if n == 0:
        return Interval(0.0, 1.0)
    return score_interval(successes / n, n, normal_quantile(confidence))


def bounds(successes: int, unknown: int, n: int, confidence: float = 0.95) -> Bounds:
    """What the share can be when `unknown` of the `n` could not be told: none of them successes, or all.

    The interval reaches from Wilson's lower end of the one to his upper end of the other, so it holds whatever the
    unknown ones are. Raises ValueError unless successes + unknown <= n.
    """
    if successes < 0 or unknown < 0 or successes + unknown > n:
        raise ValueError(f"{successes} and {unknown} unknown do not fit into {n}")
    if n == 0:
        return Bounds(0.0, 1.0, Interval(0.0, 1.0))
    most = successes + unknown
    covering = Interval(wilson(successes, n, confidence).low, wilson(most, n, confidence).high)
    return Bounds(successes / n, most / n, covering)


def score_interval(share: float, n: float, quantile: float) -> Interval:
    """Wilson's interval around `share` for a quantile of any distribution, clipped to what a share can be."""
    squared = quantile * quantile
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    half = quantile / (1 + squared / n) * math.sqrt(share * (1 - share) / n + squared / (4 * n * n))
    # At 0 and at n the ends are exact; the square root leaves 1e-17 beside them.
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return Interval(low, high)


def normal_quantile(confidence: float) -> float:
    """The two-sided quantile of the normal distribution: 1.96 for 0.95."""
    if not (0 < confidence < 1):
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    from scipy.special import ndtri  # here, since it costs more than most commands that import this module

    return float(ndtri((1 + confidence) / 2))


def student_quantile(confidence: float, freedom: float) -> float:
    """The two-sided quantile of Student's t; the normal one where `freedom` is infinite."""
    if math.isinf(freedom):
        return normal_quantile(confidence)
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))
