"""`seedwatch status`: what is going on, on one screen."""

import sys
from datetime import UTC, datetime, timedelta

import typer

from miner.store import budgets, watches
from seedwatch.opened import opened_store
from seedwatch.output.batches import batches_table
from seedwatch.output.ink import ink_for_output
from seedwatch.output.status import mining_lines, rate_line, reasons_table, repositories_line, work_lines, workers_table

app = typer.Typer(add_completion=False, rich_markup_mode=None)

REASONS_SHOWN = 5


@app.command()
def status() -> None:
    """Say what is going on: repositories, what waits, workers, open batches, GitHub's quota."""
    ink, now = ink_for_output(), datetime.now(UTC)
    with opened_store() as store:
        sight, states = store.workers.sight(), store.states()
        reasons, last_hour = store.under_way.reasons()[:REASONS_SHOWN], store.count_scans(now - timedelta(hours=1))
        batches = store.batches.listed(open_only=True)
        with store.reading() as session:
            asked, due = budgets.listing(session), watches.count_due(session, now)
    parts = [
        repositories_line(states) + work_lines(sight, now) + rate_line(last_hour),
        mining_lines(asked, due, now),
        workers_table(sight.workers, now, ink=ink),
        batches_table(batches, ink=ink) if batches else "",
        reasons_table(reasons, ink=ink),
    ]
    sys.stdout.write("\n".join(part for part in parts if part))
