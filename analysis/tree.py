"""Where the analyzer gets its bytes: a tree of files, by whatever means the caller has.

A tree never follows links, never leaves its root and never runs anything. Trees over git objects live in
`miner.git`; this module has the ones that need only the file system.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from analysis.report import Unread
from analysis.text import is_text

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_SAVED_COPIES = ".ipynb_checkpoints"
_NOT_THE_PROGRAM = _INSTALLED | {_SAVED_COPIES}
"""Folders of what was committed with a program and is none of it: the packages that an environment has installed, and
the copies that Jupyter saves of notebooks."""
SKIPPED_FOLDERS = _NOT_THE_PROGRAM | frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".mypy_cache"}
)


def is_not_the_program(path: str) -> bool:
    """Whether a file lies in a folder of installed packages or of saved copies."""
    # Few paths have either in them, and taking a path apart costs more than looking for it.
    likely = "-packages/" in path or _SAVED_COPIES in path
    return likely and not _NOT_THE_PROGRAM.isdisjoint(path.split("/")[:-1])


class Entry(msgspec.Struct, frozen=True):
    """A regular file: `path` from the root, `/`-separated; `blob` its git blob id where known; `size` in bytes."""

    path: str
    blob: str | None
    size: int


class Tree(Protocol):
    """A repository's files at one moment."""

    @property
    def commit(self) -> str | None:
        """The commit's id, 40 hex digits, or None outside git."""

    @property
    def commit_date(self) -> str | None:
        """The commit's date, `YYYY-MM-DD`, or None outside git."""

    def entries(self) -> Sequence[Entry]:
        """All regular files, sorted by path."""

    def unread(self) -> Sequence[Unread]:
        """What `entries` left out that a reader should know of (a cap that was hit, a hostile name)."""

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        """The bytes of each entry, in the order asked; None where the bytes are not to be had."""


class DirectoryTree(msgspec.Struct):
    """A folder, or a single file in it, as it lies on disk.

    Links, devices and the folders of tools (`.git`, virtual environments, ...) are left out.
    """

    root: Path
    only: str | None = None
    commit: str | None = None
    commit_date: str | None = None
    _unread: list[Unread] = msgspec.field(default_factory=list)
    _entries: list[Entry] | None = None

    @classmethod
    def single(cls, path: Path) -> "DirectoryTree":
        """The tree that holds just the file at `path`."""
        return cls(path.parent, only=path.name)

    def entries(self) -> Sequence[Entry]:
        if self._entries is None:
            self._entries = self._listed()
        return self._entries

    def _listed(self) -> list[Entry]:
        if self.only is not None:
            return [Entry(self.only, None, (self.root / self.only).stat().st_size)]
        found: list[Entry] = []
        for folder, folders, files in os.walk(self.root, followlinks=False, onerror=self._closed):
            folders[:] = sorted(name for name in folders if not self.leaves_out(Path(folder, name)))
            # Texts and not `Path`s, which cost more than asking the system.
            inside = folder[len(os.fspath(self.root)) :].strip(os.sep).replace(os.sep, "/")
            for name in files:
                path = f"{inside}/{name}" if inside else name
                if not is_text(path):
                    shown = path.encode("utf-8", "backslashreplace").decode()
                    self._unread.append(Unread(path=shown, reason="its name is not UTF-8"))
                    continue
                try:
                    info = os.lstat(f"{folder}{os.sep}{name}")
                except OSError as error:
                    self._unread.append(Unread(path=path, reason=f"cannot be read: {error.strerror}"))
                    continue
                if stat.S_ISREG(info.st_mode):
                    found.append(Entry(path, None, info.st_size))
        return sorted(found, key=lambda entry: entry.path)

    def unread(self) -> Sequence[Unread]:
        return list(self._unread)

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        root = os.fspath(self.root)
        for entry in entries:
            try:
                with open(f"{root}{os.sep}{entry.path}", "rb") as file:  # noqa: PTH123 - as above
                    data = file.read()
            except OSError:
                yield entry, None
            else:
                yield entry, data

    def _closed(self, error: OSError) -> None:
        """A folder that cannot be opened is named, and the walk goes on."""
        path = self._relative(Path(error.filename)).encode("utf-8", "backslashreplace").decode()
        self._unread.append(Unread(path=path, reason=f"cannot be opened: {error.strerror}"))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    @staticmethod
    def leaves_out(folder: Path) -> bool:
        """Whether a folder below the root is one of a tool's, with what lies in it."""
        if folder.name in SKIPPED_FOLDERS:
            return True
        try:
            # A virtual environment under any other name.
            return (folder / "pyvenv.cfg").exists()
        except PermissionError:
            return False
