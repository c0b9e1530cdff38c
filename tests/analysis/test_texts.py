"""Names that are made of texts: parts of a path, other letters, the names of classes themselves."""

import pytest

from .examples import Check, Example, assert_as_marked, each, found

SETS = """
import numpy as np
from torch.utils.data import Dataset
class Noise:
    def __call__(self, value):
        return value + np.random.rand()  # DRAW
class Still:
    def __call__(self, value):
        return value
class Set(Dataset):
    def __init__(self, transform=None):
        self.transform = transform
    def __getitem__(self, index):
        return self.transform(index)
"""
BY_PATH = """
import importlib
import sets
from torch.utils.data import DataLoader
def make(path, **named):
    {parts}
    return getattr(importlib.import_module(module), name)(**named)
loader = DataLoader(make("sets.Set", transform=sets.{kind}()), num_workers=2)  # LOADER
"""
CONFIGURED = """
import importlib
import json
import sets
from torch.utils.data import DataLoader
def make(path, **named):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)(**named)
with open("settings.json") as file:
    settings = json.load(file)
loader = DataLoader(make(settings["dataset"], transform=sets.{kind}()), num_workers=2)  # LOADER
"""
REGISTERED = """
import sets
from torch.utils.data import DataLoader
KNOWN = {{}}
def register(made):
    KNOWN[made.__name__{letters}] = made
    return made
@register
class Loud(sets.Noise):
    pass
@register
class Quiet(sets.Still):
    pass
@register
def nothing(value):
    return value
loader = DataLoader(sets.Set(KNOWN["{name}"]()), num_workers=2)  # LOADER
"""
PARTS = {
    "rpartition": 'module, _, name = path.rpartition(".")',
    "rsplit": 'module, name = path.rsplit(".", 1)',
    "named": 'module, name = path.rsplit(".", maxsplit=1)',
    "letters": 'module, name = path.split(".")[0].lower(), "set".capitalize()',
}


def spared(name: str, **files: str) -> Example:
    return Example(name, {f"{stem}.py": text.replace("  # DRAW", "") for stem, text in files.items()}, None)


@each(
    *(found(name, sets=SETS, main=BY_PATH.format(parts=parts, kind="Noise")) for name, parts in PARTS.items()),
    found("registered", sets=SETS, main=REGISTERED.format(letters="", name="Loud")),
    found("registered_in_small_letters", sets=SETS, main=REGISTERED.format(letters=".lower()", name="loud")),
)
def test_a_name_that_is_made_of_a_text(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    *(spared(name, sets=SETS, main=BY_PATH.format(parts=parts, kind="Still")) for name, parts in PARTS.items()),
    spared("registered", sets=SETS, main=REGISTERED.format(letters="", name="Quiet")),
    spared("registered_in_small_letters", sets=SETS, main=REGISTERED.format(letters=".lower()", name="quiet")),
)
def test_another_name_that_is_made_of_a_text(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@pytest.mark.parametrize(("kind", "eligible"), [("Noise", True), ("Still", False)])
def test_a_class_that_a_configuration_names_is_made_with_what_is_handed_on(
    check: Check, kind: str, eligible: bool
) -> None:
    program = CONFIGURED.format(kind=kind)
    files = {"sets.py": SETS, "main.py": program, "settings.json": '{"dataset": "sets.Set"}'}
    assert check(files).eligible is eligible


SOMEWHERE = """
import importlib
import imp
import os
import os.path as osp
import sys
from torch.utils.data import DataLoader
folder = "kinds"
kind, name = sys.argv[1:]
{loaded}
loader = DataLoader(module.Set(module.{made}()), num_workers=2)  # LOADER
"""
LOADED = {
    "imported": 'module = importlib.import_module(f"kinds.{kind}.{name}_sets")',
    "imported_by_a_sum": 'module = importlib.import_module("kinds." + kind + "." + name)',
    "imported_from_a_named_folder": 'module = importlib.import_module(f"{folder}.{kind}.{name}")',
    "loaded": 'module = imp.load_source(name, os.path.join("kinds", kind, name + ".py"))',
    "loaded_from_a_named_path": 'path = osp.join(folder, kind, "big_sets.py")\nmodule = imp.load_source(name, path)',
    "imported_by_a_named_format": 'text = "kinds.{}.{}"\nmodule = importlib.import_module(text.format(kind, name))',
    "loaded_by_a_format": 'module = imp.load_source(name, "./kinds/{}/{}.py".format(kind, name))',
}


def somewhere(name: str, place: str, made: str = "Noise", *, draws: bool = True) -> Example:
    """A program over a dataset in a module of which only a part of its path stands there."""
    data, program = (SETS, SOMEWHERE) if draws else (SETS.replace("  # DRAW", ""), SOMEWHERE.replace("  # LOADER", ""))
    files = {place: data, "train.py": program.format(loaded=LOADED[name], made=made)}
    return Example(f"{name}_{made.lower()}", files, ("duplicate", "clean") if draws else None)


@each(*(somewhere(name, "kinds/images/big_sets.py") for name in LOADED))
def test_a_module_of_which_a_part_of_the_path_is_known(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(*(somewhere(name, "kinds/images/big_sets.py", "Still", draws=False) for name in LOADED))
def test_other_classes_of_a_module_of_which_a_part_of_the_path_is_known(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
