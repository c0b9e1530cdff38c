"""Companion checks that show when a program runs, tried on small generated data: a split, an order of samples, two
transforms that are to fall alike; on a GPU what its devices draw, and a training step's bits.

Of the repository run its modules, what it seeds on the way to the flagged line and, for paired transforms, the function
that seeds twice; for determinism what sets its flags. The data is ours: numbers from 0 on, an image that is nothing but
its falls, and a step of a small network.
"""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from analysis.catalog.reproducibility import DETERMINISM_CALLS, TORCHVISION_FROM_TORCH
from miner.verify.inside import device, steps
from miner.verify.inside.attempt import begin
from miner.verify.inside.building import Builder, Functions
from miner.verify.inside.forced import all_of, needed, way_to
from miner.verify.inside.importing import RepositoryFinder
from miner.verify.inside.notes import notes
from miner.verify.inside.sources import Scope, Sources, scopes_at
from miner.verify.inside.stub import is_stub

ITEMS, HELD_BACK, SAMPLES = 40, 8, 32
_MOST_CALLERS = 2
_FLAGS = ("deterministic", "benchmark")


class Falls:
    """What the paired transforms of one sample drew, in their order."""

    drawn: list[bool] = []  # noqa: RUF012 - one per process, and emptied for each sample


def run(check: dict[str, Any], sources: Sources) -> dict[str, Any]:
    """One run of the program, as far as the check is about it: `came` is what came out, equal for equal runs."""
    path, line = sources.place(check["path"], check["line"])
    finder = RepositoryFinder(sources, [path], rewritten=False)
    begin(finder)
    answer: dict[str, Any] = {"came": None}
    builder = Builder(finder, sources)
    tree = sources.tree(path)
    if tree is not None:
        scopes = scopes_at(tree, line)
        if check["code"] == "RP102":
            _drawing_transforms()
            answer["came"] = _paired(builder, path, scopes)
        elif check["code"] == "RP107":
            answer |= _draws_of_devices(builder, check, tree, path, line)
        elif check["code"] == "RP108":
            answer |= _bits(builder, check, path, line)
        else:
            _seed_as_it_does(builder, check, path, line)
            answer["came"] = _split(builder, path, line) if check["code"] == "RP104" else _order()
    return {**answer, "swallowed": list(notes.swallowed), "stubs": list(notes.stubs)}


def _seed_as_it_does(builder: Builder, check: dict[str, Any], path: str, line: int) -> None:
    """Runs what seeds: when modules are imported, in the program's own main part, and on the way to the line."""
    if check["program"] in builder.sources.files:
        builder.finder.module(check["program"])
        main = builder.sources.tree(check["program"])
        guarded = [inner for statement in (main.body if main else []) for inner in getattr(statement, "body", [])]
        _seeding(builder, check["program"], guarded, ())
    _on_the_way(builder, path, line, depth=3)


def _on_the_way(builder: Builder, path: str, line: int, depth: int) -> None:
    tree = builder.sources.tree(path)
    scopes = scopes_at(tree, line) if tree is not None else ()
    function = next((scope for scope in reversed(scopes) if isinstance(scope, Functions)), None)
    if tree is None or function is None or depth == 0:
        return
    for caller in [*builder.sources.callers(function.name)][:_MOST_CALLERS]:
        if caller.path != path or not function.lineno <= caller.call.lineno <= (function.end_lineno or 0):
            _on_the_way(builder, caller.path, caller.call.lineno, depth - 1)
    _seeding(builder, path, way_to(function.body, line)[:-1], scopes)


def _seeding(builder: Builder, path: str, way: Sequence[ast.stmt], scopes: Sequence[Scope]) -> None:
    names: dict[str, Any] | None = None
    for number, statement in enumerate(way):
        if _is_seeding(statement):
            names = names if names is not None else builder.names(path, scopes)
            builder.run_way(path, needed(way[: number + 1]), names)


