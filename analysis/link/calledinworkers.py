"""What a worker calls: of a dataset, of what it wraps, and of a collate function."""

from collections.abc import Iterator

from msgspec.structs import replace

from analysis.catalog.hooks import hooks_of
from analysis.catalog.loaders import (
    CALLED_FOR_EACH,
    EAGER,
    EAGER_METHODS,
    ITERABLE_BASES,
    MADE_A_STREAM,
    STREAM,
    STREAMING,
    WRAPPERS,
)
from analysis.facts import ir
from analysis.link.caches import cached
from analysis.link.entries import Entry, Walked, look
from analysis.link.evaluate import Evaluator
from analysis.link.idle import Idle
from analysis.link.later import given_later
from analysis.link.loaders import Loader, is_true
from analysis.link.reach import Walk, class_id
from analysis.link.reach.inside import handed_outside, inside
from analysis.link.scopes import FunctionInfo
from analysis.link.seeding import INDEX, call_with
from analysis.link.values import (
    CallArgs,
    ClassValue,
    Constant,
    FunctionValue,
    Instance,
    Mapping,
    Member,
    Partial,
    Result,
    Sequence,
    Unknown,
    Value,
    union,
)

_DEEPEST = 8
"""Datasets within datasets."""
_MOST_PARTED = 40
"""Datasets of a library that one is put together of, or split from, at any remove."""


