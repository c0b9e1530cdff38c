"""Figures: right after a write, as of a day, with the rows behind each, and how fast they come."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from api.fresh import Fresh
from miner.store import FoundScan, RepositoryInfo, Store, derived
from miner.store.records import PrevalenceBy
from tests.api import samples
from tests.api.conftest import client_over
from tests.api.test_rest import follow

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
            assert then["groups"] == now["groups"]
            assert client.get(f"{PREVALENCE}?as_of={before}").json()["groups"][0]["scanned"] == 0


DAYS = [date(2026, 11, 18), samples.MOMENT.date(), date(2026, 11, 22)]


@pytest.fixture
def changing_client(store: Store) -> Iterator[TestClient]:
    """The service over repositories of every kind, some of which were scanned on other days and were otherwise then."""
    samples.populate(store)
    undated = samples.report("no/date", commit_date=None, verdict="affected", modern="duplicate")
    samples.add(store, undated)

    def scanned(name: str, day: date, **changes: object) -> None:
        owner, _, rest = name.partition("/")
        repository = store.get_repository("github.com", owner, rest)
        assert repository is not None
        found = samples.report(name, commit=f"{day:%Y%m%d}" + "0" * 32, **changes)
        store.save_scan(repository.id, FoundScan(found, datetime(day.year, day.month, day.day, 8, tzinfo=UTC)))

    for day in (date(2026, 11, 21), date(2026, 11, 22)):
        scanned("careful/loader", day, verdict="affected", legacy="duplicate", modern="duplicate")
    scanned("tools/cli", date(2026, 11, 21), verdict="mitigated", legacy="clean", modern="clean", torch_range=">=1.9")
    scanned("vision-group/segment", date(2026, 11, 22), verdict="unknown", legacy="unknown", modern="unknown")
    lost = store.get_repository("github.com", "speechlab", "wavs")
    assert lost is not None
    store.record_failure(lost.id, "blocked", "The host refuses it.")
    with client_over(store.url) as client:
        yield client


@pytest.mark.parametrize("as_of", ["", *(f"&as_of={day}" for day in DAYS)])
def test_every_figure_has_its_rows(changing_client: TestClient, as_of: str) -> None:
    for by in ("", *(f"by={name}" for name in get_args(PrevalenceBy))):
        answer = changing_client.get(f"{PREVALENCE}?{by}{as_of}").json()
        for group in answer["groups"]:
            assert len(follow(changing_client, group["rows"])) == group["scanned"], (by, group["group"])
            for name in ("affected", "legacy", "modern"):
                figure = group[name]
                found = follow(changing_client, figure["rows"])
                assert len(found) == figure["numerator"], (by, group["group"], name)
                assert all(item["scan"]["eligible"] for item in found)
    steps = {step: len(follow(changing_client, address)) for step, address in answer["funnel_rows"].items()}
    assert steps == answer["funnel"]
    coverage = answer["coverage"]
    states = {state: len(follow(changing_client, address)) for state, address in coverage["rows"].items()}
    assert states == coverage["states"]


@pytest.mark.parametrize("sort", ["worst", "name", "stars", "recent"])
def test_a_list_as_of_a_day_has_the_scans_that_stood_then_page_by_page(changing_client: TestClient, sort: str) -> None:
    asked = f"/api/v1/repos?as_of=2026-11-21&sort={sort}"
    whole = changing_client.get(f"{asked}&limit=200").json()["items"]
    paged = follow(changing_client, f"{asked}&limit=2")
    assert paged == whole
    found = {f"{item['repository']['owner']}/{item['repository']['name']}": item["scan"] for item in whole}
    assert found["careful/loader"]["commit"].startswith("20261121")
    assert found["tools/cli"]["verdict"] == "mitigated"
    assert found["vision-group/segment"]["verdict"] == "affected"
    assert "gone/away" not in found
    order = [item["repository"]["stars"] or -1 for item in whole]
    assert sort != "stars" or order == sorted(order, reverse=True)


def test_a_list_as_of_today_is_the_one_of_now(changing_client: TestClient) -> None:
    today = datetime.now(UTC).date()
    for day in (today, today + timedelta(days=1), date.max):
        now = changing_client.get("/api/v1/repos?scanned=true").json()["items"]
        assert changing_client.get(f"/api/v1/repos?as_of={day}").json()["items"] == now
    assert changing_client.get("/api/v1/repos?as_of=0001-01-01").json()["items"] == []


def test_the_page_of_a_list_says_as_of_which_day_it_is(changing_client: TestClient) -> None:
    page = changing_client.get("/explore?as_of=2026-11-21&verdict=mitigated").text
    assert "as of: 2026-11-21" in page
    assert "tools/cli" in page
    assert "careful/loader" not in page
    table = changing_client.get("/explore.csv?as_of=2026-11-21&verdict=mitigated").text
    assert "tools" in table
    assert "careful" not in table


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
