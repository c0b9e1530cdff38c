"""The seed that torch gives the workers stands still where each epoch sets it alike, in whatever function."""

from textwrap import dedent

import pytest

from .examples import CLEAN, EPOCHS, OLD_TORCH, Check, Outcomes

DATA = """
import numpy as np
class Set:
    def __getitem__(self, index):
        return np.random.rand()
"""
HEAD = """
import argparse
import numpy as np
import torch
from torch.utils.data import DataLoader
from data import Set

def seeded(worker_id):
    np.random.seed(torch.initial_seed() % 2**32)

def numbered(worker_id):
    np.random.seed(worker_id)
"""


def outcomes_of(check: Check, program: str, **files: str) -> Outcomes:
    sources = {f"{stem}.py": dedent(text) for stem, text in files.items()}
    report = check({"data.py": DATA, "train.py": HEAD + dedent(program), **sources})
    return report.legacy, report.modern


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        pytest.param("torch.manual_seed(0)", EPOCHS, id="seeded"),
        pytest.param("if args.seed is not None:\n        torch.manual_seed(args.seed)", CLEAN, id="off_by_default"),
        pytest.param("torch.manual_seed(epoch)", CLEAN, id="another_in_each"),
        pytest.param("with torch.random.fork_rng():\n        torch.manual_seed(0)", CLEAN, id="within_a_fork"),
        pytest.param(
            "before = torch.get_rng_state()\n    torch.manual_seed(0)\n    torch.set_rng_state(before)",
            CLEAN,
            id="put_back",
        ),
    ],
)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["there", "of_another_file"])
def test_what_each_epoch_calls_seeds_the_next(
    check: Check, validation: str, expected: Outcomes, elsewhere: bool
) -> None:
    function = f"def validate(args, epoch):\n    {validation}\n"
    program = """
    def main(args):
        loader = DataLoader(Set(), num_workers=2, worker_init_fn=seeded)
        for epoch in range(9):
            for batch in loader:
                pass
            validate(args, epoch)
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    main(parser.parse_args())
    """
    if elsewhere:
        found = outcomes_of(
            check, f"from engine import validate\n{dedent(program)}", engine=f"import torch\n{function}"
        )
    else:
        found = outcomes_of(check, function + dedent(program))
    assert found == expected


@pytest.mark.parametrize(
    ("training", "expected"),
    [("torch.manual_seed(epoch)", OLD_TORCH), ("pass", ("duplicate", "epoch_repeat"))],
)
def test_a_training_that_seeds_anew_is_not_frozen_by_its_validation(
    check: Check, training: str, expected: Outcomes
) -> None:
    program = f"""
    def train(loader, epoch):
        {training}
        for batch in loader:
            pass
    def validate():
        torch.manual_seed(0)
    loader = DataLoader(Set(), num_workers=2)
    for epoch in range(9):
        validate()
        train(loader, epoch)
    """
    assert outcomes_of(check, program) == expected


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        pytest.param("for number in range(9):\n            self.run_epoch()", EPOCHS, id="of_what_is_an_epoch"),
        pytest.param("while self.done < 9:\n            self.run_epoch()", EPOCHS, id="until_done"),
        pytest.param("self.run_epoch()", CLEAN, id="once"),
        pytest.param("for fold in range(9):\n            self.run_epochs()", CLEAN, id="of_folds"),
    ],
)
def test_a_trainers_method_that_runs_an_epoch(check: Check, loop: str, expected: Outcomes) -> None:
    program = f"""
    class Trainer:
        def __init__(self):
            self.loader = DataLoader(Set(), num_workers=2, worker_init_fn=seeded)
        def run_epoch(self):
            torch.manual_seed(7)
            for batch in self.loader:
                pass
        def run_epochs(self):
            torch.manual_seed(7)
            for epoch in range(3):
                for batch in self.loader:
                    pass
        def fit(self):
            {loop.replace("            ", "                ")}
    Trainer().fit()
    """
    assert outcomes_of(check, program) == expected


@pytest.mark.parametrize(
    ("loader", "expected"),
    [
        pytest.param("return self.made()", EPOCHS, id="anew"),
        pytest.param(
            "if self.kept is None:\n            self.kept = self.made()\n        return self.kept", CLEAN, id="kept"
        ),
        pytest.param(
            "if self.kept is not None:\n            return self.kept\n        self.kept = self.made()\n"
            "        return self.kept",
            CLEAN,
            id="kept_already",
        ),
    ],
)
def test_workers_that_live_on_live_as_long_as_their_loader(check: Check, loader: str, expected: Outcomes) -> None:
    program = f"""
class Trainer:
    def __init__(self):
        self.kept = None
    def made(self):
        return DataLoader(Set(), num_workers=2, worker_init_fn=numbered, persistent_workers=True)
    def loader(self):
        {loader}
    def run_epoch(self):
        for batch in self.loader():
            pass
    def fit(self):
        for epoch in range(9):
            self.run_epoch()
Trainer().fit()
"""
    assert outcomes_of(check, program) == expected


def test_a_generator_that_a_function_of_each_epoch_seeds_alike(check: Check) -> None:
    program = """
    def loader_of(data, seed=0):
        generator = torch.Generator()
        generator.manual_seed(seed)
        return DataLoader(data, num_workers=2, worker_init_fn=seeded, generator=generator)
    def train_once(data):
        for batch in loader_of(data):
            pass
    data = Set()
    for epoch in range(9):
        train_once(data)
    """
    assert outcomes_of(check, program) == EPOCHS
