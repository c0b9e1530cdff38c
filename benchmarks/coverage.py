"""How often the intervals of `analysis.prevalence` hold the truth: nominally 95 times of 100.

    python -m benchmarks.coverage [REPLICATES]

For each cell, that many samples are drawn under the stated design from a population whose share is known, and the
intervals that contain it are counted. A cell's figure carries a simulation error of its own: 0.5 points at 2,000.
Prints one row a cell and the mean, and ends with status 1 where a measure is missed: mean coverage of 94 to 96 %, and
no cell with n * p of 10 or more under 92 %.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy

from analysis.prevalence import Detector, Drawn, Interval, Measured, bootstrap, hajek, rogan_gladen, wilson

SEED = 1702
REPLICATES = 2000
BOOTSTRAP_EVERY = 4
"""The bootstrap is a simulation within the simulation: it gets a fourth of the samples."""

Random = numpy.random.Generator


@dataclass(frozen=True)
class Cell:
    """A design at one size and one share. `once` draws one sample and gives its interval and the point estimate."""

    design: str
    n: int
    share: float
    once: Callable[[Random], tuple[Interval, float]]
    of: int = 1


@dataclass(frozen=True)
class Result:
    """What became of a cell; `bias` is the mean estimate less the truth, `error` its simulation error."""

    cell: Cell
    replicates: int
    coverage: float
    bias: float
    error: float


def cells() -> Iterator[Cell]:
    """All designs, sizes and shares."""
    for n in (50, 100, 200, 500, 2000):
        for share in (0.02, 0.05, 0.1, 0.3, 0.5, 0.8, 0.95):
            yield Cell("independent draws (Wilson)", n, share, _independent(n, share))
    for share in (0.05, 0.1, 0.3, 0.5, 0.8):
        for n in (200, 500, 1000):
            yield Cell("4 strata, unequal fractions", n, share, _stratified(n, share, hajek_interval))
            yield Cell("blocks of 10 ids, correlated", n, share, _clustered(n, share, hajek_interval))
            yield Cell("unequal probabilities (Hajek)", n, share, _weighted(n, share))
            yield Cell("a base of chance size in blocks", n, share, _domain(n, share))
        for n in (500, 1000):
            yield Cell("bootstrap, 4 strata", n, share, _stratified(n, share, _bootstrap_interval), BOOTSTRAP_EVERY)
            yield Cell(
                "bootstrap, blocks of 10 ids", n, share, _clustered(n, share, _bootstrap_interval), BOOTSTRAP_EVERY
            )
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        for n in (200, 1000):
            for labels in (50, 200):
                yield Cell(f"corrected, {labels} + {labels} labels", n, share, _corrected(n, share, labels))


def hajek_interval(drawn: list[Drawn]) -> tuple[Interval, float]:
    """The design-based interval and the estimate."""
    estimate = hajek(drawn)
    return estimate.interval, estimate.share or 0.0


def _bootstrap_interval(drawn: list[Drawn]) -> tuple[Interval, float]:
    return bootstrap(drawn, replicates=500), hajek(drawn).share or 0.0


Judge = Callable[[list[Drawn]], tuple[Interval, float]]
Once = Callable[[Random], tuple[Interval, float]]


def _independent(n: int, share: float) -> Once:
    def once(random: Random) -> tuple[Interval, float]:
        successes = int(random.binomial(n, share))
        return wilson(successes, n), successes / n

    return once


def _stratified(n: int, share: float, judge: Judge) -> Once:
    """Strata of one size each, drawn at 1 : 2 : 3 : 4, whose shares lie around the whole's."""
    shares = (
        [share * factor for factor in (0.6, 0.9, 1.1, 1.4)]
        if share <= 0.7
        else [1 - (1 - share) * factor for factor in (0.6, 0.9, 1.1, 1.4)]
    )
    sizes = [n * part // 10 for part in (1, 2, 3, 4)]

    def once(random: Random) -> tuple[Interval, float]:
        drawn = [
            Drawn(bool(hit), weight=1 / size, stratum=stratum)
            for stratum, (size, own) in enumerate(zip(sizes, shares, strict=True))
            for hit in random.random(size) < own
        ]
        return judge(drawn)

    return once


def _clustered(n: int, share: float, judge: Judge) -> Once:
    """Blocks whose own shares scatter as Beta with an intra-block correlation of 0.1."""
    spread = 1 / 0.1 - 1

    def once(random: Random) -> tuple[Interval, float]:
        own = random.beta(share * spread, (1 - share) * spread, n // 10)
        hits = random.random((n // 10, 10)) < own[:, None]
        return judge([Drawn(bool(hit), cluster=block) for block, row in enumerate(hits) for hit in row])

    return once


def _weighted(n: int, share: float) -> Once:
    """Probabilities between 1 and 4, the higher the likelier to be a success."""
    sizes = numpy.array([1.0, 2.0, 4.0])
    shares = numpy.clip(share * numpy.array([0.7, 1.0, 1.3]), 0, 1)
    truth = float(shares.mean())
    # The share of each class in the sample is proportional to its probability, and the shares are moved to the truth.
    shares = shares * share / truth

    def once(random: Random) -> tuple[Interval, float]:
        kinds = random.choice(3, n, p=sizes / sizes.sum())
        hits = random.random(n) < shares[kinds]
        return hajek_interval([Drawn(bool(hit), weight=1 / sizes[kind]) for hit, kind in zip(hits, kinds, strict=True)])

    return once


def _domain(n: int, share: float) -> Once:
    """Three draws for each element of the base: which of a block are eligible is chance too."""

    def once(random: Random) -> tuple[Interval, float]:
        blocks = 3 * n // 10
        eligible = random.random((blocks, 10)) < random.beta(2, 4, blocks)[:, None]
        hits = random.random((blocks, 10)) < share
        return hajek_interval(
            [
                Drawn(bool(hit), base=bool(base), cluster=block)
                for block, (row, bases) in enumerate(zip(hits, eligible, strict=True))
                for hit, base in zip(row, bases, strict=True)
            ]
        )

    return once


def _corrected(n: int, share: float, labels: int) -> Once:
    sensitivity, specificity = 0.9, 0.93

    def once(random: Random) -> tuple[Interval, float]:
        said = int(random.binomial(n, share * sensitivity + (1 - share) * (1 - specificity)))
        detector = Detector(
            Measured(int(random.binomial(labels, sensitivity)), labels),
            Measured(int(random.binomial(labels, specificity)), labels),
        )
        corrected = rogan_gladen(said, n, detector)
        assert corrected is not None
        return corrected.interval, corrected.unclipped

    return once


def simulate(cell: Cell, replicates: int, seed: int) -> Result:
    """The cell's figures over that many samples."""
    random = numpy.random.default_rng(seed)
    number = max(1, replicates // cell.of)
    held, estimates = 0, numpy.empty(number)
    for place in range(number):
        interval, estimates[place] = cell.once(random)
        held += interval.low <= cell.share <= interval.high
    error = float(estimates.std(ddof=1)) / number**0.5
    return Result(cell, number, held / number, float(estimates.mean()) - cell.share, error)


def main(replicates: int = REPLICATES) -> int:
    """Prints the table."""
    results = [simulate(cell, replicates, SEED + place) for place, cell in enumerate(cells())]
    print("| design | n | share | samples | coverage | bias |\n|---|---|---|---|---|---|")  # noqa: T201
    for result in results:
        cell = result.cell
        bias = f"{result.bias:+.4f} ± {2 * result.error:.4f}"
        print(f"| {cell.design} | {cell.n} | {cell.share} | {result.replicates} | {result.coverage:.1%} | {bias} |")  # noqa: T201
    mean = sum(result.coverage for result in results) / len(results)
    low = [result for result in results if result.cell.n * result.cell.share >= 10 and result.coverage < 0.92]
    print(f"\nmean coverage over {len(results)} cells {mean:.2%}; under 92 % with n * p >= 10: {len(low)}")  # noqa: T201
    return 0 if 0.94 <= mean <= 0.96 and not low else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
