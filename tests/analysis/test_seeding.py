"""What a `worker_init_fn` does to the generator that is drawn from, in every form that one is written in."""

from textwrap import dedent, indent

import pytest

from analysis.report import Pair

from .examples import BOTH, CLEAN, EPOCHS, OLD_TORCH, Check, Outcomes

DATA = """
import numpy as np
class Set:
    def __init__(self):
        self.rng = np.random.RandomState(0)
    def __getitem__(self, index):
        return {draw}
"""
HEAD = """
import os
import random
import time
from functools import partial
import numpy as np
import torch
from torch.utils.data import DataLoader
from data import Set
"""
GLOBAL = DATA.format(draw="np.random.rand()")
KEPT = DATA.format(draw="self.rng.rand()")


def pair_of(check: Check, program: str, data: str = GLOBAL, files: dict[str, str] | None = None) -> Pair:
    """The one pair of a program that makes one loader."""
    extra = {path: dedent(text).lstrip("\n") for path, text in (files or {}).items()}
    report = check({"data.py": data, "train.py": HEAD + dedent(program), **extra})
    assert len(report.pairs) == 1, report.pairs
    assert (report.legacy, report.modern) == (report.pairs[0].legacy, report.pairs[0].modern)
    return report.pairs[0]


def said(pair: Pair) -> tuple[str, Outcomes]:
    return pair.reseed, (pair.legacy, pair.modern)


def initialised(body: str, parameters: str = "worker_id") -> str:
    """A program whose loader starts its workers with a function of this body."""
    function = f"def init({parameters}):\n{indent(dedent(body).strip(), '    ')}\n"
    return f"{function}loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)\n"


@pytest.mark.parametrize(
    ("body", "reseed", "outcomes"),
    [
        pytest.param("np.random.seed(torch.initial_seed() % 2**32)", "good", CLEAN, id="torch_seed"),
        pytest.param("np.random.seed(torch.initial_seed() & 0xffffffff)", "good", CLEAN, id="torch_seed_masked"),
        pytest.param(
            "base = torch.IntTensor(1).random_().item()\nnp.random.seed(base + worker_id)",
            "good",
            CLEAN,
            id="torch_draw",
        ),
        pytest.param(
            "seed = torch.initial_seed() % 2**32\nnp.random.seed(seed + worker_id)", "good", CLEAN, id="through_a_name"
        ),
        pytest.param(
            "np.random.seed(torch.utils.data.get_worker_info().seed % 2**32)", "good", CLEAN, id="worker_info_seed"
        ),
        pytest.param("np.random.seed(random.randint(0, 2**31))", "good", CLEAN, id="python_random"),
        pytest.param("np.random.seed()", "good", CLEAN, id="new_entropy"),
        pytest.param("np.random.seed(None)", "good", CLEAN, id="none_is_new_entropy"),
        pytest.param(
            "np.random.seed(int.from_bytes(os.urandom(4), 'little'))", "good", CLEAN, id="bytes_of_the_system"
        ),
        pytest.param("np.random.seed(int(time.time()) + worker_id)", "good", CLEAN, id="clock_and_worker_id"),
        pytest.param("np.random.seed(int(str(time.time() % 1)[2:9]))", "good", CLEAN, id="fraction_of_a_second"),
        pytest.param("np.random.seed(int(time.time() % 1000))", "constant", BOTH, id="clock_in_seconds_cut_short"),
        pytest.param("np.random.seed(worker_id)", "epoch", EPOCHS, id="worker_id"),
        pytest.param("np.random.seed(42 + worker_id)", "epoch", EPOCHS, id="constant_and_worker_id"),
        pytest.param("np.random.seed([worker_id, 42])", "epoch", EPOCHS, id="list_with_the_worker_id"),
        pytest.param("np.random.seed(torch.utils.data.get_worker_info().id)", "epoch", EPOCHS, id="worker_info_id"),
        pytest.param("np.random.seed(np.random.get_state()[1][0] + worker_id)", "epoch", EPOCHS, id="state_and_id"),
        pytest.param("np.random.seed(0)", "constant", BOTH, id="constant"),
        pytest.param("np.random.seed(int(time.time()))", "constant", BOTH, id="clock_in_seconds"),
        pytest.param("np.random.seed(np.random.get_state()[1][0])", "constant", BOTH, id="state_alone"),
        pytest.param("np.random.seed(torch.initial_seed() // 2**32)", "constant", BOTH, id="upper_half_of_torch_seed"),
        pytest.param("random.seed(worker_id)", "none", OLD_TORCH, id="only_python"),
        pytest.param("torch.manual_seed(worker_id)", "none", OLD_TORCH, id="only_torch"),
        pytest.param("print(worker_id)", "none", OLD_TORCH, id="nothing"),
        pytest.param("def inner():\n    np.random.seed(worker_id)", "none", OLD_TORCH, id="function_never_called"),
        pytest.param("if False:\n    np.random.seed(worker_id)", "none", OLD_TORCH, id="branch_never_taken"),
    ],
)
def test_seeds(check: Check, body: str, reseed: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, initialised(body))) == (reseed, outcomes)


GOOD = "np.random.seed(torch.initial_seed() % 2**32)"


@pytest.mark.parametrize(
    ("program", "files", "reseed", "outcomes"),
    [
        pytest.param(
            "loader = DataLoader(Set(), num_workers=2, worker_init_fn=lambda worker_id: np.random.seed(worker_id))",
            {},
            "epoch",
            EPOCHS,
            id="lambda",
        ),
        pytest.param(
            f"loader = DataLoader(Set(), num_workers=2, worker_init_fn=lambda _: {GOOD})", {}, "good", CLEAN, id="good"
        ),
        pytest.param(
            """
            loader = DataLoader(
                Set(), num_workers=2, worker_init_fn=lambda i: [random.seed(i), np.random.seed(i), None][-1]
            )
            """,
            {},
            "epoch",
            EPOCHS,
            id="lambda_of_a_list",
        ),
        pytest.param(
            """
            for number, split in enumerate(["train", "valid"]):
                loader = DataLoader(
                    Set(), num_workers=2, worker_init_fn=lambda worker_id: np.random.seed(worker_id + number)
                )
            """,
            {},
            "epoch",
            EPOCHS,
            id="number_of_the_split",
        ),
        pytest.param(
            """
            def init(worker_id, seed):
                np.random.seed(seed + worker_id)
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=partial(init, seed=3))
            """,
            {},
            "epoch",
            EPOCHS,
            id="partial",
        ),
        pytest.param(
            """
            def init(worker_id, rank, seed):
                np.random.seed(rank + seed)
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=partial(init, rank=0, seed=3))
            """,
            {},
            "constant",
            BOTH,
            id="partial_that_forgets_the_worker_id",
        ),
        pytest.param(
            """
            def init(seed, worker_id):
                np.random.seed(seed)
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=partial(init, 3))
            """,
            {},
            "constant",
            BOTH,
            id="partial_by_position",
        ),
        pytest.param(
            """
            class Trainer:
                seed = 5
                def init(self, worker_id):
                    np.random.seed(self.seed + worker_id)
                def loader(self):
                    return DataLoader(Set(), num_workers=2, worker_init_fn=self.init)
            Trainer().loader()
            """,
            {},
            "epoch",
            EPOCHS,
            id="method",
        ),
        pytest.param(
            f"""
            class Trainer:
                @staticmethod
                def init(worker_id):
                    {GOOD}
                def loader(self):
                    return DataLoader(Set(), num_workers=2, worker_init_fn=Trainer.init)
            Trainer().loader()
            """,
            {},
            "good",
            CLEAN,
            id="static_method",
        ),
        pytest.param(
            """
            class Init:
                def __init__(self, seed):
                    self.seed = seed
                def __call__(self, worker_id):
                    np.random.seed(self.seed + worker_id)
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=Init(1))
            """,
            {},
            "epoch",
            EPOCHS,
            id="callable_object",
        ),
        pytest.param(
            """
            from lhotse.utils import fix_random_seed
            class Init:
                def __init__(self, seed):
                    self.seed = seed
                def __call__(self, worker_id):
                    fix_random_seed(self.seed + worker_id)
            def loaders():
                seed = torch.randint(0, 1000, ()).item()
                return DataLoader(Set(), num_workers=2, worker_init_fn=Init(seed))
            loaders()
            """,
            {},
            "epoch",
            EPOCHS,
            id="seed_that_the_parent_drew_once",
        ),
        pytest.param(
            """
            from lhotse.utils import fix_random_seed
            def init(worker_id, seed):
                fix_random_seed(seed + worker_id)
            for epoch in range(8):
                seed = torch.randint(0, 1000, ()).item()
                loader = DataLoader(Set(), num_workers=2, worker_init_fn=partial(init, seed=seed))
            """,
            {},
            "good",
            CLEAN,
            id="seed_that_the_parent_draws_for_each_epoch",
        ),
        pytest.param(
            """
            from lhotse.utils import fix_random_seed
            def init(worker_id):
                fix_random_seed(torch.randint(0, 1000, ()).item())
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)
            """,
            {},
            "good",
            CLEAN,
            id="seed_that_the_worker_draws",
        ),
        pytest.param(
            """
            from lib.seeds import init_worker
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=init_worker)
            """,
            {
                "lib/__init__.py": "",
                "lib/seeds.py": """
                from .numbers import seed_all
                def init_worker(worker_id):
                    seed_all(worker_id + 1)
                """,
                "lib/numbers.py": """
                import random
                import numpy
                def seed_all(seed):
                    random.seed(seed)
                    numpy.random.seed(seed)
                """,
            },
            "epoch",
            EPOCHS,
            id="imported_through_helpers",
        ),
        pytest.param(
            """
            def make_init(seed):
                def init(worker_id):
                    np.random.seed(seed + worker_id)
                return init
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=make_init(7))
            """,
            {},
            "epoch",
            EPOCHS,
            id="built_by_a_factory",
        ),
        pytest.param(
            """
            def make_init(seed):
                return lambda worker_id: np.random.seed(seed)
            loader = DataLoader(Set(), num_workers=2, worker_init_fn=make_init(7))
            """,
            {},
            "constant",
            BOTH,
            id="factory_of_a_lambda_that_forgets_the_worker_id",
        ),
        pytest.param(
            f"""
            def init(worker_id):
                {GOOD}
            options = {{"num_workers": 2}}
            options["worker_init_fn"] = init
            loader = DataLoader(Set(), **options)
            """,
            {},
            "good",
            CLEAN,
            id="in_keywords",
        ),
        pytest.param(
            "loader = DataLoader(Set(), num_workers=2, worker_init_fn=None)", {}, "none", OLD_TORCH, id="none"
        ),
    ],
)
def test_forms(check: Check, program: str, files: dict[str, str], reseed: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, program, files=files)) == (reseed, outcomes)


CONDITIONAL = """
def init(worker_id, seed=None):
    if seed is not None:
        np.random.seed(seed + worker_id)
loader = DataLoader(Set(), num_workers=2, worker_init_fn={init})
"""


@pytest.mark.parametrize(
    ("init", "reseed", "outcomes"),
    [
        pytest.param("init", "none", OLD_TORCH, id="left_at_its_default"),
        pytest.param("partial(init, seed=None)", "none", OLD_TORCH, id="given_as_none"),
        pytest.param("partial(init, seed=1)", "epoch", EPOCHS, id="given"),
        pytest.param("init if False else None", "none", OLD_TORCH, id="function_not_passed"),
    ],
)
def test_reseeding_behind_a_seed_that_may_be_none(check: Check, init: str, reseed: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, CONDITIONAL.format(init=init))) == (reseed, outcomes)


