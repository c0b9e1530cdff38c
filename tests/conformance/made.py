"""Programs made by chance out of parts: a draw, the way to it from a sample, how workers start, what the parent does.

Every part is ordinary code; the answers come from running the programs, so that the parts need no expectation each.
In definitions and expressions `{e}` stands for what is inside and `{n}` for a number that makes names unique.
"""

from dataclasses import dataclass, field
from random import Random
from textwrap import indent

IMPORTS = """
import argparse
import operator
import random
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, reduce, wraps
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, get_worker_info
"""

Part = tuple[str, str]
"""Definitions of the module, and the expression that uses them."""

PLAIN: tuple[Part, ...] = (("", "random.random()"), ("", "torch.rand(1).item()"), ("", "0.5"))
GLOBAL: tuple[Part, ...] = (
    ("", "np.random.rand()"),
    ("from numpy.random import uniform", "uniform(0, 1)"),
    ("import numpy.random as npr", "npr.normal()"),
    ("chance = np.random.rand", "chance()"),
    ("def drawn(rand=np.random.rand):\n    return rand()", "drawn()"),
    ("uniform = partial(np.random.uniform, 0, 1)", "uniform()"),
    ("drawn = operator.methodcaller('uniform', 0, 1)", "drawn(np.random)"),
    ("", "operator.attrgetter('random.rand')(np)()"),
    ("def drawn(rng=None):\n    rng = rng or np.random\n    return rng.rand()", "drawn()"),
)
WAYS: tuple[Part, ...] = (
    ("def f{n}():\n    return {e}", "f{n}()"),
    ("def f{n}(scale=2.0):\n    if scale > 0:\n        return scale * {e}\n    return 0.0", "f{n}()"),
    ("def f{n}():\n    def inner():\n        return {e}\n    return inner", "f{n}()()"),
    ("def f{n}():\n    for _ in range(2):\n        yield {e}", "sum(f{n}())"),
    ("@contextmanager\ndef f{n}():\n    yield {e}\ndef g{n}():\n    with f{n}() as x:\n        return x", "g{n}()"),
    ("def f{n}(x):\n    return x * {e}", "list(map(f{n}, [1.0]))[0]"),
    ("def f{n}(x):\n    return x * {e}\ng{n} = partial(f{n}, 2.0)", "g{n}()"),
    ("def f{n}(x):\n    return x + {e}", "max([1.0, 2.0], key=f{n})"),
    ("def f{n}():\n    return {e}\nT{n} = {{'a': f{n}, 'b': float}}", "T{n}['a']()"),
    ("def f{n}():\n    return {e}", "operator.itemgetter('a')({{'a': f{n}, 'b': float}})()"),
    ("class C{n}:\n    def run(self, x):\n        return x * {e}", "operator.methodcaller('run', 2.0)(C{n}())"),
    ("def f{n}():\n    return {e}\ndef g{n}(*fns):\n    return sum(fn() for fn in fns)", "g{n}(f{n}, float)"),
    ("def f{n}():\n    return {e}", "reduce(lambda total, fn: total + fn(), [f{n}], 0.0)"),
    ("class C{n}:\n    def __call__(self):\n        return {e}", "C{n}()()"),
    ("class C{n}:\n    @property\n    def value(self):\n        return {e}", "C{n}().value"),
    ("class C{n}:\n    @classmethod\n    def run(cls):\n        return {e}", "C{n}.run()"),
    ("class C{n}:\n    def __getitem__(self, key):\n        return {e}", "C{n}()['x']"),
    ("class C{n}:\n    def __iter__(self):\n        yield {e}", "[x for x in C{n}()][0]"),
    ("class C{n}:\n    def turn_a(self):\n        return {e}", "getattr(C{n}(), 'turn_' + 'a')()"),
    (
        "class C{n}:\n    def __init__(self):\n        self.fn = self.run\n    def run(self):\n        return {e}",
        "C{n}().fn()",
    ),
    (
        "@dataclass\nclass C{n}:\n    size: int = 3\n    def __post_init__(self):\n        self.value = {e}",
        "C{n}().value",
    ),
    (
        (
            "class B{n}:\n    def run(self):\n        return self.hook(1.0)\n"
            "class C{n}(B{n}):\n    def hook(self, x):\n        return x * {e}"
        ),
        "C{n}().run()",
    ),
    (
        (
            "class B{n}:\n    def __init__(self):\n        self.steps = []\n    def add(self, step):\n"
            "        self.steps.append(step)\n        return self\n    def run(self):\n"
            "        return sum(step() for step in self.steps)\ndef f{n}():\n    return {e}"
        ),
        "B{n}().add(f{n}).run()",
    ),
    (
        (
            "def around{n}(fn):\n    @wraps(fn)\n    def inner(*args):\n        return fn(*args)\n    return inner\n"
            "@around{n}\ndef f{n}():\n    return {e}"
        ),
        "f{n}()",
    ),
    (
        (
            "class M{n}:\n    def extra(self):\n        return {e}\nclass B{n}:\n"
            "    def run(self):\n        return self.extra()\n"
            "class C{n}(B{n}, M{n}):\n    pass"
        ),
        "C{n}().run()",
    ),
)

