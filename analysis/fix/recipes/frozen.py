"""The seed of the workers is set to the same number in each epoch: let the epoch count."""

from collections.abc import Sequence

import libcst as cst

from analysis.fix.unit import Unit
from analysis.fix.workshop import CannotEditError, Workshop, leaf, loader_call
from analysis.report import Pair

_SETS = ("manual_seed", "seed_everything", "set_seed", "seed_all")


def seed_moves_with_epoch(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Add the epoch to the seed that is set within the loop over epochs."""
    done: set[int] = set()
    for place in sorted({pair.loader for pair in pairs}):
        unit, _, _ = loader_call(workshop, place)
        for seeding, epoch in _in_loops(unit):
            if id(seeding) not in done:
                done.add(id(seeding))
                given = seeding.args[0].value
                unit.replace(given, cst.BinaryOperation(given, cst.Add(), cst.Name(epoch)))
    if not done:
        raise CannotEditError("no seed is set in a loop over epochs")
    return (
        "The seed from which torch derives those of the workers was set to the same number in each epoch, so that "
        "each epoch repeated the last. The epoch is added to it: still repeatable, and another in each. Read this "
        "one: what else draws from torch in the loop changes with it."
    )


def _in_loops(unit: Unit) -> list[tuple[cst.Call, str]]:
    """Calls that set torch's seed to one thing inside `for epoch in ...`, and the loop's variable."""
    found = []
    for loop in unit.nodes(cst.For):
        if not isinstance(loop.target, cst.Name) or "ep" not in loop.target.value:
            continue
        first, last = unit.lines(loop)
        for call in unit.nodes(cst.Call):
            if first < unit.lines(call)[0] <= last and leaf(call.func) in _SETS and len(call.args) == 1:
                text = cst.Module([]).code_for_node(call.args[0])
                if loop.target.value not in text:
                    found.append((call, loop.target.value))
    return found
