"""Answers that many ask for and that cost a query over everything: made once in a while, and the same for all."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 4.0
_DEARER: Final = 20
_MOST: Final = 512

T = TypeVar("T")


@dataclass(slots=True)
class _Made:
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = float("-inf")
    value: Any = None
    cost: float = 0.0


class Fresh:
    """Values no older than a second. Whoever finds one older makes it anew; the others take the old one meanwhile.

    One that takes long to make may grow older, up to four seconds, so that making it takes a twentieth of the time.
    """

    def __init__(self, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._made: dict[Hashable, _Made] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, which `make` makes. What it raises is raised, and nothing is kept."""
        if len(self._made) > _MOST:
            self._made = {}
        made = self._made.setdefault(key, _Made())
        if self._is_old(made) and made.lock.acquire(blocking=made.value is None):
            try:
                if self._is_old(made):
                    began = self._clock()
                    value = make()
                    # As old as what was read: its age counts from before.
                    made.value, made.at, made.cost = value, began, self._clock() - began
            finally:
                made.lock.release()
        kept: T = made.value
        return kept

    def _is_old(self, made: _Made) -> bool:
        most = max(self._seconds, min(LONGEST_SECONDS, _DEARER * made.cost))
        return self._clock() - made.at > most
