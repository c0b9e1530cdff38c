"""Classes that leave it to a library's composition to call their parts: `class Mine(Compose)`."""

from .examples import Check, Example, assert_as_marked, each, found, unharmed

PROGRAM = """
import numpy as np
import torch
import torchvision.transforms as T
from torch.utils.data import DataLoader
from torchvision.datasets import CIFAR10
class Noise:
    def __call__(self, image):
        return image + np.random.rand()  # DRAW
class Mine(BASE):
    MADE
loader = DataLoader(CIFAR10(".", transform=Mine(GIVEN)), num_workers=4)  # LOADER
"""


def program(name: str, base: str, made: str, given: str) -> Example:
    return found(name, main=PROGRAM.replace("BASE", base).replace("MADE", made).replace("GIVEN", given))


@each(
    program("made_with_its_parts", "T.Compose", "pass", "[T.ToTensor(), Noise()]"),
    program(
        "that_hands_them_on",
        "T.Compose",
        "def __init__(self, parts):\n        super().__init__(parts)",
        "[Noise()]",
    ),
    program(
        "that_makes_them",
        "T.Compose",
        "def __init__(self):\n        T.Compose.__init__(self, [T.ToTensor(), Noise()])",
        "",
    ),
    program(
        "that_calls_its_base",
        "T.Compose",
        "def __call__(self, image):\n        return super().__call__(image)",
        "[Noise()]",
    ),
    program("of_modules", "torch.nn.Sequential", "pass", "T.ToTensor(), Noise()"),
    program("of_another_like_it", "T.Compose", "pass", "[Mine([T.Compose([Noise()])])]"),
    found(
        "called_by_the_repositorys_own_dataset",
        data="""
            import numpy as np
            import albumentations as A
            class Noise(A.ImageOnlyTransform):
                def apply(self, image, **params):
                    return image + np.random.rand()  # DRAW
            class Steps(A.Compose):
                def __init__(self, size):
                    super().__init__([A.Resize(size, size), Noise()], p=1)
            class Set:
                def __init__(self):
                    self.steps = Steps(4)
                def __getitem__(self, index):
                    return self.steps(image=index)
            """,
        train="""
            from torch.utils.data import DataLoader
            from data import Set
            loader = DataLoader(Set(), num_workers=4)  # LOADER
            """,
    ),
)
def test_composition(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)


@each(
    unharmed(
        "that_calls_none_of_its_parts",
        """
        import numpy as np
        import torchvision.transforms as T
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()
        class Mine(T.Compose):
            def __call__(self, image):
                return image
        class Set:
            def __init__(self):
                self.steps = Mine([Noise()])
            def __getitem__(self, index):
                return self.steps(index)
        """,
    ),
    unharmed(
        "that_is_no_composition",
        """
        import numpy as np
        from keeping import Shelf
        class Noise:
            def __call__(self, image):
                return image + np.random.rand()
        class Mine(Shelf):
            pass
        class Set:
            def __init__(self):
                self.steps = Mine([Noise()])
            def __getitem__(self, index):
                return self.steps(index)
        """,
    ),
)
def test_no_composition(check: Check, example: Example) -> None:
    assert_as_marked(check(example.sources()), example)
