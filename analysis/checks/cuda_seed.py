"""RP107: CUDA devices whose generators nobody seeds."""

from collections.abc import Iterator

from analysis.catalog.reproducibility import CUDA_FROM_MANUAL_SEED
from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import argument
from analysis.checks.setting import Setting, State
from analysis.checks.uses import Use
from analysis.facts import ir

_PARALLEL = ("torch.nn.DataParallel", "torch.nn.parallel.DataParallel", "torch.nn.parallel.data_parallel.DataParallel")


def run(setting: Setting) -> Iterator[Found]:
    for program in setting.programs:
        state = setting.state(program)
        if state.unknown:
            continue
        yield from _one_of_several(setting, state)
        if not setting.admits("torch", CUDA_FROM_MANUAL_SEED):
            yield from _only_the_cpu(setting, state)


def _one_of_several(setting: Setting, state: State) -> Iterator[Found]:
    one = state.fixes("one cuda device")
    if not one or state.seeds("cuda"):
        return
    several = next((use for use in setting.uses.of(_PARALLEL) if state.runs(use) and _is_several(use)), None)
    if several is not None:
        yield Found(
            place=one[0].use.place,
            what=one[0].use.where,
            message=(
                f"`torch.cuda.manual_seed` seeds the current device, and {state.program.main} uses several "
                f"({several.place}): the others, and the CPU, start from another seed in each run."
            ),
            fix="Call `torch.manual_seed(seed)`, which seeds the CPU and all devices.",
            program=state.program.main,
            related=[several.place],
        )


def _is_several(use: Use) -> bool:
    """Whether the model is spread over more than one device; all there are, when nothing is said."""
    devices = argument(use.call, ("device_ids",), 1)
    if isinstance(devices, ir.Seq):
        return len(devices.items) > 1
    return not isinstance(devices, ir.Const) or devices.value is None


def _only_the_cpu(setting: Setting, state: State) -> Iterator[Found]:
    cpu = [seeding for seeding in state.fixes("torch") if seeding.use.name.endswith("manual_seed")]
    if not cpu or any(seeding.use.name.startswith("torch.cuda.") for seeding in state.seedings):
        return
    device = next((use for use in _moves(setting) if state.runs(use)), None)
    if device is not None:
        yield Found(
            place=cpu[0].use.place,
            what=cpu[0].use.where,
            message="Under the torch that is asked for, `torch.manual_seed` seeds the CPU alone, and CUDA is used.",
            fix="Call `torch.cuda.manual_seed_all(seed)` as well.",
            program=state.program.main,
            related=[device.place],
        )


def _moves(setting: Setting) -> Iterator[Use]:
    """`model.cuda()`."""
    for module in setting.uses.modules("cuda"):
        for call, owner in module.calls_by_name.get("cuda", ()):
            yield Use("cuda", call, owner, module)


CHECK = Check(
    code="RP107",
    name="cuda-not-seeded",
    title="CUDA devices left unseeded",
    why=(
        "`torch.cuda.manual_seed` seeds the device that is current, no other, and not the CPU. With `DataParallel` the "
        "dropout of every other device is drawn from a seed that nobody chose. (Before torch 0.2, `torch.manual_seed` "
        "in turn seeded the CPU alone.)"
    ),
    conditions=(
        "A program that seeds one CUDA device with something fixed, neither all of them nor torch as a whole, and "
        "spreads a model over several with `DataParallel`; or, where only a torch before 0.2 is asked for, one that "
        "seeds the CPU and computes on CUDA."
    ),
    fix="Call `torch.manual_seed(seed)`.",
    needles=frozenset({"manual_seed"}),
    run=run,
    flagged=(
        Example(
            "One device is seeded, several are used",
            {
                "train.py": """
                import torch
                from torch import nn

                def main():
                    torch.cuda.manual_seed(1)  # RP107
                    return nn.DataParallel(nn.Dropout())

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
    ),
    passed=(
        Example(
            "torch.manual_seed seeds them all",
            {
                "train.py": """
                import torch

                torch.manual_seed(1)
                torch.cuda.manual_seed(1)
                model = torch.nn.DataParallel(torch.nn.Dropout())
                """,
            },
        ),
        Example(
            "One device",
            {
                "train.py": """
                import torch

                torch.cuda.manual_seed(1)
                model = torch.nn.DataParallel(torch.nn.Dropout(), device_ids=[0])
                """,
            },
        ),
    ),
)
