"""Asking for a scan, and badges."""

from xml.etree import ElementTree

from fastapi.testclient import TestClient

from miner.store import Store
from tests.api import samples
from tests.api.conftest import client_over
from tests.api.test_rest import problem

SVG = "{http://www.w3.org/2000/svg}"


def bearer(store: Store, *scopes: str) -> dict[str, str]:
    _, secret = store.access.make_token("test", scopes)
    return {"authorization": f"Bearer {secret}"}


def test_a_scan_is_asked_for_once_and_its_state_is_an_answer(store: Store) -> None:
    address = "/api/v1/repos/github.com/own/name"
    with client_over(store.url) as client:
        problem(client.post(f"{address}/scans"), 401, "token-needed")
        document = problem(client.get(address), 404, "not-scanned")
        headers = bearer(store, "batches")
        asked = [client.post(document["scan_url"], headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [202] * 3
        assert {answer.headers["location"] for answer in asked} == {address}
        assert len({answer.json()["batch_id"] for answer in asked}) == 1
        assert client.get(asked[0].headers["location"]).json()["repository"]["state"] == "queued"
        assert client.get(asked[0].json()["status_url"]).json()["total"] == 1
        problem(client.post("/api/v1/repos/local/-/name/scans", headers=headers), 422, "refused")


def badge(client: TestClient, name: str) -> str:
    """The words of a badge, which are the same in its picture and for shields.io."""
    answer = client.get(f"/badge/github.com/{name}.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "max-age" in answer.headers["cache-control"]
    root = ElementTree.fromstring(answer.text)  # noqa: S314 - of our own making
    shown = [text.text for text in root.iter(f"{SVG}text")]
    shields = client.get(f"/badge/github.com/{name}.json").json()
    assert shields["schemaVersion"] == 1
    assert [shields["label"], shields["message"]] == shown
    assert root.get("aria-label") == ": ".join(shown)
    return shields["message"]


def test_a_badge_says_the_verdict_or_why_there_is_none(client: TestClient) -> None:
    assert badge(client, "north-lab/crops").startswith("affected on old PyTorch (")
    assert badge(client, "no/body") == "not scanned"


def test_what_a_stranger_is_called_stays_text(store: Store) -> None:
    samples.add_hostile(store)
    with client_over(store.url) as client:
        for line in store.list_repositories(limit=100).items:
            repository = line.repository
            answer = client.get(f"/badge/{repository.host}/{repository.owner}/x<script>.svg")
            assert "<script" not in answer.text
