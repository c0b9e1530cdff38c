"""What is made by name: registries, configurations that are programs, frameworks that build loaders from them."""

import json

import pytest

from .examples import CLEAN, EPOCHS, OLD_TORCH, Check, Example, Outcomes, assert_as_marked, counted, drawn, each, marked

REGISTERED_BY_A_FUNCTION = Example(
    "registered_by_a_function",
    {
        "kinds.py": """
            kinds = {}
            def register(name):
                def decorator(cls):
                    kinds[name] = cls
                    return cls
                return decorator
            def make(spec):
                return kinds[spec["name"]](**spec["args"])
            """,
        "sets.py": """
            import numpy as np
            from kinds import register
            @register("points")
            class Points:
                def __init__(self, count=None):
                    self.count = count
                def __len__(self):
                    return 8
                def __getitem__(self, index):
                    if self.count is not None:
                        return np.random.choice(9, self.count)  # DRAW
                    return index
            """,
        "train.py": """
            import yaml
            from torch.utils.data import DataLoader
            import kinds
            import sets
            spec = yaml.safe_load(open("train.yaml"))
            loader = DataLoader(kinds.make(spec["data"]), num_workers=8)  # LOADER
            """,
    },
)

FRAMEWORK = {
    "lib/builder.py": """
        from functools import partial
        import random
        import numpy as np
        from framework.utils import Registry, build_from_cfg
        from torch.utils.data import DataLoader
        DATASETS = Registry("dataset")
        PIPELINES = Registry("pipeline")
        def build_dataset(cfg):
            return build_from_cfg(cfg, DATASETS)
        def build_dataloader(dataset, workers_per_gpu, seed=None):
            init = partial(start, seed=seed) if seed is not None else None
            return DataLoader(dataset, num_workers=workers_per_gpu, worker_init_fn=init)  # LOADER
        def start(worker_id, seed):
            np.random.seed(worker_id + seed)
        """,
    "lib/sets.py": """
        from torch.utils.data import Dataset
        from lib.builder import DATASETS, PIPELINES, build_from_cfg
        class Compose:
            def __init__(self, steps):
                self.steps = []
                for step in steps:
                    self.steps.append(build_from_cfg(step, PIPELINES))
            def __call__(self, sample):
                for step in self.steps:
                    sample = step(sample)
                return sample
        @DATASETS.register_module()
        class Scans(Dataset):
            def __init__(self, pipeline):
                self.pipeline = Compose(pipeline)
            def __getitem__(self, index):
                return self.pipeline(index)
        """,
    "lib/steps.py": """
        import numpy as np
        from lib.builder import PIPELINES
        @PIPELINES.register_module()
        class Jitter:
            def __call__(self, sample):
                return sample + np.random.rand()  # DRAW
        @PIPELINES.register_module()
        class NeverConfigured:
            def __call__(self, sample):
                return sample * np.random.rand()
        """,
    "configs/scans.py": """
        kind = "Scans"
        steps = [dict(type="Jitter", scale=0.1)]
        data = dict(workers_per_gpu=4, train=dict(type=kind, pipeline=steps))
        """,
    "train.py": """
        import argparse
        from framework import Config
        from lib.builder import build_dataloader, build_dataset
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=None)
        args = parser.parse_args()
        cfg = Config.fromfile("configs/scans.py")
        cfg.seed = args.seed
        loader = build_dataloader(build_dataset(cfg.data.train), cfg.data.workers_per_gpu, seed=cfg.seed)
        """,
}

TYPENAME = {path: text.replace("type=", "typename=") for path, text in FRAMEWORK.items()}
"""The same, where the word for a class is another."""

PARTS = {
    **FRAMEWORK,
    "lib/builder.py": FRAMEWORK["lib/builder.py"]
    .replace(
        "            return build_from_cfg(cfg, DATASETS)",
        """            if isinstance(cfg, (list, tuple)):
                return ConcatDataset([build_dataset(part) for part in cfg])
            return build_from_cfg(cfg, DATASETS)""",
    )
    .replace("import DataLoader", "import ConcatDataset, DataLoader"),
    "configs/scans.py": """
        kind = "Scans"
        steps = [dict(type="Jitter", scale=0.1)]
        data = dict(
            workers_per_gpu=4,
            train=dict(type=kind, pipeline=steps),
            test=dict(type=kind, pipeline=[]))
        """,
    "train.py": FRAMEWORK["train.py"].replace("default=None", "default=0"),
    "test.py": """
        from framework import Config
        from lib.builder import build_dataloader, build_dataset
        cfg = Config.fromfile("configs/scans.py")
        loader = build_dataloader(build_dataset(cfg.data.test), cfg.data.workers_per_gpu)
        """,
}
"""Seeded by worker where it trains; where it tests nobody seeds, and the test's part of the data draws nothing."""

NAMED_PARTS = """
    kind = "Scans"
    steps = [dict(type="Jitter", scale=0.1)]
    training = dict(type=kind, pipeline=steps)
    testing = dict(type=kind, pipeline=[])
    data = dict(workers_per_gpu=4, train=training, test=testing)
    """

OTHER_PARTS = {
    "sets.py": """
        import numpy as np
        from mmdet.datasets import DATASETS
        @DATASETS.register_module()
        class Scans:
            def __getitem__(self, index):
                return np.random.rand()
        @DATASETS.register_module()
        class Plain:
            def __getitem__(self, index):
                return index
        """,
    "configs/plain.py": "data = dict(train=dict(type='Plain'), test=dict(type='Plain'))",
    "configs/scans.py": "_base_ = ['./plain.py']\ndata = dict(train=dict(type='Scans'))",
    "test.py": """
        import sys
        from mmcv import Config
        from mmdet.datasets import build_dataset
        from torch.utils.data import DataLoader
        cfg = Config.fromfile(sys.argv[1])
        loader = DataLoader(build_dataset(cfg.data.test), num_workers=4)
        """,
}
"""What is tested on is described for that part by one configuration, and by the other for training alone."""

