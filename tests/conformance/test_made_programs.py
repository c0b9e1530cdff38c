"""Programs that nobody wrote: what the analyzer says of each is what happens when it runs.

`-m long` runs hundreds.
"""

import sys
from collections import defaultdict
from pathlib import Path

import pytest

from analysis.engine import analyse
from analysis.report import Report
from analysis.tree import DirectoryTree

from .cases import SEMANTICS
from .harness import Cell
from .made import program
from .outcomes import WORST_FIRST, Event, Outcome, observe
from .test_real_dataloader import Run, runs_of

SHORT = range(40)
LONG = range(40, 640)


def drawn(run: Run) -> dict[str, Outcome]:
    """What NumPy's draws showed, by the name of what was called: two kinds of draws have two streams."""
    streams: dict[str, list[Event]] = defaultdict(list)
    for event in (Event(*each) for each in run.events):
        if not event.draw.startswith(("random.", "torch.")):
            streams[event.draw].append(event)
    return {name: observe(events).outcome for name, events in streams.items()}


def answers(numbers: range, folder: Path) -> dict[int, tuple[str, Report, dict[str, Run]]]:
    cells: list[Cell] = []
    for number in numbers:
        path = folder / f"made_{number}.py"
        path.write_text(program(number))
        cells += [{"key": f"{number} {each}", "path": str(path), "argv": [], "semantics": each} for each in SEMANTICS]
    runs = runs_of(cells, "fork", sys.executable)
    return {
        number: (
            program(number),
            analyse(DirectoryTree.single(folder / f"made_{number}.py")),
            {each: runs[f"{number} {each}"] for each in SEMANTICS},
        )
        for number in numbers
    }


def disagreements(numbers: range, folder: Path) -> list[str]:
    """One text for each program of which something else is said than what it did."""
    found = []
    for number, (source, report, runs) in answers(numbers, folder).items():
        assert all(run.status == 0 for run in runs.values()), f"{source}\n{runs}"
        seen = {each: drawn(runs[each]) for each in SEMANTICS}
        happened = [min(seen[each].values(), key=WORST_FIRST.index, default="clean") for each in SEMANTICS]
        said = [report.legacy, report.modern]
        # The same numbers for the same sample in every epoch are meant so.
        meant = any(pair.draw_kind == "indexed" for pair in report.pairs)
        if report.eligible != bool(seen["modern"]) or (said != happened and not meant):
            pairs = "\n".join(f"{pair.legacy}, {pair.modern}: {pair.why}" for pair in report.pairs)
            found.append(f"program {number}: said {report.eligible}, {said}; happened {seen}\n{pairs}\n{source}")
    return found


def test_what_is_said_of_made_programs_happens(tmp_path: Path) -> None:
    assert not disagreements(SHORT, tmp_path)


@pytest.mark.long
@pytest.mark.timeout(2_400)
def test_what_is_said_of_many_made_programs_happens(tmp_path: Path) -> None:
    found = disagreements(LONG, tmp_path)
    assert not found, "\n\n".join(found)


def test_made_programs_differ_in_what_they_do() -> None:
    """The parts come together in all kinds: nothing that always says the same would agree."""
    assert len({program(number) for number in SHORT}) == len(SHORT)
