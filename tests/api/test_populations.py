"""Whom a figure is about: a census of what was scanned, or a random sample with its intervals; and fixes, and trend."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from analysis.report import Outcome, Verdict
from miner.store import RepositoryInfo, Store, samples
from miner.store.histories import StoredHistory
from miner.store.records import PrevalenceBy
from miner.store.samples import DrawOutcome, Stratum
from tests.api import samples as results
from tests.api.conftest import client_over
from tests.api.histories import HISTORY
from tests.api.test_rest import follow, problem

PREVALENCE = "/api/v1/stats/prevalence"


OUTCOMES: dict[Verdict, tuple[Outcome, Outcome]] = {
    "affected": ("duplicate", "duplicate"),
    "affected_on_old_torch": ("duplicate", "clean"),
    "mitigated": ("clean", "clean"),
}


def draw(store: Store) -> None:
    """A finished sample of 40 numbers: 8 hit repositories, 4 of those are eligible and 2 affected, in two strata."""
    found: dict[int, tuple[str, Verdict | None]] = {
        1: ("drawn/affected", "affected_on_old_torch"),
        2: ("drawn/clean", "mitigated"),
        3: ("drawn/other", None),
        101: ("drawn/late", "affected"),
        102: ("drawn/late-clean", "mitigated"),
    }
    now = datetime.now(UTC)
    strata = [(Stratum(0, 1, 100, 20), range(1, 21)), (Stratum(1, 101, 300, 20), range(101, 121))]
    with store.changing() as session:
        sample = samples.create(session, "round-1", "since", 7, strata, now)
        outcomes: dict[int, tuple[DrawOutcome, RepositoryInfo | None]] = {
            number: ("nothing", None) for _, ids in strata for number in ids
        }
        for number, (name, _) in found.items():
            owner, _, rest = name.partition("/")
            outcomes[number] = ("python", RepositoryInfo(owner, rest, github_id=number, stars=number))
        samples.note(session, sample, outcomes, now)
        samples.finish(session, sample.id, now)
    for name, verdict in found.values():
        if verdict is None:
            results.add(store, results.not_eligible(name, "no_torch"))
            continue
        legacy, modern = OUTCOMES[verdict]
        results.add(store, results.report(name, verdict=verdict, legacy=legacy, modern=modern))


@pytest.fixture(scope="module")
def sampled_client(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The service over a drawn sample beside what was found, for tests that only read."""
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('sampled') / 'seedwatch.db')}"
    with Store(url) as store:
        results.populate(store)
        draw(store)
    with client_over(url) as client:
        yield client


def test_a_sample_answers_with_intervals_and_a_census_does_not(store: Store) -> None:
    results.populate(store)
    with client_over(store.url) as client:
        problem(client.get(f"{PREVALENCE}?population=sample"), 404, "no-sample")
        draw(store)
        answer = client.get(f"{PREVALENCE}?population=sample").json()
        assert (answer["population"], answer["sample"]) == ("sample", "round-1")
        [group] = answer["groups"]
        affected = group["affected"]
        assert (affected["numerator"], affected["denominator"], group["scanned"]) == (2, 4, 5)
        # One of two in each stratum, whatever each weighs.
        assert affected["share"] == pytest.approx(0.5)
        low, high = affected["interval"]
        assert 0 < low < 0.5 < high < 1
        assert answer["coverage"]["repositories"] == 5
        assert answer["funnel"]["scanned"] == 5
        assert {item["repository"]["owner"] for item in follow(client, affected["rows"])} == {"drawn"}
        assert len(follow(client, affected["rows"])) == 2
        census = client.get(PREVALENCE).json()
        assert (census["population"], census["sample"]) == ("census", None)
        assert census["groups"][0]["affected"]["interval"] is None
        assert census["groups"][0]["scanned"] == 15
        problem(client.get(f"{PREVALENCE}?population=sample&as_of=2026-01-01"), 422, "invalid-request")


@pytest.mark.parametrize("by", get_args(PrevalenceBy))
def test_groups_of_a_sample_have_intervals_of_their_own(sampled_client: TestClient, by: str) -> None:
    answer = sampled_client.get(f"{PREVALENCE}?population=sample&by={by}").json()
    assert sum(group["eligible"] for group in answer["groups"]) == 4
    for group in answer["groups"]:
        if group["eligible"]:
            low, high = group["legacy"]["interval"]
            assert low <= group["legacy"]["share"] <= high
        assert len(follow(sampled_client, group["rows"])) == group["scanned"]
        for name in ("affected", "legacy", "modern"):
            assert len(follow(sampled_client, group[name]["rows"])) == group[name]["numerator"]
    steps = {step: len(follow(sampled_client, address)) for step, address in answer["funnel_rows"].items()}
    assert steps == answer["funnel"]


def test_home_opens_with_the_samples_number(sampled_client: TestClient) -> None:
    page = sampled_client.get("/").text
    assert "round-1" in page
    assert "95 % interval" in page
    assert "not a random sample" not in page


def test_which_fixes_work_is_counted(store: Store) -> None:
    results.populate(store)
    with client_over(store.url) as client:
        before = client.get("/api/v1/stats/fixes").json()
        assert (before["fixed"], before["attempted"], before["share_that_work"]) == (0, 0, None)
        written = {row["reseed"]: row for row in before["written"]}
        assert (written["epoch"]["works"], written["epoch"]["fails"]) == (0, 1)
        assert written["good"]["works"] == 1
        for row in before["written"]:
            assert row["works"] + row["fails"] + row["unknown"] == row["repositories"]
            assert len(follow(client, row["fails_rows"])) == row["fails"]


def test_what_was_tried_through_time_is_counted(store: Store) -> None:
    results.populate(store)
    repository = store.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    store.histories.save(repository.id, StoredHistory(HISTORY, 1.0, datetime(2026, 11, 1, tzinfo=UTC)))
    with client_over(store.url) as client:
        answer = client.get("/api/v1/stats/fixes").json()
        trend = client.get("/api/v1/stats/trend").json()
    assert [(each["by"], each["real"], each["commits"]) for each in answer["ended"]] == [("reseeding", True, 1)]
    assert [(each["form"], each["reseed"], each["commits"]) for each in answer["attempts"]] == [("WS101", "none", 1)]
    assert answer["share_that_work"] == pytest.approx(0.5)
    assert trend["repositories"] == 1
    assert [(year["year"], year["affected"]) for year in trend["years"]][:2] == [(2019, 1), (2020, 0)]
