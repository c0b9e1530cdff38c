"""The truth table, one row for each program in `rows/`: what happens under PyTorch < 1.9 and >= 1.9, and why.

`test_real_dataloader` runs the programs and sees whether it does happen; `test_analyzer_agrees` asks the analyzer about
the same files. Neither knows of the other.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Outcome = Literal["duplicate", "epoch_repeat", "clean"]
Outcomes = tuple[Outcome, Outcome]
"""Under legacy semantics, then under modern ones."""

ROWS_FOLDER = Path(__file__).parent / "rows"

BOTH_DUPLICATE: Outcomes = ("duplicate", "duplicate")
BOTH_REPEAT: Outcomes = ("epoch_repeat", "epoch_repeat")
BOTH_CLEAN: Outcomes = ("clean", "clean")
MENDED: Outcomes = ("duplicate", "clean")


@dataclass(frozen=True, slots=True)
class Row:
    """One program and what is known of it.

    `persistent`: the outcomes of the same program with `persistent_workers=True` (None: not asked).
    `spawn`: those under spawn or a plain fork server (None: the program cannot be pickled, or it is a matter of luck).
    `draw_kind`, `reseed`: the words that are right for it, more than one where the table names the outcome alone.
    `fork_server`: those under a fork server that has imported the program, where they are not those under fork.
    `argv`: the arguments it is run with; the verdict is read off without them.
    `by_design`: repeats that are meant, so that the run shows them and the verdict does not.
    """

    name: str
    outcomes: Outcomes
    persistent: Outcomes | None
    spawn: Outcomes | None
    draw_kind: tuple[str, ...] = ("global",)
    reseed: tuple[str, ...] = ("none",)
    workers: str = "literal"
    argv: tuple[str, ...] = ()
    fork_server: Outcomes | None = None
    own_start: bool = False
    overlap: bool = False
    same_every_run: bool = False
    by_design: bool = False
    counts: bool = True
    not_eligible: str | None = None

    @property
    def path(self) -> Path:
        return ROWS_FOLDER / f"{self.name}.py"

    def persistent_source(self) -> str:
        """The program with workers that live on."""
        source, changed = re.subn(r"num_workers=[\w.]+", r"\g<0>, persistent_workers=True", self.path.read_text())
        if changed != 1:
            raise ValueError(f"{self.name}: {changed} loaders, not one")
        return source


def _global(
    name: str,
    outcomes: Outcomes,
    persistent: Outcomes | None,
    spawn: Outcomes | None = BOTH_CLEAN,
    reseed: tuple[str, ...] = ("none",),
    **more: object,
) -> Row:
    return Row(f"global_{name}", outcomes, persistent, spawn, reseed=reseed, **more)  # type: ignore[arg-type]


def _kept(
    name: str,
    outcomes: Outcomes = BOTH_DUPLICATE,
    persistent: Outcomes | None = BOTH_DUPLICATE,
    spawn: Outcomes | None = BOTH_DUPLICATE,
    reseed: tuple[str, ...] = ("none",),
) -> Row:
    return Row(name, outcomes, persistent, spawn, draw_kind=("instance",), reseed=reseed)


GOOD, EPOCH, CONSTANT = ("good",), ("epoch",), ("constant",)

ROWS: tuple[Row, ...] = (
    # Global state, nobody reseeds it.
    _global("none", MENDED, MENDED),
    _global("none_transform", MENDED, MENDED),
    _global("none_decorated", MENDED, MENDED),
    # A module cannot be pickled.
    _global("none_module_attribute", MENDED, MENDED, spawn=None),
    _global("none_collate", MENDED, MENDED),
    _global("none_collate_object", MENDED, MENDED),
    _global("none_iterable", MENDED, MENDED),
    _global("state_put_back", MENDED, MENDED),
    _global("none_workers_option", MENDED, MENDED, workers="default"),
    _global("none_one_worker", ("epoch_repeat", "clean"), BOTH_CLEAN),
    _global("none_one_worker_parent_draws", BOTH_CLEAN, BOTH_CLEAN, fork_server=("epoch_repeat", "clean")),
    _global("none_workers_option_of_one", MENDED, MENDED, workers="default", argv=("--workers", "2")),
    _global("none_imported_functions", MENDED, MENDED),
    _global("none_scipy", MENDED, MENDED),
    _global("none_scipy_rotation", MENDED, MENDED),
    _global("none_zero_workers", BOTH_CLEAN, None, workers="zero", not_eligible="no_workers"),
    _global("none_parent_draws", MENDED, MENDED),
    _global("none_rebuilt", MENDED, MENDED),
    _global("none_optional_reseed", MENDED, MENDED),
    _global("none_generator_once", MENDED, MENDED),
    _global("none_generator_constant", ("duplicate", "epoch_repeat"), None, spawn=("clean", "epoch_repeat")),
    _global("none_generator_epoch", MENDED, MENDED),
    _global("none_parent_torch_constant", ("duplicate", "epoch_repeat"), MENDED, spawn=("clean", "epoch_repeat")),
    _global("none_parent_numpy_constant", MENDED, MENDED),
    _global("none_parent_all_constant", ("duplicate", "epoch_repeat"), MENDED, spawn=("clean", "epoch_repeat")),
    _global("none_parent_seeded_once", MENDED, MENDED),
    _global("none_module_seeded", MENDED, MENDED, spawn=MENDED),
    _global("random_seeded", MENDED, MENDED),
    _global("torch_seeded", MENDED, MENDED),
    # Global state, reseeded well.
    _global("initial_seed", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("worker_info_seed", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("seed_entropy", BOTH_CLEAN, BOTH_CLEAN, spawn=None, reseed=GOOD),
    _global("seed_default_rng", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("seed_python_random", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("seed_urandom", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("clock_and_worker_id", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("step_counter", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    # The idle workers draw nothing, so that no stream comes back although their seeds do.
    _global("step_counter_few_batches", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("epoch_times_many", BOTH_CLEAN, None, reseed=GOOD),
    _global("epoch_set_by_a_helper", BOTH_CLEAN, None, spawn=None, reseed=GOOD),
    _global("epoch_by_default", BOTH_CLEAN, None, spawn=None, reseed=GOOD),
    _global("epoch_in_a_list", BOTH_CLEAN, BOTH_CLEAN, spawn=None, reseed=GOOD),
    _global("epoch_in_shared_memory", BOTH_CLEAN, BOTH_CLEAN, spawn=None, reseed=GOOD),
    _global("epoch_plus_worker_id", BOTH_CLEAN, None, spawn=None, reseed=GOOD, overlap=True),
    _global("initial_seed_generator_epoch", BOTH_CLEAN, None, reseed=GOOD),
    _global("initial_seed_generator_constant", BOTH_REPEAT, None, spawn=BOTH_REPEAT, reseed=GOOD),
    _global("initial_seed_parent_constant", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=GOOD),
    _global("seed_entropy_parent_constant", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD),
    _global("seed_python_random_parent_constant", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=GOOD),
    _global("entropy_in_getitem", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD, draw_kind=("global", "fresh")),
    _global("fine_clock_in_getitem", BOTH_CLEAN, BOTH_CLEAN, reseed=GOOD, draw_kind=("global", "fresh")),
    # A worker that lives on keeps its seed, and puts it back at the start of each pass.
    _global("iterable_seeded_in_iter", BOTH_CLEAN, BOTH_REPEAT, reseed=GOOD),
    # Global state, workers apart and epochs alike.
    _global("worker_id", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=EPOCH),
    _global("worker_id_as_it_is", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=EPOCH),
    _global("worker_id_given_later", BOTH_REPEAT, BOTH_CLEAN, spawn=None, reseed=EPOCH),
    _global("seed_plus_worker_id", BOTH_REPEAT, BOTH_CLEAN, spawn=None, reseed=EPOCH),
    _global("torch_seeded_first", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=EPOCH),
    _global("worker_id_rebuilt", BOTH_REPEAT, None, spawn=BOTH_REPEAT, reseed=EPOCH),
    _global("worker_id_endless", BOTH_CLEAN, None, reseed=("epoch", "good")),
    _global("get_state", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=EPOCH, same_every_run=True),
    _global(
        "get_state_parent_draws_few", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=EPOCH, same_every_run=True
    ),
    _global(
        "get_state_parent_draws_many",
        ("clean", "epoch_repeat"),
        BOTH_CLEAN,
        spawn=BOTH_REPEAT,
        fork_server=BOTH_REPEAT,
        reseed=("epoch", "good"),
        same_every_run=True,
    ),
    _global(
        "get_state_parent_reseeded",
        ("clean", "epoch_repeat"),
        BOTH_CLEAN,
        spawn=BOTH_REPEAT,
        fork_server=BOTH_REPEAT,
        reseed=("epoch", "good"),
        same_every_run=True,
    ),
    _global("drawn_seed_plus_worker_id", ("epoch_repeat", "clean"), BOTH_CLEAN, reseed=("epoch", "good")),
    _global(
        "drawn_seed_plus_worker_id_parent_draws",
        BOTH_CLEAN,
        BOTH_CLEAN,
        reseed=("epoch", "good"),
        fork_server=("epoch_repeat", "clean"),
    ),
    # Global state, the same seed for every worker.
    _global("epoch_only", BOTH_DUPLICATE, None, spawn=BOTH_DUPLICATE, reseed=CONSTANT),
    _global("initial_seed_upper_bits_one_worker", BOTH_CLEAN, BOTH_CLEAN, reseed=("constant", "good")),
    _global("drawn_seed", MENDED, MENDED, reseed=("none", "constant")),
    _global("constant", BOTH_DUPLICATE, BOTH_DUPLICATE, spawn=BOTH_DUPLICATE, reseed=CONSTANT),
    _global("constant_unused_worker_id", BOTH_DUPLICATE, BOTH_DUPLICATE, spawn=BOTH_DUPLICATE, reseed=CONSTANT),
    # Workers that start once may do so on either side of a second's end.
    _global("time", BOTH_DUPLICATE, None, spawn=None, reseed=CONSTANT),
    _global(
        "time_in_getitem",
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        spawn=None,
        reseed=("constant", "none"),
        draw_kind=("global", "fixed"),
    ),
    _global("first_sample_worker_id", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=EPOCH),
    _global("first_sample_constant", BOTH_DUPLICATE, BOTH_DUPLICATE, spawn=BOTH_DUPLICATE, reseed=CONSTANT),
    _global("constant_one_worker", BOTH_REPEAT, BOTH_CLEAN, spawn=BOTH_REPEAT, reseed=CONSTANT),
    _global("initial_seed_upper_bits", BOTH_DUPLICATE, BOTH_DUPLICATE, spawn=BOTH_DUPLICATE, reseed=CONSTANT),
    _global(
        "constant_before_collate",
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        spawn=BOTH_DUPLICATE,
        reseed=("constant", "none"),
        draw_kind=("global", "fixed"),
    ),
    _global("worker_id_before_collate", BOTH_REPEAT, BOTH_REPEAT, spawn=BOTH_REPEAT, reseed=EPOCH),
    _global(
        "constant_in_getitem",
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        spawn=BOTH_DUPLICATE,
        reseed=("constant", "none"),
        draw_kind=("global", "fixed"),
    ),
    # Made with a constant seed at each call.
    Row(
        "fixed_in_getitem",
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        draw_kind=("fixed",),
        reseed=("none", "constant"),
    ),
    Row(
        "fixed_in_helper_reseeded_global",
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        draw_kind=("fixed",),
        reseed=("none", "constant"),
    ),
    Row(
        "fixed_in_iter",
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        BOTH_DUPLICATE,
        draw_kind=("fixed",),
        reseed=("none", "constant"),
    ),
    Row("fixed_one_worker", BOTH_REPEAT, BOTH_REPEAT, BOTH_REPEAT, draw_kind=("fixed",), reseed=("none", "constant")),
    # Made once and kept.
    _kept("instance_random_state_seeded"),
    _kept("instance_random_state"),
    _kept("instance_default_rng_seeded"),
    _kept("instance_default_rng"),
    _kept("instance_dataclass_field"),
    _kept("instance_class_level"),
    _kept("instance_default_argument"),
    _kept("instance_module_level", spawn=BOTH_CLEAN),
    _kept("instance_module_level_seeded"),
    _kept("instance_iterable"),
    _kept("instance_transform"),
    _kept("instance_handed_down"),
    _kept("instance_one_worker", BOTH_REPEAT, BOTH_CLEAN, BOTH_REPEAT),
    _kept("instance_only_global_reseeded"),
    _kept("instance_set_on_subset"),
    _kept("instance_reseeded", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, GOOD),
    _kept("instance_reseeded_transform", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, GOOD),
    _kept("instance_reseeded_subset", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, GOOD),
    _kept("instance_module_level_replaced", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, GOOD),
    _kept("instance_reseeded_worker_id", BOTH_REPEAT, BOTH_CLEAN, BOTH_REPEAT, EPOCH),
    _kept("instance_reseeded_constant", reseed=CONSTANT),
    _kept("instance_reseeded_parent_constant", BOTH_REPEAT, BOTH_CLEAN, BOTH_REPEAT, GOOD),
    _kept("instance_reseeded_copied_generator", BOTH_REPEAT, BOTH_CLEAN, BOTH_REPEAT, EPOCH),
    _kept("instance_lazy_worker_seed", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, GOOD),
    _kept("instance_lazy_entropy", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, GOOD),
    _kept("instance_lazy_worker_id", BOTH_REPEAT, BOTH_CLEAN, BOTH_REPEAT, EPOCH),
    _kept("instance_lazy_constant", reseed=CONSTANT),
    _kept("instance_lazy_in_parent"),
    _kept("instance_lazy_in_constructor"),
    # Made at each pass from what the worker is told.
    Row(
        "iterable_rng_from_worker_seed",
        BOTH_CLEAN,
        BOTH_REPEAT,
        BOTH_CLEAN,
        draw_kind=("instance", "fresh"),
        reseed=("good", "none"),
    ),
    Row(
        "iterable_rng_from_worker_id",
        BOTH_REPEAT,
        BOTH_REPEAT,
        BOTH_REPEAT,
        draw_kind=("instance", "fixed"),
        reseed=EPOCH,
    ),
    # Nobody tells the dataset which epoch it is.
    Row(
        "iterable_epoch_never_set",
        BOTH_REPEAT,
        BOTH_REPEAT,
        BOTH_REPEAT,
        draw_kind=("instance", "fixed"),
        reseed=EPOCH,
    ),
    Row("iterable_epoch_told", BOTH_CLEAN, BOTH_REPEAT, BOTH_CLEAN, draw_kind=("instance",), reseed=GOOD),
    Row("iterable_passes_counted", BOTH_REPEAT, BOTH_CLEAN, BOTH_REPEAT, draw_kind=("instance",), reseed=EPOCH),
    # The same fault in generators that are not NumPy's: listed, without weight.
    Row("kept_python_random", BOTH_DUPLICATE, BOTH_DUPLICATE, BOTH_DUPLICATE, draw_kind=("instance",), counts=False),
    # A torch.Generator cannot be pickled.
    Row("kept_torch_generator", BOTH_DUPLICATE, BOTH_DUPLICATE, None, draw_kind=("instance",), counts=False),
    # Made at each call, from entropy or from the index.
    Row("fresh_default_rng", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, draw_kind=("fresh",), reseed=("none", "good")),
    Row("fresh_random_state", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, draw_kind=("fresh",), reseed=("none", "good")),
    Row(
        "indexed_default_rng",
        BOTH_CLEAN,
        BOTH_CLEAN,
        BOTH_CLEAN,
        draw_kind=("indexed",),
        reseed=("none", "good"),
        by_design=True,
    ),
    Row(
        "indexed_before_collate",
        BOTH_CLEAN,
        BOTH_CLEAN,
        BOTH_CLEAN,
        draw_kind=("indexed",),
        reseed=("none", "good"),
        by_design=True,
    ),
    Row(
        "indexed_global_seed",
        BOTH_CLEAN,
        BOTH_CLEAN,
        BOTH_CLEAN,
        draw_kind=("indexed",),
        reseed=("none", "good"),
        by_design=True,
    ),
    Row(
        "global_decorator_seeds_by_index",
        BOTH_CLEAN,
        BOTH_CLEAN,
        BOTH_CLEAN,
        draw_kind=("indexed",),
        reseed=("none", "good"),
        by_design=True,
    ),
    # Persistent workers never see the epoch that the parent sets: the same repeat by design.
    Row("indexed_and_epoch", BOTH_CLEAN, None, BOTH_CLEAN, draw_kind=("indexed",), reseed=("none", "good")),
    # Nothing of NumPy's is drawn in a worker.
    Row("control_python_random", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, not_eligible="only_random_or_torch"),
    Row("control_torch", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, not_eligible="only_random_or_torch"),
    Row("control_parent_only", BOTH_CLEAN, BOTH_CLEAN, BOTH_CLEAN, not_eligible="draw_not_in_worker"),
    # A constant seed that evaluation alone reaches: the run shows it, the verdict does not count it.
    Row("evaluation_constant", BOTH_DUPLICATE, None, BOTH_DUPLICATE, draw_kind=("fixed",), counts=False),
    # Programs that choose how workers start.
    Row("forkserver_context_global", BOTH_CLEAN, None, BOTH_CLEAN, reseed=("good", "none"), own_start=True),
    Row("spawn_context_global", BOTH_CLEAN, None, BOTH_CLEAN, reseed=("good", "none"), own_start=True),
    Row("spawn_set_start_method_global", BOTH_CLEAN, None, BOTH_CLEAN, reseed=("good", "none"), own_start=True),
    Row("spawn_global_module_seeded", MENDED, None, MENDED, own_start=True),
    Row("spawn_instance", BOTH_DUPLICATE, None, BOTH_DUPLICATE, draw_kind=("instance",), own_start=True),
    Row("spawn_module_level", BOTH_CLEAN, None, BOTH_CLEAN, draw_kind=("instance",), own_start=True),
    Row("spawn_module_level_seeded", BOTH_DUPLICATE, None, BOTH_DUPLICATE, draw_kind=("instance",), own_start=True),
)
