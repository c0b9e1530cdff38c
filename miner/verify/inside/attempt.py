"""One attempt at one finding, on one rung: build the loader, run its workers under old and new torch, hand over
what was noted.

R1 runs the repository's own dataset, its modules imported statement by statement. R2 is the same with functions
that go on where a statement fails. R3 calls the drawing function on its own, R4 draws bare from its generator; both
in this loader's workers, after its own reseeding.
"""

import fcntl
import functools
import inspect
import json
import os
import random
import re
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torch.utils.data._utils import worker as torch_worker

from miner.verify.inside import device, importing, readers, recorder, resolving
from miner.verify.inside.building import Builder, Loader
from miner.verify.inside.carrying import Carried, packed
from miner.verify.inside.entering import not_entered
from miner.verify.inside.forced import seeds
from miner.verify.inside.notes import REPOSITORY, TimeIsUp, notes, time_limit
from miner.verify.inside.reach import doubtful, drew, drew_everywhere
from miner.verify.inside.site import Site, hanging, objects_in, prepare, rests_on_making, run_seeds
from miner.verify.inside.sources import Sources, scopes_at
from miner.verify.inside.starting import Start, start_of
from miner.verify.inside.stub import Stub, Truth, Watch, is_code, is_stub, stub_name

EPOCHS, SAMPLES, BATCH = 3, 16, 2
SAMPLE_SECONDS, EPOCH_SECONDS, WORKER_SECONDS, LOADER_SECONDS = 2.0, 0.6, 6.0, 14.0
CUDA_SECONDS = 20.0
"""More, where a worker may start CUDA."""
MOST_SITES = 4
MOST_EVENTS = 12
MOST_NOTES, NOTES_AT_ONCE = 32, 4
MOST_RECORDED = 32 * 2**20
HIGH = 300
"""Descriptors from here on are out of the way of code that closes small numbers."""
_MOVES = 1_000
"""Numbers that a parent draws between epochs where the finding says that it moves its state: more than a state
block of 624 words."""


@dataclass(slots=True)
class Work:
    """What a worker does for one sample, the dataset that the repository's code finds in it, and how it starts."""

    perform: Any
    dataset: Any
    start: Start = field(default_factory=lambda: Start("fork"))


class Record:
    """What the workers of one run wrote down: a file in memory that has no name, which they inherit."""

    descriptor = -1


class Direct(Dataset[Any]):
    """Runs the work where a dataset would be asked for a sample. Indices are (epoch, number). The sample itself is
    handed on where it `carries`."""

    def __init__(self, work: Work, *, carries: bool = False) -> None:
        self.work = work
        self.carries = carries
        self.too_slow = False
        self.spent = (0, 0.0)

    def __getitem__(self, index: tuple[int, int]) -> Any:
        epoch, number = index
        info = torch.utils.data.get_worker_info()
        if self.too_slow or (self.spent[0] == epoch and self.spent[1] > EPOCH_SECONDS + _more()):
            return 0  # one sample that takes too long is enough, and so are a few that take long
        began = time.process_time()
        passed, value = len(notes.swallowed), None
        worker, seconds = info.id if info else 0, SAMPLE_SECONDS + _more()
        try:
            with recorder.sample(Record.descriptor, epoch, worker, number), time_limit(seconds):
                value = self.work.perform(epoch, number)
        except (TimeIsUp, SystemExit) as error:
            self.too_slow = isinstance(error, TimeIsUp)
            if self.too_slow:
                _note({"slow": "yes"})
            notes.swallow(error, "sample")
        self.spent = (epoch, time.process_time() - began + (self.spent[1] if self.spent[0] == epoch else 0.0))
        for name, fresh in (
            ("passed", list(notes.swallowed)[passed:]),
            ("decided", list(notes.decided)),
            ("unseeded", list(notes.unseeded)),
            ("device", list(notes.device)),
        ):
            for start in range(0, min(len(fresh), MOST_NOTES), NOTES_AT_ONCE):
                _note({name: fresh[start : min(start + NOTES_AT_ONCE, MOST_NOTES)]})
        return value if self.carries else 0


def _more() -> float:
    return CUDA_SECONDS if device.here.kind == "cuda" else 0.0