SEEDS_ALL = """
def seed_all(seed=None):
    if seed is None:
        seed = os.getpid() + int.from_bytes(os.urandom(2), "big")
    random.seed(seed)
    np.random.seed(seed)
def init(worker_id):
    seed_all({seed})
loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)
"""


@pytest.mark.parametrize(
    ("seed", "reseed", "outcomes"),
    [
        ("np.random.randint(2 ** 31) + worker_id", "epoch", ("epoch_repeat", "clean")),
        ("np.random.randint(2 ** 31)", "constant", OLD_TORCH),
        ("torch.initial_seed() % 2 ** 31 + worker_id", "good", CLEAN),
        ("7 * worker_id", "epoch", EPOCHS),
        ("", "good", CLEAN),
        ("None", "good", CLEAN),
    ],
)
def test_a_parameter_is_what_it_is_called_with(check: Check, seed: str, reseed: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, SEEDS_ALL.format(seed=seed))) == (reseed, outcomes)


@pytest.mark.parametrize(
    ("init", "reseed", "outcomes"),
    [
        ("np.random.seed", "epoch", EPOCHS),
        ("random.seed", "none", OLD_TORCH),
        ("torch.manual_seed", "none", OLD_TORCH),
    ],
)
def test_a_seeding_function_as_it_is(check: Check, init: str, reseed: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, f"loader = DataLoader(Set(), num_workers=2, worker_init_fn={init})")) == (
        reseed,
        outcomes,
    )


WITHOUT_END = """
class Endless(torch.utils.data.Sampler):
    def __init__(self, size):
        self.size = size
    def __iter__(self):
        return self.indices()
    def indices(self):
        {loop}:
            yield from torch.randperm(self.size).tolist(){after}
batches = torch.utils.data.BatchSampler(Endless(9), 2, drop_last=True)
def build():
    return DataLoader(Set(), num_workers=2, batch_sampler=batches, worker_init_fn=np.random.seed)
for batch in build():
    pass
"""


@pytest.mark.parametrize(
    ("loop", "after", "outcomes"),
    [
        ("while True", "", CLEAN),
        ("while 1", "", CLEAN),
        ("for _ in range(2)", "", EPOCHS),
        ("while self.size", "", EPOCHS),
        ("while True", "\n            break", EPOCHS),
    ],
)
def test_a_sampler_that_never_ends_keeps_the_workers(check: Check, loop: str, after: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, WITHOUT_END.format(loop=loop, after=after))) == ("epoch", outcomes)


THROUGH_SETTINGS = """
from mmcv import Config
def init(worker_id, seed):
    np.random.seed(seed + worker_id)
def build(data, workers=2, seed=None, **others):
    start = partial(init, seed=seed) if seed is not None else None
    return DataLoader(data, num_workers=workers, worker_init_fn=start, **others)
def train(cfg):
    settings = dict(workers=2{given})
    settings = dict(settings, **cfg.data.get("loader", {{}}))
    return build(Set(), **settings)
train(Config.fromfile("config.py"))
"""


@pytest.mark.parametrize(
    ("given", "reseed", "outcomes"),
    [("", "none", OLD_TORCH), (", seed=None", "none", OLD_TORCH), (", seed=3", "epoch", EPOCHS)],
)
def test_a_seed_that_only_settings_nobody_reads_can_give(
    check: Check, given: str, reseed: str, outcomes: Outcomes
) -> None:
    assert said(pair_of(check, THROUGH_SETTINGS.format(given=given))) == (reseed, outcomes)


def test_reseeding_behind_an_option_that_is_off_by_default(check: Check) -> None:
    program = """
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    def init(worker_id):
        np.random.seed(args.seed + worker_id)
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=init if args.seed is not None else None)
    """
    assert said(pair_of(check, program)) == ("none", OLD_TORCH)


@pytest.mark.parametrize(
    ("body", "reseed", "outcomes"),
    [
        pytest.param(GOOD, "none", BOTH, id="only_the_global_state"),
        pytest.param("np.random.seed(worker_id)", "none", BOTH, id="only_the_global_state_by_worker_id"),
        pytest.param(
            "torch.utils.data.get_worker_info().dataset.rng = np.random.RandomState(torch.initial_seed() % 2**32)",
            "good",
            CLEAN,
            id="the_generator_itself",
        ),
        pytest.param(
            "info = torch.utils.data.get_worker_info()\ninfo.dataset.rng.seed(worker_id)",
            "epoch",
            EPOCHS,
            id="the_generator_itself_by_worker_id",
        ),
        pytest.param(
            "torch.utils.data.get_worker_info().dataset.rng.seed(0)", "constant", BOTH, id="the_generator_by_a_constant"
        ),
    ],
)
def test_kept_generator(check: Check, body: str, reseed: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, initialised(body), KEPT)) == (reseed, outcomes)


SEEDABLE = """
import secrets
import numpy as np
class Set:
    def __init__(self, seed=None):
        self.start(secrets.randbits(64) if seed is None else seed)
    def start(self, seed):
        self.seed = seed
        self.make()
    def make(self):
        self.rng = np.random.default_rng(self.seed)
    def __getitem__(self, index):
        return self.rng.random()
"""


@pytest.mark.parametrize(
    ("seed", "reseed", "outcomes"),
    [
        pytest.param("worker_id", "epoch", EPOCHS, id="number"),
        pytest.param("torch.initial_seed()", "good", CLEAN, id="torch"),
        pytest.param(
            "int(generator.random() * 100) * (worker_id + 1)", "epoch", EPOCHS, id="copied_generator_and_number"
        ),
        pytest.param("int(generator.random() * 100)", "constant", BOTH, id="copied_generator"),
    ],
)
def test_what_the_worker_sets_is_what_its_generator_is_made_of(
    check: Check, seed: str, reseed: str, outcomes: Outcomes
) -> None:
    program = f"""
    generator = np.random.default_rng()
    def init(worker_id):
        torch.utils.data.get_worker_info().dataset.start({seed})
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)
    """
    assert said(pair_of(check, program, SEEDABLE)) == (reseed, outcomes)


@pytest.mark.parametrize(
    ("start", "reseed", "outcomes"),
    [
        pytest.param("self.base = worker_id\nself.seed = self.base\nself.base = 0", "epoch", EPOCHS, id="before"),
        pytest.param("self.base = worker_id\nself.base = 0\nself.seed = self.base", "constant", BOTH, id="last"),
        pytest.param(
            "self.seed = torch.initial_seed()\nself.seed = self.seed % 2**32 + worker_id", "good", CLEAN, id="itself"
        ),
    ],
)
def test_what_the_worker_sets_is_made_of_what_was_set_by_then(
    check: Check, start: str, reseed: str, outcomes: Outcomes
) -> None:
    body = indent("import torch\n" + start, " " * 8)
    kept = f"""
import numpy as np
class Set:
    def __init__(self):
        self.rng = np.random.default_rng(0)
    def begin(self, worker_id):
{body}
        self.rng = np.random.default_rng(self.seed)
    def __getitem__(self, index):
        return self.rng.random()
"""
    program = """
    def init(worker_id):
        torch.utils.data.get_worker_info().dataset.begin(worker_id)
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)
    """
    assert said(pair_of(check, program, kept)) == (reseed, outcomes)


@pytest.mark.parametrize(
    ("state", "read", "moved", "reseed"),
    [
        pytest.param("STATE = [0]", "STATE[0]", "STATE[0] += 1", "good", id="item"),
        pytest.param("STATE = {'epoch': 0}", "STATE['epoch']", "STATE['epoch'] = epoch", "good", id="key"),
        pytest.param(
            "STATE = {'epoch': 0, 'seed': 3}", "STATE['seed']", "STATE['epoch'] = epoch", "epoch", id="another_key"
        ),
        pytest.param("STATE = [0]", "STATE[0]", "STATE[0] = 5", "epoch", id="always_the_same"),
        pytest.param("STATE = [0]", "STATE[0]", "print(STATE)", "epoch", id="never"),
        pytest.param("STATE = 0\ndef go():\n    global STATE\n    STATE += 1", "STATE", "go()", "good", id="global"),
        pytest.param("STATE = 0\ndef go():\n    STATE = 1", "STATE", "go()", "epoch", id="not_the_global"),
        pytest.param("class State:\n    epoch = 0", "State.epoch", "State.epoch = epoch", "good", id="class"),
        pytest.param(
            "class State:\n    epoch = 0", "State.epoch", "State.other = epoch", "epoch", id="another_attribute"
        ),
        pytest.param("", "init.epoch", "init.epoch = epoch", "good", id="function"),
    ],
)
def test_what_the_parent_moves_on_is_another_number_in_each_epoch(
    check: Check, state: str, read: str, moved: str, reseed: str
) -> None:
    program = f"""
{state}
def init(worker_id):
    np.random.seed({read} * 1000 + worker_id)
loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)
for epoch in range(3):
    {moved}
    for batch in loader:
        pass
"""
    assert said(pair_of(check, program)) == (reseed, CLEAN if reseed == "good" else EPOCHS)


@pytest.mark.parametrize(
    ("start", "reseed", "outcomes"),
    [
        pytest.param("torch.manual_seed(worker_id)", "epoch", EPOCHS, id="worker_id"),
        pytest.param("torch.manual_seed(3)", "constant", BOTH, id="constant"),
        pytest.param("torch.manual_seed(torch.initial_seed() + worker_id)", "good", CLEAN, id="torch"),
        pytest.param("random.seed(worker_id)", "good", CLEAN, id="not_torch"),
    ],
)
def test_a_dataset_that_seeds_from_torch_has_what_the_start_made_of_torch(
    check: Check, start: str, reseed: str, outcomes: Outcomes
) -> None:
    lazy = """
import numpy as np
import torch
class Set:
    def __init__(self):
        self.rng = None
    def __getitem__(self, index):
        if self.rng is None:
            self.rng = np.random.default_rng(torch.initial_seed())
        return self.rng.random()
"""
    assert said(pair_of(check, initialised(start), lazy)) == (reseed, outcomes)


@pytest.mark.parametrize(
    ("start", "reseed", "outcomes"),
    [
        pytest.param("np.random.seed(torch.initial_seed() % 2**32)", "good", CLEAN, id="good"),
        pytest.param("np.random.seed(worker_id)", "epoch", EPOCHS, id="worker_id"),
        pytest.param("np.random.seed(3)", "constant", BOTH, id="constant"),
        pytest.param("pass", "constant", OLD_TORCH, id="nothing"),
    ],
)
def test_a_generator_made_with_a_draw_repeats_what_the_start_lets_repeat(
    check: Check, start: str, reseed: str, outcomes: Outcomes
) -> None:
    drawn = """
import numpy as np
class Set:
    def __getitem__(self, index):
        return np.random.RandomState(np.random.randint(2**31)).rand()
"""
    program = HEAD + dedent(initialised(start))
    report = check({"data.py": drawn, "train.py": program})
    made = next(pair for pair in report.pairs if pair.draw_kind != "global")
    assert (made.reseed, (made.legacy, made.modern)) == (reseed, outcomes)
    # Draws go on in workers that live on.
    living = program.replace("num_workers=2", "num_workers=2, persistent_workers=True")
    pairs = check({"data.py": drawn, "train.py": living}).pairs
    assert {(pair.legacy, pair.modern) for pair in pairs} == {CLEAN if outcomes == EPOCHS else outcomes}


