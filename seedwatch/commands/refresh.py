"""`seedwatch refresh`: what changed since it was scanned, and only that, is scanned again."""

import asyncio
import sys
from typing import Annotated

import typer

from miner.github.access import Access
from miner.github.changes import Looked, Watcher
from miner.github.crawl import Patience
from miner.settings import Settings, load_settings
from miner.store import Store, upgrade, watches
from seedwatch.output.discovery import looked_line, waiting_line
from seedwatch.statuses import OK, STOPPED

app = typer.Typer(add_completion=False, rich_markup_mode=None)

MOST = 100_000


@app.command()
def refresh(
    limit: Annotated[
        int, typer.Option(min=1, help="Look at no more than this many, those longest due first.", metavar="NUMBER")
    ] = MOST,
    look_only: Annotated[bool, typer.Option("--look-only", help="Note what changed, and scan nothing.")] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Where GitHub's limits are reached, go on with what was seen until then.")
    ] = False,
) -> int:
    """Look at scanned repositories for changes, and scan those that changed.

    Each is due again a day to half a year later, by how long it has been still. With a token a hundred are looked at in
    one request; without one, each costs a small request to GitHub's git server. A repository that is not found on
    three days is gone: its code is let go of.
    """
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        looked = asyncio.run(_look(settings, store, limit, wait=not no_wait))
        sys.stdout.write(looked_line(looked) + "\n")
        with store.reading() as session:
            changed = [each.full_name for each in watches.pending(session, MOST)]
    if look_only or not changed:
        return OK
    return _scan(settings, changed)


async def _look(settings: Settings, store: Store, limit: int, *, wait: bool) -> Looked:
    from miner.errors import RateLimited

    async with Access(settings, store) as access:
        patience = Patience(lambda seconds, reason: _say(waiting_line(seconds, reason)), wait=wait)
        watcher = Watcher(settings, store, access, patience)
        try:
            return await watcher.run(limit, lambda looked: _say(looked_line(looked)))
        except RateLimited as error:
            _say(f"put off: {error}")
            return watcher.looked


def _scan(settings: Settings, targets: list[str]) -> int:
    from miner.jobs.runner import run_scans
    from seedwatch.progress import shown_progress

    with shown_progress() as on_progress:
        done = run_scans(settings, targets, on_progress)
    states = ", ".join(f"{number:,} {state}" for state, number in sorted(done.by_state.items()))
    sys.stdout.write(f"{done.total:,} changed: {states}\n")
    return STOPPED if done.stopped else OK


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
