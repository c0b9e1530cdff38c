"""Repositories by what they are called: all of an owner's, and those of a list of names."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from miner.errors import BadQuery
from miner.github.client import GitHubClient
from miner.github.graphql import GraphQLClient, in_batches
from miner.github.repository import FRAGMENT, from_graphql, from_rest
from miner.github.search import PER_PAGE, SearchPage, documented_shape
from miner.store import RepositoryInfo
from miner.targets import GitHubTarget

OWNER_QUERY = (
    """
query ($login: String!, $first: Int!, $after: String) {
  repositoryOwner(login: $login) {
    repositories(first: $first, after: $after, ownerAffiliations: [OWNER], privacy: PUBLIC) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...found }
    }
  }
}
"""
    + FRAGMENT
)


@dataclass(frozen=True, slots=True)
class OwnerByGraphQL:
    """All public repositories of an organisation or a user, as a searcher whose query is the owner."""

    client: GraphQLClient

    async def page(self, query: str, cursor: str | None) -> SearchPage:
        answer = await self.client.ask_again(OWNER_QUERY, {"login": query, "first": PER_PAGE, "after": cursor})
        owner = answer.data["repositoryOwner"]
        if owner is None:
            raise BadQuery(f"GitHub has no organisation or user {query!r}")
        with documented_shape("list of repositories"):
            listed = owner["repositories"]
            info = listed["pageInfo"]
            found = tuple(map(from_graphql, filter(None, listed["nodes"])))
            following = str(info["endCursor"]) if info["hasNextPage"] else None
            return SearchPage(int(listed["totalCount"]), False, found, following)


@dataclass(frozen=True, slots=True)
class OwnerByRest:
    """The same without a token."""

    client: GitHubClient

    async def page(self, query: str, cursor: str | None) -> SearchPage:
        number = int(cursor or 1)
        parameters: Mapping[str, str | int] = {"per_page": PER_PAGE, "page": number, "type": "owner"}
        items = await asyncio.to_thread(self.client.get, f"/users/{query}/repos", parameters)
        with documented_shape("list of repositories"):
            found = tuple(map(from_rest, items))
        more = len(found) == PER_PAGE
        return SearchPage((number - 1) * PER_PAGE + len(found) + more, False, found, str(number + 1) if more else None)


async def look_up(client: GraphQLClient, targets: Sequence[GitHubTarget]) -> dict[GitHubTarget, RepositoryInfo | None]:
    """What GitHub says of each name, None where it knows none; a renamed repository is found under its new name."""

    async def ask(batch: Sequence[GitHubTarget]) -> Mapping[GitHubTarget, RepositoryInfo | None]:
        variables = {f"{part}{place}": text for place, each in enumerate(batch) for part, text in _parts(each)}
        answer = await client.ask(names_query(len(batch)), variables)
        return {target: _found(answer.data.get(f"r{place}")) for place, target in enumerate(batch)}

    return await in_batches(targets, ask)


def names_query(count: int) -> str:
    """A query for that many repositories by owner and name."""
    declared = ", ".join(f"$owner{place}: String!, $name{place}: String!" for place in range(count))
    asked = "\n".join(
        f"  r{place}: repository(owner: $owner{place}, name: $name{place}, followRenames: true) {{ ...found }}"
        for place in range(count)
    )
    return f"query ({declared}) {{\n{asked}\n}}\n{FRAGMENT}"


def _parts(target: GitHubTarget) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("owner", target.owner), ("name", target.name)


def _found(node: Mapping[str, Any] | None) -> RepositoryInfo | None:
    return None if node is None else from_graphql(node)
