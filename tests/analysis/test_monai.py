"""Transforms that draw from MONAI's generator: MONAI's loaders seed it in each worker, torch's do not."""

import pytest

from .examples import BOTH, CLEAN, Check, Outcomes

SHIFTED = """
from monai.transforms import MapTransform, RandomizableTransform
class Shifted(RandomizableTransform, MapTransform):
    def __init__(self, keys):
        RandomizableTransform.__init__(self, 0.5)
        MapTransform.__init__(self, keys)
    def randomize(self, data=None):
        super().randomize(None)
        self.by = self.R.randint(3)
    def __call__(self, data):
        self.randomize()
        return {key: data[key] + self.by for key in self.keys}
"""
TRAIN = """
from monai.data import CacheDataset
from monai.data.utils import worker_init_fn
from monai.transforms import Compose
from shifted import Shifted
from {module} import DataLoader
dataset = CacheDataset(data=files, transform=Compose([Shifted(["image"])]))
loader = DataLoader(dataset, num_workers=4{more})
"""


@pytest.mark.parametrize(
    ("module", "more", "expected"),
    [
        pytest.param("torch.utils.data", "", BOTH, id="torch's_loader"),
        pytest.param("monai.data", "", CLEAN, id="monai's_loader"),
        pytest.param("torch.utils.data", ", worker_init_fn=worker_init_fn", CLEAN, id="monai's_worker_init_fn"),
    ],
)
def test_who_seeds_the_generator(check: Check, module: str, more: str, expected: Outcomes) -> None:
    report = check({"shifted.py": SHIFTED, "train.py": TRAIN.format(module=module, more=more)})
    assert (report.eligible, report.legacy, report.modern) == (True, *expected)
    assert {(pair.draw_kind, draw.line) for pair in report.pairs for draw in pair.draws} == {("instance", 9)}


def test_its_worker_init_fn_leaves_the_global_state_alone(check: Check) -> None:
    drawing = SHIFTED.replace("self.R.randint(3)", "np.random.randint(3)").replace(
        "\nfrom", "\nimport numpy as np\nfrom", 1
    )
    report = check(
        {
            "shifted.py": drawing,
            "train.py": TRAIN.format(module="torch.utils.data", more=", worker_init_fn=worker_init_fn"),
        }
    )
    assert (report.legacy, report.modern) == ("duplicate", "clean")


CACHED = """
import numpy as np
from monai.data import CacheDataset, DataLoader, Dataset, SmartCacheDataset
from monai.transforms import Compose, LoadImaged, MapTransform, RandFlipd, RandomizableTransform
class Moved(MapTransform):
    def __call__(self, data):
        return data + np.random.rand()
class Drawn(MapTransform, RandomizableTransform):
    def __call__(self, data):
        return data + np.random.rand()
def added(data):
    return data + np.random.rand()
dataset = {made}
loader = DataLoader(dataset, num_workers=4)
"""
STEPS = "CacheDataset(files, Compose([{steps}]){more})"


@pytest.mark.parametrize(
    ("made", "in_workers"),
    [
        pytest.param(STEPS.format(steps="Moved('x')", more=""), False, id="the_only_step"),
        pytest.param(STEPS.format(steps="LoadImaged('x'), Moved('x'), RandFlipd('x')", more=""), False, id="before"),
        pytest.param("CacheDataset(data=files, transform=[Moved('x')], cache_rate=1.0)", False, id="a_list"),
        pytest.param("SmartCacheDataset(files, Compose([Moved('x')]))", False, id="of_the_other_kind"),
        pytest.param(STEPS.format(steps="RandFlipd('x'), Moved('x')", more=""), True, id="after_a_random_one"),
        pytest.param(STEPS.format(steps="lambda x: x, Moved('x')", more=""), True, id="after_a_function"),
        pytest.param(STEPS.format(steps="Drawn('x')", more=""), True, id="random_itself"),
        pytest.param(STEPS.format(steps="added", more=""), True, id="a_function"),
        pytest.param(STEPS.format(steps="Moved('x')", more=", cache_rate=0.5"), True, id="of_some_samples"),
        pytest.param(STEPS.format(steps="Moved('x')", more=", cache_num=8"), True, id="of_so_many_samples"),
        pytest.param(STEPS.format(steps="Moved('x')", more=", cache_rate=rate"), True, id="of_who_knows_how_many"),
        pytest.param("Dataset(files, Compose([Moved('x')]))", True, id="not_at_all"),
    ],
)
def test_what_a_cache_keeps_is_drawn_in_the_parent(check: Check, made: str, in_workers: bool) -> None:
    report = check({"train.py": CACHED.format(made=made)})
    expected = ("duplicate", "clean") if in_workers else CLEAN
    assert (report.eligible, report.legacy, report.modern) == (in_workers, *expected)
