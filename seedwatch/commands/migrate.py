"""`seedwatch migrate`: the database's tables."""

import sys
from typing import Annotated

import typer

from miner.settings import load_settings, without_password
from miner.store import downgrade, upgrade

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def migrate(
    to: Annotated[
        str | None,
        typer.Option(
            metavar="REVISION", help="Go back to an older release's schema; what only newer ones hold is lost."
        ),
    ] = None,
) -> None:
    """Bring the database to this version's schema.

    The other commands do so themselves; this one is for whoever deploys several processes over one database.
    """
    url = load_settings().database_url
    if to is not None:
        downgrade(url, to)
        sys.stdout.write(f"{without_password(url)} has the tables of {to}.\n")
        return
    upgrade(url)
    sys.stdout.write(f"{without_password(url)} has this version's tables.\n")
