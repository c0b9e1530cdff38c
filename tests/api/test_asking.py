"""Asking for a scan, and badges."""

from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from miner.settings import Settings
from miner.store import RepositoryInfo, Store
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


def test_no_folder_of_this_machine_is_asked_for(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with client_over(sqlite_store.url) as client:
        headers = bearer(sqlite_store, "batches")

        def said(owner: str) -> str:
            """What is answered, without the name that was asked for."""
            answer = client.post(f"/api/v1/repos/github.com/{quote(owner, safe='')}/name/scans", headers=headers)
            return str(problem(answer, 422, "refused")["detail"]).replace(owner, "it")

        assert len({said(str(tmp_path / each)) for each in ("folder", "file", "nothing")}) == 1
        said(f"{tmp_path / 'folder'} as victim")
        said("~root")
    assert sqlite_store.batches.listed() == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8443", "169.254.169.254", "localhost", "%5B::1%5D", "no-such-name.invalid"]
)
def test_no_server_inside_a_network_is_asked_for(sqlite_store: Store, host: str) -> None:
    with client_over(sqlite_store.url) as client:
        answer = client.post(f"/api/v1/repos/{host}/own/name/scans", headers=bearer(sqlite_store, "batches"))
        problem(answer, 422, "refused")
    assert sqlite_store.batches.listed() == []


def test_servers_elsewhere_are_asked_and_those_that_whoever_runs_this_allows(sqlite_store: Store) -> None:
    headers = bearer(sqlite_store, "batches")
    known = RepositoryInfo("own", "known", host="127.0.0.1:8443", url="https://127.0.0.1:8443/own/known")
    sqlite_store.upsert_found([known], source="test")
    with client_over(sqlite_store.url) as client:
        for path in ("1.1.1.1/own/name", "127.0.0.1:8443/own/known"):
            assert client.post(f"/api/v1/repos/{path}/scans", headers=headers).status_code == 202
    allowing = create_app(Settings(database_url=sqlite_store.url, scan_private=True))
    with TestClient(allowing) as client:
        assert client.post("/api/v1/repos/127.0.0.1:8443/own/name/scans", headers=headers).status_code == 202
    items = [item for batch in sqlite_store.batches.listed() for item in sqlite_store.batches.items(batch.id)]
    assert sorted(item.target for item in items) == [
        "https://1.1.1.1/own/name",
        "https://127.0.0.1:8443/own/known",
        "https://127.0.0.1:8443/own/name",
    ]


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
