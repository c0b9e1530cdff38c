"""How many workers a loader gets, and where that is said."""

from textwrap import dedent

import pytest

from analysis.report import Pair

from .examples import CLEAN, EPOCHS, Check

DATA = """
import numpy as np
class Set:
    def __getitem__(self, index):
        return np.random.rand()
"""
HEAD = "from torch.utils.data import DataLoader\nfrom data import Set\n"


def pair_of(check: Check, train: str, files: dict[str, str]) -> Pair:
    """The one pair of a program that makes one loader over a drawing dataset."""
    sources = {name: dedent(text).lstrip("\n") for name, text in files.items()}
    report = check({"data.py": DATA, "train.py": HEAD + dedent(train).lstrip("\n"), **sources})
    assert len(report.pairs) == 1, report.pairs
    return report.pairs[0]


ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument({option})
args = parser.parse_args()
loader = DataLoader(Set(), num_workers={use})
"""


def argparsed(option: str, use: str) -> str:
    return ARGPARSE.format(option=option, use=use)


@pytest.mark.parametrize(
    ("train", "files", "kind", "value"),
    [
        pytest.param("loader = DataLoader(Set(), num_workers=4)", {}, "literal", 4, id="literal"),
        pytest.param("WORKERS = 4\nloader = DataLoader(Set(), num_workers=WORKERS)", {}, "literal", 4, id="constant"),
        pytest.param(
            """
            from settings import cfg
            loader = DataLoader(Set(), num_workers=cfg.TRAIN.WORKERS)
            """,
            {
                "settings.py": """
                from yacs.config import CfgNode
                cfg = CfgNode()
                cfg.TRAIN = CfgNode()
                cfg.TRAIN.WORKERS = 1
                """
            },
            "default",
            1,
            id="configuration_that_files_may_set_anew",
        ),
        pytest.param(
            """
            import settings
            loader = DataLoader(Set(), num_workers=settings.WORKERS)
            """,
            {"settings.py": "WORKERS = 2"},
            "literal",
            2,
            id="constant_of_another_file",
        ),
        pytest.param("loader = DataLoader(Set(), num_workers=2 * 3)", {}, "literal", 6, id="product_of_literals"),
        pytest.param(argparsed("'--workers', type=int, default=4", "args.workers"), {}, "default", 4, id="argparse"),
        pytest.param(
            argparsed("'-j', '--num-workers', type=int, default=4", "args.num_workers"),
            {},
            "default",
            4,
            id="argparse_with_dashes",
        ),
        pytest.param(
            argparsed("'--loaders', dest='jobs', type=int, default=4", "args.jobs"),
            {},
            "default",
            4,
            id="argparse_with_dest",
        ),
        pytest.param(
            argparsed("'--workers', default='4'", "int(args.workers)"), {}, "default", 4, id="argparse_with_a_string"
        ),
        pytest.param(
            argparsed("'--workers', type=int, default=4", "vars(args)['workers']"),
            {},
            "default",
            4,
            id="argparse_as_a_dict",
        ),
        pytest.param(
            """
            settings = {"batch_size": 8}
            settings |= {"num_workers": 4}
            loader = DataLoader(Set(), **settings)
            """,
            {},
            "literal",
            4,
            id="dict_with_what_another_adds",
        ),
        pytest.param(
            """
            from dataclasses import dataclass
            @dataclass
            class Settings:
                path: str
                workers: int
                size: int = 8
            settings = Settings("scans", 4)
            loader = DataLoader(Set(), num_workers=settings.workers)
            """,
            {},
            "literal",
            4,
            id="field_of_a_dataclass_by_its_place",
        ),
        pytest.param(
            """
            import argparse
            parser = argparse.ArgumentParser()
            arg = parser.add_argument
            arg('--batch', type=int, default=9)
            arg('--workers', type=int, default=4)
            args = parser.parse_args()
            loader = DataLoader(Set(), num_workers=args.workers)
            """,
            {},
            "default",
            4,
            id="argparse_under_another_name",
        ),
        pytest.param(
            """
            import multiprocessing
            import sys
            class Task:
                def __init__(self, workers=None):
                    if workers is None:
                        workers = multiprocessing.cpu_count() // 2
                    if workers > 0 and sys.platform == "darwin":
                        workers = 0
                    self.workers = workers
                def train_dataloader(self):
                    return DataLoader(Set(), num_workers=self.workers)
            class Separation(Task):
                def __init__(self, workers=None):
                    super().__init__(workers=workers)
            """,
            {},
            "default",
            None,
            id="half_of_the_machine_through_a_constructor_of_a_class_that_others_make",
        ),
        pytest.param(
            """
            import options
            args = options.parse()
            loader = DataLoader(Set(), num_workers=args.workers)
            """,
            {
                "options.py": """
                import argparse
                def parse():
                    parser = argparse.ArgumentParser()
                    parser.add_argument("--workers", default=4, type=int)
                    return parser.parse_args()
                """
            },
            "default",
            4,
            id="argparse_in_another_file",
        ),
        pytest.param(
            """
            import click
            @click.command()
            @click.option("--num-workers", default=4)
            def main(num_workers):
                loader = DataLoader(Set(), num_workers=num_workers)
            main()
            """,
            {},
            "default",
            4,
            id="click",
        ),
        pytest.param(
            """
            def main(workers=4):
                return DataLoader(Set(), num_workers=workers)
            main()
            """,
            {},
            "default",
            4,
            id="default_of_a_parameter",
        ),
        pytest.param(
            """
            from dataclasses import dataclass
            @dataclass
            class Options:
                workers: int = 4
            options = Options()
            loader = DataLoader(Set(), num_workers=options.workers)
            """,
            {},
            "default",
            4,
            id="dataclass",
        ),
        pytest.param(
            """
            from dataclasses import dataclass, field
            @dataclass
            class Options:
                workers: int = field(default=4, metadata={"help": "processes that load"})
            class Task:
                def __init__(self, options: Options):
                    self.options = options
                def loader(self):
                    return DataLoader(Set(), num_workers=self.options.workers)
            task = Task(Options())
            for batch in task.loader():
                pass
            """,
            {},
            "default",
            4,
            id="field_of_a_dataclass",
        ),
        pytest.param(
            """
            from dataclasses import dataclass, field
            from transformers import HfArgumentParser
            @dataclass
            class Options:
                loading_processes: int = field(default=4)
            options = HfArgumentParser(Options).parse_args_into_dataclasses()[0]
            loader = DataLoader(Set(), num_workers=options.loading_processes)
            """,
            {},
            "default",
            4,
            id="field_of_a_dataclass_from_the_command_line",
        ),
        pytest.param(
            """
            from dataclasses import dataclass, field
            @dataclass
            class Options:
                workers: int = field(default_factory=lambda: 6)
            loader = DataLoader(Set(), num_workers=Options().workers)
            """,
            {},
            "default",
            6,
            id="field_of_a_dataclass_by_a_factory",
        ),
        pytest.param(
            """
            from pydantic import BaseModel, Field
            class Options(BaseModel):
                workers: int = Field(4, ge=0)
            loader = DataLoader(Set(), num_workers=Options().workers)
            """,
            {},
            "default",
            4,
            id="field_of_a_model",
        ),
        pytest.param(
            """
            from easydict import EasyDict
            def defaults():
                options = EasyDict()
                options.workers = 0
                if options.get("fast"):
                    options.workers = 4
                return options
            loader = DataLoader(Set(), num_workers=defaults()["workers"])
            """,
            {},
            "literal",
            4,
            id="attribute_of_a_dict",
        ),
        pytest.param(
            """
            import argparse, json
            from easydict import EasyDict
            parser = argparse.ArgumentParser()
            parser.add_argument("--workers", type=int, default=3)
            options = EasyDict(parser.parse_args().__dict__)
            if options.resume:
                kept = json.load(open("options.json"))
                for key in kept:
                    options[key] = kept[key]
            loader = DataLoader(Set(), num_workers=options.workers)
            """,
            {},
            "default",
            3,
            id="option_in_a_dict_that_an_earlier_run_is_put_over",
        ),
        pytest.param(
            """
            import argparse
            from easydict import EasyDict
            parser = argparse.ArgumentParser()
            parser.add_argument("--workers", type=int, default=0)
            options = EasyDict(parser.parse_args().__dict__)
            if options.fast:
                options.workers = 4
            loader = DataLoader(Set(), num_workers=options.workers)
            """,
            {},
            "literal",
            4,
            id="option_in_a_dict_that_code_sets",
        ),
        pytest.param(
            """
            from easydict import EasyDict
            options = EasyDict()
            options.workers = 2
            options.update(read(sys.argv[1]))
            loader = DataLoader(Set(), num_workers=options.workers)
            """,
            {"configs/large.yml": "name: large\nworkers: 16\n"},
            "default",
            16,
            id="attribute_of_a_dict_that_a_file_has_too",
        ),
        pytest.param(
            """
            from easydict import EasyDict
            options = EasyDict()
            options.workers = 2
            options.update(read(sys.argv[1]))
            loader = DataLoader(Set(), num_workers=options.workers)
            """,
            {"configs/large.yml": "name: large\nbatch: 16\n"},
            "literal",
            2,
            id="attribute_of_a_dict_that_no_file_has",
        ),
        *(
            pytest.param(
                f"""
                from settings import {kind}
                hparams = {kind}(rate=0.1, workers=3)
                def make(hparams):
                    return DataLoader(Set(), num_workers=hparams.workers)
                """,
                {},
                "default",
                3,
                id=f"keyword_of_{kind}_behind_a_parameter_that_nobody_hands_over",
            )
            for kind in ("HParams", "AttrDict", "SimpleNamespace")
        ),
        pytest.param(
            """
            import os
            def make(size, workers=4):
                workers = min([os.cpu_count(), size if size > 1 else 0, workers])
                return DataLoader(Set(), num_workers=workers)
            """,
            {},
            "default",
            4,
            id="least_of_several_of_which_one_may_be_none",
        ),
        pytest.param(
            """
            import yaml
            cfg = yaml.safe_load(open("config.yaml"))
            loader = DataLoader(Set(), num_workers=cfg["loader"]["num_workers"])
            """,
            {"config.yaml": "loader:\n  batch_size: 8\n  num_workers: 4\n"},
            "default",
            4,
            id="yaml",
        ),
        pytest.param(
            """
            import json
            with open("config.json") as file:
                cfg = json.load(file)
            loader = DataLoader(Set(), num_workers=cfg["num_workers"])
            """,
            {"config.json": '{"batch_size": 8, "num_workers": 4}\n'},
            "default",
            4,
            id="json",
        ),
        pytest.param(
            "import os\nloader = DataLoader(Set(), num_workers=os.cpu_count())",
            {},
            "default",
            None,
            id="processors_of_the_machine",
        ),
        pytest.param(
            "import multiprocessing as mp\nloader = DataLoader(Set(), num_workers=mp.cpu_count() // 2)",
            {},
            "default",
            None,
            id="half_of_the_processors",
        ),
        pytest.param(
            "import os\nloader = DataLoader(Set(), num_workers=min(os.cpu_count(), 8))",
            {},
            "default",
            8,
            id="at_most_eight",
        ),
        pytest.param(
            argparsed("'--workers', type=int, default=0", "max(2, args.workers)"), {}, "default", 2, id="at_least_two"
        ),
        pytest.param(
            "import torch\nloader = DataLoader(Set(), num_workers=4 * torch.cuda.device_count())",
            {},
            "default",
            None,
            id="four_for_each_gpu",
        ),
        pytest.param(
            """
            import sys
            loader = DataLoader(Set(), num_workers=0 if sys.platform == "win32" else 4)
            """,
            {},
            "literal",
            4,
            id="conditional_expression",
        ),
        pytest.param(
            """
            import sys
            if sys.platform == "win32":
                workers = 0
            else:
                workers = 4
            loader = DataLoader(Set(), num_workers=workers)
            """,
            {},
            "literal",
            4,
            id="conditional_statement",
        ),
        pytest.param(
            "import os\nloader = DataLoader(Set(), num_workers=int(os.environ.get('WORKERS', 4)))",
            {},
            "default",
            4,
            id="environment_with_a_default",
        ),
        pytest.param(
            "import os\nloader = DataLoader(Set(), num_workers=int(os.getenv('WORKERS', '4')))",
            {},
            "default",
            4,
            id="getenv_with_a_default",
        ),
    ],
)
def test_several(check: Check, train: str, files: dict[str, str], kind: str, value: int | None) -> None:
    pair = pair_of(check, train, files)
    assert (pair.workers, pair.workers_value) == (kind, value)
    assert (pair.legacy, pair.modern) == ("duplicate", "clean")


@pytest.mark.parametrize(
    ("read", "kind", "value"),
    [
        ("settings.getint('Loader', 'workers')", "default", 6),
        ("int(settings.get('Loader', 'workers'))", "default", 6),
        ("settings.getint('Loader', 'none')", "zero", 0),
        ("settings.getint('Loader', 'others')", "unknown", None),
        ("int({}.get('workers', '3'))", "default", 6),
    ],
)
def test_key_of_a_section(check: Check, read: str, kind: str, value: int | None) -> None:
    train = f"""
    import configparser
    settings = configparser.ConfigParser()
    settings.read("all.ini")
    loader = DataLoader(Set(), num_workers={read})
    """
    pair = pair_of(check, train, {"all.ini": "[Loader]\nworkers = 6\nnone = 0\n"})
    assert (pair.workers, pair.workers_value) == (kind, value)


@pytest.mark.parametrize(
    ("read", "kind", "value"),
    [
        ("cfg.get('loader_workers', 4)", "default", 4),
        ("cfg.get('loader_workers', 0)", "zero", 0),
        ("cfg.get('loader_workers', None)", "unknown", None),
        ("cfg.get('loader_workers')", "unknown", None),
        ("cfg.get('workers', 0)", "default", 6),
        ("cfg.more.get('loader_workers', fewest)", "default", 3),
    ],
)
def test_default_of_a_key_that_nothing_sets(check: Check, read: str, kind: str, value: int | None) -> None:
    train = f"""
    import library
    fewest = 3
    cfg = library.settings()
    loader = DataLoader(Set(), num_workers={read})
    """
    pair = pair_of(check, train, {"all.yaml": "loader:\n  workers: 6\n"})
    assert (pair.workers, pair.workers_value) == (kind, value)


@pytest.mark.parametrize("order", [("train", "valid"), ("valid", "train")])
def test_one_of_several_dicts_is_handed_over(check: Check, order: tuple[str, str]) -> None:
    build = {
        "train": "args = dict(dataset=Set(), num_workers=opt['workers'] * gpus)",
        "valid": "args = dict(dataset=Set(), num_workers=0)",
    }
    train = f"""
    import sys, yaml
    def build(opt, gpus, phase):
        if phase == "{order[0]}":
            {build[order[0]]}
        else:
            {build[order[1]]}
        return DataLoader(**args)
    for phase, opt in yaml.safe_load(open(sys.argv[1]))["datasets"].items():
        build(opt, 2, phase)
    """
    options = "datasets:\n  train:\n    workers: 4\n"
    assert pair_of(check, train, {"options.yml": options}).workers == "default"


def test_constant_of_another_file(check: Check) -> None:
    train = "from settings import WORKERS\nloader = DataLoader(Set(), num_workers=WORKERS)"
    pair = pair_of(check, train, {"settings.py": "BATCH = 8\nWORKERS = 4\n"})
    assert (pair.workers_value, pair.legacy, pair.modern) == (4, "duplicate", "clean")


@pytest.mark.parametrize(
    ("train", "files", "line"),
    [
        (argparsed("'--workers', type=int, default=4", "args.workers"), {}, "train.py:5"),
        (
            "import yaml\ncfg = yaml.safe_load(open('c.yaml'))\nloader = DataLoader(Set(), num_workers=cfg['workers'])",
            {"c.yaml": "seed: 1\nworkers: 4\n"},
            "c.yaml:2",
        ),
    ],
    ids=["option", "configuration"],
)
def test_evidence(check: Check, train: str, files: dict[str, str], line: str) -> None:
    assert pair_of(check, train, files).workers_evidence == line


@pytest.mark.parametrize(
    "train",
    [
        pytest.param("loader = DataLoader(Set())", id="nothing_said"),
        pytest.param("loader = DataLoader(Set(), num_workers=0)", id="literal"),
        pytest.param(argparsed("'--workers', type=int, default=0", "args.workers"), id="option"),
        pytest.param("def make(n=0):\n    return DataLoader(Set(), num_workers=n)\nmake()", id="parameter"),
        pytest.param(
            "import os\nloader = DataLoader(Set(), num_workers=int(os.environ.get('W', 0)))", id="environment"
        ),
        pytest.param("import os\nloader = DataLoader(Set(), num_workers=min(0, os.cpu_count()))", id="at_most_none"),
        pytest.param(
            """
