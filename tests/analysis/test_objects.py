"""Objects put together by operators, carried by named tuples, kept under names that stand nowhere, made of texts."""

from collections.abc import Sequence
from textwrap import dedent

import pytest

from .examples import BOTH, CLEAN, OLD_TORCH, TRAIN, TRANSFORMED, Check, Example, Outcomes, assert_as_marked, each

DATA = (
    """
import numpy as np"""
    + TRANSFORMED
    + """\
class Chain:
    def __init__(self, *steps):
        self.steps = steps
    def __call__(self, image):
        for step in self.steps:
            image = step(image)
        return image
class Step:
    def __or__(self, other):
        return Chain(self, other)
    def __rshift__(self, other):
        return Chain(self, other)
    def __add__(self, other):
        return Chain(self, other)
    def __rmatmul__(self, other):
        return Chain(self)
    def __sub__(self, other):
        return self
class Flip(Step):
    def __call__(self, image):
        return image[::-1]
class Shift(Step):
    def __call__(self, image):
        return image + np.random.rand()  # DRAW
def turn(image):
    return image.T
def noise(image):
    return image + np.random.rand()
class Function:
    def __init__(self, function):
        self.function = function
    def __ror__(self, other):
        return Chain(other, self.function)
class Longer:
    def __init__(self, data, times):
        self.data = data
        self.times = times
    def __len__(self):
        return len(self.data) * self.times
    def __getitem__(self, index):
        return self.data[index % len(self.data)]
class Many(Set):
    def __mul__(self, times):
        return Longer(self, times)
    __rmul__ = __mul__
"""
)


def made(name: str, lines: str, data: str, *, draws: bool = True) -> Example:
    """A program over what an expression makes of the classes above; `lines` go before it."""
    train = f"from torch.utils.data import DataLoader\nfrom data import *\n{dedent(lines)}\n"
    train += f"for batch in DataLoader({data}, num_workers=4):  # LOADER\n    pass\n"
    if draws:
        return Example(name, {"data.py": DATA, "train.py": train})
    return Example(name, {"data.py": DATA.replace("  # DRAW", ""), "train.py": train}, None)


