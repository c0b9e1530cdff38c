"""This program against what others recorded of GitHub, against GitHub's own descriptions, and against an emulator.

The material comes from the package registries when the tests run (`tests/support/material.py`).
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import backlot
import graphql
import jsonschema
import pytest

from miner.errors import MinerError, RateLimited
from miner.github.changes import NODES_QUERY as CHANGES_QUERY
from miner.github.client import GitHubClient
from miner.github.identity import Anonymous
from miner.github.listing import OWNER_QUERY, OwnerByRest, names_query
from miner.github.repository import from_rest
from miner.github.sampling import NODES_QUERY as SAMPLING_QUERY
from miner.github.search import SEARCH_QUERY, CodeSearch, RestSearch, SearchPage
from miner.settings import load_settings
from miner.store import Filters, Store
from seedwatch.__main__ import main
from tests.support import material
from tests.support.emulated_github import EmulatedGitHub, population
from tests.support.githttps import Answer, Request
from tests.support.material import Exchange
from tests.support.stubhttp import StubServer

_HOP = {"content-length", "transfer-encoding", "content-encoding", "connection", "status"}


@lru_cache(maxsize=1)
def replay_data() -> tuple[Exchange, ...]:
    return tuple(material.replay_data())


@lru_cache(maxsize=1)
def fixtures() -> tuple[Exchange, ...]:
    return tuple(material.fixtures())


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    return material.openapi()


def about(path: str, status: int = 200) -> list[Exchange]:
    found = [
        each
        for each in replay_data()
        if each.method == "GET" and urlsplit(each.path).path == path and each.status == status
    ]
    assert found
    return found


def replayed(exchange: Exchange, server_url: str = "") -> Answer:
    """A recorded answer, with the server's own address in place of GitHub's."""
    headers = {name: value.replace(material.GITHUB, server_url) for name, value in exchange.headers.items()}
    kept = {name: value for name, value in headers.items() if name not in _HOP}
    return Answer(exchange.status, kept, exchange.body.replace(material.GITHUB, server_url).encode())


def client(server: StubServer, max_wait: float = 0.0) -> GitHubClient:
    return GitHubClient(
        api_url=server.url, identity=Anonymous(), user_agent="seedwatch", secondary_wait=0, max_wait=max_wait, backoff=0
    )


def page_of(exchange: Exchange, search: Callable[[GitHubClient], RestSearch]) -> SearchPage:
    with StubServer(lambda _: replayed(exchange)) as server, client(server) as github:
        return asyncio.run(search(github).page("q", None))


def test_every_recorded_search_for_repositories_is_read() -> None:
    for exchange in about("/search/repositories"):
        recorded, page = json.loads(exchange.body), page_of(exchange, RestSearch)
        assert [found.github_id for found in page.repositories] == [item["id"] for item in recorded["items"]]
        assert [f"{found.owner}/{found.name}" for found in page.repositories] == [
            item["full_name"] for item in recorded["items"]
        ]
        assert page.total_count == recorded["total_count"]


def test_every_recorded_search_for_code_is_read() -> None:
    incomplete = 0
    for exchange in about("/search/code"):
        recorded, page = json.loads(exchange.body), page_of(exchange, CodeSearch)
        assert {found.github_id for found in page.repositories} == {
            item["repository"]["id"] for item in recorded["items"]
        }
        assert page.incomplete == recorded.get("incomplete_results", False)
        incomplete += page.incomplete
    assert incomplete


def test_every_recorded_list_of_repositories_is_read() -> None:
    lists = [json.loads(exchange.body) for exchange in about("/repositories")]
    assert sum(map(len, lists)) > 100
    for items in lists:
        assert [from_rest(item).github_id for item in items] == [item["id"] for item in items]


def test_recorded_refusals_are_limits() -> None:
    limited = [each for each in replay_data() if each.status == 403 and "rate limit" in each.body.lower()]
    assert limited
    for exchange in limited:
        with (
            StubServer(lambda _, exchange=exchange: replayed(exchange)) as server,  # type: ignore[misc]
            client(server) as github,
            pytest.raises(RateLimited),
        ):
            github.get("/thing", {})


def test_a_recorded_fault_of_theirs_is_asked_again() -> None:
    faults = [each for each in replay_data() if each.status == 502 and each.method == "GET"]
    answers = [replayed(faults[0]), Answer(200, {"Content-Type": "application/json"}, b'{"fine": true}')]
    with StubServer(lambda _: answers.pop(0)) as server, client(server) as github:
        assert github.get("/thing", {})["fine"] is True


def test_a_recorded_rename_is_followed_with_its_query() -> None:
    renamed = {(each.method, each.path): each for each in fixtures() if each.source == "rename-repository"}
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        return replayed(renamed[request.method, urlsplit(request.path).path], server.url)

    with StubServer(answer) as server, client(server) as github:
        document = github.get("/repos/octokit-fixture-org/rename-repository", {"per_page": 1})
    assert (document["id"], document["name"]) == (1000, "rename-repository-newname")
    assert asked[-1] == "/repositories/1000?per_page=1"
    assert from_rest(document).name == "rename-repository-newname"


def test_recorded_errors_are_ours() -> None:
    """Whatever was recorded with a status of a fault is one of this program's errors, and never another."""
    faulty = [each for each in fixtures() if each.status in {404, 422} and each.method == "GET"]
    faulty += [each for each in replay_data() if each.status in {404, 409, 410, 451, 422} and each.method == "GET"][:20]
    assert len(faulty) > 5
    for exchange in faulty:
        with (
            StubServer(lambda _, exchange=exchange: replayed(exchange)) as server,  # type: ignore[misc]
            client(server) as github,
            pytest.raises(MinerError),
        ):
            github.get("/thing", {})


