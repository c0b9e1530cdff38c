"""Wilson's interval against published tables and scipy's own; unknowns as bounds."""

import pytest
from scipy.stats import binomtest

from analysis.prevalence import Interval, bounds, wilson


# Newcombe 1998, Statistics in Medicine 17:857-872, table I, method 3.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_published_table(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 7, 100, 4321])
def test_an_independent_package_agrees(n, confidence):
    for successes in {0, 1, n // 3, n - 1, n}:
        theirs = binomtest(successes, n).proportion_ci(confidence, method="wilson")
        assert wilson(successes, n, confidence) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_the_ends_are_exact():
    assert wilson(0, 9).low == 0.0
    assert wilson(9, 9).high == 1.0


def test_without_draws_nothing_is_known():
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (1, 0)])
def test_what_is_no_proportion_is_refused(successes, n):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(successes, n)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_is_a_share(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence)


def test_unknowns_widen_the_interval_both_ways():
    found = bounds(30, 20, 100)
    assert (found.lowest, found.highest) == (0.3, 0.5)
    assert found.interval == Interval(wilson(30, 100).low, wilson(50, 100).high)


def test_without_unknowns_bounds_are_wilsons():
    assert bounds(30, 0, 100).interval == wilson(30, 100)


def test_bounds_of_nothing():
    assert bounds(0, 0, 0).interval == Interval(0.0, 1.0)


def test_unknowns_must_fit():
    with pytest.raises(ValueError, match="do not fit"):
        bounds(50, 51, 100)
