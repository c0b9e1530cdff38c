"""What every check is given: a repository's programs, what each seeds, and the versions that it asks for."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from analysis.catalog.draws import GLOBAL_DRAWS, OTHER_GENERATOR_METHODS
from analysis.catalog.reproducibility import (
    DETERMINISM_CALLS,
    FOREIGN_SEEDERS,
    SEED_ARGUMENTS,
    SEEDERS,
    SELF_SEEDING,
    TORCH_OF_TORCHVISION,
    Generator,
)
from analysis.checks.forms import argument, is_none, is_true, passes_on
from analysis.checks.reach import Mentions, Reach
from analysis.checks.uses import EXPRESSIONS, Flag, Owner, Use, Uses
from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.programs import Program, Programs
from analysis.link.requirements.bounds import Release, parse
from analysis.link.scopes import FunctionInfo, Module, Scope, descendants, leaf_name, names_in
from analysis.link.values import FunctionValue

_IN_WORKER = re.compile(r"worker_?(?:init|seed|fn)|(?:init|seed|set)_?worker|^init_fn$", re.IGNORECASE)
_HANDED_TO_LOADER = re.compile(rb"\bworker_init_fn\s*=\s*(?:functools\.)?(?:partial\(\s*)?(?:\w+\.)*(\w+)")
_PER_SAMPLE = frozenset({"__getitem__", "__getitems__", "__iter__", "__next__", "__call__", "forward", "collate_fn"})
_VARYING = frozenset(
    {
        "time", "time_ns", "perf_counter", "now", "utcnow", "getpid", "urandom", "uuid4", "uuid1", "randbits",
        "randint", "randrange", "random", "rand", "getrandbits", "integers", "initial_seed", "get_state", "choice",
        "token_bytes", "SystemRandom", "default_rng", "SeedSequence", "randbelow", "clock", "monotonic", "seed",
    }
)  # fmt: skip
_FOR_ALL = re.compile(
    r"^_?(?:main|train|run|fit|set_?up|init|initiali[sz]e|fix|set|prepare|launch|work|cli|start|before|on_)"
    r"(?:_|$|[A-Z])|seed|determin|reproduc",
    re.IGNORECASE,
)
"""Functions that prepare a whole run."""
_ABOUT_SEEDING = re.compile(
    r"seed|determin|reproduc|cuda|gpu|rank|device|train|debug|random|mode|phase|__name__|python|version|main|distributed"
    r"|is_available|platform|resume|local|global",
    re.IGNORECASE,
)
_DRAWS = {
    "numpy.random": GLOBAL_DRAWS,
    "random": frozenset(f"random.{name}" for name in OTHER_GENERATOR_METHODS),
}
_DRAW_NAMES = frozenset(name.rpartition(".")[2] for names in _DRAWS.values() for name in names)
AT_ONCE = 3
"""Lines between a seed and a draw that it is for: `np.random.seed(0)` above `np.random.permutation(n)`."""


class Seeding(msgspec.Struct, frozen=True, eq=False):
    """A call that seeds generators of the process.

    `fixed` when each run seeds with the same; `local` when it is for what its own function draws next.
    """

    use: Use
    generators: frozenset[Generator]
    fixed: bool
    local: bool


class State:
    """What one program seeds, and what it runs."""

    def __init__(self, setting: "Setting", program: Program, reach: Reach) -> None:
        self.setting = setting
        self.program = program
        self.reach = reach

    def runs(self, use: Use | Flag) -> bool:
        return self.reach.runs(use.owner, use.module, use.line)

    @cached_property
    def seedings(self) -> list[Seeding]:
        return [seeding for seeding in self.setting.seedings if self.runs(seeding.use)]

    @cached_property
    def unknown(self) -> bool:
        """Whether it may seed more than was found, through a library or a module that only a run knows."""
        files = self.program.files
        if self.program.open and any(seeding.use.module.path not in files for seeding in self.setting.seedings):
            return True
        if any(not files.isdisjoint(self.setting.project.mentioning(name)) for name in SELF_SEEDING):
            return True
        return any(self.runs(use) for use in self.setting.foreign_seeders)

    @cached_property
    def trains(self) -> bool:
        """Whether it computes gradients, or has a framework do so, and is not for something else by its name."""
        if self.program.evaluates:
            return False
        return any(
            self.reach.runs(owner, module, call.line)
            for word in ("backward", "fit")
            for module in self.setting.uses.modules(word, self.program.files)
            for call, owner in module.calls_by_name.get(word, ())
        )

    def seeds(self, *generators: Generator) -> list[Seeding]:
        """The calls that seed one of the generators, fixed or not."""
        return [seeding for seeding in self.seedings if seeding.generators & set(generators)]

    def fixes(self, *generators: Generator) -> list[Seeding]:
        """The calls that seed one of the generators with the same in each run, for the program as a whole."""
        return [
            seeding
            for seeding in self.seeds(*generators)
            if seeding.fixed and not seeding.local and self._for_this_run(seeding.use)
        ]

    def _for_this_run(self, use: Use) -> bool:
        """Whether a call stands where programs are set up: their own file, a file's own body, a function for it."""
        owner = use.owner
        return use.module.path == self.program.main or owner is None or _FOR_ALL.search(owner.name) is not None


