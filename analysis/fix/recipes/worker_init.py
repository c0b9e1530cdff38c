"""Give a loader a `worker_init_fn` that seeds NumPy from torch's seed of the worker."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import libcst as cst

from analysis.fix.commas import add_argument, add_entry
from analysis.fix.unit import Unit
from analysis.fix.workshop import CannotEditError, Workshop, leaf, loader_call
from analysis.link.project import Project
from analysis.places import Place
from analysis.report import Pair

_SEED = "{numpy}.random.seed({torch}.initial_seed() % 2**32)"


def existing_worker_init(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Pass the function that the repository has for it already."""
    loaders = _without_init(workshop, pairs)
    found = ""
    for unit, call, place in loaders:
        found = _existing(workshop, unit, place.path)
        pass_on(unit, call, found)
    return (
        f"The loader gets `worker_init_fn={found}`, the function that this repository has for it: it seeds NumPy in "
        "each worker from the seed that torch gives the worker, which is another for each worker and each epoch. "
        "Without workers it is never called."
    )


def new_worker_init(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Add a `seed_worker` beside the loader, and pass it."""
    made: dict[int, str] = {}
    first: dict[int, tuple[Unit, cst.Call]] = {}
    name = ""
    for unit, call, _ in sorted(_without_init(workshop, pairs), key=lambda loader: loader[2].line):
        if id(unit) not in made:
            made[id(unit)] = workshop.names(unit).free("seed_worker", "seed_numpy_worker", "seed_numpy_in_worker")
            first[id(unit)] = (unit, call)
        name = made[id(unit)]
        pass_on(unit, call, name)
    for unit, call in first.values():
        add_seed_worker(workshop, unit, call, made[id(unit)])
    return (
        f"`{name}` seeds NumPy in each worker from the seed that torch gives the worker, which is another for each "
        "worker and each epoch, and follows `torch.manual_seed`; the loader calls it as its `worker_init_fn`. "
        "Without workers it is never called."
    )


def add_seed_worker(workshop: Workshop, unit: Unit, before: cst.CSTNode, name: str, seed: str = _SEED) -> None:
    """Add the function that seeds a worker before the statement that `before` stands in."""
    names = workshop.names(unit)
    body = seed.format(numpy=names.module("numpy") if "{numpy}" in seed else "", torch=names.module("torch"))
    head = f"def {name}(worker_id: int) -> None:" if names.annotates() else f"def {name}(worker_id):"
    names.function(before, f"{head}\n    {body}\n")


def _is_of_a_copy(pair: Pair) -> bool:
    """Whether a loader's workers are not torch's, in which from 1.9 on a plain draw would not repeat."""
    plain = (pair.draw_kind, pair.reseed, pair.modern) == ("global", "none", "duplicate")
    return plain and pair.start_method not in {"spawn", "forkserver"}


def _without_init(workshop: Workshop, pairs: Sequence[Pair]) -> list[tuple[Unit, cst.Call, Place]]:
    """The calls of the pairs' loaders, all of which are to be without a `worker_init_fn` of their own."""
    if any(map(_is_of_a_copy, pairs)):
        raise CannotEditError(f"{pairs[0].loader}: a copy of torch's loader, which may have no worker_init_fn")
    loaders = [loader_call(workshop, place) for place in sorted({pair.loader for pair in pairs})]
    for _, call, place in loaders:
        given = argument(call, "worker_init_fn")
        if given is not None and leaf(given.value) != "None":
            raise CannotEditError(f"{place}: it has a worker_init_fn")
        if leaf(call.func) in {"dict", "Trainer"}:
            raise CannotEditError(f"{place}: it takes no worker_init_fn")
    return loaders


def argument(call: cst.Call, name: str) -> cst.Arg | None:
    """The keyword argument of a name."""
    return next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


def pass_on(unit: Unit, call: cst.Call, name: str) -> None:
    """Note that a loader's call gets a `worker_init_fn`, in its options where it takes those from a dictionary."""
    given = argument(call, "worker_init_fn")
    if given is not None:
        unit.replace(given.value, cst.Name(name))
        return
    options = _options(unit, call)
    if options is not None and unit.is_edited(options):
        # Several loaders share them, and they have been given it already.
        return
    if isinstance(options, cst.Dict):
        add_entry(unit, options, "worker_init_fn", name)
    else:
        add_argument(unit, options or call, "worker_init_fn", name)


def _options(unit: Unit, call: cst.Call) -> cst.Call | cst.Dict | None:
    """The one dictionary of options, made near the call, that goes in as `**options` and says how many workers."""
    spread = [arg.value for arg in call.args if arg.star == "**"]
    if len(spread) != 1 or not isinstance(spread[0], cst.Name):
        return None
    first = unit.lines(call)[0]
    holder = next((node for node in reversed(unit.around(first)) if isinstance(node, cst.FunctionDef)), None)
    start, end = unit.lines(holder) if holder is not None else (1, 10**9)
    made = [
        node.value
        for node in unit.nodes(cst.Assign)
        if start <= unit.lines(node)[0] <= end
        and any(isinstance(t.target, cst.Name) and t.target.value == spread[0].value for t in node.targets)
    ]
    if len(made) != 1 or "num_workers" not in cst.Module([]).code_for_node(made[0]):
        return None
    only = made[0]
    if isinstance(only, cst.Dict):
        return only
    return only if isinstance(only, cst.Call) and leaf(only.func) == "dict" else None


# A function that is there.


def _existing(workshop: Workshop, unit: Unit, path: str) -> str:
    """The name under which a function that seeds workers can be had in a file; imported where it must be."""
    candidates = list(workshop.worker_inits())
    for where, name in candidates:
        if where == path:
            return name
    for where, name in candidates:
        module = _importable(workshop.project, unit, path, where)
        names = workshop.names(unit)
        if module is not None and not path.endswith(".ipynb"):
            if not names.bound(name):
                names.imported_from(module, name)
            return name
    raise CannotEditError(f"{path}: no function that seeds workers is at hand")


def _importable(project: Project, unit: Unit, path: str, wanted: str) -> str | None:
    """How a file names another in an import, in the manner of its other imports."""
    for node in unit.nodes(cst.ImportFrom):
        dots = len(node.relative)
        dotted = cst.Module([]).code_for_node(node.module) if node.module is not None else ""
        found = project.resolve(path, dotted, dots)
        if found == wanted:
            return "." * dots + dotted
        if found is not None and dots == 0 and found.endswith(".py"):
            root = found.removesuffix(".py").removesuffix(dotted.replace(".", "/"))
            inside = PurePosixPath(wanted.removesuffix(".py"))
            if str(inside).startswith(root):
                return str(inside)[len(root) :].replace("/", ".")
    return None
