"""`seedwatch status`: what is going on, on one screen."""

import sys
from datetime import UTC, datetime

import typer

from miner.store import budgets, watches
from seedwatch.opened import opened_store
from seedwatch.output.batches import batches_table
from seedwatch.output.ink import ink_for_output
from seedwatch.output.status import mining_lines, repositories_line, work_lines, workers_table

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def status() -> None:
    """Say what is going on: repositories, what waits, workers, open batches, GitHub's quota."""
    ink, now = ink_for_output(), datetime.now(UTC)
    with opened_store() as store:
        sight, states = store.workers.sight(), store.states()
        batches = store.batches.listed(open_only=True)
        with store.reading() as session:
            asked, due = budgets.listing(session), watches.count_due(session, now)
    parts = [
        repositories_line(states) + work_lines(sight, now),
        mining_lines(asked, due, now),
        workers_table(sight.workers, now, ink=ink),
        batches_table(batches, ink=ink) if batches else "",
    ]
    sys.stdout.write("\n".join(part for part in parts if part))
