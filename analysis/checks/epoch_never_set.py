"""RP106: a sampler that shuffles by the epoch's number, and nobody tells it the number."""

import re
from collections.abc import Callable, Iterator

from analysis.catalog.reproducibility import SETS_EPOCHS
from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import argument, is_false, passes_on
from analysis.checks.setting import Setting, State
from analysis.checks.uses import EXPRESSIONS, Use
from analysis.facts import ir
from analysis.link.moving import loops_over_epochs
from analysis.link.programs import Program
from analysis.link.scopes import ClassInfo, descendants, leaf_name, names_in

_SAMPLERS = ("torch.utils.data.DistributedSampler",)
_EPOCHS = (
    "epoch",
    "epochs",
    "num_epochs",
    "n_epochs",
    "nb_epochs",
    "num_train_epochs",
    "max_epochs",
    "max_epoch",
    "EPOCHS",
)
_GOES_THROUGH = re.compile(r"train|epoch|fit|loop|run", re.IGNORECASE)
_EVALUATES = re.compile(r"val|test|eval|dev\b|infer|predict", re.IGNORECASE)


def run(setting: Setting) -> Iterator[Found]:
    for use in setting.uses.of(_SAMPLERS):
        if passes_on(use.call) or is_false(argument(use.call, ("shuffle",), 3)) or _evaluates(use):
            continue
        state = _forgetful(setting, use.module.path, lambda state, use=use: state.runs(use))  # type: ignore[misc]
        if state is not None:
            yield Found(
                place=use.place,
                what=f"{use.where} {use.name}",
                message=(
                    f"{state.program.main} never calls the sampler's `set_epoch`: it shuffles by the epoch's number, "
                    "which stays 0, and every epoch has the same order."
                ),
                fix="Call `sampler.set_epoch(epoch)` at the start of each epoch.",
                program=state.program.main,
            )
    yield from _own(setting)


def _own(setting: Setting) -> Iterator[Found]:
    """Classes of the repository whose own `set_epoch` does something and is never called."""
    for module in setting.project.modules_mentioning("set_epoch"):
        for cls in module.classes:
            method = cls.methods.get("set_epoch")
            if method is None or not method.scope.attributes or _evaluates_name(cls.name):
                continue
            state = _forgetful(setting, module.path, lambda state, cls=cls: _built(state, cls))  # type: ignore[misc]
            if state is not None:
                yield Found(
                    place=module.place(method.line),
                    what=f"{cls.qualname}.set_epoch",
                    message=f"`{cls.name}` has a `set_epoch` that {state.program.main}, which builds one, never calls.",
                    fix="Call it at the start of each epoch.",
                    program=state.program.main,
                )


def _built(state: State, cls: ClassInfo) -> bool:
    return any(
        state.reach.runs(owner, module, call.line)
        for module in state.reach.project.modules_mentioning(cls.name)
        for call, owner in module.calls_by_name.get(cls.name, ())
    )


def _forgetful(setting: Setting, path: str, runs: Callable[[State], bool]) -> State | None:
    """The first program with the file that runs the thing in question, has epochs, and calls no `set_epoch`."""
    for state in setting.states(path):
        program = state.program
        if program.open or not setting.libraries(program).isdisjoint(SETS_EPOCHS):
            continue
        if _calls_set_epoch(setting, program) or not _has_epochs(setting, state):
            continue
        if runs(state):
            return state
    return None


def _calls_set_epoch(setting: Setting, program: Program) -> bool:
    return any("set_epoch" in module.calls_by_name for module in setting.uses.modules("set_epoch", program.files))


def _has_epochs(setting: Setting, state: State) -> bool:
    """Whether the program loops over epochs."""
    for word in _EPOCHS:
        for path in setting.project.mentioning(word):
            module = setting.project.module(path) if path in state.program.files else None
            if module is None:
                continue
            for scope, owner in module.bodies(loops_over_epochs):
                for loop in scope.loops:
                    if _counts_epochs(loop) and state.reach.runs(owner, module, loop.line):
                        return True
    return False


def _counts_epochs(loop: ir.For | ir.While) -> bool:
    """Whether a loop is one over epochs: each of its rounds goes through data, itself or in what it calls."""
    names = names_in(loop.test) if isinstance(loop, ir.While) else names_in(loop.target) | names_in(loop.iter)
    if not any("epoch" in name.lower() for name in names):
        return False
    inside = list(descendants(loop.body))
    calls = (leaf_name(node.func) for node in inside if isinstance(node, ir.Call))
    return any(isinstance(node, ir.For) for node in inside) or any(map(_GOES_THROUGH.search, calls))