class Settings:
    def __init__(self, **settings):
        for name, value in settings.items():
            setattr(self, name, value)
settings = Settings(workers=0, size=8)
loader = DataLoader(Set(), num_workers=settings.workers)
""",
            id="attribute_of_an_object_that_takes_any",
        ),
        pytest.param(
            """
import argparse
parser = argparse.ArgumentParser()
flag = parser.add_argument  # for short
flag('--workers', type=int, default=0)
args = parser.parse_args()
note = print
note('--workers', dict(default=4))
loader = DataLoader(Set(), num_workers=args.workers)
""",
            id="option_declared_under_another_name",
        ),
    ],
)
def test_zero(check: Check, train: str) -> None:
    report = check({"data.py": DATA, "train.py": HEAD + train})
    assert (report.eligible, report.why_not_eligible) == (False, "no_workers")
    assert (report.legacy, report.modern, report.verdict) == (*CLEAN, "not_eligible")
    assert [(pair.workers, pair.legacy, pair.modern) for pair in report.pairs] == [("zero", *CLEAN)]


@pytest.mark.parametrize(("written", "kind", "value"), [("worker: 0", "zero", 0), ("worker: 3", "default", 3)])
def test_key_of_an_object_of_settings(check: Check, written: str, kind: str, value: int) -> None:
    train = """
    import yaml
    class Settings:
        def __init__(self, path):
            self.path = path
            self.all = self.read()
        def read(self):
            settings = dict()
            settings.update(self.defaults)
            settings.update(yaml.safe_load(open(self.path)))
            return settings
        def __getitem__(self, key):
            return self.all.get(key)
    settings = Settings("all.yaml")
    loader = DataLoader(Set(), num_workers=settings["worker"])
    """
    pair = pair_of(check, train, {"all.yaml": f"size: 4\n{written}\n"})
    assert (pair.workers, pair.workers_value) == (kind, value)


@pytest.mark.parametrize(("written", "kind", "value"), [("worker: 0", "zero", 0), ("worker: 3", "default", 3)])
@pytest.mark.parametrize("made", ["EasyDict()", "{}"])
def test_key_of_a_dict_with_what_a_file_has(check: Check, made: str, written: str, kind: str, value: int) -> None:
    train = f"""
    import yaml
    from easydict import EasyDict
    def configure(path):
        with open(path) as stream:
            config = yaml.safe_load(stream)
        settings = {made}
        for name, set_to in config.items():
            settings[name] = set_to
        settings["run"] = path + ".run"
        return settings
    def build(settings, samples):
        return DataLoader(samples, num_workers=settings["worker"])
    for batch in build(configure("all.yaml"), Set()):
        pass
    """
    pair = pair_of(check, train, {"all.yaml": f"size: 4\n{written}\n"})
    assert (pair.workers, pair.workers_value) == (kind, value)


MADE_OUTSIDE = """
import sys
from mmcv import Config
cfg = Config.fromfile(sys.argv[1])
{set}
loader = DataLoader(Set(), num_workers=cfg.loader.workers)
"""
PYTHON_CONFIG = {"conf/base.py": "loader = dict(workers=4)\n"}


@pytest.mark.parametrize(
    ("setting", "kind", "value"),
    [
        pytest.param("if cfg.get('debug', False):\n    cfg.loader.workers = 0", "default", 4, id="under_a_test"),
        pytest.param("cfg.loader.workers = 0", "zero", 0, id="always"),
    ],
)
def test_setting_that_a_program_changes(check: Check, setting: str, kind: str, value: int) -> None:
    pair = pair_of(check, MADE_OUTSIDE.format(set=setting), PYTHON_CONFIG)
    assert (pair.workers, pair.workers_value) == (kind, value)


@pytest.mark.parametrize(
    ("setting", "kind", "value"),
    [
        pytest.param("if debug:\n    cfg.workers = 0", "default", 4, id="under_a_test"),
        pytest.param("cfg.workers = 0", "zero", 0, id="always"),
    ],
)
def test_setting_of_a_file_that_a_program_changes(check: Check, setting: str, kind: str, value: int) -> None:
    train = f"""
