"""The prepared run for a GPU machine, on a processor: what it packs, what it tells, and that it asks for a GPU."""

import json
from pathlib import Path

import pytest

from benchmarks import verify_gpu
from miner.verify.device import Device
from tests.conformance.table import ROWS_FOLDER

FILES = {"train.py": (ROWS_FOLDER / "global_none.py").read_bytes(), "a folder/set.yaml": b"workers: 2\n"}


def test_a_packed_repository_is_read_as_it_was(tmp_path: Path) -> None:
    verify_gpu.pack(tmp_path / "owner+name.tar", FILES, "c" * 40)
    ((name, opened),) = verify_gpu.trees(tmp_path)
    tree = opened()
    assert (name, tree.commit) == ("owner/name", "c" * 40)
    assert {entry.path: data for entry, data in tree.read(tree.entries())} == FILES


def test_small_repositories_with_a_finding_are_packed_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "clones").mkdir()
    verify_gpu.pack(tmp_path / "clones" / "owner+bug.tar", FILES, None)
    verify_gpu.pack(tmp_path / "clones" / "owner+none.tar", {"train.py": b"import torch\n"}, None)
    assert list(verify_gpu.prepare(tmp_path / "clones", tmp_path / "packed", 5)) == ["owner/bug"]


def test_without_a_gpu_it_says_so_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "clones").mkdir()
    if not Path("/dev/nvidia0").exists():
        assert verify_gpu.main([str(tmp_path / "clones"), "--out", str(tmp_path / "out")]) == 2
        assert capsys.readouterr().err.startswith("no run on a GPU: no NVIDIA GPU here")
        assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_the_run_tells_of_the_device_of_our_own_programs_and_of_repositories(tmp_path: Path) -> None:
    (tmp_path / "clones").mkdir()
    verify_gpu.pack(tmp_path / "clones" / "owner+name.tar", FILES, "c" * 40)
    run = verify_gpu.recorded(Device("cpu"), tmp_path / "clones", 600, 1)
    verify_gpu.write(tmp_path / "out", run)
    assert verify_gpu.moved(run) == ["owner/name"]
    assert {row["name"] for row in run["own"]} == set(verify_gpu.PROGRAMS)
    assert all(row["verification"]["verdict"] == "confirmed" for row in run["own"])
    assert {row["check"]["code"] for row in run["checks"]} == {"RP107", "RP108"}
    assert json.loads((tmp_path / "out/run.json").read_text()) == run
    told = (tmp_path / "out/README.md").read_text()
    assert "| owner/name | confirmed, torch < 1.9 | R1 | 0, 24 of 24 |" in told
    assert "1 of 1 repositories came to a verdict" in told
