"""A constant seed for every sample or iterator: take a new one from torch each time."""

from collections.abc import Sequence

import libcst as cst

from analysis.fix.workshop import CannotEditError, Workshop, leaf
from analysis.report import Pair

_SEEDED = ("default_rng", "RandomState", "seed", "Random")


def seed_drawn_from_torch(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Replace the constant by a number drawn from torch's generator, which every worker has seeded."""
    for place in sorted({pair.reseed_at for pair in pairs if pair.reseed_at}):
        unit, where = workshop.sources.at(place)
        call = next(
            (
                call
                for call in unit.nodes(cst.Call, line=where.line)
                if leaf(call.func) in _SEEDED and len(call.args) == 1
            ),
            None,
        )
        if call is None or not any(
            isinstance(holder, cst.FunctionDef) and holder.name.value in {"__getitem__", "__iter__", "__call__"}
            for holder in unit.around(where.line)
        ):
            raise CannotEditError(f"{place}: no constant seed of a sample")
        torch = workshop.names(unit).module("torch")
        unit.replace(call.args[0].value, cst.parse_expression(f"{torch}.randint(2**32, ()).item()"))
    return (
        "The generator was seeded with the same number for every sample or iterator, with workers or without. It is "
        "now seeded with one that torch's generator gives, which every worker has seeded differently and which "
        "follows `torch.manual_seed`. Read this one: the same sample no longer gets the same numbers each time."
    )
