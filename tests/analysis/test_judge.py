"""The truth table as the judge has it. `tests/conformance` shows that it is what happens."""

import itertools
from typing import Any, get_args

import pytest

from analysis.judge import Situation, judge, verdict, worst
from analysis.link.sources import Seeding
from analysis.report import DrawKind, Outcome, StartMethod, TorchRange, Verdict

DUPLICATE: Outcome = "duplicate"
REPEAT: Outcome = "epoch_repeat"
CLEAN: Outcome = "clean"
UNKNOWN: Outcome = "unknown"

KINDS: tuple[DrawKind, ...] = get_args(DrawKind)
STARTS: tuple[StartMethod | None, ...] = (None, *get_args(StartMethod))
REBORN: tuple[StartMethod, ...] = ("spawn", "forkserver")


def outcomes(kind: DrawKind, seeding: Seeding | None = None, **more: Any) -> tuple[Outcome, Outcome]:
    found = judge(Situation(kind=kind, seeding=seeding, **more))
    return found.legacy, found.modern


@pytest.mark.parametrize(
    ("seeding", "legacy", "modern"),
    [
        (None, DUPLICATE, CLEAN),
        (Seeding.GOOD, CLEAN, CLEAN),
        (Seeding.OVERLAP, CLEAN, CLEAN),
        (Seeding.EPOCH, REPEAT, REPEAT),
        (Seeding.STATE, REPEAT, REPEAT),
        (Seeding.CONSTANT, DUPLICATE, DUPLICATE),
        (Seeding.EPOCHS_DIFFER, DUPLICATE, DUPLICATE),
        (Seeding.DRAW, DUPLICATE, CLEAN),
        (Seeding.DRAW_AND_ID, REPEAT, CLEAN),
        (Seeding.INDEXED, CLEAN, CLEAN),
    ],
    ids=str,
)
class TestGlobalState:
    def test_fresh_workers(self, seeding: Seeding | None, legacy: Outcome, modern: Outcome) -> None:
        assert outcomes("global", seeding) == (legacy, modern)
        assert outcomes("global", seeding, start="fork") == (legacy, modern)

    def test_workers_that_live_on_end_repeats_and_mend_no_duplicate(
        self, seeding: Seeding | None, legacy: Outcome, modern: Outcome
    ) -> None:
        expected = tuple(CLEAN if outcome == REPEAT else outcome for outcome in (legacy, modern))
        assert outcomes("global", seeding, persistent=True) == expected


@pytest.mark.parametrize(
    ("seeding", "expected"),
    [
        (None, (REPEAT, CLEAN)),
        (Seeding.GOOD, (CLEAN, CLEAN)),
        (Seeding.OVERLAP, (CLEAN, CLEAN)),
        (Seeding.EPOCH, (REPEAT, REPEAT)),
        (Seeding.STATE, (REPEAT, REPEAT)),
        (Seeding.CONSTANT, (REPEAT, REPEAT)),
        (Seeding.EPOCHS_DIFFER, (CLEAN, CLEAN)),
        (Seeding.DRAW, (REPEAT, CLEAN)),
        (Seeding.DRAW_AND_ID, (REPEAT, CLEAN)),
    ],
    ids=str,
)
def test_one_worker(seeding: Seeding | None, expected: tuple[Outcome, Outcome]) -> None:
    assert outcomes("global", seeding, single_worker=True) == expected


@pytest.mark.parametrize(
    ("seeding", "expected"),
    [
        (None, (CLEAN, CLEAN)),
        (Seeding.DRAW, (CLEAN, CLEAN)),
        (Seeding.CONSTANT, (REPEAT, REPEAT)),
    ],
    ids=str,
)
def test_one_worker_that_inherits_a_moving_state(seeding: Seeding | None, expected: tuple[Outcome, Outcome]) -> None:
    assert outcomes("global", seeding, single_worker=True, parent_moves=True) == expected


