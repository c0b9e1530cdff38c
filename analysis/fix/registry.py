"""Which recipes mend which form of the bug, the one to prefer first."""

from dataclasses import dataclass

from analysis.fix.recipes.entry import seed_in_iter
from analysis.fix.recipes.fixed import seed_drawn_from_torch
from analysis.fix.recipes.frozen import seed_moves_with_epoch
from analysis.fix.recipes.kept import (
    library_seeded_in_worker,
    made_in_worker,
    module_generator_seeded_in_worker,
)
from analysis.fix.recipes.lightning import seed_everything_in_workers
from analysis.fix.recipes.persistent import persistent_workers
from analysis.fix.recipes.reseed import seed_from_initial_seed, seed_from_worker_info, seed_in_given_init
from analysis.fix.recipes.subclass import subclass_worker_init
from analysis.fix.recipes.worker_init import existing_worker_init, new_worker_init
from analysis.fix.workshop import Recipe


@dataclass(frozen=True, slots=True)
class Choice:
    """A recipe, and whether what it does can be taken without being read: a run without workers stays as it was."""

    recipe: Recipe
    safe: bool = True


_LIGHTNING = Choice(seed_everything_in_workers)
_EXISTING = Choice(existing_worker_init)
_GIVEN = Choice(seed_in_given_init)
_NEW = Choice(new_worker_init)
_SUBCLASS = Choice(subclass_worker_init)
_ITER = Choice(seed_in_iter)
_RESEED = (Choice(seed_from_initial_seed), Choice(seed_from_worker_info))
_PERSISTENT = Choice(persistent_workers, safe=False)
_KEPT = (Choice(made_in_worker), Choice(library_seeded_in_worker), Choice(module_generator_seeded_in_worker))

RECIPES: dict[str, tuple[Choice, ...]] = {
    "WS101": (_LIGHTNING, _EXISTING, _GIVEN, _NEW, _SUBCLASS, _ITER),
    "WS102": _KEPT,
    "WS103": (*_RESEED, _EXISTING, _NEW, _PERSISTENT),
    "WS104": (*_RESEED, _EXISTING, _NEW),
    "WS105": (*_RESEED, _EXISTING, _NEW, _GIVEN),
    "WS106": (Choice(seed_drawn_from_torch, safe=False),),
    "WS107": (Choice(seed_moves_with_epoch, safe=False),),
    "WS108": (*_RESEED, _EXISTING, _NEW),
    "WS109": (_LIGHTNING, _EXISTING, _GIVEN, _NEW, _SUBCLASS, _ITER, *_KEPT),
    "WS201": _KEPT,
}
