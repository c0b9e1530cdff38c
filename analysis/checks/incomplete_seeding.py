"""RP101: a program seeds `random` or NumPy and not torch, though it draws from torch."""

from collections.abc import Container, Iterator

from analysis.catalog.reproducibility import DRAWS_FROM_TORCH, INITIALISED_LAYERS, TORCHVISION_FROM_TORCH
from analysis.checks.base import Check, Example, Found
from analysis.checks.setting import Setting, State
from analysis.checks.uses import Use


def run(setting: Setting) -> Iterator[Found]:
    for program in setting.programs:
        state = setting.state(program)
        fixed = state.fixes("python", "numpy")
        if not fixed or state.seeds("torch") or not state.trains or state.unknown:
            continue
        drawn = draw_from_torch(setting, state)
        if drawn is None:
            continue
        use, words = drawn
        first = min(fixed, key=lambda seeding: (seeding.use.module.path != program.main, seeding.use.place))
        names = " and ".join(sorted({_NAMES[name] for seeding in fixed for name in seeding.generators & _NAMES.keys()}))
        yield Found(
            place=first.use.place,
            what=first.use.where,
            message=f"{program.main} seeds {names} and never torch, which {words}: each run differs from the last.",
            fix="Call `torch.manual_seed(seed)` beside it; it seeds the CPU and every CUDA device.",
            program=program.main,
            related=[use.place],
        )


_NAMES = {"python": "`random`", "numpy": "NumPy"}


def draw_from_torch(setting: Setting, state: State) -> tuple[Use, str] | None:
    """Something that the program draws from torch's generator of the CPU, and the words for it."""
    files = state.program.files
    for use in torchvision_draws(setting, files):
        if state.runs(use):
            name = use.name.rpartition(".")[2]
            first = ".".join(map(str, TORCHVISION_FROM_TORCH[name]))
            return use, f"`{name}` draws from (since torchvision {first})"
    for names, words in ((INITIALISED_LAYERS, "`{}` starts from"), (DRAWS_FROM_TORCH, "`{}` draws from")):
        for use in setting.uses.of(names, files):
            if state.runs(use) and not any(k.name == "generator" for k in use.call.keywords):
                return use, words.format(use.name)
    return None


def torchvision_draws(setting: Setting, files: Container[str] | None = None) -> Iterator[Use]:
    """Transforms that draw from torch under a torchvision that the repository admits."""
    for name, release in TORCHVISION_FROM_TORCH.items():
        if setting.admits("torchvision", release):
            yield from setting.uses.of(
                (f"torchvision.transforms.{name}", f"torchvision.transforms.transforms.{name}"), files
            )


CHECK = Check(
    code="RP101",
    name="incomplete-seeding",
    title="Seeds random or NumPy, and not torch",
    why=(
        "Python, NumPy and torch each keep a generator of their own. From torchvision 0.7 on, the flips draw from "
        "torch, and from 0.8 on nearly all random transforms do, where Python's `random` was used before; weights, "
        "dropout and the order of a shuffled loader have always come from torch. A program that seeds only the others "
        "looks reproducible and is not. A published case: segmentation fell from 83 to 68 between torchvision 0.6 and "
        "0.11, because image and label were flipped apart, and was 83 again once torch was seeded."
    ),
    conditions=(
        "A program (a script with what it imports) seeds `random` or NumPy with something that is the same in each "
        "run, trains, never seeds torch's CPU generator, not through a library either, and draws from it: a "
        "torchvision transform under a torchvision that the repository admits, weights, dropout or `torch.rand`. A "
        "seed for what the same function draws next, such as a split of the data, is no wish of the whole program."
    ),
    fix="Seed torch as well: `torch.manual_seed(seed)`.",
    needles=frozenset({"seed"}),
    run=run,
    flagged=(
        Example(
            "NumPy and random are seeded, the flip draws from torch",
            {
                "train.py": """
                import random
                import numpy as np
                from torchvision import transforms

                def set_seed(seed):
                    random.seed(seed)  # RP101
                    np.random.seed(seed)

                def main():
                    set_seed(42)
                    flip = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
                    flip(3).sum().backward()

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
        Example(
            "Weights come from torch, in another file",
            {
                "model.py": """
                from torch import nn

                class Net(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.layer = nn.Linear(8, 2)
                """,
                "train.py": """
                import numpy
                from model import Net

                numpy.random.seed(0)  # RP101
                net = Net()
                for batch in range(10):
                    net.layer(batch).sum().backward()
                """,
            },
        ),
    ),
    passed=(
        Example(
            "torch is seeded too, by a function of another file",
            {
                "seeds.py": """
                import random
                import numpy as np
                import torch as t

                def everything(seed):
                    random.seed(seed)
                    np.random.seed(seed)
                    t.manual_seed(seed)
                """,
                "train.py": """
                from torchvision import transforms as T
                from seeds import everything

                everything(1)
                T.RandomHorizontalFlip()(3).backward()
                """,
            },
        ),
        Example(
            "An old torchvision, in which the flip draws from random",
            {
                "requirements.txt": "torchvision==0.5.0\n",
                "train.py": """
                import random
                from torchvision.transforms import RandomHorizontalFlip

                random.seed(0)
                RandomHorizontalFlip()(3).backward()
                """,
            },
        ),
        Example(
            "Nothing is drawn from torch",
            {
                "sample.py": """
                import numpy as np
                import torch

                np.random.seed(0)
                print(torch.from_numpy(np.random.rand(3)))
                """,
            },
        ),
        Example(
            "A seed for a split of the data, and not for the program",
            {
                "train.py": """
                import numpy as np
                from torchvision.transforms import RandomHorizontalFlip

                def split(samples):
                    np.random.seed(0)
                    return np.random.permutation(samples)

                RandomHorizontalFlip()(split(3)).backward()
                """,
            },
        ),
        Example(
            "The seed is another in each run: nobody asked for the same numbers",
            {
                "train.py": """
                import random, time
                from torchvision.transforms import RandomHorizontalFlip

                random.seed(int(time.time()))
                RandomHorizontalFlip()(3).backward()
                """,
            },
        ),
    ),
)
