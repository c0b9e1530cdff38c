"""A generator that is kept: each worker makes its own before it draws from it for the first time."""

from collections.abc import Iterator, Sequence

import libcst as cst

from analysis.fix.recipes.reseed import prepend
from analysis.fix.recipes.worker_init import add_seed_worker, argument, pass_on
from analysis.fix.unit import Unit, inside, is_attribute_of_self
from analysis.fix.workshop import CannotEditError, Workshop, leaf, loader_call
from analysis.places import Place
from analysis.report import Draw, Pair

_MADE_FROM = {
    "RandomState": "{maker}(worker.seed % 2**32)",
    "default_rng": "{maker}(worker.seed)",
    "Random": "{maker}(worker.seed)",
    "Generator": "{maker}().manual_seed(worker.seed)",
}
_CODE = """worker = {torch}.utils.data.get_worker_info()
if worker is not None and getattr(self, "_seeded_with", None) != worker.seed:
    # A worker starts with a copy of {name}: it makes its own.
    self._seeded_with = worker.seed
    {name} = {made}
"""


def made_in_worker(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Make the generator that an object keeps anew in each worker, at the first sample."""
    done: set[tuple[int, str]] = set()
    names: set[str] = set()
    for pair in pairs:
        for draw in pair.draws:
            unit, function, attribute, maker = _kept(workshop, draw)
            names.add(attribute)
            if (id(function), attribute) in done:
                continue
            if any(known == id(function) for known, _ in done):
                raise CannotEditError(f"{draw.path}: several generators in one function")
            done.add((id(function), attribute))
            _insert(workshop, unit, function, attribute, maker)
    if not done:
        raise CannotEditError("nothing is drawn")
    which = ", ".join(f"`self.{name}`" for name in sorted(names))
    return (
        f"{which} is made once and copied into every worker, so that all draw the same numbers. In a worker it is now "
        "made anew before the first draw, from the seed that torch gives the worker, which is another for each "
        "worker and each epoch. In the parent, and so without workers, it stays as it was."
    )


def _insert(
    workshop: Workshop, unit: Unit, function: cst.FunctionDef, attribute: str, maker: cst.BaseExpression
) -> None:
    if not function.params.params or function.params.params[0].name.value != "self":
        raise CannotEditError("a function without self")
    made = _MADE_FROM[leaf(maker)].format(maker=cst.Module([]).code_for_node(maker))
    torch = workshop.names(unit).module("torch")
    prepend(unit, function, _CODE.format(torch=torch, name=f"self.{attribute}", made=made))


def _kept(workshop: Workshop, draw: Draw) -> tuple[Unit, cst.FunctionDef, str, cst.BaseExpression]:
    """Where the worker first has the generator in hand: the method, the attribute, and what makes it."""
    if draw.generator is None:
        raise CannotEditError(f"{draw.path}:{draw.line}: no kept generator")
    home, where = workshop.sources.at(draw.generator)
    assigned = next(_attributes(home, where.line), None)
    if assigned is None:
        raise CannotEditError(f"{draw.generator}: it is not kept on self")
    attribute, maker = assigned
    owner = _class_of(home, where.line)
    users = list(_users(workshop, draw, attribute))
    # Two classes on the way may call their generators the same: that of the class which makes it is meant.
    users.sort(key=lambda user: owner not in user[2])
    for unit, function, _ in users:
        return unit, function, attribute, _maker_in(workshop, home, unit, maker)
    raise CannotEditError(f"{draw.path}:{draw.line}: nothing on the way there uses self.{attribute}")


def _users(workshop: Workshop, draw: Draw, attribute: str) -> Iterator[tuple[Unit, cst.FunctionDef, set[str]]]:
    """The methods on the way to a draw that use an attribute, each with the names of its class and of its bases."""
    for step in draw.via:
        place = Place.parse(step.partition(" ")[0])
        if place is None:
            continue
        unit = workshop.sources.unit(place.path)
        function = unit.function_at(place.line)
        if function is None or function.name.value == "__init__":
            continue
        if any(is_attribute_of_self(node) and node.attr.value == attribute for node in inside(function, cst.Attribute)):
            cls = next((one for one in reversed(unit.around(place.line)) if isinstance(one, cst.ClassDef)), None)
            names = {cls.name.value, *(leaf(base.value) for base in cls.bases)} if cls is not None else set()
            yield unit, function, names


def _class_of(unit: Unit, line: int) -> str:
    return next((one.name.value for one in reversed(unit.around(line)) if isinstance(one, cst.ClassDef)), "")


def _attributes(unit: Unit, line: int) -> Iterator[tuple[str, cst.BaseExpression]]:
    """`self.name = Maker(...)` around a line: the name and the maker."""
    for node in unit.nodes(cst.Assign):
        first, last = unit.lines(node)
        target = node.targets[0].target
        if not first <= line <= last or not is_attribute_of_self(target):
            continue
        for call in inside(node.value, cst.Call):
            if leaf(call.func) in _MADE_FROM and unit.lines(call)[0] == line:
                yield leaf(cst.ensure_type(target, cst.Attribute)), call.func


def _maker_in(workshop: Workshop, home: Unit, unit: Unit, maker: cst.BaseExpression) -> cst.BaseExpression:
    """The maker, as it can be named in the file that gets it."""
    if home is unit:
        return maker
    name = leaf(maker)
    if name in {"RandomState", "default_rng"}:
        return cst.parse_expression(f"{workshop.names(unit).module('numpy')}.random.{name}")
    module = "random" if name == "Random" else "torch"
    return cst.parse_expression(f"{workshop.names(unit).module(module)}.{name}")


# Generators at the outermost level of a module, and those that libraries keep.


def library_seeded_in_worker(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Seed imgaug's own generator in each worker."""
    if not all(draw.api.startswith("imgaug.") for pair in pairs for draw in pair.draws):
        raise CannotEditError("not a library that keeps a generator")
    for unit, call in _passed_to_loaders(workshop, pairs):
        imgaug = workshop.names(unit).module("imgaug")
        add_seed_worker(workshop, unit, call, "seed_worker", imgaug + ".seed({torch}.initial_seed() % 2**32)")
    return (
        "imgaug keeps one generator for all its augmenters, which torch does not seed. `seed_worker` seeds it in "
        "each worker from the seed that torch gives the worker. Without workers it is never called."
    )


def module_generator_seeded_in_worker(workshop: Workshop, pairs: Sequence[Pair]) -> str:
    """Seed a `RandomState` of the module in each worker, from a function beside the loader in the same file."""
    places = sorted({draw.generator for pair in pairs for draw in pair.draws if draw.generator is not None})
    names: set[str] = set()
    for unit, call in _passed_to_loaders(workshop, pairs):
        name = _module_generator(workshop, unit, places)
        names.add(name)
        add_seed_worker(workshop, unit, call, "seed_worker", name + ".seed({torch}.initial_seed() % 2**32)")
    which = ", ".join(f"`{name}`" for name in sorted(names))
    return (
        f"{which} is made once and copied into every worker. `seed_worker` seeds it in each worker from the seed that "
        "torch gives the worker, which is another for each worker and each epoch. Without workers it is never called."
    )


def _passed_to_loaders(workshop: Workshop, pairs: Sequence[Pair]) -> list[tuple[Unit, cst.Call]]:
    """Hand each loader a `seed_worker`; the first loader of each file, before which the function is to stand."""
    first: dict[int, tuple[Unit, cst.Call]] = {}
    for place in sorted({pair.loader for pair in pairs}):
        unit, call, _ = loader_call(workshop, place)
        if argument(call, "worker_init_fn") is not None or workshop.names(unit).bound("seed_worker"):
            raise CannotEditError(f"{place}: it has a worker_init_fn")
        known = first.setdefault(id(unit), (unit, call))
        if unit.lines(call) < unit.lines(known[1]):
            first[id(unit)] = (unit, call)
        pass_on(unit, call, "seed_worker")
    return list(first.values())


def _module_generator(workshop: Workshop, unit: Unit, places: Sequence[str]) -> str:
    """The name of the one `RandomState` that the module of the loader keeps at its outermost level."""
    if len(places) != 1:
        raise CannotEditError("several generators")
    home, where = workshop.sources.at(places[0])
    if home is not unit:
        raise CannotEditError(f"{places[0]}: in another file than the loader")
    for statement in unit.statements:
        for assign in inside(statement, cst.Assign) if isinstance(statement, cst.SimpleStatementLine) else ():
            target, call = assign.targets[0].target, assign.value
            if (
                isinstance(target, cst.Name)
                and isinstance(call, cst.Call)
                and unit.lines(call)[0] == where.line
                and leaf(call.func) == "RandomState"
            ):
                return target.value
    raise CannotEditError(f"{places[0]}: not a RandomState of the module")
