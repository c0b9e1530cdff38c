"""Estimates for all of GitHub from a random sample of repository ids.

Every id of a stratum was drawn with the same known probability, so each counts for the inverse of it; most ids lead to
nothing, which is part of the design and not left out of it. Repositories that could not be scanned yet are unknown.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from analysis.prevalence import MEASUREMENTS, Corrected, DesignEstimate, Drawn, Interval, hajek, rogan_gladen
from analysis.report import BUGS
from miner.store.estimates import SampleData, SampledRepository

FigureOf = Literal["legacy", "modern", "affected"]
RowsOf = Literal["numerator", "denominator", "unknown", "unscanned", "contents_numerator", "contents", "copies"]
"""What rows are of. The last three count each content one time."""

LABEL: Final[dict[FigureOf, str]] = {
    "legacy": "have the bug below PyTorch 1.9",
    "modern": "have the bug from PyTorch 1.9 on",
    "affected": "have the bug on a PyTorch that they admit",
}
Has = Callable[[SampledRepository], bool]

_HAS: Final[dict[FigureOf, Has]] = {
    "legacy": lambda repository: repository.legacy in BUGS,
    "modern": lambda repository: repository.modern in BUGS,
    "affected": lambda repository: (repository.verdict or "").startswith("affected"),
}
_UNKNOWN: Final[dict[FigureOf, Has]] = {
    "legacy": lambda repository: repository.legacy == "unknown",
    "modern": lambda repository: repository.modern == "unknown",
    "affected": lambda repository: repository.verdict == "unknown",
}


@dataclass(frozen=True, slots=True)
class Once:
    """The same with each content counted one time: of copies within the sample, the first that was drawn stands.

    How many copies there are outside the sample is not known, so this is no estimate of how many contents there are.
    """

    numerator: int
    denominator: int
    copies: int
    estimate: DesignEstimate


@dataclass(frozen=True, slots=True)
class Row:
    """A repository behind a figure, and the one drawn before it that holds the same bytes, for copies."""

    repository: SampledRepository
    copy_of: SampledRepository | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """How common the bug is among the eligible repositories of the population.

    `bounds` covers whatever the unknown ones among the eligible are. `unscanned` were drawn and have no scan: while
    there are any, the estimate is of those that have.
    """

    figure: FigureOf
    label: str
    population: str
    numerator: int
    denominator: int
    unknown: int
    unscanned: int
    estimate: DesignEstimate
    bounds: Interval
    corrected: Corrected | None
    once: Once


def estimates(data: SampleData) -> list[Estimate]:
    """One for each meaning of having the bug."""
    return [_estimate(figure, data) for figure in LABEL]


def rows(data: SampleData, figure: FigureOf, of: RowsOf = "numerator") -> list[Row]:
    """The repositories behind a figure, in the order of their numbers."""
    eligible = _eligible(data)
    match of:
        case "numerator":
            found = [one for one in eligible if _HAS[figure](one)]
        case "denominator":
            found = eligible
        case "unknown":
            found = [one for one in eligible if _UNKNOWN[figure](one)]
        case "unscanned":
            found = [one for one in data.repositories if not one.scanned]
        case "copies":
            return [Row(copy, each[0]) for each in _contents(eligible) for copy in each[1:]]
        case _:
            has = _HAS[figure] if of == "contents_numerator" else lambda _: True
            found = [each[0] for each in _contents(eligible) if any(map(has, each))]
    return [Row(one) for one in found]


def _estimate(figure: FigureOf, data: SampleData) -> Estimate:
    eligible = _eligible(data)
    estimate = _hajek(data, eligible, _HAS[figure])
    unknown = sum(_UNKNOWN[figure](repository) for repository in eligible)
    most = _hajek(data, eligible, lambda repository: _HAS[figure](repository) or _UNKNOWN[figure](repository))
    detector = MEASUREMENTS[-1].detectors["modern" if figure == "modern" else "legacy"]
    corrected = None
    if estimate.share is not None and estimate.effective > 0:
        corrected = rogan_gladen(
            estimate.share * estimate.effective, estimate.effective, detector, apparent_interval=estimate.interval
        )
    return Estimate(
        figure=figure,
        label=LABEL[figure],
        population=f"public repositories of GitHub with a number up to {data.sample.max_id:,}, "
        f"on {data.sample.created_at.date().isoformat()}",
        numerator=sum(_HAS[figure](repository) for repository in eligible),
        denominator=len(eligible),
        unknown=unknown,
        unscanned=sum(not repository.scanned for repository in data.repositories),
        estimate=estimate,
        bounds=Interval(estimate.interval.low, most.interval.high),
        corrected=corrected,
        once=_once(data, eligible, _HAS[figure]),
    )


def _once(data: SampleData, eligible: Sequence[SampledRepository], has: Has) -> Once:
    contents = _contents(eligible)
    # Where copies differ in the answer (one asks for another PyTorch), the content counts as having it.
    bearers = {id(each[0]) for each in contents if any(map(has, each))}
    kept = [each[0] for each in contents]
    estimate = _hajek(data, kept, lambda repository: id(repository) in bearers)
    return Once(len(bearers), len(kept), len(eligible) - len(kept), estimate)


def _contents(eligible: Sequence[SampledRepository]) -> list[list[SampledRepository]]:
    """Repositories that hold the same bytes, together; one whose bytes are not known is alone."""
    found: dict[Hashable, list[SampledRepository]] = {}
    for place, repository in enumerate(eligible):
        found.setdefault(place if repository.content is None else repository.content, []).append(repository)
    return list(found.values())


def _eligible(data: SampleData) -> list[SampledRepository]:
    return [repository for repository in data.repositories if repository.eligible]


def _hajek(data: SampleData, eligible: Sequence[SampledRepository], has: Has) -> DesignEstimate:
    probability: dict[Hashable, float] = {
        counts.stratum.position: counts.stratum.inclusion_probability for counts in data.strata
    }
    drawn: dict[Hashable, int] = {counts.stratum.position: sum(counts.outcomes.values()) for counts in data.strata}
    for repository in eligible:
        drawn[repository.stratum] -= 1
    return hajek(
        [
            Drawn(has(repository), weight=1 / probability[repository.stratum], stratum=repository.stratum)
            for repository in eligible
        ],
        sampled=probability,
        blanks=drawn,
    )
