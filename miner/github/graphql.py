"""GitHub's GraphQL API, asked for many repositories at a time.

An answer in parts is used: one dead repository in a hundred does not lose the others. What is too much for the server
is asked in halves. A limit, which arrives with status 200 here, is raised as RateLimited.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from miner.errors import BadQuery, GitHubUnavailable, RateLimited, Unauthorized
from miner.github.budget import GRAPHQL, Budget
from miner.github.identity import Identity
from miner.github.tls import context
from miner.github.waiting import seconds_to_wait

BATCH = 100
TIMEOUT_SECONDS = 30.0
ATTEMPTS = 3
# What the pauses double from after a fault of theirs that no smaller question would avoid.
PAUSE_SECONDS = 2.0
# A hundred are halved seven times until one is left; where still nothing is answered it is not the questions' fault.
FAILURES_IN_A_ROW = 12

_TOO_MUCH = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"})
_MISSING = frozenset({"NOT_FOUND", "FORBIDDEN"})

Item = TypeVar("Item")


class TooMuch(GitHubUnavailable):
    """The server could not answer so much at once; half of it may do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a query: `data` may have holes, which `missing` names by alias or index, as `repo7` or `nodes.7`."""

    data: Mapping[str, Any]
    missing: frozenset[str]


class GraphQLClient:
    """Asks one query at a time, within the budget. Close it, or use it as an async context manager."""

    def __init__(
        self, *, api_url: str, identity: Identity, user_agent: str, budget: Budget, ca_file: Path | None = None
    ) -> None:
        self._identity = identity
        self._budget = budget
        self._url = graphql_url(api_url)
        self._client = httpx.AsyncClient(
            verify=context(ca_file),
            timeout=TIMEOUT_SECONDS,
            headers={
                "User-Agent": user_agent,
                "Accept": "application/vnd.github+json",
                "X-Github-Next-Global-ID": "1",  # old node ids are answered with the new ones
            },
        )

    async def ask(self, query: str, variables: Mapping[str, Any]) -> Answer:
        """Raises RateLimited, TooMuch, Unauthorized, BadQuery, GitHubUnavailable."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._read(await self._post(query, variables))
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise GitHubUnavailable("no connection to GitHub's GraphQL API") from error
        raise AssertionError("unreachable")

    async def ask_again(self, query: str, variables: Mapping[str, Any]) -> Answer:
        """As `ask`, for what cannot be asked in halves: after a fault of theirs it is asked again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self.ask(query, variables)
            except TooMuch:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        raise AssertionError("unreachable")

    async def aclose(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _post(self, query: str, variables: Mapping[str, Any]) -> httpx.Response:
        token = self._identity.token()
        if token is None:
            raise Unauthorized("GitHub's GraphQL API needs a token: set SEEDWATCH_GITHUB_TOKEN")
        self._budget.ask(GRAPHQL)
        response = await self._client.post(
            self._url, json={"query": query, "variables": dict(variables)}, headers={"Authorization": f"bearer {token}"}
        )
        self._budget.note(GRAPHQL, response.headers)
        return response

    def _read(self, response: httpx.Response) -> Answer:
        match response.status_code:
            case 200:
                return self._parts(response)
            case 401:
                raise Unauthorized("GitHub does not accept the token: set SEEDWATCH_GITHUB_TOKEN to one that is valid")
            case 403 | 429:
                raise self._refusal(response)
            case 500 | 502 | 503 | 504:
                raise TooMuch(f"GitHub's GraphQL API answers with status {response.status_code}")
            case status:
                raise GitHubUnavailable(f"GitHub's GraphQL API answers with status {status}")

    def _refusal(self, response: httpx.Response) -> RateLimited | Unauthorized:
        wait = seconds_to_wait(response.headers)
        if response.status_code == 429 or wait is not None or "rate limit" in response.text.lower():
            return self._budget.refused(GRAPHQL, wait)
        return Unauthorized("GitHub's GraphQL API refuses the token")

    def _parts(self, response: httpx.Response) -> Answer:
        try:
            document = response.json()
            data, errors = document.get("data"), document.get("errors") or []
            types = {str(error.get("type")) for error in errors}
        except (ValueError, AttributeError) as error:
            raise GitHubUnavailable("GitHub's GraphQL API answers with something else than JSON") from error
        if "RATE_LIMITED" in types:
            raise self._budget.refused(GRAPHQL, seconds_to_wait(response.headers))
        if types & _TOO_MUCH or any("resource limits" in str(error.get("message")).lower() for error in errors):
            raise TooMuch("GitHub's GraphQL API found the query too large")
        if data is None:
            said = " ".join(str(errors[0].get("message")).split())[:300] if errors else "no data"
            raise BadQuery(f"GitHub does not accept the query: {said}")
        return Answer(data, frozenset(_place(error) for error in errors if error.get("type") in _MISSING))


async def in_batches(
    items: Sequence[Item],
    ask: Callable[[Sequence[Item]], Awaitable[Mapping[Item, Any]]],
    *,
    size: int = BATCH,
) -> dict[Item, Any]:
    """What `ask` says of each item, `size` at a time; a batch that is too much is asked in halves.

    An item that is too much by itself is left out. Raises GitHubUnavailable where nothing is answered any more.
    """
    found: dict[Item, Any] = {}
    failures = 0
    waiting = [items[start : start + size] for start in range(0, len(items), size)]
    while waiting:
        batch = waiting.pop(0)
        try:
            found.update(await ask(batch))
            failures = 0
        except TooMuch:
            failures += 1
            if failures > FAILURES_IN_A_ROW:
                raise
            if len(batch) > 1:
                middle = len(batch) // 2
                waiting[:0] = [batch[:middle], batch[middle:]]
    return found


def graphql_url(api_url: str) -> str:
    """Where the GraphQL API is: beside the REST API, which Enterprise servers keep at `/api/v3`."""
    return f"{api_url.removesuffix('/v3')}/graphql"


def _place(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in (error.get("path") or [])[:2])
