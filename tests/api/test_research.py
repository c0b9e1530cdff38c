"""The bug through time and seeds in the wild: the figures, their documents and their pages."""

import dataclasses
from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient

from analysis.report import SeedUse
from api.through_time import through_time
from miner.store import FoundScan, RepositoryInfo, Store, repositories
from miner.store.histories import StateAt, StoredHistory
from tests.api.conftest import client_over
from tests.api.histories import BUG, HISTORY, episode, step
from tests.support import reports

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def followed(store: Store) -> Store:
    """A store with a repository that was followed through time, on GitHub, and seeds with three values."""
    store.upsert_found([RepositoryInfo("o", "n"), RepositoryInfo("o", "other")], source="test")
    for name, values in (("n", (42, 42, 3407)), ("other", (42,))):
        repository = store.get_repository("github.com", "o", name)
        assert repository is not None
        seeds = [
            SeedUse(value=value, api="torch.manual_seed", path="t.py", line=place) for place, value in enumerate(values)
        ]
        report = reports.report(repo=f"o/{name}", seeds=seeds)
        store.save_scan(repository.id, FoundScan(report=report, finished_at=MOMENT))
        if name == "n":
            store.histories.save(repository.id, StoredHistory(HISTORY, 2.5, MOMENT))
    return store


@pytest.fixture
def over(followed: Store):
    """The service over that store."""
    with client_over(followed.url) as client:
        yield client


def test_lifetimes_fixes_and_endings() -> None:
    found = through_time(
        [
            episode("2019-01-01", "2020-01-01", "reseeding", attempts=3),
            episode("2019-01-01", "2019-01-11", "deleted"),
            episode("2020-01-01", "2019-12-01", "lost"),
            episode("2018-01-01", "2022-01-01", None),
        ],
        [],
        date(2022, 5, 1),
    )
    assert (found.lives, found.alive, found.fixes, found.attempts) == (4, 1, 1, 3)
    assert found.fixes_that_work == 0.25
    assert [(each.by, each.real) for each in found.endings] == [
        ("reseeding", True),
        ("deleted", False),
        ("lost", False),
    ]
    # The one lost from sight, on a day before it began, was seen for no time and did not end.
    assert [(one.days, one.at_risk, one.ended) for one in found.survival] == [(10, 3, 1), (365, 2, 1)]
    assert found.median_days == 365


def test_years_count_the_last_verdict_of_each() -> None:
    states = [
        StateAt(1, date(2019, 3, 1), True, True),
        StateAt(1, date(2020, 2, 1), True, False),
        StateAt(2, date(2020, 5, 1), False, False),
        StateAt(2, date(2020, 6, 1), True, True),
        StateAt(3, date(2021, 6, 1), None, False),
    ]
    years = through_time([], states, date(2021, 12, 31)).years
    assert [(year.year, year.eligible, year.affected) for year in years] == [(2019, 1, 1), (2020, 2, 1), (2021, 2, 1)]


def test_nothing_tried_has_no_share() -> None:
    found = through_time([], [], date(2021, 1, 1))
    assert (found.fixes_that_work, found.median_days, found.years) == (None, None, [])