import sys
from mmcv import Config
debug = sys.argv[2:]
cfg = Config.fromfile(sys.argv[1])
{setting}
loader = DataLoader(Set(), num_workers=cfg.workers)
"""
    pair = pair_of(check, train, {"conf/base.yaml": "workers: 4\n"})
    assert (pair.workers, pair.workers_value) == (kind, value)


@pytest.mark.parametrize(
    ("handed", "kind", "value"),
    [("dataloader_num_workers=3", "literal", 3), ("dataloader_num_workers=0", "zero", 0), ("seed=3", "zero", 0)],
)
def test_what_a_librarys_settings_are_made_with(check: Check, handed: str, kind: str, value: int) -> None:
    program = f"""
    from torch.utils.data import DataLoader
    from transformers import Trainer, TrainingArguments
    from data import Set
    class Ours(Trainer):
        def get_train_dataloader(self):
            return DataLoader(self.train_dataset, num_workers=self.args.dataloader_num_workers)
    Ours(args=TrainingArguments("out", {handed}), train_dataset=Set()).train()
    """
    (pair,) = check({"data.py": DATA, "train.py": dedent(program)}).pairs
    assert (pair.workers, pair.workers_value) == (kind, value)


def test_what_a_librarys_settings_are_set_to_once_they_are_made(check: Check) -> None:
    program = """
    from torch.utils.data import DataLoader
    from transformers import TrainingArguments
    from data import Set
    args = TrainingArguments("out", dataloader_num_workers=0)
    args.dataloader_num_workers = 4
    loader = DataLoader(Set(), num_workers=args.dataloader_num_workers)
    """
    assert check({"data.py": DATA, "train.py": dedent(program)}).eligible is True


@pytest.mark.parametrize(
    ("default", "kind", "value"), [("    pass", "zero", 0), ("    dataloader_num_workers: int = 3", "default", 3)]
)
def test_what_transformers_arguments_have_by_default(check: Check, default: str, kind: str, value: int) -> None:
    train = f"""
