"""Whether the runs of an attempt came to the flagged draws, and what repeats in them: it decides on another rung, and
which one is kept."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from analysis.report import Outcome

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


Streams = dict[tuple[int, int], list[str]]
"""The states before the draws of each epoch and worker, in their order."""


class Repeats(NamedTuple):
    """The epochs and the workers that drew, the epochs in which all workers repeat each other, and those in which all
    repeat their epoch before."""

    epochs: list[int]
    workers: list[int]
    between_workers: list[int]
    between_epochs: list[int]

    @property
    def outcome(self) -> Outcome:
        """What that shows: unknown where it is so in some epochs and not in others."""
        if self.epochs and len(self.workers) > 1 and len(self.between_workers) == len(self.epochs):
            return "duplicate"
        if len(self.epochs) < 2:
            return "unknown"
        if len(self.between_epochs) == len(self.epochs) - 1:
            return "epoch_repeat"
        return "unknown" if self.between_workers or self.between_epochs else "clean"


def repeats(run: Mapping[str, Any]) -> Repeats:
    """What repeats in one run."""
    drawn = streams(run)
    epochs = sorted({epoch for epoch, _ in drawn})
    workers = sorted({worker for _, worker in drawn})
    between_workers = [epoch for epoch in epochs if _all_equal([drawn.get((epoch, worker), []) for worker in workers])]
    between_epochs = [
        epoch
        for epoch in epochs[1:]
        if all(equal(drawn.get((epoch - 1, worker), []), drawn.get((epoch, worker), [])) for worker in workers)
    ]
    return Repeats(epochs, workers, between_workers, between_epochs)


def undecided(runs: Mapping[str, Any]) -> bool:
    """Whether one of the runs, in which there were draws, does not show whether they repeat."""
    return any(repeats(runs[kind]).outcome == "unknown" for kind in KINDS if kind in runs)


def streams(run: Mapping[str, Any]) -> Streams:
    """The states before each draw of a run."""
    found: Streams = defaultdict(list)
    for sample in run["samples"]:
        if sample["d"]:
            found[sample["e"], sample["w"]].extend(str(draw[4]) for draw in sample["d"])
    return dict(found)


def equal(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two streams start alike, or share most of their states: how many draws a sample takes may depend on
    its data."""
    if not one or not other:
        return False
    shared = len(set(one) & set(other))
    return one[0] == other[0] or 2 * shared >= min(len(set(one)), len(set(other)))


def _all_equal(found: Sequence[Sequence[str]]) -> bool:
    return len(found) > 1 and all(equal(found[0], other) for other in found[1:])
