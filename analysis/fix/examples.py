"""A program for each form of the bug, and what its patch makes of it: the pages and the tests are made from these.

In a program with the bug, the line of the draw ends in `# CODE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the bug. `bad` shows it; `good` is `bad` with its patch applied. Both are one file, `train.py`."""

    code: str
    name: str
    why: str
    fix: str
    bad: str
    good: str


_IMPORTS = """
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
"""

_SET = """

class Crops(Dataset):
    def __init__(self, pictures):
        self.pictures = pictures

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        left = np.random.randint(0, 32)  # {code}
        return self.pictures[index][:, left:]
"""

_KEPT = """

class Crops(Dataset):
    def __init__(self, pictures, seed=0):
        self.pictures = pictures
        self.rng = {maker}

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):{again}
        left = self.rng.{draw}(0, 32)  # {code}
        return self.pictures[index][:, left:]
"""

_AGAIN = """
        worker = torch.utils.data.get_worker_info()
        if worker is not None and getattr(self, "_seeded_with", None) != worker.seed:
            # A worker starts with a copy of self.rng: it makes its own.
            self._seeded_with = worker.seed
            self.rng = {made}"""

_FUNCTION = """

def {name}(worker_id):
    np.random.seed({seed})
"""

_TRAIN = """

def train(pictures, epochs=10):
    loader = DataLoader(Crops(pictures), batch_size=8, num_workers=4{init})
    for epoch in range(epochs):
        for batch in loader:
            print(epoch, batch.shape)
"""

_GOOD_SEED = "torch.initial_seed() % 2**32"


def _with_seed(code: str, seed: str, name: str = "seed_worker") -> str:
    function = _FUNCTION.format(name=name, seed=seed)
    return _IMPORTS + _SET.format(code=code) + function + _TRAIN.format(init=f", worker_init_fn={name}")


def _reseeded(code: str, name: str, why: str, seed: str) -> Form:
    return Form(
        code,
        name,
        why,
        "Seed from `torch.initial_seed()`, which in a worker is the seed that torch gives it: another for each "
        "worker and "
        "for each epoch, and one that follows `torch.manual_seed`.",
        _with_seed(code, seed),
        _with_seed(code, _GOOD_SEED),
    )


def _loader_options(code: str, init: str) -> str:
    return _IMPORTS + _SET.format(code=code) + _TRAIN.format(init=init)


