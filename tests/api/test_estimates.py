"""Estimates from a sample: weighted by the design, with their rows, on both databases."""

from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from analysis.prevalence import Drawn, hajek
from miner.store import FoundScan, RepositoryInfo, Store, samples
from miner.store.samples import Stratum
from tests.api.conftest import client_over
from tests.support import reports

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
# Two strata, drawn at one in ten and one in a hundred; which of the drawn hold what.
OLD, NEW = Stratum(0, 1, 100, 10), Stratum(1, 101, 1100, 10)
VERDICTS = {
    1: ("duplicate", "clean", "affected_on_old_torch"),
    2: ("duplicate", "clean", "affected_on_old_torch"),
    3: ("clean", "clean", "mitigated"),
    101: ("clean", "clean", "mitigated"),
    102: ("unknown", "clean", "unknown"),
    103: ("duplicate", "duplicate", "affected"),
}
UNSCANNED = 104


@pytest.fixture
def over(store: Store):
    """The service over a store with that sample."""
    ids = [(OLD, range(1, 11)), (NEW, range(101, 111))]
    with store.changing() as session:
        sample = samples.create(session, "first", "node-ids", 1, ids, MOMENT)
        found = dict.fromkeys((*range(1, 11), *range(101, 111)), ("nothing", None))
        for number in (*VERDICTS, UNSCANNED):
            found[number] = ("python", RepositoryInfo("o", f"r{number}", github_id=number))
        samples.note(session, sample, found, MOMENT)
        samples.finish(session, sample.id, MOMENT)
    for number, (legacy, modern, verdict) in VERDICTS.items():
        repository = store.get_repository("github.com", "o", f"r{number}")
        assert repository is not None
        report = reports.report(repo=repository.full_name, legacy=legacy, modern=modern, verdict=verdict, eligible=True)
        store.save_scan(repository.id, FoundScan(report=report, finished_at=MOMENT))
    with client_over(store.url) as client:
        yield client


def test_each_counts_for_the_inverse_of_its_probability(over: TestClient) -> None:
    (sample,) = over.get("/api/v1/stats/estimates").json()["samples"]
    legacy, modern, affected = sample["estimates"]
    assert (sample["name"], sample["drawn"]) == ("first", 20)
    # Two of weight 10 and one of weight 100, among 3 of weight 10 and 3 of weight 100.
    assert legacy["share"] == pytest.approx(120 / 330)
    assert modern["share"] == pytest.approx(100 / 330)
    assert (legacy["numerator"], legacy["denominator"], legacy["unknown"], legacy["unscanned"]) == (3, 6, 1, 1)
    assert affected["unknown"] == 1
    assert "up to 1,100, on 2026-01-02" in legacy["population"]
    assert legacy["bounds"]["high"] > legacy["interval"]["high"]
    assert legacy["bounds"]["low"] == legacy["interval"]["low"]


def test_draws_that_lead_to_nothing_are_part_of_the_design(over: TestClient) -> None:
    legacy = over.get("/api/v1/stats/estimates").json()["samples"][0]["estimates"][0]
    listed = [
        Drawn(VERDICTS[number][0] == "duplicate", weight=10 if number < 101 else 100, stratum=number > 100)
        for number in VERDICTS
    ]
    nothing = [Drawn(False, base=False, stratum=stratum) for stratum in (False, True) for _ in range(7)]
    expected = hajek(listed + nothing, sampled={False: 0.1, True: 0.01})
    assert (legacy["interval"]["low"], legacy["interval"]["high"]) == pytest.approx(expected.interval)
    assert legacy["effective"] == pytest.approx(expected.effective)


def test_every_figure_leads_to_its_rows(over: TestClient) -> None:
    for estimate in over.get("/api/v1/stats/estimates").json()["samples"][0]["estimates"]:
        rows = over.get(estimate["rows"]).json()["items"]
        assert len(rows) == estimate["numerator"]
        assert over.get(rows[0]["report_url"]).status_code == 200
        for name in ("denominator", "unknown", "unscanned"):
            assert len(over.get(estimate[f"{name}_rows"]).json()["items"]) == estimate[name]
    (unscanned,) = over.get(estimate["unscanned_rows"]).json()["items"]
    assert (unscanned["repository"], unscanned["verdict"]) == ("o/r104", None)


def test_a_sample_that_is_not_there(over: TestClient) -> None:
    answer = over.get("/api/v1/stats/estimates/none/legacy/rows")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_the_page_says_what_the_estimates_rest_on(over: TestClient) -> None:
    page = over.get("/estimates").text
    assert "36.4%" in page
    assert '<a href="/estimates/first/legacy?of=unscanned">1</a> of those drawn has no scan yet' in page
    assert '<a href="/estimates/first/modern">1</a> of <a href="/estimates/first/modern?of=denominator">6</a>' in page
    assert '<a href="/repos/github.com/o/r103">o/<wbr>r103</a>' in over.get("/estimates/first/modern").text
    assert over.get("/estimates/none/modern").status_code == 404


def test_copies_of_one_content_count_once(over: TestClient, store: Store) -> None:
    whole = over.get("/api/v1/stats/estimates").json()["samples"][0]["estimates"][0]["once"]
    assert (whole["numerator"], whole["denominator"], whole["copies"]) == (3, 6, 0)
    for number, blob in ((1, "b1"), (2, "b1"), (3, "b3")):
        repository = store.get_repository("github.com", "o", f"r{number}")
        assert repository is not None
        legacy, modern, verdict = VERDICTS[number]
        report = reports.report(
            repo=repository.full_name, legacy=legacy, modern=modern, verdict=verdict, eligible=True, commit="c" * 40,
            pairs=[reports.pair()],
        )  # fmt: skip
        path = report.pairs[0].draws[0].path
        store.save_scan(repository.id, FoundScan(report=report, finished_at=MOMENT, blobs={path: blob}))
    with client_over(store.url) as client:
        (sample,) = client.get("/api/v1/stats/estimates").json()["samples"]
        page = client.get("/estimates").text
        rows = {
            name: [(one["repository"], one["copy_of"]) for one in client.get(address).json()["items"]]
            for name, address in sample["estimates"][0]["once"].items()
            if name.endswith("rows")
        }
        copies = client.get("/estimates/first/legacy?of=copies").text
    legacy_figure = sample["estimates"][0]
    # Repositories 1 and 2 hold the same bytes: one of weight 10 and one of 100, among 2 of weight 10 and 3 of 100.
    assert (legacy_figure["numerator"], legacy_figure["denominator"]) == (3, 6)
    once = legacy_figure["once"]
    assert (once["numerator"], once["denominator"], once["copies"]) == (2, 5, 1)
    assert once["share"] == pytest.approx(110 / 320)
    assert "34.4%" in page
    assert rows == {
        "rows": [("o/r1", None), ("o/r103", None)],
        "denominator_rows": [(f"o/r{number}", None) for number in (1, 101, 102, 103, 3)],
        "copies_rows": [("o/r2", "o/r1")],
    }
    assert "Copy of" in copies
    assert '<a href="/repos/github.com/o/r1">o/<wbr>r1</a>' in copies
