"""Notes the state of a random generator before each draw that a loader's worker makes.

Nothing of the program under test is changed: NumPy's module functions and its two generator classes, Python's `random`
and the drawing functions of torch are replaced by ones that first write down the generator's state. States are compared
and not the numbers drawn, since what is drawn also depends on the data.

Environment: SEEDWATCH_RECORD (the file that events are appended to; without it nothing is recorded),
SEEDWATCH_SEMANTICS (`legacy` leaves NumPy unseeded in workers, as PyTorch did before 1.9), SEEDWATCH_START (a start
method for programs that set none; `forkserver_preloaded` is a fork server that has imported SEEDWATCH_MAIN).

It also runs under Python 3.9, beside a torch of that time.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.abc
import importlib.machinery
import json
import multiprocessing
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

NOT_DRAWS = frozenset({"seed", "get_state", "set_state", "bit_generator", "spawn"})
TORCH_DRAWS = ("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial")
PYTHON_DRAWS = ("random", "randint", "randrange", "uniform", "gauss", "choice", "choices", "sample", "shuffle")


@dataclass
class Here:
    """Where this process is. `loader` is the line that built the loader; `worker` is None in the parent."""

    loader: str = ""
    epoch: int = -1
    worker: int | None = None
    sample: int | str = ""
    fetching: bool = False
    passes: int = 0
    epochs_begun: dict[str, int] = field(default_factory=dict)


here = Here()


def note(draw: str, state: object) -> None:
    """Append one event, if this is a worker that is fetching. One short write, so events of two workers never mix."""
    if not here.fetching or here.worker is None:
        return
    event = [here.loader, here.epoch, here.worker, here.sample, draw, fingerprint(state)]
    target = os.open(os.environ["SEEDWATCH_RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(target, json.dumps(event).encode() + b"\n")
    finally:
        os.close(target)


def fingerprint(state: object) -> str:
    """A digest that is the same for equal states, whichever of the generators they come from."""
    digest = hashlib.blake2b(digest_size=8)
    _feed(digest, state)
    return digest.hexdigest()


def _feed(digest: Any, part: object) -> None:
    if isinstance(part, dict):
        for key in sorted(part):
            _feed(digest, key)
            _feed(digest, part[key])
    elif isinstance(part, (tuple, list)):
        for item in part:
            _feed(digest, item)
    elif hasattr(part, "tobytes"):
        digest.update(part.tobytes())
    else:
        digest.update(repr(part).encode() + b";")


def _recorded(name: str, draw: Callable[..., Any], state: Callable[[], object]) -> Callable[..., Any]:
    @functools.wraps(draw)
    def recorded(*args: Any, **kwargs: Any) -> Any:
        note(name, state())
        return draw(*args, **kwargs)

    return recorded


def _recording_class(base: type, name: str, state: Callable[[Any], object], draws: Sequence[str]) -> type:
    """A subclass of `base` under its own name that notes the state before each of its draws."""

    def overriding(draw: str) -> Callable[..., Any]:
        inherited = getattr(base, draw)

        @functools.wraps(inherited)
        def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
            note(f"{name}.{draw}", state(self))
            return inherited(self, *args, **kwargs)

        return recorded

    return type(name, (base,), {draw: overriding(draw) for draw in draws})


def record_numpy(np_random: ModuleType) -> None:
    """Record the global state's functions, `RandomState` and `Generator`."""
    plain_state, plain_generator, plain_default_rng = np_random.RandomState, np_random.Generator, np_random.default_rng
    for name in (*_draws_of(plain_state), "ranf", "sample"):
        if not hasattr(np_random, name):
            continue
        setattr(np_random, name, _recorded(f"numpy.random.{name}", getattr(np_random, name), np_random.get_state))

    recording_state = _recording_class(plain_state, "RandomState", lambda rng: rng.get_state(), _draws_of(plain_state))
    recording_state.__reduce__ = lambda self: (  # type: ignore[method-assign]
        _again,
        ("RandomState", self._bit_generator),
        self.get_state(legacy=False),
    )
    recording_generator = _recording_class(
        plain_generator, "Generator", lambda rng: rng.bit_generator.state, _draws_of(plain_generator)
    )
    recording_generator.__reduce__ = lambda self: (_again, ("Generator", self.bit_generator))  # type: ignore[method-assign]

    def default_rng(seed: Any = None) -> Any:
        if isinstance(seed, recording_generator):
            return seed
        return recording_generator(plain_default_rng(seed).bit_generator)

    np_random.RandomState = recording_state  # type: ignore[attr-defined]
    np_random.Generator = recording_generator  # type: ignore[attr-defined]
    np_random.default_rng = default_rng  # type: ignore[attr-defined]
    # The object behind the module's functions, which scipy draws from.
    np_random.mtrand._rand = recording_state(np_random.mtrand._rand._bit_generator)


def _draws_of(generator: type) -> list[str]:
    return [name for name in dir(generator) if not name.startswith("_") and name not in NOT_DRAWS]


