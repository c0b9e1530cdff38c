"""Which kept repositories have the files that another one needs, by the ids of their contents.

A part of each repository's files is noted, chosen by their ids: so repositories that have files in common have noted
some of the same, a fork and its parent nearly all.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from miner.cachefile import CacheFile

FILE_NAME = "blobs.sqlite"

# Noted are the ids that begin with this digit, one in sixteen, and these many more of a repository with few files.
_DIGIT = "0"
_LEAST = 8
# A file that every third repository has says nothing of what else they have in common.
_MOST_HOLDERS = 20
_AT_ONCE = 500

_TABLE = """
CREATE TABLE IF NOT EXISTS noted (blob BLOB NOT NULL, holder TEXT NOT NULL, PRIMARY KEY (blob, holder)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS noted_holder ON noted (holder);
"""


class BlobIndex(CacheFile):
    """The notes in a file; close it when done. It may be lost at any time, and then nothing is known to be anywhere."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _TABLE)

    def note(self, holder: str, blobs: Iterable[str]) -> None:
        """`holder` has these and, of what was noted before, nothing else."""
        rows = [(blob, holder, blob, _MOST_HOLDERS) for blob in _chosen(blobs)]
        with self._forgiving():
            if self._database is None:
                return
            with self._transaction(self._database):
                self._database.execute("DELETE FROM noted WHERE holder = ?", (holder,))
                self._database.executemany(
                    "INSERT INTO noted SELECT ?, ? WHERE (SELECT count(*) FROM noted WHERE blob = ?) < ?", rows
                )

    def forget(self, holder: str) -> None:
        """Nothing is there any more."""
        with self._forgiving():
            if self._database is not None:
                self._database.execute("DELETE FROM noted WHERE holder = ?", (holder,))
                self._database.execute("PRAGMA incremental_vacuum").fetchall()

    def holders(self, blobs: Iterable[str], most: int) -> Sequence[str]:
        """Who has some of these, those first that have most of them."""
        chosen = _chosen(blobs)[:_AT_ONCE]
        with self._forgiving():
            if self._database is not None:
                marks = ", ".join("?" * len(chosen))
                statement = (
                    f"SELECT holder FROM noted WHERE blob IN ({marks}) "  # noqa: S608 - marks alone
                    "GROUP BY holder ORDER BY count(*) DESC, holder LIMIT ?"
                )
                return [holder for (holder,) in self._database.execute(statement, (*chosen, most))]
        return []


def _chosen(blobs: Iterable[str]) -> list[bytes]:
    """The ids that are noted, each once, the smallest first."""
    ordered = sorted(set(blobs))
    return [bytes.fromhex(blob) for place, blob in enumerate(ordered) if place < _LEAST or blob.startswith(_DIGIT)]
