"""Every code of the report, the store and the analyzer has words."""

from typing import get_args

import pytest

from analysis.report import Cost, DrawKind, NotEligible, Outcome, Report, Reseed, TorchRange, Unread, Verdict
from api import words
from api.glyphs import outcome
from miner.store.records import FAILURE_STATES
from tests.support.reports import not_eligible, pair, report

REPEATS = pair(code="WS201", counts=False, counts_why="not a NumPy generator", legacy="duplicate", modern="duplicate")
NOT_READ = Unread(path="a.py", reason="syntax")
NO_FILES = Cost(files=0, parsed=0, bytes=0, seconds=0.1)


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
    ("one", "headline", "why"),
    [
        (not_eligible(), "The bug cannot be here.", words.NOT_ELIGIBLE["no_torch"]),
        (not_eligible(cost=NO_FILES), "There are no Python files in it.", None),
        (not_eligible(cost=NO_FILES, unread=[NOT_READ]), "Nothing in it could be read.", None),
        (
            not_eligible(unread=[NOT_READ]),
            "The bug is not in what could be read of it.",
            words.NOT_ELIGIBLE["no_torch"],
        ),
        (
            not_eligible(unread=[Unread(path=".seedwatch.toml", reason="not TOML")]),
            "The bug cannot be here.",
            words.NOT_ELIGIBLE["no_torch"],
        ),
        (
            not_eligible(why_not_eligible="only_random_or_torch", pairs=[REPEATS]),
            "NumPy's bug is not here, but the numbers of another generator repeat: WS201.",
            "Its workers draw from Python's random or from torch alone.",
        ),
        (
            report(verdict="mitigated", pairs=[REPEATS]),
            "NumPy's random numbers do not repeat, but those of another generator do: WS201.",
            None,
        ),
        (
            report(verdict="mitigated", pairs=[REPEATS.model_copy(update={"legacy": "clean", "modern": "clean"})]),
            "Its random numbers do not repeat.",
            None,
        ),
    ],
)
def test_no_more_is_said_than_was_read(one: Report, headline: str, why: str | None) -> None:
    assert (words.headline(one), words.why_not(one)) == (headline, why)


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
