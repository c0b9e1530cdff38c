"""What is left of a share after the detector's own errors are taken out, and how far that can be trusted.

Rogan and Gladen 1978: a detector with sensitivity Se and specificity Sp that says yes with share p stands for a true
share of (p + Sp - 1) / (Se + Sp - 1). The interval is Lang and Reiczigel's (2014), which carries the uncertainty of Se
and Sp, both measured on labels, along with that of p.
"""

import math
from dataclasses import dataclass

from analysis.prevalence.proportions import Interval, normal_quantile, wilson


@dataclass(frozen=True, slots=True)
class Measured:
    """A rate measured on labels: `right` of `asked` were answered rightly."""

    right: int
    asked: int

    @property
    def rate(self) -> float:
        """The share answered rightly; nan where nothing was asked."""
        return self.right / self.asked if self.asked else math.nan

    @property
    def interval(self) -> Interval:
        """Wilson's."""
        return wilson(self.right, self.asked)


@dataclass(frozen=True, slots=True)
class Detector:
    """How a detector does on labels: of those that have it, of those that have it not."""

    sensitivity: Measured
    specificity: Measured


@dataclass(frozen=True, slots=True)
class Corrected:
    """A share after correction, clipped to 0 and 1; `unclipped` may lie outside, and is the unbiased one.

    `span` is what can be said without arguing how well the labels stand for the population: it covers the share as
    the detector counts it, with its own interval, and the corrected one with its.
    """

    share: float
    unclipped: float
    interval: Interval
    apparent: float
    apparent_interval: Interval

    @property
    def span(self) -> Interval:
        """From the lower of the two lower ends to the higher of the two higher ends."""
        return Interval(
            min(self.interval.low, self.apparent_interval.low), max(self.interval.high, self.apparent_interval.high)
        )


def rogan_gladen(
    successes: float,
    n: float,
    detector: Detector,
    *,
    apparent_interval: Interval | None = None,
    confidence: float = 0.95,
) -> Corrected | None:
    """The corrected share of `successes` among `n` independent draws; `n` may be an effective number.

    `apparent_interval` is the interval that a design gives the uncorrected share; Wilson's without it. None where the
    correction says nothing: no draws, no labels, or a detector that does no better than chance (Se + Sp <= 1).
    """
    sensitivity, specificity = detector.sensitivity, detector.specificity
    if n <= 0 or not sensitivity.asked or not specificity.asked or sensitivity.rate + specificity.rate <= 1:
        return None
    apparent = successes / n
    unclipped = (apparent + specificity.rate - 1) / (sensitivity.rate + specificity.rate - 1)
    return Corrected(
        share=_clipped(unclipped),
        unclipped=unclipped,
        interval=_lang_reiczigel(apparent, n, sensitivity, specificity, normal_quantile(confidence)),
        apparent=apparent,
        apparent_interval=apparent_interval or wilson(successes, n, confidence),
    )


def _lang_reiczigel(
    apparent: float, n: float, sensitivity: Measured, specificity: Measured, quantile: float
) -> Interval:
    """Equations 5 to 8 of Lang and Reiczigel 2014: each of the three rates is drawn towards one half first."""
    squared = quantile * quantile
    apparent = (n * apparent + squared / 2) / (n + squared)
    n += squared
    sure, asked_yes = (sensitivity.right + 1) / (sensitivity.asked + 2), sensitivity.asked + 2
    rightly_no, asked_no = (specificity.right + 1) / (specificity.asked + 2), specificity.asked + 2
    power = sure + rightly_no - 1
    if power <= 0:
        return Interval(0.0, 1.0)
    share = (apparent + rightly_no - 1) / power
    of_yes = sure * (1 - sure) / asked_yes
    of_no = rightly_no * (1 - rightly_no) / asked_no
    shift = 2 * squared * (share * of_yes - (1 - share) * of_no)
    variance = apparent * (1 - apparent) / n + share**2 * of_yes + (1 - share) ** 2 * of_no
    half = quantile * math.sqrt(variance) / power
    return Interval(_clipped(share + shift - half), _clipped(share + shift + half))


def _clipped(share: float) -> float:
    return min(1.0, max(0.0, share))
