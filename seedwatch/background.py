"""Work that can be done here or left to workers."""

import sys

from miner.jobs.runner import run_batch
from miner.settings import Settings, load_settings
from miner.store import Store
from seedwatch.interrupts import noted
from seedwatch.output.batches import changes_table, made_line
from seedwatch.output.ink import ink_for_output
from seedwatch.output.run import summary
from seedwatch.progress import shown_progress
from seedwatch.statuses import OK, STOPPED


def carry_out(store: Store, batch_id: int, *, detach: bool, settings: Settings | None = None) -> int:
    """Works on a batch with progress until it has ended or Ctrl-C pauses it; with `detach` only says what was made.

    `settings` are those of the environment, where none are given. Gives the exit status.
    """
    sys.stdout.write(made_line(store.batches.get(batch_id)))
    sys.stdout.flush()
    if detach:
        return OK
    ink = ink_for_output()
    with noted("\nStopping ...\n") as stop:
        with shown_progress() as on_progress:
            done = run_batch(settings or load_settings(), store, batch_id, on_progress, stop)
        sys.stdout.write(summary(done, [], ink=ink))
        sys.stdout.write(changes_table(store.batches.changes(batch_id), ink=ink))
        if done.stopped:
            sys.stdout.write(f"\nPaused. `seedwatch jobs resume {batch_id}` goes on from here.\n")
            return STOPPED
    return OK
