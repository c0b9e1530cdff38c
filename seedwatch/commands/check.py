"""`seedwatch check`: the analysis alone."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.engine import analyse
from analysis.fix.overlay import contents
from analysis.policy import Finding, Policy, PolicyError, findings, read_policy
from analysis.report import Report
from analysis.tree import DirectoryTree, Tree
from api.sarif import sarif
from miner.errors import BadInput
from miner.factscache import opened, usual_place
from seedwatch.baseline import DEFAULT, new_findings, write_baseline
from seedwatch.output.code import code_of
from seedwatch.output.findings import concise, github, markdown
from seedwatch.output.ink import ink_for_output
from seedwatch.output.text import text
from seedwatch.running import BUG_FOUND, OK
from seedwatch.trees import tree_at, work_tree_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_WIDEST = 110


class Format(StrEnum):
    """What is printed."""

    TEXT = "text"
    CONCISE = "concise"
    GITHUB = "github"
    SARIF = "sarif"
    JSON = "json"
    MARKDOWN = "markdown"


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
        Path | None, typer.Option(help="Leave out the findings of this file, and fail for others.", metavar="FILE")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write-baseline", help="Write the findings of now to the baseline, and exit with 0.")
    ] = False,
) -> int:
    """Analyse one repository, folder, file or notebook: no database, no network.

    With several PATHs, or with --root, the whole work tree is analysed and what involves the PATHs is told.
    `[tool.seedwatch]` of pyproject.toml says what counts.

    Exits with 0 where no bug was found, 1 where one was, 2 where the path or the commit could not be read.
    """
    started = time.perf_counter()
    if not paths and root is None:
        raise BadInput("no path is given; `.` is the current folder")
    tree, only = _asked(paths or [], root, rev)
    policy = _policy(tree)
    with opened(usual_place()) as facts:
        report = analyse(tree, select=policy.select, ignore=policy.ignore, facts=facts)
    seconds = round(time.perf_counter() - started, 3)
    report = report.model_copy(update={"cost": report.cost.model_copy(update={"seconds": seconds})})
    told = [finding for finding in findings(report, policy) if only is None or _involves(finding, only)]
    file = baseline or (Path(policy.baseline) if policy.baseline else None)
    if write:
        count = write_baseline(file or Path(DEFAULT), told)
        sys.stdout.write(f"{count} findings are in {file or DEFAULT} now\n")
        return OK
    if file is not None:
        told = new_findings(file, told)
    sys.stdout.write(_printed(report, tree, told, form))
    return BUG_FOUND if any(finding.fails for finding in told) else OK


def _asked(paths: Sequence[str], root: str | None, rev: str | None) -> tuple[Tree, list[str] | None]:
    """The tree to analyse, and the paths in it that are asked about; None for all of it."""
    if root is None and len(paths) == 1:
        return tree_at(paths[0], rev), None
    for path in paths:
        if not Path(path).exists():
            raise BadInput(f"{path} does not exist")
    folder = Path(root) if root is not None else work_tree_of([Path(path) for path in paths])
    inside = [os.path.relpath(path, folder).replace(os.sep, "/") for path in paths]
    for path, relative in zip(paths, inside, strict=True):
        if relative.startswith("../"):
            raise BadInput(f"{path} is not below {folder}")
    return tree_at(str(folder), rev), inside or None


def _involves(finding: Finding, only: Sequence[str]) -> bool:
    files = {place.file for place in finding.places}
    return any(path == "." or file == path or file.startswith(f"{path}/") for path in only for file in files)


def _policy(tree: Tree) -> Policy:
    if isinstance(tree, DirectoryTree) and tree.only is not None:
        return Policy()
    try:
        return read_policy(contents(tree, ["pyproject.toml"]).get("pyproject.toml"))
    except PolicyError as error:
        raise BadInput(str(error)) from error


def _printed(report: Report, tree: Tree, told: Sequence[Finding], form: Format) -> str:
    if form is Format.JSON:
        return report.to_json() + "\n"
    shown = _told_of(report, told)
    match form:
        case Format.SARIF:
            return sarif(shown)
        case Format.MARKDOWN:
            return markdown(told)
        case Format.CONCISE:
            return concise(told, code_of(shown, tree))
        case Format.GITHUB:
            return github(told, code_of(shown, tree))
        case Format.TEXT:
            width = min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
            return text(shown, code_of(shown, tree), ink=ink_for_output(), width=width)


def _told_of(report: Report, told: Sequence[Finding]) -> Report:
    """The report with those of its findings that are told; pairs without a bug stay."""
    known = {(finding.id, finding.code) for finding in told}
    every = {(finding.id, finding.code) for finding in findings(report, Policy())}
    return report.model_copy(
        update={
            "pairs": [pair for pair in report.pairs if (key := (pair.id, pair.code)) in known or key not in every],
            "checks": [check for check in report.checks if (check.id, check.code) in known],
        }
    )
