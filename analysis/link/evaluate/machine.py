"""The frame of the evaluation: its budget, questions that depend on themselves, and what its layers ask of each other.

The evaluation is one object in layers, each in a module of its own and built on those below it: `classes`, `truth`,
`containers`, `bindings`, `names`, `callers`, `activations`, `access`, `calls`, `evaluator`. What a lower layer needs of
a higher one is abstract here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, Protocol, TypeVar

from analysis.facts import ir
from analysis.link.imports import ImportGraph
from analysis.link.project import Project
from analysis.link.scopes import AttrAssign, ClassInfo, FunctionInfo, Guard, Module, Owner
from analysis.link.values import (
    Argument,
    CallArgs,
    ClassValue,
    Frame,
    FunctionValue,
    Instance,
    Result,
    Sequence,
    Unknown,
    Value,
    Values,
)

T = TypeVar("T")
P = ParamSpec("P")

DEEPEST = 14
MOST_STEPS = 80_000
"""Evaluations for one loader; a whole repository gets `MOST_STEPS_IN_ALL`."""
MOST_STEPS_IN_ALL = 600_000
STEPS_FOR_WALKS = 150_000
"""Of those of a repository, what finding its loaders leaves for what runs in them."""
STEPS_FOR_ONE_QUESTION = 4_000
"""Of these a walk asks thousands, and what has not answered one by then goes round among objects made of each other."""
STEPS_TO_COMPARE = 300
"""Of these one object is worth whose arguments are compared with those of others."""
TOO_DEAR = 3_500
"""What a question has taken in vain that is not asked a second time."""
STEPS_FOR_A_SEED = 2_000
STEPS_FOR_A_WORKER_INIT = 20_000
MOST_NESTED = 90
"""Nested evaluations: a chain of names longer than this is generated code, and Python's stack is finite."""
MOST_CALLERS = 60
MOST_FUNCTION_FILES = 8
MOST_METHOD_FILES = 40
"""Files that name a function, or a method, before those that cannot have it by any import are left out."""
MOST_DECORATED = 16
"""Definitions that one decorator registers; more say nothing about which is meant."""
MOST_REGISTERED = 40
"""The same of one object of many that register: a registry of transforms has dozens."""
MOST_NAMED = 20
"""Files that name a method whose object cannot be read; one that more do may be any library's."""
MOST_VARIANTS = 8
"""Classes that one base can be."""
MOST_OPERANDS = 8
MOST_OUTSIDE = 12
"""Assignments to an attribute from outside its class; more are settings, not parts of an object."""
MOST_ANSWERS = 6
MOST_ACTIVE = 2
"""Activations of one function inside each other: a recursive one gives nothing new after that."""
MOST_MAKERS = 6
"""Objects that are made in methods of each other, among which one like a new one is looked for."""
LAST_LINE = 1 << 30

_ASKED_AS_THEY_ARE = frozenset({ir.Const, ir.Name, ir.Call})
"""Expressions whose answers are kept, or cost nothing, wherever they stand."""

NOT_PASSED = "a parameter that nothing passes"
NEVER_ASSIGNED = "never assigned"
NOT_DEFINED = "not defined here"
NOT_IN_MODULE = "not found in its module"
"""Of a module that was read whole: whatever imports the name stops there."""
NOT_IN_PACKAGE = "not found in its package"
NO_SUCH_FILE = "imported from a file that is not there"
UNREADABLE: Values = (Unknown("not readable here"),)
CALCULATED = Unknown("calculated")
"""What arithmetic gives: a number that cannot be read off, but no None."""


class OptionSource(Protocol):
    """Where the defaults of command-line options come from."""

    def option(self, name: str, near: str) -> Values:
        """The defaults of the option with this destination, as the file `near` would see it."""

    def setting(self, name: str, near: str) -> Values:
        """The values that Python configuration gives a name."""


