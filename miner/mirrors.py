"""Bare repositories kept from one scan to the next, so that an update costs what changed, on a bounded part of a disk.

Who uses one holds its lock, an flock that ends with its process. Those used longest ago go first. Nothing is kept of a
repository that is gone, or whose owner asked to be left alone. Files that one of them has are lent to the others: of a
fork, only what its parent has not is transferred.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from analysis.reading import may_be_read
from miner.blobindex import FILE_NAME as INDEX_NAME
from miner.blobindex import BlobIndex
from miner.git import GitTree
from miner.gitcopy import copy_blobs
from miner.locks import taken
from miner.settings import Settings

MEGABYTE = 2**20
_LOCK, _REPOSITORY = ".lock", ".git"
_ONCE = "once-"
_TOTAL, _SHRINKING = "total", "shrinking"
_BLOCK = 512
# Room is made when so much of it is taken, for the sake of those that are being fetched; and so much is left then, so
# that it is not made anew for each that follows.
_FULL, _LEFT = 0.97, 0.9
# Each that is asked costs a look at what it has.
_MOST_LENDERS = 4

# Whether this process has looked at all there is: the total does not have what killed processes left.
_looked_at: set[Path] = set()


@dataclass(frozen=True, slots=True)
class Mirrors:
    """The kept repositories below `folder`, at most `most_bytes` of them; 0 keeps none."""

    folder: Path
    most_bytes: int

    @contextmanager
    def holding(self, url: str) -> Iterator[Path]:
        """Where the repository at `url` is kept, or is to be put; nobody else is at it meanwhile.

        Where nothing is kept, or another process is at it, the folder is a temporary one. It may not exist yet.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.folder not in _looked_at:
            _looked_at.add(self.folder)
            self.shrink()
        key = _key(url)
        lock = self._lock(key) if self.most_bytes else None
        while lock is None:  # a second time where somebody who removes what was left takes the new one for it
            key = f"{_ONCE}{uuid4().hex}"
            lock = self._lock(key)
        repository = self.folder / f"{key}{_REPOSITORY}"
        try:
            yield repository
        finally:
            if key.startswith(_ONCE):
                self._remove(key, lock)
            else:
                total = self._note_size(lock, key)
                os.close(lock)
                if total > self._room() * _FULL:
                    self.shrink()

    def lend(self, repository: Path, blobs: Sequence[str]) -> Sequence[str]:
        """Copies those of `blobs` that others have into the bare `repository`, which the caller holds; gives the rest.

        Others are those that told what they have, and that nobody is at now.
        """
        with closing(self._index()) as index:
            lenders = index.holders(blobs, _MOST_LENDERS)
        wanted = list(blobs)
        for key in lenders:
            lender = self.folder / f"{key}{_REPOSITORY}"
            if not wanted or lender == repository or not lender.exists() or (lock := self._lock(key)) is None:
                continue
            try:
                copied = copy_blobs(lender, repository, wanted)
            finally:
                os.close(lock)
            wanted = [blob for blob in wanted if blob not in copied]
        return wanted

    def tell(self, repository: Path, tree: GitTree) -> None:
        """Notes what the `repository`, which the caller holds, has to lend; nothing of a temporary one."""
        if repository.name.startswith(_ONCE):
            return
        missing = {entry.path for entry in tree.missing()}
        blobs = {entry.path: entry.blob for entry in tree.entries() if entry.path not in missing}
        with closing(self._index()) as index:
            index.note(
                repository.name.removesuffix(_REPOSITORY),
                (blob for path in may_be_read(blobs) if (blob := blobs[path]) is not None),
            )

    def let_go(self, url: str) -> None:
        """Removes what is kept of a repository; who is at it now keeps it until room is made."""
        lock = self._lock(_key(url)) if (self.folder / f"{_key(url)}{_LOCK}").exists() else None
        if lock is not None:
            self._remove(_key(url), lock)

    def shrink(self) -> None:
        """Counts what there is; makes room, where it is too much, and removes what killed processes left."""
        shrinking = self._lock(_SHRINKING)
        if shrinking is None:
            return  # another process is at it
        try:
            self._sweep()
            kept = sorted(self._kept())
            total = sum(size for _, size, _ in kept)
            goal = self._room() * (_LEFT if total > self._room() * _FULL else 1)
            for _, size, key in kept:
                if total <= goal:
                    break
                if (lock := self._lock(key)) is not None:
                    self._remove(key, lock)
                    total -= size
            with self._total() as file:
                _write(file, total)
        finally:
            os.close(shrinking)

    def _index(self) -> BlobIndex:
        return BlobIndex(self.folder / INDEX_NAME)

    def _room(self) -> int:
        """The bytes that repositories may take: the index has its part."""
        size = 0
        for name in (INDEX_NAME, f"{INDEX_NAME}-wal", f"{INDEX_NAME}-shm"):
            with suppress(OSError):
                size += (self.folder / name).stat().st_size
        return max(0, self.most_bytes - size)

    def _kept(self) -> Iterator[tuple[float, int, str]]:
        """When each repository was last used, its bytes, its key."""
        for path in self.folder.glob(f"*{_LOCK}"):
            key = path.name.removesuffix(_LOCK)
            if key == _SHRINKING or key.startswith(_ONCE):
                continue
            with suppress(OSError, ValueError):
                noted = path.read_text()
                # Nobody noted the size of what a killed process was at.
                size = int(noted) if noted else _bytes_in(path, self.folder / f"{key}{_REPOSITORY}")
                yield path.stat().st_mtime, size, key

    def _sweep(self) -> None:
        """Temporary folders whose process is gone."""
        for path in self.folder.glob(f"{_ONCE}*{_LOCK}"):
            key = path.name.removesuffix(_LOCK)
            if (lock := self._lock(key)) is not None:
                self._remove(key, lock)

    @contextmanager
    def _total(self) -> Iterator[int]:
        """An open file with the bytes of all kept repositories, for this process alone."""
        file = os.open(self.folder / _TOTAL, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _lock(self, key: str) -> int | None:
        """An open lock file that this process alone has locked, None where another has."""
        return taken(self.folder / f"{key}{_LOCK}")

    def _remove(self, key: str, lock: int) -> None:
        shutil.rmtree(self.folder / f"{key}{_REPOSITORY}", ignore_errors=True)
        (self.folder / f"{key}{_LOCK}").unlink(missing_ok=True)
        if not key.startswith(_ONCE):
            with closing(self._index()) as index:
                index.forget(key)
        os.close(lock)

    def _note_size(self, lock: int, key: str) -> int:
        """The bytes of all that is kept. The lock file says how much this one has; its time, when that was used."""
        before = _read(lock)
        _write(lock, before)
        now = _bytes_in(self.folder / f"{key}{_LOCK}", self.folder / f"{key}{_REPOSITORY}")
        _write(lock, now)
        with self._total() as file:
            total = _read(file) + now - before
            _write(file, total)
        return total


def _bytes_in(lock: Path, repository: Path) -> int:
    """What they take of the disk: of a small repository, folders are the larger part."""
    size = lock.stat().st_blocks * _BLOCK
    for folder, _, names in os.walk(repository):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            with suppress(OSError):
                size += os.lstat(path).st_blocks * _BLOCK
    return size


def _read(file: int) -> int:
    """The number in a file; 0 where whoever wrote it was killed at it."""
    try:
        return int(os.pread(file, 32, 0) or 0)
    except ValueError:
        return 0


def _write(file: int, number: int) -> None:
    os.truncate(file, 0)
    os.pwrite(file, str(number).encode(), 0)


def mirrors_of(settings: Settings) -> Mirrors:
    """The kept repositories of this installation."""
    return Mirrors(settings.cache_dir / "mirrors", settings.keep_megabytes * MEGABYTE)


def _key(url: str) -> str:
    return hashlib.sha256(url.lower().encode()).hexdigest()[:32]
