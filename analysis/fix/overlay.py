"""A tree of files with some of them changed, so that a patched repository is analysed without being written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from analysis.report import Unread
from analysis.tree import Entry, Tree


class OverlayTree(msgspec.Struct, frozen=True):
    """`under`, with other bytes for the files in `changed`; files are neither added nor removed."""

    under: Tree
    changed: Mapping[str, bytes]

    @property
    def commit(self) -> str | None:
        return self.under.commit

    @property
    def commit_date(self) -> str | None:
        return self.under.commit_date

    def entries(self) -> Sequence[Entry]:
        return [
            Entry(entry.path, None, len(self.changed[entry.path])) if entry.path in self.changed else entry
            for entry in self.under.entries()
        ]

    def unread(self) -> Sequence[Unread]:
        return self.under.unread()

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        asked = list(entries)
        below = self.under.read([entry for entry in asked if entry.path not in self.changed])
        for entry in asked:
            yield (entry, self.changed[entry.path]) if entry.path in self.changed else next(below)


def contents(tree: Tree, paths: Iterable[str]) -> dict[str, bytes]:
    """The bytes of some files of a tree."""
    wanted = set(paths)
    found = tree.read([entry for entry in tree.entries() if entry.path in wanted])
    return {entry.path: data for entry, data in found if data is not None}
