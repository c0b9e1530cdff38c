"""What to write in place of the bug, in the terms of what `seedwatch fix` writes."""

from analysis.catalog.draws import MONAI_GENERATOR
from analysis.catalog.loaders import WRAPPERS
from analysis.link.pairs import FoundPair
from analysis.link.reach import DrawSite
from analysis.link.values import Instance, Result

_RANDOM_STATE = "numpy.random.RandomState(torch.initial_seed() % 2**32)"
_GENERATOR = "numpy.random.default_rng(torch.initial_seed())"
_MADE = {
    "numpy.random.RandomState": _RANDOM_STATE,
    "sklearn.utils.check_random_state": _RANDOM_STATE,
    "sklearn.utils.validation.check_random_state": _RANDOM_STATE,
    "gym.utils.seeding.np_random": "gym.utils.seeding.np_random(torch.initial_seed())[0]",
    "random.Random": "random.Random(torch.initial_seed())",
}
"""What makes a generator of a worker's own, by the call that made the kept one; NumPy's others are all `Generator`s."""
_SEEDED = {
    "numpy.random.RandomState": "seed(torch.initial_seed() % 2**32)",
    "sklearn.utils.check_random_state": "seed(torch.initial_seed() % 2**32)",
    "sklearn.utils.validation.check_random_state": "seed(torch.initial_seed() % 2**32)",
    "random.Random": "seed(torch.initial_seed())",
    "torch.Generator": "manual_seed(torch.initial_seed())",
}
"""What seeds the kept one, where something can."""


def advice(pair: FoundPair, form: str) -> str:
    """What mends the pair, of the form that the code names: WS102 for all kept generators that nothing seeds."""
    if pair.kind == "instance" and pair.seeding is None:
        return " ".join(dict.fromkeys(_for_kept(pair, site) for site in pair.draws))
    match form:
        case "WS106":
            return (
                "Make the generator once per worker from `torch.initial_seed()`, not from a constant for each sample."
            )
        case "WS107":
            return "Seed once before the loop, or seed the loader's generator with `seed + epoch`."
        case _ if pair.seeding is not None and (pair.seeding.once or pair.kind == "instance"):
            return (
                f"Seed from `torch.utils.data.get_worker_info().seed % 2**32` at {pair.seeding.place}: another number "
                "for each worker and each epoch."
            )
        case _ if pair.situation.own_workers:
            return (
                "Use torch's own `DataLoader` from 1.9 on, or seed NumPy in the copy's `_worker_loop` from the seed "
                "that each worker gets there: `numpy.random.seed(seed % 2**32)`."
            )
        case _:
            return (
                "Pass `worker_init_fn=seed_worker` to the loader, with "
                "`def seed_worker(worker_id): numpy.random.seed(torch.initial_seed() % 2**32)`."
            )


def _for_kept(pair: FoundPair, site: DrawSite) -> str:
    """What makes each worker draw from a generator of its own in place of its copy of one."""
    if site.library:
        return (
            "Seed imgaug, which keeps one generator for all its augmenters, inside the worker: in `worker_init_fn`, "
            "call `imgaug.seed(torch.initial_seed() % 2**32)`."
        )
    assert site.generator is not None
    if site.generator.name == MONAI_GENERATOR:
        return (
            "Use `monai.data.DataLoader`, or pass `worker_init_fn=monai.data.utils.worker_init_fn`: both call "
            "`set_random_state` of the transforms in each worker, with torch's seed of it."
        )
    name, of_an_object = site.generator.name, site.generator.frame.function is not None
    if name in _SEEDED and not (of_an_object and name in _MADE):
        return f"Seed the generator inside the worker: in `worker_init_fn`, call `{_SEEDED[name]}` of it."
    made = _MADE.get(name, _GENERATOR)
    if of_an_object:
        holder = _holder(pair, site.generator)
        return f"Make the generator inside the worker: in `worker_init_fn`, set it to `{made}` on {holder}."
    return f"Make the generator inside the worker: in `worker_init_fn`, put `{made}` in its place."


def _holder(pair: FoundPair, generator: Result) -> str:
    """How a worker gets at what keeps a generator: what is set on a wrapper of a dataset, nobody reads."""
    keeper = generator.frame.self_value
    if isinstance(keeper, Instance) and keeper.cls.name != pair.entry.name:
        return f"the `{keeper.cls.name}` that keeps it"
    held = "`torch.utils.data.get_worker_info().dataset`"
    for value in pair.loader.datasets:
        if isinstance(value, Result) and value.name in WRAPPERS:
            wrapper = value.name.rpartition(".")[2]
            return f"the dataset inside the `{'Subset' if wrapper == 'random_split' else wrapper}` that {held} is"
    return held
