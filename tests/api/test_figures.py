"""Figures: right after a write, as of a day, and how fast they come."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient

from api.fresh import Fresh
from miner.store import RepositoryInfo, Store, derived
from tests.api import samples
from tests.api.conftest import client_over

PREVALENCE = "/api/v1/stats/prevalence"


def test_figures_of_a_day_gone_by_are_those_of_the_scans_that_there_were(store: Store) -> None:
    samples.populate(store)
    before = (samples.MOMENT - timedelta(days=1)).date().isoformat()
    today = datetime.now(UTC).date().isoformat()
    with client_over(store.url) as client:
        for by in ("", "&by=torch_range", "&by=check", "&by=year", "&by=stars"):
            now = client.get(f"{PREVALENCE}?{by}").json()
            then = client.get(f"{PREVALENCE}?as_of={today}{by}").json()
            assert then["as_of"] == today
            assert then["funnel"] == now["funnel"]
            for group in (*now["groups"], *then["groups"]):
                for figure in ("affected", "legacy", "modern"):
                    group[figure].pop("rows")
            assert then["groups"] == now["groups"]
            assert client.get(f"{PREVALENCE}?as_of={before}").json()["groups"][0]["scanned"] == 0


def test_progress_counts_what_was_scanned(client: TestClient) -> None:
    answer = client.get("/api/v1/stats/progress").json()
    whole = client.get(PREVALENCE).json()
    assert answer["states"] == whole["coverage"]["states"]
    assert answer["scans_last_hour"] <= answer["scans_last_day"] <= sum(answer["states"].values())
    for state, address in answer["rows"].items():
        assert all(item["repository"]["state"] == state for item in client.get(address).json()["items"])


def test_what_everybody_asks_for_is_made_once_a_second() -> None:
    now, made = [0.0], []
    fresh = Fresh(clock=lambda: now[0])

    def make() -> int:
        made.append(now[0])
        return len(made)

    assert [fresh.get("figure", make), fresh.get("figure", make)] == [1, 1]
    now[0] = 1.5
    assert fresh.get("figure", make) == 2
    assert made == [0.0, 1.5]


def test_what_rests_on_nothing_new_is_not_made_again_within_a_minute() -> None:
    now, written, made = [0.0], ["one scan"], []
    fresh = Fresh(clock=lambda: now[0])

    def ask() -> int:
        return fresh.get("figure", lambda: made.append(now[0]) or len(made), lambda: written[0])

    assert ask() == 1
    now[0] = 50
    assert ask() == 1
    written[0] = "two scans"
    now[0] = 52
    assert ask() == 2
    now[0] = 113
    assert ask() == 3


def test_a_mark_is_another_one_after_each_write_and_after_a_fold(store: Store) -> None:
    marks = [store.mark()]
    store.upsert_found([RepositoryInfo("one", "found")], source="search")
    marks.append(store.mark())
    store.upsert_found([RepositoryInfo("two", "found"), RepositoryInfo("three", "found")], source="search")
    marks.append(store.mark())
    for _ in range(2):
        with store.changing() as session:
            derived.fold(session)
        marks.append(store.mark())
    assert len(set(marks)) == len(marks)
    assert store.states().repositories == {"discovered": 3}
