"""`seedwatch check`: the analysis alone."""

from typing import Annotated

import typer

from seedwatch import checking
from seedwatch.checking import CheckRequest, Format

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="A work tree, a bare repository, folders, files or notebooks.", metavar="PATH..."),
    ] = None,
    rev: Annotated[str | None, typer.Option(help="Read this commit, tag or branch, not the files as they lie.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TEXT,
    root: Annotated[
        str | None, typer.Option(help="Analyse this folder, and tell of what involves the PATHs.", metavar="FOLDER")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Leave out the findings of this file, and fail for others.", metavar="FILE")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write-baseline", help="Write the findings of now to the baseline, and exit with 0.")
    ] = False,
) -> int:
    """Analyse one repository, folder, file or notebook: no database, no network.

    PATHs in a git work tree, or below --root, are a part of it: all of it is read, and what involves them is told.
    `[tool.seedwatch]` of the nearest pyproject.toml says what counts.

    Exits with 0 where no bug was found, 1 where one was, 2 where the path or the commit could not be read.
    """
    return checking.check(CheckRequest(tuple(paths or ()), rev, form, root, baseline, write))
