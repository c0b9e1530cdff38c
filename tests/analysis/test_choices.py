"""Which of several objects is meant: by cases of a `match`, members of an enumeration, classes that inherit."""

from .examples import BOTH, OLD_TORCH, Check, Example, assert_as_marked, each, found, trained, unharmed

KINDS = """
import numpy as np
from enum import Enum
from torch.utils.data import DataLoader, Dataset
class Noisy(Dataset):
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
class Plain(Dataset):
    def __getitem__(self, index):
        return index
"""
PLAIN = KINDS.replace("  # DRAW", "")

BY_CASE = """
def made(name, size=4):
    match name:
        case "noisy" | "loud":
            return Noisy()
        case "sized" if size > 8:
            return Noisy()
        case "plain" | "sized":
            return Plain()
        case other:
            raise ValueError(other)
"""
BY_MEMBER = """
class Kind(Enum):
    NOISY = Noisy
    PLAIN = Plain
class Workers(Enum):
    SOME = 4
    NONE = 0
    @classmethod
    def usual(cls):
        return cls.SOME
"""
BY_METHOD = """
class Kind(Enum):
    NOISY = "noisy"
    PLAIN = "plain"
    def made(self):
        return {"noisy": Noisy, "plain": Plain}[self.value]()
    def workers(self):
        return 2 if self.value == "noisy" else 0
"""
BY_HEIR = """
class Known(Dataset):
    kinds = {}
    def __init_subclass__(cls, name=None, **named):
        super().__init_subclass__(**named)
        cls.kinds[name or cls.__name__] = cls
class One(Known, name="one"):
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
class Two(Known):
    def __getitem__(self, index):
        return index
"""


def loads(name: str, source: str, dataset: str, workers: str = "2") -> Example:
    """A program that makes its marked dataset so."""
    return found(name, train=source + f"for batch in DataLoader({dataset}, num_workers={workers}):\n    pass\n")


def spared(name: str, source: str, dataset: str, workers: str = "2") -> Example:
    """A program that makes the other dataset, or no workers."""
    program = source.replace("  # DRAW", "") + f"DataLoader({dataset}, num_workers={workers})\n"
    return Example(name, {"train.py": program}, None)