@pytest.mark.parametrize(
    ("seeding", "expected"),
    [
        (None, (DUPLICATE, CLEAN)),
        (Seeding.GOOD, (CLEAN, CLEAN)),
        (Seeding.EPOCH, (REPEAT, REPEAT)),
        (Seeding.STATE, (CLEAN, REPEAT)),
        (Seeding.CONSTANT, (DUPLICATE, DUPLICATE)),
        (Seeding.DRAW, (DUPLICATE, CLEAN)),
        (Seeding.DRAW_AND_ID, (CLEAN, CLEAN)),
    ],
    ids=str,
)
def test_a_parent_that_moves_numpys_state(seeding: Seeding | None, expected: tuple[Outcome, Outcome]) -> None:
    assert outcomes("global", seeding, parent_moves=True) == expected


@pytest.mark.parametrize(
    ("seeding", "expected"),
    [
        (None, (DUPLICATE, REPEAT)),
        (Seeding.GOOD, (REPEAT, REPEAT)),
        (Seeding.OVERLAP, (CLEAN, CLEAN)),
        (Seeding.EPOCH, (REPEAT, REPEAT)),
        (Seeding.STATE, (REPEAT, REPEAT)),
        (Seeding.CONSTANT, (DUPLICATE, DUPLICATE)),
        (Seeding.EPOCHS_DIFFER, (DUPLICATE, DUPLICATE)),
        (Seeding.DRAW, (DUPLICATE, REPEAT)),
        (Seeding.DRAW_AND_ID, (REPEAT, REPEAT)),
    ],
    ids=str,
)
def test_workers_seeds_that_stand_still(seeding: Seeding | None, expected: tuple[Outcome, Outcome]) -> None:
    """The parent, or `generator=`, is reseeded with a constant in each epoch."""
    assert outcomes("global", seeding, frozen_base=True) == expected
    alive = tuple(CLEAN if outcome == REPEAT else outcome for outcome in expected)
    assert outcomes("global", seeding, frozen_base=True, persistent=True) == alive


@pytest.mark.parametrize("start", REBORN)
class TestWorkersThatImportAfresh:
    """Spawn, and a fork server that has not imported NumPy."""

    @pytest.mark.parametrize(
        ("seeding", "expected"),
        [
            (None, (CLEAN, CLEAN)),
            (Seeding.GOOD, (CLEAN, CLEAN)),
            (Seeding.EPOCH, (REPEAT, REPEAT)),
            (Seeding.STATE, (REPEAT, REPEAT)),
            (Seeding.CONSTANT, (DUPLICATE, DUPLICATE)),
            (Seeding.EPOCHS_DIFFER, (DUPLICATE, DUPLICATE)),
            (Seeding.DRAW, (CLEAN, CLEAN)),
            (Seeding.DRAW_AND_ID, (CLEAN, CLEAN)),
        ],
        ids=str,
    )
    def test_global_state(self, start: StartMethod, seeding: Seeding | None, expected: tuple[Outcome, Outcome]) -> None:
        assert outcomes("global", seeding, start=start) == expected
        # The parent's state never gets there.
        assert outcomes("global", seeding, start=start, parent_moves=True) == expected

    @pytest.mark.parametrize(
        ("seeding", "expected"),
        [(None, (DUPLICATE, CLEAN)), (Seeding.DRAW, (DUPLICATE, CLEAN)), (Seeding.DRAW_AND_ID, (REPEAT, CLEAN))],
        ids=str,
    )
    def test_a_module_that_seeds_numpy_when_imported(
        self, start: StartMethod, seeding: Seeding | None, expected: tuple[Outcome, Outcome]
    ) -> None:
        assert outcomes("global", seeding, start=start, import_seeded=True) == expected
        assert outcomes("global", seeding, start=start, import_seeded=True, parent_moves=True) == expected

    def test_torchs_seed_still_comes_from_the_parent(self, start: StartMethod) -> None:
        assert outcomes("global", start=start, frozen_base=True) == (CLEAN, REPEAT)

    @pytest.mark.parametrize(
        ("module_level", "entropy", "expected"),
        [(True, True, CLEAN), (True, False, DUPLICATE), (False, True, DUPLICATE), (False, False, DUPLICATE)],
    )
    def test_a_kept_generator_is_pickled_unless_its_module_makes_it(
        self, start: StartMethod, module_level: bool, entropy: bool, expected: Outcome
    ) -> None:
        found = outcomes("instance", start=start, module_level=module_level, entropy=entropy)
        # Where PyTorch >= 1.9 is in use, so may be a Python whose fork server has imported the module.
        modern = DUPLICATE if start == "forkserver" else expected
        assert found == (expected, modern)


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("start", [None, "fork"])
@pytest.mark.parametrize(("module_level", "entropy"), [*itertools.product([False, True], repeat=2)])
def test_a_kept_generator_is_copied_by_fork(
    persistent: bool, start: StartMethod | None, module_level: bool, entropy: bool
) -> None:
    found = outcomes("instance", persistent=persistent, start=start, module_level=module_level, entropy=entropy)
    assert found == (DUPLICATE, DUPLICATE)


