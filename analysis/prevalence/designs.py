"""Shares from samples that are not simple: strata, clusters of ids, unequal probabilities, and all of them together.

The estimator is Hajek's ratio of weighted sums; its variance is the linearised one of the "ultimate cluster" (Särndal,
Swensson and Wretman 1992, 5.7; Lohr 2022, 9.1), in which whatever happens within a cluster is covered by the spread
between clusters. The interval is Wilson's at the effective number of draws, with Student's t at the design's degrees of
freedom, after Korn and Graubard 1998 and Dean and Pagano 2015: symmetric intervals cover too seldom at small shares.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.prevalence.proportions import Interval, score_interval, student_quantile

FEWEST_REPLICATES = 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn element. `weight` is the inverse of its probability of being drawn.

    `base` is False for an element outside the denominator (a repository that is not eligible): it must be listed all
    the same, since how many such are drawn is chance too. `cluster` is what was drawn as one; None for an element
    that was drawn by itself.
    """

    success: bool
    weight: float = 1.0
    base: bool = True
    stratum: Hashable = None
    cluster: Hashable = None


@dataclass(frozen=True, slots=True)
class DesignEstimate:
    """A share with its design-based interval.

    `effective` is how many simple random draws would say as much; `design_effect` how many of the actual ones go into
    one of those; `freedom` clusters less strata. `share` is None where nothing was drawn into the denominator.
    """

    share: float | None
    interval: Interval
    standard_error: float
    drawn: int
    base: int
    effective: float
    design_effect: float
    freedom: float


def hajek(
    drawn: Iterable[Drawn],
    *,
    sampled: Mapping[Hashable, float] | None = None,
    blanks: Mapping[Hashable, int] | None = None,
    confidence: float = 0.95,
) -> DesignEstimate:
    """The share of successes in the base, with the interval that the design gives it.

    `sampled` is the fraction of each stratum's clusters that was drawn (the finite population correction); a stratum
    that it does not name counts as endless. `blanks` is how many clusters were drawn of each stratum that hold nothing
    of the base, for those that are not listed one by one. A stratum with one cluster says nothing about spread: it is
    put together with the other such strata, and alone it leaves the interval as wide as can be.
    Raises ValueError for weights that are not positive.
    """
    elements = list(drawn)
    if any(element.weight <= 0 for element in elements):
        raise ValueError("a weight is the inverse of a probability, and so positive")
    base = [element for element in elements if element.base]
    total = math.fsum(element.weight for element in base)
    if not base:
        return DesignEstimate(None, Interval(0.0, 1.0), math.nan, len(elements), 0, 0.0, math.nan, 0.0)
    share = math.fsum(element.weight for element in base if element.success) / total
    strata = _strata(elements, lambda element: element.weight * (element.success - share) / total)
    for stratum, number in (blanks or {}).items():
        strata.setdefault(stratum, []).extend([0.0] * number)
    freedom = float(sum(map(len, strata.values())) - len(strata))
    if freedom < 1:
        return DesignEstimate(share, Interval(0.0, 1.0), math.nan, len(elements), len(base), 0.0, math.nan, freedom)
    variance = _variance(strata, sampled or {})
    simple = share * (1 - share)
    # Kish's number stands in where no spread can be seen: all successes, or none.
    kish = total**2 / math.fsum(element.weight**2 for element in base)
    effective = simple / variance if variance > 0 and simple > 0 else kish
    quantile = student_quantile(confidence, freedom)
    return DesignEstimate(
        share=share,
        interval=score_interval(share, effective, quantile),
        standard_error=math.sqrt(variance),
        drawn=len(elements) + sum((blanks or {}).values()),
        base=len(base),
        effective=effective,
        design_effect=len(base) / effective,
        freedom=freedom,
    )


def bootstrap(
    drawn: Iterable[Drawn], *, replicates: int = 2000, seed: int = 20210411, confidence: float = 0.95
) -> Interval:
    """A bootstrap interval of Hajek's share (Rao and Wu 1988): in each stratum of m clusters, m - 1 are drawn anew.

    The spread of the replicates on the scale of log odds makes the interval, with Student's t: percentiles of a
    skewed share cover too seldom. Where a replicate has no success, or nothing else, the odds have half a draw added
    to both sides. The same seed gives the same interval. Raises ValueError for fewer than 200 replicates.
    """
    import numpy

    if replicates < FEWEST_REPLICATES:
        raise ValueError(f"{replicates} replicates are too few for an interval")
    elements = list(drawn)
    base = [element for element in elements if element.base]
    if not base:
        return Interval(0.0, 1.0)
    mean_weight = math.fsum(element.weight for element in base) / len(base)
    hits = _strata(elements, lambda element: element.weight * element.success)
    bases = _strata(elements, lambda element: element.weight)
    freedom = sum(map(len, hits.values())) - len(hits)
    if freedom < 1:
        return Interval(0.0, 1.0)
    random = numpy.random.default_rng(seed)
    successes, totals = numpy.zeros(replicates), numpy.zeros(replicates)
    for stratum, values in hits.items():
        number = len(values)
        if number == 1:  # nothing to draw from: it stays as it is in every replicate
            successes += values[0]
            totals += bases[stratum][0]
            continue
        # A cluster drawn k times among m - 1 stands for k * m / (m - 1) clusters.
        times = random.multinomial(number - 1, [1 / number] * number, size=replicates) * (number / (number - 1))
        successes += times @ numpy.array(values)
        totals += times @ numpy.array(bases[stratum])
    half = mean_weight / 2
    odds = numpy.log((successes + half) / (totals - successes + half))
    hit = math.fsum(element.weight for element in base if element.success)
    missed = math.fsum(element.weight for element in base if not element.success)
    middle = math.log((hit + half) / (missed + half))
    spread = float(odds.std(ddof=1)) * student_quantile(confidence, float(freedom))
    return Interval(_share(middle - spread), _share(middle + spread))


def _strata(elements: Sequence[Drawn], value: Callable[[Drawn], float]) -> dict[Hashable, list[float]]:
    """For each stratum, the sum of `value` over the base in each cluster; clusters without a base count as 0."""
    sums: dict[Hashable, dict[Hashable, float]] = defaultdict(dict)
    for place, element in enumerate(elements):
        clusters = sums[element.stratum]
        # An element drawn by itself is a cluster by itself.
        key = (place,) if element.cluster is None else ("cluster", element.cluster)
        clusters[key] = clusters.get(key, 0.0) + (value(element) if element.base else 0.0)
    return {stratum: list(clusters.values()) for stratum, clusters in sums.items()}


def _variance(strata: Mapping[Hashable, Sequence[float]], sampled: Mapping[Hashable, float]) -> float:
    """The sum over strata of (1 - f) m / (m - 1) times the squared distances of clusters from their mean."""
    variance = 0.0
    alone: list[float] = []
    for stratum, values in strata.items():
        if len(values) == 1:
            alone.extend(values)
        else:
            variance += (1 - sampled.get(stratum, 0.0)) * _spread(values)
    if len(alone) == 1:
        variance += alone[0] ** 2
    elif alone:
        variance += _spread(alone)
    return variance


def _spread(values: Sequence[float]) -> float:
    number = len(values)
    mean = math.fsum(values) / number
    return number / (number - 1) * math.fsum((value - mean) ** 2 for value in values)


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