class WorkerCalls:
    """Finds what a worker calls, and walks it."""

    def __init__(self, evaluator: Evaluator, idle: Idle) -> None:
        self.ev = evaluator
        self.idle = idle
        self._entries: dict[Value, list[Entry]] = {}
        self._collates: dict[Value, list[Entry]] = {}
        self._walked: dict[int, Walked] = {}
        self._called: dict[int, Walked] = {}

    def entries(self, dataset: Value) -> list[Entry]:
        """What a worker calls of a dataset, walked; the same list for the same dataset."""
        found = self._entries.get(dataset)
        if found is None:
            self._entries[dataset] = []
            found = self._entries[dataset] = list(self._dataset_entries(dataset, 0))
        return found

    def _dataset_entries(self, dataset: Value, depth: int) -> Iterator[Entry]:
        if depth > _DEEPEST:
            return
        match dataset:
            case Instance() if self._samples_indices(dataset):
                return
            case Instance() if self._only_wraps(dataset):
                for inner in handed_outside(self.ev, dataset):
                    yield from self._dataset_entries(inner, depth + 1)
            case Instance() if self._only_called(dataset):
                yield from self._callable_entry(dataset)
            case Instance():
                walked = self._walked.setdefault(id(dataset.cls), Walked())
                entry = walked.last if self.ev.exhausted else None
                if entry is None:
                    entry = walked.of(look(self.ev, dataset), lambda: self._instance_entry(dataset))
                if entry is not None:
                    yield entry
            case Result():
                yield from self._wrapped(dataset, depth)
            case Member():
                yield from self._given_entries(dataset)
                yield from self._dataset_entries(dataset.owner, depth + 1)
            case Mapping():
                for _, argument in dataset.items:
                    for value in self.ev.argument(argument):
                        yield from self._dataset_entries(value, depth + 1)
            case ClassValue() if self._is_dataset(made := self.ev.loose_instance(dataset.cls)):
                # What an `eval` of a text that cannot be read makes.
                yield from self._dataset_entries(made, depth + 1)
            case Sequence():
                for element in self.ev.registries.elements(dataset):
                    for called in inside(self.ev, element):
                        yield from self._callable_entry(called)
            case FunctionValue() | Partial():
                yield from self._callable_entry(dataset)
            case _:
                pass

    def _samples_indices(self, instance: Instance) -> bool:
        """Samplers run in the parent, also where one is taken for a dataset that cannot be read."""
        return any(base.endswith("Sampler") for base in self.ev.external_bases(instance.cls))

    def takes(self, loader: Loader, dataset: Value) -> bool:
        """Whether a loader can take an object: what is only called, where it has an argument for that.

        `getattr(module, name)()` may be an object of any class of the module.
        """
        if not CALLED_FOR_EACH.isdisjoint(loader.spec.datasets):
            return True
        return not (isinstance(dataset, Instance) and self._only_called(dataset))

    def _only_called(self, instance: Instance) -> bool:
        """Whether it is no dataset but what a framework's loader calls for each sample: detectron2's `mapper`."""
        return not self._is_dataset(instance) and self.ev.find_method(instance.cls, "__call__") is not None

    def _only_wraps(self, instance: Instance) -> bool:
        """Whether an object's class leaves taking samples to a wrapper of torch's: `class Mine(ConcatDataset)`."""
        return not self._is_dataset(instance) and any(base in WRAPPERS for base in self.ev.external_bases(instance.cls))

    def _wrapped(self, dataset: Result, depth: int) -> Iterator[Entry]:
        """A dataset from outside: the datasets it wraps, and the callables that it calls for each sample."""
        yield from self._given_entries(dataset)
        streams = self._streams(dataset)
        if not streams and dataset.name.startswith(EAGER) and dataset.name.rpartition(".")[2] in EAGER_METHODS:
            if dataset.receiver is not None:
                yield from self._dataset_entries(dataset.receiver, depth + 1)
            return
        seen: set[int] = set()
        kept = cached(self.ev, dataset)
        for inner in inside(self.ev, dataset):
            if id(inner) in seen or inner in kept:
                continue
            seen.add(id(inner))
            if isinstance(inner, Instance) and (self._is_dataset(inner) or self._only_wraps(inner)):
                yield from self.entries(inner)
            else:
                for entry in self._callable_entry(inner):
                    yield replace(entry, iterable=True) if streams else entry

    def _given_entries(self, dataset: Result | Member) -> Iterator[Entry]:
        """The callables that a dataset from outside was given once it was made, or that of which it is a part was."""
        pending: list[Result | Member] = [dataset]
        seen: set[Value] = set()
        while pending and len(seen) < _MOST_PARTED:
            part = pending.pop()
            if part in seen:
                continue
            seen.add(part)
            for later in given_later(self.ev, part):
                for called in inside(self.ev, later):
                    yield from self._callable_entry(called)
            if isinstance(part, Result) and part.name in WRAPPERS:
                args = self.ev.collect(part.call, part.frame)
                wrapped = union((), *map(self.ev.argument, (*args.positional[:1], *args.named.values())))
                parts = [value for value in self.ev.elements(wrapped) if isinstance(value, Result | Member)]
                pending += reversed(parts)

    def _streams(self, dataset: Result) -> bool:
        """Whether a dataset maps and filters no sooner than it is iterated over: by what it was made of."""
        made: Value | None = dataset if dataset.name.startswith((*EAGER, STREAM)) else None
        while isinstance(made, Result | Member):
            if isinstance(made, Member):
                made = made.owner
                continue
            if made.name.startswith(STREAM) or made.name.endswith(MADE_A_STREAM):
                return True
            asked = self.ev.collect(made.call, made.frame).named.get(STREAMING)
            if asked is not None and is_true(self.ev.argument(asked)):
                return True
            made = made.receiver
        return False

    def _is_dataset(self, instance: Instance) -> bool:
        return any(self.ev.find_method(instance.cls, name) is not None for name in ("__getitem__", "__iter__"))

    def _instance_entry(self, instance: Instance) -> Entry | None:
        walk = Walk(self.ev, self.idle)
        index = CallArgs(call_with([(INDEX,)]).positional)
        method: FunctionInfo | None = None
        iterable = any(base in ITERABLE_BASES for base in self.ev.external_bases(instance.cls))
        names = ("__iter__", "__next__") if iterable else ("__getitem__", "__getitems__", "get", "__iter__", "__next__")
        for name in names:
            found = self.ev.find_method(instance.cls, name)
            if found is None or (name == "get" and not self._is_graph_dataset(instance)):
                continue
            if name == "__iter__" and method is not None:
                continue
            if name == "__iter__":
                walk.enter_iteration(instance)
            elif name == "__next__":
                if method is None:
                    walk.enter_method(instance, name, CallArgs())
            else:
                walk.enter_method(instance, name, index)
            method = method or found
        if method is None:
            transform = self._outside_dataset(instance, walk)
            if not transform:
                return None
            line = instance.cls.node.line
            place = instance.cls.module.place(line)
        else:
            place = method.module.place(method.line)
            if method.name == "__getitem__":
                self._outside_super(instance, method, walk)
            elif method.name == "get":
                # The base calls it, and its own transform on what it gives.
                self._outside_dataset(instance, walk)
        return Entry(
            place,
            instance.cls.qualname,
            list(walk.draws.values()),
            walk.entered_on,
            list(walk.open),
            iterable or (method is not None and method.name in {"__iter__", "__next__"}),
            walk.unread_dataset,
            walk.left,
        )

    def _is_graph_dataset(self, instance: Instance) -> bool:
        return any(base.startswith("torch_geometric.") for base in self.ev.external_bases(instance.cls))

    def _outside_dataset(self, instance: Instance, walk: Walk) -> bool:
        """A subclass of a dataset from outside that leaves `__getitem__` to it: its transforms run in the worker."""
        if not self.ev.external_bases(instance.cls):
            return False
        found = False
        for name in ("transform", "transforms", "target_transform", "pipeline"):
            for value in self.ev.instance_attribute(instance, name):
                if not isinstance(value, Unknown | Constant):
                    walk.enter_value(value, CallArgs())
                    found = True
        return found

    def _outside_super(self, instance: Instance, method: FunctionInfo, walk: Walk) -> None:
        """`super().__getitem__` of a dataset from outside calls the transforms it was made with, or takes a sample of
        the datasets that it was made of.
        """
        bases = self.ev.external_bases(instance.cls)
        own = [each for cls in self.ev.mro(instance.cls) for each in cls.methods.values()] if bases else []
        entered = [each for each in own if (id(each), class_id(instance)) in walk.entered_on and each is not method]
        for call in (call for each in (method, *entered) for call in each.scope.calls):
            if isinstance(call.func, ir.Attr) and call.func.name == "__getitem__" and bases:
                self._outside_dataset(instance, walk)
                if any(base in WRAPPERS for base in bases):
                    self._samples_of_wrapped(instance, walk, 0)
                return

    def _samples_of_wrapped(self, instance: Instance, walk: Walk, depth: int) -> None:
        for value in handed_outside(self.ev, instance):
            for inner in inside(self.ev, value):
                taken = isinstance(inner, Instance) and walk.enter_method(inner, "__getitem__", call_with([(INDEX,)]))
                if isinstance(inner, Instance) and not taken and depth < _DEEPEST and self._only_wraps(inner):
                    self._samples_of_wrapped(inner, walk, depth + 1)

    def _callable_entry(self, value: Value) -> Iterator[Entry]:
        function = _called_function(self.ev, value)
        if function is None:
            return
        walked = self._called.setdefault(id(function), Walked())
        entry = walked.last if self.ev.exhausted else None
        entry = entry or walked.of(look(self.ev, value), lambda: self._called_entry(function, value))
        if entry is not None:
            yield entry

    def _called_entry(self, function: FunctionInfo, value: Value) -> Entry:
        walk = Walk(self.ev, self.idle)
        walk.reader.fed = function
        walk.enter_value(value, CallArgs())
        place = function.module.place(function.line)
        draws = list(walk.draws.values())
        return Entry(place, function.qualname, draws, walk.entered_on, list(walk.open), left=walk.left)

    def collate(self, value: Value) -> list[Entry]:
        """What a worker calls of a collate function, walked; the same list for the same value."""
        found = self._collates.get(value)
        if found is None:
            if isinstance(value, Result):
                found = [entry for inner in inside(self.ev, value) for entry in self._callable_entry(inner)]
            else:
                found = list(self._callable_entry(value))
            self._collates[value] = found
        return found


def _called_function(ev: Evaluator, value: Value) -> FunctionInfo | None:
    """The repository's function that calling the value runs first."""
    match value:
        case FunctionValue():
            return value.function
        case Partial():
            return _called_function(ev, value.target)
        case Instance():
            return next(
                (
                    method
                    for name in ("__call__", "forward", *hooks_of(ev.external_bases(value.cls)))
                    if (method := ev.find_method(value.cls, name))
                ),
                None,
            )
        case _:
            return None
