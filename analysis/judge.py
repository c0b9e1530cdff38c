"""The truth table of the domain, and nothing else: from what is known of a draw to what repeats.

Each rule was executed under a real `DataLoader`; the conformance suite does it again.
"""

from collections.abc import Sequence

import msgspec

from analysis.link.sources import Seeding
from analysis.report import BUGS, DrawKind, Outcome, Reseed, StartMethod, TorchRange, Verdict

_WORST_FIRST: tuple[Outcome, ...] = ("duplicate", "epoch_repeat", "unknown", "clean")


class Situation(msgspec.Struct, frozen=True):
    """All that the outcome of one draw depends on.

    `seeding` is what reseeds the draw's own generator in the worker, None when nothing does; `each_pass` that it does
    so in each epoch, from what a living worker keeps. `entropy` says that a kept generator is made from new entropy,
    `module_level` that it is made when its module is imported, `import_seeded` that importing seeds NumPy with a
    constant. `frozen_base`: the seed of the workers is set to a constant in each epoch; `parent_moves`: what the
    workers inherit of NumPy's state is another in each epoch. `own_workers`: they are not torch's, of whatever version.
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
    each_pass: bool = False
    own_workers: bool = False

    @property
    def afresh(self) -> bool:
        """Workers import everything anew; they inherit no state."""
        return self.start in ("spawn", "forkserver")


class Judgement(msgspec.Struct, frozen=True):
    """The outcome under torch < 1.9 (`legacy`) and >= 1.9 (`modern`), and what is said beside it."""

    legacy: Outcome
    modern: Outcome
    overlap: bool = False
    same_every_run: bool = False


def judge(situation: Situation) -> Judgement:
    """The outcome of one draw in one loader's workers."""
    s = situation
    found = _with_many_workers(s)
    legacy, modern = found.legacy, found.modern
    if s.single_worker:
        legacy, modern = _alone(s, legacy), _alone(s, modern)
    if s.persistent and s.kind != "fixed":
        if s.each_pass:
            legacy = modern = worst([legacy, modern, "epoch_repeat"])
        else:
            legacy = "clean" if legacy == "epoch_repeat" else legacy
            modern = "clean" if modern == "epoch_repeat" else modern
    if s.own_workers:
        modern = legacy
    overlap = s.seeding is Seeding.OVERLAP and legacy == "clean" and not s.persistent and not s.single_worker
    same = s.kind == "global" and s.seeding is Seeding.STATE and modern == "epoch_repeat"
    return Judgement(legacy, modern, overlap, same)


def _alone(s: Situation, outcome: Outcome) -> Outcome:
    """One worker has nobody to repeat: what is left of a duplicate is whether it starts from the same again."""
    if outcome != "duplicate":
        return outcome
    if s.kind == "global" and (s.seeding is Seeding.EPOCHS_DIFFER or (s.parent_moves and _inherits(s))):
        return "clean"
    if s.kind == "instance" and s.seeding is Seeding.EPOCHS_DIFFER:
        return "clean"
    return "epoch_repeat"


def _inherits(s: Situation) -> bool:
    return s.seeding in (None, Seeding.DRAW) and not s.afresh


def _with_many_workers(s: Situation) -> Judgement:
    match s.kind:
        case "fixed":
            return Judgement("duplicate", "duplicate")
        case "fresh" if s.seeding is Seeding.GOOD:
            # Made of torch's seed, and so no fresher than that.
            return _seeded(s, s.seeding)
        case "fresh" | "indexed":
            return Judgement("clean", "clean")
        case "instance":
            return _kept(s)
        case "global":
            return _global(s)


def _kept(s: Situation) -> Judgement:
    if s.seeding is not None:
        return _seeded(s, s.seeding)
    if s.module_level and s.entropy and s.afresh:
        # A fork server of the Pythons that come with a new torch may have imported the module before it forks.
        return Judgement("clean", "clean" if s.start == "spawn" else "duplicate")
    return Judgement("duplicate", "duplicate")


def _global(s: Situation) -> Judgement:
    if s.seeding is not None:
        return _seeded(s, s.seeding)
    reborn = s.afresh and not s.import_seeded
    return Judgement("clean" if reborn else "duplicate", "epoch_repeat" if s.frozen_base else "clean")


def _seeded(s: Situation, seeding: Seeding) -> Judgement:
    from_torch: Outcome = "epoch_repeat" if s.frozen_base else "clean"
    reborn = s.afresh and not s.import_seeded
    match seeding:
        case Seeding.GOOD:
            return Judgement(from_torch, from_torch)
        case Seeding.FRESH | Seeding.OVERLAP | Seeding.INDEXED:
            return Judgement("clean", "clean")
        case Seeding.UNREAD:
            return Judgement("unknown", "unknown")
        case Seeding.EPOCH:
            return Judgement("epoch_repeat", "epoch_repeat")
        case Seeding.STATE:
            return Judgement("clean" if s.parent_moves and not s.afresh else "epoch_repeat", "epoch_repeat")
        case Seeding.CONSTANT | Seeding.EPOCHS_DIFFER:
            return Judgement("duplicate", "duplicate")
        case Seeding.DRAW:
            return Judgement("clean" if reborn else "duplicate", from_torch)
        case Seeding.DRAW_AND_ID:
            moving = reborn or (s.parent_moves and not s.afresh)
            return Judgement("clean" if moving else "epoch_repeat", from_torch)


def reseed_word(seeding: Seeding | None) -> Reseed:
    """The report's word for a form of seeding."""
    match seeding:
        case None | Seeding.INDEXED | Seeding.UNREAD:
            return "none"
        case Seeding.GOOD | Seeding.FRESH | Seeding.OVERLAP:
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
