"""Copies counted once, and lifetimes of which many have not ended."""

import pytest
from scipy.stats import CensoredData, ecdf

from analysis.prevalence import Lifetime, by_content, kaplan_meier, median_lifetime, wilson

# Weeks of remission under 6-mercaptopurine, Freireich et al. 1963, as every textbook on survival has them.
FREIREICH = [
    *(Lifetime(weeks, True) for weeks in (6, 6, 6, 7, 10, 13, 16, 22, 23)),
    *(Lifetime(weeks, False) for weeks in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)),
]


def test_copies_count_as_often_as_they_lie_there_and_once():
    whole, once = by_content([("a", True), ("a", True), ("a", True), ("b", False), (None, False), (None, True)])
    assert (whole.successes, whole.of, whole.copies) == (4, 6, 0)
    assert (once.successes, once.of, once.copies) == (2, 4, 2)
    assert once.share == 0.5
    assert once.interval == wilson(2, 4)


def test_a_content_has_it_where_any_copy_has():
    assert by_content([("a", False), ("a", True)])[1].successes == 1


def test_nothing_has_no_share():
    assert by_content([])[1].share is None


def test_the_textbook_curve():
    steps = kaplan_meier(FREIREICH)
    assert [(step.days, step.at_risk, step.ended) for step in steps] == [
        (6, 21, 3),
        (7, 17, 1),
        (10, 15, 1),
        (13, 12, 1),
        (16, 11, 1),
        (22, 7, 1),
        (23, 6, 1),
    ]
    assert [round(step.share, 3) for step in steps] == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert median_lifetime(steps) == 23


def test_an_independent_package_agrees():
    theirs = ecdf(CensoredData(uncensored=[d for d, e in FREIREICH if e], right=[d for d, e in FREIREICH if not e])).sf
    intervals = theirs.confidence_interval(0.95, method="log-log")
    for step in kaplan_meier(FREIREICH):
        assert step.share == pytest.approx(float(theirs.evaluate(step.days)))
        assert step.interval.low == pytest.approx(float(intervals.low.evaluate(step.days)))
        assert step.interval.high == pytest.approx(float(intervals.high.evaluate(step.days)))


def test_a_curve_that_ends_at_nothing():
    steps = kaplan_meier([Lifetime(1, True), Lifetime(2, True)])
    assert [step.share for step in steps] == [0.5, 0.0]
    assert steps[-1].interval == (0.0, 1.0)


def test_those_that_still_live_have_no_median():
    assert kaplan_meier([Lifetime(5, False)]) == []
    assert median_lifetime(kaplan_meier([Lifetime(5, False), Lifetime(6, True), Lifetime(9, False)])) == 6
    assert median_lifetime(kaplan_meier([Lifetime(5, True), Lifetime(6, False), Lifetime(9, False)])) is None
