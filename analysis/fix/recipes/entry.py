"""Seed NumPy where the worker begins to read an iterable dataset: for loaders that take no `worker_init_fn`."""

from collections.abc import Sequence

from analysis.fix.recipes.reseed import prepend
from analysis.fix.workshop import CannotEditError, Workshop
from analysis.report import Pair

_CODE = """worker = {torch}.utils.data.get_worker_info()
if worker is not None:
    {numpy}.random.seed(worker.seed % 2**32)
"""


def seed_in_iter(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Seed NumPy at the beginning of the dataset's `__iter__`."""
    for place in sorted({pair.entry for pair in pairs}):
        unit, where = workshop.sources.at(place)
        function = unit.function_at(where.line)
        if function is None or function.name.value != "__iter__":
            raise CannotEditError(f"{place}: not an __iter__")
        names = workshop.names(unit)
        prepend(unit, function, _CODE.format(torch=names.module("torch"), numpy=names.module("numpy")))
    return (
        "The loader takes no `worker_init_fn`. `__iter__` seeds NumPy when it begins in a worker, from the seed that "
        "torch gives the worker, which is another for each worker and each epoch. Without workers nothing changes."
    )