@pytest.mark.parametrize(
    ("options", "outcomes"), [("", EPOCHS), (", persistent_workers=True", CLEAN)], ids=["anew", "living_on"]
)
def test_a_generator_made_by_a_method_behind_a_test_is_made_once_in_a_workers_life(
    check: Check, options: str, outcomes: Outcomes
) -> None:
    lazy = """
import numpy as np
import torch
class Set:
    def __init__(self):
        self.rng = None
    def start(self):
        self.rng = np.random.RandomState(torch.utils.data.get_worker_info().id)
    def __getitem__(self, index):
        if self.rng is None:
            self.start()
        return self.rng.rand()
"""
    program = f"loader = DataLoader(Set(), num_workers=2{options})\nfor epoch in range(9):\n    list(loader)\n"
    assert said(pair_of(check, program, lazy)) == ("epoch", outcomes)


@pytest.mark.parametrize(
    ("default", "outcomes"), [("None", OLD_TORCH), ("3", EPOCHS)], ids=["off_by_default", "on_by_default"]
)
@pytest.mark.parametrize("given", ["starter(args.seed)", "start"], ids=["at_once", "through_a_name"])
def test_a_factory_that_makes_no_worker_init_fn_by_default(
    check: Check, default: str, given: str, outcomes: Outcomes
) -> None:
    program = f"""
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default={default})
    args = parser.parse_args()
    def starter(seed=None):
        if seed is None:
            return None
        def init(worker_id):
            np.random.seed(seed + worker_id)
        return init
    start = starter(args.seed)
    loader = DataLoader(Set(), num_workers=2, worker_init_fn={given})
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("each", "outcomes"),
    [("torch.manual_seed(1)", EPOCHS), ("torch.manual_seed(epoch)", CLEAN), ("pass", CLEAN)],
)
def test_a_generator_made_from_pythons_numbers_repeats_where_torch_starts_each_epoch_alike(
    check: Check, each: str, outcomes: Outcomes
) -> None:
    drawn = """
import random
import numpy as np
class Set:
    def __getitem__(self, index):
        return np.random.RandomState(random.randint(0, 2**31)).rand()
"""
    program = f"""
    loader = DataLoader(Set(), num_workers=2)
    for epoch in range(9):
        {each}
        for batch in loader:
            pass
    """
    pair = pair_of(check, program, drawn)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("start", "outcomes"),
    [("random.seed(worker_id)", EPOCHS), ("random.seed(3)", BOTH), ("random.seed()", CLEAN), ("pass", CLEAN)],
)
def test_a_generator_made_from_pythons_numbers_repeats_what_the_start_lets_repeat(
    check: Check, start: str, outcomes: Outcomes
) -> None:
    drawn = """
import random
import numpy as np
class Set:
    def __init__(self):
        self.rng = None
    def __getitem__(self, index):
        if self.rng is None:
            self.rng = np.random.RandomState(random.randint(0, 2**31))
        return self.rng.rand()
"""
    pair = pair_of(check, initialised(start), drawn)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("started", "outcomes"),
    [("5", BOTH), ("torch.initial_seed() % 2**32", CLEAN), ("worker_id", EPOCHS)],
)
def test_what_the_start_made_is_not_made_again_where_there_is_none(
    check: Check, started: str, outcomes: Outcomes
) -> None:
    lazy = """
import numpy as np
import torch
class Set:
    def __init__(self):
        self.rng = None
    def start(self, seed):
        self.rng = np.random.RandomState(seed)
    def __getitem__(self, index):
        if self.rng is None:
            self.rng = np.random.RandomState(torch.initial_seed() % 2**32)
        return self.rng.rand()
"""
    program = initialised(f"torch.utils.data.get_worker_info().dataset.start({started})")
    assert outcomes in [
        (pair.legacy, pair.modern) for pair in check({"data.py": lazy, "train.py": HEAD + dedent(program)}).pairs
    ]


def test_the_line_of_the_reseeding_is_named(check: Check) -> None:
    program = initialised("np.random.seed(worker_id)")
    line = 1 + (HEAD + dedent(program)).splitlines().index("    np.random.seed(worker_id)")
    assert pair_of(check, program).reseed_at == f"train.py:{line}"


@pytest.mark.parametrize(
    ("options", "outcomes"),
    [
        ("", EPOCHS),
        (", persistent_workers=True", CLEAN),
        (", persistent_workers=False", EPOCHS),
        (", persistent_workers=cfg.workers > 0", CLEAN),
        (", persistent_workers=bool(cfg['num_workers'])", CLEAN),
        (", persistent_workers=True if cfg.workers >= 1 else False", CLEAN),
        (", persistent_workers=True and cfg.workers != 0", CLEAN),
        (", persistent_workers=cfg.keep and cfg.workers > 0", EPOCHS),
        (", persistent_workers=cfg.epochs > 0", EPOCHS),
        (", persistent_workers=cfg.persistent_workers > 0", EPOCHS),
    ],
)
def test_persistent_workers_mend_what_repeats_by_epoch(check: Check, options: str, outcomes: Outcomes) -> None:
    program = f"""
    def init(worker_id):
        np.random.seed(worker_id)
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=init{options})
    for epoch in range(3):
        for batch in loader:
            pass
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes
    assert pair.persistent_workers == (outcomes == CLEAN)


MADE_BY = """
def init(worker_id):
    np.random.seed(worker_id)
def made():
    return DataLoader(Set(), num_workers=2, worker_init_fn=init, persistent_workers=True)
"""


@pytest.mark.parametrize(
    ("program", "outcomes"),
    [
        pytest.param("loader = made()\nfor epoch in range(9):\n    list(loader)\n", CLEAN, id="before_the_epochs"),
        pytest.param("for epoch in range(9):\n    list(made())\n", EPOCHS, id="in_each_epoch"),
        pytest.param("def main(epochs):\n    for i in range(epochs):\n        list(made())\n", EPOCHS, id="in_main"),
        pytest.param(
            "for fold in range(5):\n    loader = made()\n    for epoch in range(9):\n        list(loader)\n",
            CLEAN,
            id="in_each_fold",
        ),
    ],
)
def test_workers_live_as_long_as_the_loader_that_a_function_makes(
    check: Check, program: str, outcomes: Outcomes
) -> None:
    pair = pair_of(check, MADE_BY + program)
    assert (pair.legacy, pair.modern) == outcomes


def test_a_loader_that_is_made_in_each_fold_lives_through_its_epochs(check: Check) -> None:
    program = """
    def init(worker_id):
        np.random.seed(worker_id)
    for fold in range(5):
        loader = DataLoader(Set(), num_workers=2, worker_init_fn=init, persistent_workers=True)
        for epoch in range(9):
            for batch in loader:
                pass
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == CLEAN


@pytest.mark.parametrize(
    ("seed", "reseed", "outcomes"),
    [("worker_id", "epoch", EPOCHS), ("0", "constant", BOTH), ("torch.initial_seed() % 2**32", "good", CLEAN)],
)
def test_a_loader_that_is_given_its_function_later(check: Check, seed: str, reseed: str, outcomes: Outcomes) -> None:
    program = f"""
    loader = DataLoader(Set(), num_workers=2)
    loader.worker_init_fn = lambda worker_id: np.random.seed({seed})
    """
    assert said(pair_of(check, program)) == (reseed, outcomes)


def test_a_function_that_another_loader_is_given(check: Check) -> None:
    program = """
    def seed(worker_id):
        np.random.seed(torch.initial_seed() % 2**32)
    loader = DataLoader(Set(), num_workers=2)
    others = DataLoader(list(range(9)), num_workers=2)
    others.worker_init_fn = seed
    """
    assert said(pair_of(check, program)) == ("none", OLD_TORCH)


@pytest.mark.parametrize(
    ("seed", "reseed", "outcomes"),
    [("self.epoch_num * 8 + worker_id", "good", CLEAN), ("self.seed + worker_id", "epoch", EPOCHS)],
)
def test_a_trainers_loader_that_is_given_its_function_before_each_epoch(
    check: Check, seed: str, reseed: str, outcomes: Outcomes
) -> None:
    program = f"""
    from torchpack.train import Trainer
    class Mine(Trainer):
        def __init__(self, seed):
            self.seed = seed
            self.epoch_num = 1
        def _before_epoch(self):
            self.dataflow.worker_init_fn = lambda worker_id: np.random.seed({seed})
    loaders = {{}}
    for split in ["train"]:
        loaders[split] = DataLoader(Set(), num_workers=2)
    Mine(7).train_with_defaults(loaders["train"], num_epochs=9)
    """
    assert said(pair_of(check, program)) == (reseed, outcomes)


@pytest.mark.parametrize(
    ("action", "call", "outcomes"),
    [
        ("store_true", "build", OLD_TORCH),
        ("store_false", "build", CLEAN),
        ("store_true", "globals()[parser.prog]", OLD_TORCH),
    ],
    ids=["off_by_default", "on_by_default", "called_in_a_way_that_cannot_be_followed"],
)
def test_what_an_option_puts_into_the_arguments(check: Check, action: str, call: str, outcomes: Outcomes) -> None:
    program = f"""
    import argparse

    def build(args):
        kwargs = {{}}
        if args.other_start:
            kwargs["multiprocessing_context"] = "forkserver"
        return DataLoader(Set(), num_workers=2, **kwargs)

    parser = argparse.ArgumentParser()
    parser.add_argument("--other-start", action="{action}")
    {call}(parser.parse_args())
    """
    assert said(pair_of(check, program)) == ("none", outcomes)


RUN = """
def init(worker_id, num_workers, seed):
    np.random.seed(num_workers * 3 + worker_id + seed)

class Config:
    def __init__(self, path):
        self.gpus = 1

def build(cfg, seed=None):
    start = partial(init, num_workers=2 * cfg.gpus, seed=seed) if seed is not None else None
    return DataLoader(Set(), num_workers=2 * cfg.gpus, worker_init_fn=start)

def main():
    cfg = Config("a.py")
    cfg.gpus = len(os.environ["GPUS"].split(","))
    seed = {seed}
    {loop}
        for batch in build(cfg, {given}):
            pass