from dataclasses import dataclass
from transformers import HfArgumentParser, Trainer, TrainingArguments
@dataclass
class Arguments(TrainingArguments):
{default}
class Mine(Trainer):
    def get_train_dataloader(self):
        return DataLoader(Set(), num_workers=self.args.dataloader_num_workers)
args, = HfArgumentParser(Arguments).parse_args_into_dataclasses()
Mine(args=args).train()
"""
    pair = pair_of(check, train, {})
    assert (pair.workers, pair.workers_value) == (kind, value)


@pytest.mark.parametrize(
    ("field", "files", "kind", "value"),
    [
        pytest.param("dataloader_num_workers: int = 3", {}, "default", 3, id="by_default"),
        pytest.param("warmth: int = 3", {}, "zero", 0, id="the_librarys_default"),
        pytest.param(
            "warmth: int = 3", {"run.yaml": "dataloader_num_workers: 6\n"}, "default", 6, id="by_a_configuration"
        ),
    ],
)
def test_arguments_that_a_transformers_trainer_is_given(
    check: Check, field: str, files: dict[str, str], kind: str, value: int
) -> None:
    train = f"""
from dataclasses import dataclass
from transformers import HfArgumentParser, Trainer, TrainingArguments
@dataclass
class Arguments(TrainingArguments):
    {field}
