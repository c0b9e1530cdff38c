"""GitHub's search for repositories, page by page.

What a search counts is no population: it answers with its first 1,000 hits, favours what is active and popular, and its
totals are estimates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from miner.errors import GitHubUnavailable
from miner.github.client import GitHubClient

PER_PAGE = 100
MAX_RESULTS = 1000  # the API's, for any query
# A search that ran out of time on their side says so; asked once more it is often whole.
ASKED_AGAIN = 2


@dataclass(frozen=True, slots=True)
class FoundRepository:
    """What the search says of a repository; its owner's words about it are not kept.

    None where the answer does not say: Enterprise servers lag behind GitHub.
    """

    github_id: int
    node_id: str | None
    owner: str
    name: str
    stars: int
    fork: bool
    archived: bool
    pushed_at: datetime | None
    default_branch: str | None
    size_kb: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits. `total_count` is GitHub's estimate; `incomplete` means that its search ran out of time."""

    total_count: int
    incomplete: bool
    repositories: tuple[FoundRepository, ...]


def search_pages(client: GitHubClient, query: str, *, limit: int = MAX_RESULTS) -> Iterator[SearchPage]:
    """The pages of hits for `query`, in GitHub's order, each repository once, at most `limit` and the API's 1,000.

    A page is asked for when it is needed, and none is kept.
    Raises BadQuery, Unauthorized, RateLimited, GitHubUnavailable.
    """
    seen: set[int] = set()
    for number in range(1, MAX_RESULTS // PER_PAGE + 1):
        page = _page(client, query, number)
        # Hits move between pages while they are read.
        new = {found.github_id: found for found in page.repositories if found.github_id not in seen}
        fresh = tuple(new.values())[: limit - len(seen)]
        seen.update(found.github_id for found in fresh)
        yield replace(page, repositories=fresh)
        if number * PER_PAGE >= page.total_count or not page.repositories or len(seen) >= limit:
            return


def _page(client: GitHubClient, query: str, number: int) -> SearchPage:
    for _ in range(ASKED_AGAIN + 1):
        page = _parse(client.get("/search/repositories", {"q": query, "per_page": PER_PAGE, "page": number}))
        if not page.incomplete:
            break
    return page


def _parse(document: Any) -> SearchPage:
    try:
        return SearchPage(
            int(document["total_count"]),
            bool(document.get("incomplete_results", False)),
            tuple(_found(item) for item in document["items"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GitHubUnavailable(
            "GitHub's answer to the search has another shape than its documentation says"
        ) from error


def _found(item: Mapping[str, Any]) -> FoundRepository:
    pushed_at = item.get("pushed_at")
    return FoundRepository(
        github_id=int(item["id"]),
        node_id=_text(item.get("node_id")),
        owner=str(item["owner"]["login"]),
        name=str(item["name"]),
        stars=int(item["stargazers_count"]),
        fork=bool(item["fork"]),
        archived=bool(item.get("archived", False)),
        pushed_at=datetime.fromisoformat(pushed_at) if pushed_at else None,
        default_branch=_text(item.get("default_branch")),
        size_kb=int(item["size"]),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
