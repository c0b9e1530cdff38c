"""Histories in the store: what goes in comes out, on both databases."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from analysis.history.change import Verdicts
from analysis.history.story import Episode, History, Step
from miner.store import GITHUB, RepositoryInfo, Store, scans
from miner.store.histories import StateAt, StoredHistory, purge

CLEAN = Verdicts(True, "clean", "clean", "mitigated")
BUG = Verdicts(True, "duplicate", "epoch_repeat", "affected")


def step(commit: str, day: str, event: str, verdicts: Verdicts, **more: object) -> Step:
    """A step with little to it."""
    plain = {
        "parent": None,
        "ended_by": None,
        "form": None,
        "draw_kind": None,
        "reseed": None,
        "paths": (),
        "lines": (),
    }
    return Step(commit=commit, date=day, event=event, verdicts=verdicts, **{**plain, **more})  # type: ignore[arg-type]


HISTORY = History(
    head="c" * 40,
    analyzer_version="0.1.0",
    commits=12,
    relevant=9,
    suspects=4,
    looked_at=6,
    exact=True,
    first_on="2020-01-01",
    last_on="2021-06-01",
    steps=(
        step("a" * 40, "2020-01-01", "first", CLEAN._replace(eligible=None)),
        step(
            "b" * 40,
            "2020-02-01",
            "introduced",
            BUG,
            form="WS101",
            reseed="none",
            paths=("a\x00b.py",),
            lines=("+x\0",),
        ),
        step("c" * 40, "2020-05-01", "ended", CLEAN, ended_by="reseeding", parent="b" * 40),
    ),
    episodes=(Episode("b" * 40, "2020-02-01", "c" * 40, "2020-05-01", "reseeding", "2020-05-01", 2, False),),
)
STORED = StoredHistory(HISTORY, 1.5, datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def repository(store: Store) -> int:
    store.upsert_found([RepositoryInfo("o", "n")], source="test")
    found = store.get_repository(GITHUB, "o", "n")
    assert found is not None
    return found.id


def test_a_history_comes_back_as_it_went_in(store: Store, repository: int) -> None:
    assert store.histories.find(repository) is None
    store.histories.save(repository, STORED)
    found = store.histories.find(repository)
    assert found is not None
    assert found.history.steps[0] == HISTORY.steps[0]
    assert found.history.steps[2] == HISTORY.steps[2]
    assert found.history.episodes == HISTORY.episodes
    assert (found.seconds, found.finished_at) == (1.5, STORED.finished_at)
    # What a database refuses is shown as unknown.
    assert found.history.steps[1].paths == ("a\N{REPLACEMENT CHARACTER}b.py",)


def test_a_newer_one_takes_its_place(store: Store, repository: int) -> None:
    store.histories.save(repository, STORED)
    store.histories.save(repository, StoredHistory(HISTORY, 9.0, STORED.finished_at))
    found = store.histories.find(repository)
    assert found is not None
    assert found.seconds == 9.0
    assert store.histories.episodes() == list(HISTORY.episodes)


def test_states_are_told_by_repository_and_time(store: Store, repository: int) -> None:
    store.histories.save(repository, STORED)
    assert store.histories.states() == [
        StateAt(repository, date(2020, 1, 1), None, False),
        StateAt(repository, date(2020, 2, 1), True, True),
        StateAt(repository, date(2020, 5, 1), True, False),
    ]


@pytest.mark.parametrize("purge", [purge, scans.purge_content, scans.delete_all])
def test_a_purge_leaves_nothing(store: Store, repository: int, purge: Callable[[Session, int], None]) -> None:
    store.histories.save(repository, STORED)
    with store.changing() as session:
        purge(session, repository)
    assert store.histories.find(repository) is None
    assert store.histories.states() == []
    assert store.histories.episodes() == []
