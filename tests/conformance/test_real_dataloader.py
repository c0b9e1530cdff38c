"""Every row of the table happens: its own program, under a real `DataLoader`, with each draw's state written down.

Programs run under fork, in about a minute. `-m spawn` runs them under spawn and under fork servers as well.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .cases import CASES, SEMANTICS, Case, Semantics
from .harness import Cell, run_cells
from .table import ROWS, ROWS_FOLDER, Outcome, Row

FORKED = [case for case in CASES if not case.row.own_start]
SILENT = {"no_workers", "draw_not_in_worker"}


@dataclass(frozen=True, slots=True)
class Run:
    """What the harness says of one program."""

    status: int
    log: str
    observed: dict[str, Any]
    events: list[list[Any]]

    def streams(self) -> dict[tuple[int, int], list[tuple[str, str]]]:
        """Draws and states by (epoch, worker), without the samples, whose order is shuffled anew in each run."""
        streams: dict[tuple[int, int], list[tuple[str, str]]] = {}
        for _, epoch, worker, _, draw, state in self.events:
            streams.setdefault((epoch, worker), []).append((draw, state))
        return streams


def run_of(answer: dict[str, Any]) -> Run:
    return Run(answer["status"], answer["log"], answer["observed"], answer["events"])


def cell(key: str, path: Path, row: Row, semantics: Semantics) -> Cell:
    return {"key": key, "path": str(path), "argv": list(row.argv), "semantics": semantics}


def runs_of(cells: list[Cell], start: str, python: str) -> dict[str, Run]:
    """What the harness says of some programs, run by an interpreter."""
    package = __package__ or ""
    done = subprocess.run(
        [python, "-m", f"{package}.harness", "--start", start],
        cwd=Path(__file__).parents[package.count(".") + 1],
        input="\n".join(map(json.dumps, cells)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {answer["key"]: run_of(answer) for answer in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All programs, one after the other, in forks of one process that has torch imported."""
    folder = tmp_path_factory.mktemp("persistent")
    cells = [
        cell(f"{case.name} {semantics}", case.program(folder), case.row, semantics)
        for case in FORKED
        for semantics in SEMANTICS
    ]
    cells += [cell(f"{row.name} modern again", row.path, row, "modern") for row in ROWS if row.same_every_run]
    return runs_of(cells, "fork", sys.executable)


def check(run: Run, row: Row, expected: Outcome) -> None:
    """The program ended well, its workers drew if they should, and the outcome is the table's."""
    assert run.status == 0, run.log
    assert (run.observed["draws"] > 0) == (row.not_eligible not in SILENT)
    if row.by_design:
        assert run.observed["outcome"] == "epoch_repeat", (
            "made from the index: repeats its epochs, never another worker"
        )
    else:
        assert run.observed["outcome"] == expected


@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("case", FORKED, ids=lambda case: case.name)
def test_row_happens(case: Case, semantics: Semantics, runs: dict[str, Run]) -> None:
    run = runs[f"{case.name} {semantics}"]
    check(run, case.row, case.outcomes[SEMANTICS.index(semantics)])
    assert run.observed["overlap"] == case.row.overlap


@pytest.mark.parametrize("row", [row for row in ROWS if row.same_every_run], ids=lambda row: row.name)
def test_same_numbers_in_every_run(row: Row, runs: dict[str, Run]) -> None:
    """Under PyTorch >= 1.9, and though nothing in the worker is seeded with a constant."""
    first, second = runs[f"{row.name} modern"], runs[f"{row.name} modern again"]
    assert first.streams() == second.streams()


def test_a_good_recipe_differs_from_run_to_run(runs: dict[str, Run]) -> None:
    """So that the test above means something."""
    assert runs["global_initial_seed modern"].streams() != runs["global_initial_seed legacy"].streams()


def test_every_program_is_in_the_table() -> None:
    assert sorted(path.stem for path in ROWS_FOLDER.glob("*.py")) == sorted(row.name for row in ROWS)


def run_alone(row: Row, semantics: Semantics, start: str) -> Run:
    (answer,) = run_cells([cell("", row.path, row, semantics)], start)
    return run_of(json.loads(json.dumps(answer)))


@pytest.mark.spawn
@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize("row", [row for row in ROWS if row.own_start], ids=lambda row: row.name)
def test_row_that_chooses_its_start(row: Row, semantics: Semantics) -> None:
    check(run_alone(row, semantics, "own"), row, row.outcomes[SEMANTICS.index(semantics)])


@pytest.mark.spawn
@pytest.mark.parametrize("start", ["spawn", "forkserver"])
@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.spawn is not None and not row.own_start], ids=lambda row: row.name
)
def test_row_under_spawn(row: Row, semantics: Semantics, start: str) -> None:
    assert row.spawn is not None
    check(run_alone(row, semantics, start), row, row.spawn[SEMANTICS.index(semantics)])


@pytest.mark.spawn
@pytest.mark.parametrize("semantics", SEMANTICS)
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.spawn is not None and not row.own_start], ids=lambda row: row.name
)
def test_row_under_a_fork_server_that_has_imported_the_program(row: Row, semantics: Semantics) -> None:
    """The server hands its state to every worker as fork does, but what the parent does later never gets there."""
    expected = row.fork_server or row.outcomes
    check(run_alone(row, semantics, "forkserver_preloaded"), row, expected[SEMANTICS.index(semantics)])
