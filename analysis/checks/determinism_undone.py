"""RP108: determinism is asked for, and the next line, or an operation that the flag does not cover, undoes it."""

import re
from collections.abc import Iterator

from analysis.catalog.reproducibility import (
    DETERMINISM_CALLS,
    DETERMINISTIC_FROM,
    NEEDS_DETERMINISTIC,
    NEEDS_DETERMINISTIC_METHODS,
    RESIZING,
    SMOOTH_MODES,
)
from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import argument, exclude, is_false, is_true
from analysis.checks.setting import Setting, State
from analysis.checks.uses import Flag, Use
from analysis.facts import ir
from analysis.link.conditions import Test, tests_around
from analysis.link.scopes import FunctionInfo, leaf_name

_WITHOUT_GRADIENT = re.compile(
    r"generat|sampl|infer|predict|decod|beam|search|load|resize|eval|test|visuali|caption|extract|process|no_grad",
    re.IGNORECASE,
)
_DETERMINISTIC = "torch.backends.cudnn.deterministic"
_BENCHMARK = "torch.backends.cudnn.benchmark"


def run(setting: Setting) -> Iterator[Found]:
    asked = [flag for flag in setting.uses.flags(_DETERMINISTIC) if is_true(flag.value)]
    if not asked:
        return
    benchmarks = list(setting.uses.flags(_BENCHMARK))
    for program in setting.programs:
        state = setting.state(program)
        own = [flag for flag in asked if state.runs(flag)]
        if not own:
            continue
        undone = next(_undone(own, [flag for flag in benchmarks if state.runs(flag)]), None)
        if undone is not None:
            deterministic, benchmark = undone
            yield Found(
                place=benchmark.place,
                what=_body(benchmark),
                message=(
                    "`cudnn.benchmark` times the algorithms and takes the fastest, another one in each run, although "
                    f"`cudnn.deterministic` is set at {deterministic.place}."
                ),
                fix="Set `torch.backends.cudnn.benchmark = False`.",
                program=program.main,
                related=[deterministic.place],
            )
        yield from _not_covered(setting, state, own)


def _body(flag: Flag) -> str:
    return "" if flag.owner is None else flag.owner.qualname


def _undone(asked: list[Flag], benchmarks: list[Flag]) -> Iterator[tuple[Flag, Flag]]:
    """Pairs of flags that stand together at the end of what sets them."""
    off = [flag for flag in benchmarks if is_false(flag.value)]
    for benchmark in benchmarks:
        if not is_true(benchmark.value):
            continue
        for deterministic in asked:
            if _together(deterministic, benchmark) and not any(_overrides(x, benchmark) for x in off):
                yield deterministic, benchmark


def _together(one: Flag, other: Flag) -> bool:
    """Whether both are set in one run: in one body, or in bodies of which one calls the other."""
    if one.owner is other.owner and one.module is other.module:
        return not exclude(_tests(one), _tests(other))
    if not isinstance(one.owner, FunctionInfo) and not isinstance(other.owner, FunctionInfo):
        return True
    for first, second in ((one, other), (other, one)):
        if isinstance(first.owner, FunctionInfo):
            calls = _calls_of(first.owner, second)
            if any(not exclude(tests_around(second.module.facts.body, line), _tests(second)) for line in calls):
                return True
    return False


def _tests(flag: Flag) -> list[Test]:
    return tests_around(flag.module.facts.body, flag.line)


def _calls_of(function: FunctionInfo, beside: Flag) -> list[int]:
    """The lines at which the body that holds a flag calls a function by its name."""
    return [
        call.line
        for call, owner in beside.module.calls_by_name.get(function.name, ())
        if owner is beside.owner and (function.cls is None) == isinstance(call.func, ir.Name | ir.Attr)
    ]


def _overrides(off: Flag, benchmark: Flag) -> bool:
    """Whether `benchmark = False` comes last, or may."""
    if off.owner is benchmark.owner and off.module is benchmark.module:
        return off.line > benchmark.line and not exclude(_tests(off), _tests(benchmark))
    if isinstance(off.owner, FunctionInfo):
        lines = _calls_of(off.owner, benchmark)
        if lines:
            return max(lines) > benchmark.line
    return True


def _not_covered(setting: Setting, state: State, asked: list[Flag]) -> Iterator[Found]:
    """Operations of the program that are not cuDNN's, and that only `use_deterministic_algorithms` makes repeat."""
    if not setting.admits("torch", DETERMINISTIC_FROM) or not state.trains:
        return
    if any(_mentions(setting, state, name) for name in DETERMINISM_CALLS):
        return
    if not _mentions(setting, state, "cuda") and not _mentions(setting, state, "device"):
        return
    operation = next((use for use in _operations(setting, state) if _is_differentiated(use) and state.runs(use)), None)
    if operation is not None:
        yield Found(
            place=asked[0].place,
            what=_body(asked[0]),
            message=(
                f"`cudnn.deterministic` covers cuDNN's convolutions; `{operation.name.rpartition('.')[2]}` at "
                f"{operation.place} sums in no fixed order on CUDA all the same."
            ),
            fix="Call `torch.use_deterministic_algorithms(True)`; it says which operations have no deterministic form.",
            program=state.program.main,
            related=[operation.place],
        )


def _mentions(setting: Setting, state: State, name: str) -> bool:
    leaf = name.rpartition(".")[2]
    return not state.program.files.isdisjoint(setting.project.mentioning(leaf))


