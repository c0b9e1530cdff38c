"""`seedwatch history`: the verdict through time."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.history.story import History
from miner.errors import Empty
from miner.history import follow
from miner.history.source import opened
from miner.jobs.requests import Requested, read_request
from miner.settings import load_settings
from miner.store import Store
from miner.store.histories import StoredHistory
from miner.targets import LocalTarget
from seedwatch.opened import opened_store
from seedwatch.output.history import history_text
from seedwatch.output.ink import ink_for_output
from seedwatch.statuses import BUG_FOUND, OK

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class Format(StrEnum):
    """What a history is printed as."""

    TEXT = "text"
    JSON = "json"


@app.command()
def history(
    target: Annotated[
        str, typer.Argument(help="OWNER/NAME, https://..., the path of a repository, or PATH as OWNER/NAME.")
    ],
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TEXT,
    store: Annotated[
        bool, typer.Option("--store/--no-store", help="Keep it for the repository's page, if that was scanned.")
    ] = True,
) -> int:
    """Follow a repository's verdict through time: when the bug came, what ended it, which fixes did not.

    Commits are those of the default branch, a merge counting as one. They are found by bisection, so few of them are
    analysed. A repository elsewhere is fetched with its history, without files that the analysis does not read.

    Exits with 0 where the newest commit has no bug, with 1 where it has one.
    """
    settings = load_settings()
    requested = read_request(target)
    with opened(requested, settings) as tree, _progress() as progress:
        started = time.perf_counter()
        found = follow(tree, progress)
        seconds = round(time.perf_counter() - started, 3)
    if found is None:
        raise Empty(f"{target} has no commit that changes a file which the analysis reads")
    if store:
        _keep(requested, StoredHistory(found, seconds, datetime.now(UTC)))
    if form is Format.JSON:
        sys.stdout.write(TypeAdapter(History).dump_json(found).decode() + "\n")
    else:
        sys.stdout.write(history_text(_name(requested), found, ink=ink_for_output()))
    return BUG_FOUND if found.steps[-1].verdicts.has_bug else OK


def _name(requested: Requested) -> str:
    identity = requested.identity
    if identity is None and isinstance(requested.target, LocalTarget):
        return requested.target.path.name
    return str(requested.alias or requested.target)


def _keep(requested: Requested, found: StoredHistory) -> None:
    with opened_store() as store:
        repository_id = _known(store, requested)
        if repository_id is not None:
            store.histories.save(repository_id, found)


def _known(store: Store, requested: Requested) -> int | None:
    identity = requested.identity
    if identity is None:
        return store.histories.local_repository(str(requested.target))
    repository = store.get_repository(identity.host, identity.owner, identity.name)
    return None if repository is None else repository.id


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing anywhere else: a history takes seconds."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (BarColumn(bar_width=40), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("commits analysed"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, likely: bar.update(task, completed=done, total=max(done, likely))
