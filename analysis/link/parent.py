"""What the parent process does to the workers' generators: seeding in epoch loops, start methods, frameworks."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from analysis.catalog.draws import TORCH_SEEDS
from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.configs import ConfigIndex
from analysis.link.evaluate import Evaluator
from analysis.link.idle import Idle
from analysis.link.loaders import Loader, start_word
from analysis.link.moving import MovingState, epoch_loops, in_epoch_loop, seeds_numpy
from analysis.link.programs import Program, Programs, guards
from analysis.link.reach import Walk
from analysis.link.scopes import ClassInfo, FunctionInfo, Module, Scope, dotted_name, leaf_name, names_in
from analysis.link.seeding import SeedReader
from analysis.link.sources import Seeded, Seeding, Source
from analysis.link.values import Argument, Constant, External, Frame, FunctionValue
from analysis.report import StartMethod

_MOST_STEPS = 3
"""Calls from a module's level down to what sets a start method, or makes a loader."""


class StartSetting(msgspec.Struct, frozen=True):
    """A call of `set_start_method`, or of what calls it, in a module.

    `in_main` at the module's level or in its `main()`, `guarded` if only as a script.
    """

    module: Module
    method: StartMethod
    in_main: bool
    guarded: bool

    def holds_in(self, program: Program) -> bool:
        path = self.module.path
        return path == program.main if self.guarded else path in program.files


