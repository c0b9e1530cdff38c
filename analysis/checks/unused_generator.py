"""RP103: a generator is made with a seed and never used, while the global one, which nobody seeds, is drawn from."""

from collections.abc import Iterator

from analysis.catalog.draws import GLOBAL_DRAWS
from analysis.catalog.reproducibility import DRAWS_FROM_TORCH, KEPT_GENERATORS, Generator
from analysis.checks.base import Check, Example, Found
from analysis.checks.forms import is_none, passes_on
from analysis.checks.setting import Setting, State
from analysis.checks.uses import Use
from analysis.facts import ir
from analysis.link.scopes import ClassInfo, descendants

_SEEDS_ITSELF = frozenset({"manual_seed", "seed"})
_PYTHON_DRAWS = tuple(
    f"random.{name}"
    for name in ("random", "randint", "randrange", "choice", "choices", "shuffle", "sample", "uniform", "gauss")
)
_DRAWS: dict[Generator, tuple[str, ...]] = {
    "numpy": tuple(sorted(GLOBAL_DRAWS)),
    "python": _PYTHON_DRAWS,
    "torch": tuple(sorted(DRAWS_FROM_TORCH)),
}


def run(setting: Setting) -> Iterator[Found]:
    for use in setting.uses.of(KEPT_GENERATORS):
        bound = _kept_in(use)
        if bound is None or not _is_seeded(use, bound) or _is_used(setting, use, bound):
            continue
        kind = KEPT_GENERATORS[use.name]
        for state in setting.states(use.module.path):
            drawn = _drawn_unseeded(setting, state, kind)
            if drawn is not None and state.runs(use):
                yield Found(
                    place=use.place,
                    what=f"{use.where} {use.name}",
                    message=(
                        f"`{bound}` is made with a seed and never used; `{drawn.name}` draws from the global "
                        f"generator, which {state.program.main} never seeds."
                    ),
                    fix=f"Draw from `{bound}` itself, or seed the global generator: `{_SEEDS[kind]}(seed)`.",
                    program=state.program.main,
                    related=[drawn.place],
                )
                break


_SEEDS: dict[Generator, str] = {"numpy": "np.random.seed", "python": "random.seed", "torch": "torch.manual_seed"}


def _kept_in(use: Use) -> str | None:
    """The name that a generator's constructor is bound to; None when it is put elsewhere at once."""
    for name, bindings in use.scope.bindings.items():
        for binding in bindings:
            if binding.node is use.call:
                return name
    return None


def _is_seeded(use: Use, bound: str) -> bool:
    if use.name == "torch.Generator":
        return any(
            call.args
            and isinstance(call.func, ir.Attr)
            and call.func.name == "manual_seed"
            and _is(call.func.value, bound)
            for call in use.scope.calls
        )
    values = [*use.call.args, *(keyword.value for keyword in use.call.keywords)]
    return bool(values) and not passes_on(use.call) and not all(is_none(value) for value in values)


def _is(expr: ir.Expr, name: str) -> bool:
    return isinstance(expr, ir.Name) and expr.id == name


def _is_used(setting: Setting, use: Use, bound: str) -> bool:
    """Whether the name is read anywhere it can be seen from, seeding it apart."""
    body = use.module.facts.body if use.owner is None else use.owner.node.body
    reads = sum(isinstance(node, ir.Name) and node.id == bound for node in descendants(body))
    writes = sum(
        isinstance(node, ir.Assign) and any(_is(target, bound) for target in node.targets) for node in descendants(body)
    )
    seeds = sum(
        isinstance(node, ir.Call)
        and isinstance(node.func, ir.Attr)
        and node.func.name in _SEEDS_ITSELF
        and _is(node.func.value, bound)
        for node in descendants(body)
    )
    if reads > writes + seeds:
        return True
    if isinstance(use.owner, ClassInfo) or bound in use.scope.outer:
        return True
    # A module's name may be another's by import.
    return use.owner is None and any(path != use.module.path for path in setting.project.mentioning(bound))


def _drawn_unseeded(setting: Setting, state: State, kind: Generator) -> Use | None:
    if state.unknown or state.seeds(kind):
        return None
    return next((use for use in setting.uses.of(_DRAWS[kind], state.program.files) if state.runs(use)), None)


CHECK = Check(
    code="RP103",
    name="seed-without-effect",
    title="A seed that seeds nothing",
    why=(
        "`rs = RandomState(MT19937(SeedSequence(123)))` makes a generator of its own and leaves the global one alone. "
        "NumPy's documentation shows the line, people copy it to the top of their program, never use `rs`, and draw "
        "with `np.random.rand()`: from a generator that nobody has seeded. The seed is in the file, and every run "
        "differs."
    ),
    conditions=(
        "A generator object is made with a seed and its name is never read (a `torch.Generator` is seeded and handed "
        "to nobody), in a program that draws from the global generator of the same library and never seeds that. A "
        "program that also calls `np.random.seed` passes."
    ),
    fix="Draw from the object, or seed the global generator.",
    needles=frozenset(name.rpartition(".")[2] for name in KEPT_GENERATORS),
    run=run,
    flagged=(
        Example(
            "The line from the documentation, and the global generator drawn from",
            {
                "main.py": """
                import numpy as np
                from numpy.random import MT19937, RandomState, SeedSequence

                rs = RandomState(MT19937(SeedSequence(123)))  # RP103

                def main():
                    print(np.random.rand(3))

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
        Example(
            "A torch generator that is handed to nobody",
            {
                "main.py": """
                import torch

                def main():
                    generator = torch.Generator()  # RP103
                    generator.manual_seed(0)
                    print(torch.randperm(10))

                if __name__ == "__main__":
                    main()
                """,
            },
        ),
    ),
    passed=(
        Example(
            "The global generator is seeded as well",
            {
                "main.py": """
                import numpy as np
                from numpy.random import MT19937, RandomState, SeedSequence

                rs = RandomState(MT19937(SeedSequence(123)))
                np.random.seed(123)
                print(np.random.rand(3))
                """,
            },
        ),
        Example(
            "The object is drawn from",
            {
                "main.py": """
                import numpy as np

                rng = np.random.default_rng(0)
                print(rng.random(3), np.random.rand(3))
                """,
            },
        ),
        Example(
            "Another file imports the object",
            {
                "common.py": """
                import numpy as np

                rng = np.random.RandomState(7)
                """,
                "main.py": """
                import numpy as np
                from common import rng

                print(rng.rand(3), np.random.rand(3))
                """,
            },
        ),
    ),
)
