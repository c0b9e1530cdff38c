"""The API budget as one process uses it: blocks of requests borrowed from the database, answers' headers brought back.

Nobody sleeps here. Where nothing is left, `RateLimited` says how long, and the caller puts its work off.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from miner.errors import RateLimited
from miner.store import Store, budgets
from miner.store.budgets import Seen, Terms

CORE, SEARCH, CODE_SEARCH, GRAPHQL = "core", "search", "code_search", "graphql"

# GitHub admits 100 at a time and asks for serial requests; an installation that crawls keeps to a few.
MOST_CONNECTIONS = 8
LEASE = timedelta(seconds=120)
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)

# Documented quotas, until headers tell. 900 points a minute for REST and 2,000 for GraphQL are secondary limits.
_PER_MINUTE = 600
_WITH_TOKEN = {
    CORE: Terms(5000, _HOUR, reserve=50, per_minute=_PER_MINUTE),
    SEARCH: Terms(30, _MINUTE, reserve=1, per_minute=_PER_MINUTE),
    CODE_SEARCH: Terms(10, _MINUTE, reserve=1, per_minute=_PER_MINUTE),
    GRAPHQL: Terms(5000, _HOUR, reserve=50, per_minute=_PER_MINUTE),
}
_ANONYMOUS = {
    CORE: Terms(60, _HOUR, reserve=0, per_minute=_PER_MINUTE),
    SEARCH: Terms(10, _MINUTE, reserve=0, per_minute=_PER_MINUTE),
}
_BLOCKS = {CORE: 20, SEARCH: 5, CODE_SEARCH: 1, GRAPHQL: 20}


@dataclass(slots=True)
class _Block:
    """Requests that this process may still make of a resource, and what the last answer said of it."""

    left: int = 0
    until: float = 0.0
    seen: Seen | None = None


class Budget:
    """One identity's budget, for all threads of a process. Close it, or use it as a context manager."""

    def __init__(self, store: Store, identity: str) -> None:
        self._store = store
        self._identity = identity
        self._terms = _ANONYMOUS if identity == "anonymous" else _WITH_TOKEN
        self._blocks: dict[str, _Block] = {}
        self._holder = uuid4().hex
        self._lock = threading.Lock()

    def ask(self, resource: str) -> None:
        """Call before each request. Raises RateLimited with the seconds to wait."""
        with self._lock:
            block = self._blocks.setdefault(resource, _Block())
            if block.left <= 0 or time.monotonic() > block.until:
                self._borrow(resource, block)
            block.left -= 1

    def note(self, resource: str, headers: Mapping[str, str]) -> None:
        """Call with the headers of each answer; `resource` is what it was thought to count against."""
        seen = _seen(headers)
        if seen is None:
            return
        named = headers.get("X-RateLimit-Resource") or headers.get("x-ratelimit-resource") or resource
        with self._lock:
            block = self._blocks.setdefault(named, _Block())
            block.seen = seen
            if seen.remaining <= self._known(named).reserve:
                block.left = 0  # spent elsewhere, with the same token
                with self._store.changing() as session:
                    budgets.settle(session, *self._drained(named, block), datetime.now(UTC))

    def refused(self, resource: str, retry_after: float | None) -> RateLimited:
        """The server asks for a pause: everybody keeps it. Gives the error to raise."""
        now = datetime.now(UTC)
        wait = None if retry_after is None else timedelta(seconds=retry_after)
        with self._lock, self._store.changing() as session:
            self._blocks.pop(resource, None)
            until = budgets.pause(session, self._identity, resource, self._known(resource), wait, now)
        seconds = (until - now).total_seconds()
        return RateLimited(f"GitHub asks for a pause of {seconds:.0f} seconds ({resource})", seconds)

    def close(self) -> None:
        """Gives back what was borrowed and not used."""
        now = datetime.now(UTC)
        with self._lock, self._store.changing() as session:
            for resource, block in self._blocks.items():
                budgets.settle(session, *self._drained(resource, block), now)
            budgets.release(session, self._holder)
            self._blocks.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _borrow(self, resource: str, block: _Block) -> None:
        now = datetime.now(UTC)
        terms = self._known(resource)
        with self._store.changing() as session:
            budgets.settle(session, *self._drained(resource, block), now)
            busy = budgets.lease(session, self._identity, self._holder, MOST_CONNECTIONS, now, now + LEASE)
            if busy is None:
                block.left, again = budgets.take(
                    session, self._identity, resource, terms, _BLOCKS.get(resource, 1), now
                )
            else:
                block.left, again = 0, busy
        block.until = time.monotonic() + LEASE.total_seconds()
        if block.left == 0:
            seconds = max(1.0, (again - now).total_seconds())
            reason = f"{MOST_CONNECTIONS} others are at it" if busy else f"the budget for {resource} is used up"
            raise RateLimited(f"{reason}: again in {seconds:.0f} seconds", seconds)

    def _drained(self, resource: str, block: _Block) -> tuple[str, str, Terms, int, Seen | None]:
        """What there is to settle of a block, which is empty afterwards."""
        unused, seen = max(0, block.left), block.seen
        block.left, block.seen = 0, None
        return self._identity, resource, self._known(resource), unused, seen

    def _known(self, resource: str) -> Terms:
        return self._terms.get(resource, self._terms[CORE])


def _seen(headers: Mapping[str, str]) -> Seen | None:
    """What the headers say, in whatever case they are spelled; None where they say nothing of use."""
    named = {name.lower(): value for name, value in headers.items() if name.lower().startswith("x-ratelimit-")}
    try:
        return Seen(
            int(named["x-ratelimit-limit"]),
            int(named["x-ratelimit-remaining"]),
            datetime.fromtimestamp(int(named["x-ratelimit-reset"]), UTC),
        )
    except (KeyError, ValueError, OverflowError, OSError):
        return None
