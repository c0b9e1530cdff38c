"""Classes, functions and settings looked up by a name: one that is written down, or one that an option says."""

import pytest

from .examples import BOTH, CLEAN, OLD_TORCH, TRANSFORMED, Check, Example, Outcomes, assert_as_marked, each, found

KINDS = (
    """
import numpy as np"""
    + TRANSFORMED
    + """\
def shift(image):
    return image + np.random.rand()  # DRAW
def plain():
    return {"data": Set(), "classes": 3}
def shifted():
    return {"data": Set(shift), "classes": 3}
class Plain(Set):
    def __init__(self):
        super().__init__()
class Shifted(Set):
    def __init__(self):
        super().__init__(shift)
KINDS = {"plain": plain, "shifted": shifted}
"""
)

TRAIN = """
import argparse
import sys
from torch.utils.data import DataLoader
import kinds
parser = argparse.ArgumentParser()
parser.add_argument("--kind", default="{default}", choices=["plain", "shifted"])
parser.add_argument("--number", type=int, default=0)
args = parser.parse_args()
def load(data, options):
    return DataLoader(data, num_workers=2)  # LOADER
settings = {made}
classes = settings.pop("classes")
for batch in load(**settings, options=args):
    pass
"""


def by_option(name: str, made: str, default: str = "plain") -> Example:
    """A program whose option says which function of `kinds.py` describes the data."""
    return found(name, kinds=KINDS, train=TRAIN.format(default=default, made=made))


def by_literal(name: str, made: str, this: str = "self") -> Example:
    """The same with a name that is written down, of a function without a draw."""
    kinds = KINDS.replace("  # DRAW", "").replace("self", this)
    return Example(name, {"kinds.py": kinds, "train.py": TRAIN.format(default="", made=made)}, None)


