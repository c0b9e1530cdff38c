"""`seedwatch scan`: from targets to rows."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from miner.errors import BadInput
from miner.jobs.runner import Summary, run_scans
from miner.settings import Settings, load_settings
from miner.store import GITHUB, Filters, Store, upgrade
from miner.store.records import GOOD_ITEM_STATES
from seedwatch.interrupts import noted
from seedwatch.output.ink import ink_for_output
from seedwatch.output.run import Result, summary
from seedwatch.progress import shown_progress
from seedwatch.statuses import COULD_NOT, OK, STOPPED
from seedwatch.targets import lines_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_RESULTS_READ = 2_000
_PAGE = 500


@app.command()
def scan(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="OWNER/NAME, https://..., or the path of a repository.", metavar="TARGET..."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Read targets from this file, one a line (`-`: standard input).")
    ] = None,
    discovered: Annotated[
        bool, typer.Option("--discovered", help="Also those that were discovered and never scanned.")
    ] = False,
) -> int:
    """Fetch, analyse and store repositories.

    A target that cannot be scanned is stored with its reason and stops nothing. Ctrl-C stops; the same command goes on
    where that stopped. A commit that was analysed before is not analysed again, and what a worker is at already is left
    to it. Local copies of a GitHub repository are written `PATH as OWNER/NAME`.

    Exits with 0, with 2 where nothing could be scanned, with 130 after Ctrl-C.
    """
    settings = load_settings()
    wanted = [*(targets or ()), *(lines_of(source) if source else ()), *(_discovered(settings) if discovered else ())]
    if not wanted:
        raise BadInput(_nothing(source, discovered))
    with noted("\nStopping ...\n") as stop:
        with shown_progress() as on_progress:
            done = run_scans(settings, wanted, on_progress, stop)
        sys.stdout.write(summary(done, _results(settings, done), ink=ink_for_output()))
        if done.stopped:
            sys.stdout.write("\nStopped. The same command goes on from here.\n")
            return STOPPED
    return OK if done.skipped or GOOD_ITEM_STATES & done.by_state.keys() else COULD_NOT


def _nothing(source: Path | None, discovered: bool) -> str:
    """Why there is nothing to scan, and what to do."""
    if discovered:
        found = "whatever was discovered has been scanned"
        return f"nothing to scan: {found}; `seedwatch discover search-repos QUERY` finds more"
    if source:
        return f"nothing to scan: {source} names no target"
    return "nothing to scan: name a target, `--from FILE` or `--discovered`"


def _discovered(settings: Settings) -> Iterator[str]:
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        cursor = None
        while True:
            filters = Filters(state=("discovered",), host=GITHUB)
            page = store.list_repositories(filters, sort="stars", cursor=cursor, limit=_PAGE)
            yield from (listed.repository.full_name for listed in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return


def _results(settings: Settings, done: Summary) -> list[Result]:
    """What was found, for runs small enough to be read back at once."""
    if done.total > _RESULTS_READ:
        return []
    with Store(settings.database_url) as store:
        items = store.batches.items(done.batch_id)
        found = [(each.repository, store.get_scan(each.repository.id)) for each in items if each.repository]
    return [(repository, latest) for repository, latest in found if latest is not None]