def _evaluates(use: Use) -> bool:
    """Whether the sampler is for evaluation, by the names around it."""
    names = set(names_in(use.call))
    for name, bindings in use.scope.bindings.items():
        nodes = [b.node for b in bindings if isinstance(b.node, EXPRESSIONS) and abs(b.line - use.line) < 4]
        if any(part is use.call for node in nodes for part in descendants(node)):
            names.add(name)
    if use.owner is not None:
        names.add(use.owner.node.name if not isinstance(use.owner.node, ir.Lambda) else "")
    names |= {a.name for a in use.scope.attributes if a.binding.node is use.call}
    return any(_evaluates_name(name) for name in names)


def _evaluates_name(name: str) -> bool:
    return _EVALUATES.search(name) is not None and "train" not in name.lower()


CHECK = Check(
    code="RP106",
    name="epoch-never-set",
    title="Sampler that is never told the epoch",
    why=(
        "`DistributedSampler` shuffles with `seed + epoch`, so that all processes agree on an order and each epoch has "
        "another. The number of the epoch is what `set_epoch` was last given. Nobody calls it, and it stays 0: every "
        "epoch goes through the data in one order, and each process sees its own part in the same batches."
    ),
    conditions=(
        "A `DistributedSampler` that shuffles and is not for evaluation by its names, or a class of the repository "
        "with a `set_epoch` of its own, in a program that loops over epochs, calls no `set_epoch` anywhere, and uses "
        "no framework that does so."
    ),
    fix="Call `sampler.set_epoch(epoch)` before each epoch.",
    needles=frozenset({"DistributedSampler", "set_epoch"}),
    run=run,
    flagged=(
        Example(
            "A distributed sampler in a loop over epochs",
            {
                "train.py": """
                from torch.utils.data import DataLoader
                from torch.utils.data.distributed import DistributedSampler

                def main(data):
                    sampler = DistributedSampler(data)  # RP106
                    loader = DataLoader(data, sampler=sampler)
                    for epoch in range(10):
                        for batch in loader:
                            print(batch)

                if __name__ == "__main__":
                    main(list(range(100)))
                """,
            },
        ),
        Example(
            "A dataset with its own set_epoch",
            {
                "data.py": """
                import numpy as np
                from torch.utils.data import Dataset

                class Crops(Dataset):
                    def __init__(self):
                        self.epoch = 0

                    def set_epoch(self, epoch):  # RP106
                        self.epoch = epoch

                    def __getitem__(self, index):
                        return np.random.default_rng((self.epoch, index)).random()
                """,
                "train.py": """
                from torch.utils.data import DataLoader
                from data import Crops

                for epoch in range(10):
                    for batch in DataLoader(Crops()):
                        print(batch)
                """,
            },
        ),
    ),
    passed=(
        Example(
            "set_epoch is called, in another file",
            {
                "loop.py": """
                def epochs(sampler, number):
                    for epoch in range(number):
                        sampler.set_epoch(epoch)
                        yield epoch
                """,
                "train.py": """
                from torch.utils.data import DataLoader
                from torch.utils.data.distributed import DistributedSampler
                from loop import epochs

                data = list(range(10))
                sampler = DistributedSampler(data)
                loader = DataLoader(data, sampler=sampler)
                for epoch in epochs(sampler, 10):
                    print(list(loader))
                """,
            },
        ),
        Example(
            "A sampler for evaluation, and one that does not shuffle",
            {
                "train.py": """
                from torch.utils.data.distributed import DistributedSampler

                val_sampler = DistributedSampler(list(range(10)))
                sampler = DistributedSampler(list(range(10)), shuffle=False)
                for epoch in range(10):
                    print(list(val_sampler), list(sampler))
                """,
            },
        ),
        Example(
            "Lightning sets the epoch",
            {
                "train.py": """
                import pytorch_lightning as pl
                from torch.utils.data.distributed import DistributedSampler

                sampler = DistributedSampler(list(range(10)))
                for epoch in range(10):
                    pl.Trainer().fit(sampler)
                """,
            },
        ),
    ),
)
