"""Patches beside a scan: found within their time, or not at all."""

import pytest

from analysis.engine import analyse
from analysis.tree import DirectoryTree
from miner.jobs.patches import patches_of
from tests.conformance.table import ROWS_FOLDER


@pytest.mark.parametrize(("seconds", "found"), [(60.0, ["WS102"]), (0.0, []), (-1.0, [])])
def test_patches_are_sought_for_so_long(tmp_path, seconds, found):
    (tmp_path / "train.py").write_bytes((ROWS_FOLDER / "instance_random_state.py").read_bytes())
    tree = DirectoryTree(tmp_path)
    assert [patch.code for patch in patches_of(analyse(tree), tree, seconds, None)] == found
