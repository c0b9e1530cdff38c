"""Disputes over the API, on the repository's page and on the command line."""

import pytest
from fastapi.testclient import TestClient

from miner.store import Store
from miner.store.disputes import NewDispute
from tests.api import samples
from tests.api.conftest import client_over

CROPS = "/repos/github.com/north-lab/crops"
DISPUTES = "/api/v1/disputes"


@pytest.fixture
def scanned(store: Store) -> Store:
    samples.populate(store)
    return store


def finding_of(client: TestClient) -> str:
    return str(client.get(f"/api/v1{CROPS}").json()["report"]["pairs"][0]["id"])


def test_a_finding_is_disputed_with_a_token_and_listed(scanned: Store) -> None:
    _, secret = scanned.access.make_token("ada", ["disputes"])
    with client_over(scanned.url) as client:
        asked = {"finding": finding_of(client), "reason": "The loader <is> never used."}
        made = client.post(f"/api/v1{CROPS}/disputes", json=asked, headers={"authorization": f"Bearer {secret}"})
        assert made.status_code == 201
        listed = client.get(DISPUTES, params={"state": "open"}).json()
        assert listed == {"items": [made.json()], "next": None}
        assert client.get(made.headers["location"]).json()["items"] == [made.json()]
        assert client.get(DISPUTES, params={"state": "upheld"}).json()["items"] == []
        page = client.get(CROPS).text
    assert made.json()["raised_by"] == "token:ada"
    assert "Somebody says: disputed, to be looked at: <q>The loader &lt;is&gt; never used.</q>" in page


def test_what_came_of_it_is_beside_the_verdict(scanned: Store) -> None:
    repository = scanned.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    with client_over(scanned.url) as client:
        new = NewDispute(finding_of(client), "WS101", "It has one worker.", "a" * 40)
        one = scanned.disputes.raise_one(repository.id, new, "token:ada")
        scanned.disputes.settle(one.id, "rejected", "Four by default.", "cli")
        page = client.get(CROPS).text
    assert "looked at, and the finding stands: <q>It has one worker.</q>" in page
    assert "Settled: <q>Four by default.</q>" in page


@pytest.mark.parametrize(
    ("scope", "finding", "status"), [(None, None, 401), ("batches", None, 403), ("disputes", "no-such", 404)]
)
def test_what_cannot_be_disputed(scanned: Store, scope: str | None, finding: str | None, status: int) -> None:
    headers = {}
    if scope is not None:
        headers = {"authorization": f"Bearer {scanned.access.make_token('other', [scope])[1]}"}
    with client_over(scanned.url) as client:
        asked = {"finding": finding or finding_of(client), "reason": "No."}
        assert client.post(f"/api/v1{CROPS}/disputes", json=asked, headers=headers).status_code == status


def test_a_list_goes_on_with_next(scanned: Store) -> None:
    repository = scanned.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    for name in ("ada", "bob", "cid"):
        scanned.disputes.raise_one(repository.id, NewDispute("x", "WS101", "No.", "a" * 40), f"token:{name}")
    with client_over(scanned.url) as client:
        page = client.get(DISPUTES, params={"limit": 2}).json()
        rest = client.get(page["next"]).json()
    assert [one["raised_by"] for one in page["items"] + rest["items"]] == ["token:cid", "token:bob", "token:ada"]
    assert rest["next"] is None