_FORMS = (
    Form(
        "WS101",
        "global-state-never-reseeded",
        "Each worker starts as a copy of its parent, the state of NumPy's generator included. All of them draw the "
        "same numbers, and since workers are started anew for each epoch, so does the next epoch. From PyTorch 1.9 "
        "on torch seeds "
        "NumPy's global state in each worker, which repairs this form and no other.",
        "Pass a `worker_init_fn` that seeds NumPy from torch's seed of the worker, or ask for torch 1.9 or later.",
        _loader_options("WS101", ""),
        _with_seed("WS101", _GOOD_SEED),
    ),
    Form(
        "WS102",
        "kept-generator-never-reseeded",
        "A generator object that is made once, in `__init__`, on the class or in the module, is copied into every "
        "worker with its state. torch seeds only NumPy's global state: this form is there under every version, "
        "whatever the "
        "`worker_init_fn` does to the global state.",
        "Make the generator anew in each worker, from torch's seed of the worker.",
        _IMPORTS
        + _KEPT.format(code="WS102", maker="np.random.default_rng(seed)", draw="integers", again="")
        + _TRAIN.format(init=""),
        _IMPORTS
        + _KEPT.format(
            code="WS102",
            maker="np.random.default_rng(seed)",
            draw="integers",
            again=_AGAIN.format(made="np.random.default_rng(worker.seed)"),
        )
        + _TRAIN.format(init=""),
    ),
    _reseeded(
        "WS103",
        "seeded-by-worker-number",
        "The seed is another in each worker, and the same in each epoch, because workers are made anew for each "
        "epoch and have the same numbers then. Every epoch repeats the last. `persistent_workers=True` on a loader "
        "that is built once mends "
        "it as well.",
        "worker_id",
    ),
    _reseeded(
        "WS104",
        "seeded-from-numpy-state",
        "The recipe was right once. From PyTorch 1.9 on torch seeds NumPy in each worker from an array, after which "
        "the first word of its state is always 2147483648: the same numbers in every epoch, and in every run, whatever "
        "the user seeds.",
        "np.random.get_state()[1][0] + worker_id",
    ),
    _reseeded(
        "WS105",
        "seeded-with-a-constant",
        "The same seed in every worker makes them draw the same numbers, as if nothing had been seeded, and under "
        "every torch: "
        "it undoes what torch 1.9 and later do.",
        "1234",
    ),
    Form(
        "WS106",
        "constant-seed-for-each-sample",
        "A generator that is made with a constant seed where a sample is made, or where iteration begins, gives "
        "every sample "
        "the same numbers, with workers or without.",
        "Seed it with a number that torch's generator gives: that is seeded in each worker, and moves on.",
        _IMPORTS
        + _KEPT.format(
            code="WS106", maker="None", draw="integers", again="\n        self.rng = np.random.default_rng(0)"
        )
        + _TRAIN.format(init=""),
        _IMPORTS
        + _KEPT.format(
            code="WS106",
            maker="None",
            draw="integers",
            again="\n        self.rng = np.random.default_rng(torch.randint(2**32, ()).item())",
        )
        + _TRAIN.format(init=""),
    ),
    Form(
        "WS107",
        "seed-of-workers-stands-still",
        "torch derives the seeds of the workers from its own generator, or from the loader's `generator`. Set to a "
        "constant in each epoch, it gives the workers of each epoch the same seeds: each epoch repeats the last, "
        "even with the best "
        "`worker_init_fn`.",
        "Seed once, before the loop; or add the epoch to the seed.",
        _with_seed("WS107", _GOOD_SEED).replace("(epochs):\n", "(epochs):\n        torch.manual_seed(0)\n"),
        _with_seed("WS107", _GOOD_SEED).replace("(epochs):\n", "(epochs):\n        torch.manual_seed(0 + epoch)\n"),
    ),
    _reseeded(
        "WS108",
        "seeded-from-a-copied-draw",
        "The seed is drawn from the state that was copied into the worker, so that all workers draw the same seed. "
        "From "
        "PyTorch 1.9 on that state is another in each worker, and the recipe is right.",
        "np.random.randint(2**31)",
    ),
    Form(
        "WS109",
        "one-worker-starts-again",
        "One worker has nobody to repeat, but it is started anew for each epoch from the same copied state: each "
        "epoch repeats "
        "the last. From PyTorch 1.9 on torch seeds NumPy's global state in it.",
        "Pass a `worker_init_fn` that seeds NumPy from torch's seed of the worker, or ask for torch 1.9 or later.",
        _loader_options("WS109", "").replace("num_workers=4", "num_workers=1"),
        _with_seed("WS109", _GOOD_SEED).replace("num_workers=4", "num_workers=1"),
    ),
    Form(
        "WS201",
        "kept-generator-not-of-numpy",
        "A kept `random.Random` or `torch.Generator` has the same fault as a kept generator of NumPy. It is listed, "
        "and does "
        "not count in the prevalence of the NumPy bug.",
        "Make the generator anew in each worker, from torch's seed of the worker.",
        _IMPORTS.replace("import numpy as np", "import random\n")
        + _KEPT.format(code="WS201", maker="random.Random(seed)", draw="randint", again="")
        + _TRAIN.format(init=""),
        _IMPORTS.replace("import numpy as np", "import random\n")
        + _KEPT.format(
            code="WS201",
            maker="random.Random(seed)",
            draw="randint",
            again=_AGAIN.format(made="random.Random(worker.seed)"),
        )
        + _TRAIN.format(init=""),
    ),
)


def forms() -> Sequence[Form]:
    """All forms of the bug that have a code, each with a program that shows it."""
    return _FORMS


def program(text: str) -> str:
    """An example as it stands in its file."""
    return dedent(text).lstrip("\n")
