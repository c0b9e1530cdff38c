"""`seedwatch study`: the study of 2021 over again, on the day it was made and today."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from analysis.engine import ANALYZER_VERSION
from analysis.study import Row, shares
from api.visible import visible
from miner.errors import BadInput
from miner.settings import load_settings
from miner.study import Journal, Studied, carry_out
from seedwatch.output.ink import ink_for_output
from seedwatch.output.table import table
from seedwatch.statuses import COULD_NOT, OK
from seedwatch.study.document import Study, write_report
from seedwatch.study.package import JOURNAL, write_manifest, write_package
from seedwatch.targets import lines_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)

STUDY_OF_2021 = "2021-04-11"


@app.command()
def study(
    source: Annotated[Path, typer.Option("--from", help="Read targets from this file, one a line (`-`: input).")],
    as_of: Annotated[str, typer.Option(help="The day to go back to, YYYY-MM-DD.")] = STUDY_OF_2021,
    out: Annotated[Path, typer.Option(help="The folder for the report and the data package.")] = Path("study"),
) -> int:
    """Run the study of 2021 again: each repository on that day and at its newest commit, side by side.

    Writes report.html and report.md with figures as SVG, and a data package (CSV, Parquet, the reports, a manifest
    with SHA-256). A target that cannot be read is a row with its reason. Ctrl-C stops; the same command goes on.
    """
    settings = load_settings()
    day = _day(as_of)
    targets = list(lines_of(source))
    if not targets:
        raise BadInput(f"{source} names no target")
    journal = Journal(out / JOURNAL, day)
    with _progress(len(set(targets)), len(journal.done.keys() & set(targets))) as progress:
        studied = carry_out(targets, journal, day, settings, progress)
    rows = [row for one in studied for row in one.rows]
    about = Study(day.isoformat(), source.name, datetime.now(UTC).date().isoformat(), ANALYZER_VERSION)
    write_package(out, rows, studied)
    write_report(out, about, rows)
    write_manifest(out, {"as_of": about.as_of, "made_on": about.made_on, "analyzer": about.analyzer})
    sys.stdout.write(_summary(rows, about, out))
    return OK if any(row.state == "analysed" for row in rows) else COULD_NOT


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no day: write it as {STUDY_OF_2021}") from error


def _summary(rows: list[Row], about: Study, out: Path) -> str:
    days = {"then": about.as_of, "now": "today"}
    lines = [
        (
            share.label,
            days[share.day],
            f"{share.numerator} of {share.denominator}",
            "-" if share.share is None else f"{share.share:.0%}",
            f"{share.interval.low:.0%} to {share.interval.high:.0%}",
        )
        for share in shares(rows)
    ]
    shown = table(("eligible repositories that", "day", "rows", "share", "95 % interval"), lines, ink=ink_for_output())
    return f"{shown}\n{out / 'report.html'}, {out / 'report.md'} and {out / 'data'} have the rest.\n"


@contextmanager
def _progress(total: int, done: int) -> Iterator[Callable[[Studied], None]]:
    """A bar on a terminal, a line per repository anywhere else; on standard error."""
    if not sys.stderr.isatty():
        count = done

        def write_line(studied: Studied) -> None:
            nonlocal count
            count += 1
            states = ", ".join(f"{row.day} {row.state}" for row in studied.rows)
            sys.stderr.write(f"[{count}/{total}] {visible(studied.target)}: {states}\n")

        yield write_line
        return
    columns = (
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, completed=done)
        yield lambda studied: bar.update(task, advance=1, description=visible(studied.target))
