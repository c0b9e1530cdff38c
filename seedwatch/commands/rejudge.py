"""`seedwatch rejudge`: every verdict anew by this release, without a fetch."""

from typing import Annotated

import typer

from miner.jobs.kinds.rejudge import NOT_JUDGED_NOW
from miner.store import NewBatch
from seedwatch.background import carry_out
from seedwatch.opened import opened_store

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def rejudge(
    where: Annotated[
        str | None, typer.Option(help="Those for which this holds, as in `seedwatch rescan`; also judged ones.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that this release has judged.")] = False,
    priority: Annotated[
        int | None,
        typer.Option(
            min=1, help="Small numbers go first; by default how many repositories there are.", metavar="NUMBER"
        ),
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the work to `seedwatch worker` and `serve`.")] = False,
) -> int:
    """Analyse again, with this release, the commits that were scanned, as a batch.

    By default those whose latest scan is another release's. Nothing is fetched: a repository is read where it is kept,
    and one of which nothing is kept fails with that reason; `seedwatch jobs show` counts them, `rescan` fetches them.
    """
    expression = where or ("scanned = true" if everything else NOT_JUDGED_NOW)
    with opened_store() as store:
        batch_id = store.batches.select(NewBatch("rejudge", expression, "cli", priority), expression)
        return carry_out(store, batch_id, detach=detach)
