"""Ways of writing a loader, and the lines that a patch changes in each."""

import json
from textwrap import dedent

import pytest

from analysis.engine import analyse
from analysis.fix.fixes import applied, changes, fixes
from analysis.fix.overlay import OverlayTree
from analysis.tree import DirectoryTree
from tests.support.trees import MemoryTree

SET = """
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

class Set(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()

"""


@pytest.fixture
def mended(tmp_path):
    """Writes files, applies every patch to them, and gives the lines that went and came."""

    def run(**files: str) -> tuple[list[str], list[str]]:
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(dedent(text).lstrip("\n"), "utf-8")
        tree = DirectoryTree(tmp_path)
        patches, changed = applied(tree)
        after = analyse(OverlayTree(tree, changed))
        assert not after.has_bug
        assert fixes(OverlayTree(tree, changed), after) == []
        lines = [line for patch in patches for line in patch.diff.splitlines() if not line.startswith(("+++", "---"))]
        return (
            [line[1:].strip() for line in lines if line.startswith("-") and line[1:].strip()],
            [line[1:].strip() for line in lines if line.startswith("+") and line[1:].strip()],
        )

    return run


SEED_WORKER = ["def seed_worker(worker_id):", "np.random.seed(torch.initial_seed() % 2**32)"]


def test_options_in_a_dictionary_get_the_function_once(mended):
    gone, came = mended(
        train=SET + "options = {'batch_size': 4, 'num_workers': 4}\n"
        "train = DataLoader(Set(), shuffle=True, **options)\ntest = DataLoader(Set(), **options)\n"
    )
    assert gone == ["options = {'batch_size': 4, 'num_workers': 4}"]
    assert [line for line in came if "options" in line] == [
        "options = {'batch_size': 4, 'num_workers': 4, 'worker_init_fn': seed_worker}"
    ]


def test_a_subclass_that_takes_no_function_hands_one_to_its_base(mended):
    gone, came = mended(
        train=SET
        + """class Loader(DataLoader):
    def __init__(self, data, size):
        super().__init__(data, size, num_workers=4)

loader = Loader(Set(), 8)
"""
    )
    assert gone == ["super().__init__(data, size, num_workers=4)"]
    assert came == [*SEED_WORKER, "super().__init__(data, size, num_workers=4, worker_init_fn=seed_worker)"]


def test_a_partial_gets_the_function(mended):
    _, came = mended(
        train="from functools import partial\n"
        + SET
        + "make = partial(DataLoader, num_workers=4, batch_size=2)\nloader = make(Set())\n"
    )
    assert any("worker_init_fn=seed_worker" in line for line in came)


def test_the_function_that_is_there_is_used(mended):
    gone, came = mended(
        seeds="""
            import numpy as np
            import torch

            def seed_it(worker_id):
                np.random.seed(torch.initial_seed() % 2**32)
            """,
        train=SET.replace("class", "from seeds import other\n\nclass", 1)
        + "loader = DataLoader(Set(), num_workers=4)\n",
    )
    assert gone == ["from seeds import other", "loader = DataLoader(Set(), num_workers=4)"]
    assert came == [
        "from seeds import other, seed_it",
        "loader = DataLoader(Set(), num_workers=4, worker_init_fn=seed_it)",
    ]


def test_a_function_that_seeds_something_else_seeds_numpy_first(mended):
    gone, came = mended(
        train=SET
        + """def init(worker_id):
    torch.manual_seed(worker_id)

loader = DataLoader(Set(), num_workers=4, worker_init_fn=init)
"""
    )
    assert gone == []
    assert came == ["np.random.seed(torch.initial_seed() % 2**32)"]


def test_the_rank_of_a_process_stays_in_the_seed(mended):
    gone, came = mended(
        train="from functools import partial\n"
        + SET
        + """def init(worker_id, rank, seed):
    worker_seed = rank + seed
    np.random.seed(worker_seed)

loader = DataLoader(Set(), num_workers=4, worker_init_fn=partial(init, rank=0, seed=3))
"""
    )
    assert gone == ["worker_seed = rank + seed"]
    assert came == ["worker_seed = (torch.initial_seed() + 1000 * rank) % 2**32"]


def test_lightning_seeds_the_workers_where_it_seeds_the_rest(mended):
    gone, came = mended(
        train=SET.replace("import torch\n", "import torch\nimport pytorch_lightning as pl\n")
        + """class Data(pl.LightningDataModule):
    def train_dataloader(self):
        return DataLoader(Set(), num_workers=4)

pl.seed_everything(1)
pl.Trainer().fit(None, Data())
"""
    )
    assert (gone, came) == (["pl.seed_everything(1)"], ["pl.seed_everything(1, workers=True)"])


def test_a_module_that_keeps_a_random_state_seeds_it(mended):
    _, came = mended(
        train=SET.replace("np.random.rand()", "rng.rand()").replace(
            "class", "rng = np.random.RandomState(0)\n\nclass", 1
        )
        + "loader = DataLoader(Set(), num_workers=4)\n"
    )
    assert "rng.seed(torch.initial_seed() % 2**32)" in came


