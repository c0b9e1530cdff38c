"""Showing how far a run is: a bar on a terminal, a line per target anywhere else. Always on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from api.visible import visible
from miner.jobs.runner import Progress


@contextmanager
def shown_progress() -> Iterator[Callable[[Progress], None]]:
    """What `run_scans` calls after each target."""
    if not sys.stderr.isatty():
        yield _write_line
        return
    columns = (
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]}", style="red"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, failed="")

        def show(progress: Progress) -> None:
            failed = f"{progress.failed} failed" if progress.failed else ""
            name = _name(progress) if progress.item else ""
            bar.update(task, total=progress.total, completed=progress.done, failed=failed, description=name)

        yield show


def _write_line(progress: Progress) -> None:
    if progress.item is not None:
        sys.stderr.write(f"[{progress.done}/{progress.total}] {_name(progress)}: {progress.item.state}\n")


def _name(progress: Progress) -> str:
    item = progress.item
    return "" if item is None else visible(item.identity or item.target)
