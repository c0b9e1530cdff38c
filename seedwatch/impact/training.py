"""One training, with the bug or without: a dataset and a loader as people write them.

The bug is the form that is alive on every PyTorch: a generator kept in the dataset, which each worker inherits as it
was. All workers draw the same numbers, and each epoch draws them again, since workers start anew. Mended, each worker
gives the dataset a generator of its own, from the seed that PyTorch gives it in each epoch.
"""

import copy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import numpy
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler, get_worker_info

from seedwatch.impact.glyphs import pictures, vary

if TYPE_CHECKING:
    Pictures = Dataset[tuple[torch.Tensor, int]]
else:
    Pictures = Dataset

Arm = Literal["mended", "bug", "mended_in_order", "bug_in_order", "plain", "pretrained"]
ARMS: Final[tuple[Arm, ...]] = ("mended", "bug", "mended_in_order", "bug_in_order", "plain", "pretrained")

Data = tuple[NDArray[numpy.float32], NDArray[numpy.int64]]

DATA_SEED: Final = 20210411
"""The data are the same in every run: what differs between runs is the run's own seed."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that an experiment fixes.

    With `processes` each epoch starts worker processes, as training does; without, the workers are played in this
    process, which gives the same batches (a test holds the two together) in a tenth of the time.
    """

    seeds: int = 20
    first_seed: int = 0
    train_pictures: int = 200
    test_pictures: int = 2000
    epochs: int = 40
    batch_size: int = 20
    workers: int = 4
    learning_rate: float = 3e-3
    device: str = "cpu"
    processes: bool = False

    @property
    def looks(self) -> tuple[int, ...]:
        """A quarter, half, three quarters of the way, and at the end."""
        return tuple(sorted({max(1, self.epochs * part // 4) for part in (1, 2, 3, 4)}))


class Batches(Protocol):
    """What gives an epoch's batches each time: pictures and their classes."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Any]: ...


class Varied(Pictures):
    """Pictures that are varied with NumPy whenever one is asked for, as augmentation is written."""

    def __init__(self, data: NDArray[numpy.float32], classes: NDArray[numpy.int64], seed: int, *, varies: bool) -> None:
        self.data, self.classes, self.varies = data, classes, varies
        self.random = numpy.random.default_rng(seed)  # kept: this is the bug, unless each worker makes it anew

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = vary(self.data[index], self.random) if self.varies else self.data[index]
        return torch.from_numpy(picture)[None], int(self.classes[index])


def new_generator(_worker_id: int) -> None:
    """The fix: PyTorch's seed differs by worker and by epoch."""
    info = get_worker_info()
    assert info is not None
    dataset: Any = info.dataset
    dataset.random = numpy.random.default_rng(info.seed)


def train(arm: Arm, seed: int, setup: Setup) -> list[float]:
    """One run: accuracy on the test pictures, in percent, after each of the epochs in `setup.looks`.

    The run's seed decides on the weights, on the order of the pictures and on what is drawn to vary them, and is the
    same in every arm: so arms are compared run by run.
    """
    random = numpy.random.default_rng(DATA_SEED)
    data = pictures(setup.train_pictures, random)
    test = pictures(setup.test_pictures, random, varied=True)
    torch.manual_seed(seed)
    model = _model().to(setup.device)
    if arm == "pretrained":
        model.load_state_dict(_pretrained(setup))
        # Only the last layer starts anew, as one does with weights of another task.
        torch.manual_seed(seed)
        last = model[-1]
        assert isinstance(last, nn.Linear)
        last.reset_parameters()
    loader = loader_of(data, seed, setup, arm)
    return _fit(model, loader, test, setup)


def loader_of(data: Data, seed: int, setup: Setup, arm: Arm) -> Batches:
    """The batches of one epoch, whenever it is iterated over."""
    dataset = Varied(*data, seed, varies=arm != "plain")
    ordered, mended = arm.endswith("_in_order"), not arm.startswith("bug")
    if not setup.processes:
        return Played(dataset, setup.batch_size, setup.workers, shuffle=not ordered, mended=mended)
    return DataLoader(
        dataset,
        batch_size=setup.batch_size,
        shuffle=not ordered,
        num_workers=setup.workers,
        worker_init_fn=new_generator if mended else None,
    )


class Played:
    """What a `DataLoader` with workers gives, without processes: each worker's generator is kept apart.

    Batches go to the workers in turn. A worker starts each epoch with a copy of the dataset as the parent has it, and
    the parent draws PyTorch's seeds in the order in which `DataLoader` does.
    """

    def __init__(self, dataset: Varied, batch_size: int, workers: int, *, shuffle: bool, mended: bool) -> None:
        self.dataset, self.batch_size, self.workers = dataset, batch_size, workers
        self.shuffle, self.mended = shuffle, mended

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        base_seed = int(torch.empty((), dtype=torch.int64).random_().item())
        order = list(RandomSampler(self.dataset)) if self.shuffle else list(range(len(self.dataset)))
        copies = [copy.copy(self.dataset) for _ in range(self.workers)]
        for worker, own in enumerate(copies):
            inherited = copy.deepcopy(self.dataset.random)
            own.random = numpy.random.default_rng(base_seed + worker) if self.mended else inherited
        for number in range(len(self)):
            own = copies[number % self.workers]
            chosen = order[number * self.batch_size : (number + 1) * self.batch_size]
            samples = [own[index] for index in chosen]
            yield torch.stack([picture for picture, _ in samples]), torch.tensor([known for _, known in samples])


def _fit(model: nn.Sequential, loader: Batches, test: Data, setup: Setup) -> list[float]:
    optimizer = torch.optim.Adam(model.parameters(), lr=setup.learning_rate)
    steps = setup.epochs * len(loader)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    seen = torch.from_numpy(test[0])[:, None].to(setup.device)
    truth = torch.from_numpy(test[1]).to(setup.device)
    results = []
    for epoch in range(1, setup.epochs + 1):
        model.train()
        for batch, classes in loader:
            loss = nn.functional.cross_entropy(model(batch.to(setup.device)), classes.to(setup.device))
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
        if epoch in setup.looks:
            model.eval()
            with torch.no_grad():
                results.append(100 * float((model(seen).argmax(1) == truth).float().mean()))
    return results


def _model() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, 10),
    )


_kept: dict[Setup, dict[str, torch.Tensor]] = {}


def _pretrained(setup: Setup) -> dict[str, torch.Tensor]:
    """Weights after training on ten times as many letters, once for all runs, always the same."""
    if setup not in _kept:
        random = numpy.random.default_rng(DATA_SEED + 1)
        torch.manual_seed(DATA_SEED)
        model = _model().to(setup.device)
        letters = pictures(10 * setup.train_pictures, random, letters=True)
        few = pictures(10, random, letters=True)
        _fit(model, loader_of(letters, DATA_SEED, setup, "mended"), few, setup)
        _kept[setup] = {name: weights.clone() for name, weights in model.state_dict().items()}
    return _kept[setup]


def best_device() -> str:
    """A GPU where PyTorch has one, the processor where not."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def prepare() -> None:
    """One thread of PyTorch's own, so that results do not depend on how many cores there are."""
    torch.set_num_threads(1)
    # Workers are forked from a process that has loaded much; none of it is used in them.
    warnings.filterwarnings("ignore", message=".*multi-threaded.*fork.*", category=DeprecationWarning)
    # More workers than cores are slow and do no harm to what is measured.
    warnings.filterwarnings("ignore", message=".*worker processes in total.*", category=UserWarning)
