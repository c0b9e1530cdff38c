"""Patches: stored with a scan, served, and shown on the repository's page."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from analysis.fix.patch import Patch
from analysis.report import Answer
from miner.store import FoundScan, RepositoryInfo, Store, scans
from miner.verify.model import Proof
from tests.api import samples
from tests.api.conftest import client_over
from tests.miner.verify.samples import CONFIRMED

DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-loader = <old>\n+loader = <new>\n"
PATCH = Patch(
    pairs=["ws-1f0c"], code="WS101", recipe="new_worker_init", safe=True, explanation="It seeds `numpy`.", diff=DIFF
)
ADDRESS = "/api/v1/repos/github.com/north-lab/crops/patch"


@pytest.fixture
def service(store: Store) -> Iterator[TestClient]:
    """A repository with a patch, on each kind of database."""
    answer = Answer(finding="ws-1f0c", code="WS101", says="disputed", reason="One worker.", place=".seedwatch.toml")
    report = samples.report("north-lab/crops", answers=[answer])
    store.upsert_found([RepositoryInfo(owner="north-lab", name="crops")], source="search-repos", query="q")
    repository = store.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    store.save_scan(repository.id, FoundScan(report, samples.MOMENT, patches=(PATCH,)))
    with client_over(store.url) as client:
        yield client


def test_the_patches_of_a_scan_are_served(service):
    answer = service.get(ADDRESS)
    assert answer.status_code == 200
    untried = {"proof": "not verified", "proof_reason": "it was not run", "proven_at": None}
    assert answer.json() == {"commit": samples.COMMIT, "items": [{**PATCH.model_dump(), **untried}]}
    assert service.get(ADDRESS, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_the_patch_of_a_pair_is_a_diff(service):
    answer = service.get(ADDRESS, params={"pair": "ws-1f0c"})
    assert answer.headers["content-type"].startswith("text/x-diff")
    assert answer.text == DIFF
    missing = service.get(ADDRESS, params={"pair": "other"})
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


def test_the_page_shows_the_patch_escaped_and_what_the_repository_says(service):
    page = service.get("/repos/github.com/north-lab/crops").text
    assert "loader = &lt;new&gt;" in page
    assert 'href="/api/v1/repos/github.com/north-lab/crops/patch?pair=ws-1f0c"' in page
    assert "disputed, to be looked at: <q>One worker.</q>" in page


def test_what_running_a_patch_gave_is_served_and_shown(store, service):
    repository = store.get_repository("github.com", "north-lab", "crops")
    scan = store.get_scan(repository.id)
    proven = Proof(says="proven", reason="none were seen with it", pair="ws-1f0c", before=CONFIRMED)
    store.proofs.save(scan.id, {0: proven})
    assert store.proofs.of_scan(scan.id) == {0: proven}
    (item,) = service.get(ADDRESS).json()["items"]
    assert (item["proof"], item["proof_reason"]) == ("proven", "none were seen with it")
    assert "What to write: proven" in service.get("/repos/github.com/north-lab/crops").text


def test_a_patch_with_which_repeats_were_seen_is_not_shown(store, service):
    repository = store.get_repository("github.com", "north-lab", "crops")
    scan = store.get_scan(repository.id)
    store.proofs.save(scan.id, {0: Proof(says="does not mend", reason="repeats", pair="ws-1f0c")})
    assert service.get(ADDRESS).json()["items"] == []
    assert service.get(ADDRESS, params={"pair": "ws-1f0c"}).status_code == 404
    assert "loader = &lt;new&gt;" not in service.get("/repos/github.com/north-lab/crops").text


def test_patches_are_let_go_of_with_the_code_that_they_quote(store, service):
    repository = store.get_repository("github.com", "north-lab", "crops")
    scan = store.get_scan(repository.id)
    with store.changing() as session:
        scans.purge_content(session, repository.id)
    assert store.list_patches(scan.id) == []
