"""`seedwatch snapshot`: results from one database into another."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from miner import snapshots
from miner.settings import load_settings
from miner.store import Store, upgrade
from seedwatch.shipped import SNAPSHOT

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback()
def snapshot() -> None:
    """Write results to a file, or read them from one.

    A snapshot has the latest report of each scanned repository of GitHub: names, commits, verdicts, places and reasons,
    and no code. One comes with this program: results over public repositories, a convenience sample.
    """


@app.command("write")
def write_snapshot(
    path: Annotated[Path, typer.Argument(help="The file to write.", metavar="FILE")],
    note: Annotated[str, typer.Option(help="How its repositories were chosen.")] = "chosen by whoever scanned them",
) -> None:
    """Write the latest results to FILE."""
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        count = snapshots.write(store, path, note=note, now=datetime.now(UTC))
    sys.stdout.write(f"{count:,} repositories written to {path}.\n")


@app.command("load")
def load_snapshot(
    path: Annotated[
        Path | None, typer.Argument(help="The file; without it, the one that is shipped.", metavar="FILE")
    ] = None,
) -> None:
    """Store the results of FILE for repositories that were never scanned here."""
    settings = load_settings()
    upgrade(settings.database_url)
    found = snapshots.read(path or SNAPSHOT)
    with Store(settings.database_url) as store:
        new = snapshots.load(store, found)
    sys.stdout.write(
        f"{new:,} of {len(found.entries):,} repositories are new, of {found.made_at:%Y-%m-%d}: {found.note}.\n"
    )
