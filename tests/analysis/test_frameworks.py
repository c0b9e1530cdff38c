"""Loaders that skorch, catalyst, speechbrain and fairseq make of what they get, what these seed, and collators."""

from textwrap import dedent

import pytest

from .examples import EPOCHS, OLD_TORCH, TRANSFORMED, Check, Example, Outcomes, assert_as_marked, each

DATA = (
    """
import numpy as np"""
    + TRANSFORMED
    + """\
class Fitted(Set):
    def __init__(self, x, y, transform=None):
        super().__init__(transform)
class Shift:
    def __call__(self, image):
        return image + np.random.rand()  # DRAW
class Plain:
    def __call__(self, image):
        return image
"""
)


def program(name: str, train: str, outcomes: Outcomes | None = OLD_TORCH, **files: str) -> Example:
    """A program over the classes above, with configuration files by the stems of their names."""
    data = DATA if outcomes else DATA.replace("  # DRAW", "")
    configs = {f"{stem}.yaml": text for stem, text in files.items()}
    return Example(name, {"data.py": data, "train.py": "from data import *\n" + dedent(train), **configs}, outcomes)


NET = "from skorch import NeuralNetClassifier\nnet = NeuralNetClassifier({given})\nnet.fit({fitted}, None)\n"
OWN_NET = (
    "import skorch\nclass Net(skorch.NeuralNet):\n    pass\nnet = Net(object, {given})\nnet.fit(Set(Shift()), None)\n"
)