MMDET = {
    "sets.py": """
        import numpy as np
        from mmdet.datasets import DATASETS
        @DATASETS.register_module()
        class Scans:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
    "configs/scans.py": "data = dict(workers_per_gpu=4, train=dict(type='Scans'))",
    "train.py": """
        import argparse
        from mmcv import Config
        from mmdet.datasets import build_dataloader, build_dataset
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=DEFAULT)
        args = parser.parse_args()
        cfg = Config.fromfile("configs/scans.py")
        cfg.seed = args.seed
        loader = build_dataloader(  # LOADER
            build_dataset(cfg.data.train), 2, cfg.data.workers_per_gpu, SEED)
        """,
}


def mmdet(name: str, outcomes: tuple[str, str], seed: str, default: str) -> Example:
    files = {path: text.replace("SEED", seed).replace("DEFAULT", default) for path, text in MMDET.items()}
    return Example(name, files, outcomes)  # type: ignore[arg-type]  # literals


RUNNER = {
    "lib/steps.py": """
        import numpy as np
        from mmengine.registry import TRANSFORMS
        from mmcv.transforms import BaseTransform
        @TRANSFORMS.register_module()
        class Jitter(BaseTransform):
            def transform(self, sample):
                return sample + np.random.rand()  # DRAW
        """,
    "lib/sets.py": """
        from mmengine.dataset import BaseDataset
        from mmengine.registry import DATASETS
        @DATASETS.register_module()
        class Scans(BaseDataset):
            METAINFO = {}
        """,
    "configs/scans.py": """
        steps = [dict(type="Jitter")]
        train_dataloader = dict(  # LOADER
            batch_size=4,
            num_workers=4,
            persistent_workers=KEPT,
            dataset=dict(type="RepeatDataset", times=2, dataset=dict(type="Scans", pipeline=steps)),
        )
        """,
    "train.py": """
        from mmengine.config import Config
        from mmengine.runner import Runner
        Runner.from_cfg(Config.fromfile("configs/scans.py")).train()
        """,
}


DESCRIBED = {
    "conf/train.yaml": """
        num_workers: 4
        data:
          dataset: {_target_: lib.sets.Scans, root: scans}
          transform:
            _target_: torchvision.transforms.Compose
            transforms:
              - {_target_: lib.steps.Jitter, scale: 0.1}
        """,
    "lib/__init__.py": "",
    "lib/sets.py": """
        from torch.utils.data import Dataset
        class Scans(Dataset):
            def __init__(self, root, transform=None):
                self.transform = transform
            def __getitem__(self, index):
                return self.transform(index)
        """,
    "lib/steps.py": """
        import numpy as np
        class Jitter:
            def __init__(self, scale):
                self.scale = scale
            def __call__(self, sample):
                return sample + self.scale * np.random.normal()  # DRAW
        class NeverDescribed:
            def __call__(self, sample):
                return sample + np.random.normal()
        """,
    "train.py": """
        import hydra
        from hydra.utils import instantiate
        from torch.utils.data import DataLoader
        @hydra.main(config_path="conf", config_name="train")
        def main(cfg):
            dataset = instantiate(cfg.data.dataset, transform=instantiate(cfg.data.transform))
            return DataLoader(dataset, num_workers=cfg.num_workers)  # LOADER
        """,
}

DATA_MODULE = {
    "conf/train.yaml": """
        data:
          target: main.Parts
          params:
            batch_size: 12
            wrap: true
            train:
              target: lib.sets.Scans
              params: {size: 256}
        """,
    "lib/__init__.py": "",
    "lib/sets.py": """
        import numpy as np
        from torch.utils.data import Dataset
        class Scans(Dataset):
            def __init__(self, size):
                self.size = size
            def __getitem__(self, index):
                return np.random.uniform(0, self.size)  # DRAW
        class Stream:
            pass
        class NeverDescribed(Dataset):
            def __getitem__(self, index):
                return np.random.rand()
        """,
    "main.py": """
        import importlib
        import numpy as np
        import pytorch_lightning as pl
        from omegaconf import OmegaConf
        from torch.utils.data import DataLoader, Dataset
        from lib.sets import Stream
        def get_obj_from_str(text):
            module, name = text.rsplit(".", 1)
            return getattr(importlib.import_module(module, package=None), name)
        def instantiate_from_config(config):
            return get_obj_from_str(config["target"])(**config.get("params", dict()))
        class Wrapped(Dataset):
            def __init__(self, data):
                self.data = data
            def __getitem__(self, index):
                return self.data[index]
        def seed_worker(worker_id):
            np.random.seed(np.random.get_state()[1][0] + worker_id)
        class Parts(pl.LightningDataModule):
            def __init__(self, batch_size, train=None, wrap=False, num_workers=None, seeded=False):
                super().__init__()
                self.configs = dict()
                self.num_workers = num_workers if num_workers is not None else batch_size * 2
                self.seeded = seeded
                self.wrap = wrap
                if train is not None:
                    self.configs["train"] = train
            def setup(self, stage=None):
                self.datasets = dict((name, instantiate_from_config(self.configs[name])) for name in self.configs)
                if self.wrap:
                    for name in self.datasets:
                        self.datasets[name] = Wrapped(self.datasets[name])
            def train_dataloader(self):
                streams = isinstance(self.datasets["train"], Stream)
                if streams or self.seeded:
                    init = seed_worker
                else:
                    init = None
                return DataLoader(  # LOADER
                    self.datasets["train"], num_workers=self.num_workers, worker_init_fn=init)
        config = OmegaConf.load("conf/train.yaml")
        data = instantiate_from_config(config.data)
        """,
}
SEEDED_BY_OPTION = {
    "main.py": """
        import argparse
        import numpy as np
        from torch.utils.data import DataLoader, Dataset
        class Scans(Dataset):
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        def seed_worker(worker_id):
            np.random.seed(worker_id)
        def make(args):
            init = None
            if args.seeded:
                init = seed_worker
            return DataLoader(Scans(), num_workers=4, worker_init_fn=init)  # LOADER
        parser = argparse.ArgumentParser()
        parser.add_argument("--seeded", action="store_true")
        make(parser.parse_args())
        """,
}
NAMED_CLASS = {
    "conf/still.yaml": "feeder: feeders.poses.Poses\ntrain_feeder_args:\n  move: false\n",
    "feeders/__init__.py": "",
    "feeders/poses.py": """
        import numpy as np
        class Poses:
            def __init__(self, window=0, move=False, shift=False):
                self.window = window
                self.move = move
                self.shift = shift
            def __len__(self):
                return 8
            def __getitem__(self, index):
                if self.move:
                    index = index + np.random.choice(9)  # DRAW
                if self.shift:
                    index = index + np.random.rand()
                return index
        def show(path):
            return list(Poses(path))
        """,
    "main.py": """
        import argparse
        import yaml
        from torch.utils.data import DataLoader
        def import_class(name):
            parts = name.split(".")
            found = __import__(parts[0])
            for part in parts[1:]:
                found = getattr(found, part)
            return found
        parser = argparse.ArgumentParser()
        parser.add_argument("--feeder", default="feeder.feeder")
        parser.add_argument("--train-feeder-args", default=dict())
        parser.set_defaults(**yaml.safe_load(open("conf/train.yaml")))
        arg = parser.parse_args()
        loader = DataLoader(import_class(arg.feeder)(**arg.train_feeder_args), num_workers=4)  # LOADER
        """,
}


NAMED_OBJECT = {
    "train.toml": """
        [train_dataset]
        path = "train_set.Scans"
        [train_dataset.args]
        size = 8
        [train_dataset.dataloader]
        num_workers = 12
        [other]
        path = "train_set.Other"
        """,
    "train_set.py": """
        import numpy as np
        class Scans:
            def __init__(self, size):
                self.size = size
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return np.random.rand(self.size)  # DRAW
        class Other:
            def __getitem__(self, index):
                return np.random.rand()
        """,
    "train.py": """
        import importlib
        import toml
        from torch.utils.data import DataLoader
        def initialize(path, args=None, make=True):
            module = importlib.import_module(".".join(path.split(".")[:-1]))
            found = getattr(module, path.split(".")[-1])
            if not make:
                return found
            return found(**args) if args else found()
        config = toml.load("train.toml")
        loader = DataLoader(  # LOADER
            initialize(config["train_dataset"]["path"], args=config["train_dataset"]["args"]),
            **config["train_dataset"]["dataloader"])
        """,
}


def named_class(name: str, settings: str) -> Example:
    config = f"feeder: feeders.poses.Poses\ntrain_feeder_args:\n  {settings}\n"
    return Example(name, {**NAMED_CLASS, "conf/train.yaml": config})


LOADED_CLASS = {
    **NAMED_CLASS,
    "conf/train.yaml": "feeder: feeders.poses.Poses\ntrain_feeder_args:\n  move: true\n",
    "main.py": """
        import argparse
        import sys
        import yaml
        from torch.utils.data import DataLoader
        def import_class(name):
            module, _, leaf = name.rpartition(".")
            __import__(module)
            try:
                return getattr(sys.modules[module], leaf)
            except AttributeError:
                raise ImportError(leaf)
        parser = argparse.ArgumentParser()
        parser.add_argument("--feeder", default="feeder.feeder")
        parser.add_argument("--train-feeder-args", default=dict())
        parser.set_defaults(**yaml.safe_load(open("conf/train.yaml")))
        arg = parser.parse_args()
        loader = DataLoader(import_class(arg.feeder)(**arg.train_feeder_args), num_workers=4)  # LOADER
        """,
}


FURTHER_STEPS = {
    **FRAMEWORK,
    **{
        f"configs/scans_{number}.py": FRAMEWORK["configs/scans.py"].replace("0.1", f"0.{number}")
        for number in range(2, 9)
    },
    "configs/turned.py": FRAMEWORK["configs/scans.py"].replace("steps = [", "steps = [dict(type='Turn'), "),
    "lib/turn.py": """
        import numpy as np
        from lib.builder import PIPELINES
        @PIPELINES.register_module()
        class Turn:
            def __call__(self, sample):
                return sample * np.random.rand()  # DRAW
        """,
}
"""Many configurations of one dataset, the last of which alone has a step of its own."""

BUILT_ON = {
    **FURTHER_STEPS,
    **{f"configs/scans_{number}.py": "" for number in range(2, 9)},
    "configs/turned.py": """
        _base_ = [
            "./scans.py",
        ]
        steps = [dict(type="Turn")]
        data = dict(train=dict(pipeline=steps))
        """,
}
"""A configuration that gives another pipeline to what the one that it builds on describes."""

OTHERS_COMPOSITION = {
    **FRAMEWORK,
    "lib/sets.py": """
        from framework.pipelines import Compose
        from torch.utils.data import Dataset
        from lib.builder import DATASETS
        @DATASETS.register_module()
        class Scans(Dataset):
            def __init__(self, pipeline):
                self.pipeline = Compose(pipeline)
            def __getitem__(self, index):
                return self.pipeline(index)
        """,
}
"""A dataset of the repository's whose steps a framework composes."""

MANY_CLASSES = {
    **FRAMEWORK,
    **{
        f"configs/scans_{number}.py": "data = dict(workers_per_gpu=4, train=[\n"
        + "".join(f"    dict(type='Part{part}', size={number}),\n" for part in range(15))
        + "])\n"
        for number in range(4)
    },
    "configs/scans.py": "data = dict(workers_per_gpu=4)\n",
    "lib/sets.py": "import numpy as np\nfrom lib.builder import DATASETS\n"
    + "".join(
        f"@DATASETS.register_module()\nclass Part{part}:\n    def __init__(self, size):\n        self.size = size\n"
        f"    def __getitem__(self, index):\n        return {'index' if part < 14 else 'np.random.rand()  # DRAW'}\n"
        for part in range(15)
    ),
    "lib/steps.py": "",
}
"""More objects than there is room for, the last class of which draws."""

