"""Which files hold a name: their bytes are parted into words once, where searching costs a pass for each question."""

import string
from collections.abc import Mapping
from functools import cached_property

from analysis.facts.source import notebook_code

_IN_WORDS = (string.ascii_letters + string.digits + "_").encode()
# Whatever is in no name becomes a space, so that one call parts a file: a third of what an expression takes.
_SPACED = bytes(byte if byte in _IN_WORDS else ord(" ") for byte in range(256))
_AFTER_DIGITS = b":"
"""Sorts after every word that begins with a digit, and before all others."""

MOST_UNINDEXED = 8_000_000
"""Bytes of sources below which an index costs more than looking into each file's words for each question."""


class Words:
    """The words of the files in `sources`, which has their bytes by path."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self._sources = sources
        self._found: dict[bytes, list[str]] = {}

    def holding(self, word: str) -> list[str]:
        """Paths of the files in whose bytes, or cells of code, the word stands as a whole name."""
        key = word.encode()
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._look_up(key)
        return found

    def containing(self, text: str) -> list[str]:
        """Paths of the files that hold a text, such as an option's `num-workers`."""
        key = text.encode()
        words = key.translate(_SPACED).split()
        paths = self.holding(max(words, key=len).decode()) if words else []
        return [path for path in paths if key in self._sources[path]]

    def _look_up(self, key: bytes) -> list[str]:
        if self._is_large:
            return self._index.get(key, [])
        return [path for path, words in self._by_path.items() if key in words]

    @cached_property
    def _is_large(self) -> bool:
        return sum(map(len, self._sources.values())) > MOST_UNINDEXED

    @cached_property
    def _by_path(self) -> dict[str, frozenset[bytes]]:
        return {path: self._words(path) for path in self._sources}

    @cached_property
    def _index(self) -> dict[bytes, list[str]]:
        index: dict[bytes, list[str]] = {}
        for path in self._sources:
            for word in self._words(path):
                if word > _AFTER_DIGITS:  # tables of numbers are millions of them
                    index.setdefault(word, []).append(path)
        return index

    def _words(self, path: str) -> frozenset[bytes]:
        data = self._sources[path]
        # The pictures in a notebook would be millions of words.
        text = notebook_code(data) if path.endswith(".ipynb") else data
        return frozenset(text.translate(_SPACED).split())
