"""Disputes as rows: taken in with scans, raised, settled, withdrawn; on both databases."""

from datetime import UTC, datetime

import pytest

from analysis.report import Answer
from miner.store import FoundScan, RepositoryInfo, Store, opt_outs
from miner.store.disputes import MAINTAINER, NewDispute
from miner.store.errors import NotThere
from tests.support.reports import report

FIRST, LATER = datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


def disputed(reason: str = "One worker.") -> Answer:
    return Answer(finding="pair-1", code="WS101", says="disputed", reason=reason, place=".seedwatch.toml")


def scan(store: Store, *answers: Answer, commit: str = "a" * 40, at: datetime = FIRST) -> int:
    store.upsert_found([RepositoryInfo("owner", "name", github_id=7)], source="test")
    repository = store.get_repository("github.com", "owner", "name")
    assert repository is not None
    store.save_scan(repository.id, FoundScan(report(commit=commit, answers=list(answers)), at))
    return repository.id


def test_what_a_maintainer_disputes_is_a_row(store: Store) -> None:
    accepted = disputed("Known.").model_copy(update={"says": "accepted", "finding": "pair-2"})
    repository_id = scan(store, disputed("One\0worker."), disputed("Twice."), accepted)
    (one,) = store.disputes.listed("open")
    assert (one.owner, one.name, one.finding, one.code) == ("owner", "name", "pair-1", "WS101")
    assert (one.raised_by, one.reason, one.raised_at) == (MAINTAINER, "One�worker.", FIRST)
    assert store.disputes.of_repository(repository_id) == [one]


def test_a_settled_one_stays_settled_until_its_reason_is_another(store: Store) -> None:
    scan(store, disputed())
    (one,) = store.disputes.listed()
    store.disputes.settle(one.id, "rejected", "Four, by default.", "cli")
    scan(store, disputed(), commit="b" * 40, at=LATER)
    (one,) = store.disputes.listed("rejected")
    assert (one.note, one.commit, one.raised_at) == ("Four, by default.", "b" * 40, FIRST)
    scan(store, disputed("It is never built."), commit="c" * 40, at=LATER)
    (again,) = store.disputes.listed("open")
    assert (again.id, again.note, again.settled_at, again.raised_at) == (one.id, None, None, LATER)


def test_what_is_said_no_more_is_withdrawn_and_may_come_back(store: Store) -> None:
    repository_id = scan(store, disputed())
    scan(store, commit="b" * 40)
    assert [one.state for one in store.disputes.listed()] == ["withdrawn"]
    assert store.disputes.of_repository(repository_id) == []
    scan(store, disputed(), commit="c" * 40)
    assert [one.state for one in store.disputes.listed()] == ["open"]


def test_others_may_dispute_too_and_a_scan_takes_nothing_of_it_back(store: Store) -> None:
    repository_id = scan(store, disputed())
    new = NewDispute("pair-1", "WS101", "The dataset is a test's.", "a" * 40)
    first = store.disputes.raise_one(repository_id, new, "token:ada")
    assert store.disputes.raise_one(repository_id, new, "token:ada") == first
    scan(store, commit="b" * 40)
    assert [(one.raised_by, one.state) for one in store.disputes.listed()] == [
        ("token:ada", "open"),
        (MAINTAINER, "withdrawn"),
    ]
    assert store.disputes.listed(before=first.id, limit=1)[0].raised_by == MAINTAINER
    assert [entry.action for entry in store.access.audit()] == ["dispute", "dispute"]


def test_who_is_left_alone_has_none(store: Store) -> None:
    scan(store, disputed())
    with store.changing() as session:
        opt_outs.add(session, "id", "7", None, LATER)
    assert store.disputes.listed() == []


def test_one_that_there_is_not_cannot_be_settled(store: Store) -> None:
    with pytest.raises(NotThere, match="no dispute 9"):
        store.disputes.settle(9, "upheld", None, "cli")
