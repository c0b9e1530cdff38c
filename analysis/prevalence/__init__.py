"""Estimates with intervals, from counts and a declared way of sampling.

    proportions  one proportion of independent draws: Wilson's interval; a count that could not be told, as bounds
    designs      strata, clusters and unequal probabilities: Hajek's estimator with a design-based interval, a bootstrap
    correction   what is left after the detector's own errors are taken out (Rogan and Gladen)
    duplicates   forks and vendored copies, counted once by content
    survival     how long the bug lives: Kaplan and Meier
    labels       how often the analyzer was right on labels read by hand, with the date

Numbers in, numbers out. Nothing here knows what a repository is; who calls says which population a figure is about.
"""

from analysis.prevalence.correction import Corrected, Detector, Measured, rogan_gladen
from analysis.prevalence.designs import DesignEstimate, Drawn, bootstrap, hajek
from analysis.prevalence.duplicates import Counted, by_content
from analysis.prevalence.labels import MEASUREMENTS, Measurement
from analysis.prevalence.proportions import Bounds, Interval, bounds, wilson
from analysis.prevalence.survival import Lifetime, SurvivalStep, kaplan_meier, median_lifetime

__all__ = [
    "MEASUREMENTS",
    "Bounds",
    "Corrected",
    "Counted",
    "DesignEstimate",
    "Detector",
    "Drawn",
    "Interval",
    "Lifetime",
    "Measured",
    "Measurement",
    "SurvivalStep",
    "bootstrap",
    "bounds",
    "by_content",
    "hajek",
    "kaplan_meier",
    "median_lifetime",
    "rogan_gladen",
    "wilson",
]
