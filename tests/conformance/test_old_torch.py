"""Every row of the table under the real thing: PyTorch 1.8.1, with the Python and the NumPy of its time.

`legacy` elsewhere is today's PyTorch with NumPy left unseeded; here nothing is left out, because it was not there.
OLD_PYTHON names the interpreter; `make test-old-torch` makes one.
"""

import os
import subprocess

import pytest

from .cases import CASES, Case
from .table import ROWS, Row
from .test_real_dataloader import Run, cell, check, runs_of

pytestmark = [pytest.mark.old_torch, pytest.mark.timeout(1800)]
FORKED = [case for case in CASES if not case.row.own_start]
SPAWNED = [row for row in ROWS if row.spawn is not None and not row.own_start]
CHOOSING = [row for row in ROWS if row.own_start]


def python() -> str:
    return os.environ["OLD_PYTHON"]


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("persistent")
    return runs_of([cell(case.name, case.program(folder), case.row, "legacy") for case in FORKED], "fork", python())


@pytest.fixture(scope="module")
def spawned() -> dict[str, Run]:
    return runs_of([cell(row.name, row.path, row, "legacy") for row in SPAWNED], "spawn", python())


@pytest.fixture(scope="module")
def choosing() -> dict[str, Run]:
    return runs_of([cell(row.name, row.path, row, "legacy") for row in CHOOSING], "own", python())


def test_it_is_old() -> None:
    asks = "import torch, torch.utils.data._utils.worker as w; print(torch.__version__, hasattr(w, 'HAS_NUMPY'))"
    ran = subprocess.run([python(), "-c", asks], capture_output=True, text=True, check=True)
    version, seeds_numpy = ran.stdout.split()
    assert version.startswith("1.8.1")
    assert seeds_numpy == "False"


@pytest.mark.parametrize("case", FORKED, ids=lambda case: case.name)
def test_row_happens(case: Case, forked: dict[str, Run]) -> None:
    run = forked[case.name]
    check(run, case.row, case.outcomes[0])
    assert run.observed["overlap"] == case.row.overlap


@pytest.mark.parametrize("row", SPAWNED, ids=lambda row: row.name)
def test_row_under_spawn(row: Row, spawned: dict[str, Run]) -> None:
    assert row.spawn is not None
    check(spawned[row.name], row, row.spawn[0])


@pytest.mark.parametrize("row", CHOOSING, ids=lambda row: row.name)
def test_row_that_chooses_its_start(row: Row, choosing: dict[str, Run]) -> None:
    check(choosing[row.name], row, row.outcomes[0])