given, = HfArgumentParser(Arguments).parse_args_into_dataclasses()
Trainer(None, given, train_dataset=Set()).train()
"""
    pair = pair_of(check, train, files)
    assert (pair.workers, pair.workers_value) == (kind, value)


def test_one_worker_has_no_other_to_repeat(check: Check) -> None:
    pair = pair_of(check, "loader = DataLoader(Set(), num_workers=1)", {})
    assert (pair.workers, pair.workers_value) == ("literal", 1)
    assert (pair.legacy, pair.modern) == ("epoch_repeat", "clean")
    kept = DATA.replace("np.random.rand()", "RNG.rand()").replace("class", "RNG = np.random.RandomState(0)\nclass")
    report = check({"data.py": kept, "train.py": HEAD + "loader = DataLoader(Set(), num_workers=1)\n"})
    assert (report.legacy, report.modern) == EPOCHS


def test_an_option_of_one_can_be_raised(check: Check) -> None:
    pair = pair_of(check, argparsed("'--workers', type=int, default=1", "args.workers"), {})
    assert (pair.workers, pair.workers_value, pair.legacy) == ("default", 1, "duplicate")
    pair = pair_of(check, argparsed("'--workers', type=int, default=0", "max(1, args.workers)"), {})
    assert (pair.workers, pair.workers_value, pair.legacy) == ("default", 1, "duplicate")


@pytest.mark.parametrize(("written", "legacy"), [("CfgNode()", "duplicate"), ("dict(WORKERS=1)", "epoch_repeat")])
def test_settings_that_a_file_is_merged_into_can_be_raised(check: Check, written: str, legacy: str) -> None:
    settings = f"from yacs.config import CfgNode\nC = {written}\n"
    settings += "C.WORKERS = 1\n" if written == "CfgNode()" else ""
    used = "settings.C.WORKERS" if written == "CfgNode()" else "settings.C['WORKERS']"
    train = f"import settings\nloader = DataLoader(Set(), num_workers={used})\n"
    report = check({"data.py": DATA, "settings.py": settings, "train.py": HEAD + train})
    assert [pair.workers_value for pair in report.pairs] == [1]
    assert report.legacy == legacy


@pytest.mark.parametrize(
    "train",
    [
        pytest.param(argparsed("'--workers', type=int, required=True", "args.workers"), id="required_option"),
        pytest.param(argparsed("'--workers', type=int", "args.workers"), id="option_without_a_default"),
        pytest.param("import os\nloader = DataLoader(Set(), num_workers=int(os.environ['W']))", id="environment"),
        pytest.param("import os\nloader = DataLoader(Set(), num_workers=int(os.getenv('W')))", id="getenv"),
        pytest.param(argparsed("'--workers', type=int, default=-1", "args.workers"), id="option_below_zero"),
        pytest.param(
            """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument('--workers', type=int, default=8)
