"""The search's paging rules are those of GitHub's documentation, by a server that obeys them."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from miner.errors import BadQuery, GitHubUnavailable, RateLimited
from miner.github.client import GitHubClient
from miner.github.identity import Anonymous
from miner.github.search import RestSearch, SearchPage
from miner.store import RepositoryInfo
from tests.support.githttps import Answer, Request
from tests.support.stubhttp import StubServer

JSON = {"Content-Type": "application/json"}


def item(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": number,
        "node_id": f"R_{number}",
        "name": f"name{number}",
        "full_name": f"owner{number}/name{number}",
        "owner": {"login": f"owner{number}", "id": 1},
        "description": "nobody keeps this",
        "stargazers_count": 7,
        "fork": False,
        "archived": True,
        "pushed_at": "2021-04-11T12:00:00Z",
        "default_branch": "main",
        "size": 12,
        **other,
    }


def document(items: list[dict[str, Any]], total: int, incomplete: bool = False) -> Answer:
    body = {"total_count": total, "incomplete_results": incomplete, "items": items}
    return Answer(200, JSON, json.dumps(body).encode())


def page(request: Request) -> int:
    return int(parse_qs(urlsplit(request.path).query)["page"][0])


def searching(count: int) -> Callable[[Request], Answer]:
    """A search with `count` hits that refuses what GitHub refuses."""

    def answer(request: Request) -> Answer:
        size = int(parse_qs(urlsplit(request.path).query)["per_page"][0])
        first = (page(request) - 1) * size
        if first >= 1000:
            return Answer(422, JSON, b'{"message": "Only the first 1000 search results are available"}')
        numbers = range(first, min(first + size, count))
        return document([item(number) for number in numbers], count)

    return answer


def pages(server: StubServer, query: str = "torch") -> list[SearchPage]:
    """All pages of a search."""

    async def read() -> list[SearchPage]:
        found = [await search.page(query, None)]
        while found[-1].next_cursor is not None:
            found.append(await search.page(query, found[-1].next_cursor))
        return found

    with GitHubClient(
        api_url=server.url, identity=Anonymous(), user_agent="seedwatch", secondary_wait=0, max_wait=5, backoff=0
    ) as client:
        search = RestSearch(client)
        return asyncio.run(read())


def ids(read: list[SearchPage]) -> list[int | None]:
    return [found.github_id for page in read for found in page.repositories]


@pytest.mark.parametrize(
    ("hits", "found", "requests"),
    [(0, 0, 1), (1, 1, 1), (100, 100, 1), (101, 101, 2), (1000, 1000, 10), (2345, 1000, 10)],
)
def test_all_pages_up_to_the_thousand_are_read(hits: int, found: int, requests: int) -> None:
    with StubServer(searching(hits)) as server:
        read = pages(server)
    assert ids(read) == list(range(found))
    assert len(server.requests) == len(read) == requests
    assert {page.total_count for page in read} == {hits}


def test_what_is_said_of_a_repository_is_read() -> None:
    with StubServer(searching(1)) as server:
        (read,) = pages(server, "topic:pytorch stars:>10")
    assert read.repositories == (
        RepositoryInfo(
            github_id=0,
            node_id="R_0",
            owner="owner0",
            name="name0",
            stars=7,
            fork=False,
            archived=True,
            pushed_at=datetime(2021, 4, 11, 12, tzinfo=UTC),
            default_branch="main",
            size_kb=12,
        ),
    )
    assert parse_qs(urlsplit(server.requests[0].path).query)["q"] == ["topic:pytorch stars:>10"]


def test_an_incomplete_answer_is_asked_for_again() -> None:
    answers = [document([item(1)], 1, incomplete=True), document([item(1), item(2)], 2)]
    with StubServer(lambda _: answers.pop(0)) as server:
        (read,) = pages(server)
    assert (ids([read]), read.requests, read.incomplete) == ([1, 2], 2, False)


def test_an_answer_that_stays_incomplete_is_taken_and_marked() -> None:
    with StubServer(lambda _: document([item(1)], 1, incomplete=True)) as server:
        (read,) = pages(server)
    assert (len(server.requests), read.requests) == (3, 3)
    assert (read.incomplete, len(read.repositories)) == (True, 1)


def test_a_repository_without_pushes_has_no_date() -> None:
    with StubServer(lambda _: document([item(1, pushed_at=None)], 1)) as server:
        assert pages(server)[0].repositories[0].pushed_at is None


def test_what_an_older_server_does_not_say_is_left_open() -> None:
    old = {name: value for name, value in item(1).items() if name not in {"node_id", "archived", "default_branch"}}
    answer = Answer(200, JSON, json.dumps({"total_count": 1, "items": [old]}).encode())
    with StubServer(lambda _: answer) as server:
        found = pages(server)[0].repositories[0]
    assert (found.node_id, found.archived, found.default_branch) == (None, None, None)


def test_a_limit_is_told_with_how_long_it_lasts() -> None:
    refused = Answer(403, {**JSON, "Retry-After": "900"}, b"{}")
    with StubServer(lambda _: refused) as server, pytest.raises(RateLimited) as raised:
        pages(server)
    assert raised.value.retry_after == 900


def test_a_query_that_github_refuses_is_said_so() -> None:
    refused = Answer(422, JSON, b'{"message": "Validation Failed"}')
    with StubServer(lambda _: refused) as server, pytest.raises(BadQuery):
        pages(server)


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"total_count": 1, "incomplete_results": false, "items": [{"id": 1}]}', b"<html>"]
)
def test_an_answer_of_another_shape_is_said_so(body: bytes) -> None:
    with StubServer(lambda _: Answer(200, JSON, body)) as server, pytest.raises(GitHubUnavailable):
        pages(server)
