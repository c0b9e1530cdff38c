"""Small repositories as dicts of sources, and what the analysis is to say of them.

A line that ends in `# DRAW` is a counted draw, one that ends in `# LOADER` the start of a loader's call: what is
expected stands where it is seen, and everything that carries no mark is expected not to be found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import TypeAlias

import pytest

from analysis.report import Outcome, Pair, Report

Files: TypeAlias = Mapping[str, str | bytes]
Outcomes: TypeAlias = tuple[Outcome, Outcome]
Check: TypeAlias = Callable[[Files], Report]

CLEAN: Outcomes = ("clean", "clean")
OLD_TORCH: Outcomes = ("duplicate", "clean")
"""A global draw without reseeding, before torch 1.9 and from there on."""
BOTH: Outcomes = ("duplicate", "duplicate")
"""A kept generator, or one that is made with a constant for each sample."""
EPOCHS: Outcomes = ("epoch_repeat", "epoch_repeat")

TRAIN = """
from torch.utils.data import DataLoader
from data import Set

for batch in DataLoader(Set(), num_workers=4):  # LOADER
    pass
"""
"""A training program over `data.Set`."""

TRANSFORMED = """
class Set:
    def __init__(self, transform=None):
        self.transform = transform
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.transform(index) if self.transform else index
"""
"""A dataset whose samples are what its transform makes of their numbers, or these."""


@dataclass(frozen=True, slots=True)
class Example:
    """A repository and its outcomes, before torch 1.9 and from there on; no outcomes: nothing is to be found."""

    name: str
    files: Mapping[str, str]
    outcomes: Outcomes | None = OLD_TORCH

    def sources(self) -> dict[str, str]:
        return {path: dedent(text).lstrip("\n") for path, text in self.files.items()}


def each(*examples: Example) -> pytest.MarkDecorator:
    """Parametrise a test by these examples, each under its name."""
    return pytest.mark.parametrize("example", examples, ids=lambda example: example.name)


def found(name: str, outcomes: Outcomes = OLD_TORCH, /, **files: str) -> Example:
    """A repository in which the marked draws must be found. `data=...` is the file `data.py`."""
    return Example(name, {f"{stem}.py": text for stem, text in files.items()}, outcomes)


def trained(name: str, data: str, outcomes: Outcomes = OLD_TORCH) -> Example:
    """A dataset `Set` in `data.py` whose marked draws must be found, trained on by a program of its own."""
    return Example(name, {"data.py": data, "train.py": TRAIN}, outcomes)


def unharmed(name: str, data: str) -> Example:
    """A dataset `Set` in `data.py` in which nothing must be found."""
    return Example(name, {"data.py": data, "train.py": TRAIN}, None)


def marked(files: Mapping[str, str], mark: str) -> set[str]:
    """The lines that carry the mark, as `path:line`."""
    return {
        f"{path}:{number}"
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if line.endswith(f"# {mark}")
    }


def counted(report: Report) -> list[Pair]:
    """The pairs with weight in the verdict."""
    return [pair for pair in report.pairs if pair.counts and pair.workers != "zero"]


def drawn(report: Report) -> set[str]:
    """All counted draws, as `path:line`."""
    return {f"{draw.path}:{draw.line}" for pair in counted(report) for draw in pair.draws}


def assert_as_marked(report: Report, example: Example) -> None:
    """The draws that are marked, no others, and the outcomes of the repository."""
    assert drawn(report) == marked(example.sources(), "DRAW"), [pair.why for pair in report.pairs]
    outcomes = (report.legacy, report.modern)
    if example.outcomes is None:
        assert (report.eligible, outcomes, report.verdict) == (False, CLEAN, "not_eligible")
    else:
        assert (report.eligible, outcomes) == (True, example.outcomes), [pair.why for pair in report.pairs]