def _again(name: str, bit_generator: object) -> object:
    """A pickled generator in the process that unpickles it (`__reduce__` needs a function that can be imported)."""
    return getattr(sys.modules["numpy.random"], name)(bit_generator)


def record_python() -> None:
    """Record the module `random`, and `random.Random` objects through the two methods that all others draw with."""
    for name in PYTHON_DRAWS:
        setattr(random, name, _recorded(f"random.{name}", getattr(random, name), random.getstate))
    kept = _recording_class(random.Random, "Random", lambda rng: rng.getstate(), ("random", "getrandbits"))
    kept.__module__ = "random"
    random.Random = kept  # type: ignore[misc]


def record_torch(torch: ModuleType) -> None:
    """Record torch's drawing functions, with the generator they are given or the default one."""

    def recording(name: str) -> Callable[..., Any]:
        plain = getattr(torch, name)

        @functools.wraps(plain)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            generator = kwargs.get("generator") or torch.default_generator
            note(f"torch.{name}", generator.get_state().numpy())
            return plain(*args, **kwargs)

        return recorded

    for name in TORCH_DRAWS:
        setattr(torch, name, recording(name))


class WorkerLoop:
    """What a worker process starts with instead of torch's own loop, which it goes on to; picklable for spawn."""

    def __init__(self, loader: str, epoch: int, legacy: bool) -> None:
        self.loader, self.epoch, self.legacy = loader, epoch, legacy

    def __call__(self, *args: Any) -> None:
        from torch.utils.data._utils import worker

        here.loader, here.epoch, here.passes = self.loader, self.epoch, 0
        here.worker = args[10]
        # The one thing that PyTorch 1.9 changed; `_worker_loop` reads it when it is called.
        worker.HAS_NUMPY = not self.legacy
        plain_worker_loop()(*args)


@functools.cache
def plain_worker_loop() -> Callable[..., None]:
    """Torch's own loop, as it was before `record_loader` replaced it."""
    from torch.utils.data._utils import worker

    return worker._worker_loop


class Announced(list[int]):
    """A batch's indices that say which of them is being fetched."""

    def __iter__(self) -> Iterator[int]:
        for position, index in enumerate(super().__iter__()):
            here.sample = position if index is None else index
            yield index
        here.sample = "collate"


def record_loader(data: ModuleType) -> None:
    """Record when an epoch begins, in which worker, and what is being fetched."""
    from torch.utils.data._utils import fetch, worker

    plain_worker_loop()
    plain_init, plain_iter = data.DataLoader.__init__, data.DataLoader.__iter__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        caller = sys._getframe(1)
        self.built_at = f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        plain_init(self, *args, **kwargs)

    def begin_epoch(self: Any) -> Any:
        epoch = here.epochs_begun.get(self.built_at, -1) + 1
        here.epochs_begun[self.built_at] = epoch
        legacy = os.environ["SEEDWATCH_SEMANTICS"] == "legacy"
        worker._worker_loop = WorkerLoop(self.built_at, epoch, legacy)
        return plain_iter(self)

    data.DataLoader.__init__, data.DataLoader.__iter__ = functools.wraps(plain_init)(init), begin_epoch
    for fetcher in (fetch._MapDatasetFetcher, fetch._IterableDatasetFetcher):
        _record_fetcher(fetcher)


def _record_fetcher(fetcher: type) -> None:
    plain_init, plain_fetch = fetcher.__init__, fetcher.fetch  # type: ignore[attr-defined]

    def init(self: Any, *args: Any) -> None:
        # A worker that lives on makes a new fetcher for each epoch and is told nothing else.
        if here.worker is not None and here.passes > 0:
            here.epoch += 1
        here.passes += 1
        here.fetching, here.sample = True, "iter"
        try:
            plain_init(self, *args)
        finally:
            here.fetching = False

    def fetch(self: Any, index: Any) -> Any:
        here.fetching = True
        try:
            return plain_fetch(self, Announced(index) if isinstance(index, list) else index)
        finally:
            here.fetching = False

    fetcher.__init__, fetcher.fetch = init, fetch  # type: ignore[attr-defined, misc]


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls a recorder on a module as soon as the module itself has run, before any importer sees it.

    Importing NumPy here at once would not do: a fork server would then hand its state to every worker.
    """

    recorders: dict[str, Callable[[ModuleType], None]] = {  # noqa: RUF012
        "numpy.random": record_numpy,
        "torch": record_torch,
        "torch.utils.data": record_loader,
    }

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self.recorders:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        plain_exec = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            plain_exec(module)
            self.recorders[name](module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install_on_import() -> None:
    """Record from now on, in this process and its children."""
    if "SEEDWATCH_RECORD" not in os.environ:
        return
    record_python()
    sys.meta_path.insert(0, _AfterImport())
    start = os.environ.get("SEEDWATCH_START")
    if start and multiprocessing.get_start_method(allow_none=True) is None and multiprocessing.parent_process() is None:
        if start == "forkserver_preloaded":
            multiprocessing.set_forkserver_preload(["preloaded_main"])
        multiprocessing.set_start_method(start.removesuffix("_preloaded"))