@dataclass(slots=True)
class Init:
    """The repository's `worker_init_fn`, with its own dataset to be found in the worker."""

    function: Any
    dataset: Any
    start: Start
    second: int = 0

    def __call__(self, worker: int) -> None:
        notes.decided.clear()  # what was guessed before this worker is told by its parent
        self.start()
        if torch_worker._worker_info is not None:
            object.__setattr__(torch_worker._worker_info, "dataset", self.dataset)
        if self.function is None:
            return
        Watch.used.clear()
        Watch.on = True
        clock = time.time
        # Workers start within the same second, however busy this machine is; the fraction is the clock's own.
        time.time = lambda: self.second + clock() % 1
        try:
            self.function(worker)
        except Exception as error:  # noqa: BLE001 - a worker that dies here draws nothing
            _note({"init_failed": f"{type(error).__name__}: {str(error)[:160]}"})
        finally:
            time.time = clock
        Watch.on = False
        if Watch.used:
            _note({"init_used": sorted(Watch.used)[:8]})


def _note(line: dict[str, Any]) -> None:
    os.write(Record.descriptor, json.dumps(line).encode()[:3900] + b"\n")


class Order(torch.utils.data.Sampler[tuple[int, int]]):
    """The indices of one epoch after the other."""

    def __init__(self) -> None:
        self.epoch = -1

    def __iter__(self) -> Iterator[tuple[int, int]]:
        self.epoch += 1
        return iter([(self.epoch, number) for number in range(SAMPLES)])

    def __len__(self) -> int:
        return SAMPLES


def attempt(pair: dict[str, Any], sources: Sources, rung: str) -> dict[str, Any]:
    """Makes one attempt and returns what it saw, ready for JSON."""
    started = time.monotonic()
    loader_path, loader_line = sources.place(*pair["loader"])
    draws = [
        dict(draw, path=place[0], line=place[1])
        for draw in pair["draws"]
        for place in [sources.place(draw["path"], draw["line"])]
    ]
    entry_path, entry_line = sources.place(*pair["entry"])
    finder = importing.RepositoryFinder(sources, [loader_path, entry_path], rewritten=rung == "R2")
    begin(finder, pair["start"])
    builder = Builder(finder, sources, wanted=frozenset(pair["classes"]))
    answer: dict[str, Any] = {"rung": rung, "runs": {}, "unresolved": [], "assumed": [], "loader": None}
    loader = _chosen(builder.loaders(loader_path, loader_line), pair)
    if loader is not None and resolving.without_workers(loader, pair):
        loader = _with_gpu(builder, (loader_path, loader_line), pair, loader, answer)
    if loader is None:
        answer["unresolved"].append("the loader's call was not reached")
    else:
        loader = _seeded(loader, builder, (loader_path, loader_line), pair, answer)
        loader = _decided(loader, builder, (loader_path, loader_line), pair, answer)
        answer["loader"] = _described(loader)
        answer["unresolved"] += resolving.unresolved(loader, pair, sources)
        answer["assumed"] += resolving.assumed(loader, pair, sources)
        work = _work(rung, loader, builder, pair, draws, (entry_path, entry_line), answer)
        if work is not None and not answer["unresolved"]:
            work.start = start_of(pair["start"], builder.finder)
            workers_own = [*draws, *resolving.place_of_init(loader)]
            moves = pair["inherits"] and resolving.parent_may_draw(workers_own, sources, list(builder.finder.by_path))
            pair = {**pair, "inherits": moves}
            answer["runs"] = _sure_first(work, loader, pair, builder, draws, answer)
            _guess_otherwise(work, loader, pair, draws, answer)
            if rung == "R3" and not drew_everywhere(answer["runs"], pair["workers"]):
                work.perform = replace(work.perform, bare=True)
                bare = _runs(work, loader, pair, _flagged(draws))
                if drew(bare) or not drew(answer["runs"]):
                    answer["rung"], answer["runs"] = "R4", bare
            if device.here.kind and drew(answer["runs"]):
                answer["runs"]["pinned"] = _run(work, loader, pair, "pinned", _flagged(draws))
    answer["assumed"] += builder.assumed
    answer.update(
        parsed=sources.parsed(),
        stubs=list(notes.stubs),
        swallowed=list(notes.swallowed),
        decided=list(notes.decided),
        emulated=list(notes.emulated),
        device=list(notes.device),
        seconds=round(time.monotonic() - started, 3),
        megabytes=_megabytes(),
    )
    return answer


