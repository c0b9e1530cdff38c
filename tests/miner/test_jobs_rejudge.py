"""Rejudging: verdicts anew from what is kept, without a fetch; on both databases."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from miner.jobs.kinds.rejudge import NOT_JUDGED_NOW
from miner.jobs.runner import Summary, run_batch, run_scans
from miner.settings import Settings
from miner.store import NewBatch, Scan, Store
from miner.store.records import Changes
from tests.support.githttps import GitHttpsServer
from tests.support.hostile import TRAIN, build_repository


@pytest.fixture
def online(settings: Settings, store: Store, server: GitHttpsServer) -> Settings:
    """Settings for which GitHub is the test's own server."""
    changed = {"database_url": store.url, "git_url": server.base_url, "ca_file": server.ca_file, "scan_concurrency": 1}
    return settings.model_copy(update=changed)


def rejudged(settings: Settings, store: Store) -> tuple[int, Summary]:
    """The batch over what this release has not judged, and how it ended."""
    batch_id = store.batches.select(NewBatch("rejudge", "test", "test"), NOT_JUDGED_NOW)
    return batch_id, run_batch(settings, store, batch_id)


def judged_by_another(store: Store) -> None:
    """As if an older release had scanned everything, and could not tell."""
    with store.changing() as session:
        session.execute(text("UPDATE scans SET analyzer_version = '0.0.1', verdict = 'unknown'"))


def test_verdicts_come_anew_from_what_is_kept(
    online: Settings, store: Store, server: GitHttpsServer, tmp_path: Path
) -> None:
    build_repository(server.repository("owner/remote"), {b"train.py": TRAIN})
    build_repository(tmp_path / "local", {b"train.py": TRAIN})
    run_scans(online, ["owner/remote", str(tmp_path / "local")])
    before = {scan.commit: scan.verdict for scan in all_scans(store)}
    judged_by_another(store)
    asked = len(server.requests)

    batch_id, done = rejudged(online, store)
    assert (done.total, dict(done.by_state)) == (2, {"scanned": 2})
    assert len(server.requests) == asked
    assert {scan.commit: scan.verdict for scan in all_scans(store)} == before
    (verdict,) = set(before.values())
    assert store.batches.changes(batch_id) == [Changes("unknown", verdict, 2)]
    assert rejudged(online, store)[1].total == 0


def test_a_repository_of_which_nothing_is_kept_keeps_its_scan(
    online: Settings, store: Store, server: GitHttpsServer
) -> None:
    build_repository(server.repository("owner/remote"), {b"train.py": TRAIN})
    run_scans(online, ["owner/remote"])
    judged_by_another(store)
    shutil.rmtree(online.cache_dir / "mirrors")
    _, done = rejudged(online, store)
    (failure,) = done.failures
    assert (failure.state, "seedwatch rescan" in (failure.reason or "")) == ("failed", True)
    found = store.get_repository("github.com", "owner", "remote")
    assert found is not None
    assert (found.state, found.state_reason) == ("scanned", None)
    assert [(scan.analyzer_version, scan.is_latest) for scan in store.list_scans(found.id)] == [("0.0.1", True)]


def all_scans(store: Store) -> list[Scan]:
    """The latest scan of each repository."""
    items = store.list_repositories(limit=10).items
    return [item.scan for item in items if item.scan is not None]
