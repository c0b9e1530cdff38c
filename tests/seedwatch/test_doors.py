"""The doors for editors, hooks and CI: formats, several paths, configuration, baseline."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conformance.table import ROWS_FOLDER

BAD = (ROWS_FOLDER / "instance_random_state.py").read_text("utf-8")
GOOD = (ROWS_FOLDER / "global_initial_seed.py").read_text("utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A work tree with a bug in each of two packages, the current folder."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.py").write_text(BAD)
    (tmp_path / "good.py").write_text(GOOD)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(out: str) -> list[str]:
    return [line.partition(" ")[0] for line in out.splitlines()]


def test_one_line_for_each_finding(seedwatch, project):
    ran = seedwatch("check", ".", "--format", "concise")
    assert ran.status == 1
    draw = next(n for n, line in enumerate(BAD.splitlines(), 1) if "self.random_state.choice" in line)
    column = BAD.splitlines()[draw - 1].index("self.random_state") + 1
    assert places(ran.out) == [f"one/train.py:{draw}:{column}:", f"two/train.py:{draw}:{column}:"]
    assert all(": error: WS102 " in line for line in ran.out.splitlines())


def test_several_paths_tell_what_involves_them(seedwatch, project):
    ran = seedwatch("check", "one/train.py", "good.py", "--format", "concise")
    assert (ran.status, len(places(ran.out))) == (1, 1)
    assert ran.out.startswith("one/train.py:")
    assert seedwatch("check", "--root", ".", "good.py", "--format", "concise").status == 0
    assert len(places(seedwatch("check", "--root", ".", "--format", "concise").out)) == 2


def test_paths_outside_the_folder_are_refused(seedwatch, project):
    ran = seedwatch("check", "--root", "one", "good.py")
    assert (ran.status, ran.err) == (2, "seedwatch check: good.py is not below one\n")


def test_annotations_for_github(seedwatch, project):
    (project / "odd, name:.py").write_text(BAD)
    out = seedwatch("check", ".", "--format", "github").out
    assert "::error file=one/train.py,line=" in out
    assert "file=odd%2C name%3A.py,line=" in out
    assert all(line.startswith("::") for line in out.splitlines())


def test_a_table_for_a_comment(seedwatch, project):
    lines = seedwatch("check", ".", "--format", "markdown").out.splitlines()
    assert lines[0].count("|") == 5
    assert all(line.replace("\\|", "").count("|") == 5 for line in lines)
    assert seedwatch("check", "good.py", "--format", "markdown").out == "seedwatch: nothing found.\n"


def test_the_configuration_says_what_counts(seedwatch, project):
    (project / "pyproject.toml").write_text('[tool.seedwatch]\nexclude = ["two"]\n')
    assert len(places(seedwatch("check", ".", "--format", "concise").out)) == 1
    (project / "pyproject.toml").write_text('[tool.seedwatch.severity]\n"<1.9" = "note"\n">=1.9" = "note"\n')
    assert seedwatch("check", ".").status == 0
    (project / "pyproject.toml").write_text('[tool.seedwatch]\ncolour = "red"\n')
    ran = seedwatch("check", ".")
    assert (ran.status, ran.err.startswith("seedwatch check: [tool.seedwatch] colour: ")) == (2, True)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('ignore = ["WS101"]', "ignore: 'WS101' is no companion check; RP101, "),
        ('paths = ["one", "nowhere"]', "paths: 'nowhere' matches no file"),
        ('paths = ["one"', "pyproject.toml is no TOML: "),
    ],
)
def test_settings_that_would_do_nothing_are_refused(seedwatch, project, table, complaint):
    (project / "pyproject.toml").write_text(f"[tool.seedwatch]\n{table}\n[tool.other]\n")
    ran = seedwatch("check", ".")
    assert (ran.status, ran.out, complaint in ran.err, ran.err.count("\n")) == (2, "", True, 1)


def test_requirements_that_cannot_be_read_are_a_warning(seedwatch, project):
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["torch>=2"\nname = "x"\n')
    ran = seedwatch("check", ".", "--format", "concise")
    assert (ran.status, len(places(ran.out))) == (1, 2)
    assert ran.err.startswith("seedwatch check: warning: pyproject.toml is no TOML: ")


@pytest.mark.parametrize("form", ["text", "concise", "github", "sarif", "json", "markdown"])
def test_what_is_meant_as_an_answer_and_is_none_is_a_warning_in_every_format(seedwatch, project, form):
    (project / "one" / "train.py").write_text(BAD.replace("choice(same)", "choice(same)  # seedwatch: ignore[WS102]"))
    (project / ".seedwatch.toml").write_text('[[answers]]\ncode = "WS102"\n')
    ran = seedwatch("check", ".", "--format", form)
    assert ran.status == 1
    first, second = ran.err.splitlines()
    assert first.startswith("seedwatch check: warning: .seedwatch.toml: no such key: answers; ")
    assert second.startswith("seedwatch check: warning: one/train.py: line ")
    assert second.endswith(": an ignore without a reason")


def test_only_what_is_not_in_the_baseline_fails(seedwatch, project):
    assert seedwatch("check", ".", "--write-baseline").status == 0
    with_baseline = ("check", ".", "--format", "concise", "--baseline", ".seedwatch-baseline.json")
    assert seedwatch(*with_baseline).status == 0
    (project / "three.py").write_text(BAD)
    ran = seedwatch(*with_baseline)
    assert (ran.status, places(ran.out)[0].startswith("three.py:"), len(places(ran.out))) == (1, True, 1)
    # Lines move, the findings stay the same.
    (project / "one" / "train.py").write_text("# a line\n# and another\n" + BAD)
    assert len(places(seedwatch(*with_baseline).out)) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "other"}', '{"schema": "seedwatch.baseline/1"}'])
def test_a_file_that_is_no_baseline_is_refused(seedwatch, project, text):
    (project / "b.json").write_text(text)
    ran = seedwatch("check", ".", "--baseline", "b.json")
    assert (ran.status, "--write-baseline makes one" in ran.err) == (2, True)


def test_an_ignored_finding_does_not_fail_and_is_a_suppression_in_sarif(seedwatch, project):
    lines = BAD.splitlines()
    at = next(n for n, line in enumerate(lines) if "self.random_state.choice" in line)
    lines[at] += "  # seedwatch: ignore[WS102] a test of ours"
    (project / "one" / "train.py").write_text("\n".join(lines))
    ran = seedwatch("check", "--root", ".", "one/train.py", "--format", "sarif")
    (result,) = json.loads(ran.out)["runs"][0]["results"]
    assert ran.status == 0
    assert result["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "a test of ours"}]
    assert seedwatch("check", "--root", ".", "one/train.py", "--format", "concise").out == ""


def test_what_is_accepted_is_told_as_such_in_the_text(seedwatch, project):
    (project / "two" / "train.py").unlink()
    assert seedwatch("check", ".", "--write-baseline").out == "1 finding is in .seedwatch-baseline.json now\n"
    ran = seedwatch("check", ".", "--baseline", ".seedwatch-baseline.json")
    assert ran.status == 0
    assert "  1 finding is left out by the baseline .seedwatch-baseline.json.\n" in ran.out
    (project / "pyproject.toml").write_text('[tool.seedwatch]\nexclude = ["one"]\n')
    assert "  1 finding is left out by the settings.\n" in seedwatch("check", ".").out
    (project / "pyproject.toml").unlink()
    (project / "one" / "train.py").write_text(
        BAD.replace("choice(same)", "choice(same)  # seedwatch: ignore[WS102] a test of ours")
    )
    ran = seedwatch("check", ".")
    assert ran.status == 0
    assert "  1 finding is answered by the repository.\n" in ran.out
    assert "\n  ignored   a test of ours (one/train.py:" in ran.out


def test_a_note_is_told_from_an_error(seedwatch, project):
    (project / "requirements.txt").write_text("torch>=2\n")
    (project / "old.py").write_text((ROWS_FOLDER / "global_none.py").read_text("utf-8"))
    told = [line.split(" ")[1:3] for line in seedwatch("check", ".", "--format", "concise").out.splitlines()]
    assert sorted(told) == [["error:", "WS102"], ["error:", "WS102"], ["note:", "WS101"]]


def test_an_answered_companion_check_says_so(seedwatch, project):
    (project / "flags.py").write_text(
        "from torch.backends import cudnn\ncudnn.deterministic = True\n"
        "cudnn.benchmark = True  # seedwatch: ignore[RP108] to be timed\n"
    )
    ran = seedwatch("check", "flags.py")
    assert (ran.status, "         ignored: to be timed (flags.py:3)\n" in ran.out) == (0, True)
