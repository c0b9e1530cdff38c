"""Runs the rows' programs under a real `DataLoader` and prints what each did, one JSON object a line.

    python -m tests.conformance.harness [--start fork|own|spawn|forkserver|forkserver_preloaded] < cells

A cell is a JSON line: `key`, `path` of the program, its arguments `argv`, `semantics` (`legacy` or `modern`). With
`--start fork` every cell is a fork of this process, which has torch imported, so that a cell takes a tenth of a second.
The others run a fresh interpreter per cell; `own` leaves the start method to the program.

It also runs under Python 3.9, beside a torch of that time, which is what `legacy` stands for and cannot do otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from .outcomes import Event, observe

SITE = Path(__file__).parent / "site"
SECONDS_PER_PROGRAM = 120


class Cell(TypedDict):
    """One program to run."""

    key: str
    path: str
    argv: list[str]
    semantics: str


def run_by_fork(cell: Cell, record: Path, errors: Path) -> int:
    """Run the program in a fork of this process. Returns its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    # Whatever happens, this copy of the harness ends here.
    try:
        with errors.open("w") as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            status = _run_as_main(cell, record)
    finally:
        os._exit(status)


def _run_as_main(cell: Cell, record: Path) -> int:
    import numpy as np
    import torch

    signal.alarm(SECONDS_PER_PROGRAM)
    os.environ.update(SEEDWATCH_RECORD=str(record), SEEDWATCH_SEMANTICS=cell["semantics"])
    # A new process starts from new entropy, and so does this one.
    random.seed()
    np.random.seed()
    torch.seed()
    sys.argv = [cell["path"], *cell["argv"]]
    try:
        runpy.run_path(cell["path"], run_name="__main__")
    except BaseException:  # noqa: BLE001 - the program is a stranger here; what it raised is the answer
        traceback.print_exc()
        return 1
    return 0


def run_fresh(cell: Cell, record: Path, errors: Path, start: str) -> int:
    """Run the program in an interpreter of its own, with `start` for a program that sets no start method."""
    environment = os.environ | {
        "PYTHONPATH": str(SITE),
        "SEEDWATCH_RECORD": str(record),
        "SEEDWATCH_SEMANTICS": cell["semantics"],
        "SEEDWATCH_MAIN": cell["path"],
        "SEEDWATCH_START": "" if start == "own" else start,
    }
    with errors.open("w") as log:
        done = subprocess.run(
            [sys.executable, cell["path"], *cell["argv"]],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=SECONDS_PER_PROGRAM,
            check=False,
        )
    return done.returncode


def run_cells(cells: list[Cell], start: str) -> Iterator[dict[str, object]]:
    """Each cell's key, exit status, what was observed, its events and, if it failed, what it printed."""
    for cell in cells:
        with tempfile.TemporaryDirectory() as scratch:
            record, errors = Path(scratch, "events"), Path(scratch, "log")
            record.touch()
            status = run_by_fork(cell, record, errors) if start == "fork" else run_fresh(cell, record, errors, start)
            events = [Event(*json.loads(line)) for line in record.read_text().splitlines()]
            yield {
                "key": cell["key"],
                "status": status,
                "observed": asdict(observe(events)),
                "events": events,
                "log": errors.read_text() if status else "",
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "--start", default="fork", choices=["fork", "own", "spawn", "forkserver", "forkserver_preloaded"]
    )
    start = parser.parse_args().start
    if start == "fork":
        _preload()
    for answer in run_cells([json.loads(line) for line in sys.stdin], start):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _preload() -> None:
    """Import, once for all cells, what every program imports, with the recorder in it."""
    sys.path.insert(0, str(SITE))
    os.environ["SEEDWATCH_RECORD"] = os.devnull
    importlib.import_module("draw_recorder").install_on_import()
    importlib.import_module("numpy.random")
    importlib.import_module("torch.utils.data")


if __name__ == "__main__":
    main()