SEEDS = (
    "self.seed",
    "self.seed + worker",
    "self.seed + worker + 1000 * self.epoch",
    "torch.initial_seed() % 2**32",
    "(torch.initial_seed() + self.seed) % 2**32",
    "random.randrange(2**31)",
    "np.random.randint(2**31)",
    "self.epoch",
)
WORKER = "info = get_worker_info()\nworker = 0 if info is None else info.id\n"
KEPT = ("np.random.RandomState(seed)", "np.random.default_rng(seed)", "np.random.default_rng()", "np.random")

STARTS = (
    "np.random.seed(worker_id)",
    "np.random.seed(3)",
    "np.random.seed(torch.initial_seed() % 2**32)",
    "np.random.seed(get_worker_info().seed % 2**32)",
    "np.random.seed(np.random.randint(2**31 - 9) + worker_id)",
    "np.random.seed()",
    "random.seed(worker_id)",
    "np.random.seed(EPOCH[0] * 1000 + worker_id)",
    "everything(worker_id)",
    "everything(torch.initial_seed() % 2**32)",
    "torch.manual_seed(worker_id)\nnp.random.seed(torch.initial_seed() % 2**32)",
    "if OFF:\n    np.random.seed(worker_id)",
)
INITS: tuple[Part, ...] = (
    ("def init(worker_id):\n{s}", "init"),
    ("def init(base, worker_id):\n{s}", "partial(init, 5)"),
    ("def starter():\n    def init(worker_id):\n{ss}\n    return init", "starter()"),
    ("class Starter:\n    def __call__(self, worker_id):\n{ss}", "Starter()"),
    ("class Trainer:\n    def init(self, worker_id):\n{ss}", "Trainer().init"),
    (
        (
            "def starter(seed=None):\n    if seed is None:\n        return None\n"
            "    def init(worker_id):\n{ss}\n    return init"
        ),
        "starter(args.seed)",
    ),
    ("def init(worker_id):\n{s}", "init if args.seed is not None else None"),
)
EPOCHS = ("", "", "np.random.rand()", "np.random.seed(epoch)", "torch.manual_seed(1)", "torch.manual_seed(epoch)")
LOADERS: tuple[Part, ...] = (
    ("", "DataLoader(data, {o})"),
    ("def loaders(data, args):\n    return {{'train': DataLoader(data, {o})}}", "loaders(data, args)['train']"),
    (
        "class Loader(DataLoader):\n    def __init__(self, data, **named):\n        super().__init__(data, **named)",
        "Loader(data, {o})",
    ),
    ("", "partial(DataLoader, {o})(data)"),
    ("", "DataLoader(**{{'dataset': data, **dict({o})}})"),
)


