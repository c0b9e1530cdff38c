"""`seedwatch fix`: shown, printed as one patch, or written where nothing is lost by it."""

import subprocess
from pathlib import Path

import pytest

from analysis.fix.examples import forms, program

(FORM,) = (form for form in forms() if form.code == "WS103")
BAD, GOOD = program(FORM.bad), program(FORM.good)


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    command = ["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path) -> Path:
    (tmp_path / "train.py").write_text(BAD, "utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_the_patch_is_shown_with_its_reason_and_nothing_is_written(seedwatch, repository):
    ran = seedwatch("fix", repository)
    assert ran.status == 0
    assert "1  WS103  seeded from the worker's number alone" in ran.out
    assert "safe; mends " in ran.out
    assert "+    np.random.seed(torch.initial_seed() % 2**32)" in ran.out
    assert (repository / "train.py").read_text("utf-8") == BAD


def test_the_diff_is_for_git_apply(seedwatch, repository):
    ran = seedwatch("fix", repository, "--diff")
    git(repository, "apply", "-", stdin=ran.out)
    assert (repository / "train.py").read_text("utf-8") == GOOD


def test_writing_changes_the_file_and_a_second_time_nothing(seedwatch, repository):
    (repository / "train.py").chmod(0o755)
    git(repository, "commit", "-qam", "mode")
    ran = seedwatch("fix", repository, "--write")
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "Written: train.py")
    assert (repository / "train.py").read_text("utf-8") == GOOD
    assert (repository / "train.py").stat().st_mode & 0o777 == 0o755
    assert seedwatch("fix", repository, "--write").out.startswith("Nothing to mend")
    assert git(repository, "status", "--short") == " M train.py\n"


def test_changes_that_are_not_committed_are_not_written_over(seedwatch, repository):
    (repository / "train.py").write_text(BAD + "# mine\n", "utf-8")
    ran = seedwatch("fix", repository, "--write")
    assert (ran.status, "train.py has changes that are not committed" in ran.err) == (2, True)
    assert (repository / "train.py").read_text("utf-8") == BAD + "# mine\n"


def test_a_folder_outside_git_is_not_written_to(seedwatch, tmp_path):
    (tmp_path / "train.py").write_text(BAD, "utf-8")
    ran = seedwatch("fix", tmp_path, "--write")
    assert (ran.status, "is in no git work tree" in ran.err) == (2, True)
    assert (tmp_path / "train.py").read_text("utf-8") == BAD


def test_a_commit_is_patched_on_paper_only(seedwatch, repository):
    assert "+    np.random.seed(torch" in seedwatch("fix", repository, "--rev", "HEAD", "--diff").out
    ran = seedwatch("fix", repository, "--rev", "HEAD", "--write")
    assert (ran.status, "--write needs files" in ran.err) == (2, True)


def test_one_pair_alone(seedwatch, repository):
    ran = seedwatch("fix", repository, "--pair", "none")
    assert (ran.status, "no pair has the id 'none'" in ran.err) == (2, True)


def test_what_cannot_be_mended_is_said(seedwatch, repository):
    (repository / "train.py").write_text(BAD + "\nprint 'Python 2'\n", "utf-8")
    ran = seedwatch("fix", repository)
    assert (ran.status, ran.out.splitlines()[0]) == (1, "No patch is known to mend:")


def test_a_patch_is_put_to_the_test(seedwatch, repository):
    ran = seedwatch("fix", repository, "--verify")
    assert (ran.status, "  safe, proven; mends " in ran.out) == (0, True)


def test_a_gpu_is_for_putting_to_the_test_and_has_to_be_there(seedwatch, repository):
    ran = seedwatch("fix", repository, "--gpu")
    assert (ran.status, "--gpu goes with --verify" in ran.err) == (2, True)
    ran = seedwatch("fix", repository, "--verify", "--gpu")
    if Path("/dev/nvidia0").exists():
        assert ran.status == 0
    else:
        assert (ran.status, ran.out, "no NVIDIA GPU here" in ran.err) == (2, "", True)
