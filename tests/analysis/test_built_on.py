"""Configurations in Python that take what they build on, and programs that build a section of one themselves."""

import pytest

from .examples import CLEAN, EPOCHS, Check, Example, Outcomes, assert_as_marked, drawn

STEPS = """
import numpy as np
from mmengine.registry import TRANSFORMS
@TRANSFORMS.register_module()
class Jitter:
    def __call__(self, sample):
        return sample + np.random.rand()  # DRAW
@TRANSFORMS.register_module()
class Center:
    def __call__(self, sample):
        return sample
"""
SETS = """
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS
@DATASETS.register_module()
class Scans(BaseDataset):
    METAINFO = {}
"""
TRAIN = """
from mmengine.config import Config
from mmengine.runner import Runner
Runner.from_cfg(Config.fromfile("configs/first/scans.py")).train()
"""
BASES = {
    "lib/steps.py": STEPS,
    "lib/sets.py": SETS,
    "train.py": TRAIN,
    "configs/data/scans.py": "scans = dict(type='Scans', pipeline=None)\n",
    "configs/first/steps.py": "_base_ = '../steps.py'\n",
    "configs/steps.py": "steps = [dict(type='Jitter')]\nplain = [dict(type='Center')]\n",
}
BUILT_ON = """
_base_ = ["steps.py", "../data/scans.py"]
scans = _base_.scans
{changes}
train_dataloader = dict(num_workers=4, persistent_workers={kept}, dataset=scans)  # LOADER
"""


@pytest.mark.parametrize(
    ("changes", "kept", "outcomes"),
    [
        pytest.param("scans.pipeline = _base_.steps", False, EPOCHS, id="what_the_base_of_a_base_has"),
        pytest.param("scans.pipeline = _base_.steps", True, CLEAN, id="with_workers_that_live_on"),
        pytest.param("scans.pipeline = _base_.plain", False, None, id="another_of_it"),
        pytest.param("scans.pipeline = {{_base_.steps}}", False, EPOCHS, id="what_is_written_as_a_replacement"),
        pytest.param("scans.pipeline = _base_.unknown", False, None, id="what_no_base_has"),
    ],
)
def test_what_a_configuration_takes_of_those_that_it_builds_on(
    check: Check, changes: str, kept: bool, outcomes: Outcomes | None
) -> None:
    files = {**BASES, "configs/first/scans.py": BUILT_ON.format(changes=changes, kept=kept)}
    if outcomes is None:
        assert drawn(check(files)) == set()
    else:
        example = Example("built_on", files, outcomes)
        assert_as_marked(check(example.sources()), example)


BASE = """
train_dataloader = dict(
    num_workers=2,
    persistent_workers={kept},
    dataset=dict(type="RepeatDataset", times=3, dataset=dict(type="Scans", pipeline=[dict(type="Center")])),
)
"""
OTHER = """
from mmengine.registry import DATASETS
@DATASETS.register_module()
class Other:
    def __getitem__(self, index):
        return index
"""
MERGED = """
_base_ = "../base.py"
steps = [dict(type="Jitter")]
train_dataloader = dict({given})  # LOADER
"""


@pytest.mark.parametrize(
    ("given", "kept", "outcomes"),
    [
        pytest.param(
            "num_workers=4, dataset=dict(dataset=dict(pipeline=steps))", True, CLEAN, id="workers_that_live_on"
        ),
        pytest.param("num_workers=4, dataset=dict(dataset=dict(pipeline=steps))", False, EPOCHS, id="other_workers"),
        pytest.param(
            "num_workers=4, persistent_workers=False, dataset=dict(dataset=dict(pipeline=steps))",
            True,
            EPOCHS,
            id="workers_that_do_not_after_all",
        ),
        pytest.param(
            "_delete_=True, num_workers=4, dataset=dict(type='Scans', pipeline=steps)", True, EPOCHS, id="nothing_of_it"
        ),
        pytest.param(
            "num_workers=4, dataset=dict(_delete_=True, type='Scans', pipeline=steps)",
            True,
            CLEAN,
            id="another_dataset",
        ),
        pytest.param("num_workers=4, dataset=dict(type='Other', times=1)", True, None, id="one_that_does_not_draw"),
    ],
)
def test_a_loader_is_merged_with_the_one_that_it_builds_on(
    check: Check, given: str, kept: bool, outcomes: Outcomes | None
) -> None:
    files = {
        "lib/steps.py": STEPS,
        "lib/sets.py": SETS,
        "lib/other.py": OTHER,
        "train.py": TRAIN,
        "configs/base.py": BASE.format(kept=kept),
        "configs/first/scans.py": MERGED.format(given=given),
    }
    if outcomes is None:
        assert drawn(check(files)) == set()
    else:
        example = Example("merged", files, outcomes)
        assert_as_marked(check(example.sources()), example)


