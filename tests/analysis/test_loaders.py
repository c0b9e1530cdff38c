"""Every way to make a loader, and where it stands."""

import json
from textwrap import dedent

import pytest

from .examples import (
    BOTH,
    CLEAN,
    OLD_TORCH,
    Check,
    Example,
    Outcomes,
    assert_as_marked,
    counted,
    drawn,
    each,
    found,
    marked,
)

DATA = """
import numpy as np
class Set:
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
    def __len__(self):
        return 8
"""


def loaded(name: str, train: str, **files: str) -> Example:
    """`data.Set` draws; the program in `train.py` makes a loader of it in one of the many ways."""
    return found(name, data=DATA, train=train, **files)


@each(
    loaded(
        "by_its_name",
        """
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "by_the_whole_name",
        """
        import torch
        from data import Set
        loader = torch.utils.data.DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "by_the_module",
        """
        from torch.utils import data as D
        from data import Set
        loader = D.DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "by_the_module_under_another_name",
        """
        import torch.utils.data as tud
        from data import Set
        loader = tud.DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "looked_up",
        """
        import torch
        from data import Set
        loader = getattr(torch.utils.data, "DataLoader")(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "under_another_name",
        """
        from torch.utils.data import DataLoader as Loader
        from data import Set
        loader = Loader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "of_mmcv_for_another_framework",
        """
        from mmcv.utils.parrots_wrapper import _get_dataloader
        from data import Set
        _, DataLoader = _get_dataloader()
        loader = DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "from_the_inner_module",
        """
        from torch.utils.data.dataloader import DataLoader
        from data import Set
        loader = DataLoader(dataset=Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "with_a_star",
        """
        from torch.utils.data import *
        from data import *
        loader = DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "workers_by_position",
        """
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader(Set(), 8, True, None, None, 2)  # LOADER
        """,
    ),
    loaded(
        "call_over_several_lines",
        """
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader(  # LOADER
            Set(),
            num_workers=2,
        )
        """,
    ),
    loaded(
        "class_held_in_a_variable",
        """
        from torch.utils.data import DataLoader
        from data import Set
        kind = DataLoader
        loader = kind(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "subclass",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Mine(DataLoader):
            def __iter__(self):
                return super().__iter__()
        loader = Mine(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "of_a_type",
        """
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader[float](Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "one_of_two",
        """
        import sys
        from torch.utils.data import DataLoader
        from data import Set
        kind = DataLoader if len(sys.argv) > 1 else list
        loader = kind(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "partial",
        """
        from functools import partial
        from torch.utils.data import DataLoader
        from data import Set
        make = partial(DataLoader, batch_size=4, num_workers=2)
        loader = make(Set())  # LOADER
        """,
    ),
    loaded(
        "keywords_of_a_dict",
        """
        from torch.utils.data import DataLoader
        from data import Set
        options = {"batch_size": 4, "num_workers": 2}
        loader = DataLoader(Set(), **options)  # LOADER
        """,
    ),
    loaded(
        "keywords_of_a_call_of_dict",
        """
        from torch.utils.data import DataLoader
        from data import Set
        options = dict(dataset=Set(), num_workers=2)
        loader = DataLoader(**options)  # LOADER
        """,
    ),
    loaded(
        "keywords_set_one_by_one",
        """
        from torch.utils.data import DataLoader
        from data import Set
        options = {}
        options["num_workers"] = 2
        loader = DataLoader(Set(), **options)  # LOADER
        """,
    ),
    loaded(
        "keywords_updated_behind_a_test",
        """
        import torch
        from torch.utils.data import DataLoader
        from data import Set
        options = {"batch_size": 4}
        if torch.cuda.is_available():
            options.update({"num_workers": 2, "pin_memory": True})
        loader = DataLoader(Set(), **options)  # LOADER
        """,
    ),
    loaded(
        "keywords_updated_by_name",
        """
        from torch.utils.data import DataLoader
        from data import Set
        options = dict(batch_size=4)
        options.update(num_workers=2)
        loader = DataLoader(Set(), **options)  # LOADER
        """,
    ),
    loaded(
        "method_of_a_trainer",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Trainer:
            def __init__(self, workers):
                self.workers = workers
                self.dataset = Set()
            def loader(self):
                return DataLoader(self.dataset, num_workers=self.workers)  # LOADER
        for batch in Trainer(2).loader():
            pass
        """,
    ),
    loaded(
        "lightning_module",
        """
        import pytorch_lightning as pl
        from torch.utils.data import DataLoader
        from data import Set
        class Model(pl.LightningModule):
            def train_dataloader(self):
                return DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "lightning_data_module_with_setup",
        """
        from lightning.pytorch import LightningDataModule
        from torch.utils.data import DataLoader
        from data import Set
        class Module(LightningDataModule):
            def __init__(self, num_workers=4):
                super().__init__()
                self.num_workers = num_workers
            def setup(self, stage=None):
                self.train_set = Set()
            def train_dataloader(self):
                return DataLoader(self.train_set, num_workers=self.num_workers)  # LOADER
        """,
    ),
    loaded(
        "lightning_data_module_that_sets_up_for_its_stage",
        """
        from lightning.pytorch import LightningDataModule
        from torch.utils.data import DataLoader
        from data import Set
        class Module(LightningDataModule):
            def __init__(self):
                super().__init__()
                self.train_set = None
            def setup(self, stage=None):
                if stage == "fit":
                    self.train_set = Set()
            def train_dataloader(self):
                return DataLoader(self.train_set, num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "made_later_of_a_configuration_in_python",
        """
        from detectron2.config import LazyCall as L
        from torch.utils.data import DataLoader
        from data import Set
        train = L(DataLoader)(  # LOADER
            dataset=L(Set)(),
            num_workers=2,
        )
        """,
    ),
    loaded(
        "torchio",
        """
        import torchio as tio
        from data import Set
        loader = tio.SubjectsLoader(Set(), batch_size=2, num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "subclass_of_torchios",
        """
        import torchio as tio
        from data import Set
        class Batches(tio.SubjectsLoader):
            def __iter__(self):
                return super().__iter__()
        loader = Batches(dataset=Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "ignite",
        """
        import ignite.distributed as idist
        from data import Set
        loader = idist.auto_dataloader(Set(), batch_size=2, num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "speechbrain",
        """
        import speechbrain as sb
        from data import Set
        loader = sb.dataio.dataloader.make_dataloader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "speechbrains_class",
        """
        from speechbrain.dataio.dataloader import SaveableDataLoader
        from data import Set
        loader = SaveableDataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "tasks_of_torchmeta",
        """
        from torchmeta.utils.data import BatchMetaDataLoader
        from data import Set
        loader = BatchMetaDataLoader(Set(), batch_size=2, num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "fastais_first_version",
        """
        from fastai.callbacks import *
        from fastai.vision import *
        from data import Set
        data = ImageDataBunch.create(train_ds=Set(), valid_ds=Set(), bs=4).normalize(imagenet_stats)  # LOADER
        """,
    ),
    loaded(
        "two_loaders_of_one_dataset",
        """
        from torch.utils.data import DataLoader
        from data import Set
        train = DataLoader(Set(), shuffle=True, num_workers=2)  # LOADER
        test = DataLoader(Set(), num_workers=2)  # LOADER
        """,
    ),
    loaded(
        "by_a_class_method_of_its_own",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Batches(DataLoader):
            @classmethod
            def splits(cls, train, test, workers=2):
                first = cls(dataset=train, num_workers=workers)  # LOADER
                return first, cls(dataset=test, num_workers=workers)  # LOADER
        train, test = Batches.splits(Set(), Set())
        """,
    ),
)
def test_the_line_of_the_call(check: Check, example: Example) -> None:
    report = check(example.sources())
    assert_as_marked(report, example)
    assert {pair.loader for pair in counted(report)} == marked(example.sources(), "LOADER")
    assert {pair.dataset for pair in counted(report)} == {"Set"}


@each(
    loaded(
        "subclass_with_its_own_constructor",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Mine(DataLoader):
            def __init__(self, root, workers):
                self.root = root
                super().__init__(Set(), num_workers=workers)
        loader = Mine(".", 3)
        """,
    ),
    loaded(
        "subclass_in_another_file",
        """
        from data import Set
        from base import Base
        class Mine(Base):
            def __init__(self, batch_size=4, num_workers=3):
                super().__init__(Set(), batch_size, num_workers)
        Mine()
        """,
        base="""
        from torch.utils.data import DataLoader
        class Base(DataLoader):
            def __init__(self, dataset, batch_size, num_workers):
                options = {"dataset": dataset, "batch_size": batch_size, "num_workers": num_workers}
                super().__init__(**options)
        """,
    ),
    loaded(
        "factory_function",
        """
        from make import make_loader
        from data import Set
        loader = make_loader(Set(), workers=3)
        """,
        make="""
        from torch.utils.data import DataLoader
        def make_loader(dataset, workers):
            return DataLoader(dataset, num_workers=workers)
        """,
    ),
    loaded(
        "factory_that_passes_keywords_on",
        """
        from make import make_loader
        from data import Set
        loader = make_loader(Set(), batch_size=2, num_workers=3)
        """,
        make="""
        from torch.utils.data import DataLoader
        def make_loader(dataset, **options):
            options.setdefault("shuffle", True)
            return DataLoader(dataset, **options)
        """,
    ),
    loaded(
        "class_that_is_a_parameters_default",
        """
        from data import Set
        from tools import build
        loader = build(Set(), num_workers=3)
        """,
        tools="""
        from torch.utils.data import DataLoader
        def build(data, *args, shuffle=False, kind=DataLoader, **options):
            return kind(data, *args, shuffle=shuffle, **options)  # LOADER
        """,
    ),
    loaded(
        "mapped_over_the_datasets",
        """
        from functools import partial
        from torch.utils.data import DataLoader
        from data import Set
        def main():
            sets = Set(), Set()
            load = partial(DataLoader, num_workers=3)
            load = partial(load, shuffle=True)
            train, test = map(load, sets)  # LOADER
        main()
        """,
    ),
    loaded(
        "a_helper_mapped_over_the_datasets",
        """
        from torch.utils.data import DataLoader
        from data import Set
        def load(data):
            return DataLoader(data, num_workers=3)  # LOADER
        train, test = map(load, (Set(), Set()))
        """,
    ),
    loaded(
        "looked_up_among_the_loaders_of_the_repository",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Batches(DataLoader):
            pass
        KINDS = {"whole": Batches}
        def main(kind):
            return KINDS[kind](Set(), num_workers=3)  # LOADER
        main("whole")
        """,
    ),
    loaded(
        "looked_up_among_loaders_in_the_call",
        """
        from torch.utils.data import DataLoader
        from data import Set
        LOADERS = {"torch": DataLoader, "none": list}
        def main(kind):
            return LOADERS[kind](Set(), num_workers=3)  # LOADER
        main("torch")
        """,
    ),
    loaded(
        "by_a_function_without_a_name_of_its_own",
        """
        from torch.utils.data import DataLoader
        import data
        load = lambda sets: DataLoader(sets, num_workers=3)  # LOADER
        def main():
            train, test = map(data.Set, (), ())
            for batch in load(train):
                pass
        main()
        """,
    ),
)
def test_through_code_of_the_repository(check: Check, example: Example) -> None:
    report = check(example.sources())
    assert_as_marked(report, example)
    assert {pair.workers_value for pair in counted(report)} == {3}


COPY = """
import multiprocessing
import numpy as np
import torch
def _worker_loop(dataset, index_queue, data_queue, collate_fn, seed, worker_id):
    {seeds}
    while True:
        data_queue.put(collate_fn([dataset[i] for i in index_queue.get()]))
class DataLoaderIter(object):
    def __init__(self, loader):
        base_seed = torch.LongTensor(1).random_(0, 2**31 - 1)[0]
        for i in range(loader.num_workers):
            asked, made = multiprocessing.SimpleQueue(), multiprocessing.SimpleQueue()
            given = (loader.dataset, asked, made, loader.collate_fn, base_seed + i, i)
            multiprocessing.Process(target=_worker_loop, args=given).start()
class DataLoader(object):
    def __init__(self, dataset, batch_size=1, num_workers=0, collate_fn=list, worker_init_fn=None):
        self.dataset, self.num_workers, self.collate_fn = dataset, num_workers, collate_fn
    def __iter__(self):
        return DataLoaderIter(self)
"""


@pytest.mark.parametrize(
    ("seeds", "outcomes"),
    [("torch.manual_seed(seed)", BOTH), ("np.random.seed(0)", BOTH), ("np.random.seed(seed)", CLEAN)],
    ids=["as_early_torch_did", "numpy_with_a_constant", "numpy_too"],
)
def test_a_copy_of_the_loader(check: Check, seeds: str, outcomes: Outcomes) -> None:
    """Of whatever version torch is, its own loader is not used."""
    train = "import loading\nfrom data import Set\nfor batch in loading.DataLoader(Set(), 4, 3): pass"
    report = check({"data.py": DATA, "loading.py": COPY.format(seeds=seeds), "train.py": train})
    (pair,) = counted(report)
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)
    assert (pair.loader, pair.workers_value) == ("train.py:3", 3)
    assert ("own copy" in pair.why, "`_worker_loop`" in (pair.fix or "")) == (outcomes == BOTH, outcomes == BOTH)


@pytest.mark.parametrize(
    ("base", "outcomes"), [("Copied", BOTH), ("Torchs", OLD_TORCH)], ids=["of_the_copy", "of_torchs_own"]
)
def test_what_is_derived_beside_a_copy_of_the_loader(check: Check, base: str, outcomes: Outcomes) -> None:
    own = f"""
from loading import DataLoader as Copied
from torch.utils.data import DataLoader as Torchs
def _worker_loop(dataset, index_queue):
    return [dataset[i] for i in index_queue.get()]
class Loader({base}):
    pass
"""
    train = "from own import Loader\nfrom data import Set\nfor batch in Loader(Set(), num_workers=3): pass"
    files = {"data.py": DATA, "loading.py": COPY.format(seeds="torch.manual_seed(seed)"), "own.py": own}
    report = check({**files, "train.py": train})
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)


@each(
    loaded(
        "mapped_over_other_datasets",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Quiet:
            def __getitem__(self, index):
                return index
        def load(data):
            return DataLoader(data, num_workers=4)
        train, test = map(load, (Quiet(), Quiet()))
        print(*map(len, (Set(), Set())))
        """,
    ),
    loaded(
        "factory_tells_its_callers_apart",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Quiet:
            def __getitem__(self, index):
                return index
        def make(dataset, workers):
            return DataLoader(dataset, num_workers=workers)
        make(Quiet(), 4)
        make(Set(), 0)
        """,
    ),
    loaded(
        "another_thing_made_of_a_bunch",
        """
        from fastai.vision import *
        from data import Set
        from store import Bunch
        data = Bunch.create(train_ds=Set(), num_workers=2)
        other = ImageDataBunch.from_folder(Set(), num_workers=2)
        """,
    ),
    loaded(
        "loader_of_another_library",
        """
        from somewhere import DataLoader
        from data import Set
        loader = DataLoader(Set(), num_workers=2)
        """,
    ),
    loaded(
        "loader_class_of_the_repository",
        """
        from data import Set
        class DataLoader:
            def __init__(self, dataset, num_workers):
                self.dataset = dataset
            def __iter__(self):
                return iter(self.dataset)
        loader = DataLoader(Set(), num_workers=2)
        """,
    ),
    loaded(
        "looked_up_among_what_loads_nothing",
        """
        from torch.utils.data import DataLoader, RandomSampler
        from data import Set
        LOADERS = {"list": list, "sampler": RandomSampler}
        KINDS = {"torch": DataLoader}
        batches = LOADERS["sampler"](Set(), num_workers=3)
        whole = KINDS["torch"](list(range(8)), num_workers=3)
        """,
    ),
    loaded(
        "something_else_is_looked_up",
        """
        import torch
        from data import Set
        sampler = getattr(torch.utils.data, "RandomSampler")(Set(), num_workers=2)
        getattr(records, "loader")(Set(), num_workers=2)
        """,
    ),
)
def test_no_loader_of_the_drawing_dataset(check: Check, example: Example) -> None:
    report = check(example.sources())
    assert (counted(report), report.legacy, report.modern) == ([], *CLEAN)


OWN_TRAINER = """
from transformers import Seq2SeqTrainer, Trainer, TrainingArguments
from torch.utils.data import DataLoader
from data import Set
class Quiet:
    def __getitem__(self, index):
        return index
{trainer}
arguments = TrainingArguments("runs", dataloader_num_workers={workers})
trainer = {name}(model=None, args=arguments, train_dataset=Set(), eval_dataset=Quiet())  # LOADER
trainer.train()
"""


@pytest.mark.parametrize(
    ("name", "trainer"),
    [
        ("Trainer", ""),
        ("Seq2SeqTrainer", ""),
        ("Ours", "class Ours(Trainer):\n    def compute_loss(self, model, inputs):\n        return model(inputs)"),
        ("Ours", "class Ours(Seq2SeqTrainer):\n    def get_eval_dataloader(self):\n        return DataLoader(Quiet())"),
        ("Ours", "class Ours(Trainer):\n    def __init__(self, *a, weight=1, **b):\n        super().__init__(*a, **b)"),
        ("Ours", "class Base(Trainer):\n    pass\nclass Ours(Base):\n    pass"),
        (
            "Ours",
            "class Ours(Trainer):\n    def get_train_dataloader(self):\n        return super().get_train_dataloader()",
        ),
    ],
    ids=[
        "itself",
        "for_sequences",
        "another_loss",
        "another_evaluation",
        "another_constructor",
        "over_another",
        "as_the_library_does",
    ],
)
@pytest.mark.parametrize("workers", [2, 0])
def test_transformers_trainers(check: Check, name: str, trainer: str, workers: int) -> None:
    program = OWN_TRAINER.format(name=name, trainer=trainer, workers=workers)
    report = check({"data.py": DATA, "train.py": program})
    assert (report.eligible, report.legacy, report.modern) == (workers > 0, *CLEAN)
    assert {pair.loader for pair in counted(report)} == (marked({"train.py": program}, "LOADER") if workers else set())


@pytest.mark.parametrize(
    ("trainer", "library"),
    [
        (
            "class Ours(Trainer):\n    def get_train_dataloader(self):\n        return DataLoader(Quiet())",
            "transformers",
        ),
        ("class Ours(Trainer):\n    pass", "laboratory"),
    ],
    ids=["that_make_their_own_loaders", "of_another_library"],
)
def test_trainers_that_make_no_loader_of_the_dataset(check: Check, trainer: str, library: str) -> None:
    program = OWN_TRAINER.format(name="Ours", trainer=trainer, workers=2).replace(
        "from transformers", f"from {library}"
    )
    report = check({"data.py": DATA, "train.py": program})
    assert (report.eligible, counted(report)) == (False, [])


TASK = """
import numpy as np
import torch
from fairseq.data import FairseqDataset, data_utils
from fairseq.tasks import FairseqTask, register_task
class Kept:
    def __init__(self):
        self.datasets = {{}}
class Set(FairseqDataset):
    def __init__(self, seed):
        self.seed = seed
        self.epoch = 1
    def __getitem__(self, index):
        with data_utils.numpy_seed({seeds}):
            drawn = np.random.rand()
        return drawn{after}
    def collater(self, samples):
        return {collated}
@register_task("speech")
class Task({base}):
    def load_dataset(self, split, **kwargs):
        dataset = Set(self.args.seed)
        self.datasets[split] = dataset  # LOADER
"""


@pytest.mark.parametrize(
    ("seeds", "after", "collated", "outcomes"),
    [
        ("self.seed, self.epoch, index", "", "samples", CLEAN),
        ("'speech', index", "", "samples", CLEAN),
        ("self.seed, index", " + np.random.rand()", "samples", OLD_TORCH),
        ("self.seed, index", "", "np.random.permutation(samples)", OLD_TORCH),
        ("12345", "", "samples", ("duplicate", "duplicate")),
    ],
    ids=["by_epoch_and_sample", "by_a_text_and_the_sample", "drawn_after_it", "drawn_in_its_collater", "by_a_constant"],
)
def test_what_a_fairseq_task_keeps(check: Check, seeds: str, after: str, collated: str, outcomes: Outcomes) -> None:
    task = TASK.format(seeds=seeds, after=after, collated=collated, base="FairseqTask")
    report = check({"task.py": task})
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)
    assert {pair.loader for pair in counted(report)} == marked({"task.py": task}, "LOADER")
    assert {(pair.workers, pair.workers_value) for pair in counted(report)} == {("default", 1)}


@pytest.mark.parametrize(
    ("base", "settings", "why"),
    [("Kept", "dataset:\n  num_workers: 6\n", "no_loader"), ("FairseqTask", "num_workers: 0\n", "no_workers")],
    ids=["no_task", "no_workers"],
)
def test_what_is_kept_and_gets_no_workers(check: Check, base: str, settings: str, why: str) -> None:
    task = TASK.format(seeds="index", after=" + np.random.rand()", collated="samples", base=base)
    report = check({"task.py": task, "config.yaml": settings})
    assert (report.eligible, report.why_not_eligible) == (False, why)


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook of (type, text) cells."""
    return json.dumps(
        {
            "cells": [
                {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)} for kind, text in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


MARKDOWN = ("markdown", "# Data\nnp.random.rand()")
DATASET = (
    "code",
    "import numpy as np\n\nclass Set:\n    def __getitem__(self, index):\n        return np.random.rand()",
)
LOADER = ("code", "from torch.utils.data import DataLoader\nloader = DataLoader(Set(), num_workers=2)")


@pytest.mark.parametrize(
    ("cells", "draw", "loader"),
    [
        ([DATASET, LOADER], "n.ipynb:c0:5", "n.ipynb:c1:2"),
        ([MARKDOWN, DATASET, MARKDOWN, LOADER], "n.ipynb:c1:5", "n.ipynb:c3:2"),
        ([("code", "%matplotlib inline\n!pip install torch\nSet?"), DATASET, LOADER], "n.ipynb:c1:5", "n.ipynb:c2:2"),
        ([("code", "%%bash\nls -l | grep x"), DATASET, LOADER], "n.ipynb:c1:5", "n.ipynb:c2:2"),
        ([DATASET, ("code", "this is (not Python"), LOADER], "n.ipynb:c0:5", "n.ipynb:c2:2"),
        ([("code", ""), DATASET, LOADER], "n.ipynb:c1:5", "n.ipynb:c2:2"),
    ],
    ids=["code", "markdown_between", "magics", "cell_in_another_language", "broken_cell", "empty_cell"],
)
def test_notebook(check: Check, cells: list[tuple[str, str]], draw: str, loader: str) -> None:
    report = check({"n.ipynb": notebook(*cells)})
    assert (report.legacy, report.modern) == OLD_TORCH
    assert drawn(report) == {draw}
    assert [pair.loader for pair in counted(report)] == [loader]


RUN = ("code", "import numpy as np\nfrom torch.utils.data import DataLoader\n" + DATASET[1])


@pytest.mark.parametrize(
    ("line", "path", "found"),
    [
        ("%run sets.ipynb", "demo/sets.ipynb", {"demo/sets.ipynb:c0:7"}),
        ("%run -i './sets.ipynb'  # first", "demo/sets.ipynb", {"demo/sets.ipynb:c0:7"}),
        ("%run ../lab/sets.ipynb", "lab/sets.ipynb", {"lab/sets.ipynb:c0:7"}),
        ("    %run tools/sets.py --all 1", "demo/tools/sets.py", {"demo/tools/sets.py:7"}),
        ("%run sets", "demo/sets.py", {"demo/sets.py:7"}),
        ("%run 'sets.ipynb'", "demo/sets.ipynb", {"demo/sets.ipynb:c0:7"}),
        ("%run 'sets of mine.ipynb'", "demo/sets.py", set()),
        ("%run 01-sets.ipynb", "demo/01-sets.ipynb", set()),
        ("%runs sets.ipynb", "demo/sets.ipynb", set()),
    ],
    ids=[
        "notebook",
        "with_options",
        "elsewhere",
        "script",
        "without_its_ending",
        "quoted",
        "a_part",
        "odd",
        "other_magic",
    ],
)
def test_notebook_that_runs_another_file(check: Check, line: str, path: str, found: set[str]) -> None:
    start = f"if True:\n{line}" if line.startswith(" ") else line
    cells = [("code", start), ("code", "loader = DataLoader(Set(), num_workers=2)")]
    run = notebook(RUN) if path.endswith(".ipynb") else RUN[1]
    assert drawn(check({path: run, "demo/n.ipynb": notebook(*cells)})) == found


def test_notebook_over_a_module_of_the_repository(check: Check) -> None:
    cells = [("code", "from data import Set"), LOADER]
    report = check({"data.py": DATA.lstrip("\n"), "demo/n.ipynb": notebook(*cells)})
    assert (drawn(report), [pair.loader for pair in counted(report)]) == ({"data.py:4"}, ["demo/n.ipynb:c1:2"])


@pytest.mark.parametrize(
    ("told", "calls"),
    [
        ("is_train", ("True", "False")),
        ("split", ("'train'", "'val'")),
    ],
)
def test_a_helper_is_told_what_it_makes_a_loader_for(check: Check, told: str, calls: tuple[str, str]) -> None:
    report = check(
        {
            "data.py": dedent(
                """
                import numpy as np
                class Clips:
                    def __init__(self, train):
                        self.train = train
                    def __getitem__(self, index):
                        if self.train:
                            return np.random.rand()
                        np.random.seed(0)
                        return np.random.choice(9)
                """
            ),
            "train.py": dedent(
                f"""
                from torch.utils.data import DataLoader
                from data import Clips
                def feed(data, {told}):
                    return DataLoader(data, num_workers=4)
                first = feed(Clips(True), {told}={calls[0]})
                second = feed(Clips(False), {told}={calls[1]})
                """
            ),
        }
    )
    assert {(pair.draw_kind, pair.train, pair.counts) for pair in report.pairs} == {
        ("global", True, True),
        ("fixed", False, False),
    }
    assert (report.legacy, report.modern) == OLD_TORCH


@pytest.mark.parametrize(
    ("made", "draw", "init", "for_training", "for_evaluation"),
    [
        ("np.random.RandomState(7)", "self.rng.rand()", "None", True, False),
        ("np.random.default_rng(seed=7)", "self.rng.random()", "None", True, False),
        ("np.random.default_rng()", "self.rng.random()", "None", True, True),
        ("None", "np.random.rand()", "lambda worker_id: np.random.seed(7)", True, False),
        ("None", "np.random.rand()", "lambda worker_id: np.random.seed(worker_id)", True, True),
        ("np.random.RandomState(7)", "self.rng.rand() + np.random.rand()", "None", True, False),
    ],
    ids=["kept", "kept_generator", "of_new_entropy", "at_the_start_of_workers", "by_worker", "beside_another"],
)
def test_a_constant_seed_that_only_evaluation_reaches_is_meant(
    check: Check, made: str, draw: str, init: str, for_training: bool, for_evaluation: bool
) -> None:
    data = dedent(
        f"""
        import numpy as np
        class Clips:
            def __init__(self):
                self.rng = {made}
            def __getitem__(self, index):
                return {draw}
        """
    )
    for name, counts in (("train_loader", for_training), ("val_loader", for_evaluation)):
        program = dedent(
            f"""
            import numpy as np
            from torch.utils.data import DataLoader
            from data import Clips
            {name} = DataLoader(Clips(), num_workers=4, worker_init_fn={init})
            """
        )
        report = check({"data.py": data, "train.py": program})
        kept = [pair for pair in report.pairs if pair.draw_kind == "instance" or made == "None"]
        assert [pair.counts for pair in kept] == [counts]
        assert kept[0].counts or kept[0].counts_why == "deterministic evaluation by design"


def test_a_constant_seed_that_training_reaches_too_counts_in_evaluation(check: Check) -> None:
    data = dedent(
        """
        import numpy as np
        class Clips:
            def __init__(self, names):
                self.names = names
                self.rng = np.random.RandomState(7)
            def __getitem__(self, index):
                return self.rng.rand()
        """
    )
    program = dedent(
        """
        from torch.utils.data import DataLoader
        from data import Clips
        train_loader = DataLoader(Clips("a"), num_workers=4)
        val_loader = DataLoader(Clips("b"), num_workers=4)
        """
    )
    report = check({"data.py": data, "train.py": program})
    assert {(pair.train, pair.counts) for pair in report.pairs} == {(True, True), (False, True)}


def test_a_loader_in_a_branch_is_made_by_those_callers_alone_who_get_there(check: Check) -> None:
    report = check(
        {
            "data.py": "import numpy as np\nfrom torch.utils.data import DataLoader\n"
            "class Set:\n"
            "    def __init__(self, noisy):\n        self.noisy = noisy\n"
            "    def __getitem__(self, index):\n        return np.random.rand() if self.noisy else index\n"
            "def make(train):\n"
            "    if train:\n        return DataLoader(Set(train), num_workers=4)\n"
            "    return DataLoader(Set(train), num_workers=2)\n",
            "run.py": "from data import make\nmake(True)\nmake(False)\n",
        }
    )
    assert {pair.loader for pair in counted(report)} == {"data.py:10"}


OWN_LOADERS = """
from torch.utils.data import DataLoader
from data import Set
class Base(DataLoader):
    def __init__(self, dataset, batch_size, num_workers):
        self.settings = {"dataset": dataset, "batch_size": batch_size, "num_workers": num_workers}
        super().__init__(**self.settings)
class Scans(Base):
    def __init__(self, path, batch_size, num_workers=1):
        super().__init__(Set(), batch_size, num_workers)
class Quiet(Base):
    def __init__(self, path, batch_size, num_workers=1):
        super().__init__([path], batch_size, num_workers)
"""
BY_NAME = """
import json
import loaders
class Settings:
    def __init__(self):
        self.read = json.load(open("settings.json"))
    def __getitem__(self, name):
        return self.read[name]
    def make(self, name, module, *args, **more):
        return getattr(module, self[name]["type"])(*args, **self[name]["args"], **more)  # LOADER
for batch in Settings().make("loader", loaders):
    pass
"""


@pytest.mark.parametrize(("workers", "outcomes"), [(2, OLD_TORCH), (0, None)])
def test_a_loader_of_the_repository_that_a_setting_names(check: Check, workers: int, outcomes: Outcomes | None) -> None:
    settings = {"loader": {"type": "Scans", "args": {"path": "scans", "batch_size": 4, "num_workers": workers}}}
    files = {"data.py": DATA, "loaders.py": OWN_LOADERS, "train.py": BY_NAME, "settings.json": json.dumps(settings)}
    report = check(files)
    assert (report.legacy, report.modern) == (outcomes or CLEAN)
    assert [(pair.loader, pair.workers_value) for pair in report.pairs] == [(marked(files, "LOADER").pop(), workers)]


def test_what_a_setting_names_is_no_loader_where_there_are_none(check: Check) -> None:
    models = "import torch\nclass Net(torch.nn.Module):\n    pass\n"
    report = check({"data.py": DATA, "loaders.py": models, "train.py": BY_NAME, "settings.json": "{}"})
    assert (report.eligible, report.why_not_eligible) == (False, "no_loader")


METHOD = """
from torch.utils.data import DataLoader
import numpy as np
class Base:
    def make_loader(self, workers):
        return DataLoader(self.data, num_workers=workers)  # LOADER
class Drawn:
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
class Drawing(Base):
    def __init__(self):
        self.data = Drawn()
"""
CALLED_IN_TESTS = "from data import Drawing\ndef test_it():\n    assert Drawing().make_loader(0)\n"
MANY_TESTS = {f"test_{number}.py": CALLED_IN_TESTS for number in range(8)}


def method_of_what_is_not_read(name: str, call: str, outcomes: Outcomes | None, **files: str) -> Example:
    data = METHOD if outcomes else METHOD.replace("  # DRAW", "")
    train = f"def train(sets):\n    for batch in sets.{call}:\n        pass\n"
    others = {f"{stem}.py": text for stem, text in files.items()}
    return Example(name, {"data.py": data, "train.py": train, **MANY_TESTS, **others}, outcomes)


@each(
    method_of_what_is_not_read("whose_name_tells", "make_loader(4)", OLD_TORCH),
    method_of_what_is_not_read("without_workers", "make_loader(0)", None),
    method_of_what_is_not_read(
        "of_a_name_that_two_have",
        "make_loader(4)",
        None,
        other="class Other:\n    def make_loader(self, workers): ...\n",
    ),
)
def test_method_of_what_is_not_read(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
