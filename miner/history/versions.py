"""The files of every commit of a line, from what each changed: one listing and one reading for all of them."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.report import Unread
from analysis.tree import Entry
from miner.git import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES, GitTree
from miner.history.line import LineCommit

KEPT_BYTES = 256 * 2**20
"""Of files that many commits share, read once; and of their facts, made once."""


class Kept:
    """Bytes by key, the ones used longest ago let go of first. An `analysis.facts.reading.FactsCache` too."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        """What is kept under the key, None where nothing is."""
        data = self._kept.get(key)
        if data is not None:
            self._kept.move_to_end(key)
        return data

    def keep(self, key: str, data: bytes) -> None:
        """Keeps it for as long as there is room."""
        self._bytes += len(data) - len(self._kept.pop(key, b""))
        self._kept[key] = data
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone)

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Those that are kept."""
        return {key: data for key in keys if (data := self.get(key)) is not None}

    def put_many(self, facts: Mapping[str, bytes]) -> None:
        """Keeps all of them."""
        for key, encoded in facts.items():
            self.keep(key, encoded)


class Versions:
    """Every version of every file of a line; `at` has them as they were at one of its commits."""

    def __init__(self, tree: GitTree, line: Sequence[LineCommit]) -> None:
        self._tree = tree
        self._line = line
        self._kept = Kept()
        paths = {changed.new: changed.path for commit in line for changed in commit.changed if changed.new}
        self._paths = paths
        self._sizes = {
            blob: size
            for blob, (kind, size) in zip(paths, tree.kinds(paths), strict=True)
            if kind in ("blob", "missing")
        }
        self._files: dict[str, str] = {}
        self._place = -1

    def all(self) -> Sequence[Entry]:
        """Each version once, in order of appearance, under the first path that it had."""
        return list(self._listed((path, blob) for blob, path in self._paths.items()))

    def at(self, place: int) -> "Version":
        """The files as they were at the line's commit of that place."""
        while self._place < place:
            self._place += 1
            for changed in self._line[self._place].changed:
                self._put(changed.path, changed.new)
        while self._place > place:
            for changed in self._line[self._place].changed:
                self._put(changed.path, changed.old)
            self._place -= 1
        commit = self._line[place]
        return Version(self, commit.oid, commit.date, list(self._listed(sorted(self._files.items()))))

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        """The bytes of each; what has been read is not read again while there is room for it."""
        wanted = list(entries)
        held = {entry.blob: self._kept.get(entry.blob or "") for entry in wanted}
        missing = iter(self._tree.read([entry for entry in wanted if held[entry.blob] is None]))
        for entry in wanted:
            data = held[entry.blob]
            if data is None:
                _, data = next(missing)
                if data is not None:
                    self._kept.keep(entry.blob or "", data)
            yield entry, data

    def text(self, blob: str | None) -> bytes:
        """The bytes of one version; nothing where there is none."""
        listed = list(self._listed([(self._paths.get(blob or "", ""), blob or "")]))
        return next((data or b"" for _, data in self.read(listed)), b"")

    def _listed(self, files: Iterable[tuple[str, str]]) -> Iterator[Entry]:
        """The files among these that are read: nothing that is too large."""
        for path, blob in files:
            size = self._sizes.get(blob)
            if size is not None and size <= (MAX_NOTEBOOK_BYTES if path.endswith(".ipynb") else MAX_FILE_BYTES):
                yield Entry(path, blob, size)

    def _put(self, path: str, blob: str | None) -> None:
        if blob is None:
            self._files.pop(path, None)
        else:
            self._files[path] = blob


@dataclass(frozen=True, slots=True)
class Version:
    """The files of one commit that the analysis may read, as `analysis.tree.Tree` wants them."""

    versions: Versions
    commit: str
    commit_date: str
    files: Sequence[Entry]

    def entries(self) -> Sequence[Entry]:
        return self.files

    def unread(self) -> Sequence[Unread]:
        return ()

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        return self.versions.read(entries)
