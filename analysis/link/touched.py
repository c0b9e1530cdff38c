"""What a dataset makes at its first sample, where the parent takes one: every worker gets a copy of it."""

from collections.abc import Iterator

from analysis.facts import ir
from analysis.link.conditions import tests_around
from analysis.link.evaluate import Evaluator
from analysis.link.loaders import Loader
from analysis.link.scopes import FunctionInfo, Guard, children, descendants, leaf_name
from analysis.link.values import Frame, Instance, Value

_ASKS_WHO_RUNS = ("get_worker_info", "getpid", "current_process", "parent_process", "register_at_fork")
_ASKS_WHETHER_SET = frozenset({"hasattr", "getattr"})


def made_before_workers(
    ev: Evaluator, loader: Loader, dataset: Value | None, maker: FunctionInfo, guards: tuple[Guard, ...]
) -> bool:
    """Whether the parent runs a method that makes what is not there yet, before the loader has any workers.

    Only where that is plain: on the same object, under no test, and by a class that never asks in which process it is.
    """
    if not isinstance(dataset, Instance) or maker.cls not in ev.mro(dataset.cls):
        return False
    methods = [method for cls in ev.mro(dataset.cls) for method in cls.methods.values()]
    if any(method.mentions(word) for method in methods for word in _ASKS_WHO_RUNS):
        return False
    called = (leaf_name(part.func) for test, _ in guards for part in descendants(test) if isinstance(part, ir.Call))
    if not _ASKS_WHETHER_SET.issuperset(called):
        return False
    return _by_constructor(ev, dataset, maker) or _by_a_sample(ev, loader, dataset)


def _by_constructor(ev: Evaluator, dataset: Instance, maker: FunctionInfo) -> bool:
    """`self.order = self.rng.permutation(n)`, where `rng` is the property that makes the generator."""
    init = ev.find_method(dataset.cls, "__init__")
    if init is None or not init.params or not init.mentions(maker.name) or not isinstance(init.node, ir.FunctionDef):
        return False
    own = init.params[0].name
    return any(
        part.name == maker.name
        and isinstance(part.value, ir.Name)
        and part.value.id == own
        and not tests_around(init.node.body, part.line)
        for part in descendants(init.node.body)
        if isinstance(part, ir.Attr)
    )


def _by_a_sample(ev: Evaluator, loader: Loader, dataset: Instance) -> bool:
    """`print(data[0])` before `DataLoader(data, ...)`."""
    ways = [(loader.call, loader.frame)]
    if isinstance(loader.owner, FunctionInfo):
        ways += ev.callers(loader.owner)
    return any(_is_taken_before(ev, dataset, *way) for way in ways)


def _is_taken_before(ev: Evaluator, dataset: Instance, call: ir.Call, frame: Frame) -> bool:
    """Whether a body takes a sample of a dataset before it makes a loader, or calls what makes it."""
    body = frame.module.facts.body if frame.function is None else getattr(frame.function.node, "body", None)
    if not isinstance(body, ir.Block):
        return False
    passed = tests_around(body, call.line)
    return any(
        dataset in ev.eval(held, frame)
        for held, line in _taken(body)
        if line < call.line and all(test in passed for test in tests_around(body, line))
    )


def _taken(body: ir.Block) -> Iterator[tuple[ir.Expr, int]]:
    """What a sample is taken of, by its number or as the first of all; functions that are defined there run later."""
    pending: list[ir.Node] = [body]
    while pending:
        part = pending.pop()
        if not isinstance(part, ir.FunctionDef | ir.ClassDef | ir.Lambda):
            pending.extend(children(part))
        match part:
            case ir.Sub(value=ir.Name() as held, index=ir.Const(value=int())):
                yield held, part.line
            case ir.Call(
                func=ir.Name(id="next"),
                args=(ir.Call(func=ir.Name(id="iter"), args=(ir.Name() as held,)),),
            ):
                yield held, part.line
            case _:
                pass