parser.add_argument('--gpus', type=int, default=-1)
args = parser.parse_args()
args.all_workers = args.workers * args.gpus
loader = DataLoader(Set(), num_workers=args.all_workers)
""",
            id="times_an_option_below_zero",
        ),
        pytest.param("def make(n):\n    return DataLoader(Set(), num_workers=n)", id="parameter_nobody_passes"),
        pytest.param("from elsewhere import n\nloader = DataLoader(Set(), num_workers=n)", id="from_outside"),
        pytest.param(
            "from elsewhere import read\nopt = read()\n"
            "loader = DataLoader(Set(), num_workers=opt['train']['dataloader_num_workers'])",
            id="key_that_a_library_has_too",
        ),
    ],
)
def test_unknown_is_judged_as_if_there_were_workers(check: Check, train: str) -> None:
    pair = pair_of(check, train, {})
    assert (pair.workers, pair.workers_value) == ("unknown", None)
    assert (pair.legacy, pair.modern) == ("duplicate", "clean")


TAKEN_OVER = """
import argparse
from settings import cfg, take
parser = argparse.ArgumentParser()
parser.add_argument("--{option}", type=int, default=8)
args = parser.parse_args()
def main():
    return DataLoader(Set(), num_workers=cfg.num_workers)
{lines}
main()
"""
SETTINGS = """
from easydict import EasyDict
cfg = EasyDict()
cfg.num_workers = 0
def take(settings, options):
    for name, value in vars(options).items():
        {store}
