"""Simple random samples of repository ids, in strata of id ranges, which are ranges of creation time.

Every id of a stratum has the same probability to be in the sample. Never taken is "the next repository after a random
id": it favours those behind gaps.
"""

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from miner.errors import GitHubUnavailable
from miner.github.access import Access
from miner.github.crawl import Patience
from miner.github.graphql import BATCH, in_batches
from miner.github.nodeids import encoding_holds, node_id
from miner.github.repository import FRAGMENT, from_graphql, from_rest
from miner.github.search import GraphQLSearch, RestSearch, Searcher, documented_shape
from miner.store import RepositoryInfo, Store, samples
from miner.store.samples import DrawOutcome, Sample, SampleMethod, Stratum

# The language detector overlooks Python in repositories of notebooks alone.
_LANGUAGES = frozenset({"Python", "Jupyter Notebook"})
_CHECKED = 5
NODES_QUERY = (
    """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Repository {
      ...found
      languages(first: 100) { nodes { name } }
    }
  }
}
"""
    + FRAGMENT
)

Found = dict[int, tuple[DrawOutcome, RepositoryInfo | None]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A round to be drawn, or gone on with; None is chosen when it is drawn."""

    name: str
    draws: int
    strata: int
    seed: int | None = None
    max_id: int | None = None


@dataclass(frozen=True, slots=True)
class SampleProgress:
    """How far a round is. `outcomes` are those of draws that were looked up."""

    sample: Sample
    draws: int
    outcomes: Mapping[DrawOutcome, int]

    @property
    def done(self) -> int:
        return sum(self.outcomes.values())


class Sampler:
    """Draws a round and looks its ids up, a hundred in a request."""

    def __init__(self, store: Store, access: Access, patience: Patience) -> None:
        self._store = store
        self._access = access
        self._patience = patience

    async def run(self, plan: Plan, tell: Callable[[SampleProgress], None]) -> SampleProgress:
        """Looks up what is drawn and not looked up; draws first where there is no round of that name.

        Raises GitHubUnavailable, Unauthorized; RateLimited where patience has none.
        """
        with self._store.reading() as session:
            sample = samples.by_name(session, plan.name)
        if sample is None:
            sample = await self._draw(plan)
        while ids := self._waiting(sample):
            found = await self._look_up(sample, ids)
            if not found:
                raise GitHubUnavailable("GitHub does not answer for the ids that were drawn: try again later")
            with self._store.changing() as session:
                samples.note(session, sample, found, datetime.now(UTC))
            tell(self._progress(sample))
        with self._store.changing() as session:
            samples.finish(session, sample.id, datetime.now(UTC))
        return self._progress(sample)

    async def _draw(self, plan: Plan) -> Sample:
        newest = await self._patience(self._newest)
        if len(newest) < _CHECKED and plan.max_id is None:
            raise GitHubUnavailable("GitHub names no new repositories, so the newest id is unknown: give --max-id")
        method: SampleMethod = "since"
        if self._access.authenticated and encoding_holds(newest):
            method = "node-ids"
        max_id = plan.max_id or max(info.github_id or 0 for info in newest)
        seed = secrets.randbits(62) if plan.seed is None else plan.seed
        drawn = draw(max_id, plan.strata, plan.draws, seed)
        with self._store.changing() as session:
            return samples.create(session, plan.name, method, seed, drawn, datetime.now(UTC))

    async def _newest(self) -> Sequence[RepositoryInfo]:
        """Repositories that are hours old: the newest ids, and a check of how node ids are made."""
        since = datetime.now(UTC) - timedelta(hours=6)
        query = f"created:>={since:%Y-%m-%dT%H:%M:%SZ}"
        search: Searcher = RestSearch(self._access.rest)
        if self._access.authenticated:
            search = GraphQLSearch(self._access.graphql)
        page = await search.page(query, None)
        return page.repositories

    async def _look_up(self, sample: Sample, ids: Sequence[int]) -> Found:
        if sample.method == "node-ids":
            return await self._patience(lambda: in_batches(ids, self._nodes))
        return await self._patience(lambda: self._since(ids))

    async def _nodes(self, ids: Sequence[int]) -> Found:
        answer = await self._access.graphql.ask(NODES_QUERY, {"ids": [node_id(each) for each in ids]})
        nodes = answer.data["nodes"]
        return {each: _node_outcome(each, node) for each, node in zip(ids, nodes, strict=True)}

    async def _since(self, ids: Sequence[int]) -> Found:
        """One page of all public repositories from the first id on: it answers for every drawn id that it spans."""
        page = await asyncio.to_thread(self._access.rest.get, "/repositories", {"since": ids[0] - 1})
        with documented_shape("list of repositories"):
            by_id = {int(item["id"]): from_rest(item) for item in page}
        last = max(by_id, default=ids[-1])
        # The list does not tell languages: whether there is Python, the scan will see.
        return {each: ("python", by_id[each]) if each in by_id else ("nothing", None) for each in ids if each <= last}

    def _waiting(self, sample: Sample) -> list[int]:
        with self._store.reading() as session:
            return samples.waiting(session, sample.id, BATCH)

    def _progress(self, sample: Sample) -> SampleProgress:
        with self._store.reading() as session:
            counted = samples.design(session, sample.id)
        outcomes: dict[DrawOutcome, int] = {}
        for each in counted:
            for outcome, number in each.outcomes.items():
                if outcome is not None:
                    outcomes[outcome] = outcomes.get(outcome, 0) + number
        return SampleProgress(sample, sum(each.stratum.draws for each in counted), outcomes)


def draw(max_id: int, strata: int, draws: int, seed: int) -> list[tuple[Stratum, list[int]]]:
    """Ids from 1 to `max_id`: as many strata of equal length, as equal shares of the draws, without replacement."""
    strata = min(strata, max_id, draws)
    generator = random.Random(seed)  # noqa: S311 - a design that can be drawn again, nothing secret
    bounds = [max_id * place // strata for place in range(strata + 1)]
    drawn = []
    for place in range(strata):
        first, last = bounds[place] + 1, bounds[place + 1]
        share = draws * (place + 1) // strata - draws * place // strata
        ids = generator.sample(range(first, last + 1), min(share, last - first + 1))
        drawn.append((Stratum(place, first, last, len(ids)), sorted(ids)))
    return drawn


def _node_outcome(github_id: int, node: Mapping[str, Any] | None) -> tuple[DrawOutcome, RepositoryInfo | None]:
    if not node:
        return "nothing", None
    info = from_graphql(node)
    if info.github_id != github_id:
        raise GitHubUnavailable("GitHub's node ids are made in another way than they were: draw a new sample")
    languages = {each["name"] for each in node["languages"]["nodes"]}
    return ("python" if languages & _LANGUAGES else "other"), info
