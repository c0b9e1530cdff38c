"""`seedwatch demo`: the whole way, without a network."""

import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.answers import shell_word
from miner import snapshots
from miner.git import GitTree
from miner.history import follow
from miner.jobs.runner import Summary, run_scans
from miner.settings import Settings, load_settings
from miner.store import Store
from miner.store.histories import StoredHistory
from seedwatch.demo.build import Demo, build, demos
from seedwatch.interrupts import noted
from seedwatch.output.ink import ink_for_output
from seedwatch.output.run import summary, verdict_cells
from seedwatch.output.table import Row, table
from seedwatch.progress import shown_progress
from seedwatch.serving import serve
from seedwatch.shipped import SNAPSHOT
from seedwatch.statuses import COULD_NOT, OK, STOPPED

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def demo(
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the dashboard afterwards.")] = True,
    host: Annotated[str | None, typer.Option(help="Address to listen on; SEEDWATCH_HOST by default.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for any; SEEDWATCH_PORT by default.")] = None,
) -> int:
    """Scan a few small repositories made for the purpose, and serve the result.

    Each shows one row of the truth table. They are made in the data folder, scanned like any others and followed
    through their histories. Beside them the dashboard shows results over public repositories that come with the
    program.
    """
    settings = load_settings()
    shown, folder = demos(), settings.data_dir / "demo"
    with noted("\nStopping ...\n") as stop:
        paths = [build(each, folder) for each in shown]
        with shown_progress() as on_progress:
            done = run_scans(settings, map(str, paths), on_progress, stop)
        _follow(settings, paths, stop)
    if done.stopped or stop.asked:
        return STOPPED
    ink = ink_for_output()
    titles = ("repository", "torch < 1.9", "torch >= 1.9", "verdict", "shows")
    sys.stdout.write(table(titles, _rows(settings, shown, done), ink=ink))
    if done.failures:
        sys.stdout.write(f"\n{summary(done, [], ink=ink)}")
        return COULD_NOT
    sys.stdout.write(f"\nThey lie in {folder}: `seedwatch check {shell_word(str(folder / shown[0].name))}`.\n")
    sys.stdout.write(_public(settings))
    sys.stdout.write("Real repositories are scanned with `seedwatch scan OWNER/NAME ...`.\n")
    if serving:
        return serve(settings, host=host, port=port)
    return OK


def _follow(settings: Settings, paths: Iterable[Path], stop: Callable[[], bool]) -> None:
    """Keeps the history of each: a few commits, a tenth of a second."""
    with Store(settings.database_url) as store:
        for path in paths:
            repository = None if stop() else store.histories.local_repository(str(path))
            started = time.perf_counter()
            if repository is not None and (found := follow(GitTree.open(path))) is not None:
                seconds = round(time.perf_counter() - started, 3)
                store.histories.save(repository, StoredHistory(found, seconds, datetime.now(UTC)))


def _public(settings: Settings) -> str:
    """Loads the shipped results, and says so."""
    found = snapshots.read(SNAPSHOT)
    with Store(settings.database_url) as store:
        snapshots.load(store, found)
    day = f"{found.made_at:%Y-%m-%d}"
    return f"Beside them on the dashboard: results over {len(found.entries)} public repositories, of {day}.\n"


def _rows(settings: Settings, shown: list[Demo], done: Summary) -> list[Row]:
    with Store(settings.database_url) as store:
        repositories = [item.repository for item in store.batches.items(done.batch_id)]
        scans = [None if each is None else store.get_scan(each.id) for each in repositories]
    return [(each.name, *verdict_cells(scan), each.shows) for each, scan in zip(shown, scans, strict=True) if scan]
