"""What all layers of a walk share."""

from abc import ABC, abstractmethod

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.idle import Idle
from analysis.link.reach.sites import DrawSite, Held, Running, SeedState, Situation, Yield, worst
from analysis.link.reach.told import Told
from analysis.link.seeding import SeedReader
from analysis.link.sources import Seeded
from analysis.link.values import CallArgs, Frame, FunctionValue, Instance, Value


class Walker(ABC):
    """The state of one walk, and what its layers ask of each other."""

    def __init__(self, evaluator: Evaluator, idle: Idle, *, assume_defaults: bool = False) -> None:
        self.ev = evaluator
        self.idle = idle
        self.reader = SeedReader(evaluator)
        self.assume_defaults = assume_defaults
        self.draws: dict[tuple[object, ...], DrawSite] = {}
        self.state = SeedState()
        self._saved: dict[Frame, Seeded | None] = {}
        """What the global state was seeded with when a function kept it aside."""
        self.entered: dict[tuple[int, int], int] = {}
        self.entered_on: set[tuple[int, int]] = set()
        self.open: dict[str, int] = {}
        # What runs, and what it was called with: a function that calls itself is followed once more where constants
        # that decided its branches are not handed on.
        self._active: dict[Running, tuple[object, ...]] = {}
        self._inside_itself = 0
        self._back: set[Running] = set()
        """What runs, of that which was not followed because it runs already."""
        self._held: dict[tuple[Situation, bool], Held] = {}
        """What came of functions that lead back to what still runs, as long as that does."""
        self._waiting: dict[Running, list[tuple[Situation, bool]]] = {}
        self._via: tuple[str, ...] = ()
        self._calls = 0
        self._depth = 0
        self._left: list[Seeded | None] = []
        """What had seeded the global state at each `return` of what was entered first."""
        self.unread_dataset = False
        self._events = 0
        self._cut = 0
        self._yield = Yield()
        self._evaluating = False
        self._once = False
        self._holds: Told = frozenset()

    @property
    def left(self) -> Seeded | None:
        """What has seeded the global state at the end, whichever way led there; None where one leads there without."""
        ends = [each for each in (*self._left, self.state.numpy) if each is not None]
        return worst(ends) if len(ends) > len(self._left) else None

    @abstractmethod
    def visit(self, expr: ir.Expr, frame: Frame) -> None:
        """Walk an expression, operands before the call that uses them."""

    @abstractmethod
    def enter_value(self, value: Value, args: CallArgs) -> None:
        """Walk what calling a value runs."""

    @abstractmethod
    def enter_method(self, instance: Instance, name: str, args: CallArgs) -> bool:
        """Walk a method of an object; False when it has none of the name."""

    @abstractmethod
    def enter_iteration(self, instance: Instance) -> None:
        """Walk what iterating over an object runs."""

    @abstractmethod
    def _enter(self, target: FunctionValue, args: CallArgs) -> None:
        """Walk a function as its decorators have made it."""

    @abstractmethod
    def _enter_hooks(self, instance: Instance, args: CallArgs) -> None:
        """Walk what a base outside the repository calls on an object when that is called."""

    @abstractmethod
    def _truth(self, test: ir.Expr, frame: Frame) -> bool | None:
        """Whether a test holds, as far as a walk wants to know."""

    @abstractmethod
    def _given_to(self, call: ir.Call, frame: Frame) -> CallArgs:
        """The arguments of a call. What is computed data is not looked into."""
