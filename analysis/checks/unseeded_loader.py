"""RP105: a loader shuffles with torch's generator, which nobody seeds, in a program that asks for determinism."""

from collections.abc import Iterator

from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import argument, is_none, is_true, passes_on
from analysis.checks.incomplete_seeding import draw_from_torch
from analysis.checks.setting import Setting, State
from analysis.checks.uses import Use

_LOADERS = ("torch.utils.data.DataLoader", "torch_geometric.loader.DataLoader", "monai.data.DataLoader")
_SAMPLERS = ("torch.utils.data.RandomSampler", "torch.utils.data.WeightedRandomSampler")


def run(setting: Setting) -> Iterator[Found]:
    for use in [*setting.uses.of(_LOADERS), *setting.uses.of(_SAMPLERS)]:
        if not _draws_order(use):
            continue
        for state in setting.states(use.module.path):
            asked = _asked(setting, state)
            if asked is None or state.seeds("torch") or not state.runs(use) or not state.trains or state.unknown:
                continue
            if state.fixes("python", "numpy") and draw_from_torch(setting, state) is not None:
                # Said once, where the program seeds the others.
                continue
            yield Found(
                place=use.place,
                what=f"{use.where} {use.name}",
                message=(
                    f"The order of the samples comes from torch's generator, which {state.program.main} never seeds, "
                    f"though it asks for the same in each run ({asked})."
                ),
                fix="Call `torch.manual_seed(seed)` first, or pass `generator=torch.Generator().manual_seed(seed)`.",
                program=state.program.main,
                related=[asked],
            )
            break


def _draws_order(use: Use) -> bool:
    """Whether the call draws the order of samples from torch's default generator."""
    if passes_on(use.call):
        return False
    given = argument(use.call, ("generator",), None)
    if given is not None and not is_none(given):
        return False
    return use.name in _SAMPLERS or is_true(argument(use.call, ("shuffle",), 2))


def _asked(setting: Setting, state: State) -> str | None:
    """Where the program asks for determinism."""
    fixed = state.fixes("python", "numpy", "cuda", "one cuda device")
    if fixed:
        return fixed[0].use.place
    return next((flag.place for flag in setting.determinism if state.runs(flag)), None)


CHECK = Check(
    code="RP105",
    name="unseeded-loader",
    title="Shuffled loader without a seed",
    why=(
        "A loader with `shuffle=True` takes the order of its samples, and the seeds of its workers, from torch's "
        "generator of the CPU. `cudnn.deterministic` does not touch it, `torch.cuda.manual_seed_all` does not, and "
        "seeding NumPy does not: the batches are others in each run."
    ),
    conditions=(
        "A `DataLoader` with `shuffle=True` or a random sampler, without a generator of its own, in a program that "
        "trains, seeds something else with a fixed number or sets a flag for determinism, and never seeds torch's CPU "
        "generator. Where RP101 already says so of the program, it is not said again."
    ),
    fix="Seed torch, or hand the loader a seeded generator.",
    needles=frozenset({"DataLoader", "RandomSampler", "WeightedRandomSampler"}),
    run=run,
    flagged=(
        Example(
            "Deterministic convolutions over another order of samples",
            {
                "train.py": """
                import torch
                from torch.utils.data import DataLoader

                torch.backends.cudnn.deterministic = True
                for batch in DataLoader(list(range(10)), batch_size=2, shuffle=True):  # RP105
                    batch.sum().backward()
                """,
            },
        ),
        Example(
            "Only CUDA is seeded, in another file",
            {
                "options.py": """
                import torch

                def fix(seed):
                    torch.cuda.manual_seed_all(seed)
                """,
                "train.py": """
                from torch.utils.data import DataLoader
                from options import fix

                if __name__ == "__main__":
                    fix(1)
                    loader = DataLoader(list(range(10)), shuffle=True)  # RP105
                    next(iter(loader)).backward()
                """,
            },
        ),
    ),
    passed=(
        Example(
            "torch is seeded",
            {
                "train.py": """
                import torch
                from torch.utils.data import DataLoader

                torch.backends.cudnn.deterministic = True
                torch.manual_seed(0)
                loader = DataLoader(list(range(10)), shuffle=True)
                next(iter(loader)).backward()
                """,
            },
        ),
        Example(
            "The loader has a generator of its own",
            {
                "train.py": """
                import torch
                from torch.utils.data import DataLoader

                torch.backends.cudnn.deterministic = True
                generator = torch.Generator().manual_seed(0)
                loader = DataLoader(list(range(10)), shuffle=True, generator=generator)
                next(iter(loader)).backward()
                """,
            },
        ),
        Example(
            "Nobody asks for the same in each run",
            {
                "train.py": """
                from torch.utils.data import DataLoader

                loader = DataLoader(list(range(10)), shuffle=True)
                next(iter(loader)).backward()
                """,
            },
        ),
        Example(
            "The order does not matter to a program that does not train",
            {
                "test.py": """
                import torch
                from torch.utils.data import DataLoader

                torch.backends.cudnn.deterministic = True
                print(list(DataLoader(list(range(10)), shuffle=True)))
                """,
            },
        ),
        Example(
            "A library seeds everything",
            {
                "train.py": """
                import torch
                from torch.utils.data import DataLoader
                from pytorch_lightning import seed_everything

                torch.backends.cudnn.deterministic = True
                seed_everything(3)
                loader = DataLoader(list(range(10)), shuffle=True)
                next(iter(loader)).backward()
                """,
            },
        ),
    ),
)
