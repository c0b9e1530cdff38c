"""The language of filters: what it reads, what it refuses, and which repositories it means on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from miner.store import BadFilter, FoundScan, NewBatch, RepositoryInfo, Store
from miner.store.models import ScanRow
from miner.store.where import COLUMNS, Compare, Either, Every, Negated, parse
from tests.support.reports import not_eligible, report


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", Every()),
        ("stars > 100", Compare("stars", ">", (100,))),
        ("STARS>=1_000", Compare("stars", ">=", (1000,))),
        ("verdict == affected", Compare("verdict", "=", ("affected",))),
        ('owner = "a b"', Compare("owner", "=", ("a b",))),
        ("name ~ 'torch'", Compare("name", "~", ("torch",))),
        ("age > 7d", Compare("age", ">", (timedelta(days=7),))),
        ("fork = no", Compare("fork", "=", (False,))),
        ("stars = null", Compare("stars", "=", (None,))),
        ("state in (failed, timed_out)", Compare("state", "in", ("failed", "timed_out"))),
        (
            "fork = true or stars < 5 and not age < 2w",
            Either(
                (
                    Compare("fork", "=", (True,)),
                    Every((Compare("stars", "<", (5,)), Negated(Compare("age", "<", (timedelta(weeks=2),))))),
                )
            ),
        ),
        (
            "(fork = true or stars < 5) and scanned = true",
            Every(
                (
                    Either((Compare("fork", "=", (True,)), Compare("stars", "<", (5,)))),
                    Compare("scanned", "=", (True,)),
                )
            ),
        ),
    ],
)
def test_expressions_are_read(written: str, read: object) -> None:
    assert parse(written) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("stars", "at the end: stars is compared with"),
        ("stars > many", "'many': stars is a whole number"),
        ("stars > 99999999999", "whole number"),
        ("verdict = bad", "verdict is one of affected"),
        ("verdict > affected", "verdict is compared with !=, ="),
        ("password = x", "expected one of the columns verdict"),
        ("stars > 1 stars < 3", "expected `and`, `or` or the end"),
        ("(stars > 1", "expected `)`"),
        ("stars > 1; DROP TABLE scans", "cannot be read at"),
        ("name = 'x' -- ", "cannot be read at"),
        ("age > soon", "age is an age such as"),
        ("stars > null", "null is compared with = and != only"),
        ("state in ()", "expected a value for state"),
        ("not", "at the end: expected one of the columns"),
        ("(" * 60 + "stars > 1" + ")" * 60, "nested 50 deep"),
        ("stars > 1 and " * 200 + "stars > 1", "2,000 characters"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_is_possible(written: str, said: str) -> None:
    with pytest.raises(BadFilter) as refused:
        parse(written)
    assert said in str(refused.value)


@pytest.fixture
def three(store: Store) -> Store:
    """One affected with many stars, one clean with few, one that was never scanned."""
    for name, stars, affected in (("many", 500, True), ("few", 3, False), ("new", None, None)):
        store.upsert_found([RepositoryInfo("Octo", name, stars=stars)], source="test")
        found = store.get_repository("github.com", "octo", name)
        assert found is not None
        if affected is not None:
            made = report(verdict="affected") if affected else not_eligible("imports_torch")
            store.save_scan(found.id, FoundScan(made, datetime.now(UTC)))
    old = datetime.now(UTC) - timedelta(days=30)
    with store.changing() as session:
        session.execute(update(ScanRow).where(ScanRow.verdict != "affected").values(finished_at=old))
    return store


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", {"many", "few", "new"}),
        ("verdict = affected and stars > 100", {"many"}),
        ("verdict != affected", {"few", "new"}),
        ("not verdict = affected", {"few", "new"}),
        ("stars < 100", {"few"}),
        ("not stars < 100", {"many", "new"}),
        ("stars = null", {"new"}),
        ("scanned = false", {"new"}),
        ("age > 7d", {"few"}),
        ("not age <= 7d", {"few", "new"}),
        ("owner = OCTO and name ~ E", {"few", "new"}),
        ("name in (few, new, other)", {"few", "new"}),
        ('name = "\' OR 1=1 --"', set()),
    ],
)
def test_the_repositories_that_are_meant(three: Store, written: str, meant: set[str]) -> None:
    batch_id = three.batches.select(NewBatch("scan", written, "test"), written)
    assert {item.target.removeprefix("Octo/") for item in three.batches.items(batch_id)} == meant


def test_every_column_is_one_of_the_tables(three: Store) -> None:
    samples = {"choice": None, "text": "x", "number": "1", "flag": "true", "age": "1d"}
    for name, column in COLUMNS.items():
        value = samples[column.kind] or column.values[0]
        batch_id = three.batches.select(NewBatch("scan", name, "test"), f"{name} = '{value}'")
        if three.batches.get(batch_id).total:
            three.batches.cancel(batch_id, "test")
        assert three.batches.get(batch_id).state in ("finished", "cancelled")