@pytest.fixture(scope="module")
def schema() -> graphql.GraphQLSchema:
    return graphql.build_schema(material.graphql_schema(), assume_valid_sdl=True)  # it names two fields twice


@pytest.mark.parametrize(
    "query",
    [SEARCH_QUERY, OWNER_QUERY, CHANGES_QUERY, SAMPLING_QUERY, names_query(1), names_query(100)],
    ids=["search", "owner", "changes", "sampling", "a name", "a hundred names"],
)
def test_every_query_is_one_of_githubs_schema(schema: graphql.GraphQLSchema, query: str) -> None:
    assert graphql.validate(schema, graphql.parse(query)) == []


def test_the_schema_notices_what_is_wrong(schema: graphql.GraphQLSchema) -> None:
    assert graphql.validate(schema, graphql.parse(CHANGES_QUERY.replace("isArchived", "archived")))


@pytest.fixture
def requests_made() -> Iterator[list[Request]]:
    """What every REST door of this program asks of a server."""
    with EmulatedGitHub(population(30)) as server:
        with client(server) as github:
            asyncio.run(RestSearch(github).page("pytorch stars:>5", None))
            asyncio.run(CodeSearch(github).page("torch size:0..100", "2"))
            owner = next(iter(server.repos.values())).owner
            asyncio.run(OwnerByRest(github).page(owner, None))
            github.get("/repositories", {"since": 3})
        yield server.requests


def operation(path: str) -> dict[str, Any]:
    """What GitHub's document says of GET requests to a path."""
    for template, item in openapi()["paths"].items():
        parts, asked = template.split("/"), path.split("/")
        fits = len(parts) == len(asked) and all(a == b or a.startswith("{") for a, b in zip(parts, asked, strict=True))
        if fits and "get" in item:
            found: dict[str, Any] = item["get"]
            return found
    raise AssertionError(f"GitHub describes no GET {path}")


def resolved(node: Any) -> Any:
    """The node, or what it refers to."""
    while isinstance(node, dict) and "$ref" in node:
        found: Any = openapi()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def test_every_request_is_one_that_github_describes(requests_made: list[Request]) -> None:
    assert len(requests_made) == 4
    for request in requests_made:
        address = urlsplit(request.path)
        described = {each["name"]: each for each in map(resolved, operation(address.path)["parameters"])}
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        # `per_page` and the like are described for each operation; what is not is not looked at by GitHub.
        assert set(asked) <= set(described)
        required = {name for name, each in described.items() if each.get("required") and each["in"] == "query"}
        assert required <= set(asked)
        for name, value in asked.items():
            kind = resolved(described[name]["schema"])
            typed = int(value) if kind.get("type") == "integer" else value
            jsonschema.validate(typed, {**kind, "$defs": {}})
        assert request.headers["User-Agent"]


@pytest.mark.parametrize("path", ["/search/repositories", "/repositories", "/users/octocat/repos"])
def test_the_examples_that_github_gives_are_read(path: str) -> None:
    (content,) = [each for kind, each in operation(path)["responses"]["200"]["content"].items() if "json" in kind]
    examples = [resolved(each)["value"] for each in content["examples"].values()]
    assert examples
    for example in examples:
        items = example["items"] if isinstance(example, dict) else example
        assert [from_rest(item).github_id for item in items] == [item["id"] for item in items]


def test_code_search_end_to_end_against_an_emulator_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKLOT_TELEMETRY", "0")
    person = {"visibility": "public", "author_email": "ava@vision.example", "author_name": "Ava"}
    files = [("crops", "data.py", "import torch\nDataLoader(x)\n"), ("other", "a.py", "print(1)\n")]
    records = [
        {
            **person,
            "source_type": "github",
            "doc_id": f"file-{repo}",
            "repo": repo,
            "group": "vision",
            "title": path,
            "subtype": "file",
            "path": path,
            "content": content,
            "created": "2026-01-28T09:30:00Z",
        }
        for repo, path, content in files
    ]
    with backlot.serve(records=records, telemetry=False) as server:
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", f"{server.base_url}/github")
        monkeypatch.setenv("GITHUB_TOKEN", server.token)
        assert main(["discover", "search-code", "DataLoader extension:py"]) == 0
    with Store(load_settings().database_url) as store:
        (found,) = store.list_repositories(Filters()).items
    assert found.repository.name == "crops"
    assert found.repository.github_id is not None
