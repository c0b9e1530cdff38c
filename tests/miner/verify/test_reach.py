"""Whether what was drawn is enough to tell what repeats."""

from typing import Any

import pytest

from miner.verify.inside.reach import doubtful, repeats, undecided


def run(*epochs: tuple[str, str]) -> dict[str, Any]:
    """A run of two workers; of each epoch the states before the draws of either, a letter each."""
    drawn = [
        {"e": epoch, "w": worker, "d": [["rand", "object", "a.py", 3, state] for state in states]}
        for epoch, workers in enumerate(epochs)
        for worker, states in enumerate(workers)
    ]
    return {"samples": drawn, "notes": []}


@pytest.mark.parametrize(
    ("epochs", "outcome"),
    [
        ((("ab", "ab"), ("cd", "cd"), ("ef", "ef")), "duplicate"),
        ((("ab", "ab"), ("ab", "ab"), ("ab", "ab")), "duplicate"),
        ((("ab", "cd"), ("ab", "cd"), ("ab", "cd")), "epoch_repeat"),
        ((("ab", "cd"), ("ef", "gh"), ("ij", "kl")), "clean"),
        ((("ab", "ab"), ("cd", "ef"), ("gh", "gh")), "unknown"),
        ((("ab", "cd"), ("ab", "cd"), ("ef", "gh")), "unknown"),
        ((("ab", "cd"),), "unknown"),
        ((("ab", "ab"), ("c", ""), ("ef", "ef")), "unknown"),
    ],
)
def test_what_repeats(epochs: tuple[tuple[str, str], ...], outcome: str) -> None:
    assert repeats(run(*epochs)).outcome == outcome
    clean = run(("ab", "cd"), ("ef", "gh"))
    assert undecided({"legacy": run(*epochs), "modern": clean}) == (outcome == "unknown")


def test_a_seed_that_is_not_known_makes_a_run_doubtful() -> None:
    drawn, noted, plain = (run(("ab", "cd")) for _ in range(3))
    drawn["samples"][0]["q"] = 1
    noted["notes"] = [{"unseeded": ["a.py:2"]}]
    assert [doubtful({"legacy": one}) for one in (drawn, noted, plain)] == [True, True, False]