PLUGIN = {
    "plugin/sets.py": """
        from mmdet.datasets import DATASETS, CustomDataset
        @DATASETS.register_module()
        class Scans(CustomDataset):
            pass
        """,
    "plugin/steps.py": """
        import numpy as np
        from mmdet.datasets.builder import PIPELINES
        @PIPELINES.register_module()
        class Jitter:
            def __call__(self, sample):
                return sample + np.random.rand()  # DRAW
        """,
    "configs/scans.py": """
        steps = [dict(type="Jitter", scale=0.1)]
        data = dict(samples_per_gpu=2, workers_per_gpu=4, train=dict(type="Scans", pipeline=steps))
        """,
    "train.py": """
        import argparse
        from mmcv import Config
        from mmdet.apis import init_random_seed, train_detector
        from mmdet.datasets import build_dataset
        from mmdet.models import build_detector
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=None)
        args = parser.parse_args()
        cfg = Config.fromfile("configs/scans.py")
        cfg.seed = SEED
        datasets = [build_dataset(cfg.data.train)]
        train_detector(build_detector(cfg.model), datasets, cfg)  # LOADER
        """,
}


SHOWN = json.dumps(
    {"cells": [{"cell_type": "code", "source": "from mmcv import Config\ncfg = Config.fromfile('a.py')\ncfg.seed = 0"}]}
)
MADE_UP_SEED = {
    "loaders.py": """
        import numpy as np
        from functools import partial
        from torch.utils.data import DataLoader
        class Scans:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        def start(worker_id, workers, seed):
            np.random.seed(workers + worker_id + seed)
        def build(dataset, workers, seed=None):
            start_fn = partial(start, workers=workers, seed=seed) if seed is not None else None
            return DataLoader(dataset, num_workers=workers, worker_init_fn=start_fn)  # LOADER
        def train_model(cfg):
            return build(Scans(), 4, seed=cfg.seed)
        """,
    "train.py": """
        import argparse
        import numpy as np
        from mmcv import Config
        from loaders import train_model
        def made_up(seed=None):
            if seed is not None:
                return seed
            return np.random.randint(2**31)
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=None)
        args = parser.parse_args()
        cfg = Config.fromfile("configs/scans.py")
        cfg.seed = made_up(args.seed)
        train_model(cfg)
        """,
}


BUILDER_SEED = {
    "loaders.py": """
        import numpy as np
        from mmseg.datasets import build_dataloader
        class Scans:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        def train_model(cfg):
            return build_dataloader(Scans(), 2, 4, seed=cfg.seed)  # LOADER
        """,
    "train.py": """
        import argparse
        from mmcv import Config
        from loaders import train_model
        parser = argparse.ArgumentParser()
        parser.add_argument("--seed", type=int, default=DEFAULT)
        args = parser.parse_args()
        cfg = Config.fromfile("configs/scans.py")
        cfg.seed = args.seed
        train_model(cfg)
        """,
    **{f"tools/tool{number}.py": "seed = 0" for number in range(50)},
}
"""A setting whose name is everywhere, so that nobody looks for all that give one a value."""


def builder_seed(name: str, default: str, outcomes: tuple[str, str]) -> Example:
    """A library's builder of loaders that is handed the configuration's seed."""
    files = {**BUILDER_SEED, "train.py": BUILDER_SEED["train.py"].replace("DEFAULT", default)}
    return Example(name, files, outcomes)  # type: ignore[arg-type]  # literals


def asked_for_seed(name: str, asked: str, given: str, outcomes: tuple[str, str]) -> Example:
    """A training of the repository's own that asks its settings for the seed."""
    files = {
        "loaders.py": MADE_UP_SEED["loaders.py"].replace("cfg.seed", asked),
        "train.py": MADE_UP_SEED["train.py"].replace("made_up(args.seed)", given),
    }
    return Example(name, files, outcomes)  # type: ignore[arg-type]  # literals


def by_hydra(name: str, made: str, outcomes: Outcomes | None = OLD_TORCH, top: str = "") -> Example:
    """A program whose configuration describes its loader and the dataset in it."""
    files = {
        "conf/data/scans.yaml": f"{top}train:\n  _target_: torch.utils.data.DataLoader\n  num_workers: 4\n"
        "  dataset:\n    _target_: sets.Scans\n",
        "sets.py": """
            import numpy as np
            class Scans:
                def __len__(self):
                    return 8
                def __getitem__(self, index):
                    return np.random.rand()  # DRAW
            class Keeper:
                def __init__(self, train):
                    self.train = train
            """,
        "train.py": f"""
            import hydra
            from hydra.utils import instantiate
            @hydra.main(config_path="conf", config_name="data")
            def main(config):
                {made}
                return made
            """,
    }
    bare = {path: text.replace("  # DRAW", "") for path, text in files.items()}
    return Example(name, files if outcomes is not None else bare, outcomes)


def plugin(name: str, seed: str, outcomes: tuple[str, str]) -> Example:
    """A library's training over a dataset that the repository registers with it."""
    files = {path: text.replace("SEED", seed) for path, text in PLUGIN.items()}
    return Example(name, files, outcomes)  # type: ignore[arg-type]  # literals


LIBRARYS_DATASET = {
    path: text
    for path, text in {
        **PLUGIN,
        "configs/scans.py": PLUGIN["configs/scans.py"].replace('"Scans"', '"CocoDataset"'),
        "train.py": PLUGIN["train.py"].replace("SEED", "args.seed"),
    }.items()
    if path != "plugin/sets.py"
}
"""Steps of the repository's that a library's own dataset calls."""


FROM_DICTS = {
    "sets/__init__.py": "from .scans import Scans\nfrom .sampler import Shuffled\n",
    "sets/scans.py": """
        import numpy as np
        from torch.utils.data import Dataset
        class Scans(Dataset):
            def __init__(self, flip=0):
                self.flip = flip
            def __getitem__(self, index):
                if self.flip > 0:
                    index = -index if np.random.rand() < self.flip else index  # DRAW
                return index
        """,
    "sets/sampler.py": """
        import numpy as np
        from torch.utils.data import Sampler
        class Shuffled(Sampler):
            def __iter__(self):
                return iter(np.random.permutation(8))
        """,
    "train.py": """
        import sets
        from mmcv import Config
        from mmcv.runner import obj_from_dict
        from torch.utils.data import DataLoader
        cfg = Config.fromfile("scans.py")
        loader = DataLoader(obj_from_dict(cfg.data.train, sets), num_workers=4)  # LOADER
        """,
}


def runner(name: str, outcomes: tuple[str, str], kept: bool) -> Example:
    files = {path: text.replace("KEPT", str(kept)) for path, text in RUNNER.items()}
    return Example(name, files, outcomes)  # type: ignore[arg-type]  # literals


