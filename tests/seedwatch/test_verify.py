"""`seedwatch verify` and `seedwatch doctor`, as a person runs them."""

import json
import subprocess
from pathlib import Path

import pytest

from miner.store import Store
from tests.conformance.table import ROWS_FOLDER
from tests.support.hostile import TRAIN, build_repository

PROGRAM = ROWS_FOLDER / "global_get_state.py"


@pytest.fixture
def program(alone) -> Path:
    """The program where no work tree is around it."""
    return alone(PROGRAM)


def test_json_has_the_verdict_and_its_evidence(seedwatch, program):
    ran = seedwatch("verify", program, "--json")
    assert ran.status == 0
    (said,) = json.loads(ran.out)["verifications"]
    assert (said["verdict"], said["scope"]) == ("confirmed", "any torch")
    assert said["evidence"]["same_between_runs"] is True
    assert said["evidence"]["versions"]["device"] == "cpu"


def test_text_says_what_was_seen(seedwatch, program):
    ran = seedwatch("verify", program)
    assert ran.status == 0
    assert "confirmed, any torch  PointCloud  global_get_state.py:26" in ran.out
    assert "epochs repeat 2 of 2 times" in ran.out


def test_a_part_of_a_work_tree_is_run_with_what_it_uses_and_has_the_ids_of_check(seedwatch, tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(PROGRAM.read_text("utf-8"))
    (tmp_path / "other.py").write_text(PROGRAM.read_text("utf-8"))
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    (pair,) = json.loads(seedwatch("check", "src", "--format", "json").out)["pairs"]
    (said,) = json.loads(seedwatch("verify", "src", "--pair", pair["id"], "--json").out)["verifications"]
    assert (said["verdict"], said["loader"].partition(":")[0]) == ("confirmed", "src/train.py")


def test_nothing_flagged_is_nothing_to_verify(seedwatch, alone):
    ran = seedwatch("verify", alone(ROWS_FOLDER / "control_torch.py"))
    assert (ran.status, ran.out.startswith("Nothing to verify")) == (0, True)


def test_what_is_not_there_ends_with_two(seedwatch, program):
    assert seedwatch("verify", program, "--pair", "none").status == 2
    assert seedwatch("verify", "/nonexistent").status == 2


def test_many_are_verified_as_a_batch_that_is_stored(seedwatch, tmp_path, monkeypatch):
    monkeypatch.setenv("SEEDWATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'seedwatch.db'}")
    build_repository(tmp_path / "noise", {b"train.py": TRAIN})
    build_repository(tmp_path / "fine", {b"train.py": b"import torch"})
    assert seedwatch("scan", tmp_path / "noise", tmp_path / "fine").status == 0
    ran = seedwatch("verify", "--where", "host = local")
    assert (ran.status, "1 repository" in ran.out) == (0, True), ran.out + ran.err
    left = seedwatch("verify", "--where", "host = local", "--detach")
    assert (left.status, left.out) == (0, "Batch 3: 1 repository\n")
    with Store(f"sqlite:///{tmp_path / 'seedwatch.db'}") as store:
        (affected,) = (one for one in store.list_repositories().items if one.scan and one.scan.eligible)
        (stored,) = store.verifications.of_scan(affected.scan.id).values()
        assert stored.said.verdict == "confirmed"
        assert seedwatch("verify", "--disagreements").out.startswith("What was seen is what was read")
        store.verifications.save(affected.scan.id, {0: stored.said.model_copy(update={"disagrees": True})})
    assert stored.said.reason in seedwatch("verify", "--disagreements").out
    (listed,) = json.loads(seedwatch("verify", "--disagreements", "--json").out)["disagreements"]
    assert listed["said"]["loader"] == stored.said.loader


def test_one_thing_to_verify_has_to_be_named(seedwatch):
    program = str(PROGRAM)
    for words in ((), (program, "--where", "fork = false"), ("--where", "colour = red"), (program, "--detach")):
        assert seedwatch("verify", *words).status == 2


def test_a_gpu_has_to_be_there_where_it_is_asked_for(seedwatch, program):
    ran = seedwatch("verify", program, "--gpu", "--json")
    if Path("/dev/nvidia0").exists():
        assert json.loads(ran.out)["verifications"][0]["evidence"]["versions"]["device"] != "cpu"
    else:
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith("seedwatch verify: no NVIDIA GPU here")


def test_workers_are_told_of_their_gpu_by_a_setting(seedwatch):
    ran = seedwatch("verify", "--where", "host = local", "--detach", "--gpu")
    assert ran.status == 2
    assert "SEEDWATCH_VERIFY_GPU" in ran.err


def test_the_doctor_says_what_there_is_of_a_gpu(seedwatch):
    ran = seedwatch("doctor", "--gpu")
    there = Path("/dev/nvidia0").exists()
    assert ("FAILS  GPU " in ran.out, "no NVIDIA GPU here" in ran.out) == (not there, not there)
    assert there or ran.status == 2


def test_the_doctor_tries_to_break_out(seedwatch):
    ran = seedwatch("doctor")
    assert ran.status == 0, ran.out
    assert "FAILS  network" not in ran.out
    assert "holds  password file" in ran.out