def _is_seeding(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and "seed" in ast.unparse(call.func).lower()


def _split(builder: Builder, path: str, line: int) -> list[int] | None:
    """The items that are held back. scikit-learn, where it is not here, is done as it does it."""
    tree = builder.sources.tree(path)
    for call in _calls_at(tree, line) if tree else []:
        if ast.unparse(call.func).endswith("random_split"):
            data: torch.utils.data.Dataset[int] = range(ITEMS)  # type: ignore[assignment]
            return sorted(torch.utils.data.random_split(data, [ITEMS - HELD_BACK, HELD_BACK])[1].indices)
    notes.emulated["sklearn"] = None
    # `check_random_state(None)` is the global state, and `ShuffleSplit` permutes with it.
    return sorted(int(item) for item in np.random.mtrand._rand.permutation(ITEMS)[:HELD_BACK])


def _order() -> list[int]:
    """The order in which a loader that shuffles hands out samples."""
    sampler: torch.utils.data.Sampler[int] = torch.utils.data.RandomSampler(range(ITEMS))
    return list(sampler)


def _drawing_transforms() -> None:
    """torchvision's transforms as they draw from torch, and do nothing else."""
    for name in ("torchvision", "torchvision.transforms", "torchvision.transforms.functional"):
        importlib.import_module(name)
    module = sys.modules["torchvision.transforms"]
    for name in TORCHVISION_FROM_TORCH:
        base = getattr(module, name, object)
        if not is_stub(base):
            setattr(module, name, type(name, (base,), {"__call__": _fall, "forward": _fall}))


def _fall(self: Any, image: Any, *args: Any) -> Any:
    Falls.drawn.append(bool(torch.rand(1) < 0.5))
    return image


def _paired(builder: Builder, path: str, scopes: Sequence[Scope]) -> list[list[bool]] | None:
    """For each sample how its two transforms fell; None where they were not reached."""
    function = next((scope for scope in reversed(scopes) if isinstance(scope, Functions)), None)
    if function is None:
        return None
    names = builder.names(path, scopes)
    return list(_samples(builder, path, function, names)) or None


def _samples(
    builder: Builder, path: str, function: ast.FunctionDef | ast.AsyncFunctionDef, names: dict[str, Any]
) -> Iterator[list[bool]]:
    for _ in range(SAMPLES):
        Falls.drawn.clear()
        builder.run_way(path, all_of(function.body), dict(names))
        if len(Falls.drawn) < 2:
            return
        yield list(Falls.drawn)


def _draws_of_devices(
    builder: Builder, check: dict[str, Any], tree: ast.Module, path: str, line: int
) -> dict[str, Any]:
    """What dropout draws on the processor and on each device, after the program's own seeding."""
    if not any("cuda" in ast.unparse(call.func) for call in _calls_at(tree, line)):
        return {"why": "this is so under torch before 0.2 alone, which is not what runs here"}
    _seed_as_it_does(builder, check, path, line)
    _run_to(builder, path, line, _is_seeding)
    count = torch.cuda.device_count() if device.here.kind == "cuda" else 0
    places = ["cpu", *(f"cuda:{number}" for number in range(count))]
    dropped = [torch.nn.functional.dropout(torch.ones(4096, device=place)) for place in places]
    return {"came": [steps.digest([one]) for one in dropped]}


def _bits(builder: Builder, check: dict[str, Any], path: str, line: int) -> dict[str, Any]:
    """The bits of some equal steps, with the program's flags or without, and the flags as they stood."""
    places = [builder.sources.place(*place) for place in check["related"]]
    operation: str | None = None
    for each, at in places:
        tree = builder.sources.tree(each)
        names = [ast.unparse(call.func).rpartition(".")[2] for call in _calls_at(tree, at)] if tree else []
        operation = next((name for name in names if name in steps.OPERATIONS), operation)
    if check["flags"]:
        _seed_as_it_does(builder, check, path, line)
        for place in [*places, (path, line)]:
            _run_to(builder, *place, _is_flag)
        if not torch.backends.cudnn.deterministic:
            return {"why": "the program's flags were not reached"}
    flags = [
        name
        for name, is_set in (
            ("cudnn.deterministic", torch.backends.cudnn.deterministic),
            ("cudnn.benchmark", torch.backends.cudnn.benchmark),
            ("use_deterministic_algorithms", torch.are_deterministic_algorithms_enabled()),
        )
        if is_set
    ]
    bits = [steps.step(device.here.kind, operation) for _ in range(steps.STEPS)]
    return {"came": bits, "flags": flags, "operation": operation}


def _run_to(builder: Builder, path: str, line: int, wanted: Callable[[ast.stmt], bool]) -> None:
    """Runs the wanted statements on the way to a line and at it; what a module does by itself is done by importing
    it."""
    tree = builder.sources.tree(path)
    if tree is None:
        return
    builder.finder.module(path)
    scopes = scopes_at(tree, line)
    function = next((scope for scope in reversed(scopes) if isinstance(scope, Functions)), None)
    way = way_to(function.body if function is not None else tree.body, line)
    for number, statement in enumerate(way):
        if wanted(statement):
            builder.run_way(path, needed(way[: number + 1]), builder.names(path, scopes))


def _is_flag(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign():
            return any(isinstance(target, ast.Attribute) and target.attr in _FLAGS for target in statement.targets)
        case ast.Expr(ast.Call() as call):
            return any(name.endswith(f".{ast.unparse(call.func).rpartition('.')[2]}") for name in DETERMINISM_CALLS)
        case _:
            return False


def _calls_at(tree: ast.Module, line: int) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.lineno == line]