class ParentReader:
    """Reads what holds for all loaders of a repository."""

    def __init__(self, evaluator: Evaluator, configs: ConfigIndex, files: Iterable[str]) -> None:
        """`files` are the paths of those with loaders."""
        self.ev = evaluator
        self.configs = configs
        self.idle = Idle(evaluator)
        self.reader = SeedReader(evaluator)
        self._programs = Programs(evaluator.graph, files)
        self._moving = MovingState(evaluator)
        self._frozen: dict[tuple[str, int], bool] = {}
        self._methods: dict[str, StartMethod | None] = {}
        self._import_seeded: dict[str, bool] = {}
        self._seeding: dict[int, list[ir.Call]] = {}

    def start_method(self, loader: Loader) -> StartMethod | None:
        """The start method that is set for the processes of a loader: in its own file, or by the programs that hold it.

        A program that only shows or tests what was trained says nothing of one that trains; and where one of several
        programs sets no method, its workers are forked.
        """
        for setting in self._start_methods:
            if setting.module is loader.module:
                return setting.method
        told = [setting for setting in self._start_methods if setting.in_main]
        if not told:
            return None
        path = loader.module.path
        if path not in self._methods:
            self._methods[path] = self._method_of_programs(path, told)
        return self._methods[path]

    def _method_of_programs(self, path: str, told: Sequence[StartSetting]) -> StartMethod | None:
        programs = self._programs.holding(path)
        if not programs:
            return next((s.method for s in told if self._programs.may_load(s.module.path)), None)
        trained = [program for program in programs if not program.evaluates] or programs
        methods = {next((s.method for s in told if s.holds_in(program)), None) for program in trained}
        return None if None in methods else min(m for m in methods if m is not None)

    @cached_property
    def _start_methods(self) -> list[StartSetting]:
        found: list[StartSetting] = []
        for module in self.ev.project.modules_mentioning("set_start_method"):
            for call, owner in module.calls_by_name.get("set_start_method", ()):
                values = self.ev.eval(call.args[0], self.ev.owner_frame(owner, module)) if call.args else ()
                words = [start_word(value.value) for value in values if isinstance(value, Constant)]
                methods = [word for word in words if word is not None]
                if methods:
                    ways = list(self._ways_to(call, owner, module))
                    found += [StartSetting(at, word, *how) for word in methods for at, *how in ways]
        return found

    def _ways_to(
        self, call: ir.Call, owner: FunctionInfo | ClassInfo | None, module: Module, steps: int = _MOST_STEPS
    ) -> Iterator[tuple[Module, bool, bool]]:
        """Where a call runs from: the module, whether at its level or in its `main()`, and whether only as a script."""
        if self._asked_for(call, owner, module):
            return
        if owner is None:
            yield module, True, any(start <= call.line <= end for start, end in guards(module.facts.body))
        elif not isinstance(owner, FunctionInfo) or owner.name == "main" or not steps:
            yield module, isinstance(owner, FunctionInfo) and owner.name == "main", False
        else:
            yield module, False, False
            for outer, frame in self.ev.callers(owner):
                yield from self._ways_to(outer, frame.function, frame.module, steps - 1)

    def lightning_seeds_workers(self, loader: Loader) -> Seeded | None:
        """`seed_everything(..., workers=True)`: Lightning then seeds every loader's workers, those of its own program.

        Which program a loader is part of cannot be told where programs load modules by names that only a run knows,
        unless the loader stands in a program's own script, or in the folder of a program beside those that seed. What a
        module makes as a script alone is of its own program, and of none that imports it.
        """
        seeds = self._lightning_seeds
        path = loader.module.path
        programs = self._programs.holding(path) if seeds else []
        if seeds and self._only_as_script(loader.call, loader.owner, loader.module):
            files = {path}.union(*(program.files for program in programs if program.main == path))
            return next((seeded for module, seeded in seeds if module.path in files), None)
        for program in programs:
            for module, seeded in seeds:
                if module.path in program.files:
                    return seeded
        own = any(program.main == path for program in programs)
        own |= all(_apart(program.main, path, module.path) for program in programs for module, _ in seeds)
        if programs and (own or not any(self._programs.loads_by_name(module.path) for module, _ in seeds)):
            return None
        return seeds[0][1] if seeds else None

    def _only_as_script(
        self, call: ir.Call, owner: FunctionInfo | ClassInfo | None, module: Module, steps: int = _MOST_STEPS
    ) -> bool:
        """Whether a call runs in nothing but its own module's `if __name__ == "__main__"`."""
        if owner is None:
            return any(start <= call.line <= end for start, end in guards(module.facts.body))
        if not isinstance(owner, FunctionInfo) or not isinstance(owner.node, ir.FunctionDef) or owner.cls or not steps:
            return False
        callers = self.ev.callers(owner)
        return bool(callers) and all(
            frame.module is module and self._only_as_script(outer, frame.function, module, steps - 1)
            for outer, frame in callers
        )

    @cached_property
    def _lightning_seeds(self) -> list[tuple[Module, Seeded]]:
        found: list[tuple[Module, Seeded]] = []
        for module in self.ev.project.modules_mentioning("seed_everything"):
            for call, owner in module.calls_by_name.get("seed_everything", ()):
                for keyword in call.keywords:
                    if keyword.name != "workers":
                        continue
                    values = self.ev.eval(keyword.value, self.ev.owner_frame(owner, module))
                    told = any(isinstance(value, Constant) and value.value is True for value in values)
                    if told and self._runs_by_default(call, owner, module):
                        seeded = Seeded(Seeding.GOOD, module.place(call.line), frozenset({Source.TORCH}))
                        found.append((module, seeded))
        return found

    def _runs_by_default(self, call: ir.Call, owner: FunctionInfo | ClassInfo | None, module: Module) -> bool:
        """False where a test around the call fails while every option has its default: `if cfg.get("seed"): ...`."""
        node = owner.node if isinstance(owner, FunctionInfo) else None
        frame = owner_frame(self.ev, owner, module)
        body = node.body if isinstance(node, ir.FunctionDef) else module.facts.body
        for test, way in tests_around(body, call.line):
            decided = self.ev.truth_by_default(test, frame)
            if decided is None and _asks_for_setting(test) and self._unset(_setting(test)):
                decided = False
            if decided is not None and decided is not way:
                return False
        return True

    def _asked_for(self, call: ir.Call, owner: FunctionInfo | ClassInfo | None, module: Module) -> bool:
        """Whether only a setting that is not known to be on has a call run: `if cfg.distributed: ...`."""
        node = owner.node if isinstance(owner, FunctionInfo) else None
        body = node.body if isinstance(node, ir.FunctionDef) else module.facts.body
        frame = owner_frame(self.ev, owner, module)
        for test, way in tests_around(body, call.line):
            decided = self.ev.truth_by_default(test, frame)
            told = test.value if isinstance(test, ir.UnaryOp) else test
            if decided is not way and (decided is not None or (not isinstance(told, ir.Compare) and _setting(told))):
                return True
        return False

    def _unset(self, name: str) -> bool:
        """Whether the outermost configuration files leave a setting empty."""
        found = [value for value in self.configs.lookup(name) if value.dotted_key == name]
        depth = min((value.path.count("/") for value in found), default=0)
        outermost = [value for value in found if value.path.count("/") == depth]
        return bool(outermost) and all(value.value in (None, False) for value in outermost)

    def moves_state(self, loader: Loader, *, block: bool) -> bool:
        """Whether the state that workers inherit from the parent is another in each epoch."""
        return self._moving.moves(loader, self._files_around(loader.module.path), block=block)

    def _files_around(self, path: str) -> frozenset[str] | None:
        """The files of the programs that have a file; None where these cannot be told."""
        if self._programs.loads_by_name(path):
            return None
        return frozenset({path}).union(*(program.files for program in self._programs.holding(path)))

    def import_seeded(self, module: Module) -> bool:
        """Whether importing a module seeds NumPy with a constant, so that a spawned worker starts from it."""
        known = self._import_seeded.get(module.path)
        if known is None:
            frame = self.ev.module_frame(module)
            known = any(seeds_numpy(self.ev, call, frame) for call in module.scope.calls)
            self._import_seeded[module.path] = known
        return known

    def frozen_base(self, loader: Loader) -> bool:
        """Whether the seed that torch gives the workers is set to the same constant in each epoch."""
        key = (loader.module.path, loader.call.line)
        found = self._frozen.get(key)
        if found is None:
            found = self._frozen[key] = self._own_generator_frozen(loader) or self._default_generator_frozen(loader)
        return found

    def _generator_of(self, loader: Loader) -> Argument | None:
        """The `generator` that a loader's call hands over, itself or by `**`."""
        frame = owner_frame(self.ev, loader.owner, loader.module)
        return self.ev.collect(loader.call, frame).named.get("generator")

    def _own_generator_frozen(self, loader: Loader) -> bool:
        """`generator=g` after `g.manual_seed(0)`, both in the epoch loop or in a function that it calls."""
        given = self._generator_of(loader)
        handed = "" if given is None else dotted_name(given.expr)
        if not handed:
            return False
        scope = loader.owner.scope if loader.owner is not None else loader.module.scope
        frame = owner_frame(self.ev, loader.owner, loader.module)
        seeds = [
            call
            for call in scope.calls
            if leaf_name(call.func) == "manual_seed"
            and isinstance(call.func, ir.Attr)
            and dotted_name(call.func.value) == handed
            and self._constant(call, frame)
        ]
        if any(in_epoch_loop(call.line, scope) for call in seeds):
            return True
        return bool(seeds) and isinstance(loader.owner, FunctionInfo) and self._called_in_epoch_loop(loader.owner)

    def _default_generator_frozen(self, loader: Loader) -> bool:
        if self._generator_of(loader) is not None:
            return False
        for scope, owner in loader.module.bodies(lambda function: function.hints("seed")):
            frame = owner_frame(self.ev, owner, loader.module)
            for call in self._perhaps_seeding(scope):
                here = in_epoch_loop(call.line, scope)
                if not here and isinstance(owner, FunctionInfo) and owner is not loader.owner:
                    here = "epoch" in owner.name.lower() and self._called_in_epoch_loop(owner)
                if here and self._seeds_torch(call, frame):
                    return not self._overtaken(loader, scope, frame)
        return self._frozen_elsewhere(loader)

    def _perhaps_seeding(self, scope: Scope) -> list[ir.Call]:
        """The calls in a body by a name that speaks of seeds."""
        known = self._seeding.get(id(scope))
        if known is None:
            known = [call for call in scope.calls if "seed" in leaf_name(call.func).lower()]
            self._seeding[id(scope)] = known
        return known

    def _overtaken(self, loader: Loader, scope: Scope, frame: Frame) -> bool:
        """Whether what a scope seeds torch with last, before it goes through a loader, is another number in each epoch:
        `set_seed(seed + epoch)` before training, where `set_seed(seed)` stands before validation."""
        made: list[object] = [loader.call]
        if isinstance(loader.owner, FunctionInfo) and loader.owner.scope is not scope:
            made += [call for call, _ in self.ev.callers(loader.owner)]
        names = {name for name, bindings in scope.bindings.items() if any(one.node in made for one in bindings)}
        asked = {loop.line for loop in scope.loops if isinstance(loop, ir.For) and names & names_in(loop.iter)}
        asked |= {call.line for call in scope.calls if _is_handed(call, names)}
        within = [(line, outer) for line in asked for outer in epoch_loops(line, scope) if outer.line != line]
        return bool(within) and all(self._varies_before(line, outer, scope, frame) for line, outer in within)

    def _varies_before(self, line: int, outer: ir.For, scope: Scope, frame: Frame) -> bool:
        seeds = [
            call
            for call in scope.calls
            if outer.line < call.line <= outer.body.end
            and "seed" in leaf_name(call.func).lower()
            and (self._seeds_torch(call, frame) or (_varies(call) and self._reaches_torch(call, frame)))
        ]
        # Where none stands before the loop, the last one of the epoch before holds.
        before = [call for call in seeds if call.line < line] or seeds
        return bool(before) and _varies(max(before, key=lambda call: call.line))

    def _reaches_torch(self, call: ir.Call, frame: Frame) -> bool:
        """Whether a call seeds torch with whatever number."""
        for target in self.ev.eval(call.func, frame):
            if isinstance(target, External) and target.name in TORCH_SEEDS and "cuda" not in target.name:
                return True
            if isinstance(target, FunctionValue):
                walk = Walk(self.ev, self.idle, assume_defaults=True)
                walk.enter_value(target, self.ev.collect(call, frame))
                if walk.state.torch is not None:
                    return True
        return False

    def _frozen_elsewhere(self, loader: Loader) -> bool:
        """Whether the loader's file loops over epochs, and calls a function of another file for each."""
        for module in self.ev.project.modules_mentioning("manual_seed"):
            if module is loader.module:
                continue
            for function in module.functions:
                if "epoch" not in function.name.lower() or not self._called_in_epoch_loop(function, loader.module):
                    continue
                frame = owner_frame(self.ev, function, module)
                if any("seed" in leaf_name(c.func) and self._seeds_torch(c, frame) for c in function.scope.calls):
                    return True
        return False

    def rebuilt(self, loader: Loader) -> bool:
        """Whether the loader is made anew in each epoch, there or in a function that each epoch calls."""
        made_in = loader.owner
        return loader.in_loop or (isinstance(made_in, FunctionInfo) and self._called_in_epoch_loop(made_in))

    def _called_in_epoch_loop(self, function: FunctionInfo, within: Module | None = None) -> bool:
        return any(
            in_epoch_loop(call.line, frame.module.scope if frame.function is None else frame.function.scope)
            for call, frame in self.ev.callers(function)
            if within is None or frame.module is within
        )

    def _constant(self, call: ir.Call, frame: Frame) -> bool:
        return self.reader.call_seed(call, frame) == {Source.CONSTANT} and not _varies(call)

    def _seeds_torch(self, call: ir.Call, frame: Frame) -> bool:
        for target in self.ev.eval(call.func, frame):
            if isinstance(target, External) and target.name in TORCH_SEEDS and "cuda" not in target.name:
                return self._constant(call, frame)
            if isinstance(target, FunctionValue) and not _varies(call):
                walk = Walk(self.ev, self.idle, assume_defaults=True)
                walk.enter_value(target, self.ev.collect(call, frame))
                seeded = walk.state.torch
                if seeded is not None and seeded.how is Seeding.CONSTANT:
                    return True
        return False