"""


@pytest.mark.parametrize(
    ("seed", "loop", "given", "outcomes"),
    [
        ("np.random.randint(2**31)", "for run in (1,):", "seed", EPOCHS),
        ("int(time.time())", "for run in (1,):", "seed", EPOCHS),
        ("torch.initial_seed()", "for run in (1,):", "seed=seed", EPOCHS),
        ("0", "for epoch in range(3):", "np.random.randint(2**31)", CLEAN),
        ("0", "for epoch in range(3):", "seed + epoch", CLEAN),
    ],
    ids=["drawn_by_the_parent", "clock_of_the_parent", "torch_of_the_parent", "drawn_each_epoch", "counted"],
)
def test_a_seed_that_the_parent_makes_is_one_for_all_workers(
    check: Check, seed: str, loop: str, given: str, outcomes: Outcomes
) -> None:
    program = RUN.format(seed=seed, loop=loop, given=given)
    assert (pair_of(check, program).legacy, pair_of(check, program).modern) == outcomes


@pytest.mark.parametrize(
    ("default", "outcomes"), [("None", OLD_TORCH), ("7", EPOCHS)], ids=["no_seed_by_default", "a_seed_by_default"]
)
@pytest.mark.parametrize(
    "start",
    [
        pytest.param("start = partial(init, seed=seed) if seed is not None else None", id="either_or"),
        pytest.param("start = None if seed is None else partial(init, seed=seed)", id="or_either"),
        pytest.param(
            """start = None
        if not seed is None:
            start = partial(init, seed=seed)""",
            id="in_a_branch",
        ),
    ],
)
def test_a_seed_that_only_an_option_gives(check: Check, default: str, outcomes: Outcomes, start: str) -> None:
    program = f"""
    import argparse

    def init(worker_id, seed):
        np.random.seed(worker_id + seed)

    def build(seed=None):
        {start}
        return DataLoader(Set(), num_workers=2, worker_init_fn=start)

    def train(cfg):
        return build(seed=cfg.seed)

    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default={default})
    globals()[parser.prog](train)
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("action", "outcomes"), [("store_true", OLD_TORCH), ("store_false", EPOCHS)], ids=["off_by_default", "on"]
)
@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param("if seed is not None:\n            np.random.seed(seed + worker_id)", id="where_it_is_given"),
        pytest.param("if seed is None:\n            return\n        np.random.seed(seed + worker_id)", id="after_all"),
        pytest.param("if seed is None: pass\n        else: np.random.seed(seed + worker_id)", id="otherwise"),
    ],
)
def test_a_seed_that_is_none_unless_an_option_asks_for_one(
    check: Check, action: str, outcomes: Outcomes, seeds: str
) -> None:
    program = f"""
    import argparse

    def init(worker_id, seed=666):
        {seeds}

    def build(seed=None):
        return DataLoader(Set(), num_workers=2, worker_init_fn=partial(init, seed=seed))

    def parse():
        parser = argparse.ArgumentParser()
        parser.add_argument("--fixed", action="{action}")
        return globals()[parser.prog](parser), 1

    def main():
        args, _ = parse()
        build(seed=666 if args.fixed else None)
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


ENDLESS = """
def init(worker_id):
    np.random.seed(worker_id)

def build():
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=init)
    return loader

class Training:
    def __init__(self):
        self.loader = build()
        self.batches = None

    @property
    def iterator(self):
        {test}
            self.batches = iter(self.loader)
        return self.batches

    def train(self):
        for _ in range(100):
            {step}
"""


@pytest.mark.parametrize(
    ("test", "step", "outcomes"),
    [
        ("if self.batches is None:", "next(self.iterator)", CLEAN),
        ("if True:", "next(self.iterator)", EPOCHS),
        ("if self.batches is None:", "for batch in self.loader: pass", EPOCHS),
    ],
    ids=["made_once_and_kept", "made_anew_each_time", "iterated_over_too"],
)
def test_an_iterator_that_is_kept_keeps_its_workers(check: Check, test: str, step: str, outcomes: Outcomes) -> None:
    pair = pair_of(check, ENDLESS.format(test=test, step=step))
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("test", "settings", "outcomes"),
    [
        ('cfg.get("seed")', "null", OLD_TORCH),
        ("cfg.seed is not None", "null", OLD_TORCH),
        ('cfg.get("seed")', "7", CLEAN),
        ('cfg.get("other")', "null", CLEAN),
    ],
    ids=["empty", "compared_with_none", "given", "another_setting"],
)
def test_a_framework_that_seeds_where_a_setting_says_so(
    check: Check, test: str, settings: str, outcomes: Outcomes
) -> None:
    program = f"""
    import hydra
    import lightning

    @hydra.main(config_path="configs", config_name="train.yaml")
    def main(cfg):
        if {test}:
            lightning.seed_everything(cfg.seed, workers=True)
        DataLoader(Set(), num_workers=2)
    """
    files = {"configs/train.yaml": f"seed: {settings}\n", "configs/experiment/first.yaml": "seed: 12\n"}
    report = check({"data.py": GLOBAL, "train.py": HEAD + dedent(program), **files})
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)


LOADED = """
from torch.utils.data import DataLoader
from data import Set
def load():
    return DataLoader(Set(), num_workers=2)
"""
"""A module of loaders for programs to import."""
STARTED = "if __name__ == '__main__':\n    main()\n"
TRIED = "def look():\n    return load()\nif __name__ == '__main__':\n    look()\n"
SEEDED = "import lightning\nlightning.seed_everything(1, workers=True)\n"
UNSEEDED = SEEDED.replace(", workers=True", "")
OWN = "from torch.utils.data import DataLoader\nfrom data import Set\nDataLoader(Set(), num_workers=2)\n"


@pytest.mark.parametrize(
    ("files", "outcomes"),
    [
        ({"first.py": SEEDED + OWN, "second.py": UNSEEDED + OWN}, OLD_TORCH),
        ({"first.py": SEEDED + OWN, "second.py": SEEDED + OWN}, CLEAN),
        ({"loaders.py": LOADED, "first.py": "import loaders\n" + SEEDED + "loaders.load()\n"}, CLEAN),
        (
            {
                "loaders.py": LOADED,
                "first.py": SEEDED + "import importlib\nimportlib.import_module(input()).load()\n",
                "second.py": "import loaders\nloaders.load()\n",
            },
            CLEAN,
        ),
        (
            {
                "one/data.py": GLOBAL,
                "one/loaders.py": LOADED,
                "one/train.py": "import loaders\nif __name__ == '__main__':\n    loaders.load()\n",
                "two/train.py": SEEDED + "import importlib\nimportlib.import_module(input()).run()\n",
            },
            OLD_TORCH,
        ),
        (
            {
                "one/data.py": GLOBAL,
                "one/loaders.py": LOADED,
                "one/train.py": "import loaders\nif __name__ == '__main__':\n    loaders.load()\n",
                "one/again.py": SEEDED + "import importlib\nimportlib.import_module(input()).load()\n",
            },
            CLEAN,
        ),
        ({"loaders.py": LOADED + TRIED, "first.py": "import loaders\n" + SEEDED + STARTED}, OLD_TORCH),
        (
            {
                "loaders.py": LOADED + TRIED,
                "first.py": "import loaders\n" + SEEDED + "loaders.load()\n" + STARTED,
            },
            CLEAN,
        ),
        ({"loaders.py": SEEDED + LOADED + TRIED, "first.py": "import loaders\n" + SEEDED + STARTED}, CLEAN),
        (
            {"common.py": f"def seed():\n{indent(SEEDED, '    ')}", "train.py": "import common\n" + LOADED + TRIED},
            CLEAN,
        ),
    ],
    ids=[
        "its_own_program_does_not",
        "each_does",
        "through_an_import",
        "by_a_name_of_the_run",
        "in_the_folder_beside",
        "in_the_same_folder",
        "tried_out_as_a_script",
        "tried_out_and_used",
        "tried_out_where_it_seeds",
        "tried_out_with_what_it_imports",
    ],
)
def test_a_framework_seeds_the_workers_of_its_own_program(
    check: Check, files: dict[str, str], outcomes: Outcomes
) -> None:
    report = check({"data.py": GLOBAL, **files})
    assert (report.legacy, report.modern) == outcomes


def test_persistent_workers_never_mend_workers_that_repeat_each_other(check: Check) -> None:
    program = "loader = DataLoader(Set(), num_workers=2, persistent_workers=True)"
    assert said(pair_of(check, program)) == ("none", OLD_TORCH)


def test_a_seed_at_the_first_sample_is_mended_where_it_stands(check: Check) -> None:
    data = """
import numpy as np
import torch
class Set:
    def __init__(self):
        self.seeded = False
    def __getitem__(self, index):
        if not self.seeded:
            info = torch.utils.data.get_worker_info()
            if info is not None:
                np.random.seed(info.id)
                self.seeded = True
        return np.random.rand()
"""
    pair = pair_of(check, "loader = DataLoader(Set(), num_workers=2)", data)
    assert said(pair) == ("epoch", EPOCHS)
    assert pair.fix is not None
    assert pair.fix.startswith("Seed from `torch.utils.data.get_worker_info().seed % 2**32` at data.py:11")


@pytest.mark.parametrize(
    ("test", "seed", "outcomes"),
    [
        pytest.param("info is None", "info.id", EPOCHS, id="the_number_of_the_worker"),
        pytest.param("info is None", "info.seed", CLEAN, id="the_seed_of_the_worker"),
        pytest.param("not info", "info.id", EPOCHS, id="by_its_truth"),
        pytest.param("self.files", "info.id", BOTH, id="a_test_of_something_else"),
    ],
)
def test_what_is_made_where_there_are_no_workers_is_in_none(
    check: Check, test: str, seed: str, outcomes: Outcomes
) -> None:
    data = f"""
import numpy as np
import torch
class Set:
    rng = None
    def __init__(self, files):
        self.files = files
    def open(self):
        info = torch.utils.data.get_worker_info()
        if {test}:
            self.rng = np.random.default_rng(0)
        else:
            self.rng = np.random.default_rng({seed})
    def __getitem__(self, index):
        if self.rng is None:
            self.open()
        return self.rng.random()
"""
    report = check({"data.py": data, "train.py": f"{HEAD}loader = DataLoader(Set(FILES), num_workers=2)\n"})
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)


@pytest.mark.parametrize(
    "init",
    [
        pytest.param("laboratory.seed_worker", id="of_another_package"),
        pytest.param("partial(laboratory.seed_worker, seed=3)", id="with_arguments"),
        pytest.param("laboratory.make_init(3)", id="made_by_another_package"),
        pytest.param("settings.init", id="a_setting"),
    ],
)
@pytest.mark.parametrize("data", [GLOBAL, KEPT])
def test_what_cannot_be_read_is_said_and_not_judged(check, init, data):
    start = "import laboratory\nimport yaml\nsettings = yaml.safe_load(open('settings.yaml'))\n"
    given = f"{start}loader = DataLoader(Set(), num_workers=2, worker_init_fn={init})\n"
    report = check({"data.py": data, "train.py": HEAD + given})
    (pair,) = report.pairs
    assert (pair.code, pair.reseed_at, pair.fix) == ("WS000", None, None)
    assert (report.eligible, report.legacy, report.modern, report.verdict) == (True, "unknown", "unknown", "unknown")
    assert report.unknown_why == pair.why
    assert "worker_init_fn" in pair.why


@pytest.mark.parametrize(
    ("init", "outcomes"),
    [
        pytest.param("torch.manual_seed", OLD_TORCH, id="seeds_torch_alone"),
        pytest.param("random.seed", OLD_TORCH, id="seeds_python_alone"),
        pytest.param("torch.Generator().manual_seed(3)", OLD_TORCH, id="cannot_be_called"),
        pytest.param("np.random.seed", EPOCHS, id="seeds_numpy"),
        pytest.param("laboratory.init if os.environ.get('SEED') else None", OLD_TORCH, id="none_is_an_alternative"),
    ],
)
def test_what_is_known_elsewhere_is_judged(check, init, outcomes):
    start = "import laboratory\nimport yaml\nsettings = yaml.safe_load(open('settings.yaml'))\n"
    pair = pair_of(check, f"{start}loader = DataLoader(Set(), num_workers=2, worker_init_fn={init})\n")
    assert (pair.legacy, pair.modern) == outcomes


def test_a_seed_in_the_sample_outweighs_what_cannot_be_read(check):
    start = "import laboratory\nloader = DataLoader(Set(), num_workers=2, worker_init_fn=laboratory.seed_worker)\n"
    seeded = GLOBAL.replace("        return", "        np.random.seed(index)\n        return")
    assert pair_of(check, start, data=seeded).draw_kind == "indexed"


def test_a_worker_init_fn_that_nothing_passes_is_none(check):
    program = """
    def loader_of(data, init):
        return DataLoader(data, num_workers=2, worker_init_fn=init)
    loader = loader_of(Set())
    """
    pair = pair_of(check, program)
    assert (pair.code, pair.legacy, pair.modern) == ("WS101", *OLD_TORCH)


INNER = """
import numpy as np
class Set:
    def __init__(self):
        self.rng = np.random.RandomState(0)
        self.other = np.random.RandomState(1)
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.rng.rand()
"""


@pytest.mark.parametrize(
    ("body", "outcomes"),
    [
        pytest.param("info.dataset.dataset.rng.seed(info.seed % 2**32)", CLEAN, id="in_place"),
        pytest.param("info.dataset.dataset.rng = np.random.RandomState(worker_id)", EPOCHS, id="replaced"),
        pytest.param("inner = info.dataset\ninner = inner.dataset\ninner.rng.seed(info.seed)", CLEAN, id="by_a_name"),
        pytest.param("info.dataset.dataset.other.seed(info.seed % 2**32)", BOTH, id="another"),
    ],
)
@pytest.mark.parametrize("made", ["Subset(Set(), [1, 2])", "random_split(Set(), [4, 4])[0]"])
def test_generator_of_what_a_subset_is_of(check: Check, made: str, body: str, outcomes: Outcomes) -> None:
    start = indent(f"info = get_worker_info()\n{body}", "    ")
    program = f"""
