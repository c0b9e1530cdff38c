"""`seedwatch migrate`: the database's tables."""

import sys

import typer

from miner.settings import load_settings, without_password
from miner.store import upgrade

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema.

    The other commands do so themselves; this one is for whoever deploys several processes over one database.
    """
    url = load_settings().database_url
    upgrade(url)
    sys.stdout.write(f"{without_password(url)} has this version's tables.\n")