@dataclass
class _Program:
    """What stands in the module, and what the dataset's object has and does."""

    random: Random
    iterable: bool
    module: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=lambda: ["self.seed = seed", "self.epoch = 0"])
    sample: str = ""

    def way(self, draw: Part, longest: int) -> str:
        """An expression from which it takes some calls to the draw."""
        definition, expression = draw
        self.module.append(definition)
        for number in range(self.random.randint(0, longest)):
            definition, using = self.random.choice(WAYS)
            self.module.append(definition.format(e=expression, n=number))
            expression = using.format(n=number)
        return expression

    def dataset(self) -> None:
        """A draw from the global state, or from a generator that is kept, made once, or made for each sample."""
        kind = self.random.choice(["plain", "global", "global", "kept", "once", "each", "seeded"])
        seed = self.random.choice(SEEDS)
        worker = WORKER if "worker" in seed else ""
        if kind in {"plain", "global"}:
            self.sample = f"value = {self.way(self.random.choice(PLAIN if kind == 'plain' else GLOBAL), 3)}"
        elif kind == "kept":
            self.made.append(f"self.rng = {self.random.choice(KEPT)}")
            self.sample = "value = self.rng.normal()"
        elif kind == "once":
            self.made.append("self.rng = None")
            make = indent(f"{worker}self.rng = np.random.RandomState({seed})", "    ")
            self.sample = f"if self.rng is None:\n{make}\nvalue = self.rng.rand()"
        elif kind == "each":
            self.sample = f"{worker}rng = np.random.RandomState({seed})\nvalue = rng.rand()"
        else:
            self.made.append("self.ready = False")
            make = indent(f"{worker}np.random.seed({seed})\nself.ready = True", "    ")
            self.sample = f"if not self.ready:\n{make}\nvalue = {self.way(self.random.choice(GLOBAL), 1)}"

    def started(self) -> str | None:
        """A `worker_init_fn`."""
        if self.random.random() < 0.4:
            return None
        body = self.random.choice(STARTS)
        definition, given = self.random.choice(INITS)
        self.module.append(
            "OFF = False\nEPOCH = [0]\ndef everything(seed):\n    random.seed(seed)\n    np.random.seed(seed)\n"
            "    torch.manual_seed(seed)"
        )
        self.module.append(definition.format(s=indent(body, "    "), ss=indent(body, "        ")))
        return given

    def text(self) -> str:
        self.dataset()
        given = self.started()
        options = ["batch_size=2", "num_workers=2"]
        options += [f"worker_init_fn={given}"] if given else []
        options += self.random.choice([[], [], [], ["persistent_workers=True"]])
        options += [] if self.iterable else self.random.choice([[], ["shuffle=True"]])
        definition, loader = self.random.choice(LOADERS)
        self.module.append(definition.format(o=", ".join(options)))
        making = f"loader = {loader.format(o=', '.join(options))}"
        again = self.random.random() < 0.15 and "persistent_workers=True" not in options
        each = [making] if again else []
        each += ["EPOCH[0] = epoch"] if given else []
        each += [
            self.random.choice(["data.epoch = epoch", ""]),
            self.random.choice(EPOCHS),
            "for batch in loader:\n    pass",
        ]
        default = self.random.choice(["None", "3"])
        main = "\n".join(
            [
                "parser = argparse.ArgumentParser()",
                f'parser.add_argument("--seed", type=int, default={default})',
                "args = parser.parse_args()",
                self.random.choice(["data = Set()", "data = Set(seed=11)"]),
                "" if again else making,
                "for epoch in range(3):",
                indent("\n".join(filter(None, each)), "    "),
            ]
        )
        return "\n".join(
            [
                IMPORTS,
                *self.module,
                self._class(),
                "def main():\n" + indent(main, "    ") + '\nif __name__ == "__main__":\n    main()'
                if self.random.random() < 0.5
                else 'if __name__ == "__main__":\n' + indent(main, "    "),
                "",
            ]
        )

    def _class(self) -> str:
        made = "def __init__(self, seed=5):\n" + indent("\n".join(self.made), "    ")
        if self.iterable:
            each = "for index in range(4):\n" + indent(f"{self.sample}\nyield float(value)", "    ")
            return "class Set(IterableDataset):\n" + indent(
                f"{made}\ndef __iter__(self):\n" + indent(each, "    "), "    "
            )
        sample = indent(f"{self.sample}\nreturn float(value)", "    ")
        methods = f"{made}\ndef __len__(self):\n    return 8\ndef __getitem__(self, index):\n{sample}"
        return "class Set(Dataset):\n" + indent(methods, "    ")


def program(number: int) -> str:
    """The program of a number: the same in every run."""
    random = Random(number)  # noqa: S311 - of programs nothing has to be secret
    return _Program(random, iterable=random.random() < 0.25).text()
