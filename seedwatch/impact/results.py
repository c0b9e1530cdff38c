"""What the experiment's numbers say: effects beside the spread over seeds, and the three questions about seeds."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.prevalence.proportions import student_quantile

Accuracies = Mapping[str, Sequence[Sequence[float]]]
"""For each arm, for each seed, the accuracy in percent after each look."""


class Spread(NamedTuple):
    """Results of one arm over seeds, in points of accuracy."""

    mean: float
    deviation: float
    least: float
    greatest: float


class Effect(NamedTuple):
    """One arm less another, seed by seed. `low` and `high` are the 95 % interval of the mean difference (Student's t).

    `in_deviations` is the mean difference in units of what the seed alone does (the deviation over seeds of the arm
    that is taken away from); None where that is 0.
    """

    mean: float
    low: float
    high: float
    in_deviations: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no difference at all."""
        return self.low > 0 or self.high < 0

    @property
    def exceeds_noise(self) -> bool:
        """Whether it is clear, and larger than one deviation over seeds: visible in a single pair of runs."""
        return self.is_clear and self.in_deviations is not None and abs(self.in_deviations) > 1


@dataclass(frozen=True, slots=True)
class Extremes:
    """What the best and the worst of `seeds` runs, chosen at random among all that were made, are on average."""

    seeds: int
    worst: float
    best: float


def spread(values: Sequence[float]) -> Spread:
    """Raises StatisticsError for fewer than two values."""
    return Spread(statistics.fmean(values), statistics.stdev(values), min(values), max(values))


def final(accuracies: Accuracies, arm: str) -> list[float]:
    """The accuracy at the end of each run of an arm."""
    return [looks[-1] for looks in accuracies[arm]]


def effect(arm: Sequence[float], beside: Sequence[float]) -> Effect:
    """The difference of two arms that had the same seeds in the same order."""
    differences = [one - other for one, other in zip(arm, beside, strict=True)]
    mean = statistics.fmean(differences)
    half = student_quantile(0.95, len(differences) - 1) * statistics.stdev(differences) / math.sqrt(len(differences))
    noise = statistics.stdev(beside)
    return Effect(mean, mean - half, mean + half, mean / noise if noise else None)


def over_epochs(accuracies: Accuracies, arm: str) -> list[Spread]:
    """The spread over seeds after each look."""
    return [spread(values) for values in zip(*accuracies[arm], strict=True)]


def extremes(values: Sequence[float], sizes: Iterable[int]) -> list[Extremes]:
    """How best and worst move apart as more seeds are tried; exact over all choices among the runs that were made."""
    ordered = sorted(values)
    number = len(ordered)
    found = []
    for size in sizes:
        if size > number:
            continue
        ways = math.comb(number, size)
        # The run at `place` is the best of those choices that take the rest from below it.
        best = sum(value * math.comb(place, size - 1) for place, value in enumerate(ordered)) / ways
        worst = sum(value * math.comb(number - 1 - place, size - 1) for place, value in enumerate(ordered)) / ways
        found.append(Extremes(size, worst, best))
    return found
