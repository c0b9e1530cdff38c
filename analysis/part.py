"""A part of a tree: the files and folders that somebody asks about, where the whole tree is read for them."""

from collections.abc import Iterable, Mapping

import msgspec

from analysis.places import Place, places_of, places_of_check, split_cell, way_of
from analysis.report import CheckFinding, Pair


class Part(msgspec.Struct, frozen=True):
    """Files and folders by their paths in the tree; `.`, or none at all, is everything."""

    paths: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the tree is left out."""
        return not self.paths or "." in self.paths

    def has(self, path: str) -> bool:
        """Whether a file, or a notebook's cell, is one of them or stands below one."""
        if self.is_whole:
            return True
        file = split_cell(path)[0]
        return any(file == own or file.startswith(f"{own}/") for own in self.paths)

    def involves(self, places: Iterable[Place]) -> bool:
        """Whether one of the places is in it."""
        return self.is_whole or any(self.has(place.path) for place in places)

    def has_pair(self, pair: Pair) -> bool:
        """Whether the pair draws, loads, reseeds or goes through there."""
        return self.involves((*places_of(pair), *way_of(pair)))

    def has_check(self, finding: CheckFinding) -> bool:
        """Whether the finding, or what it goes together with, is there."""
        return self.involves(places_of_check(finding))

    def of(self, texts: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Those of the texts, by path, that are in it."""
        return texts if self.is_whole else {path: text for path, text in texts.items() if self.has(path)}


WHOLE = Part()