from torch.utils.data import Subset, get_worker_info, random_split
def start(worker_id):
{start}
loader = DataLoader({made}, num_workers=2, worker_init_fn=start)
"""
    assert said(pair_of(check, program, data=INNER))[1] == outcomes


@pytest.mark.parametrize(("told", "outcomes"), [("    global RNG\n", CLEAN), ("", BOTH), ("    global OTHER\n", BOTH)])
def test_generator_of_a_module_that_is_replaced(check: Check, told: str, outcomes: Outcomes) -> None:
    data = f"""
import numpy as np
import torch
RNG = np.random.RandomState(0)
OTHER = np.random.RandomState(0)
class Set:
    def __getitem__(self, index):
        return RNG.rand()
def start(worker_id):
{told}    {"OTHER" if "OTHER" in told else "RNG"} = np.random.RandomState(torch.initial_seed() % 2**32)
"""
    program = "from data import start\nloader = DataLoader(Set(), num_workers=2, worker_init_fn=start)\n"
    report = check({"data.py": data, "train.py": HEAD + program})
    assert (report.legacy, report.modern) == outcomes


FROM_STATE = """
def start(worker_id):
    np.random.seed(np.random.get_state()[1][0] + worker_id)
{helper}
def main():
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=start)
    for {counter} in range(9):
        {step}
main()
"""
RESEEDED: Outcomes = ("clean", "epoch_repeat")
SHIFT = """
from torchvision import transforms
class Shift:
    def __call__(self, images):
        for image in images:
            image += np.random.rand()
augment = transforms.Compose([Shift()])
"""


@pytest.mark.parametrize(
    ("helper", "step", "outcomes"),
    [
        pytest.param("def fix(seed):\n    np.random.seed(seed)", "fix(7 + epoch)", RESEEDED, id="helper_seeds"),
        pytest.param("def fix(seed):\n    np.random.seed(seed)", "fix(7)", EPOCHS, id="helper_seeds_alike"),
        pytest.param("def fix(seed):\n    np.random.seed(seed=seed)", "fix(seed=epoch)", RESEEDED, id="seeds_by_name"),
        pytest.param("def fix(seed):\n    np.random.seed(seed=seed)", "fix(seed=7)", EPOCHS, id="seeds_alike_by_name"),
        pytest.param(
            "def train(seed, epoch):\n    np.random.seed(seed)", "train(7, epoch)", EPOCHS, id="helper_told_two_things"
        ),
        pytest.param(
            "def train(data):\n    for x in data:\n        noise(x)\ndef noise(x):\n    return np.random.randn(8, 128)",
            "train(loader)",
            RESEEDED,
            id="helper_draws_a_block",
        ),
        pytest.param(
            "def train(data):\n    return [np.random.rand(8) for x in data]",
            "train(loader)",
            EPOCHS,
            id="helper_draws_few",
        ),
        pytest.param("def log():\n    return np.random.randn(8, 128)", "print(loader)", EPOCHS, id="nobody_draws"),
        pytest.param("def log(): pass", "np.random.randint(0, 100_000)", EPOCHS, id="one_number_of_many"),
        pytest.param(
            "def train(data):\n    for x in data:\n        x + np.random.uniform(0, 1, (len(x), 3))",
            "train(loader)",
            RESEEDED,
            id="an_array_for_each_batch",
        ),
        pytest.param(
            "def train(data):\n    for x in data:\n        x + np.random.beta(0.5, 0.5)",
            "train(loader)",
            EPOCHS,
            id="a_number_for_each_batch",
        ),
        pytest.param(
            "def train(data):\n    for _ in ('train', 'test'):\n        for x in data:\n            np.random.rand()",
            "train(loader)",
            EPOCHS,
            id="a_number_for_each_batch_of_two_kinds",
        ),
        pytest.param(
            "def train(data):\n    for x in data:\n        for sample in x:\n            sample + np.random.rand()",
            "train(loader)",
            RESEEDED,
            id="a_number_for_each_sample",
        ),
        pytest.param(
            SHIFT,
            "for x in loader:\n            augment(x)",
            RESEEDED,
            id="a_transform_for_each_sample",
        ),
        pytest.param(
            SHIFT,
            "for x in loader:\n            print(x)",
            EPOCHS,
            id="a_transform_that_is_not_used",
        ),
    ],
)
def test_state_that_the_parent_moves(check: Check, helper: str, step: str, outcomes: Outcomes) -> None:
    program = FROM_STATE.format(helper=helper, step=step, counter="epoch")
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("step", "outcomes"),
    [
        pytest.param("for x in loader:\n            print(x)", RESEEDED, id="passes_over_a_loader"),
        pytest.param("for x in enumerate(loader):\n            print(x)", RESEEDED, id="passes_that_are_counted"),
        pytest.param("for x in range(3):\n            print(x)", EPOCHS, id="something_else"),
        pytest.param(
            "for epoch in range(3):\n            for x in loader:\n                print(x)",
            EPOCHS,
            id="folds_of_epochs",
        ),
        pytest.param(
            "for e in range(3):\n            for x in loader:\n                print(x)", EPOCHS, id="folds_of_passes"
        ),
    ],
)
def test_a_loop_that_counts_passes_is_over_epochs(check: Check, step: str, outcomes: Outcomes) -> None:
    program = FROM_STATE.format(helper="", step=f"np.random.seed(7 + turn)\n        {step}", counter="turn")
    assert said(pair_of(check, program))[1] == outcomes


ATTRIBUTE = """
from torch.utils.data import ConcatDataset, Dataset, random_split
class Around(Dataset):
    def __init__(self, inner):
        self.inner = inner
    def __getitem__(self, index):
        return self.inner[index]
class Named(Around):
    @property
    def rng(self):
        return self.inner.rng
    @rng.setter
    def rng(self, given):
        self.inner.rng = given
def start(worker_id):
    data = torch.utils.data.get_worker_info().dataset
    {place} = np.random.RandomState(torch.initial_seed() % 2**32)
loader = DataLoader({made}, num_workers=2, worker_init_fn=start)
"""


@pytest.mark.parametrize(
    ("made", "place", "outcomes"),
    [
        pytest.param("Set()", "data.rng", CLEAN, id="dataset"),
        pytest.param("random_split(Set(), [6, 2])[0]", "data.dataset.rng", CLEAN, id="dataset_of_a_subset"),
        pytest.param("random_split(Set(), [6, 2])[0]", "data.rng", BOTH, id="subset"),
        pytest.param("ConcatDataset([Set()])", "data.rng", BOTH, id="sum_of_datasets"),
        pytest.param("Around(Set())", "data.inner.rng", CLEAN, id="dataset_of_a_wrapper"),
        pytest.param("Around(Set())", "data.rng", BOTH, id="wrapper"),
        pytest.param("Named(Set())", "data.rng", CLEAN, id="wrapper_that_hands_it_on"),
    ],
)
def test_a_generator_that_is_set_on_one_object(check: Check, made: str, place: str, outcomes: Outcomes) -> None:
    report = check({"data.py": KEPT, "train.py": HEAD + ATTRIBUTE.format(made=made, place=place)})
    assert (report.legacy, report.modern) == outcomes
    wrapper = {"random_split": "Subset", "ConcatDataset": "ConcatDataset"}.get(made.partition("(")[0])
    for fix in (pair.fix for pair in report.pairs if pair.fix is not None):
        assert (f"inside the `{wrapper}`" in fix) == (wrapper is not None)


@pytest.mark.parametrize(
    ("others", "outcomes"),
    [
        pytest.param(
            {"other.py": "from common import fix\nfor epoch in range(9):\n    fix(epoch)\n"}, EPOCHS, id="another"
        ),
        pytest.param(
            {"other.py": "import numpy\nfor epoch in range(9):\n    numpy.random.seed(epoch)\n"}, EPOCHS, id="alone"
        ),
        pytest.param(
            {"run.py": "import train, common\nfor epoch in range(9):\n    common.fix(epoch)\n"}, RESEEDED, id="its_own"
        ),
    ],
)
def test_what_a_program_seeds_in_each_epoch_is_seeded_in_it_alone(
    check: Check, others: dict[str, str], outcomes: Outcomes
) -> None:
    common = "import numpy as np\ndef fix(seed):\n    np.random.seed(seed)\n"
    program = "from common import fix\n" + FROM_STATE.format(helper="", counter="epoch", step="list(loader)")
    pair = pair_of(check, program, files={"common.py": common, **others})
    assert (pair.legacy, pair.modern) == outcomes


UNENDING = """
def start(worker_id):
    np.random.seed(np.random.get_state()[1][0] + worker_id)
loader = DataLoader(Set(), num_workers=2, worker_init_fn=start)
batches = iter(loader)
step = 0
while step < 9000:
    try:
        x = next(batches)
    except StopIteration:
        batches = {again}
        x = next(batches)
    x + np.random.rand({size})
    step += 1
"""


@pytest.mark.parametrize(
    ("size", "outcomes"), [("len(x), 3", RESEEDED), ("", EPOCHS)], ids=["an_array_for_each_batch", "a_number"]
)
def test_state_that_the_parent_moves_between_passes(check: Check, size: str, outcomes: Outcomes) -> None:
    assert said(pair_of(check, UNENDING.format(again="iter(loader)", size=size)))[1] == outcomes


LOADERS = """
from torch.utils.data import DataLoader
import numpy as np
from data import Set
def start(worker_id):
    np.random.seed(np.random.get_state()[1][0] + worker_id)
