"""A server's pause puts jobs off: none fails, none is asked for meanwhile, and no worker sleeps on it.

Who cannot be reached is given pauses as well, so that an outage of the network fails nothing.
"""

import logging
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner.errors import RateLimited, Unreachable
from miner.jobs import pauses as pausing
from miner.jobs import runner
from miner.jobs.kinds import Postponed
from miner.jobs.pauses import DEFAULT_PAUSE_SECONDS, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, MOST_TRIES, Pauses
from miner.jobs.runner import run_scans
from miner.settings import Settings
from miner.store import NewBatch, NewItem, RepositoryInfo, Store, batches, feeding, items
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import build_repository


def test_while_a_pause_lasts_its_server_is_not_asked() -> None:
    pauses, asked = Pauses(), []

    def refuse() -> None:
        asked.append(1)
        raise RateLimited("later", 30.0)

    for _ in range(2):
        with pytest.raises(Postponed) as raised:
            pauses.keeping("github.com", refuse)
        assert 29 < raised.value.seconds <= 30
    assert len(asked) == 1
    assert pauses.keeping("gitlab.com", lambda: 5) == 5


def test_a_pause_without_a_time_is_a_minute() -> None:
    def refuse() -> None:
        raise RateLimited("later")

    with pytest.raises(Postponed) as raised:
        Pauses().keeping("github.com", refuse)
    assert raised.value.seconds == DEFAULT_PAUSE_SECONDS


def test_an_item_that_is_put_off_waits_and_counts_no_attempt(store: Store) -> None:
    now = datetime.now(UTC)
    with store.changing() as session:
        wanted = [NewItem("o/n", RepositoryInfo("o", "n"))]
        batch_id = batches.create(session, NewBatch(kind="scan", title="", created_by="test"), wanted, now)
        (item_id,) = feeding.waiting(session, batch_id, 10)
        feeding.carry(session, [item_id], "job")
        assert items.begin(session, [item_id], "job", now)
        items.put_off(session, item_id, "job", now + timedelta(hours=1))
        assert feeding.waiting(session, batch_id, 10) == []
        items.put_off(session, item_id, "another job", now)  # has no say
        assert feeding.waiting(session, batch_id, 10) == []
    with store.changing() as session:
        feeding.carry(session, [item_id], "job")
        (begun,) = items.begin(session, [item_id], "job", now)
        assert begun.attempts == 1
        items.put_off(session, item_id, "job", now)
        assert feeding.waiting(session, batch_id, 10) == [item_id]


def test_a_git_server_that_asks_for_a_pause_fails_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path) as server:
        build_repository(server.repository("o/n"), {b"a.py": b"1\n"})
        refusals = [Answer(429, {"Retry-After": "1"}), Answer(429, {"Retry-After": "1"})]
        server.once(refusals)
        settings = settings.model_copy(update={"git_url": server.base_url, "ca_file": server.ca_file})
        done = run_scans(settings, ["o/n"])
        assert (dict(done.by_state), refusals) == ({"scanned": 1}, [])


def missed() -> None:
    raise Unreachable("there is no network")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot be reached is asked again without a wait."""
    monkeypatch.setattr(pausing, "FIRST_WAIT_SECONDS", 0.0)


def test_who_cannot_be_reached_is_left_alone() -> None:
    pauses = Pauses()
    for _ in range(2):
        with pytest.raises(Postponed) as raised:
            pauses.keeping("github.com", missed)
        assert FIRST_WAIT_SECONDS - 1 < raised.value.seconds <= FIRST_WAIT_SECONDS
    with pytest.raises(Postponed):
        pauses.keeping("github.com", lambda: pytest.fail("it was asked"))
    assert pauses.keeping("gitlab.com", lambda: 5) == 5


def test_jobs_that_find_a_server_away_at_the_same_time_are_one_try() -> None:
    pauses = Pauses()

    def missed_by(others: int) -> None:
        if others:
            with pytest.raises(Postponed):
                pauses.keeping("github.com", lambda: missed_by(others - 1))
        missed()

    with pytest.raises(Postponed) as raised:
        pauses.keeping("github.com", lambda: missed_by(MOST_TRIES))
    assert raised.value.seconds <= FIRST_WAIT_SECONDS


def test_waits_grow_to_an_hour_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, waited, now = Pauses(), [], 1000.0
    monkeypatch.setattr(pausing.time, "monotonic", lambda: now)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(Postponed) as raised:
            pauses.keeping("github.com", missed)
        waited.append(raised.value.seconds)
        now += raised.value.seconds
    assert waited[:3] == [FIRST_WAIT_SECONDS, 2 * FIRST_WAIT_SECONDS, 4 * FIRST_WAIT_SECONDS]
    assert waited[-1] == LONGEST_WAIT_SECONDS
    assert 3000 < sum(waited) < 4000
    with pytest.raises(Unreachable):
        pauses.keeping("github.com", missed)
    with pytest.raises(Postponed) as raised:  # the others are spared
        pauses.keeping("github.com", missed)
    assert raised.value.seconds == LONGEST_WAIT_SECONDS


def test_a_server_that_comes_back_has_all_its_tries_again(at_once: None) -> None:
    pauses = Pauses()
    for reached in (False, True):
        for _ in range(MOST_TRIES - 1):
            with pytest.raises(Postponed):
                pauses.keeping("github.com", missed)
        if not reached:
            assert pauses.keeping("github.com", lambda: 5) == 5
    with pytest.raises(Unreachable):
        pauses.keeping("github.com", missed)


def test_who_waits_for_an_answer_is_told_at_once_unless_there_was_one_before() -> None:
    pauses = Pauses()
    with pytest.raises(Unreachable):
        pauses.keeping("github.com", missed, patient=False)
    assert pauses.keeping("github.com", lambda: 5, patient=False) == 5
    with pytest.raises(Postponed):
        pauses.keeping("github.com", missed, patient=False)


def test_a_git_server_that_is_away_for_a_while_fails_nothing(
    settings: Settings, tmp_path: Path, at_once: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pausing, "MOST_TRIES", 1_000)
    monkeypatch.setattr(runner, "FEW_TARGETS", 0)
    (tmp_path / "served").mkdir()
    server = GitHttpsServer(tmp_path / "served", tmp_path)
    targets = [f"o/n{number}" for number in range(3)]
    for target in targets:
        build_repository(server.repository(target), {b"a.py": b"1\n"})
    settings = settings.model_copy(update={"git_url": server.base_url, "ca_file": server.ca_file})
    with ExitStack() as later, caplog.at_level(logging.WARNING, "miner.jobs.pauses"):
        away = [server]

        def comes_back() -> bool:
            if caplog.records and away:
                later.enter_context(away.pop())
            return False

        done = run_scans(settings, targets, stop=comes_back)
    assert dict(done.by_state) == {"scanned": 3}
    assert "no connection to 127.0.0.1" in caplog.text


@pytest.mark.parametrize("few", [0, 10], ids=["after_its_tries", "at_once_where_somebody_waits"])
def test_a_git_server_that_stays_away_fails_in_the_end(
    settings: Settings, at_once: None, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "FEW_TARGETS", few)
    monkeypatch.setattr(pausing, "MOST_TRIES", 3)
    done = run_scans(settings.model_copy(update={"git_url": "https://127.0.0.1:1"}), ["o/n"])
    (failure,) = done.failures
    assert failure.state == "failed"
    assert (failure.reason or "").startswith("no connection to 127.0.0.1: ")
