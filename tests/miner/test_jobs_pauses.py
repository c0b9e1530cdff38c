"""A server's pause puts jobs off: none fails, none is asked for meanwhile, and no worker sleeps on it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner.errors import RateLimited
from miner.jobs.pauses import DEFAULT_PAUSE_SECONDS, Pauses
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
        with pytest.raises(RateLimited) as raised:
            pauses.keeping("github.com", refuse)
        assert 29 < (raised.value.retry_after or 0) <= 30
    assert len(asked) == 1
    assert pauses.keeping("gitlab.com", lambda: 5) == 5


def test_a_pause_without_a_time_is_a_minute() -> None:
    def refuse() -> None:
        raise RateLimited("later")

    with pytest.raises(RateLimited) as raised:
        Pauses().keeping("github.com", refuse)
    assert raised.value.retry_after == DEFAULT_PAUSE_SECONDS


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
