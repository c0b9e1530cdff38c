"""Working through a discovery: the next query that is not paid for, its answer and the note of it in one commit.

It can stop anywhere and be gone on with: at most the request under way is asked again.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from miner.errors import RateLimited
from miner.github.partition import Partition, dumped, loaded
from miner.github.search import MAX_RESULTS, Searcher, SearchPage
from miner.store import Store, discoveries
from miner.store.discoveries import Discovery, DiscoveryProgress, NewQuery, Paid, Query, QueryState

DEFAULT_WAIT_SECONDS = 60.0

Result = TypeVar("Result")


class Patience:
    """Waits in the foreground for what GitHub's limits put off. For commands; jobs are put off instead."""

    def __init__(self, waiting: Callable[[float, str], None], *, wait: bool = True) -> None:
        """Without `wait`, RateLimited goes on to the caller."""
        self._waiting = waiting
        self._wait = wait

    async def __call__(self, ask: Callable[[], Awaitable[Result]]) -> Result:
        """The answer, however long it takes."""
        while True:
            try:
                return await ask()
            except RateLimited as error:
                if not self._wait:
                    raise
                seconds = DEFAULT_WAIT_SECONDS if error.retry_after is None else error.retry_after
                self._waiting(seconds, str(error))
                await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Crawl:
    """A discovery by search, and what it takes to work on it."""

    store: Store
    discovery: Discovery
    partition: Partition
    searcher: Searcher
    patience: Patience
    tell: Callable[[DiscoveryProgress], None]
    most: int = MAX_RESULTS

    async def run(self, limit: int | None = None) -> DiscoveryProgress:
        """Asks until nothing is open, or `limit` repositories more were found.

        Raises BadQuery, Unauthorized, GitHubUnavailable; RateLimited where patience has none.
        """
        self._plant()
        found = 0
        while (query := self._next()) is not None and (limit is None or found < limit):
            page = await self.patience(lambda query=query: self.searcher.page(query.text, query.cursor))  # type: ignore[misc]
            found += self._pay(query, page)
            self.tell(self._progress())
        return self._progress()

    def _plant(self) -> None:
        """Makes sure that there is something to ask, if there is anything new."""
        now = datetime.now(UTC).replace(microsecond=0)
        since = self.discovery.seen_until
        if since is not None and (not self.partition.follows_time or now <= since):
            return
        spans = self.partition.root(int(now.timestamp()), int(since.timestamp()) if since else None)
        with self.store.changing() as session:
            if discoveries.next_open(session, self.discovery.id) is None:
                query = NewQuery(self.partition.text(spans), dumped(spans))
                discoveries.plant(session, self.discovery.id, [query], now)

    def _next(self) -> Query | None:
        with self.store.reading() as session:
            return discoveries.next_open(session, self.discovery.id)

    def _pay(self, query: Query, page: SearchPage) -> int:
        """Notes an answer; how many it found that no other query is about to find."""
        now = datetime.now(UTC)
        parts = []
        state: QueryState = "open" if page.next_cursor else "done"
        if query.cursor is None and page.total_count > self.most:
            parts = self.partition.parts(loaded(query.spans), int(now.timestamp()))
            state = "split" if parts else state
        if state == "done" and page.total_count > self.most:
            state = "overfull"
        paid = Paid(page.repositories, page.next_cursor, page.total_count, page.incomplete, page.requests)
        guess = math.ceil(page.total_count / max(1, len(parts)))
        with self.store.changing() as session:
            discoveries.pay(session, query, self.discovery.kind, self.discovery.key, paid, state, now)
            new = [NewQuery(self.partition.text(spans), dumped(spans), guess) for spans in parts]
            discoveries.plant(session, query.discovery_id, new)
        return 0 if state == "split" else len(page.repositories)

    def _progress(self) -> DiscoveryProgress:
        with self.store.reading() as session:
            return discoveries.progress(session, self.discovery.id)
