"""Let Lightning seed the workers, where the program has it seed the rest."""

from collections.abc import Sequence

import libcst as cst

from analysis.fix.commas import add_argument
from analysis.fix.recipes.worker_init import argument
from analysis.fix.workshop import CannotEditError, Workshop, leaf
from analysis.report import Pair


def seed_everything_in_workers(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Add `workers=True` to the program's calls of `seed_everything`."""
    found = False
    for path in workshop.project.mentioning("seed_everything"):
        if path.endswith(".ipynb") or b"lightning" not in workshop.project.sources[path]:
            continue
        unit = workshop.sources.unit(path)
        for call in unit.nodes(cst.Call):
            if leaf(call.func) == "seed_everything" and argument(call, "workers") is None and len(call.args) < 2:
                found = True
                add_argument(unit, call, "workers", "True")
    if not found:
        raise CannotEditError("no call of Lightning's seed_everything")
    return (
        "`seed_everything(..., workers=True)` has Lightning's trainer give every loader a `worker_init_fn` that "
        "seeds NumPy from the seed of torch, the rank and the worker (Lightning 1.3 and later). Without workers "
        "nothing changes."
    )