def _runs(work: Work, loader: Loader, pair: dict[str, Any], flagged: set[tuple[str, int]]) -> dict[str, Any]:
    runs: dict[str, Any] = {}
    for name in ("legacy", "modern", "again", *(("moved",) if pair["inherits"] else ())):
        runs[name] = _run(work, loader, pair, name, flagged)
        if not any(sample["f"] for sample in runs[name]["samples"]):
            break
    return runs


def _sure_first(
    work: Work,
    loader: Loader,
    pair: dict[str, Any],
    builder: Builder,
    draws: Sequence[dict[str, Any]],
    answer: dict[str, Any],
) -> dict[str, Any]:
    """The runs, and what it rests on that they come to the draws. Of drawing lines on their own those first that the
    loader surely comes to; where they do not draw, all of them."""
    flagged = _flagged(draws)
    if not isinstance(work.perform, _Sites):
        runs = _runs(work, loader, pair, flagged)
        objects = objects_in(work.dataset) + objects_in(loader.get("collate_fn"))
        guessed = {*notes.decided, *_guesses(runs)}
        tried = draws[:MOST_SITES] if drew(runs) else []
        hangs_on = [hanging(builder, draw, objects, guessed=guessed) for draw in tried]
        answer["assumed"] += [said for said in hangs_on[:1] if said and all(hangs_on)]
        return runs
    every = work.perform
    hangs_on = [site.hangs_on for site in every.sites if site.hangs_on]
    if hangs_on and len(hangs_on) < len(every.sites):
        work.perform = replace(every, sites=[site for site in every.sites if not site.hangs_on])
        runs = _runs(work, loader, pair, flagged)
        work.perform = every
        if drew_everywhere(runs, pair["workers"]):
            return runs
    answer["assumed"] += hangs_on[:1]
    return _runs(work, loader, pair, flagged)


def _guess_otherwise(
    work: Work, loader: Loader, pair: dict[str, Any], draws: Sequence[dict[str, Any]], answer: dict[str, Any]
) -> None:
    """What a sample does may hang on a guess, and so may a seed that is not known: the other way, where no draw was
    reached, or only after such a seed."""
    guessed, first = sorted(_guesses(answer["runs"])), answer["runs"]
    if not guessed or (drew(first) and not doubtful(first)):
        return
    Truth.value = False
    other = _runs(work, loader, pair, _flagged(draws))
    Truth.value = True
    if not drew(other) or (drew(first) and doubtful(other)):
        return
    answer["runs"] = other
    if drew(first):
        answer["assumed"].append(f"nothing being seeded by what is asked at {', '.join(guessed[:3])}")


def _guesses(runs: dict[str, Any]) -> set[str]:
    """Places whose truth the workers guessed."""
    return {place for run in runs.values() for note in run["notes"] for place in note.get("decided") or []}


def begin(finder: importing.RepositoryFinder, start: str = "fork") -> None:
    """Makes this process one that runs the repository: recorded, with stand-ins, from new entropy. `start` is how its
    loader's workers start."""
    os.chdir("/repo")
    recorder.install()
    readers.install()
    device.install(start)
    importing.install(finder)
    # A new process starts from new entropy, and this one is a copy of the zygote.
    random.seed()
    np.random.seed()
    torch.seed()
    for name in ("is_initialized",):
        if hasattr(torch.distributed, name):
            setattr(torch.distributed, name, lambda: False)
    _samplers_without_group()


def _samplers_without_group() -> None:
    """A `DistributedSampler` without a process group is one of a group of one."""
    from torch.utils.data.distributed import DistributedSampler

    plain = DistributedSampler.__init__

    def init(self: Any, dataset: Any, num_replicas: Any = None, rank: Any = None, *args: Any, **kwargs: Any) -> None:
        one = not isinstance(num_replicas, int) or not isinstance(rank, int)
        plain(self, dataset, *((1, 0) if one else (num_replicas, rank)), *args, **kwargs)

    DistributedSampler.__init__ = init  # type: ignore[method-assign]


def _chosen(loaders: Iterator[Loader], pair: dict[str, Any]) -> Loader | None:
    """The loader as the finding means it: with its dataset, with a `worker_init_fn` where it says that there is one,
    and with one worker only where it says so."""
    best, fit = None, (False, False, False, -100)
    with suppress(TimeIsUp), time_limit(LOADER_SECONDS):
        for loader in loaders:
            seeded = (loader.get("worker_init_fn") is not None) == pair["init_expected"]
            names = {type(each).__name__ for each in objects_in(loader.get("dataset"), most=30)}
            single = loader.get("num_workers") == 1
            own = (bool(names & set(pair["classes"])), seeded, single == (pair["workers"] == 1), -len(loader.stubs))
            if best is None or own > fit:
                best, fit = loader, own
            if own >= (True, True, True, 0):
                break
    return best