@each(
    REGISTERED_BY_A_FUNCTION,
    Example("registry_and_configuration_in_python", FRAMEWORK, OLD_TORCH),
    Example("registry_and_configuration_with_a_typename", TYPENAME, OLD_TORCH),
    Example("objects_of_a_dict_and_a_module", FROM_DICTS),
    Example(
        "objects_of_a_dict_and_a_module_in_old_releases",
        {**FROM_DICTS, "train.py": FROM_DICTS["train.py"].replace("mmcv.runner", "mmcv.torchpack")},
    ),
    plugin("librarys_training_without_a_seed_by_default", "args.seed", OLD_TORCH),
    Example("librarys_dataset_with_the_repositorys_steps", LIBRARYS_DATASET),
    Example("librarys_dataset_beside_the_repositorys_own", {**LIBRARYS_DATASET, "sets.py": PLUGIN["plugin/sets.py"]}),
    Example(
        "librarys_dataset_with_the_repositorys_steps_in_a_composition",
        {
            **LIBRARYS_DATASET,
            "plugin/more.py": """
                from mmdet.datasets.builder import PIPELINES
                from mmdet.datasets.pipelines import Compose
                @PIPELINES.register_module()
                class Together(Compose):
                    def __init__(self, steps, kept=False):
                        super().__init__(steps)
                        self.kept = kept
                """,
            "configs/scans.py": LIBRARYS_DATASET["configs/scans.py"].replace(
                '[dict(type="Jitter", scale=0.1)]', '[dict(type="Together", steps=[dict(type="Jitter", scale=0.1)])]'
            ),
        },
    ),
    Example(
        "librarys_dataset_in_a_part_that_is_not_built",
        {
            **{path: text.replace("  # DRAW", "").replace("  # LOADER", "") for path, text in LIBRARYS_DATASET.items()},
            "configs/scans.py": LIBRARYS_DATASET["configs/scans.py"].replace(
                "pipeline=steps)", 'pipeline=[]), test=dict(type="CocoDataset", pipeline=steps)'
            ),
        },
        None,
    ),
    Example("training_of_the_repositorys_own_with_a_seed_made_up", MADE_UP_SEED, EPOCHS),
    builder_seed("builder_with_a_seed_that_is_left_out", "None", OLD_TORCH),
    builder_seed("builder_with_a_seed", "0", EPOCHS),
    asked_for_seed("seed_that_is_asked_for_by_name", 'cfg.get("seed")', "args.seed", OLD_TORCH),
    asked_for_seed("seed_that_is_asked_for_by_a_key", 'cfg["seed"]', "args.seed", OLD_TORCH),
    asked_for_seed("seed_that_is_asked_for_or_nothing", 'cfg.get("seed", None)', "args.seed", OLD_TORCH),
    asked_for_seed("seed_that_is_asked_for_or_a_number", 'cfg.get("seed", 3)', "args.seed", EPOCHS),
    asked_for_seed("made_up_seed_that_is_asked_for_by_name", 'cfg.get("seed")', "made_up(args.seed)", EPOCHS),
    Example(
        "training_of_the_repositorys_own_with_the_options_seed",
        {**MADE_UP_SEED, "train.py": MADE_UP_SEED["train.py"].replace("made_up(args.seed)", "args.seed")},
        OLD_TORCH,
    ),
    Example(
        "training_with_the_options_seed_beside_a_notebook_that_sets_one",
        {
            **MADE_UP_SEED,
            "train.py": MADE_UP_SEED["train.py"].replace("made_up(args.seed)", "args.seed"),
            "show.ipynb": SHOWN,
        },
        OLD_TORCH,
    ),
    Example(
        "training_with_the_options_seed_where_there_is_one_and_a_made_up_one_where_not",
        {
            **MADE_UP_SEED,
            "train.py": MADE_UP_SEED["train.py"].replace(
                "cfg.seed = made_up(args.seed)",
                "if args.seed is not None:\n"
                "            cfg.seed = args.seed\n"
                "        else:\n"
                "            cfg.seed = made_up()",
            ),
        },
        EPOCHS,
    ),
    plugin("librarys_training_with_a_seed", "init_random_seed(args.seed)", EPOCHS),
    Example("each_part_of_the_data_has_its_description", PARTS, EPOCHS),
    Example("a_class_of_one_part_alone_is_in_no_other", OTHER_PARTS, None),
    Example("each_part_has_its_description_under_a_name", {**PARTS, "configs/scans.py": NAMED_PARTS}, EPOCHS),
    Example(
        "a_class_of_one_part_alone_under_a_name",
        {
            **OTHER_PARTS,
            "configs/plain.py": "plain = dict(type='Plain')\ndata = dict(train=plain, test=plain)",
            "configs/scans.py": "_base_ = ['./plain.py']\nscans = dict(type='Scans')\ndata = dict(train=scans)",
        },
        None,
    ),
    mmdet("mmdet_with_a_seed", EPOCHS, "seed=cfg.seed", "0"),
    mmdet("mmdet_with_a_seed_by_an_option_only", OLD_TORCH, "seed=cfg.seed", "None"),
    mmdet("mmdet_without_a_seed", OLD_TORCH, "dist=False", "0"),
    runner("loader_as_configuration", EPOCHS, kept=False),
    runner("loader_as_configuration_with_persistent_workers", CLEAN, kept=True),
    Example(
        "hydra",
        {
            "conf/data.yaml": "train_loader:\n  _target_: torch.utils.data.DataLoader\n  num_workers: 4\n",
            "sets.py": """
                import numpy as np
                from torch.utils.data import Dataset
                class Scans(Dataset):
                    def __getitem__(self, index):
                        return np.random.rand()  # DRAW
                """,
            "train.py": """
                import hydra
                @hydra.main(config_path="conf", config_name="data")
                def main(config):
                    dataset = hydra.utils.instantiate(config.train_set)
                    return hydra.utils.instantiate(config.train_loader, dataset)  # LOADER
                """,
        },
    ),
    by_hydra("hydra_with_a_section_of_another_name", "made = instantiate(config.data.train)  # LOADER"),
    by_hydra("hydra_with_a_key", 'made = instantiate(config.data["train"])  # LOADER'),
    by_hydra("hydra_with_a_whole_group", "made = instantiate(config.data)  # LOADER"),
    by_hydra(
        "hydra_with_each_of_a_group",
        "made = {key: instantiate(section) for key, section in config.data.items()}  # LOADER",
    ),
    by_hydra("hydra_with_another_section", "made = instantiate(config.model)", None),
    by_hydra(
        "hydra_with_a_section_that_is_something_else",
        "made = instantiate(config.data, _recursive_=False)",
        None,
        "_target_: sets.Keeper\n",
    ),
    Example("objects_that_hydra_makes_of_a_description", DESCRIBED),
    Example(
        "objects_of_a_description_by_target_and_params",
        {
            **DESCRIBED,
            "conf/train.yaml": """
                num_workers: 4
                data:
                  target: lib.sets.Scans
                  params:
                    transform: {target: lib.steps.Jitter, params: {scale: 0.1}}
                """,
            "train.py": """
                import importlib
                from omegaconf import OmegaConf
                from torch.utils.data import DataLoader
                def get_obj_from_str(text):
                    module, name = text.rsplit(".", 1)
                    return getattr(importlib.import_module(module, package=None), name)
                def instantiate_from_config(config):
                    return get_obj_from_str(config["target"])(**config.get("params", dict()))
                cfg = OmegaConf.load("conf/train.yaml")
                loader = DataLoader(instantiate_from_config(cfg.data), num_workers=cfg.num_workers)  # LOADER
                """,
        },
    ),
    Example(
        "class_that_a_shipped_configuration_names_in_place_of_the_default",
        {
            "settings.py": """
                from yacs.config import CfgNode as CN
                cfg = CN()
                cfg.DATASET = CN()
                cfg.DATASET.NAME = "Plain"
                """,
            "experiments/noisy.yaml": "DATASET:\n  NAME: Noisy\nMODEL:\n  NAME: Other\n",
            "sets.py": """
                import numpy as np
                class Plain:
                    def __getitem__(self, index):
                        return index
                class Noisy:
                    def __getitem__(self, index):
                        return np.random.rand()  # DRAW
                class Other:
                    def __getitem__(self, index):
                        return np.random.rand()
                """,
            "train.py": """
                import sets
                from settings import cfg
                from torch.utils.data import DataLoader
                loader = DataLoader(eval("sets." + cfg.DATASET.NAME)(), num_workers=4)  # LOADER
                """,
        },
    ),
    Example(
        "basicsr",
        {
            "options/train.yml": "num_worker_per_gpu: 5\n",
            "sets.py": """
                import numpy as np
                from basicsr.utils.registry import DATASET_REGISTRY
                from torch.utils.data import Dataset
                @DATASET_REGISTRY.register()
                class Degraded(Dataset):
                    def __getitem__(self, index):
                        return np.random.rand()  # DRAW
                """,
            "train.py": """
                from basicsr.train import train_pipeline
                import sets
                train_pipeline(".")  # LOADER
                """,
        },
        EPOCHS,
    ),
    Example(
        "detectron2_configurable",
        {
            "train.py": """
                import numpy as np
                from detectron2.config import configurable
                from detectron2.data.build import build_batch_data_loader
                from detectron2.data.common import MapDataset
                class Mapper:
                    def __call__(self, sample):
                        return np.random.rand()  # DRAW
                def from_config(cfg, mapper):
                    return {"dataset": load(cfg), "mapper": mapper, "num_workers": cfg.NUM_WORKERS}
                @configurable(from_config=from_config)
                def build_loader(dataset, *, mapper, num_workers=0):
                    dataset = MapDataset(dataset, mapper)
                    return build_batch_data_loader(dataset, None, 2, num_workers=num_workers)  # LOADER
                build_loader(get_cfg(), mapper=Mapper())
                """,
        },
        CLEAN,
    ),
    Example(
        "configurable_of_a_copy_that_reads_all_off_the_configuration",
        {
            "lib/config.py": """
                from fvcore.common.config import CfgNode
                cfg = CfgNode()
                cfg.LOADER = CfgNode()
                cfg.LOADER.WORKERS = 4
                def configurable(function=None, *, from_config=None):
                    return function
                """,
            "train.py": """
                import numpy as np
                from torch.utils.data import DataLoader
                from lib.config import cfg, configurable
                class Set:
                    def __init__(self, transform):
                        self.transform = transform
                    def __getitem__(self, index):
                        return self.transform(index)
                class Noise:
                    def __call__(self, image):
                        return image + np.random.rand()  # DRAW
                class Sharp:
                    def __call__(self, image):
                        return image - np.random.rand()
                def from_config(cfg, *, transform=None):
                    return {"data": Set(transform or Noise()), "workers": cfg.LOADER.WORKERS}
                @configurable(from_config=from_config)
                def build_loader(data, *, workers=0):
                    return DataLoader(data, num_workers=workers)  # LOADER
                build_loader(cfg)
                """,
        },
    ),
    Example(
        "augmentations_that_detectron2_applies",
        {
            "train.py": """
                import numpy as np
                from detectron2.data import DatasetMapper, build_detection_train_loader
                from detectron2.data import transforms as T
                class Near(T.RandomCrop):
                    def get_transform(self, image, boxes):
                        return T.CropTransform(0, np.random.randint(4), 4, 4)  # DRAW
                class Old(T.TransformGen):
                    def get_transform(self, image):
                        return T.CropTransform(0, np.random.randint(4), 4, 4)  # DRAW
                class Unused(T.TransformGen):
                    def get_transform(self, image):
                        return T.CropTransform(0, np.random.randint(4), 4, 4)
                class Mapper(DatasetMapper):
                    def __init__(self, cfg, is_train=True):
                        super().__init__(cfg, is_train)
                        self.augmentation = [T.RandomFlip()]
                        self.augmentation.insert(0, Near("absolute", 4))
                        self.generators = [Old()]
                        self.others = [Unused()]
                    def __call__(self, sample):
                        given = T.StandardAugInput(sample["image"])
                        transforms = given.apply_augmentations(self.augmentation)
                        return T.apply_transform_gens(self.generators, given.image), len(self.others)
                build_detection_train_loader(get_cfg(), mapper=Mapper(get_cfg()))  # LOADER
                """,
        },
        CLEAN,
    ),
    Example(
        "detectron2_mapper",
        {
            "train.py": """
                import numpy as np
                from detectron2.data import DatasetMapper, build_detection_train_loader
                from detectron2.engine import DefaultTrainer
                class Mapper(DatasetMapper):
                    def __call__(self, sample):
                        return super().__call__(sample) if np.random.rand() < 0.5 else None  # DRAW
                class Trainer(DefaultTrainer):
                    @classmethod
                    def build_train_loader(cls, cfg):
                        return build_detection_train_loader(cfg, mapper=Mapper(cfg, True))  # LOADER
                """,
        },
        CLEAN,
    ),
    Example(
        "one_object_of_each_class_of_many_that_are_described",
        {
            **{f"conf/task/a{i}.yaml": "dataset:\n  _target_: sets.Plain\n" for i in range(14)},
            "conf/task/b.yaml": "dataset:\n  _target_: sets.Noisy\n",
            "sets.py": """
                import numpy as np
                class Plain:
                    def __getitem__(self, index):
                        return index
                class Noisy:
                    def __getitem__(self, index):
                        return np.random.rand()  # DRAW
                """,
            "train.py": """
                import hydra
                from torch.utils.data import DataLoader
                def run(cfg):
                    return DataLoader(hydra.utils.instantiate(cfg.task.dataset), num_workers=4)  # LOADER
                """,
        },
    ),
    Example("module_of_data_that_is_described", DATA_MODULE),
    Example("module_of_data_that_an_option_lets_seed", SEEDED_BY_OPTION),
    named_class("class_and_what_it_takes_named_by_configurations", "window: 8\n  move: true"),
    Example("class_of_a_module_that_is_loaded_by_its_name", LOADED_CLASS),
    Example(
        "class_of_a_module_that_is_loaded_by_its_name_as_a_keyword",
        {**LOADED_CLASS, "main.py": LOADED_CLASS["main.py"].replace("(arg.feeder)", "(name=arg.feeder)")},
    ),
    Example(
        "module_of_data_that_is_described_in_a_keyword",
        {**DATA_MODULE, "main.py": DATA_MODULE["main.py"].replace("(config.data)", "(config=config.data)")},
    ),
    Example("object_of_a_class_that_a_section_names", NAMED_OBJECT),
    Example("composition_of_a_framework", OTHERS_COMPOSITION),
    Example("many_classes_with_many_configurations_each", MANY_CLASSES),
    Example("configurations_with_further_steps", FURTHER_STEPS),
    Example("configuration_that_builds_on_another", BUILT_ON),
    Example(
        "draws_with_a_fixed_seed_for_evaluation_alone",
        {
            **FRAMEWORK,
            "lib/steps.py": """
                import numpy as np
                from lib.builder import PIPELINES
                @PIPELINES.register_module()
                class Jitter:
                    def __call__(self, sample):
                        if sample.get("test_mode", False):
                            np.random.seed(255)
                            return sample + np.random.rand()
                        return sample + np.random.rand()  # DRAW
                """,
        },
    ),
    Example(
        "added_to_a_composition_for_one_part_alone",
        {
            "train.py": """
                import numpy as np
                from torch.utils.data import DataLoader, Dataset
                from torchvision import transforms
                class Cutout:
                    def __call__(self, image):
                        return image * np.random.randint(2)  # DRAW
                def pipeline(split):
                    steps = transforms.Compose([transforms.ToTensor()])
                    if split == "train":
                        steps.transforms.insert(-1, Cutout())
                    return steps
                class Images(Dataset):
                    def __init__(self, split):
                        self.pipeline = pipeline(split)
                    def __getitem__(self, index):
                        return self.pipeline(index)
                loader = DataLoader(Images("train"), num_workers=4)  # LOADER
                testing = DataLoader(Images("test"), num_workers=4)
                """
        },
    ),
)
def test_made_by_name(check: Check, example: Example) -> None:
    report = check(example.sources())
    assert_as_marked(report, example)
    assert {pair.loader for pair in counted(report)} == marked(example.sources(), "LOADER")


