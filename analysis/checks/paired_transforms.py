"""RP102: two transforms kept in step by reseeding a generator that the transforms no longer draw from."""

from collections.abc import Iterator

from analysis.catalog.reproducibility import PAIRED_LIBRARIES, TORCHVISION_FROM_TORCH
from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import argument, exclude, form
from analysis.checks.incomplete_seeding import torchvision_draws
from analysis.checks.setting import Setting
from analysis.checks.uses import Use
from analysis.link.conditions import tests_around
from analysis.link.scopes import FunctionInfo, descendants
from analysis.link.values import Result, Value

_RESEEDS = ("random.seed", "numpy.random.seed")
_TORCH = ("torch.manual_seed", "torch.random.manual_seed")


def run(setting: Setting) -> Iterator[Found]:
    torch = list(setting.uses.of(_TORCH))
    for group in _pairs(setting.uses.of(_RESEEDS)):
        first, second = group[0], group[1]
        if any(use.scope is first.scope for use in torch):
            continue
        drawn = _drawn(setting, first, second)
        if drawn is None:
            continue
        name = drawn.name.rpartition(".")[2]
        release = ".".join(map(str, TORCHVISION_FROM_TORCH[name]))
        yield Found(
            place=first.place,
            what=f"{first.where} {first.name}",
            message=(
                f"`{first.name}` is seeded twice with the same, so that two transforms fall alike; `{name}` among them "
                f"draws from torch since torchvision {release}, and the two fall apart."
            ),
            fix="Seed torch with the same before each of the two: `torch.manual_seed(seed)`; or use transforms.v2.",
            related=[second.place, drawn.place],
        )


def _pairs(uses: Iterator[Use]) -> Iterator[list[Use]]:
    """The calls in one function that seed one generator with the same expression."""
    groups: dict[tuple[object, ...], list[Use]] = {}
    for use in uses:
        seed = argument(use.call, ("a", "seed"), 0)
        if seed is not None and isinstance(use.owner, FunctionInfo):
            groups.setdefault((id(use.owner), use.name, form(seed)), []).append(use)
    for group in groups.values():
        group.sort(key=lambda use: use.line)
        if len(group) > 1 and not _alternatives(group[0], group[1]):
            yield group


def _alternatives(first: Use, second: Use) -> bool:
    body = first.module.facts.body
    return exclude(tests_around(body, first.line), tests_around(body, second.line))


def _drawn(setting: Setting, first: Use, second: Use) -> Use | None:
    """A transform that draws from torch in what is called after both seedings."""
    frame = setting.uses.frame(first.owner, first.module)
    draws = list(torchvision_draws(setting))
    between = [call for call in first.scope.calls if first.line < call.line <= second.line and call is not second.call]
    after = [call for call in first.scope.calls if call.line > second.line]
    found: list[Use] = []
    for calls in (between, after):
        here = [use for call in calls for value in setting.ev.eval(call.func, frame) for use in _within(value, draws)]
        if not here:
            return None
        found += here
    return found[0]


def _within(value: Value, draws: list[Use]) -> list[Use]:
    """The drawing transforms that stand in what is called: a transform itself, or those in a composition of them."""
    match value:
        case Result() if value.name.startswith(PAIRED_LIBRARIES):
            inside = {id(node) for node in descendants(value.call)}
            return [use for use in draws if id(use.call) in inside]
        case _:
            return []


CHECK = Check(
    code="RP102",
    name="paired-transforms-apart",
    title="Paired transforms reseeded with the wrong generator",
    why=(
        "To flip an image and its mask alike, people seed Python's `random` (or NumPy) with one number before each of "
        "the two calls. It worked as long as torchvision drew from `random`. Since torchvision 0.7 the flips, since "
        "0.8 nearly all random transforms draw from torch, which nobody reseeds here: the mask is flipped when the "
        "image is not, and training goes on with labels that are wrong."
    ),
    conditions=(
        "One function seeds `random` or NumPy twice with the same expression, calls a torchvision transform (or a "
        "composition that holds one) after each, the transform draws from torch under a torchvision that the "
        "repository admits, and the function does not seed torch."
    ),
    fix="Call `torch.manual_seed(seed)` before each of the two transforms.",
    needles=frozenset({"seed"}),
    run=run,
    flagged=(
        Example(
            "A dataset that flips image and mask by reseeding random",
            {
                "data.py": """
                import random
                from torchvision import transforms

                class Pairs:
                    def __init__(self, images, masks):
                        self.images, self.masks = images, masks
                        self.transform = transforms.Compose([
                            transforms.RandomHorizontalFlip(),
                            transforms.ToTensor(),
                        ])

                    def __getitem__(self, index):
                        seed = random.randint(0, 2**31)
                        random.seed(seed)  # RP102
                        image = self.transform(self.images[index])
                        random.seed(seed)
                        mask = self.transform(self.masks[index])
                        return image, mask
                """,
            },
        ),
        Example(
            "The transforms are handed in by another file",
            {
                "data.py": """
                import random
                import numpy as np
                from torch.utils.data import Dataset

                class Pairs(Dataset):
                    def __init__(self, samples, transform=None, target_transform=None):
                        self.samples = samples
                        self.transform = transform
                        self.target_transform = target_transform

                    def __getitem__(self, index):
                        image, mask = self.samples[index]
                        seed = np.random.randint(2147483647)
                        random.seed(seed)  # RP102
                        if self.transform is not None:
                            image = self.transform(image)
                        random.seed(seed)
                        if self.target_transform is not None:
                            mask = self.target_transform(mask)
                        return image, mask
                """,
                "train.py": """
                from torch.utils.data import DataLoader
                from torchvision import transforms as T
                from data import Pairs

                image = T.Compose([T.RandomResizedCrop(256), T.RandomHorizontalFlip(), T.ToTensor()])
                mask = T.Compose([T.RandomResizedCrop(256), T.RandomHorizontalFlip()])
                for batch in DataLoader(Pairs([], image, mask)):
                    print(batch)
                """,
            },
        ),
    ),
    passed=(
        Example(
            "torch is reseeded with it",
            {
                "data.py": """
                import random
                import torch
                from torchvision import transforms

                class Pairs:
                    def __init__(self, images, masks):
                        self.images, self.masks = images, masks
                        self.transform = transforms.RandomCrop(64)

                    def __getitem__(self, index):
                        seed = random.randint(0, 2**31)
                        random.seed(seed)
                        torch.manual_seed(seed)
                        image = self.transform(self.images[index])
                        random.seed(seed)
                        torch.manual_seed(seed)
                        return image, self.transform(self.masks[index])
                """,
            },
        ),
        Example(
            "The transforms are the repository's own, and draw from random",
            {
                "data.py": """
                import random

                class Flip:
                    def __call__(self, image):
                        return image[::-1] if random.random() < 0.5 else image

                class Pairs:
                    def __init__(self, images, masks):
                        self.images, self.masks, self.flip = images, masks, Flip()

                    def __getitem__(self, index):
                        seed = random.randint(0, 2**31)
                        random.seed(seed)
                        image = self.flip(self.images[index])
                        random.seed(seed)
                        return image, self.flip(self.masks[index])
                """,
            },
        ),
        Example(
            "A torchvision that still draws from random",
            {
                "requirements.txt": "torchvision==0.6.0\n",
                "data.py": """
                import random
                from torchvision import transforms

                flip = transforms.RandomHorizontalFlip()

                def both(image, mask, seed):
                    random.seed(seed)
                    image = flip(image)
                    random.seed(seed)
                    return image, flip(mask)
                """,
            },
        ),
    ),
)
