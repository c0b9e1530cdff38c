"""`seedwatch impact`: the workers that are played are the real ones, and the numbers mean what is said of them."""

import json
from dataclasses import replace
from itertools import combinations
from statistics import fmean

import numpy
import pytest
import torch

from seedwatch.impact import results
from seedwatch.impact.glyphs import FURTHEST, pictures
from seedwatch.impact.training import ARMS, Arm, Setup, loader_of, prepare, train

SMALL = Setup(train_pictures=40, test_pictures=50, epochs=4, batch_size=6, workers=3)


@pytest.mark.parametrize("arm", ["mended", "bug", "mended_in_order", "bug_in_order"])
def test_workers_that_are_played_give_what_real_ones_give(arm: Arm):
    prepare()
    data = pictures(SMALL.train_pictures, numpy.random.default_rng(0))
    epochs = []
    for setup in (SMALL, replace(SMALL, processes=True)):
        torch.manual_seed(5)
        loader = loader_of(data, 5, setup, arm)
        epochs.append([[(pictures, classes) for pictures, classes in loader] for _ in range(2)])
    played, real = epochs
    for one, other in zip(played, real, strict=True):
        assert len(one) == len(other) == 7
        for (pictures_, classes), (theirs, their_classes) in zip(one, other, strict=True):
            assert torch.equal(pictures_, theirs)
            assert torch.equal(classes, their_classes)


def test_the_bug_is_the_bug():
    """Numbers repeat over workers and over epochs; mended, they do not."""
    data = pictures(12, numpy.random.default_rng(0))
    blank = (numpy.zeros_like(data[0]), data[1])
    for arm, different in (("bug_in_order", 2), ("mended_in_order", 12)):
        loader = loader_of(blank, 1, replace(SMALL, train_pictures=12, batch_size=2, workers=6), arm)
        torch.manual_seed(0)
        drawn = [picture.numpy().tobytes() for _ in range(2) for batch, _ in loader for picture in batch]
        assert len(set(drawn)) == different * (2 if arm == "mended_in_order" else 1)


def test_the_same_settings_give_the_same_numbers():
    prepare()
    assert [train(arm, 3, SMALL) for arm in ARMS] == [train(arm, 3, SMALL) for arm in ARMS]
    assert len(train("bug", 3, SMALL)) == len(SMALL.looks) == 4


def test_pictures_are_whole_and_evenly_spread():
    shown, classes = pictures(100, numpy.random.default_rng(1))
    assert numpy.bincount(classes).tolist() == [10] * 10
    # Far enough from the edge to be shifted.
    edge = shown.copy()
    edge[:, FURTHEST:-FURTHEST, FURTHEST:-FURTHEST] = 0
    assert not edge.any()
    digits = {shown[classes == number][0].tobytes() for number in range(10)}
    letters = pictures(100, numpy.random.default_rng(1), letters=True)
    assert len(digits | {picture.tobytes() for picture in letters[0]}) == 20


def test_an_effect_is_told_seed_by_seed():
    found = results.effect([70, 71, 69.5], [75, 76, 74])
    assert found.mean == pytest.approx(-4.8333, abs=1e-4)
    assert found.is_clear
    assert found.exceeds_noise
    assert found.in_deviations == pytest.approx(found.mean / 1.0)


def test_chance_is_no_effect():
    found = results.effect([70, 80, 75], [80, 70, 75.5])
    assert not found.is_clear
    assert not found.exceeds_noise


def test_seeds_that_do_nothing_leave_no_unit():
    assert results.effect([70, 71, 72], [75, 75, 75]).in_deviations is None


def test_extremes_are_means_over_all_choices():
    values = [3.0, 1.0, 4.0, 1.5, 9.0]
    for found in results.extremes(values, [1, 2, 3, 5, 7]):
        chosen = list(combinations(values, found.seeds))
        assert found.best == pytest.approx(fmean(max(each) for each in chosen))
        assert found.worst == pytest.approx(fmean(min(each) for each in chosen))
    assert [found.seeds for found in results.extremes(values, [2, 7])] == [2]


def test_the_command_prints_and_writes(seedwatch, tmp_path, monkeypatch):
    import seedwatch.impact.training as training

    small = replace(SMALL, train_pictures=20, batch_size=10)
    monkeypatch.setattr(training, "Setup", lambda **given: replace(small, **given))
    ran = seedwatch("impact", "--seeds", "3", "--epochs", "4", "--device", "cpu", "--out", tmp_path / "out")
    assert ran.status == 0
    assert "Settings: seeds 3, first seed 0, train pictures 20" in ran.out
    assert "the bug, pictures in order" in ran.out
    written = json.loads((tmp_path / "out/impact.json").read_text())
    assert {arm: len(runs) for arm, runs in written["accuracies"].items()} == dict.fromkeys(ARMS, 3)
    assert (tmp_path / "out/impact.svg").read_text().count("<circle") == 18
