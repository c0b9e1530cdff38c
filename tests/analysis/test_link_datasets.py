"""Datasets that are loaded by a path, added up, or given a transform once they are made."""

from collections.abc import Sequence
from textwrap import dedent

import pytest

from .examples import OLD_TORCH, Check, Example, Files, Outcomes, assert_as_marked, each, found

DATA = """
import numpy as np
class Set:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
"""
PLAIN = """
class Set:
    def __init__(self, transform=None):
        self.transform = transform
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index if self.transform is None else self.transform(index)
"""
NOISE = """
import numpy as np
def noisy(sample):
    return sample + np.random.rand()  # DRAW
"""


def transformed(name: str, train: str) -> Example:
    """A dataset without a draw, and a transform with one."""
    return found(name, data=PLAIN, noise=NOISE, train=train)


@each(
    found(
        "file_named_at_run_time",
        data=DATA,
        train="""
        import imp
        from torch.utils.data import DataLoader
        from options import cfg
        loader = DataLoader(imp.load_source(cfg.module, cfg.path).Set(), num_workers=4)
        """,
    ),
    found(
        "file_named_in_the_program",
        data=DATA,
        other=DATA.replace("  # DRAW", ""),
        train="""
        import importlib.util
        from torch.utils.data import DataLoader
        spec = importlib.util.spec_from_file_location("data", "data.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loader = DataLoader(module.Set(), num_workers=4)
        """,
    ),
    Example(
        "class_of_a_module_named_at_run_time",
        {
            "first/__init__.py": "from .sets import Set as dataset\n",
            "first/sets.py": DATA,
            "second/__init__.py": "from .sets import Set as dataset\n",
            "second/sets.py": DATA,
            "train.py": """
            from torch.utils.data import DataLoader
            import first, second
            from options import cfg
            loader = DataLoader(eval(f"{cfg.name}.dataset")(), num_workers=4)
            """,
        },
    ),
    found(
        "sum_of_a_list",
        data=DATA,
        train="""
        from torch.utils.data import DataLoader
        from data import Set
        parts = []
        for name in ("a", "b"):
            parts.append(Set())
        loader = DataLoader(sum(parts), num_workers=4)
        """,
    ),
    Example(
        "folder_of_the_repository_is_the_package",
        {
            "data/sets.py": DATA,
            "data/__init__.py": "from .. import shapes\nfrom .sets import Set\n",
            "shapes.py": "",
            "examples/train.py": """
            from torch.utils.data import DataLoader
            from project.data import Set
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
    ),
    Example(
        "folder_of_the_repository_has_the_name_of_the_package",
        {
            "data/sets.py": DATA,
            "data/noise.py": "def quiet(sample):\n    return sample\n",
            "train.py": """
            from torch.utils.data import DataLoader
            from project.data.noise import (
                quiet,
                loud,  # it is not there
            )
            from project.data.sets import Set as Samples
            from project.data import sets
            loader = DataLoader(Samples(), num_workers=4)
            """,
        },
    ),
    Example(
        "repository_is_a_folder_of_a_package",
        {
            "data/sets.py": DATA,
            "data/noise.py": "def quiet(sample):\n    return sample\n",
            "train.py": """
            from torch.utils.data import DataLoader
            from group.project.data.noise import quiet
            from group.project.data.sets import Set
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
    ),
    Example(
        "only_file_of_a_folder_lies_above_it",
        {
            "sets.py": DATA,
            "data/train.py": """
            from torch.utils.data import DataLoader
            from data.sets import Set
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
    ),
    Example(
        "files_of_the_folder_datasets_lie_above_it",
        {
            "sets.py": DATA,
            "noise.py": "def quiet(sample):\n    return sample\n",
            "train.py": """
            from torch.utils.data import DataLoader
            from datasets.noise import quiet
            from datasets.sets import Set
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
    ),
    transformed(
        "transform_of_what_was_split",
        """
        from torch.utils.data import DataLoader, random_split
        from data import Set
        from noise import noisy
        train, test = random_split(Set(), [6, 2])
        train.dataset.transform = noisy
        loader = DataLoader(train, num_workers=4)
        """,
    ),
    transformed(
        "attribute_set_by_name",
        """
        from torch.utils.data import DataLoader
        from data import Set
        from noise import noisy
        dataset = Set()
        setattr(dataset, "transform", noisy)
        loader = DataLoader(dataset, num_workers=4)
        """,
    ),
    transformed(
        "transform_of_a_library's_dataset",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import CIFAR10
        from noise import noisy
        dataset = CIFAR10(".")
        dataset.transform = noisy
        loader = DataLoader(dataset, num_workers=4)
        """,
    ),
    transformed(
        "composition_of_a_library's_dataset",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import CIFAR10
        from torchvision.transforms import Compose, ToTensor
        from noise import noisy
        dataset = CIFAR10(".")
        dataset.transform = Compose([ToTensor(), noisy])
        loader = DataLoader(dataset, num_workers=4)
        """,
    ),
    transformed(
        "transform_of_a_library's_dataset_that_was_split",
        """
        from torch.utils.data import DataLoader, random_split
        from torchvision.datasets import CIFAR10
        from noise import noisy
        def load():
            train, test = random_split(CIFAR10("."), [6, 2])
            train.dataset.transform = noisy
            return DataLoader(train, num_workers=4)
        """,
    ),
    transformed(
        "transform_of_a_library's_dataset_before_it_is_joined",
        """
        from torch.utils.data import ConcatDataset, DataLoader
        from torchvision.datasets import CIFAR10
        from noise import noisy
        first, second = CIFAR10("a"), CIFAR10("b")
        first.transform = noisy
        loader = DataLoader(ConcatDataset([first, second]), num_workers=4)
        """,
    ),
    transformed(
        "transform_by_its_place_for_a_library's_dataset",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import CIFAR10
        from noise import noisy
        class Pictures(CIFAR10):
            def __getitem__(self, index):
                return self.transform(self.data[index])
        loader = DataLoader(Pictures(".", True, noisy, None, True), num_workers=4)
        """,
    ),
    transformed(
        "transform_by_its_place_for_a_library's_constructor",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        from noise import noisy
        class Pictures(ImageFolder):
            def __init__(self, root, changed, size):
                super(Pictures, self).__init__(root, changed)
                self.size = size
            def __getitem__(self, index):
                image, label = super(Pictures, self).__getitem__(index)
                return image, label, index
        loader = DataLoader(Pictures(".", noisy, 8), num_workers=4)
        """,
    ),
    *(
        transformed(
            f"transform_by_its_place_for_{base}",
            f"""
            from torch.utils.data import DataLoader
            from {module} import {base}
            from noise import noisy
            class Scans({base}):
                def __init__(self, files, changed):
                    super().__init__(files, changed)
            loader = DataLoader(Scans([1], noisy), num_workers=4)
            """,
        )
        for module, base in (
            ("monai.data", "CacheDataset"),
            ("torchio", "SubjectsDataset"),
            ("torch_geometric.data", "InMemoryDataset"),
        )
    ),
    transformed(
        "transform_of_graphs_that_a_method_gets",
        """
        import torch
        from torch_geometric.data import Dataset
        from torch_geometric.loader import DataLoader
        from noise import noisy
        class Graphs(Dataset):
            def __init__(self, root, transform=None, pre_transform=None):
                super().__init__(root, transform, pre_transform)
            def len(self):
                return 8
            def get(self, index):
                return torch.load(f"{index}.pt")
        loader = DataLoader(Graphs(".", noisy), num_workers=4)
        """,
    ),
    transformed(
        "transform_of_a_table_in_a_function",
        """
        from datasets import load_dataset
        from torch.utils.data import DataLoader
        from noise import noisy
        def main():
            dataset = load_dataset("images")
            dataset.set_transform(transform=noisy)
            return DataLoader(dataset, num_workers=4)
        main()
        """,
    ),
    transformed(
        "transform_of_a_part_of_a_table",
        """
        from datasets import load_dataset
        from torch.utils.data import DataLoader
        from noise import noisy
        dataset = load_dataset("images")
        dataset["train"].set_transform(noisy)
        loader = DataLoader(dataset["train"], num_workers=4)
        """,
    ),
    transformed(
        "transform_of_a_table",
        """
        from datasets import load_dataset
        from torch.utils.data import DataLoader
        from noise import noisy
        dataset = load_dataset("images")
        dataset.set_transform(noisy)
        loader = DataLoader(dataset, num_workers=4)
        """,
    ),
)
def test_found_in_the_loader_that_gets_it(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    Example(
        "package_of_another's_name",
        {
            "data/sets.py": DATA.replace("  # DRAW", ""),
            "data/__init__.py": "from .sets import Set\n",
            "train.py": """
            from torch.utils.data import DataLoader
            from project.data import Set
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
        None,
    ),
    Example(
        "package_from_outside_with_folders_of_the_same_names",
        {
            "data/sets.py": DATA.replace("  # DRAW", ""),
            "train.py": """
            from torch.utils.data import DataLoader
            from library.data.sets import Others
            from library.models import net
            loader = DataLoader(Others(), num_workers=4)
            """,
        },
        None,
    ),
    Example(
        "package_from_outside_with_a_file_that_uses_what_it_has",
        {
            "sets.py": "from library.more import Whole\n" + DATA.replace("  # DRAW", ""),
            "train.py": """
            from torch.utils.data import DataLoader
            from library.sets import Set, Whole
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
        None,
    ),
    Example(
        "package_from_outside_whose_folder_has_folders_of_the_same_names",
        {
            "data/sets.py": DATA.replace("  # DRAW", ""),
            "data/noise.py": "def quiet(sample):\n    return sample\n",
            "train.py": """
            from torch.utils.data import DataLoader
            from library.vision.data.noise import loud
            from library.vision.data.sets import Set
            loader = DataLoader(Set(), num_workers=4)
            """,
        },
        None,
    ),
    transformed(
        "transform_that_a_library's_constructor_is_not_given",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        from noise import noisy
        class Pictures(ImageFolder):
            def __init__(self, root, changed):
                super().__init__(root)
                self.changed = changed
            def __getitem__(self, index):
                image, label = super().__getitem__(index)
                return image, label, index
        loader = DataLoader(Pictures(".", noisy), num_workers=4)
        """,
    ),
    transformed(
        "transform_of_graphs_before_they_are_kept",
        """
        from torch_geometric.data import InMemoryDataset
        from torch_geometric.loader import DataLoader
        from noise import noisy
        class Graphs(InMemoryDataset):
            def __init__(self, root, changed, kept):
                super().__init__(root, changed, kept)
            def process(self):
                return self.pre_transform(1)
        loader = DataLoader(Graphs(".", None, noisy), num_workers=4)
        """,
    ),
    transformed(
        "what_a_library_s_graphs_are_kept_by",
        """
        from torch_geometric.datasets import TUDataset
        from torch_geometric.loader import DataLoader
        from noise import noisy
        graphs = TUDataset(".", "MUTAG", pre_transform=noisy, pre_filter=lambda graph: noisy(graph) > 0)
        loader = DataLoader(graphs, num_workers=4)
        """,
    ),
    transformed(
        "transform_of_another_dataset_that_was_split",
        """
        from torch.utils.data import DataLoader, random_split
        from torchvision.datasets import CIFAR10
        from noise import noisy
        shown, used = CIFAR10("a"), CIFAR10("b")
        shown.transform = noisy
        train, test = random_split(used, [6, 2])
        loader = DataLoader(train, num_workers=4)
        """,
    ),
    transformed(
        "transform_of_another_dataset",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import CIFAR10
        from noise import noisy
        shown, used = CIFAR10("a"), CIFAR10("b")
        shown.transform = noisy
        loader = DataLoader(used, num_workers=4)
        """,
    ),
)
def test_not_found_in_another(check: Check, example: Example) -> None:
    unmarked = {path: text.replace("  # DRAW", "") for path, text in example.files.items()}
    assert_as_marked(check(Example(example.name, unmarked, None).sources()), Example(example.name, unmarked, None))


@each(
    found(
        "class_that_an_option_names",
        data=DATA,
        train="""
        import argparse
        from torch.utils.data import DataLoader
        import data
        parser = argparse.ArgumentParser()
        parser.add_argument("--kind")
        args = parser.parse_args()
        classes = {name: getattr(data, name) for name in dir(data)}
        setattr(args, "dataset_class", classes[args.kind])
        loader = DataLoader(args.dataset_class(), num_workers=4)
        """,
    ),
)
def test_a_class_that_only_a_run_names_is_one_of_those_there_are(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@pytest.mark.parametrize(("method", "drawn"), [("__call__", []), ("__getitem__", [5])])
def test_what_is_only_called_is_no_dataset(check: Check, method: str, drawn: Sequence[int]) -> None:
    """A class that a run names is one that a loader can take: no step that its module imports."""
    report = check(
        {
            "steps.py": f"""
import numpy as np
class Noise:
    def {method}(self, image):
        return image + np.random.rand()
""",
            "data.py": """
from steps import Noise
class Set:
    def __getitem__(self, index):
        return index
""",
            "train.py": """
import importlib
import sys
from torch.utils.data import DataLoader
def make(name):
    return getattr(importlib.import_module("data"), name)()
loader = DataLoader(make(sys.argv[1]), num_workers=2)
""",
        }
    )
    assert [draw.line for pair in report.pairs for draw in pair.draws] == drawn


MANY = """
import numpy as np
from torch.utils.data import DataLoader
class Set:
    def __init__(self, name, augment):
        self.augment = augment
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if self.augment:
            return np.random.rand()  # DRAW
        return index
def load(name, augment):
    return DataLoader(Set(name, augment), num_workers=4)
"""


@each(
    found(
        "the_twentieth_that_is_made_otherwise",
        data=MANY,
        train="from data import load\nimport sys\n" + "load(sys.argv[1], False)\n" * 19 + "load(sys.argv[1], True)\n",
    ),
    found(
        "one_of_twenty_made_alike",
        data=MANY,
        train="from data import load\nimport sys\n" + "load(sys.argv[1], True)\n" * 20,
    ),
)
def test_each_kind_of_object_is_followed(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


PIPES = """
import numpy as np
from torch.utils.data import IterDataPipe, functional_datapipe
from torch.utils.data.datapipes.iter import Mapper
class Source(IterDataPipe):
    def __iter__(self):
        yield from range(8)
@functional_datapipe("jitter")
class Jitter(IterDataPipe):
    def __init__(self, source):
        self.source = source
    def __iter__(self):
        for sample in self.source:
            yield sample + np.random.rand()
@functional_datapipe("map_safely")
class Safe(Mapper):
    def __iter__(self):
        for sample in self.datapipe:
            yield self.fn(sample)
def noisy(sample):
    return sample + np.random.rand()
"""


@pytest.mark.parametrize(
    ("chain", "drawing"),
    [
        ("Source().shuffle().jitter().batch(4)", ["Jitter.__iter__"]),
        ("Source().map(noisy).batch(4)", ["noisy"]),
        ("Source().map_safely(noisy)", ["noisy"]),
        ("Source().map_safely(len).shuffle().batch(4)", []),
    ],
)
def test_pipes_have_the_pipes_that_are_registered_for_methods(check: Check, chain: str, drawing: Sequence[str]) -> None:
    report = check(
        {
            "flow.py": PIPES,
            "train.py": f"""
from torch.utils.data import DataLoader
from flow import Jitter, Source, noisy
loader = DataLoader({chain}, num_workers=4)
""",
        }
    )
    assert [draw.via[-1].rpartition(" ")[2] for pair in report.pairs for draw in pair.draws] == drawing


def test_alike_but_for_what_is_set_later(check: Check) -> None:
    """Loaders of datasets that are made alike: what each one's function sets on its dataset tells them apart."""
    report = check(
        {
            "train.py": dedent("""
                import numpy as np
                from torch.utils.data import DataLoader
                class Shift:
                    def __call__(self, image):
                        return image + np.random.rand()
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
                for _ in range(2):
                    train_loader(Images())
                train_loader(Images())
                train_loader(Images())
                val_loader(Images())
            """)
        }
    )
    assert {pair.loader for pair in report.pairs} == {"train.py:18"}


@pytest.mark.parametrize(("framework", "eligible"), [("torch.utils.data", True), ("paddle.io", False)])
def test_a_loader_that_cannot_be_read_takes_no_other_frameworks_datasets(
    check: Check, framework: str, eligible: bool
) -> None:
    data = f"import numpy as np\nfrom {framework} import Dataset\n" + DATA.replace("class Set:", "class Set(Dataset):")
    train = """
    from torch.utils.data import DataLoader
    import data
    def wrap(loader):
        return DataLoader(loader.dataset, num_workers=loader.num_workers)
    """
    report = check({"data.py": data, "train.py": dedent(train), "other.py": "from data import Set\nSet()\n"})
    assert report.eligible is eligible


def test_an_object_that_a_text_with_parts_put_in_makes(check: Check) -> None:
    train = """
    import argparse
    from torch.utils.data import DataLoader
    from data import Set
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="Set(`root`)")
    args = parser.parse_args()
    dataset = eval(args.data.replace("`root`", "'.'"))
    loader = DataLoader(dataset, num_workers=4)
    """
    example = found("text", data=DATA, train=train)
    assert_as_marked(check(example.sources()), example)


ENTERED = """
import sys
import numpy as np
from torch.utils.data import DataLoader, Dataset
KINDS = {{}}
{base}
class Moon(Base):
    def __getitem__(self, index):
        return np.random.rand()
for batch in DataLoader(KINDS[sys.argv[1]](), num_workers=2):
    pass
"""


@pytest.mark.parametrize(
    ("base", "entered"),
    [
        pytest.param(
            "class Base(Dataset):\n    def __init_subclass__(cls):\n        KINDS[cls.__name__] = cls\n",
            True,
            id="by_its_base",
        ),
        pytest.param(
            "class Entering(type):\n    def __init__(cls, name, bases, body):\n        KINDS[name] = cls\n"
            "class Base(Dataset, metaclass=Entering):\n    pass\n",
            True,
            id="by_its_metaclass",
        ),
        pytest.param("import abc\nclass Base(Dataset, metaclass=abc.ABCMeta):\n    pass\n", False, id="by_nothing"),
    ],
)
def test_a_class_that_is_entered_where_it_is_defined(check: Check, base: str, entered: bool) -> None:
    report = check({"train.py": ENTERED.format(base=base)})
    assert bool(report.pairs) is entered


AGAIN = """
from functools import partial
from torch.utils.data import ConcatDataset, DataLoader, Dataset
from torchvision import transforms
from data import Set
from noise import noisy
from plain import Set as Plain
class Around(Dataset):
    def __init__(self, inner, times=1):
        self.inner = inner
    def __len__(self):
        return len(self.inner)
    def __getitem__(self, index):
        return self.inner[index]
def applied(sample, function=None):
    return function(sample)
"""
QUIET = {"data": DATA.replace("  # DRAW", ""), "noise": NOISE.replace("  # DRAW", ""), "plain": PLAIN}


def drawing(name: str, body: str) -> Example:
    """A function that makes a loader whose dataset draws."""
    return found(name, data=DATA, noise=QUIET["noise"], plain=PLAIN, train=AGAIN + dedent(body))


def transforming(name: str, body: str) -> Example:
    """A function that makes a loader whose transform draws."""
    return found(name, data=QUIET["data"], noise=NOISE, plain=PLAIN, train=AGAIN + dedent(body))


@each(
    drawing(
        "a_name",
        """
        def make():
            data = Set()
            data = Around(
                data,
                times=3,
            )
            return DataLoader(data, num_workers=4)
        make()
        """,
    ),
    drawing(
        "a_parameter",
        """
        def make(data):
            data = Around(
                data, times=3
            )
            return DataLoader(data, num_workers=4)
        make(Set())
        """,
    ),
    drawing(
        "a_name_in_a_branch",
        """
        def make(times):
            data = Set()
            if times > 1:
                data = Around(
                    data, times
                )
            return DataLoader(data, num_workers=4)
        make(2)
        """,
    ),
    drawing(
        "an_item_of_a_dict",
        """
        def make():
            data = {"train": Set(), "valid": Plain()}
            data["train"] = Around(
                data["train"],
                times=2,
            )
            return DataLoader(data["train"], num_workers=4)
        make()
        """,
    ),
    drawing(
        "a_list",
        """
        def make():
            data = []
            data.append(
                Set()
            )
            data = ConcatDataset(
                data
            )
            return DataLoader(data, num_workers=4)
        make()
        """,
    ),
    transforming(
        "a_function",
        """
        def make():
            change = noisy
            change = partial(
                applied,
                function=change,
            )
            return DataLoader(Plain(change), num_workers=4)
        make()
        """,
    ),
)
def test_what_is_made_of_itself_over_several_lines(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    Example(
        "of_another_one",
        {f"{stem}.py": text for stem, text in QUIET.items()}
        | {
            "train.py": AGAIN
            + dedent(
                """
                def make(data):
                    data = Around(
                        Plain(),
                        times=len(data),
                    )
                    return DataLoader(data, num_workers=4)
                make(Set())
                """
            )
        },
        None,
    ),
)
def test_what_is_made_anew_over_several_lines(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


KEPT = """
from torch.utils.data import DataLoader
from lab import Data
from data import Set
from plain import Plain

class Experiment(Data):
    def load_datasets(self):
        self.datasets["train"] = {train}
        self.datasets["test"] = {test}
    def load_loaders(self, num_workers):
        self.loaders["train"] = DataLoader(self.datasets["train"], num_workers=num_workers){mark}
        self.loaders["test"] = DataLoader(self.datasets["test"], num_workers=0)
"""


@each(
    found(
        "the_one_of_the_loader",
        data=DATA,
        plain=PLAIN.replace("Set", "Plain"),
        train=KEPT.format(train="Set()", test="Plain()", mark="  # LOADER"),
    ),
    Example(
        "the_other_one",
        {
            "data.py": DATA.replace("  # DRAW", ""),
            "plain.py": PLAIN.replace("Set", "Plain"),
            "train.py": KEPT.format(train="Plain()", test="Set()", mark="").replace("num_workers=0", "batch_size=1"),
        },
        None,
    ),
)
def test_what_is_put_into_a_dict_of_a_framework(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


MANY = {
    f"other_{number}.py": f"from torchvision.datasets import MNIST\ndata = MNIST('.')\ndata.transform = {number}\n"
    for number in range(14)
}
GIVEN_ONE = """
from torch.utils.data import DataLoader
from data import Set
from noise import noisy
data = Set()
data.{name} = noisy
loader = DataLoader(data, num_workers=4){mark}
"""


@each(
    Example(
        "in_the_file_that_names_the_class",
        {"data.py": PLAIN, "noise.py": NOISE, "train.py": GIVEN_ONE.format(name="transform", mark="  # LOADER")} | MANY,
    ),
    Example(
        "under_another_name",
        {
            "data.py": PLAIN,
            "noise.py": NOISE.replace("  # DRAW", ""),
            "train.py": GIVEN_ONE.format(name="target", mark=""),
        }
        | MANY,
        None,
    ),
)
def test_a_transform_that_is_given_later_where_many_are(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


WHOLE = """
class Whole:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index
"""
FORGOTTEN = """
import sys
from torch.utils.data import DataLoader
if len(sys.argv) > 1:
    loader = DataLoader({called}(), num_workers=4){mark}
"""


@each(
    found("that_draws", data=DATA, whole=WHOLE, train=FORGOTTEN.format(called="Set", mark="  # LOADER")),
    Example(
        "that_does_not",
        {
            "data.py": DATA.replace("  # DRAW", ""),
            "whole.py": WHOLE,
            "train.py": FORGOTTEN.format(called="Whole", mark=""),
            "other.py": "from data import Set\nprint(len(Set()))\n",
            "second.py": "from whole import Whole\nfrom torch.utils.data import DataLoader\nDataLoader(Whole())\n",
        },
        None,
    ),
)
def test_a_class_that_a_file_calls_and_does_not_import(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


BY_NAME = """
import importlib
import sys
from torch.utils.data import DataLoader
def named(name):
    module = importlib.import_module(f"kinds.{name}")
    if name == "whole":
        return getattr(module, "Whole")
    return getattr(module, "Set")
loader = DataLoader(named(sys.argv[1])(), num_workers=4)  # LOADER
"""


def test_classes_of_modules_that_a_name_gives_are_any_of_these(check: Check) -> None:
    files = {"kinds/__init__.py": "", "kinds/data.py": DATA, "kinds/whole.py": WHOLE, "train.py": BY_NAME}
    example = Example("by_name", files)
    assert_as_marked(check(example.sources()), example)


KINDS = """
import numpy as np
from torch.utils.data import Dataset
class Kept(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.{asked}(index)
    def sample(self, index):
        return index
    def whole(self, index):
        return index
"""
SAMPLED = """
import numpy as np
from kinds import Kept
class Sampled(Kept):
    def sample(self, index):
        return index + np.random.rand()
"""


@pytest.mark.parametrize(("asked", "drawn"), [("sample", [6]), ("whole", [])])
def test_a_dataset_that_changes_only_what_its_base_asks_for(check: Check, asked: str, drawn: Sequence[int]) -> None:
    train = """
        import sys
        from torch.utils.data import DataLoader
        import sampled
        loader = DataLoader(eval(sys.argv[1])(), num_workers=4)
        made = sampled.Sampled
        """
    report = check({"kinds.py": KINDS.format(asked=asked), "sampled.py": SAMPLED, "train.py": dedent(train)})
    assert [draw.line for pair in report.pairs for draw in pair.draws] == drawn


TRAINERS = """
from torch.utils.data import DataLoader
class Loaders:
    def __init__(self, settings, workers):
        self.settings = settings
        self.workers = workers
        self.load()
    def load(self):
        self.loader = DataLoader(self.settings["train"](), num_workers=self.workers)
class Trainer:
    def __init__(self, settings, workers=0):
        self.settings = settings
        self.workers = workers
        self.load_data()
    def load_data(self):
        self.loaders = Loaders(self.settings["data"], self.workers)
"""
DRAWING_SET = "class Drawing(Dataset):\n    def __getitem__(self, index):\n        return np.random.rand()\n"
QUIET_SET = "class Quiet(Dataset):\n    def __getitem__(self, index):\n        return index\n"
OF_ITS_OWN = "    def __init__(self, settings):\n        super().__init__(settings, 4)\n"


@pytest.mark.parametrize(
    ("made", "drawn"),
    [
        pytest.param(
            f"class Lines(Trainer):\n{OF_ITS_OWN}Lines(dict(data=dict(train=Drawing)))",
            [6],
            id="a_constructor_of_its_own",
        ),
        pytest.param(
            "class Lines(Trainer):\n    pass\nLines(dict(data=dict(train=Drawing)), 4)", [6], id="that_of_the_base"
        ),
        pytest.param(
            f"class Lines(Trainer):\n{OF_ITS_OWN}Lines(dict(data=dict(train=Quiet)))", [], id="another_dataset"
        ),
        pytest.param(
            "class Lines(Trainer):\n    pass\nLines(dict(data=dict(train=Quiet)), 4)\n"
            "Trainer(dict(data=dict(train=Drawing)), 4)",
            [6],
            id="the_base_is_made_too",
        ),
        pytest.param(
            f"class Lines(Trainer):\n{OF_ITS_OWN}Lines(dict(data=dict(train=Drawing)))\nDataLoader(Drawing())",
            [6],
            id="a_dataset_that_another_loader_has",
        ),
    ],
)
def test_what_nothing_makes_is_given_what_its_heirs_hand_on(check: Check, made: str, drawn: Sequence[int]) -> None:
    sets = f"import numpy as np\nfrom torch.utils.data import Dataset\n\n{DRAWING_SET}{QUIET_SET}"
    train = f"from sets import Drawing, Quiet\nfrom trainers import DataLoader, Trainer\n{made}\n"
    report = check({"sets.py": sets, "trainers.py": TRAINERS, "train.py": train})
    assert [draw.line for pair in report.pairs for draw in pair.draws if pair.workers != "zero"] == drawn


BASE_AND_HEIR = """
import numpy as np
from torch.utils.data import Dataset
class Crops(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index + np.random.rand()
class Scans(Crops):
    def __getitem__(self, index):
        return index
"""


@pytest.mark.parametrize(
    ("settings", "drawn"),
    [
        pytest.param('CONFIG = {"train": Crops, "valid": Scans}', [8], id="in_a_dict"),
        pytest.param('CONFIG = {\n    "train": crops.Crops,\n    "valid": Scans,\n}', [8], id="over_several_lines"),
        pytest.param("CONFIG = dict(train=Crops, valid=Scans)", [8], id="by_keyword"),
        pytest.param("Train = Crops\nCONFIG = dict(train=Train, valid=Scans)", [8], id="under_another_name"),
        pytest.param('CONFIG = {"valid": Scans}', [], id="of_which_only_the_heir_is_named"),
        pytest.param('CONFIG = {"valid": Scans}\ndef size(data: Crops, n):\n    return n', [], id="annotation"),
        pytest.param('CONFIG = {"valid": Scans}\nplain = type(CONFIG) == Crops\n', [], id="comparison"),
        pytest.param('CONFIG = {"valid": Scans}  # was train=Crops, once\n', [], id="remark"),
    ],
)
def test_a_base_that_is_handed_on_is_made_as_its_heirs_are(check: Check, settings: str, drawn: Sequence[int]) -> None:
    train = """
        import sys
        from importlib.util import module_from_spec, spec_from_file_location
        from torch.utils.data import DataLoader
        def main(train_set):
            return DataLoader(train_set(), num_workers=4)
        read = module_from_spec(spec_from_file_location("settings", sys.argv[1]))
        main(**read.CONFIG)
        """
    files = {
        "crops.py": BASE_AND_HEIR,
        "settings.py": f"import crops\nfrom crops import Crops, Scans\n{settings}\n",
        "train.py": dedent(train),
    }
    assert [draw.line for pair in check(files).pairs for draw in pair.draws] == drawn


@pytest.mark.parametrize(
    ("heir", "named", "drawn"),
    [
        pytest.param("def __init__(self):\n        self.size = 4", "Own", [10], id="one_that_makes_itself_otherwise"),
        pytest.param("size = 4", "Own", [10], id="one_with_another_setting"),
        pytest.param("size = 4", "Whole", [], id="one_that_nothing_names"),
        pytest.param("noisy = False", "Own", [], id="one_that_turns_it_off"),
        pytest.param("def __init__(self):\n        self.noisy = False", "Own", [], id="one_that_makes_itself_quiet"),
        pytest.param("def sample(self, index):\n        return -index", "Own", [], id="one_that_samples_otherwise"),
    ],
)
def test_what_changes_nothing_of_its_base_draws_as_that_does(
    check: Check, heir: str, named: str, drawn: Sequence[int]
) -> None:
    data = """
        import numpy as np
        from torch.utils.data import Dataset
        class Base(Dataset):
            noisy = True
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return self.sample(index)
            def sample(self, index):
                return index + np.random.rand() if self.noisy else index
        class Whole(Base):
            def sample(self, index):
                return index
        """
    train = """
        import sys
        from torch.utils.data import DataLoader
        import own
        loader = DataLoader(eval(sys.argv[1])(), num_workers=4)
        """
    own = f"from data import Base, Whole\nclass Own(Base):\n    {heir}\n"
    files = {
        "data.py": dedent(data).lstrip(),
        "own.py": own,
        "train.py": dedent(train) + f"made = own.Whole, own.{named}\n",
    }
    assert [draw.line for pair in check(files).pairs for draw in pair.draws] == drawn


def test_the_projects_beside_it_leave_a_loader_its_own_datasets(check: Check) -> None:
    dataset = """
        import numpy as np
        from torch.utils.data import Dataset
        class {name}(Dataset):
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return {item}
        print({name}())
        """
    loader = """
        import sys
        from torch.utils.data import DataLoader
        eval_loader = DataLoader(eval(sys.argv[1]), num_workers=4)
        """
    files = {
        "one/data.py": dedent(dataset).format(name="ScansOfTest", item="index"),
        "two/data.py": dedent(dataset).format(name="Scans", item="np.random.rand()"),
        "two/test.py": dedent(loader),
    }
    assert [pair.dataset for pair in check(files).pairs] == ["Scans"]


def test_many_datasets_of_the_projects_beside_it_leave_a_loader_its_own(check: Check) -> None:
    dataset = """
        import numpy as np
        from torch.utils.data import Dataset
        class {name}(Dataset):
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return np.random.rand()
        print({name}())
        """
    loader = """
        import sys
        from torch.utils.data import DataLoader
        loader = DataLoader(eval(sys.argv[1]), num_workers=4)
        """
    beside = {f"one/data{at}.py": dedent(dataset).format(name=f"Scans{at}") for at in range(70)}
    files = {**beside, "two/data.py": dedent(dataset).format(name="Clips"), "two/train.py": dedent(loader)}
    assert [pair.dataset for pair in check(files).pairs] == ["Clips"]


@pytest.mark.parametrize(
    ("shipped", "found"),
    [
        pytest.param({"conf/data.yaml": "sets: [{kind: data.Clips}]\n"}, [], id="of_another_class"),
        pytest.param({"conf/data.yaml": "sets: [{kind: data.Scans}]\n"}, ["Scans"], id="of_this_class"),
        pytest.param({"conf/data.yaml": "sets: [{kind: more.Clips}]\n"}, ["Scans"], id="of_other_modules"),
        pytest.param({}, ["Scans"], id="that_are_elsewhere"),
    ],
)
def test_a_dataset_that_only_an_annotation_names_is_made_by_configurations(
    check: Check, shipped: dict[str, str], found: list[str]
) -> None:
    data = """
        from typing import Union
        import numpy as np
        from torch.utils.data import DataLoader, Dataset
        class Clips(Dataset):
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return index
        class Scans(Clips):
            def __getitem__(self, index):
                return np.random.rand()
        class Data:
            def __init__(self, dataset: Union[Clips, Scans]):
                self.dataset = dataset
            def train_dataloader(self):
                return DataLoader(self.dataset, num_workers=4)
        """
    train = """
        import hydra
        @hydra.main(config_path="conf", config_name="data")
        def main(settings):
            data = hydra.utils.instantiate(settings.data)
            for batch in data.train_dataloader():
                pass
        main()
        """
    files = {"data.py": dedent(data), "train.py": dedent(train), **shipped}
    assert [pair.dataset for pair in check(files).pairs] == found


@pytest.mark.parametrize(
    ("top", "drawn"),
    [
        pytest.param("", [], id="projects_at_the_top"),
        pytest.param("all/of/it/", [], id="projects_in_a_folder"),
        pytest.param("all/__init__.py", ["audio/data.py"], id="parts_of_a_package"),
    ],
)
def test_a_dataset_of_another_project_is_not_the_one_that_cannot_be_read(
    check: Check, top: str, drawn: list[str]
) -> None:
    """Nor is one that lies deeper, as long as all that the repository has lies there; parts of one package are near."""
    audio = """
import numpy as np
class Noise:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()
noise = Noise()
"""
    video = """
from torch.utils.data import DataLoader
class Clips:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index
clips = Clips()
def loader(data):
    return DataLoader(data, num_workers=2)
"""
    folder = top.removesuffix("__init__.py")
    sources = {f"{folder}audio/data.py": audio, f"{folder}video/train.py": video}
    report = check(sources | ({top: ""} if top != folder else {}))
    assert [draw.path.removeprefix(folder) for pair in report.pairs for draw in pair.draws] == drawn


CUT = """
import numpy as np
import sys
from torch.utils.data import DataLoader
from torchvision.datasets import *
def cut(image):
    return image + np.random.rand()
name = sys.argv[1]
loader = DataLoader({made}, num_workers=4)
"""


@pytest.mark.parametrize(
    ("made", "drawn"),
    [
        ("CIFAR10('.', transform=cut)", [7]),
        ("eval('{}(root, train=True, transform=cut)'.format(name))", [7]),
        ("eval('%s(root, transform=cut)' % name)", [7]),
        ("eval(f'{name}(root, transform=cut)')", [7]),
        ("eval(name + '(root, transform=cut)')", [7]),
        ("eval('library.' + name + '(root, transform=cut)')", [7]),
        ("dict(library.KINDS)[name](root, transform=cut)", [7]),
        ("PATHS('.', transform=cut)", [7]),
        ("CIFAR10('.', transform=None)", []),
        ("eval('{}(root, transform=None)'.format(name))", []),
        ("eval('{}(root, size=4)'.format(name))", []),
        ("eval('len({})'.format(name))", []),
    ],
)
def test_a_dataset_of_any_name_that_is_given_a_transform(check: Check, made: str, drawn: Sequence[int]) -> None:
    report = check({"train.py": CUT.format(made=made)})
    assert [draw.line for pair in report.pairs for draw in pair.draws] == drawn


def of_a_package(name: str, chosen: str, outcomes: Outcomes | None) -> Example:
    """A package's own file that uses one of its modules, which an import of another kind put among its names."""
    return Example(
        name,
        {
            "kinds/moved.py": DATA if outcomes else DATA.replace("  # DRAW", ""),
            "kinds/still.py": DATA.replace("np.random.rand()  # DRAW", "0"),
            "kinds/__init__.py": f"""
                from torch.utils.data import DataLoader
                import kinds.moved
                import kinds.still
                def load():
                    return DataLoader({chosen}.Set(), num_workers=4)
                """,
            "train.py": "from kinds import load\nfor batch in load():\n    pass\n",
        },
        outcomes,
    )


@each(of_a_package("one_that_draws", "moved", OLD_TORCH), of_a_package("one_that_does_not", "still", None))
def test_modules_of_a_package_are_names_in_its_own_file(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SEARCHED = """
import json
from torch.utils.data import DataLoader
import kinds
def search(package, name):
    for each in package.__all__:
        module = getattr(package, str(each))
        if hasattr(module, name):
            return getattr(module, name)
settings = json.load(open("settings.json"))
for batch in DataLoader(search(kinds, settings["kind"])(), num_workers=4):
    pass
"""
LISTING = """
from os.path import basename, dirname
import glob
__all__ = [basename(path)[:-3] for path in glob.glob(dirname(__file__) + "/*.py")]
"""


@each(
    Example("one_draws", {"kinds/__init__.py": LISTING, "kinds/data.py": DATA, "train.py": SEARCHED}),
    Example(
        "none_draws",
        {
            "kinds/__init__.py": LISTING,
            "kinds/data.py": DATA.replace("np.random.rand()  # DRAW", "0"),
            "other/data.py": DATA.replace("  # DRAW", ""),
            "train.py": SEARCHED,
        },
        None,
    ),
)
def test_modules_of_a_package_that_are_searched_for_a_class(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


CLIPS = """
import numpy as np
import torch
import vendor
from torch.utils.data import DataLoader
class Clip:
    def crop_part(self, size):
        return np.random.randint(size)
class Set:
    def __init__(self, paths):
        self.clips = [Clip() for path in paths]
        self.cycle = vendor.Cycle(self.clips)
        self.reader = vendor.Reader(paths)
        self.times = torch.zeros(len(paths))
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return {item}
loader = DataLoader(Set([]), num_workers=4)
"""


@pytest.mark.parametrize(
    ("item", "drawn"),
    [
        ("[clip.crop_part(4) for clip in self.cycle.sample(2)]", [8]),
        ("self.cycle.following().crop_part(4)", [8]),
        ("self.reader.crop_part(4)", []),
        ("self.times.cumsum(0).crop_part(4)", []),
        ("[clip.crop_parts(4) for clip in self.cycle.sample(2)]", []),
    ],
)
def test_a_method_of_what_a_library_gives_back(check: Check, item: str, drawn: Sequence[int]) -> None:
    report = check({"train.py": CLIPS.format(item=item)})
    assert [draw.line for pair in report.pairs for draw in pair.draws] == drawn


@pytest.mark.parametrize(("part", "drawn"), [("train", 1), ("test", 0)])
def test_a_transform_of_one_part_of_a_table_is_of_no_other(check: Check, part: str, drawn: int) -> None:
    train = f"""
        from datasets import load_dataset
        from torch.utils.data import DataLoader
        from noise import noisy
        dataset = load_dataset("images")
        dataset["{part}"].set_transform(noisy)
        loader = DataLoader(dataset["train"], num_workers=4)
        """
    assert len(check({"noise.py": dedent(NOISE), "train.py": dedent(train)}).pairs) == drawn


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"sets.py": ""}, [], id="nowhere"),
        pytest.param({"sets.py": "", "other.py": DATA.replace("Set", "Gone")}, ["Gone"], id="in_another_file"),
        pytest.param({"sets.py": "def __getattr__(name):\n    return make(name)\n"}, ["Set"], id="made_when_asked_for"),
        pytest.param({"sets.py": "globals()[kind] = make(kind)\n"}, ["Set"], id="by_a_name_that_is_made"),
    ],
)
def test_a_class_that_is_no_more_where_it_is_imported_from(check: Check, files: Files, found: list[str]) -> None:
    """Its program stops there; it does not train on another dataset that nothing else is read to take."""
    train = """
import data
from sets import Gone
from torch.utils.data import DataLoader
data.Set()
loader = DataLoader(Gone(), num_workers=4)
"""
    report = check({"data.py": DATA, "train.py": train, **files})
    assert [pair.dataset for pair in report.pairs] == found


@pytest.mark.parametrize(
    ("made", "found"),
    [
        pytest.param("Subset(MNIST('.'), range(8))", [], id="part_of_a_librarys"),
        pytest.param("Subset(DataLoader(MNIST('.')).dataset, range(8))", [], id="part_of_what_another_loader_takes"),
        pytest.param("ConcatDataset([MNIST('.'), Subset(MNIST('.'), [0])])", [], id="sum_of_a_librarys"),
        pytest.param("random_split(MNIST('.'), [4, 4])[0]", [], id="split_of_a_librarys"),
        pytest.param("load_dataset('words').map(len)['train']", [], id="split_of_a_table"),
        pytest.param("Subset(load_from_disk('words')['train'], [0])", [], id="part_of_a_table"),
        pytest.param("Subset(options.data, range(8))", ["Set"], id="part_of_what_cannot_be_read"),
        pytest.param("ConcatDataset([MNIST('.'), options.data])", ["Set"], id="sum_with_what_cannot_be_read"),
        pytest.param("ConcatDataset(options.parts)", ["Set"], id="sum_of_what_cannot_be_read"),
        pytest.param("Subset(Set(), range(8))", ["Set"], id="part_of_the_repositorys"),
    ],
)
def test_no_class_of_the_repository_is_behind_a_librarys_dataset(check: Check, made: str, found: list[str]) -> None:
    train = f"""
from datasets import load_dataset, load_from_disk
from torch.utils.data import ConcatDataset, DataLoader, Subset, random_split
from torchvision.datasets import MNIST
from data import Set
from options import options
loader = DataLoader({made}, num_workers=4)
"""
    report = check({"data.py": DATA, "train.py": train, "options.py": "options = parse()\n"})
    assert [pair.dataset for pair in report.pairs] == found


MODEL = "model: {target: net.Net}\n"


@pytest.mark.parametrize(
    ("method", "shipped", "found"),
    [
        pytest.param("forward", MODEL, ["Set"], id="model_alone"),
        pytest.param("training_step", MODEL, ["Set"], id="module_of_lightning_alone"),
        pytest.param("forward", f"{MODEL}data: {{train: {{target: data.Set}}}}\n", ["Set"], id="dataset_too"),
        pytest.param("forward", f"{MODEL}data: {{train: {{target: net.Plain}}}}\n", [], id="another_dataset"),
        # What classes of other packages can is not to be seen.
        pytest.param("column", MODEL, [], id="what_may_be_a_dataset"),
    ],
)
def test_a_model_that_shipped_configurations_name_is_no_dataset(
    check: Check, method: str, shipped: str, found: list[str]
) -> None:
    net = f"""
from tables import Table
class Net(Table):
    def {method}(self, batch):
        return batch
class Plain:
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return index
"""
    train = """
import importlib
from argparse import ArgumentParser
from omegaconf import OmegaConf
from torch.utils.data import DataLoader
def found(text):
    module, name = text.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)
def made(config):
    return found(config["target"])(**config.get("params", {}))
def main(args):
    cfg = OmegaConf.load(args.config)
    loader = DataLoader(made(cfg.data.train), num_workers=4)
parser = ArgumentParser()
parser.add_argument("--config", required=True)
main(parser.parse_args())
"""
    report = check({"data.py": DATA, "net.py": net, "train.py": train, "configs/infer.yaml": shipped})
    assert [pair.dataset for pair in report.pairs] == found
