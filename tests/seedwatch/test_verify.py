"""`seedwatch verify` and `seedwatch doctor`, as a person runs them."""

import json

from tests.conformance.table import ROWS_FOLDER

PROGRAM = ROWS_FOLDER / "global_get_state.py"


def test_json_has_the_verdict_and_its_evidence(seedwatch):
    ran = seedwatch("verify", str(PROGRAM), "--json")
    assert ran.status == 0
    (said,) = json.loads(ran.out)["verifications"]
    assert (said["verdict"], said["scope"]) == ("confirmed", "any torch")
    assert said["evidence"]["same_between_runs"] is True
    assert said["evidence"]["versions"]["device"] == "cpu"


def test_text_says_what_was_seen(seedwatch):
    ran = seedwatch("verify", str(PROGRAM))
    assert ran.status == 0
    assert "confirmed, any torch  PointCloud  global_get_state.py:26" in ran.out
    assert "epochs repeat 2 of 2 times" in ran.out


def test_nothing_flagged_is_nothing_to_verify(seedwatch):
    ran = seedwatch("verify", str(ROWS_FOLDER / "control_torch.py"))
    assert (ran.status, ran.out.startswith("Nothing to verify")) == (0, True)


def test_what_is_not_there_ends_with_two(seedwatch):
    assert seedwatch("verify", str(PROGRAM), "--pair", "none").status == 2
    assert seedwatch("verify", "/nonexistent").status == 2


def test_the_doctor_tries_to_break_out(seedwatch):
    ran = seedwatch("doctor")
    assert ran.status == 0, ran.out
    assert "FAILS  network" not in ran.out
    assert "holds  password file" in ran.out
