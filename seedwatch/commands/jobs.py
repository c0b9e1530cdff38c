"""`seedwatch jobs`: what was asked for, how far it is, and what to do about it."""

import sys
from typing import Annotated, get_args

import typer

from miner.errors import BadInput
from miner.store.records import FailureState
from seedwatch.background import carry_out
from seedwatch.opened import opened_store
from seedwatch.output.batches import batch_text, batches_table
from seedwatch.output.ink import ink_for_output

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Number = Annotated[int, typer.Argument(help="The batch's number.", metavar="BATCH")]


@app.callback(invoke_without_command=True)
def jobs(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
) -> None:
    """List batches, look at one, pause it, go on with it, cancel it, try again what failed.

    Without a subcommand, lists the batches that have not come to their end.
    """
    if context.invoked_subcommand is None:
        with opened_store() as store:
            found = store.batches.listed(open_only=not everything)
        nothing = "No batches.\n" if everything else "No batch is under way; `--all` lists those that ended.\n"
        sys.stdout.write(batches_table(found, ink=ink_for_output()) if found else nothing)


@app.command()
def show(batch: Number) -> None:
    """Say how far a batch is, why items failed, and which verdicts changed."""
    with opened_store() as store:
        found = store.batches.get(batch)
        failures, changes = store.batches.failures(batch), store.batches.changes(batch)
    sys.stdout.write(batch_text(found, failures, changes, ink=ink_for_output()))


@app.command()
def pause(batch: Number) -> None:
    """Begin nothing more of a batch, until `resume`."""
    with opened_store() as store:
        store.batches.pause(batch, "cli")
    sys.stdout.write(f"Batch {batch} is paused.\n")


@app.command()
def resume(
    batch: Number,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the work to `seedwatch worker` and `serve`.")] = False,
) -> int:
    """Go on with a batch that was paused."""
    with opened_store() as store:
        store.batches.resume(batch, "cli")
        return carry_out(store, batch, detach=detach)


@app.command()
def cancel(batch: Number) -> None:
    """Begin nothing more of a batch, for good."""
    with opened_store() as store:
        store.batches.cancel(batch, "cli")
    sys.stdout.write(f"Batch {batch} is cancelled.\n")


@app.command()
def retry(
    batch: Number,
    state: Annotated[
        list[str] | None, typer.Option(help="Those that ended so, as `timed_out`; may be repeated.", metavar="STATE")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Those with this in their reason.")] = None,
) -> None:
    """Queue the failed items of a batch again: all, or those with a state or a reason."""
    wanted = [known for known in get_args(FailureState) if known in (state or ())]
    if len(wanted) != len(state or ()):
        raise BadInput(f"--state is one of {', '.join(get_args(FailureState))}")
    with opened_store() as store:
        number = store.batches.retry(batch, "cli", states=wanted, reason=reason)
    sys.stdout.write(f"{number:,} items of batch {batch} are queued again.\n")


@app.command()
def priority(
    batch: Number, number: Annotated[int, typer.Argument(min=1, help="Small numbers go first.", metavar="PRIORITY")]
) -> None:
    """Let a batch go before others, or after them."""
    with opened_store() as store:
        store.batches.prioritise(batch, number, "cli")
    sys.stdout.write(f"Batch {batch} has priority {number}.\n")
