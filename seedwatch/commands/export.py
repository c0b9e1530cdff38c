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

    Each export is a folder of its own with a manifest, and is never changed. Repositories of this machine are left
    out: whoever reaches the service can fetch an export.
    """
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        folder = exports.make(store, settings.exports_dir, datetime.now(UTC))
    sys.stdout.write(f"{folder}\n")
    left_out = exports.manifest(folder)["local_repositories_left_out"]
    if left_out:
        sys.stderr.write(f"left out: {left_out} {'repository' if left_out == 1 else 'repositories'} of this machine\n")
