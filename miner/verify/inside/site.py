"""The drawing line itself: reached by the way to it through its own function, or, where that fails too, drawn from
bare.

What lies around the function (its module, its object, its closure, its arguments) is prepared once, before the
workers start, since a generator that is kept there must be the same object that they inherit. The function's own
statements run for each sample.
"""

import ast
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from miner.verify.inside.building import Builder, Functions
from miner.verify.inside.conditions import asked_of_object, asks_object, calls_at, calls_of, handed, parameters, refused
from miner.verify.inside.forced import all_of, needed, seeds, way_to
from miner.verify.inside.imgaug import library_generator
from miner.verify.inside.importing import guarded, run_statement
from miner.verify.inside.making import Made, assignments
from miner.verify.inside.notes import REPOSITORY, TimeIsUp, notes, time_limit
from miner.verify.inside.recorder import bare_draw, is_generator
from miner.verify.inside.sources import scopes_at
from miner.verify.inside.stub import Stub, Truth, is_stub

STATEMENT_SECONDS = 2.0
_GLOBAL_LIBRARIES = ("numpy.random.", "scipy.", "sklearn.", "pandas.", "skimage.")


@dataclass(frozen=True, slots=True)
class _Seeding:
    """What a function on the way to the draw seeds before it calls on: `if self.rng is None: self.rng = ...`."""

    path: str
    names: dict[str, Any]
    statements: list[ast.stmt]

    def run(self) -> None:
        names = dict(self.names)
        guesses = len(notes.decided)
        for statement in self.statements:
            code = compile(ast.Module([statement], []), REPOSITORY + self.path, "exec")
            error = guarded(lambda code=code: exec(code, names), self.path, STATEMENT_SECONDS)  # type: ignore[misc]  # noqa: S102
            if error is not None:
                notes.swallow(error, f"{self.path}:{statement.lineno}")
            if error is not None or (Truth.value and len(notes.decided) > guesses):
                notes.unseeded[f"{self.path}:{statement.lineno}"] = None


@dataclass(slots=True)
class Site:
    """One flagged draw, ready to be run in a worker. `names` are those of its surroundings.

    `hangs_on` says what has to be so for the loader to come to the line, where what is there does not show it.
    """

    path: str
    line: int
    api: str
    kind: str
    names: dict[str, Any]
    way: list[ast.stmt]
    module: ast.Module
    first: list["_Seeding"] = field(default_factory=list)
    hangs_on: str | None = None

    def run(self, *, bare: bool) -> bool:
        """Reaches the line once; `bare`: draws from its generator, whatever the arguments. False where it has none."""
        for seeding in self.first:
            seeding.run()
        names = dict(self.names)
        if bare:
            # What seeds, and what the generator is made of; the rest may need data that is not there.
            kept = [] if self._draws_globally() else needed(self.way)[:-1]
            for statement in self.way[:-1]:
                if statement in kept or seeds(statement):
                    run_statement(statement, self.path, names, seconds=STATEMENT_SECONDS)
            return bare_draw(self._receiver(names), self.api, (self.path, self.line))
        for statement in self.way:
            run_statement(statement, self.path, names, seconds=STATEMENT_SECONDS)
        return True

    def _draws_globally(self) -> bool:
        return self.kind == "global" and self.api.startswith(_GLOBAL_LIBRARIES)

    def _receiver(self, names: dict[str, Any]) -> Any:
        if self._draws_globally():
            return np.random
        if self.api.startswith("imgaug."):
            return library_generator()
        wanted = self.api.rpartition(".")[2]
        for call in _calls(self.module, self.line):
            function = call.func
            if isinstance(function, ast.Attribute) and function.attr == wanted:
                value = self._value(function.value, names)
            elif isinstance(function, ast.Name | ast.Attribute):
                value = getattr(self._value(function, names), "__self__", None)
            else:
                continue
            if is_generator(value) or value is np.random:
                return value
        return None

    def _value(self, node: ast.expr, names: dict[str, Any]) -> Any:
        try:
            with time_limit(2.0):
                return eval(compile(ast.Expression(node), REPOSITORY + self.path, "eval"), names)  # noqa: S307
        except (Exception, TimeIsUp) as error:  # noqa: BLE001
            notes.swallow(error, f"{self.path}:{node.lineno}")
            return None