class SettingSource(Protocol):
    """Where the values stand that configuration files give to settings."""

    @property
    def any(self) -> bool:
        """Whether there are configuration files at all."""

    def texts(self, section: str, name: str) -> Values:
        """The texts under a key in sections of that name."""

    def holds(self, word: str) -> bool:
        """Whether a word stands in any configuration file."""

    def remarks_on(self, word: str) -> bool:
        """Whether a remark in any configuration file has a word."""

    def all_texts(self, name: str) -> list[str]:
        """The texts under a key of that name, those in lists too."""

    def dotted_names(self, name: str) -> Values:
        """The texts of the form `package.module.Class` under a key of that name."""

    def values(self, name: str, section: str = "") -> Values:
        """What stands under a key of that name, in sections of that name where there are any."""

    def below(self, dotted: str) -> Values:
        """What stands under a key in sections of the name before it."""

    def beside_sections(self, dotted: str) -> Values:
        """What stands under the key at the end of such a way in no section; nothing where lists do."""

    def section(self, name: str) -> dict[str, Values]:
        """What stands in the sections of that name, by key."""


class DescribedSource(Protocol):
    """Where the objects come from that configuration files describe."""

    def under(self, key: str) -> Values:
        """The objects, and lists with objects, under a key of that name."""

    def parts(self, key: str) -> Values:
        """The objects in a mapping under a key of that name."""

    def of_class(self, cls: ClassInfo, part: str) -> "tuple[Instance, ...]":
        """The objects of a registered class, for one part of the data where they tell it apart."""


class BindingSource(Protocol):
    """What gin's configuration gives parameters."""

    def of(self, name: str, parameter: str) -> Values:
        """What configuration files bind a parameter of a function or class to."""


