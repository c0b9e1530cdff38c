"""A repository for measuring: as many Python files and bytes as asked for, made the same every time.

Its files are like those of a real project in what matters to the analysis: most have nothing to do with loaders, some
import torch, some draw from NumPy, some define datasets, and a few build loaders. A dense one is the worst case: every
file imports both, defines a dataset that draws through another file, and builds a loader.
"""

import random
import textwrap
from pathlib import Path

FILES = 3_000
BYTES = 20 * 2**20


def generate(folder: Path, *, files: int = FILES, size: int = BYTES, dense: bool = False) -> int:
    """Writes the repository and gives the number of its bytes."""
    chance = random.Random(7)  # noqa: S311 - a repeatable corpus, no secret
    written = 0
    for number in range(files):
        package = folder / f"package{number % 40}"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        text = _module(number, 0 if dense else number % 30, size // files, chance)
        (package / f"module{number}.py").write_text(text)
        written += len(text.encode())
    (folder / "requirements.txt").write_text("numpy\ntorch>=1.6\n")
    return written


def _module(number: int, kind: int, size: int, chance: random.Random) -> str:
    parts = ["import math\nimport os\n"]
    if kind < 12:
        parts.append("import torch\nimport torch.nn as nn\n")
    if kind < 6:
        parts.append("import numpy as np\n")
    if kind < 3:
        base = number - 30 if number >= 30 else number
        parts.append(_DATASET.format(number=number, base=base, package=base % 40))
    if kind == 0:
        parts.append(_TRAINING.format(number=number))
    length = sum(map(len, parts))
    while length < size:
        parts.append(_filler(len(parts), chance, draws=kind < 6))
        length += len(parts[-1])
    return "\n\n".join(parts)


def _filler(number: int, chance: random.Random, *, draws: bool) -> str:
    names = [f"value{chance.randrange(100)}" for _ in range(4)]
    lines = [
        f"{name} = math.sqrt(abs({other} * {chance.randrange(1000)})) if {other} else {chance.random():.6f}"
        for name, other in zip(names, reversed(names), strict=True)
    ]
    noise = f"noise = np.random.normal(0, {chance.random():.3f}, size=3)" if draws else "noise = [0, 0, 0]"
    return _FILLER.format(
        number=number, names=", ".join(sorted(set(names))), noise=noise, body=textwrap.indent("\n".join(lines), "    ")
    )


_FILLER = '''class Step{number}:
    """One step of a longer computation, kept apart so that it can be tested."""

    def __init__(self, scale, offset=0.5, **options):
        self.scale = scale
        self.offset = offset
        self.options = dict(options, name="step{number}")

    def run(self, samples, weights=None):
        total = 0.0
        for index, sample in enumerate(samples):
            weight = weights[index] if weights is not None else self.scale
            total += weight * sample + self.offset if sample > 0 else -self.offset
        return {{"total": total, "count": len(samples), "options": self.options}}


def compute{number}({names}):
    {noise}
{body}
    return os.path.join("out", str(sum(noise)), *[str(item) for item in ({names},)])
'''

_DATASET = """from package{package}.module{base} import Step2, noisy{base}
from torch.utils.data import Dataset


def noisy{number}(sample):
    return sample + np.random.normal(0, 0.1, size=len(sample))


class Data{number}(Dataset):
    def __init__(self, samples, step=None):
        self.samples = samples
        self.step = step or Step2(1.0)

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        return self.augment(self.samples[index])

    def augment(self, sample):
        if np.random.rand() < 0.5:
            sample = sample[::-1]
        return sample + np.random.normal(0, 0.1, size=len(sample))
"""

_TRAINING = """from torch.utils.data import DataLoader


def train{number}(samples, workers=4):
    loader = DataLoader(Data{number}(samples), batch_size=8, shuffle=True, num_workers=workers)
    for epoch in range(10):
        for batch in loader:
            print(epoch, batch)
"""
