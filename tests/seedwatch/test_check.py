"""`seedwatch check`: what it takes, what it prints, how it exits."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.report import Report
from seedwatch.checking import plain_request

ROWS = Path("tests/conformance/rows")

# The verdict after each commit, from the oldest on, and what the last one does under torch < 1.9 and >= 1.9.
DEMOS = {
    "depth-maps": (["not_eligible", "affected"], "duplicate", "clean"),
    "flower-album": (["affected", "mitigated"], "duplicate", "clean"),
    "handwriting": (["affected_on_new_torch", "affected_on_new_torch"], "clean", "epoch_repeat"),
    "molecule-turns": (["not_eligible", "not_eligible"], "clean", "clean"),
    "night-drive": (["affected_on_old_torch", "affected", "mitigated"], "clean", "clean"),
    "one-process": (["not_eligible", "not_eligible"], "clean", "clean"),
    "point-clouds": (["affected_on_old_torch", "affected", "affected"], "epoch_repeat", "epoch_repeat"),
    "quiet-speech": (["affected", "affected"], "duplicate", "duplicate"),
    "sample-noise": (["mitigated", "affected"], "duplicate", "duplicate"),
    "street-crops": (["not_eligible", "affected_on_old_torch", "affected_on_old_torch"], "duplicate", "clean"),
    "tile-stream": (["affected_on_old_torch", "affected"], "duplicate", "duplicate"),
}


def commits(repository: Path) -> list[str]:
    listed = subprocess.run(["git", "rev-list", "--reverse", "HEAD"], cwd=repository, capture_output=True, text=True)
    return listed.stdout.split()


def test_every_demonstration_repository_is_expected(demo_repositories):
    assert sorted(demo_repositories) == sorted(DEMOS)


@pytest.mark.parametrize("name", DEMOS)
def test_the_history_of_each_demonstration(seedwatch, demo_repositories, name):
    verdicts, legacy, modern = DEMOS[name]
    reports = []
    for commit in commits(demo_repositories[name]):
        ran = seedwatch("check", demo_repositories[name], "--rev", commit, "--format", "json")
        reports.append(json.loads(ran.out))
        assert reports[-1]["commit"] == commit
        assert ran.status == reports[-1]["verdict"].startswith("affected")
    assert [report["verdict"] for report in reports] == verdicts
    assert (reports[-1]["legacy"], reports[-1]["modern"]) == (legacy, modern)


def test_a_bare_repository_is_read_at_its_head(seedwatch, demo_repositories):
    path = demo_repositories["night-drive"]
    report = json.loads(seedwatch("check", path, "--format", "json").out)
    assert report["commit"] == commits(path)[-1]
    assert report["commit_date"] == "2020-02-03"


def test_a_work_tree_is_read_as_it_lies_and_at_a_commit_where_one_is_named(seedwatch, demo_repositories, tmp_path):
    subprocess.run(["git", "clone", "-q", demo_repositories["night-drive"], tmp_path / "clone"], check=True)
    shutil.copy(ROWS / "global_none.py", tmp_path / "clone" / "drive.py")
    as_it_lies = json.loads(seedwatch("check", tmp_path / "clone", "--format", "json").out)
    assert (as_it_lies["verdict"], as_it_lies["commit"]) == ("affected_on_old_torch", None)
    committed = json.loads(seedwatch("check", tmp_path / "clone", "--rev", "HEAD", "--format", "json").out)
    assert committed["verdict"] == "mitigated"


def test_one_file(seedwatch, alone):
    ran = seedwatch("check", alone(ROWS / "instance_random_state.py"))
    assert ran.status == 1
    assert ran.out.startswith("AFFECTED  ")


def test_one_notebook(seedwatch, alone):
    notebook = alone(Path("seedwatch/demo/repositories/handwriting/1-notebook/handwriting.ipynb"))
    report = Report.model_validate_json(seedwatch("check", notebook, "--format", "json").out)
    assert [f"{draw.path}:{draw.line}" for draw in report.pairs[0].draws] == ["handwriting.ipynb:c2:10"]


def test_no_bug_exits_with_0(seedwatch, alone):
    ran = seedwatch("check", alone(ROWS / "global_initial_seed.py"))
    assert ran.status == 0
    assert ran.out.startswith("MITIGATED  ")


def test_json_is_one_line_that_the_model_reads_and_differs_between_runs_in_seconds_alone(seedwatch, alone):
    first, second = (seedwatch("check", alone(ROWS / "global_none.py"), "--format", "json").out for _ in range(2))
    assert first.count("\n") == 1
    assert next(iter(json.loads(first))) == "schema"
    one, other = (Report.model_validate_json(text) for text in (first, second))
    assert one.cost.seconds > 0
    assert one.model_copy(update={"cost": other.cost}) == other


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["empty", "--rev", "HEAD"], "is not a git repository"),
        (["night-drive", "--rev", "v9"], "has no commit 'v9'"),
        (["night-drive", "--rev", "--all"], "has no commit '--all'"),
        (["file.py", "--rev", "HEAD"], "--rev needs a repository"),
        (["empty", "--format", "xml"], "is not one of 'text', 'concise', 'github', 'sarif', 'json'"),
        ([], "no path is given"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    seedwatch, demo_repositories, tmp_path, monkeypatch, arguments, complaint
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.py").write_text("import torch\n")
    shutil.copytree(demo_repositories["night-drive"], tmp_path / "night-drive")
    ran = seedwatch("check", *arguments)
    assert ran.status == 2
    assert ran.out == ""
    assert complaint in ran.err
    assert ran.err.startswith("seedwatch check: ")
    assert ran.err.count("\n") == 1


def test_without_git_the_files_are_read_all_the_same_and_commits_are_not(
    seedwatch, demo_repositories, alone, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert seedwatch("check", alone(ROWS / "global_none.py")).status == 1
    ran = seedwatch("check", demo_repositories["night-drive"])
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "seedwatch check: git is not installed, or not on the PATH\n"


def test_a_hostile_repository_is_told_about_without_harm(seedwatch, tmp_path):
    start = b"from torch.utils.data import DataLoader\nDataLoader(x, num_workers=2)\n"
    (tmp_path / "a\x1b[31m.py").write_bytes(start + b"def f(:\n")
    (tmp_path / "broken.py").write_bytes(start + b"\xff\xfe(((\x00")
    ran = seedwatch("check", tmp_path)
    assert ran.status == 0
    assert "\x1b" not in ran.out
    assert "broken.py: " in ran.out


def test_an_empty_path_is_not_the_current_folder(seedwatch):
    ran = seedwatch("check", "")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "seedwatch check: the path is empty; `.` is the current folder\n"


def test_where_nothing_is_stated_of_pytorch_nothing_is_said_to_be_asked_for(seedwatch, tmp_path):
    assert "asks for            nothing is stated of PyTorch" in seedwatch("check", tmp_path).out


@pytest.mark.parametrize(
    ("plain", "otherwise"),
    [
        (["{path}", "--format", "concise"], ["{path}", "--format=concise"]),
        (["--rev", "HEAD~1", "{path}", "--format", "github"], ["{path}", "--rev=HEAD~1", "--format=github"]),
        (["{path}", "--baseline", "none.json"], ["{path}", "--baseline=none.json"]),
        (["{path}", "{path}", "--format", "markdown"], ["--format=markdown", "{path}", "{path}"]),
        ([], ["--"]),
    ],
)
def test_what_is_said_plainly_is_done_as_typer_would_have_it(seedwatch, demo_repositories, plain, otherwise):
    path = demo_repositories["night-drive"]
    plainly, by_typer = ([argument.format(path=path) for argument in form] for form in (plain, otherwise))
    assert plain_request(plainly) is not None
    assert plain_request(by_typer) is None
    assert seedwatch("check", *plainly) == seedwatch("check", *by_typer)


@pytest.mark.parametrize("arguments", ["--help", ". --rev", ". --rev --root", ". --format xml", ". --nothing", ". -x"])
def test_what_is_wrong_is_left_to_typer_to_explain(arguments):
    assert plain_request(arguments.split()) is None