def _seeded(
    loader: Loader, builder: Builder, place: tuple[str, int], pair: dict[str, Any], answer: dict[str, Any]
) -> Loader:
    """The loader as callers outside of the repository make it, where the finding says that there is a
    `worker_init_fn` and the defaults give none (`seed=None`)."""
    if not pair["init_expected"] or loader.get("worker_init_fn") is not None:
        return loader
    builder.open_defaults = True
    other = _chosen(builder.loaders(*place), pair)
    builder.open_defaults = False
    if other is None or other.get("worker_init_fn") is None or is_stub(other.get("worker_init_fn")):
        return loader
    answer["assumed"] = ["a parameter being given whose default is None, without which there is no worker_init_fn"]
    return other


def _with_gpu(
    builder: Builder, place: tuple[str, int], pair: dict[str, Any], loader: Loader, answer: dict[str, Any]
) -> Loader:
    """The loader as a machine with a GPU makes it, where one without gives it no workers and the finding says that
    there are some (`num_workers=4 if torch.cuda.is_available() else 0`). Modules may have asked too: all are new."""
    old, told = builder.finder, torch.cuda.is_available
    builder.finder, builder.known = importing.afresh(old), {}
    torch.cuda.is_available = lambda: True
    other = _chosen(builder.loaders(*place), pair)
    torch.cuda.is_available = told
    if other is None or resolving.without_workers(other, pair):
        return loader
    answer["assumed"].append("a GPU being there, without which this loader has no workers")
    return other


def _decided(
    loader: Loader, builder: Builder, place: tuple[str, int], pair: dict[str, Any], answer: dict[str, Any]
) -> Loader:
    """Builds the loader again with every guess the other way; where that makes another `worker_init_fn`, or a sampler
    that is known in place of one that is not, says so.

    Returns the one that the finding means.
    """
    guessed = list(notes.decided)
    if not guessed:
        return loader
    Truth.value = False
    other = _chosen(builder.loaders(*place), pair)
    Truth.value = True
    if other is None:
        return loader
    if _shown(other.get("worker_init_fn")) == _shown(loader.get("worker_init_fn")):
        known = not resolving.unresolved(other, pair, builder.sources)
        if not known or not resolving.unresolved(loader, pair, builder.sources):
            return loader
        answer["depends"] = guessed[:4]
        return other
    answer["depends"] = guessed[:4]
    expected = [one for one in (loader, other) if (one.get("worker_init_fn") is not None) == pair["init_expected"]]
    return expected[0] if expected else loader


def _described(loader: Loader) -> dict[str, Any]:
    return {
        name: _shown(value)
        for name, value in loader.arguments.items()
        if name
        in {
            "dataset",
            "worker_init_fn",
            "sampler",
            "batch_sampler",
            "generator",
            "num_workers",
            "persistent_workers",
            "collate_fn",
        }
    }


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if inspect.isroutine(value) and hasattr(value, "__code__"):
        code = value.__code__
        if not code.co_filename.startswith(REPOSITORY):
            return f"{value.__name__} (emulated)"
        return f"{value.__qualname__} ({code.co_filename.removeprefix('/repo/')}:{code.co_firstlineno})"
    if isinstance(value, functools.partial):
        given = [*map(_shown, value.args), *(f"{name}={_shown(each)}" for name, each in value.keywords.items())]
        return f"{_shown(value.func)} with {', '.join(map(str, given))}"
    return f"<stub {value._name}>" if isinstance(value, Stub) else type(value).__name__