@pytest.mark.parametrize(
    ("seeding", "expected", "alive"),
    [
        (Seeding.GOOD, CLEAN, CLEAN),
        (Seeding.EPOCH, REPEAT, CLEAN),
        (Seeding.CONSTANT, DUPLICATE, DUPLICATE),
        (Seeding.EPOCHS_DIFFER, DUPLICATE, DUPLICATE),
    ],
    ids=str,
)
def test_a_kept_generator_that_is_itself_reseeded(seeding: Seeding, expected: Outcome, alive: Outcome) -> None:
    assert outcomes("instance", seeding) == (expected, expected)
    assert outcomes("instance", seeding, persistent=True) == (alive, alive)


def test_a_kept_generator_reseeded_from_a_seed_that_stands_still() -> None:
    assert outcomes("instance", Seeding.GOOD, frozen_base=True) == (REPEAT, REPEAT)


def test_a_kept_generator_in_one_worker_repeats_its_epochs() -> None:
    assert outcomes("instance", single_worker=True) == (REPEAT, REPEAT)
    assert outcomes("instance", single_worker=True, persistent=True) == (CLEAN, CLEAN)


def every(kind: DrawKind) -> list[Situation]:
    """All situations of a kind."""
    flags = ("single_worker", "persistent", "entropy", "module_level", "import_seeded", "frozen_base", "parent_moves")
    return [
        Situation(kind=kind, seeding=seeding, start=start, **dict(zip(flags, values, strict=True)))
        for seeding in (None, *Seeding)
        for start in STARTS
        for values in itertools.product([False, True], repeat=len(flags))
    ]


@pytest.mark.parametrize("kind", ["fresh", "indexed"])
def test_made_at_each_call_is_clean_whatever_else(kind: DrawKind) -> None:
    # What is made of torch's seed is no fresher than that.
    found = [judge(s) for s in every(kind) if not (kind == "fresh" and s.seeding is Seeding.GOOD and s.frozen_base)]
    assert {(each.legacy, each.modern) for each in found} == {(CLEAN, CLEAN)}


def test_a_constant_at_each_call_is_never_mended() -> None:
    for situation in every("fixed"):
        bug = REPEAT if situation.single_worker else DUPLICATE
        assert (judge(situation).legacy, judge(situation).modern) == (bug, bug)


@pytest.mark.parametrize("kind", KINDS)
def test_one_worker_never_duplicates(kind: DrawKind) -> None:
    alone = [judge(situation) for situation in every(kind) if situation.single_worker]
    assert DUPLICATE not in {outcome for found in alone for outcome in (found.legacy, found.modern)}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "fixed"])
def test_workers_that_live_on_never_repeat_epochs(kind: DrawKind) -> None:
    alive = [judge(situation) for situation in every(kind) if situation.persistent]
    assert REPEAT not in {outcome for found in alive for outcome in (found.legacy, found.modern)}


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_an_answer_for_everything_that_is_read(kind: DrawKind) -> None:
    told = [judge(s) for s in every(kind) if s.seeding is not Seeding.UNREAD]
    assert UNKNOWN not in {outcome for found in told for outcome in (found.legacy, found.modern)}


@pytest.mark.parametrize("kind", ["global", "instance"])
def test_it_has_none_for_what_is_not(kind: DrawKind) -> None:
    unread = [judge(s) for s in every(kind) if s.seeding is Seeding.UNREAD]
    assert {(found.legacy, found.modern) for found in unread} == {(UNKNOWN, UNKNOWN)}


