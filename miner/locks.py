"""Locks that end with their process, however it ends: what it held is free, or can be removed, at once."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path


def taken(path: Path) -> int | None:
    """An open file at `path`, made where there is none, that this process alone has locked; None where another has.

    The lock ends when the file is closed. Remove the file, where it is to be removed, before closing it.
    """
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
        os.close(lock)  # somebody removed it between the two
