"""How far a loader comes without its data: small programs, each with one thing that is not there."""

import json
from collections.abc import Iterator
from textwrap import dedent

import pytest

from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs
from tests.miner.verify.findings import first_flagged
from tests.support.trees import MemoryTree

CROPS = """
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Crops(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return np.random.rand()
"""

MAKER = """
from torch.utils.data import RandomSampler, SequentialSampler

class Maker:
    def sampler(self, rows):
        raise NotImplementedError("which order?")

    def loader(self, rows):
        return DataLoader(rows, sampler=self.sampler(rows), num_workers=2)
"""


def notebook(*cells: str) -> str:
    """A notebook of these cells of code, with a cell of words and an output."""
    words: dict[str, object] = {"cell_type": "markdown", "source": ["# A title\n"]}
    printed = [{"output_type": "stream", "name": "stdout", "text": ["np.random.seed(0)\n"]}]
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": printed} for cell in cells]
    return json.dumps({"cells": [words, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


# Name, files, verdict, rung, and a part of the condition.
PROGRAMS: list[tuple[str, dict[str, str], str, str, str]] = [
    (
        "a trainer of sentence-transformers, which seeds no workers",
        {
            "train.py": CROPS
            + """
from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments

args = SentenceTransformerTrainingArguments("runs", dataloader_num_workers=2)
SentenceTransformerTrainer(model=None, args=args, train_dataset=Crops()).train()
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "DeepSpeed's own loader",
        {
            "train.py": CROPS
            + """
import deepspeed

engine, _, loader, _ = deepspeed.initialize(model=None, training_data=Crops())
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a queue of torchio with workers of its own",
        {
            "train.py": CROPS
            + """
import torchio

queue = torchio.Queue(Crops(), 8, 2, None, num_workers=2)
for batch in DataLoader(queue, batch_size=2):
    print(batch)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "waits for what never comes",
        {
            "train.py": CROPS
            + """
loader = DataLoader(Crops(), num_workers=2)
from threading import Event
Event().wait()
for batch in loader:
    print(batch)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "files by a pattern",
        {
            "train.py": """
            from glob import glob
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Pictures(Dataset):
                def __init__(self, root):
                    self.files = sorted(glob(root + '/*/left/*.png'))

                def __len__(self):
                    return len(self.files)

                def __getitem__(self, index):
                    return self.files[index].replace('left', 'right'), np.random.rand()

            loader = DataLoader(Pictures('data'), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "workers only where there is a GPU, asked for in a function",
        {
            "train.py": CROPS
            + """
import torch

def main():
    workers = 4 if torch.cuda.is_available() else 0
    loader = DataLoader(Crops(), num_workers=workers)
"""
        },
        "conditional",
        "R1",
        "on a GPU being there",
    ),
    (
        "workers only where there is a GPU, asked for in a module of settings",
        {
            "settings.py": "import torch\nWORKERS = 4 if torch.cuda.is_available() else 0\n",
            "train.py": CROPS + "\nfrom settings import WORKERS\n"
            "def main():\n    return DataLoader(Crops(), num_workers=WORKERS)\n",
        },
        "conditional",
        "R1",
        "on a GPU being there",
    ),
    (
        "a dataset that is made in two ways, one of which the loader has",
        {
            "data.py": """
            import numpy as np
            from torch.utils.data import Dataset

            class Clips(Dataset):
                def __init__(self, files, train=True):
                    self.files, self.train = files, train

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand() if self.train else 0.5

            def sets(config):
                files = config.files[config.fold]
                missing = {}[config.name]
                return Clips(files), Clips(files, train=config.draws)
            """,
            "train.py": """
            from data import sets
            from torch.utils.data import DataLoader

            def main(config):
                train, test = sets(config)
                return DataLoader(test, num_workers=2)
            """,
        },
        "conditional",
        "R2",
        "self.train holding at data.py",
    ),
    (
        "a dataset that is looked up by a name, and draws in training only",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Clips(Dataset):
                def __init__(self, files, train=True):
                    self.files, self.train = files, train

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand() if self.train else 0.5

            SETS = {'clips': Clips}

            def main(config):
                return DataLoader(SETS[config.name](**config.rest), num_workers=2)
            """,
        },
        "conditional",
        "R1",
        "Clips being made for this loader in a way that was not found",
    ),
    (
        "a dataset that the program makes in one way, and a test in another",
        {
            "clips.py": """
            import numpy as np
            from torch.utils.data import Dataset

            class Clips(Dataset):
                def __init__(self, files, train=True):
                    self.files, self.train = files, train

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand() if self.train else 0.5
            """,
            "train.py": """
            from clips import Clips
            from torch.utils.data import DataLoader

            class Trainer:
                def __init__(self, config):
                    self.files = config.files
                    self.set = {}[config.name] or Clips(self.files)

                def loader(self):
                    return DataLoader(self.set, num_workers=2)
            """,
            "tests/test_clips.py": "from clips import Clips\nassert len(Clips([], train=False)) == 8\n",
        },
        "conditional",
        "R1",
        "this loader's dataset being a Clips",
    ),
    (
        "settings in YAML, read without a loader's name as PyYAML once let, and some that are not here",
        {
            "conf/train.yaml": "draws: true\n",
            "train.py": """
            import argparse
            import numpy as np
            import yaml
            from torch.utils.data import DataLoader, Dataset

            class Clips(Dataset):
                def __init__(self, draws, root):
                    self.draws, self.root = draws, root

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand() if self.draws else 0.5

            with open('conf/train.yaml') as file:
                settings = yaml.load(file)
            mine = yaml.safe_load(open('conf/local.yaml'))
            options = argparse.Namespace(workers=2)
            options = argparse.Namespace(**yaml.safe_load(open('last/options.yaml')))
            loader = DataLoader(Clips(settings['draws'], mine['data']['root']), num_workers=options.workers)
            """,
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a sampler of torch's whose weights are not here, in one of two branches that both fail",
        {
            "train.py": """
            import argparse
            import pickle
            import numpy as np
            from torch.utils.data import DataLoader, Dataset, WeightedRandomSampler

            class Clips(Dataset):
                def __init__(self, mean):
                    print('{:.3f}'.format(mean))

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand()

            parser = argparse.ArgumentParser()
            parser.add_argument('--mean', type=float)
            parser.add_argument('--balanced', action='store_true')
            args = parser.parse_args()
            pickled = pickle.dumps(args)
            if args.balanced:
                weights = np.loadtxt('weights.csv', delimiter=',')
                sampler = WeightedRandomSampler(weights, len(weights))
                loader = DataLoader(Clips(args.mean), sampler=sampler, num_workers=len(pickled) and 2)
            else:
                loader = DataLoader(Clips(args.mean), shuffle=True, num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "noise that is made where a setting asks for it, which is not here",
        {
            "train.py": """
            import numpy as np
            from settings import load
            from torch.utils.data import DataLoader, Dataset

            class Noise:
                def __call__(self, sound):
                    return sound + np.random.rand()

            class Sounds(Dataset):
                def __init__(self, config):
                    self.noise = Noise() if config and config.noise else None

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.noise(0) if self.noise else 0

            loader = DataLoader(Sounds(load('my.conf')), num_workers=2)
            """
        },
        "conditional",
        "R1",
        "config and config.noise holding at train.py",
    ),
    (
        "a step of a chain that is added where a setting asks for it, which is not here",
        {
            "train.py": """
            import numpy as np
            from settings import load
            from torch.utils.data import DataLoader, Dataset

            class Crop:
                def __call__(self, image):
                    return np.random.randint(8)

            class Chain:
                def __init__(self, steps):
                    self.steps = steps

                def __call__(self, image):
                    for step in self.steps:
                        image = step(image)
                    return image

            class Pictures(Dataset):
                def __init__(self, config):
                    steps = []
                    if config.crop:
                        steps.append(Crop())
                    self.chain = Chain(steps)

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.chain(index)

            loader = DataLoader(Pictures(load('my.conf')), num_workers=2)
            """
        },
        "conditional",
        "R1",
        "config.crop holding at train.py",
    ),
    (
        "a collate function that the loader has where a setting says so, which is not here",
        {
            "train.py": """
            import numpy as np
            from settings import load
            from torch.utils.data import DataLoader, Dataset, default_collate

            class Pictures(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return index

            def mixed(batch):
                return np.random.rand()

            def way(config):
                if config.mix == 'never':
                    return mixed
                return default_collate

            loader = DataLoader(Pictures(), num_workers=2, collate_fn=way(load('my.conf')))
            """
        },
        "conditional",
        "R3",
        "on this loader's samples going through mixed",
    ),
    (
        "a function within another, which the loader collates with, and that needs data",
        {
            "train.py": """
            import functools
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Pictures(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return {}[index]

            def mixed(batch, share):
                return batch[0]['image'] * np.random.rand()

            loader = DataLoader(Pictures(), num_workers=2, collate_fn=functools.partial(mixed, share=0.5))
            """
        },
        "confirmed",
        "R3",
        "",
    ),
    (
        "settings in packages that are not here, with dataclasses as older Python let them be",
        {
            "train.py": """
            from dataclasses import dataclass
            import numpy as np
            from omegaconf import OmegaConf
            from torch.utils.data import DataLoader, Dataset
            from yacs.config import CfgNode as CN

            @dataclass
            class Noise:
                on: bool = True

            @dataclass
            class Settings:
                noise: Noise = Noise()

            C = CN()
            C.DATA = CN()
            C.DATA.DRAWS = True

            class Clips(Dataset):
                def __init__(self, draws, noise):
                    self.draws, self.noise = draws, noise

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand() if self.draws and self.noise else 0.5

            settings = OmegaConf.structured(Settings)
            loader = DataLoader(Clips(C.DATA.DRAWS, settings.noise.on), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a generator that is handed on, by functions that are called like others",
        {
            "a_old.py": "from data import color\n\ndef augment(image, rng):\n    color(rng, image)\n\naugment(1, 2)\n",
            "b_old.py": "from data import color\n\ndef augment(image, rng):\n    color(rng, image)\n",
            "c_old.py": "from data import color\n\ndef augment(image, rng):\n    color(rng, image)\n",
            "data.py": "def color(rng, image):\n    return image['pixels'] * rng.normal()\n",
            "train.py": """
            import data
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            state = np.random.RandomState(123)

            class Pictures(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return augment({}[index], state)

            def augment(image, rng):
                return data.color(rng, image)

            loader = DataLoader(Pictures(), num_workers=2)
            """,
        },
        "confirmed",
        "R3",
        "",
    ),
    (
        "a switch that is turned off once the dataset is made, at the top of a program",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Depths(Dataset):
                def __init__(self, root):
                    self.root, self.draws = root, True

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    depth = {}[index]
                    if self.draws:
                        depth = np.random.rand()
                    return depth

            depths = Depths('data')
            depths.draws = False
            loader = DataLoader(depths, num_workers=2)
            """
        },
        "conditional",
        "R3",
        "self.draws holding at train.py",
    ),
    (
        "a transform that is taken from the dataset once that is made",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Noise:
                def __call__(self, image):
                    return image + np.random.rand()

            class Depths(Dataset):
                def __init__(self, root):
                    self.root, self.change = root, Noise()

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    image = {}[index]['depth']
                    return self.change(image) if self.change is not None else image

            depths = Depths('data')
            depths.change = None
            loader = DataLoader(depths, num_workers=2)
            """
        },
        "conditional",
        "R3",
        "this loader's dataset holding a Noise",
    ),
    (
        "a parameter that its dataset leaves off, and that the function binds anew",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            def ways(flip=True, times=1):
                if flip:
                    flip = np.random.rand() < 0.5
                return flip

            class Depths(Dataset):
                def __init__(self, flip=len('') > 0):
                    self.flip = flip

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    image = {}[index]['depth']
                    return image[ways(self.flip)]

            def test(flip):
                return DataLoader(Depths(), num_workers=2)

            def train(flip):
                return DataLoader(Depths(flip=flip), num_workers=2)
            """
        },
        "conditional",
        "R3",
        "flip holding at train.py",
    ),
    (
        "a chain of a library's, with links after the function that it maps",
        {
            "train.py": """
            import numpy as np
            import torch
            import webdataset as wds

            def decode(sample):
                return sample['image'] * np.random.rand()

            chain = wds.WebDataset('pictures.tar').shuffle(10, initial=10).map(decode).to_tuple('image', 'pose')
            loader = torch.utils.data.DataLoader(chain.batched(64), num_workers=2, batch_size=None)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "datasets that another method of a module of data sets, one of which draws",
        {
            "train.py": """
            import numpy as np
            import pytorch_lightning as pl
            from torch.utils.data import DataLoader, Dataset

            class Clips(Dataset):
                def __init__(self, root, draws):
                    self.root, self.draws = root, draws

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.rand() if self.draws else 0.5

            class Data(pl.LightningDataModule):
                def __init__(self, root):
                    super().__init__()
                    self.root = root

                def setup(self, stage=None):
                    if stage is None or stage == 'fit':
                        draws = True
                        self.train, self.held = Clips(self.root, draws), Clips(self.root, False)

                def loader_of(self, clips):
                    return DataLoader(clips, num_workers=2)

                def train_dataloader(self):
                    return self.loader_of(self.train)

            pl.Trainer().fit(None, Data('clips'))
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "draws whose results are kept before a worker starts",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Depths(Dataset):
                def __init__(self):
                    self.kept = {}
                    for index in range(len(self)):
                        self.depth(index)

                def depth(self, index):
                    if index not in self.kept:
                        self.kept[index] = np.random.rand()
                    return self.kept[index]

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.depth(index)

            loader = DataLoader(Depths(), num_workers=2)
            """
        },
        "conditional",
        "R3",
        "without which this loader's own samples were made",
    ),
    (
        "a transform that a library's chain holds, which is not here",
        {
            "train.py": """
            import albumentations
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Noise:
                def __call__(self, image):
                    return image['pixels'] + np.random.rand()

            class Depths(Dataset):
                def __init__(self, root):
                    self.root, self.change = root, albumentations.Compose([Noise()])

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.change(open(self.root)[index])

            loader = DataLoader(Depths('data'), num_workers=2)
            """
        },
        "confirmed",
        "R3",
        "",
    ),
    (
        "a function on its own, whose object says that it does not come there",
        {
            "train.py": """
            import argparse
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Depths(Dataset):
                def __init__(self, kind):
                    self.kind = kind

                def __len__(self):
                    return 8

                def sparse(self, depth):
                    return depth * np.random.rand()

                def __getitem__(self, index):
                    if self.kind == 'rgb':
                        return 0
                    return self.sparse(1)

            parser = argparse.ArgumentParser()
            parser.add_argument('--kind', default='rgb')
            args = parser.parse_args()
            loader = DataLoader(Depths(args.kind), num_workers=2)
            """
        },
        "conditional",
        "R3",
        "self.kind == 'rgb' not holding at train.py",
    ),
    (
        "a generator that is a parameter's default, before a step that fails",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Turn:
                def __call__(self, image, state=np.random.RandomState(0)):
                    return image[way(state)]

            def way(state):
                return state.randint(3)

            class Pictures(Dataset):
                def __init__(self):
                    self.turn = Turn()
                    self.sizes = {}

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.turn(self.sizes[index]['image'])

            loader = DataLoader(Pictures(), num_workers=2)
            """
        },
        "confirmed",
        "R3",
        "",
    ),
    (
        "folders that are scanned, and walked",
        {
            "train.py": """
            import os
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Pictures(Dataset):
                def __init__(self, root):
                    classes = [entry.name for entry in os.scandir(root) if entry.is_dir()]
                    self.files = [
                        os.path.join(folder, name)
                        for one in classes
                        for folder, _, names in os.walk(os.path.join(root, one))
                        for name in names
                    ]
                    assert self.files

                def __len__(self):
                    return len(self.files)

                def __getitem__(self, index):
                    return self.files[index], np.random.rand()

            loader = DataLoader(Pictures('data'), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "files of the kind that the dataset looks for",
        {
            "train.py": """
            import os
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Scans(Dataset):
                def __init__(self, root):
                    self.files = [name for name in os.listdir(root) if name.endswith('.nii.gz')]
                    for folder, _, names in os.walk(root):
                        self.files += [os.path.join(folder, name) for name in names if name.endswith('.h5')]

                def __len__(self):
                    return len(self.files)

                def __getitem__(self, index):
                    return self.files[-1].index('.h5'), self.files[0].index('.nii.gz'), np.random.rand()

            loader = DataLoader(Scans('data'), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a module that is called like the one that it imports",
        {
            "kit/__init__.py": "",
            "kit/missing.py": "import missing\nREADER = missing.Reader\n",
            "kit/data.py": "from kit.missing import READER\nassert READER is not None\n"
            + CROPS
            + "\ndef loader_of():\n    return DataLoader(Crops(), num_workers=2 if READER else 0)\n",
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "options of a function that fails after it has read them",
        {
            "train.py": CROPS
            + """
import argparse

def init(worker, seed=None):
    if seed is not None:
        np.random.seed(seed + worker)

def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seeded', action='store_true')
    parser.add_argument('--settings')
    args = parser.parse_args()
    config = read(args.settings.split('/')[-1])
    return args, config

def main():
    import functools
    args, config = options()
    start = functools.partial(init, seed=666 if args.seeded else None)
    return DataLoader(Crops(), num_workers=2, worker_init_fn=start)
""",
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a loader in a package's own module, whose neighbours it imports",
        {
            "kit/__init__.py": "",
            "kit/data/__init__.py": """
            from torch.utils.data import DataLoader
            from kit.data.crops import Crops

            def loader_of(size):
                return DataLoader(Crops(), num_workers=2)
            """,
            "kit/data/crops.py": CROPS,
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "Python 2",
        {"train.py": CROPS + "\nprint 'training'\nloader = DataLoader(Crops(), num_workers=2)\n"},
        "confirmed",
        "R1",
        "",
    ),
    (
        "a notebook with magic, whose loader lies in another cell",
        {
            "train.ipynb": notebook(
                "%matplotlib inline\n!pip install torch\n" + CROPS, "loader = DataLoader(Crops(), num_workers=2)\n"
            )
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a notebook whose dataset is a module's",
        {
            "crops.py": CROPS,
            "train.ipynb": notebook(
                "from crops import *\n",
                "train = Crops()\nloader = DataLoader(train, 4, num_workers=2)\nnext(iter(loader))",
            ),
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a notebook that seeds its workers by their number",
        {
            "train.ipynb": notebook(
                CROPS,
                "def init(worker_id):\n    np.random.seed(worker_id)\n",
                "loader = DataLoader(Crops(), num_workers=2, worker_init_fn=init)\n",
            )
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "the branch that names the dataset",
        {
            "train.py": CROPS
            + """
from torch.utils.data import Sampler

class CropsSampler(Sampler):
    def __init__(self, dataset, weights):
        self.weights = weights[dataset.name]

    def __iter__(self):
        return iter(range(8))

class Config:
    name = ''

if __name__ == '__main__':
    config = Config()
    if config.name == 'crops':
        dataset = Crops()
        sampler = CropsSampler(dataset, None)
    else:
        raise ValueError('which one?')
    loader = DataLoader(dataset, sampler=sampler, num_workers=2)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a sampler of the repository's own that a file of settings names",
        {
            "train.py": CROPS
            + """
import samplers

def loader_of(settings):
    chosen = getattr(samplers, settings['sampler']['type'])(Crops())
    return DataLoader(Crops(), batch_sampler=chosen, num_workers=2)
""",
            "samplers.py": """
            from torch.utils.data import Sampler

            class InOrder(Sampler):
                def __iter__(self):
                    return iter([[0, 1]])
            """,
        },
        "conditional",
        "R1",
        "batch_sampler being one of InOrder, none of which seeds NumPy",
    ),
    (
        "a sampler of nobody knows where",
        {
            "train.py": CROPS
            + "\nfrom elsewhere import Balanced\n"
            + "loader = DataLoader(Crops(), sampler=Balanced(Crops()), num_workers=2)\n"
        },
        "inconclusive",
        "",
        "",
    ),
    (
        "a range that takes nothing from the generator",
        {
            "train.py": """
            import numpy as np
            from elsewhere import TABLE
            from torch.utils.data import DataLoader, Dataset

            class Rows(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.randint(max(1, len(TABLE) // 100))

            loader = DataLoader(Rows(), num_workers=2)
            """
        },
        "conditional",
        "R4",
        "the flagged line being reached",
    ),
    (
        "a program that draws in the parent",
        {
            "train.py": CROPS
            + """
def mask(size):
    return np.random.permutation(size)

def init(worker):
    np.random.seed(np.random.get_state()[1][0] + worker)

loader = DataLoader(Crops(), num_workers=2, worker_init_fn=init)
"""
        },
        "conditional",
        "R1",
        "below 1.9",
    ),
    (
        "a transform that inherits MONAI's generator",
        {
            "train.py": """
            from monai.transforms import MapTransform, RandomizableTransform
            from torch.utils.data import DataLoader, Dataset

            class Turn(RandomizableTransform, MapTransform):
                def __init__(self, keys, prob=0.5):
                    MapTransform.__init__(self, keys)
                    RandomizableTransform.__init__(self, prob)

                def __call__(self, data):
                    return {key: data[key] * self.R.randint(2) for key in self.key_iterator(data)}

            class Volumes(Dataset):
                def __init__(self):
                    self.turn = Turn(['image', 'label'])

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.turn({'image': 1, 'label': 2})

            loader = DataLoader(Volumes(), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "what is seeded on the way to a function that draws",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, IterableDataset, get_worker_info

            class Rows(IterableDataset):
                def __iter__(self):
                    np.random.seed(get_worker_info().id)
                    for row in range(8 // 0):
                        yield self.noisy(row)

                def noisy(self, row):
                    return row + np.random.rand()

            loader = DataLoader(Rows(), num_workers=2)
            """
        },
        "confirmed",
        "R3",
        "",
    ),
    (
        "a generator that is made in a base's constructor, after what fails",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Pairs(Dataset):
                def __init__(self, config=None):
                    self.size = config.size
                    self.rng = np.random.RandomState(0)

                def __len__(self):
                    return 8

            class Rooms(Pairs):
                def __init__(self, phase, config=None):
                    Pairs.__init__(self, config)
                    self.phase = phase

                def __getitem__(self, index):
                    return turned(self.rng)

            def turned(rng):
                return rng.rand(3)

            def loader_of(config):
                return DataLoader({'rooms': Rooms}[config.name]('train'), num_workers=2)
            """
        },
        "conditional",
        "R1",
        "this loader's dataset being a Rooms",
    ),
    (
        "a loader that hydra makes",
        {
            "train.py": CROPS
            + """
import hydra

def loader_of(config):
    return hydra.utils.instantiate(config.loader, Crops())
""",
            "conf/loader.yaml": "loader:\n  _target_: torch.utils.data.DataLoader\n  num_workers: 4\n",
        },
        "conditional",
        "R1",
        "this loader's dataset being a Crops",
    ),
    (
        "a chain of imgaug's augmenters that nobody can make",
        {
            "train.py": """
            import imgaug.augmenters as iaa
            from torch.utils.data import DataLoader, Dataset

            def build(settings):
                if isinstance(settings, list):
                    return iaa.Sequential([iaa.Fliplr(each) for each in settings])
                raise ValueError(settings)

            class Pictures(Dataset):
                def __init__(self, settings):
                    self.augmenter = build(settings)

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.augmenter.augment_image(index)

            def loader_of(settings):
                return DataLoader(Pictures(settings), num_workers=2)
            """
        },
        "conditional",
        "R4",
        "the flagged line being reached",
    ),
    (
        "a setting that the program turns off for others before it makes its loader",
        {
            "settings.py": "class Options:\n    def __init__(self, **given):\n        vars(self).update(given)\n"
            "options = Options(crop=8)\n",
            "data.py": """
            import numpy as np
            from torch.utils.data import Dataset
            from settings import options

            class Rows(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    if options.crop is not None:
                        most = options.crop
                    else:
                        most = None
                    if most is not None:
                        return np.random.rand()
                    return index
            """,
            "evaluate.py": """
            from torch.utils.data import DataLoader
            from data import Rows
            from settings import options

            def loader_of(rows):
                return DataLoader(rows, num_workers=2)

            if __name__ == "__main__":
                options.crop = None
                loader = loader_of(Rows())
            """,
        },
        "conditional",
        "R3",
        "most is not None holding",
    ),
    (
        "a setting that another program turns off",
        {
            "settings.py": "class Options:\n    def __init__(self, **given):\n        vars(self).update(given)\n"
            "options = Options(crop=8)\n",
            "data.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset
            from settings import options

            class Rows(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return np.random.randint(options.crop) if options.crop else index

            def loader_of(rows):
                return DataLoader(rows, num_workers=2)
            """,
            "evaluate.py": "from data import Rows, loader_of\nfrom settings import options\n"
            "if __name__ == '__main__':\n    options.crop = None\n    loader = loader_of(Rows())\n",
            "train.py": "from data import Rows, loader_of\nloader = loader_of(Rows())\n",
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a maker of loaders that leaves its sampler to the one class that inherits from it",
        {
            "train.py": CROPS
            + MAKER
            + """
class Shuffles(Maker):
    def sampler(self, rows):
        return RandomSampler(rows)

Shuffles().loader(Crops())
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a maker of loaders that leaves its sampler to others",
        {
            "train.py": CROPS
            + MAKER
            + """
class Orders(Maker):
    def sampler(self, rows):
        return SequentialSampler(rows)

class Shuffles(Maker):
    def sampler(self, rows):
        return RandomSampler(rows)

def made(name):
    return globals()[name]().loader(Crops())
"""
        },
        "conditional",
        "R1",
        "a Maker being a Orders",
    ),
    (
        "a maker of loaders that leaves its sampler to nobody",
        {"train.py": CROPS + MAKER + "\ndef made(maker):\n    return maker.loader(Crops())\n"},
        "inconclusive",
        "",
        "",
    ),
    (
        "a sampler that is made under a test of settings which are not there",
        {
            "train.py": CROPS
            + """
from torch.utils.data import RandomSampler
from settings_of_ours import load

def made(path):
    config = load(path).get("sampler")
    rows = Crops()
    if isinstance(config, dict):
        sampler = RandomSampler(rows, **config)
    return DataLoader(rows, sampler=sampler, num_workers=2)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a loader that OpenMMLab makes, from one of two of its libraries, without a seed",
        {
            "train.py": CROPS
            + """
def main(options):
    if options.get("plain", False):
        from mmdet.datasets import build_dataloader
    else:
        from mmseg.datasets import build_dataloader
    loader = build_dataloader(Crops(), 2, workers_per_gpu=4)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a loader that OpenMMLab makes of a seed",
        {
            "train.py": CROPS
            + """
from mmdet.datasets import build_dataloader

def main(options):
    return build_dataloader(Crops(), 2, 4, seed=options.seed)
"""
        },
        "conditional",
        "R1",
        "options.seed being an integer",
    ),
    (
        "a program that trains with OpenMMLab's loader and makes a seed",
        {
            "train.py": CROPS
            + """
from mmcv import Config
from mmdet.apis import init_random_seed, train_detector

def main(path, model):
    cfg = Config.fromfile(path)
    cfg.seed = init_random_seed(None)
    datasets = [Crops()]
    train_detector(model, datasets, cfg, validate=True)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a constructor that fails half way, after what its test asks for",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Base(Dataset):
                def __init__(self, phase, table):
                    self.phase = phase
                    self.rows = [table[name] for name in 5]
                    self.scale = 2

            class Rows(Base):
                def __init__(self, phase, table):
                    super().__init__(phase, table)
                    self.most = 9

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    if self.phase == 'train' and self.most > self.scale:
                        return np.random.rand()
                    return index

            loader = DataLoader(Rows('train', {}), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a constructor that fails half way, after what makes its test fail",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Rows(Dataset):
                def __init__(self, phase, table):
                    self.phase = str(phase).lower()
                    self.rows = [table[name] for name in 5]

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    if self.phase == 'train':
                        return np.random.rand()
                    return index

            loader = DataLoader(Rows('Test', {}), num_workers=2)
            """
        },
        "conditional",
        "R3",
        "self.phase == 'train' holding",
    ),
    (
        "an argument that cannot be had, beside one that decides",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Rows(Dataset):
                def __init__(self, table, phase='test'):
                    self.phase = phase
                    self.table = table

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    if self.phase == 'train':
                        return np.random.rand()
                    return index

            loader = DataLoader(Rows([][1], phase='train'), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a list of clips with their lengths between path and class",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset

            class Clip:
                def __init__(self, columns):
                    self.columns = columns

                @property
                def frames(self):
                    return int(self.columns[1])

                @property
                def label(self):
                    return int(self.columns[2])

            class Clips(Dataset):
                def __init__(self, path):
                    clips = [Clip(line.strip().split(' ')) for line in open(path)]
                    self.clips = [clip for clip in clips if clip.frames > 8]

                def __len__(self):
                    return len(self.clips)

                def __getitem__(self, index):
                    clip = self.clips[index]
                    return np.random.randint(clip.frames), clip.label

            loader = DataLoader(Clips('clips.txt'), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a function with workers by default, whose name methods have too",
        {
            "models.py": "def fit(model):\n    model.train()\n    model.train(False)\n    model.train(True)\n",
            "train.py": CROPS
            + """
def train(rows, workers=0):
    return DataLoader(rows, num_workers=workers)

if __name__ == "__main__":
    train(Crops(), workers=4)
""",
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a seed under a test of what is not there",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset
            from library_of_ours import read

            class Rows(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    row = read(index)
                    if 'fixed' in row:
                        np.random.seed(row['number'])
                    return row, np.random.rand()

            loader = DataLoader(Rows(), num_workers=2)
            """
        },
        "conditional",
        "R1",
        "nothing being seeded by what is asked at train.py:12",
    ),
    (
        "a task that keeps its datasets for fairseq",
        {
            "train.py": CROPS
            + """
from fairseq.tasks import FairseqTask

class Speaks(FairseqTask):
    def load_dataset(self, split, **kwargs):
        self.datasets[split] = Crops()
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a loader of torchmeta",
        {
            "train.py": CROPS
            + """
from torchmeta.utils.data import BatchMetaDataLoader

loader = BatchMetaDataLoader(Crops(), batch_size=4, num_workers=2)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a generator that MONAI's loader does not see",
        {
            "train.py": """
            import numpy as np
            from monai.data import DataLoader
            from torch.utils.data import Dataset

            class Volumes(Dataset):
                def __init__(self):
                    self.rng = np.random.RandomState(0)

                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    return self.rng.rand()

            loader = DataLoader(Volumes(), num_workers=2)
            """
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a table that takes more memory than there is",
        {
            "train.py": CROPS
            + """
def table():
    rows = []
    while True:
        rows.append(b"row" * 2**24)

rows = table()
loader = DataLoader(Crops(), num_workers=2)
"""
        },
        "confirmed",
        "R1",
        "",
    ),
    (
        "a generator of its own beside a draw from the global one",
        {
            "train.py": """
            import numpy as np
            from torch.utils.data import DataLoader, Dataset
            from library_of_ours import seed_of

            class Rows(Dataset):
                def __len__(self):
                    return 8

                def __getitem__(self, index):
                    order = np.random.RandomState(seed_of(index))
                    if order.rand() > 8 // 0:
                        return order
                    return self.noisy(index)

                def noisy(self, row):
                    return row + np.random.rand()

            loader = DataLoader(Rows(), num_workers=2)
            """
        },
        "confirmed",
        "R3",
        "",
    ),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize("program", PROGRAMS, ids=[program[0] for program in PROGRAMS])
def test_what_is_not_there_is_stood_in_for(
    sandbox: Sandbox, program: tuple[str, dict[str, str], str, str, str]
) -> None:
    _, files, verdict, rung, condition = program
    tree = MemoryTree({path: dedent(text).encode() for path, text in files.items()})
    said = verify_pairs(tree, [first_flagged(tree)], sandbox=sandbox)[0]
    assert (said.verdict, said.evidence.rung or "") == (verdict, rung), said.model_dump_json(indent=1)
    assert condition in (said.condition or "")


def test_what_the_time_was_not_enough_for_is_inconclusive() -> None:
    tree = MemoryTree({"train.py": (CROPS + "\nloader = DataLoader(Crops(), num_workers=2)\n").encode()})
    said = verify_pairs(tree, [first_flagged(tree)], seconds=0)[0]
    assert (said.verdict, said.evidence.rung) == ("inconclusive", None)
    assert "time" in said.reason
