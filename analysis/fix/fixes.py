"""From findings to patches: recipes are tried, the patched tree is analysed, and what does not mend is not shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from analysis.engine import analyse
from analysis.fix.change import Analyse, Change, Key, has_bug, key
from analysis.fix.overlay import OverlayTree
from analysis.fix.patch import Patch
from analysis.link.project import Project
from analysis.places import Place
from analysis.report import Pair, Report
from analysis.tree import Tree


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
    wanted = [pair for pair in report.pairs if _wanted(pair, pairs)]
    if not wanted:
        return
    from analysis.fix.bench import Bench  # most trees have nothing to mend, and need not load what mends

    bench = Bench(tree, report, Project(tree), judge or remembering())
    mended: set[Key] = set()
    for group in _groups(wanted):
        rest = [pair for pair in group if key(pair) not in mended]
        parts = [rest, *(_by_loader(rest) if len({pair.loader for pair in rest}) > 1 else ())]
        for part in parts:
            left = [pair for pair in part if key(pair) not in mended]
            change = bench.mended(left, wanted) if left else None
            if change is not None:
                mended.update(key(pair) for pair in wanted if pair.id in change.patch.pairs)
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
