"""The pre-commit hook and the GitHub Action: valid, and doing what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conformance.table import ROWS_FOLDER

BIN = Path(sys.executable).parent
BAD = (ROWS_FOLDER / "instance_random_state.py").read_text("utf-8")


def test_the_action_is_valid():
    checked = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    done = subprocess.run(checked, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_hook_runs_on_the_files_that_changed(tmp_path):
    (tmp_path / "train.py").write_text(BAD)
    (tmp_path / "other.py").write_text("x = 1\n")
    (hook,) = yaml.safe_load(Path(".pre-commit-hooks.yaml").read_text("utf-8"))
    command, *arguments = hook["entry"].split()

    def run(*files: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([BIN / command, *arguments, *files], cwd=tmp_path, capture_output=True, text=True)

    assert run("other.py").returncode == 0
    ran = run("train.py", "other.py")
    assert (ran.returncode, ran.stdout.startswith("train.py:")) == (1, True)


@pytest.mark.parametrize(("bad", "fail", "status"), [(True, "true", 1), (True, "false", 0), (False, "true", 0)])
def test_the_action_annotates_writes_sarif_and_sums_up(tmp_path, bad, fail, status):
    (tmp_path / "train.py").write_text(BAD if bad else "x = 1\n")
    script = Path("tools/action.sh").resolve()
    environment = {
        **os.environ,
        "CHECKED": ".",
        "BASELINE": "",
        "SARIF": "out.sarif",
        "FAIL": fail,
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    ran = subprocess.run(
        ["bash", script, BIN / "seedwatch"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == status, ran.stderr
    assert ran.stdout.startswith("::error file=train.py") == bad
    assert len(json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]) == bad
    assert (tmp_path / "outputs").read_text() == f"found={str(bad).lower()}\n"
    assert ("| error |" in (tmp_path / "summary").read_text()) == bad


def test_the_action_names_the_files_of_a_folder_from_the_root(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(BAD)
    script = Path("tools/action.sh").resolve()
    given = {"CHECKED": "src", "BASELINE": "", "SARIF": "out.sarif", "FAIL": "true"}
    environment = {**os.environ, **given, "GITHUB_OUTPUT": "outputs", "GITHUB_STEP_SUMMARY": "summary"}
    ran = subprocess.run(
        ["bash", script, BIN / "seedwatch"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout.startswith("::error file=src/train.py")) == (1, True)
    (result,) = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/train.py"
