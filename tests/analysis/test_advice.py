"""The advice of a report: in the terms of the generator that it is about, and once it is followed nothing is found."""

import random
from textwrap import indent

import numpy
import pytest
import torch

from .examples import CLEAN, Check

IMPORTS = """
import random
import imgaug
import imgaug.augmenters as iaa
import numpy as np
import torch
import numpy
from torch.utils.data import DataLoader, Dataset, Subset
"""
KEPT = """
class Crops(Dataset):
    def __init__(self):
        self.rng = {maker}
    def __getitem__(self, index):
        return {draw}
"""
OF_MODULE = """
rng = {maker}
class Crops(Dataset):
    def __getitem__(self, index):
        return {draw}
"""
IN_TRANSFORM = """
class Shift:
    def __init__(self):
        self.rng = {maker}
    def __call__(self, image):
        return image + {draw}
class Crops(Dataset):
    def __init__(self):
        self.shift = Shift()
    def __getitem__(self, index):
        return self.shift(index)
"""
TRAIN = """
def begin(worker_id):
    {begin}
loader = DataLoader(Crops(), num_workers={workers}, worker_init_fn=begin)
"""
DATASET = "torch.utils.data.get_worker_info().dataset"
ON_DATASET = f"in `worker_init_fn`, set it to `{{made}}` on `{DATASET}`."
RANDOM_STATE = "numpy.random.RandomState(torch.initial_seed() % 2**32)"
GENERATOR = "numpy.random.default_rng(torch.initial_seed())"
PYTHON = "random.Random(torch.initial_seed())"
SEED = "Seed the generator inside the worker: in `worker_init_fn`, call `{}` of it."


def said(check: Check, program: str, begin: str = "pass", workers: int = 4) -> set[str | None]:
    files = {"train.py": IMPORTS + program + TRAIN.format(begin=indent(begin, "    ").lstrip(), workers=workers)}
    return {pair.fix for pair in check(files).pairs}


@pytest.mark.parametrize("workers", [4, 1])
@pytest.mark.parametrize(
    ("maker", "draw", "made"),
    [
        pytest.param("np.random.RandomState(0)", "self.rng.randint(8)", RANDOM_STATE, id="RandomState"),
        pytest.param("np.random.default_rng(0)", "self.rng.integers(8)", GENERATOR, id="default_rng"),
        pytest.param("np.random.Generator(np.random.PCG64(0))", "self.rng.integers(8)", GENERATOR, id="Generator"),
        pytest.param("random.Random(0)", "self.rng.choices([1, 2])", PYTHON, id="Random"),
    ],
)
def test_a_generator_that_a_dataset_keeps(check: Check, maker: str, draw: str, made: str, workers: int) -> None:
    program = KEPT.format(maker=maker, draw=draw)
    (fix,) = said(check, program, workers=workers)
    assert fix == "Make the generator inside the worker: " + ON_DATASET.format(made=made)
    assert said(check, program, f"{DATASET}.rng = {made}", workers) == {None}
    rng = eval(made, {"numpy": numpy, "random": random, "torch": torch})  # noqa: S307 - an expression of this file
    assert callable(getattr(rng, draw.removeprefix("self.rng.").partition("(")[0]))


@pytest.mark.parametrize(
    ("maker", "draw", "advice", "begin"),
    [
        pytest.param(
            "np.random.RandomState(0)",
            "rng.randint(8)",
            SEED,
            "seed(torch.initial_seed() % 2**32)",
            id="RandomState",
        ),
        pytest.param(
            "random.Random(0)",
            "rng.choices([1, 2])",
            SEED,
            "seed(torch.initial_seed())",
            id="Random",
        ),
        pytest.param(
            "np.random.default_rng(0)",
            "rng.integers(8)",
            "Make the generator inside the worker: in `worker_init_fn`, put `{}` in its place.",
            GENERATOR,
            id="default_rng",
        ),
    ],
)
def test_a_generator_that_a_module_keeps(check: Check, maker: str, draw: str, advice: str, begin: str) -> None:
    program = OF_MODULE.format(maker=maker, draw=draw)
    assert said(check, program) == {advice.format(begin)}
    followed = f"rng.{begin}" if begin.startswith("seed") else f"global rng\nrng = {begin}"
    assert said(check, program, followed) == {None}


