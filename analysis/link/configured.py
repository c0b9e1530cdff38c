"""Loaders that are written as configuration and built by a framework: `train_dataloader = dict(num_workers=4, ...)`.

mmengine's `Runner.build_dataloader` reads them, from a configuration or from the call that makes the `Runner`. Its
workers' NumPy seed is `num_workers * rank + worker_id + seed`, the same in each epoch, unless the workers live on.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from msgspec.structs import replace

from analysis.catalog.loaders import loader_spec
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.loaders import Loader, is_true
from analysis.link.scopes import Module, Owner
from analysis.link.values import Argument, Mapping, Values
from analysis.link.workers import WorkerReader

BUILDER = "mmengine.runner.Runner.build_dataloader"
MOST_DEEP = 3
"""Dicts within a description that are merged: a dataset, and those around which others are put."""
MOST_LOADERS = 60
NAMES = ("train_dataloader", "val_dataloader", "test_dataloader")

_Items: TypeAlias = "dict[str | int | None, Argument]"

_ASSIGNED = re.compile(rb"\b(?:train|val|test)_dataloader[ \t]*=[ \t]*(?:dict\(|\w{1,80}[ \t]*[,)\r\n])")


class ConfiguredLoaders:
    """Finds the loaders in a project's configuration files in Python."""

    def __init__(self, evaluator: Evaluator, workers: WorkerReader) -> None:
        self.ev = evaluator
        self.workers = workers

    def find(self) -> Iterator[Loader]:
        """A loader for each complete description: one that has its dataset and its workers."""
        if not self.ev.project.mentioning("mmengine"):
            return
        persistent = self._persistent_by_default()
        count = 0
        for path in self._paths():
            module = None if count >= MOST_LOADERS else self.ev.project.module(path)
            if module is None:
                continue
            for name, node, owner in _descriptions(module):
                self.ev.refresh()
                loader = self._loader(module, node, owner, name, persistent=persistent)
                if loader is not None:
                    count += 1
                    yield loader

    def _paths(self) -> list[str]:
        """The configurations with loaders, each that names a dataset or a step which none before it does first."""
        first: list[str] = []
        more: list[str] = []
        seen: set[str] = set()
        for path in self.ev.project.mentioning("num_workers"):
            if _ASSIGNED.search(self.ev.project.texts[path]):
                named = self.ev.registries.named_in(path)
                (more if named <= seen else first).append(path)
                seen |= named
        return first + more

    def _loader(self, module: Module, node: ir.Call, owner: Owner, name: str, *, persistent: bool) -> Loader | None:
        frame = self.ev.owner_frame(owner, module)
        described = [value for value in self.ev.eval(node, frame) if isinstance(value, Mapping)]
        spec = loader_spec(BUILDER)
        assert spec is not None
        named = dict(described[0].items) if described else {}
        if "dataset" not in named or spec.workers not in named:
            return None
        if owner is None:
            named = self._with_bases(named, self.ev.of_bases(name, frame))

        def values(key: str) -> Values:
            return self.ev.argument(named[key]) if key in named else ()

        workers = self.workers.read(named[spec.workers], 0)
        return Loader(
            module=module,
            call=node,
            owner=owner,
            frame=frame,
            spec=spec,
            datasets=self.ev.registries.built("DATASETS", values("dataset")),
            # Another configuration, or an option of the launcher, may set another number.
            workers=replace(workers, kind="default") if workers.kind == "literal" else workers,
            collate=(),
            worker_init=(),
            worker_init_given=False,
            persistent=is_true(values("persistent_workers")) if "persistent_workers" in named else persistent,
            endless=False,
            start=None,
            generator=(),
            train=name == NAMES[0],
            in_loop=False,
        )

    def _with_bases(self, own: _Items, bases: Iterable[Values], deep: int = MOST_DEEP) -> _Items:
        """A description with what those that it builds on have besides: dicts are merged, as mmengine does it."""
        named = dict(own)
        for values in bases:
            for key, argument in _items(values) if "_delete_" not in named else ():
                mine = _items(self.ev.argument(named[key])) if deep and key in named else ()
                if key not in named:
                    named[key] = argument
                elif mine:
                    merged = self._with_bases(dict(mine), (self.ev.argument(argument),), deep - 1)
                    named[key] = Argument(None, None, (Mapping(tuple(merged.items())),))
        return named

    def _persistent_by_default(self) -> bool:
        """Whether a program, which is no configuration itself, merges `persistent_workers=True` into them all."""
        launchers = set(self.ev.project.mentioning("fromfile"))
        for path in self.ev.project.mentioning("persistent_workers"):
            if path not in launchers:
                continue
            module = self.ev.project.module(path)
            for name in ("dict", "ConfigDict"):
                for call, _ in () if module is None else module.calls_by_name.get(name, ()):
                    given = {keyword.name: keyword.value for keyword in call.keywords}
                    value = given.get("persistent_workers")
                    if isinstance(value, ir.Const) and value.value is True and "dataset" not in given:
                        return True
        return False


def _items(values: Values) -> tuple[tuple[str | int | None, Argument], ...]:
    return next((value.items for value in values if isinstance(value, Mapping)), ())


def _descriptions(module: Module) -> Iterator[tuple[str, ir.Call, Owner]]:
    for name in NAMES:
        for binding in module.scope.bindings.get(name, ()):
            if isinstance(binding.node, ir.Call):
                yield name, binding.node, None
    for call, owner in module.calls_by_name.get("Runner", ()):
        for keyword in call.keywords:
            if keyword.name in NAMES:
                yield from ((keyword.name, node, owner) for node in _written(keyword.value, owner, module))


def _written(given: ir.Expr, owner: Owner, module: Module) -> Iterator[ir.Call]:
    """The description that a runner is handed, in the call or under another name of the same body."""
    if isinstance(given, ir.Call):
        yield given
    elif isinstance(given, ir.Name) and (owner is not None or given.id not in NAMES):
        scope = module.scope if owner is None else owner.scope
        yield from (one.node for one in scope.bindings.get(given.id, ()) if isinstance(one.node, ir.Call))
