"""The truth table of the domain, and nothing else: from what is known of a draw to what repeats.

Each rule was executed under a real `DataLoader`; the conformance suite does it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.link.seeding import Seeding
from analysis.report import BUGS, DrawKind, Outcome, Reseed, StartMethod, TorchRange, Verdict

_WORST_FIRST: tuple[Outcome, ...] = ("duplicate", "epoch_repeat", "unknown", "clean")


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the outcome of one draw depends on.

    `seeding` is what reseeds the draw's own generator in the worker, None when nothing does. `entropy` says that a kept
    generator is made from new entropy, `module_level` that it is made when its module is imported, `import_seeded`
    that importing seeds NumPy with a constant. `frozen_base`: the seed of the workers is set to a constant in each epoch;
    `parent_moves`: the parent reseeds NumPy with a changing integer, or draws a block of it, between epochs.
    """

    kind: DrawKind
    seeding: Seeding | None = None
    single_worker: bool = False
    persistent: bool = False
    start: StartMethod | None = None
    entropy: bool = False
    module_level: bool = False
    import_seeded: bool = False
    frozen_base: bool = False
    parent_moves: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome under torch < 1.9 (`legacy`) and >= 1.9 (`modern`), and what is said beside it."""

    legacy: Outcome
    modern: Outcome
    overlap: bool = False
    same_every_run: bool = False


def judge(situation: Situation) -> Judgement:
    """The outcome of one draw in one loader's workers."""
    found = _judge_many(situation)
    legacy, modern = found.legacy, found.modern
    if situation.single_worker:
        # One worker has nobody to repeat; what its generator starts from is the same again in the next epoch.
        legacy = "epoch_repeat" if legacy == "duplicate" else legacy
        modern = "epoch_repeat" if modern == "duplicate" else modern
    if situation.persistent and situation.kind != "fixed":
        legacy = "clean" if legacy == "epoch_repeat" else legacy
        modern = "clean" if modern == "epoch_repeat" else modern
    same = found.same_every_run and modern == "epoch_repeat"
    return Judgement(legacy, modern, found.overlap, same)


def _judge_many(s: Situation) -> Judgement:
    match s.kind:
        case "fixed":
            return Judgement("duplicate", "duplicate")
        case "fresh" | "indexed":
            return Judgement("clean", "clean")
        case "instance":
            return _kept(s)
        case "global":
            return _global(s)


def _kept(s: Situation) -> Judgement:
    if s.seeding is None or s.seeding is Seeding.CONSTANT:
        reborn = s.seeding is None and s.module_level and s.entropy and s.start == "spawn"
        return Judgement("clean", "clean") if reborn else Judgement("duplicate", "duplicate")
    return _seeded(s, s.seeding)


def _global(s: Situation) -> Judgement:
    if s.seeding is None:
        if s.start == "spawn":
            legacy: Outcome = "duplicate" if s.import_seeded else "clean"
        else:
            legacy = "duplicate"
        return Judgement(legacy, "epoch_repeat" if s.frozen_base else "clean")
    return _seeded(s, s.seeding)


def _seeded(s: Situation, seeding: Seeding) -> Judgement:
    match seeding:
        case Seeding.GOOD:
            outcome: Outcome = "epoch_repeat" if s.frozen_base else "clean"
            return Judgement(outcome, outcome)
        case Seeding.OVERLAP:
            return Judgement("clean", "clean", overlap=True)
        case Seeding.EPOCH:
            return Judgement("epoch_repeat", "epoch_repeat")
        case Seeding.STATE:
            return Judgement("clean" if s.parent_moves else "epoch_repeat", "epoch_repeat", same_every_run=True)
        case Seeding.CONSTANT | Seeding.EPOCHS_DIFFER:
            return Judgement("duplicate", "duplicate")
        case Seeding.DRAW:
            fresh = s.start == "spawn" and not s.import_seeded
            return Judgement("clean" if fresh else "duplicate", "epoch_repeat" if s.frozen_base else "clean")
        case Seeding.DRAW_AND_ID:
            moving = s.parent_moves or (s.start == "spawn" and not s.import_seeded)
            return Judgement("clean" if moving else "epoch_repeat", "epoch_repeat" if s.frozen_base else "clean")
        case Seeding.INDEXED:
            return Judgement("clean", "clean")


def reseed_word(seeding: Seeding | None) -> Reseed:
    """The report's word for a form of seeding."""
    match seeding:
        case None | Seeding.INDEXED:
            return "none"
        case Seeding.GOOD | Seeding.OVERLAP:
            return "good"
        case Seeding.EPOCH | Seeding.STATE | Seeding.DRAW_AND_ID:
            return "epoch"
        case Seeding.CONSTANT | Seeding.EPOCHS_DIFFER | Seeding.DRAW:
            return "constant"


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """The worst of some outcomes; clean when there are none."""
    return min(outcomes, key=_WORST_FIRST.index, default="clean")


def verdict(eligible: bool | None, legacy: Outcome, modern: Outcome, torch: TorchRange) -> Verdict:
    """The verdict for people: only the sides that the repository's torch range admits count."""
    if eligible is False:
        return "not_eligible"
    sides: dict[str, Outcome] = {"legacy": legacy, "modern": modern}
    if torch == "<1.9":
        del sides["modern"]
    elif torch == ">=1.9":
        del sides["legacy"]
    bad = [side for side, outcome in sides.items() if outcome in BUGS]
    if bad and len(bad) == len(sides):
        return "affected"
    if bad:
        return "affected_on_old_torch" if bad == ["legacy"] else "affected_on_new_torch"
    if eligible is None or "unknown" in sides.values():
        return "unknown"
    return "mitigated"
