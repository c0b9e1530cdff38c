"""`seedwatch discover search-repos` against a server that answers as GitHub does."""

import pytest

from miner.settings import load_settings
from miner.store import Store
from tests.miner.test_github_search import searching
from tests.support.stubhttp import StubServer


@pytest.fixture
def github(monkeypatch):
    with StubServer(searching(250)) as server:
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", server.url)
        yield server


def test_hits_are_noted_once_with_where_they_come_from(seedwatch, github, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted")
    first = seedwatch("discover", "search-repos", "pytorch language:python")
    assert (first.status, first.err) == (0, "100 of 250\n200 of 250\n250 of 250\n")
    assert first.out.startswith("250 repositories found, 250 of them new.")
    assert seedwatch("discover", "search-repos", "other").out.startswith("250 repositories found, 0 of them new.")
    assert {request.headers["Authorization"] for request in github.requests} == {"token ghp_planted"}
    with Store(load_settings().database_url) as store:
        repository = store.get_repository("github.com", "owner7", "name7")
        assert repository is not None
        assert (repository.github_id, repository.stars, repository.state) == (7, 7, "discovered")
        assert store.get_sources(repository.id) == ["search-repos"]
        assert store.count_repositories() == 250


def test_no_more_than_asked_for(seedwatch, github):
    assert seedwatch("discover", "search-repos", "torch", "--limit", "120").out.startswith("120 repositories found")
    assert len(github.requests) == 2


def test_the_limit_of_the_search_is_that_of_the_option(seedwatch):
    ran = seedwatch("discover", "search-repos", "torch", "--limit", "1001")
    assert ran.status == 2
    assert ran.err.startswith("seedwatch discover: Invalid value for '--limit'")


def test_a_server_that_cannot_be_reached_is_said_in_one_line(seedwatch, monkeypatch):
    monkeypatch.setenv("SEEDWATCH_GITHUB_URL", "http://127.0.0.1:9/")
    monkeypatch.setattr("miner.github.client.RETRIES", 0)
    ran = seedwatch("discover", "search-repos", "torch")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("seedwatch discover: ")
    assert ran.err.count("\n") == 1