def loaders():
    return DataLoader(Set(), num_workers=2, worker_init_fn=start)
def both():
    return loaders(), None
"""
PROGRAM = """
import numpy as np
from loaders import {made}
def main():
    loader = {made}()
    {loop}
        for x in loader:
            x + np.random.rand({size})
main()
"""
LOOP = "for epoch in range(9):"


@pytest.mark.parametrize(
    ("first", "second", "outcomes"),
    [
        pytest.param({}, {}, RESEEDED, id="each_draws"),
        pytest.param({}, {"made": "both"}, RESEEDED, id="by_another_function"),
        pytest.param({}, {"loop": "if True:", "size": ""}, RESEEDED, id="one_has_no_loop"),
        pytest.param({}, {"size": ""}, EPOCHS, id="one_draws_few"),
    ],
)
def test_state_that_programs_move(
    check: Check, first: dict[str, str], second: dict[str, str], outcomes: Outcomes
) -> None:
    ordinary = {"made": "loaders", "loop": LOOP, "size": "*x.shape"}
    files = {f"{name}.py": PROGRAM.format(**{**ordinary, **told}) for name, told in (("a", first), ("b", second))}
    report = check({"data.py": GLOBAL, "loaders.py": LOADERS, **files})
    assert (report.legacy, report.modern) == outcomes


def test_state_that_the_parent_moves_for_each_fold_alone(check: Check) -> None:
    program = FROM_STATE.format(helper="def fix(s):\n    np.random.seed(s)", step="fix(fold)", counter="fold")
    assert said(pair_of(check, program))[1] == EPOCHS


@pytest.mark.parametrize(
    ("used", "outcomes"),
    [
        pytest.param("batches = iter({loader})\nfor step in range(99):\n    next(batches)", CLEAN, id="kept"),
        pytest.param("for epoch in range(9):\n    batches = iter({loader})", EPOCHS, id="in_each_epoch"),
        pytest.param("def one():\n    return next(iter({loader}))\none()\none()", EPOCHS, id="for_one_batch"),
    ],
)
def test_loader_that_is_an_iterator_at_once(check: Check, used: str, outcomes: Outcomes) -> None:
    start = "def start(worker_id):\n    np.random.seed(worker_id)\n"
    made = "DataLoader(Set(), num_workers=2, worker_init_fn=start)"
    assert said(pair_of(check, start + used.format(loader=made)))[1] == outcomes


@pytest.mark.parametrize(
    ("used", "outcomes"),
    [
        pytest.param("batches = iter(loader)\n    for step in range(99):\n        next(batches)", CLEAN, id="once"),
        pytest.param("for epoch in range(9):\n        batches = iter(loader)", EPOCHS, id="in_each_epoch"),
        pytest.param("batches = iter(loader)\n    for batch in loader:\n        pass", EPOCHS, id="and_over_it"),
    ],
)
def test_the_one_iterator_of_a_loader_that_a_function_gives(check: Check, used: str, outcomes: Outcomes) -> None:
    program = f"""
def start(worker_id):
    np.random.seed(worker_id)
def build():
    loader = DataLoader(Set(), num_workers=2, worker_init_fn=start)
    return loader
def main():
    loader = build()
    {used}
main()
"""
    assert said(pair_of(check, program))[1] == outcomes


@pytest.mark.parametrize(
    ("used", "outcomes"),
    [
        pytest.param("batches = iter(loader)\nfor step in range(99):\n    next(batches)", CLEAN, id="once"),
        pytest.param("for epoch in range(9):\n    batches = iter(loader)", EPOCHS, id="in_each_epoch"),
        pytest.param("for epoch in range(9):\n    for batch in loader:\n        pass", EPOCHS, id="in_each_pass"),
    ],
)
def test_a_generator_made_for_a_pass_over_a_stream(check: Check, used: str, outcomes: Outcomes) -> None:
    report = check(
        {
            "train.py": f"""
import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
class Stream(IterableDataset):
    def __iter__(self):
        drawn = np.random.default_rng(7 + get_worker_info().id)
        while True:
            yield drawn.random()
loader = DataLoader(Stream(), num_workers=2, persistent_workers=True)
{used}
"""
        }
    )
    assert {(pair.legacy, pair.modern) for pair in report.pairs} == {outcomes}


SHOWN = """
from data import build
def show():
    shown = build()
    batches = iter(shown)
    for step in range(9):
        next(batches)
def train():
    loader = build()
    {used}
show()
train()
"""


@pytest.mark.parametrize(
    ("used", "outcomes"),
    [
        pytest.param("for epoch in range(9):\n        for x in enumerate(loader): pass", EPOCHS, id="in_each_epoch"),
        pytest.param("for x in enumerate(loader): pass", CLEAN, id="once_as_well"),
    ],
)
def test_a_loader_that_only_another_program_iterates_over_once(check: Check, used: str, outcomes: Outcomes) -> None:
    data = (
        f"{GLOBAL}\nfrom torch.utils.data import DataLoader\ndef start(worker_id):\n    np.random.seed(worker_id)\n"
        "def build():\n    return DataLoader(Set(), num_workers=2, worker_init_fn=start)\n"
    )
    report = check({"data.py": data, "train.py": SHOWN.format(used=used)})
    assert (report.legacy, report.modern) == outcomes


FROZEN: Outcomes = ("duplicate", "epoch_repeat")


@pytest.mark.parametrize(
    ("training", "validation", "outcomes"),
    [
        ("set_seed(7)", "", FROZEN),
        ("set_seed(7 + epoch)", "", OLD_TORCH),
        ("set_seed(7 + epoch)", "set_seed(7)", OLD_TORCH),
        ("set_seed(seed=7 + epoch)", "set_seed(seed=7)", OLD_TORCH),
        ("torch.manual_seed(epoch)", "torch.manual_seed(7)", OLD_TORCH),
        ("", "set_seed(7)", FROZEN),
        ("set_seed(7)", "set_seed(7 + epoch)", FROZEN),
        ("random.seed(epoch)", "torch.manual_seed(7)", FROZEN),
        ("plant_of_seeds(epoch)", "torch.manual_seed(7)", FROZEN),
    ],
)
@pytest.mark.parametrize(
    ("helper", "made"),
    [
        pytest.param("", "DataLoader(Set(), num_workers=2)", id="here"),
        pytest.param("def load(data): return DataLoader(data, num_workers=2)", "load(Set())", id="by_a_helper"),
    ],
)
def test_the_seed_that_torch_has_when_a_loader_is_gone_over(
    check: Check, training: str, validation: str, outcomes: Outcomes, helper: str, made: str
) -> None:
    program = f"""
    from gardens import plant_of_seeds
    def set_seed(seed):
        random.seed(seed)
        torch.manual_seed(seed)
    {helper}
    loader = {made}
    for epoch in range(9):
        {training}
        for step, batch in enumerate(loader):
            pass
        {validation}
        for batch in []:
            pass
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("test", "after", "outcomes"),
    [
        pytest.param("epoch >= 5 and not thawed", "thawed = True", OLD_TORCH, id="once_it_thaws"),
        pytest.param("not thawed", "thawed = True", OLD_TORCH, id="once"),
        pytest.param("epoch == 5", "pass", OLD_TORCH, id="in_one_epoch"),
        pytest.param("not thawed", "pass", FROZEN, id="as_long_as_it_is_frozen"),
        pytest.param("epoch >= 5", "thawed = True", FROZEN, id="from_some_epoch_on"),
        pytest.param("not thawed or epoch > 7", "thawed = True", FROZEN, id="and_later_on"),
    ],
)
def test_a_seed_of_torch_in_one_epoch_freezes_no_others(
    check: Check, test: str, after: str, outcomes: Outcomes
) -> None:
    program = f"""
    loader = DataLoader(Set(), num_workers=2)
    thawed = False
    for epoch in range(9):
        if {test}:
            torch.manual_seed(7)
            {after}
        for step, batch in enumerate(loader):
            pass
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


@pytest.mark.parametrize(
    ("training", "use", "outcomes"),
    [
        ("set_seed(7 + epoch)", "train(model, loader)", OLD_TORCH),
        ("set_seed(7 + epoch)", "model.fit(data=loader)", OLD_TORCH),
        ("set_seed(7)", "train(model, loader)", FROZEN),
        ("set_seed(7 + epoch)", "print(len(loader))", FROZEN),
        ("set_seed(7 + epoch)", "train(model, others)", FROZEN),
    ],
)
def test_the_seed_that_torch_has_when_a_loader_is_handed_on(
    check: Check, training: str, use: str, outcomes: Outcomes
) -> None:
    program = f"""
    from models import model, others, train, validate
    def set_seed(seed):
        random.seed(seed)
        torch.manual_seed(seed)
    loader = DataLoader(Set(), num_workers=2)
    for epoch in range(9):
        {training}
        {use}
        set_seed(7)
        validate(model)
    """
    pair = pair_of(check, program)
    assert (pair.legacy, pair.modern) == outcomes


LAZY = """
import os
import numpy as np
import torch
class Set:
    def __init__(self, made=None):
        self.made = made
        self.pid = None
        {init}
    @property
    def rng(self):
        if {test}:
            self.pid = os.getpid
            self.made = np.random.default_rng()
        return self.made
    def __len__(self):
        return 8
    def __getitem__(self, index):
        return self.rng.random()
    def __iter__(self):
        return (self[index] for index in range(8))
"""
LOADS = "loader = DataLoader(data, num_workers=2{init})\n"


def lazily(check: Check, before: str, init: str = "pass", test: str = "self.made is None", given: str = "") -> Pair:
    """The pair of a dataset that makes its generator when it is first asked for."""
    data = LAZY.format(init=init, test=test)
    if "getpid" not in test:
        data = data.replace("            self.pid = os.getpid\n", "")
    return pair_of(check, "data = Set()\n" + dedent(before) + LOADS.format(init=given), data)


@pytest.mark.parametrize(
    ("before", "init"),
    [
        pytest.param("print(data[0])\n", "pass", id="a_sample"),
        pytest.param("shape = data[0].shape\n", "pass", id="for_its_shape"),
        pytest.param("first = next(iter(data))\n", "pass", id="the_first"),
        pytest.param("with open('log') as log:\n    print(data[3], file=log)\n", "pass", id="in_a_block"),
        pytest.param("", "self.order = self.rng.permutation(8)", id="by_the_constructor"),
    ],
)
def test_what_the_parent_makes_at_the_first_sample_is_copied(check: Check, before: str, init: str) -> None:
    assert said(lazily(check, before, init)) == ("none", BOTH)


@pytest.mark.parametrize(
    ("before", "after", "outcomes"),
    [
        pytest.param("print(data[0])", "", BOTH, id="before"),
        pytest.param("", "print(data[0])", CLEAN, id="after"),
        pytest.param("print(Set()[0])", "", CLEAN, id="another_object"),
    ],
)
def test_a_sample_before_a_helper_makes_the_loader(check: Check, before: str, after: str, outcomes: Outcomes) -> None:
    program = f"""
def load(data, **given):
    return DataLoader(data, num_workers=2, **given)
