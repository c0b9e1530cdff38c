"""The shapes of these answers are those of GitHub's documentation; nobody has recorded all of them."""

import json
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from github.Requester import HTTPRequestsConnectionClass, Requester

from miner.errors import BadQuery, GitHubUnavailable, RateLimited, Unauthorized
from miner.github.client import GitHubClient
from miner.github.identity import Anonymous, TokenIdentity
from miner.github.waiting import seconds_to_wait
from tests.support.githttps import Answer, Request
from tests.support.stubhttp import StubServer

FINE = Answer(200, {"Content-Type": "application/json"}, b'{"fine": true}')
TOKEN = "t0ken"  # noqa: S105 - nobody's
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for user ID 1."


def refusal(status: int, message: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"Content-Type": "application/json", **named}, json.dumps({"message": message}).encode())


def in_turn(*answers: Answer) -> Callable[[Request], Answer]:
    """Each answer once, and the last one from then on."""
    waiting = list(answers)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def client(server: StubServer, **settings: Any) -> GitHubClient:
    settings = {"identity": Anonymous(), "secondary_wait": 0.0, "max_wait": 5.0, "backoff": 0.0, **settings}
    return GitHubClient(api_url=server.url, user_agent="seedwatch (+https://example.org)", **settings)


@pytest.fixture
def now() -> str:
    return str(int(time.time()))


@pytest.mark.parametrize(
    "refused",
    [
        refusal(429, SECONDARY),
        refusal(429, PRIMARY, X_RateLimit_Remaining="0", X_RateLimit_Reset="1"),
        refusal(429, SECONDARY, Retry_After="0"),
        refusal(429),
        refusal(403, SECONDARY),
        refusal(403, SECONDARY, Retry_After="0"),
        refusal(403, PRIMARY, X_RateLimit_Remaining="0", X_RateLimit_Reset="1"),
        refusal(502),
    ],
    ids=[
        "429 secondary",
        "429 primary",
        "429 with Retry-After",
        "429 bare",
        "403 secondary",
        "403 with Retry-After",
        "403 primary",
        "502",
    ],
)
def test_what_github_asks_to_be_asked_again_is_asked_again(refused: Answer) -> None:
    with StubServer(in_turn(refused, FINE)) as server, client(server) as github:
        assert github.get("/thing", {}) == {"fine": True, "url": "/thing"}
        assert len(server.requests) == 2


def test_a_limit_is_waited_for_until_it_is_reset(now: str) -> None:
    refused = refusal(429, PRIMARY, X_RateLimit_Remaining="0", X_RateLimit_Reset=now)
    with StubServer(in_turn(refused, FINE)) as server, client(server) as github:
        started = time.time()
        github.get("/thing", {})
        assert time.time() - started >= 1  # the second in which the reset falls


@pytest.mark.parametrize("status", [403, 429])
def test_a_wait_beyond_the_limit_is_left_to_the_caller(status: int) -> None:
    with StubServer(in_turn(refusal(status, SECONDARY, Retry_After="3600"))) as server, client(server) as github:
        with pytest.raises(RateLimited, match="3600 seconds") as raised:
            github.get("/thing", {})
        assert raised.value.retry_after == 3600
        assert len(server.requests) == 1


def test_a_429_without_a_header_is_a_secondary_limit() -> None:
    server, settings = StubServer(in_turn(refusal(429))), {"secondary_wait": 60.0}
    with server, client(server, **settings) as github:
        with pytest.raises(RateLimited) as raised:
            github.get("/thing", {})
        assert raised.value.retry_after == 60


def test_a_limit_without_an_end_is_given_up() -> None:
    with StubServer(in_turn(refusal(429, SECONDARY, Retry_After="0"))) as server, client(server) as github:
        with pytest.raises(RateLimited):
            github.get("/thing", {})
        assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (refusal(401, "Bad credentials"), Unauthorized, "SEEDWATCH_GITHUB_TOKEN"),
        (refusal(401, "Requires authentication"), Unauthorized, "SEEDWATCH_GITHUB_TOKEN"),
        (refusal(403, "Resource not accessible by personal access token"), Unauthorized, "not accessible"),
        (refusal(422, "Validation Failed"), BadQuery, "Validation Failed"),
        (refusal(404, "Not Found"), GitHubUnavailable, "404"),
        (refusal(410, "two\nlines"), GitHubUnavailable, "two lines"),
        (Answer(418, {}, b"<html>"), GitHubUnavailable, "418"),
        (Answer(301, {"Location": "/thing"}), GitHubUnavailable, "redirects without an end"),
        (Answer(301, {"Location": "https://example.org/thing"}), GitHubUnavailable, "another server, example.org"),
    ],
)
def test_each_refusal_has_its_error(answer: Answer, error: type[Exception], words: str) -> None:
    with StubServer(in_turn(answer)) as server, client(server) as github:
        with pytest.raises(error) as raised:
            github.get("/thing", {})
        assert words in str(raised.value)
        assert "\n" not in str(raised.value)


def test_no_connection_is_said_so(tmp_path: Path) -> None:
    with StubServer(in_turn(FINE)) as server:
        address = server.url
    with (
        GitHubClient(api_url=address, identity=Anonymous(), user_agent="seedwatch", backoff=0) as github,
        pytest.raises(GitHubUnavailable, match="no connection"),
    ):
        github.get("/thing", {})


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("location", ["/repositories/1/commits", "{server}/repositories/1/commits?per_page=1&sha=dev"])
def test_a_redirect_keeps_the_query(status: int, location: str) -> None:
    def answer(request: Request) -> Answer:
        if request.path.startswith("/repos/"):
            return Answer(status, {"Location": location.format(server=server.url)})
        return FINE

    with StubServer(answer) as server, client(server, identity=TokenIdentity(TOKEN)) as github:
        github.get("/repos/old/name/commits", {"sha": "dev", "per_page": 1})
        assert [request.path for request in server.requests] == [
            "/repos/old/name/commits?per_page=1&sha=dev",
            "/repositories/1/commits?per_page=1&sha=dev",
        ]
        assert server.requests[1].headers["Authorization"] == f"token {TOKEN}"


def test_every_request_says_who_asks() -> None:
    with StubServer(in_turn(FINE)) as server, client(server, identity=TokenIdentity(TOKEN)) as github:
        github.get("/thing", {})
        assert server.requests[0].headers["User-Agent"] == "seedwatch (+https://example.org)"
        assert server.requests[0].headers["Authorization"] == f"token {TOKEN}"
    with StubServer(in_turn(FINE)) as server, client(server) as github:
        github.get("/thing", {})
        assert "Authorization" not in server.requests[0].headers


def test_other_users_of_pygithub_are_left_as_they_are() -> None:
    with StubServer(in_turn(FINE)) as server, client(server):
        other = Requester(None, server.url, 5, "other", 30, True, None, None)
        assert other._Requester__connectionClass is HTTPRequestsConnectionClass  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "-7"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "7", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"}, 7),
        ({"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "9999999999"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, 1),
    ],
)
def test_waits_are_read_from_headers(headers: dict[str, str], expected: float | None) -> None:
    assert seconds_to_wait(headers) == expected


def test_a_wait_can_be_a_date() -> None:
    wait = seconds_to_wait({"Retry-After": formatdate(time.time() + 100, usegmt=True)})
    assert wait is not None
    assert 90 < wait <= 100
