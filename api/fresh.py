"""Answers that many ask for and that cost a query over everything: made once in a while, and the same for all."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 4.0
UNCHANGED_SECONDS: Final = 60.0
_DEARER: Final = 20
_MOST: Final = 512

T = TypeVar("T")


@dataclass(slots=True)
class _Made:
    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = float("-inf")
    value: Any = None
    cost: float = 0.0
    mark: Hashable = None
    kept_since: float = float("-inf")


class Fresh:
    """Values no older than a second. Whoever finds one older makes it anew; the others take the old one meanwhile.

    One that takes long to make may grow older, up to four seconds, so that making it takes a twentieth of the time. One
    whose `mark`, which costs little to ask for, is what it was stays, up to a minute.
    """

    def __init__(self, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._made: dict[Hashable, _Made] = {}

    def get(self, key: Hashable, make: Callable[[], T], mark: Callable[[], Hashable] | None = None) -> T:
        """The value of `key`, which `make` makes. What it raises is raised, and nothing is kept.

        `mark` gives a value that is another one whenever something was written that `make` reads.
        """
        if len(self._made) > _MOST:
            self._made = {}
        made = self._made.setdefault(key, _Made())
        if self._is_old(made) and made.lock.acquire(blocking=made.value is None):
            try:
                if self._is_old(made):
                    self._renew(made, make, mark)
            finally:
                made.lock.release()
        kept: T = made.value
        return kept

    def _renew(self, made: _Made, make: Callable[[], Any], mark: Callable[[], Hashable] | None) -> None:
        # As old as what was read: its age counts from before.
        began = self._clock()
        marked = None if mark is None else mark()
        if marked is not None and marked == made.mark and began - made.kept_since < UNCHANGED_SECONDS:
            made.at = began
            return
        value = make()
        made.value, made.at, made.cost = value, began, self._clock() - began
        made.mark, made.kept_since = marked, began

    def _is_old(self, made: _Made) -> bool:
        most = max(self._seconds, min(LONGEST_SECONDS, _DEARER * made.cost))
        return self._clock() - made.at > most
