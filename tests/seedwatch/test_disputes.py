"""`seedwatch disputes`: listed, and settled."""

from datetime import UTC, datetime

from analysis.report import Answer
from miner.settings import load_settings
from miner.store import FoundScan, RepositoryInfo, Store, upgrade
from tests.support.reports import report


def test_they_are_listed_and_settled(seedwatch):
    assert seedwatch("disputes").out == "No dispute is open; `--all` lists those that were.\n"
    upgrade(load_settings().database_url)
    answer = Answer(finding="pair-1", code="WS101", says="disputed", reason="One worker.", place=".seedwatch.toml")
    with Store(load_settings().database_url) as store:
        store.upsert_found([RepositoryInfo("ada", "one")], source="test")
        row = store.get_repository("github.com", "ada", "one")
        store.save_scan(row.id, FoundScan(report(answers=[answer]), datetime.now(UTC)))
    listed = seedwatch("disputes").out
    assert "ada/one" in listed
    assert "One worker." in listed
    settled = seedwatch("disputes", "settle", "1", "rejected", "--note", "Four by default.")
    assert settled.out == "Dispute 1 of ada/one is rejected.\n"
    assert "No dispute is open" in seedwatch("disputes").out
    assert "Four by default." in seedwatch("disputes", "--all").out
    missing = seedwatch("disputes", "settle", "2", "upheld")
    assert (missing.status, missing.err.count("\n")) == (2, 1)