"""


@pytest.mark.parametrize(
    ("lines", "store", "option", "kind", "value"),
    [
        ("take(cfg, args)", "settings[name] = value", "num_workers", "default", 8),
        ("take(cfg, args)", "setattr(settings, name, value)", "num_workers", "default", 8),
        ("take(cfg, args)", "if value is not None:\n            settings[name] = value", "num_workers", "default", 8),
        ("cfg.update(vars(args))", "print(name, value)", "num_workers", "default", 8),
        ("cfg.update(**vars(args))", "print(name, value)", "num_workers", "default", 8),
        ("cfg.update({k: v for k, v in vars(args).items() if v})", "print(name, value)", "num_workers", "default", 8),
        ("cfg.update(args.__dict__)", "print(name, value)", "num_workers", "default", 8),
        ("take(cfg, args)", "print(name, value)", "num_workers", "zero", 0),
        ("take(cfg, args)", "settings[name] = value", "threads", "zero", 0),
        ("wandb.config.update(vars(args))", "print(name, value)", "num_workers", "zero", 0),
        ("shown = list(vars(args).items())", "print(name, value)", "num_workers", "zero", 0),
    ],
)
def test_options_that_take_the_place_of_settings(
    check: Check, lines: str, store: str, option: str, kind: str, value: int
) -> None:
    train = TAKEN_OVER.format(lines=lines, option=option)
    pair = pair_of(check, train, {"settings.py": SETTINGS.format(store=store)})
    assert (pair.workers, pair.workers_value) == (kind, value)


def test_settings_of_another_program_take_no_options_here(check: Check) -> None:
    settings = {"num_workers": 4}
    train = (
        f"from torch.utils.data import DataLoader\nCFG = {settings}\nDataLoader([], num_workers=CFG['num_workers'])\n"
    )
    other = TAKEN_OVER.format(lines="opts = {}\nopts.update(vars(args))", option="num_workers").replace("=8", "=0")
    found = check({"train.py": train, "other.py": other, "settings.py": SETTINGS.format(store="pass")}).pairs
    assert {pair.workers_value for pair in found if pair.loader.startswith("train.py")} <= {4}
    told = pair_of(check, train.replace("[]", "Set()") + "", {"other.py": other})
    assert (told.workers, told.workers_value) == ("literal", 4)


TAKEN_BY_A_CLASS = """
class Settings{base}:
    num_workers = 0
    def __init__(self, size=4):
        self.size = size
    def take(self, options):
        for name, value in vars(options).items():
            {store}
cfg = Settings({given})
def take(settings, options):
    settings.take(options)
"""


@pytest.mark.parametrize(
    ("base", "given", "store", "kind", "value"),
    [
        ("", "", "setattr(self, name, value)", "default", 8),
        ("", "", "print(name, value)", "zero", 0),
        ("", "8", "setattr(self, name, value)", "zero", 0),
        ("(Thread)", "", "setattr(self, name, value)", "zero", 0),
    ],
)
def test_options_that_an_object_of_settings_takes(
    check: Check, base: str, given: str, store: str, kind: str, value: int
) -> None:
    settings = "from threading import Thread\n" + TAKEN_BY_A_CLASS.format(base=base, given=given, store=store)
    train = TAKEN_OVER.format(lines="take(cfg, args)", option="num_workers")
    pair = pair_of(check, train, {"settings.py": settings})
    assert (pair.workers, pair.workers_value) == (kind, value)


def test_a_number_of_an_objects_own_is_no_options(check: Check) -> None:
    lines = "cfg.update(vars(args))\nclass Trainer:\n    num_workers = 0\n    def load(self):\n"
    lines += "        return DataLoader(Set(), num_workers=self.num_workers)\nmain = Trainer().load"
    train = TAKEN_OVER.format(lines=lines, option="num_workers").replace("num_workers=cfg.num_workers", "num_workers=0")
    report = check({"data.py": DATA, "train.py": HEAD + train, "settings.py": SETTINGS.format(store="pass")})
    assert [pair.workers for pair in report.pairs] == ["zero", "zero"]


UNPACKED = """
from reading import read
cfg = read("all.yaml")
def make(part, {more}):
    return DataLoader(Set(), **{handed})
loader = make("train")
"""


@pytest.mark.parametrize(
    ("more", "handed", "files", "kind"),
    [
        ("", "cfg[part]", {"all.yaml": "train:\n  batch_size: 4\n"}, "zero"),
        ("", "cfg[part]", {"all.yaml": "train:\n  batch_size: 4\n  num_workers: 3\n"}, "default"),
        ("", "cfg[part]", {"all.yaml": "train:\n  batch_size: 4\nworkers: none\n"}, "unknown"),
        ("", "cfg[part]", {"all.yaml": "train:\n  size: 4\n", "set.py": "def f(d): d.num_workers = n"}, "unknown"),
        ("", "cfg[part]", {}, "unknown"),
        ("**more", "more", {"all.yaml": "train:\n  batch_size: 4\n"}, "zero"),
    ],
)
def test_what_is_unpacked_where_no_file_speaks_of_workers(
    check: Check, more: str, handed: str, files: dict[str, str], kind: str
) -> None:
    pair = pair_of(check, UNPACKED.format(more=more, handed=handed), files)
    assert pair.workers == kind


def test_what_callers_elsewhere_may_hand_over_is_unknown(check: Check) -> None:
    train = "def make(**more):\n    return DataLoader(Set(), **more)\n"
    assert pair_of(check, train, {"all.yaml": "batch_size: 4\n"}).workers == "unknown"


MERGING = """
import argparse
import yaml
import numpy as np
from torch.utils.data import DataLoader
parser = argparse.ArgumentParser()
parser.add_argument("--config", default="configs/long.yaml")
parser.add_argument("--workers", type=int, default=0)
args = parser.parse_args()
{merged}
class Set:
    def __getitem__(self, index):
        return np.random.rand()
for batch in DataLoader(Set(), num_workers=args.workers):
    pass
