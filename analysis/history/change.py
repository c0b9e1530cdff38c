"""What happened between two reports of the same repository: how the bug came, changed its form, or ended."""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from analysis.report import BUGS, NotEligible, Outcome, Pair, Report, Verdict

Ending = Literal[
    "reseeding",
    "fresh_generator",
    "indexed_generator",
    "start_method",
    "persistent_workers",
    "no_workers",
    "other_generator",
    "deleted",
    "rewritten",
    "torch_range",
    "lost",
]
"""What ended the bug. `lost`: from here on it cannot be read off, which is no end."""

Event = Literal["first", "introduced", "ended", "changed", "attempt", "other"]
"""`first` is the oldest commit; `changed`: the bug's form; `attempt`: a fix after which the bug is still there."""

REAL_FIXES: frozenset[Ending] = frozenset(
    {"reseeding", "fresh_generator", "indexed_generator", "start_method", "persistent_workers"}
)
"""Endings in which the repository goes on drawing from NumPy in workers, and nothing repeats any more."""


class Verdicts(NamedTuple):
    """What a history follows."""

    eligible: bool | None
    legacy: Outcome
    modern: Outcome
    verdict: Verdict

    @property
    def has_bug(self) -> bool:
        """On a PyTorch that the repository admits."""
        return self.verdict.startswith("affected")


def verdicts(report: Report) -> Verdicts:
    """The part of a report that a history follows."""
    return Verdicts(report.eligible, report.legacy, report.modern, report.verdict)


def event(before: Report | None, after: Report) -> Event:
    """What a change of verdicts was."""
    if before is None:
        return "first"
    had, has = verdicts(before).has_bug, verdicts(after).has_bug
    if had and has:
        return "changed"
    if had:
        return "ended"
    return "introduced" if has else "other"


def ending(before: Report, after: Report, deleted: Collection[str]) -> Ending:
    """What ended the bug of `before`; `deleted` are the files that the commit took away."""
    if _bugs(after) and before.torch.range != after.torch.range:
        return "torch_range"
    if after.eligible is None or "unknown" in (after.legacy, after.modern) or _unreadable(before, after):
        return "lost"
    kept = _same(before, after)
    if kept is not None:
        return _mended(kept)
    if after.why_not_eligible == "no_workers":
        return "no_workers"
    bugs = _bugs(before)
    if bugs and all(draw.path in deleted for pair in bugs for draw in pair.draws):
        return "deleted"
    without_numpy: tuple[NotEligible, ...] = ("only_random_or_torch", "no_draw", "draw_not_in_worker")
    if after.why_not_eligible in without_numpy and any(pair.entry.rpartition(":")[0] not in deleted for pair in bugs):
        return "other_generator"
    return "rewritten"


def is_attempt(before: Report, after: Report) -> bool:
    """Whether reseeding or the generator of a pair with the bug changed between the two, and the pair still has it."""
    older: dict[tuple[str, str], set[object]] = {}
    for pair in _bugs(before):
        older.setdefault(_identity(pair), set()).add(_remedy(pair))
    for pair in _bugs(after):
        remedies = older.get(_identity(pair), set())
        if remedies and _remedy(pair) not in remedies and _tries(pair):
            return True
    return False


def differ_by_versions(before: Report, after: Report) -> bool:
    """Whether two verdicts differ by nothing but the versions of PyTorch that the repository admits."""
    return verdicts(before)[:-1] == verdicts(after)[:-1] and before.torch.range != after.torch.range


def at_stake(before: Report, after: Report) -> set[str]:
    """The files on which the difference between two reports rests, as far as it is one of their pairs with the bug."""
    old, new = ({(_identity(pair), pair.legacy, pair.modern): pair for pair in _bugs(each)} for each in (before, after))
    files = _files([pair for key, pair in (old | new).items() if key not in old or key not in new])
    if before.torch != after.torch:
        files |= {each.torch.evidence.rpartition(":")[0] for each in (before, after) if each.torch.evidence}
    return files


def bug_files(report: Report) -> set[str]:
    """The files in which the bug of a report lies."""
    return _files(_bugs(report))


def worst_bug(report: Report) -> Pair | None:
    """The pair that the bug of a repository is told by; a report lists the worst first."""
    return next(iter(_bugs(report)), None)


def _files(pairs: Iterable[Pair]) -> set[str]:
    files: set[str] = set()
    for pair in pairs:
        places = (pair.entry, pair.loader, pair.reseed_at, pair.workers_evidence)
        files |= {place.rpartition(":")[0] for place in places if place is not None}
        files |= {draw.path for draw in pair.draws}
    return files


def _bugs(report: Report) -> list[Pair]:
    return [pair for pair in report.pairs if pair.counts and (pair.legacy in BUGS or pair.modern in BUGS)]


def _same(before: Report, after: Report) -> Pair | None:
    """A pair of the later report that was one with the bug."""
    datasets = {pair.dataset for pair in _bugs(before)}
    entries = {pair.entry.rpartition(":")[0] for pair in _bugs(before)}
    counted = [pair for pair in after.pairs if pair.counts and pair.workers != "zero"]
    by_name = [pair for pair in counted if pair.dataset in datasets]
    by_file = [pair for pair in counted if pair.entry.rpartition(":")[0] in entries]
    return next(iter(by_name or by_file), None)


def _mended(pair: Pair) -> Ending:
    if pair.draw_kind == "fresh":
        return "fresh_generator"
    if pair.draw_kind == "indexed":
        return "indexed_generator"
    if pair.start_method not in (None, "fork") and pair.reseed != "good":
        return "start_method"
    if pair.reseed == "epoch" and pair.persistent_workers:
        return "persistent_workers"
    return "reseeding"


def _unreadable(before: Report, after: Report) -> bool:
    """Whether a file that the bug lay in is there and cannot be read, such as one that does not parse any more."""
    places = (place for pair in _bugs(before) for place in (pair.entry, pair.loader))
    files = {place.partition(":")[0] for place in places} | {draw.path for pair in _bugs(before) for draw in pair.draws}
    return any(unread.path in files for unread in after.unread)


def _identity(pair: Pair) -> tuple[str, str]:
    return pair.dataset, pair.loader.rpartition(":")[0]


def _remedy(pair: Pair) -> tuple[str, str, bool, str | None]:
    return pair.reseed, pair.draw_kind, pair.persistent_workers, pair.start_method


def _tries(pair: Pair) -> bool:
    """Whether the pair as it is now shows that somebody thought of its generator."""
    return (
        pair.reseed != "none" or pair.draw_kind != "global" or pair.persistent_workers or pair.start_method is not None
    )
