"""Paths inside a work tree: what is told of a part is what the whole work tree makes of it."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conformance.table import ROWS_FOLDER

OLD_TORCH = (ROWS_FOLDER / "global_none.py").read_text("utf-8")
BAD = (ROWS_FOLDER / "instance_random_state.py").read_text("utf-8")
GOOD = (ROWS_FOLDER / "global_initial_seed.py").read_text("utf-8")


@pytest.fixture
def work_tree(tmp_path, monkeypatch) -> Path:
    """A work tree whose bug a new torch ends, which the requirements at its root ask for; the current folder."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(OLD_TORCH)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\ndependencies = ["torch>=2.0"]\n')
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def committed(work_tree: Path) -> None:
    for command in (["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *command], cwd=work_tree, check=True
        )


@pytest.mark.parametrize(
    "asked", [["."], ["src"], ["src/train.py"], ["src", "src"], ["--root", ".", "src"]], ids=" ".join
)
def test_a_path_is_judged_by_the_requirements_of_its_work_tree(seedwatch, work_tree, asked):
    ran = seedwatch("check", *asked)
    assert (ran.status, ran.out.partition("  ")[0]) == (0, "MITIGATED")
    report = json.loads(seedwatch("check", *asked, "--format", "json").out)
    assert [pair["loader"].partition(":")[0] for pair in report["pairs"]] == ["src/train.py"]


def test_the_current_folder_may_be_inside_of_it(seedwatch, work_tree, monkeypatch):
    monkeypatch.chdir(work_tree / "src")
    assert seedwatch("check", ".").out.startswith("MITIGATED")
    # An editor opens paths from the current folder, GitHub from the root.
    assert seedwatch("check", ".", "--format", "concise").out.startswith("train.py:")
    assert seedwatch("check", ".", "--format", "github").out.startswith("::notice file=src/train.py,")
    monkeypatch.chdir(work_tree.parent)
    whole = seedwatch("check", work_tree, "--format", "concise").out
    assert whole.startswith(f"{work_tree.name}/src/train.py:")


def test_a_path_is_read_at_a_commit_of_its_work_tree(seedwatch, work_tree, monkeypatch):
    committed(work_tree)
    (work_tree / "src" / "train.py").write_text(GOOD)
    monkeypatch.chdir(work_tree / "src")
    for path in (".", "train.py"):
        report = json.loads(seedwatch("check", path, "--rev", "HEAD", "--format", "json").out)
        assert (report["legacy"], report["verdict"], len(report["commit"])) == ("duplicate", "mitigated", 40)


def test_the_verdict_is_that_of_the_part_whatever_else_there_is(seedwatch, work_tree):
    (work_tree / "other.py").write_text(BAD)
    (work_tree / "broken.py").write_text("def f(:\n")
    assert seedwatch("check", ".").out.startswith("AFFECTED")
    report = json.loads(seedwatch("check", "src", "--format", "json").out)
    assert (report["verdict"], len(report["pairs"]), report["unread"]) == ("mitigated", 1, [])
    assert seedwatch("check", "broken.py", "--format", "json").out.count('"broken.py"') == 1


def test_what_is_used_from_elsewhere_is_read(seedwatch, work_tree):
    loader = "for batch in DataLoader(CropDataset(), num_workers=2):\n    pass\n"
    (work_tree / "main.py").write_text(
        "from torch.utils.data import DataLoader\nfrom src.train import CropDataset\n" + loader
    )
    report = json.loads(seedwatch("check", "main.py", "--format", "json").out)
    assert [pair["draws"][0]["path"] for pair in report["pairs"]] == ["src/train.py"]


def test_settings_are_the_nearest_and_count_from_where_they_stand(seedwatch, work_tree):
    (work_tree / "src" / "train.py").write_text(BAD)
    assert seedwatch("check", "src").status == 1
    with (work_tree / "pyproject.toml").open("a") as file:
        file.write('[tool.seedwatch]\nexclude = ["src"]\n')
    assert seedwatch("check", "src").status == 0
    (work_tree / "src" / "pyproject.toml").write_text(
        '[tool.seedwatch]\npaths = ["train.py"]\nbaseline = "known.json"\n'
    )
    assert seedwatch("check", ".").status == 0
    assert seedwatch("check", "src", "--write-baseline").status == 0
    assert json.loads((work_tree / "src" / "known.json").read_text())["findings"]
    assert seedwatch("check", "src").status == 0


def test_what_tools_keep_and_what_is_a_work_tree_itself_stand_for_themselves(seedwatch, work_tree):
    inner = work_tree / ".venv" / "lib"
    nested = work_tree / "nested"
    for folder in (inner, nested):
        folder.mkdir(parents=True)
        (folder / "train.py").write_text(OLD_TORCH)
    subprocess.run(["git", "init", "-q", nested], check=True)
    for folder in (inner, nested):
        report = json.loads(seedwatch("check", folder, "--format", "json").out)
        assert (report["verdict"], report["pairs"][0]["loader"].partition(":")[0]) == (
            "affected_on_old_torch",
            "train.py",
        )


def test_a_link_among_the_files_that_changed_is_passed_over(seedwatch, work_tree, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "bad.py"
    elsewhere.write_text(BAD)
    (work_tree / "link.py").symlink_to(elsewhere)
    assert seedwatch("check", "--root", ".", "link.py", "--format", "concise").status == 0


@pytest.mark.parametrize(("folder", "path"), [(".", "src"), (".", "src/train.py"), ("src", "."), ("src", "train.py")])
def test_the_patch_of_a_part_is_for_git_apply_where_the_part_is_named(seedwatch, work_tree, monkeypatch, folder, path):
    monkeypatch.chdir(folder)
    patch = seedwatch("fix", path, "--diff").out
    subprocess.run(["git", "apply", "-"], input=patch, text=True, check=True)
    assert "worker_init_fn=" in (work_tree / "src" / "train.py").read_text()


def test_the_patch_of_a_part_leaves_the_rest_alone(seedwatch, work_tree):
    (work_tree / "other.py").write_text(OLD_TORCH)
    committed(work_tree)
    assert seedwatch("fix", "src", "--write").out.endswith("Written: src/train.py\n")
    assert (work_tree / "other.py").read_text() == OLD_TORCH
    assert seedwatch("fix", "src").out.startswith("Nothing to mend")