"""
IN_TURN = "for key, value in yaml.safe_load(open(args.config)).items():\n    {put}\n"


@pytest.mark.parametrize(
    ("merged", "workers"),
    [
        pytest.param(
            "parser.set_defaults(**yaml.safe_load(open(args.config)))\nargs = parser.parse_args()", 6, id="set"
        ),
        pytest.param(IN_TURN.format(put="setattr(args, key, value)"), 6, id="in_turn"),
        pytest.param(IN_TURN.format(put="args.__dict__[key] = value"), 6, id="in_turn_as_items"),
        pytest.param("vars(args).update(yaml.safe_load(open(args.config)))", 6, id="at_once"),
        pytest.param("settings = yaml.safe_load(open(args.config))", 0, id="beside_them"),
        pytest.param("args.name = 'long'", 0, id="not_at_all"),
    ],
)
def test_a_file_that_is_put_over_parsed_options(check: Check, merged: str, workers: int) -> None:
    report = check({"train.py": MERGING.format(merged=merged), "configs/long.yaml": "workers: 6\nname: long\n"})
    assert [(pair.workers, pair.workers_value) for pair in report.pairs] == [
        ("default" if workers else "zero", workers)
    ]


KEPT_BY_KEY = """
import yaml
from torch.utils.data import DataLoader
from data import Set
class Config:
    def __init__(self, path, given):
        self.all = {}
        self.all.update(yaml.safe_load(open(path)))
        for key in given:
            value = given[key]
            if value.lower() == "true":
                value = True
            self.all[key] = value
    def __getitem__(self, key):
        return self.all[key]
config = Config("settings.yaml", {"seed": 2021})
loader = DataLoader(Set(), num_workers=config["workers"])
"""


@pytest.mark.parametrize(("workers", "kind"), [(0, "zero"), (4, "default")])
def test_a_file_goes_before_what_code_keeps_under_unknown_keys(check: Check, workers: int, kind: str) -> None:
    report = check({"data.py": DATA, "train.py": KEPT_BY_KEY, "settings.yaml": f"workers: {workers}\nseed: 2021\n"})
    assert {pair.workers for pair in report.pairs} == {kind}


@pytest.mark.parametrize(
    ("rewritten", "workers"),
    [
        pytest.param("for key in given:\n        given[key] = given[key] or 0", "zero", id="under_its_own_keys"),
        pytest.param(
            "for key in list(given.keys()):\n        given[key] = given[key] or 0", "zero", id="under_a_list_of_them"
        ),
        pytest.param("for key, one in given.items():\n        given[key] = one or 0", "zero", id="with_their_values"),
        pytest.param("for key in more:\n        given[key] = more[key]", "default", id="under_the_keys_of_another"),
        pytest.param(
            "for key in read():\n        given[key] = more['workers']", "default", id="under_keys_from_elsewhere"
        ),
    ],
)
def test_a_dict_that_is_rewritten_item_by_item(check: Check, rewritten: str, workers: str) -> None:
    train = f"""
import argparse
import yaml
parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=5678)
args = parser.parse_args()
class Settings:
    def __init__(self, given):
        more = {{"workers": args.several}}
        self.all = dict()
        self.all.update(yaml.safe_load(open("all.yaml")))
        self.all.update(self.prepared(given, more))
    def prepared(self, given, more):
        {rewritten.replace("        ", "            ")}
        return given
    def __getitem__(self, key):
        return self.all.get(key)
parser.add_argument("--several", type=int, default=6)
settings = Settings({{"port": args.port, "host": "here"}})
loader = DataLoader(Set(), num_workers=settings["workers"])
"""
    pair = pair_of(check, train, {"all.yaml": "workers: 0\n"})
    assert pair.workers == workers


OPTPARSE = """
from optparse import OptionParser
parser = OptionParser()
parser.add_option("-j", "--jobs", dest="workers", default={default}, type="int")
(options, rest) = parser.parse_args()
loader = DataLoader(Set(), num_workers=options.workers)
"""
TYPER = """
import typer
def main(workers: int = typer.{declared}):
    loader = DataLoader(Set(), num_workers=workers)
typer.run(main)
"""


@pytest.mark.parametrize("default", [0, 3])
@pytest.mark.parametrize(
    "train",
    [
        pytest.param(OPTPARSE, id="optparse"),
        pytest.param(TYPER.format(declared="Option({default}, help='processes')"), id="typer"),
        pytest.param(TYPER.format(declared="Option(default={default})"), id="typer_by_name"),
        pytest.param(TYPER.format(declared="Argument({default})"), id="typer_by_place"),
    ],
)
def test_default_of_an_option(check: Check, train: str, default: int) -> None:
    pair = pair_of(check, train.format(default=default), {})
    assert (pair.workers, pair.workers_value) == ("default" if default else "zero", default)


def test_an_option_of_typer_without_default(check: Check) -> None:
    pair = pair_of(check, TYPER.format(declared="Option(..., help='processes')"), {})
    assert (pair.workers, pair.legacy) == ("unknown", "duplicate")