@each(
    Example(
        "added_to_a_composition",
        {
            "train.py": """
                import numpy as np
                import torchvision
                from torch.utils.data import DataLoader
                from torchvision import transforms
                class Cutout:
                    def __call__(self, image):
                        return image * np.random.randint(2)  # DRAW
                pipeline = transforms.Compose([transforms.ToTensor()])
                pipeline.transforms.append(Cutout())
                loader = DataLoader(torchvision.datasets.CIFAR10(".", transform=pipeline), num_workers=4)
                """
        },
    ),
    Example(
        "added_to_a_copy_of_a_composition_that_an_object_keeps",
        {
            "train.py": """
                import copy
                import numpy as np
                from torch.utils.data import DataLoader
                from torchvision import transforms
                class Cutout:
                    def __call__(self, image):
                        return image * np.random.randint(2)  # DRAW
                class Pairs:
                    def __init__(self, weak):
                        self.weak = weak
                        self.strong = copy.deepcopy(weak)
                        self.strong.transforms.insert(0, Cutout())
                    def __len__(self):
                        return 8
                    def __getitem__(self, index):
                        return self.weak(index), self.strong(index)
                loader = DataLoader(Pairs(transforms.Compose([transforms.ToTensor()])), num_workers=4)
                """
        },
    ),
    Example(
        "set_by_a_method_of_what_cannot_be_read",
        {
            "sets.py": """
                import numpy as np
                from torch.utils.data import Dataset
                class Scans(Dataset):
                    def __init__(self):
                        self.shuffled = False
                    def set_shuffled(self, shuffled):
                        self.shuffled = shuffled
                    def __getitem__(self, index):
                        return np.random.rand() if self.shuffled else index  # DRAW
                """,
            "train.py": """
                from sets import Scans
                from torch.utils.data import DataLoader
                def train(lazy):
                    dataset = lazy.construct()
                    dataset.set_shuffled(True)
                    return DataLoader(dataset, num_workers=2)
                """,
        },
    ),
    Example(
        "module_kept_among_the_options",
        {
            "sets.py": """
                import numpy as np
                class Scans:
                    def __getitem__(self, index):
                        return np.random.rand()  # DRAW
                    def __len__(self):
                        return 8
                """,
            "train.py": """
                import argparse
                import sets
                from torch.utils.data import DataLoader
                args = argparse.ArgumentParser().parse_args()
                args.kind = sets
                args.workers = 4 * args.gpus
                loader = DataLoader(args.kind.Scans(), num_workers=args.workers)
                """,
        },
    ),
    Example(
        "as_it_was_last_changed",
        {
            "train.py": """
                import numpy as np
                from torch.utils.data import DataLoader
                class Shift:
                    def __call__(self, image):
                        return image + np.random.rand()  # DRAW
                class Keep:
                    def __call__(self, image):
                        return image
                class Images:
                    transform = None
                    def __getitem__(self, index):
                        return self.transform(index)
                    def __len__(self):
                        return 8
                def train_loader(dataset):
                    dataset.transform = Shift()
                    return DataLoader(dataset, num_workers=4)
                def val_loader(dataset):
                    dataset.transform = Keep()
                    return DataLoader(dataset, num_workers=4)
                images = Images()
                train_loader(images)
                val_loader(images)
                """
        },
    ),
)
def test_found_where_it_is_added(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def test_evaluation_in_the_other_branch_is_not_training(check: Check) -> None:
    """A constant seed for evaluation stands beside the training branch: the training loader does not run it."""
    report = check(
        {
            "train.py": "import yaml\nimport numpy as np\nfrom torch.utils.data import DataLoader\n"
            "class Noisy:\n"
            "    def __init__(self, options):\n        self.options = options\n"
            "    def __len__(self):\n        return 8\n"
            "    def __getitem__(self, index):\n"
            "        if self.options['phase'] == 'train':\n            return np.random.rand()\n"
            "        np.random.seed(0)\n"
            "        return np.random.rand()\n"
            "options = yaml.safe_load(open('options.yaml'))\n"
            "train_loader = DataLoader(Noisy(options), num_workers=4)\n"
        }
    )
    assert (report.legacy, report.modern) == OLD_TORCH


def test_a_seed_made_of_several_values(check: Check) -> None:
    report = check(
        {
            "train.py": "import contextlib\nimport numpy as np\nfrom torch.utils.data import DataLoader\n"
            "@contextlib.contextmanager\n"
            "def seeded(seed, *more):\n"
            "    if more:\n        seed = int(hash((seed, *more)) % 1e6)\n"
            "    state = np.random.get_state()\n    np.random.seed(seed)\n"
            "    yield\n    np.random.set_state(state)\n"
            "class Masked:\n"
            "    def __len__(self):\n        return 8\n"
            "    def __getitem__(self, index):\n"
            "        with seeded(1, 2, index):\n            return np.random.rand()\n"
            "loader = DataLoader(Masked(), num_workers=4)\n"
        }
    )
    assert {pair.draw_kind for pair in report.pairs} == {"indexed"}
    assert (report.eligible, report.legacy, report.modern) == (True, *CLEAN)


def test_a_seed_made_of_what_a_sample_is_called(check: Check) -> None:
    report = check(
        {
            "train.py": "import numpy as np\nfrom torch.utils.data import DataLoader\n"
            "class Shapes:\n"
            "    def __len__(self):\n        return 8\n"
            "    def __getitem__(self, index):\n"
            "        sample = {'name': self.names[index // 2], 'turn': index % 2}\n"
            "        return self.moved(sample)\n"
            "    def moved(self, sample):\n"
            "        np.random.seed(hash(f\"{sample['name']}_{sample['turn']}\") % 10**8)\n"
            "        return np.random.rand()\n"
            "loader = DataLoader(Shapes(), num_workers=4)\n"
        }
    )
    assert {pair.draw_kind for pair in report.pairs} == {"indexed"}


def test_the_configuration_that_differs_is_among_the_many_that_are_read(check: Check) -> None:
    plain = RUNNER["configs/scans.py"].replace("Jitter", "Plain").replace("KEPT", "False").replace("  # LOADER", "")
    files = {
        **RUNNER,
        **{f"configs/a{number}.py": plain for number in range(70)},
        "configs/scans.py": RUNNER["configs/scans.py"].replace("KEPT", "False"),
        "lib/plain.py": """
            from mmengine.registry import TRANSFORMS
            @TRANSFORMS.register_module()
            class Plain:
                def __call__(self, sample):
                    return sample
            """,
    }
    assert_as_marked(check(Example("many", files).sources()), Example("many", files, EPOCHS))


def test_what_no_configuration_turns_on(check: Check) -> None:
    example = named_class("still", "move: false")
    assert drawn(check(example.sources())) == set()
    settings = {
        "settings.py": "from yacs.config import CfgNode as CN\n_C = CN()\n_C.INPUT = CN()\n_C.INPUT.CUTOUT = 0\n",
        "conf/plain.yaml": "INPUT:\n  CUTOUT: 0\n",
        "train.py": "import random\nimport numpy as np\nfrom torch.utils.data import DataLoader\n"
        "from settings import _C as cfg\n"
        "class Scans:\n"
        "    def __init__(self, cfg):\n        self.cutout = cfg.INPUT.CUTOUT\n"
        "    def __len__(self):\n        return 8\n"
        "    def __getitem__(self, index):\n"
        "        if self.cutout > random.random():\n            index = np.random.rand()\n"
        "        return index\n"
        "loader = DataLoader(Scans(cfg), num_workers=4)\n",
    }
    assert drawn(check(settings)) == set()
    on = {**settings, "conf/cut.yaml": "INPUT:\n  CUTOUT: 0.5\n"}
    assert drawn(check(on)) == {"train.py:12"}


IN_SECTIONS = """
import sys
import numpy as np
import library
from torch.utils.data import DataLoader
class Scans:
    def __init__(self, settings):
        self.noise = settings.noise
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if self.noise:
            index = index + np.random.randn()
        return index
config = library.load(sys.argv[1])
{more}
loader = DataLoader(Scans(config.train), num_workers=4)
other = DataLoader(Scans(config.evaluation), num_workers=4)
"""
OFF = "train:\n  noise: true\nevaluation:\n  noise: false\n"


@pytest.mark.parametrize(
    ("more", "files", "loaders"),
    [
        ("", {"a.yaml": OFF}, [17]),
        ("", {"a.yaml": OFF, "b.yaml": OFF.replace("true", "0")}, [17]),
        ("", {"a.yaml": OFF, "b.yaml": OFF.replace("false", "true")}, [17, 18]),
        ("", {"a.yaml": "train:\n  size: 4\nnoise: false\n"}, [17, 18]),
        ("", {"a.yaml": OFF.replace("false", "[1, 2]")}, [17, 18]),
        ("config.evaluation.noise = len(sys.argv) > 2", {"a.yaml": OFF}, [17, 18]),
        ("config['evaluation']['noise'] = sys.argv[2]", {"a.yaml": OFF}, [17, 18]),
        ("import argparse\nargparse.ArgumentParser().add_argument('--noise')", {"a.yaml": OFF}, [18, 19]),
    ],
)
def test_what_every_configuration_turns_off_in_a_section(
    check: Check, more: str, files: dict[str, str], loaders: list[int]
) -> None:
    report = check({"train.py": IN_SECTIONS.format(more=more), **files})
    assert [pair.loader for pair in report.pairs] == [f"train.py:{line}" for line in loaders]


BY_KIND = """
import sys
import numpy as np
import yaml
from omegaconf import OmegaConf
from torch.utils.data import DataLoader
class Scans:
    def __init__(self, kind):
        self.kind = kind
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if {test}:
            return index + np.random.randn()
        return index
config = {read}
{more}
loader = DataLoader(Scans({asked}), num_workers=4)
"""
READ_YAML = "yaml.safe_load(open(sys.argv[1]))"
SCALES = "data:\n  kind: scale\n"


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        pytest.param("config['data']['kind']", READ_YAML, id="below_a_section"),
        pytest.param("config['data'].get('kind', 'scale')", READ_YAML, id="with_what_is_taken_without_it"),
        pytest.param("config.data.kind", "OmegaConf.load('conf.yaml')", id="as_an_attribute"),
    ],
)
@pytest.mark.parametrize(
    ("files", "test", "draws"),
    [
        pytest.param([SCALES], "self.kind == 'noise'", False, id="another_choice"),
        pytest.param([SCALES], "self.kind in ('noise', 'blur')", False, id="other_choices"),
        pytest.param([SCALES], "self.kind != 'scale'", False, id="unless_it_is_the_choice"),
        pytest.param([SCALES, SCALES + "  size: 4\n"], "self.kind == 'noise'", False, id="another_choice_of_all"),
        pytest.param([SCALES], "self.kind == 'scale'", True, id="the_choice"),
        pytest.param([SCALES], "self.kind != 'noise'", True, id="unless_it_is_another"),
        pytest.param([SCALES.replace("scale", "noise")], "self.kind == 'noise'", True, id="the_only_choice"),
        pytest.param([SCALES, SCALES.replace("scale", "noise")], "self.kind == 'noise'", True, id="one_of_two"),
        pytest.param(["size: 4\n"], "self.kind == 'noise'", True, id="that_no_file_makes"),
        pytest.param(["kind: scale\n"], "self.kind == 'noise'", True, id="of_something_else"),
        pytest.param([SCALES.replace("scale", "scale  # or noise")], "self.kind == 'noise'", True, id="told_of"),
        pytest.param([SCALES.replace("scale", "scale  # noisy")], "self.kind == 'noise'", False, id="told_of_another"),
        pytest.param([SCALES + "# noise\n"], "self.kind in ('noise', 'blur')", True, id="told_of_one_of_two"),
    ],
)
def test_what_every_configuration_chooses_in_a_section(
    check: Check, asked: str, read: str, files: list[str], test: str, draws: bool
) -> None:
    program = BY_KIND.format(test=test, read=read, asked=asked, more="")
    report = check({"train.py": program, **{f"conf/{number}.yaml": text for number, text in enumerate(files)}})
    assert report.eligible is draws


