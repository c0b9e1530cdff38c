"""Answers that many ask for and that cost a query over everything: made once in a while, and the same for all."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

SECONDS: Final = 1.0
_MOST: Final = 512

T = TypeVar("T")


@dataclass(slots=True)
class _Made:
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = float("-inf")
    value: Any = None


class Fresh:
    """Values no older than a second. Whoever finds one older makes it anew; the others take the old one meanwhile."""

    def __init__(self, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._made: dict[Hashable, _Made] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, which `make` makes. What it raises is raised, and nothing is kept."""
        if len(self._made) > _MOST:
            self._made = {}
        made = self._made.setdefault(key, _Made())
        if self._clock() - made.at > self._seconds and made.lock.acquire(blocking=made.value is None):
            try:
                if self._clock() - made.at > self._seconds:
                    made.value, made.at = make(), self._clock()
            finally:
                made.lock.release()
        value: T = made.value
        return value
