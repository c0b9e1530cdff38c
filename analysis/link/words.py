"""Which files hold a name: their bytes are parted into words once, where searching costs a pass for each question."""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Protocol

import msgspec

IN_WORDS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
# Whatever is in no name becomes a space, so that one call parts a file: a third of what an expression takes.
_SPACED = bytes(byte if byte in IN_WORDS else ord(" ") for byte in range(256))
_AFTER_DIGITS = b":"
"""Sorts after every word that begins with a digit, and before all others."""

MOST_UNINDEXED = 8_000_000
"""Bytes of sources below which an index costs more than looking into each part's words for each question."""
LEAST_KEPT = 1_000_000
"""Bytes of sources from which on parting them into words costs more than having the words kept."""
AT_ONCE = 64
"""Files of a part: as many as an integer that is kept has bits."""
_VERSION = 1


class Kept(Protocol):
    """What earlier analyses made of the same contents, as `analysis.facts.reading.FactsReader` has it."""

    def key(self, path: str) -> str: ...

    def kept(self, keys: Sequence[str]) -> Mapping[str, bytes]: ...

    def keep(self, key: str, encoded: bytes) -> None: ...


class _Part(msgspec.Struct):
    """Some files, and for each word which of them hold it: bit n for the file at place n."""

    paths: list[str]
    holders: dict[bytes, int]

    def holding(self, word: bytes) -> Iterator[str]:
        holders = self.holders.get(word)
        if holders:
            yield from (path for place, path in enumerate(self.paths) if holders >> place & 1)


class Words:
    """The words of files; `texts` has by path what a file holds of code."""

    def __init__(self, texts: Mapping[str, bytes], kept: Kept) -> None:
        self._texts = texts
        self._kept = kept
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
        paths, *others = sorted((self.holding(word.decode()) for word in set(words)), key=len) or [[]]
        common = set(paths).intersection(*others)
        return [path for path in paths if path in common and key in self._texts[path]]

    def _look_up(self, key: bytes) -> list[str]:
        if self._size > MOST_UNINDEXED:
            return self._index.get(key, [])
        return [path for part in self._parts for path in part.holding(key)]

    @cached_property
    def _size(self) -> int:
        return sum(map(len, self._texts.values()))

    @cached_property
    def _parts(self) -> list[_Part]:
        paths = list(self._texts)
        parts = [paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)]
        if self._size < LEAST_KEPT:
            return [_Part(part, self._holders(part)) for part in parts]
        keys = [self._key(part) for part in parts]
        known = self._kept.kept(keys)
        return [
            _Part(part, self._kept_holders(part, key, known.get(key))) for part, key in zip(parts, keys, strict=True)
        ]

    def _key(self, paths: Sequence[str]) -> str:
        """The cache's key for the words of these contents in this order."""
        contents = hashlib.sha1("\n".join(map(self._kept.key, paths)).encode(), usedforsecurity=False)
        return f"words-{_VERSION}-{contents.hexdigest()}"

    def _kept_holders(self, paths: Sequence[str], key: str, known: bytes | None) -> dict[bytes, int]:
        found = None if known is None else _decoded(known, len(paths))
        if found is None:
            found = self._holders(paths)
            self._kept.keep(key, _encoded(found))
        return found

    def _holders(self, paths: Sequence[str]) -> dict[bytes, int]:
        holders: dict[bytes, int] = {}
        for place, path in enumerate(paths):
            for word in self._words(path):
                holders[word] = holders.get(word, 0) | 1 << place
        return holders

    @cached_property
    def _index(self) -> dict[bytes, list[str]]:
        index: dict[bytes, list[str]] = {}
        for path in self._texts:
            for word in self._words(path):
                if word > _AFTER_DIGITS:  # tables of numbers are millions of them
                    index.setdefault(word, []).append(path)
        return index

    def _words(self, path: str) -> frozenset[bytes]:
        return frozenset(self._texts[path].translate(_SPACED).split())


def _encoded(holders: Mapping[bytes, int]) -> bytes:
    numbers = struct.pack(f"<{len(holders)}Q", *holders.values())
    return msgspec.msgpack.encode((b" ".join(holders), numbers))


def _decoded(kept: bytes, files: int) -> dict[bytes, int] | None:
    """None where it is damaged."""
    try:
        joined, numbers = msgspec.msgpack.decode(kept, type=tuple[bytes, bytes])
        holders = struct.unpack(f"<{len(numbers) // 8}Q", numbers)
    except (msgspec.DecodeError, struct.error):
        return None
    words = joined.split()
    if len(words) != len(holders) or max(holders, default=0) >> files:
        return None
    return dict(zip(words, holders, strict=True))
