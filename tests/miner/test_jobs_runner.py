"""Runs from targets to rows, on both databases: failures, resumption, death."""

import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, DBOSClient
from sqlalchemy import text

from analysis.report import Report
from miner.errors import BadTarget
from miner.jobs import engine, feeder, heartbeat, kinds
from miner.jobs.feeder import Feeder
from miner.jobs.runner import Progress, Summary, run_scans
from miner.settings import Settings
from miner.store import NewBatch, NewItem, Store, StoreUnavailable, batches, feeding, items
from miner.store.subseconds import teach_subseconds
from tests.support import postgres
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import TRAIN, ObjectWriter, build_hostile, build_repository

PLAIN = b"import torch\n"
# More than two processes do while the results of the first ones gather.
MANY = 40


@pytest.fixture
def scanning(settings: Settings, store: Store) -> Settings:
    """Settings for runs into the test's store, by one process."""
    return settings.model_copy(update={"database_url": store.url, "scan_concurrency": 1})


@pytest.fixture
def online(scanning: Settings, server: GitHttpsServer) -> Settings:
    """Settings for which GitHub is the test's own server."""
    return scanning.model_copy(update={"git_url": server.base_url, "ca_file": server.ca_file})


def repositories(folder: Path, number: int) -> list[str]:
    """Paths of new repositories, half of them with the bug."""
    paths = [folder / f"r{place:02}" for place in range(number)]
    for place, path in enumerate(paths):
        build_repository(path, {b"train.py": TRAIN if place % 2 else PLAIN})
    return [str(path) for path in paths]


def create(store: Store, targets: list[str]) -> int:
    """A batch over these targets that nobody works on yet."""
    wanted = [NewItem(target, None) for target in targets]
    return store.batches.create(wanted, NewBatch("scan", "test", "test"), key=batches.targets_key(wanted))


def states(summary: Summary) -> dict[str, int]:
    return {str(state): number for state, number in summary.by_state.items()}


def scans_of(store: Store) -> dict[str, int]:
    """How many scans each repository has."""
    items = store.list_repositories(limit=1000).items
    return {item.repository.name: len(store.list_scans(item.repository.id)) for item in items}


