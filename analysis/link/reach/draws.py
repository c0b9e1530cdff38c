"""Calls of what is not the repository's: draws, seeds, and what a library calls of the things it is handed."""

from analysis.catalog.draws import (
    EPOCH_WORKER_INITS,
    GENERATOR_METHODS,
    GENERATORS,
    GLOBAL_DRAWS,
    GLOBAL_UNLESS_GIVEN,
    GOOD_WORKER_INITS,
    KEPT_LIBRARIES,
    LIBRARY_SEEDS,
    OTHER_GENERATOR_METHODS,
    OTHER_GENERATORS,
    PYTHON_SEEDS,
    SEEDS_GLOBAL,
    SEEDS_WITHIN,
    STATS_DRAW,
    TORCH_SEEDS,
)
from analysis.catalog.hooks import CALL_WHAT_THEY_ARE_GIVEN
from analysis.catalog.reproducibility import SEEDS_EVERYTHING
from analysis.facts import ir
from analysis.link.augmenters import never_draws
from analysis.link.evaluate.calls import CONTEXT_MANAGER
from analysis.link.evaluate.library import is_data, only_takes_data
from analysis.link.evaluate.machine import NEVER_ASSIGNED, UNREADABLE
from analysis.link.reach.inside import inside
from analysis.link.reach.seeds import Seeds
from analysis.link.reach.sites import DrawSite
from analysis.link.scopes import ClassInfo, FunctionInfo, leaf_name
from analysis.link.sources import Seeded, Seeding
from analysis.link.values import (
    Argument,
    CallArgs,
    Constant,
    External,
    Frame,
    FunctionValue,
    Instance,
    Member,
    Partial,
    Result,
    Sequence,
    Unknown,
    Value,
    name_of,
)

CALLED_BY_NAME = 3
"""A method of an object that cannot be read is followed by its name alone when at most so many classes have it."""

MOST_OF_FAMILY = 24
"""So many classes may be of one family, of which it is then one."""

_CALLS_FOR_EACH = frozenset({"builtins.filter", "builtins.map"})
_ITERATE = frozenset(
    f"builtins.{name}"
    for name in ("all", "any", "enumerate", "frozenset", "iter", "list", "max", "min", "next", "set", "sorted", "sum")
) | {"builtins.tuple", "builtins.zip"}
"""What goes through an object that it is handed."""


