"""`seedwatch check`: the analysis alone."""

import shutil
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.engine import analyse
from analysis.link.project import is_python
from analysis.report import Report
from analysis.tree import DirectoryTree, Tree
from api.sarif import sarif
from miner.errors import BadInput, NotARepository
from miner.git import GitTree
from seedwatch.output.code import code_of
from seedwatch.output.ink import ink_for_output
from seedwatch.output.text import text
from seedwatch.running import BUG_FOUND, OK

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WIDEST = 110


class Format(StrEnum):
    """What a report is printed as."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@app.command()
def check(
    path: Annotated[
        str, typer.Argument(help="A work tree, a bare repository, a folder, a file or a notebook.", metavar="PATH")
    ],
    rev: Annotated[str | None, typer.Option(help="Read this commit, tag or branch, not the files as they lie.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TEXT,
) -> int:
    """Analyse one repository, folder, file or notebook: no database, no network.

    Exits with 0 where no bug was found, 1 where one was, 2 where the path or the commit could not be read.
    """
    started = time.perf_counter()
    if not path:
        raise BadInput("the path is empty; `.` is the current folder")
    tree = _tree(Path(path), rev)
    report = analyse(tree)
    report = report.model_copy(
        update={"cost": report.cost.model_copy(update={"seconds": round(time.perf_counter() - started, 3)})}
    )
    sys.stdout.write(_printed(report, tree, form))
    return BUG_FOUND if report.has_bug or report.checks else OK


def _tree(path: Path, rev: str | None) -> Tree:
    """The files at `path`: as they lie in a work tree, at a commit in a bare repository or where one is named."""
    if not path.exists():
        raise BadInput(f"{path} does not exist")
    if path.is_file():
        if not is_python(path.name):
            raise BadInput(f"{path} is neither Python nor a notebook")
        if rev is not None:
            raise BadInput(f"--rev needs a repository, and {path} is a file")
        return DirectoryTree.single(path)
    if not path.is_dir():
        raise BadInput(f"{path} is neither a folder nor a file")
    if rev is not None:
        return GitTree.open(path, rev)
    return _bare(path) or DirectoryTree(path)


def _bare(path: Path) -> GitTree | None:
    if not ((path / "HEAD").is_file() and (path / "objects").is_dir()):
        return None
    try:
        return GitTree.open(path)
    except NotARepository:
        return None


def _printed(report: Report, tree: Tree, form: Format) -> str:
    match form:
        case Format.JSON:
            return report.to_json() + "\n"
        case Format.SARIF:
            return sarif(report)
        case Format.TEXT:
            width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
            return text(report, code_of(report, tree), ink=ink_for_output(), width=width)
