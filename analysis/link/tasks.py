"""Datasets that a task keeps for its framework, which makes the loaders: fairseq's `self.datasets[split] = ...`."""

from collections.abc import Iterator

import msgspec

from analysis.catalog.loaders import TASK_DATASETS, TASKS
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.scopes import FunctionInfo, Module

_NEEDLE = TASKS.partition(".")[0].encode()


class Kept(msgspec.Struct, frozen=True):
    """What a method of a task keeps as a dataset; `call` makes it, or stands for the line that keeps it."""

    module: Module
    method: FunctionInfo
    dataset: ir.Expr
    call: ir.Call


def kept_by_tasks(evaluator: Evaluator) -> Iterator[Kept]:
    """What the repository's tasks keep, file by file."""
    keeping = TASK_DATASETS.encode()
    for path, text in sorted(evaluator.project.texts.items()):
        module = evaluator.project.module(path) if _NEEDLE in text and keeping in text else None
        for cls in module.classes if module is not None else ():
            if any(base.startswith(TASKS) for base in evaluator.external_bases(cls)):
                for method in cls.methods.values():
                    yield from _kept_by(method)


def _kept_by(method: FunctionInfo) -> Iterator[Kept]:
    if not method.params or not method.mentions(TASK_DATASETS):
        return
    for change in method.scope.changes.get(f"{method.params[0].name}.{TASK_DATASETS}", ()):
        for dataset in change.values if change.how == "item" else ():
            call = dataset if isinstance(dataset, ir.Call) else ir.Call(dataset, (), (), change.line)
            yield Kept(method.module, method, dataset, call)