def test_two_objects_that_call_their_generators_the_same_get_one_each(mended):
    _, came = mended(
        train="""
            import numpy as np
            import torch
            from torch.utils.data import DataLoader, Dataset

            class Crop:
                def __init__(self):
                    self.rng = np.random.RandomState(1)
                def __call__(self, x):
                    return x + self.rng.rand()

            class Set(Dataset):
                def __init__(self):
                    self.rng = np.random.RandomState(2)
                    self.crop = Crop()
                def __len__(self):
                    return 8
                def __getitem__(self, index):
                    return self.crop(self.rng.rand())

            loader = DataLoader(Set(), num_workers=4)
            """
    )
    assert came.count("self.rng = np.random.RandomState(worker.seed % 2**32)") == 2


def test_an_iterable_dataset_whose_loader_takes_no_function_seeds_itself(mended):
    gone, came = mended(
        train="""
            import numpy as np
            from torch.utils.data import IterableDataset
            from transformers import Trainer, TrainingArguments

            class Stream(IterableDataset):
                def __iter__(self):
                    while True:
                        yield np.random.rand()

            args = TrainingArguments(dataloader_num_workers=4)
            Trainer(None, args, train_dataset=Stream()).train()
            """
    )
    assert gone == []
    assert came[0] == "import torch"
    assert "np.random.seed(worker.seed % 2**32)" in came


def test_names_that_are_taken_are_not_taken_again(mended):
    _, came = mended(
        train=SET.replace("import torch\n", "") + "seed_worker = None\nloader = DataLoader(Set(), num_workers=4)\n"
    )
    assert "import torch" in came
    assert "def seed_numpy_worker(worker_id):" in came


def test_a_module_that_the_function_imports_itself_is_not_imported_again(mended):
    _, came = mended(
        train=SET.replace("import torch\n", "")
        + """def main():
    import torch
    loader = DataLoader(Set(), num_workers=4, worker_init_fn=lambda worker_id: np.random.seed(worker_id))
"""
    )
    assert "import torch" not in came


def test_a_function_that_the_parent_calls_too_stays_as_it_is(tmp_path):
    (tmp_path / "train.py").write_text(
        SET
        + """def set_seed(seed):
    np.random.seed(seed)

set_seed(1)
loader = DataLoader(Set(), num_workers=4, worker_init_fn=set_seed)
"""
    )
    tree = DirectoryTree(tmp_path)
    for change in changes(tree, analyse(tree)):
        assert b"def set_seed(seed):\n    np.random.seed(seed)\n" in change.files["train.py"]


def test_python_2_is_left_alone(tmp_path):
    (tmp_path / "train.py").write_text(SET + "loader = DataLoader(Set(), num_workers=4)\nprint 'done'\n")
    tree = DirectoryTree(tmp_path)
    report = analyse(tree)
    assert report.has_bug
    assert fixes(tree, report) == []


def test_a_copy_of_torchs_loader_gets_no_argument_that_it_may_not_have(tmp_path):
    (tmp_path / "loading.py").write_text(
        """
def _worker_loop(dataset, index_queue, data_queue, collate_fn):
    while True:
        data_queue.put(collate_fn([dataset[i] for i in index_queue.get()]))
class DataLoader:
    def __init__(self, dataset, batch_size=1, num_workers=0, collate_fn=list):
        self.dataset, self.num_workers = dataset, num_workers
"""
    )
    (tmp_path / "train.py").write_text(SET + "from loading import DataLoader\nloader = DataLoader(Set(), 4, 4)\n")
    tree = DirectoryTree(tmp_path)
    report = analyse(tree)
    assert report.has_bug
    assert fixes(tree, report) == []


@pytest.mark.parametrize(
    "odd", ["#~seedwatch line 0", "#~seedwatch line 99999~", '"""\nfolder  #~seedwatch line 0~\n"""']
)
def test_a_notebook_keeps_lines_that_look_like_what_stands_for_magics(odd):
    source = f"%matplotlib inline\n{odd}\n{SET}loader = DataLoader(Set(), num_workers=4)\n"
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
    tree = MemoryTree({"run.ipynb": json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}).encode()})
    (change,) = changes(tree, analyse(tree))
    after = json.loads(change.files["run.ipynb"])["cells"][0]["source"]
    assert "".join(after).startswith(f"%matplotlib inline\n{odd}\n")


def test_a_notebook_keeps_its_cells_and_outputs(tmp_path):
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "é \\u00e9"]},
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {"collapsed": True},
            "outputs": [{"data": {"image/png": "aGVsbG8=\n"}, "output_type": "display_data"}],
            "source": SET.splitlines(keepends=True),
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": ["%matplotlib inline\n", "!pip install torch\n", "loader = DataLoader(Set(), num_workers=4)"],
        },
    ]
    text = json.dumps({"nbformat": 4, "metadata": {"x": 1.50}, "cells": cells}, indent=1, ensure_ascii=False) + "\n"
    path = tmp_path / "run.ipynb"
    path.write_text(text, "utf-8")
    tree = DirectoryTree(tmp_path)
    (change,) = changes(tree, analyse(tree))
    after = change.files["run.ipynb"].decode()
    assert [line for line in text.splitlines() if line not in after.splitlines()] == [
        '    "loader = DataLoader(Set(), num_workers=4)"'
    ]
    source = "".join(json.loads(after)["cells"][2]["source"])
    assert source == (
        "%matplotlib inline\n!pip install torch\n\n\ndef seed_worker(worker_id):\n"
        "    np.random.seed(torch.initial_seed() % 2**32)\n\n\nloader = DataLoader(Set(), num_workers=4, "
        "worker_init_fn=seed_worker)"
    )
