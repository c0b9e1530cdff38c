"""Pauses that servers ask for: while one lasts, no job of this process asks that server for anything."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from miner.errors import RateLimited
from miner.store import LOCAL, BatchItem

DEFAULT_PAUSE_SECONDS = 60.0

Result = TypeVar("Result")


class Pauses:
    """The pauses of all servers, for all threads of a process."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def keeping(self, host: str, ask: Callable[[], Result]) -> Result:
        """What `ask` gives, unless a pause holds or begins: then RateLimited, with the seconds that are left."""
        with self._lock:
            left = self._until.get(host, 0.0) - time.monotonic()
        if left > 0:
            raise RateLimited(f"{host} asked for a pause", left)
        try:
            return ask()
        except RateLimited as error:
            seconds = DEFAULT_PAUSE_SECONDS if error.retry_after is None else error.retry_after
            with self._lock:
                self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
            raise RateLimited(str(error), seconds) from error


def host_of(item: BatchItem) -> str:
    """The server that an item is fetched from."""
    return LOCAL if item.repository is None else item.repository.host
