"""What hangs on a repository, many at once, and what all answers have in common."""

import gzip
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from miner.settings import Settings
from miner.store import RepositoryInfo, Store
from tests.api import samples
from tests.api.conftest import client_over
from tests.api.test_rest import CROPS, names, problem


def test_a_repository_has_its_scans(client: TestClient) -> None:
    (scan,) = client.get(f"{CROPS}/scans").json()["items"]
    assert (scan["commit"], scan["verdict"], scan["is_latest"]) == (samples.COMMIT, "affected_on_old_torch", True)
    assert client.get(scan["report_url"]).json()["scan"]["commit"] == samples.COMMIT


def test_a_scan_has_its_findings(client: TestClient) -> None:
    answer = client.get(f"{CROPS}/findings").json()
    report = client.get(CROPS).json()["report"]
    assert answer["commit"] == samples.COMMIT
    assert [found["pair_id"] for found in answer["items"]] == [pair["id"] for pair in report["pairs"]]
    problem(client.get(f"{CROPS}/findings?commit={'0' * 40}"), 404, "commit-not-scanned")


def test_a_report_is_given_as_sarif(client: TestClient) -> None:
    answer = client.get(f"{CROPS}/report.sarif")
    assert answer.headers["content-type"] == "application/sarif+json"
    (run,) = answer.json()["runs"]
    (provenance,) = run["versionControlProvenance"]
    assert provenance == {"repositoryUri": "https://github.com/north-lab/crops", "revisionId": samples.COMMIT}
    assert client.get(f"{CROPS}/report.sarif", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_links_lead_to_the_enterprise_server_that_repositories_come_from(populated_sqlite: str) -> None:
    settings = Settings(database_url=populated_sqlite, git_url="https://git.example.org")
    with TestClient(create_app(settings)) as client:
        page = client.get("/repos/github.com/north-lab/crops").text
        (run,) = client.get(f"{CROPS}/report.sarif").json()["runs"]
    address = "https://git.example.org/north-lab/crops"
    assert f'href="{address}/blob/{samples.COMMIT}/data/transforms.py#L' in page
    assert f'href="{address}/commit/{samples.COMMIT}"' in page
    assert "https://github.com/north-lab" not in page
    assert run["versionControlProvenance"][0]["repositoryUri"] == address


@pytest.mark.parametrize("part", ["", "/scans", "/findings", "/report.sarif"])
def test_what_was_not_scanned_says_how_to_scan_it(client: TestClient, part: str) -> None:
    document = problem(client.get(f"/api/v1/repos/github.com/no/body{part}"), 404, "not-scanned")
    assert document["scan_url"] == "/api/v1/repos/github.com/no/body/scans"


@pytest.fixture
def renamed(store: Store) -> Store:
    samples.populate(store)
    store.upsert_found([RepositoryInfo("south-lab", "crops2", github_id=99)], source="test")
    store.upsert_found([RepositoryInfo("North", "Star", github_id=99)], source="test")
    return store


@pytest.mark.parametrize("part", ["", "/scans", "/findings?commit=abcdef0"])
def test_a_former_name_leads_to_the_present_one(renamed: Store, part: str) -> None:
    with client_over(renamed.url) as client:
        for prefix in ("/api/v1", ""):
            if prefix or not part:
                answer = client.get(f"{prefix}/repos/github.com/South-Lab/crops2{part}")
                assert answer.status_code == 301
                assert answer.headers["location"] == f"{prefix}/repos/github.com/North/Star{part}"


def test_githubs_number_leads_to_the_name(renamed: Store) -> None:
    with client_over(renamed.url) as client:
        answer = client.get("/api/v1/repos/github.com/99")
        assert (answer.status_code, answer.headers["location"]) == (301, "/api/v1/repos/github.com/North/Star")
        problem(client.get("/api/v1/repos/github.com/98"), 404, "not-found")


def test_many_are_asked_for_at_once_and_each_has_its_own_answer(renamed: Store) -> None:
    asked = [
        "north-lab/CROPS",
        "https://github.com/north-lab/crops.git",
        "no/body",
        "nonsense",
        "98",
        "south-lab/crops2",
    ]
    with client_over(renamed.url) as client:
        items: list[dict[str, Any]] = client.post("/api/v1/repos:batchGet", json={"repositories": asked}).json()[
            "items"
        ]
        assert client.get(items[0]["report_url"]).json()["report"]["verdict"] == "affected_on_old_torch"
    assert [item["request"] for item in items] == asked
    assert [item["status"] for item in items] == [200, 200, 404, 422, 404, 404]
    assert items[1]["scan"]["verdict"] == "affected_on_old_torch"
    assert all(item["detail"] for item in items if item["status"] != 200)


@pytest.mark.parametrize("asked", [[], ["a/b"] * 1001, ["x" * 3000], "a/b"])
def test_what_cannot_be_asked_for_at_once_is_named(client: TestClient, asked: object) -> None:
    document = problem(client.post("/api/v1/repos:batchGet", json={"repositories": asked}), 422, "invalid-request")
    assert document["errors"][0]["field"].startswith("body.repositories")


def test_lists_are_filtered_by_code_and_by_the_last_push(either_client: TestClient) -> None:
    found = names(either_client.get("/api/v1/repos", params={"check": "WS101"}).json()["items"])
    assert "north-lab/crops" in found
    assert names(either_client.get("/api/v1/repos", params={"check": "RP999"}).json()["items"]) == []
    assert (
        names(either_client.get("/api/v1/repos", params={"pushed_after": "2099-01-01T00:00:00Z"}).json()["items"]) == []
    )
    problem(either_client.get("/api/v1/repos", params={"check": "nonsense"}), 422, "invalid-request")


def test_a_compressed_answer_has_a_tag_of_its_own(client: TestClient) -> None:
    plain = client.get(CROPS, headers={"accept-encoding": "identity"})
    packed = client.get(CROPS, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 5, mtime=0))
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer in (plain, packed):
        tag = answer.headers["etag"]
        again = client.get(CROPS, headers={"if-none-match": tag})
        assert (again.status_code, again.headers["etag"]) == (304, tag)


def test_who_asks_too_often_is_told_when_to_come_back(sqlite_store: Store) -> None:
    settings = Settings(database_url=sqlite_store.url, requests_per_minute=3)
    with TestClient(create_app(settings)) as client:
        answers = [client.get("/api/v1/repos") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0", "r=0"]
        assert answers[0].headers["ratelimit-policy"] == '"default";q=3;w=60'
        document = problem(answers[-1], 429, "too-many-requests")
        assert "3 requests" in document["detail"]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert client.get("/healthz").status_code == 200
        page = client.get("/explore")
    assert page.status_code == 429
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "It may ask again in " in page.text
    assert 1 <= int(page.headers["retry-after"]) <= 60
