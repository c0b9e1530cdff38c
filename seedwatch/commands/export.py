"""`seedwatch export`: the database as tables."""

import sys
from datetime import UTC, datetime

import typer

from miner import exports
from miner.settings import load_settings
from miner.store import Store, upgrade

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def export() -> None:
    """Write what is known as tables, Parquet and CSV, which the service offers at /api/v1/exports.

    Each export is a folder of its own with a manifest, and is never changed.
    """
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        folder = exports.make(store, settings.exports_dir, datetime.now(UTC))
    sys.stdout.write(f"{folder}\n")
