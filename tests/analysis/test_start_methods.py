"""Which of a repository's programs a start method holds for."""

import pytest

from .examples import CLEAN, OLD_TORCH, Check

LOADER = """
import numpy as np
from torch.utils.data import DataLoader
class Set:
    def __getitem__(self, index):
        return np.random.rand()
def loader():
    return DataLoader(Set(), num_workers=4)
"""
USES = "import torch.multiprocessing as mp\nfrom data import loader\n"
STARTS = 'if __name__ == "__main__":\n    {what}for batch in loader():\n        pass\n'
FORKED = USES + STARTS.format(what="")
SPAWNED = USES + STARTS.format(what="mp.set_start_method('spawn')\n    ")


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        pytest.param({"train.py": SPAWNED}, CLEAN, id="the_only_program"),
        pytest.param({"train.py": FORKED, "demo/demo.py": SPAWNED}, OLD_TORCH, id="only_a_demonstration"),
        pytest.param({"train.py": SPAWNED, "evaluate.py": FORKED}, CLEAN, id="all_that_train"),
        pytest.param({"main.py": SPAWNED, "data_preprocessing/scenes.py": FORKED}, CLEAN, id="folder_of_preparation"),
        pytest.param({"main.py": SPAWNED, "demo/scenes.py": FORKED}, CLEAN, id="folder_of_demonstrations"),
        pytest.param({"main.py": SPAWNED, "demo/train.py": FORKED}, OLD_TORCH, id="training_to_demonstrate"),
        pytest.param({"main.py": SPAWNED, "scenes/indoor.py": FORKED}, OLD_TORCH, id="folder_of_any_name"),
        pytest.param({"train.py": SPAWNED, "train_other.py": FORKED}, OLD_TORCH, id="one_of_two_that_train"),
        pytest.param({"train.py": "import tool\n" + FORKED, "tool.py": SPAWNED}, OLD_TORCH, id="guard_of_an_import"),
        pytest.param(
            {
                "train.py": "import begin\n" + FORKED,
                "begin.py": "import multiprocessing as m\nm.set_start_method('spawn')\n",
            },
            CLEAN,
            id="module_level_of_an_import",
        ),
        pytest.param(
            {
                "train.py": "import importlib\nif __name__ == '__main__':\n"
                "    importlib.import_module('lib.task').run()\n",
                "lib/task.py": "from data import loader\ndef run():\n    return list(loader())\n",
                "other/train.py": SPAWNED.replace("from data", "from other_data"),
            },
            OLD_TORCH,
            id="a_program_beside_one_that_imports_by_a_text",
        ),
    ],
)
def test_a_start_method_holds_for_the_programs_that_set_it(
    check: Check, programs: dict[str, str], expected: tuple[str, str]
) -> None:
    report = check({"data.py": LOADER, **programs})
    assert {(pair.legacy, pair.modern) for pair in report.pairs} == {expected}
