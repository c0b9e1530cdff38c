"""`seedwatch worker`: one more process that does jobs."""

import gc
import os
import signal
import threading
from types import FrameType
from typing import Annotated

import typer

from miner import gitprocess
from miner.jobs.engine import Engine
from miner.jobs.kinds import CRAWL
from miner.settings import load_settings
from miner.store import Store, upgrade
from seedwatch.logs import configure_logs
from seedwatch.statuses import COULD_NOT, OK

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_LOOK_SECONDS = 0.5
# Allocations between two collections, and collections of a generation between two of the next.
_SELDOM = (10_000, 10, 10)
# Who told it to end kills it after ten.
_MOST_SECONDS_TO_END = 9.0


@app.command()
def worker(
    queue: Annotated[
        list[str] | None,
        typer.Option(help="Take jobs of this queue: `crawl` (by default) or `gpu`; may be repeated.", metavar="QUEUE"),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Jobs at the same time; SEEDWATCH_SCAN_CONCURRENCY by default.", metavar="NUMBER"
        ),
    ] = None,
    drain: Annotated[bool, typer.Option("--drain", help="End when nothing is left to do.")] = False,
) -> int:
    """Do jobs that others asked for, until told to end.

    Any machine that reaches the database can run any number of these. Ctrl-C or SIGTERM ends one within ten seconds:
    what it was doing is handed back, and others go on with it. The log goes to standard error, one JSON object a line.
    """
    settings = load_settings()
    if concurrency is not None:
        settings = settings.model_copy(update={"scan_concurrency": concurrency})
    configure_logs()
    gitprocess.command((), gitprocess.ProcessLimits())  # for the sake of GitMissing, once and early
    upgrade(settings.database_url)
    told = _told_to_end()
    with Store(settings.database_url) as store, Engine(settings, store, queues=queue or (CRAWL,)) as engine:
        _collect_seldom()
        while not told.wait(_LOOK_SECONDS):
            if drain and engine.is_idle():
                engine.settle()
                break
        _end_in_time()
    return OK


def _collect_seldom() -> None:
    """What is loaded now is there to the end: walking it again and again for garbage took a third of an idle worker's
    time, and held up its other threads."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def _told_to_end() -> threading.Event:
    told = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    return told


def _end_in_time() -> None:
    """Ends the process whatever hangs, as when the database is away; others find its jobs."""
    timer = threading.Timer(_MOST_SECONDS_TO_END, os._exit, (COULD_NOT,))
    timer.daemon = True
    timer.start()