data = Set()
{before}
loader = load(data)
{after}
"""
    data = LAZY.format(init="pass", test="self.made is None").replace("            self.pid = os.getpid\n", "")
    assert said(pair_of(check, program, data))[1] == outcomes


@pytest.mark.parametrize(
    ("before", "init", "test"),
    [
        pytest.param("", "pass", "self.made is None", id="never"),
        pytest.param("print(Set()[0])\n", "pass", "self.made is None", id="another_object"),
        pytest.param("others = [1, 2]\nprint(others[0])\n", "pass", "self.made is None", id="a_list"),
        pytest.param("if 'DEBUG' in os.environ:\n    print(data[0])\n", "pass", "self.made is None", id="perhaps"),
        pytest.param("def show():\n    print(data[0])\n", "pass", "self.made is None", id="later"),
        pytest.param("print(data[0])\n", "pass", "self.made is None or self.pid != os.getpid()", id="by_process"),
        pytest.param(
            "print(data[0])\n",
            "pass",
            "self.made is None and torch.utils.data.get_worker_info() is not None",
            id="in_workers_alone",
        ),
        pytest.param("", "self.order = np.random.permutation(8)", "self.made is None", id="another_generator"),
        pytest.param(
            "", "if made is None and os.environ.get('ORDER'): self.rng", "self.made is None", id="perhaps_when_made"
        ),
    ],
)
def test_what_the_first_sample_in_a_worker_makes_is_the_workers_own(
    check: Check, before: str, init: str, test: str
) -> None:
    pair = lazily(check, before, init, test)
    assert (pair.legacy, pair.modern) == CLEAN


def test_what_the_parent_made_can_be_made_anew_where_workers_start(check: Check) -> None:
    start = """
def start(worker_id):
    info = torch.utils.data.get_worker_info()
    info.dataset.made = np.random.default_rng(info.seed)
print(data[0])
"""
    data = LAZY.format(init="pass", test="self.made is None").replace("            self.pid = os.getpid\n", "")
    program = "data = Set()\n" + start + LOADS.format(init=", worker_init_fn=start")
    # A worker's own generator, whether or not there was one before.
    assert pair_of(check, program, data.replace("self.rng.random", "self.made.random")).legacy == "clean"


@pytest.mark.parametrize(
    ("seed", "outcomes"),
    [
        pytest.param("torch.initial_seed() % 2**32", CLEAN, id="of_the_worker"),
        pytest.param("torch.utils.data.get_worker_info().id", EPOCHS, id="the_number_of_the_worker"),
        pytest.param("3", BOTH, id="a_constant"),
    ],
)
@pytest.mark.parametrize("held", ["self.state['rng']", "self.rng"])
def test_a_generator_in_what_the_first_sample_makes(check: Check, held: str, seed: str, outcomes: Outcomes) -> None:
    data = f"""
import numpy as np
import torch
class Crops:
    def __init__(self, seed):
        self.state = dict()
        {held} = np.random.RandomState(seed)
    def draw(self):
        return {held}.rand()
class Set:
    def __init__(self):
        self.crops = None
    def __getitem__(self, index):
        if self.crops is None:
            self.crops = Crops({seed})
        return self.crops.draw()
"""
    pair = pair_of(check, "loader = DataLoader(Set(), num_workers=2)", data)
    assert (pair.legacy, pair.modern) == outcomes


SUMMED = """
import numpy as np
class Set:
    def __init__(self):
        self.names = [path for path in open("names")]
    def __getitem__(self, index):
        total = 7
        for letter in self.names[index]:
            {step}
        np.random.seed(total)
        return np.random.rand()
"""


@pytest.mark.parametrize(
    ("step", "outcomes"),
    [
        pytest.param("total += ord(letter)", CLEAN, id="added_up"),
        pytest.param("total = ord(letter) + 31 * total", CLEAN, id="bound_again"),
        pytest.param("print(letter)", BOTH, id="not_at_all"),
    ],
)
def test_a_seed_that_is_summed_up_over_the_sample(check: Check, step: str, outcomes: Outcomes) -> None:
    pair = pair_of(check, "loader = DataLoader(Set(), num_workers=2)\n", SUMMED.format(step=step))
    assert (pair.legacy, pair.modern) == outcomes


TOLD = """
import numpy as np
from torch.utils.data import IterableDataset, get_worker_info
class Set(IterableDataset):
    def __init__(self, seed=0):
        super().__init__()
        self.seed = seed
        self.epoch = 0
    def set_epoch(self, epoch):
        self.epoch = epoch
    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch, get_worker_info().id])
        yield from (rng.random() for _ in range(8))
"""


@pytest.mark.parametrize(
    ("start", "each", "outcomes"),
    [
        pytest.param("", "data.set_epoch(epoch)", CLEAN, id="in_each_epoch"),
        pytest.param("", "loader.dataset.set_epoch(epoch)", CLEAN, id="through_the_loader"),
        pytest.param("tell = data.set_epoch", "tell(epoch)", CLEAN, id="handed_on"),
        pytest.param("", "getattr(data, 'set_epoch')(epoch)", CLEAN, id="by_a_text"),
        pytest.param("", "data.epoch = epoch", CLEAN, id="set_from_outside"),
        pytest.param("from accelerate import Accelerator", "pass", CLEAN, id="by_a_framework"),
        pytest.param("", "pass", EPOCHS, id="never"),
        pytest.param("set_epoch = print", "pass", EPOCHS, id="another_function"),
    ],
)
def test_an_epoch_that_a_dataset_may_never_be_told(check: Check, start: str, each: str, outcomes: Outcomes) -> None:
    program = f"""
data = Set()
{start}
loader = DataLoader(data, num_workers=2)
for epoch in range(3):
    {each}
    for batch in loader:
        pass
"""
    pair = pair_of(check, program, TOLD)
    assert (pair.legacy, pair.modern) == outcomes


HANDED = """
import numpy as np
def shifted(image, generator):
    return image + generator.random()
class Shift:
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)
        self.others = np.random.default_rng(seed)
    def reseed(self, seed):
        self.rng = np.random.default_rng(seed)
    def __call__(self, image):
        return shifted(image, self.rng)
class Set:
    def __init__(self):
        self.steps = [Shift()]
        self.shift = self.steps[0]
    def __getitem__(self, index):
        for step in self.steps:
            index = step(index)
        return index
"""


@pytest.mark.parametrize(
    ("body", "reseed", "outcomes"),
    [
        pytest.param("data.shift.rng = np.random.default_rng(torch.initial_seed())", "good", CLEAN, id="set"),
        pytest.param("data.shift.reseed(torch.initial_seed())", "good", CLEAN, id="by_a_method"),
        pytest.param("data.shift.reseed(worker_id)", "epoch", EPOCHS, id="by_the_workers_number"),
        pytest.param("data.shift.reseed(3)", "constant", BOTH, id="by_a_constant"),
        pytest.param(
            "rng = np.random.default_rng(torch.initial_seed())\nfor step in data.steps: step.rng = rng",
            "good",
            CLEAN,
            id="of_every_step",
        ),
        pytest.param("data.shift.others = np.random.default_rng(torch.initial_seed())", "none", BOTH, id="another"),
        pytest.param("np.random.seed(torch.initial_seed() % 2**32)", "none", BOTH, id="the_global_one"),
    ],
)
def test_a_generator_that_is_handed_to_a_helper(check: Check, body: str, reseed: str, outcomes: Outcomes) -> None:
    start = initialised("data = torch.utils.data.get_worker_info().dataset\n" + body)
    assert said(pair_of(check, start, HANDED)) == (reseed, outcomes)


@pytest.mark.parametrize(
    ("kept", "draws", "outcomes"),
    [
        pytest.param("np.random.default_rng(3).spawn(2)", "self.kept[0].random()", BOTH, id="kept"),
        pytest.param("np.random.default_rng().spawn(2)", "self.kept[0].random()", BOTH, id="kept_without_a_seed"),
        pytest.param("None", "np.random.default_rng(index).spawn(2)[1].random()", CLEAN, id="of_the_sample"),
        pytest.param("None", "np.random.default_rng().spawn(2)[1].random()", CLEAN, id="of_new_entropy"),
        pytest.param("None", "np.random.default_rng(3).spawn(2)[1].random()", BOTH, id="of_a_constant"),
        pytest.param("np.random.default_rng()", "self.kept.spawn(1)[0].random()", BOTH, id="of_a_copy"),
    ],
)
def test_generators_that_others_spawn(check: Check, kept: str, draws: str, outcomes: Outcomes) -> None:
    data = f"""
import numpy as np
class Set:
    def __init__(self):
        self.kept = {kept}
    def __getitem__(self, index):
        return {draws}
"""
    report = check({"data.py": data, "train.py": HEAD + "loader = DataLoader(Set(), num_workers=2)\n"})
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)


def test_a_generator_that_the_worker_spawns_by_its_number(check: Check) -> None:
    data = KEPT.replace("np.random.RandomState(0)", "np.random.default_rng(0)").replace("rand()", "random()")
    start = initialised(
        "data = torch.utils.data.get_worker_info().dataset\ndata.rng = data.rng.spawn(worker_id + 1)[worker_id]"
    )
    assert said(pair_of(check, start, data)) == ("epoch", EPOCHS)


PUT_BACK = """
import numpy as np
class Set:
    aside = np.random.get_state()
    def __getitem__(self, index):
        return self.masked(index) * np.random.rand()
    def masked(self, index):
        {body}
"""
KEPT_ASIDE = """state = np.random.get_state()
        np.random.seed({seed})
        np.random.set_state(state)"""


@pytest.mark.parametrize(
    ("body", "outcomes"),
    [
        pytest.param(KEPT_ASIDE.format(seed="index"), OLD_TORCH, id="put_back"),
        pytest.param(KEPT_ASIDE.format(seed="0"), OLD_TORCH, id="put_back_after_a_constant"),
        pytest.param(
            "if index:\n            " + KEPT_ASIDE.format(seed="index").replace("\n", "\n    "),
            OLD_TORCH,
            id="put_back_in_a_branch",
        ),
        pytest.param(KEPT_ASIDE.format(seed="index").rpartition("\n")[0], CLEAN, id="kept_aside_alone"),
        pytest.param(
            "np.random.seed(index)\n        " + KEPT_ASIDE.format(seed="0"), CLEAN, id="put_back_to_what_was_seeded"
        ),
        pytest.param("np.random.seed(index)\n        np.random.set_state(self.aside)", CLEAN, id="what_others_kept"),
    ],
)
def test_a_state_that_is_put_back(check: Check, body: str, outcomes: Outcomes) -> None:
    report = check(
        {"data.py": PUT_BACK.format(body=body), "train.py": HEAD + "loader = DataLoader(Set(), num_workers=2)\n"}
    )
    assert (report.eligible, report.legacy, report.modern) == (True, *outcomes)


BY_NUMBER = "np.random.seed(worker_id)"
ALIKE = "np.random.seed(0)"


@pytest.mark.parametrize("turned", [False, True], ids=["as_it_is", "turned_round"])
@pytest.mark.parametrize(
    ("then", "other", "outcomes"),
    [
        pytest.param(BY_NUMBER, "pass", EPOCHS, id="where_it_holds"),
        pytest.param("pass", BY_NUMBER, EPOCHS, id="where_it_does_not"),
        pytest.param(BY_NUMBER, ALIKE, EPOCHS, id="taken_as_passed"),
        pytest.param(ALIKE, BY_NUMBER, BOTH, id="alike_where_it_holds"),
        pytest.param("return", BY_NUMBER, EPOCHS, id="unless_it_returns"),
        pytest.param("pass", "pass", OLD_TORCH, id="in_neither"),
    ],
)
def test_a_seed_under_a_test_that_cannot_be_read(
    check: Check, then: str, other: str, outcomes: Outcomes, turned: bool
) -> None:
    test = "hasattr(torch.utils.data.get_worker_info().dataset, 'size')"
    ways = (f"not {test}", other, then) if turned else (test, then, other)
    start = initialised("if {}:\n    {}\nelse:\n    {}".format(*ways))
    assert said(pair_of(check, start))[1] == outcomes


@pytest.mark.parametrize("turned", [False, True], ids=["as_it_is", "turned_round"])
def test_the_worse_of_two_seeds(check: Check, turned: bool) -> None:
    ways = ("np.random.seed(0)", "np.random.seed(index)")
    one, other = reversed(ways) if turned else ways
    data = f"""
