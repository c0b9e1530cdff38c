"""Where the lines of a text are after it was changed."""

from collections.abc import Mapping, Sequence
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
    # Blank lines are everywhere and tell nothing.
    matcher = SequenceMatcher(lambda line: not line.strip(), before, after, autojunk=False)
    lines: list[int] = []
    for _, first, last, start, end in matcher.get_opcodes():
        for offset in range(last - first):
            if last - first == end - start:
                lines.append(start + offset + 1)
            else:
                lines.append(_most_like(before[first + offset], after, start, end) + 1)
    return lines


def _most_like(line: str, after: Sequence[str], start: int, end: int) -> int:
    """The index of the new line that begins most like an old one, among those that took its place."""
    likeness = {index: _common(line, after[index]) for index in range(start, end)}
    return max(likeness, key=lambda index: likeness[index], default=start)


def _common(one: str, other: str) -> int:
    """How many characters two lines begin with in common."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