@pytest.mark.parametrize(
    ("asked", "more", "file", "draws"),
    [
        ("config['kind']", "", "kind: scale\n", False),
        ("config.get('kind', 'scale')", "", "kind: scale\n", False),
        ("config.get('kind', 'noise')", "", "kind: scale\n", True),
        ("config['kind']", "", "kind: noise\n", True),
        ("config['kind']", "", "other:\n  kind: scale\n", True),
        ("config['kind']", "config['kind'] = sys.argv[2]", "kind: scale\n", True),
        ("config['data']['kind']", "config['data']['kind'] = sys.argv[2]", SCALES, True),
        ("config['data'].get('kind')", "", SCALES, False),
        ("config['data'].get('kind', 'noise')", "", SCALES, True),
        ("config['data'].get('kind', sys.argv[2])", "", SCALES, True),
    ],
)
def test_what_every_configuration_chooses_unless_something_else_does(
    check: Check, asked: str, more: str, file: str, draws: bool
) -> None:
    program = BY_KIND.format(test="self.kind == 'noise'", read=READ_YAML, asked=asked, more=more)
    assert check({"train.py": program, "conf.yaml": file}).eligible is draws


@pytest.mark.parametrize("asked", ["config['noise']", "config.get('noise')", "config.get('noise', False)"])
@pytest.mark.parametrize(("said", "draws"), [("false", False), ("true", True)])
def test_what_every_configuration_turns_off_beside_its_sections(
    check: Check, asked: str, said: str, draws: bool
) -> None:
    program = BY_KIND.format(test="self.kind", read=READ_YAML, asked=asked, more="")
    assert check({"train.py": program, "conf.yaml": f"noise: {said}\n"}).eligible is draws