def prepare(builder: Builder, draw: dict[str, Any], own: Sequence[Any], made: Sequence[Any] = ()) -> Site | None:
    """The site of a draw; `own` are the objects that the loader holds, so that a method finds its own among them,
    `made` others that were made in place of such."""
    objects = [*own, *made]
    path, line = draw["path"], draw["line"]
    tree = builder.sources.tree(path)
    if tree is None:
        return None
    builder.way = frozenset(builder.sources.place(*step[:2]) for step in draw["via"])
    scopes = scopes_at(tree, line)
    innermost = next((scope for scope in reversed(scopes) if isinstance(scope, Functions)), None)
    owners = [scope.name for scope in scopes if isinstance(scope, ast.ClassDef)]
    for owner in owners:
        _adopt(builder, path, owner, objects)
    names = builder.names(path, scopes)
    outermost = next((scope for scope in scopes if isinstance(scope, Functions)), None)
    if outermost is not None and innermost is not outermost:
        before = way_to(outermost.body, innermost.lineno if innermost is not None else line)
        builder.run_way(path, before, names)
        names.update({name: value for name, value in builder.names(path, scopes).items() if name not in names})
    way = way_to(innermost.body if innermost is not None else tree.body, line)
    if not way:
        return None
    site = Site(path, line, draw["api"], draw["kind"], names, way, tree, _seeding_before(builder, draw))
    held = {base.__name__ for each in own for base in type(each).__mro__}
    missing = [name for name in owners if name not in held] or ([] if held else [type(each).__name__ for each in made])
    worker = next(iter(made), None)
    told = builder.how_made(missing[0]) if missing and rests_on_making(builder, draw, worker) else None
    if missing and not made:
        told = told or _not_held(builder, missing[0], own)
    site.hangs_on = told or hanging(builder, draw, objects, names, notes.decided)
    return site


def _not_held(builder: Builder, name: str, own: Sequence[Any]) -> str | None:
    """What it rests on that a loader, none of whose objects is of a class, goes through one: None where a worker makes
    it, or where these objects were not made whole."""
    if any(f"constructor of {type(one).__name__}" in notes.decided for one in own):
        return None
    by_worker = any(builder.is_on_way(caller) for caller in builder.sources.callers(name))
    return None if by_worker else f"this loader's dataset holding a {name}"


@dataclass(frozen=True, slots=True)
class _Step:
    """One function between the worker's entry and the draw: the calls in it that lead on, and the names that it sees;
    `owner` is the class that it belongs to."""

    path: str
    owner: str
    function: Functions
    targets: list[ast.Call]
    names: Mapping[str, Any]


def hanging(
    builder: Builder,
    draw: dict[str, Any],
    objects: Sequence[Any],
    names: Mapping[str, Any] | None = None,
    guessed: Collection[str] = (),
) -> str | None:
    """The first test on the way from the worker's entry to a draw that the objects at hand, as they are made, refuse
    or do not tell, or whose answer was `guessed`, as was one in making these objects; `names` are those around the
    draw, where they are known."""
    calls: list[ast.Call] = []
    known: dict[str, Any] = {}
    for step in _steps(builder, draw, objects, names or {}):
        own = {name for name in parameters(step.function) if name != "self"}
        around = {name: value for name, value in step.names.items() if name not in own}
        known = {**around, **handed(calls, step.function, known, method=bool(step.owner))}
        said, calls = refused(step.function, step.targets, known, step.path, guessed)
        said = said or _made_on_a_guess(builder, step, guessed)
        if said is not None:
            return said
    return None


def _made_on_a_guess(builder: Builder, step: _Step, guessed: Collection[str]) -> str | None:
    """The test with a guessed answer under which what a step goes by was made: an attribute that it asks, or calls,
    or the step's object. Not of datasets: the finding names the one that it means."""
    holder = step.names.get("self")
    for name in asked_of_object(step.function, step.targets) if holder is not None else ():
        said = _guesses(assignments(builder.sources, type(holder), name), guessed)
        if said is not None:
            return said
    if not step.owner or isinstance(holder, Dataset):
        return None
    imported = builder.finder.by_path
    callers = [one for one in builder.sources.callers(step.owner.rpartition(".")[2]) if one.path in imported]
    made = []
    for caller in callers:
        functions = [scope for scope in caller.scopes if isinstance(scope, Functions)]
        around = functions[-1] if functions else builder.sources.tree(caller.path)
        made.append(Made(caller.path, around, caller.call, caller.call))
    return _guesses(made, guessed)


def _guesses(made: Sequence[Made], guessed: Collection[str]) -> str | None:
    """The guess that the first of several ways of making something rests on, where each of them rests on one."""
    said = [one.guess(guessed) for one in made]
    return said[0] if said and all(said) else None


