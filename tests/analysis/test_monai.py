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
