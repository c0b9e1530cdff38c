"""Prevalence in a random sample, group by group, with the interval that the sample's design gives it."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, Literal

from analysis.prevalence import DesignEstimate, Drawn, hajek
from miner.store.sampled import Cell, SampleCells

FigureOf = Literal["affected", "legacy", "modern"]
FIGURES: Final[tuple[FigureOf, ...]] = ("affected", "legacy", "modern")


@dataclass(frozen=True, slots=True)
class SampleGroups:
    """A sample's estimates: for each group that occurs, by its name, one for each figure."""

    data: SampleCells
    groups: dict[str | None, dict[FigureOf, DesignEstimate]]


def groups(data: SampleCells) -> SampleGroups:
    """The estimates. A repository that two groups hold (by its codes) counts in both, as in a census."""
    cells: defaultdict[str | None, list[Cell]] = defaultdict(list)
    for cell in data.cells:
        cells[cell.group].append(cell)
    return SampleGroups(
        data,
        {group: {figure: _estimate(data, of_group, figure) for figure in FIGURES} for group, of_group in cells.items()},
    )


def _estimate(data: SampleCells, cells: Sequence[Cell], figure: FigureOf) -> DesignEstimate:
    """Draws that hold nothing of the group are part of the design, so the group's size is chance too."""
    has = attrgetter(figure)
    probability: dict[Hashable, float] = {
        counts.stratum.position: counts.stratum.inclusion_probability for counts in data.strata
    }
    blanks: dict[Hashable, int] = {counts.stratum.position: sum(counts.outcomes.values()) for counts in data.strata}
    drawn: list[Drawn] = []
    for cell in cells:
        weight = 1 / probability[cell.stratum]
        drawn += [Drawn(place < has(cell), weight=weight, stratum=cell.stratum) for place in range(cell.eligible)]
        blanks[cell.stratum] -= cell.eligible
    return hajek(drawn, sampled=probability, blanks=blanks)
