"""What sacred calls a program's functions with, and settings that are looked up by a section and a name."""

from .examples import Check, Example, assert_as_marked, each

DATA = """
import numpy as np
class Set:
    def __init__(self, on):
        self.on = on
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index + np.random.rand() if self.on else index  # DRAW
"""
EXPERIMENT = """
from sacred import Experiment
from torch.utils.data import DataLoader
from data import Set
experiment = Experiment("own")
@experiment.{kind}
def settings():
    {settings}
@experiment.capture
def load({params}):
    return DataLoader(Set({on}), num_workers={workers})  # LOADER
@experiment.automain
def main(_run):
    for batch in load():
        pass
"""


def experiment(
    name: str,
    settings: str,
    params: str = "workers",
    workers: str = "workers",
    *,
    on: str = "True",
    kind: str = "config",
    draws: bool = True,
) -> Example:
    train = EXPERIMENT.format(settings=settings, params=params, workers=workers, on=on, kind=kind)
    data = DATA if draws else DATA.replace("  # DRAW", "")
    return Example(name, {"data.py": data, "train.py": train}, ("duplicate", "clean") if draws else None)


@each(
    experiment("a_variable", "workers = 4"),
    experiment("instead_of_a_default", "workers = 4", "workers=0"),
    experiment("a_named_configuration", "workers = 4", "workers=0", kind="named_config"),
    experiment("a_dict", "loading = dict(workers=4)", "loading", "loading['workers']"),
    experiment("a_switch_that_can_be_set", "on = False", "on", "2", on="on"),
    experiment("all_of_them", "workers = 4", "_config", "_config['workers']"),
    experiment("one_of_all", "on = False", "_config", "2", on="_config['on']"),
    experiment("a_dict_of_all", "loading = dict(workers=4)", "_config", "_config['loading']['workers']"),
)
def test_sacred(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    experiment("no_workers", "workers = 0", draws=False),
    experiment("no_workers_of_all", "workers = 0", "_config", "_config['workers']", draws=False),
    experiment("no_workers_in_a_dict_of_all", "a = {'n': 0}", "_config", "_config['a']['n']", draws=False),
    experiment("no_workers_by_default", "other = 4", "workers=0", draws=False),
    experiment("no_workers_in_a_dict", "loading = dict(workers=0)", "loading", "loading['workers']", draws=False),
)
def test_sacred_otherwise(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SECTIONS = """
import configparser
from torch.utils.data import DataLoader
from data import Set
parser = configparser.ConfigParser()
parser.read("train.ini")
for batch in DataLoader(Set(True), num_workers=parser.getint("{section}", "workers")):  # LOADER
    pass
"""
INI = "[train]\nworkers = 4\n[test]\nworkers = 0\n"


@each(
    Example("with_workers", {"data.py": DATA, "train.py": SECTIONS.format(section="train"), "train.ini": INI}),
    Example(
        "without_workers",
        {"data.py": DATA.replace("  # DRAW", ""), "train.py": SECTIONS.format(section="test"), "train.ini": INI},
        None,
    ),
)
def test_a_setting_of_a_section(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SWEPT = """
import wandb
from torch.utils.data import DataLoader
from data import Set
wandb.init(config={{"workers": {workers}, "size": 4}})
for batch in DataLoader(Set(True), num_workers=wandb.config["workers"]):  # LOADER
    pass
"""


@each(
    Example("with_workers", {"data.py": DATA, "train.py": SWEPT.format(workers=2)}),
    Example("without_workers", {"data.py": DATA.replace("  # DRAW", ""), "train.py": SWEPT.format(workers=0)}, None),
)
def test_a_setting_of_a_run(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
