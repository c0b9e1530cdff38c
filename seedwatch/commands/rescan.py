"""`seedwatch rescan`: a batch over what is in the store already."""

from pathlib import Path
from typing import Annotated

import typer

from miner.errors import BadInput
from miner.jobs.requests import as_items
from miner.store import NewBatch, Store
from miner.store.where import read_age
from seedwatch.background import carry_out
from seedwatch.opened import opened_store
from seedwatch.targets import lines_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def rescan(
    where: Annotated[
        str | None, typer.Option(help="Those for which this holds: 'verdict = affected and stars > 100'.")
    ] = None,
    source: Annotated[Path | None, typer.Option("--from", help="Those in this file, one a line (`-`: input).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every repository that is known.")] = False,
    older_than: Annotated[
        str | None, typer.Option(help="Of these, those without a scan in the last 7d (or 12h, 2w).", metavar="AGE")
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(
            min=1, help="Small numbers go first; by default how many repositories there are.", metavar="NUMBER"
        ),
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the work to `seedwatch worker` and `serve`.")] = False,
) -> int:
    """Scan repositories again, as a batch.

    Whose commit has not changed since this version of the analysis saw it is not analysed again. A repository that
    another batch has queued is left out. Ctrl-C pauses the batch; `seedwatch jobs resume` goes on with it.

    `--where` knows: verdict, legacy, modern, torch_range, draw_kind, reseed, workers, why_not_eligible, eligible,
    scanned, age, analyzer, facts, state, host, owner, name, stars, fork, archived, pushed, size_kb; the comparisons
    = != < <= > >= ~ (contains) and in (...); and, or, not and parentheses.
    """
    if sum((where is not None, source is not None, everything)) != 1:
        raise BadInput("say which repositories: one of --where, --from and --all")
    with opened_store() as store:
        return carry_out(store, _make(store, where, source, older_than, priority), detach=detach)


def _make(store: Store, where: str | None, source: Path | None, older_than: str | None, priority: int | None) -> int:
    if source is not None:
        if older_than is not None:
            raise BadInput("--older-than goes with --where or --all")
        return store.batches.create(
            as_items(lines_of(source)), NewBatch("scan", f"from {source.name}", "cli", priority)
        )
    expression = where or ""
    if older_than is not None:
        read_age(older_than)
        recent = f"not age <= {older_than}"
        expression = f"({expression}) and {recent}" if expression else recent
    return store.batches.select(NewBatch("scan", expression or "all", "cli", priority), expression)