class Setting:
    """One repository as the checks see it. Nothing is read before a check asks for it."""

    def __init__(self, evaluator: Evaluator, specifiers: Mapping[str, str | None]) -> None:
        """`specifiers` are the versions that the repository asks for, `torch` among them, by package."""
        self.ev = evaluator
        self.project = evaluator.project
        self.uses = Uses(evaluator)
        self._specifiers = specifiers
        self._mentions: dict[str, Mentions] = {}
        self._states: dict[str, State] = {}
        self._libraries: dict[str, frozenset[str]] = {}
        self._drawing: dict[int, list[ir.Call]] = {}

    def admits(self, package: str, release: Release) -> bool:
        """Whether the repository may run with a release of a package or a later one."""
        asked = self._specifiers.get(package)
        if package == "torchvision" and not asked:
            return self.admits("torch", TORCH_OF_TORCHVISION[release[:2]])
        return asked is None or parse(asked).side_of(release) >= 0

    @cached_property
    def programs(self) -> Programs:
        """The programs that hold a file of interest to any check."""
        words = ("torch", "sklearn", "lightning", "pytorch_lightning", "torchvision", "seed", "random")
        return Programs(self.ev.graph, {path for word in words for path in self.project.mentioning(word)})

    def libraries(self, program: Program) -> frozenset[str]:
        """The top-level names that a program's files import, the repository's own among them."""
        found = self._libraries.get(program.main)
        if found is None:
            found = self._libraries[program.main] = self.ev.graph.libraries(program.files)
        return found

    def state(self, program: Program) -> State:
        found = self._states.get(program.main)
        if found is None:
            reach = Reach(self.project, program, self._mentions)
            found = self._states[program.main] = State(self, program, reach)
        return found

    def states(self, path: str) -> Iterator[State]:
        """The states of the programs that a file is part of, its own first."""
        for program in sorted(self.programs.holding(path), key=lambda program: program.main != path):
            yield self.state(program)

    @cached_property
    def seedings(self) -> list[Seeding]:
        """All calls that seed the process, those in workers and for single samples apart."""
        return [
            Seeding(use, SEEDERS[use.name], self.is_fixed(use.call, use.owner, use.module), self._is_local(use))
            for use in self.uses.of(SEEDERS)
            if not self._is_per_worker(use.owner)
        ]

    @cached_property
    def _worker_inits(self) -> frozenset[str]:
        """The names of the functions that are handed to loaders as `worker_init_fn`."""
        sources = (self.project.texts[path] for path in self.project.mentioning("worker_init_fn"))
        return frozenset(name.decode() for source in sources for name in _HANDED_TO_LOADER.findall(source))

    def _is_per_worker(self, owner: Owner) -> bool:
        """Whether a body runs in workers, or again for each sample: what it seeds is not seeded for the program."""
        function = owner
        while isinstance(function, FunctionInfo):
            name = function.name
            if name in _PER_SAMPLE or name == "<lambda>" or name in self._worker_inits or _IN_WORKER.search(name):
                return True
            function = function.owner
        return False

    def _is_local(self, use: Use) -> bool:
        """Whether a generator is seeded for what comes next, a sample or a split of the data, and not for the run."""
        tests = tests_around(use.module.facts.body, use.line)
        if any(names and not any(map(_ABOUT_SEEDING.search, names)) for names in (names_in(test) for test, _ in tests)):
            # `if not os.path.exists(folder):` and the like: data are made.
            return True
        library = use.name.rpartition(".")[0]
        drawn = [
            call.line
            for call in self._perhaps_drawing(use.scope)
            if call.line >= use.line and self._draws(call, use, library)
        ]
        if any(line - use.line <= AT_ONCE for line in drawn):
            return True
        function = use.owner
        if not isinstance(function, FunctionInfo) or _FOR_ALL.search(function.name):
            return False
        in_dataset = function.cls is not None and {"__getitem__", "__iter__"} & function.cls.methods.keys()
        return bool(in_dataset or drawn)

    def _perhaps_drawing(self, scope: Scope) -> list[ir.Call]:
        """The calls in a body by the name of something that draws."""
        known = self._drawing.get(id(scope))
        if known is None:
            known = self._drawing[id(scope)] = [call for call in scope.calls if leaf_name(call.func) in _DRAW_NAMES]
        return known

    def _draws(self, call: ir.Call, use: Use, library: str) -> bool:
        return self.uses.resolve(call.func, use.owner, use.module) in _DRAWS.get(library, frozenset())

    @cached_property
    def foreign_seeders(self) -> list[Use]:
        """Calls of functions that are called as if they seeded, and that are not the repository's."""
        found = []
        for leaf in FOREIGN_SEEDERS:
            for module in self.uses.modules(leaf):
                for call, owner in module.calls_by_name.get(leaf, ()):
                    values = self.ev.eval(call.func, self.uses.frame(owner, module))
                    ours = any(isinstance(value, FunctionValue) for value in values)
                    if not ours and self.uses.resolve(call.func, owner, module) not in SEEDERS:
                        found.append(Use(leaf, call, owner, module))
        return found

    def is_fixed(self, call: ir.Call, owner: Owner, module: Module) -> bool:
        """Whether a seeding call seeds with the same in each run: a constant, an option, a setting."""
        if leaf_name(call.func) in {"set_state", "setstate", "set_rng_state"}:
            return False
        seed = argument(call, SEED_ARGUMENTS, 0)
        if seed is None:
            # `seed()` asks the system; what takes all its settings from elsewhere does not.
            return passes_on(call) or leaf_name(call.func) in {"set_determinism", "default_setup", "seed_everything"}
        return not is_none(seed) and not self._varies(seed, owner, module)

    def _varies(self, expr: ir.Expr, owner: Owner, module: Module) -> bool:
        """Whether an expression is made of a clock, of entropy or of drawn numbers, through the names in its file."""
        pending: list[ir.Node] = [expr]
        seen: set[str] = set()
        while pending:
            for node in descendants(pending.pop()):
                if isinstance(node, ir.Call) and leaf_name(node.func) in _VARYING:
                    return True
                if isinstance(node, ir.Name) and node.id not in seen:
                    seen.add(node.id)
                    scope = module.scope if owner is None or node.id not in owner.scope.bindings else owner.scope
                    bindings = scope.bindings.get(node.id, ())
                    pending += [binding.node for binding in bindings if isinstance(binding.node, EXPRESSIONS)]
        return False

    @cached_property
    def determinism(self) -> list[Flag | Use]:
        """Where a repository asks for determinism: cuDNN's flag, torch's function, a trainer's argument."""
        asked: list[Flag | Use] = [
            flag for flag in self.uses.flags("torch.backends.cudnn.deterministic") if is_true(flag.value)
        ]
        asked += [use for use in self.uses.of(DETERMINISM_CALLS) if use.call.args and is_true(use.call.args[0])]
        return asked
