"""Registries of the repository's own: what is entered by a call, what a builder gives besides, what YAML describes."""

from textwrap import dedent

from .examples import OLD_TORCH, Check, Example, assert_as_marked, each

BUILDERS = """
    from torch.utils.data import DataLoader
    from framework import Registry, build_from_cfg
    DATASETS = Registry("dataset")
    LOADERS = Registry("loader")
    {entered}
    def build_dataset(cfg, default_args=None):
        return build_from_cfg(cfg, DATASETS, default_args)
    def build_dataloader(cfg, default_args=None):
        dataloader = build_from_cfg(cfg, LOADERS, default_args)  # LOADER
        return dataloader
    """

SETS = """
    import numpy as np
    from torch.utils.data import Dataset
    from builders import DATASETS
    def shift(image):
        return image + np.random.rand()  # DRAW
    def plain(image):
        return image
    {decorator}
    class Scans(Dataset):
        def __init__(self, root, transform=None, test_mode=False):
            self.transform = transform
            self.test_mode = test_mode
        def __getitem__(self, index):
            if self.test_mode:
                return index
            return self.transform(index)
    {entered}
    """

TRAIN = """
    from framework import Config
    import sets
    from builders import build_dataloader, build_dataset
    cfg = Config.fromfile("scans.py")
    data = build_dataset(cfg.data.train, {besides})
    for batch in build_dataloader(cfg.loader, dict(dataset=data)):
        pass
    """

CONFIG = """
    data = dict(train=dict(type="Scans", root="scans"{more}))
    loader = dict(type="DataLoader", num_workers=4)
    """


def program(
    name: str,
    besides: str,
    more: str = "",
    loader: str = "LOADERS.register_module(DataLoader)",
    decorator: str = "@DATASETS.register_module",
    entered: str = "",
    found: bool = True,
) -> Example:
    """A program whose loader, too, is made by a registry."""
    files = {
        "builders.py": BUILDERS.format(entered=loader),
        "sets.py": SETS.format(decorator=decorator, entered=entered),
        "scans.py": CONFIG.format(more=more),
        "train.py": TRAIN.format(besides=besides),
    }
    if not found:
        files = {path: text.replace("  # DRAW", "").replace("  # LOADER", "") for path, text in files.items()}
    return Example(name, files, OLD_TORCH if found else None)