class TestRuns:
    def test_local_repositories_end_up_in_the_store(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        seen: list[Progress] = []
        summary = run_scans(scanning, repositories(tmp_path, 4), seen.append)
        assert states(summary) == {"scanned": 4}
        assert (summary.failures, summary.stopped, summary.resumed) == ((), False, False)
        assert [progress.done for progress in seen] == [0, 1, 2, 3, 4]
        assert scans_of(store) == {"r00": 1, "r01": 1, "r02": 1, "r03": 1}
        found = store.get_repository("local", "-", "r01")
        assert found is not None
        assert (found.state, found.local_path) == ("scanned", str(tmp_path / "r01"))
        scan = store.get_scan(found.id)
        assert scan is not None
        assert scan.commit == found.head_oid
        assert scan.eligible
        (finding,) = store.list_findings(scan.id)
        assert (finding.path, finding.blob is not None) == ("train.py", True)
        excerpts = store.list_excerpts(scan.id)
        assert any("np.random" in excerpt.text for excerpt in excerpts)
        funnel = store.funnel()
        assert (funnel.scanned, funnel.imports_torch, funnel.draw_in_worker) == (4, 4, 2)

    def test_every_failure_is_a_row_with_its_reason(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        (good,) = repositories(tmp_path, 1)
        ObjectWriter(tmp_path / "empty")
        (tmp_path / "plain").mkdir()
        targets = [str(tmp_path / "empty"), str(tmp_path / "plain"), "not a target", good]
        summary = run_scans(scanning, targets)
        assert states(summary) == {"empty": 1, "failed": 2, "scanned": 1}
        assert [item.target for item in summary.failures] == targets[:3]
        assert all(item.reason for item in summary.failures)

    def test_a_local_copy_stands_for_its_repository(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        (path,) = repositories(tmp_path, 1)
        run_scans(scanning, [f"{path} as owner/name"])
        found = store.get_repository("github.com", "owner", "name")
        assert found is not None
        scan = store.get_scan(found.id)
        assert scan is not None
        assert '"repo":"owner/name"' in (store.get_report(scan.id) or "")

    def test_an_unchanged_commit_is_not_analysed_again(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        writer = ObjectWriter(tmp_path / "r00")
        writer.commit(writer.tree({b"train.py": PLAIN}))
        path = str(tmp_path / "r00")
        run_scans(scanning, [path])
        again = run_scans(scanning, [path])
        assert states(again) == {"unchanged": 1}
        newer = writer.commit(writer.tree({b"train.py": TRAIN}))
        assert states(run_scans(scanning, [path])) == {"scanned": 1}
        found = store.get_repository("local", "-", "r00")
        assert found is not None
        assert [scan.commit == newer for scan in store.list_scans(found.id)] == [True, False]

    def test_folders_of_one_name_are_two_repositories(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        (first,), (second,) = repositories(tmp_path / "a", 1), repositories(tmp_path / "b", 1)
        run_scans(scanning, [first, second])
        assert scans_of(store) == {"r00": 1, "r00~2": 1}

    def test_nothing_to_scan(self, scanning: Settings) -> None:
        with pytest.raises(BadTarget):
            run_scans(scanning, [])

    def test_the_database_is_made(self, settings: Settings, tmp_path: Path) -> None:
        fresh = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'new' / 'new.db'}"})
        assert states(run_scans(fresh, repositories(tmp_path, 1))) == {"scanned": 1}

    def test_nothing_is_left_lying_about(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        run_scans(scanning, repositories(tmp_path, 2))
        assert list((scanning.cache_dir / "work").iterdir()) == []
        with store.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM workers")) == 0
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text("SET search_path TO dbos"))
            assert session.scalar(text("SELECT count(*) FROM workflow_status")) == 0


class TestRemote:
    def test_a_repository_is_fetched_once_per_commit(
        self, online: Settings, store: Store, server: GitHttpsServer
    ) -> None:
        build_repository(server.repository("owner/name"), {b"train.py": TRAIN})
        assert states(run_scans(online, ["owner/name"])) == {"scanned": 1}
        found = store.get_repository("github.com", "owner", "name")
        assert found is not None
        assert store.get_sources(found.id) == ["scan"]
        asked = len(server.requests)
        assert states(run_scans(online, ["owner/name"])) == {"unchanged": 1}
        assert len(server.requests) == asked + 1

    def test_what_cannot_be_had_is_told_apart(self, online: Settings, store: Store, server: GitHttpsServer) -> None:
        build_repository(server.repository("owner/good"), {b"train.py": PLAIN})
        ObjectWriter(server.repository("owner/empty"))
        server.answer("owner/blocked", Answer(451))
        names = ["gone", "empty", "blocked", "good"]
        summary = run_scans(online, [f"owner/{name}" for name in names])
        assert states(summary) == {"gone": 1, "empty": 1, "blocked": 1, "scanned": 1}
        for name in names:
            found = store.get_repository("github.com", "owner", name)
            assert found is not None
            assert found.state == ("scanned" if name == "good" else name)
            assert (found.state_reason is None) == (name == "good")

    def test_a_hostile_repository_says_what_was_not_read(
        self, online: Settings, store: Store, server: GitHttpsServer, tmp_path: Path
    ) -> None:
        build_hostile(server.repository("owner/hostile"), zeros=2 * 2**20)
        before = set(tmp_path.rglob("*"))
        assert states(run_scans(online, ["owner/hostile"])) == {"scanned": 1}
        found = store.get_repository("github.com", "owner", "hostile")
        assert found is not None
        scan = store.get_scan(found.id)
        assert scan is not None
        assert (scan.fsck_failed, scan.legacy, scan.modern) == (True, "duplicate", "clean")
        unread = {
            entry.path: entry.reason for entry in Report.model_validate_json(store.get_report(scan.id) or "").unread
        }
        assert len(unread) == scan.unread_files
        for path in ("../escape.py", ".git/hooks/post-checkout", "sub", "two\\nlines.py", "zeros.py"):
            assert unread[path], path
        written = {path for path in set(tmp_path.rglob("*")) - before if online.cache_dir not in path.parents}
        assert {path.name for path in written} <= {"cache", "seedwatch.db", "seedwatch.db-shm", "seedwatch.db-wal"}

    def test_a_renamed_repository_is_found_under_its_new_name(
        self, online: Settings, store: Store, server: GitHttpsServer
    ) -> None:
        build_repository(server.repository("new/name"), {b"train.py": PLAIN})
        location = f"{server.base_url}/new/name.git/git-upload-pack"
        server.answer("old/name", Answer(301, {"Location": location}))
        assert states(run_scans(online, ["old/name"])) == {"scanned": 1}
        assert scans_of(store) == {"name": 1}
        found = store.get_repository("github.com", "new", "name")
        assert found is not None
        assert found.state == "scanned"


class TestInterruption:
    def test_a_stop_stops_and_a_second_call_goes_on(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        targets = repositories(tmp_path, MANY)
        scanning = scanning.model_copy(update={"scan_concurrency": 2})

        heard: list[Progress] = []
        stopped = run_scans(scanning, targets, heard.append, lambda: any(each.item for each in heard))
        assert stopped.stopped
        assert 1 <= states(stopped)["scanned"] < MANY
        assert set(states(stopped)) == {"scanned", "queued"}
        progress = store.batches.find(stopped.batch_id)
        assert progress is not None
        assert (progress.state, progress.done) == ("paused", states(stopped)["scanned"])

        finished = run_scans(scanning, targets)
        assert (finished.batch_id, finished.resumed, finished.stopped) == (stopped.batch_id, True, False)
        assert states(finished) == {"scanned": MANY}
        assert set(scans_of(store).values()) == {1}
        assert all(item.attempts == 1 for item in store.batches.items(finished.batch_id))

    def test_another_list_of_targets_is_another_batch(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        targets = repositories(tmp_path, 3)
        store.batches.pause(create(store, targets), "test")
        assert not run_scans(scanning, targets[:2]).resumed
        assert run_scans(scanning, targets[::-1]).resumed

    def test_a_killed_process_loses_nothing(
        self, scanning: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        targets = repositories(tmp_path, 6)
        killed = _scan_in_a_process(scanning, targets)
        _wait_for_a_scan(store)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        # As after eight seconds of silence, without the wait.
        monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.2)
        monkeypatch.setattr(heartbeat, "DEAD_AFTER", timedelta(seconds=1))
        finished = run_scans(scanning, targets)
        assert finished.resumed
        assert states(finished) == {"scanned": 6}
        assert set(scans_of(store).values()) == {1}
        assert list((scanning.cache_dir / "work").iterdir()) == []

    def test_a_database_that_goes_away_is_one_clear_error(
        self, settings: Settings, postgres_server: str, tmp_path: Path
    ) -> None:
        targets = repositories(tmp_path, 4)
        with postgres.database(postgres_server) as url:

            def drop(progress: Progress) -> None:
                if progress.item is not None:
                    postgres.drop(postgres_server, url)

            with pytest.raises(StoreUnavailable):
                run_scans(settings.model_copy(update={"database_url": url}), targets, drop)

    def test_what_an_older_release_put_into_the_queue_is_handed_out_anew(
        self, scanning: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        targets = repositories(tmp_path, 3)
        batch_id = create(store, targets)
        teach_subseconds()
        DBOS.migrate(store.url)
        with monkeypatch.context() as older:
            older.setattr(feeder, "APPLICATION_VERSION", "0")
            client = DBOSClient(system_database_url=store.url, application_name="older")
            Feeder(store, client, kinds.of_queues((kinds.CRAWL,))).feed()
        with store.reading() as session:
            jobs = feeding.jobs(session)
        assert jobs
        monkeypatch.setattr(engine, "REPAIR_SECONDS", 0.5)
        finished = run_scans(scanning, targets)
        assert (finished.batch_id, states(finished)) == (batch_id, {"scanned": 3})
        assert client.list_workflows(workflow_ids=jobs) == []
        client.destroy()

    def test_a_job_that_kills_its_worker_is_set_aside(self, scanning: Settings, store: Store, tmp_path: Path) -> None:
        """It alone: those that were under way beside it are scanned."""
        targets = repositories(tmp_path, 6)
        batch_id = create(store, targets)
        statuses: list[int] = []
        while store.batches.get(batch_id).state != "finished" and len(statuses) < 8:
            statuses.append(_scan_in_a_process(scanning, targets, _KILLED_BY % targets[2]).wait())
        found = {item.target: (item.state, item.reason) for item in store.batches.items(batch_id)}
        assert found.pop(targets[2]) == ("failed", "set aside: its worker died 3 times")
        assert set(found.values()) == {("scanned", None)}
        assert statuses == [-signal.SIGKILL] * 3 + [0]

    def test_a_fault_of_ours_fails_one_job(
        self, scanning: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good, bad = repositories(tmp_path, 2)
        local_name = "miner.jobs.kinds.scan.local_name"

        def faulty(path: Path) -> str:
            return "good" if str(path) == good else str(1 / 0)

        monkeypatch.setattr(local_name, faulty)
        summary = run_scans(scanning, [good, bad])
        assert states(summary) == {"failed": 1, "scanned": 1}
        assert "ZeroDivisionError" in (summary.failures[0].reason or "")

    def test_results_and_progress_are_one_commit(
        self, scanning: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (path,) = repositories(tmp_path, 1)
        seen: list[int] = []
        finish = items.finish

        def failing_once(*arguments: Any, **named: Any) -> None:
            seen.append(len(scans_of(store)))
            if len(seen) == 1:
                raise RuntimeError("after the results, before the item")
            finish(*arguments, **named)

        monkeypatch.setattr(items, "finish", failing_once)
        summary = run_scans(scanning, [path])
        assert states(summary) == {"failed": 1}
        assert "after the results" in (summary.failures[0].reason or "")
        assert sum(scans_of(store).values()) == 0


# A worker that one repository kills, and one that others soon see to be dead.
_KILLED_BY = """
import os, signal
from datetime import timedelta
from miner.jobs import engine, heartbeat
from miner.jobs.kinds.scan import Scans
engine.BEAT_SECONDS, heartbeat.DEAD_AFTER = 0.2, timedelta(seconds=1)
perform = Scans.perform
def killed_by(self, item):
    return os.kill(os.getpid(), signal.SIGKILL) if item.target == %r else perform(self, item)
Scans.perform = killed_by
"""


def _scan_in_a_process(settings: Settings, targets: list[str], first: str = "") -> subprocess.Popen[bytes]:
    program = (
        f"{first}\n"
        "import sys\n"
        "from miner.jobs.runner import run_scans\n"
        "from miner.settings import load_settings\n"
        "if __name__ == '__main__':\n"
        "    run_scans(load_settings(), sys.argv[1:])\n"
    )
    environment = {
        "PATH": str(Path(shutil.which("git") or "git").parent),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "SEEDWATCH_DATABASE_URL": settings.database_url,
        "SEEDWATCH_CACHE_DIR": str(settings.cache_dir),
        "SEEDWATCH_SCAN_CONCURRENCY": "1",
    }
    return subprocess.Popen([sys.executable, "-c", program, *targets], env=environment)


def _wait_for_a_scan(store: Store) -> None:
    deadline = time.monotonic() + 60
    while store.funnel().scanned == 0:
        if time.monotonic() > deadline:
            raise AssertionError("the other process scans nothing")
        time.sleep(0.01)
