"""Patches beside a scan: found within their time, or not at all; the scan stands without them."""

from pathlib import Path

import pytest

from analysis.engine import analyse
from analysis.tree import DirectoryTree
from miner.jobs.analysis import LocalSource, Task, carry_out
from miner.jobs.patches import patches_of
from tests.conformance.table import ROWS_FOLDER
from tests.support.hostile import TRAIN, build_repository


@pytest.mark.parametrize(("seconds", "found"), [(60.0, ["WS102"]), (0.0, []), (-1.0, [])])
def test_patches_are_sought_for_so_long(tmp_path, seconds, found):
    (tmp_path / "train.py").write_bytes((ROWS_FOLDER / "instance_random_state.py").read_bytes())
    tree = DirectoryTree(tmp_path)
    assert [patch.code for patch in patches_of(analyse(tree), tree, seconds, None)] == found


def test_a_file_in_an_encoding_that_nobody_knows_is_judged_and_not_patched(tmp_path: Path) -> None:
    build_repository(tmp_path / "r", {b"train.py": b"# -*- coding: future_fstrings -*-\n" + TRAIN})
    answer = carry_out(Task(LocalSource(tmp_path / "r", "HEAD"), None, 2**31, 60))
    assert '"verdict":"affected' in answer["report"]
    assert (answer["patches"], answer["patches_fault"]) == ([], None)


def test_a_fault_in_making_patches_is_told_and_leaves_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_repository(tmp_path / "r", {b"train.py": TRAIN})
    monkeypatch.setattr("miner.jobs.patches.changes", lambda *_, **__: 1 / 0)
    answer = carry_out(Task(LocalSource(tmp_path / "r", "HEAD"), None, 2**31, 60))
    assert '"verdict":"affected' in answer["report"]
    assert answer["patches"] == []
    assert answer["patches_fault"].startswith("ZeroDivisionError: division by zero at test_jobs_patches.py")
