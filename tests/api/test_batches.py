"""Asking for work over the API, with tokens; following it; figures for Prometheus. On both databases."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from miner.store import NewBatch, NewItem, RepositoryInfo, Store, budgets, repositories
from tests.api.conftest import app_over, client_over, serving

BATCHES = "/api/v1/batches"
SCHEDULES = "/api/v1/schedules"
WEEKLY = {"name": "weekly", "cron": "0 3 * * 1", "where": "stars > 5"}


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    """The service over two repositories that were found and not scanned."""
    found = [RepositoryInfo("owner", "many", stars=500), RepositoryInfo("owner", "few", stars=2)]
    store.upsert_found(found, source="test")
    with client_over(store.url) as opened:
        yield opened


def token(store: Store, *scopes: str) -> dict[str, str]:
    """The header of a new token with these scopes."""
    _, text = store.access.make_token("-".join(scopes), scopes)
    return {"authorization": f"Bearer {text}"}


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and the kind of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


class TestTokens:
    def test_changing_needs_a_token_with_the_scope(self, client: TestClient, store: Store) -> None:
        ask = {"all": True}
        assert problem(client.post(BATCHES, json=ask)) == (401, "token-needed")
        wrong = {"authorization": "Bearer sw_1_wrong"}
        assert problem(client.post(BATCHES, json=ask, headers=wrong)) == (401, "token-needed")
        other = token(store, "schedules")
        assert problem(client.post(BATCHES, json=ask, headers=other)) == (403, "scope-needed")
        assert problem(client.post(SCHEDULES, json=WEEKLY, headers=token(store, "batches"))) == (403, "scope-needed")
        assert store.batches.listed() == []

    def test_a_revoked_token_holds_no_more(self, client: TestClient, store: Store) -> None:
        header = token(store, "batches")
        assert client.post(BATCHES, json={"all": True}, headers=header).status_code == 201
        store.access.revoke_token("batches")
        assert problem(client.post(BATCHES, json={"all": True}, headers=header)) == (401, "token-needed")

    def test_who_asked_is_noted(self, client: TestClient, store: Store) -> None:
        header = token(store, "batches")
        batch_id = client.post(BATCHES, json={"where": "stars > 5"}, headers=header).json()["id"]
        client.patch(f"{BATCHES}/{batch_id}", json={"state": "paused"}, headers=header)
        noted = [(entry.actor, entry.action, entry.subject) for entry in store.access.audit()]
        assert noted[:2] == [
            ("token:batches", "pause", str(batch_id)),
            ("token:batches", "scan batch", str(batch_id)),
        ]


class TestBatches:
    def test_a_batch_of_what_a_filter_means(self, client: TestClient, store: Store) -> None:
        header = token(store, "batches")
        answer = client.post(BATCHES, json={"where": "stars > 100", "priority": 3}, headers=header)
        made = answer.json()
        assert (answer.status_code, made["total"], made["state"], made["priority"]) == (201, 1, "running", 3)
        assert client.get(answer.headers["location"]).json()["id"] == made["id"]
        (item,) = client.get(f"{BATCHES}/{made['id']}/items").json()["items"]
        assert (item["repository"], item["state"]) == ("owner/many", "queued")
        assert item["report_url"] == "/api/v1/repos/github.com/owner/many"
        rest = client.post(BATCHES, json={"all": True}, headers=header).json()
        assert (rest["total"], rest["skipped"]) == (1, 1)
        assert [batch["id"] for batch in client.get(BATCHES).json()["items"]] == [rest["id"], made["id"]]

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"where": "stars >"}, (422, "bad-filter")),
            ({"where": "stars > 1", "all": True}, (422, "refused")),
            ({}, (422, "refused")),
            ({"repositories": ["/etc"]}, (422, "refused")),
            ({"repositories": ["https://10.0.0.1/a/b"]}, (422, "refused")),
            ({"all": True, "kind": "paint"}, (422, "refused")),
            ({"all": True, "webhook": {"url": "http://example.org/"}}, (422, "refused")),
            ({"all": True, "webhook": {"url": "https://["}}, (422, "refused")),
            ({"all": True, "more": 1}, (422, "invalid-request")),
            ({"where": "owner = '\0'"}, (422, "invalid-request")),
            ({"all": True, "webhook": {"url": "https://example.org/\0"}}, (422, "invalid-request")),
            ({"all": True, "webhook": {"url": "https://example.org/", "secret": "\0" * 20}}, (422, "invalid-request")),
        ],
    )
    def test_what_cannot_be_asked_for(
        self, client: TestClient, store: Store, asked: dict[str, object], expected: tuple[int, str]
    ) -> None:
        assert problem(client.post(BATCHES, json=asked, headers=token(store, "batches"))) == expected
        assert store.batches.listed() == []

    def test_a_list_is_of_repositories_on_github_whatever_lies_on_this_machine(
        self, client: TestClient, store: Store, tmp_path: Path
    ) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").touch()
        header = token(store, "batches")

        def said(text: str) -> str:
            """What is answered, without what was asked for."""
            answer = client.post(BATCHES, json={"repositories": [text]}, headers=header)
            assert problem(answer) == (422, "refused")
            return str(answer.json()["detail"]).replace(text, "it")

        up = "../" * 30 + str(tmp_path)[1:]
        for beginning in ("/" + up, f"./{up}", f"~root/{up}", f"a:/{up}"):
            assert len({said(f"{beginning}/{each}") for each in ("folder", "file", "nothing")}) == 1
        said(f"{tmp_path}/folder as owner/name")
        pinned = {"repositories": [f"github.com/owner/name#/{up}/folder as other/name", "OWNER/name"]}
        answer = client.post(BATCHES, json=pinned, headers=header)
        (item,) = store.batches.items(answer.json()["id"])
        assert (item.target, item.identity) == ("owner/name", "github.com/owner/name")

    def test_pausing_going_on_cancelling(self, client: TestClient, store: Store) -> None:
        header = token(store, "batches")
        batch_id = client.post(BATCHES, json={"repositories": ["a/b", "c/d"]}, headers=header).json()["id"]
        states = []
        for state in ("paused", "running", "cancelled"):
            states.append(client.patch(f"{BATCHES}/{batch_id}", json={"state": state}, headers=header).json()["state"])
        assert states == ["paused", "running", "cancelled"]
        again = client.patch(f"{BATCHES}/{batch_id}", json={"state": "running"}, headers=header)
        assert problem(again) == (409, "not-now")
        assert problem(client.post(f"{BATCHES}/{batch_id}/retry", json={}, headers=header)) == (409, "not-now")
        assert problem(client.patch(f"{BATCHES}/99", json={"state": "paused"}, headers=header)) == (404, "not-found")
        assert problem(client.get(f"{BATCHES}/99")) == (404, "not-found")

    def test_lists_come_in_pages(self, client: TestClient, store: Store) -> None:
        wanted = [NewItem(f"/nowhere/{place}", None) for place in range(5)]
        ids = [store.batches.create(wanted, NewBatch("scan", "t", "test")) for _ in range(3)]
        seen, address = [], f"{BATCHES}?limit=2"
        while address:
            page = client.get(address).json()
            seen += [batch["id"] for batch in page["items"]]
            address = page["next"]
        assert seen == ids[::-1]
        positions, address = [], f"{BATCHES}/{ids[0]}/items?limit=2&state=queued"
        while address:
            page = client.get(address).json()
            positions += [item["position"] for item in page["items"]]
            address = page["next"]
        assert positions == [0, 1, 2, 3, 4]
        assert "/nowhere" not in client.get(f"{BATCHES}/{ids[0]}/items").text

    def test_a_batch_can_be_followed_to_its_end(self, store: Store) -> None:
        batch_id = store.batches.create([NewItem("/nowhere", None)], NewBatch("scan", "t", "test"))
        events: list[tuple[str, str]] = []
        with (
            serving(app_over(store.url)) as address,
            httpx.stream("GET", f"{address}{BATCHES}/{batch_id}/events") as got,
        ):
            assert got.headers["content-type"].startswith("text/event-stream")
            event = ""
            for line in got.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                if line.startswith("data: "):
                    events.append((event, json.loads(line.removeprefix("data: "))["state"]))
                    if len(events) == 1:
                        threading.Thread(target=store.batches.cancel, args=(batch_id, "test")).start()
        assert (events[0], events[-1]) == (("progress", "running"), ("end", "cancelled"))


class TestSchedules:
    def test_the_life_of_a_schedule(self, client: TestClient, store: Store) -> None:
        header = token(store, "schedules")
        made = client.post(SCHEDULES, json=WEEKLY, headers=header)
        assert (made.status_code, made.json()["where"], made.json()["paused"]) == (201, "stars > 5", False)
        assert [each["name"] for each in client.get(SCHEDULES).json()] == ["weekly"]
        assert client.patch(f"{SCHEDULES}/weekly", json={"paused": True}, headers=header).json()["paused"] is True
        triggered = client.post(f"{SCHEDULES}/weekly/trigger", headers=header)
        assert triggered.status_code == 202
        assert client.get(triggered.headers["location"]).json()["total"] == 1
        assert client.delete(f"{SCHEDULES}/weekly", headers=header).status_code == 204
        assert problem(client.delete(f"{SCHEDULES}/weekly", headers=header)) == (404, "not-found")

    @pytest.mark.parametrize("change", [{"cron": "often"}, {"time_zone": "Mars/Olympus"}, {"where": "stars >"}])
    def test_what_is_no_schedule(self, client: TestClient, store: Store, change: dict[str, str]) -> None:
        answer = client.post(SCHEDULES, json=WEEKLY | change, headers=token(store, "schedules"))
        assert problem(answer)[0] == 422
        assert store.schedules.listed() == []


def test_figures_for_prometheus(client: TestClient, store: Store) -> None:
    batch_id = store.batches.create(
        [NewItem("/nowhere", None), NewItem("/nowhere/else", None)], NewBatch("scan", "t", "test")
    )
    store.batches.create([NewItem("/nowhere", None)], NewBatch("scan", "t", "test"))
    store.batches.cancel(batch_id, "test")
    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    ended = {tuple(sample.labels.values()): sample.value for sample in families["seedwatch_items_ended"].samples}
    assert ended == {("scan", "cancelled"): 2}
    assert [sample.value for sample in families["seedwatch_items_waiting"].samples] == [1]
    assert families["seedwatch_queue_age_seconds"].samples[0].value > 0
    batches = {sample.labels["state"]: sample.value for sample in families["seedwatch_batches"].samples}
    assert batches == {"cancelled": 1, "running": 1}
    assert families["seedwatch_github_quota_left"].samples == []


def test_figures_of_failures_and_of_the_quota(client: TestClient, store: Store) -> None:
    now, terms = datetime.now(UTC), budgets.Terms(5_000, timedelta(hours=1), 0, 1_000)
    with store.changing() as session:
        for row in store.list_repositories().items:
            repositories.set_state(session, row.repository.id, "gone", 'no "such" repository')
        for identity in ("one", "two"):
            budgets.take(session, identity, "graphql", terms, 10, now)
    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    failed = families["seedwatch_repositories_without_result"].samples
    assert [(each.labels, each.value) for each in failed] == [({"state": "gone", "reason": 'no "such" repository'}, 2)]
    assert families["seedwatch_github_quota"].samples[0].value == 10_000
    assert families["seedwatch_github_quota_left"].samples[0].value == 9_980
    assert families["seedwatch_github_requests"].samples[0].value == 20
