"""Forks and vendored copies: the same code in several places, counted as often as it lies there, and once.

Neither is the right figure by itself. How many repositories have the bug is a question about repositories; how often
people wrote it is a question about code.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from analysis.prevalence.proportions import Interval, wilson


@dataclass(frozen=True, slots=True)
class Counted:
    """A share counted one way. `copies` is how many were left out as copies of another."""

    successes: int
    of: int
    copies: int

    @property
    def share(self) -> float | None:
        """None where there is nothing to divide by."""
        return self.successes / self.of if self.of else None

    @property
    def interval(self) -> Interval:
        """Wilson's: what the interval would be if these were independent draws."""
        return wilson(self.successes, self.of)


def by_content(members: Iterable[tuple[Hashable | None, bool]]) -> tuple[Counted, Counted]:
    """All members, and each content once. A member is its content's key and whether it has what is counted.

    The key is anything that two copies share: the blob ids of the files that decide. A key of None is nobody's copy.
    Where copies of one content differ in the answer (one asks for another PyTorch), the content counts as having it.
    """
    listed = list(members)
    answers: dict[Hashable, bool] = defaultdict(bool)
    for place, (key, answer) in enumerate(listed):
        answers[("alone", place) if key is None else ("content", key)] |= answer
    whole = Counted(sum(answer for _, answer in listed), len(listed), 0)
    return whole, Counted(sum(answers.values()), len(answers), len(listed) - len(answers))
