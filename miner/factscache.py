"""Facts on disk, in one file that forgets what was longest unused. A row that cannot be read is as good as none."""

import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from miner.cachefile import CacheFile

FILE_NAME = "facts.sqlite"
MOST_MEGABYTES = 2_000
LARGEST_FACTS = 64 * 2**20
"""Bytes, unpacked. The facts of the largest source that is read stay far below."""

_DAY = 86_400
_LEFT = 0.8
"""What a purge leaves of the most, so that it is not done every time."""

_AT_ONCE = 500
_LEVEL = 1
"""zlib's fastest: 6 % larger than zstd's third level and 40 us slower a file to unpack, without a package to load."""

_TABLE = "CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, used INTEGER NOT NULL, packed BLOB NOT NULL);"


class FactsFile(CacheFile):
    """An `analysis.facts.reading.FactsCache` in a file."""

    def __init__(self, path: Path, *, megabytes: int = MOST_MEGABYTES) -> None:
        super().__init__(path, _TABLE)
        self._most = megabytes * 2**20

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The facts that are here of these keys; notes that they were used."""
        found: dict[str, bytes] = {}
        today = int(time.time()) // _DAY
        with self._forgiving():
            for start in range(0, len(keys), _AT_ONCE):
                part = keys[start : start + _AT_ONCE]
                stale = [key for key, used, packed in self._rows(part) if _take(found, key, packed) and used < today]
                if stale and self._database is not None:
                    with self._transaction(self._database):
                        noted = [(today, key) for key in stale]
                        self._database.executemany("UPDATE facts SET used = ? WHERE key = ?", noted)
        return found

    def put_many(self, facts: Mapping[str, bytes]) -> None:
        """Takes facts in, and lets go of the longest unused where they are too many."""
        today = int(time.time()) // _DAY
        rows = [(key, today, zlib.compress(encoded, _LEVEL)) for key, encoded in facts.items()]
        with self._forgiving():
            if self._database is None:
                return
            with self._transaction(self._database):
                self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)
            self._purge(self._database)

    def _rows(self, keys: Sequence[str]) -> list[tuple[str, int, bytes]]:
        if self._database is None:
            return []
        marks = ", ".join("?" * len(keys))
        statement = f"SELECT key, used, packed FROM facts WHERE key IN ({marks})"  # noqa: S608 - marks alone
        return self._database.execute(statement, keys).fetchall()

    def _purge(self, database: sqlite3.Connection) -> None:
        size = _bytes_in(database)
        if size <= self._most:
            return
        (rows,) = database.execute("SELECT count(*) FROM facts").fetchone()
        surplus = rows - int(rows * _LEFT * self._most / size)
        with self._transaction(database):
            oldest = "SELECT rowid FROM facts ORDER BY used, rowid LIMIT ?"
            database.execute(f"DELETE FROM facts WHERE rowid IN ({oldest})", (surplus,))  # noqa: S608 - no data in it
        database.execute("PRAGMA incremental_vacuum").fetchall()


def _take(found: dict[str, bytes], key: str, packed: bytes) -> bool:
    """Unpacks a row; false for one that is damaged."""
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, LARGEST_FACTS)
    except (zlib.error, TypeError):
        return False
    if not unpacking.eof:
        return False
    found[key] = data
    return True


def _bytes_in(database: sqlite3.Connection) -> int:
    (pages,), (size,), (free,) = (
        database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size", "freelist_count")
    )
    return int((pages - free) * size)


class FactsPlace(NamedTuple):
    """The folder that a cache lies in, and the most that it may take of the disk."""

    folder: Path | None
    megabytes: int = MOST_MEGABYTES


NO_FACTS = FactsPlace(None)


@contextmanager
def opened(place: FactsPlace) -> Iterator[FactsFile | None]:
    """The cache at a place for the time of a piece of work; None where there is to be none."""
    if place.folder is None or place.megabytes == 0:
        yield None
        return
    with closing(FactsFile(place.folder / FILE_NAME, megabytes=place.megabytes)) as cache:
        yield cache
