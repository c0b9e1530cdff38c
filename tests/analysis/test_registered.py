"""Registries of the repository's own: what is entered by a call, what a builder gives besides, what YAML describes."""

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
