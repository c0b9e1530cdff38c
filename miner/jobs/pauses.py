"""Pauses: while one lasts, no job of this process asks a server for anything. Servers ask for them, and who cannot be
reached is left alone for ever longer."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from miner.errors import RateLimited, Unreachable
from miner.jobs.kinds import Postponed
from miner.store import LOCAL, BatchItem

DEFAULT_PAUSE_SECONDS = 60.0
# How long a server that cannot be reached is left alone: twice as long each time, and about an hour before jobs fail.
FIRST_WAIT_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 900.0
MOST_TRIES = 10

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Pauses:
    """The pauses of all servers, for all threads of a process."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._missed: dict[str, int] = {}  # tries in a row that did not reach a server
        self._reached: set[str] = set()
        self._lock = threading.Lock()

    def keeping(self, host: str, ask: Callable[[], Result], *, patient: bool = True) -> Result:
        """What `ask` gives.

        Raises Postponed where a pause holds or begins. Raises Unreachable where that is the end of many tries, each of
        them after a pause; where nobody is `patient`, already at the first, if nothing has reached the host before.
        """
        with self._lock:
            left = self._left(host)
        if left > 0:
            raise Postponed(f"{host} is left alone for a while", left)
        try:
            result = ask()
        except RateLimited as error:
            seconds = DEFAULT_PAUSE_SECONDS if error.retry_after is None else error.retry_after
            with self._lock:
                self._note_reached(host)
                self._pause(host, seconds)
            raise Postponed(str(error), seconds) from error
        except Unreachable as error:
            with self._lock:
                wait = self._wait_after_missing(host, error, patient=patient)
            if wait is None:
                raise
            raise Postponed(str(error), wait) from error
        with self._lock:
            self._note_reached(host)
        return result

    def _wait_after_missing(self, host: str, error: Unreachable, *, patient: bool) -> float | None:
        """How long to wait now that a host was not reached; None where that is of no use any more."""
        if not patient and host not in self._reached:
            return None
        left = self._left(host)
        if left > 0:
            return left  # jobs that asked at the same time are one try
        missed = self._missed[host] = min(self._missed.get(host, 0) + 1, MOST_TRIES)
        wait = min(FIRST_WAIT_SECONDS * 2 ** (missed - 1), LONGEST_WAIT_SECONDS)
        self._pause(host, wait)
        log.warning("%s is left alone for %.0f seconds: %s", host, wait, error)
        return wait if missed < MOST_TRIES else None

    def _note_reached(self, host: str) -> None:
        self._reached.add(host)
        self._missed.pop(host, None)

    def _pause(self, host: str, seconds: float) -> None:
        self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)

    def _left(self, host: str) -> float:
        return self._until.get(host, 0.0) - time.monotonic()


def host_of(item: BatchItem) -> str:
    """The server that an item is fetched from."""
    return LOCAL if item.repository is None else item.repository.host
