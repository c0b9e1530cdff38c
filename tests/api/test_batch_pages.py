"""The pages of batches: forms that need no script, what they refuse, and a batch that is watched as it moves."""

from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from miner.jobs.requests import as_items
from miner.store import NewBatch, Store, feeding, items
from miner.store.items import Finished
from miner.store.records import ItemState
from tests.api.conftest import app_over, client_over, serving
from tests.api.test_browser import opened
from tests.api.test_pages import page
from tests.api.test_scan_now import FORM, token


def send(client: TestClient, path: str, **fields: str) -> tuple[int, str, str]:
    """The status, where it leads, and the text, of a form."""
    answer = client.post(path, content=urlencode(fields), headers=FORM)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def make(store: Store, *names: str) -> int:
    return store.batches.create(as_items(f"o/{name}" for name in names), NewBatch("scan", "test", "test"))


def end(store: Store, batch_id: int, number: int, state: ItemState, reason: str | None = None) -> None:
    """So many of the batch's next items end in a state."""
    now = datetime.now(UTC)
    with store.changing() as session:
        waiting = feeding.waiting(session, batch_id, number)
        feeding.carry(session, waiting, "job")
        items.begin(session, waiting, "job", now)
        before, after = ("affected", "mitigated") if state == "scanned" else (None, None)
        finished = [Finished(each, state, reason, verdict_before=before, verdict=after) for each in waiting]
        items.finish(session, finished, now)


def states(store: Store, batch_id: int) -> dict[str, int]:
    return {str(state): number for state, number in store.batches.get(batch_id).by_state.items()}


@pytest.mark.parametrize(
    ("fields", "targets"),
    [
        ({"repositories": "o/b\r\no/a"}, ["o/b", "o/a"]),
        ({"where": "name = a"}, ["o/a"]),
        ({"all": "yes", "kind": "verify"}, ["o/a"]),
    ],
)
def test_a_batch_is_started(store: Store, fields: dict[str, str], targets: list[str]) -> None:
    store.batches.cancel(make(store, "a"), "test")
    with client_over(store.url) as client:
        assert {"class": "order", "method": "post", "action": "/batches#new"} in page(client, "/batches").all("form")
        status, location, _ = send(client, "/batches", token=token(store, "batches"), **fields)
        made = store.batches.listed()[0]
        assert (status, location, made.created_by) == (303, f"/batches/{made.id}", "token:batches")
        assert (made.kind, [item.target for item in store.batches.items(made.id)]) == (
            fields.get("kind", "scan"),
            targets,
        )
        shown = client.get(location)
        assert "script-src 'self'" in shown.headers["content-security-policy"]
        assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown.text


