"""From findings to patches: recipes are tried, the patched tree is analysed, and what does not mend is not shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.engine import analyse
from analysis.fix.moved import Moves
from analysis.fix.overlay import OverlayTree
from analysis.fix.patch import Patch, unified
from analysis.fix.registry import RECIPES, Choice
from analysis.fix.workshop import CannotEditError, Workshop
from analysis.link.project import Project
from analysis.places import Place
from analysis.report import BUGS, Pair, Report
from analysis.tree import Tree

Analyse = Callable[[Tree], Report]


class _Memory(dict[str, bytes]):
    """Facts for as long as a patch is sought: nearly all files of the patched trees are those of the tree."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self[key] for key in keys if key in self}

    def put_many(self, facts: Mapping[str, bytes]) -> None:
        self.update(facts)


def remembering() -> Analyse:
    """`analyse` with what it read of files before."""
    memory = _Memory()
    return lambda tree: analyse(tree, facts=memory)


@dataclass(frozen=True, slots=True)
class Change:
    """A patch, and the bytes of the files that it changes."""

    patch: Patch
    files: dict[str, bytes]


def fixes(
    tree: Tree, report: Report, *, pairs: Sequence[str] | None = None, judge: Analyse | None = None
) -> list[Patch]:
    """The patches for a report's findings, each by itself against the tree.

    `pairs` are the ids of those that are to be mended; without them it is every pair that counts and has a bug. Each
    patch leaves a tree whose pairs of that loader and dataset the analysis calls clean, and no pair worse than before.
    `judge` analyses a patched tree; a caller that analyses trees near it shares what was read by handing its own.
    """
    return [change.patch for change in changes(tree, report, pairs=pairs, judge=judge)]


def changes(
    tree: Tree, report: Report, *, pairs: Sequence[str] | None = None, judge: Analyse | None = None
) -> Iterator[Change]:
    """`fixes`, with the changed files, one at a time."""
    bench = _Bench(tree, report, Project(tree), judge or remembering())
    wanted = [pair for pair in report.pairs if _wanted(pair, pairs)]
    mended: set[_Key] = set()
    for group in _groups(wanted):
        rest = [pair for pair in group if _key(pair) not in mended]
        parts = [rest, *(_by_loader(rest) if len({pair.loader for pair in rest}) > 1 else ())]
        for part in parts:
            left = [pair for pair in part if _key(pair) not in mended]
            change = bench.mended(left, wanted) if left else None
            if change is not None:
                mended.update(_key(pair) for pair in wanted if pair.id in change.patch.pairs)
                yield change


def applied(
    tree: Tree,
    *,
    pairs: Sequence[str] | None = None,
    judge: Analyse | None = None,
    accept: Callable[[Tree, Report, Change], bool] | None = None,
) -> tuple[list[Patch], dict[str, bytes]]:
    """All patches one upon the other, and the bytes of the files in the end.

    `accept` is asked of each, with the tree and the report that it is for; one that it refuses is left out.
    """
    judge = judge or remembering()
    done: list[Patch] = []
    files: dict[str, bytes] = {}
    tried: set[tuple[str, str]] = set()
    while True:
        around = OverlayTree(tree, files)
        report = judge(around)
        step = _next(around, report, pairs, tried, judge)
        if step is None:
            return done, files
        if accept is None or accept(around, report, step):
            done.append(step.patch)
            files |= step.files


def _next(
    tree: Tree, report: Report, pairs: Sequence[str] | None, tried: set[tuple[str, str]], judge: Analyse
) -> Change | None:
    """The first patch of a tree that may be half mended, for what was not tried yet."""
    open_pairs = [pair.id for pair in report.pairs if _wanted(pair, pairs) and (pair.id, pair.entry) not in tried]
    for change in changes(tree, report, pairs=open_pairs, judge=judge):
        tried.update((pair.id, pair.entry) for pair in report.pairs if pair.id in change.patch.pairs)
        return change
    return None


def _wanted(pair: Pair, ids: Sequence[str] | None) -> bool:
    if not has_bug(pair):
        return False
    return pair.counts if ids is None else pair.id in ids


def has_bug(pair: Pair) -> bool:
    """Whether a pair repeats numbers under a torch on either side of 1.9."""
    return pair.legacy in BUGS or pair.modern in BUGS


def _groups(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Pairs that one edit mends: of one form, and seeded, kept or loaded in one file."""
    groups: dict[tuple[object, ...], list[Pair]] = {}
    for pair in pairs:
        generators = (
            tuple(sorted({draw.generator or "" for draw in pair.draws})) if pair.draw_kind == "instance" else ()
        )
        where = pair.reseed_at or generators or _file(pair.loader)
        groups.setdefault((pair.code, where), []).append(pair)
    return list(groups.values())


def _by_loader(group: Sequence[Pair]) -> list[list[Pair]]:
    parts: dict[str, list[Pair]] = {}
    for pair in group:
        parts.setdefault(pair.loader, []).append(pair)
    return list(parts.values())


def _file(place: str) -> str:
    parsed = Place.parse(place)
    return parsed.file if parsed is not None else place


_Key = tuple[str, str, str]


def _key(pair: Pair) -> _Key:
    return pair.code, pair.loader, pair.entry


@dataclass(frozen=True, slots=True)
class _Bench:
    """A tree and its report, and what tells whether a patched one is mended."""

    tree: Tree
    report: Report
    project: Project
    judge: Analyse

    def mended(self, group: Sequence[Pair], wanted: Sequence[Pair]) -> Change | None:
        """The first recipe's change that mends the group; its patch names all the wanted pairs that are clean by it."""
        for choice in RECIPES.get(group[0].code, ()):
            files, explanation = self._attempt(choice, group)
            clean = self._clean(files, wanted) if files else []
            if clean and {_key(pair) for pair in group} <= {_key(pair) for pair in clean}:
                patch = Patch(
                    pairs=sorted({pair.id for pair in clean}),
                    code=group[0].code,
                    recipe=getattr(choice.recipe, "__name__", ""),
                    safe=choice.safe,
                    explanation=explanation,
                    diff=unified(self.project.sources, files),
                )
                return Change(patch, files)
        return None

    def _attempt(self, choice: Choice, group: Sequence[Pair]) -> tuple[dict[str, bytes], str]:
        workshop = Workshop.of(self.project)
        try:
            explanation = choice.recipe(workshop, group)
            return workshop.sources.changed(), explanation
        except CannotEditError:
            return {}, ""

    def _clean(self, files: dict[str, bytes], wanted: Sequence[Pair]) -> list[Pair]:
        """The wanted pairs that are there and clean with the files changed; none where any pair got worse."""
        after = self.judge(OverlayTree(self.tree, files))
        if any(unread.path in files for unread in after.unread):
            return []
        moved = Moves(self.project.sources, files)
        there = {(pair.loader, pair.entry) for pair in after.pairs}
        bad = {_key(pair) for pair in after.pairs if _open(pair)}
        before = {_moved(pair, moved) for pair in self.report.pairs if _open(pair)}
        if not bad <= before:
            return []
        return [pair for pair in wanted if (key := _moved(pair, moved))[1:] in there and key not in bad]


def _moved(pair: Pair, moved: Moves) -> _Key:
    return pair.code, moved(pair.loader), moved(pair.entry)


def _open(pair: Pair) -> bool:
    return has_bug(pair) or "unknown" in (pair.legacy, pair.modern)