def test_an_upgrade_alone_mends_only_what_nobody_reseeds_well() -> None:
    """Modern may be worse than legacy in one recipe alone: the state's first word."""
    order = (DUPLICATE, REPEAT, UNKNOWN, CLEAN)
    worse = {
        situation.seeding
        for situation in every("global")
        if order.index(judge(situation).modern) < order.index(judge(situation).legacy) and not situation.frozen_base
    }
    assert worse == {Seeding.STATE}


class TestOverlap:
    def test_sums_of_epoch_and_worker_id(self) -> None:
        found = judge(Situation(kind="global", seeding=Seeding.OVERLAP))
        assert (found.legacy, found.modern, found.overlap) == (CLEAN, CLEAN, True)

    @pytest.mark.parametrize("more", [{"persistent": True}, {"single_worker": True}])
    def test_needs_two_workers_and_a_second_start(self, more: dict[str, bool]) -> None:
        assert not judge(Situation(kind="global", seeding=Seeding.OVERLAP, **more)).overlap  # type: ignore[arg-type]

    def test_nothing_else_does(self) -> None:
        others = [seeding for seeding in Seeding if seeding is not Seeding.OVERLAP]
        assert not any(judge(Situation(kind="global", seeding=seeding)).overlap for seeding in others)


class TestSameEveryRun:
    def test_the_first_word_of_the_state(self) -> None:
        assert judge(Situation(kind="global", seeding=Seeding.STATE)).same_every_run
        assert judge(Situation(kind="global", seeding=Seeding.STATE, parent_moves=True)).same_every_run

    def test_not_what_torch_seeds(self) -> None:
        assert not judge(Situation(kind="global")).same_every_run
        assert not judge(Situation(kind="global", seeding=Seeding.GOOD)).same_every_run


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], CLEAN),
        ([CLEAN], CLEAN),
        ([CLEAN, UNKNOWN], UNKNOWN),
        ([CLEAN, UNKNOWN, REPEAT], REPEAT),
        ([CLEAN, UNKNOWN, REPEAT, DUPLICATE], DUPLICATE),
    ],
)
def test_worst_first(found: list[Outcome], expected: Outcome) -> None:
    assert worst(found) == expected


AFFECTED: Verdict = "affected"
OLD: Verdict = "affected_on_old_torch"
NEW: Verdict = "affected_on_new_torch"
MITIGATED: Verdict = "mitigated"
ORDER = (DUPLICATE, REPEAT, UNKNOWN, CLEAN)


@pytest.mark.parametrize(
    ("legacy", "by_modern"),
    [
        (DUPLICATE, (AFFECTED, AFFECTED, OLD, OLD)),
        (REPEAT, (AFFECTED, AFFECTED, OLD, OLD)),
        (UNKNOWN, (NEW, NEW, "unknown", "unknown")),
        (CLEAN, (NEW, NEW, "unknown", MITIGATED)),
    ],
)
def test_verdict_of_an_open_range(legacy: Outcome, by_modern: tuple[Verdict, ...]) -> None:
    """Columns: duplicate, epoch_repeat, unknown, clean under torch >= 1.9."""
    assert tuple(verdict(True, legacy, modern, "open") for modern in ORDER) == by_modern


@pytest.mark.parametrize(
    ("admitted", "expected"),
    [(DUPLICATE, AFFECTED), (REPEAT, AFFECTED), (UNKNOWN, "unknown"), (CLEAN, MITIGATED)],
)
@pytest.mark.parametrize("other", ORDER)
def test_verdict_looks_only_at_the_side_that_is_admitted(admitted: Outcome, expected: Verdict, other: Outcome) -> None:
    assert verdict(True, admitted, other, "<1.9") == expected
    assert verdict(True, other, admitted, ">=1.9") == expected


@pytest.mark.parametrize("torch", get_args(TorchRange))
def test_verdict_without_eligibility(torch: TorchRange) -> None:
    for legacy, modern in itertools.product(ORDER, ORDER):
        assert verdict(False, legacy, modern, torch) == "not_eligible"
    assert verdict(None, UNKNOWN, UNKNOWN, torch) == "unknown"