def _work(
    rung: str,
    loader: Loader,
    builder: Builder,
    pair: dict[str, Any],
    draws: list[dict[str, Any]],
    entry: tuple[str, int],
    answer: dict[str, Any],
) -> Work | None:
    dataset = loader.get("dataset")
    if rung in {"R1", "R2"}:
        if not _usable(dataset):
            dataset = _made(builder, entry[0], pair["classes"], dataset)
            answer["built_apart"] = True
            rests = all(rests_on_making(builder, draw, dataset) for draw in draws[:MOST_SITES])
            told = builder.how_made(type(dataset).__name__) if rests else None
            answer["assumed"] += filter(None, [told or _unseen(loader.get("dataset"), dataset)])
        if is_stub(dataset) and not dataset._kept:
            answer["why"] = "the dataset was not built"
            return None
        return Work(_Asking(dataset, loader.get("collate_fn")), dataset)
    own, apart = objects_in(dataset) + objects_in(loader.get("collate_fn")), []
    if not any(type(each).__name__ in pair["classes"] for each in own):
        made = _made(builder, entry[0], pair["classes"], Stub("dataset"))
        apart = [] if is_stub(made) else objects_in(made)
        dataset = made if is_stub(dataset) else dataset
    prepared = [prepare(builder, draw, own, apart) for draw in draws[:MOST_SITES]]
    sites = [site for site in prepared if site is not None]
    for site in sites if apart else []:
        site.hangs_on = site.hangs_on or _unseen(loader.get("dataset"), apart[0])
    if not sites:
        answer["why"] = "the drawing line was not found"
        return None
    answer["assumed"] += filter(None, [not_entered(loader, builder.sources, *entry)])
    run = run_seeds(sites)
    skipped = _skipped_seeds(builder.sources, draws[:MOST_SITES])
    answer["skipped_seeds"] = [place for place in skipped if place not in run]
    return Work(_Sites(sites, bare=False), dataset)


def _made(builder: Builder, path: str, names: Sequence[str], otherwise: Any) -> Any:
    """An object of the first of these classes that the repository defines, nearest file first."""
    for name in names:
        for place in [path, *(other for other in builder.sources.python() if other != path)]:
            if f"class {name}".encode() in builder.sources.files[place]:
                made = builder.instance(place, name)
                if not is_stub(made):
                    return made
    return otherwise


def _unseen(dataset: Any, made: Any) -> str | None:
    """What it rests on that a loader, whose dataset was not had, holds one like that which was `made` apart: None
    where what stands in for it says its class."""
    name = type(made).__name__
    if name in re.findall(r"\w+", stub_name(dataset)):
        return None
    is_dataset = hasattr(type(made), "__getitem__") or hasattr(type(made), "__iter__")
    return f"this loader's {'dataset being' if is_dataset else 'samples going through'} a {name}"


def _usable(dataset: Any) -> bool:
    if is_stub(dataset):
        return bool(dataset._kept)
    return hasattr(dataset, "__getitem__") or hasattr(dataset, "__iter__")


@dataclass(slots=True)
class _Asking:
    """Asks the dataset for samples, and hands them to a collate function of the repository."""

    dataset: Any
    collate: Any
    iterator: Any = None
    epoch: int = -1

    def __call__(self, epoch: int, number: int) -> Any:
        value = self._sample(epoch, number)
        return self.collate([value, value]) if is_code(self.collate) else value

    def _sample(self, epoch: int, number: int) -> Any:
        if hasattr(type(self.dataset), "__getitem__") and not isinstance(
            self.dataset, torch.utils.data.IterableDataset
        ):
            return self.dataset[number % self._length()]
        if self.epoch != epoch:
            self.epoch, self.iterator = epoch, iter(self.dataset)
        return next(self.iterator)

    def _length(self) -> int:
        try:
            length = len(self.dataset)
        except Exception:  # noqa: BLE001 - of a stranger's
            return SAMPLES
        return length if length > 0 else SAMPLES


@dataclass(slots=True)
class _Sites:
    """Runs the drawing lines on their own."""

    sites: list[Site]
    bare: bool

    def __call__(self, epoch: int, number: int) -> None:
        for site in self.sites:
            site.run(bare=self.bare)


def _skipped_seeds(sources: Sources, draws: Sequence[dict[str, Any]]) -> list[str]:
    """Places on the way from the worker's entry to the draws where something is seeded and that these rungs do not
    run."""
    out: dict[str, None] = {}
    for draw in draws:
        for path, line, _ in draw["via"][:-1]:
            path, line = sources.place(path, line)
            tree = sources.tree(path)
            scopes = scopes_at(tree, line) if tree is not None else ()
            # What a parameter's default makes was made with the function.
            for statement in scopes[-1].body if scopes else []:
                out.update({f"{path}:{seed}": None for seed in seeds(statement, draw["kind"])})
    return list(out)