def test_the_history_of_a_repository_is_a_document(over: TestClient) -> None:
    answer = over.get("/api/v1/repos/github.com/O/N/history")
    assert answer.status_code == 200
    found = answer.json()
    assert found["steps"][2]["diff"] == f"https://github.com/o/n/commit/{'e' * 40}"
    assert found["steps"][2]["ended_by"] == "reseeding"
    assert found["steps"][0]["legacy"] == "duplicate"
    assert (found["commits"], found["exact"], found["episodes"][0]["attempts"]) == (1234, False, 1)
    again = over.get("/api/v1/repos/github.com/o/n/history", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_repository_that_nobody_followed_says_how(over: TestClient) -> None:
    answer = over.get("/api/v1/repos/github.com/o/other/history")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-history")
    assert "seedwatch history" in answer.json()["remedy"]


def test_the_page_of_a_repository_tells_its_story(over: TestClient) -> None:
    page = over.get("/repos/github.com/o/n").text
    assert "It came on 2019-01-01 and ended on 2020-01-01 by reseeding in each worker, after one fix" in page
    assert f"https://github.com/o/n/commit/{'c' * 40}" in page
    assert "<script>alert" not in page
    assert "Not every suspect commit was analysed" in page
    assert "Through time</h2>" not in over.get("/repos/github.com/o/other").text


def test_the_summary_is_the_same_as_document_and_as_page(over: TestClient) -> None:
    found = over.get("/api/v1/stats/history").json()
    assert (found["repositories"], found["lives"], found["fixes"], found["attempts"]) == (1, 1, 1, 1)
    assert found["survival"][0]["days"] == 365
    page = over.get("/history").text
    assert '2; <a href="/history/commits?works=false">1</a> did not; 95 % interval' in page
    assert "<svg" in page
    assert "style=" not in page


def test_the_summary_leads_to_its_rows(over: TestClient) -> None:
    found = over.get("/api/v1/stats/history").json()
    rows = over.get(found["rows"]).json()["items"]
    assert len(rows) == found["lives"] == 1
    assert (rows[0]["repository"], rows[0]["episode"]["attempts"]) == ("o/n", 1)
    assert over.get(rows[0]["history_url"]).json()["commits"] == 1234
    assert 'href="/history/lives"' in over.get("/history").text


def test_seeds_are_counted_by_repository(over: TestClient) -> None:
    found = over.get("/api/v1/stats/seeds").json()
    values = {seed["value"]: (seed["repositories"], seed["uses"]) for seed in found["values"]}
    # The notable ones are there even where nobody uses them.
    assert values == {42: (2, 3), 3407: (1, 1), 0: (0, 0), 1234: (0, 0), 3047: (0, 0)}
    assert found["repositories"] == 2
    assert sum(found["runs"].values()) == 2
    assert {one["coverage"]: one["repositories"] for one in found["coverage"]} == {
        "everything": 0,
        "something": 2,
        "nothing": 0,
    }
    assert found["coverage"][1]["of_which"] == {"torch": 2}
    assert [(place["api"], place["repositories"], place["uses"]) for place in found["places"]] == [
        ("torch.manual_seed", 2, 4)
    ]
    page = over.get("/seeds").text
    assert '<th scope="row">3407</th>' in page
    assert '<th scope="row">3047</th>' in page


def test_every_figure_of_seeds_leads_to_its_rows(over: TestClient) -> None:
    found = over.get("/api/v1/stats/seeds").json()
    counted = [(found["repositories"], found["rows"])]
    counted += [(found["runs"][name], rows) for name, rows in found["runs_rows"].items()]
    for one in found["coverage"]:
        counted.append((one["repositories"], one["rows"]))
        counted += [(one["of_which"][name], rows) for name, rows in one["of_which_rows"].items()]
    counted += [(one["repositories"], one["rows"]) for one in found["places"]]
    page = over.get("/seeds").text
    for number, rows in counted:
        assert len(over.get(rows).json()["items"]) == number, rows
        assert not number or f'href="{rows.replace("/api/v1/repos", "/explore")}"' in page.replace("&amp;", "&"), rows
    assert len(counted) > 8


def test_lists_are_asked_for_by_seeds(over: TestClient, followed: Store) -> None:
    many = {"loops": [("torch.manual_seed", 1, True), ("random.seed", 1, False), ("numpy.random.seed", 1, False)]}
    many["script"] = [("--seed", 1, False), ("--seed", 2, False)]
    many["none"] = []
    followed.upsert_found([RepositoryInfo("o", name) for name in many], source="test")
    for name, uses in many.items():
        repository = followed.get_repository("github.com", "o", name)
        assert repository is not None
        seeds = [SeedUse(value=value, api=api, path="t.py", line=1, looped=looped) for api, value, looped in uses]
        followed.save_scan(
            repository.id, FoundScan(report=reports.report(repo=f"o/{name}", seeds=seeds), finished_at=MOMENT)
        )

    def named(query: str) -> set[str]:
        items = over.get(f"/api/v1/repos?{query}").json()["items"]
        return {item["repository"]["name"] for item in items}

    assert named("seed=1") == {"loops", "script"}
    assert named("seed=3407&seed=2") == {"n", "script"}
    assert named("seed_call=torch.manual_seed") == {"n", "other", "loops"}
    assert named("seed_runs=none") == {"none"}
    assert named("seed_runs=one") == {"n", "other"}
    assert named("seed_runs=many") == {"loops", "script"}
    assert named("seed_runs=many&seed_runs=none&seed=2") == {"script"}
    assert named("seeded=everything") == {"loops"}
    assert named("seeded=something") == named("seeded=torch") == {"n", "other"}
    assert named("seeded=nothing") == {"script", "none"}
    assert named("seeded=nothing&as_of=2026-01-02") == {"script", "none"}
    assert named("seeded=numpy+and+torch") == set()
    assert 'value="3407"' in over.get("/explore?seed=3407").text


def test_a_seed_leads_to_its_rows(over: TestClient) -> None:
    (seed,) = [seed for seed in over.get("/api/v1/stats/seeds").json()["values"] if seed["value"] == 42]
    assert len(over.get(seed["rows"]).json()["items"]) == seed["repositories"] == 2
    rows = over.get(seed["uses_rows"]).json()["items"]
    assert [(row["repository"], row["line"]) for row in rows] == [("o/n", 0), ("o/n", 1), ("o/other", 0)]
    assert over.get(rows[0]["report_url"]).status_code == 200
    assert 'href="/explore?seed=42"' in over.get("/seeds").text


def test_a_year_leads_to_its_rows(over: TestClient) -> None:
    years = over.get("/api/v1/stats/trend").json()["years"]
    page = over.get("/history").text
    for year in years:
        rows = over.get(year["rows"]).json()["items"]
        assert len(rows) == year["eligible"]
        assert len(over.get(year["affected_rows"]).json()["items"]) == year["affected"]
        assert over.get(rows[0]["history_url"]).status_code == 200
        assert year["affected"] == 0 or f'href="/history/{year["year"]}?affected=true"' in page
        assert '<a href="/repos/github.com/o/n">o/<wbr>n</a>' in over.get(f"/history/{year['year']}").text
    assert [(year["year"], year["affected"]) for year in years][:2] == [(2019, 1), (2020, 0)]
    assert over.get("/api/v1/stats/trend/2018/rows").json()["items"] == []
    assert over.get("/history/2018").status_code == 404


def test_an_ending_leads_to_its_lives(over: TestClient) -> None:
    (ending,) = over.get("/api/v1/stats/history").json()["endings"]
    assert len(over.get(ending["rows"]).json()["items"]) == ending["count"] == 1
    assert over.get("/api/v1/stats/history/lives?alive=true").json()["items"] == []
    assert 'href="/history/lives?ended_by=reseeding"' in over.get("/history").text
    assert "1 life of the bug, ended by reseeding in each worker." in over.get("/history/lives?ended_by=reseeding").text


@pytest.fixture
def lived(followed: Store):
    """The service over lives of many kinds, one of them in a repository that is local."""
    lives = {
        "n": [("2019-01-01", "2020-01-01", "reseeding", 3), ("2020-02-01", "2021-01-31", "deleted", 0)],
        "other": [("2019-01-01", "2019-01-11", "lost", 0)],
        "third": [("2018-01-01", "2022-01-01", None, 1)],
    }
    followed.upsert_found([RepositoryInfo("o", "third")], source="test")
    with followed.changing() as session:
        local_id = repositories.remember_local(session, "/somewhere/here", "here", MOMENT).id
    for name, told in lives.items():
        repository = followed.get_repository("github.com", "o", name)
        assert repository is not None
        whole = dataclasses.replace(HISTORY, episodes=tuple(episode(*one) for one in told))
        followed.histories.save(repository.id, StoredHistory(whole, 2.5, MOMENT))
    followed.histories.save(local_id, StoredHistory(HISTORY, 2.5, MOMENT))
    with client_over(followed.url) as client:
        yield client


def test_points_of_the_curve_lead_to_their_lives(lived: TestClient) -> None:
    found = lived.get("/api/v1/stats/history").json()
    page = lived.get("/history").text.replace("&amp;", "&")
    # Three that ended, on one day of their lives; the one that was lost had been seen for ten days.
    assert [(one["days"], one["at_risk"], one["ended"]) for one in found["survival"]] == [(365, 4, 3)]
    for one in found["survival"]:
        for number, rows in ((one["at_risk"], one["rows"]), (one["ended"], one["ended_rows"])):
            items = lived.get(rows).json()["items"]
            assert len(items) == number
            assert all(item["days"] >= one["days"] for item in items)
            assert f'<a href="{rows.replace("/api/v1/stats", "")}">{number}</a>' in page
            assert lived.get(rows.replace("/api/v1/stats", "")).text.count("<tr>") == number + 1
    assert len(lived.get(found["alive_rows"]).json()["items"]) == found["alive"] == 1
    assert len(lived.get(found["repositories_rows"]).json()["items"]) == found["repositories"] == 4
    assert lived.get("/history/repositories").text.count('href="/repos/github.com/o/') == 3
    assert '<a href="/repos/local/-/here">here</a>' in lived.get("/history/lives").text


def test_rows_come_in_parts(lived: TestClient) -> None:
    seen, address = [], "/api/v1/stats/history/lives?limit=2&seen_to_end=true"
    while address:
        answer = lived.get(address)
        seen += [(item["repository"], item["episode"]["began_on"]) for item in answer.json()["items"]]
        address = answer.json()["next"]
        assert ("link" in answer.headers) == bool(address)
    assert seen == [("o/n", "2019-01-01"), ("o/n", "2020-02-01"), ("here", "2019-01-01")]
    page = lived.get("/history/lives?limit=2").text
    assert page.count("<tr>") == 3
    assert 'rel="next">Next page' in page
    for where in ("/api/v1/stats/history/lives", "/history/lives"):
        for wrong in ("cursor=WzFd", "cursor=nonsense", "nonsense=1"):
            assert lived.get(f"{where}?{wrong}").status_code == 422


def test_fixes_lead_to_their_commits(over: TestClient) -> None:
    found = over.get("/api/v1/stats/fixes").json()
    counted = [(one["commits"], one["rows"]) for one in (*found["ended"], *found["attempts"])]
    counted += [(found["fixed"], found["fixed_rows"]), (found["attempted"], found["attempted_rows"])]
    assert [number for number, _ in counted] == [1, 1, 1, 1]
    for number, rows in counted:
        items = over.get(rows).json()["items"]
        assert len(items) == number, rows
        assert over.get(items[0]["history_url"]).status_code == 200
        assert f'<a href="{items[0]["diff"]}" rel="noreferrer">' in over.get("/history/commits").text
    for one in found["written"]:
        for name in ("works", "fails", "unknown"):
            assert len(over.get(one[f"{name}_rows"]).json()["items"]) == one[name]
        assert len(over.get(one["rows"]).json()["items"]) == one["repositories"]


def test_a_change_to_another_form_that_is_reseeded_was_a_try(followed: Store) -> None:
    changed = step("d", "2019-09-01", "changed", BUG)
    repository = followed.get_repository("github.com", "o", "other")
    assert repository is not None
    steps = (HISTORY.steps[0], changed, dataclasses.replace(changed, commit="f" * 40, reseed="epoch"))
    whole = dataclasses.replace(HISTORY, steps=steps, episodes=(episode("2019-01-01", "2022-01-01", None, 1),))
    followed.histories.save(repository.id, StoredHistory(whole, 2.5, MOMENT))
    with client_over(followed.url) as client:
        fixes, history = client.get("/api/v1/stats/fixes").json(), client.get("/api/v1/stats/history").json()
    assert fixes["attempted"] == history["attempts"] == 2
    assert [(one["reseed"], one["commits"]) for one in fixes["attempts"]] == [("epoch", 1), ("none", 1)]


def test_charts_can_be_had_as_tables(over: TestClient) -> None:
    history, seeds = over.get("/history").text, over.get("/seeds").text
    for page, slugs in ((history, ("survival", "endings", "years")), (seeds, ("runs", "coverage", "places", "values"))):
        where = "history" if page is history else "seeds"
        for slug in slugs:
            address = f"/{where}/{slug}.csv"
            assert f'href="{address}" download' in page
            answer = over.get(address)
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert len(answer.text.splitlines()) > 1
    assert over.get("/history/years.csv").text.splitlines()[1] == "2019,1,1,1.0," + ",".join(
        str(one) for one in over.get("/api/v1/stats/trend").json()["years"][0]["interval"].values()
    )
    days = over.get("/status/days.csv").text.splitlines()
    assert days[0] == "day,scans,affected,eligible"
    assert over.get("/seeds/nonsense.csv").status_code == over.get("/history/nonsense.csv").status_code == 404


@pytest.mark.parametrize("page", ["/estimates", "/history", "/seeds"])
def test_pages_over_nothing_say_what_to_do(empty_client: TestClient, page: str) -> None:
    assert '<code class="command">seedwatch ' in empty_client.get(page).text
