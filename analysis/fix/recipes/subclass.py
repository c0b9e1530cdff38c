"""Seed workers from within a subclass of a loader that decides itself what its base is given."""

from collections.abc import Sequence

import libcst as cst

from analysis.fix.commas import add_argument
from analysis.fix.recipes.worker_init import add_seed_worker, argument
from analysis.fix.unit import Unit, inside
from analysis.fix.workshop import CannotEditError, Workshop, leaf, loader_call
from analysis.report import Pair


def subclass_worker_init(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Add a `seed_worker` beside the subclass, and hand it to the base's constructor."""
    done: set[str] = set()
    for place in sorted({pair.loader for pair in pairs}):
        _, call, where = loader_call(workshop, place)
        name = leaf(call.func)
        if name not in done:
            done.add(name)
            _mend(workshop, *_class(workshop, name, where.path))
    return (
        f"{', '.join(sorted(done))} hands its base a `worker_init_fn` that seeds NumPy in each worker from the seed "
        "that torch gives the worker, which is another for each worker and each epoch. Without workers it is never "
        "called."
    )


def _class(workshop: Workshop, name: str, near: str) -> tuple[Unit, cst.ClassDef]:
    for path in [near, *workshop.project.mentioning(name)]:
        if path.endswith(".ipynb"):
            continue
        unit = workshop.sources.unit(path)
        for node in unit.nodes(cst.ClassDef):
            if node.name.value == name:
                return unit, node
    raise CannotEditError(f"{near}: no class {name}")


def _mend(workshop: Workshop, unit: Unit, node: cst.ClassDef) -> None:
    calls = [
        call
        for call in inside(node, cst.Call)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "__init__"
    ]
    if len(calls) != 1 or argument(calls[0], "worker_init_fn") is not None:
        raise CannotEditError(f"{node.name.value}: its base is not called in one place, or is given one")
    function = workshop.names(unit).free("seed_worker", "seed_numpy_worker")
    add_argument(unit, calls[0], "worker_init_fn", function)
    add_seed_worker(workshop, unit, node, function)
