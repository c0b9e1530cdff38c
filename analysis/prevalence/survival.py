"""How long the bug lives in a repository, where many still have it: Kaplan and Meier's estimator."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.prevalence.proportions import Interval, normal_quantile


class Lifetime(NamedTuple):
    """How many days the bug was seen alive; `ended` is False where it still lives at the last commit known."""

    days: float
    ended: bool


class SurvivalStep(NamedTuple):
    """From `days` on, `share` are still alive. `at_risk` were alive until then, `ended` ended on that day."""

    days: float
    at_risk: int
    ended: int
    share: float
    interval: Interval


def kaplan_meier(lifetimes: Iterable[Lifetime], confidence: float = 0.95) -> list[SurvivalStep]:
    """The steps of the curve, one for each day on which one ended.

    Intervals are Greenwood's on the log-log scale, which keeps them within 0 and 1 (Kalbfleisch and Prentice 1980).
    """
    lived = sorted(lifetimes)
    quantile = normal_quantile(confidence)
    steps: list[SurvivalStep] = []
    share, greenwood = 1.0, 0.0
    for days in sorted({life.days for life in lived if life.ended}):
        at_risk = sum(life.days >= days for life in lived)
        ended = sum(life.days == days and life.ended for life in lived)
        share *= 1 - ended / at_risk
        greenwood += ended / (at_risk * (at_risk - ended)) if at_risk > ended else math.inf
        steps.append(SurvivalStep(days, at_risk, ended, share, _around(share, greenwood, quantile)))
    return steps


def median_lifetime(steps: Sequence[SurvivalStep]) -> float | None:
    """The first day on which no more than half are alive, None where the curve does not come down that far."""
    return next((step.days for step in steps if step.share <= 0.5), None)


def _around(share: float, greenwood: float, quantile: float) -> Interval:
    if share <= 0 or math.isinf(greenwood):
        return Interval(0.0, 1.0)
    factor = math.exp(quantile * math.sqrt(greenwood) / math.log(share))
    return Interval(share ** (1 / factor), share**factor)
