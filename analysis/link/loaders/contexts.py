"""The activations in which a call that makes a loader is read."""

from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import ClassInfo, FunctionInfo, Module
from analysis.link.values import ClassValue, Frame, FunctionValue, Instance, Unknown
from analysis.link.workers import WorkerReader

MOST_CONTEXTS = 60

MOST_CONTEXTS_IN_LARGE = 24

LARGE = 3_000_000
"""Bytes of Python from which on a repository is large: the work that it gets must do for more loaders."""

CONTEXT_DEPTH = 3


class Contexts:
    """Who runs the code that makes a loader: its callers, and the objects whose method it is."""

    def __init__(self, evaluator: Evaluator, workers: WorkerReader) -> None:
        self.ev = evaluator
        self.workers = workers
        self._subclasses: set[str] = set()
        self._given_meaning: dict[str, bool] = {}
        self._seeds: dict[str, bool] = {}
        self._most = MOST_CONTEXTS_IN_LARGE if evaluator.project.bytes_read > LARGE else MOST_CONTEXTS

    def contexts(
        self, owner: "FunctionInfo | ClassInfo | None", module: Module, depth: int = CONTEXT_DEPTH
    ) -> list[Frame]:
        """The activations in which a body runs: one for each way in that the repository shows."""
        if owner is None or isinstance(owner, ClassInfo):
            return [self.ev.owner_frame(owner, module)]
        loose = self.ev.loose_frame(owner)
        if depth == 0 or isinstance(owner.node, ir.Lambda):
            return [loose]
        frames: list[Frame] = []
        for call, caller in self.ev.callers(owner):
            for around in self._caller_contexts(caller, depth - 1):
                frames.extend(self._bound(owner, call, around))
                if len(frames) >= self._most:
                    return frames[: self._most]
        if not frames and owner.cls is not None:
            frames = [frame for made in self.instances(owner.cls) if (frame := self.ev.method_frame(made, owner))]
        return frames[: self._most] or [loose]

    def _caller_contexts(self, caller: Frame, depth: int) -> list[Frame]:
        if caller.function is None:
            return [caller]
        return self.contexts(caller.function, caller.module, depth)

    def _bound(self, function: FunctionInfo, call: ir.Call, around: Frame) -> Iterator[Frame]:
        args = self.ev.collect(call, around)
        for target in self.ev.eval(call.func, around):
            if isinstance(target, FunctionValue) and target.function is function:
                yield self.ev.bind(function, args, target.frame, target.receiver)
            elif function.cls is not None and (
                isinstance(target, Unknown)
                or (isinstance(target, FunctionValue) and target.function.name == function.name)
            ):
                # An override, or a method of what cannot be read that the name alone tells.
                for made in self.instances(function.cls):
                    yield self.ev.bind(function, args, self.ev.definition_frame(function), made)
            elif isinstance(target, ClassValue) and function.name == "__init__":
                made = self.ev.make(target, args, call, around)
                frame = self.ev.method_frame(made, function)
                if frame is not None:
                    yield frame

    def instances(self, cls: ClassInfo) -> list[Instance]:
        """The objects of a class, and of those that inherit from it, that the repository makes."""
        first: list[Instance] = []
        more: list[Instance] = []
        for owner in [cls, *self.ev.subclasses(cls)]:
            made: list[Instance] = []
            for module in self.ev.project.modules_mentioning(owner.name):
                for call, body in module.calls_by_name.get(owner.name, ()):
                    frame = self.ev.owner_frame(body, module)
                    for value in self.ev.eval(call, frame):
                        if isinstance(value, Instance) and value.cls is owner and value not in made:
                            made.append(value)
            if not made and owner is not cls:
                made.append(self.ev.loose_instance(owner))
            # One of each class before the many of any.
            first += made[:1]
            more += made[1:]
        return [*first, *more][: self._most]
