"""Verifications over the API and on a repository's page."""

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

import pytest

from analysis.report import CheckFinding
from api.picture import picture
from miner.store import FoundScan, RepositoryInfo, Store
from miner.verify.model import CheckRun
from tests.api import samples
from tests.api.conftest import client_over
from tests.miner.verify.samples import CONFIRMED, ON_A_GPU
from tests.support.reports import report

CROPS = "/api/v1/repos/github.com/north-lab/crops"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def verified(store: Store) -> Store:
    samples.populate(store)
    repository = store.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    scan = store.get_scan(repository.id)
    assert scan is not None
    store.verifications.save(scan.id, {0: CONFIRMED})
    return store


def test_the_evidence_is_served(verified: Store) -> None:
    with client_over(verified.url) as client:
        answer = client.get(f"{CROPS}/verifications")
    assert answer.status_code == 200
    (item,) = answer.json()["verifications"]
    assert item["finding"] == 0
    assert item["verification"] == CONFIRMED.model_dump(mode="json")


def test_without_any_the_list_is_empty(store: Store) -> None:
    samples.populate(store)
    with client_over(store.url) as client:
        assert client.get(f"{CROPS}/verifications").json()["verifications"] == []
        assert client.get(f"{CROPS}/verifications/0.svg").status_code == 404


def test_equal_states_have_equal_colours(verified: Store) -> None:
    with client_over(verified.url) as client:
        answer = client.get(f"{CROPS}/verifications/0.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    colours: dict[str, set[str]] = {}
    for cell in Xml.fromstring(answer.text).iter(f"{SVG}rect"):  # noqa: S314 - our own document
        title = cell.find(f"{SVG}title")
        assert title is not None
        assert title.text is not None
        colours.setdefault(title.text, set()).add(cell.attrib["fill"])
    assert colours["no draw"] == {"none"}
    # State 2 comes up once, state 0 in both workers of the legacy run.
    assert colours["state 2"] <= {"#C9CDD2"}
    assert colours["state 0"] & colours["state 1"] <= {"#C9CDD2"}


def test_names_of_strangers_are_escaped_in_the_picture() -> None:
    drawn = picture(CONFIRMED.model_copy(update={"dataset": '<script>"&'}))
    assert "<script>" not in drawn
    assert Xml.fromstring(drawn).tag == f"{SVG}svg"  # noqa: S314 - our own document


def test_the_page_shows_it(verified: Store) -> None:
    with client_over(verified.url) as client:
        page = client.get("/repos/github.com/north-lab/crops").text
    assert "Put to the test: confirmed, torch &lt; 1.9" in page
    assert CONFIRMED.reason in page
    assert page.count("<svg") > 1


def test_what_a_gpu_made_of_it_is_served_and_shown(verified: Store) -> None:
    repository = verified.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    scan = verified.get_scan(repository.id)
    assert scan is not None
    verified.verifications.save(scan.id, {0: ON_A_GPU})
    with client_over(verified.url) as client:
        (item,) = client.get(f"{CROPS}/verifications").json()["verifications"]
        page = client.get("/repos/github.com/north-lab/crops").text
    assert item["verification"]["evidence"]["on_device"]["pinned"] == 24
    assert "on NVIDIA H200 (CUDA 13.0, driver 580.95.05)" in page
    assert "24 of 24 batches were moved to the device" in page
    assert "CUDA: data.py:7 in a worker: CUDA started." in page


def test_companion_checks_are_shown_with_what_running_them_gave(store: Store) -> None:
    store.upsert_found([RepositoryInfo("ada", "split")], source="test")
    repository = store.get_repository("github.com", "ada", "split")
    assert repository is not None
    check = CheckFinding(id="rp-1", code="RP104", path="a.py", line=3, message="It splits unseeded.", program="a.py")
    scan_id = store.save_scan(repository.id, FoundScan(report(checks=[check]), datetime.now(UTC)))
    run = CheckRun(
        check="rp-1", code="RP104", path="a.py", line=3, verdict="confirmed", reason="3 of 3 <differ>", runs=3
    )
    store.check_runs.save(scan_id, {0: run.model_copy(update={"verdict": "inconclusive"})})
    store.check_runs.save(scan_id, {0: run})
    with client_over(store.url) as client:
        (item,) = client.get("/api/v1/repos/github.com/ada/split/verifications").json()["checks"]
        page = client.get("/repos/github.com/ada/split").text
    assert (item["position"], item["run"]) == (0, run.model_dump(mode="json"))
    assert "Put to the test: confirmed; 3 of 3 &lt;differ&gt;." in page


def test_asking_needs_a_token(verified: Store) -> None:
    with client_over(verified.url) as client:
        assert client.post(f"{CROPS}/verifications").status_code == 401
