"""The search's paging rules are those of GitHub's documentation, by a server that obeys them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from miner.errors import BadQuery, GitHubUnavailable, RateLimited
from miner.github.client import GitHubClient
from miner.github.search import FoundRepository, search_pages
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


def client(server: StubServer) -> GitHubClient:
    return GitHubClient(api_url=server.url, token=None, user_agent="seedwatch", secondary_wait=0, max_wait=5, backoff=0)


def search(github: GitHubClient, limit: int = 1000) -> list[FoundRepository]:
    return [found for page in search_pages(github, "torch", limit=limit) for found in page.repositories]


@pytest.mark.parametrize(
    ("hits", "found", "requests"),
    [(0, 0, 1), (1, 1, 1), (100, 100, 1), (101, 101, 2), (1000, 1000, 10), (2345, 1000, 10)],
)
def test_all_pages_up_to_the_thousand_are_read(hits: int, found: int, requests: int) -> None:
    with StubServer(searching(hits)) as server, client(server) as github:
        pages = list(search_pages(github, "torch"))
        assert [each.github_id for page in pages for each in page.repositories] == list(range(found))
        assert len(server.requests) == len(pages) == requests
        assert {page.total_count for page in pages} == {hits}


def test_what_is_said_of_a_repository_is_read() -> None:
    with StubServer(searching(1)) as server, client(server) as github:
        assert next(search_pages(github, "topic:pytorch stars:>10")).repositories == (
            FoundRepository(
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


def test_pages_are_asked_for_only_as_they_are_needed() -> None:
    with StubServer(searching(1000)) as server, client(server) as github:
        assert len(search(github, limit=150)) == 150
        assert len(server.requests) == 2
    with StubServer(searching(1000)) as server, client(server) as github:
        assert len(search(github, limit=100)) == 100
        assert len(server.requests) == 1


def test_a_hit_that_moved_between_pages_comes_once() -> None:
    def answer(request: Request) -> Answer:
        numbers = range(100) if page(request) == 1 else range(99, 150)
        return document([item(number) for number in numbers], 150)

    with StubServer(answer) as server, client(server) as github:
        assert [found.github_id for found in search(github)] == list(range(150))


def test_an_incomplete_answer_is_asked_for_again() -> None:
    answers = [document([item(1)], 1, incomplete=True), document([item(1), item(2)], 2)]
    with StubServer(lambda _: answers.pop(0)) as server, client(server) as github:
        assert [found.github_id for found in search(github)] == [1, 2]


def test_an_answer_that_stays_incomplete_is_taken_and_marked() -> None:
    with StubServer(lambda _: document([item(1)], 1, incomplete=True)) as server, client(server) as github:
        (page,) = search_pages(github, "torch")
        assert len(server.requests) == 3
        assert (page.incomplete, len(page.repositories)) == (True, 1)


def test_a_repository_without_pushes_has_no_date() -> None:
    with StubServer(lambda _: document([item(1, pushed_at=None)], 1)) as server, client(server) as github:
        assert search(github)[0].pushed_at is None


def test_what_an_older_server_does_not_say_is_left_open() -> None:
    old = {name: value for name, value in item(1).items() if name not in {"node_id", "archived", "default_branch"}}
    answer = Answer(200, JSON, json.dumps({"total_count": 1, "items": [old]}).encode())
    with StubServer(lambda _: answer) as server, client(server) as github:
        found = search(github)[0]
        assert (found.node_id, found.archived, found.default_branch) == (None, False, None)


def test_a_limit_in_the_middle_is_waited_for() -> None:
    hits, refused = searching(150), [Answer(429, {**JSON, "Retry-After": "0"}, b"{}")]

    def answer(request: Request) -> Answer:
        return refused.pop() if refused and page(request) == 2 else hits(request)

    with StubServer(answer) as server, client(server) as github:
        assert len(search(github)) == 150


def test_pages_before_a_fault_are_had() -> None:
    hits = searching(150)

    def answer(request: Request) -> Answer:
        return Answer(403, {**JSON, "Retry-After": "900"}, b"{}") if page(request) == 2 else hits(request)

    with StubServer(answer) as server, client(server) as github:
        pages = search_pages(github, "torch")
        assert len(next(pages).repositories) == 100
        with pytest.raises(RateLimited) as raised:
            next(pages)
        assert raised.value.retry_after == 900


def test_a_query_that_github_refuses_is_said_so() -> None:
    refused = Answer(422, JSON, b'{"message": "Validation Failed"}')
    with StubServer(lambda _: refused) as server, client(server) as github, pytest.raises(BadQuery):
        search(github)


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"total_count": 1, "incomplete_results": false, "items": [{"id": 1}]}', b"<html>"]
)
def test_an_answer_of_another_shape_is_said_so(body: bytes) -> None:
    with (
        StubServer(lambda _: Answer(200, JSON, body)) as server,
        client(server) as github,
        pytest.raises(GitHubUnavailable),
    ):
        search(github)
