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
IN_FUNCTION = USES + "def begin():\n    mp.set_start_method('spawn')\n"
CALLED = STARTS.format(what="begin()\n    ")


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
        pytest.param(
            {
                "train.py": "import importlib\nimportlib.import_module('recipes.' + input()).run()\n",
                "recipes/first.py": "from data import loader\ndef run():\n    return list(loader())\n",
                "tools/convert.py": SPAWNED.replace("from data", "from other_data"),
            },
            OLD_TORCH,
            id="a_tool_beside_a_program_that_imports_by_a_text",
        ),
        pytest.param(
            {
                "train.py": "import importlib\nimport multiprocessing as m\nif __name__ == '__main__':\n"
                "    m.set_start_method('spawn')\n    importlib.import_module('recipes.' + input()).run()\n",
                "recipes/first.py": "from data import loader\ndef run():\n    return list(loader())\n",
            },
            CLEAN,
            id="a_program_that_imports_by_a_text",
        ),
        pytest.param({"train.py": IN_FUNCTION + CALLED}, CLEAN, id="a_function_that_the_guard_calls"),
        pytest.param(
            {"train.py": IN_FUNCTION + "def work():\n    begin()\n" + CALLED.replace("begin", "work")},
            CLEAN,
            id="a_function_that_a_function_calls",
        ),
        pytest.param(
            {"setting.py": IN_FUNCTION, "train.py": USES + "from setting import begin\n" + CALLED},
            CLEAN,
            id="a_function_of_another_file",
        ),
        pytest.param(
            {"setting.py": IN_FUNCTION, "train.py": USES + "import setting\n" + CALLED.replace("begin()", "pass")},
            OLD_TORCH,
            id="a_function_that_nobody_calls",
        ),
        pytest.param(
            {"train.py": "import tool\n" + FORKED, "tool.py": IN_FUNCTION + CALLED},
            OLD_TORCH,
            id="a_function_that_the_guard_of_an_import_calls",
        ),
    ],
)
def test_a_start_method_holds_for_the_programs_that_set_it(
    check: Check, programs: dict[str, str], expected: tuple[str, str]
) -> None:
    report = check({"data.py": LOADER, **programs})
    assert {(pair.legacy, pair.modern) for pair in report.pairs} == {expected}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        pytest.param("if args.spread:", OLD_TORCH, id="an_option_that_is_off"),
        pytest.param("if args.several:", CLEAN, id="an_option_that_is_on"),
        pytest.param("if not args.several:", OLD_TORCH, id="without_an_option_that_is_on"),
        pytest.param("if settings.distributed:", OLD_TORCH, id="a_setting_that_cannot_be_read"),
        pytest.param("if mp.get_start_method(allow_none=True) != 'spawn':", CLEAN, id="unless_it_is_set"),
        pytest.param("if sys.platform == 'linux':", CLEAN, id="on_a_platform"),
        pytest.param("if torch.cuda.is_available():", CLEAN, id="where_there_is_a_device"),
    ],
)
def test_a_start_method_that_only_a_setting_asks_for(check: Check, test: str, expected: tuple[str, str]) -> None:
    program = (
        USES
        + f"""import sys
import torch
import argparse
import settings
parser = argparse.ArgumentParser()
parser.add_argument("--spread", action="store_true")
parser.add_argument("--several", default=True)
args = parser.parse_args()
if __name__ == "__main__":
    {test}
        mp.set_start_method("spawn")
    for batch in loader():
        pass
"""
    )
    settings = "import os\ndistributed = 'N' in os.environ\n"
    report = check({"data.py": LOADER, "train.py": program, "settings.py": settings})
    assert {(pair.legacy, pair.modern) for pair in report.pairs} == {expected}