def rests_on_making(builder: Builder, draw: dict[str, Any], made: Any) -> bool:
    """Whether it hangs on how `made`, the worker's object, was made that a draw is reached: on what it holds, or on a
    test of its own attributes."""
    own = {base.__name__ for base in type(made).__mro__}
    steps = list(_steps(builder, draw, [made], {}))
    return any((step.owner and step.owner not in own) or asks_object(step.function, step.targets) for step in steps)


def _steps(builder: Builder, draw: dict[str, Any], objects: Sequence[Any], names: Mapping[str, Any]) -> Iterator[_Step]:
    places = [
        *((*step, below[2]) for step, below in itertools.pairwise(draw["via"])),
        (draw["path"], draw["line"], "", ""),
    ]
    for path, line, name, below in places:
        path, line = builder.sources.place(path, line) if below else (path, line)
        tree = builder.sources.tree(path)
        scopes = scopes_at(tree, line) if tree is not None else ()
        function = next(iter(scopes[-1:]), None)
        if not isinstance(function, Functions):
            continue
        around = next((one.name for one in scopes[:-1] if isinstance(one, ast.ClassDef)), "")
        owner = name.rpartition(".")[0].rpartition(".")[2] or around
        holder = _of_class(owner, objects)
        known = {**builder.finder.module(path).__dict__, **({} if holder is None else {"self": holder})}
        if below:
            targets = calls_of(function, below.rpartition(".")[2])
            targets = targets or _calls_of_held(function, holder, below.rpartition(".")[0])
        else:
            targets, known = calls_at(function, line, draw["api"].rpartition(".")[2]), {**known, **names}
        yield _Step(path, owner, function, targets, known)


def _of_class(name: str, objects: Sequence[Any]) -> Any:
    """The object among several whose class has this name, or inherits from one that has."""
    last = name.rpartition(".")[2]
    return next((each for each in objects if any(base.__name__ == last for base in type(each).__mro__)), None)


def _calls_of_held(function: Functions, holder: Any, owner: str) -> list[ast.Call]:
    """`self.transform(...)` in a function, where the transform is, or holds, an object of the class `owner`."""
    found: list[ast.Call] = []
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call) and holder is not None):
        match call.func:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                value = vars(holder).get(attr)
                if value is not None and _of_class(owner, objects_in(value)) is not None:
                    found.append(call)
    return found


def _seeding_before(builder: Builder, draw: dict[str, Any]) -> list[_Seeding]:
    """What the functions between the worker's entry and the drawing one seed, outermost first."""
    found = []
    for path, line, _ in draw["via"][:-1]:
        path, line = builder.sources.place(path, line)
        tree = builder.sources.tree(path)
        scopes = scopes_at(tree, line) if tree is not None else ()
        function = scopes[-1] if scopes else None
        if isinstance(function, Functions):
            statements = [each for each in all_of(function.body) if seeds(each, draw["kind"])]
            if statements:
                found.append(_Seeding(path, builder.names(path, scopes), statements))
    return found


def run_seeds(sites: Sequence[Site]) -> set[str]:
    """Places of what is seeded on the way to these sites and is run before them."""
    return {
        f"{seeding.path}:{line}"
        for site in sites
        for seeding in site.first
        for statement in seeding.statements
        for line in seeds(statement)
    }


def _adopt(builder: Builder, path: str, name: str, objects: Sequence[Any]) -> None:
    """Takes the loader's own object of a class, or of one that inherits from it, for `self`."""
    cls = getattr(builder.finder.module(path), name, None)
    if not isinstance(cls, type) or (
        not is_stub(builder.known.get((path, name), None)) and (path, name) in builder.known
    ):
        return
    found = next((each for each in objects if isinstance(each, cls)), None)
    if found is not None:
        builder.known[path, name] = found


def _calls(tree: ast.Module, line: int) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if call.lineno <= line <= (call.end_lineno or call.lineno)][::-1]


def objects_in(root: Any, most: int = 400) -> list[Any]:
    """The repository's objects that hang on one, nearest first."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting = [root]
    while waiting and len(found) < most:
        value = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Stub):
            waiting.extend(value._kept)
        elif isinstance(value, list | tuple):
            waiting.extend(value[:50])
        elif isinstance(value, dict):
            waiting.extend(list(value.values())[:50])
        elif (
            hasattr(value, "__dict__")
            and not isinstance(value, type)
            and not callable(getattr(value, "__path__", None))
        ):
            if type(value).__module__ in {"builtins", "types"} or is_stub(value):
                continue
            found.append(value)
            waiting.extend(list(vars(value).values())[:100])
    return found
