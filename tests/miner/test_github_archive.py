"""GH Archive's hour files: what was pushed to is looked at first. Events are shaped as the archive has them today."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner.errors import BadInput, GitHubUnavailable
from miner.github import archive
from miner.github.archive import Hour, read_hours
from miner.store import FoundScan, RepositoryInfo, Store, watches
from tests.support.githttps import Answer
from tests.support.reports import COMMIT, report
from tests.support.stubhttp import StubServer

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=400)


def push(github_id: int, name: str, head: str = "b" * 40, ref: str = "refs/heads/main") -> dict[str, Any]:
    payload = {"repository_id": github_id, "push_id": 1, "ref": ref, "head": head, "before": "c" * 40}
    repo = {"id": github_id, "name": name, "url": f"https://api.github.com/repos/{name}"}
    return {"id": "1", "type": "PushEvent", "actor": {"id": 1, "login": "x"}, "repo": repo, "payload": payload}


EVENTS = [
    push(7, "o/known"),
    push(7, "o/known", ref="refs/tags/v1"),
    push(8, "o/same", head=COMMIT),
    push(9, "o/aside", ref="refs/heads/topic"),
    push(10, "o/new"),
    {"id": "2", "type": "WatchEvent", "repo": {"id": 11, "name": "o/watched"}, "payload": {"action": "started"}},
    {"id": "3", "type": "PushEvent", "repo": {"id": 12, "name": "odd"}, "payload": {"ref": "refs/heads/main"}},
]
HOUR = gzip.compress("".join(json.dumps(event) + "\n" for event in EVENTS).encode())


@pytest.fixture
def known(store: Store) -> Store:
    """Three scanned repositories, none of them due for long."""
    for number, name in enumerate(("known", "same", "aside"), 7):
        store.upsert_found([RepositoryInfo("o", name, github_id=number, default_branch="main")], source="list")
        row = store.get_repository_by_github_id(number)
        assert row is not None
        store.save_scan(row.id, FoundScan(report(), NOON))
        with store.changing() as session:
            watches.seen(session, row.id, COMMIT, None, LATER, NOON)
    return store


def due(store: Store) -> list[str]:
    with store.reading() as session:
        return [each.repository.name for each in watches.due(session, datetime.now(UTC), 10)]


def read(store: Store, *sources: str, add: bool = False) -> list[Hour]:
    return list(read_hours(store, sources, add=add, user_agent="seedwatch (+me)", ca_file=None))


def test_known_repositories_that_stand_elsewhere_become_due(known: Store, tmp_path: Path) -> None:
    path = tmp_path / "2026-11-20-15.json.gz"
    path.write_bytes(HOUR)
    assert read(known, str(path)) == [Hour(path.name, pushes=5, known=3, due=1, new=0)]
    assert due(known) == ["known"]
    assert known.get_repository_by_github_id(10) is None


def test_a_file_is_read_once_and_again_for_more(known: Store, tmp_path: Path) -> None:
    path = tmp_path / "hour.json"
    path.write_bytes(gzip.decompress(HOUR))
    assert len(read(known, str(path))) == 1
    assert read(known, str(path)) == []
    assert [hour.new for hour in read(known, str(path), add=True)] == [1]
    found = known.get_repository_by_github_id(10)
    assert found is not None
    assert (found.full_name, known.get_sources(found.id)) == ("o/new", ["archive"])
    assert read(known, str(path), add=True) == []


def test_an_hour_can_be_an_address(known: Store) -> None:
    with StubServer(lambda _: Answer(200, {"Content-Type": "application/gzip"}, HOUR)) as server:
        assert [hour.due for hour in read(known, f"{server.url}/2026-11-20-16.json.gz")] == [1]
    assert server.requests[0].headers["User-Agent"] == "seedwatch (+me)"


def test_what_is_broken_is_not_paid_for(known: Store, tmp_path: Path) -> None:
    path = tmp_path / "broken.json.gz"
    path.write_bytes(HOUR[:-20])
    with pytest.raises(BadInput, match="no hour file"):
        read(known, str(path))
    path.write_bytes(HOUR)
    assert len(read(known, str(path))) == 1
    with StubServer(lambda _: Answer(404, {}, b"")) as server, pytest.raises(GitHubUnavailable, match="404"):
        read(known, f"{server.url}/x.json.gz")
    (tmp_path / "text.json").write_text('{"type": "PushEvent"')
    with pytest.raises(BadInput, match="no hour file"):
        read(known, str(tmp_path / "text.json"))


def test_an_hour_is_asked_for_as_the_archive_writes_it(known: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with StubServer(lambda _: Answer(200, {}, HOUR)) as server:
        monkeypatch.setattr(archive, "ADDRESS", server.url)
        (hour,) = read(known, "2026-11-20-05")
        assert read(known, "2026-11-20-5") == []
        assert [request.path for request in server.requests] == ["/2026-11-20-5.json.gz"]
    assert (hour.name, hour.pushes) == ("2026-11-20-5", 5)


@pytest.mark.parametrize("hour", ["2026-13-01-0", "2026-02-30-1", "2026-11-20-24"])
def test_an_hour_that_there_is_not_is_said(known: Store, hour: str) -> None:
    with pytest.raises(BadInput, match="is no hour: write YYYY-MM-DD-H"):
        read(known, hour)