CLASSES = """
import yaml
import numpy as np
from torch.utils.data import DataLoader
class Noisy:
    def __getitem__(self, index):
        return np.random.rand()
class Plain:
    def __getitem__(self, index):
        return index
KINDS = {{"noisy": Noisy, "plain": Plain}}
config = yaml.safe_load(open("conf.yaml"))
loader = DataLoader({made}(), num_workers=2)
"""


@pytest.mark.parametrize(
    "made",
    [
        "KINDS[config['data']['kind']]",
        "KINDS[config['kind']]",
        "KINDS.get(config['data']['kind'], Plain)",
        "KINDS[config['data'].get('kind', 'plain')]",
    ],
)
@pytest.mark.parametrize(
    ("kinds", "draws"), [(["plain"], False), (["noisy"], True), (["plain", "noisy"], True), (["another"], True)]
)
def test_the_class_that_every_configuration_chooses(check: Check, made: str, kinds: list[str], draws: bool) -> None:
    files = {f"conf/{kind}.yaml": f"kind: {kind}\ndata:\n  kind: {kind}\n" for kind in kinds}
    assert check({"train.py": CLASSES.format(made=made), **files}).eligible is draws


ADDS_NOISE = """
import json
import sys
import numpy as np
from torch.utils.data import DataLoader
opt = json.load(open(sys.argv[1]))
def with_noise(image, noise="."):
    if {test}:
        image = image + np.random.randn()
    return image
class Scans:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return with_noise(index, opt["data"]["noise"])
loader = DataLoader(Scans(), num_workers=4)
"""


@pytest.mark.parametrize(
    ("test", "shipped", "others", "draws"),
    [
        ("noise is not '.'", ".", ".", False),
        ("noise != '.'", ".", ".", False),
        ("not noise == '.'", ".", ".", False),
        ("noise != '.'", ".", "gauss", True),
        ("noise != 'none'", ".", ".", True),
        ("noise == '.'", ".", ".", True),
        ("noise != 'gauss'", "gauss", "gauss", False),
    ],
)
def test_a_word_for_nothing_in_every_configuration(
    check: Check, test: str, shipped: str, others: str, draws: bool
) -> None:
    files = {
        f"conf/{name}.json": json.dumps({"data": {"noise": word}}) for name, word in (("a", shipped), ("b", others))
    }
    assert bool(drawn(check({"train.py": ADDS_NOISE.format(test=test), **files}))) is draws
    option = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--noise', default='.')\n"
    assert drawn(check({"train.py": ADDS_NOISE.format(test=test), "options.py": option, **files}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("./scans.py", "./others.py"),
        ("train=dict(pipeline", "other=dict(pipeline"),
        ('[dict(type="Turn")]', "[]"),
    ],
)
def test_a_configuration_that_gives_a_pipeline_to_something_else(check: Check, old: str, new: str) -> None:
    changed = {**BUILT_ON, "configs/turned.py": BUILT_ON["configs/turned.py"].replace(old, new)}
    report = check(Example("changed", changed).sources())
    assert not any(place.startswith("lib/turn.py") for place in drawn(report))


def test_a_seed_made_of_the_samples_that_a_batch_is_put_together_of(check: Check) -> None:
    report = check(
        {
            "train.py": "import numpy as np\nfrom torch.utils.data import DataLoader\n"
            "class Masked:\n"
            "    def __len__(self):\n        return 8\n"
            "    def __getitem__(self, index):\n        return {'id': index}\n"
            "    def collater(self, samples):\n        return self.masked(samples, 7)\n"
            "    def masked(self, samples, seed):\n"
            "        np.random.seed(seed + samples[0]['id'])\n"
            "        return np.random.rand(len(samples))\n"
            "data = Masked()\n"
            "loader = DataLoader(data, num_workers=4, collate_fn=data.collater)\n"
        }
    )
    assert {pair.draw_kind for pair in report.pairs} == {"indexed"}
    assert (report.eligible, report.legacy, report.modern) == (True, *CLEAN)


def test_a_switch_of_a_constructor_that_is_handed_settings_stays_off_where_nothing_has_its_name(check: Check) -> None:
    files = {
        "conf/masks.yaml": "masks:\n  size: 8\n",
        "masks.py": "import numpy as np\n"
        "class Masks:\n"
        "    def __init__(self, size=4, stable=False):\n        self.size, self.stable = size, stable\n"
        "    def __call__(self, image):\n"
        "        if self.stable:\n            self.rng = np.random.RandomState(7)\n"
        "        else:\n            self.rng = np.random\n"
        "        return self.rng.rand(self.size)\n",
        "train.py": "import masks\nfrom torch.utils.data import DataLoader\n"
        "class Set:\n"
        "    def __init__(self, settings):\n        self.masks = masks.Masks(**settings)\n"
        "    def __len__(self):\n        return 8\n"
        "    def __getitem__(self, index):\n        return self.masks(index)\n"
        "def main(settings):\n    return DataLoader(Set(settings), num_workers=4)\n",
    }
    report = check(files)
    assert (report.legacy, report.modern) == OLD_TORCH
    on = check({**files, "conf/stable.yaml": "masks:\n  stable: true\n"})
    assert on.modern == "duplicate"


UPDATED = """
import random
import sys
import numpy as np
import yaml
from torch.utils.data import DataLoader

class Set:
    def __init__(self, settings=None):
        self.settings = self.read(settings)
    def read(self, settings):
        {read}
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if random.random() < self.settings["drop"]:
            index = index + np.random.rand(){draw}
        return index

with open(sys.argv[1]) as file:
    config = yaml.safe_load(file)
loader = DataLoader(Set(config.get("noise", None)), num_workers=4){loader}
"""
OVER_DEFAULTS = """\
defaults = {"drop": 0.0, "shift": 1}
        if settings is None:
            return defaults
        made = defaults.copy()
        made.update(settings)
        return made"""
IN_ONE = 'return {"drop": 0.0, "shift": 1} | {"shift": 2}'


def updated(name: str, shipped: str, read: str = OVER_DEFAULTS, *, draws: bool = True) -> Example:
    """A dataset whose defaults are updated with what a file has that its program is told."""
    marks = ("  # DRAW", "  # LOADER") if draws else ("", "")
    program = UPDATED.format(read=read, draw=marks[0], loader=marks[1])
    return Example(name, {"train.py": program, "conf/train.yaml": shipped}, OLD_TORCH if draws else None)


