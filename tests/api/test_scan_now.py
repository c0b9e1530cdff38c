"""A scan asked for on a repository's page: the form, what it answers, and how its progress is followed."""

import pytest
from fastapi.testclient import TestClient

from miner.store import Store
from tests.api import samples
from tests.api.conftest import client_over
from tests.api.test_pages import page

PAGE = "/repos/github.com/own/name"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def token(store: Store, *scopes: str) -> str:
    return store.access.make_token("-".join(scopes), scopes)[1]


def ask(client: TestClient, secret: str, path: str = PAGE) -> tuple[int, str, str]:
    """The status, where it leads, and the text, of the form sent with a token."""
    answer = client.post(f"{path}/scan", content=f"token={secret}", headers=FORM)
    return answer.status_code, answer.headers.get("location", ""), answer.text


def test_a_scan_is_asked_for_and_followed_on_the_page(store: Store) -> None:
    with client_over(store.url) as client:
        form = page(client, PAGE, 404)
        assert {"method": "post", "action": f"{PAGE}/scan", "class": "ask"} in form.all("form")
        assert ask(client, token(store, "batches"))[:2] == (303, f"{PAGE}#scan")
        assert ask(client, token(store, "batches", "schedules"))[:2] == (303, f"{PAGE}#scan")
        assert len(store.batches.listed()) == 1, "asked for twice, queued once"
        assert store.batches.listed()[0].created_by == "token:batches"
        followed = client.get(PAGE)
        assert "No worker is there to take it" in followed.text
        assert "script-src 'self'" in followed.headers["content-security-policy"]
        assert client.get(f"{PAGE}/live").status_code == 200
        repository = store.get_repository("github.com", "own", "name")
        assert repository is not None
        samples.add(store, samples.report("own/name"))
        store.batches.cancel(store.batches.listed()[0].id, "test")
        assert client.get(f"{PAGE}/live").status_code == 204
        ended = client.get(PAGE)
        assert "script-src" not in ended.headers["content-security-policy"]
        assert "It repeats random numbers below PyTorch 1.9." in ended.text


def test_home_and_explore_show_what_is_in_the_queue(sqlite_store: Store) -> None:
    with client_over(sqlite_store.url) as client:
        ask(client, token(sqlite_store, "batches"))
        assert "Being scanned now" in page(client, "/").text
        assert "own/name" in page(client, "/explore?state=queued").text


@pytest.mark.parametrize(("scopes", "status"), [((), 401), (("schedules",), 403)])
def test_without_the_right_token_nothing_is_queued(sqlite_store: Store, scopes: tuple[str, ...], status: int) -> None:
    secret = token(sqlite_store, *scopes) if scopes else "swt_wrong"
    with client_over(sqlite_store.url) as client:
        answered, _, text = ask(client, secret)
        assert answered == status
        assert "It was not asked for" in text
        assert secret not in text
        assert ask(client, "")[0] == 401
    assert sqlite_store.batches.listed() == []


def test_a_form_is_bounded_and_local_folders_are_not_asked_for(sqlite_store: Store) -> None:
    secret = token(sqlite_store, "batches")
    with client_over(sqlite_store.url) as client:
        assert ask(client, "x" * 30_000)[0] == 422
        assert ask(client, secret, "/repos/local/-/name")[0] == 422
        assert ask(client, secret, "/repos/github.com/a/%00")[0] == 422
        assert client.post(f"{PAGE}/scan", content=b"\xff\xfe", headers=FORM).status_code == 422


def test_every_state_of_a_repository_is_an_answer_and_a_page(store: Store) -> None:
    failures = ("gone", "empty", "too_large", "hostile", "timed_out", "blocked", "opted_out", "failed")
    for state in (*failures, "queued", "scanning"):
        number = samples.add(store, samples.report(f"state/{state}")) if state == "timed_out" else None
        if number is None:
            store.upsert_found([samples.info(f"state/{state}")], source="test")
        repository = store.get_repository("github.com", "state", state)
        assert repository is not None
        store.record_failure(repository.id, state, f"because of {state}")  # type: ignore[arg-type]
    with client_over(store.url) as client:
        for state in (*failures, "queued", "scanning"):
            answer = client.get(f"/api/v1/repos/github.com/state/{state}")
            assert answer.status_code == 200
            document = answer.json()
            assert (document["repository"]["state"], document["repository"]["state_reason"]) == (
                state,
                f"because of {state}",
            )
            # One that was scanned before keeps its report beside what became of it since.
            assert (document["report"] is None) == (state != "timed_out")
            shown = page(client, f"/repos/github.com/state/{state}").text
            assert f"Because of {state}" in shown
        listed = client.get("/api/v1/repos?limit=200").json()["items"]
        assert "opted_out" not in {item["repository"]["name"] for item in listed}


def test_the_badge_can_be_copied(client: TestClient) -> None:
    text = page(client, "/repos/github.com/north-lab/crops").text
    address = "http://testserver"
    badge = f"{address}/badge/github.com/north-lab/crops.svg"
    assert f"[![worker seeds]({badge})]({address}/repos/github.com/north-lab/crops)" in text


def test_a_chart_can_be_taken_along_as_a_table(client: TestClient) -> None:
    for link in page(client, "/").all("a"):
        if str(link["href"]).startswith("/figures/"):
            answer = client.get(str(link["href"]))
            assert answer.headers["content-type"].startswith("text/csv")
            assert len(answer.text.splitlines()) > 1
    assert client.get("/figures/funnel.csv").text.splitlines()[:2] == ["step,repositories,scanned", "scanned,10,10"]
    assert client.get("/figures/nothing.csv").status_code == 404
