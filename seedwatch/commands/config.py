"""`seedwatch config`: what this installation would run with."""

import sys

import typer

from miner.settings import HIDDEN, Listed, listed, load_settings
from seedwatch.output.ink import ink_for_output

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def config() -> None:
    """List every setting, its value and what it is for.

    Settings are environment variables, or lines of a `.env` file in the current folder; the list is such a file itself.
    Secrets are not shown.
    """
    ink = ink_for_output()
    for setting in listed(load_settings()):
        sys.stdout.write(f"{ink.faint(f'# {setting.description}')}\n{_line(setting)}\n")


def _line(setting: Listed) -> str:
    """`NAME=value`, commented out where nothing is set or the value must not be seen."""
    hidden = not setting.value or HIDDEN in setting.value
    return f"{'# ' if hidden else ''}{setting.variable}={setting.value}"