@each(
    loads("of_a_value", KINDS + BY_CASE, "made('noisy')"),
    loads("of_one_of_two", KINDS + BY_CASE, "made('loud')"),
    loads("with_a_guard", KINDS + BY_CASE, "made('sized', 9)"),
    loads("that_cannot_be_told", KINDS + "import sys\n" + BY_CASE, "made(sys.argv[1])"),
    loads(
        "that_takes_the_rest",
        KINDS + "def made(name):\n    match name:\n        case 'plain':\n            return Plain()\n"
        "        case _:\n            return Noisy()\n",
        "made('another')",
    ),
    loads(
        "that_names_what_it_takes",
        KINDS + "def made(dataset):\n    match dataset:\n        case None:\n            return Plain()\n"
        "        case given:\n            return given\n",
        "made(Noisy())",
    ),
)
def test_a_case(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    spared("of_a_value", KINDS + BY_CASE, "made('plain')"),
    spared("with_a_guard_that_does_not_hold", KINDS + BY_CASE, "made('sized', 4)"),
    spared(
        "of_none",
        KINDS + "def made(dataset):\n    match dataset:\n        case None:\n            return Plain()\n"
        "        case given:\n            return Noisy()\n",
        "made(None)",
    ),
)
def test_another_case(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    loads("by_its_name", KINDS + BY_MEMBER, "Kind.NOISY.value()"),
    loads("by_a_text", KINDS + BY_MEMBER, "Kind['NOISY'].value()"),
    loads("that_cannot_be_told", KINDS + "import sys\n" + BY_MEMBER, "Kind[sys.argv[1]].value()"),
    loads("that_is_a_number", KINDS + BY_MEMBER, "Noisy()", "Workers.SOME.value"),
    loads("by_its_value", KINDS + BY_MEMBER, "Noisy()", "Workers(4).value"),
    loads("whose_method_makes_it", KINDS + BY_METHOD, "Kind('noisy').made()"),
    loads("whose_method_asks_for_its_value", KINDS + BY_METHOD, "Noisy()", "Kind('noisy').workers()"),
    loads("from_a_method", KINDS + BY_MEMBER, "Noisy()", "Workers.usual().value"),
)
def test_a_member_of_an_enumeration(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    spared("by_its_name", KINDS + BY_MEMBER, "Kind.PLAIN.value()"),
    spared("by_a_text", KINDS + BY_MEMBER, "Kind['PLAIN'].value()"),
    spared("that_is_a_number", KINDS + BY_MEMBER, "Noisy()", "Workers.NONE.value"),
    spared("by_its_value", KINDS + BY_MEMBER, "Noisy()", "Workers(0).value"),
    spared("whose_method_makes_it", KINDS + BY_METHOD, "Kind('plain').made()"),
    spared("whose_method_asks_for_its_value", KINDS + BY_METHOD, "Noisy()", "Kind('plain').workers()"),
)
def test_another_member_of_an_enumeration(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    loads("by_the_name_it_gives", PLAIN + BY_HEIR, "Known.kinds['one']()"),
    spared("by_its_own_name", PLAIN + BY_HEIR, "Known.kinds['Two']()"),
)
def test_classes_that_are_kept_because_they_inherit(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


NAMED = KINDS.replace("class Noisy(Dataset):", "class Noisy(Dataset):\n    name = 'n'").replace(
    "class Plain(Dataset):", "class Plain(Dataset):\n    name = 'p'"
)
TABLES = {
    "comprehension": "T = {made.name: made for made in (Noisy, Plain)}",
    "their_own_names": "T = {made.__name__.strip('oisylan').lower(): made for made in [Noisy, Plain]}",
    "names_put_together": "T = {f'{made.name}': made for made in [Noisy, Plain]}",
    "pairs": "T = {name: made for name, made in [('n', Noisy), ('p', Plain)]}",
    "another_dict": "D = {'N': Noisy, 'P': Plain}\nT = {name.lower(): made for name, made in D.items()}",
    "some_of_them": "T = {made.name: made for made in (Noisy, Plain, Set) if made is not Set}",
    "names_and_classes": "T = dict(zip(['n', 'p'], (Noisy, Plain)))",
    "pairs_made_one_by_one": "T = dict((made.name, made) for made in (Noisy, Plain))",
    "loop": "T = {}\nfor made in (Noisy, Plain):\n    T[made.name] = made",
    "loop_over_pairs": "T = {}\nfor name, made in zip(['n', 'p'], [Noisy, Plain]):\n    T[name] = made",
    "loop_over_a_list_of_pairs": "T = {}\nfor name, made in [('n', Noisy), ('p', Plain)]:\n    T[name] = made",
    "keys_alone": "T = {**dict.fromkeys(['n', 'm'], Noisy), **dict.fromkeys(['p'], Plain)}",
    "function": (
        "class Found:\n    def __getitem__(self, key):\n"
        "        return next(made for made in (Noisy, Plain) if made.name == key)\nT = Found()"
    ),
}
TABLES["names_and_classes_by_name"] = f"names = ['n', 'p']\nclasses = (Noisy, Plain)\n{TABLES['names_and_classes']}"
HELD = "class Set(Dataset):\n    name = 's'\n"


@each(*(loads(name, f"{NAMED}{HELD}{table}\n", "T['n']()") for name, table in TABLES.items()))
def test_a_class_of_a_dict_that_is_put_together(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(*(spared(name, f"{NAMED}{HELD}{table}\n", "T['p']()") for name, table in TABLES.items()))
def test_another_class_of_a_dict_that_is_put_together(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    loads("key_that_cannot_be_told", f"import sys\n{NAMED}{TABLES['comprehension']}\n", "T[sys.argv[1]]()"),
    loads("keys_that_cannot_be_told", f"import sys\n{NAMED}T = dict(zip(sys.argv, (Plain, Noisy)))\n", "T['p']()"),
    loads(
        "classes_that_nobody_counts",
        f"{NAMED}T = {{each.name: each for each in Dataset.__subclasses__()}}\nT['n'] = Noisy\n",
        "T['n']()",
    ),
    loads(
        "name_that_two_of_them_have",
        f"{NAMED}{HELD}Plain.name = 'n'\nT = {{made.name: made for made in (Plain, Noisy)}}\n",
        "T['n']()",
    ),
    loads(
        "too_many_of_them",
        f"{NAMED}T = {{made.name: made for made in ({'Plain, ' * 60}Noisy)}}\n",
        "T['n']()",
    ),
)
def test_any_class_of_a_dict_that_is_put_together(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    Example(
        "splits_of_a_dict_that_one_branch_or_another_fills",
        {
            "data.py": """
import numpy as np
def noise(image):
    return image + np.random.rand()  # DRAW
def same(image):
    return image
class Set:
    def __init__(self, transform):
        self.transform = transform
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.transform(index)
def transforms(kind):
    made = {}
    if kind == "video":
        made["train"] = noise
        made["val"] = same
    elif kind == "audio":
        made["train"] = same
        made["val"] = same
    return made
""",
            "train.py": """
import argparse
from torch.utils.data import DataLoader
from data import Set, transforms
parser = argparse.ArgumentParser()
parser.add_argument("--kind", default="video")
parser.add_argument("--test", action="store_true")
args = parser.parse_args()
made = transforms(args.kind)
splits = ["val"] if args.test else ["train", "val"]
sets = {split: Set(made[split]) for split in splits}
loaders = {split: DataLoader(sets[split], num_workers=4) for split in splits}  # LOADER
""",
        },
    ),
    trained(
        "name_of_the_function_around",
        """
        import numpy as np
        def made():
            generator = None
            def start():
                nonlocal generator
                generator = np.random.RandomState(0)
            start()
            class Inner:
                def __getitem__(self, index):
                    return generator.rand()  # DRAW
            return Inner()
        Set = made
        """,
        BOTH,
    ),
    trained(
        "generator_that_a_field_makes",
        """
        import numpy as np
        from dataclasses import dataclass, field
        @dataclass
        class Set:
            rng: np.random.Generator = field(default_factory=np.random.default_rng)
            def __getitem__(self, index):
                return self.rng.random()  # DRAW
        """,
        BOTH,
    ),
    unharmed(
        "list_that_a_field_makes",
        """
        import numpy as np
        from dataclasses import dataclass, field
        @dataclass
        class Set:
            rng: list = field(default_factory=list)
            def __getitem__(self, index):
                return self.rng[index]
        """,
    ),
    unharmed(
        "same_name_of_another_function",
        """
        import numpy as np
        def other():
            generator = None
            def start():
                nonlocal generator
                generator = np.random.RandomState(0)
            start()
        class Given:
            def random(self):
                return 1
        def made():
            generator = Given()
            class Inner:
                def __getitem__(self, index):
                    return generator.random()
            return Inner()
        Set = made
        """,
    ),
)
def test_names_and_fields_that_are_filled_elsewhere(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SWITCHED = """
import numpy as np
from torch.utils.data import DataLoader, Dataset
def stretch(image, enabled=False):
    if enabled:
        return image * np.random.rand()  # DRAW
    return image
class Augmentor:
    def __init__(self, size, stretching={{"enabled": False}}):
        self.stretching = stretching
    def __call__(self, image):
        return stretch(image, **self.stretching)
class Set(Dataset):
    def __init__(self, params):
        self.augmentor = Augmentor(size=3, **params)
    def __getitem__(self, index):
        return self.augmentor(index)
def main(cfg):
    for batch in DataLoader(Set({given}), num_workers=2):  # LOADER
        pass
"""


@each(
    found("a_dict_that_cannot_be_read_may_switch_on", train=SWITCHED.format(given="cfg.augmentation")),
    Example(
        "no_dict_but_the_default",
        {"train.py": SWITCHED.format(given="{}").replace("  # DRAW", "").replace("  # LOADER", "")},
        None,
    ),
    Example(
        "a_dict_that_leaves_it_off",
        {
            "train.py": SWITCHED.format(given='{"stretching": {"enabled": False}}')
            .replace("  # DRAW", "")
            .replace("  # LOADER", "")
        },
        None,
    ),
)
def test_a_switch_in_a_dict_that_another_may_stand_in_for(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BUILDING = """
import numpy as np
from torch.utils.data import DataLoader
class Images:
    def __init__(self, move):
        self.move = move
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.move(index)
def large(move, workers):
    return DataLoader(Images(move), num_workers=workers)  # LOADER
def small(move, workers):
    return DataLoader(Images(move), num_workers=workers)  # LOADER
{table}
"""
TABLE = "BUILDERS = {'large': large, 'small': small}"
MOVES = """
import sys
import numpy as np
from building import *
def shift(index):
    return index + np.random.rand(){draw}
def still(index):
    return index
{call}
"""


def out_of_a_table(name: str, call: str, table: str = TABLE, *, draws: bool = True) -> Example:
    """Loaders that functions in a table make of what they are called with."""
    building, moves = BUILDING.format(table=table), MOVES.format(call=call, draw="  # DRAW" if draws else "")
    files = {"building.py": building if draws else building.replace("  # LOADER", ""), "train.py": moves}
    return Example(name, files, OLD_TORCH if draws else None)


@each(
    out_of_a_table("in_another_file", "loader = BUILDERS[sys.argv[1]](shift, 4)"),
    out_of_a_table("in_a_function", "def main(kind):\n    return BUILDERS.get(kind)(shift, workers=4)"),
    out_of_a_table("of_the_body", "def main(kind):\n    {'a': large, 'b': small}[kind](shift, 4)", ""),
    out_of_a_table("that_does_not_draw", "loader = BUILDERS[sys.argv[1]](still, 4)", draws=False),
    out_of_a_table("that_has_no_workers", "loader = BUILDERS[sys.argv[1]](shift, 0)", draws=False),
    out_of_a_table("of_others", "loader = OTHERS[sys.argv[1]](shift, 4)", "OTHERS = {'a': print}", draws=False),
)
def test_called_out_of_a_table(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SET_BESIDE = """
import argparse
from typing import Any
import numpy as np
from torch.utils.data import DataLoader, Dataset
class Plain(Dataset):
    def __getitem__(self, index):
        return index
class Noisy(Dataset):
    def __getitem__(self, index):
        return np.random.rand(){draw}
def plain(options):
    options.kind = Plain
    return options
def noisy(options):
    options.kind = Noisy
    return options
def load(options):
    return DataLoader(options.kind(), num_workers=2){loader}
def main():
    options = argparse.ArgumentParser().parse_args()
    options = {table}[options.name](options)
    options: Any
    for batch in load(options):
        pass
main()
"""


@each(
    found(
        "one_of_two",
        train=SET_BESIDE.format(table='{"a": plain, "b": noisy}', draw="  # DRAW", loader="  # LOADER"),
    ),
    Example("neither", {"train.py": SET_BESIDE.format(table='{"a": plain, "b": plain}', draw="", loader="")}, None),
)
def test_options_that_a_function_of_a_table_sets(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
