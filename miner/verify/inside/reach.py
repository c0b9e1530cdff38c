"""Whether the runs of an attempt came to the flagged draws: it decides on another rung, and which one is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

KINDS = ("legacy", "modern")
_FIRST_EPOCHS = (0, 1)


def samples(runs: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The samples of one run; none where it was not made."""
    run = runs.get(kind)
    return run.get("samples") or [] if isinstance(run, dict) else []


def drew(runs: Mapping[str, Any]) -> bool:
    """Whether a flagged line drew at all."""
    return any(True for _ in _drawing(runs))


def drew_everywhere(runs: Mapping[str, Any], workers: int) -> bool:
    """Whether so many workers drew at flagged lines in the first two epochs of each run, and the state moved by it."""
    return not stands_still(runs) and all(
        len({sample["w"] for sample in samples(runs, kind) if sample["e"] == epoch and sample["d"]}) >= workers
        for kind in KINDS
        for epoch in _FIRST_EPOCHS
    )


def stands_still(runs: Mapping[str, Any]) -> bool:
    """Whether draws from the global generator were noted, and none of them changed its state: `randint(0, 1)` takes
    nothing from it, and a forger's draws do not either."""
    for kind in KINDS:
        drawn = [sample for sample in samples(runs, kind) if any(draw[1] == "global" for draw in sample["d"])]
        if drawn and all(sample["b"][0] == sample["a"][0] for sample in drawn):
            return True
    return False


def _drawing(runs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (sample for kind in KINDS for sample in samples(runs, kind) if sample["d"])


def doubtful(runs: dict[str, Any]) -> bool:
    """Whether something was seeded before a draw with what is not known, or may have been."""
    made = [sample for kind in KINDS if kind in runs for sample in samples(runs, kind)]
    notes = [note for kind in KINDS if kind in runs for note in runs[kind]["notes"]]
    return any(sample.get("q") for sample in made) or any(note.get("unseeded") for note in notes)
