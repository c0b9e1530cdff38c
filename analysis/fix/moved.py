"""Where the lines of a text are after it was changed."""

from collections.abc import Mapping
from difflib import SequenceMatcher

from analysis.fix.sources import Sources
from analysis.places import Place, split_cell


class Moves:
    """Places of the tree before a change to those after it."""

    def __init__(self, before: Mapping[str, bytes], changed: Mapping[str, bytes]) -> None:
        self._changed = changed
        self._before = Sources(before)
        self._after = Sources({**before, **changed})
        self._maps: dict[str, list[int]] = {}

    def __call__(self, place: str) -> str:
        """The place after the change; one of a file that did not change is itself."""
        parsed = Place.parse(place)
        if parsed is None or split_cell(parsed.path)[0] not in self._changed:
            return place
        if parsed.path not in self._maps:
            self._maps[parsed.path] = _lines(self._before.text(parsed.path), self._after.text(parsed.path))
        lines = self._maps[parsed.path]
        return str(Place(parsed.path, lines[parsed.line - 1])) if 0 < parsed.line <= len(lines) else place


def _lines(old: str, new: str) -> list[int]:
    """For each line of the old text the line, from 1, that stands for it in the new."""
    before, after = old.split("\n"), new.split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    lines: list[int] = []
    for _, first, last, start, end in matcher.get_opcodes():
        for offset in range(last - first):
            lines.append(min(start + offset, max(start, end - 1)) + 1)
    return lines