def _flagged(draws: Sequence[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(draw["path"], draw["line"]) for draw in draws}


def _run(work: Work, loader: Loader, pair: dict[str, Any], name: str, flagged: set[tuple[str, int]]) -> dict[str, Any]:
    """One pass over some epochs; `again` is a new run of the program: other entropy, new torch, one epoch; `moved` is
    old torch in a program that draws from NumPy between its epochs; `pinned` is new torch with pinned memory, the
    batches moved to the device."""
    if Record.descriptor < 0:
        made = os.memfd_create("record")
        Record.descriptor = fcntl.fcntl(made, fcntl.F_DUPFD, HIGH)
        os.close(made)
    os.ftruncate(Record.descriptor, 0)
    os.lseek(Record.descriptor, 0, os.SEEK_SET)
    vars(torch_worker)["HAS_NUMPY"] = name not in {"legacy", "moved"}
    if name == "again":
        np.random.seed()
        torch.seed()
        random.seed()
    failed: str | None = None
    carried = Carried() if name == "pinned" else None
    epochs = 1 if name == "again" else EPOCHS
    if carried is not None and work.start.method != "fork":
        # Workers that start afresh can have CUDA whatever this process does; those forked here, until it has it too.
        device.give_back()
        epochs = 1
    init = Init(loader.get("worker_init_fn"), work.dataset, work.start)
    generator = loader.get("generator")
    try:
        loaders: DataLoader[Any] = DataLoader(
            Direct(work, carries=carried is not None),
            batch_size=BATCH,
            sampler=Order(),
            num_workers=pair["workers"],
            collate_fn=len if carried is None else packed,
            pin_memory=carried is not None,
            worker_init_fn=init,
            generator=generator if _is_generator(generator) else None,
            persistent_workers=pair["persistent"],
            timeout=WORKER_SECONDS + _more(),
            multiprocessing_context="fork",
        )
        seeded = [(one, one.get_state()) for one in (torch.default_generator, generator) if _is_generator(one)]
        for epoch in range(epochs):
            for one, state in seeded if pair["seeds_alike"] else []:
                one.set_state(state)
            init.second = int(time.time()) + epoch
            if epoch and (pair["parent_moves"] or name == "moved"):
                np.random.mtrand._rand.random_sample(_MOVES)
            for batch in loaders:
                if carried is not None:
                    carried.take(batch)
            if any("slow" in line for line in _lines()):
                failed = "a sample takes too long"
                break
    except Exception as error:  # noqa: BLE001 - a worker that died, a loader that cannot be made
        failed = f"{type(error).__name__}: {str(error)[:200]}"
    told = {"samples": list(_samples(flagged, _streams(pair))), "notes": list(_worker_notes()), "failed": failed}
    return told if carried is None else {**told, "carried": carried.as_json()}


def _is_generator(value: Any) -> bool:
    return isinstance(value, torch.Generator)


def _lines() -> Iterator[dict[str, Any]]:
    size = os.fstat(Record.descriptor).st_size
    for line in os.pread(Record.descriptor, min(size, MOST_RECORDED), 0).splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue  # two that were cut off, or something that a dataset wrote
        if isinstance(value, dict):
            yield value


def _streams(pair: dict[str, Any]) -> set[str]:
    """What the flagged draws are taken from: the global state, or objects."""
    return {"global" if draw["kind"] == "global" else "object" for draw in pair["draws"]}


def _samples(flagged: set[tuple[str, int]], streams: set[str]) -> Iterator[dict[str, Any]]:
    """The samples with only the draws at flagged places, several of one sample cut off.

    Where a line draws from the global state and from an object too, those from what was flagged are meant.
    """
    for line in _lines():
        if "d" in line:
            draws = [
                event
                for event in line["d"]
                if any(event[2] == path and event[3] <= at <= event[4] for path, at in flagged)
            ]
            draws = [event for event in draws if event[1] in streams] or draws
            kept = [
                [name, stream, path, first, state] for name, stream, path, first, _, state, _ in draws[:MOST_EVENTS]
            ]
            yield {**line, "d": kept, "f": len(draws)}


def _worker_notes() -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for line in _lines():
        if "d" not in line:
            text = json.dumps(line, sort_keys=True)
            if text not in seen and len(seen) < 60:
                seen.add(text)
                yield line


def _megabytes() -> int:
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return used // 1024