def owner_frame(ev: Evaluator, owner: object, module: Module) -> Frame:
    return ev.loose_frame(owner) if isinstance(owner, FunctionInfo) else ev.module_frame(module)


def _apart(main: str, path: str, other: str) -> bool:
    """Whether a program with one of its files lies in one folder, and another program's file in one beside it."""
    folder, others = (script.rpartition("/")[0] + "/" for script in (main, other))
    beside = not other.startswith(folder) and not path.startswith(others)
    return folder != "/" and others != "/" and path.startswith(folder) and beside


def _asks_for_setting(test: ir.Expr) -> bool:
    """Whether a test asks for nothing but that a setting is given."""
    match test:
        case ir.Compare(ops=("is not",) | ("!=",), rights=(ir.Const(value=None),)):
            return bool(_setting(test.left))
        case _:
            return bool(_setting(test))


def _setting(test: ir.Expr) -> str:
    """The name in `cfg.seed`, `cfg.get("seed")`, `cfg["seed"]` and in such with a test for None."""
    match test:
        case ir.Compare():
            return _setting(test.left)
        case ir.Attr():
            return test.name
        case ir.Call(func=ir.Attr(name="get"), args=(ir.Const(value=str() as name), *_)):
            return name
        case ir.Sub(index=ir.Const(value=str() as name)):
            return name
        case _:
            return ""


def _is_handed(call: ir.Call, names: set[str]) -> bool:
    """Whether a call is given what has one of the names, to go through it: `train_epoch(model, train_loader)`."""
    if leaf_name(call.func) == "len":
        return False
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return any(isinstance(each, ir.Name) and each.id in names for each in given)


def _varies(call: ir.Call) -> bool:
    """Whether the seed is put together from something that counts."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    names = {name.lower() for arg in given for name in names_in(arg)}
    return any("epoch" in name or "iter" in name or "step" in name for name in names)
