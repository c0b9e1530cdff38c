"""`seedwatch schedule`: batches that come again by the clock."""

import sys
from typing import Annotated

import typer

from miner.jobs import schedules
from miner.store.schedules import NewSchedule
from miner.store.where import read_age
from seedwatch.opened import opened_store
from seedwatch.output.batches import moment, schedules_table
from seedwatch.output.ink import ink_for_output

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The schedule's name.")]


@app.callback()
def schedule() -> None:
    """Make, list, pause and trigger batches that come again by the clock.

    A worker, or `seedwatch serve`, starts them. What was missed while none ran is caught up once, and while the batch
    of the last time is under way no other is begun.
    """


@app.command()
def add(
    name: Name,
    cron: Annotated[str, typer.Argument(help="Minute, hour, day, month, weekday: '0 3 * * 1' is Mondays at three.")],
    where: Annotated[str, typer.Option(help="Which repositories, as in `seedwatch rescan`; all without.")] = "",
    time_zone: Annotated[str, typer.Option(help="The time zone of these times, as Europe/Berlin.")] = "UTC",
    jitter: Annotated[str, typer.Option(help="Put each time off by chance, by up to this much.")] = "0s",
    kind: Annotated[str, typer.Option(help="What is done with them: scan or rejudge.")] = "scan",
) -> None:
    """Add a schedule."""
    new = NewSchedule(name, cron, time_zone, int(read_age(jitter).total_seconds()), kind, where)
    with opened_store() as store:
        added = schedules.add(store, new, "cli")
    sys.stdout.write(f"{name} begins {moment(added.next_at)}.\n")


@app.command("list")
def list_schedules() -> None:
    """List the schedules, when each is due next, and what came of the last time."""
    with opened_store() as store:
        found = store.schedules.listed()
    sys.stdout.write(schedules_table(found, ink=ink_for_output()))


@app.command()
def pause(name: Name) -> None:
    """Stop a schedule's clock."""
    with opened_store() as store:
        store.schedules.set_paused(name, paused=True, actor="cli")
    sys.stdout.write(f"{name} is paused.\n")


@app.command()
def resume(name: Name) -> None:
    """Start a schedule's clock again; what was missed meanwhile is not caught up."""
    with opened_store() as store:
        schedules.resume(store, name, "cli")
    sys.stdout.write(f"{name} goes on.\n")


@app.command()
def trigger(name: Name) -> None:
    """Start a schedule's batch now, beside its times."""
    with opened_store() as store:
        batch_id = schedules.trigger(store, name, "cli")
    sys.stdout.write(f"Batch {batch_id} is queued.\n")


@app.command()
def remove(name: Name) -> None:
    """Remove a schedule; its batches stay."""
    with opened_store() as store:
        store.schedules.remove(name, "cli")
    sys.stdout.write(f"{name} is removed.\n")
