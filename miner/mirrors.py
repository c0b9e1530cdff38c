"""Bare repositories kept from one scan to the next, so that an update costs what changed, on a bounded part of a disk.

Who uses one holds its lock, an flock that ends with its process. Those used longest ago go first. Nothing is kept of a
repository that is gone, or whose owner asked to be left alone.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from miner.settings import Settings

MEGABYTE = 2**20
_LOCK, _REPOSITORY = ".lock", ".git"
_BLOCK = 512
# Counting what there is reads a line of each lock file: done anew after so many uses of this process.
_COUNTED_EVERY = 32
_FORGOTTEN_SECONDS = 3600.0


@dataclass(slots=True)
class Mirrors:
    """The kept repositories below `folder`, at most `most_bytes` of them; 0 keeps none."""

    folder: Path
    most_bytes: int
    _uses: int = 0

    @contextmanager
    def holding(self, url: str) -> Iterator[Path]:
        """Where the repository at `url` is kept, or is to be put; nobody else is at it meanwhile.

        Where nothing is kept, or another process is at it, the folder is a temporary one. It may not exist yet.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        key = _key(url)
        lock = self._lock(key) if self.most_bytes else None
        if lock is None:
            with tempfile.TemporaryDirectory(prefix="once-", dir=self.folder) as folder:
                yield Path(folder) / _REPOSITORY
            return
        repository = self.folder / f"{key}{_REPOSITORY}"
        try:
            yield repository
        finally:
            self._note_size(lock, repository)
            os.close(lock)
        self._uses += 1
        if self._uses % _COUNTED_EVERY == 1:
            self.shrink()

    def let_go(self, url: str) -> None:
        """Removes what is kept of a repository; who is at it now keeps it until it is next counted."""
        lock = self._lock(_key(url)) if (self.folder / f"{_key(url)}{_LOCK}").exists() else None
        if lock is not None:
            self._remove(_key(url), lock)

    def shrink(self) -> None:
        """Removes those used longest ago until the rest is within bounds, and what killed processes left."""
        kept = []
        for path in self.folder.glob(f"*{_LOCK}"):
            with suppress(OSError, ValueError):
                kept.append((path.stat().st_mtime, int(path.read_text() or 0), path.name.removesuffix(_LOCK)))
        total = sum(size for _, size, _ in kept)
        for _, size, key in sorted(kept):
            if total <= self.most_bytes:
                break
            if (lock := self._lock(key)) is not None:
                self._remove(key, lock)
                total -= size
        self._sweep()

    def _sweep(self) -> None:
        """Temporary folders whose process is gone: it held no lock, so their age tells."""
        newest = max((path.stat().st_mtime for path in self.folder.glob(f"*{_LOCK}")), default=0.0)
        for path in self.folder.glob("once-*"):
            with suppress(OSError):
                if newest - path.stat().st_mtime > _FORGOTTEN_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)

    def _lock(self, key: str) -> int | None:
        """An open lock file that this process alone has locked, None where another has."""
        path = self.folder / f"{key}{_LOCK}"
        while True:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                return None
            with suppress(FileNotFoundError):
                if os.fstat(lock).st_ino == path.stat().st_ino:
                    return lock
            os.close(lock)  # whoever removed the repository removed the file that we waited for

    def _remove(self, key: str, lock: int) -> None:
        shutil.rmtree(self.folder / f"{key}{_REPOSITORY}", ignore_errors=True)
        (self.folder / f"{key}{_LOCK}").unlink(missing_ok=True)
        os.close(lock)

    @staticmethod
    def _note_size(lock: int, repository: Path) -> None:
        """The lock file says how much there is; that it is written says when it was used."""
        size = 0
        for folder, _, names in os.walk(repository):
            for name in names:
                with suppress(OSError):
                    size += os.lstat(Path(folder, name)).st_blocks * _BLOCK
        os.truncate(lock, 0)
        os.pwrite(lock, str(size).encode(), 0)


def mirrors_of(settings: Settings) -> Mirrors:
    """The kept repositories of this installation."""
    return Mirrors(settings.cache_dir / "mirrors", settings.keep_megabytes * MEGABYTE)


def _key(url: str) -> str:
    return hashlib.sha256(url.lower().encode()).hexdigest()[:32]