class Draws(Seeds):
    """What is drawn by calls of what is not the repository's."""

    def _draw(
        self,
        call: ir.Call,
        frame: Frame,
        api: str,
        generator: Result | None = None,
        *,
        library: bool = False,
        other: bool = False,
    ) -> None:
        self._events += 1
        place = frame.module.locate(call.line)
        seeded = self.state.numpy if generator is None else self.state.generators.get(id(generator.call))
        attribute = (
            call.func.value.name if isinstance(call.func, ir.Attr) and isinstance(call.func.value, ir.Attr) else None
        )
        if generator is not None and seeded is None and attribute is not None:
            seeded = self.state.attributes.get(attribute)
        if self._once and seeded is not None and seeded.how is Seeding.CONSTANT:
            # The same choice in all workers, made once: what follows does not repeat it.
            return
        site = DrawSite(place, api, self._via, generator, attribute, seeded, library, other, self._evaluating)
        key = (place, None if generator is None else id(generator.call), None if seeded is None else seeded.how)
        self.draws.setdefault(key, site)
        self._yield.draws.setdefault(key, site)

    def _put_back(self, frame: Frame) -> None:
        """The global state is again what it was when the same function kept it aside.

        What a context manager puts back, it puts back at the end of its block.
        """
        manages = frame.function is not None and CONTEXT_MANAGER in frame.function.decorator_names()
        if frame in self._saved and not manages:
            self.state.numpy = self._saved[frame]

    def _external(self, name: str, call: ir.Call | None, frame: Frame | None, args: CallArgs) -> None:
        if call is not None and frame is not None:
            if name in GLOBAL_DRAWS:
                if not (name == "numpy.random.choice" and self._one_to_choose(call, frame)):
                    self._draw(call, frame, name)
                return
            if name in SEEDS_GLOBAL:
                self.state.numpy = self._seeded(call, frame)
                return
            if name == "numpy.random.get_state":
                self._saved.setdefault(frame, self.state.numpy)
                return
            if name == "numpy.random.set_state":
                self._put_back(frame)
                return
            if name in SEEDS_EVERYTHING:
                self.state.numpy = self._seeded(call, frame)
                self.state.torch = self.state.python = self.state.numpy
                return
            if name in SEEDS_WITHIN:
                self.state.numpy = self._seeded_with_all(call, frame, args)
                return
            if name in LIBRARY_SEEDS:
                self.state.library = self._seeded(call, frame)
                return
            if name in TORCH_SEEDS:
                self.state.torch = self._seeded(call, frame)
                return
            if name in PYTHON_SEEDS:
                self.state.python = self._seeded(call, frame)
                return
            if name in GOOD_WORKER_INITS or name in EPOCH_WORKER_INITS:
                how = Seeding.GOOD if name in GOOD_WORKER_INITS else Seeding.EPOCH
                self._events += 1
                self.state.numpy = Seeded(how, frame.module.place(call.line), frozenset())
                return
            this = frame.self_value
            if name.endswith((".__call__", ".forward")) and isinstance(this, Instance):
                # `super().__call__(...)`
                self._enter_hooks(this, args)
                return
            if name.startswith("torch.") and "generator" in args.named:
                self._drawn_with_torch(name, call, frame, args.named["generator"])
            keyword = GLOBAL_UNLESS_GIVEN.get(name)
            if keyword is not None and not self._given(args, keyword) and not self._given(args, "rng"):
                self._draw(call, frame, name)
            if (
                name.startswith("scipy.stats.")
                and name.endswith(f".{STATS_DRAW}")
                and not self._given(args, "random_state")
            ):
                self._draw(call, frame, name)
        if only_takes_data(name):
            return
        if name.rpartition(".")[2] in CALL_WHAT_THEY_ARE_GIVEN:
            self._given_to_apply(args)
        # A function from outside may call what it is handed: map, sorted, numpy.vectorize, a progress bar.
        called_with = self._items_of(args.positional[1:]) if name in _CALLS_FOR_EACH else CallArgs()
        if name == "functools.reduce":
            so_far = Argument(None, None, UNREADABLE)
            called_with = CallArgs([so_far, *self._items_of(args.positional[1:2]).positional])
        for argument in [*args.positional, *args.named.values()]:
            for value in self.ev.within(self.ev.argument, argument):
                if isinstance(value, FunctionValue | Partial):
                    self.enter_value(value, called_with)
                elif isinstance(value, Instance) and name in _ITERATE:
                    self.enter_iteration(value)

    def _one_to_choose(self, call: ir.Call, frame: Frame) -> bool:
        """Whether it is chosen among one and the same: `size = (size, size)` of a single size."""
        values = self.ev.within(self.ev.eval, call.args[0], frame) if call.args else ()
        return bool(values) and all(isinstance(value, Sequence) and _of_one_name(value) for value in values)

    def _items_of(self, arguments: list[Argument]) -> CallArgs:
        """What a function is called with for each item: `map(lambda t: t(image), self.transforms)`."""
        items = [self.ev.elements(self.ev.within(self.ev.argument, argument)) for argument in arguments]
        return CallArgs([Argument(None, None, values) for values in items])

    def _drawn_with_torch(self, name: str, call: ir.Call, frame: Frame, argument: Argument) -> None:
        for value in self.ev.argument(argument):
            generator = _generator_of(value)
            if isinstance(generator, Result) and generator.name in OTHER_GENERATORS:
                self._draw(call, frame, name, generator, other=True)

    def _given(self, args: CallArgs, keyword: str) -> bool:
        argument = args.named.get(keyword)
        if argument is None:
            return args.open
        values = self.ev.argument(argument)
        return not all(isinstance(value, Constant) and value.value is None for value in values)

    def _member(self, target: Member, call: ir.Call, frame: Frame) -> None:
        owner, name = _generator_of(target.owner), target.name
        if isinstance(owner, Result):
            if owner.name in GENERATORS:
                if name in GENERATOR_METHODS:
                    self._generator_draw(owner, name, call, frame)
                elif name == "seed":
                    self.state.generators[id(owner.call)] = self._seeded(call, frame)
                return
            if owner.name in OTHER_GENERATORS:
                if name in OTHER_GENERATOR_METHODS:
                    self._draw(call, frame, f"{owner.name}.{name}", owner, other=True)
                elif name in {"seed", "manual_seed"}:
                    self.state.generators[id(owner.call)] = self._seeded(call, frame)
                return
            if self._library_draw(owner, call, frame):
                return
            if (
                owner.name.startswith("scipy.stats.")
                and name == STATS_DRAW
                and not self._given(self._given_to(call, frame), "random_state")
            ):
                self._draw(call, frame, f"{owner.name}.{name}")
        full = name_of(target)
        if name == "sample" and _is_table_sample(call, full):
            self._draw(call, frame, "pandas.DataFrame.sample")
            return
        if isinstance(owner, Result) and full.startswith("torch.utils.data.get_worker_info.dataset"):
            return
        args = self._given_to(call, frame)
        for argument in [*args.positional, *args.named.values()]:
            for value in self.ev.argument(argument):
                if isinstance(value, FunctionValue | Partial):
                    self.enter_value(value, CallArgs())
        if isinstance(owner, Result) and name in {"transform", "apply", "__call__", "forward"}:
            self._external_object(owner)
        elif name in CALL_WHAT_THEY_ARE_GIVEN:
            self._given_to_apply(args)
        elif isinstance(owner, Result) and owner.receiver is not None and not is_data(owner.name):
            # What a library's object was given to keep it gives back: `Cycle(crops).next().crop_at(image)`.
            self._enter_by_name(name, args)

    def _given_to_apply(self, args: CallArgs) -> None:
        """What a library calls of the lists that it is given: `apply_augmentations(self.augmentations, image)`."""
        for argument in [*args.positional, *args.named.values()]:
            for value in self.ev.within(self.ev.argument, argument):
                if isinstance(value, Sequence | Result):
                    self._external_object(value)

    def _generator_draw(self, owner: Result, name: str, call: ir.Call, frame: Frame) -> None:
        if "check_random_state" in owner.name:
            given = self.ev.collect(owner.call, owner.frame).positional
            values = self.ev.argument(given[0]) if given else ()
            if all(isinstance(value, Constant) and value.value is None for value in values):
                self._draw(call, frame, f"numpy.random.{name}")
                return
            for value in values:
                if isinstance(value, External) and value.name == "numpy.random":
                    self._draw(call, frame, f"numpy.random.{name}")
                    return
                if isinstance(value, Result) and value.name in GENERATORS:
                    self._draw(call, frame, f"{value.name}.{name}", value)
                    return
        if self._once and owner.frame.worker and self._seeded(owner.call, owner.frame).how is Seeding.CONSTANT:
            # As in `_draw`: made there with a constant, and once.
            return
        self._draw(call, frame, f"{owner.name}.{name}", owner)

    def _library_draw(self, owner: Result, call: ir.Call, frame: Frame) -> bool:
        """A call of, or on, an object of a library that keeps a NumPy generator of its own."""
        if not owner.name.startswith(KEPT_LIBRARIES):
            return False
        tail = owner.name.rpartition(".")[2]
        if tail[:1].isupper() or tail == "to_deterministic":
            if not never_draws(self.ev, owner):
                self._draw(call, frame, owner.name, _made_once(owner), library=True)
            return True
        return False

    def _external_object(self, value: Result | Sequence) -> None:
        """Calling an object from outside may call everything that it was made with: `Compose([...])`, `Lambda(f)`."""
        for inner in inside(self.ev, value):
            if isinstance(inner, FunctionValue | Partial | Instance):
                self.enter_value(inner, CallArgs())

    def _unknown(self, target: Unknown, call: ir.Call, frame: Frame) -> None:
        name = leaf_name(call.func)
        if name == "sample" and _is_table_sample(call):
            self._draw(call, frame, "pandas.DataFrame.sample")
            return
        if not name or not isinstance(call.func, ir.Attr):
            return
        if name in GENERATOR_METHODS and _looks_like_generator(call.func.value):
            self._events += 1
            note = f"{frame.module.place(call.line)} draws from a generator that cannot be read"
            self.open[note] = self._yield.open[note] = call.line
        if target.reason != NEVER_ASSIGNED and self._described(call.func, frame, self._given_to(call, frame)):
            return
        self._enter_by_name(name, self._given_to(call, frame))

    def _enter_by_name(self, name: str, args: CallArgs) -> None:
        for method, cls in self._by_name(name):
            made = self.ev.loose_instance(cls)
            self._enter(FunctionValue(method, self.ev.definition_frame(method), made), args)

    def _described(self, called: ir.Attr, frame: Frame, args: CallArgs) -> bool:
        """Walk what files describe under the name of an attribute that cannot be read: `self.parts.crop(image)`.

        Or a method of it, as in `part.cropper.crop(image)`, where one call made all that a file describes.
        """
        source = self.ev.described
        if source is None:
            return False
        holders = source.under(called.value.name) if isinstance(called.value, ir.Attr) else ()
        entered = [self.enter_method(made, called.name, args) for made in holders if isinstance(made, Instance)]
        owners = self.ev.within(self.ev.eval, called.value, frame)
        itself = source.under(called.name) if any(isinstance(owner, Instance) for owner in owners) else ()
        for made in itself:
            self.enter_value(made, args)
        return any(entered) or bool(itself)

    def _by_name(self, name: str) -> list[tuple[FunctionInfo, ClassInfo]]:
        """The methods of a name with whose they are, where few classes have one, or the classes of one family alone."""
        if name in _EVERYDAY or len(name) < 5 or name.startswith("__"):
            return []
        if len(self.ev.project.mentioning(name)) > 12:
            return []
        found = [
            (function, function.cls)
            for module in self.ev.project.modules_mentioning(name)
            for function in module.functions
            if function.name == name and function.cls is not None
        ]
        if len(found) <= CALLED_BY_NAME:
            return found
        roots = {id(self.ev.mro(cls)[-1]): self.ev.mro(cls)[-1] for _, cls in found}
        family = [root for root in roots.values() for root in (root, *self.ev.subclasses(root))]
        if len(roots) > 1 or len(family) > MOST_OF_FAMILY:
            return []
        return [(method, cls) for cls in family if (method := self.ev.find_method(cls, name)) is not None]


