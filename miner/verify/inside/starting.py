"""What a worker that starts afresh (spawn, a fork server) does before its `worker_init_fn`, done in a forked one.

It imports NumPy with new entropy and the repository's modules anew, their own seeding and their own generators with
them, before torch seeds it. Its dataset comes pickled: generators that are kept there have the states that they had.
"""

import ast
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data._utils import worker as torch_worker

from miner.verify.inside import device
from miner.verify.inside.forced import seeds
from miner.verify.inside.importing import RepositoryFinder, run_statement
from miner.verify.inside.notes import notes


@dataclass(frozen=True, slots=True)
class _Again:
    """Statements of a module, or of a class of it, that seed or make a generator."""

    path: str
    names: dict[str, Any]
    statements: Sequence[ast.stmt]
    owner: type | None = None

    def run(self) -> None:
        names = self.names if self.owner is None else dict(self.names)
        for statement in self.statements:
            before = dict(names)
            run_statement(statement, self.path, names)
            for name in names if self.owner is not None else ():
                if names[name] is not before.get(name):
                    setattr(self.owner, name, names[name])


@dataclass(frozen=True, slots=True)
class Start:
    """How workers start. Called in each of them, after torch's own seeding and before the `worker_init_fn`."""

    method: str
    again: Sequence[_Again] = ()

    def __call__(self) -> None:
        if self.method == "fork":
            return
        device.give_back()
        seeded = np.random.get_state(), random.getstate(), torch.get_rng_state()
        np.random.seed()
        for each in self.again:
            each.run()
        # Modules are imported first and torch seeds after that; before 1.9 it left NumPy as it was.
        if vars(torch_worker)["HAS_NUMPY"]:
            np.random.set_state(seeded[0])
        random.setstate(seeded[1])
        torch.set_rng_state(seeded[2])


def start_of(method: str, finder: RepositoryFinder) -> Start:
    """How workers of a loader start, once the modules that they use are imported."""
    if method == "fork":
        return Start(method)
    notes.emulated[f"start by {method}"] = None
    return Start(method, [each for path in list(finder.by_path) for each in _of_module(path, finder)])


def _of_module(path: str, finder: RepositoryFinder) -> list[_Again]:
    tree, names = finder.tree(path), finder.by_path[path].__dict__
    body = tree.body if tree is not None else []
    found = [_Again(path, names, _seeding(body))]
    for statement in body:
        owner = names.get(statement.name) if isinstance(statement, ast.ClassDef) else None
        if isinstance(statement, ast.ClassDef) and isinstance(owner, type):
            found.append(_Again(path, names, _seeding(statement.body), owner))
    return [each for each in found if each.statements]


def _seeding(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    simple = (statement for statement in body if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr))
    return [statement for statement in simple if seeds(statement)]