def test_a_batch_is_changed_and_failures_are_tried_again(sqlite_store: Store) -> None:
    store, secret = sqlite_store, token(sqlite_store, "batches")
    batch_id = make(store, *"abcdef")
    end(store, batch_id, 2, "failed", "no <end> after 300 s")
    end(store, batch_id, 1, "gone", "GitHub does not have it")
    end(store, batch_id, 1, "scanned")
    with client_over(store.url) as client:
        address = f"/batches/{batch_id}"
        shown = page(client, address)
        assert "1 with a new result" in shown.text
        assert "affected mitigated 1 Which ones Repository Before Now o/d affected mitigated" in shown.text
        buttons = {str(each.get("value")) for each in shown.all("button") if each.get("name") == "action"}
        assert buttons == {"pause", "cancel", "retry", "retry:no <end> after 300 s", "retry:GitHub does not have it"}
        for action, expected in (
            ("pause", {"failed": 2, "gone": 1, "scanned": 1, "queued": 2}),
            ("resume", {"failed": 2, "gone": 1, "scanned": 1, "queued": 2}),
            ("retry:no <end> after 300 s", {"gone": 1, "scanned": 1, "queued": 4}),
            ("retry", {"scanned": 1, "queued": 5}),
            ("cancel", {"scanned": 1, "cancelled": 5}),
        ):
            assert send(client, address, token=secret, action=action)[:2] == (303, address)
            assert states(store, batch_id) == expected
        assert "It has come to its end, and nothing failed." in page(client, address).text
        assert "script-src" not in client.get(address).headers["content-security-policy"]
        status, _, text = send(client, address, token=secret, action="resume")
        assert (status, "batch 1 is cancelled" in text) == (409, True)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"repositories": "o/x", "token": "sw_1_wrong"}, 401, "The token is none that holds."),
        ({"repositories": "o/x"}, 401, "The token is none that holds."),
        ({"repositories": "/etc"}, 422, "is not OWNER/NAME on GitHub"),
        ({"where": "nonsense = 3"}, 422, "nonsense"),
        ({"where": "stars > 3", "all": "yes"}, 422, "Say which repositories"),
        ({"all": "yes", "kind": "break"}, 422, "Choose what is to be done"),
        ({"repositories": "x" * 400}, 422, "repositories"),
    ],
)
def test_what_is_refused_is_said_beside_what_was_typed(
    sqlite_store: Store, fields: dict[str, str], status: int, said: str
) -> None:
    secret = fields.get("token", "") if status == 401 else token(sqlite_store, "batches")
    with client_over(sqlite_store.url) as client:
        answered, _, text = send(client, "/batches", **{**fields, "token": secret})
        assert (answered, said in unescape(text)) == (status, True), text
        assert fields.get("where", fields.get("repositories", "")) in unescape(text)
        assert not secret or secret not in unescape(text)
        assert client.post("/batches/1", content="action=pause", headers=FORM).status_code == 404
    assert sqlite_store.batches.listed() == []


def test_older_batches_are_a_page_further(sqlite_store: Store) -> None:
    for number in range(27):
        make(sqlite_store, f"r{number}")
    with client_over(sqlite_store.url) as client:
        first = page(client, "/batches")
        assert {"class": "button plain", "href": "/batches?before=3"} in first.all("a")
        older = page(client, "/batches?before=3")
        assert [each["href"] for each in older.all("a") if "/batches/" in str(each["href"])] == [
            "/batches/2",
            "/batches/1",
        ]


def test_a_batch_is_watched_to_its_end(sqlite_store: Store, browser: Browser) -> None:
    batch_id = make(sqlite_store, "a", "b", "c")
    with serving(app_over(sqlite_store.url)) as address, opened(browser, address) as watched:
        watched.goto(f"/batches/{batch_id}")
        watched.get_by_label("Token").fill("half a to")
        watch = watched.locator("[data-batch]")
        expect(watch).to_contain_text("Running: 0 of 3 repositories done")
        end(sqlite_store, batch_id, 1, "scanned")
        expect(watch).to_contain_text("1 of 3 repositories done")
        expect(watched.get_by_label("Token")).to_have_value("half a to")
        watched.get_by_label("Token").fill("")
        end(sqlite_store, batch_id, 2, "failed", "it does not answer")
        expect(watched.get_by_role("button", name="Try again: it does not answer")).to_be_visible()
        expect(watch).to_contain_text("Finished: 3 of 3 repositories done.")
        watched.get_by_label("Token").fill(token(sqlite_store, "batches"))
        watched.get_by_role("button", name="Try again: it does not answer").click()
        expect(watch).to_contain_text("Running: 1 of 3 repositories done")


def test_without_script_it_is_watched_too(sqlite_store: Store, browser: Browser) -> None:
    batch_id = make(sqlite_store, "a", "b")
    end(sqlite_store, batch_id, 1, "gone", "nothing is there")
    with serving(app_over(sqlite_store.url)) as address, opened(browser, address, script=False) as watched:
        watched.goto(f"/batches/{batch_id}")
        end(sqlite_store, batch_id, 1, "scanned")
        watched.get_by_label("Token").fill(token(sqlite_store, "batches"))
        watched.get_by_role("button", name="Try again all that failed").click()
        expect(watched.locator("[data-batch]")).to_contain_text("Running: 1 of 2 repositories done")
