"""The rules, over answers as an attempt would give them."""

from typing import Any

import pytest

from miner.verify.verdict import verification
from tests.support.reports import pair

FLAGGED = pair()
PLACE = [FLAGGED.draws[0].path, FLAGGED.draws[0].line]


def run(states: str, *, moved: bool = True) -> dict[str, Any]:
    """One letter for each worker of each of two epochs, `ab cd`: the state from which it draws."""
    samples = []
    for epoch, workers in enumerate(states.split()):
        for worker, state in enumerate(workers):
            after = f"{state}-after" if moved else state
            drawn = ["numpy.random.randint", "global", *PLACE, state]
            sample = {"e": epoch, "w": worker, "s": worker, "d": [drawn], "f": 1, "x": None, "q": False}
            samples.append({**sample, "b": [state, ""], "a": [after, ""]})
    return {"samples": samples, "notes": [], "failed": None}


def attempt(legacy: str, modern: str, **more: Any) -> dict[str, Any]:
    return {"rung": "R1", "runs": {"legacy": run(legacy), "modern": run(modern)}, **more}


REPEATS, APART = "aa bb", "ab cd"


@pytest.mark.parametrize(
    ("read", "ran", "verdict", "scope"),
    [
        (("duplicate", "clean"), (REPEATS, APART), "confirmed", "torch < 1.9"),
        (("duplicate", "duplicate"), (REPEATS, REPEATS), "confirmed", "any torch"),
        (("clean", "epoch_repeat"), (APART, "ab ab"), "confirmed", "torch >= 1.9"),
        (("duplicate", "clean"), (APART, APART), "refuted", None),
        (("duplicate", "clean"), (REPEATS, REPEATS), "inconclusive", None),
        (("duplicate", "duplicate"), (REPEATS, APART), "inconclusive", None),
    ],
)
def test_what_is_seen_and_what_is_read(
    read: tuple[str, str], ran: tuple[str, str], verdict: str, scope: str | None
) -> None:
    said = verification(pair(legacy=read[0], modern=read[1]), [attempt(*ran)], {}, None)
    assert (said.verdict, said.scope) == (verdict, scope), said.reason


@pytest.mark.parametrize(
    "more",
    [
        {"unresolved": ["worker_init_fn is not known"]},
        {"rung": "R3", "skipped_seeds": ["a.py:3"]},
    ],
)
def test_what_could_not_be_resolved_is_inconclusive(more: dict[str, Any]) -> None:
    said = verification(FLAGGED, [attempt(REPEATS, APART, **more)], {}, None)
    assert said.verdict == "inconclusive"


@pytest.mark.parametrize("more", [{"swallowed": ["a.py:1: KeyError"]}, {"stubs": ["cv2"]}, {"decided": ["a.py:2"]}])
def test_nothing_is_refuted_on_a_part_of_the_way(more: dict[str, Any]) -> None:
    said = verification(FLAGGED, [attempt(APART, APART, **more)], {}, None)
    assert (said.verdict, said.disagrees) == ("inconclusive", True)


def test_states_that_workers_share_but_not_the_first_are_told_as_such() -> None:
    samples = [
        {"e": epoch, "w": worker, "s": worker, "f": 3, "x": None, "q": False, "b": ["x", ""], "a": ["y", ""]}
        | {"d": [["numpy.random.randint", "global", *PLACE, state] for state in (f"{epoch}{worker}", "same", "next")]}
        for epoch in (0, 1)
        for worker in (0, 1)
    ]
    shared = {"samples": samples, "notes": [], "failed": None}
    both = {"rung": "R1", "runs": {"legacy": shared, "modern": shared}}
    said = verification(pair(legacy="duplicate", modern="duplicate"), [both], {}, None)
    assert (said.verdict, said.reason) == (
        "confirmed",
        "most draws of worker 0 start from states that worker 1's start from too, in 2 of 2 epochs",
    )


def test_a_guessed_branch_makes_it_conditional() -> None:
    said = verification(FLAGGED, [attempt(REPEATS, APART, depends=["train.py:9"])], {}, None)
    assert (said.verdict, said.scope) == ("conditional", "torch < 1.9")
    assert "train.py:9" in (said.condition or "")


def test_a_log_without_a_change_of_state_is_not_believed() -> None:
    forged = {"rung": "R1", "runs": {"legacy": run(REPEATS, moved=False), "modern": run(APART)}}
    assert verification(FLAGGED, [forged], {}, None).verdict == "inconclusive"


def test_no_answer_at_all_is_our_failure() -> None:
    assert verification(FLAGGED, [], {}, "no end within the time limit").verdict == "failed"


def test_an_answer_of_another_form_is_nothing() -> None:
    assert verification(FLAGGED, [{"rung": 7, "runs": "no"}], {}, None).verdict == "inconclusive"
