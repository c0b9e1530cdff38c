"""What MONAI's caching datasets run in the parent: the transforms before the first random one, once for each sample."""

from collections.abc import Iterator

from analysis.catalog.loaders import CACHING, CACHING_PARAMS
from analysis.link.evaluate import Evaluator
from analysis.link.values import Argument, Constant, Instance, Result, Sequence, Value

_LIBRARY = "monai."
_RANDOM = "Rand"
"""How all of MONAI's random transforms, and the bases of a user's own, begin."""


def cached(ev: Evaluator, dataset: Result) -> set[Value]:
    """The repository's transforms whose results a dataset keeps; none where it keeps those of some samples alone."""
    if not (dataset.name.startswith(_LIBRARY) and dataset.name.endswith(CACHING)):
        return set()
    args = ev.collect(dataset.call, dataset.frame)
    named = dict(zip(CACHING_PARAMS, args.positional, strict=False)) | args.named
    if args.open or not _keeps_all(ev, named) or "transform" not in named:
        return set()
    return {step for chain in _chains(ev, named["transform"]) for step in _before_chance(ev, chain)}


def _keeps_all(ev: Evaluator, named: dict[str, Argument]) -> bool:
    if "cache_num" in named:
        return False
    rates = ev.argument(named["cache_rate"]) if "cache_rate" in named else ()
    return all(isinstance(rate, Constant) and rate.value in {1} for rate in rates)


def _chains(ev: Evaluator, transform: Argument) -> Iterator[Sequence]:
    for value in ev.argument(transform):
        if isinstance(value, Sequence):
            yield value
        elif isinstance(value, Result) and value.name.startswith(_LIBRARY) and value.name.endswith(".Compose"):
            given = ev.collect(value.call, value.frame)
            steps = given.positional[:1] or [each for name, each in given.named.items() if name == "transforms"]
            yield from (each for step in steps for each in ev.argument(step) if isinstance(each, Sequence))


def _before_chance(ev: Evaluator, chain: Sequence) -> Iterator[Instance]:
    """The repository's own steps up to the first that is random, or no transform of MONAI's kind."""
    for item in chain.items:
        for step in ev.argument(item):
            bases = ev.external_bases(step.cls) if isinstance(step, Instance) else [getattr(step, "name", "")]
            ours = [base for base in bases if base.startswith(_LIBRARY)]
            if not ours or any(base.rpartition(".")[2].startswith(_RANDOM) for base in ours):
                return
            if isinstance(step, Instance):
                yield step