def _operations(setting: Setting, state: State) -> Iterator[Use]:
    """The operations in the program's models: what a gradient goes through."""
    files = state.program.files
    for use in setting.uses.of(NEEDS_DETERMINISTIC, files):
        if use.name.rpartition(".")[2] not in RESIZING or _is_smooth(use.call):
            yield use
    for method in NEEDS_DETERMINISTIC_METHODS:
        for module in setting.uses.modules(method, files):
            for call, owner in module.calls_by_name.get(method, ()):
                yield Use(method, call, owner, module)


def _is_differentiated(use: Use) -> bool:
    """Whether a gradient goes through an operation for sure: it stands in a model, in no branch, and is no decoding."""
    function = use.owner
    if tests_around(use.module.facts.body, use.line) or not isinstance(function, FunctionInfo):
        return False
    if _WITHOUT_GRADIENT.search(" ".join([function.name, *function.decorator_names()])):
        return False
    layer = use.call.func
    if function.name == "__init__" and not leaf_name(layer)[:1].isupper():
        # A table that is made ready once; layers, which have classes' names, are made here and called later.
        return False
    while isinstance(function, FunctionInfo):
        if function.cls is not None:
            named = " ".join(leaf_name(base) for base in function.cls.node.bases)
            return "forward" in function.cls.methods or "Module" in named
        function = function.owner
    return False


def _is_smooth(call: ir.Call) -> bool:
    """Whether resizing averages, so that its gradient sums."""
    mode = argument(call, ("mode",), None)
    return isinstance(mode, ir.Const) and mode.value in SMOOTH_MODES


CHECK = Check(
    code="RP108",
    name="determinism-undone",
    title="Determinism asked for and undone",
    why=(
        "`cudnn.deterministic = True` keeps cuDNN to algorithms that repeat themselves. `cudnn.benchmark = True` "
        "beside it lets cuDNN time what is left and take the fastest, which is another one when the machine is busy. "
        "And the flag is about cuDNN only: resizing, sampling on a grid and indexed sums add up in whatever order "
        "threads finish, forwards or backwards, unless `torch.use_deterministic_algorithms(True)` is called."
    ),
    conditions=(
        "In one program: `benchmark = True` stands when all is set, neither excluded by the branch that it is in nor "
        "taken back later; or the flag is set, `use_deterministic_algorithms` is nowhere named, the repository admits "
        "a torch (1.8) that has it, trains, and has an operation in a model that needs it, in no branch. "
        "`cudnn.enabled = False` is no fault."
    ),
    fix="Leave `cudnn.benchmark` at False, and call `torch.use_deterministic_algorithms(True)`.",
    needles=frozenset({"deterministic"}),
    run=run,
    flagged=(
        Example(
            "Both flags, one after the other",
            {
                "train.py": """
                import torch
                import torch.backends.cudnn as cudnn

                def main():
                    cudnn.deterministic = True
                    cudnn.benchmark = True  # RP108

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
        Example(
            "A function that seeds sets one, its caller afterwards the other",
            {
                "seeds.py": """
                import torch

                def fix(seed):
                    torch.manual_seed(seed)
                    torch.backends.cudnn.deterministic = True
                    torch.backends.cudnn.benchmark = False
                """,
                "train.py": """
                import torch
                from seeds import fix

                def main():
                    fix(0)
                    torch.backends.cudnn.benchmark = True  # RP108

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
        Example(
            "Resizing is not cuDNN's",
            {
                "train.py": """
                import torch
                import torch.nn.functional as F

                class Net(torch.nn.Module):
                    def forward(self, image):
                        return F.interpolate(image, scale_factor=2, mode="bilinear")

                torch.manual_seed(0)
                torch.backends.cudnn.deterministic = True  # RP108
                image = torch.rand(1, 3, 8, 8, device="cuda", requires_grad=True)
                Net()(image).sum().backward()
                """,
            },
        ),
    ),
    passed=(
        Example(
            "The one or the other",
            {
                "train.py": """
                import torch.backends.cudnn as cudnn

                def main(seed=None):
                    if seed is not None:
                        cudnn.deterministic = True
                    else:
                        cudnn.benchmark = True

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
        Example(
            "The function that seeds comes last and takes it back",
            {
                "train.py": """
                import torch

                def fix():
                    torch.backends.cudnn.deterministic = True
                    torch.backends.cudnn.benchmark = False

                def main():
                    torch.backends.cudnn.benchmark = True
                    fix()

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
        Example(
            "All of torch is made deterministic",
            {
                "train.py": """
                import torch

                torch.manual_seed(0)
                torch.backends.cudnn.deterministic = True
                torch.use_deterministic_algorithms(True)

                class Net(torch.nn.Module):
                    def forward(self, image):
                        return torch.nn.functional.interpolate(image, scale_factor=2, mode="bilinear")

                Net().cuda()(torch.rand(1, 3, 8, 8)).sum().backward()
                """,
            },
        ),
        Example(
            "Pictures are resized before they are a model's: no gradient goes through",
            {
                "train.py": """
                import torch
                import torch.nn.functional as F

                torch.manual_seed(0)
                torch.backends.cudnn.deterministic = True

                def prepare(images):
                    return F.interpolate(images, size=(64, 64), mode="bilinear")

                torch.nn.Linear(64, 1).cuda()(prepare(torch.rand(1, 3, 8, 8))).sum().backward()
                """,
            },
        ),
        Example(
            "cuDNN switched off is no fault",
            {
                "train.py": """
                import torch

                torch.backends.cudnn.deterministic = True
                torch.backends.cudnn.enabled = False
                """,
            },
        ),
    ),
)
