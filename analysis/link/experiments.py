"""Loaders that a framework makes of the datasets that it asks an object for: those of catalyst's experiments."""

from collections.abc import Iterator

from msgspec.structs import replace

from analysis.catalog.loaders import EXPERIMENT_DATASETS, EXPERIMENT_LOADER, EXPERIMENTS
from analysis.facts import ir
from analysis.link.evaluate import Evaluator
from analysis.link.loaders import Loader
from analysis.link.scopes import FunctionInfo
from analysis.link.values import Argument, Mapping, Unknown, Values, union
from analysis.link.workers import WorkerReader


class ExperimentLoaders:
    """Finds the methods that give datasets."""

    def __init__(self, evaluator: Evaluator, workers: WorkerReader) -> None:
        self.ev = evaluator
        self.workers = workers

    def find(self) -> Iterator[Loader]:
        """A loader for each such method, with all the datasets that it gives."""
        if not self.ev.project.mentioning(EXPERIMENTS.rstrip(".")):
            return
        for module in self.ev.project.modules_mentioning(EXPERIMENT_DATASETS):
            for cls in module.classes:
                method = cls.methods.get(EXPERIMENT_DATASETS)
                bases = self.ev.external_bases(cls) if method is not None else []
                if method is not None and any(base.startswith(EXPERIMENTS) for base in bases):
                    self.ev.refresh()
                    yield from self._loader(method)

    def _loader(self, method: FunctionInfo) -> Iterator[Loader]:
        frame = self.ev.loose_frame(method)
        datasets = self._datasets(self.ev.returned(method, frame))
        if not datasets:
            return
        asked = Argument(None, frame, (Unknown("from configuration", "num_workers"),))
        workers = self.workers.read(asked, 0)
        yield Loader(
            module=method.module,
            call=ir.Call(ir.Name(EXPERIMENT_DATASETS, method.line), (), (), method.line),
            owner=method,
            frame=frame,
            spec=EXPERIMENT_LOADER,
            datasets=datasets,
            workers=replace(workers, kind="default") if workers.kind == "literal" else workers,
            collate=(),
            worker_init=(),
            worker_init_given=False,
            persistent=False,
            endless=False,
            start=None,
            generator=(),
            train=True,
            in_loop=False,
        )

    def _datasets(self, values: Values) -> Values:
        """What is given itself, or in a dict by the names of the parts."""
        inner = [self.ev.argument(each) for value in values if isinstance(value, Mapping) for _, each in value.items]
        return union(tuple(value for value in values if not isinstance(value, Mapping)), *inner)
