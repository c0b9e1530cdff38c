"""The compiled evaluation: made by the tool, used while it is newer than the sources, and never in place of an edit."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOOL = Path("tools/native.py").resolve()
WORDS = '"""A part of the evaluation."""\n\n\ndef word() -> str:\n    return "%s"\n'


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small package in the place of the analysis, its evaluation compiled."""
    folder = tmp_path_factory.mktemp("packages")
    package = folder / "analysis"
    for part in ("link/evaluate", "link/reach"):
        (package / part).mkdir(parents=True)
        (package / part / "part.py").write_text(WORDS % "compiled")
    for name in ("conditions", "idle", "imports", "options"):
        (package / "link" / f"{name}.py").write_text(WORDS % "compiled")
    for inner in (package / "link", package / "link/evaluate", package / "link/reach"):
        (inner / "__init__.py").write_text("")
    for name in ("__init__.py", "native.py"):
        shutil.copy(Path("analysis", name), package / name)
    done = run(TOOL, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Compiled 8 modules of analysis in {folder}.\n"
    return folder


def run(*arguments: Path | str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "SEEDWATCH_NATIVE"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def asked(folder: Path, **environment: str) -> list[str]:
    """Whether a fresh process says that it uses what was compiled, what it really uses, and what that answers."""
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r});"
        "import analysis, pathlib; from analysis.link.evaluate import part;"
        "print(analysis.native.USED, pathlib.Path(part.__file__).suffix, part.word())"
    )
    done = run("-c", code, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_was_compiled_is_used(compiled: Path) -> None:
    assert asked(compiled) == ["True", ".so", "compiled"]


def test_the_sources_are_used_where_that_is_asked_for(compiled: Path) -> None:
    assert asked(compiled, SEEDWATCH_NATIVE="0") == ["False", ".py", "compiled"]


@pytest.mark.parametrize("edited", ["link/evaluate/part.py", "link/reach/part.py"])
def test_one_edited_source_is_enough_for_all_to_count(compiled: Path, edited: str, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    shutil.copytree(compiled, folder)
    source = folder / "analysis" / edited
    source.write_text(WORDS % "edited")
    later = time.time() + 5  # a clock of the file system may be coarse
    os.utime(source, (later, later))
    assert asked(folder) == ["False", ".py", "edited" if "evaluate" in edited else "compiled"]


@pytest.mark.parametrize("lost", ["analysis/native.stamp", "analysis__mypyc.*.so"])
def test_what_was_not_put_there_whole_is_not_used(compiled: Path, lost: str, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    shutil.copytree(compiled, folder)
    for path in folder.glob(lost):
        path.unlink()
    assert asked(folder) == ["False", ".py", "compiled"]


def test_it_is_removed(compiled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    shutil.copytree(compiled, folder)
    assert run(TOOL, folder, "--remove").returncode == 0
    assert list(folder.rglob("*.so")) == []
    assert asked(folder) == ["False", ".py", "compiled"]


def test_a_source_that_cannot_be_compiled_is_said_and_changes_nothing(compiled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "packages"
    shutil.copytree(compiled, folder)
    (folder / "analysis/link/idle.py").write_text("def word() -> str:\n    return 1\n")
    before = sorted(folder.rglob("*.so"))
    done = run(TOOL, folder)
    assert done.returncode == 1
    assert "analysis/link/idle.py:2" in done.stdout + done.stderr
    assert sorted(folder.rglob("*.so")) == before


def test_a_folder_without_the_analysis_is_said(tmp_path: Path) -> None:
    done = run(TOOL, tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path} has no analysis/link/evaluate" in done.stderr


def test_a_missing_compiler_is_said(compiled: Path) -> None:
    done = run(TOOL, compiled, CC="no-such-compiler")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "A C compiler is missing: install gcc, or name another in CC.\n"
