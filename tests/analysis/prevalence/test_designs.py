"""Design-based estimates: exact over every sample that a small population can give, and known special cases."""

from itertools import combinations, product
from statistics import fmean, pvariance

import pytest

from analysis.prevalence import Drawn, Interval, bootstrap, hajek, wilson
from analysis.prevalence.proportions import score_interval, student_quantile


def simple(successes: int, n: int) -> list[Drawn]:
    return [Drawn(place < successes) for place in range(n)]


def test_simple_random_draws_are_wilsons_but_for_students_t():
    estimate = hajek(simple(12, 40))
    assert estimate.share == pytest.approx(0.3)
    # The linearised variance divides by n - 1, as the variance of a sample does.
    assert estimate.effective == pytest.approx(39)
    assert estimate.design_effect == pytest.approx(40 / 39)
    assert estimate.interval == pytest.approx(score_interval(0.3, 39, student_quantile(0.95, 39)))


def test_the_estimated_variance_is_right_on_average_over_every_stratified_sample():
    """Lohr 2022, 3.2: with a fixed number in each stratum the estimator of the variance is unbiased."""
    strata = {"old": [1, 0, 0, 1, 0, 1], "new": [1, 1, 0, 1, 1]}
    drawn = {"old": 3, "new": 2}
    estimates, variances = [], []
    for old, new in product(combinations(strata["old"], 3), combinations(strata["new"], 2)):
        sample = [
            Drawn(bool(value), weight=len(strata[name]) / drawn[name], stratum=name)
            for name, values in (("old", old), ("new", new))
            for value in values
        ]
        fractions = {name: drawn[name] / len(strata[name]) for name in strata}
        estimate = hajek(sample, sampled=fractions)
        estimates.append(estimate.share)
        variances.append(estimate.standard_error**2)
    truth = sum(map(sum, strata.values())) / sum(map(len, strata.values()))
    assert fmean(estimates) == pytest.approx(truth)
    assert fmean(variances) == pytest.approx(pvariance(estimates))


def test_the_estimated_variance_is_right_on_average_over_every_cluster_sample():
    clusters = [[1, 0, 0], [1, 1, 1], [0, 0, 0], [1, 1, 0], [0, 1, 0], [1, 1, 1]]
    estimates, variances = [], []
    for chosen in combinations(range(6), 3):
        sample = [Drawn(bool(value), weight=2.0, cluster=number) for number in chosen for value in clusters[number]]
        estimate = hajek(sample, sampled={None: 0.5})
        estimates.append(estimate.share)
        variances.append(estimate.standard_error**2)
    assert fmean(estimates) == pytest.approx(sum(map(sum, clusters)) / 18)
    assert fmean(variances) == pytest.approx(pvariance(estimates))


def test_weights_undo_unequal_probabilities():
    # Twice as many were drawn of those that have it.
    estimate = hajek([Drawn(True, weight=1.0)] * 40 + [Drawn(False, weight=2.0)] * 20)
    assert estimate.share == pytest.approx(0.5)


def test_clusters_of_one_kind_say_as_much_as_their_number():
    alike = hajek([Drawn(block % 2 == 0, cluster=block) for block in range(20) for _ in range(10)])
    single = hajek([Drawn(block % 2 == 0) for block in range(20)])
    assert alike.interval == pytest.approx(single.interval)
    assert alike.design_effect == pytest.approx(10 * single.design_effect)


def test_elements_outside_the_base_make_its_size_chance():
    base = [Drawn(place < 5) for place in range(10)]
    outside = [Drawn(False, base=False) for _ in range(990)]
    estimate = hajek(base + outside)
    assert (estimate.share, estimate.base, estimate.drawn) == (0.5, 10, 1000)
    # Conditional on ten, about what ten simple draws would give; the degrees of freedom are the sample's.
    assert estimate.standard_error == pytest.approx((0.25 / 10) ** 0.5, rel=0.01)


def test_what_holds_nothing_of_the_base_need_not_be_listed():
    base = [Drawn(place < 5, stratum=place % 2, weight=1 + place % 2) for place in range(10)]
    outside = [Drawn(False, base=False, stratum=place % 2) for place in range(60)]
    assert hajek(base, blanks={0: 30, 1: 30}) == hajek(base + outside)


def test_all_successes_still_have_an_interval():
    estimate = hajek(simple(30, 30))
    assert estimate.share == 1.0
    assert 0.8 < estimate.interval.low < wilson(30, 30).low
    assert estimate.interval.high == 1.0


def test_strata_of_one_cluster_are_put_together():
    lonely = [Drawn(True, stratum="a"), Drawn(False, stratum="b"), Drawn(True, stratum="c"), Drawn(True, stratum="c")]
    assert 0 < hajek([*lonely, Drawn(False, stratum="c")]).standard_error < 1


def test_one_cluster_says_nothing():
    estimate = hajek([Drawn(True, cluster=1), Drawn(False, cluster=1)])
    assert (estimate.share, estimate.interval) == (0.5, Interval(0.0, 1.0))


def test_an_empty_base_has_no_share():
    estimate = hajek([Drawn(False, base=False)] * 3)
    assert (estimate.share, estimate.interval) == (None, Interval(0.0, 1.0))
    assert bootstrap([Drawn(False, base=False)] * 3) == Interval(0.0, 1.0)


def test_weights_are_positive():
    with pytest.raises(ValueError, match="positive"):
        hajek([Drawn(True, weight=0.0)])


def test_the_bootstrap_is_close_to_the_formula_and_the_same_each_time():
    sample = [Drawn((7 * block + place) % 3 == 0, cluster=block) for block in range(60) for place in range(5)]
    again = bootstrap(sample)
    assert again == bootstrap(sample)
    assert again == pytest.approx(hajek(sample).interval, abs=0.02)


def test_the_bootstrap_draws_within_strata():
    # Strata that are all of one kind leave nothing to chance but the half draw.
    sample = [Drawn(stratum == 0, stratum=stratum) for stratum in (0, 1) for _ in range(50)]
    assert bootstrap(sample) == pytest.approx((0.5, 0.5))


def test_a_stratum_of_one_stays_as_it_is():
    sample = [Drawn(True, stratum="alone"), *(Drawn(place % 2 == 0, stratum="many") for place in range(50))]
    interval = bootstrap(sample)
    assert interval.low < 26 / 51 < interval.high
    assert bootstrap(sample[:1]) == Interval(0.0, 1.0)


def test_few_replicates_are_refused():
    with pytest.raises(ValueError, match="too few"):
        bootstrap(simple(1, 2), replicates=10)
