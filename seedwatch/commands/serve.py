"""`seedwatch serve`: the dashboard and the API."""

from typing import Annotated

import typer

from miner.settings import load_settings
from seedwatch.serving import serve as run_service

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; SEEDWATCH_HOST by default.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on, 0 for any; SEEDWATCH_PORT by default.", metavar="PORT"),
    ] = None,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Do the jobs that are asked for in this process too.")
    ] = True,
) -> int:
    """Serve the dashboard and the API.

    Pages at /, the API at /api/v1, its description at /openapi.json, health at /healthz.
    """
    settings = load_settings()
    return run_service(settings, host=host, port=port, worker=worker)
