"""RP104: data is split by a generator that nobody seeds, in a program that seeds the others."""

from collections.abc import Iterator

from analysis.catalog.reproducibility import SPLITS, SPLITS_WHEN_SHUFFLED, Generator
from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import argument, is_false, is_none, is_true, passes_on
from analysis.checks.setting import Seeding, Setting, State
from analysis.checks.uses import Use
from analysis.link.conditions import tests_around


def run(setting: Setting) -> Iterator[Found]:
    for use in setting.uses.of(SPLITS):
        kind, own, _ = SPLITS[use.name]
        if not _draws(use):
            continue
        for state in setting.states(use.module.path):
            if state.unknown or not state.runs(use):
                continue
            why = _unseeded(use, kind, state)
            if why is not None:
                yield Found(
                    place=use.place,
                    what=f"{use.where} {use.name}",
                    message=(
                        f"`{use.name.rpartition('.')[2]}` splits with {_NAMES[kind]}, which {why}: what is held back "
                        "for validation is another part of the data in each run."
                    ),
                    fix=f"Pass `{own}=`: {_FIXES[kind]}.",
                    program=state.program.main,
                    related=[seeding.use.place for seeding in state.fixes("python", "numpy", "torch", "cuda")[:1]],
                )
                break


_NAMES: dict[Generator, str] = {"numpy": "NumPy's global generator", "torch": "torch's default generator"}
_FIXES: dict[Generator, str] = {"numpy": "a fixed number", "torch": "`torch.Generator().manual_seed(seed)`"}


def _draws(use: Use) -> bool:
    """Whether the split draws, and from the global generator."""
    _, own, position = SPLITS[use.name]
    given = argument(use.call, (own,), position)
    if passes_on(use.call) or (given is not None and not is_none(given)):
        return False
    shuffle = argument(use.call, ("shuffle",), 1 if use.name in SPLITS_WHEN_SHUFFLED else None)
    return is_true(shuffle) if use.name in SPLITS_WHEN_SHUFFLED else not is_false(shuffle)


def _unseeded(use: Use, kind: Generator, state: State) -> str | None:
    """Why the split differs from run to run; None when it does not, or nobody asked that it should not."""
    own = state.seeds(kind)
    others: tuple[Generator, ...] = tuple(name for name in ("python", "numpy", "torch") if name != kind)
    if not own:
        return f"{state.program.main} never seeds, though it seeds others" if state.fixes(*others) else None
    if all(seeding.fixed and _comes_after(seeding, use) for seeding in own):
        return f"is seeded only afterwards, at {own[0].use.place}"
    return None


def _comes_after(seeding: Seeding, use: Use) -> bool:
    later = seeding.use
    if later.owner is not use.owner or later.module is not use.module or later.line <= use.line:
        return False
    return not tests_around(use.module.facts.body, use.line)


CHECK = Check(
    code="RP104",
    name="unseeded-split",
    title="Data split without a seed",
    why=(
        "`train_test_split` draws from NumPy's global generator unless it is given a `random_state`, `random_split` "
        "from torch's unless it is given a `generator`. Where that one is not seeded, each run trains on other samples "
        "and is measured on others, and a checkpoint that is evaluated in a second run has seen what it is tested on."
    ),
    conditions=(
        "A split without a generator or seed of its own, in a program that seeds another generator with something "
        "fixed and never the one that the split draws from, or only further down in the same body."
    ),
    fix="Give the split its own seed.",
    needles=frozenset(name.rpartition(".")[2] for name in SPLITS),
    run=run,
    flagged=(
        Example(
            "torch is seeded, scikit-learn draws from NumPy",
            {
                "train.py": """
                import torch
                from sklearn.model_selection import train_test_split

                torch.manual_seed(0)
                train, test = train_test_split(list(range(100)), test_size=0.2)  # RP104
                """,
            },
        ),
        Example(
            "The seed comes after the split",
            {
                "train.py": """
                import torch
                from torch.utils.data import random_split

                def main(data):
                    train, test = random_split(data, [80, 20])  # RP104
                    torch.manual_seed(0)
                    return train, test

                if __name__ == "__main__":
                    main(list(range(100)))
                """,
            },
        ),
    ),
    passed=(
        Example(
            "The split has a seed of its own",
            {
                "train.py": """
                import torch
                from sklearn.model_selection import train_test_split

                torch.manual_seed(0)
                train, test = train_test_split(list(range(100)), random_state=1)
                """,
            },
        ),
        Example(
            "NumPy is seeded before",
            {
                "train.py": """
                import numpy as np
                import torch
                from sklearn.model_selection import train_test_split

                np.random.seed(0)
                torch.manual_seed(0)
                train, test = train_test_split(list(range(100)))
                """,
            },
        ),
        Example(
            "A program that seeds nothing asks for nothing",
            {
                "train.py": """
                from torch.utils.data import random_split

                train, test = random_split(list(range(100)), [80, 20])
                """,
            },
        ),
        Example(
            "Another program of the repository is the one that seeds",
            {
                "split.py": """
                from sklearn.model_selection import train_test_split

                if __name__ == "__main__":
                    print(train_test_split(list(range(100))))
                """,
                "train.py": """
                import torch

                if __name__ == "__main__":
                    torch.manual_seed(0)
                """,
            },
        ),
    ),
)
