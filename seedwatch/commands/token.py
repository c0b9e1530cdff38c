"""`seedwatch token`: who may ask for work over the API."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from miner.store.access import SCOPES
from miner.store.where import read_age
from seedwatch.opened import opened_store
from seedwatch.output.batches import audit_table, tokens_table
from seedwatch.output.ink import ink_for_output

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SCOPES_HELP = "; ".join(f"`{scope}`: {about}" for scope, about in SCOPES.items())


@app.callback()
def token() -> None:
    """Make and revoke tokens of the API, and read the log of what was asked with them.

    Reading needs no token; making and changing batches and schedules does: `Authorization: Bearer TOKEN`.
    """


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="What it is called in lists and in the log.")],
    scope: Annotated[
        list[str], typer.Option(help=f"What it allows; may be repeated. {_SCOPES_HELP}.", metavar="SCOPE")
    ],
    expires: Annotated[str | None, typer.Option(help="How long it holds, as 90d; for good without.")] = None,
) -> None:
    """Make a token and print it. It is not shown again: the database has a hash of it."""
    until = None if expires is None else datetime.now(UTC) + read_age(expires)
    with opened_store() as store:
        _, text = store.access.make_token(name, scope, until)
    sys.stdout.write(f"{text}\n")


@app.command()
def revoke(name: Annotated[str, typer.Argument(help="The token's name.")]) -> None:
    """Let a token hold no more, from this moment on."""
    with opened_store() as store:
        store.access.revoke_token(name)
    sys.stdout.write(f"The token {name} is revoked.\n")


@app.command("list")
def list_tokens() -> None:
    """List the tokens, revoked ones too."""
    with opened_store() as store:
        found = store.access.tokens()
    sys.stdout.write(tokens_table(found, ink=ink_for_output()))


@app.command()
def log(limit: Annotated[int, typer.Option(min=1, help="So many entries, the newest.", metavar="NUMBER")] = 50) -> None:
    """Show what was asked for, by whom and when. Entries are added only, never changed."""
    with opened_store() as store:
        found = store.access.audit(limit)
    sys.stdout.write(audit_table(found, ink=ink_for_output()))