@pytest.mark.parametrize("maker", ["torch.Generator()", "torch.Generator().manual_seed(0)"])
def test_a_generator_of_torch(check: Check, maker: str) -> None:
    program = KEPT.format(maker=maker, draw="torch.rand(1, generator=self.rng)")
    assert said(check, program) == {SEED.format("manual_seed(torch.initial_seed())")}
    assert said(check, program, f"{DATASET}.rng.manual_seed(torch.initial_seed())") == {None}


def test_a_generator_that_a_transform_keeps(check: Check) -> None:
    program = IN_TRANSFORM.format(maker="np.random.RandomState(0)", draw="self.rng.rand()")
    (fix,) = said(check, program)
    assert fix == (
        f"Make the generator inside the worker: in `worker_init_fn`, set it to `{RANDOM_STATE}` on the `Shift` that "
        "keeps it."
    )
    assert said(check, program, f"{DATASET}.shift.rng = {RANDOM_STATE}") == {None}


def test_a_generator_that_is_seeded_wrongly_where_the_worker_begins(check: Check) -> None:
    program = KEPT.format(maker="np.random.RandomState(0)", draw="self.rng.rand()")
    (fix,) = said(check, program, f"{DATASET}.rng.seed(0)")
    assert fix == (
        "Seed from `torch.utils.data.get_worker_info().seed % 2**32` at train.py:17: another number for each worker "
        "and each epoch."
    )
    assert said(check, program, f"{DATASET}.rng.seed(torch.utils.data.get_worker_info().seed % 2**32)") == {None}


def test_a_generator_that_each_sample_makes_with_a_constant(check: Check) -> None:
    program = OF_MODULE.format(maker="None", draw="random.Random(0).random()")
    (fix,) = said(check, program)
    assert fix is not None
    assert fix.startswith("Make the generator once per worker from `torch.initial_seed()`")


def test_generators_of_more_than_one_kind(check: Check) -> None:
    program = """
class Crops(Dataset):
    def __init__(self):
        self.old, self.new = np.random.RandomState(0), np.random.default_rng(0)
    def __getitem__(self, index):
        return self.old.rand() + self.new.random() + self.old.rand()
"""
    (fix,) = said(check, program)
    assert fix == " ".join(
        "Make the generator inside the worker: " + ON_DATASET.format(made=made) for made in (RANDOM_STATE, GENERATOR)
    )


def test_what_imgaug_keeps(check: Check) -> None:
    program = KEPT.format(maker="iaa.Fliplr(0.5)", draw="self.rng(image=index)")
    (fix,) = said(check, program)
    seeded = "imgaug.seed(torch.initial_seed() % 2**32)"
    assert fix is not None
    assert (fix.startswith("Seed imgaug, "), fix.endswith(f"call `{seeded}`.")) == (True, True)
    assert said(check, program, seeded) == {None}


def test_what_monai_keeps(check: Check) -> None:
    program = """
from {module} import DataLoader
from monai.data import CacheDataset
from monai.data.utils import worker_init_fn
from monai.transforms import Compose, Randomizable
class Shifted(Randomizable):
    def __call__(self, data):
        return data + self.R.rand()
loader = DataLoader(CacheDataset(files, Compose([Shifted()])), num_workers=4{more})
"""
    (pair,) = check({"train.py": program.format(module="torch.utils.data", more="")}).pairs
    assert pair.fix == (
        "Use `monai.data.DataLoader`, or pass `worker_init_fn=monai.data.utils.worker_init_fn`: both call "
        "`set_random_state` of the transforms in each worker, with torch's seed of it."
    )
    for module, more in (("monai.data", ""), ("torch.utils.data", ", worker_init_fn=worker_init_fn")):
        report = check({"train.py": program.format(module=module, more=more)})
        assert (report.legacy, report.modern) == CLEAN