def _generator_of(value: Value) -> Value:
    """`torch.Generator().manual_seed(0)` is the generator."""
    while isinstance(value, Result) and value.name.endswith(".manual_seed") and isinstance(value.receiver, Result):
        value = value.receiver
    return value


def _of_one_name(value: Sequence) -> bool:
    names = {item.expr.id if isinstance(item.expr, ir.Name) else None for item in value.items}
    return len(names) == 1 and None not in names and not value.open


def _made_once(augmenter: Result) -> Result:
    """What `to_deterministic` was called on: that has the generator."""
    while augmenter.name.endswith(".to_deterministic") and isinstance(augmenter.receiver, Result):
        augmenter = augmenter.receiver
    return augmenter


def _is_table_sample(call: ir.Call, full: str = "") -> bool:
    """Whether `.sample(...)` draws rows of a table from the global state; by its keywords for an unknown owner."""
    names = {keyword.name for keyword in call.keywords if not _is_none(keyword.value)}
    if "random_state" in names or None in names:
        return False
    return full.startswith("pandas.") or bool(names & {"frac", "n", "replace", "weights"})


def _is_none(expr: ir.Expr) -> bool:
    return isinstance(expr, ir.Const) and expr.known and expr.value is None


def _looks_like_generator(expr: ir.Expr) -> bool:
    name = leaf_name(expr).lower()
    return "rng" in name or "random_state" in name or "generator" in name or name in {"rs", "prng", "rand_state"}


_EVERYDAY = frozenset(
    (
        "append", "extend", "items", "values", "update", "format", "split", "strip", "shape", "reshape", "transpose",
        "astype", "float", "numpy", "detach", "forward", "apply", "transform", "process", "sample", "encode",
        "decode", "collate", "batch", "build", "create", "reset", "close", "write", "train", "compute", "predict",
        "convert", "resize", "normalize", "rotate", "parse", "index", "count", "insert", "remove", "clear", "render",
        "start", "setup", "query", "fetch", "state", "dispatch", "get_data", "get_item", "load_data", "preprocess",
        "augment", "decode_image", "get_state", "set_state", "get_transform", "collate_fn",
    )
)  # fmt: skip