@pytest.mark.parametrize(
    ("pipeline", "found"),
    [pytest.param("Jitter", {"lib/steps.py:7"}, id="drawing"), pytest.param("Center", set(), id="not_drawing")],
)
def test_a_program_that_builds_one_section_of_a_configuration(check: Check, pipeline: str, found: set[str]) -> None:
    files = {
        "lib/steps.py": STEPS,
        "lib/sets.py": SETS,
        "configs/shown.py": "shown = dict(num_workers=4, data=dict(type='mmcls.Images',\n"
        f"    pipeline=[dict(type='{pipeline}')]))\n",
        "configs/other.py": "other = dict(data=dict(type='Scans', pipeline=[dict(type='Jitter')]))\n",
        "show.py": """
import argparse
from mmengine.config import Config
from mmengine.registry import DATASETS
from torch.utils.data import DataLoader
parser = argparse.ArgumentParser()
parser.add_argument("config")
section = Config.fromfile(parser.parse_args().config).get("shown")
data = DATASETS.build(section.pop("data"))
for batch in DataLoader(data, num_workers=4):
    pass
""",
    }
    assert drawn(check(files)) == found


def test_an_augmenter_that_a_function_puts_together_of_what_it_gives_itself(check: Check) -> None:
    steps = ", ".join(f"['Fliplr', {number}, [[1, 2], [3, [4, 5]]]]" for number in range(12))
    report = check(
        {
            "train.py": f"""
import imgaug.augmenters as iaa
from torch.utils.data import DataLoader
class Scans:
    def __init__(self, steps):
        self.augmenter = self.build(steps)
    def build(self, steps):
        if isinstance(steps, list):
            return iaa.Sequential([self.build(each) for each in steps])
        if isinstance(steps, dict):
            return getattr(iaa, steps["cls"])(**{{key: self.build(value) for key, value in steps.items()}})
        return self.build(steps[0]) + self.build(steps[1])
    def __getitem__(self, index):
        return self.augmenter.augment_image(index)
loader = DataLoader(Scans([{steps}]), num_workers=4)
"""
        }
    )
    assert {pair.draw_kind for pair in report.pairs} == {"instance"}


@pytest.mark.parametrize(
    ("handed", "found"),
    [
        pytest.param("path, pipeline, only_images", {"lib/steps.py:6"}, id="under_its_own_name"),
        pytest.param("path, pipeline=pipeline", {"lib/steps.py:6"}, id="by_keyword"),
        pytest.param("path, only_images", set(), id="not_at_all"),
    ],
)
def test_what_a_dataset_hands_on_to_a_base_from_outside(check: Check, handed: str, found: set[str]) -> None:
    report = check(
        {
            "lib/steps.py": STEPS.lstrip(),
            "lib/sets.py": f"""
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS
@DATASETS.register_module()
class Scans(BaseDataset):
    def __init__(self, path, pipeline, only_images=False):
        super().__init__({handed})
""",
            "configs/first/scans.py": "train_dataloader = dict(num_workers=4, dataset=dict(\n"
            "    type='Scans', path='scans', pipeline=[dict(type='Jitter')]))\n",
            "train.py": TRAIN,
        }
    )
    assert drawn(report) == found
