"""Recipes tried on a tree: the patched tree is analysed, and what does not mend is not taken.

This is the door to LibCST, which takes a third of a second to load: it is opened where there is something to mend.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.fix.change import Analyse, Change, Key, has_bug, key
from analysis.fix.moved import Moves
from analysis.fix.overlay import OverlayTree
from analysis.fix.patch import Patch, unified
from analysis.fix.registry import RECIPES, Choice
from analysis.fix.workshop import CannotEditError, Workshop
from analysis.link.project import Project
from analysis.report import Pair, Report
from analysis.tree import Tree


@dataclass(frozen=True, slots=True)
class Bench:
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
            if clean and {key(pair) for pair in group} <= {key(pair) for pair in clean}:
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
        bad = {key(pair) for pair in after.pairs if _open(pair)}
        before = {_moved(pair, moved) for pair in self.report.pairs if _open(pair)}
        if not bad <= before:
            return []
        return [pair for pair in wanted if (place := _moved(pair, moved))[1:] in there and place not in bad]


def _moved(pair: Pair, moved: Moves) -> Key:
    return pair.code, moved(pair.loader), moved(pair.entry)


def _open(pair: Pair) -> bool:
    return has_bug(pair) or "unknown" in (pair.legacy, pair.modern)
