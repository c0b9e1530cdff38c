"""GitHub's searches, page by page: for repositories by either API, and for code.

What a search counts is no population: it answers with its first 1,000 hits, favours what is active and popular, and its
totals are estimates.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from miner.errors import GitHubUnavailable
from miner.github.client import GitHubClient
from miner.github.graphql import GraphQLClient
from miner.github.repository import FRAGMENT, from_graphql, from_rest
from miner.store import RepositoryInfo

PER_PAGE = 100
MAX_RESULTS = 1000  # of both APIs, for any query
# A search that ran out of time on their side says so; asked once more it is often whole.
ASKED_AGAIN = 2

SEARCH_QUERY = (
    """
query ($query: String!, $first: Int!, $after: String) {
  search(type: REPOSITORY, query: $query, first: $first, after: $after) {
    repositoryCount
    pageInfo { hasNextPage endCursor }
    nodes { ...found }
  }
}
"""
    + FRAGMENT
)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits, each repository once.

    `total_count` is GitHub's estimate; `incomplete`: its search ran out of time. `next_cursor` asks for the page that
    follows, None at the end or at the 1,000. `requests` is what the page cost.
    """

    total_count: int
    incomplete: bool
    repositories: tuple[RepositoryInfo, ...]
    next_cursor: str | None
    requests: int = 1


class Searcher(Protocol):
    """A way to search."""

    async def page(self, query: str, cursor: str | None) -> SearchPage:
        """Raises BadQuery, Unauthorized, RateLimited, GitHubUnavailable."""


class RestSearch:
    """The REST API's search for repositories: 30 pages a minute, 10 without a token."""

    path = "/search/repositories"

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def page(self, query: str, cursor: str | None) -> SearchPage:
        number = int(cursor or 1)
        for asked in range(1, ASKED_AGAIN + 2):
            parameters: Mapping[str, str | int] = {"q": query, "per_page": PER_PAGE, "page": number}
            document = await asyncio.to_thread(self._client.get, self.path, parameters)
            with documented_shape("search"):
                page = self._parsed(document, number, asked)
            if not page.incomplete:
                break
        return page

    def _parsed(self, document: Mapping[str, Any], number: int, asked: int) -> SearchPage:
        total, items = int(document["total_count"]), document["items"]
        found = {item.github_id: item for item in map(from_rest, map(self._repository, items))}
        # The API refuses what begins beyond the thousandth hit.
        more = bool(items) and number * PER_PAGE < min(total, MAX_RESULTS)
        incomplete = bool(document.get("incomplete_results", False))
        return SearchPage(total, incomplete, tuple(found.values()), str(number + 1) if more else None, asked)

    def _repository(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        return item


class CodeSearch(RestSearch):
    """The search for code: hits are files on default branches, below 384 KB; needs a token; 10 pages a minute."""

    path = "/search/code"

    def _repository(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        repository: Mapping[str, Any] = item["repository"]
        return repository


class GraphQLSearch:
    """The same index as the REST search for repositories, out of the larger budget. Needs a token."""

    def __init__(self, client: GraphQLClient) -> None:
        self._client = client

    async def page(self, query: str, cursor: str | None) -> SearchPage:
        answer = await self._client.ask_again(SEARCH_QUERY, {"query": query, "first": PER_PAGE, "after": cursor})
        with documented_shape("search"):
            return self._parsed(answer.data["search"])

    def _parsed(self, search: Mapping[str, Any]) -> SearchPage:
        info = search["pageInfo"]
        found = {item.github_id: item for item in map(from_graphql, filter(None, search["nodes"]))}
        cursor = str(info["endCursor"]) if info["hasNextPage"] else None
        return SearchPage(int(search["repositoryCount"]), False, tuple(found.values()), cursor)


@contextmanager
def documented_shape(what: str) -> Iterator[None]:
    """Makes GitHubUnavailable of what goes wrong in reading an answer of another shape than GitHub documents."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GitHubUnavailable(
            f"GitHub's answer to the {what} has another shape than its documentation says"
        ) from error
