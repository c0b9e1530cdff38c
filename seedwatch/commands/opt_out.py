"""`seedwatch opt-out`: who is left alone, at their wish."""

import re
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from miner.errors import BadInput
from miner.mirrors import mirrors_of
from miner.settings import Settings, load_settings
from miner.store import Store, opt_outs, upgrade
from miner.store.opt_outs import OptOutKind
from miner.targets import GitHubTarget, parse_target

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_OWNER = re.compile(r"([A-Za-z0-9_-]{1,100})(?:/\*)?")
Whom = Annotated[
    str, typer.Argument(help="OWNER/NAME, OWNER for all of an owner's, or GitHub's number of a repository.")
]


@app.callback()
def opt_out() -> None:
    """Leave repositories alone whose owners ask: not found, not fetched, not shown, purged."""


@app.command("add")
def add(
    whom: Whom, note: Annotated[str | None, typer.Option(help="For your own records: when and how they asked.")] = None
) -> None:
    """Leave a repository or all of an owner's alone from now on, and purge what is kept of them."""
    settings, kind, value = load_settings(), *_read(whom)
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        with store.changing() as session:
            purged = opt_outs.add(session, kind, value, note, datetime.now(UTC))
        _let_go(settings, [each.full_name for each in purged])
    sys.stdout.write(f"{_shown(kind, value)} is left alone; {len(purged):,} known repositories were purged.\n")


@app.command("remove")
def remove(whom: Whom) -> None:
    """Take the wish back, at the owner's wish."""
    settings, kind, value = load_settings(), *_read(whom)
    upgrade(settings.database_url)
    with Store(settings.database_url) as store, store.changing() as session:
        if not opt_outs.remove(session, kind, value):
            raise BadInput(f"{_shown(kind, value)} is not on the list: `seedwatch opt-out list` shows it")
    sys.stdout.write(f"{_shown(kind, value)} may be found and scanned again.\n")


@app.command("list")
def listing() -> None:
    """Show who is left alone."""
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store, store.reading() as session:
        for each in opt_outs.listing(session):
            note = f"  {each.note}" if each.note else ""
            sys.stdout.write(f"{each.created_at:%Y-%m-%d}  {_shown(each.kind, each.value)}{note}\n")


def _read(whom: str) -> tuple[OptOutKind, str]:
    """Raises BadInput."""
    if whom.isascii() and whom.isdigit():
        return "id", str(int(whom))
    if owner := _OWNER.fullmatch(whom):
        return "owner", owner[1].lower()
    target = parse_target(whom)
    if not isinstance(target, GitHubTarget):
        raise BadInput(f"{whom!r} is nobody on GitHub: write OWNER/NAME, OWNER, or a repository's number")
    return "name", str(target).lower()


def _shown(kind: OptOutKind, value: str) -> str:
    return {"id": f"repository {value}", "owner": f"{value}/*", "name": value}[kind]


def _let_go(settings: Settings, names: list[str]) -> None:
    mirrors = mirrors_of(settings)
    for name in names:
        owner, _, rest = name.partition("/")
        mirrors.let_go(GitHubTarget(owner, rest).clone_url(settings.git_url))
