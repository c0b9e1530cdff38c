"""The constants that people seed with: where each stands, what it is, and whether results are over one or many."""

import pytest

EVERYTHING = """
import random
import numpy as np
import torch

def everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
"""


def values(report) -> set[tuple[int, str]]:
    return {(seed.value, seed.api) for seed in report.seeds}


def test_a_constant_passed_to_a_function_of_another_file(check):
    report = check({"seeds.py": EVERYTHING, "train.py": "from seeds import everything\n\neverything(3407)\n"})
    assert [(seed.value, seed.api, seed.path, seed.line) for seed in report.seeds] == [
        (3407, "random.seed", "seeds.py", 7),
        (3407, "numpy.random.seed", "seeds.py", 8),
        (3407, "torch.manual_seed", "seeds.py", 9),
    ]
    assert report.seed_runs == "one"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("SEED = 42\ntorch.manual_seed(SEED)", {(42, "torch.manual_seed")}),
        ("from torch import manual_seed as plant\nplant(7)", {(7, "torch.manual_seed")}),
        ("import numpy\nrng = numpy.random.RandomState(0)", {(0, "numpy.random.RandomState")}),
        ("torch.Generator().manual_seed(5)", {(5, "torch.Generator.manual_seed")}),
        ("g = torch.Generator()\ng.manual_seed(6)", {(6, "torch.Generator.manual_seed")}),
        (
            "from lightning import seed_everything\nseed_everything(1234, workers=True)",
            {(1234, "lightning.seed_everything")},
        ),
        (
            "from sklearn.model_selection import train_test_split\ntrain_test_split([1], random_state=9)",
            {(9, "sklearn.model_selection.train_test_split")},
        ),
        ("from jax import random\nkey = random.PRNGKey(11)", {(11, "jax.random.PRNGKey")}),
        ("torch.manual_seed(int('12'))", {(12, "torch.manual_seed")}),
        ("torch.manual_seed(True)", set()),
        ("torch.manual_seed()", set()),
        ("import time\ntorch.manual_seed(int(time.time()))", set()),
        ("class Env:\n    def seed(self, n): ...\nEnv().seed(3)", set()),
    ],
)
def test_calls_that_seed(check, lines, expected):
    assert values(check({"train.py": f"import torch\n{lines}\n"})) == expected


def test_an_option_s_default(check):
    source = """
import argparse
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()
torch.manual_seed(args.seed)
"""
    assert values(check({"train.py": source})) == {(1, "torch.manual_seed")}


def test_a_setting_in_a_configuration_file(check):
    train = "import hydra\nimport torch\n\n@hydra.main()\ndef main(cfg):\n    torch.manual_seed(cfg.train.seed)\n"
    report = check({"train.py": train, "conf/config.yaml": "train:\n  seed: 17\n"})
    assert values(report) == {(17, "torch.manual_seed")}


@pytest.mark.parametrize(
    "loop",
    [
        "for seed in [1, 2, 3]:\n    everything(seed)",
        "for seed in range(1, 4):\n    everything(seed)",
        "SEEDS = (1, 2, 3)\n\ndef run(number):\n    everything(number)\n\nfor one in SEEDS:\n    run(one)",
    ],
)
def test_seeds_that_a_loop_goes_through(check, loop):
    report = check({"seeds.py": EVERYTHING, "train.py": f"from seeds import everything\n\n{loop}\n"})
    assert {(seed.value, seed.looped) for seed in report.seeds} == {(1, True), (2, True), (3, True)}
    assert report.seed_runs == "many"


@pytest.mark.parametrize(
    ("script", "expected", "runs"),
    [
        ("for seed in 1 2 3; do\n  python train.py --seed $seed\ndone\n", {1, 2, 3}, "many"),
        ("for seed in {0..2}\ndo python train.py --seed=$seed; done\n", {0, 1, 2}, "many"),
        ("for SEED in $(seq 3); do python train.py --seed $SEED; done\n", {1, 2, 3}, "many"),
        ("python train.py --seed 42\n", {42}, "one"),
        ("python train.py --seed 1\npython train.py --seed 2\n", {1, 2}, "many"),
        ("python train.py --lr 42\n", set(), "none"),
    ],
)
def test_seeds_of_shell_scripts(check, script, expected, runs):
    report = check({"train.py": "import torch\n", "scripts/run.sh": script})
    assert {seed.value for seed in report.seeds} == expected
    assert report.seed_runs == runs


def test_a_notebook_s_cell(check):
    code = '{"cell_type": "code", "source": ["import torch\\n", "torch.manual_seed(8)"]}'
    book = f'{{"cells": [{{"cell_type": "markdown", "source": "x"}}, {code}]}}'
    (seed,) = check({"a.ipynb": book}).seeds
    assert (seed.value, seed.path, seed.line) == (8, "a.ipynb:c1", 2)
