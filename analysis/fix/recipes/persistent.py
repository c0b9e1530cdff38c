"""Let workers live on, where what they are seeded with is wrong for no other reason than that they are made anew."""

from collections.abc import Sequence

import libcst as cst

from analysis.fix.commas import add_argument
from analysis.fix.recipes.worker_init import argument
from analysis.fix.workshop import Workshop, loader_call
from analysis.report import Pair


def persistent_workers(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Set `persistent_workers=True` on the loaders."""
    for place in sorted({pair.loader for pair in pairs}):
        unit, call, _ = loader_call(workshop, place)
        given = argument(call, "persistent_workers")
        if given is not None:
            unit.replace(given.value, cst.Name("True"))
            continue
        add_argument(unit, call, "persistent_workers", "True")
    return (
        "Workers that are seeded by their number alone start each epoch from the same numbers when they are made "
        "anew for it. With `persistent_workers=True` (torch 1.7 and later) they are made once and draw on; it needs "
        "at least one worker."
    )