@each(
    program("a_loader_and_what_a_builder_gives", "dict(transform=sets.shift)"),
    program("by_a_name", "dict(transform=sets.shift)", loader='LOADERS.register("DataLoader", DataLoader)'),
    program("by_a_keyword", "dict(transform=sets.shift)", loader="LOADERS.register_module(module=DataLoader)"),
    program("by_the_builders_keyword", "default_args=dict(transform=sets.shift)"),
    program(
        "a_dataset_by_a_call",
        "dict(transform=sets.shift)",
        decorator="",
        entered="DATASETS.register_module(Scans)",
    ),
    program(
        "the_configuration_before_the_builder",
        "dict(transform=sets.shift, test_mode=True)",
        ", test_mode=False",
    ),
    program("what_a_builder_gives_draws_nothing", "dict(transform=sets.plain)", found=False),
    program("a_builder_switches_it_off", "dict(transform=sets.shift, test_mode=True)", found=False),
    program("no_loader_is_entered", "dict(transform=sets.shift)", loader="LOADERS.register(Scans)", found=False),
)
def test_what_registries_make_has_what_their_builders_give(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


STEPS = """
    import numpy as np
    from framework import Registry
    DATASETS = Registry("dataset")
    STEPS = Registry("step")
    @STEPS.register_module()
    class Shift:
        def __call__(self, image):
            return image + np.random.rand()  # DRAW
    @STEPS.register_module()
    class Flip:
        def __call__(self, image):
            return -image
    """

DESCRIBED = {
    "steps.py": STEPS,
    "sets.py": """
        from framework import Compose
        from torch.utils.data import Dataset
        from steps import DATASETS
        @DATASETS.register_module()
        class Scans(Dataset):
            def __init__(self, root, pipeline):
                self.pipeline = Compose(pipeline)
            def __getitem__(self, index):
                return self.pipeline(index)
        """,
    "train.py": """
        import yaml
        from torch.utils.data import DataLoader
        from framework import build_from_cfg
        from steps import DATASETS
        import sets
        cfg = yaml.safe_load(open("scans.yaml"))
        loader = DataLoader(build_from_cfg(cfg["data"], DATASETS), num_workers=4)  # LOADER
        """,
}


def described(name: str, text: str, found: bool = True) -> Example:
    """The same program with another description of its data."""
    files = {**DESCRIBED, "scans.yaml": text}
    if not found:
        files = {path: each.replace("  # DRAW", "").replace("  # LOADER", "") for path, each in files.items()}
    return Example(name, files, OLD_TORCH if found else None)


@each(
    described("a_list", "data:\n  type: Scans\n  pipeline:\n    - type: Flip\n    - {type: Shift, by: 2}\n"),
    described(
        "another_setting_of_the_file",
        "kind: Scans\nsteps:\n  - type: Shift\ndata:\n  type: ${kind}\n  pipeline: ${steps}\n",
    ),
    described("no_class_that_draws", "data:\n  type: Scans\n  pipeline:\n    - type: Flip\n", found=False),
    described(
        "a_class_that_draws_elsewhere",
        "other:\n  - type: Shift\ndata:\n  type: Scans\n  pipeline:\n    - type: Flip\n",
        found=False,
    ),
    described("a_setting_that_is_itself", "steps: ${steps}\ndata:\n  type: Scans\n  pipeline: ${steps}\n", found=False),
    described(
        "a_setting_within_itself",
        "steps:\n  - type: Flip\n    more: ${steps}\ndata:\n  type: Scans\n  pipeline: ${steps}\n",
        found=False,
    ),
)
def test_a_registered_type_is_read_from_yaml(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


KINDS = {
    "kinds.py": """
        class Registry:
            kept = {}
            @classmethod
            def register_step(cls, name):
                def enter(step):
                    cls.kept[name] = step
                    return step
                return enter
        registry = Registry()
        def made(settings):
            return {key: registry.kept[each["type"]](**each) for key, each in settings.items()}
        """,
    "steps.py": """
        import numpy as np
        from kinds import registry
        @registry.register_step("shift")
        class Shift:
            def __init__(self, **settings):
                pass
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        @registry.register_step("flip")
        class Flip:
            def __init__(self, **settings):
                pass
            def __call__(self, image):
                return -image
        """,
    "train.py": """
        import yaml
        from torch.utils.data import DataLoader, Dataset
        from kinds import made
        import steps
        class Base(Dataset):
            def __init__(self, settings):
                for key, step in made(settings).items():
                    {set}
        class Scans(Base):
            def __getitem__(self, index):
                return self.image_step(index)
        settings = yaml.safe_load(open("scans.yaml"))
        for batch in DataLoader(Scans(settings["steps"]), num_workers=4):  # LOADER
            pass
        """,
}


def told(name: str, text: str, set_: str = "setattr(self, key, step)", found: bool = True) -> Example:
    """A dataset whose steps are attributes by the names that they have in a file."""
    files = {**KINDS, "train.py": KINDS["train.py"].replace("{set}", set_), "scans.yaml": text}
    if not found:
        files = {path: each.replace("  # DRAW", "").replace("  # LOADER", "") for path, each in files.items()}
    return Example(name, files, OLD_TORCH if found else None)


@each(
    told("the_step_of_that_name", "steps:\n  image_step:\n    type: shift\n"),
    told("another_step_of_that_name", "steps:\n  image_step:\n    type: flip\n", found=False),
    told("the_step_of_another_name", "steps:\n  text_step:\n    type: shift\n", found=False),
    told("nothing_is_set", "steps:\n  image_step:\n    type: shift\n", "print(key, step)", found=False),
    told("on_another_object", "steps:\n  image_step:\n    type: shift\n", "setattr(made, key, step)", found=False),
)
def test_attributes_that_a_class_is_told_are_read_from_yaml(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


STATES = {
    "states.py": """
        import importlib
        class State:
            def __init__(self, default=None):
                self.default = default
        def found(text):
            package, name = text.rsplit(".", 1)
            return getattr(importlib.import_module(package), name)
        class Configurable:
            def load(self, names, given):
                for name in names:
                    setattr(self, name, self.made(given.get(name)))
            def made(self, each):
                if isinstance(each, list):
                    return [self.made(one) for one in each]
                return found(each.pop("class"))(**each) if isinstance(each, dict) else each
        """,
    "loaders.py": """
        import torch
        from states import Configurable, State
        class Loader(Configurable, torch.utils.data.DataLoader):
            dataset = State()
            num_workers = State(default=4)
            def __init__(self, **given):
                self.load(["dataset", "num_workers"], given)
                torch.utils.data.DataLoader.__init__(self, self.dataset, num_workers=self.num_workers)  # LOADER
        """,
    "sets.py": """
        import numpy as np
        from torch.utils.data import Dataset
        from states import Configurable, State
        class Shift(Configurable):
            def __init__(self, **given):
                pass
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Flip(Configurable):
            def __init__(self, **given):
                pass
            def __call__(self, image):
                return -image
        class Scans(Dataset, Configurable):
            steps = State(default=[])
            def __init__(self, **given):
                self.load(["steps"], given)
            def __getitem__(self, index):
                for step in self.steps:
                    index = step(index)
                return index
        """,
    "train.py": """
        import yaml
        from states import Configurable
        loader = Configurable().made(yaml.safe_load(open("scans.yaml"))["loader"])
        for batch in loader:
            pass
        """,
}


def of_states(name: str, step: str, dataset: str = "", loader: str = "loaders.Loader", found: bool = True) -> Example:
    """A program that makes whatever its file names as a `class`."""
    steps = f"class: sets.Scans\n    steps:\n      - class: {step}\n"
    text = f"loader:\n  class: {loader}\n  num_workers: 4\n  dataset:\n    {steps}"
    if dataset:
        text = f"data:\n  images:\n    {steps}loader:\n  class: {loader}\n  dataset: {dataset}\n"
    files = {**STATES, "scans.yaml": text}
    if not found:
        files = {path: each.replace("  # DRAW", "").replace("  # LOADER", "") for path, each in files.items()}
    return Example(name, files, OLD_TORCH if found else None)


@each(
    of_states("a_loader_with_its_dataset", "sets.Shift"),
    of_states("a_loader_with_a_name_for_its_dataset", "sets.Shift", "^images"),
    of_states("a_loader_whose_dataset_draws_nothing", "sets.Flip", found=False),
    of_states("no_loader_is_named", "sets.Shift", loader="framework.Batches", found=False),
)
def test_a_loader_that_only_a_file_names(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


TABLE = {
    "train.py": """
        import json
        import numpy as np
        from torch.utils.data import DataLoader, Dataset
        class Shift:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Flip:
            def __call__(self, image):
                return -image
        class Crop(Flip):
            pass
        class Pad(Flip):
            pass
        STEPS = {"random_shift": Shift, "flip": Flip, "crop": Crop, "pad": Pad}
        class Scans(Dataset):
            def __init__(self, names):
                self.steps = [STEPS[name]() for name in names]
            def __getitem__(self, index):
                for step in self.steps:
                    index = step(index)
                return index
        config = json.load(open("configs/scans.json"))
        for batch in DataLoader(Scans(config["steps"]), num_workers=4):  # LOADER
            pass
        """,
}


def of_a_table(name: str, text: str, more: str = "", found: bool = True) -> Example:
    """A dataset with those steps of a dict that a file names."""
    files = {"configs/scans.json": text, "train.py": TABLE["train.py"] + more}
    if not found:
        files = {path: each.replace("  # DRAW", "").replace("  # LOADER", "") for path, each in files.items()}
    return Example(name, files, OLD_TORCH if found else None)


@each(
    of_a_table("named", '{"steps": ["flip", "crop", "random_shift"]}'),
    of_a_table("hardly_any_is_named", '{"steps": ["flip"]}'),
    of_a_table("named_in_code", '{"steps": ["flip", "crop", "pad"]}', '    usual = ["random_shift"]\n'),
    of_a_table("only_others_are_named", '{"steps": ["flip", "crop", "pad"]}', found=False),
)
def test_of_a_dict_of_classes_what_is_named_counts(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


MANY = {
    "registry.py": """
        class Registry:
            def __init__(self):
                self.known = {}
            def __getitem__(self, name):
                return self.known[name]
            def _enter(self, cls):
                self.known[cls.__name__] = cls
            def register(self, cls):
                self._enter(cls)
                return cls
        STEPS = Registry()
        OTHERS = Registry()
        """,
    "steps.py": """
        from numpy import random
        from registry import OTHERS, STEPS
        @STEPS.register
        class Turn:
            def __call__(self, image):
                return image * random.rand()  # DRAW
        @OTHERS.register
        class Shift:
            def __call__(self, image):
                return image + random.rand()
        """,
    "train.py": """
        import sys
        import steps
        from registry import STEPS
        from torch.utils.data import DataLoader
        from settings import load
        class Scans:
            def __init__(self, names):
                self.steps = [STEPS[name]() for name in names]
            def __getitem__(self, index):
                for step in self.steps:
                    index = step(index)
                return index
        for batch in DataLoader(Scans(load(sys.argv[1])), num_workers=4):  # LOADER
            pass
        """,
}


def of_many(name: str, number: int, more: str = "", found: bool = True) -> Example:
    """A dataset with any of the steps that are entered in one of two registries, among this number of plain ones."""
    plain = "@STEPS.register\nclass Step{}:\n    def __call__(self, image):\n        return image\n"
    steps = dedent(MANY["steps.py"]) + "".join(plain.format(each) for each in range(number))
    train = dedent(MANY["train.py"]) + more
    if not found:
        steps, train = steps.replace("  # DRAW", ""), train.replace("  # LOADER", "")
    return Example(name, {**MANY, "steps.py": steps, "train.py": train}, OLD_TORCH if found else None)


@each(
    of_many("few", 3),
    of_many("dozens", 30),
    of_many("dozens_of_which_it_is_named", 30, "usual = ['Turn', 'Step4']\n"),
    of_many("dozens_of_which_others_are_named", 30, "usual = ['Step3', 'Step4']\n", found=False),
    of_many("more_than_say_which_is_meant", 50, found=False),
)
def test_what_one_registry_of_many_has(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


KEEPERS = """
    class Kinds:
        def __init__(self):
            self.known = dict()
            self.keys = {}
        def __getitem__(self, name):
            return self.known[name]
        def enter(self, name, keys=None):
            def entering(cls):
                self.known[name] = cls
                self.keys[name] = keys
                return cls
            return entering
    STEPS = Kinds()
    OTHERS = Kinds()
    SETS = Kinds()
    """
STEPPED = """
    import numpy as np
    from kinds import OTHERS, SETS, STEPS
    @OTHERS.enter("turn")
    class Turn:
        def __init__(self, rate):
            self.rate = rate
        def __call__(self, image):
            return image + {turned}
    @STEPS.enter(name="shift")
    class Shift:
        def __init__(self, rate):
            self.rate = rate
        def __call__(self, image):
            return image + {shifted}
    @SETS.enter(name="scans")
    class Scans:
        def __init__(self, root, steps=tuple()):
            self.steps = [STEPS[step["name"]](rate=4) for step in steps]
        def __len__(self):
            return 8
        def __getitem__(self, index):
            for step in self.steps:
                index = step(index)
            return index
    """
ASKED = """
    import yaml
    from torch.utils.data import DataLoader
    import stepped
    from kinds import SETS
    settings = yaml.safe_load(open("scans.yaml"))
    data = SETS[settings["data"]["name"]](root=".", **settings["data"]["args"])
    loader = DataLoader(data, num_workers=4){mark}
    """
SCANS = "data:\n  name: scans\n  args:\n    steps:\n      - name: shift\n"
RANDOM = "np.random.rand()"


@each(
    Example(
        "in_the_one_that_is_asked",
        {
            "kinds.py": KEEPERS,
            "stepped.py": STEPPED.format(turned=RANDOM, shifted=f"{RANDOM}  # DRAW"),
            "train.py": ASKED.format(mark="  # LOADER"),
            "scans.yaml": SCANS,
        },
    ),
    Example(
        "in_another",
        {
            "kinds.py": KEEPERS,
            "stepped.py": STEPPED.format(turned=RANDOM, shifted="1"),
            "train.py": ASKED.format(mark=""),
            "scans.yaml": SCANS,
        },
        None,
    ),
)
def test_what_decorators_enter_in_a_dict_that_an_object_keeps(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