import numpy as np
class Set:
    def __getitem__(self, index):
        if len(open(str(index)).read()) > 3:
            {one}
        else:
            {other}
        return np.random.rand()
"""
    report = check({"data.py": data, "train.py": HEAD + "loader = DataLoader(Set(), num_workers=2)\n"})
    assert (report.eligible, report.legacy, report.modern) == (True, *BOTH)


def collated(sample: str, head: str = "Scans()", taken: str = "") -> dict[str, str]:
    """A program whose samples seed, and whose collate function draws."""
    program = f"""
import numpy as np
import torch
from contextlib import contextmanager
from torch.utils.data import ConcatDataset, DataLoader, IterableDataset
@contextmanager
def aside(seed):
    state = np.random.get_state()
    np.random.seed(seed)
    yield
    np.random.set_state(state)
class Still:
    def __getitem__(self, index):
        return index
class Scans:
    def __init__(self, moved=None):
        self.moved = moved
        self.ready = False
    def __getitem__(self, index):
{indent(sample, " " * 8)}
        return index
class Stream(IterableDataset):
    def __iter__(self):
{indent(sample, " " * 8)}
        yield 1
def collate(batch):
{indent(taken or "pass", " " * 4)}
    return batch + np.random.rand()
loader = DataLoader({head}, num_workers=2, collate_fn=collate)
for epoch in range(3):
    for batch in loader:
        pass
"""
    return {"train.py": program}


INDEX = "np.random.seed(index)"


@pytest.mark.parametrize(
    ("sample", "kind", "outcomes"),
    [
        pytest.param("pass", "global", OLD_TORCH, id="nothing"),
        pytest.param(INDEX, "indexed", CLEAN, id="index"),
        pytest.param("np.random.seed(0)", "fixed", BOTH, id="constant"),
        pytest.param("np.random.seed(torch.initial_seed() % 2**32)", "global", CLEAN, id="torch"),
        pytest.param("np.random.seed(torch.utils.data.get_worker_info().id)", "global", EPOCHS, id="worker_id"),
        pytest.param(f"if index < 0:\n    raise IndexError\n{INDEX}", "indexed", CLEAN, id="of_all_that_there_are"),
        pytest.param(f"if index > 4:\n    return index\n{INDEX}", "global", OLD_TORCH, id="not_of_the_last"),
        pytest.param(f"if self.moved:\n    {INDEX}", "global", OLD_TORCH, id="of_some"),
        pytest.param("with aside(index):\n    index = 2 * index", "global", OLD_TORCH, id="put_back"),
        pytest.param("with aside(index):\n    return 2 * index", "global", OLD_TORCH, id="put_back_at_the_end"),
        pytest.param(
            "if not self.ready:\n    np.random.seed(0)\n    self.ready = True", "global", BOTH, id="at_the_first"
        ),
    ],
)
def test_a_batch_is_put_together_from_the_state_that_its_samples_left(
    check: Check, sample: str, kind: str, outcomes: Outcomes
) -> None:
    (pair,) = check(collated(sample)).pairs
    assert (pair.draw_kind, (pair.legacy, pair.modern)) == (kind, outcomes)


@pytest.mark.parametrize(
    ("sample", "made", "taken", "kind", "outcomes"),
    [
        pytest.param(INDEX, "ConcatDataset([Scans(), Scans()])", "", "indexed", CLEAN, id="each"),
        pytest.param(INDEX, "ConcatDataset([Scans(), Still()])", "", "global", OLD_TORCH, id="not_each"),
        pytest.param("np.random.seed(0)", "Stream()", "", "fixed", BOTH, id="a_stream"),
        pytest.param(INDEX, "Scans()", "np.random.seed(0)", "fixed", BOTH, id="its_own_seed_comes_last"),
        pytest.param("np.random.seed(0)", "Scans()", "np.random.seed()", "global", CLEAN, id="its_own_entropy"),
    ],
)
def test_a_batch_is_put_together_from_what_comes_last(
    check: Check, sample: str, made: str, taken: str, kind: str, outcomes: Outcomes
) -> None:
    (pair,) = check(collated(sample, made, taken)).pairs
    assert (pair.draw_kind, (pair.legacy, pair.modern)) == (kind, outcomes)


TURNS = """
import numpy as np
from torch.utils.data import DataLoader
{made}
E = 0
class Held:
    e = 0
class Set:
    def __init__(self):
        self.k = 0
    def move(self, x):
        self.k = x
    def __getitem__(self, index):
        return np.random.rand()
data = Set()
KEPT = {{}}
def put(a, x=0):
    {put}
def again(y):
    put(y)
def start(worker_id):
    np.random.seed({seed} * 1000 + worker_id)
def train(loader, turn):
    {train}
    for batch in loader:
        pass
loader = DataLoader(data, num_workers=2, worker_init_fn=start)
{before}
for turn in range(3):
    {step}
    train(loader, turn)
"""


@pytest.mark.parametrize(
    ("parts", "outcomes"),
    [
        pytest.param({"step": "put(turn)"}, CLEAN, id="helper"),
        pytest.param({"step": "again(turn)"}, CLEAN, id="helper_of_a_helper"),
        pytest.param({"step": "put(2 * turn)"}, CLEAN, id="made_of_the_turn"),
        pytest.param({"step": "put(a=turn)"}, CLEAN, id="by_its_name"),
        pytest.param({"train": "put(turn)"}, CLEAN, id="what_trains"),
        pytest.param({"train": "data.k = turn", "seed": "data.k"}, CLEAN, id="attribute_where_it_trains"),
        pytest.param({"step": "put(turn)", "put": "data.k = a", "seed": "data.k"}, CLEAN, id="attribute"),
        pytest.param({"step": "put(turn)", "put": "Held.e = a", "seed": "Held.e"}, CLEAN, id="of_a_class"),
        pytest.param({"step": "put(turn)", "put": "KEPT['x'] = a", "seed": "KEPT['x']"}, CLEAN, id="item"),
        pytest.param({"step": "put(3)"}, EPOCHS, id="constant"),
        pytest.param({"step": "put(3, turn)"}, EPOCHS, id="another_argument"),
        pytest.param({"before": "put(len(data.__dict__))"}, EPOCHS, id="before_the_loop"),
        pytest.param({"step": "put(LEVEL)", "made": "LEVEL = 4"}, EPOCHS, id="the_same_in_each_turn"),
        pytest.param({"step": "put(turn)", "put": "E = a"}, EPOCHS, id="a_name_of_its_own"),
    ],
)
def test_what_each_turn_hands_on_to_a_helper(check: Check, parts: dict[str, str], outcomes: Outcomes) -> None:
    usual = {"made": "", "put": "global E; E = a", "seed": "E", "train": "pass", "before": "", "step": "pass"}
    report = check({"train.py": TURNS.format(**(usual | parts))})
    assert (report.legacy, report.modern) == outcomes


@pytest.mark.parametrize(
    ("made", "reseed"),
    [
        pytest.param("lambda worker, epoch=epoch: np.random.seed(100 * epoch + worker)", "good", id="counted"),
        pytest.param("lambda worker, first=100 * epoch: np.random.seed(first + worker)", "good", id="made_of_it"),
        pytest.param("lambda worker, seed=chosen: np.random.seed(seed + worker)", "epoch", id="chosen_before"),
        pytest.param("lambda worker, seed=7: np.random.seed(seed + worker)", "epoch", id="constant"),
    ],
)
@pytest.mark.parametrize("within", ["for epoch in range(9):", "def run(epoch):"])
def test_a_default_is_made_where_the_function_is(check: Check, within: str, made: str, reseed: str) -> None:
    calls = "" if within.startswith("for") else "for number in range(9):\n    run(number)\n"
    program = (
        f"chosen = 5\n{within}\n    start = {made}\n"
        f"    for batch in DataLoader(Set(), num_workers=2, worker_init_fn=start):\n        pass\n{calls}"
    )
    assert said(pair_of(check, program)) == (reseed, CLEAN if reseed == "good" else EPOCHS)


PASSES = """
import multiprocessing
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
class Noise(IterableDataset):
    def __init__(self):
        self.epoch = 0
        self.shared = multiprocessing.Value("i", 0)
    def told(self, number):
        {told}
    def __iter__(self):
        {own}
        np.random.seed(({seed}) % 2**32)
        for _ in range(4):
            yield np.random.rand()
data = Noise()
loader = DataLoader(data, num_workers=2{living})
for epoch in range(3):
    {step}
    for batch in loader:
        pass
"""
WORKER = "100 * get_worker_info().id"


@pytest.mark.parametrize(
    ("parts", "anew", "living"),
    [
        pytest.param({"seed": f"{WORKER} + self.epoch"}, CLEAN, EPOCHS, id="told"),
        pytest.param({"seed": "torch.initial_seed() + self.epoch"}, CLEAN, EPOCHS, id="with_torchs_seed"),
        pytest.param(
            {"seed": f"{WORKER} + self.epoch", "step": "loader.dataset.epoch = epoch"}, CLEAN, EPOCHS, id="set"
        ),
        pytest.param({"seed": "torch.randint(9**9, ()) + self.epoch"}, CLEAN, CLEAN, id="with_a_draw_of_torchs"),
        pytest.param(
            {"seed": f"{WORKER} + self.shared.value", "told": "self.shared.value = number"}, CLEAN, CLEAN, id="shared"
        ),
        pytest.param(
            {"seed": f"{WORKER} + self.epoch", "own": "self.epoch += 1", "told": "pass"}, EPOCHS, CLEAN, id="its_own"
        ),
        pytest.param(
            {"seed": f"{WORKER} + self.epoch", "own": "self.epoch = self.epoch + 1", "told": "pass"},
            EPOCHS,
            CLEAN,
            id="its_own_written_out",
        ),
        pytest.param({"seed": WORKER, "step": "pass"}, EPOCHS, EPOCHS, id="neither"),
    ],
)
def test_what_a_worker_that_lives_on_is_told_it_does_not_hear(
    check: Check, parts: dict[str, str], anew: Outcomes, living: Outcomes
) -> None:
    usual = {"told": "self.epoch = number", "own": "pass", "step": "data.told(epoch)"}
    for option, outcomes in (("", anew), (", persistent_workers=True", living)):
        (pair,) = check({"train.py": PASSES.format(**(usual | parts), living=option)}).pairs
        assert (pair.legacy, pair.modern) == outcomes
