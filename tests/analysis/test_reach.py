"""From what a worker calls to the draw: every way there, and what only looks like one."""

import json

from .examples import (
    BOTH,
    OLD_TORCH,
    TRAIN,
    Check,
    Example,
    assert_as_marked,
    drawn,
    each,
    found,
    marked,
    trained,
    unharmed,
)


@each(
    trained(
        "method_of_the_dataset",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return self.load(index)
            def load(self, index):
                return self.crop(index)
            def crop(self, index):
                return np.random.randint(index)  # DRAW
        """,
    ),
    trained(
        "constructors_that_hand_on_what_they_are_handed",
        """
        import numpy as np
        class Base:
            def __init__(self, transform):
                self.transform = transform
        class Middle(Base):
            def __init__(self, size, transform):
                super().__init__(transform)
        class Last(Middle):
            def __init__(self, transform):
                super().__init__(8, transform)
            def __getitem__(self, index):
                return self.transform(index)
        class Set(Last):
            def __init__(self):
                super().__init__(Crop())
        class Crop:
            def __call__(self, value):
                return value * np.random.rand()  # DRAW
        """,
    ),
    trained(
        "composition_that_is_imported_with_a_star",
        """
        import numpy as np
        from torchvision.transforms import *
        class Noise:
            def __call__(self, image):
                return image + np.random.normal()  # DRAW
        class Unused:
            def __call__(self, image):
                return image - np.random.normal()
        class Set:
            def __init__(self):
                self.transform = Compose([ToTensor(), Noise()])
                self.other = Unused()
            def __getitem__(self, index):
                return self.transform(index)
        """,
    ),
    trained(
        "transform_of_albumentations_by_a_star",
        """
        import numpy as np
        from albumentations import *
        class Noise(ImageOnlyTransform):
            def apply(self, image, **given):
                return image + np.random.normal()  # DRAW
        class Set:
            def __init__(self):
                self.t = Compose([Flip(), Noise()])
            def __getitem__(self, index):
                return self.t(image=index)
        """,
    ),
    trained(
        "step_that_is_put_before_the_others_in_training",
        """
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.normal()  # DRAW
        class Mapper:
            def __init__(self, crop, train):
                self.steps = [abs]
                if crop.enabled and train:
                    self.steps.insert(0, Noise())
            def __call__(self, image):
                for step in self.steps:
                    image = step(image)
                return image
        class Set:
            def __init__(self, crop=None):
                self.mapper = Mapper(crop, True)
            def __getitem__(self, index):
                return self.mapper(index)
        """,
    ),
    unharmed(
        "step_that_is_put_before_the_others_elsewhere",
        """
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.normal()
        class Mapper:
            def __init__(self, crop, train):
                self.steps = [abs]
                if crop.enabled and train:
                    self.steps.insert(0, Noise())
            def __call__(self, image):
                for step in self.steps:
                    image = step(image)
                return image
        class Set:
            def __init__(self, crop=None):
                self.mapper = Mapper(crop, False)
            def __getitem__(self, index):
                return self.mapper(index)
        """,
    ),
    trained(
        "what_is_assigned_to_a_property",
        """
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.normal()  # DRAW
        class Kept:
            def __init__(self):
                self._step = None
            @property
            def step(self):
                return self._step
            @step.setter
            def step(self, value):
                self._step = value
        class Set(Kept):
            def __init__(self):
                super().__init__()
                self.step = Noise()
            def __getitem__(self, index):
                return self.step(index)
        """,
    ),
    unharmed(
        "property_that_has_its_own",
        """
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.normal()
        class Plain:
            def __call__(self, image):
                return image
        class Set:
            def __init__(self):
                self.step = Noise()
            @property
            def step(self):
                return Plain()
            @step.setter
            def step(self, value):
                self.given = value
            def __getitem__(self, index):
                return self.step(index)
        """,
    ),
    trained(
        "attribute_of_a_parameter_that_is_kept_with_the_others",
        """
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.normal()  # DRAW
        class Kept:
            def keep(self, given):
                for name, value in given.items():
                    if name != "self":
                        setattr(self, name, value)
        class Set(Kept):
            def __init__(self, noise=None):
                if noise is None:
                    noise = Noise()
                self.keep(locals())
            def __getitem__(self, index):
                return self.noise(index)
        """,
    ),
    trained(
        "each_transform_of_a_list_by_a_lambda",
        """
        import numpy as np
        from torchvision import transforms
        class Blur:
            def __call__(self, image):
                return image * np.random.rand()  # DRAW
        class Set:
            def __init__(self, crops=2):
                self.crops = []
                for _ in range(crops):
                    self.crops.extend([transforms.Compose([transforms.ToTensor(), Blur()])] * 3)
            def __getitem__(self, index):
                return list(map(lambda crop: crop(index), self.crops))
        """,
    ),
    trained(
        "function_that_calls_itself_for_each_part",
        """
        import numpy as np
        class Both:
            def __call__(self, image, joint=True):
                if not joint:
                    return [self(part) for part in image]
                return image * np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.transform = Both()
            def __getitem__(self, index):
                return self.transform([index, index], joint=False)
        """,
    ),
    trained(
        "function_of_the_same_file",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return crop(index)
        def crop(value):
            return np.random.randint(value)  # DRAW
        """,
    ),
    trained(
        "static_and_class_methods",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return self.flip() + Set.crop()
            @staticmethod
            def flip():
                return np.random.rand()  # DRAW
            @classmethod
            def crop(cls):
                return np.random.rand()  # DRAW
        """,
    ),
    trained(
        "function_that_numpy_calls",
        """
        import numpy as np
        def noisy(row):
            return row + np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                return np.clip(np.apply_along_axis(noisy, 0, np.zeros((3, 3))), 0, 1)
        """,
    ),
    trained(
        "chance_of_something",
        """
        import random
        import numpy as np
        class Set:
            def __init__(self, mix=0.5, always=1.0):
                self.mix, self.always = mix, always
            def __getitem__(self, index):
                if random.random() >= self.mix:
                    index = index + np.random.beta(10, 10)  # DRAW
                if random.random() < self.always:
                    return index + np.random.rand()  # DRAW
                return index + np.random.randn()
        """,
    ),
    trained(
        "chance_that_is_made_a_fraction",
        """
        import random
        import numpy as np
        class Set:
            def __init__(self, settings={"mix": 0.5, "few": "0.25", "never": 0.0, "whole": 0.75}):
                self.settings = settings
            def __getitem__(self, index):
                if random.random() < float(self.settings["mix"]):
                    index = index + np.random.beta(10, 10)  # DRAW
                if float(self.settings["few"]) > 0:
                    index = index + np.random.rand()  # DRAW
                if random.random() < float(self.settings["never"]):
                    index = index + np.random.randn()
                if random.random() < round(self.settings["whole"], 1):
                    index = index + np.random.rand()  # DRAW
                if int(self.settings["whole"]) > 0 or round(0.25) > 0 or abs(-0.5) < 0:
                    index = index + np.random.randn()
                return index
        """,
    ),
    trained(
        "registry_that_a_helper_fills",
        """
        import numpy as np
        NOISES = {}
        def registering(name, base, registry):
            def register(cls):
                assert issubclass(cls, base)
                registry[name] = cls
                return cls
            return register
        class Noise:
            pass
        def register_noise(name):
            return registering(name, Noise, NOISES)
        @register_noise("plain")
        class Plain(Noise):
            def __call__(self, sample):
                return sample + np.random.rand()  # DRAW
        class Set:
            def __init__(self, options):
                self.noises = [NOISES[name]() for name in options["noises"]]
            def __getitem__(self, index):
                for noise in self.noises:
                    index = noise(index)
                return index
        """,
    ),
    trained(
        "plain_function_of_a_base_from_a_class_method",
        """
        import numpy as np
        class Base:
            def _made(cls, kind, noises):
                return cls([noise() for noise in noises])
        class Plain:
            def __call__(self, sample):
                return sample + np.random.rand()  # DRAW
        class Noises(Base):
            def __init__(self, noises):
                self.noises = noises
            @classmethod
            def made(cls):
                return super()._made(cls, "noise", [Plain])
        class Set:
            def __init__(self):
                self.noises = Noises.made()
            def __getitem__(self, index):
                for noise in self.noises.noises:
                    index = noise(index)
                return index
        """,
    ),
    trained(
        "property",
        """
        import numpy as np
        class Set:
            @property
            def angle(self):
                return np.random.uniform(0, 90)  # DRAW
            def __getitem__(self, index):
                return self.angle
        """,
    ),
    trained(
        "lambda_in_an_attribute",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.noise = lambda value: value + np.random.rand()  # DRAW
            def __getitem__(self, index):
                return self.noise(index)
        """,
    ),
    trained(
        "closure",
        """
        import numpy as np
        def noisy(scale):
            def add(value):
                return value + scale * np.random.rand()  # DRAW
            return add
        class Set:
            def __init__(self):
                self.add = noisy(2)
            def __getitem__(self, index):
                return self.add(index)
        """,
    ),
    trained(
        "nested_function",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                def crop():
                    return np.random.rand()  # DRAW
                return crop()
        """,
    ),
    trained(
        "functions_in_a_list",
        """
        import numpy as np
        def flip(value):
            return value * np.random.choice([-1, 1])  # DRAW
        def shift(value):
            return value + np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.steps = [flip, shift]
            def __getitem__(self, index):
                for step in self.steps:
                    index = step(index)
                return index
        """,
    ),
    trained(
        "function_out_of_a_dict",
        """
        import numpy as np
        def shift(value):
            return value + np.random.rand()  # DRAW
        STEPS = {"shift": shift}
        class Set:
            def __getitem__(self, index):
                return STEPS["shift"](index)
        """,
    ),
    trained(
        "generator_function",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return list(self.crops())
            def crops(self):
                for _ in range(3):
                    yield np.random.rand()  # DRAW
        """,
    ),
    trained(
        "decorated_method",
        """
        import functools
        import numpy as np
        def logged(function):
            @functools.wraps(function)
            def inner(*args):
                return function(*args)
            return inner
        class Set:
            @logged
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        """,
    ),
    trained(
        "object_made_for_the_sample",
        """
        import numpy as np
        class Angle:
            def __init__(self):
                self.value = np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                return Angle().value
        """,
    ),
    trained(
        "context_manager",
        """
        import numpy as np
        class Noise:
            def __enter__(self):
                return np.random.rand()  # DRAW
            def __exit__(self, *details):
                np.random.shuffle([1, 2])  # DRAW
        class Set:
            def __getitem__(self, index):
                with Noise() as value:
                    return value
        """,
    ),
    trained(
        "partial_of_a_function",
        """
        from functools import partial
        import numpy as np
        def shift(scale, value):
            return value + scale * np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.shift = partial(shift, 2)
            def __getitem__(self, index):
                return self.shift(index)
        """,
    ),
    trained(
        "making_an_object",
        """
        from dataclasses import dataclass
        import numpy as np
        class New:
            def __new__(cls):
                made = super().__new__(cls)
                made.shift = np.random.rand()  # DRAW
                return made
        @dataclass
        class Post:
            scale: float = 1.0
            def __post_init__(self):
                self.shift = self.scale * np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                return index + New().shift + Post(2.0).shift
        """,
    ),
    trained(
        "going_through_an_object",
        """
        import numpy as np
        class Shifts:
            def __init__(self, left):
                self.left = left
            def __iter__(self):
                return self
            def __next__(self):
                if not self.left:
                    raise StopIteration
                self.left -= 1
                return np.random.rand()  # DRAW
        class Set:
            def __getitem__(self, index):
                return index + sum(Shifts(2))
        """,
    ),
    trained(
        "partial_of_a_draw",
        """
        from functools import partial
        import numpy as np
        class Set:
            def __init__(self):
                self.shift = partial(np.random.uniform, 0, 2)
            def __getitem__(self, index):
                return index + self.shift()  # DRAW
        """,
    ),
    trained(
        "method_whose_name_a_setting_ends",
        """
        import numpy as np
        class Set:
            def __init__(self, kind):
                self.kind = kind
            def __getitem__(self, index):
                return getattr(self, f"crop_{self.kind}")(index)
            def crop_random(self, index):
                return np.random.randint(index)  # DRAW
            def crop_middle(self, index):
                return index
            def flip(self, index):
                return np.random.rand()
        """,
    ),
    trained(
        "methods_that_a_configuration_lists",
        """
        from functools import partial
        import numpy as np
        import yaml
        class Augmentor:
            def __init__(self):
                self.queue = []
                for step in yaml.safe_load(open("steps.yml")):
                    self.queue.append(getattr(self, step["name"])(config=step))
            def flip(self, sample=None, config=None):
                if sample is None:
                    return partial(self.flip, config=config)
                return sample * (np.random.rand() < 0.5)  # DRAW
            def turn(self, sample=None, config=None):
                if sample is None:
                    return partial(self.turn, config=config)
                return sample * np.random.uniform(*config["range"])  # DRAW
            def forward(self, sample):
                for step in self.queue:
                    sample = step(sample=sample)
                return sample
        class Set:
            def __init__(self):
                self.augmentor = Augmentor()
            def __getitem__(self, index):
                return self.augmentor.forward(index)
        """,
    ),
    trained(
        "branch_that_an_earlier_round_of_a_loop_opens",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                near, found = True, []
                while len(found) < 8:
                    if near:
                        found += self.near(index)
                    else:
                        found += list(np.random.randint(9, size=8))  # DRAW
                    near = False
                return found
            def near(self, index):
                return []
        """,
    ),
)
def test_inside_one_file(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


def package(name: str, *, outcomes: tuple[str, str] = ("duplicate", "clean"), **files: str) -> Example:
    """A package `lib` with these modules, and a program beside it that loads `lib.data.Set`."""
    program = """
    from torch.utils.data import DataLoader
    from lib.data import Set
    loader = DataLoader(Set(), num_workers=2)
    """
    modules = {f"lib/{stem}.py": text for stem, text in files.items()}
    return Example(name, {"lib/__init__.py": "", **modules, "train.py": program}, outcomes)  # type: ignore[arg-type]


DRAWING = """
import numpy as np
def crop(value):
    return np.random.randint(value)  # DRAW
class Crop:
    def __call__(self, value):
        return crop(value)
class Cropping:
    def crop(self, value):
        return crop(value)
"""
BASE = """
import numpy as np
class Base:
    def __init__(self):
        self.rng = np.random.RandomState(1)
    def __getitem__(self, index):
        return self.get(index)
    def get(self, index):
        return self.rng.rand()  # DRAW
"""


@each(
    package(
        "helper_by_relative_import",
        ops=DRAWING,
        data="""
        from .ops import crop
        class Set:
            def __getitem__(self, index):
                return crop(index)
        """,
    ),
    package(
        "helper_by_the_module",
        ops=DRAWING,
        data="""
        from . import ops
        class Set:
            def __getitem__(self, index):
                return ops.crop(index)
        """,
    ),
    package(
        "helper_by_the_package's_name",
        ops=DRAWING,
        data="""
        import lib.ops as operations
        class Set:
            def __getitem__(self, index):
                return operations.crop(index)
        """,
    ),
    package(
        "helper_by_a_star",
        ops=DRAWING,
        data="""
        from lib.ops import *
        class Set:
            def __getitem__(self, index):
                return crop(index)
        """,
    ),
    Example(
        "helper_that_a_package_exports",
        {
            "lib/__init__.py": "",
            "lib/ops/__init__.py": "from .crops import crop\n",
            "lib/ops/crops.py": DRAWING,
            "lib/data.py": """
            from .ops import crop
            class Set:
                def __getitem__(self, index):
                    return crop(index)
            """,
            "tools/train.py": """
            import sys
            sys.path.append("..")
            from torch.utils.data import DataLoader
            from lib.data import Set
            loader = DataLoader(Set(), num_workers=2)
            """,
        },
    ),
    Example(
        "helper_two_folders_up",
        {
            "lib/__init__.py": "",
            "lib/ops.py": DRAWING,
            "lib/sets/__init__.py": "",
            "lib/sets/data.py": """
            from ..ops import crop
            class Set:
                def __getitem__(self, index):
                    return crop(index)
            """,
            "train.py": """
            from torch.utils.data import DataLoader
            from lib.sets.data import Set
            loader = DataLoader(Set(), num_workers=2)
            """,
        },
    ),
    package(
        "base_class_in_another_file",
        outcomes=BOTH,
        base=BASE,
        data="""
        from .base import Base
        class Set(Base):
            pass
        """,
    ),
    package(
        "base_calls_what_the_subclass_defines",
        outcomes=("duplicate", "clean"),
        base=BASE.replace("  # DRAW", ""),
        data="""
        import numpy as np
        from .base import Base
        class Set(Base):
            def get(self, index):
                return np.random.rand()  # DRAW
        """,
    ),
    package(
        "super_of_the_overridden_method",
        outcomes=BOTH,
        base=BASE,
        data="""
        from . import base
        class Set(base.Base):
            def __getitem__(self, index):
                return super().__getitem__(index) + 1
        """,
    ),
    package(
        "super_with_its_class_named",
        outcomes=BOTH,
        base=BASE,
        data="""
        from .base import Base
        class Set(Base):
            def get(self, index):
                return super(Set, self).get(index)
        """,
    ),
    package(
        "base_method_called_by_the_class",
        outcomes=BOTH,
        base=BASE,
        data="""
        from .base import Base
        class Set(Base):
            def __getitem__(self, index):
                return Base.get(self, index)
        """,
    ),
    package(
        "mix_in_in_another_file",
        ops=DRAWING,
        base=BASE.replace("  # DRAW", ""),
        data="""
        from .ops import Cropping
        from .base import Base
        class Set(Cropping, Base):
            def get(self, index):
                return self.crop(index)
        """,
    ),
    package(
        "transform_object_in_another_file",
        ops=DRAWING,
        data="""
        from .ops import Crop
        class Set:
            def __init__(self, transform=Crop()):
                self.transform = transform
            def __getitem__(self, index):
                return self.transform(index)
        """,
    ),
    found(
        "functions_of_a_module_by_how_their_names_begin",
        train=TRAIN,
        tools="""
        import numpy as np
        def flip_along_x(value):
            return value * np.random.choice([-1, 1])  # DRAW
        def flip_along_y(value):
            return value * np.random.choice([-1, 1])  # DRAW
        def noise(value):
            return np.random.normal()
        """,
        data="""
        import tools
        class Set:
            def __init__(self, axes):
                self.axes = axes
            def __getitem__(self, index):
                for axis in self.axes:
                    index = getattr(tools, "flip_along_%s" % axis)(index)
                return index
        """,
    ),
)
def test_across_files(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


NOISE = """
import numpy as np
class Noise:
    def __init__(self, scale=1):
        self.scale = scale
    def __call__(self, value):
        return value + self.scale * np.random.rand()  # DRAW
def shift(value):
    return value + np.random.rand()  # DRAW
"""
ONLY_NOISE = NOISE[: NOISE.index("def shift")]
ONLY_SHIFT = "import numpy as np\n" + NOISE[NOISE.index("def shift") :]
TRANSFORMED = """
class Set:
    def __init__(self, transform=None):
        self.transform = transform
    def __getitem__(self, index):
        if self.transform is not None:
            index = self.transform(index)
        return index
"""


def transformed(name: str, program: str, aug: str = ONLY_NOISE) -> Example:
    """`data.Set` that calls its transform, `aug` with the transforms, and the program that brings them together."""
    return found(name, data=TRANSFORMED, aug=aug, train=program)


@each(
    transformed(
        "torchvision_compose",
        """
        from torch.utils.data import DataLoader
        from torchvision import transforms
        from aug import Noise
        from data import Set
        steps = transforms.Compose([transforms.ToTensor(), Noise(2)])
        loader = DataLoader(Set(steps), num_workers=2)
        """,
    ),
    transformed(
        "compose_of_the_repository",
        """
        from torch.utils.data import DataLoader
        from aug import Compose, Noise
        from data import Set
        loader = DataLoader(Set(transform=Compose([Noise()])), num_workers=2)
        """,
        ONLY_NOISE
        + """
class Compose:
    def __init__(self, steps):
        self.steps = steps
    def __call__(self, value):
        for step in self.steps:
            value = step(value)
        return value
""",
    ),
    transformed(
        "list_that_is_appended_to",
        """
        from torch.utils.data import DataLoader
        import torchvision.transforms as T
        from aug import Noise
        from data import Set
        steps = [T.ToTensor()]
        steps.append(Noise())
        loader = DataLoader(Set(T.Compose(steps)), num_workers=2)
        """,
    ),
    transformed(
        "compose_in_a_compose",
        """
        from torch.utils.data import DataLoader
        from torchvision.transforms import Compose, RandomApply
        from aug import Noise
        from data import Set
        loader = DataLoader(Set(Compose([Compose([RandomApply([Noise()])])])), num_workers=2)
        """,
    ),
    transformed(
        "transforms_lambda_of_a_function",
        """
        from torch.utils.data import DataLoader
        from torchvision import transforms
        from aug import shift
        from data import Set
        loader = DataLoader(Set(transforms.Lambda(shift)), num_workers=2)
        """,
        ONLY_SHIFT,
    ),
    transformed(
        "transforms_lambda_of_a_lambda",
        """
        from torch.utils.data import DataLoader
        from torchvision import transforms
        from aug import shift
        from data import Set
        loader = DataLoader(Set(transforms.Lambda(lambda value: shift(value) * 2)), num_workers=2)
        """,
        ONLY_SHIFT,
    ),
    transformed(
        "function_that_builds_the_transform",
        """
        from torch.utils.data import DataLoader
        from torchvision import transforms
        from aug import Noise
        from data import Set
        def build(train):
            if train:
                return transforms.Compose([Noise()])
            return transforms.ToTensor()
        loader = DataLoader(Set(build(True)), num_workers=2)
        """,
    ),
    transformed(
        "dict_of_transforms",
        """
        from torch.utils.data import DataLoader
        from torchvision import transforms
        from aug import Noise
        from data import Set
        steps = {"train": transforms.Compose([Noise()]), "test": None}
        loader = DataLoader(Set(steps["train"]), num_workers=2)
        """,
    ),
    transformed(
        "set_on_the_dataset_from_outside",
        """
        from torch.utils.data import DataLoader
        from aug import Noise
        from data import Set
        dataset = Set()
        dataset.transform = Noise()
        loader = DataLoader(dataset, num_workers=2)
        """,
    ),
    transformed(
        "given_to_a_torchvision_dataset",
        """
        from torch.utils.data import DataLoader
        from torchvision import datasets, transforms
        from aug import Noise
        dataset = datasets.CIFAR10(".", transform=transforms.Compose([Noise()]))
        loader = DataLoader(dataset, num_workers=2)
        """,
    ),
    transformed(
        "given_to_a_subclass_of_a_torchvision_dataset",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        from aug import Noise
        class Folder(ImageFolder):
            def __getitem__(self, index):
                image, label = super().__getitem__(index)
                return image, label, index
        loader = DataLoader(Folder(".", transform=Noise()), num_workers=2)
        """,
    ),
    transformed(
        "given_to_a_subclass_that_takes_the_sample_in_a_method_of_its_own",
        """
        from torch.utils.data import DataLoader
        from torchvision.datasets import ImageFolder
        from aug import Noise
        class Folder(ImageFolder):
            def __getitem__(self, index):
                return (*self.taken(index), index)
            def taken(self, index):
                return super().__getitem__(index)
        loader = DataLoader(Folder(".", transform=Noise()), num_workers=2)
        """,
    ),
    transformed(
        "module_with_forward",
        """
        from torch.utils.data import DataLoader
        from aug import Noise
        from data import Set
        loader = DataLoader(Set(Noise()), num_workers=2)
        """,
        ONLY_NOISE.replace("class Noise:", "import torch\nclass Noise(torch.nn.Module):").replace(
            "__call__", "forward"
        ),
    ),
    found(
        "methods_that_a_librarys_base_calls",
        train="""
        import albumentations as A
        import numpy as np
        from torch.utils.data import DataLoader
        class Crop(A.RandomCrop):
            def get_params(self):
                return {"top": np.random.randint(8), **self.more()}  # DRAW
            def more(self):
                return {"left": np.random.randint(8)}  # DRAW
            def apply_to_mask(self, mask, **params):
                return mask + np.random.rand()  # DRAW
            def describe(self):
                return np.random.rand()
        class Set:
            def __init__(self, transform):
                self.transform = transform
            def __getitem__(self, index):
                return self.transform(image=index)
        loader = DataLoader(Set(A.Compose([Crop(4, 4)])), num_workers=4)
        """,
    ),
    found(
        "base_that_is_called_by_the_class_itself",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        from torchvision import transforms
        class Crop(transforms.RandomCrop):
            def __call__(self, image):
                return super().__call__(image)
            @staticmethod
            def get_params(image, size):
                return 0, np.random.randint(8), *size  # DRAW
        class Set:
            def __init__(self, transform):
                self.transform = transform
            def __getitem__(self, index):
                return self.transform(index)
        loader = DataLoader(Set(Crop(4)), num_workers=4)
        """,
    ),
    trained(
        "one_that_chance_picks",
        """
        import random
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Plain:
            def __call__(self, image):
                return image
        class OneOf:
            def __init__(self, transforms):
                self.transforms = transforms
            def __call__(self, image):
                transform = random.choice(self.transforms)
                image = transform(image)
                return image
        class Set:
            def __init__(self):
                self.transform = OneOf([Plain(), Noise()])
            def __getitem__(self, index):
                return self.transform(index)
        """,
    ),
    trained(
        "some_that_chance_picks",
        """
        import random
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Plain:
            def __call__(self, image):
                return image
        class OneOf:
            def __init__(self, transforms):
                self.transforms = transforms
            def __call__(self, image):
                for transform in random.sample(self.transforms, 1):
                    image = transform(image)
                return image
        class Set:
            def __init__(self):
                self.transform = OneOf([Plain(), Noise()])
            def __getitem__(self, index):
                return self.transform(index)
        """,
    ),
    trained(
        "functions_with_their_ranges_that_chance_picks",
        """
        import random
        import numpy as np
        def cut(image, value):
            return image[np.random.randint(value):]  # DRAW
        def turn(image, value):
            return -image * value
        def choices():
            return [(turn, 0, 1), (cut, 0, 40)]
        class Augment:
            def __init__(self, count):
                self.count = count
                self.choices = choices()
            def __call__(self, image):
                picked = random.choices(self.choices, k=self.count)
                for function, lowest, highest in picked:
                    image = function(image, random.uniform(lowest, highest))
                return image
        class Set:
            def __init__(self):
                self.transform = Augment(2)
            def __getitem__(self, index):
                return self.transform(index)
        """,
    ),
    unharmed(
        "chance_picks_among_others",
        """
        import random
        import numpy as np
        def noisy(image):
            return image + np.random.rand()
        def plain(image):
            return image
        def turned(image):
            return -image
        class Set:
            def __getitem__(self, index):
                name = random.choice(["noisy", "plain"])
                return random.choice([plain, turned])(index), name
        """,
    ),
    trained(
        "attribute_named_like_a_method_of_arrays",
        """
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.t = Noise()
            def __getitem__(self, index):
                return self.t(index)
        """,
    ),
    trained(
        "functions_applied_one_after_the_other",
        """
        import functools
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.transforms = [Noise()]
            def __getitem__(self, index):
                return functools.reduce(lambda image, transform: transform(image), self.transforms, index)
        """,
    ),
    trained(
        "a_chain_of_torch_modules",
        """
        import numpy as np
        import torch.nn as nn
        class Noise(nn.Module):
            def forward(self, image):
                return image + np.random.rand()  # DRAW
        class Set:
            def __init__(self):
                self.transform = nn.Sequential(nn.Identity(), Noise())
            def __getitem__(self, index):
                return self.transform(index)
        """,
    ),
    trained(
        "field_of_a_dataclass_by_its_place",
        """
        from dataclasses import dataclass
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        @dataclass
        class Settings:
            path: str
            transform: object
            size: int = 4
        class Set:
            def __init__(self):
                self.settings = Settings("scans", Noise())
            def __getitem__(self, index):
                return self.settings.transform(index)
        """,
    ),
    trained(
        "field_of_a_named_tuple_by_its_place",
        """
        from typing import Any, NamedTuple
        import numpy as np
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()  # DRAW
        class Settings(NamedTuple):
            path: str
            transform: Any
        class Set:
            def __init__(self):
                self.settings = Settings("scans", Noise())
            def __getitem__(self, index):
                return self.settings.transform(index)
        """,
    ),
    trained(
        "many_transforms_that_inherit_what_calls_them",
        """
        import numpy as np
        class Step:
            def __call__(self, image):
                return self.apply(image)
            def apply(self, image):
                return image
        class Whole(Step): pass
        class Negative(Step):
            def apply(self, image):
                return -image
        class Flip(Step):
            def apply(self, image):
                return image[::-1] if np.random.rand() < 0.5 else image  # DRAW
        class Roll(Step):
            def apply(self, image):
                return np.roll(image, np.random.randint(4))  # DRAW
        class Scale(Step):
            def apply(self, image):
                return image * np.random.uniform(1, 2)  # DRAW
        class Shift(Step):
            def apply(self, image):
                return image + np.random.normal()  # DRAW
        class Turn(Step):
            def apply(self, image):
                return np.rot90(image, np.random.choice(4))  # DRAW
        class Mix(Step):
            def apply(self, image):
                return image * np.random.beta(1, 1)  # DRAW
        class Cut(Step):
            def apply(self, image):
                return image[np.random.randint(8) :]  # DRAW
        class Unused(Step):
            def apply(self, image):
                return np.random.permutation(image)
        STEPS = [Whole(), Negative(), Flip(), Roll(), Scale(), Shift(), Turn(), Mix(), Cut()]
        class Set:
            def __getitem__(self, index):
                image = np.ones(index)
                for step in STEPS:
                    image = step(image)
                return image
        """,
    ),
    unharmed(
        "methods_of_arrays_and_chains_without_a_draw",
        """
        import functools
        import numpy as np
        import torch
        import torch.nn as nn
        from typing import Any, NamedTuple
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()
        class Settings(NamedTuple):
            size: int
            transform: Any
        class Set:
            def __init__(self):
                self.transform = nn.Sequential(nn.Identity())
                self.settings = Settings(4, abs)
            def __getitem__(self, index):
                image = self.transform(torch.zeros(4, 4)).t().sum()
                image = functools.reduce(lambda one, other: one + other, [1, 2], image)
                return self.settings.transform(image)
        """,
    ),
)
def test_transforms(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


SET = """
import numpy as np
from torch.utils.data import Dataset
class Set(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return np.random.rand()  # DRAW
"""


def wrapped(name: str, program: str) -> Example:
    """A dataset that draws, in whatever the program wraps around it."""
    return found(name, data=SET, train=program)


@each(
    wrapped(
        "subset",
        """
        from torch.utils.data import DataLoader, Subset
        from data import Set
        loader = DataLoader(Subset(Set(), [1, 2]), num_workers=2)
        """,
    ),
    wrapped(
        "concatenation",
        """
        from torch.utils.data import ConcatDataset, DataLoader
        from data import Set
        loader = DataLoader(ConcatDataset([Set(), Set()]), num_workers=2)
        """,
    ),
    wrapped(
        "repeated_and_added_to_what_cannot_be_read",
        """
        from torch.utils.data import ConcatDataset, DataLoader
        from data import Set
        loader = DataLoader(ConcatDataset(others() + 4 * [Set()]), num_workers=2)
        """,
    ),
    wrapped(
        "wrapped_into_the_same_name_over_several_lines",
        """
        from torch.utils.data import ConcatDataset, DataLoader
        from data import Set
        def main():
            dataset = Set()
            dataset = ConcatDataset(
                [dataset, dataset])
            return DataLoader(dataset, num_workers=2)
        """,
    ),
    found(
        "transforms_under_the_name_of_their_module",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        from torchvision import transforms
        class Noise:
            def __call__(self, sound):
                return sound + np.random.rand()  # DRAW
        class Set:
            def __init__(self, transform):
                self.transform = transform
            def __len__(self):
                return 8
            def __getitem__(self, index):
                return self.transform(index)
        transforms = {
            "train": transforms.Compose([
                Noise(),
            ]),
        }
        loader = DataLoader(Set(transforms["train"]), num_workers=4)
        """,
    ),
    found(
        "class_of_a_library_by_a_name_that_cannot_be_read",
        train="""
        import medmnist
        import numpy as np
        from torch.utils.data import DataLoader
        class Sharpness:
            def __call__(self, image):
                return image * np.random.uniform(0, 1)  # DRAW
        def load(flag):
            kind = getattr(medmnist, medmnist.INFO[flag]["python_class"])
            return kind(split="train", transform=Sharpness())
        loader = DataLoader(load("chest"), num_workers=4)
        """,
    ),
    Example(
        "imported_from_the_other_of_two_files_of_a_name",
        {
            "utils.py": "import os\nWORKERS = os.cpu_count()\n",
            "pretrain/utils.py": "SIZE = 8\n",
            "pretrain/train.py": """
                import numpy as np
                from torch.utils.data import DataLoader, Dataset
                from utils import WORKERS, Noisy
                class Set(Dataset):
                    def __getitem__(self, index):
                        return np.random.rand()  # DRAW
                loader = DataLoader(Set(), num_workers=WORKERS)
                """,
        },
    ),
    wrapped(
        "sum_of_datasets",
        """
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader(Set() + Set(), num_workers=2)
        """,
    ),
    wrapped(
        "random_split",
        """
        import torch
        from data import Set
        train, valid = torch.utils.data.random_split(Set(), [6, 2])
        loader = torch.utils.data.DataLoader(train, num_workers=2)
        """,
    ),
    wrapped(
        "wrapper_of_the_repository",
        """
        from torch.utils.data import DataLoader
        from data import Set
        class Repeat:
            def __init__(self, inner, times):
                self.inner, self.times = inner, times
            def __getitem__(self, index):
                return self.inner[index % len(self.inner)]
        loader = DataLoader(Repeat(Set(), 3), num_workers=2)
        """,
    ),
    wrapped(
        "built_by_a_function",
        """
        from torch.utils.data import DataLoader
        from data import Set
        def build(kind):
            if kind == "set":
                return Set()
            raise ValueError(kind)
        loader = DataLoader(build("set"), num_workers=2)
        """,
    ),
    wrapped(
        "class_from_a_registry",
        """
        from torch.utils.data import DataLoader
        from data import Set
        REGISTRY = {"set": Set}
        loader = DataLoader(REGISTRY["set"](), num_workers=2)
        """,
    ),
    wrapped(
        "unwrapped_by_a_function_that_calls_itself",
        """
        from torch.utils.data import DataLoader
        from data import Set
        KINDS = ["Set"]
        def innermost(data):
            return innermost(data.dataset)
        def main(data):
            loader = DataLoader(innermost(data), num_workers=2)
        """,
    ),
    wrapped(
        "dict_of_datasets",
        """
        from torch.utils.data import DataLoader
        from data import Set
        sets = {name: Set() for name in ["train", "test"]}
        loaders = {name: DataLoader(sets[name], num_workers=2) for name in ["train", "test"]}
        """,
    ),
    found(
        "class_that_leaves_taking_samples_to_a_wrapper",
        train="""
        import numpy as np
        from torch.utils.data import ConcatDataset, DataLoader, random_split
        class Set:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        class Both(ConcatDataset):
            def __init__(self, parts):
                super(Both, self).__init__(parts)
                self.parts = len(parts)
        parts = []
        for name in ["a", "b"]:
            parts.append(Set())
        train, rest = random_split(Both(parts), [8, 2])
        loader = DataLoader(train, num_workers=4)
        """,
    ),
    found(
        "class_that_asks_a_wrapper_for_its_sample",
        train="""
        import numpy as np
        from torch.utils.data import ConcatDataset, DataLoader
        class Set:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
        class Other:
            def __getitem__(self, index):
                return np.random.rand()
        class Two(ConcatDataset):
            def __init__(self):
                super().__init__([Set(), Set()])
        class Named(ConcatDataset):
            def __init__(self, more):
                self.other = Other()
                if more:
                    super(Named, self).__init__([Two(), Set()])
                else:
                    super(Named, self).__init__([Two()])
            def __getitem__(self, index):
                return "a", super(Named, self).__getitem__(index)
        loader = DataLoader(Named(more=False), num_workers=4)
        """,
    ),
    Example(
        "class_that_takes_no_sample_of_the_wrapper",
        {
            "train.py": """
        import numpy as np
        from torch.utils.data import ConcatDataset, DataLoader
        class Set:
            def __getitem__(self, index):
                return np.random.rand()
        class Lengths(ConcatDataset):
            def __init__(self):
                super().__init__([Set(), Set()])
            def __getitem__(self, index):
                return len(self.datasets)
        loader = DataLoader(Lengths(), num_workers=4)
        """
        },
        None,
    ),
)
def test_wrapped_datasets(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    found(
        "function",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        def collate(batch):
            np.random.shuffle(batch)  # DRAW
            return batch
        loader = DataLoader([1, 2, 3], num_workers=2, collate_fn=collate)
        """,
    ),
    found(
        "lambda",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        loader = DataLoader([1, 2], num_workers=2, collate_fn=lambda batch: np.random.permutation(batch))  # DRAW
        """,
    ),
    found(
        "bound_method_of_the_dataset",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Set:
            def __getitem__(self, index):
                return index
            def collate(self, batch):
                return np.random.permutation(batch)  # DRAW
        dataset = Set()
        loader = DataLoader(dataset, num_workers=2, collate_fn=dataset.collate)
        """,
    ),
    found(
        "callable_object",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Collate:
            def __init__(self):
                self.rng = np.random.RandomState(2)
            def __call__(self, batch):
                return self.rng.permutation(batch)  # DRAW
        loader = DataLoader([1, 2], num_workers=2, collate_fn=Collate())
        """,
    ),
    found(
        "partial",
        collate="""
        import numpy as np
        def mask(rate, batch):
            return [value for value in batch if np.random.rand() > rate]  # DRAW
        """,
        train="""
        from functools import partial
        from torch.utils.data import DataLoader
        from collate import mask
        loader = DataLoader([1, 2], num_workers=2, collate_fn=partial(mask, 0.5))
        """,
    ),
    found(
        "static_method_as_positional_argument",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Set:
            def __getitem__(self, index):
                return index
            @staticmethod
            def collate(batch):
                return np.random.permutation(batch)  # DRAW
        loader = DataLoader(Set(), 4, True, None, None, 2, Set.collate)
        """,
    ),
)
def test_collate_functions(check: Check, example: Example) -> None:
    report = check(example.sources())
    if example.name == "callable_object":
        example = Example(example.name, example.files, BOTH)
    assert_as_marked(report, example)


@each(
    trained(
        "iterable_dataset",
        """
        import numpy as np
        from torch.utils.data import IterableDataset
        class Set(IterableDataset):
            def __iter__(self):
                for number in self.numbers():
                    yield number
            def numbers(self):
                while True:
                    yield np.random.rand()  # DRAW
        """,
    ),
    trained(
        "iterator_that_is_its_own",
        """
        import numpy as np
        from torch.utils.data import IterableDataset
        class Set(IterableDataset):
            def __iter__(self):
                return self
            def __next__(self):
                return np.random.rand()  # DRAW
        """,
    ),
    trained(
        "iterator_object",
        """
        import numpy as np
        from torch.utils.data import IterableDataset
        class Numbers:
            def __next__(self):
                return np.random.rand()  # DRAW
        class Set(IterableDataset):
            def __iter__(self):
                return Numbers()
        """,
    ),
    trained(
        "batched_fetch",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return np.random.rand()  # DRAW
            def __getitems__(self, indices):
                return np.random.rand(len(indices))  # DRAW
        """,
    ),
)
def test_entries(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    unharmed(
        "switch_that_constructors_hand_on_turned_off",
        """
        import numpy as np
        class Base:
            def __init__(self, noisy):
                self.noisy = noisy
            def __getitem__(self, index):
                return index + np.random.rand() if self.noisy else index
        class Middle(Base):
            def __init__(self, size, noisy):
                super().__init__(noisy)
        class Set(Middle):
            def __init__(self):
                super().__init__(8, False)
        """,
    ),
    unharmed(
        "each_of_another_list_by_a_lambda",
        """
        import numpy as np
        class Blur:
            def __call__(self, image):
                return image * np.random.rand()
        class Plain:
            def __call__(self, image):
                return image
        class Set:
            def __init__(self):
                self.shown = [Blur()]
                self.crops = [Plain(), Plain()]
            def __getitem__(self, index):
                return list(map(lambda crop: crop(index), self.crops))
        """,
    ),
    unharmed(
        "function_that_calls_itself_and_never_gets_there",
        """
        import numpy as np
        class Both:
            def __call__(self, image, plain=True):
                if plain:
                    return [self(part, plain=True) for part in image]
                return image * np.random.rand()
        class Set:
            def __init__(self):
                self.transform = Both()
            def __getitem__(self, index):
                return self.transform([index, index], plain=True)
        """,
    ),
    unharmed(
        "chance_of_nothing",
        """
        import random
        import numpy as np
        class Set:
            def __init__(self, mix=0):
                self.mix = mix
            def __getitem__(self, index):
                if random.random() < self.mix:
                    index = index + np.random.beta(10, 10)
                return index
        """,
    ),
    unharmed(
        "nothing_above_a_chance",
        """
        import random
        import numpy as np
        class Set:
            def __init__(self, mix=0):
                self.mix = mix
            def __getitem__(self, index):
                return index + np.random.beta(10, 10) if self.mix > random.random() else index
        """,
    ),
    unharmed(
        "constructor",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.order = np.random.permutation(10)
            def __getitem__(self, index):
                return self.order[index]
        """,
    ),
    unharmed(
        "cache_filled_in_the_parent",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.cache = [self.make() for _ in range(10)]
            def make(self):
                return np.random.rand()
            def __getitem__(self, index):
                return self.cache[index]
        """,
    ),
    unharmed(
        "method_that_the_training_calls",
        """
        import numpy as np
        class Set:
            def __init__(self):
                self.order = list(range(10))
            def reshuffle(self):
                np.random.shuffle(self.order)
            def __getitem__(self, index):
                return self.order[index]
        """,
    ),
    unharmed(
        "length",
        """
        import numpy as np
        class Set:
            def __len__(self):
                return np.random.randint(10)
            def __getitem__(self, index):
                return index
        """,
    ),
    unharmed(
        "code_behind_the_main_guard",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return index
        if __name__ == "__main__":
            print(Set()[np.random.randint(3)])
        """,
    ),
    unharmed(
        "class_nobody_builds",
        """
        import numpy as np
        class Other:
            def __getitem__(self, index):
                return np.random.rand()
        class Set:
            def __getitem__(self, index):
                return index
        """,
    ),
    unharmed(
        "subclass_nobody_builds",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return self.get(index)
            def get(self, index):
                return index
        class Noisy(Set):
            def get(self, index):
                return np.random.rand()
        """,
    ),
    unharmed(
        "overridden_method",
        """
        import numpy as np
        class Base:
            def __getitem__(self, index):
                return np.random.rand()
        class Set(Base):
            def __getitem__(self, index):
                return index
        """,
    ),
    unharmed(
        "transform_that_is_only_mentioned",
        """
        import numpy as np
        def noise(value):
            return value + np.random.rand()
        class Set:
            def __init__(self):
                self.available = {"noise": noise}
            def __getitem__(self, index):
                return index
        """,
    ),
    unharmed(
        "branch_after_a_return",
        """
        import numpy as np
        class Set:
            def __getitem__(self, index):
                return index
                return np.random.rand()
        """,
    ),
    unharmed(
        "constructor_argument_that_nobody_sets",
        """
        import numpy as np
        class Set:
            def __init__(self, augment=False):
                self.augment = augment
            def __getitem__(self, index):
                if self.augment:
                    return np.random.rand()
                return index
        """,
    ),
    found(
        "constructor_argument_that_the_caller_switches_off",
        data="""
        import numpy as np
        class Set:
            def __init__(self, augment=True):
                self.augment = augment
            def __getitem__(self, index):
                if not self.augment:
                    return index
                return np.random.rand()
        """,
        train="""
        from torch.utils.data import DataLoader
        from data import Set
        loader = DataLoader(Set(augment=False), num_workers=2)
        """,
    ),
    found(
        "mode_that_no_loader_has",
        data="""
        import numpy as np
        class Set:
            def __init__(self, mode):
                self.mode = mode
            def __getitem__(self, index):
                return np.random.rand() if self.mode == "train" else index
        """,
        train="""
        from torch.utils.data import DataLoader
        from data import Set
        dataset = Set("train")
        loader = DataLoader(Set("test"), num_workers=2)
        """,
    ),
    found(
        "sampler",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader, Sampler
        class Mine(Sampler):
            def __iter__(self):
                return iter(np.random.permutation(9))
        class Set:
            def __getitem__(self, index):
                return index
        loader = DataLoader(Set(), sampler=Mine(), num_workers=2)
        """,
    ),
    found(
        "batch_sampler",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Mine:
            def __iter__(self):
                yield list(np.random.permutation(9))
        class Set:
            def __getitem__(self, index):
                return index
        loader = DataLoader(Set(), batch_sampler=Mine(), num_workers=2)
        """,
    ),
    found(
        "training_loop",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Set:
            def __getitem__(self, index):
                return index
        def mixup(batch):
            return np.random.beta(1, 1) * batch
        for batch in DataLoader(Set(), num_workers=2):
            mixup(batch)
        """,
    ),
    found(
        "dataset_that_no_loader_gets",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Noisy:
            def __getitem__(self, index):
                return np.random.rand()
        class Set:
            def __getitem__(self, index):
                return index
        noisy = Noisy()
        print(noisy[0])
        loader = DataLoader(Set(), num_workers=2)
        """,
    ),
    found(
        "branch_that_each_round_of_a_loop_closes_again",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Set:
            def __getitem__(self, index):
                for _ in range(3):
                    first = True
                    if not first:
                        index += np.random.rand()
                    first = False
                return index
        loader = DataLoader(Set(), num_workers=2)
        """,
    ),
    found(
        "method_whose_name_ends_otherwise",
        train="""
        import numpy as np
        from torch.utils.data import DataLoader
        class Set:
            def __init__(self, kind):
                self.kind = kind
            def __getitem__(self, index):
                return getattr(self, "crop_%s" % self.kind)(index)
            def crop_middle(self, index):
                return index
            def flip(self, index):
                return np.random.rand()
        loader = DataLoader(Set("middle"), num_workers=2)
        """,
    ),
    unharmed(
        "put_into_the_list_of_the_other_branch",
        """
        import numpy as np
        from torchvision import transforms
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()
        def steps(train):
            if train:
                steps = []
                steps.append(Noise())
            else:
                steps = [transforms.ToTensor()]
            return transforms.Compose(steps)
        class Set:
            def __init__(self):
                self.steps = steps(False)
            def __getitem__(self, index):
                return self.steps(index)
        """,
    ),
)
def test_what_no_worker_reaches(check: Check, example: Example) -> None:
    assert not marked(example.sources(), "DRAW")
    assert_as_marked(check(example.sources()), Example(example.name, example.files, None))


DEFINED_TWICE = """
import numpy as np
def crop(image):
    return image[{first}:]
def crop(image):
    return image[{second}:]
class Set:
    def __getitem__(self, index):
        return crop(np.arange(index))
"""
DRAWN = "np.random.randint(4)"


def test_the_last_of_two_definitions_stands(check: Check) -> None:
    again = check({"data.py": DEFINED_TWICE.format(first="8", second=DRAWN), "train.py": TRAIN})
    assert drawn(again) == {"data.py:6"}
    replaced = check({"data.py": DEFINED_TWICE.format(first=DRAWN, second="8"), "train.py": TRAIN})
    assert (drawn(replaced), replaced.eligible) == (set(), False)


def test_what_a_notebook_defines_twice_may_be_used_between(check: Check) -> None:
    start = "from torch.utils.data import DataLoader\nloader = DataLoader(Set(), num_workers=2)\nnext(iter(loader))"
    first, *others = DEFINED_TWICE.format(first=DRAWN, second="8").strip().split("def crop")
    sets = "class Set" + others[1].split("class Set")[1]
    sources = [first + "def crop" + others[0] + sets, start, "def crop" + others[1].split("class Set")[0]]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    report = check({"run.ipynb": json.dumps({"cells": cells})})
    assert (report.eligible, report.legacy) == (True, "duplicate")


FAMILY = """
import pickle
import numpy as np
from torch.utils.data import DataLoader
class Step:
    def all_of(self, batch):
        return [self.one_of(sample) for sample in batch]
class Turned(Step):
    def all_of(self, batch):
        return batch[::-1]
class Halved(Step):
    def all_of(self, batch):
        return batch[:1]
class Chained(Step):
    def all_of(self, batch):
        return batch
class Shifted(Step):
    def one_of(self, sample):
        return sample + np.random.rand(){mark}
{other}
class Set:
    def __init__(self, path):
        self.steps = pickle.load(open(path, "rb"))
    def __getitem__(self, index):
        for step in self.steps.values():
            index = step.all_of([index])
        return index
loader = DataLoader(Set("steps"), num_workers=2)
"""
STRANGER = "class Stranger:\n    def all_of(self, batch):\n        return batch\n"


MANY = "".join(f"class Step{number}(Step):\n    pass\n" for number in range(24))


@each(
    Example("one_family", {"train.py": FAMILY.format(mark="  # DRAW", other="")}, OLD_TORCH),
    Example("others_have_it_too", {"train.py": FAMILY.format(mark="", other=STRANGER)}, None),
    Example("a_large_family", {"train.py": FAMILY.format(mark="", other=MANY)}, None),
)
def test_a_method_that_only_the_classes_of_one_family_have(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