@each(
    made("by_or", "", "Set(Flip() | Shift())"),
    made("several", "steps = Flip() | Flip() | Shift()", "Set(steps)"),
    made("by_shift", "", "Set(Flip() >> Shift())"),
    made("by_addition", "", "Set(Shift() + Flip())"),
    made("from_the_right", "", "Set(3 @ Shift())"),
    made("a_function_from_the_right", "", "Set(turn | Function(Shift()))"),
    made("in_place", "steps = Flip()\nsteps |= Shift()", "Set(steps)"),
    made("with_a_librarys", "from images import Resize", "Set(Resize(4) | Shift())"),
    made("with_a_librarys_base", "from images import Resize\nclass Own(Resize):\n    pass", "Set(Own() >> Shift())"),
    made("a_dataset_that_is_repeated", "", "Many(Shift()) * 10"),
)
def test_put_together_by_operators(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    made("what_an_operator_leaves_out", "", "Set(Flip() - Shift())", draws=False),
    made("other_steps", "Shift()", "Set(Flip() | Flip())", draws=False),
    made("a_function_that_is_not_put_in", "Function(noise)", "Set(turn | Function(turn))", draws=False),
)
def test_what_operators_leave_out(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BY_TEXT = "from collections import namedtuple\nParts = namedtuple('Parts', 'train, test')\n"
BY_LIST = "import collections\nParts = collections.namedtuple('Parts', ['train', 'test'])\n"
BY_TYPES = "from typing import NamedTuple\nParts = NamedTuple('Parts', [('train', Set), ('test', Set)])\n"
BY_CLASS = "from typing import NamedTuple\nclass Parts(NamedTuple):\n    train: Set\n    test: Set = None\n"
BY_BASE = "from collections import namedtuple\nclass Parts(namedtuple('Parts', 'train test')):\n    pass\n"
FILLED = "def make():\n    return Parts(Set(Shift()), Set())\n"


@each(
    made("a_field", BY_TEXT + FILLED, "make().train"),
    made("a_field_of_a_list", BY_LIST + "parts = Parts(test=Set(), train=Set(Shift()))", "parts.train"),
    made("a_field_with_a_type", BY_TYPES + FILLED, "make().train"),
    made("a_field_of_a_class", BY_CLASS + FILLED, "make().train"),
    made("a_field_of_a_base", BY_BASE + FILLED, "make().train"),
    made("unpacked", BY_TEXT + FILLED + "train, test = make()", "train"),
    made("unpacked_of_a_class", BY_CLASS + FILLED + "train, test = make()", "train"),
    made("by_its_place", BY_BASE + FILLED, "make()[0]"),
    made("replaced", BY_TEXT + "parts = Parts(Set(), Set())._replace(train=Set(Shift()))", "parts.train"),
    made("as_a_dict", BY_TEXT + FILLED, "make()._asdict()['train']"),
    made("transforms", BY_LIST + "steps = Parts(Shift(), Flip())", "Set(steps.train)"),
)
def test_carried_by_a_named_tuple(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    made("another_field", BY_TEXT + FILLED, "make().test", draws=False),
    made("another_field_with_a_type", BY_TYPES + FILLED, "make().test", draws=False),
    made("another_field_of_a_class", BY_CLASS + FILLED, "make().test", draws=False),
    made("another_field_of_a_base", BY_BASE + FILLED, "make().test", draws=False),
    made("another_of_those_unpacked", BY_CLASS + FILLED + "train, test = make()", "test", draws=False),
    made("another_place", BY_CLASS + FILLED, "make()[1]", draws=False),
    made("replaced", BY_TEXT + FILLED + "parts = make()._replace(train=Set())", "parts.train", draws=False),
    made("transforms", BY_LIST + "steps = Parts(Shift(), Flip())", "Set(steps.test)", draws=False),
)
def test_in_another_field_of_a_named_tuple(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def keeping(name: str, body: str, given: str = "transform=Shift()", *, draws: bool = True) -> Example:
    """A dataset that makes attributes of what it is given, whatever that is."""
    kept = f"""
class Kept(Set):
    transform = None
    def __init__(self, **kwargs):
        {body}
"""
    example = made(name, "from kept import Kept", f"Kept({given})", draws=draws)
    return Example(name, {**example.files, "kept.py": f"from data import *{kept}"}, example.outcomes)


@each(
    keeping("its_dict", "self.__dict__.update(kwargs)"),
    keeping("its_dict_by_name", "self.__dict__.update(**kwargs)"),
    keeping("its_variables", "vars(self).update(kwargs)"),
    keeping("another_dict", "self.__dict__ = kwargs"),
    keeping("one_by_one", "for key, value in kwargs.items():\n            setattr(self, key, value)"),
    keeping("by_keys", "for key in kwargs:\n            setattr(self, key, kwargs[key])"),
    keeping("by_a_method_of_its_own", "for k, v in kwargs.items():\n            self.__setattr__(k, v)"),
    keeping("what_the_code_says", "self.__dict__.update(transform=Shift(), **kwargs)", ""),
    keeping("a_dict", "self.__dict__.update(dict(transform=Shift()))", ""),
)
def test_kept_under_names_that_stand_nowhere(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    keeping("another_name", "self.__dict__.update(kwargs)", "transform=Flip(), other=Shift()", draws=False),
    keeping("nothing_is_given", "self.__dict__.update(kwargs)", "", draws=False),
    keeping("thrown_away", "kwargs.clear()", "transform=Shift()", draws=False),
    keeping("another_object", "holder = Set()\n        holder.__dict__.update(kwargs)", draws=False),
    keeping("another_dict", "for key in kwargs:\n            setattr(self, key, {}.get(key))", draws=False),
)
def test_what_is_not_kept_under_the_name(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


OWN = """
class Settings(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__ = self
"""
LOOKING = "class Settings(dict):\n    __getattr__ = dict.__getitem__\n"
ASKING = "class Settings(dict):\n    def __getattr__(self, name):\n        return self[name]\n"
SPLITS = """
class Splits(dict):
    def __init__(self, root, whole=True):
        {filled}
"""
IN_ONE = "super().__init__({'train': Set(Shift()), 'test': Set()})"
BY_NAME = "dict.__init__(self, train=Set(Shift()), test=Set())"
LATER = "super().__init__()\n        for name in ('train', 'test'):\n            self[name] = Set(Shift())"
FILLED_IN = "cfg = Settings({'step': Shift(), 'other': Flip()})\n"


@each(
    made("its_own_dict", OWN + FILLED_IN, "Set(cfg.step)"),
    made("a_dicts_method", LOOKING + FILLED_IN, "Set(cfg.step)"),
    made("a_method_of_its_own", ASKING + FILLED_IN, "Set(cfg.step)"),
    made("by_name", OWN + "cfg = Settings(step=Shift(), other=Flip())\n", "Set(cfg.step)"),
    made("an_item", ASKING + FILLED_IN, "Set(cfg['step'])"),
    made("by_its_own_constructor", SPLITS.format(filled=IN_ONE), "Splits('images', whole=False)['train']"),
    made("by_name_in_its_constructor", SPLITS.format(filled=BY_NAME), "Splits('images')['train']"),
    made("filled_in_its_constructor", SPLITS.format(filled=LATER), "Splits('images')['train']"),
)
def test_dicts_with_attributes(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    made("its_own_dict", OWN + FILLED_IN, "Set(cfg.other)", draws=False),
    made("a_dicts_method", LOOKING + FILLED_IN, "Set(cfg.other)", draws=False),
    made("by_name", OWN + "cfg = Settings(step=Shift(), other=Flip())\n", "Set(cfg.other)", draws=False),
    made("an_item", ASKING + FILLED_IN, "Set(cfg['other'])", draws=False),
    made("by_its_own_constructor", SPLITS.format(filled=IN_ONE), "Splits('images')['test']", draws=False),
    made("by_name_in_its_constructor", SPLITS.format(filled=BY_NAME), "Splits('images')['test']", draws=False),
)
def test_other_items_of_dicts_with_attributes(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BEHIND = "class Behind:\n    def __init__(self, kept):\n        self.kept = kept\n"
BY_ITEM = BEHIND + "    def __getattr__(self, name):\n        return self.kept[name]\n"
BY_ATTRIBUTE = BEHIND + "    def __getattr__(self, name):\n        return getattr(self.kept, name)\n"
FIELDS = """
from dataclasses import dataclass, replace
@dataclass
class Steps:
    train: object = None
    test: object = None
"""
MANAGED = "from contextlib import contextmanager\n@contextmanager\ndef opened(data):\n    yield data\n"


@each(
    made(
        "an_item_behind_an_object", BY_ITEM + "steps = Behind({'train': Shift(), 'test': Flip()})", "Set(steps.train)"
    ),
    made("an_attribute_behind_an_object", BY_ATTRIBUTE + "data = Behind(Set(Shift()))", "Set(data.transform)"),
    made("a_field_that_is_replaced", FIELDS + "steps = replace(Steps(), train=Shift())", "Set(steps.train)"),
    made("a_field_that_is_not_replaced", FIELDS + "steps = replace(Steps(Shift()), test=Flip())", "Set(steps.train)"),
    made("what_a_context_manager_gives", MANAGED + "with opened(Set(Shift())) as data:\n    pass", "data"),
)
def test_found_behind_another_object(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    made(
        "another_item", BY_ITEM + "steps = Behind({'train': Shift(), 'test': Flip()})", "Set(steps.test)", draws=False
    ),
    made(
        "a_field_that_is_replaced",
        FIELDS + "steps = replace(Steps(Shift()), train=Flip())",
        "Set(steps.train)",
        draws=False,
    ),
    made("what_another_gives", MANAGED + "with opened(Shift()), opened(Set()) as data:\n    pass", "data", draws=False),
)
def test_not_found_behind_another_object(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


EVALUATED = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--data", default="{text}")
args = parser.parse_args()
def build(text):
    return eval(text)
"""


def evaluated(name: str, text: str, *, draws: bool = True) -> Example:
    return made(name, EVALUATED.format(text=text), "build(args.data)", draws=draws)


@each(
    evaluated("an_object_with_what_it_is_given", "Set(Shift())"),
    evaluated("an_operator", "10 * Many(transform=Shift())"),
    evaluated("a_list", "Set(Chain(*[Flip(), Shift()]))"),
)
def test_what_a_text_of_an_option_makes(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    evaluated("other_steps", "Set(Flip())", draws=False),
    evaluated("an_object_that_something_else_is_given", "(Shift(), Set(Flip()))[1]", draws=False),
)
def test_what_a_text_of_an_option_does_not_give(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def listed(name: str, text: str, steps: str, *, draws: bool = True) -> Example:
    """A program that makes each of the steps that a file lists."""
    lines = f"import yaml\nimport hydra\ncfg = yaml.safe_load(open('c.yaml'))\nsteps = [{steps}]"
    example = made(name, lines, "Set(Chain(*steps))", draws=draws)
    return Example(name, {**example.files, "c.yaml": text}, example.outcomes)


@each(
    listed("texts", "steps:\n  - Flip()\n  - Shift()\n", "eval(each) for each in cfg['steps']"),
    listed("objects", "steps:\n  - _target_: data.Shift\n", "hydra.utils.instantiate(each) for each in cfg['steps']"),
    listed(
        "objects_under_names",
        "steps:\n  shift:\n    _target_: data.Shift\n",
        "hydra.utils.instantiate(each) for each in cfg['steps'].values()",
    ),
    listed(
        "lists_of_objects_under_names",
        "steps:\n  shift:\n    - _target_: data.Shift\n",
        "hydra.utils.instantiate(each) for some in cfg['steps'].values() for each in some",
    ),
    listed(
        "lists_by_names_that_a_loop_has",
        "steps:\n  shift:\n    - _target_: data.Shift\n",
        "hydra.utils.instantiate(each) for name in cfg['steps'] for each in cfg['steps'][name]",
    ),
    listed(
        "lists_by_names_that_a_loop_has_in_another_section",
        "steps:\n  shift:\n    - _target_: data.Shift\nothers:\n  shift: []\n",
        "hydra.utils.instantiate(each) for name in cfg['others'] for each in cfg['others'][name]",
        draws=False,
    ),
    listed(
        "objects_by_names_that_a_loop_has",
        "steps:\n  shift:\n    _target_: data.Shift\n",
        "hydra.utils.instantiate(cfg['steps'][name]) for name in cfg['steps']",
    ),
    listed(
        "what_a_function_makes_of_each",
        "steps:\n  - _target_: data.Shift\n",
        "hydra.utils.instantiate(dict(each)) for each in cfg['steps']",
    ),
)
def test_what_a_file_lists(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    listed("texts", "more:\n  - Shift()\nsteps:\n  - Flip()\n", "eval(s) for s in cfg['steps']", draws=False),
    listed(
        "objects",
        "more:\n  - _target_: data.Shift\nsteps:\n  - _target_: data.Flip\n",
        "hydra.utils.instantiate(step) for step in cfg['steps']",
        draws=False,
    ),
    listed(
        "objects_under_names",
        "more:\n  shift:\n    _target_: data.Shift\nsteps:\n  flip:\n    _target_: data.Flip\n",
        "hydra.utils.instantiate(step) for step in cfg['steps'].values()",
        draws=False,
    ),
)
def test_what_a_file_lists_elsewhere(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


IMPORTS = """
import importlib
import yaml
def load(path, module=""):
    parts = path.rsplit(".", 1)
    module = parts.pop(0) if len(parts) > 1 else module
    return getattr(importlib.import_module(module), parts[0])
cfg = yaml.safe_load(open("c.yaml"))
step = load(cfg["step"]["class_name"])(**cfg["step"]["params"])
"""


def imported(name: str, step: str, *, draws: bool = True) -> Example:
    """A program whose own function imports a class by a text that it takes apart."""
    example = made(name, IMPORTS, "Set(step)", draws=draws)
    config = f"step:\n  class_name: data.{step}\n  params: {{}}\nother:\n  class_name: data.Shift\n"
    return Example(name, {**example.files, "c.yaml": config}, example.outcomes)


@each(imported("which_draws", "Shift"), imported("which_draws_nothing", "Flip", draws=False))
def test_a_class_that_is_imported_by_a_text_in_two_parts(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


MODULE = """
import lightning
from torch.utils.data import DataLoader
from data import *
class Module(lightning.LightningDataModule):
    def __init__(self, transform=None, num_workers=0, **kwargs):
        super().__init__()
        self.save_hyperparameters({saved})
    def setup(self, stage):
        self.train = Set(self.hparams.transform)
    def train_dataloader(self):
        return DataLoader(self.train, num_workers=self.hparams.num_workers)  # LOADER
"""


def module(name: str, train: str, saved: str = "", config: str = "", *, draws: bool = True) -> Example:
    """A module of Lightning's that reads its own arguments back."""
    data = DATA if draws else DATA.replace("  # DRAW", "")
    files = {"data.py": data, "module.py": MODULE.format(saved=saved), "train.py": train, "c.yaml": config}
    return Example(name, files, ("duplicate", "clean") if draws else None)


MADE = "from module import *\nimport trainer\ntrainer.fit(Module({given}))\n"
DESCRIBED = (
    "datamodule:\n  _target_: module.Module\n  num_workers: {workers}\n  transform:\n    _target_: data.{step}\n"
)
FROM_FILE = """
import hydra
import trainer
@hydra.main(config_name="c")
def main(cfg):
    trainer.fit(hydra.utils.instantiate(cfg.datamodule))
"""


@each(
    module("made", MADE.format(given="Shift(), 4")),
    module("made_by_name", MADE.format(given="num_workers=4, transform=Shift()"), "logger=False"),
    module("some_of_them", MADE.format(given="Shift(), 4"), "'transform', 'num_workers'"),
    module("described", FROM_FILE, "", DESCRIBED.format(workers=4, step="Shift")),
)
def test_arguments_that_lightning_keeps(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    module("no_workers", MADE.format(given="Shift()"), draws=False),
    module("other_steps", MADE.format(given="Flip(), 4") + "Shift()\n", draws=False),
    module("described_without_workers", FROM_FILE, "", DESCRIBED.format(workers=0, step="Shift"), draws=False),
)
def test_other_arguments_that_lightning_keeps(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


COMPOSED = """
import argparse
import numpy as np
from data import Set
class Whole:
    def __getitem__(self, index):
        return index
class Cropped:
    def __getitem__(self, index):
        return index + np.random.rand()  # DRAW
class Large(Set):
    pass
class Small(Set):
    pass
KINDS = {{"large": Large, "small": Small}}
TASKS = {{"whole": Whole, "cropped": Cropped}}
def composed(kind, task):
    class Composed({bases}):
        pass
    return Composed
parser = argparse.ArgumentParser()
parser.add_argument("--kind", default="small")
parser.add_argument("--task", default="whole")
args = parser.parse_args()
"""


def composed(name: str, bases: str, task: str, *, draws: bool = True) -> Example:
    """A class put together of bases that are looked up."""
    example = made(name, "from composed import *", f"composed(args.kind, {task})()", draws=draws)
    source = COMPOSED.format(bases=bases)
    files = {
        "data.py": DATA.replace("  # DRAW", ""),
        "composed.py": source if draws else source.replace("  # DRAW", ""),
    }
    return Example(name, {**example.files, **files}, example.outcomes)


@each(
    composed("by_an_option", "TASKS[task], KINDS[kind]", "args.task"),
    composed("the_one_that_is_named", "TASKS[task], KINDS[kind]", "'cropped'"),
)
def test_a_class_whose_bases_are_looked_up(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    composed("another_one_is_named", "TASKS[task], KINDS[kind]", "'whole'", draws=False),
    composed("another_base_comes_first", "Whole, TASKS[task]", "args.task", draws=False),
)
def test_a_class_with_other_bases(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SAMPLES = """
import numpy as np
from pathlib import Path
from typing import NamedTuple
class Sample(NamedTuple):
    path: Path
    about: dict
class Kept:
    def __init__(self, root="images"):
        self.samples = []
        for path in sorted(Path(root).iterdir()):
            with open(path) as file:
                about = {{"size": tuple(map(int, file.read().split())), "path": path}}
            self.samples += [Sample(path, about)]
    def __len__(self):
        return len(self.samples)
    def __getitem__(self, index):
        path, about = self.samples[index]
        settings = {{"seed": 1}}
        generator = np.random.RandomState({seed})
        return generator.rand()  # DRAW
"""


def seeded(name: str, seed: str, outcomes: Outcomes) -> Example:
    """A dataset whose samples are named tuples, each of which says what its draw is seeded with."""
    train = TRAIN.replace("Set", "Kept")
    return Example(name, {"data.py": SAMPLES.format(seed=seed), "train.py": train}, outcomes)


@each(
    seeded("a_path", "tuple(map(ord, path.name))", CLEAN),
    seeded("an_item_of_a_dict", "about['size']", CLEAN),
    seeded("a_constant", "settings['seed']", BOTH),
)
def test_seeds_of_samples_that_are_named_tuples(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


ASSIGNED = """
import numpy as np
class Set:
    def __len__(self):
        return 8
    {inside}
def crop(self, index):
    return np.random.rand()  # DRAW
{after}
"""


def assigned(name: str, inside: str, after: str, *, draws: bool = True) -> Example:
    """A dataset one of whose methods is a function that stands outside the class."""
    data = ASSIGNED.format(inside=inside, after=after)
    files = {"data.py": data if draws else data.replace("  # DRAW", ""), "train.py": TRAIN}
    return Example(name, files, ("duplicate", "clean") if draws else None)


ASKS = "def __getitem__(self, index):\n        return self.cropped(index)"
OWN = "def __getitem__(self, index):\n        return index"


@each(
    assigned("below_the_class", "pass", "Set.__getitem__ = crop"),
    assigned("over_its_own", OWN, "Set.__getitem__ = crop"),
    assigned("another_method", ASKS, "Set.cropped = crop"),
    assigned("in_the_class", "__getitem__ = lambda self, index: crop(self, index)", ""),
    assigned("for_its_own", OWN, "Set.cropped = crop", draws=False),
    assigned("to_another_class", OWN, "class Other:\n    pass\nOther.__getitem__ = crop", draws=False),
    assigned(
        "another_function", "pass", "def whole(self, index):\n    return index\nSet.__getitem__ = whole", draws=False
    ),
)
def test_functions_that_are_made_methods(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


DIAMOND = """
import numpy as np
class Step:
    def __call__(self, image):
        return self.apply(image)
    def apply(self, image):
        raise NotImplementedError
class OfImages(Step):
    target = "image"
class Random(Step):
    def apply(self, image):
        return image + np.random.rand()  # DRAW
class Certain(Step):
    def __call__(self, image):
        return super().__call__(image[:4])
    def apply(self, image):
        return image + 1
class Mixed({bases}):
    pass
class Set:
    def __getitem__(self, index):
        return Mixed()(np.ones(index))
"""


def diamond(name: str, bases: str, *, draws: bool = True) -> Example:
    """A transform of two bases that have a third in common."""
    data = DIAMOND.format(bases=bases)
    files = {"data.py": data if draws else data.replace("  # DRAW", ""), "train.py": TRAIN}
    return Example(name, files, ("duplicate", "clean") if draws else None)


@each(
    diamond("what_both_have_in_common_comes_last", "OfImages, Random"),
    diamond("what_draws_comes_first", "Random, Certain"),
    diamond("what_draws_comes_second", "Certain, Random", draws=False),
    diamond("neither_draws", "OfImages, Certain", draws=False),
)
def test_two_bases_of_one(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


PARSES = """
import argparse
def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--phase", default="train")
    parser.add_argument("--workers", default=4, type=int)
    args = parser.parse_args()
    return args
"""
BY_PHASE = """
import numpy as np
class Set:
    def __init__(self, options):
        self.phase = options.phase
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if self.phase == "train":
            return np.random.rand()  # DRAW
        return index
"""
PROGRAM = """
from torch.utils.data import DataLoader
from data import Set
from options import parse
if __name__ == "__main__":
    options = parse()
    {before}
    rows = Set(options)
    {after}
    loader = DataLoader(rows, num_workers=options.workers)
"""


def told(name: str, before: str, after: str = "pass", *, draws: bool = True) -> Example:
    """A program that sets options of its own, before it makes its dataset and after."""
    data = BY_PHASE if draws else BY_PHASE.replace("  # DRAW", "")
    files = {"options.py": PARSES, "data.py": data, "run.py": PROGRAM.format(before=before, after=after)}
    return Example(
        name, {path: dedent(text) for path, text in files.items()}, ("duplicate", "clean") if draws else None
    )


@each(
    told("nothing", "pass"),
    told("another", "options.size = 'test'"),
    told("to_the_same", "options.phase = 'test'; options.phase = 'train'"),
    told("perhaps", "if options.debug:\n        options.phase = 'test'"),
    told("what_is_not_known", "options.phase = choose()"),
    told("for_another", "others = parse(); others.phase = 'test'"),
    told("afterwards", "pass", "options.phase = 'test'"),
    told("workers_by_their_own_number", "options.workers = int(options.workers / cards())"),
)
def test_options_that_a_program_leaves(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    told("before", "options.phase = 'test'", draws=False),
    told("in_passing", "options.phase = 'train'; options.phase = 'test'", draws=False),
    told("no_workers", "options.workers = 0", draws=False),
    told("no_workers_afterwards", "pass", "options.workers = 0", draws=False),
)
def test_options_that_a_program_sets(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def by_name(name: str, held: str, used: str, draws: bool = True) -> Example:
    """Objects in a dict, and a loader over what is taken out of it."""
    data = DATA if draws else DATA.replace("  # DRAW", "")
    made = "{each: MADE for each in names()}".replace("MADE", held)
    train = f"""
import sys
from torch.utils.data import DataLoader
from data import *

def names():
    return sys.argv[1:]

held = {made}
for batch in DataLoader({used}, num_workers=4):{"  # LOADER" if draws else ""}
    pass
"""
    return Example(name, {"data.py": data, "train.py": train}, ("duplicate", "clean") if draws else None)


@each(
    by_name("values", "Set(Shift())", "list(held.values())[0]"),
    by_name("items", "Set(Shift())", "[one for name, one in held.items()][0]"),
    by_name("get", "Set(Shift())", "held.get(sys.argv[1])"),
    by_name("pop", "Set(Shift())", "held.pop(sys.argv[1])"),
    by_name("made_of_a_class_in_them", "Set", "[one(Shift()) for one in held.values()][0]"),
    by_name("made_anew", "Set(Shift())", "{name: one for name, one in held.items()}['train']"),
    by_name("copied", "Set(Shift())", "held.copy()['train']"),
)
def test_methods_of_a_dict_with_keys_that_cannot_be_read(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    by_name("values", "Set(Flip())", "list(held.values())[0]", draws=False),
    by_name("items", "(Set(Flip()), Shift())", "[one for name, (one, _) in held.items()][0]", draws=False),
    by_name("keys", "Set(Shift())", "list(held.keys())", draws=False),
    by_name("names_of_items", "Set(Shift())", "[name for name, one in held.items()]", draws=False),
)
def test_what_a_dict_with_keys_that_cannot_be_read_has_beside_it(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def within(name: str, lines: str, used: str = "parts['train']['steps']", *, draws: bool = True) -> Example:
    """A dict of dicts that a program fills before it hands it on."""
    data = f"""
class Parted(Set):
    def __init__(self, parts):
        self.transform = {used}
"""
    return made(name, dedent(data) + "parts = {}\n" + dedent(lines), "Parted(parts)", draws=draws)


TURNS = "for name in ('train', 'test'):\n    parts[name] = {}\n    "
KNOWN = "parts = {'train': {'steps': None}, 'test': {'steps': None}}\n"


@each(
    within("by_keys", "parts['train'] = {}\nparts['train']['steps'] = Shift()"),
    within("in_turns", TURNS + "parts[name]['steps'] = Shift()"),
    within("under_any_key", KNOWN + "for name in parts:\n    parts[name]['steps'] = Shift()"),
    within("updated", KNOWN + "parts['train'].update(steps=Shift())"),
    within("updated_by_a_dict", KNOWN + "parts['train'].update({'steps': Shift()})"),
    within("a_list", "parts['train'] = []\nparts['train'].append(Shift())", "parts['train'][0]"),
    within("a_list_in_a_dict", "parts['a'] = {'b': []}\nparts['a']['b'].append(Shift())", "parts['a']['b'][0]"),
    within(
        "of_an_object",
        "class A:\n    parts = {'b': {}}\nA.parts['b']['c'] = Shift()\nparts = A.parts['b']",
        "parts['c']",
    ),
)
def test_what_is_put_into_a_dict_within_a_dict(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    within("under_another_key", KNOWN + "parts['test']['steps'] = Shift()", draws=False),
    within("under_another_key_of_the_inner", KNOWN + "parts['train']['more'] = Shift()", draws=False),
    within("overwritten", KNOWN + "parts['train']['steps'] = Shift()\nparts['train']['steps'] = Flip()", draws=False),
    within("replaced", KNOWN + "parts['train']['steps'] = Shift()\nparts['train'] = {'steps': Flip()}", draws=False),
    within(
        "another_item_of_a_list",
        "parts = [{'a': Shift(), 'b': 1}, {'a': Flip(), 'b': 1}]\nparts[0]['b'] = 3",
        "parts[1]['a']",
        draws=False,
    ),
    within(
        "another_list", "parts = {'a': [], 'b': [Flip()]}\nparts['a'].append(Shift())", "parts['b'][0]", draws=False
    ),
)
def test_what_is_put_into_another_dict_within_a_dict(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


REGISTRY = """
from data import *

class Registry(dict):
    def __init__(self, name="", *args):
        super().__init__(*args)
    def register(self, cls):
        self[cls.__name__] = cls
        return cls
    def register_as(self, name):
        def entered(cls):
            self[name] = cls
            return cls
        return entered

KINDS = Registry("kinds")
OTHERS = Registry("others")

@KINDS.register
class Kept(Set):
    pass
ENTERED
class Shifted(Set):
    def __init__(self, name=None):
        self.transform = Shift()
"""


def entered(name: str, decorator: str, used: str, draws: bool = True) -> Example:
    """A class that a decorator puts into a dict of a class of its own, and a loader over what is taken out."""
    kinds = REGISTRY.replace("ENTERED", decorator)
    train = f"""
import sys
from torch.utils.data import DataLoader
from kinds import KINDS, OTHERS

for batch in DataLoader({used}, num_workers=4):{"  # LOADER" if draws else ""}
    pass
"""
    data = DATA if draws else DATA.replace("  # DRAW", "")
    return Example(
        name, {"data.py": data, "kinds.py": kinds, "train.py": train}, ("duplicate", "clean") if draws else None
    )


@each(
    entered("by_its_own_name", "@KINDS.register", "KINDS['Shifted']()"),
    entered("by_what_a_run_says", "@KINDS.register", "KINDS[sys.argv[1]]('train')"),
    entered("by_another_name", "@KINDS.register_as('shifted')", "KINDS[sys.argv[1]]()"),
    entered("in_two", "@OTHERS.register\n@KINDS.register", "KINDS[sys.argv[1]]()"),
    entered("of_several", "@KINDS.register", "dict(a=KINDS, b=OTHERS)['a'][sys.argv[1]]()"),
    entered("another_dict", "@OTHERS.register", "KINDS[sys.argv[1]]()", draws=False),
    entered("nothing_entered", "", "KINDS[sys.argv[1]]()", draws=False),
)
def test_classes_in_a_dict_of_a_class_of_its_own(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


WHOLE = """
from dataclasses import dataclass
import hydra
from omegaconf import OmegaConf
from torch.utils.data import DataLoader
@dataclass
class Parts:
    cropper: object
    jitter: object
class Set:
    def __init__(self, parts):
        self.parts = parts
    def __getitem__(self, index):
        return {sample}
def main(path):
    made = hydra.utils.instantiate(OmegaConf.load(path))
    return DataLoader(Set(Parts(**made.parts)), num_workers=4)  # LOADER
"""
STEPS = """
import numpy as np
class Cropper:
    def transform(self, sample):
        return sample + np.random.rand(){cropped}
class Jitter:
    def __call__(self, sample):
        return sample + np.random.randn(){jittered}
class Other:
    def transform(self, sample):
        return sample + np.random.rand()
"""
PARTS = "parts:\n  cropper:\n    _target_: steps.Cropper\n  {name}:\n    _target_: steps.Jitter\n"


def of_whole(name: str, sample: str, *, cropped: bool = False, jittered: bool = False, key: str = "jitter") -> Example:
    """A dataset whose parts one call has made of all that a file describes."""
    mark = {True: "  # DRAW", False: ""}
    files = {
        "steps.py": STEPS.format(cropped=mark[cropped], jittered=mark[jittered]),
        "train.py": WHOLE.format(sample=sample),
        "conf.yaml": PARTS.format(name=key),
    }
    if not (cropped or jittered):
        files["train.py"] = files["train.py"].replace("  # LOADER", "")
        return Example(name, files, None)
    return Example(name, files, ("duplicate", "clean"))


@each(
    of_whole("method", "self.parts.cropper.transform(index)", cropped=True),
    of_whole("called", "self.parts.jitter(index)", jittered=True),
    of_whole("both", "self.parts.jitter(self.parts.cropper.transform(index))", cropped=True, jittered=True),
    of_whole("another_method", "self.parts.cropper.fit(index)"),
    of_whole("of_what_has_another_name", "self.parts.scaler.transform(index)"),
    of_whole("under_another_key", "self.parts.jitter(index)", key="noise"),
)
def test_parts_of_a_file_that_is_instantiated_at_once(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


DERIVING = """
import numpy as np
class Whole:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.pick(index)
    def pick(self, index):
        return index
class Random(Whole):
    def __getitem__(self, index):
        return np.random.rand()
def picking(base, times=1):
    class Picking(base):
        def pick(self, index):
            return index + np.random.randint(times)
    return Picking
def doubled(base):
    class Doubled(base):
        def __getitem__(self, index):
            return super().__getitem__(index) * 2
    return Doubled
"""


@pytest.mark.parametrize(
    ("made", "drawn"),
    [
        (["picking(Whole)()"], [[16]]),
        (["picking(base=Random)()"], [[12]]),
        (["picking(Whole)()", "picking(Random, times=2)()"], [[16], [12]]),
        (["picking(base=Random)()", "picking(base=Whole)()"], [[12], [16]]),
        (["doubled(Random)()", "doubled(picking(Whole))()", "doubled(Whole)()"], [[12], [16], []]),
        (["doubled(Whole)()", "Random()"], [[], [12]]),
    ],
)
def test_a_class_that_a_function_derives_from_what_it_is_given(
    check: Check, made: Sequence[str], drawn: Sequence[Sequence[int]]
) -> None:
    loaders = "".join(f"DataLoader({each}, num_workers=4)\n" for each in made)
    train = f"from torch.utils.data import DataLoader\nfrom data import *\n{loaders}"
    report = check({"data.py": DERIVING, "train.py": train})
    found = {pair.loader: [draw.line for draw in pair.draws] for pair in report.pairs}
    assert [found.get(f"train.py:{line}", []) for line in range(3, 3 + len(made))] == drawn


SWITCHED_ON = """
import copy
import numpy as np
from torch.utils.data import DataLoader, Dataset, random_split
class Set(Dataset):
    def __init__(self):
        self.moved = False
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index + np.random.rand() if self.moved else index{draw}
class Other:
    pass
{program}
"""


def switched(name: str, program: str, *, draws: bool = True) -> Example:
    text = SWITCHED_ON.format(program=dedent(program), draw="  # DRAW" if draws else "")
    return Example(name, {"train.py": text}, OLD_TORCH if draws else None)


@each(
    switched("itself", "data = Set()\ndata.moved = True\nloader = DataLoader(data, num_workers=2)"),
    switched("a_copy", "data = copy.copy(Set())\ndata.moved = True\nloader = DataLoader(data, num_workers=2)"),
    switched(
        "behind_a_part",
        "part, rest = random_split(Set(), [6, 2])\npart.dataset.moved = True\nloader = DataLoader(part, num_workers=2)",
    ),
    switched("behind_its_loader", "loader = DataLoader(Set(), num_workers=2)\nloader.dataset.moved = True"),
    switched("off_again", "data = Set()\ndata.moved = False\nloader = DataLoader(data, num_workers=2)", draws=False),
    switched("another", "data = Other()\ndata.moved = True\nloader = DataLoader(Set(), num_workers=2)", draws=False),
)
def test_a_switch_of_an_object_that_is_set_once_it_is_made(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
