"""Companion checks and seeds in the store, and the counts over the latest scans."""

from datetime import UTC, datetime
from typing import Any

import pytest

from analysis.report import CheckFinding, SeedUse
from analysis.seeds import seed_runs
from miner.store import FoundScan, RepositoryInfo, Store
from miner.store.checks import CheckCount
from miner.store.seeding import SeedCount
from tests.support.reports import report

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def fired(code: str, line: int = 1) -> CheckFinding:
    return CheckFinding(id=f"{code}{line}", code=code, path="a\0.py", line=line, message="It fired.", program="a.py")


def seeded(value: int, line: int = 1, *, api: str = "torch.manual_seed", looped: bool = False) -> SeedUse:
    return SeedUse(value=value, api=api, path="a.py", line=line, looped=looped)


def scan(store: Store, name: str, *, commit: str = "a" * 40, **found: Any) -> int:
    store.upsert_found([RepositoryInfo("owner", name)], source="test")
    repository = store.get_repository("github.com", "owner", name)
    assert repository is not None
    checks, seeds = found.get("checks", []), found.get("seeds", [])
    document = report(commit=commit, checks=checks, seeds=seeds, seed_runs=seed_runs(seeds))
    return store.save_scan(repository.id, FoundScan(document, NOW))


def test_checks_are_counted_by_repository_and_by_place(store: Store) -> None:
    scan(store, "one", checks=[fired("RP101"), fired("RP101", 2), fired("RP105")])
    scan(store, "two", checks=[fired("RP101")])
    scan(store, "three")
    assert store.checks.by_code() == [CheckCount("RP101", 2, 3), CheckCount("RP105", 1, 1)]
    assert store.checks.scanned() == 3


def test_only_the_latest_scan_of_a_repository_counts(store: Store) -> None:
    scan(store, "one", checks=[fired("RP101")], seeds=[seeded(42)])
    scan(store, "one", commit="b" * 40, seeds=[seeded(3407)])
    assert store.checks.by_code() == []
    assert store.checks.seed_values() == [SeedCount(3407, 1, 1)]


def test_the_values_that_most_people_seed_with(store: Store) -> None:
    scan(store, "one", seeds=[seeded(42), seeded(42, 2), seeded(0, 3)])
    scan(store, "two", seeds=[seeded(42), seeded(2**64 - 1, 2)])
    assert store.checks.seed_values() == [SeedCount(42, 2, 3), SeedCount(0, 1, 1)]
    assert store.checks.seed_values(1) == [SeedCount(42, 2, 3)]


@pytest.mark.parametrize(
    ("seeds", "runs"),
    [
        ([], "none"),
        ([seeded(1), seeded(2, 2)], "one"),
        ([seeded(1, looped=True), seeded(2, looped=True)], "many"),
        ([seeded(1, api="--seed"), seeded(2, api="--seed")], "many"),
        ([seeded(1, api="--seed"), seeded(1, 2, api="--seed")], "one"),
    ],
)
def test_runs_are_counted_as_the_report_says(store: Store, seeds: list[SeedUse], runs: str) -> None:
    scan(store, "one", seeds=seeds)
    assert seed_runs(seeds) == runs
    counts = store.checks.seed_runs()
    assert counts == {"none": 0, "one": 0, "many": 0} | {runs: 1}


def test_what_is_seeded_adds_up_to_all(store: Store) -> None:
    scan(store, "all", seeds=[seeded(1, api="random.seed"), seeded(1, api="numpy.random.seed"), seeded(1)])
    scan(store, "one call", seeds=[seeded(2, api="transformers.set_seed")])
    scan(store, "some", seeds=[seeded(3, api="numpy.random.seed"), seeded(3, 2, api="torch.cuda.manual_seed")])
    scan(store, "own generator", seeds=[seeded(4, api="numpy.random.RandomState")])
    scan(store, "none")
    counts = {one.seeded: one.repositories for one in store.checks.seed_coverage()}
    assert counts == {("python", "numpy", "torch"): 2, ("numpy",): 1, (): 2}


def test_a_seed_is_found_where_it_stands(store: Store) -> None:
    scan(store, "one", seeds=[seeded(42), seeded(7, 2)])
    scan(store, "one", commit="b" * 40, seeds=[seeded(42, 9)])
    assert [(row.name, row.line) for row in store.checks.seed_rows(42)] == [("one", 9)]
    assert [(place.api, place.uses) for place in store.checks.seed_places()] == [("torch.manual_seed", 1)]
