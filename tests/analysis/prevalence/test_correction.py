"""The detector's errors taken out again: exact where they are known, wide where labels are few."""

import pytest

from analysis.prevalence import MEASUREMENTS, Detector, Interval, Measured, rogan_gladen, wilson

PERFECT = Detector(Measured(10**9, 10**9), Measured(10**9, 10**9))


def test_the_formula_of_rogan_and_gladen():
    detector = Detector(Measured(90, 100), Measured(80, 100))
    # 0.55 = 0.5 * 0.9 + 0.5 * 0.2, so half of them have it.
    corrected = rogan_gladen(55, 100, detector)
    assert corrected.share == pytest.approx(0.5)
    assert corrected.apparent == 0.55


def test_a_perfect_detector_changes_nothing():
    corrected = rogan_gladen(30, 200, PERFECT)
    assert corrected.share == pytest.approx(0.15)
    # Lang and Reiczigel's interval is Agresti and Coull's then, which holds Wilson's.
    interval = corrected.interval
    assert interval == pytest.approx(wilson(30, 200), abs=0.003)
    assert interval.low <= wilson(30, 200).low
    assert interval.high >= wilson(30, 200).high


def test_fewer_labels_make_a_wider_interval():
    few = rogan_gladen(300, 1000, Detector(Measured(18, 20), Measured(18, 20)))
    many = rogan_gladen(300, 1000, Detector(Measured(1800, 2000), Measured(1800, 2000)))
    assert few.share == pytest.approx(many.share)
    assert few.interval.high - few.interval.low > 2 * (many.interval.high - many.interval.low)


def test_fewer_hits_than_the_detectors_own_false_alarms_are_none():
    corrected = rogan_gladen(5, 100, Detector(Measured(90, 100), Measured(80, 100)))
    assert corrected.share == 0.0
    assert corrected.unclipped < 0
    assert corrected.interval.low == 0.0


@pytest.mark.parametrize(
    "detector",
    [
        Detector(Measured(5, 10), Measured(5, 10)),
        Detector(Measured(0, 0), Measured(5, 5)),
        Detector(Measured(5, 5), Measured(0, 0)),
    ],
)
def test_a_detector_without_power_corrects_nothing(detector):
    assert rogan_gladen(5, 10, detector) is None


def test_without_draws_there_is_nothing_to_correct():
    assert rogan_gladen(0, 0, PERFECT) is None


def test_power_that_shrinking_takes_away_leaves_everything_open():
    barely = Detector(Measured(1, 1), Measured(1, 900))
    assert rogan_gladen(1, 2, barely).interval == Interval(0.0, 1.0)


def test_the_span_covers_the_corrected_and_the_uncorrected():
    corrected = rogan_gladen(55, 100, Detector(Measured(90, 100), Measured(80, 100)))
    assert corrected.span.low == min(corrected.interval.low, wilson(55, 100).low)
    assert corrected.span.high == max(corrected.interval.high, wilson(55, 100).high)


def test_a_designs_interval_takes_the_place_of_wilsons():
    corrected = rogan_gladen(5, 10, PERFECT, apparent_interval=Interval(0.01, 0.99))
    assert corrected.span == Interval(0.01, 0.99)


def test_the_measurements_are_dated_counts_in_order():
    assert sorted(MEASUREMENTS, key=lambda measurement: measurement.date) == MEASUREMENTS
    for measurement in MEASUREMENTS:
        assert len(measurement.date) == 10
        assert set(measurement.detectors) == {"eligible", "legacy", "modern"}
        for detector in measurement.detectors.values():
            for measured in (detector.sensitivity, detector.specificity):
                assert 0 <= measured.right <= measured.asked <= measurement.labels
                assert measured.interval.low <= measured.rate <= measured.interval.high


def test_what_was_never_asked_has_no_rate():
    assert Measured(0, 0).rate != Measured(0, 0).rate
