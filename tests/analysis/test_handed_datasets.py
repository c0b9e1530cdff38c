"""Loaders that libraries make of the datasets and functions that they are handed, and what these seed."""

from .examples import BOTH, CLEAN, EPOCHS, OLD_TORCH, Check, Example, Outcomes, assert_as_marked, each

DATA = """
import numpy as np
class Set:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
class Plain:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index
class Kept(Plain):
    def __init__(self):
        self.rng = np.random.RandomState(0)
    def __getitem__(self, index):
        return self.rng.rand()  # KEPT
def noisy(value):
    return value + np.random.rand()  # CALLED
def plain(value):
    return value
class Noisy:
    def __call__(self, value):
        return value + np.random.rand()  # MADE
"""


def program(name: str, train: str, outcomes: Outcomes | None = OLD_TORCH, drawn: str = "DRAW") -> Example:
    """A program over the classes above, of which the draw under one mark is to be found."""
    data = DATA.replace("  # DRAW", "") if drawn != "DRAW" or outcomes is None else DATA
    data = data if outcomes is None else data.replace(f"# {drawn}", "# DRAW")
    return Example(name, {"data.py": data, "train.py": f"import torch\nfrom data import *\n{train}\n"}, outcomes)


FASTAI = "from fastai.vision.all import *\n"
BLOCK = FASTAI + "block = DataBlock(get_items=items, {given})\nloaders = block.dataloaders('.', bs=2{more})"


