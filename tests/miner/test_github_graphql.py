"""GraphQL's ways to say no. The shapes are those of GitHub's documentation; nobody has recorded all of them."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from miner.errors import BadQuery, GitHubUnavailable, RateLimited, Unauthorized
from miner.github.budget import Budget
from miner.github.graphql import Answer as GraphQLAnswer
from miner.github.graphql import GraphQLClient, TooMuch, graphql_url, in_batches
from miner.github.identity import Anonymous, TokenIdentity
from miner.store import Store
from tests.support.githttps import Answer, Request
from tests.support.stubhttp import StubServer

JSON = {"Content-Type": "application/json"}


def said(document: Any, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {**JSON, **named}, json.dumps(document).encode())


def ask(
    store: Store,
    answer: Callable[[Request], Answer],
    token: str | None = "t0ken",  # noqa: S107
    *,
    again: bool = False,
) -> GraphQLAnswer:
    async def go() -> GraphQLAnswer:
        identity = TokenIdentity(token) if token else Anonymous()
        with StubServer(answer) as server, Budget(store, identity.label) as budget:
            async with GraphQLClient(api_url=server.url, identity=identity, user_agent="test", budget=budget) as client:
                return await (client.ask_again if again else client.ask)("query { a }", {"x": 1})

    return asyncio.run(go())


def test_a_query_is_posted_with_the_token_and_asks_for_new_ids(sqlite_store: Store) -> None:
    requests: list[Request] = []

    def answer(request: Request) -> Answer:
        requests.append(request)
        return said({"data": {"a": 1}})

    assert ask(sqlite_store, answer).data == {"a": 1}
    (request,) = requests
    assert (request.method, request.path) == ("POST", "/graphql")
    assert json.loads(request.body) == {"query": "query { a }", "variables": {"x": 1}}
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["authorization"] == "bearer t0ken"
    assert headers["x-github-next-global-id"] == "1"


def test_an_answer_with_holes_is_used(sqlite_store: Store) -> None:
    error = {"type": "NOT_FOUND", "path": ["nodes", 1], "message": "Could not resolve to a node"}
    found = ask(sqlite_store, lambda _: said({"data": {"nodes": [{"id": "a"}, None]}, "errors": [error]}))
    assert found == GraphQLAnswer({"nodes": [{"id": "a"}, None]}, frozenset({"nodes.1"}))


LIMITED = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}


@pytest.mark.parametrize(
    ("refused", "seconds"),
    [
        (said(LIMITED, X_RateLimit_Remaining="0", X_RateLimit_Reset="1"), 1),
        (said(LIMITED), 60),
        (said({"message": "You have exceeded a secondary rate limit"}, 403), 60),
        (said({"message": "You have exceeded a secondary rate limit"}, 403, Retry_After="7"), 7),
        (said({}, 429), 60),
        (said({}, 429, Retry_After="7"), 7),
    ],
    ids=["200 primary", "200 bare", "403 secondary", "403 with Retry-After", "429 bare", "429 with Retry-After"],
)
def test_a_limit_is_raised_with_its_time_whatever_its_status(
    sqlite_store: Store, refused: Answer, seconds: float
) -> None:
    with pytest.raises(RateLimited) as raised:
        ask(sqlite_store, lambda _: refused)
    assert raised.value.retry_after == pytest.approx(seconds, abs=1)


@pytest.mark.parametrize(
    ("refused", "error"),
    [
        (said({"message": "Bad credentials"}, 401), Unauthorized),
        (said({"message": "Resource not accessible"}, 403), Unauthorized),
        (said({"errors": [{"message": "Field 'x' doesn't exist"}]}), BadQuery),
        (said({}, 502), TooMuch),
        (said({"data": None, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}]}), TooMuch),
        (said({"data": {"a": None}, "errors": [{"message": "Resource limits for this query exceeded"}]}), TooMuch),
        (said({}, 418), GitHubUnavailable),
        (Answer(200, {}, b"<html>"), GitHubUnavailable),
        (Answer(200, {}, b"[]"), GitHubUnavailable),
    ],
)
def test_every_other_refusal_is_one_of_ours(sqlite_store: Store, refused: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(sqlite_store, lambda _: refused)


def test_without_a_token_it_is_not_even_asked(sqlite_store: Store) -> None:
    with pytest.raises(Unauthorized, match="SEEDWATCH_GITHUB_TOKEN"):
        ask(sqlite_store, lambda _: said({}), token=None)


def test_a_batch_that_is_too_much_is_asked_in_halves() -> None:
    asked: list[int] = []

    async def answer(batch: Sequence[int]) -> dict[int, int]:
        asked.append(len(batch))
        if len(batch) > 30 or 13 in batch:
            raise TooMuch("too much")
        return {each: each * each for each in batch}

    found = asyncio.run(in_batches(list(range(250)), answer))
    # The one that is too much by itself is left out, and nothing else.
    assert found == {each: each * each for each in range(250) if each != 13}
    assert asked[0] == 100


def test_where_nothing_is_answered_it_is_given_up_soon() -> None:
    asked: list[int] = []

    async def answer(batch: Sequence[int]) -> dict[int, int]:
        asked.append(len(batch))
        raise TooMuch("status 502")

    with pytest.raises(GitHubUnavailable):
        asyncio.run(in_batches(list(range(250)), answer))
    assert len(asked) < 20


def test_what_cannot_be_halved_is_asked_again(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miner.github.graphql.PAUSE_SECONDS", 0.0)
    answers = [said({}, 502), said({}, 504), said({"data": {"a": 1}})]
    assert ask(sqlite_store, lambda _: answers.pop(0), again=True).data == {"a": 1}
    with pytest.raises(TooMuch):
        ask(sqlite_store, lambda _: said({}, 502), again=True)


@pytest.mark.parametrize(
    ("api", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.example.org/api/v3", "https://github.example.org/api/graphql"),
    ],
)
def test_the_address_is_beside_the_rest_api(api: str, graphql: str) -> None:
    assert graphql_url(api) == graphql