@each(
    by_option("an_attribute", "getattr(kinds, args.kind)()"),
    by_option("an_attribute_that_is_the_default", "getattr(kinds, args.kind)()", "shifted"),
    by_option("the_modules_own_dict", "kinds.__dict__[args.kind]()"),
    by_option("the_modules_variables", "vars(kinds)[args.kind]()"),
    by_option("an_item", "kinds.KINDS[args.kind]()"),
    by_option("an_item_that_is_asked_for", "kinds.KINDS.get(args.kind)()"),
    by_option("an_item_by_its_number", "(kinds.plain, kinds.shifted)[args.number]()"),
    by_option("an_item_by_what_the_program_is_called_with", "kinds.KINDS[sys.argv[1] if sys.argv[1:] else 'plain']()"),
    found(
        "a_class",
        kinds=KINDS,
        train="""
        import argparse
        from torch.utils.data import DataLoader
        import kinds
        parser = argparse.ArgumentParser()
        parser.add_argument("--kind", default="Plain")
        args = parser.parse_args()
        for batch in DataLoader(kinds.__dict__[args.kind](), num_workers=2):  # LOADER
            pass
        """,
    ),
    found(
        "a_class_among_the_globals",
        train=KINDS
        + """
import argparse
from torch.utils.data import DataLoader
parser = argparse.ArgumentParser()
parser.add_argument("--kind", default="Plain")
args = parser.parse_args()
for batch in DataLoader(globals()[args.kind](), num_workers=2):  # LOADER
    pass
""",
    ),
)
def test_of_what_an_option_names_any_counts(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    by_literal("an_attribute", "getattr(kinds, 'plain')()"),
    by_literal("an_attribute_of_classes_with_another_word_for_self", "getattr(kinds, 'plain')()", "this"),
    by_literal("the_modules_own_dict", "kinds.__dict__['plain']()"),
    by_literal("the_modules_variables", "vars(kinds)['plain']()"),
    by_literal("an_item", "kinds.KINDS['plain']()"),
    by_literal("an_item_that_is_asked_for", "kinds.KINDS.get('plain')()"),
    by_literal("an_item_by_its_number", "(kinds.plain, kinds.shifted)[0]()"),
)
def test_of_what_the_code_names_only_that_counts(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


TEXT = {
    "data.py": """
        import numpy as np
        class Compose:
            def __init__(self, steps):
                self.steps = steps
            def __call__(self, image):
                for step in self.steps:
                    image = step(image)
                return image
        class Crop:
            def __init__(self, size):
                self.size = size
            def __call__(self, image):
                return image[np.random.randint(self.size):]  # DRAW
        class Turn:
            def __call__(self, image):
                return image + np.random.rand()
        class Set:
            def __init__(self, transforms=""):
                self.transforms = eval(transforms or "Compose([])")
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return self.transforms(index)
        """,
    "train.py": """
        import sys
        from torch.utils.data import DataLoader
        from data import Set
        from settings import read
        args = read(sys.argv[1])
        for batch in DataLoader(Set(args.steps), num_workers=2):  # LOADER
            pass
        """,
    "settings.py": """
        import yaml
        class Settings:
            def __init__(self, values):
                self.__dict__.update(values)
        def read(path):
            return Settings(yaml.safe_load(open(path)))
        """,
    "first.yaml": "steps: # for training\n  Compose([\n    Crop((8)),\n    ])\n",
}
QUIET = {
    "data.py": TEXT["data.py"].replace("  # DRAW", ""),
    "first.yaml": "steps: Compose([])\nother: Compose([Crop(8)])\n",
}


@each(
    Example("what_it_makes", TEXT),
    Example("what_another_setting_makes", {**TEXT, **QUIET}, None),
)
def test_text_of_a_configuration_that_is_evaluated(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def own_module(name: str, asked: str, outcomes: Outcomes | None) -> Example:
    data = f"""
        import sys
        import numpy as np
        class Drawn:
            def __getitem__(self, index):
                return np.random.rand(){"  # DRAW" if outcomes else ""}
        class Still:
            def __getitem__(self, index):
                return index
        def made():
            return getattr(sys.modules[__name__], "{asked}")()
        """
    train = (
        "from torch.utils.data import DataLoader\nfrom data import made\nDataLoader(made(), num_workers=2)  # LOADER\n"
    )
    return Example(name, {"data.py": data, "train.py": train}, outcomes)


@each(own_module("that_draws", "Drawn", OLD_TORCH), own_module("that_does_not", "Still", None))
def test_class_of_the_module_itself_by_its_name(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


AUGMENTERS = """
        import numpy as np
        class Set:
            def __init__(self, cfg):
                self.steps = self.made(cfg.INPUT.STEPS)
            def made(self, text):
                from imgaug import augmenters as iaa
                from imgaug.augmenters import Fliplr, Noop, Sequential
                return eval(text)
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return self.steps.augment_image(np.zeros((4, 4, 3), np.uint8)){mark}
        """
AUGMENTED = {
    "data.py": AUGMENTERS.format(mark="  # DRAW"),
    "train.py": """
        import sys
        from mmcv import Config
        from torch.utils.data import DataLoader
        from data import Set
        cfg = Config.fromfile(sys.argv[1])
        for batch in DataLoader(Set(cfg), num_workers=2):  # LOADER
            pass
        """,
    "conf/first.py": "INPUT = dict(STEPS='Sequential([' 'Fliplr(0.5),' '])')\n",
}
LONG = "Fliplr(0.5), " * 40
STILL = {
    **AUGMENTED,
    "data.py": AUGMENTERS.format(mark=""),
    "conf/first.py": "INPUT = dict(STEPS='Noop()')\n",
}


@each(
    Example("by_name", AUGMENTED, BOTH),
    Example("of_a_module", {**AUGMENTED, "conf/first.py": "INPUT = dict(STEPS='iaa.Fliplr(0.5)')\n"}, BOTH),
    Example("of_a_long_text", {**AUGMENTED, "conf/first.py": f"INPUT = dict(STEPS='Sequential([{LONG}])')\n"}, BOTH),
    Example("that_does_nothing", STILL, None),
)
def test_augmenters_of_a_text_that_is_evaluated(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


MERGED = """
import argparse
import numpy as np
from torch.utils.data import DataLoader
def fix(seed):
    np.random.seed(seed)
    return np.random.permutation(4)
def train(args):
    fix(0)
    return list(DataLoader([1], collate_fn=globals()[args.merge], num_workers=2))
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--merge", default="merged")
    train(parser.parse_args())
def merged(batch):
    return batch
main()
"""


def test_the_function_that_asks_for_another_is_not_asked_for(check: Check) -> None:
    report = check({"train.py": MERGED})
    assert not {"train", "main"} & {pair.dataset for pair in report.pairs}
    assert (report.legacy, report.modern) == CLEAN


NAMED = """
import yaml
import {module}
from torch.utils.data import DataLoader
settings = yaml.safe_load(open("train.yaml"))
for batch in DataLoader({module}.{function}(settings["data"])(), num_workers=2):
    pass
"""


@pytest.mark.parametrize(
    ("module", "function", "drawing"),
    [
        pytest.param("pydoc", "locate", "Shifted", id="what_python_locates"),
        pytest.param("hydra.utils", "get_class", "Shifted", id="what_hydra_gets"),
        pytest.param("pydoc", "locate", "Plain", id="another"),
    ],
)
def test_a_class_that_a_text_of_a_configuration_names(check: Check, module: str, function: str, drawing: str) -> None:
    report = check(
        {
            "lib/sets.py": """
import numpy as np
class Plain:
    def __getitem__(self, index):
        return index
class Shifted:
    def __getitem__(self, index):
        return np.random.rand()
""",
            "train.yaml": f"data: lib.sets.{drawing}\n",
            "train.py": NAMED.format(module=module, function=function),
        }
    )
    assert {pair.dataset for pair in report.pairs} == {drawing} - {"Plain"}


MANY = "".join(
    f"class Step{number}:\n    def __call__(self, image):\n        return image + {number}\n" for number in range(90)
)


def of_many(name: str, draw: str, mark: str, outcomes: Outcomes | None) -> Example:
    """A program that makes what a file names of more classes than can be looked at."""
    return Example(
        name,
        {
            "many.py": MANY,
            "last.py": f"""
                import numpy as np
                class Last:
                    def __call__(self, image):
                        return image + {draw}{mark}
                """,
            "steps.py": "from many import *\nfrom last import *\ndef made(name):\n    return eval(name)()\n",
            "train.py": f"""
                import yaml
                from torch.utils.data import DataLoader, Dataset
                from steps import made
                class Scans(Dataset):
                    def __init__(self, names):
                        self.steps = [made(name) for name in names]
                    def __getitem__(self, index):
                        for step in self.steps:
                            index = step(index)
                        return index
                names = yaml.safe_load(open("steps.yaml"))
                for batch in DataLoader(Scans(names), num_workers=2):{mark.replace("DRAW", "LOADER")}
                    pass
                """,
        },
        outcomes,
    )


@each(
    of_many("one_of_them_draws", "np.random.rand()", "  # DRAW", OLD_TORCH),
    of_many("none_draws", "np.ones(3)", "", None),
)
def test_of_very_many_classes_those_with_something_random_come_first(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def renamed(name: str, drawing: str, shipped: str, outcomes: Outcomes | None) -> Example:
    """A program whose option names a class with its module, and a shipped configuration with its own word for that."""
    moved = "class Moved(Still):\n    def __getitem__(self, index):\n        return np.random.rand()"
    return Example(
        name,
        {
            "kinds/sets.py": "import numpy as np\nfrom torch.utils.data import Dataset\n"
            "class Still(Dataset):\n    def __len__(self):\n        return 8\n"
            "    def __getitem__(self, index):\n        return index\n"
            + moved.replace("np.random.rand()", drawing)
            + ("  # DRAW\n" if outcomes else "\n"),
            "config/train.yaml": f"kind: kinds.sets.{shipped}\nworkers: 4\n",
            "train.py": """
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
                parser.add_argument("--config")
                parser.add_argument("--kind", default="kinds.Plain")
                parser.add_argument("--workers", type=int, default=1)
                first = parser.parse_args()
                parser.set_defaults(**yaml.safe_load(open(first.config)))
                args = parser.parse_args()
                for batch in DataLoader(import_class(args.kind)(), num_workers=args.workers):  # LOADER
                    pass
                """,
        },
        outcomes,
    )


@each(
    renamed("named_as_it_is_called", "np.random.rand()", "Moved", OLD_TORCH),
    renamed("named_as_it_was_called", "np.random.rand()", "MovedOnce", OLD_TORCH),
    renamed("another_one_is_named", "np.random.rand()", "Still", None),
    renamed("none_draws", "0", "MovedOnce", None),
)
def test_a_class_that_is_called_otherwise_in_a_shipped_configuration(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def starred(name: str, first: str, last: str, outcomes: Outcomes | None) -> Example:
    """Two files with a class of one name, both imported with a star."""
    draw = "np.random.rand()  # DRAW" if outcomes else "np.random.rand()"
    step = "import numpy as np\nclass Move:\n    def __call__(self, image):\n        return image + {value}\n"
    return Example(
        name,
        {
            "moving.py": step.format(value=draw),
            "still.py": step.format(value="1"),
            "data.py": TRANSFORMED,
            "train.py": f"""
                from torch.utils.data import DataLoader
                from data import *
                from {first} import *
                from {last} import *
                for batch in DataLoader(Set(Move()), num_workers=2):  # LOADER
                    pass
                """,
        },
        outcomes,
    )


@each(
    starred("last_one_draws", "still", "moving", OLD_TORCH),
    starred("last_one_does_not", "moving", "still", None),
)
def test_of_two_files_with_one_name_the_last_gives_it(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def test_a_star_of_a_file_that_itself_asks_the_package_gives_no_name(check: Check) -> None:
    """Files that import what they only name in types from the package that imports them."""
    files = {
        "lab/__init__.py": "from lab.sets import *\nfrom lab.shows import *\n",
        "lab/sets.py": "import numpy as np\nclass Noisy:\n    def __getitem__(self, index):\n"
        "        return np.random.rand()\n",
        "lab/shows.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lab import Noisy\n"
        "def show(data: 'Noisy'):\n    print(data)\n",
        "train.py": "from torch.utils.data import DataLoader\nfrom lab import Noisy\n"
        "loader = DataLoader(Noisy(), num_workers=2)\n",
    }
    (pair,) = check(files).pairs
    assert (pair.legacy, pair.modern) == OLD_TORCH


def left_out(name: str, star: str, outcomes: Outcomes | None, **more: str) -> Example:
    """A program whose names come with a star from a module that is not among its files, unless `more` has it."""
    draw = "np.random.rand()  # DRAW" if outcomes else "np.random.rand()"
    loaded = "DataLoader(Points(), num_workers=2)" + ("  # LOADER" if outcomes else "")
    program = (
        f"{star}\nclass Points(Dataset):\n    def __len__(self):\n        return 8\n"
        f"    def __getitem__(self, index):\n        return {draw}\n"
        f"loader = {loaded}\n"
    )
    return Example(name, {"train.py": program, **{f"{stem}.py": text for stem, text in more.items()}}, outcomes)


@each(
    left_out("missing", "from common import *", OLD_TORCH),
    left_out("missing_in_a_package", "from .common import *", OLD_TORCH),
    left_out("beside_the_standard_library", "from math import *\nfrom lab.all_of_it import *", OLD_TORCH),
    left_out("there_without_them", "from common import *", None, common="import os\n"),
    left_out("of_the_standard_library_alone", "from math import *", None),
    left_out("of_another_framework", "from paddle.io import *\nimport numpy as np", None),
)
def test_what_only_a_file_that_was_left_out_can_give(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def lost(name: str, asked: str, outcomes: Outcomes | None, **more: str) -> Example:
    """A program that takes its dataset from where it no longer is, beside the files `more`."""
    drawing = "import numpy as np\nclass Noisy{}:\n    def __len__(self):\n        return 8\n"
    drawing += "    def __getitem__(self, index):\n        return np.random.rand(){}\n"
    still = drawing.replace("np.random.rand()", "index").format("", "")
    loaded = "Noisy(), num_workers=2)" + ("  # LOADER" if outcomes else "")
    return Example(
        name,
        {
            "lab/__init__.py": "",
            "lab/sets.py": "class Other:\n    pass\n",
            "old/moved.py": drawing.format("", "  # DRAW") if outcomes else still,
            "old/another.py": drawing.format("Scans", ""),
            "old/use.py": "from .moved import Noisy\nfrom .another import NoisyScans\nprint(Noisy, NoisyScans)\n",
            "train.py": f"from torch.utils.data import DataLoader\n{asked}\nloader = DataLoader({loaded}\n",
            **{f"{stem}.py": text for stem, text in more.items()},
        },
        outcomes,
    )


@each(
    lost("package", "from lab import Noisy", OLD_TORCH),
    lost("module", "from lab.sets import Noisy", OLD_TORCH),
    lost("file", "from .gone import Noisy", OLD_TORCH),
    lost("package_where_it_draws_nothing", "from lab import Noisy", None),
    lost("module_where_it_draws_nothing", "from lab.sets import Noisy", None),
)
def test_a_class_that_is_no_longer_where_it_is_taken_from_is_the_one_of_its_name(
    check: Check, example: Example
) -> None:
    assert_as_marked(check(example.sources()), example)


NOISE = "def noisy(image):\n    return image + np.random.rand()"


def not_imported(name: str, star: str, outcomes: Outcomes | None, noise: str = NOISE, **more: str) -> Example:
    """A program that hands a dataset a function which stands in another file and comes with no import."""
    train = f"{star}\nimport data\nfrom torch.utils.data import DataLoader\n"
    train += "for batch in DataLoader(data.Set(noisy), num_workers=2):\n    pass\n"
    drawing = f"import numpy as np\n{noise}{'  # DRAW' if outcomes else ''}\n"
    return Example(name, {"data.py": TRANSFORMED, "noise.py": drawing, "train.py": train, **more}, outcomes)


@each(
    not_imported("without_any", "", OLD_TORCH),
    not_imported("that_goes_wrong", "from .noise.py import *", OLD_TORCH),
    not_imported("that_a_librarys_may_be", "from fastai.vision.all import *", None),
    not_imported("that_another_file_may_be", "", None, **{"other.py": "def noisy(image):\n    return image\n"}),
    not_imported("of_a_method", "", None, "class Noise:\n    def noisy(self, image):\n        return np.random.rand()"),
)
def test_a_function_that_one_other_file_has_is_meant_without_an_import(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BASES = """
import numpy as np
from torch.utils.data import Dataset
class StreetScans(Dataset):
    def shift(self, index):
        return index + np.random.rand()  # DRAW
class FieldScans(Dataset):
    def shift(self, index):
        return index + np.random.randn()  # DRAW
"""
DERIVED = """
def get_{name}_set(base):
    class {title}Set(base):
        def __getitem__(self, index):
            return {item}
    return {title}Set
"""
TOGETHER = """
import sys
import yaml
from torch.utils.data import DataLoader
from bases import FieldScans, StreetScans
from late import get_late_set
from early import get_early_set
settings = yaml.safe_load(open(sys.argv[1]))
name = "get_" + settings["way"] + "_set"
name = eval(name)
base = eval(settings["place"].capitalize() + "Scans")
for batch in DataLoader(name(base)(), num_workers=2):  # LOADER
    pass
"""


def together(name: str, item: str, outcomes: Outcomes | None, **texts: str) -> Example:
    """A function told by a name that is put together derives a class from one that is told so too."""
    files = {
        "bases": BASES,
        "late": DERIVED.format(name="late", title="Late", item="index"),
        "early": DERIVED.format(name="early", title="Early", item=item),
        "train": TOGETHER,
    }
    marked = {f"{stem}.py": text for stem, text in {**files, **texts}.items()}
    bare = {path: text.replace("  # DRAW", "").replace("  # LOADER", "") for path, text in marked.items()}
    return Example(name, marked if outcomes is not None else bare, outcomes)


@each(
    together("each_base", "self.shift(index)", OLD_TORCH),
    together("no_draw", "index", None),
    together(
        "a_function_of_another_name",
        "self.shift(index)",
        None,
        early=DERIVED.format(name="early", title="Early", item="self.shift(index)").replace("_set", "_sets"),
        train=TOGETHER.replace("get_early_set", "get_early_sets"),
    ),
)
def test_functions_and_bases_by_names_that_are_put_together(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SETTINGS = """
class Settings:
    kinds = ["Street", "Field"]
    tested = "Test"
settings = Settings()
"""
SCANS = """
from torch.utils.data import Dataset
from shifts import shift
class {name}(Dataset):
    def __init__(self, part):
        self.part = part
    def __getitem__(self, index):
        return shift(index, self.part)
"""
SHIFTS = """
import numpy as np
def shift(index, part):
    if part == "train":
        index += np.random.rand()  # DRAW
    return index
"""
EXECUTED = """
from torch.utils.data import ConcatDataset, DataLoader
from settings import settings
for kind in settings.kinds:
    exec("from " + kind + " import " + kind)
exec(f"from {settings.tested} import {settings.tested}")
def train():
    sets = []
    for kind in settings.kinds:
        sets.append(eval(kind)("train"))
    return DataLoader(ConcatDataset(sets), num_workers=2)  # LOADER
def test():
    return DataLoader(eval(settings.tested)("test"), num_workers=2)
train()
test()
"""


def test_what_a_text_imports(check: Check) -> None:
    names = {f"data/{name}/{name}.py": SCANS.format(name=name) for name in ("Street", "Field", "Test", "Unnamed")}
    pairs = check({"settings.py": SETTINGS, "shifts.py": SHIFTS, "train.py": EXECUTED, **names}).pairs
    assert {(pair.dataset, pair.loader) for pair in pairs} == {("Street", "train.py:11"), ("Field", "train.py:11")}
