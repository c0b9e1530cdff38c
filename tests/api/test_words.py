"""Every code of the report, the store and the analyzer has words."""

from typing import get_args

import pytest

from analysis.report import DrawKind, NotEligible, Outcome, Reseed, TorchRange, Verdict
from api import words
from api.glyphs import outcome
from miner.store.records import FAILURE_STATES
from tests.support.reports import report


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (get_args(Outcome), words.OUTCOME_NAME),
        (get_args(Outcome), words.OUTCOME_SENTENCE),
        (get_args(Verdict), words.VERDICT_NAME),
        (get_args(Verdict), words.VERDICT_MEANING),
        (get_args(Verdict), words.VERDICT_TONE),
        (get_args(NotEligible), words.NOT_ELIGIBLE),
        (get_args(DrawKind), words.DRAW_KIND),
        (get_args(DrawKind), words.DRAW_KIND_MEANING),
        (get_args(Reseed), words.RESEED),
        (get_args(TorchRange), words.TORCH_RANGE),
        (("discovered", "queued", "scanning", "scanned", *FAILURE_STATES), words.STATE_NAME),
        (("discovered", "queued", "scanning", *FAILURE_STATES), words.STATE_MEANING),
    ],
)
def test_no_code_is_without_words(codes: list[str], said: dict[str, str]) -> None:
    assert set(said) == set(codes)


def test_every_outcome_has_a_picture_of_its_own() -> None:
    assert len({outcome(name) for name in get_args(Outcome)}) == 4


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_every_verdict_is_a_sentence(verdict: Verdict) -> None:
    assert words.headline(report(verdict=verdict)).endswith(".")


@pytest.mark.parametrize(
    ("legacy", "modern", "expected"),
    [
        ("clean", "clean", None),
        ("duplicate", "clean", "repairs"),
        ("epoch_repeat", "clean", "repairs"),
        ("duplicate", "duplicate", "changes nothing"),
        ("clean", "epoch_repeat", "worse"),
        ("duplicate", "epoch_repeat", "in part"),
        ("unknown", "unknown", None),
        ("unknown", "duplicate", None),
    ],
)
def test_what_an_upgrade_changes(legacy: Outcome, modern: Outcome, expected: str | None) -> None:
    said = words.upgrade(report(legacy=legacy, modern=modern))
    assert (said is None) if expected is None else (said is not None and expected in said)


def test_an_upgrade_is_no_matter_where_nothing_can_be_wrong() -> None:
    assert words.upgrade(report(eligible=False, legacy="duplicate", modern="duplicate")) is None
