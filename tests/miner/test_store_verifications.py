"""Verifications in the store: beside the scan, and gone with it; on both databases."""

from datetime import UTC, datetime

import pytest

from miner.store import GITHUB, RepositoryInfo, Store, scans
from miner.store.records import FoundScan
from tests.miner.verify.samples import CONFIRMED
from tests.support.reports import report


@pytest.fixture
def scan(store: Store) -> int:
    store.upsert_found([RepositoryInfo("o", "n")], source="test")
    found = store.get_repository(GITHUB, "o", "n")
    assert found is not None
    store.save_scan(found.id, FoundScan(report(), datetime.now(UTC)))
    latest = store.get_scan(found.id, None)
    assert latest is not None
    return latest.id


def test_they_come_back_as_they_went_in(store: Store, scan: int) -> None:
    assert store.verifications.of_scan(scan) == {}
    store.verifications.save(scan, {0: CONFIRMED, 3: CONFIRMED})
    found = store.verifications.of_scan(scan)
    assert list(found) == [0, 3]
    assert found[0].said == CONFIRMED
    assert found[0].finished_at.tzinfo is not None


def test_a_newer_one_takes_its_place_and_leaves_the_others(store: Store, scan: int) -> None:
    store.verifications.save(scan, {0: CONFIRMED, 1: CONFIRMED})
    later = CONFIRMED.model_copy(update={"verdict": "inconclusive", "scope": None})
    store.verifications.save(scan, {1: later})
    found = store.verifications.of_scan(scan)
    assert (found[0].said, found[1].said) == (CONFIRMED, later)


def test_a_failure_of_ours_takes_no_verdict_away(store: Store, scan: int) -> None:
    store.verifications.save(scan, {0: CONFIRMED})
    store.verifications.save(scan, {0: CONFIRMED.model_copy(update={"verdict": "failed", "scope": None})})
    assert store.verifications.of_scan(scan)[0].said.verdict == "confirmed"


def test_the_static_verdict_stays_as_it_is(store: Store, scan: int) -> None:
    store.verifications.save(scan, {0: CONFIRMED.model_copy(update={"verdict": "refuted", "disagrees": True})})
    found = store.get_repository(GITHUB, "o", "n")
    assert found is not None
    latest = store.get_scan(found.id, None)
    assert latest is not None
    assert (latest.legacy, latest.modern) == ("duplicate", "clean")


def test_disagreements_are_listed(store: Store, scan: int) -> None:
    other = CONFIRMED.model_copy(update={"verdict": "inconclusive", "disagrees": True})
    store.verifications.save(scan, {0: CONFIRMED, 1: other})
    (listed,) = store.verifications.disagreements()
    assert (listed.owner, listed.name, listed.said) == ("o", "n", other)


def test_they_go_with_the_scan(store: Store, scan: int) -> None:
    store.verifications.save(scan, {0: CONFIRMED})
    found = store.get_repository(GITHUB, "o", "n")
    assert found is not None
    with store.changing() as session:
        scans.delete_all(session, found.id)
    assert store.verifications.of_scan(scan) == {}
