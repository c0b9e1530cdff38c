"""The facts of many files: each content parsed once, and not at all where a cache has its facts.

Facts are a pure function of a file's bytes, so a cache is a table from a key to a value that never changes. What a
cache gives is not trusted: what cannot be decoded is read from the file once more.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from analysis.facts.module import FACTS_VERSION, ModuleFacts, read_facts

LOOKED_UP_AT_ONCE = 128
KEPT_AT_ONCE = 200


class FactsCache(Protocol):
    """Facts of earlier times, by key. It may forget what it likes, and never raises."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The encoded facts that it has of these."""

    def put_many(self, facts: Mapping[str, bytes]) -> None:
        """Takes encoded facts in."""


def facts_key(data: bytes, *, notebook: bool) -> str:
    """The cache's key for a file: its git blob id, computed and not believed; other versions have other keys."""
    blob = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    blob.update(data)
    kind = "notebook" if notebook else "module"
    return f"{FACTS_VERSION}-{sys.version_info[0]}.{sys.version_info[1]}-{kind}-{blob.hexdigest()}"


class FactsReader:
    """Reads the facts of one tree's files: `sources` are their bytes by path."""

    def __init__(self, cache: FactsCache | None, sources: Mapping[str, bytes]) -> None:
        self._cache = cache
        self._sources = sources
        self._key = {path: facts_key(data, notebook=_is_notebook(path)) for path, data in sources.items()}
        counts = Counter(self._key.values())
        self._keys = list(counts)
        self._places = {key: place for place, key in enumerate(counts)}
        self._copied = {key for key, count in counts.items() if count > 1}
        self._found: dict[str, bytes] = {}
        self._asked: set[int] = set()
        self._new: dict[str, bytes] = {}

    def key(self, path: str) -> str:
        """The cache's key for a file's content."""
        return self._key[path]

    def read(self, path: str) -> ModuleFacts:
        """The facts of a file. Each answer is a tree of its own: two files with one content do not share nodes."""
        key = self._key[path]
        facts = self._known(key)
        if facts is None:
            facts = read_facts(self._sources[path], notebook=_is_notebook(path))
            self._keep(key, facts)
        return facts

    def kept(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What else the cache has that was made of contents alone; `keep` put it there."""
        return {} if self._cache is None else self._cache.get_many(keys)

    def keep(self, key: str, encoded: bytes) -> None:
        """Hands the cache something that follows from contents alone, which are in its key."""
        if self._cache is not None:
            self._new[key] = encoded

    def _known(self, key: str) -> ModuleFacts | None:
        self._look_up(key)
        encoded = self._found.get(key) if key in self._copied else self._found.pop(key, None)
        if encoded is None:
            return None
        try:
            return _DECODER.decode(encoded)
        except (msgspec.DecodeError, RecursionError):
            self._found.pop(key, None)
            return None

    def _look_up(self, key: str) -> None:
        """Asks the cache for the key and for those after it, as most files are asked for in their order."""
        window = self._places[key] // LOOKED_UP_AT_ONCE
        if self._cache is None or window in self._asked:
            return
        self._asked.add(window)
        start = window * LOOKED_UP_AT_ONCE
        self._found.update(self._cache.get_many(self._keys[start : start + LOOKED_UP_AT_ONCE]))

    def _keep(self, key: str, facts: ModuleFacts) -> None:
        if self._cache is None and key not in self._copied:
            return
        try:
            encoded = _ENCODER.encode(facts)
        except RecursionError:  # deeper than the encoder goes: read anew each time
            return
        if key in self._copied:
            self._found[key] = encoded
        if self._cache is not None:
            self._new[key] = encoded
            if len(self._new) >= KEPT_AT_ONCE:
                self.flush()

    def flush(self) -> None:
        """Hands the cache what was read."""
        if self._cache is not None and self._new:
            self._cache.put_many(self._new)
            self._new = {}


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb")


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(ModuleFacts)
