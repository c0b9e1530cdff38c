"""A loader as it was read."""

import msgspec

from analysis.catalog.loaders import LoaderSpec
from analysis.facts import ir
from analysis.link.scopes import ClassInfo, FunctionInfo, Module
from analysis.link.values import Constant, Frame, Values
from analysis.link.workers import WorkerCount
from analysis.report import StartMethod


class Loader(msgspec.Struct, frozen=True, eq=False):
    """One loader call in one context. `place` is where the call begins.

    `endless`: its iterator is made once and kept, so that its workers live on as persistent ones do. `in_loop`: it is
    built anew in each epoch, and its workers with it. `unused`: nothing in the repository makes it.
    """

    module: Module
    call: ir.Call
    owner: "FunctionInfo | ClassInfo | None"
    frame: Frame
    spec: LoaderSpec
    datasets: Values
    workers: WorkerCount
    collate: Values
    worker_init: Values
    worker_init_given: bool
    persistent: bool
    endless: bool
    start: StartMethod | None
    generator: Values
    train: bool
    in_loop: bool
    unused: bool = False

    @property
    def place(self) -> str:
        return self.module.place(self.call.line)


def is_set(values: Values) -> bool:
    return any(not (isinstance(value, Constant) and value.value is None) for value in values)


def is_true(values: Values) -> bool:
    """Whether an argument is true in every way it can be read."""
    constants = [value for value in values if isinstance(value, Constant)]
    return bool(constants) and all(bool(value.value) for value in constants)


def start_word(value: object) -> StartMethod | None:
    """The start method that a constant names."""
    return value if value in ("fork", "spawn", "forkserver") else None