@each(
    updated("on_in_a_shipped_file", "rate: 1\nnoise:\n  drop: 0.4\n"),
    updated("on_in_the_first_of_two", "drop: 0.25\n---\ndrop: 0\n"),
    updated("off_in_a_shipped_file", "rate: 1\nnoise:\n  drop: 0\n", draws=False),
    updated("not_in_a_shipped_file", "rate: 1\nnoise:\n  shift: 2\n", draws=False),
    updated("not_updated_with_the_file", "rate: 1\nnoise:\n  drop: 0.4\n", IN_ONE, draws=False),
)
def test_defaults_that_a_file_is_put_over(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


TURNED_OFF = {
    "data.py": """
        import numpy as np
        class Tiles:
            def __init__(self, root, turn={default}):
                self.turn = turn
            def __getitem__(self, index):
                return np.random.rand() if self.turn else index  # DRAW
        class Plain:
            def __init__(self, root):
                self.root = root
            def __getitem__(self, index):
                return index
        """,
    "train.py": """
        from torch.utils.data import DataLoader
        from settings import config
        import data
        made = getattr(data, config.data.kind)
        loader = DataLoader(made(**config.data.kept_out), num_workers=config.workers)  # LOADER
        """,
    "settings.py": "import yaml\nfrom munch import munchify\nconfig = munchify(yaml.safe_load(open('tiles.yaml')))\n",
    "plain.yaml": "workers: 4\ndata:\n  kind: Plain\n  kept_out:\n    root: images\n",
}


@pytest.mark.parametrize(
    ("default", "shipped", "eligible"),
    [
        pytest.param(False, "false", False, id="off_wherever_it_stands_and_by_default"),
        pytest.param(True, "false", True, id="on_where_it_is_left_out"),
        pytest.param(False, "true", True, id="on_where_it_stands"),
    ],
)
def test_a_switch_that_some_configurations_leave_out(check: Check, default: bool, shipped: str, eligible: bool) -> None:
    tiles = f"workers: 4\ndata:\n  kind: Tiles\n  kept_out:\n    root: images\n    turn: {shipped}\n"
    files = {**TURNED_OFF, "data.py": TURNED_OFF["data.py"].format(default=default), "tiles.yaml": tiles}
    report = check(Example("", files).sources())
    assert report.eligible is eligible, [pair.why for pair in report.pairs]


CHOSEN = {
    "conf/data/scans.yaml": "root: scans\nmoves: none\n",
    "scans.py": """
        import numpy as np
        class Scans:
            def __init__(self, root, moves="none"):
                self.steps = {"none": [], "strong": [self.turn]}[moves]
            def turn(self, image):
                return image * np.random.rand()  # DRAW
            def __getitem__(self, index):
                for step in self.steps:
                    index = step(index)
                return index
        def get_data(root, moves="none", **more):
            return Scans(root, moves)
        """,
    "train.py": """
        import hydra
        from torch.utils.data import DataLoader
        from scans import get_data
        class Feeder:
            def __init__(self, settings):
                self.settings = settings
            def loader(self):
                return DataLoader(get_data(**self.settings), num_workers=4)  # LOADER
        def main(cfg):
            return Feeder(cfg.data).loader()
        """,
}


def chosen(name: str, more: dict[str, str], *, draws: bool = True) -> Example:
    """A dataset with moves that its configurations choose, and all but one of them leave out."""
    files = {**CHOSEN, **more}
    if not draws:
        files = {path: text.replace("  # DRAW", "").replace("  # LOADER", "") for path, text in files.items()}
    return Example(name, files, OLD_TORCH if draws else None)


@each(
    chosen("in_none", {}, draws=False),
    chosen("in_one", {"conf/data/moved.yaml": "root: scans\nmoves: strong\n"}),
    chosen("in_code", {"play.py": "from train import Feeder\nFeeder(dict(root='x', moves='strong')).loader()\n"}),
    chosen("by_default", {"scans.py": CHOSEN["scans.py"].replace('moves="none"', 'moves="strong"')}),
)
def test_moves_that_a_shipped_configuration_chooses(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


TOOLS = {
    "tools.py": """
        import numpy as np
        class Loud:
            def __call__(self, image):
                return image * np.random.rand()  # DRAW
        class Quiet:
            def __call__(self, image):
                return image
        """,
    "settings.py": """
        import json
        class Settings:
            def __init__(self, path):
                self.tree = json.load(open(path))
            def get(self, *way):
                node = self.tree
                for key in way:
                    node = node[key]
                return node
        """,
    "train.py": """
        import sys
        from settings import Settings
        from tools import Loud, Quiet
        from torch.utils.data import DataLoader
        class Scans:
            def __init__(self, settings):
                if settings.get("data", "tool") {asked}:
                    self.step = Loud()
                else:
                    self.step = Quiet()
            def __getitem__(self, index):
                return self.step(index)
        loader = DataLoader(Scans(Settings(sys.argv[1])), num_workers=4)  # LOADER
        """,
}


def of_tools(name: str, configs: dict[str, str], asked: str = '== "loud"', *, draws: bool = True) -> Example:
    """A dataset whose step is what its configurations, which a program is told, say in one section."""
    files = {**TOOLS, "train.py": TOOLS["train.py"].format(asked=asked), **configs}
    if not draws:
        files = {path: text.replace("  # DRAW", "").replace("  # LOADER", "") for path, text in files.items()}
    return Example(name, files, OLD_TORCH if draws else None)


LOUD, QUIET = '{"data": {"tool": "loud"}}', '{"data": {"tool": "quiet"}}'


@each(
    of_tools("in_all", {"configs/a.json": LOUD}),
    of_tools("in_none", {"configs/a.json": QUIET, "configs/b.json": QUIET}, draws=False),
    of_tools("in_one", {"configs/a.json": QUIET, "configs/b.json": LOUD}),
    of_tools("nowhere", {"configs/a.json": '{"model": {"tool": "quiet"}}'}),
    of_tools("other_than_all", {"configs/a.json": LOUD}, '!= "loud"', draws=False),
    of_tools("other_than_none", {"configs/a.json": QUIET}, '!= "loud"'),
)
def test_a_setting_that_is_compared(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def test_a_default_within_a_look_up_is_no_setting(check: Check) -> None:
    train = TOOLS["train.py"].format(asked='== "tool"').replace("Settings(sys.argv[1])", "vars(sys)")
    files = {**TOOLS, "train.py": train, "configs/a.json": '{"tool": "quiet", "more": {"tool": "none"}}'}
    assert check(Example("", files).sources()).eligible


def set_before(name: str, before: str, outcomes: Outcomes | None, after: str = "") -> Example:
    """A program that changes what a configuration says of a dataset before, or after, it makes that."""
    mark = "  # DRAW" if outcomes else ""
    return Example(
        name,
        {
            "conf/scans.yaml": "dataset:\n  _target_: sets.Scans\n  size: 8\nother:\n  size: 8\nmove: true\n",
            "sets.py": f"""
                import numpy as np
                from torch.utils.data import Dataset
                class Scans(Dataset):
                    def __init__(self, size, move=False):
                        self.size = size
                        self.move = move
                    def __len__(self):
                        return self.size
                    def __getitem__(self, index):
                        return index + np.random.rand() if self.move else index{mark}
                """,
            "train.py": f"""
                import hydra
                from torch.utils.data import DataLoader
                @hydra.main(config_path="conf", config_name="scans")
                def main(cfg):
                    section = cfg.dataset
                    {before}
                    loader = DataLoader(hydra.utils.instantiate(section), num_workers=4)
                    {after}
                    for batch in loader:
                        pass
                main()
                """,
        },
        outcomes,
    )


@each(
    set_before("set_to_a_setting", "section.move = cfg.move", OLD_TORCH),
    set_before("set_to_true", "section.move = True", OLD_TORCH),
    set_before("set_to_false", "section.move = False", None),
    set_before("another_section", "cfg.other.move = True", None),
    set_before("another_setting", "section.size = 16", None),
    set_before("too_late", "pass", None, "section.move = True"),
)
def test_what_is_set_in_a_section_before_an_object_is_made_of_it(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def kept_by_a_module(name: str, described: str, outcomes: Outcomes | None) -> Example:
    """A data module that keeps the section which describes its datasets under a name of its own."""
    step = "index + np.random.rand()" + ("  # DRAW" if outcomes else "")
    return Example(
        name,
        {
            "conf.yaml": f"""
                data:
                  _target_: train.Data
                  _recursive_: false
                  sources:
                    near:
                      _target_: sets.{described}
                """,
            "sets.py": f"""
                import numpy as np
                from torch.utils.data import Dataset
                class Shift:
                    def __call__(self, index):
                        return {step}
                class Moved(Dataset):
                    def __init__(self, step):
                        self.step = step
                    def __len__(self):
                        return 8
                    def __getitem__(self, index):
                        return self.step(index)
                class Still(Moved):
                    def __getitem__(self, index):
                        return index
                """,
            "train.py": f"""
                import hydra
                from pytorch_lightning import LightningDataModule
                from sets import Shift
                from torch.utils.data import DataLoader
                class Data(LightningDataModule):
                    def __init__(self, sources):
                        super().__init__()
                        self.described = sources
                        self.sets = {{}}
                    def setup(self, stage=None):
                        for name, section in self.described.items():
                            self.sets[name] = hydra.utils.instantiate(section, step=Shift())
                    def train_dataloader(self):
                        return [
                            DataLoader(each, num_workers=4){"  # LOADER" if outcomes else ""}
                            for each in self.sets.values()
                        ]
                @hydra.main(config_path=".", config_name="conf")
                def main(cfg):
                    return hydra.utils.instantiate(cfg.data)
                """,
        },
        outcomes,
    )


@each(
    kept_by_a_module("of_what_draws", "Moved", OLD_TORCH),
    kept_by_a_module("of_what_does_not", "Still", None),
)
def test_a_section_that_a_module_keeps_under_another_name(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