@each(
    program("datasets", FASTAI + "DataLoaders.from_dsets(Set(), Plain(), num_workers=2)", CLEAN),
    program("workers_by_default", FASTAI + "DataLoaders.from_dsets(Set(), Plain(), bs=2)", CLEAN),
    program("for_images", FASTAI + "ImageDataLoaders.from_dsets(Set(), Plain(), bs=2)", CLEAN),
    program("what_is_kept", FASTAI + "DataLoaders.from_dsets(Kept(), Plain(), bs=2)", BOTH, "KEPT"),
    program("a_loader", "from fastai.data.load import DataLoader\nDataLoader(Set(), bs=2, num_workers=2)", CLEAN),
    program("a_block", BLOCK.format(given="get_y=noisy", more=""), CLEAN, "CALLED"),
    program("a_block_s_transforms", BLOCK.format(given="item_tfms=[Resize(4), Noisy()]", more=""), CLEAN, "MADE"),
    program(
        "what_makes_a_label",
        FASTAI + "ImageDataLoaders.from_name_func('.', names, label_func=noisy)",
        CLEAN,
        "CALLED",
    ),
    program(
        "what_it_was_given",
        FASTAI + "Datasets(range(8), [[noisy], [plain]]).dataloaders(bs=2)",
        CLEAN,
        "CALLED",
    ),
    program("of_tsai", "from tsai.all import *\nTSDataLoaders.from_dsets(Set(), bs=2, num_workers=2)", CLEAN),
    program("a_loader_of_torch", FASTAI + "DataLoaders(torch.utils.data.DataLoader(Set(), num_workers=2), None)"),
    program("no_workers", FASTAI + "DataLoaders.from_dsets(Set(), Plain(), num_workers=0)", None),
    program("a_loader_without_workers", "from fastai.data.load import DataLoader\nDataLoader(Set(), bs=2)", None),
    program("a_block_without_workers", BLOCK.format(given="get_y=noisy", more=", num_workers=0"), None),
    program("a_block_that_splits", BLOCK.format(given="splitter=noisy, get_y=plain", more=""), None),
    program("a_block_s_batches", BLOCK.format(given="batch_tfms=[Noisy()], get_y=plain", more=""), None),
    program("what_it_reads_itself", FASTAI + "ImageDataLoaders.from_folder('.', item_tfms=Resize(4))\nSet()", None),
    program("labels_of_nothing_read", FASTAI + "ImageDataLoaders.from_name_func('.', names, f)\nSet()", None),
    program("without_transforms", FASTAI + "ImageDataLoaders.from_folder('.')\nSet()", None),
    program("of_tsai_by_default", "from tsai.all import *\nTSDataLoaders.from_dsets(Set(), bs=2)", None),
)
def test_fastai(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def test_what_fastai_exports_with_a_star(check: Check) -> None:
    source = DATA.replace("import numpy as np", FASTAI) + "DataLoaders.from_dsets(Set(), bs=2)\n"
    report = check({"train.py": source})
    assert (report.eligible, report.legacy, report.modern) == (True, *CLEAN)


def trainer(library: str, name: str, given: str, workers: int = 2) -> str:
    settings = f"Settings(output_dir='out', dataloader_num_workers={workers})"
    return f"from {library} import {name}, Settings\n{name}(model=None, args={settings}, {given}).train()"


@each(
    program("fine_tuning", trainer("trl", "SFTTrainer", "train_dataset=Set()"), CLEAN),
    program("preferences", trainer("trl", "DPOTrainer", "train_dataset=x, data_collator=noisy"), CLEAN, "CALLED"),
    program("rewards", trainer("trl.trainer", "RewardTrainer", "train_dataset=Set()"), CLEAN),
    program(
        "of_its_own_class",
        "from trl import SFTTrainer, SFTConfig\nclass Own(SFTTrainer):\n    pass\n"
        "Own(model=None, args=SFTConfig(dataloader_num_workers=2), train_dataset=Set())",
        CLEAN,
    ),
    program("sentences", trainer("sentence_transformers", "SentenceTransformerTrainer", "train_dataset=Set()")),
    program(
        "pairs_of_sentences",
        trainer("sentence_transformers.cross_encoder", "CrossEncoderTrainer", "train_dataset=Set()"),
    ),
    program("no_workers", trainer("trl", "SFTTrainer", "train_dataset=Set()", 0), None),
    program(
        "no_workers_for_sentences",
        trainer("sentence_transformers", "SentenceTransformerTrainer", "train_dataset=Set()", 0),
        None,
    ),
    program("another_dataset", trainer("trl", "SFTTrainer", "train_dataset=Plain()"), None),
    program("another_library", trainer("laboratory", "SFTTrainer", "train_dataset=Set()"), None),
)
def test_trainers(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


DEEPSPEED = "import deepspeed\nengine, _, loader, _ = deepspeed.initialize(args=args, model=model{given})"
LIGHTNING = "import pytorch_lightning as pl\npl.LightningDataModule.from_datasets({given})"
GRAPHS = "from torch_geometric.data import LightningDataset\nLightningDataset({given})"
BUILD = "from ultralytics.data import build_dataloader\nbuild_dataloader(Set(), {given})"
QUEUE = (
    "import torchio as tio\nsubjects = tio.SubjectsDataset(found, transform={transform})\n"
    "queue = tio.Queue(subjects, 8, 2, tio.UniformSampler(4){more})\n"
    "loader = torch.utils.data.DataLoader(queue, batch_size=2, num_workers=0)"
)


@each(
    program("deepspeed", DEEPSPEED.format(given=", training_data=Set()")),
    program("deepspeed_collates", DEEPSPEED.format(given=", training_data=x, collate_fn=noisy"), drawn="CALLED"),
    program("lightning", LIGHTNING.format(given="Set(), num_workers=2")),
    program("graphs", GRAPHS.format(given="Plain(), Set(), batch_size=2, num_workers=2")),
    program("a_queue", QUEUE.format(transform="noisy", more=", num_workers=2"), drawn="CALLED"),
    program("ultralytics", BUILD.format(given="batch=2, workers=2"), CLEAN),
    program(
        "ultralytics_keeps_its_workers",
        "from ultralytics.data.build import InfiniteDataLoader\nInfiniteDataLoader(Kept(), num_workers=2)",
        BOTH,
        "KEPT",
    ),
    program("ultralytics_without_workers", BUILD.format(given="2, 0"), None),
    program("deepspeed_without_data", DEEPSPEED.format(given="") + "\nSet()", None),
    program("another_initialize", "import laboratory\nlaboratory.initialize(training_data=Set())", None),
    program("lightning_without_workers", LIGHTNING.format(given="Set(), batch_size=2"), None),
    program("graphs_without_workers", GRAPHS.format(given="Set(), batch_size=2"), None),
    program("a_queue_without_workers", QUEUE.format(transform="noisy", more=""), None),
    program("a_queue_without_noise", QUEUE.format(transform="plain", more=", num_workers=2") + "\nnoisy(1)", None),
    program("a_queue_of_processes", "from multiprocessing import Queue\nQueue(8, Set(), num_workers=2)", None),
)
def test_other_libraries(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


GRAPH = """
import dgl
import numpy as np
class Negatives:
    def __call__(self, graph, edges):
        return np.random.randint(0, graph.num_nodes(), len(edges))  # NEGATIVES
class Own(dgl.dataloading.BlockSampler):
    def sample_blocks(self, graph, seeds):
        return np.random.permutation(seeds)  # OWN
class Set:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()
def main(graph, numbers, other):
    sampler = dgl.dataloading.NeighborSampler([4, 4])
    {made}
"""


def graph(name: str, made: str, mark: str = "") -> Example:
    outcomes = OLD_TORCH if mark else None
    source = GRAPH.format(made=made)
    return Example(name, {"train.py": source.replace(f"# {mark}", "# DRAW") if mark else source}, outcomes)


NEGATIVES = "sampler = dgl.dataloading.as_edge_prediction_sampler(sampler, negative_sampler=Negatives())\n    "


@each(
    graph("its_own", "dgl.dataloading.DataLoader(graph, numbers, Own(), num_workers=2)", "OWN"),
    graph("of_nodes", "dgl.dataloading.NodeDataLoader(graph, numbers, Own(), num_workers=2)", "OWN"),
    graph("negatives", NEGATIVES + "dgl.dataloading.DataLoader(graph, numbers, sampler, num_workers=2)", "NEGATIVES"),
    graph(
        "of_edges",
        "dgl.dataloading.EdgeDataLoader(graph, numbers, sampler, negative_sampler=Negatives(), num_workers=2)",
        "NEGATIVES",
    ),
    graph("no_workers", "dgl.dataloading.DataLoader(graph, numbers, Own())"),
    graph("the_library_s", "dgl.dataloading.DataLoader(graph, numbers, sampler, num_workers=2)"),
    graph("of_who_knows_what", "dgl.dataloading.DataLoader(graph, numbers, other, num_workers=2)\n    Set(), Own()"),
)
def test_samplers_of_graphs(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


RUNNER = """
from mmengine.runner import Runner
def main():
    runner = Runner(
        model=model,
        train_dataloader=dict(batch_size=2, {given}, sampler=dict(type="DefaultSampler")),
    )
    runner.train()
main()
"""

NAMED_RUNNER = """
from mmengine.runner import Runner
def main(others):
    loader = dict(batch_size=2, {given}, sampler=dict(type="DefaultSampler"))
    runner = Runner(model=model, train_dataloader=loader)
    runner.train()
main(input())
"""


@each(
    program("workers", RUNNER.format(given="num_workers=2, dataset=Set()"), EPOCHS),
    program("persistent", RUNNER.format(given="num_workers=2, persistent_workers=True, dataset=Set()"), CLEAN),
    program("under_a_name", NAMED_RUNNER.format(given="num_workers=2, dataset=Set()"), EPOCHS),
    program(
        "under_the_name_of_another",
        NAMED_RUNNER.replace("=loader", "=others").format(given="num_workers=2, dataset=Set()"),
        None,
    ),
    program("no_workers", RUNNER.format(given="num_workers=0, dataset=Set()"), None),
    program("no_workers_said", RUNNER.format(given="dataset=Set()"), None),
    program("another_dataset", RUNNER.format(given="num_workers=2, dataset=Plain()"), None),
    program(
        "another_library",
        RUNNER.format(given="num_workers=2, dataset=Set()").replace("mmengine", "laboratory"),
        None,
    ),
)
def test_a_runner_s_own_description(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


HUB = "from datasets import IterableDataset, load_dataset\ndata = load_dataset('x'{given})\n"
LOADED = "\ntorch.utils.data.DataLoader(data, num_workers=2)"
TRAINED = (
    "\nfrom transformers import Trainer, TrainingArguments\n"
    "Trainer(model=None, args=TrainingArguments(dataloader_num_workers=2), train_dataset=data)"
)


@each(
    program("mapped", HUB.format(given=", streaming=True") + "data = data.map(noisy)" + LOADED, drawn="CALLED"),
    program(
        "a_part",
        HUB.format(given=", streaming=True") + "data = data['train'].map(noisy).shuffle(8)" + LOADED,
        drawn="CALLED",
    ),
    program(
        "made_a_stream",
        HUB.format(given="") + "data = data.to_iterable_dataset(num_shards=4).map(noisy)" + LOADED,
        drawn="CALLED",
    ),
    program(
        "mapped_for_a_trainer",
        HUB.format(given=", streaming=True") + "data = data.map(noisy)" + TRAINED,
        drawn="CALLED",
    ),
    program("mapped_before", HUB.format(given="") + "data = data.map(noisy)" + LOADED, None),
    program(
        "not_as_a_stream",
        HUB.format(given=", streaming=False") + "data = data['train'].map(noisy)" + LOADED,
        None,
    ),
    program("mapped_otherwise", HUB.format(given=", streaming=True") + "data = data.map(plain)" + LOADED, None),
)
def test_streams_are_mapped_in_a_worker(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
