"""The folders that workers put things into, one each; what is left of a dead worker of this machine is seen at once.

A worker holds the lock beside its folder for as long as it lives.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from miner.locks import taken

_LOCK = ".lock"


class WorkFolder:
    """The folder of one worker below `root`, made now. Close it when nothing is in use there any more."""

    def __init__(self, root: Path, executor_id: str) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.path = root / executor_id
        self._root = root
        self._executor_id = executor_id
        lock = None
        while lock is None:  # a second time where another takes it for a dead one's, before it is locked
            lock = taken(_lock_of(root, executor_id))
        self._lock = lock
        self.path.mkdir()

    def close(self) -> None:
        """Removes it."""
        _remove(self._root, self._executor_id, self._lock)

    def of_the_dead(self) -> Iterator[str]:
        """The workers whose folders nobody holds; each folder is removed when the next is asked for."""
        for executor_id in {path.name.removesuffix(_LOCK) for path in self._root.iterdir()}:
            lock = taken(_lock_of(self._root, executor_id))
            if lock is not None:
                try:
                    yield executor_id
                finally:
                    _remove(self._root, executor_id, lock)


def _lock_of(root: Path, executor_id: str) -> Path:
    return root / f"{executor_id}{_LOCK}"


def _remove(root: Path, executor_id: str, lock: int) -> None:
    shutil.rmtree(root / executor_id, ignore_errors=True)
    _lock_of(root, executor_id).unlink(missing_ok=True)
    os.close(lock)