class Machine(ABC):
    """What all layers share."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.graph = ImportGraph(project)
        self.steps = 0
        self.limit = MOST_STEPS
        self.steps_in_all = 0
        self.worker_dataset: Value | None = None
        self.options: OptionSource | None = None
        self.configs: SettingSource | None = None
        self.described: DescribedSource | None = None
        self.bindings: BindingSource | None = None
        self.barren: set[object] = set()
        self.walked: dict[object, Any] = {}
        self._by_default = False
        self._by_sacred: bool | None = None
        self._set_anywhere: dict[str, Values] = {}
        self._ends: dict[int, int] = {}
        self._tests: dict[int, tuple[Guard, ...]] = {}
        self._nesting = 0
        self._calling = 0
        self._active: dict[int, int] = {}
        self._asking: set[int] = set()
        self._guarding: set[tuple[int, bool, int]] = set()
        # Questions that are open, cut short, or answered only within one that is open: see `_once`.
        self._cuts: set[tuple[int, object]] = set()
        self._provisional: dict[tuple[int, object], tuple[Any, set[tuple[int, object]]]] = {}
        self._open: set[tuple[int, object]] = set()
        self._answers: dict[tuple[int, object], int] = {}
        self._waiting: dict[tuple[int, object], list[tuple[int, object]]] = {}
        self._numbers: dict[object, int] = {}
        self.texts: dict[tuple[str, int], ir.Expr | None] = {}
        self._returned: dict[int, Values] = {}
        self._returning: set[int] = set()
        self._activations: list[Frame] = []
        self._module_frames: dict[str, Frame] = {}
        self._loose_frames: dict[tuple[int, int], Frame] = {}
        self._loose_instances: dict[int, Instance] = {}
        self._kept_by_monai: dict[ClassInfo, Result] = {}
        self._pipes: dict[str, ClassInfo] | None = None
        self._places: dict[ClassInfo, dict[str, int]] = {}
        self._mro: dict[int, list[ClassInfo]] = {}
        self._bases: dict[int, list[Value]] = {}
        self._variants: dict[int, list[ClassInfo]] = {}
        self._derived: dict[int, list[ClassInfo]] = {}
        self._subclasses: dict[int, list[ClassInfo]] = {}
        self._attributes: dict[tuple[int, str], list[tuple[FunctionInfo, AttrAssign]]] = {}
        self._outside: dict[str, list[tuple[AttrAssign, Owner, Module]]] = {}
        self._leading: dict[frozenset[str], set[str]] = {}
        self._callers: dict[int, list[tuple[ir.Call, Frame]]] = {}
        self._handed_over: dict[tuple[ir.Call, Frame, FunctionInfo], dict[str, Argument]] = {}
        self._needs: dict[int, dict[str, set[str]]] = {}
        self._reworked: dict[int, bool] = {}
        self._on_results: dict[tuple[str, str], list[tuple[Argument, bool]]] = {}
        self._decorated_through: dict[int, list[tuple[Value, FunctionValue]]] = {}
        self._decorated_by_object: dict[tuple[int, int], list[tuple[Value, FunctionValue]]] = {}
        self._decorated: dict[int, list[tuple[Value, FunctionValue]]] = {}
        self._factory_calls: dict[ir.Call, tuple[ir.Call, Frame]] = {}

    def forget(self) -> None:
        """Let go of all that was evaluated: no question can be asked any more.

        Frames, objects and values lead back to each other. Parted here they are gone at once, where the collector of
        cycles takes twice as long for them.
        """
        for frame in (*self._activations, *self._module_frames.values(), *self._loose_frames.values()):
            frame.self_value = None
            for made in frame.instances.values():
                made.cache.clear()
                made.frames.clear()
            for held in (frame.args, frame.cache, frame.decided, frame.instances):
                held.clear()
        # What holds values, of which the large repositories have many; the rest goes with the evaluator itself.
        with_values: tuple[dict[Any, Any] | list[Any] | set[Any], ...] = (
            self.barren,
            self.walked,
            self._set_anywhere,
            self._provisional,
            self._answers,
            self._returned,
            self._activations,
            self._module_frames,
            self._loose_frames,
            self._loose_instances,
            self._kept_by_monai,
            self._places,
            self._mro,
            self._bases,
            self._variants,
            self._derived,
            self._subclasses,
            self._attributes,
            self._outside,
            self._callers,
            self._handed_over,
            self._needs,
            self._on_results,
            self._decorated_through,
            self._decorated_by_object,
            self._decorated,
            self._factory_calls,
        )
        for kept in with_values:
            kept.clear()
        self.options = self.configs = self.described = self.bindings = None

    def refresh(self) -> None:
        """Start on another loader, with work of its own to spend as long as the repository has some left."""
        self.steps_in_all += min(self.steps, MOST_STEPS)
        self.steps = MOST_STEPS + 1 if self.exhausted else 0

    def begin_walks(self) -> None:
        """The loaders are found: what runs in them has work of its own, whatever they took."""
        self.refresh()
        self.steps_in_all = min(self.steps_in_all, MOST_STEPS_IN_ALL - STEPS_FOR_WALKS)

    @property
    def exhausted(self) -> bool:
        """Whether the repository's work is spent: what is looked at now says little that is new."""
        return self.steps_in_all >= MOST_STEPS_IN_ALL

    @contextmanager
    def reserve(self, steps: int) -> Iterator[None]:
        """Work kept back for what decides: what seeds a generator is read even when the loader's work is spent."""
        spent = self.steps
        self.steps = min(self.steps, MOST_STEPS - steps)
        try:
            yield
        finally:
            self.steps = max(self.steps, spent)

    def within(self, question: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The answer to one question of many, with as much work as one of them is worth."""
        return self._with_at_most(STEPS_FOR_ONE_QUESTION, question, *args, **named)

    def briefly(self, question: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """The answer to a question that only spares work, with less work than it may spare."""
        return self._with_at_most(STEPS_TO_COMPARE, question, *args, **named)

    def _with_at_most(self, steps: int, question: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        outside = self.limit
        self.limit = min(outside, self.steps + steps)
        try:
            return question(*args, **named)
        finally:
            self.limit = outside

    @abstractmethod
    def eval(self, expr: ir.Expr, frame: Frame) -> Values:
        """The values that the expression can have. Empty while it depends on itself."""

    @abstractmethod
    def lookup(self, name: str, frame: Frame, line: int = LAST_LINE) -> Values:
        """What a name stands for in a frame, seen from a line."""

    @abstractmethod
    def member(self, module: Module, name: str, line: int = LAST_LINE) -> Values | None:
        """A module's global by name, star imports included; None when it has none."""

    @abstractmethod
    def guarded_out(self, guards: tuple[Guard, ...], frame: Frame) -> bool:
        """Whether a test around something is decided against it."""

    @abstractmethod
    def bind(
        self,
        function: FunctionInfo,
        args: CallArgs,
        around: Frame,
        receiver: "Instance | ClassValue | None" = None,
        *,
        worker: bool = False,
        depth: int = 0,
    ) -> Frame:
        """A new activation of the function with the arguments of one call."""

    @abstractmethod
    def parameter(self, name: str, frame: Frame) -> Values:
        """What a parameter holds in an activation."""

    @abstractmethod
    def make(self, target: ClassValue, args: CallArgs, call: ir.Call | None, frame: Frame) -> Instance:
        """The object that a constructor call makes; the same for the same call in the same activation."""

    @abstractmethod
    def collect(self, call: ir.Call, frame: Frame) -> CallArgs:
        """The arguments of a call, with `*` and `**` taken apart."""

    @abstractmethod
    def decorated(self, function: FunctionInfo) -> list[tuple[Value, FunctionValue]]:
        """What the repository decorates with a function, each with the function as its decorator is made."""

    @abstractmethod
    def decorated_through(self, function: FunctionInfo) -> list[tuple[Value, FunctionValue]]:
        """What the repository decorates with what a function returns, each with the decorator as it is made."""

    @abstractmethod
    def attribute(self, value: Value, name: str, line: int = LAST_LINE, frame: Frame | None = None) -> Values:
        """An attribute of a value."""

    @abstractmethod
    def _as_tuple(self, instance: Instance) -> Sequence | None:
        """The tuple that an object of a class of named tuples is."""

    @abstractmethod
    def call_value(self, target: Value, args: CallArgs, frame: Frame) -> Values:
        """What calling a value returns."""

    @abstractmethod
    def call_function(self, target: FunctionValue, args: CallArgs, worker: bool) -> Values:
        """What a function returns for the arguments; what it yields, as an open sequence, for a generator."""

    def _once(
        self, key: object, busy: set[Any], compute: Callable[[], T], store: Callable[[T], None], cut: Any = ()
    ) -> T:
        """Compute under a guard against depending on itself; `cut` is the answer while it does.

        An answer that was cut short because a question around it was still open holds only within that question: it is
        kept until that question is closed, and stored for good only when nothing but the question itself was cut.
        Among questions that all lead to each other that is a new answer to each for each way through them: one that was
        answered `MOST_ANSWERS` times keeps its last answer until no question is open any more.
        """
        mark = (id(busy), key)
        if key in busy:
            self._cuts.add(mark)
            nothing: T = cut
            return nothing
        provisional = self._provisional.get(mark)
        if provisional is not None:
            self._cuts |= provisional[1] & self._open
            kept: T = provisional[0]
            return kept
        busy.add(key)
        self._open.add(mark)
        begun = self.steps
        outside, self._cuts = self._cuts, set()
        try:
            answer = compute()
        finally:
            busy.discard(key)
            self._close(mark)
            own = self._cuts
            self._cuts = own | outside if own else outside
        if self.steps > self.limit:
            if self.steps - begun >= TOO_DEAR:
                # Whoever asks again gets no further with as much.
                store(answer)
        elif not own:
            store(answer)
        if own:
            self._provisional[mark] = (answer, own)
            answers = self._answers[mark] = self._answers.get(mark, 0) + 1
            if answers < MOST_ANSWERS:
                for open_question in own:
                    self._waiting.setdefault(open_question, []).append(mark)
        return answer

    def _close(self, mark: tuple[int, object]) -> None:
        """A question has its answer: what was cut short because of it is to be asked again."""
        self._cuts.discard(mark)
        self._open.discard(mark)
        if self._waiting:
            for waiting in self._waiting.pop(mark, ()):
                if self._answers[waiting] < MOST_ANSWERS:
                    self._provisional.pop(waiting, None)
        if self._answers and not self._open:
            self._provisional.clear()
            self._answers.clear()

    def argument(self, argument: Argument) -> Values:
        """The values of an argument."""
        expr, frame = argument.expr, argument.frame
        if expr is None or frame is None or argument.values:
            return argument.values
        if type(expr) in _ASKED_AS_THEY_ARE:
            return self.eval(expr, frame)
        # What is put into a container may be made of what was in it before.
        key = ("argument", expr)
        cached = frame.cache.get(key)
        if cached is not None:
            return cached
        return self._once(
            key, frame.busy, lambda: self.eval(expr, frame), lambda values: frame.cache.__setitem__(key, values)
        )
