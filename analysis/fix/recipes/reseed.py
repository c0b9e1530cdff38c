"""Make the seed that is there depend on worker and epoch: derive it from torch's seed of the worker."""

import re
from collections.abc import Sequence

import libcst as cst

from analysis.fix.names import in_style
from analysis.fix.recipes.worker_init import argument
from analysis.fix.unit import Unit
from analysis.fix.workshop import CannotEditError, Workshop, leaf, loader_call
from analysis.report import Pair

_INITIAL = "{torch}.initial_seed()"
_INFO = "{torch}.utils.data.get_worker_info().seed"
_PARAMETERS_OF_RANK = ("rank", "global_rank", "local_rank", "process_rank")


def seed_from_initial_seed(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Replace the seed by `torch.initial_seed()`."""
    return _reseeded(workshop, pairs, _INITIAL)


def seed_from_worker_info(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Replace the seed by the worker's own: `torch.initial_seed()` is no more it where torch was seeded before."""
    return _reseeded(workshop, pairs, _INFO)


def seed_in_given_init(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Seed NumPy, too, in the `worker_init_fn` that the loader has."""
    done: dict[int, str] = {}
    for place in sorted({pair.loader for pair in pairs}):
        _, call, where = loader_call(workshop, place)
        given = argument(call, "worker_init_fn")
        if given is None:
            raise CannotEditError(f"{place}: it has no worker_init_fn")
        name = _function_name(given.value)
        unit, function = next(workshop.functions_named(name, where.path), (None, None))
        if unit is None or function is None:
            raise CannotEditError(f"{place}: {name or 'its worker_init_fn'} is not found")
        if id(function) not in done:
            done[id(function)] = name
            names = workshop.names(unit)
            line = f"{names.module('numpy')}.random.seed({names.module('torch')}.initial_seed() % 2**32)"
            prepend(unit, function, line)
    which = ", ".join(f"`{name}`" for name in sorted(set(done.values())))
    return (
        f"{which} now seeds NumPy as well, and first, from the seed that torch gives the worker, which is another for "
        "each worker and each epoch. Without workers it is never called."
    )


def prepend(unit: Unit, function: cst.FunctionDef, code: str) -> None:
    """Note statements that go to the beginning of a function, behind its docstring."""
    block = function.body
    if not isinstance(block, cst.IndentedBlock):
        raise CannotEditError("a function on a single line")
    parsed = cst.parse_module(in_style(code, unit), config=unit.module.config_for_parsing).body
    behind = 1 if function.get_docstring() is not None else 0

    def with_them(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.IndentedBlock)
        body = list(node.body)
        return node.with_changes(body=[*body[:behind], *parsed, *body[behind:]])

    unit.edit(block, with_them)


def _function_name(value: cst.BaseExpression) -> str:
    """The function that is meant: by its name, or inside a `partial`."""
    if isinstance(value, cst.Call) and leaf(value.func) == "partial" and value.args:
        return leaf(value.args[0].value)
    return leaf(value)


def _reseeded(workshop: Workshop, pairs: Sequence[Pair], source: str) -> str:
    for place in sorted({pair.reseed_at for pair in pairs if pair.reseed_at}):
        unit, where = workshop.sources.at(place)
        seeding = next(
            (
                call
                for call in unit.nodes(cst.Call, line=where.line)
                if leaf(call.func) == "seed" and len(call.args) == 1
            ),
            None,
        )
        if seeding is None:
            raise CannotEditError(f"{place}: no seed is set there")
        holders = unit.around(where.line)
        if not holders or not _of_workers_alone(workshop, unit, holders, pairs):
            raise CannotEditError(f"{place}: what seeds there runs in the parent, too")
        target = _seed_expression(unit, seeding.args[0].value, holders[-1])
        torch = workshop.names(unit).module("torch", inside=holders)
        unit.replace(target, cst.parse_expression(_expression(source.format(torch=torch), holders)))
    return (
        "The seed comes from torch's seed of the worker, which is another for each worker and each epoch and follows "
        "`torch.manual_seed`, in place of one that repeats. Without workers nothing changes, since the function runs "
        "in workers alone."
    )


def _expression(source: str, holders: Sequence[cst.CSTNode]) -> str:
    """The seed within NumPy's 32 bits. Processes that train together may share torch's seed: their rank stays in it."""
    function = holders[-1]
    if isinstance(function, cst.FunctionDef | cst.Lambda):
        names = {param.name.value for param in (*function.params.params, *function.params.kwonly_params)}
        rank = next((name for name in _PARAMETERS_OF_RANK if name in names), None)
        if rank is not None:
            return f"({source} + 1000 * {rank}) % 2**32"
    return f"{source} % 2**32"


def _seed_expression(unit: Unit, given: cst.BaseExpression, holder: cst.CSTNode) -> cst.BaseExpression:
    """The expression to replace: that of the one assignment where the seed is a name made in the same function."""
    if not isinstance(given, cst.Name):
        return given
    first, last = unit.lines(holder)
    made = [
        node.value
        for node in unit.nodes(cst.Assign)
        if first <= unit.lines(node)[0] <= last
        and len(node.targets) == 1
        and isinstance(node.targets[0].target, cst.Name)
        and node.targets[0].target.value == given.value
    ]
    return made[0] if len(made) == 1 else given


def _of_workers_alone(workshop: Workshop, unit: Unit, holders: Sequence[cst.CSTNode], pairs: Sequence[Pair]) -> bool:
    """Whether what holds a seeding is called in workers only: it is, or stands in, what loaders get to begin with."""
    for holder in holders:
        if isinstance(holder, cst.Lambda):
            return True
        if isinstance(holder, cst.FunctionDef) and _given_to_loaders(workshop, holder.name.value):
            return True
    innermost = holders[-1]
    return isinstance(innermost, cst.FunctionDef) and innermost.name.value in {"__getitem__", "__iter__", "__call__"}


def _given_to_loaders(workshop: Workshop, name: str) -> bool:
    """Whether files that set a `worker_init_fn` name the function, and no file calls it as a statement."""
    texts = [workshop.project.sources[path].decode("utf-8", "replace") for path in workshop.project.mentioning(name)]
    called = re.compile(rf"^\s*(?:\w+\.)*{re.escape(name)}\(", re.MULTILINE)
    return any("worker_init_fn" in text for text in texts) and not any(called.search(text) for text in texts)