@each(
    program("workers", NET.format(given="object, iterator_train__num_workers=4", fitted="Set(Shift())")),
    program(
        "braindecodes",
        "from braindecode.classifier import EEGClassifier\n"
        "net = EEGClassifier(object, iterator_train__num_workers=4)\nnet.fit(Set(Shift()), None)\n",
    ),
    program("of_its_own_class", OWN_NET.format(given="iterator_train__num_workers=4")),
    program(
        "a_collate_function",
        NET.format(
            given="object, iterator_train__num_workers=4, iterator_train__collate_fn=Shift()", fitted="Set(Plain())"
        ),
    ),
    program(
        "a_dataset_that_it_makes",
        NET.format(
            given="object, dataset=Fitted, dataset__transform=Shift(), iterator_train__num_workers=4", fitted="images"
        ),
    ),
    program("no_workers", NET.format(given="object", fitted="Set(Shift())"), None),
    program("workers_to_predict", NET.format(given="object, lr=1.0", fitted="Set(Shift())"), None),
    program(
        "another_transform",
        "Shift()\n"
        + NET.format(
            given="object, dataset=Fitted, dataset__transform=Plain(), iterator_train__num_workers=4", fitted="x"
        ),
        None,
    ),
)
def test_skorch(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


LOADER = """
from catalyst.dl import utils
loader = utils.get_loader(files, open_fn={open}, dict_transform={transform}{more})
"""
EXPERIMENT = """
from collections import OrderedDict
from catalyst.dl import ConfigExperiment
class Experiment(ConfigExperiment):
    def get_datasets(self, stage, **kwargs):
        datasets = OrderedDict()
        datasets["train"] = Set({transform})
        return datasets
"""


@each(
    program("a_transform", LOADER.format(open="Plain()", transform="Shift()", more=", num_workers=2")),
    program("what_opens_a_sample", LOADER.format(open="Shift()", transform="Plain()", more="")),
    program("an_experiment", EXPERIMENT.format(transform="Shift()"), EPOCHS, c="stages:\n  num_workers: 4\n"),
    program("no_workers", LOADER.format(open="Shift()", transform="Plain()", more=", num_workers=0"), None),
    program("another_transform", "Shift()\n" + LOADER.format(open="Plain()", transform="Plain()", more=""), None),
    program("an_experiment_without_workers", EXPERIMENT.format(transform="Shift()"), None, c="num_workers: 0\n"),
    program("an_experiment_that_draws_nothing", EXPERIMENT.format(transform="Plain()"), None, c="num_workers: 4\n"),
)
def test_catalyst(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BRAIN = """
import sys
import numpy as np
import speechbrain as sb
class Brain(sb.Brain):
    pass
def prepare(hparams):
    train = sb.dataio.dataset.DynamicItemDataset.from_csv(csv_path="train.csv")
    valid = sb.dataio.dataset.DynamicItemDataset.from_csv(csv_path="valid.csv")
    @sb.utils.data_pipeline.takes("wav")
    @sb.utils.data_pipeline.provides("signal")
    def cropped(wav):
        return wav[np.random.randint(3):]  # DRAW
    @sb.utils.data_pipeline.takes("wav")
    @sb.utils.data_pipeline.provides("signal")
    def whole(wav):
        return wav
    {added}
    return train, valid
if __name__ == "__main__":
    hparams = load_hyperpyyaml(open(sys.argv[1]))
    train, valid = prepare(hparams)
    brain = Brain()
    {trained}
"""
ALL = "sb.dataio.dataset.add_dynamic_item([train, valid], {function})"
ONE = "train.add_dynamic_item({function})"
FIT = "brain.fit(range(3), train, valid, train_loader_kwargs={settings})"


def brain(name: str, added: str, trained: str, settings: str = "", outcomes: Outcomes | None = OLD_TORCH) -> Example:
    source = BRAIN.format(added=added, trained=trained)
    source = source if outcomes else source.replace("  # DRAW", "")
    return Example(name, {"train.py": source, "hparams/train.yaml": settings}, outcomes)


@each(
    brain("to_all_datasets", ALL.format(function="cropped"), FIT.format(settings="{'num_workers': 4}")),
    brain("to_one_dataset", ONE.format(function="cropped"), FIT.format(settings="dict(num_workers=4)")),
    brain(
        "workers_of_the_settings",
        ONE.format(function="cropped"),
        FIT.format(settings="hparams['options']"),
        "options:\n  batch_size: 3\n  num_workers: 4\n",
    ),
    brain(
        "workers_that_another_setting_says",
        ONE.format(function="cropped"),
        FIT.format(settings="hparams['options']"),
        "workers: 4\noptions:\n  num_workers: !ref <workers>\n",
    ),
    brain("a_loader", ONE.format(function="cropped"), "sb.dataio.dataloader.make_dataloader(train, num_workers=2)"),
    brain("another_function", ALL.format(function="whole"), FIT.format(settings="{'num_workers': 4}"), "", None),
    brain(
        "another_dataset",
        "valid.add_dynamic_item(cropped)",
        FIT.format(settings="{'num_workers': 4}"),
        "",
        None,
    ),
    brain("no_settings", ONE.format(function="cropped"), "brain.fit(range(3), train, valid)", "", None),
    brain(
        "no_workers_in_the_settings",
        ONE.format(function="cropped"),
        FIT.format(settings="hparams['options']"),
        "options:\n  batch_size: 3\n",
        None,
    ),
    brain(
        "another_setting_says_that_there_are_none",
        ONE.format(function="cropped"),
        FIT.format(settings="hparams['options']"),
        "workers: 0\noptions:\n  num_workers: !ref <workers>\n",
        None,
    ),
)
def test_speechbrain(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


TASK = """
from fairseq.tasks import register_task
from fairseq.tasks.fairseq_task import FairseqTask
from .dataset import Own
@register_task("own")
class OwnTask(FairseqTask):
    def load_dataset(self, split, **kwargs):
        self.datasets[split] = Own(split)
"""
DATASET = """
import numpy as np
from fairseq.data import FairseqDataset, data_utils
class Own(FairseqDataset):
    def __init__(self, split):
        self.seed = 1
        self.epoch = 1
    def __getitem__(self, index):
        {item}
    def __len__(self):
        return 8
    def collater(self, samples):
        {collated}
"""
DRAWN = "return np.random.rand()"
SEEDED = "with data_utils.numpy_seed({given}):\n            return np.random.rand()"


def task(name: str, item: str, collated: str, outcomes: Outcomes | None = OLD_TORCH, config: str = "") -> Example:
    """A task of a user's folder beside an installed fairseq."""
    source = DATASET.format(item=item, collated=collated)
    if outcomes:
        source = source.replace("np.random.rand()", "np.random.rand()  # DRAW")
    files = {"own/__init__.py": "from . import task\n", "own/task.py": TASK, "own/dataset.py": source}
    return Example(name, {**files, "conf/base.yaml": config}, outcomes)


@each(
    task("workers_by_default", DRAWN, "return samples"),
    task("workers_of_a_configuration", DRAWN, "return samples", config="dataset:\n  num_workers: 6\n"),
    task("what_it_collates_with", "return index", DRAWN),
    task(
        "seeded_by_the_sample",
        SEEDED.format(given="self.seed, self.epoch, index"),
        "return samples",
        ("clean", "clean"),
    ),
    task("seeded_alike", SEEDED.format(given="1"), "return samples", ("duplicate", "duplicate")),
    task("no_workers", DRAWN, "return samples", None, "dataset:\n  num_workers: 0\n"),
    task("nothing_is_drawn", "return index", "return samples", None),
)
def test_fairseq(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def test_a_seed_that_is_put_back_holds_within(check: Check) -> None:
    item = (
        "with data_utils.numpy_seed(1):\n            first = np.random.rand()\n        return first + np.random.rand()"
    )
    report = check(task("put_back", item, "return samples").sources())
    assert {(pair.draw_kind, pair.legacy, pair.modern) for pair in report.pairs} == {
        ("fixed", "duplicate", "duplicate"),
        ("global", "duplicate", "clean"),
    }


COLLATED = """
import numpy as np
from torch.utils.data import DataLoader
from transformers import {base}
class Merging({base}):
    def {method}(self, features, special_tokens_mask=None):
        return np.random.rand(), features
for batch in DataLoader([1, 2], collate_fn=Merging(), num_workers=2):
    pass
"""


@pytest.mark.parametrize(
    ("base", "method", "draws"),
    [
        pytest.param("DataCollatorForLanguageModeling", "torch_mask_tokens", 1, id="what_masks"),
        pytest.param("DataCollatorWithPadding", "torch_call", 1, id="what_is_called"),
        pytest.param("DataCollatorWithPadding", "tf_call", 0, id="another_framework's"),
    ],
)
def test_a_collator_that_leaves_the_calling_to_transformers(check: Check, base: str, method: str, draws: int) -> None:
    report = check({"train.py": COLLATED.format(base=base, method=method)})
    assert [len(pair.draws) for pair in report.pairs] == [1] * draws


ENTERED = """
import numpy as np
from timm.data import auto_augment, create_transform
from torch.utils.data import DataLoader, Dataset
def grain(image, level, **kwargs):
    return image + np.random.randn()
auto_augment.NAME_TO_OP.update({{"Grain": grain}})
{more}
class Scans(Dataset):
    def __init__(self, transform):
        self.transform = transform
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.transform(index)
loader = DataLoader(Scans({transform}), num_workers=4)
"""


@pytest.mark.parametrize(
    ("transform", "more", "drawn"),
    [
        ("auto_augment.RandAugment(auto_augment.rand_augment_ops(5), 3)", "", {"train.py:6"}),
        ("create_transform(32, auto_augment='rand-m9')", "", {"train.py:6"}),
        ("str", "", set()),
        ("create_transform(32)", "OPS = {}\nOPS.update({'Grain': grain})", set()),
    ],
)
def test_what_is_entered_in_a_library_s_table(check: Check, transform: str, more: str, drawn: set[str]) -> None:
    program = ENTERED.format(transform=transform, more=more)
    if more:
        program = program.replace("auto_augment.NAME_TO_OP.update", "print")
    report = check({"train.py": program})
    assert {f"{draw.path}:{draw.line}" for pair in report.pairs for draw in pair.draws} == drawn
