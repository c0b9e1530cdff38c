"""Verification as a durable job: from a batch to evidence in the store; on both databases."""

from pathlib import Path

import pytest

from miner.jobs.kinds import GPU, KINDS
from miner.jobs.runner import run_batch, run_scans
from miner.settings import Settings
from miner.store import LOCAL, NewBatch, Store
from tests.support.githttps import GitHttpsServer
from tests.support.hostile import TRAIN, build_repository


@pytest.fixture
def scanning(settings: Settings, store: Store) -> Settings:
    return settings.model_copy(update={"database_url": store.url, "scan_concurrency": 1})


SPLIT = b"""\
import random
import numpy as np
import torch
from sklearn.model_selection import train_test_split

def main():
    random.seed(0)
    torch.manual_seed(0)
    rows = list(range(100))
    train, test = train_test_split(rows, test_size=0.2)

if __name__ == "__main__":
    main()
"""


def test_it_is_served_by_workers_of_the_queue_for_gpus() -> None:
    assert KINDS["verify"].queue == GPU


def test_evidence_is_stored_beside_the_scan(scanning: Settings, store: Store, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path) as server:
        online = scanning.model_copy(update={"git_url": server.base_url, "ca_file": server.ca_file})
        build_repository(server.repository("owner/remote"), {b"train.py": TRAIN, b"LICENSE": b"As you like.\n"})
        build_repository(tmp_path / "local", {b"train.py": TRAIN, b"split.py": SPLIT})
        run_scans(online, ["owner/remote", str(tmp_path / "local")])
        batch_id = store.batches.select(NewBatch("verify", "test", "test"), "scanned = true")
        done = run_batch(online, store, batch_id)
    assert (done.total, dict(done.by_state)) == (2, {"scanned": 2})
    listed = store.list_repositories(limit=10).items
    for one in listed:
        assert one.scan is not None
        (stored,) = store.verifications.of_scan(one.scan.id).values()
        assert (stored.said.verdict, stored.said.scope, stored.said.evidence.rung) == ("confirmed", "torch < 1.9", "R1")
        (tried,) = store.proofs.patches_of(one.scan.id)
        assert (tried.says, tried.patch.code) == ("proven", "WS101")
        assert one.scan.verdict == "affected_on_old_torch"
        assert one.repository.state == "scanned"
        runs = [stored.said for stored in store.check_runs.of_scan(one.scan.id).values()]
        if one.repository.host == LOCAL:
            assert [(run.code, run.verdict, run.runs) for run in runs] == [("RP104", "confirmed", 3)]
        else:
            assert runs == []


def test_a_gpu_that_is_not_there_is_no_fault_of_the_repository(
    scanning: Settings, store: Store, tmp_path: Path
) -> None:
    build_repository(tmp_path / "local", {b"train.py": TRAIN})
    run_scans(scanning, [str(tmp_path / "local")])
    batch_id = store.batches.select(NewBatch("verify", "test", "test"), "scanned = true")
    done = run_batch(scanning.model_copy(update={"verify_gpu": True}), store, batch_id)
    (one,) = store.list_repositories(limit=10).items
    assert one.scan is not None
    assert one.repository.state == "scanned"
    stored = store.verifications.of_scan(one.scan.id)
    if Path("/dev/nvidia0").exists():
        assert stored[0].said.evidence.versions["device"] != "cpu"
    else:
        assert (done.failures[0].reason.startswith("no NVIDIA GPU here"), stored) == (True, {})


def test_a_repository_that_is_gone_keeps_what_is_known(scanning: Settings, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "local"
    build_repository(path, {b"train.py": TRAIN})
    run_scans(scanning, [str(path)])
    path.rename(tmp_path / "elsewhere")
    batch_id = store.batches.select(NewBatch("verify", "test", "test"), "scanned = true")
    done = run_batch(scanning, store, batch_id)
    assert len(done.failures) == 1
    (one,) = store.list_repositories(limit=10).items
    assert one.scan is not None
    assert one.repository.state == "scanned"
    assert store.verifications.of_scan(one.scan.id) == {}
